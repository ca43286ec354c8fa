/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-lock-private.h"

G_BEGIN_DECLS

/*
 * The state directory:
 *
 *   containers/ID.json      one file a container, replaced as a whole
 *   users/ID/OTHER_ID       an empty file for each container that shares the namespace of container ID
 *   locks/ID                held while a verb changes container ID
 *
 * All of it is 0700 and belongs to the caller. There is no index that could be wrong.
 */
typedef struct _FairleadStore FairleadStore;

FairleadStore     *fairlead_store_new         (const char         *state_dir,
                                               guint               lock_timeout);
void               fairlead_store_free        (FairleadStore      *self);
FairleadLock      *fairlead_store_lock        (FairleadStore      *self,
                                               const char         *id,
                                               GCancellable       *cancellable,
                                               GError            **error);
/* BUSY if somebody else holds it. */
FairleadLock      *fairlead_store_try_lock    (FairleadStore      *self,
                                               const char         *id,
                                               GError            **error);
/* NOT_FOUND, STATE_DAMAGED, or how reading failed. Needs no lock: files are replaced as a whole. */
FairleadContainer *fairlead_store_read        (FairleadStore      *self,
                                               const char         *id,
                                               GError            **error);
gboolean           fairlead_store_write       (FairleadStore      *self,
                                               FairleadContainer  *container,
                                               GError            **error);
gboolean           fairlead_store_remove      (FairleadStore      *self,
                                               const char         *id,
                                               GError            **error);
/* Ids of all state files, sorted; an empty list where there is no state directory. */
char             **fairlead_store_list        (FairleadStore      *self,
                                               GError            **error);
/* The path of the directory of state files, which is made if it is not there. */
char              *fairlead_store_ensure_containers (FairleadStore *self,
                                               GError            **error);
gboolean           fairlead_store_add_user    (FairleadStore      *self,
                                               const char         *id,
                                               const char         *user_id,
                                               GError            **error);
void               fairlead_store_remove_user (FairleadStore      *self,
                                               const char         *id,
                                               const char         *user_id);
/* Those that still exist and share the namespace of @id. */
char             **fairlead_store_list_users  (FairleadStore      *self,
                                               const char         *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadStore, fairlead_store_free)

G_END_DECLS
