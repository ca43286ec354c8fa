/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-netns.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_INTERFACE_STATS (fairlead_interface_stats_get_type ())
#define FAIRLEAD_TYPE_STATS           (fairlead_stats_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadInterfaceStats, fairlead_interface_stats, FAIRLEAD, INTERFACE_STATS, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
const char             *fairlead_interface_stats_get_name       (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_rx_bytes   (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_rx_packets (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_rx_errors  (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_rx_dropped (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_tx_bytes   (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_tx_packets (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_tx_errors  (FairleadInterfaceStats *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64                 fairlead_interface_stats_get_tx_dropped (FairleadInterfaceStats *self);

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadStats, fairlead_stats, FAIRLEAD, STATS, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadStats          *fairlead_stats_new                      (GListModel              *interfaces);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadStats          *fairlead_stats_new_for_netns            (FairleadNetns           *netns,
                                                                 const char * const      *interface_names,
                                                                 GError                 **error);
FAIRLEAD_AVAILABLE_IN_1_0
GDateTime              *fairlead_stats_get_timestamp            (FairleadStats           *self);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel             *fairlead_stats_get_interfaces           (FairleadStats           *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadInterfaceStats *fairlead_stats_get_total                (FairleadStats           *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant               *fairlead_stats_to_variant               (FairleadStats           *self);

G_END_DECLS
