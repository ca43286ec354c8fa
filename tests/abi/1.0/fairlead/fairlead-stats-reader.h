/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-netns.h"
#include "fairlead-stats.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_STATS_READER (fairlead_stats_reader_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadStatsReader, fairlead_stats_reader, FAIRLEAD, STATS_READER, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadStatsReader *fairlead_stats_reader_new   (FairleadNetns        *netns,
                                                  GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadStats       *fairlead_stats_reader_read  (FairleadStatsReader  *self,
                                                  GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
void                 fairlead_stats_reader_close (FairleadStatsReader  *self);

G_END_DECLS
