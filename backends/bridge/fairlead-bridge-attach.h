/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"
#include "fairlead-bridge-network.h"
#include "fairlead-bridge-port.h"

G_BEGIN_DECLS

/* A container on a bridge that is there. */

/* Everything that can be said of the request before anything is made. */
gboolean  fairlead_bridge_attach_plan     (FairleadBridgeHost          *host,
                                           FairleadAttachment          *attachment,
                                           GError                     **error);
/* Chooses names and addresses, writes them down, and takes the addresses. */
gboolean  fairlead_bridge_attach_prepare  (FairleadAttachment          *attachment,
                                           FairleadSharedState         *state,
                                           const FairleadBridgeLayout  *layout,
                                           FairleadBridgePort          *port,
                                           GError                     **error);
/* The links, and what is inside. */
gboolean  fairlead_bridge_attach_links    (FairleadBridgeHost          *host,
                                           FairleadAttachment          *attachment,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GError                     **error);
gboolean  fairlead_bridge_attach_result   (FairleadAttachment          *attachment,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GError                     **error);
/* Takes the links away, or out of the bridge if the namespace is about to end, which removes them. */
gboolean  fairlead_bridge_detach_links    (FairleadBridgeHost          *host,
                                           FairleadAttachment          *attachment,
                                           const FairleadBridgePort    *port,
                                           GError                     **error);
/* The first thing missing is an error. */
gboolean  fairlead_bridge_attach_verify   (FairleadBridgeHost          *host,
                                           FairleadAttachment          *attachment,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GError                     **error);
/* What the container's port of the bridge needs by now. */
gboolean  fairlead_bridge_attach_restore  (FairleadBridgeHost          *host,
                                           const FairleadBridgeLayout  *layout,
                                           const FairleadBridgePort    *port,
                                           GError                     **error);

G_END_DECLS
