/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-process-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a program to its end: starts it, moves its output, and ends it when it must end. One poll() loop does all of
 * it, so there is neither a thread nor a main context, and nothing of it is left when the function returns.
 */

/* What a program has to end by itself after SIGTERM. */
#define TERM_GRACE_MS 2000
/* What the kernel has to end it after SIGKILL; only a process stuck in the kernel takes longer. */
#define KILL_GRACE_MS 5000
/* What is left to read when the program has ended is in the pipes already. */
#define DRAIN_MS 200

/* A program that has just been written, perhaps by a package manager, may still be open for writing. */
#define BUSY_RETRIES     6
#define BUSY_INTERVAL_MS 200

/* Only with Linux 6.3; where it is required, a memfd cannot be created without it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* How much of what the program complained about goes into a message, and into its details. */
#define QUOTE_LENGTH   300
#define DETAILS_LENGTH 4096

static const char * const default_environment[] = {
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  "LANG=C",
  NULL,
};

typedef enum
{
  PHASE_RUNNING,     /* until it ends by itself */
  PHASE_TERMINATING, /* after SIGTERM */
  PHASE_KILLING,     /* after SIGKILL */
  PHASE_DRAINING,    /* it ended, and is not reaped; its pipes may be open elsewhere */
  PHASE_DONE,
} FairleadProcessPhase;

/* One output of the program. */
typedef struct
{
  int         fd; /* (owned) of the pipe, -1 after its end */
  GByteArray *bytes;
} FairleadProcessPipe;

/* A run, from the spawn to the reaping. As long as the program is not reaped, neither its number nor that of its
 * process group can come to mean another one; so it is reaped last, after the last signal.
 */
typedef struct
{
  FairleadProcessJob   *job;
  pid_t                 pid;
  int                   pidfd; /* (owned) */
  FairleadProcessPipe   output;
  FairleadProcessPipe   error_output;
  FairleadProcessPhase  phase;
  gint64                deadline; /* of the phase, in monotonic time; G_MAXINT64 for none */
  GError               *error;    /* why the program is being ended */
} FairleadProcessRun;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
clear_process_fd (gpointer data)
{
  FairleadProcessFd *fd = data;

  close_fd (&fd->source);
}

static gint64
deadline_after (guint milliseconds)
{
  return g_get_monotonic_time () + (gint64) milliseconds * G_TIME_SPAN_MILLISECOND;
}

static void
fairlead_process_run_init (FairleadProcessRun *run,
                           FairleadProcessJob *job)
{
  *run = (FairleadProcessRun) {
    .job = job,
    .pidfd = -1,
    .output = { -1, g_byte_array_new () },
    .error_output = { -1, g_byte_array_new () },
  };
}

static void
fairlead_process_run_clear (FairleadProcessRun *run)
{
  close_fd (&run->pidfd);
  close_fd (&run->output.fd);
  close_fd (&run->error_output.fd);
  g_clear_pointer (&run->output.bytes, g_byte_array_unref);
  g_clear_pointer (&run->error_output.bytes, g_byte_array_unref);
  g_clear_error (&run->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FairleadProcessRun, fairlead_process_run_clear)

static void
free_process_fds (GArray *fds)
{
  g_array_unref (fds);
}

typedef GArray FairleadProcessFds;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadProcessFds, free_process_fds)

GArray *
fairlead_process_fds_new (void)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (FairleadProcessFd));

  g_array_set_clear_func (fds, clear_process_fd);
  return fds;
}

/* The input is known as a whole, so it goes into a file in memory: nothing has to be fed while output is read, a
 * program that does not read it does no harm, and no SIGPIPE can hit the calling program.
 */
static int
open_input (GBytes  *input,
            GError **error)
{
  gsize size = 0;
  const char *data = input != NULL ? g_bytes_get_data (input, &size) : NULL;
  int fd;

  if (input == NULL)
    fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  else if ((fd = memfd_create ("fairlead-input", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL)) < 0 && errno == EINVAL)
    fd = memfd_create ("fairlead-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open the standard input");
      return -1;
    }

  for (gsize written = 0; written < size;)
    {
      gssize n = write (fd, data + written, size - written);

      if (n < 0 && errno != EINTR)
        {
          fairlead_error_set_errno (error, errno, "Cannot write the standard input");
          close (fd);
          return -1;
        }
      written += MAX (n, 0);
    }

  if (input != NULL)
    {
      lseek (fd, 0, SEEK_SET);
      fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    }
  return fd;
}

/* Returns the end for the program; the other one, which does not block, is kept in @pipe. */
static int
open_output (FairleadProcessPipe  *output,
             GError              **error)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot create a pipe");
      return -1;
    }

  output->fd = ends[0];
  fcntl (output->fd, F_SETFL, O_NONBLOCK);
  return ends[1];
}

