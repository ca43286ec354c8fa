/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "rootless-testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a container reaches, who reaches it, and what is left when it ends. */

static void
test_mounts (RootlessFixture *fixture,
             gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *before = NULL;
  g_autofree char *during = NULL;
  g_auto (GStrv) lines = NULL;

  g_test_summary ("The file systems of whoever starts a helper stay mounted");

  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &before, NULL, NULL));
  container = rootless_setup (fixture, "c1", NULL, NULL);
  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &during, NULL, NULL));
  lines = g_strsplit (before, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_nonnull (strstr (during, lines[i]));
  rootless_teardown (fixture, "c1");
}

static void
test_outward (RootlessFixture *fixture,
              gconstpointer    data)
{
  g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) udp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_DGRAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, NULL);
  g_autofree char *peer = NULL;
  int inside = rootless_open_inside (container);

  g_test_summary ("A container reaches servers outside by TCP and UDP, which see the host");

  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  rootless_exchange (inside, SOCK_DGRAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  peer = fairlead_test_echo_dup_peer (tcp);
  g_assert_cmpstr (peer, ==, FAIRLEAD_TEST_HOST_IP);

  rootless_check (fixture, "c1");
  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_published (RootlessFixture *fixture,
                gconstpointer    data)
{
  g_autoptr (FairleadContainer) tcp = rootless_setup (fixture, "c1", NULL, "9000-9002:80-82");
  g_autoptr (FairleadContainer) udp = rootless_setup (fixture, "c2", NULL, FAIRLEAD_TEST_HOST_IP ":9000:80/udp");
  g_autoptr (GError) error = NULL;
  int tcp_inside = rootless_open_inside (tcp);
  int udp_inside = rootless_open_inside (udp);

  g_test_summary ("Published ports are reached from outside and from the host, a range and a host address honoured");

  fairlead_test_tcp_roundtrip (tcp_inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (tcp_inside, 82, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9002, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (tcp_inside, 81, -1, "127.0.0.1", 9001, &error);
  g_assert_no_error (error);
  fairlead_test_udp_roundtrip (udp_inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  rootless_check (fixture, "c1");
  rootless_check (fixture, "c2");

  close (tcp_inside);
  close (udp_inside);
  rootless_teardown (fixture, "c1");
  rootless_teardown (fixture, "c2");
  g_assert_false (fairlead_test_exchange (-1, SOCK_STREAM, "127.0.0.1", 9001, 1, &error));
}

static void
test_free_again (RootlessFixture *fixture,
                 gconstpointer    data)
{
  g_autoptr (FairleadPortMapping) tcp = fairlead_port_mapping_new_from_string ("9000:80", NULL);
  g_autoptr (FairleadPortMapping) udp = fairlead_port_mapping_new_from_string ("9000:80/udp", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("As soon as a container is torn down its ports are free, also after connections; until then they are taken");

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (FairleadRequest) request = rootless_request_new ("c1", NULL, "9000:80");
      g_autoptr (FairleadContainer) container = NULL;
      int inside;

      fairlead_request_add_port_mapping (request, udp);
      container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);
      g_assert_no_error (error);
      inside = rootless_open_inside (container);
      fairlead_test_tcp_roundtrip (inside, 80, -1, FAIRLEAD_TEST_HOST_IP, 9000, &error);
      g_assert_no_error (error);
      close (inside);
      g_assert_true (fairlead_port_mapping_check_taken (tcp, &error));
      g_assert_true (fairlead_port_mapping_check_taken (udp, &error));
      g_assert_false (fairlead_port_mapping_check_free (tcp, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
      g_clear_error (&error);

      rootless_teardown (fixture, "c1");
      g_assert_true (fairlead_port_mapping_check_free (tcp, &error));
      g_assert_true (fairlead_port_mapping_check_free (udp, &error));
      g_assert_false (fairlead_port_mapping_check_taken (tcp, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
      g_clear_error (&error);
    }
}

static void
test_ipv6 (RootlessFixture *fixture,
           gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "::",
                                                               ROOTLESS_SERVER_PORT);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) udp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_DGRAM, "::",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", rootless->ipv6, NULL);
  g_autoptr (FairleadAttachment) attachment =
    g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_autoptr (FairleadInterfaceAddress) address =
    g_list_model_get_item (fairlead_attachment_get_addresses (attachment), 1);
  g_autofree char *text = NULL;
  int inside = rootless_open_inside (container);

  g_test_summary ("A container can have an IPv6 address, which can be used at once");

  g_assert_nonnull (address);
  text = g_inet_address_to_string (fairlead_interface_address_get_address (address));
  g_assert_true (g_str_has_prefix (text, rootless->ipv6_address));
  g_assert_cmpstr (fairlead_attachment_get_dns_servers (attachment)[1], ==, rootless->ipv6_dns);
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP6, ROOTLESS_SERVER_PORT);
  rootless_exchange (inside, SOCK_DGRAM, FAIRLEAD_TEST_OUTSIDE_IP6, ROOTLESS_SERVER_PORT);
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  rootless_check (fixture, "c1");

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_options (RootlessFixture *fixture,
              gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) plain = rootless_setup (fixture, "c1", NULL, NULL);
  g_autoptr (FairleadContainer) special =
    rootless_setup (fixture, "c2", "mtu=1400:cidr=10.77.0.0/16:mac=02:00:00:00:00:07:interface=wan", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) document = fairlead_manager_inspect (fixture->manager, "c2", NULL, &error);
  g_autoptr (GVariant) settings = g_variant_lookup_value (document, "NetworkSettings", G_VARIANT_TYPE_VARDICT);
  const char *text;
  guint prefix;
  int inside = rootless_open_inside (special);

  g_test_summary ("MTU, network, MAC address and interface name are as asked, and shown");

  g_assert_cmpuint (rootless_get_mtu (plain), ==, 65520);
  g_assert_cmpuint (rootless_get_mtu (special), ==, 1400);
  g_assert_true (g_variant_lookup (settings, "IPAddress", "&s", &text));
  g_assert_cmpstr (text, ==, "10.77.0.100");
  g_assert_true (g_variant_lookup (settings, "IPPrefixLen", "u", &prefix));
  g_assert_cmpuint (prefix, ==, 16);
  g_assert_true (g_variant_lookup (settings, "Gateway", "&s", &text));
  g_assert_cmpstr (text, ==, "10.77.0.2");
  g_assert_true (g_variant_lookup (settings, "MacAddress", "&s", &text));
  g_assert_cmpstr (text, ==, "02:00:00:00:00:07");
  g_assert_true (g_variant_lookup (settings, "Interface", "&s", &text));
  g_assert_cmpstr (text, ==, "wan");
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  rootless_check (fixture, "c2");

  close (inside);
  rootless_teardown (fixture, "c1");
  rootless_teardown (fixture, "c2");
}

static void
test_host_loopback (RootlessFixture *fixture,
                    gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) server = fairlead_test_echo_start (-1, SOCK_STREAM, "127.0.0.1",
                                                                                ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) closed = rootless_setup (fixture, "c1", NULL, NULL);
  g_autoptr (FairleadContainer) open = rootless_setup (fixture, "c2", rootless->open_loopback, rootless->loopback_udp);
  g_autoptr (GError) error = NULL;
  int closed_inside = rootless_open_inside (closed);
  int open_inside_fd = rootless_open_inside (open);

  g_test_summary ("The host's loopback is out of reach, unless that is allowed; then UDP can be published on it");

  g_assert_false (fairlead_test_exchange (closed_inside, SOCK_STREAM, ROOTLESS_GATEWAY_IP, ROOTLESS_SERVER_PORT, 1, NULL));
  rootless_exchange (open_inside_fd, SOCK_STREAM, ROOTLESS_GATEWAY_IP, ROOTLESS_SERVER_PORT);
  fairlead_test_udp_roundtrip (open_inside_fd, rootless->loopback_udp_port, -1, "127.0.0.1", 9000, &error);
  g_assert_no_error (error);

  close (closed_inside);
  close (open_inside_fd);
  rootless_teardown (fixture, "c1");
  rootless_teardown (fixture, "c2");
}

static void
test_dns (RootlessFixture *fixture,
          gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) server = fairlead_test_echo_start (-1, SOCK_DGRAM, "127.0.0.1", 53);
  g_autoptr (FairleadContainer) with = rootless_setup (fixture, "c1", NULL, NULL);
  g_autoptr (FairleadContainer) without = rootless_setup (fixture, "c2", "disable-dns=yes", NULL);
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (fairlead_container_get_attachments (without), 0);
  int with_inside = rootless_open_inside (with);
  int without_inside = rootless_open_inside (without);

  g_test_summary ("The network's DNS server is the host's, even one on the host's loopback, unless DNS is disabled");

  rootless_exchange (with_inside, SOCK_DGRAM, ROOTLESS_DNS_IP, 53);
  g_assert_cmpuint (g_strv_length ((char **) fairlead_attachment_get_dns_servers (attachment)), ==, 0);
  g_assert_false (fairlead_test_exchange (without_inside, SOCK_DGRAM, ROOTLESS_DNS_IP, 53, 1, NULL));

  close (with_inside);
  close (without_inside);
  rootless_teardown (fixture, "c1");
  rootless_teardown (fixture, "c2");
}

static void
test_stats (RootlessFixture *fixture,
            gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadStats) before = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_autoptr (FairleadStats) after = NULL;
  g_autoptr (FairleadInterfaceStats) item = NULL;
  FairleadInterfaceStats *start;
  FairleadInterfaceStats *end;
  int inside = rootless_open_inside (container);

  g_test_summary ("The counters show what a container sent and received, per interface and in total");

  g_assert_no_error (error);
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  after = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  start = fairlead_stats_get_total (before);
  end = fairlead_stats_get_total (after);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_bytes (end) - fairlead_interface_stats_get_tx_bytes (start), >=,
                    100 * 1000);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (end) - fairlead_interface_stats_get_rx_bytes (start), >=,
                    100 * 1000);
  item = g_list_model_get_item (fairlead_stats_get_interfaces (after), 0);
  g_assert_cmpstr (fairlead_interface_stats_get_name (item), ==, "tap0");
  g_assert_cmpuint (fairlead_interface_stats_get_tx_bytes (item), ==, fairlead_interface_stats_get_tx_bytes (end));

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_killed (RootlessFixture *fixture,
             gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, "9000:80");

  g_test_summary ("A helper that was killed is noticed by check, and teardown removes what it left");

  rootless_kill_helper (container);
  rootless_check_fails (fixture, "c1", "has ended");
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, NULL));
  rootless_teardown (fixture, "c1");
}

