/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-netns-job-private.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fairlead-nstask-private.h"

/* Something done inside a network namespace, on a thread of its own that ends. */

static gboolean
thread_is_in (dev_t   device,
              guint64 inode)
{
  struct stat info;

  return stat ("/proc/thread-self/ns/net", &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

static gboolean
enter (FairleadNetnsJob *job)
{
  int setns_errno;

  if (job->netns_fd < 0)
    {
      if (unshare (CLONE_NEWNET) == 0)
        return TRUE;

      /* EPERM is what an ordinary user gets, who can do it in a user namespace only. */
      fairlead_error_set_errno (&job->error, errno, "Cannot create a network namespace%s",
                                errno == EPERM ? " (root can, and so can a user in a user namespace of his own, "
                                                 "as of \"unshare --user --map-root-user --mount\")" : "");
      return FALSE;
    }

  if (setns (job->netns_fd, CLONE_NEWNET) == 0)
    return TRUE;

  /* An ordinary user may not enter any namespace, not even the one that the thread is in. */
  setns_errno = errno;
  if (setns_errno == EPERM && thread_is_in (job->device, job->inode))
    return TRUE;

  fairlead_error_set_errno (&job->error, setns_errno, "Cannot enter the network namespace%s",
                            setns_errno == EPERM ? " (that needs CAP_SYS_ADMIN over the user namespace that owns it)" : "");
  return FALSE;
}

/* The user namespace that owns the network namespace @netns_fd, if an ordinary user has to join it: it is not the one
 * that he is in, and below it. -1 if there is nothing to join. */
int
fairlead_netns_job_open_userns (int netns_fd)
{
  struct stat own;
  struct stat owner;
  int fd = geteuid () != 0 ? ioctl (netns_fd, NS_GET_USERNS) : -1;

  if (fd < 0)
    return -1;
  if (stat ("/proc/self/ns/user", &own) == 0 && fstat (fd, &owner) == 0 &&
      (own.st_dev != owner.st_dev || own.st_ino != owner.st_ino))
    return fd;

  close (fd);
  return -1;
}

static gboolean
run_in_userns (FairleadNetnsJob  *job,
               int                userns_fd,
               GError           **error)
{
  FairleadNamespaces namespaces = FAIRLEAD_NAMESPACES_INIT;

  namespaces.user_fd = userns_fd;
  namespaces.netns_fd = job->netns_fd;
  return fairlead_namespaces_run (&namespaces, job->func, job->user_data, error);
}

static gpointer
job_thread (gpointer data)
{
  FairleadNetnsJob *job = data;

  return GINT_TO_POINTER (enter (job) && job->func (job->user_data, &job->error));
}

/* The thread is born with all signals blocked: no handler of the program may run in a foreign namespace. */
static gboolean
run_on_thread (FairleadNetnsJob  *job,
               GError           **error)
{
  sigset_t all;
  sigset_t before;
  GThread *thread;
  gboolean succeeded;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  thread = g_thread_try_new ("fairlead-netns", job_thread, job, error);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (thread == NULL)
    {
      g_prefix_error (error, "Cannot start a thread for the network namespace: ");
      return FALSE;
    }

  succeeded = GPOINTER_TO_INT (g_thread_join (thread));
  return fairlead_netns_func_finish (succeeded, g_steal_pointer (&job->error), error);
}

gboolean
fairlead_netns_job_run (FairleadNetnsJob  *job,
                        GError           **error)
{
  int userns_fd = job->netns_fd >= 0 ? fairlead_netns_job_open_userns (job->netns_fd) : -1;
  gboolean success;

  if (userns_fd < 0)
    return run_on_thread (job, error);

  success = run_in_userns (job, userns_fd, error);
  close (userns_fd);
  return success;
}
