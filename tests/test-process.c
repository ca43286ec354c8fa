/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fairlead-testlib.h"

static char *
fake_path (const char *name)
{
  g_autofree char *file = g_strdup_printf ("fake-%s", name);

  return g_test_build_filename (G_TEST_BUILT, "fake", file, NULL);
}

static FairleadProcess *
process_new (const char *name,
             const char *argument)
{
  g_autofree char *path = fake_path (name);
  const char *argv[] = { path, argument, NULL };

  return fairlead_process_new (argv);
}

static void
run (FairleadProcess *process)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fairlead_process_run (process, NULL, &error));
  g_assert_no_error (error);
}

static char *
dup_text (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  return g_strndup (text, length);
}

static char **
dup_lines (FairleadProcess *process)
{
  g_autofree char *text = dup_text (fairlead_process_get_output (process));

  return g_strsplit (text, "\n", -1);
}

static guint
count_lines (char       **lines,
             const char  *prefix)
{
  guint count = 0;

  for (gsize i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], prefix))
      count++;

  return count;
}

static void
check_error (GError     **error,
             GQuark       domain,
             int          code,
             const char  *part)
{
  g_assert_error (*error, domain, code);
  g_test_message ("%s", (*error)->message);
  if (strstr ((*error)->message, part) == NULL)
    g_error ("The message \"%s\" does not say \"%s\"", (*error)->message, part);
  g_clear_error (error);
}

/* A FIFO whose other end a program holds as long as it lives. */
static char *
open_life_line (FairleadTestFixture *fixture,
                int                 *fd)
{
  char *path = fairlead_test_path (fixture, "life-line");

  g_assert_no_errno (mkfifo (path, 0600));
  *fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (*fd, >=, 0);
  return path;
}

/* Waits until all have ended that held it. */
static void
check_life_line_cut (int fd)
{
  struct pollfd life_line = { .fd = fd };

  g_assert_cmpint (poll (&life_line, 1, 5000), ==, 1);
  g_assert_cmpint (life_line.revents & POLLHUP, ==, POLLHUP);
  close (fd);
}

static void
test_output (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", "two words");
  g_autoptr (GBytes) input = g_bytes_new_static ("the input\n", strlen ("the input\n"));
  g_auto (GStrv) lines = NULL;

  g_test_summary ("Arguments and input arrive, and the output comes back");

  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, -1);
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_output (process)), ==, 0);
  fairlead_process_set_input (process, input);
  run (process);

  lines = dup_lines (process);
  g_assert_true (g_strv_contains ((const char * const *) lines, "arg two words"));
  g_assert_true (g_strv_contains ((const char * const *) lines, "the input"));
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, 0);
  g_assert_cmpint (fairlead_process_get_term_signal (process), ==, 0);
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_error_output (process)), ==, 0);
}

static void
test_environment (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  const char * const environment[] = { "ONE=1", "TWO=with = sign", NULL };
  const char * const nothing[] = { NULL };
  g_autoptr (FairleadProcess) given = process_new ("show", NULL);
  g_autoptr (FairleadProcess) empty = process_new ("show", NULL);
  g_autoptr (FairleadProcess) standard = process_new ("show", NULL);
  g_auto (GStrv) given_lines = NULL;
  g_auto (GStrv) empty_lines = NULL;
  g_auto (GStrv) standard_lines = NULL;

  g_test_summary ("The environment is exactly what was given; nothing is inherited");

  fairlead_process_set_environment (given, environment);
  run (given);
  given_lines = dup_lines (given);
  g_assert_cmpuint (count_lines (given_lines, "env "), ==, 2);
  g_assert_true (g_strv_contains ((const char * const *) given_lines, "env TWO=with = sign"));

  fairlead_process_set_environment (empty, nothing);
  run (empty);
  empty_lines = dup_lines (empty);
  g_assert_cmpuint (count_lines (empty_lines, "env "), ==, 0);

  run (standard);
  standard_lines = dup_lines (standard);
  g_assert_cmpuint (count_lines (standard_lines, "env "), ==, 2);
  g_assert_cmpuint (count_lines (standard_lines, "env PATH=/usr"), ==, 1);
  g_assert_cmpuint (count_lines (standard_lines, "env LANG=C"), ==, 1);
}

