/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"
#include "fairlead-bridge-network.h"

G_BEGIN_DECLS

/* The bridge of a network, with all that belongs to it on the host: made for its first container, removed with its last. */

/* What choosing needs. */
typedef struct
{
  const char * const *subnet_pools;
  guint               subnet_size;
  gboolean            use_firewalld;
} FairleadBridgeChoices;

/* BUSY if another network that is there has the bridge, or a subnet that overlaps one of these; and, unless it is unmanaged,
 * if the host has a link of that name, or such an address. */
gboolean  fairlead_bridge_check_free (FairleadBridgeHost         *host,
                                      const FairleadBridgeLayout *layout,
                                      GError                    **error);
/* @state is open for changes. On failure all that was made is removed again. */
gboolean  fairlead_bridge_make    (FairleadBridgeHost           *host,
                                   FairleadSharedState          *state,
                                   FairleadBridgeNetwork        *network,
                                   const FairleadBridgeChoices  *choices,
                                   FairleadBridgeLayout         *layout,
                                   GCancellable                 *cancellable,
                                   GError                      **error);
/* @state is open for changes. What is not there, or not ours, counts as removed. */
gboolean  fairlead_bridge_remove  (FairleadBridgeHost           *host,
                                   FairleadSharedState          *state,
                                   const FairleadBridgeChoices  *choices,
                                   GError                      **error);
/* The bridge as it is now; an error if it is gone, or if a link of its name is another one. */
gboolean  fairlead_bridge_find    (FairleadBridgeHost           *host,
                                   const FairleadBridgeLayout   *layout,
                                   FairleadBridgeLinkInfo       *info,
                                   GError                      **error);
/* The first thing missing is an error. */
gboolean  fairlead_bridge_verify  (FairleadBridgeHost           *host,
                                   const FairleadBridgeChoices  *choices,
                                   const FairleadBridgeLayout   *layout,
                                   GCancellable                 *cancellable,
                                   GError                      **error);
/* Puts back what somebody else's flush, or reload, removed from the host's rules and settings. @state is open for changes. */
gboolean  fairlead_bridge_restore (FairleadBridgeHost           *host,
                                   FairleadSharedState          *state,
                                   const FairleadBridgeChoices  *choices,
                                   FairleadBridgeLayout         *layout,
                                   GCancellable                 *cancellable,
                                   GError                      **error);
/* Whether containers could not be reached through the host's ::1 if their bridge were made now. */
gboolean  fairlead_bridge_loopback6_is_closed (void);

/* So that 127.0.0.1 of the host leads to published ports; only when one is published. */
gboolean  fairlead_bridge_allow_loopback (const FairleadBridgeLayout  *layout,
                                          GError                     **error);
/* Whether it still does. */
gboolean  fairlead_bridge_verify_loopback (const FairleadBridgeLayout *layout,
                                           GError                    **error);

G_END_DECLS
