/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-process-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts a program that goes on after us.
 *
 * What it complains about goes into a file in memory of a fixed size, which it may fill but not outgrow: a pipe would
 * block it when nobody reads any more, or kill it when nobody can. */

/* The beginning of what the program says is kept, where it tells why it could not start. */
#define LOG_SIZE (64 * 1024)

/* What a program has to end by itself before its last words are read. */
#define END_GRACE_MS  1000
#define TERM_GRACE_MS 2000
#define KILL_GRACE_MS 5000

/* In libexec; see its first lines. */
#define PROGRAM "fairlead-process"

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
wait_for_end (int   pidfd,
              guint milliseconds)
{
  const gint64 deadline = g_get_monotonic_time () + (gint64) milliseconds * G_TIME_SPAN_MILLISECOND;
  struct pollfd ended = { .fd = pidfd, .events = POLLIN };

  while (TRUE)
    {
      const gint64 left = deadline - g_get_monotonic_time ();
      const int n = poll (&ended, 1, (int) MAX ((left + 999) / 1000, 0));

      if (n > 0)
        return TRUE;
      if (n == 0 || errno != EINTR)
        return FALSE;
    }
}

/* In a build tree it is not where it will be installed. */
char *
fairlead_process_dup_own_path (const char *name)
{
  const char *directory = getauxval (AT_SECURE) ? NULL : g_getenv ("FAIRLEAD_LIBEXEC_DIR");

  return g_build_filename (directory != NULL && g_path_is_absolute (directory) ? directory : FAIRLEAD_LIBEXEC_DIR,
                           name, NULL);
}

static int
open_log (GError **error)
{
  int fd = memfd_create ("fairlead-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && ftruncate (fd, LOG_SIZE) == 0 &&
      fcntl (fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
    return fd;

  fairlead_error_set_errno (error, errno, "Cannot create a file for what the program says");
  close_fd (&fd);
  return -1;
}

/* Gives the program one end and us the other. Our copy of the program's is closed as soon as it runs, so that its death,
 * or ours, shows as the end of the connection. */
static gboolean
append_end (GArray      *fds,
            const int   *ends,
            int          target,
            int          first_free,
            int         *our_fd,
            GError     **error)
{
  gboolean success;

  *our_fd = ends[0];
  success = fairlead_process_fds_append (fds, ends[1], target, first_free, error);
  close (ends[1]);
  return success;
}

static gboolean
append_ready (GArray  *fds,
              int      target,
              int      first_free,
              int     *our_fd,
              GError **error)
{
  int ends[2];

  if (target == 0)
    return TRUE;
  if (pipe2 (ends, O_CLOEXEC) == 0)
    return append_end (fds, ends, target, first_free, our_fd, error);
  fairlead_error_set_errno (error, errno, "Cannot create a pipe");
  return FALSE;
}

/* Into a socket we can write without fear of SIGPIPE. */
static gboolean
append_go (GArray  *fds,
           int      target,
           int      first_free,
           int     *our_fd,
           GError **error)
{
  int ends[2];

  if (target == 0)
    return TRUE;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
    return append_end (fds, ends, target, first_free, our_fd, error);
  fairlead_error_set_errno (error, errno, "Cannot create a pair of sockets");
  return FALSE;
}

/* A later one takes the place of an earlier one of the same number. */
static gboolean
prepare_fds (FairleadProcessJob      *job,
             GArray                  *fds,
             int                      go_target,
             int                      first_free,
             FairleadProcessStarted  *started,
             GError                 **error)
{
  int null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  gboolean success;

  if (null_fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open /dev/null");
      return FALSE;
    }
  started->log_fd = open_log (error);
  success = started->log_fd >= 0 &&
            fairlead_process_fds_append (fds, null_fd, STDIN_FILENO, first_free, error) &&
            fairlead_process_fds_append (fds, null_fd, STDOUT_FILENO, first_free, error) &&
            fairlead_process_fds_append (fds, started->log_fd, STDERR_FILENO, first_free, error) &&
            append_ready (fds, job->ready_target, first_free, &started->ready_fd, error) &&
            append_go (fds, go_target, first_free, &started->go_fd, error);
  close (null_fd);

  for (guint i = 0; success && i < job->fds->len; i++)
    {
      FairleadProcessFd *fd = &g_array_index (job->fds, FairleadProcessFd, i);

      success = fairlead_process_fds_append (fds, fd->source, fd->target, first_free, error);
    }
  return success;
}

/* Field 22 of /proc/PID/stat, in clock ticks since boot. The second field may have blanks and parentheses in it. */
static gboolean
read_start_time (int       pid,
                 guint64  *start_time,
                 GError  **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *rest;

  if (!g_file_get_contents (path, &text, NULL, &local_error))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "It cannot be seen which process %d is: %s", pid,
                   local_error->message);
      return FALSE;
    }
  rest = strrchr (text, ')');
  fields = rest != NULL ? g_strsplit (rest + 1, " ", -1) : NULL;
  if (fields != NULL && g_strv_length (fields) > 20 &&
      g_ascii_string_to_unsigned (fields[20], 10, 0, G_MAXUINT64, start_time, NULL))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "%s does not say when the process started", path);
  return FALSE;
}

