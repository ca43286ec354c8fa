/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "fairlead-testhost.h"

/* What Fairlead adds to slirp4netns, and what a look at the counters costs.
 *
 *   bench-rootless [--user]
 *
 * ready: from the call of fairlead_manager_setup() to its return, everything included, against slirp4netns that is
 * started by hand with the same options, until it says that it is ready. Each round is one of both, in a fresh network
 * namespace.
 *
 * stats: one read by a FairleadStatsReader, and a look at the total, against opening, reading and closing
 * /proc/PID/net/dev without a look at the text; there are two interfaces beside lo.
 *
 * As root of the host, or with --user as an ordinary user. */

#define N_ROUNDS      30
#define N_STATS       31
#define READS_A_ROUND 2000

static gboolean is_user;

static void
print_ratio (const char *what,
             const char *unit,
             double     *ours,
             double     *theirs,
             guint       n)
{
  const double our_median = bench_median (ours, n);
  const double their_median = bench_median (theirs, n);

  printf ("%-28s %8.2f %s against %8.2f %s: ratio %.3f\n", what, our_median, unit, their_median, unit,
          our_median / their_median);
}

static double
get_ms (gint64 since)
{
  return (double) (g_get_monotonic_time () - since) / 1000;
}

/* In the namespace, so that there is a /proc/PID/net/dev of it. */
static pid_t
start_holder (FairleadNetns *netns)
{
  int netns_fd = fairlead_netns_dup_fd (netns, NULL);
  int userns_fd = fairlead_netns_dup_userns_fd (netns);
  int ready[2];
  char byte;
  pid_t pid;

  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  pid = fork ();
  if (pid == 0)
    {
      if ((userns_fd >= 0 && setns (userns_fd, CLONE_NEWUSER) < 0) || setns (netns_fd, CLONE_NEWNET) < 0 ||
          write (ready[1], "1", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (netns_fd);
  if (userns_fd >= 0)
    close (userns_fd);
  return pid;
}

static void G_GNUC_NORETURN
become_slirp (const char *api,
              int         netns_fd,
              int         userns_fd,
              int         exit_fd,
              int         ready_fd)
{
  const char * const argv[] = {
    "slirp4netns", "--configure", "--exit-fd=3", "--ready-fd=4", "--mtu=65520", "--cidr=10.0.2.0/24",
    "--macaddress=02:00:00:00:00:01", api, "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp",
    "--netns-type=path", "/proc/self/fd/5", "tap0", NULL,
  };
  const int null_fd = open ("/dev/null", O_RDWR);
  const int fds[] = { null_fd, null_fd, null_fd, fcntl (exit_fd, F_DUPFD, 10), fcntl (ready_fd, F_DUPFD, 10),
                      fcntl (netns_fd, F_DUPFD, 10) };

  /* As root it would unmount what the host has mounted. */
  if (is_user ? setns (userns_fd, CLONE_NEWUSER) < 0
              : unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    _exit (1);
  for (int i = 0; i < (int) G_N_ELEMENTS (fds); i++)
    dup2 (fds[i], i);
  close_range (G_N_ELEMENTS (fds), ~0U, 0);
  execv ("/usr/bin/slirp4netns", (char * const *) argv);
  _exit (127);
}

static double
start_by_hand (FairleadTestFixture *fixture)
{
  g_autofree char *api_path = fairlead_test_path (fixture, "api");
  g_autofree char *api = g_strdup_printf ("--api-socket=%s", api_path);
  g_autofree char *pin = fairlead_test_path (fixture, "netns/hand");
  g_autoptr (FairleadNetns) netns = is_user ? fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_USER, NULL, NULL)
                                            : fairlead_netns_new_pinned (pin, NULL);
  const int netns_fd = fairlead_netns_dup_fd (netns, NULL);
  const int userns_fd = fairlead_netns_dup_userns_fd (netns);
  int ready[2], exit_pipe[2];
  double elapsed;
  char byte;
  pid_t pid;
  gint64 start;

  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  g_assert_no_errno (pipe2 (exit_pipe, O_CLOEXEC));
  start = g_get_monotonic_time ();
  /* Not fork(): every page of this process would have to be made writable again, and the next measurement would pay. */
  pid = vfork ();
  if (pid == 0)
    become_slirp (api, netns_fd, userns_fd, exit_pipe[0], ready[1]);
  close (ready[1]);
  close (exit_pipe[0]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  elapsed = get_ms (start);

  close (ready[0]);
  close (exit_pipe[1]);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  close (netns_fd);
  if (userns_fd >= 0)
    close (userns_fd);
  unlink (api_path);
  if (!is_user)
    g_assert_true (fairlead_netns_unpin (pin, NULL));
  return elapsed;
}

static double
start_by_fairlead (FairleadManager     *manager,
                   FairleadTestFixture *fixture)
{
  g_autofree char *pin = fairlead_test_path (fixture, "netns/ours");
  g_autoptr (FairleadNetns) netns = is_user ? fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_USER, NULL, NULL)
                                            : fairlead_netns_new_pinned (pin, NULL);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  double elapsed;
  gint64 start;

  fairlead_request_set_netns (request, netns);
  fairlead_request_add_network (request, "slirp4netns", NULL);
  start = g_get_monotonic_time ();
  container = fairlead_manager_setup (manager, request, NULL, &error);
  elapsed = get_ms (start);
  g_assert_no_error (error);

  fairlead_manager_teardown (manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  if (!is_user)
    g_assert_true (fairlead_netns_unpin (pin, NULL));
  return elapsed;
}

static FairleadManager *
manager_new (FairleadTestFixture *fixture)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autofree char *state = fairlead_test_path (fixture, "state");
  g_autofree char *netns = fairlead_test_path (fixture, "netns");

  fairlead_config_set (config, "core", "backend-dirs", BENCH_SLIRP_BACKEND_DIR, NULL);
  fairlead_config_set (config, "core", "state-dir", state, NULL);
  fairlead_config_set (config, "core", "netns-dir", netns, NULL);
  return fairlead_manager_new (config);
}

static void
bench_ready (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = manager_new (fixture);
  double ours[N_ROUNDS], theirs[N_ROUNDS];

  start_by_fairlead (manager, fixture);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      theirs[i] = start_by_hand (fixture);
      ours[i] = start_by_fairlead (manager, fixture);
    }
  print_ratio ("ready", "ms", ours, theirs, N_ROUNDS);
}

static double
read_proc (const char *path)
{
  const gint64 start = g_get_monotonic_time ();
  char buffer[4096];

  for (guint i = 0; i < READS_A_ROUND; i++)
    {
      int fd = open (path, O_RDONLY | O_CLOEXEC);

      while (read (fd, buffer, sizeof buffer) > 0)
        ;
      close (fd);
    }
  return get_ms (start) * 1000 / READS_A_ROUND;
}

static double
read_reader (FairleadStatsReader *reader)
{
  const gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < READS_A_ROUND; i++)
    {
      g_autoptr (FairleadStats) stats = fairlead_stats_reader_read (reader, NULL);

      g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (fairlead_stats_get_total (stats)), ==, 0);
    }
  return get_ms (start) * 1000 / READS_A_ROUND;
}

