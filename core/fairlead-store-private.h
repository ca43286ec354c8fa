/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-json-private.h"
#include "fairlead-lock-private.h"

G_BEGIN_DECLS

/*
 * The state directory:
 *
 *   containers/ID.json      one file a container, replaced as a whole
 *   users/ID/OTHER_ID       an empty file for each container that shares the namespace of container ID
 *   locks/ID                held while a verb changes container ID
 *   attachments/NAME/       files of one attachment, of which its backend knows; the attachment's state has the name
 *   programs/NAME.json      what was found out about an installed program
 *   userns.json             the user namespace of an ordinary user; see fairlead-userns-private.h
 *   networks/, backends/    what several containers, or networks, share; see fairlead-shared-state.c
 *
 * All of it is 0700 and belongs to the caller. There is no index that could be wrong.
 */
typedef struct _FairleadStore FairleadStore;

FairleadStore     *fairlead_store_new         (const char         *state_dir,
                                               guint               lock_timeout);
FairleadStore     *fairlead_store_ref         (FairleadStore      *self);
void               fairlead_store_unref       (FairleadStore      *self);
/* In seconds, as fairlead_lock_acquire() wants it. */
int                fairlead_store_get_timeout (FairleadStore      *self);
/* The directory @name of the state directory; the first makes it, and the other only names it, NULL if there is no state
 * directory. */
char              *fairlead_store_ensure_dir  (FairleadStore      *self,
                                               const char         *name,
                                               GError            **error);
char              *fairlead_store_dup_dir     (FairleadStore      *self,
                                               const char         *name);
/* One state file, read and replaced as a whole. */
JsonObject        *fairlead_store_read_file   (const char         *path,
                                               GError            **error);
gboolean           fairlead_store_write_file  (const char         *path,
                                               const char         *json,
                                               GError            **error);
gboolean           fairlead_store_remove_file (const char         *path,
                                               GError            **error);
/* Names in the directory @path that end in @suffix, without it, sorted; an empty list where there is no directory. */
char             **fairlead_store_list_dir    (const char         *path,
                                               const char         *suffix,
                                               GError            **error);
FairleadLock      *fairlead_store_lock        (FairleadStore      *self,
                                               const char         *id,
                                               GCancellable       *cancellable,
                                               GError            **error);
/* BUSY if somebody else holds it. */
FairleadLock      *fairlead_store_try_lock    (FairleadStore      *self,
                                               const char         *id,
                                               GError            **error);
/* A lock file stays as long as its container does: removes that of @lock, which is held, if there is no container @id. */
void               fairlead_store_remove_spare_lock (FairleadStore *self,
                                               const char         *id,
                                               FairleadLock       *lock);
/* Whether there is a state file; NOT_FOUND if not. */
gboolean           fairlead_store_check_exists (FairleadStore     *self,
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
/* Removes locks, and beginnings of state files, that belong to no container. */
void               fairlead_store_clean       (FairleadStore      *self);
gboolean           fairlead_store_add_user    (FairleadStore      *self,
                                               const char         *id,
                                               const char         *user_id,
                                               GError            **error);
void               fairlead_store_remove_user (FairleadStore      *self,
                                               const char         *id,
                                               const char         *user_id);
/* Those that share the namespace of @id, or that somebody is about to make do so. */
char             **fairlead_store_list_users  (FairleadStore      *self,
                                               const char         *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadStore, fairlead_store_unref)

G_END_DECLS