/* What /proc says of the number is said of this program if its pidfd is silent afterwards. One that ended has no start
 * time; nobody has to find it any more. One that lives and could not be found again must not go on. */
static gboolean
take_started (FairleadProcessBirth    *birth,
              FairleadProcessStarted  *started,
              GError                 **error)
{
  g_autoptr (GError) local_error = NULL;
  const gboolean known = read_start_time (birth->pid, &started->start_time, &local_error);

  started->pid = birth->pid;
  started->pidfd = birth->pidfd;
  if (wait_for_end (started->pidfd, 0))
    {
      started->start_time = 0;
      return TRUE;
    }
  if (known)
    return TRUE;

  pidfd_send_signal (started->pidfd, SIGKILL, NULL, 0);
  wait_for_end (started->pidfd, KILL_GRACE_MS);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* A held program is ours first, which becomes the other. */
static char **
dup_argv (FairleadProcessJob *job,
          int                 go_target)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *path = fairlead_process_dup_own_path (PROGRAM);
  g_autofree char *target = g_strdup_printf ("%d", go_target);

  if (job->held)
    {
      g_strv_builder_add (builder, path);
      g_strv_builder_add (builder, "hold");
      g_strv_builder_add (builder, target);
    }
  g_strv_builder_addv (builder, (const char **) job->argv);
  return g_strv_builder_end (builder);
}

gboolean
fairlead_process_job_start (FairleadProcessJob      *job,
                            FairleadProcessStarted  *started,
                            GError                 **error)
{
  const int last_target = MAX (fairlead_process_job_get_first_free (job) - 1, job->ready_target);
  const int go_target = job->held ? last_target + 1 : 0;
  const int first_free = MAX (last_target, go_target) + 1;
  g_autoptr (GArray) fds = fairlead_process_fds_new ();
  g_auto (GStrv) argv = dup_argv (job, go_target);
  FairleadProcessBirth birth = {
    .argv = argv,
    .environment = fairlead_process_job_get_environment (job),
    .first_free = first_free,
    .lasts = TRUE,
    .private_mounts = job->private_mounts,
    .namespaces = FAIRLEAD_NAMESPACES_INIT,
    .pidfd = -1,
  };
  int start_errno;

  if (!prepare_fds (job, fds, go_target, first_free, started, error))
    {
      g_prefix_error (error, "Cannot start %s: ", job->argv[0]);
      return FALSE;
    }
  birth.namespaces.user_fd = job->userns_fd;
  birth.namespaces.netns_fd = job->netns_fd;
  birth.fds = (const FairleadProcessFd *) (void *) fds->data;
  birth.n_fds = fds->len;
  start_errno = fairlead_process_birth_run (&birth);
  if (start_errno == 0)
    {
      if (take_started (&birth, started, error))
        return TRUE;
      g_prefix_error (error, "Cannot start %s: ", job->argv[0]);
      return FALSE;
    }

  if (birth.step != NULL)
    fairlead_error_set_errno (error, start_errno, "Cannot start %s: cannot %s", job->argv[0], birth.step);
  else
    fairlead_process_job_set_spawn_error (job, start_errno, error);
  return FALSE;
}

