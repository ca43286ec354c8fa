/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-json-private.h"

G_BEGIN_DECLS

/* Writes the state that an attachment belongs to; what fairlead_attachment_checkpoint() calls. */
typedef gboolean (*FairleadCheckpointFunc) (gpointer   user_data,
                                            GError   **error);

FairleadAttachment *fairlead_attachment_new              (const char              *container_id,
                                                          const char              *network_name,
                                                          const char              *backend_name);
FairleadAttachment *fairlead_attachment_new_from_dict    (const char              *container_id,
                                                          JsonObject              *dict,
                                                          GError                 **error);
void                fairlead_attachment_write            (FairleadAttachment      *self,
                                                          FairleadJsonWriter      *writer);
gboolean            fairlead_attachment_update           (FairleadAttachment      *self,
                                                          FairleadAttachment      *other);

gboolean            fairlead_attachment_set_option       (FairleadAttachment      *self,
                                                          const char              *key,
                                                          const char              *text,
                                                          GError                 **error);
void                fairlead_attachment_set_network      (FairleadAttachment      *self,
                                                          FairleadNetwork         *network);
void                fairlead_attachment_restore_network  (FairleadAttachment      *self,
                                                          FairleadNetwork         *network);
GVariant           *fairlead_attachment_get_options      (FairleadAttachment      *self);
void                fairlead_attachment_set_netns        (FairleadAttachment      *self,
                                                          FairleadNetns           *netns,
                                                          const char              *path);
void                fairlead_attachment_set_state        (FairleadAttachment      *self,
                                                          FairleadState            state);
void                fairlead_attachment_set_default_route (FairleadAttachment     *self,
                                                          gboolean                 default_route,
                                                          guint                    metric);
void                fairlead_attachment_add_port_mapping (FairleadAttachment      *self,
                                                          FairleadPortMapping     *mapping);
void                fairlead_attachment_remove_port_mapping (FairleadAttachment   *self,
                                                             FairleadPortMapping  *mapping);
/* @directories is where the directories of attachments are. */
void                fairlead_attachment_set_checkpoint   (FairleadAttachment      *self,
                                                          FairleadCheckpointFunc   func,
                                                          gpointer                 user_data,
                                                          const char              *directories);
/* Chooses the name of the directory, so that it is written down with the first state. */
void                fairlead_attachment_plan_directory   (FairleadAttachment      *self);
/* Removes the directory with all files in it. */
gboolean            fairlead_attachment_remove_directory (FairleadAttachment      *self,
                                                          GError                 **error);
/* What ends with the container, see fairlead_request_set_exit_fd(); @fd stays the caller's, -1 for none. */
void                fairlead_attachment_set_exit_fd      (FairleadAttachment      *self,
                                                          int                      fd);

G_END_DECLS