static void
test_descriptors (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", NULL);
  g_auto (GStrv) lines = NULL;
  int leaks[8];
  int given[2];

  g_test_summary ("The program has the descriptors that it was given, and no leaked one");

  for (gsize i = 0; i < G_N_ELEMENTS (leaks); i++)
    leaks[i] = open ("/dev/null", O_RDONLY);

  /* Crosswise: each is the target of the other. */
  given[0] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  given[1] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  fairlead_process_take_fd (process, given[0], given[1]);
  fairlead_process_take_fd (process, given[1], given[0]);
  fairlead_process_take_fd (process, dup (given[0]), 100);
  run (process);

  lines = dup_lines (process);
  g_assert_cmpuint (count_lines (lines, "fd "), ==, 6);
  g_assert_true (g_strv_contains ((const char * const *) lines, "fd 100"));
  for (gsize i = 0; i < 2; i++)
    {
      g_autofree char *line = g_strdup_printf ("fd %d", given[i]);

      g_assert_true (g_strv_contains ((const char * const *) lines, line));
      g_assert_cmpint (fcntl (given[i], F_GETFD), ==, -1);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (leaks); i++)
    close (leaks[i]);
}

static void
test_standard_closed (FairleadTestFixture *fixture,
                      gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", NULL);
  g_autoptr (GBytes) input = g_bytes_new_static ("x\n", 2);
  g_auto (GStrv) lines = NULL;
  int saved = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 10);

  g_test_summary ("A calling program without standard input does no harm");

  close (STDIN_FILENO);
  fairlead_process_set_input (process, input);
  run (process);
  if (saved >= 0)
    {
      g_assert_cmpint (dup2 (saved, STDIN_FILENO), ==, STDIN_FILENO);
      close (saved);
    }

  lines = dup_lines (process);
  g_assert_cmpuint (count_lines (lines, "fd "), ==, 3);
  g_assert_true (g_strv_contains ((const char * const *) lines, "x"));
}

static void
test_signals (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", NULL);
  g_auto (GStrv) lines = NULL;
  sigset_t blocked;

  g_test_summary ("The program starts with default signal handling, in a process group of its own");

  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGUSR1);
  pthread_sigmask (SIG_BLOCK, &blocked, NULL);
  run (process);
  pthread_sigmask (SIG_UNBLOCK, &blocked, NULL);
  signal (SIGPIPE, SIG_DFL);

  lines = dup_lines (process);
  g_assert_cmpuint (count_lines (lines, "ignored "), ==, 0);
  g_assert_cmpuint (count_lines (lines, "blocked "), ==, 0);
  g_assert_cmpuint (count_lines (lines, "leads group 1"), ==, 1);
}

static void
test_ignored_input (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("ignore-input", NULL);
  g_autofree char *large = g_strnfill (300 * 1000, 'x');
  g_autoptr (GBytes) input = g_bytes_new (large, strlen (large));
  g_autofree char *output = NULL;

  g_test_summary ("A program that ends without reading 300 kB of input is an ordinary one");

  fairlead_process_set_input (process, input);
  run (process);

  output = dup_text (fairlead_process_get_output (process));
  g_assert_cmpstr (output, ==, "did not look\n");
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, 7);
}

static void
test_large_both_ways (FairleadTestFixture *fixture,
                      gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", NULL);
  g_autofree char *large = g_strnfill (5 * 1000 * 1000, 'x');
  g_autoptr (GBytes) input = g_bytes_new (large, strlen (large));

  g_test_summary ("More than any pipe holds goes in and comes back");

  fairlead_process_set_input (process, input);
  fairlead_process_set_output_limit (process, 8 * 1000 * 1000);
  run (process);
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_output (process)), >, 5 * 1000 * 1000);
}

static void
test_output_limit (FairleadTestFixture *fixture,
                   gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("flood-output", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A program that writes too much is stopped; the beginning of the output is kept");

  fairlead_process_set_output_limit (process, 100 * 1000);
  g_assert_false (fairlead_process_run (process, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "100000 bytes");
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_output (process)), ==, 100 * 1000);
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, -1);
  g_assert_cmpint (fairlead_process_get_term_signal (process), ==, SIGTERM);
}

static void
test_error_tail (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("flood-error", NULL);
  g_autofree char *text = NULL;

  g_test_summary ("Of a flooded standard error the end is kept");

  fairlead_process_set_output_limit (process, 1000);
  run (process);
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_error_output (process)), ==, 1000);
  text = dup_text (fairlead_process_get_error_output (process));
  g_assert_true (g_str_has_suffix (text, "\nthe last line\n"));
}

