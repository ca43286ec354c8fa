/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* What a descriptor was found to be. */
typedef struct
{
  struct stat info;
  int         nstype; /* CLONE_NEWNET for a network namespace, another flag for another kind, 0 for a file */
} FairleadFileKind;

gboolean    fairlead_file_kind_read     (FairleadFileKind        *kind,
                                         int                      fd,
                                         GError                 **error);
const char *fairlead_file_kind_describe (const FairleadFileKind  *kind);
char       *fairlead_dup_fd_path        (int                      fd);

/* Of the namespace that the calling thread is in; 0 if it is not known. */
guint64     fairlead_netns_read_current_inode (void);
/* Whether the calling thread is in the namespace of that inode; TRUE too if one of the two is not known. */
gboolean    fairlead_netns_is_current   (guint64                  inode);

/* The process that the namespace was taken from, as a pidfd that stays the object's; -1 if there was none. */
int         fairlead_netns_get_pidfd    (FairleadNetns           *self);
/* A namespace that was made and is to be found at @path; @fd stays the caller's. */
FairleadNetns *fairlead_netns_new_created (int                    fd,
                                         const char              *path,
                                         GError                 **error);
/* Where it comes from, for one that is opened again by the path that is kept of it. */
void        fairlead_netns_set_origin   (FairleadNetns           *self,
                                         FairleadNetnsOrigin      origin);

/* The file side of pinning: mounts the namespace @netns_fd at @path. */
gboolean    fairlead_netns_pin_fd       (int                      netns_fd,
                                         const char              *path,
                                         GError                 **error);
/* Creates a namespace, pins it at @path and returns its descriptor; -1 with @error set. Moves the caller into it, so
 * it is for tasks that end. */
int         fairlead_netns_create_pinned (const char             *path,
                                         GError                 **error);

G_END_DECLS
