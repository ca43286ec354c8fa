/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-json-private.h"

G_BEGIN_DECLS

/* The version of the state file's shape; another one is refused. */
#define FAIRLEAD_STATE_VERSION 1

FairleadContainer  *fairlead_container_new                 (const char           *id);
FairleadContainer  *fairlead_container_new_damaged         (const char           *id,
                                                            const GError         *problem);
FairleadContainer  *fairlead_container_new_from_dict       (const char           *id,
                                                            JsonObject           *dict,
                                                            GError              **error);
char               *fairlead_container_to_json             (FairleadContainer    *self);
/* (transfer full) (element-type FairleadAttachment): the attachments that changed or are new. */
GPtrArray          *fairlead_container_update              (FairleadContainer    *self,
                                                            FairleadContainer    *other);

void                fairlead_container_set_state           (FairleadContainer    *self,
                                                            FairleadState         state);
void                fairlead_container_set_error           (FairleadContainer    *self,
                                                            const GError         *error);
/* What the namespace is to be; written down before it is made. */
void                fairlead_container_plan_netns          (FairleadContainer    *self,
                                                            FairleadNetnsOrigin   origin,
                                                            const char           *path,
                                                            gboolean              pinned,
                                                            const char           *shared_container_id);
/* Whether netns-path is a file of ours, to be removed at teardown. */
gboolean            fairlead_container_get_netns_pinned    (FairleadContainer    *self);
/* The open namespace of a working copy; its inode is kept in the state, so that another one at the same path is known. */
void                fairlead_container_set_netns           (FairleadContainer    *self,
                                                            FairleadNetns        *netns);
FairleadNetns      *fairlead_container_get_netns           (FairleadContainer    *self);
/* Opens the namespace that the state names; NOT_FOUND if it is gone. */
gboolean            fairlead_container_open_netns          (FairleadContainer    *self,
                                                            GError              **error);
void                fairlead_container_close_netns         (FairleadContainer    *self);
/* Whether the calling thread is in another network namespace than the one that the container was set up from. */
gboolean            fairlead_container_is_from_other_netns (FairleadContainer    *self);
/* Whether the machine was started anew since the state was written. */
gboolean            fairlead_container_is_from_other_boot  (FairleadContainer    *self);

void                fairlead_container_add_attachment      (FairleadContainer    *self,
                                                            FairleadAttachment   *attachment);
void                fairlead_container_remove_attachment   (FairleadContainer    *self,
                                                            FairleadAttachment   *attachment);
guint               fairlead_container_get_n_attachments   (FairleadContainer    *self);
FairleadAttachment *fairlead_container_peek_attachment     (FairleadContainer    *self,
                                                            guint                 position);
/* Tells one start of this machine from another. */
const char        *fairlead_get_boot_id                    (GError              **error);

G_END_DECLS
