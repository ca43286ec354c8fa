/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-address.h"

G_BEGIN_DECLS

/* The addresses of a network that are taken: a symbolic link "leases/ADDRESS" in the network's directory for each, whose
 * target is the id of the container. It is made, with its contents, in one step that fails if it is there, so that two
 * processes can never have one address, and a crash leaves none without an owner. */

/* The next free address in order, behind the one that was taken last, so that one which was just given back is the last to
 * be taken again; EXHAUSTED with the counts if there is none. It is not taken yet. */
gboolean  fairlead_bridge_pool_find     (const char                   *directory,
                                         const FairleadBridgeSubnet   *subnet,
                                         FairleadBridgeAddress        *address,
                                         GError                      **error);
/* BUSY, with the owner's id, if somebody has it. Taking it twice is well. */
gboolean  fairlead_bridge_pool_take     (const char                   *directory,
                                         const FairleadBridgeSubnet   *subnet,
                                         const FairleadBridgeAddress  *address,
                                         const char                   *container_id,
                                         GError                      **error);
/* Nothing happens to an address that somebody else has. */
gboolean  fairlead_bridge_pool_give     (const char                   *directory,
                                         const FairleadBridgeAddress  *address,
                                         const char                   *container_id,
                                         GError                      **error);
/* The owner's id, or NULL. */
char     *fairlead_bridge_pool_dup_owner (const char                  *directory,
                                          const FairleadBridgeAddress *address);
/* Gives back all addresses but those of @owners. */
gboolean  fairlead_bridge_pool_collect  (const char                   *directory,
                                         const char * const           *owners,
                                         GError                      **error);
guint     fairlead_bridge_pool_count    (const char                   *directory,
                                         const FairleadBridgeSubnet   *subnet);
/* Removes what there is besides leases, of which none must be left. */
void      fairlead_bridge_pool_remove   (const char                   *directory);

G_END_DECLS
