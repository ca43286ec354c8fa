/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"
#include "fairlead-bridge-port.h"

G_BEGIN_DECLS

/* Names of containers, which aardvark-dns resolves on the gateways' addresses. Its configuration is a directory with a file
 * for each network; it is told of changes by a signal, and ends by itself when the last file is gone. */

/* Whether a network's name leaves the server's own file alone. */
gboolean  fairlead_bridge_dns_can_name     (const char                  *network);
/* (transfer full): @configured if it is not NULL, else where distributions have it; NULL with an error. */
char     *fairlead_bridge_dns_dup_program  (const char                  *configured,
                                            GError                     **error);
/* @servers are asked for other names; those of the host if there are none, and nobody on an internal network. */
gboolean  fairlead_bridge_dns_add          (FairleadBridgeHost          *host,
                                            const char                  *program,
                                            const char                  *network,
                                            const char                  *container_id,
                                            const FairleadBridgeLayout  *layout,
                                            const char * const          *servers,
                                            const FairleadBridgePort    *port,
                                            GCancellable                *cancellable,
                                            GError                     **error);
/* The name, or the server, that is gone is an error. */
gboolean  fairlead_bridge_dns_verify       (FairleadBridgeHost          *host,
                                            const char                  *network,
                                            const char                  *container_id,
                                            const FairleadBridgeLayout  *layout,
                                            GError                     **error);
/* What is not there counts as removed. */
gboolean  fairlead_bridge_dns_remove       (FairleadBridgeHost          *host,
                                            const char                  *network,
                                            const char                  *container_id,
                                            GError                     **error);
/* Takes out all but @container_ids. */
gboolean  fairlead_bridge_dns_collect      (FairleadBridgeHost          *host,
                                            const char                  *network,
                                            const char * const          *container_ids,
                                            GError                     **error);

G_END_DECLS
