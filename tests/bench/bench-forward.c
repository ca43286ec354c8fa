/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "fairlead-testhost.h"

/* What Fairlead's own forwarder is worth, against slirp4netns and pasta that publish ports themselves.
 *
 *   bench-forward [--user]
 *
 * A client on the host's loopback, a server in the container; each round is one of every kind, each kind a container of
 * its own. Printed are medians, and the ratio to slirp4netns itself:
 *
 * in, out: throughput towards the server and back, by iperf3(1), over one connection and over four.
 * cost: what the process that forwards takes of a processor for that, the four together. Other than throughput, it says
 *   something on a busy machine too.
 *   slirp4netns's is an upper bound: what it still moves when iperf3 has ended costs time, and its bytes are not counted.
 * connections: how many clients are served in a second, one after the other: each connects, gets a byte, and sees the end.
 * at once: how many of 200 clients that connect at the same moment are served within two seconds; the fewest.
 *
 * As root of the host, or with --user as an ordinary user. iperf3 is in the package of that name. */

#define N_ROUNDS  5
#define SECONDS   "1"
#define PORT      5201
#define BYTE_PORT 7
#define N_AT_ONCE 200

#define IPERF "/usr/bin/iperf3"

enum
{
  MEASURE_IN,
  MEASURE_OUT,
  MEASURE_IN_4,
  MEASURE_OUT_4,
  MEASURE_COST,
  MEASURE_CONNECTIONS,
  MEASURE_AT_ONCE,
  N_MEASURES
};

static const struct { const char *name, *unit; } measures[] = {
  { "in", "Gbit/s" },
  { "out", "Gbit/s" },
  { "in, 4 connections", "Gbit/s" },
  { "out, 4 connections", "Gbit/s" },
  { "cost", "s/GB" },
  { "connections", "a second" },
  { "at once", "of 200" },
};

typedef struct
{
  const char *name;
  const char *backend;
  const char *forwarder;
  double      values[N_MEASURES][N_ROUNDS];
} Kind;

static Kind kinds[] = {
  { "slirp4netns itself", "slirp4netns", "backend" },
  { "slirp4netns, native", "slirp4netns", "native" },
  { "pasta itself", "pasta", "backend" },
  { "pasta, native", "pasta", "native" },
};

static double
fewest (const double *values)
{
  double least = values[0];

  for (guint i = 1; i < N_ROUNDS; i++)
    least = MIN (least, values[i]);
  return least;
}

static void
enter (FairleadNetns *netns)
{
  const int netns_fd = fairlead_netns_dup_fd (netns, NULL);
  const int userns_fd = fairlead_netns_dup_userns_fd (netns);

  if ((userns_fd >= 0 && setns (userns_fd, CLONE_NEWUSER) < 0) || setns (netns_fd, CLONE_NEWNET) < 0)
    _exit (1);
}