static void
add_last_words (FairleadProcessJob     *job,
                FairleadProcessStarted *started,
                GError                 *error)
{
  const off_t length = lseek (started->log_fd, 0, SEEK_CUR);
  g_autofree char *text = g_malloc (LOG_SIZE);
  const gssize n = pread (started->log_fd, text, MIN (MAX (length, 0), LOG_SIZE), 0);

  fairlead_process_job_add_details (job, error, text, MAX (n, 0));
}

static gboolean
set_wait_error (FairleadProcessJob      *job,
                FairleadProcessStarted  *started,
                GError                  *reason,
                GError                 **error)
{
  if (!wait_for_end (started->pidfd, reason->code == FAIRLEAD_ERROR_HELPER_FAILED ? END_GRACE_MS : 0))
    fairlead_process_stop (started->pid, started->start_time, SIGTERM, NULL);
  add_last_words (job, started, reason);
  g_propagate_error (error, reason);
  return FALSE;
}

/* Waits for the program's word that it is ready. If that does not come, the program has ended when this returns. */
gboolean
fairlead_process_job_wait (FairleadProcessJob      *job,
                           FairleadProcessStarted  *started,
                           GCancellable            *cancellable,
                           GError                 **error)
{
  const gint64 deadline = g_get_monotonic_time () + (gint64) job->time_limit * G_TIME_SPAN_MILLISECOND;
  g_autoptr (GError) cancelled = NULL;
  GPollFD fds[2] = { { .fd = started->ready_fd, .events = G_IO_IN }, { .fd = -1, .events = G_IO_IN } };
  const gboolean polled = g_cancellable_make_pollfd (cancellable, &fds[1]);
  gssize n = -1;
  gint64 left = 0;
  char byte = '1';

  /* If it is gone, that shows at the other end of ready_fd. */
  if (started->go_fd >= 0)
    send (started->go_fd, &byte, 1, MSG_NOSIGNAL);
  while (n < 0 && cancelled == NULL)
    {
      left = deadline - g_get_monotonic_time ();
      if (job->time_limit > 0 && left <= 0)
        break;
      g_poll (fds, polled ? 2 : 1, job->time_limit > 0 ? (int) MIN ((left + 999) / 1000, G_MAXINT) : -1);
      if (!g_cancellable_set_error_if_cancelled (cancellable, &cancelled) && fds[0].revents != 0)
        n = read (started->ready_fd, &byte, 1);
      fds[0].revents = 0;
    }
  if (polled)
    g_cancellable_release_fd (cancellable);

  if (n > 0)
    return TRUE;
  if (cancelled != NULL)
    return set_wait_error (job, started, g_steal_pointer (&cancelled), error);
  if (n == 0)
    return set_wait_error (job, started, g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED,
                                                      "%s ended before it was ready", job->argv[0]), error);
  return set_wait_error (job, started, g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT,
                                                    "%s was not ready within %u ms and was stopped",
                                                    job->argv[0], job->time_limit), error);
}

gboolean
fairlead_process_watch_fd (int      pidfd,
                           int      fd,
                           GError **error)
{
  const int fds[] = { fd, pidfd };
  g_autofree char *path = fairlead_process_dup_own_path (PROGRAM);
  const char *argv[] = { path, "end-with", "3", "4", NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);

  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      int copy = fcntl (fds[i], F_DUPFD_CLOEXEC, 3);

      if (copy < 0)
        {
          fairlead_error_set_errno (error, errno, "Cannot copy descriptor %d", fds[i]);
          return FALSE;
        }
      fairlead_process_take_fd (process, copy, 3 + i);
    }
  return fairlead_process_start (process, error);
}

FAIRLEAD_TASK_CODE static int
ending_task (void *data)
{
  fairlead_task_exit (0);
}

