/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-netns.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_NETNS_MONITOR (fairlead_netns_monitor_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadNetnsMonitor, fairlead_netns_monitor, FAIRLEAD, NETNS_MONITOR, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetnsMonitor *fairlead_netns_monitor_new       (FairleadNetns         *netns,
                                                        GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns        *fairlead_netns_monitor_get_netns (FairleadNetnsMonitor  *self);
FAIRLEAD_AVAILABLE_IN_1_0
void                  fairlead_netns_monitor_close     (FairleadNetnsMonitor  *self);

G_END_DECLS