static void
stop (pid_t pid)
{
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* Until it says that it listens. */
static pid_t
start_iperf (FairleadNetns *netns)
{
  char text[512];
  int output[2];
  pid_t pid;

  g_assert_no_errno (pipe2 (output, O_CLOEXEC));
  pid = fork ();
  if (pid == 0)
    {
      enter (netns);
      dup2 (output[1], STDOUT_FILENO);
      dup2 (output[1], STDERR_FILENO);
      execl (IPERF, IPERF, "-s", "-p", G_STRINGIFY (PORT), "--forceflush", NULL);
      _exit (1);
    }
  close (output[1]);
  do
    {
      const gssize n = read (output[0], text, sizeof text - 1);

      g_assert_cmpint (n, >, 0);
      text[n] = '\0';
    }
  while (strstr (text, "istening") == NULL);
  /* It writes a line a second, which nobody wants; it may not die of that. */
  g_assert_no_errno (fcntl (output[0], F_SETPIPE_SZ, 1024 * 1024));
  g_object_set_data (G_OBJECT (netns), "output", GINT_TO_POINTER (output[0]));
  return pid;
}

/* Adds what was received to @bytes. */
static double
run_iperf (const char *option,
           double     *bytes)
{
  g_autofree char *command =
    g_strdup_printf (IPERF " -c 127.0.0.1 -p " G_STRINGIFY (PORT) " -t " SECONDS " -J %s", option);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;
  int status;

  g_spawn_command_line_sync (command, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", error->message, output);
  text = strstr (output, "\"sum_received\"");
  g_assert_nonnull (text);
  *bytes += g_ascii_strtod (strstr (text, "\"bytes\":") + strlen ("\"bytes\":"), NULL);
  text = strstr (text, "\"bits_per_second\":");
  return g_ascii_strtod (text + strlen ("\"bits_per_second\":"), NULL) / 1e9;
}

static struct sockaddr_in
get_address (guint32 host,
             guint16 port)
{
  return (struct sockaddr_in) { .sin_family = AF_INET, .sin_addr.s_addr = htonl (host), .sin_port = htons (port) };
}

static void G_GNUC_NORETURN
serve_bytes (int fd)
{
  while (TRUE)
    {
      int client = accept (fd, NULL, NULL);

      if (client >= 0 && send (client, "1", 1, MSG_NOSIGNAL) >= 0)
        shutdown (client, SHUT_WR);
      if (client >= 0)
        close (client);
    }
}

static pid_t
start_bytes (FairleadNetns *netns)
{
  const struct sockaddr_in address = get_address (INADDR_ANY, BYTE_PORT);
  int fd = fairlead_netns_open_socket (netns, AF_INET, SOCK_STREAM, 0, NULL);
  const int on = 1;
  pid_t pid;

  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  pid = fork ();
  if (pid == 0)
    {
      /* Low ports are those of who is root inside. */
      enter (netns);
      if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, SOMAXCONN) < 0)
        _exit (1);
      serve_bytes (fd);
    }
  close (fd);
  return pid;
}

static gboolean
is_served (int fd)
{
  char byte;

  return recv (fd, &byte, 1, 0) == 1 && recv (fd, &byte, 1, 0) == 0;
}

static gboolean
connect_once (void)
{
  const struct sockaddr_in address = get_address (INADDR_LOOPBACK, 7007);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean served;

  served = connect (fd, (struct sockaddr *) &address, sizeof address) == 0 && is_served (fd);
  close (fd);
  return served;
}

static double
count_connections (void)
{
  const gint64 start = g_get_monotonic_time ();
  guint count = 0;

  while (g_get_monotonic_time () - start < G_TIME_SPAN_SECOND)
    count += connect_once ();
  return (double) count * G_TIME_SPAN_SECOND / (g_get_monotonic_time () - start);
}

static double
connect_at_once (void)
{
  const struct sockaddr_in address = get_address (INADDR_LOOPBACK, 7007);
  const gint64 deadline = g_get_monotonic_time () + 2 * G_TIME_SPAN_SECOND;
  struct pollfd clients[N_AT_ONCE];
  guint served = 0;
  gint64 left;

  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      clients[i] = (struct pollfd) { .fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                                     .events = POLLIN };
      connect (clients[i].fd, (struct sockaddr *) &address, sizeof address);
    }
  while (served < N_AT_ONCE && (left = deadline - g_get_monotonic_time ()) > 0 &&
         poll (clients, N_AT_ONCE, left / 1000 + 1) > 0)
    for (guint i = 0; i < N_AT_ONCE; i++)
      {
        char byte;

        if (clients[i].fd < 0 || clients[i].revents == 0)
          continue;
        served += recv (clients[i].fd, &byte, 1, 0) == 1;
        close (clients[i].fd);
        clients[i].fd = -1;
      }
  for (guint i = 0; i < N_AT_ONCE; i++)
    if (clients[i].fd >= 0)
      close (clients[i].fd);
  return served;
}

static void
add_port (FairleadRequest *request,
          const char      *text)
{
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (text, NULL);

  fairlead_request_add_port_mapping (request, mapping);
}

static FairleadContainer *
setup (FairleadManager *manager,
       Kind            *kind)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autofree char *network = g_strdup_printf ("%s:port-forwarder=%s", kind->backend, kind->forwarder);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container;

  fairlead_request_add_network_from_string (request, network, &error);
  g_assert_no_error (error);
  add_port (request, G_STRINGIFY (PORT) ":" G_STRINGIFY (PORT));
  add_port (request, "7007:" G_STRINGIFY (BYTE_PORT));
  container = fairlead_manager_setup (manager, request, NULL, &error);
  g_assert_no_error (error);
  return container;
}

