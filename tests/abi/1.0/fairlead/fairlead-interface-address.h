/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_INTERFACE_ADDRESS (fairlead_interface_address_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadInterfaceAddress, fairlead_interface_address, FAIRLEAD, INTERFACE_ADDRESS, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadInterfaceAddress *fairlead_interface_address_new                (const char                *interface_name,
                                                                         GInetAddress              *address,
                                                                         guint                      prefix_length,
                                                                         GInetAddress              *gateway);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadInterfaceAddress *fairlead_interface_address_new_from_string    (const char                *interface_name,
                                                                         const char                *cidr,
                                                                         const char                *gateway,
                                                                         GError                   **error);
FAIRLEAD_AVAILABLE_IN_1_0
char                     *fairlead_interface_address_to_string          (FairleadInterfaceAddress  *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char               *fairlead_interface_address_get_interface_name (FairleadInterfaceAddress  *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress             *fairlead_interface_address_get_address        (FairleadInterfaceAddress  *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint                     fairlead_interface_address_get_prefix_length  (FairleadInterfaceAddress  *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress             *fairlead_interface_address_get_gateway        (FairleadInterfaceAddress  *self);

FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress             *fairlead_inet_address_nth (GInetAddressMask *network,
                                                     guint             number);

G_END_DECLS