static void
test_teardown_twice (RootlessFixture *fixture,
                     gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a teardown nothing is left, and there is nothing to tear down");

  rootless_teardown (fixture, "c1");
  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 0);
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

static void
test_exit_fd (RootlessFixture *fixture,
              gconstpointer    data)
{
  g_autoptr (FairleadRequest) request = rootless_request_new ("c1", NULL, NULL);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  struct pollfd ended = { .events = POLLIN };
  int ends[2];

  g_test_summary ("The helper ends with the pipe that the request ties it to");

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  fairlead_request_set_exit_fd (request, ends[0], &error);
  g_assert_no_error (error);
  close (ends[0]);
  container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  ended.fd = pidfd_open (rootless_get_helper_pid (container), 0);
  g_assert_cmpint (poll (&ended, 1, 0), ==, 0);

  close (ends[1]);
  g_assert_cmpint (poll (&ended, 1, 5000), ==, 1);
  close (ended.fd);
  rootless_check_fails (fixture, "c1", "has ended");
  rootless_teardown (fixture, "c1");
}

static void
write_proc_file (pid_t       pid,
                 const char *name,
                 const char *text)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, name);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
  close (fd);
}

/* A process in namespaces of its own, as a container runtime makes them; it ends when the descriptor is closed. */
static pid_t
start_container (int *end_fd)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", (guint) getegid ());
  int ends[2];
  int ready[2];
  char byte;
  pid_t pid;

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  pid = fork ();
  if (pid == 0)
    {
      close (ends[1]);
      if (unshare (CLONE_NEWUSER | CLONE_NEWNET) == 0 && prctl (PR_SET_DUMPABLE, 1) == 0 && write (ready[1], "1", 1) == 1)
        _exit (read (ends[0], &byte, 1) != 0);
      _exit (1);
    }
  close (ends[0]);
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);

  write_proc_file (pid, "setgroups", "deny");
  write_proc_file (pid, "uid_map", uid_map);
  write_proc_file (pid, "gid_map", gid_map);
  *end_fd = ends[1];
  return pid;
}

