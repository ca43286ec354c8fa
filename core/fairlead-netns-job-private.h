/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

typedef struct
{
  int                netns_fd; /* to enter, or -1 for a new namespace */
  dev_t              device;
  guint64            inode;
  FairleadNetnsFunc  func;
  gpointer           user_data;
  GError            *error;    /* of the thread */
} FairleadNetnsJob;

gboolean fairlead_netns_job_run         (FairleadNetnsJob  *job,
                                         GError           **error);
/* The user namespace that an ordinary user has to join before; -1 if there is none. */
int      fairlead_netns_job_open_userns (int                netns_fd);

G_END_DECLS
