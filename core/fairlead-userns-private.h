/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-store-private.h"

G_BEGIN_DECLS

/* User namespaces that the library makes for an ordinary user.
 *
 * One of them, with a mount namespace, holds the network namespaces that setup pins for him: a small process of ours
 * (fairlead-userns) keeps it, the file userns.json of the state directory names that process, and it ends with the
 * last of the pinned namespaces. Which those are shows in the directory where they are pinned: its files can be seen
 * from outside, the mounts on them only inside. */
typedef struct _FairleadUserns FairleadUserns;

/* Under a lock from the first to the last; waits for it like the other locks of @store. */
FairleadUserns *fairlead_userns_open          (FairleadStore    *store,
                                               GCancellable     *cancellable,
                                               GError          **error);
void            fairlead_userns_close         (FairleadUserns   *self);
/* Starts it unless it is there. */
gboolean        fairlead_userns_ensure        (FairleadUserns   *self,
                                               FairleadIdMap     id_map,
                                               GCancellable     *cancellable,
                                               GError          **error);
/* What a path inside is called outside, where the process that keeps the namespace is there. */
char           *fairlead_userns_dup_outer     (FairleadUserns   *self,
                                               const char       *path);
/* Makes a network namespace inside and pins it there. @path is an outer one. */
FairleadNetns  *fairlead_userns_create_netns  (FairleadUserns   *self,
                                               const char       *path,
                                               GError          **error);
/* Whether @path is an outer one, of this user namespace or of an earlier one. */
gboolean        fairlead_userns_is_outer      (const char       *path);
/* Whether it is this user namespace in which the outer @path is. */
gboolean        fairlead_userns_keeps         (FairleadUserns   *self,
                                               const char       *path);
/* Removes a pinned network namespace, and the user namespace with the last of them. */
gboolean        fairlead_userns_unpin         (FairleadUserns   *self,
                                               const char       *path,
                                               GError          **error);
/* Ends it if it pins nothing, for example after a setup that failed. */
void            fairlead_userns_end_if_unused (FairleadUserns   *self,
                                               const char       *netns_dir);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadUserns, fairlead_userns_close)

/* The two halves of it that need no state. */

/* Starts fairlead-userns and waits for its namespaces; @go_fd is to be written to or closed. */
FairleadProcess *fairlead_userns_start        (const char       *kind,
                                               int              *go_fd,
                                               GCancellable     *cancellable,
                                               GError          **error);
/* Maps ids of the user namespace that process @pid has just made. */
gboolean         fairlead_id_map_apply        (FairleadIdMap     id_map,
                                               int               pid,
                                               GCancellable     *cancellable,
                                               GError          **error);

G_END_DECLS