/* A descriptor may be the target of another one. So all are copied to numbers above the highest target, where dup2()
 * in the program overwrites none of them.
 */
gboolean
fairlead_process_fds_append (GArray  *fds,
                             int      source,
                             int      target,
                             int      first_free,
                             GError **error)
{
  FairleadProcessFd fd = { .target = target };

  fd.source = fcntl (source, F_DUPFD_CLOEXEC, first_free);
  if (fd.source < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot copy descriptor %d", source);
      return FALSE;
    }

  g_array_append_val (fds, fd);
  return TRUE;
}

int
fairlead_process_job_get_first_free (FairleadProcessJob *job)
{
  int highest = STDERR_FILENO;

  for (guint i = 0; i < job->fds->len; i++)
    highest = MAX (highest, g_array_index (job->fds, FairleadProcessFd, i).target);

  return highest + 1;
}

char * const *
fairlead_process_job_get_environment (FairleadProcessJob *job)
{
  return job->environment != NULL ? job->environment : (char * const *) default_environment;
}

/* Everything that the program is to have, at safe numbers. */
static FairleadProcessFds *
prepare_fds (FairleadProcessJob  *job,
             FairleadProcessRun  *run,
             int                  first_free,
             GError             **error)
{
  g_autoptr (FairleadProcessFds) fds = fairlead_process_fds_new ();
  int standard[3] = { -1, -1, -1 };
  gboolean success;

  standard[0] = open_input (job->input, error);
  if (standard[0] >= 0)
    standard[1] = open_output (&run->output, error);
  if (standard[1] >= 0)
    standard[2] = open_output (&run->error_output, error);

  success = standard[2] >= 0;
  for (int i = 0; i < 3; i++)
    {
      success = success && fairlead_process_fds_append (fds, standard[i], i, first_free, error);
      close_fd (&standard[i]);
    }

  for (guint i = 0; success && i < job->fds->len; i++)
    {
      FairleadProcessFd *fd = &g_array_index (job->fds, FairleadProcessFd, i);

      success = fairlead_process_fds_append (fds, fd->source, fd->target, first_free, error);
    }

  return success ? g_steal_pointer (&fds) : NULL;
}

static int
spawn_once (FairleadProcessJob  *job,
            GArray              *fds,
            int                  first_free,
            FairleadProcessRun  *run)
{
  FairleadProcessBirth birth = {
    .argv = job->argv,
    .environment = fairlead_process_job_get_environment (job),
    .fds = (const FairleadProcessFd *) (void *) fds->data,
    .n_fds = fds->len,
    .first_free = first_free,
    .namespaces = FAIRLEAD_NAMESPACES_INIT,
    .pidfd = -1,
  };
  const int result = fairlead_process_birth_run (&birth);

  run->pid = birth.pid;
  run->pidfd = birth.pidfd;
  return result;
}

/* Waits, unless @cancellable is cancelled. */
static gboolean
pause_for (guint          milliseconds,
           GCancellable  *cancellable,
           GError       **error)
{
  GPollFD cancel = { .fd = -1 };
  gboolean polled = g_cancellable_make_pollfd (cancellable, &cancel);

  g_poll (&cancel, polled ? 1 : 0, milliseconds);
  if (polled)
    g_cancellable_release_fd (cancellable);

  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

void
fairlead_process_job_set_spawn_error (FairleadProcessJob  *job,
                                      int                  spawn_errno,
                                      GError             **error)
{
  const char *program = job->argv[0];

  if (spawn_errno == ENOENT && access (program, F_OK) == 0)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "Cannot run %s: the interpreter or loader that it names does not exist", program);
  else if (spawn_errno == ENOEXEC)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED,
                 "Cannot run %s: it is not a program that this system can run", program);
  else if (spawn_errno == ETXTBSY)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TRY_AGAIN,
                 "Cannot run %s: it is still being written", program);
  else
    fairlead_error_set_errno (error, spawn_errno, "Cannot run %s", program);
}

static gboolean
spawn (FairleadProcessJob  *job,
       FairleadProcessRun  *run,
       GCancellable        *cancellable,
       GError             **error)
{
  const int first_free = fairlead_process_job_get_first_free (job);
  g_autoptr (FairleadProcessFds) fds = prepare_fds (job, run, first_free, error);
  int result;

  if (fds == NULL)
    {
      g_prefix_error (error, "Cannot run %s: ", job->argv[0]);
      return FALSE;
    }

  result = spawn_once (job, fds, first_free, run);
  for (guint i = 0; result == ETXTBSY && i < BUSY_RETRIES; i++)
    {
      if (!pause_for (BUSY_INTERVAL_MS, cancellable, error))
        return FALSE;

      result = spawn_once (job, fds, first_free, run);
    }

  if (result == 0)
    return TRUE;
  fairlead_process_job_set_spawn_error (job, result, error);
  return FALSE;
}

