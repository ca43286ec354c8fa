/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-process-private.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How programs come into being: by a kernel task that becomes the program; see fairlead-nstask.c.
 *
 * One that lasts is no child of the calling program, which would have to wait for it: the task that starts it ends at
 * once, and so it is init's. Others are children, in process groups of their own, and end with the calling thread: what
 * they do would else go on beside what is done after a crash to undo it. */

/* The kernel's number of it. Nobody ignores those signals from there on, and to reset them costs as much again. */
#define FIRST_REAL_TIME 32

/* Handlers are the calling program's, and point to nothing in the new one. */
FAIRLEAD_TASK_CODE static void
reset_signals (void)
{
  /* The kernel's own struct sigaction and sigset_t, of which all zero means SIG_DFL and no signal. */
  const guint64 nothing[4] = { 0 };

  for (int i = 1; i < FIRST_REAL_TIME; i++)
    syscall (SYS_rt_sigaction, i, nothing, NULL, sizeof (guint64));
  syscall (SYS_rt_sigprocmask, SIG_SETMASK, nothing, NULL, sizeof (guint64));
}

FAIRLEAD_TASK_CODE static int
arrange_fds (const FairleadProcessBirth *birth)
{
  /* An empty range is an error to it. */
  if (birth->first_free > STDERR_FILENO + 1 &&
      syscall (SYS_close_range, STDERR_FILENO + 1, birth->first_free - 1, 0) < 0)
    return errno;
  for (guint i = 0; i < birth->n_fds; i++)
    if (syscall (SYS_dup3, birth->fds[i].source, birth->fds[i].target, 0) < 0)
      return errno;
  return syscall (SYS_close_range, birth->first_free, ~0U, 0) < 0 ? errno : 0;
}

/* A namespace of its own, of which nothing gets back: what it unmounts stays mounted for everybody else. */
FAIRLEAD_TASK_CODE static int
hide_mounts (void)
{
  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    return errno;
  return 0;
}

/* To be done after all that changes credentials, which undoes it. Who was killed before it took effect is not the parent
 * any more; one in another PID namespace never shows, and is taken for alive. */
FAIRLEAD_TASK_CODE static int
die_with_caller (const FairleadProcessBirth *birth)
{
  pid_t parent;

  if (syscall (SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
    return errno;
  parent = (pid_t) syscall (SYS_getppid);
  return parent == birth->caller || parent == 0 ? 0 : ESRCH;
}

FAIRLEAD_TASK_CODE static int
prepare_program (FairleadProcessBirth *birth)
{
  int result;

  if (birth->lasts)
    {
      setsid ();
      umask (077);
      /* It is to keep no file system busy. */
      if (chdir ("/") < 0)
        return errno;
    }
  else
    {
      setpgid (0, 0);
    }
  birth->step = "join the namespaces";
  result = fairlead_namespaces_enter (&birth->namespaces);
  if (result == 0 && birth->private_mounts)
    {
      birth->step = "make a mount namespace";
      result = hide_mounts ();
    }
  if (result == 0 && !birth->lasts)
    {
      birth->step = "let it end with the calling program";
      result = die_with_caller (birth);
    }
  if (result == 0)
    {
      birth->step = "pass the descriptors";
      result = arrange_fds (birth);
    }
  return result;
}

FAIRLEAD_TASK_CODE static int
program_task (void *data)
{
  FairleadProcessBirth *birth = data;

  birth->start_errno = prepare_program (birth);
  if (birth->start_errno == 0)
    {
      birth->step = NULL;
      reset_signals ();
      syscall (SYS_execve, birth->argv[0], birth->argv, birth->environment);
      birth->start_errno = errno;
    }
  fairlead_task_exit (127);
}

/* Shares the caller's table of descriptors, into which the program's pidfd comes. */
FAIRLEAD_TASK_CODE static int
parent_task (void *data)
{
  FairleadProcessBirth *birth = data;
  const int start_errno = fairlead_task_start (program_task, birth, CLONE_PIDFD | SIGCHLD, &birth->pid, &birth->pidfd);

  if (start_errno != 0)
    birth->start_errno = start_errno;
  fairlead_task_exit (0);
}

static void
reap (pid_t pid)
{
  while (waitpid (pid, NULL, __WALL) < 0 && errno == EINTR)
    ;
}

/* A child would have to be waited for one day. */
static int
start_as_nobodys (FairleadProcessBirth *birth)
{
  pid_t pid;
  const int start_errno = fairlead_task_start (parent_task, birth, CLONE_FILES, &pid, NULL);

  if (start_errno == 0)
    reap (pid);
  return start_errno;
}

static int
start_as_ours (FairleadProcessBirth *birth)
{
  const int start_errno = fairlead_task_start (program_task, birth, CLONE_PIDFD | SIGCHLD, &birth->pid, &birth->pidfd);

  if (start_errno == 0 && birth->start_errno != 0)
    reap (birth->pid);
  return start_errno;
}

int
fairlead_process_birth_run (FairleadProcessBirth *self)
{
  sigset_t all;
  sigset_t before;
  int start_errno;

  self->caller = getpid ();
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  start_errno = self->lasts ? start_as_nobodys (self) : start_as_ours (self);
  pthread_sigmask (SIG_SETMASK, &before, NULL);

  if (start_errno == 0)
    start_errno = self->start_errno;
  if (start_errno != 0 && self->pidfd >= 0)
    {
      close (self->pidfd);
      self->pidfd = -1;
    }
  return start_errno;
}
