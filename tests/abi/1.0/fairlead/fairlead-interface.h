/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_INTERFACE (fairlead_interface_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadInterface, fairlead_interface, FAIRLEAD, INTERFACE, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadInterface *fairlead_interface_new             (const char        *name,
                                                       const char        *mac_address,
                                                       guint              mtu,
                                                       const char        *sandbox);
FAIRLEAD_AVAILABLE_IN_1_0
const char        *fairlead_interface_get_name        (FairleadInterface *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char        *fairlead_interface_get_mac_address (FairleadInterface *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint              fairlead_interface_get_mtu         (FairleadInterface *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char        *fairlead_interface_get_sandbox     (FairleadInterface *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean           fairlead_interface_name_is_valid   (const char        *name);

G_END_DECLS