/* The last line of @text, as an addition to a message; "" if there is none. */
static char *
dup_complaint (const char *text)
{
  const gsize length = strlen (text);
  g_autofree char *end = g_utf8_make_valid (length > QUOTE_LENGTH ? text + length - QUOTE_LENGTH : text, -1);
  const char *line;

  g_strchomp (end);
  line = strrchr (end, '\n');
  line = line != NULL ? line + 1 : end;

  return *line != '\0' ? g_strdup_printf ("; it said: %s", line) : g_strdup ("");
}

/* Adds to the error what the program said itself, the end of @said. */
void
fairlead_process_job_add_details (FairleadProcessJob *job,
                                  GError             *error,
                                  const void         *said,
                                  gsize               said_length)
{
  const gsize length = MIN (said_length, DETAILS_LENGTH);
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;
  g_autofree char *complaint = NULL;
  g_auto (GVariantDict) details = G_VARIANT_DICT_INIT (NULL);

  if (error->domain != FAIRLEAD_ERROR)
    return;

  text = length > 0 ? g_utf8_make_valid ((const char *) said + said_length - length, length) : g_strdup ("");
  g_variant_dict_insert (&details, "plugin", "s", job->argv[0]);
  g_variant_dict_insert (&details, "stderr", "s", text);
  fairlead_error_set_details (error, g_variant_dict_end (&details));

  complaint = dup_complaint (text);
  message = g_steal_pointer (&error->message);
  error->message = g_strconcat (message, complaint, NULL);
}

static gboolean
is_unreaped (FairleadProcessRun *run)
{
  siginfo_t info = { 0 };

  return waitid (P_PIDFD, run->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* The number of the group is certain only while the program is not reaped, see FairleadProcessRun. Somebody else
 * reaps it if the calling program ignores SIGCHLD, or waits for any child.
 */
static void
signal_group (FairleadProcessRun *run,
              int                 signal_number)
{
  if (is_unreaped (run))
    kill (-run->pid, signal_number);
}

static void
enter_phase (FairleadProcessRun   *run,
             FairleadProcessPhase  phase,
             guint                 milliseconds)
{
  run->phase = phase;
  run->deadline = deadline_after (milliseconds);
}

/* Ends the program for the reason @error, which is taken. The first reason stays. */
static void
stop_program (FairleadProcessRun *run,
              GError             *error)
{
  if (run->error != NULL)
    {
      g_error_free (error);
      return;
    }

  run->error = error;
  if (run->phase == PHASE_RUNNING)
    {
      signal_group (run, SIGTERM);
      enter_phase (run, PHASE_TERMINATING, TERM_GRACE_MS);
    }
}

static void
stop_for_output (FairleadProcessRun *run)
{
  stop_program (run, g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED,
                                  "%s wrote more than %" G_GUINT64_FORMAT " bytes to its standard output",
                                  run->job->argv[0], run->job->output_limit));
}

/* Reads once; the beginning of the output is kept, and the rest thrown away. */
static gssize
read_some (FairleadProcessPipe *output,
           guint8              *buffer,
           gsize                size)
{
  gssize n = read (output->fd, buffer, size);

  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    close_fd (&output->fd);

  return MAX (n, 0);
}

static void
read_output (FairleadProcessRun *run)
{
  const guint64 limit = run->job->output_limit;
  guint8 buffer[16384];
  const gsize n = read_some (&run->output, buffer, sizeof buffer);
  const gsize room = MIN (n, limit - run->output.bytes->len);

  g_byte_array_append (run->output.bytes, buffer, room);
  if (room < n)
    stop_for_output (run);
}

/* Of the standard error the end is kept, where programs say why they failed. */
static void
read_error_output (FairleadProcessRun *run)
{
  const guint64 limit = run->job->output_limit;
  GByteArray *bytes = run->error_output.bytes;
  guint8 buffer[16384];
  const gsize n = read_some (&run->error_output, buffer, sizeof buffer);

  g_byte_array_append (bytes, buffer, n);

  /* Only when twice the limit is there, so that not each read moves the whole. */
  if (bytes->len > limit * 2 + sizeof buffer)
    g_byte_array_remove_range (bytes, 0, bytes->len - limit);
}

static void
on_deadline (FairleadProcessRun *run)
{
  switch (run->phase)
    {
    case PHASE_RUNNING:
      stop_program (run, g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT,
                                      "%s did not end within %u ms and was stopped",
                                      run->job->argv[0], run->job->time_limit));
      break;

    case PHASE_TERMINATING:
      signal_group (run, SIGKILL);
      enter_phase (run, PHASE_KILLING, KILL_GRACE_MS);
      break;

    case PHASE_KILLING:
    case PHASE_DRAINING:
    case PHASE_DONE:
      run->phase = PHASE_DONE;
      break;
    }
}

