/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"

G_BEGIN_DECLS

/* Elements in the table, in one transaction each way. Whoever else has a key of ours, another container's port or
 * another network's, has other data under it: that is never touched. */

/* Where the table is missing, at the first network or after somebody flushed the rules, it is made again with what all known
 * networks have. BUSY if somebody else has one of them. */
gboolean  fairlead_bridge_table_add     (FairleadBridgeHost            *host,
                                         const FairleadBridgeLayout    *layout,
                                         const FairleadBridgeElement   *elements,
                                         guint                          n_elements,
                                         GError                       **error);
/* BUSY if somebody else has one of them, or a range that overlaps one. */
gboolean  fairlead_bridge_table_check_free (FairleadBridgeHost          *host,
                                            const char                  *table,
                                            const FairleadBridgeElement *elements,
                                            guint                        n_elements,
                                            GError                     **error);
/* What is not there, or is somebody else's, counts as removed. */
gboolean  fairlead_bridge_table_remove  (FairleadBridgeHost            *host,
                                         const char                    *table,
                                         const FairleadBridgeElement   *elements,
                                         guint                          n_elements,
                                         GError                       **error);
/* That all rules are there; elements are left to the caller. */
gboolean  fairlead_bridge_table_verify  (FairleadBridgeHost            *host,
                                         const char                    *table,
                                         GError                       **error);
/* Puts back the rules, if some are missing, and those of @elements that are, which @added, if not NULL, gets; others may be
 * doing the same. BUSY if somebody else has one of them. */
gboolean  fairlead_bridge_table_restore (FairleadBridgeHost            *host,
                                         const FairleadBridgeLayout    *layout,
                                         const FairleadBridgeElement   *elements,
                                         guint                          n_elements,
                                         GArray                       **added,
                                         GError                       **error);

G_END_DECLS
