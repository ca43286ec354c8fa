/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The counters in the order of the properties: rx bytes, packets, errors, dropped, and the same of tx. */
#define FAIRLEAD_N_COUNTERS 8

/* Without the cost of construct properties. */
FairleadInterfaceStats *fairlead_interface_stats_new (const char     *name,
                                                      const guint64  *counters);

G_END_DECLS