static int
get_poll_timeout (FairleadProcessRun *run)
{
  const gint64 now = g_get_monotonic_time ();

  if (run->deadline == G_MAXINT64)
    return -1;
  if (run->deadline <= now)
    return 0;

  /* Rounded up: a poll that returns too early would only be repeated. */
  return (int) MIN ((run->deadline - now + 999) / 1000, G_MAXINT);
}

/* One turn: waits for something to happen and deals with it. */
static void
run_once (FairleadProcessRun *run,
          GCancellable       *cancellable,
          const GPollFD      *cancel)
{
  g_autoptr (GError) cancelled = NULL;
  GPollFD fds[] = {
    { .fd = run->output.fd, .events = G_IO_IN },
    { .fd = run->error_output.fd, .events = G_IO_IN },
    { .fd = run->phase < PHASE_DRAINING ? run->pidfd : -1, .events = G_IO_IN },
    { .fd = run->phase == PHASE_RUNNING ? cancel->fd : -1, .events = G_IO_IN },
  };

  /* Interrupted is as good as nothing happened: the deadline is to be looked at all the same. */
  if (g_poll (fds, G_N_ELEMENTS (fds), get_poll_timeout (run)) < 0)
    for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
      fds[i].revents = 0;

  if (fds[0].revents != 0)
    read_output (run);
  if (fds[1].revents != 0)
    read_error_output (run);
  if (fds[2].revents != 0)
    enter_phase (run, PHASE_DRAINING, DRAIN_MS);
  else if (fds[3].revents != 0 && g_cancellable_set_error_if_cancelled (cancellable, &cancelled))
    stop_program (run, g_steal_pointer (&cancelled));

  if (run->phase == PHASE_DRAINING && run->output.fd < 0 && run->error_output.fd < 0)
    run->phase = PHASE_DONE;
  else if (g_get_monotonic_time () >= run->deadline)
    on_deadline (run);
}

/* Whatever keeps the pipes open after the program's end, or did not go with it, is not to stay. */
static void
end_group (FairleadProcessRun *run)
{
  if (run->error != NULL || run->output.fd >= 0 || run->error_output.fd >= 0)
    signal_group (run, SIGKILL);
}

static void
reap (FairleadProcessRun *run)
{
  FairleadProcessJob *job = run->job;
  siginfo_t info = { 0 };

  if (waitid (P_PIDFD, run->pidfd, &info, WEXITED | WNOHANG) < 0)
    {
      stop_program (run, g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED,
                                      "%s ended, but its exit status is lost: the calling program ignores SIGCHLD "
                                      "or waits for children that are not its own", job->argv[0]));
      return;
    }

  if (info.si_pid == 0)
    stop_program (run, g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT,
                                    "%s cannot be stopped and is left behind", job->argv[0]));
  else if (info.si_code == CLD_EXITED)
    job->exit_status = info.si_status;
  else
    job->term_signal = info.si_status;
}

static GBytes *
steal_tail (GByteArray **bytes,
            guint64      limit)
{
  if ((*bytes)->len > limit)
    g_byte_array_remove_range (*bytes, 0, (*bytes)->len - limit);

  return g_byte_array_free_to_bytes (g_steal_pointer (bytes));
}

static void
run_to_end (FairleadProcessRun *run,
            GCancellable       *cancellable)
{
  GPollFD cancel = { .fd = -1 };
  const gboolean polled = g_cancellable_make_pollfd (cancellable, &cancel);
  const guint time_limit = run->job->time_limit;

  run->deadline = time_limit > 0 ? deadline_after (time_limit) : G_MAXINT64;

  while (run->phase != PHASE_DONE)
    run_once (run, cancellable, &cancel);

  if (polled)
    g_cancellable_release_fd (cancellable);

  end_group (run);
  reap (run);
}

gboolean
fairlead_process_job_run (FairleadProcessJob  *job,
                          GCancellable        *cancellable,
                          GError             **error)
{
  g_auto (FairleadProcessRun) run = { 0 };

  fairlead_process_run_init (&run, job);
  if (!spawn (job, &run, cancellable, error))
    return FALSE;

  run_to_end (&run, cancellable);
  if (run.error != NULL)
    fairlead_process_job_add_details (job, run.error, run.error_output.bytes->data, run.error_output.bytes->len);

  g_bytes_unref (job->output);
  job->output = steal_tail (&run.output.bytes, job->output_limit);
  g_bytes_unref (job->error_output);
  job->error_output = steal_tail (&run.error_output.bytes, job->output_limit);

  if (run.error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&run.error));
  return FALSE;
}
