/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-network.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_HELPER_NETWORK (fairlead_helper_network_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (FairleadHelperNetwork, fairlead_helper_network, FAIRLEAD, HELPER_NETWORK, FairleadNetwork)

/**
 * FairleadHelperNetworkClass:
 * @parent_class: the parent class
 *
 * The class of networks of a [class@Fairlead.HelperBackend].
 *
 * Since: 1.0
 */
struct _FairleadHelperNetworkClass
{
  FairleadNetworkClass parent_class;

  /*< private >*/
  gpointer _reserved[8];
};

FAIRLEAD_AVAILABLE_IN_1_0
FairleadPortForwarder fairlead_helper_network_get_port_forwarder (FairleadHelperNetwork *self);

G_END_DECLS
