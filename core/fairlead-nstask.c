/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-nstask-private.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tasks of the kernel that are neither threads nor copies of the calling program.
 *
 * The kernel lets only a process of a single thread join a user namespace, and only a task with a file system state of
 * its own a mount namespace. A fork of a large program is dear. So a task is cloned as posix_spawn() does it: it shares
 * the memory of the calling thread, which sleeps until the task has ended or become another program. For the C library
 * the task *is* the calling thread, seen on another stack: malloc() and errno work. With CLONE_FILES it shares the
 * table of descriptors too.
 *
 * All signals stay blocked in it: a handler of the program must not run with other credentials. Its end sends no
 * signal, and only who asks for clones can wait for it, so the program's own waiting never sees it.
 *
 * Sanitizers know nothing of the second stack, so what runs on it is not instrumented, and what becomes another program
 * makes plain system calls: their wrappers would note down what it does as if the caller had done it. */

#define STACK_SIZE ((size_t) 256 * 1024)

/* Stacks are kept for the next task: to unmap one makes every processor on which the program runs look up all its pages
 * anew. One task starts another, and rarely do more run at once. */
#define N_KEPT_STACKS 2

static void *kept_stacks[N_KEPT_STACKS];

FAIRLEAD_TASK_CODE static void *
take_stack (void)
{
  void *stack;

  for (int i = 0; i < N_KEPT_STACKS; i++)
    if ((stack = __atomic_exchange_n (&kept_stacks[i], NULL, __ATOMIC_ACQUIRE)) != NULL)
      return stack;
  stack = mmap (NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  return stack != MAP_FAILED ? stack : NULL;
}

FAIRLEAD_TASK_CODE static void
give_stack (void *stack)
{
  for (int i = 0; i < N_KEPT_STACKS && stack != NULL; i++)
    stack = __atomic_exchange_n (&kept_stacks[i], stack, __ATOMIC_RELEASE);
  if (stack != NULL)
    munmap (stack, STACK_SIZE);
}

/* _exit() may do more than to end the task where a sanitizer has taken its place. */
FAIRLEAD_TASK_CODE void
fairlead_task_exit (int status)
{
  while (TRUE)
    syscall (SYS_exit_group, status);
}

/* @flags are added to those of vfork(). With CLONE_PIDFD, @pidfd gets a descriptor that is closed on exec. */
FAIRLEAD_TASK_CODE int
fairlead_task_start (FairleadTaskFunc  func,
                     void             *data,
                     int               flags,
                     pid_t            *pid,
                     int              *pidfd)
{
  void *stack = take_stack ();
  int saved_errno;

  if (stack == NULL)
    return errno;

  /* The stack grows downwards on every architecture that Debian has. */
  *pid = clone (func, (char *) stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | flags, data, pidfd);
  saved_errno = *pid < 0 ? errno : 0;
  give_stack (stack);
  return saved_errno;
}

FAIRLEAD_TASK_CODE int
fairlead_namespaces_enter (const FairleadNamespaces *self)
{
  if (self->user_fd >= 0 && setns (self->user_fd, CLONE_NEWUSER) < 0)
    return errno;
  if (self->mount_fd >= 0 && setns (self->mount_fd, CLONE_NEWNS) < 0)
    return errno;
  if (self->netns_fd >= 0 && setns (self->netns_fd, CLONE_NEWNET) < 0)
    return errno;
  return 0;
}

typedef struct
{
  const FairleadNamespaces *namespaces;
  FairleadNetnsFunc         func;
  gpointer                  user_data;
  int                       enter_errno;
  gboolean                  succeeded;
  GError                   *error;
} FairleadNamespacesJob;

FAIRLEAD_TASK_CODE static int
namespaces_task (void *data)
{
  FairleadNamespacesJob *job = data;

  job->enter_errno = fairlead_namespaces_enter (job->namespaces);
  if (job->enter_errno == 0)
    job->succeeded = job->func (job->user_data, &job->error);
  fairlead_task_exit (0);
}

gboolean
fairlead_netns_func_finish (gboolean   succeeded,
                            GError    *failure,
                            GError   **error)
{
  g_autoptr (GError) owned_failure = failure;

  if (succeeded)
    return TRUE;
  if (owned_failure != NULL)
    g_propagate_error (error, g_steal_pointer (&owned_failure));
  else
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                         "What was to be done inside the namespace failed without setting an error");
  return FALSE;
}

gboolean
fairlead_namespaces_run (const FairleadNamespaces  *self,
                         FairleadNetnsFunc          func,
                         gpointer                   user_data,
                         GError                   **error)
{
  FairleadNamespacesJob job = { .namespaces = self, .func = func, .user_data = user_data };
  sigset_t all;
  sigset_t before;
  pid_t pid;
  int start_errno;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  start_errno = fairlead_task_start (namespaces_task, &job, CLONE_FILES, &pid, NULL);
  if (start_errno == 0)
    while (waitpid (pid, NULL, __WALL) < 0 && errno == EINTR)
      ;
  pthread_sigmask (SIG_SETMASK, &before, NULL);

  if (start_errno != 0)
    fairlead_error_set_errno (error, start_errno, "Cannot start a task for the user namespace");
  else if (job.enter_errno != 0)
    fairlead_error_set_errno (error, job.enter_errno, "Cannot enter the namespaces%s",
                              job.enter_errno == EPERM ? " (only root and the user who owns them can)" : "");
  else
    return fairlead_netns_func_finish (job.succeeded, job.error, error);
  return FALSE;
}
