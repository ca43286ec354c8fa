/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"
#include "fairlead-bridge-port.h"

G_BEGIN_DECLS

/* UDP has no end of a connection: what the kernel has noted of one goes on leading to where it led when it began, to an
 * address that is gone, or past a port that was published meanwhile. Such notes are forgotten. This walks the kernel's
 * table, so it is done only if UDP ports are among @mappings. */
gboolean  fairlead_bridge_conntrack_forget (FairleadBridgeHost        *host,
                                            const FairleadBridgePort  *port,
                                            GListModel                *mappings,
                                            gboolean                   translated,
                                            GError                   **error);

G_END_DECLS