static void
serve_process (RootlessFixture *fixture,
               const char      *options)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadRequest) request = rootless_request_new ("c1", options, "9000:80");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (GError) error = NULL;
  int end_fd;
  pid_t pid = start_container (&end_fd);
  int inside;

  netns = fairlead_netns_new_for_pid (pid, &error);
  g_assert_no_error (error);
  fairlead_request_set_netns (request, netns);
  container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  inside = rootless_open_inside (container);
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  fairlead_test_tcp_roundtrip (inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  stats = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);

  close (inside);
  close (end_fd);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  fairlead_request_set_netns (request, NULL);
  g_assert_finalize_object (g_steal_pointer (&netns));
  rootless_teardown (fixture, "c1");
}

static void
test_process (RootlessFixture *fixture,
              gconstpointer    data)
{
  g_test_summary ("A container that a runtime made, with its user namespace, gets its network afterwards");

  serve_process (fixture, NULL);
  serve_process (fixture, "port-forwarder=native");
}

#define N_SIDE_BY_SIDE 50

static gpointer
set_one_up (gpointer data)
{
  FairleadRequest *request = data;
  FairleadManager *manager = g_object_get_data (G_OBJECT (request), "manager");
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = fairlead_manager_setup (manager, request, NULL, &error);

  g_assert_no_error (error);
  g_object_unref (container);
  g_object_unref (manager);
  g_object_unref (request);
  return NULL;
}

