/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"
#include "fairlead-param.h"
#include "fairlead-shared-state.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_NETWORK (fairlead_network_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (FairleadNetwork, fairlead_network, FAIRLEAD, NETWORK, GObject)

/**
 * FairleadNetworkClass:
 * @parent_class: the parent class
 * @inspect: what there is to know about the network, as `a{sv}`; the default gives the flagged properties.
 *   Implementations chain up and add to it. Runs on any thread.
 * @check: whether the values of the keys fit one another, asked after all are set; each by itself is in its range. An error
 *   makes the network one that cannot be used. Default: they do.
 *
 * The class of a network; backends derive from it to give their networks keys.
 *
 * Since: 1.0
 */
struct _FairleadNetworkClass
{
  GObjectClass parent_class;

  GVariant *(*inspect) (FairleadNetwork  *self);
  gboolean  (*check)   (FairleadNetwork  *self,
                        GError          **error);

  /*< private >*/
  gpointer _reserved[12];
};

FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetwork      *fairlead_network_new               (GType            type,
                                                          const char      *name,
                                                          const char      *backend_name,
                                                          const char      *file);
FAIRLEAD_AVAILABLE_IN_1_0
const char           *fairlead_network_get_name          (FairleadNetwork *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char           *fairlead_network_get_backend_name  (FairleadNetwork *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char           *fairlead_network_get_file          (FairleadNetwork *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char           *fairlead_network_get_problem       (FairleadNetwork *self);
FAIRLEAD_AVAILABLE_IN_1_0
void                  fairlead_network_set_problem       (FairleadNetwork *self,
                                                          const char      *problem);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadDefaultRoute  fairlead_network_get_default_route (FairleadNetwork *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant             *fairlead_network_inspect           (FairleadNetwork *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean              fairlead_network_check             (FairleadNetwork       *self,
                                                          GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadSharedState  *fairlead_network_open_shared_state (FairleadNetwork       *self,
                                                          FairleadSharedAccess   access,
                                                          GCancellable          *cancellable,
                                                          GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant             *fairlead_network_dup_shared_document (FairleadNetwork      *self,
                                                            GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean              fairlead_network_name_is_valid     (const char      *name);

G_END_DECLS
