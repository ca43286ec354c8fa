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

/* The file side of pinning: mounts the namespace @netns_fd at @path. */
gboolean    fairlead_netns_pin_fd       (int                      netns_fd,
                                         const char              *path,
                                         GError                 **error);

G_END_DECLS
