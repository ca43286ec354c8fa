/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-manager.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_NETWORK_MONITOR (fairlead_network_monitor_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadNetworkMonitor, fairlead_network_monitor, FAIRLEAD, NETWORK_MONITOR, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetworkMonitor *fairlead_network_monitor_new (FairleadManager  *manager,
                                                      GError          **error);

G_END_DECLS
