/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The counters in the order of the properties: rx bytes, packets, errors, dropped, and the same of tx. */
#define FAIRLEAD_N_COUNTERS 8

/* Without the cost of construct properties. */
FairleadInterfaceStats *fairlead_interface_stats_new (const char     *name,
                                                      const guint64  *counters);

/* The counters of one interface, before anybody asks for an object. */
typedef struct
{
  char    *name; /* (owned) a GRefString */
  guint64  counters[FAIRLEAD_N_COUNTERS];
} FairleadCounters;

GArray        *fairlead_counters_new      (void);
/* Takes @rows, an array of FairleadCounters sorted by name. Objects for them are made when they are asked for. */
FairleadStats *fairlead_stats_new_of_rows (GArray *rows);

G_END_DECLS