static void
test_time_limit (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  int fd;
  g_autofree char *life_line = open_life_line (fixture, &fd);
  g_autoptr (FairleadProcess) process = process_new ("hang", life_line);
  g_autoptr (GError) error = NULL;
  GVariant *details;
  const char *text = NULL;

  g_test_summary ("A program that ignores SIGTERM is killed, and the error says what it complained about");

  fairlead_process_set_time_limit (process, 200);
  g_assert_false (fairlead_process_run (process, NULL, &error));
  details = fairlead_error_get_details (error);
  g_assert_true (g_variant_lookup (details, "stderr", "&s", &text));
  g_assert_cmpstr (text, ==, "still here\n");
  g_assert_true (g_variant_lookup (details, "plugin", "&s", &text));
  g_assert_true (g_str_has_suffix (text, "fake-hang"));
  g_assert_nonnull (strstr (error->message, "still here"));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT, "200 ms");

  g_assert_cmpint (fairlead_process_get_term_signal (process), ==, SIGKILL);
  check_life_line_cut (fd);
}

static gpointer
cancel_when_running (gpointer data)
{
  gpointer *arguments = data;
  const char *life_line = arguments[0];
  GCancellable *cancellable = arguments[1];

  /* Returns when the program has opened its end. */
  int fd = open (life_line, O_RDONLY | O_CLOEXEC);

  g_cancellable_cancel (cancellable);
  return GINT_TO_POINTER (fd);
}

static void
test_cancel (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *life_line = fairlead_test_path (fixture, "life-line");
  g_autoptr (FairleadProcess) process = process_new ("hang", life_line);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gpointer arguments[] = { life_line, cancellable };
  GThread *thread;

  g_test_summary ("A running program is stopped by cancellation, with its process group");

  g_assert_no_errno (mkfifo (life_line, 0600));
  thread = g_thread_new ("cancel", cancel_when_running, arguments);
  g_assert_false (fairlead_process_run (process, cancellable, &error));
  check_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
  check_life_line_cut (GPOINTER_TO_INT (g_thread_join (thread)));
}

static void
test_cancelled_before (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a cancellation nothing is started");

  g_cancellable_cancel (cancellable);
  g_assert_false (fairlead_process_run (process, cancellable, &error));
  check_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_output (process)), ==, 0);
}

static void
test_background (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  int fd;
  g_autofree char *life_line = open_life_line (fixture, &fd);
  g_autoptr (FairleadProcess) process = process_new ("background", life_line);
  g_autofree char *output = NULL;

  g_test_summary ("What a program leaves behind with its pipes open does not keep us, and is killed");

  /* Shorter than the default by far, and longer than any pause for the pipes. */
  fairlead_process_set_time_limit (process, 20000);
  run (process);
  output = dup_text (fairlead_process_get_output (process));
  g_assert_cmpstr (output, ==, "parent ends\n");
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, 0);
  check_life_line_cut (fd);
}

static void
test_crash (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("crash", NULL);
  g_autofree char *text = NULL;

  g_test_summary ("A program that dies by a signal ran to its end, without an exit status");

  run (process);
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, -1);
  g_assert_cmpint (fairlead_process_get_term_signal (process), ==, SIGUSR1);
  text = dup_text (fairlead_process_get_error_output (process));
  g_assert_cmpstr (text, ==, "about to die\n");
}

