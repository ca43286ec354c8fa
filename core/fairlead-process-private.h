/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-nstask-private.h"

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
  gboolean  private_mounts;
  int       userns_fd;    /* (owned) to join; -1 for none */
  int       netns_fd;     /* (owned) likewise */
  int       ready_target; /* the program's number of the descriptor by which it says that it is ready; 0 if it does not */
  gboolean  held;         /* whether it does nothing before it is waited for */

  int       exit_status;  /* -1 if not known */
  int       term_signal;  /* 0 if none */
  GBytes   *output;
  GBytes   *error_output;
} FairleadProcessJob;

/* A program that was started and goes on. */
typedef struct
{
  int     pid;        /* 0 if none was started */
  guint64 start_time; /* as in /proc/PID/stat */
  int     pidfd;      /* (owned) */
  int     ready_fd;   /* (owned) the other end of ready_target */
  int     go_fd;      /* (owned) what a held program waits for */
  int     log_fd;     /* (owned) what it said */
} FairleadProcessStarted;

/* What the task has to know that becomes the program. Plain data: nothing is allocated between clone and exec. */
typedef struct
{
  char * const            *argv;
  char * const            *environment;
  const FairleadProcessFd *fds;
  guint                    n_fds;
  int                      first_free;     /* above all targets of @fds */
  gboolean                 lasts;          /* it goes on after us */
  gboolean                 private_mounts;
  FairleadNamespaces       namespaces;

  pid_t                    caller;         /* the calling program */
  pid_t                    pid;
  int                      pidfd;
  int                      start_errno;
  const char              *step;           /* (nullable) what failed, if it was not the program itself */
} FairleadProcessBirth;

/* Starts the program, as nobody's child if it lasts, and as ours if not. 0 or an errno; then nothing is left of it. */
int       fairlead_process_birth_run (FairleadProcessBirth *self);

/* Of a program of ours that the library starts. */
char     *fairlead_process_dup_own_path (const char *name);

GArray   *fairlead_process_fds_new (void);
gboolean  fairlead_process_job_run (FairleadProcessJob  *job,
                                    GCancellable        *cancellable,
                                    GError             **error);

gboolean  fairlead_process_job_start (FairleadProcessJob      *job,
                                      FairleadProcessStarted  *started,
                                      GError                 **error);
gboolean  fairlead_process_job_wait  (FairleadProcessJob      *job,
                                      FairleadProcessStarted  *started,
                                      GCancellable            *cancellable,
                                      GError                 **error);

/* Starts the program that ends the process when @fd hangs up. */
gboolean  fairlead_process_watch_fd  (int                      pidfd,
                                      int                      fd,
                                      GError                 **error);

/* What running and starting have in common. */
gboolean      fairlead_process_fds_append          (GArray              *fds,
                                                    int                  source,
                                                    int                  target,
                                                    int                  first_free,
                                                    GError             **error);
int           fairlead_process_job_get_first_free  (FairleadProcessJob  *job);
char * const *fairlead_process_job_get_environment (FairleadProcessJob  *job);
void          fairlead_process_job_set_spawn_error (FairleadProcessJob  *job,
                                                    int                  spawn_errno,
                                                    GError             **error);
void          fairlead_process_job_add_details     (FairleadProcessJob  *job,
                                                    GError              *error,
                                                    const void          *said,
                                                    gsize                said_length);

/* The process of that number that started then, as a pidfd; -1 without an error if it is certainly gone. */
int           fairlead_process_open_recorded       (int                  pid,
                                                    guint64              start_time,
                                                    GError             **error);
/* Whether this kernel makes a pidfd hang up when its process was reaped (Linux 6.9 and newer do). */
gboolean      fairlead_process_pidfd_hangs_up      (void);

G_END_DECLS