/* A request and the manager that serves it. */
static void
start_one_up (RootlessFixture  *fixture,
              guint             number,
              GThread         **thread)
{
  g_autofree char *id = g_strdup_printf ("c%u", number);
  g_autofree char *port = g_strdup_printf ("%u:80", 20000 + number);
  FairleadRequest *request = rootless_request_new (id, NULL, port);

  g_object_set_data (G_OBJECT (request), "manager", fairlead_manager_new (fixture->config));
  *thread = g_thread_new (id, set_one_up, request);
}

static void
test_side_by_side (RootlessFixture *fixture,
                   gconstpointer    data)
{
  GThread *threads[N_SIDE_BY_SIDE];

  g_test_summary ("Fifty containers are set up at the same time by as many managers, torn down, and set up once more");

  rootless_get_manager (fixture);
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < N_SIDE_BY_SIDE; i++)
        start_one_up (fixture, i, &threads[i]);
      for (guint i = 0; i < N_SIDE_BY_SIDE; i++)
        g_thread_join (threads[i]);
      g_assert_cmpuint (rootless_count_helpers (fixture), ==, N_SIDE_BY_SIDE);

      for (guint i = 0; i < N_SIDE_BY_SIDE; i++)
        {
          g_autofree char *id = g_strdup_printf ("c%u", i);

          rootless_check (fixture, id);
          rootless_teardown (fixture, id);
        }
      g_assert_cmpuint (rootless_count_helpers (fixture), ==, 0);
    }
}

/* One that was held back notices by itself that nobody will let it go. */
static void
wait_for_helpers (RootlessFixture *fixture)
{
  const gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  while (rootless_count_helpers (fixture) > 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 0);
}

