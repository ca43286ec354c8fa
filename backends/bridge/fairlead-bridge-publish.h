/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"
#include "fairlead-bridge-port.h"

G_BEGIN_DECLS

/* Published ports as elements of the maps of nf_tables. */

/* Whether it is on the host's ::1 alone. */
gboolean  fairlead_bridge_publish_is_loopback6 (FairleadPortMapping    *mapping);
/* NOT_SUPPORTED for such a one if no way leads from there. */
gboolean  fairlead_bridge_publish_check   (FairleadPortMapping         *mapping,
                                           gboolean                     closed6,
                                           GError                     **error);
/* BUSY if a program of the host listens on such a port: it would no longer be reached. */
gboolean  fairlead_bridge_publish_probe   (FairleadBridgeHost          *host,
                                           FairleadPortMapping         *mapping,
                                           GError                     **error);
/* All of @mappings, in one transaction. BUSY if one is published by another container. */
gboolean  fairlead_bridge_publish         (FairleadBridgeHost          *host,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GListModel                  *mappings,
                                           GError                     **error);
/* What another container publishes by now stays. */
gboolean  fairlead_bridge_unpublish       (FairleadBridgeHost          *host,
                                           const FairleadBridgePort    *port,
                                           GListModel                  *mappings,
                                           GError                     **error);
/* The first that is missing, or that another container has as well, is an error. */
gboolean  fairlead_bridge_publish_verify  (FairleadBridgeHost          *host,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GListModel                  *mappings,
                                           GError                     **error);
/* BUSY if one is published by another container by now. */
gboolean  fairlead_bridge_publish_restore (FairleadBridgeHost          *host,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GListModel                  *mappings,
                                           GError                     **error);
/* Withdraws what leads to addresses of the network that have no lease in @directory. */
gboolean  fairlead_bridge_publish_collect (FairleadBridgeHost          *host,
                                           const FairleadBridgeLayout  *layout,
                                           const char                  *directory,
                                           GError                     **error);

G_END_DECLS
