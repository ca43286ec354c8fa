/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"

G_BEGIN_DECLS

/* What all networks of the backend share on the host: the table of nf_tables, and settings of the kernel that were turned
 * on. It is in the backend's shared state, whose users are the networks. */

/* Notes @network as a user; @layout gets the table. @state is the backend's, open for changes. */
gboolean  fairlead_bridge_settings_acquire  (FairleadBridgeHost    *host,
                                             FairleadSharedState   *state,
                                             const char            *network,
                                             FairleadBridgeLayout  *layout,
                                             GError               **error);
/* After the last network, the table goes and the settings are put back, each if it still is as we set it. */
gboolean  fairlead_bridge_settings_release  (FairleadBridgeHost    *host,
                                             const char            *network,
                                             GError               **error);
/* The first setting that is no longer as a network needs it is an error. */
gboolean  fairlead_bridge_settings_check    (const FairleadBridgeLayout  *layout,
                                             GError                     **error);
/* Sets again what somebody has reset; what was on when the network came is now ours to put back too. */
gboolean  fairlead_bridge_settings_restore  (FairleadBridgeHost          *host,
                                             const FairleadBridgeLayout  *layout,
                                             GCancellable                *cancellable,
                                             GError                     **error);

G_END_DECLS