/* Of the process that forwards, in seconds. */
static double
get_cpu_time (FairleadContainer *container)
{
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  GVariant *document = fairlead_attachment_get_document (attachment);
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  unsigned long user, system;
  int pid;

  if (!g_variant_lookup (document, "forwarder-pid", "i", &pid))
    g_assert_true (g_variant_lookup (document, "pid", "i", &pid));
  path = g_strdup_printf ("/proc/%d/stat", pid);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (strrchr (text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system),
                   ==, 2);
  return (double) (user + system) / sysconf (_SC_CLK_TCK);
}

static void
measure (FairleadManager *manager,
         Kind            *kind,
         guint            round)
{
  g_autoptr (FairleadContainer) container = setup (manager, kind);
  g_autoptr (FairleadNetns) netns =
    fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), NULL);
  g_autoptr (GError) error = NULL;
  const pid_t iperf = start_iperf (netns);
  const pid_t bytes = start_bytes (netns);
  double received = 0;
  double used;

  used = -get_cpu_time (container);
  kind->values[MEASURE_IN][round] = run_iperf ("", &received);
  kind->values[MEASURE_OUT][round] = run_iperf ("-R", &received);
  kind->values[MEASURE_IN_4][round] = run_iperf ("-P 4", &received);
  kind->values[MEASURE_OUT_4][round] = run_iperf ("-P 4 -R", &received);
  used += get_cpu_time (container);
  kind->values[MEASURE_COST][round] = used / received * 1e9;
  kind->values[MEASURE_CONNECTIONS][round] = count_connections ();
  kind->values[MEASURE_AT_ONCE][round] = connect_at_once ();

  stop (iperf);
  stop (bytes);
  close (GPOINTER_TO_INT (g_object_get_data (G_OBJECT (netns), "output")));
  fairlead_manager_teardown (manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
print_all (void)
{
  for (guint i = 0; i < N_MEASURES; i++)
    {
      const double reference = bench_median (kinds[0].values[i], N_ROUNDS);

      for (gsize j = 0; j < G_N_ELEMENTS (kinds); j++)
        {
          const double *values = kinds[j].values[i];
          const double value = i == MEASURE_AT_ONCE ? fewest (values) : bench_median (values, N_ROUNDS);

          printf ("%-20s %-20s %9.2f %-9s", measures[i].name, kinds[j].name, value, measures[i].unit);
          if (i != MEASURE_AT_ONCE)
            printf (" ratio %6.2f", value / reference);
          printf ("\n");
        }
    }
}

static FairleadManager *
manager_new (FairleadTestFixture *fixture)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autofree char *state = fairlead_test_path (fixture, "state");
  g_autofree char *netns = fairlead_test_path (fixture, "netns");

  fairlead_config_set (config, "core", "backend-dirs", BENCH_BACKENDS_DIR "/slirp4netns;" BENCH_BACKENDS_DIR "/pasta",
                       NULL);
  fairlead_config_set (config, "core", "state-dir", state, NULL);
  fairlead_config_set (config, "core", "netns-dir", netns, NULL);
  return fairlead_manager_new (config);
}

static void
bench_forward (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = manager_new (fixture);

  for (guint round = 0; round < N_ROUNDS; round++)
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
      measure (manager, &kinds[i], round);
  print_all ();
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;
  gboolean is_user;

  fairlead_test_init (&argc, &argv);
  is_user = argc > 1 && g_str_equal (argv[1], "--user");
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_build_filename ("/usr/bin", kinds[i].backend, NULL);

      if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return fairlead_test_skip_all ("this needs slirp4netns and pasta; on Debian, install slirp4netns and passt");
    }
  if (!g_file_test (IPERF, G_FILE_TEST_IS_EXECUTABLE))
    return fairlead_test_skip_all ("this needs " IPERF "; on Debian, install iperf3");
  if (!fairlead_test_enter_host (&reason) || !fairlead_test_make_outside (&reason) || !fairlead_test_allow_tun (&reason) ||
      (is_user && !fairlead_test_become_user (&reason)))
    return fairlead_test_skip_all (reason);

  /* State is in memory, as it is in /run. */
  g_setenv ("TMPDIR", g_getenv ("XDG_RUNTIME_DIR"), TRUE);
  fairlead_test_add ("/fairlead/bench/forward", bench_forward);
  return g_test_run ();
}