static void
check_cannot_run (const char *path,
                  int         code,
                  const char *part)
{
  const char *argv[] = { path, NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;

  g_assert_false (fairlead_process_run (process, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, code, part);
}

static void
test_cannot_run (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_autofree char *missing = fairlead_test_path (fixture, "missing");
  g_autofree char *plain = fairlead_test_path (fixture, "plain");
  g_autofree char *script = fairlead_test_path (fixture, "script");
  g_autofree char *garbage = fairlead_test_path (fixture, "garbage");

  g_test_summary ("Each way in which a program cannot be run has its error");

  check_cannot_run ("sh", FAIRLEAD_ERROR_INVALID_ARGUMENT, "absolute");
  check_cannot_run ("", FAIRLEAD_ERROR_INVALID_ARGUMENT, "absolute");
  check_cannot_run (missing, FAIRLEAD_ERROR_NOT_FOUND, missing);
  check_cannot_run (fixture->directory, FAIRLEAD_ERROR_PERMISSION_DENIED, fixture->directory);

  g_assert_true (g_file_set_contents (plain, "x", 1, NULL));
  check_cannot_run (plain, FAIRLEAD_ERROR_PERMISSION_DENIED, plain);

  g_assert_true (g_file_set_contents_full (script, "#!/no/such/interpreter\n", -1, 0, 0700, NULL));
  check_cannot_run (script, FAIRLEAD_ERROR_NOT_FOUND, "interpreter");

  g_assert_true (g_file_set_contents_full (garbage, "garbage", -1, 0, 0700, NULL));
  check_cannot_run (garbage, FAIRLEAD_ERROR_HELPER_FAILED, garbage);
}

static void
copy_program (const char *name,
              const char *path)
{
  g_autofree char *source = fake_path (name);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
  g_assert_true (g_file_set_contents_full (path, contents, length, 0, 0700, NULL));
}

static gpointer
close_after_a_try (gpointer data)
{
  /* There is no event for "it has tried once and waits". */
  g_usleep (300 * 1000);
  close (GPOINTER_TO_INT (data));
  return NULL;
}

static void
test_busy (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "program");
  const char *argv[] = { path, NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_autoptr (FairleadProcess) again = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;
  GThread *thread;
  int fd;

  g_test_summary ("A program that is still open for writing is tried again for a while");

  copy_program ("show", path);
  fd = open (path, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_false (fairlead_process_run (process, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TRY_AGAIN, path);

  thread = g_thread_new ("close", close_after_a_try, GINT_TO_POINTER (fd));
  run (again);
  g_thread_join (thread);
  g_assert_cmpint (fairlead_process_get_exit_status (again), ==, 0);
}

static void
test_caller_killed (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  int life_line;
  g_autofree char *path = open_life_line (fixture, &life_line);
  g_autofree char *script = g_strdup_printf ("exec 3>%s; echo >&3; exec sleep 60", path);
  const char *argv[] = { "/bin/sh", "-c", script, NULL };
  struct pollfd begun = { .fd = life_line, .events = POLLIN };
  char byte;
  int status;
  pid_t pid;

  g_test_summary ("A program that is run ends when the calling program is killed");

  pid = fork ();
  if (pid == 0)
    {
      g_autoptr (FairleadProcess) process = fairlead_process_new (argv);

      fairlead_process_run (process, NULL, NULL);
      _exit (0);
    }
  g_assert_cmpint (poll (&begun, 1, 5000), ==, 1);
  g_assert_cmpint (read (life_line, &byte, 1), ==, 1);
  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  check_life_line_cut (life_line);
}

static void
test_second_run (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("crash", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("An object runs its program once");

  run (process);
  g_assert_false (fairlead_process_run (process, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "once");
  g_assert_cmpint (fairlead_process_get_term_signal (process), ==, SIGUSR1);
}

static void
test_never_run (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  FairleadProcess *process = process_new ("show", NULL);
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_test_summary ("A descriptor that was given is closed with an object that never ran");

  fairlead_process_take_fd (process, fd, 3);
  g_object_unref (process);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
}

static void
test_ignored_children (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = process_new ("show", NULL);
  g_autoptr (FairleadProcess) hanging = process_new ("hang", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("In a program that ignores SIGCHLD, a run still ends; that its status is lost is an error");

  signal (SIGCHLD, SIG_IGN);
  g_assert_false (fairlead_process_run (process, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "SIGCHLD");
  g_assert_cmpuint (g_bytes_get_size (fairlead_process_get_output (process)), >, 0);

  fairlead_process_set_time_limit (hanging, 100);
  g_assert_false (fairlead_process_run (hanging, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT, "100 ms");
  signal (SIGCHLD, SIG_DFL);
}

static void
test_properties (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_autofree char *path = fake_path ("show");
  const char * const argv[] = { path, "x", NULL };
  const char * const environment[] = { "A=b", NULL };
  g_autoptr (GBytes) input = g_bytes_new_static ("i", 1);
  g_autoptr (FairleadProcess) process = g_object_new (FAIRLEAD_TYPE_PROCESS,
                                                      "argv", argv,
                                                      "environment", environment,
                                                      "input", input,
                                                      "time-limit", 10000,
                                                      "output-limit", (guint64) 10000,
                                                      NULL);
  g_auto (GStrv) argv_back = NULL;
  g_autoptr (GBytes) output = NULL;
  guint time_limit = 0;
  int exit_status = -1;

  g_test_summary ("All can be said and asked by properties, as bindings do");

  run (process);
  g_object_get (process,
                "argv", &argv_back,
                "time-limit", &time_limit,
                "exit-status", &exit_status,
                "output", &output,
                NULL);
  g_assert_cmpstrv (argv_back, argv);
  g_assert_cmpuint (time_limit, ==, 10000);
  g_assert_cmpint (exit_status, ==, 0);
  g_assert_cmpuint (g_bytes_get_size (output), >, 0);
}

/* A program of the shell that says on descriptor 4 that it is ready. */
static FairleadProcess *
started_new (const char *script)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };
  FairleadProcess *process = fairlead_process_new (argv);

  fairlead_process_set_ready_fd (process, 4);
  return process;
}

static char *
read_stat_field (int   pid,
                 guint number)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  fields = g_strsplit (strrchr (text, ')') + 2, " ", -1);
  return g_strdup (fields[number - 3]);
}

static void
test_started (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autofree char *list = fairlead_test_path (fixture, "list");
  g_autofree char *script = g_strdup_printf ("ls /proc/self/fd >%s; echo >&4; exec sleep 60", list);
  g_autoptr (FairleadProcess) process = started_new (script);
  g_autofree char *descriptors = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *session = NULL;
  g_autofree char *own = NULL;
  int pid;
  guint64 start_time;

  g_test_summary ("A started program goes on in a session of its own as nobody's child, with the descriptors it was given");

  g_assert_cmpint (fairlead_process_get_pid (process), ==, 0);
  fairlead_process_take_fd (process, open ("/dev/null", O_RDONLY | O_CLOEXEC), 7);
  fairlead_process_start (process, &error);
  g_assert_no_error (error);
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  pid = fairlead_process_get_pid (process);
  start_time = fairlead_process_get_start_time (process);

  session = read_stat_field (pid, 6);
  own = g_strdup_printf ("%d", pid);
  g_assert_cmpstr (session, ==, own);
  g_assert_cmpint (waitpid (pid, NULL, WNOHANG | __WALL), ==, -1);
  /* 3 is the directory that ls(1) reads. */
  g_assert_true (g_file_get_contents (list, &descriptors, NULL, NULL));
  g_assert_cmpstr (descriptors, ==, "0\n1\n2\n3\n4\n7\n");

  g_assert_true (fairlead_process_is_running (pid, start_time));
  g_assert_false (fairlead_process_is_running (pid, start_time + 1));
  g_assert_false (fairlead_process_is_running (0, start_time));
  g_assert_false (fairlead_process_is_running (-1, start_time));
  g_assert_true (fairlead_process_stop (pid, start_time + 1, SIGKILL, &error));
  g_assert_true (fairlead_process_is_running (pid, start_time));

  g_assert_true (fairlead_process_stop (pid, start_time, SIGTERM, &error));
  g_assert_false (fairlead_process_is_running (pid, start_time));
  g_assert_true (fairlead_process_stop (pid, start_time, SIGTERM, &error));
  g_assert_no_error (error);
}

static void
test_started_stubborn (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = started_new ("trap '' TERM; echo >&4; while :; do sleep 1; done");
  g_autoptr (GError) error = NULL;
  int pid;
  guint64 start_time;

  g_test_summary ("A started program that does not mind SIGTERM is killed");

  fairlead_process_start (process, &error);
  g_assert_no_error (error);
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  pid = fairlead_process_get_pid (process);
  start_time = fairlead_process_get_start_time (process);
  g_assert_true (fairlead_process_stop (pid, start_time, SIGTERM, &error));
  g_assert_no_error (error);
  g_assert_false (fairlead_process_is_running (pid, start_time));
}

static void
test_started_fails (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_autoptr (FairleadProcess) dies = started_new ("echo one >&2; echo two >&2; exit 3");
  g_autoptr (FairleadProcess) hangs = started_new ("echo waiting >&2; exec sleep 60");
  const char *argv[] = { "/no/such/program", NULL };
  g_autoptr (FairleadProcess) missing = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A started program that is not ready ends with an error that quotes it");

  g_assert_true (fairlead_process_start (dies, &error));
  g_assert_false (fairlead_process_wait_ready (dies, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "it said: two");

  fairlead_process_set_time_limit (hangs, 200);
  g_assert_true (fairlead_process_start (hangs, &error));
  g_assert_false (fairlead_process_wait_ready (hangs, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT, "it said: waiting");
  g_assert_false (fairlead_process_is_running (fairlead_process_get_pid (hangs),
                                               fairlead_process_get_start_time (hangs)));

  g_assert_false (fairlead_process_start (missing, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "/no/such/program");
  g_assert_cmpint (fairlead_process_get_pid (missing), ==, 0);
  g_assert_false (fairlead_process_start (missing, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "once");
}

static void
test_started_mounts (FairleadTestFixture *fixture,
                     gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = started_new ("echo >&4; exec sleep 60");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *theirs = NULL;
  g_autofree char *ours = g_file_read_link ("/proc/self/ns/mnt", NULL);

  g_test_summary ("A started program can have a mount namespace of its own, if the caller may make one");

  fairlead_process_set_private_mounts (process, TRUE);
  if (!fairlead_process_start (process, &error))
    {
      check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED, "cannot make a mount namespace");
      g_assert_cmpint (geteuid (), !=, 0);
      return;
    }
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  path = g_strdup_printf ("/proc/%d/ns/mnt", fairlead_process_get_pid (process));
  theirs = g_file_read_link (path, NULL);
  g_assert_cmpstr (theirs, !=, ours);
  g_assert_true (fairlead_process_stop (fairlead_process_get_pid (process), fairlead_process_get_start_time (process),
                                        SIGTERM, &error));
}

static void
test_started_netns (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_USER, NULL, &error);
  g_autoptr (FairleadProcess) process = process_new ("hang", NULL);
  g_autofree char *path = NULL;
  struct stat found;

  g_test_summary ("A started program is in the network namespace that it was told to join, and we are not");

  g_assert_no_error (error);
  g_assert_true (fairlead_process_join_netns (process, netns, &error));
  g_assert_no_error (error);
  g_assert_true (fairlead_process_start (process, &error));
  g_assert_no_error (error);
  path = g_strdup_printf ("/proc/%d/ns/net", fairlead_process_get_pid (process));
  g_assert_no_errno (stat (path, &found));
  g_assert_cmpuint (found.st_ino, ==, fairlead_netns_get_inode (netns));
  fairlead_test_check_threads (fixture->netns_inode);

  g_assert_true (fairlead_process_stop (fairlead_process_get_pid (process), fairlead_process_get_start_time (process),
                                        SIGKILL, &error));
  g_assert_no_error (error);
}

static void
test_started_held (FairleadTestFixture *fixture,
                   gconstpointer        data)
{
  g_autofree char *file = fairlead_test_path (fixture, "touched");
  g_autofree char *script = g_strdup_printf ("echo >%s; echo >&4; exec sleep 60", file);
  g_autoptr (FairleadProcess) process = started_new (script);
  g_autoptr (FairleadProcess) dropped = started_new (script);
  const char *argv[] = { "/no/such/program", NULL };
  g_autoptr (FairleadProcess) missing = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;
  struct pollfd ended = { .events = POLLIN };
  int pid;
  guint64 start_time;

  g_test_summary ("A program that is held does nothing before it is waited for, and never if nobody waits for it");

  fairlead_process_set_held (dropped, TRUE);
  g_assert_true (fairlead_process_start (dropped, &error));
  ended.fd = pidfd_open (fairlead_process_get_pid (dropped), 0);
  g_assert_cmpint (poll (&ended, 1, 0), ==, 0);
  g_assert_finalize_object (g_steal_pointer (&dropped));
  g_assert_cmpint (poll (&ended, 1, 10000), ==, 1);
  close (ended.fd);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));

  fairlead_process_set_held (process, TRUE);
  g_assert_true (fairlead_process_start (process, &error));
  pid = fairlead_process_get_pid (process);
  start_time = fairlead_process_get_start_time (process);
  g_assert_true (fairlead_process_is_running (pid, start_time));
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (fairlead_process_is_running (pid, start_time));
  g_assert_true (fairlead_process_stop (pid, start_time, SIGTERM, &error));

  fairlead_process_set_held (missing, TRUE);
  fairlead_process_set_ready_fd (missing, 4);
  g_assert_true (fairlead_process_start (missing, &error));
  g_assert_false (fairlead_process_wait_ready (missing, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "cannot run /no/such/program");
}

static void
test_started_end_with (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autoptr (FairleadProcess) process = started_new ("echo >&4; exec sleep 60");
  g_autoptr (GError) error = NULL;
  struct pollfd ended = { .events = POLLIN };
  int ends[2];

  g_test_summary ("A started program can be tied to a descriptor, and ends when that hangs up");

  g_assert_true (fairlead_process_start (process, &error));
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  ended.fd = pidfd_open (fairlead_process_get_pid (process), 0);
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_true (fairlead_process_end_with (process, ends[0], &error));
  close (ends[0]);
  g_assert_cmpint (write (ends[1], "1", 1), ==, 1);
  g_assert_cmpint (poll (&ended, 1, 50), ==, 0);

  close (ends[1]);
  g_assert_cmpint (poll (&ended, 1, 10000), ==, 1);
  close (ended.fd);
}

static void
test_started_standard (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autofree char *file = fairlead_test_path (fixture, "input");
  const char *argv[] = { "/bin/sh", "-c", "read line; test \"$line\" = in && echo ready; exec sleep 60 <&- >&-", NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A started program can be given its standard input, and say by its standard output that it is ready");

  g_assert_true (g_file_set_contents (file, "in\n", -1, NULL));
  fairlead_process_take_fd (process, open (file, O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  fairlead_process_set_ready_fd (process, STDOUT_FILENO);
  g_assert_true (fairlead_process_start (process, &error));
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (fairlead_process_stop (fairlead_process_get_pid (process), fairlead_process_get_start_time (process),
                                        SIGTERM, &error));
}

int
main (int    argc,
      char **argv)
{
  fairlead_test_init (&argc, &argv);
  g_setenv ("FAIRLEAD_TEST_SECRET", "not for the programs", TRUE);

  fairlead_test_add ("/fairlead/process/output", test_output);
  fairlead_test_add ("/fairlead/process/environment", test_environment);
  fairlead_test_add ("/fairlead/process/descriptors", test_descriptors);
  fairlead_test_add ("/fairlead/process/standard-closed", test_standard_closed);
  fairlead_test_add ("/fairlead/process/signals", test_signals);
  fairlead_test_add ("/fairlead/process/ignored-input", test_ignored_input);
  fairlead_test_add ("/fairlead/process/large-both-ways", test_large_both_ways);
  fairlead_test_add ("/fairlead/process/output-limit", test_output_limit);
  fairlead_test_add ("/fairlead/process/error-tail", test_error_tail);
  fairlead_test_add ("/fairlead/process/time-limit", test_time_limit);
  fairlead_test_add ("/fairlead/process/cancel/running", test_cancel);
  fairlead_test_add ("/fairlead/process/cancel/before", test_cancelled_before);
  fairlead_test_add ("/fairlead/process/background", test_background);
  fairlead_test_add ("/fairlead/process/crash", test_crash);
  fairlead_test_add ("/fairlead/process/cannot-run", test_cannot_run);
  fairlead_test_add ("/fairlead/process/busy", test_busy);
  fairlead_test_add ("/fairlead/process/caller-killed", test_caller_killed);
  fairlead_test_add ("/fairlead/process/second-run", test_second_run);
  fairlead_test_add ("/fairlead/process/never-run", test_never_run);
  fairlead_test_add ("/fairlead/process/ignored-children", test_ignored_children);
  fairlead_test_add ("/fairlead/process/properties", test_properties);
  fairlead_test_add ("/fairlead/process/started/goes-on", test_started);
  fairlead_test_add ("/fairlead/process/started/stubborn", test_started_stubborn);
  fairlead_test_add ("/fairlead/process/started/fails", test_started_fails);
  fairlead_test_add ("/fairlead/process/started/mounts", test_started_mounts);
  fairlead_test_add ("/fairlead/process/started/netns", test_started_netns);
  fairlead_test_add ("/fairlead/process/started/held", test_started_held);
  fairlead_test_add ("/fairlead/process/started/end-with", test_started_end_with);
  fairlead_test_add ("/fairlead/process/started/standard", test_started_standard);

  return g_test_run ();
}
