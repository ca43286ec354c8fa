/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

typedef struct
{
  int source; /* (owned) */
  int target;
} FairleadProcessFd;

/* What to run, and what came of it. */
typedef struct
{
  char    **argv;
  char    **environment;  /* (nullable) */
  GBytes   *input;        /* (nullable) */
  guint     time_limit;   /* in milliseconds, 0 for none */
  guint64   output_limit; /* in bytes */
  GArray   *fds;          /* (element-type FairleadProcessFd) */

  int       exit_status;  /* -1 if not known */
  int       term_signal;  /* 0 if none */
  GBytes   *output;
  GBytes   *error_output;
} FairleadProcessJob;

GArray   *fairlead_process_fds_new (void);
gboolean  fairlead_process_job_run (FairleadProcessJob  *job,
                                    GCancellable        *cancellable,
                                    GError             **error);

G_END_DECLS