/* How long a setup takes, in microseconds. */
static gint64
measure_setup (RootlessFixture *fixture,
               const char      *command)
{
  const gint64 before = g_get_monotonic_time ();

  g_free (rootless_run_command (fixture, command));
  g_free (rootless_run_command (fixture, TEST_COMMAND " teardown c1"));
  return g_get_monotonic_time () - before;
}

#define N_CRASHES 25

static void
crash (RootlessFixture *fixture,
       const char      *command)
{
  const gint64 whole = measure_setup (fixture, command);

  for (guint i = 0; i < N_CRASHES; i++)
    {
      pid_t pid = rootless_start_command (fixture, command, NULL);

      /* From its first to its last steps. */
      g_usleep (i * whole / N_CRASHES);
      rootless_kill_command (pid);
      g_free (rootless_run_command (fixture, TEST_COMMAND " gc"));
      /* It was quicker than we. */
      if (rootless_count_files (fixture, "containers") > 0)
        g_free (rootless_run_command (fixture, TEST_COMMAND " teardown c1"));
      g_assert_cmpuint (rootless_count_files (fixture, "attachments"), ==, 0);
      wait_for_helpers (fixture);
    }
}

static void
test_crash (RootlessFixture *fixture,
            gconstpointer    data)
{
  g_test_summary ("A setup that is killed at any moment leaves nothing that teardown and gc do not find");

  crash (fixture, TEST_COMMAND " setup c1 --network @ -p 9000:80");
  crash (fixture, TEST_COMMAND " setup c1 --network @:port-forwarder=native -p 9000:80");
}

static void
test_run (RootlessFixture *fixture,
          gconstpointer    data)
{
  g_autofree char *output = NULL;
  g_autofree char *listed = NULL;

  g_test_summary ("fairlead run gives a command its network, with its DNS server, and takes it away");

  output = rootless_run_command (fixture, TEST_COMMAND " run --network @ -- cat /etc/resolv.conf /proc/net/route");
  g_assert_nonnull (strstr (output, "nameserver " ROOTLESS_DNS_IP));
  g_assert_nonnull (strstr (output, "tap0"));
  listed = rootless_run_command (fixture, TEST_COMMAND " list --quiet");
  g_assert_cmpstr (listed, ==, "");
}

static void
test_run_killed (RootlessFixture *fixture,
                 gconstpointer    data)
{
  g_autofree char *listed = NULL;
  int output_fd;
  pid_t pid = rootless_start_command (fixture, TEST_COMMAND " run --id c1 --network @:port-forwarder=native -p 9000:80 -- "
                             "sh -c echo;exec${IFS}sleep${IFS}60", &output_fd);
  char byte;

  g_test_summary ("A run that is killed outright takes its command and its helper with it");

  g_assert_cmpint (read (output_fd, &byte, 1), ==, 1);
  g_assert_cmpuint (rootless_count_helpers (fixture), >, 0);
  rootless_kill_command (pid);
  close (output_fd);
  wait_for_helpers (fixture);

  /* Root's is pinned, and may be in use. */
  listed = rootless_run_command (fixture, rootless_is_user ? TEST_COMMAND " gc" : TEST_COMMAND " teardown c1");
  g_assert_cmpstr (listed, ==, rootless_is_user ? "c1\n" : "");
}

void
rootless_add_traffic (void)
{
  rootless_add ("mounts", test_mounts);
  rootless_add ("outward", test_outward);
  rootless_add ("ports/published", test_published);
  rootless_add ("ports/free-again", test_free_again);
  rootless_add ("ipv6", test_ipv6);
  rootless_add ("options/good", test_options);
  rootless_add ("host-loopback", test_host_loopback);
  rootless_add ("dns", test_dns);
  rootless_add ("stats", test_stats);
  rootless_add ("end/killed", test_killed);
  rootless_add ("end/teardown-twice", test_teardown_twice);
  rootless_add ("end/exit-fd", test_exit_fd);
  rootless_add ("end/process", test_process);
  rootless_add ("side-by-side", test_side_by_side);
  rootless_add ("command/crash", test_crash);
  rootless_add ("command/run", test_run);
  rootless_add ("command/run-killed", test_run_killed);
}
