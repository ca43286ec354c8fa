/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"

G_BEGIN_DECLS

/* Elements in the table, in one transaction each way. */

/* Where the table is missing, at the first network or after somebody flushed the rules, it is made again with what all known
 * networks have. EEXIST is left to the caller, as it means that a port is taken. */
gboolean  fairlead_bridge_table_add     (FairleadBridgeHost            *host,
                                         const FairleadBridgeLayout    *layout,
                                         const FairleadBridgeElement   *elements,
                                         guint                          n_elements,
                                         gboolean                      *exists,
                                         GError                       **error);
/* What is not there counts as removed. */
gboolean  fairlead_bridge_table_remove  (FairleadBridgeHost            *host,
                                         const char                    *table,
                                         const FairleadBridgeElement   *elements,
                                         guint                          n_elements,
                                         GError                       **error);
/* That all rules are there; elements are left to the caller. */
gboolean  fairlead_bridge_table_verify  (FairleadBridgeHost            *host,
                                         const char                    *table,
                                         GError                       **error);
/* Puts back the rules, if some are missing, and those of @elements that are. */
gboolean  fairlead_bridge_table_restore (FairleadBridgeHost            *host,
                                         const FairleadBridgeLayout    *layout,
                                         const FairleadBridgeElement   *elements,
                                         guint                          n_elements,
                                         GError                       **error);

G_END_DECLS