static void
bench_stats (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *pin = fairlead_test_path (fixture, "netns/stats");
  g_autoptr (FairleadNetns) netns = is_user ? fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_USER, NULL, NULL)
                                            : fairlead_netns_new_pinned (pin, NULL);
  const pid_t holder = start_holder (netns);
  g_autofree char *command =
    g_strdup_printf ("nsenter %s -n -t %d ip link add one type veth peer name two",
                     is_user ? "-U --preserve-credentials" : "", (int) holder);
  g_autofree char *path = g_strdup_printf ("/proc/%d/net/dev", (int) holder);
  g_autoptr (FairleadStatsReader) reader = NULL;
  double ours[N_STATS], theirs[N_STATS];
  int status;

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  reader = fairlead_stats_reader_new (netns, NULL);
  for (guint i = 0; i < N_STATS; i++)
    {
      theirs[i] = read_proc (path);
      ours[i] = read_reader (reader);
    }
  print_ratio ("stats", "us", ours, theirs, N_STATS);

  kill (holder, SIGKILL);
  g_assert_cmpint (waitpid (holder, NULL, 0), ==, holder);
  if (!is_user)
    g_assert_true (fairlead_netns_unpin (pin, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  is_user = argc > 1 && g_str_equal (argv[1], "--user");
  if (!fairlead_test_enter_host (&reason) || !fairlead_test_allow_tun (&reason) ||
      (is_user && !fairlead_test_become_user (&reason)))
    return fairlead_test_skip_all (reason);

  /* State is in memory, as it is in /run. */
  g_setenv ("TMPDIR", g_getenv ("XDG_RUNTIME_DIR"), TRUE);
  fairlead_test_add ("/fairlead/bench/rootless/ready", bench_ready);
  fairlead_test_add ("/fairlead/bench/rootless/stats", bench_stats);
  return g_test_run ();
}