static gboolean
probe_pidfd (void)
{
  struct pollfd ended = { .fd = -1 };
  pid_t pid;

  if (fairlead_task_start (ending_task, NULL, CLONE_PIDFD, &pid, &ended.fd) != 0)
    return FALSE;
  while (waitpid (pid, NULL, __WALL) < 0 && errno == EINTR)
    ;
  poll (&ended, 1, 0);
  close (ended.fd);
  return (ended.revents & POLLHUP) != 0;
}

/* Asked once, of a task that has just ended. */
gboolean
fairlead_process_pidfd_hangs_up (void)
{
  static gsize answer = 0;

  if (g_once_init_enter (&answer))
    g_once_init_leave (&answer, probe_pidfd () ? 2 : 1);
  return answer == 2;
}

/* It is gone if the kernel knows no process of that number, or another one. */
int
fairlead_process_open_recorded (int       pid,
                                guint64   start_time,
                                GError  **error)
{
  g_autoptr (GError) local_error = NULL;
  guint64 found = 0;
  int pidfd;

  /* 0 and negative numbers stand for groups of processes. */
  if (pid <= 0)
    return -1;
  pidfd = pidfd_open (pid, 0);
  if (pidfd < 0)
    {
      /* EINVAL: it is the number of a thread. */
      if (errno != ESRCH && errno != EINVAL)
        fairlead_error_set_errno (error, errno, "It cannot be seen whether process %d still runs", pid);
      return -1;
    }
  if (read_start_time (pid, &found, &local_error) && found == start_time && !wait_for_end (pidfd, 0))
    return pidfd;
  if (local_error != NULL && !wait_for_end (pidfd, 0))
    g_propagate_error (error, g_steal_pointer (&local_error));
  close_fd (&pidfd);
  return -1;
}

/**
 * fairlead_process_is_running:
 * @pid: the number of a process, from [method@Fairlead.Process.get_pid]
 * @start_time: when it started, from [method@Fairlead.Process.get_start_time]
 *
 * Tells whether a process that was started earlier, perhaps by another program, still runs. A later process of the
 * same number is not mistaken for it.
 *
 * Returns: %TRUE if it runs, or if that cannot be found out, %FALSE if it has certainly ended
 *
 * Since: 1.0
 */
gboolean
fairlead_process_is_running (int     pid,
                             guint64 start_time)
{
  g_autoptr (GError) error = NULL;
  int pidfd = fairlead_process_open_recorded (pid, start_time, &error);
  const gboolean running = pidfd >= 0 || error != NULL;

  close_fd (&pidfd);
  return running;
}

/**
 * fairlead_process_stop:
 * @pid: the number of a process, from [method@Fairlead.Process.get_pid]
 * @start_time: when it started, from [method@Fairlead.Process.get_start_time]
 * @signal_number: the signal that asks it to end, for example `SIGTERM`; 0 if it has been asked in another way
 * @error: where to put the error
 *
 * Ends a process that was started earlier, perhaps by another program, and waits until it has ended. If it does not
 * end within two seconds it gets `SIGKILL`. A process that is gone is a success; a later one of the same number is not
 * touched.
 *
 * Returns: %TRUE if the process has ended, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_process_stop (int      pid,
                       guint64  start_time,
                       int      signal_number,
                       GError **error)
{
  g_autoptr (GError) local_error = NULL;
  int pidfd;
  gboolean ended;

  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  pidfd = fairlead_process_open_recorded (pid, start_time, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (pidfd < 0)
    return TRUE;

  if (signal_number != 0)
    pidfd_send_signal (pidfd, signal_number, NULL, 0);
  ended = wait_for_end (pidfd, TERM_GRACE_MS);
  if (!ended)
    {
      pidfd_send_signal (pidfd, SIGKILL, NULL, 0);
      ended = wait_for_end (pidfd, KILL_GRACE_MS);
    }
  if (!ended)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT, "Process %d cannot be stopped", pid);
  close_fd (&pidfd);
  return ended;
}
