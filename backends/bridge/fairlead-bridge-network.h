/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-layout.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_BRIDGE_NETWORK (fairlead_bridge_network_get_type ())
G_DECLARE_FINAL_TYPE (FairleadBridgeNetwork, fairlead_bridge_network, FAIRLEAD, BRIDGE_NETWORK, FairleadNetwork)

/* What the keys come to; without subnets if they are to be chosen. */
gboolean             fairlead_bridge_network_read_layout     (FairleadBridgeNetwork  *self,
                                                              FairleadBridgeLayout   *layout,
                                                              GError                **error);
/* (element-type FairleadBridgeRoute): the routes that containers get besides the default route. */
GArray              *fairlead_bridge_network_dup_routes      (FairleadBridgeNetwork  *self,
                                                              GError                **error);
guint                fairlead_bridge_network_get_metric      (FairleadBridgeNetwork  *self);
const char          *fairlead_bridge_network_get_host_interface (FairleadBridgeNetwork *self);
gboolean             fairlead_bridge_network_get_mac_pool    (FairleadBridgeNetwork  *self);
gboolean             fairlead_bridge_network_get_dns         (FairleadBridgeNetwork  *self);
const char * const  *fairlead_bridge_network_get_dns_servers (FairleadBridgeNetwork  *self);
gboolean             fairlead_bridge_network_is_managed      (FairleadBridgeNetwork  *self);
gboolean             fairlead_bridge_network_is_internal     (FairleadBridgeNetwork  *self);

G_END_DECLS
