/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-testhost.h"

/* The backend with the real slirp4netns, between a container and a world outside; as root, and as an ordinary user with
 * --user. What no real one does on demand, small fakes do. */

#define GUEST_IP   "10.0.2.100"
#define GATEWAY_IP "10.0.2.2"
#define DNS_IP     "10.0.2.3"

#define SERVER_PORT 7000

typedef struct
{
  FairleadTestFixture  base;
  FairleadConfig      *config;
  FairleadManager     *manager;
} Fixture;

static gboolean is_user;

static void
configure (Fixture    *fixture,
           const char *group,
           const char *key,
           const char *value)
{
  g_autoptr (GError) error = NULL;

  fairlead_config_set (fixture->config, group, key, value, &error);
  g_assert_no_error (error);
}

static FairleadManager *
get_manager (Fixture *fixture)
{
  if (fixture->manager == NULL)
    fixture->manager = fairlead_manager_new (fixture->config);
  return fixture->manager;
}

static void
use_fake (Fixture    *fixture,
          const char *name)
{
  g_autofree char *file = g_strdup_printf ("fake-%s", name);
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "slirp4netns", file, NULL);

  configure (fixture, "backend slirp4netns", "path", path);
}

/* How many processes have the test's directory in their command line. */
static guint
count_helpers (Fixture *fixture)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length = 0;

      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &length, NULL) &&
          memmem (text, length, fixture->base.directory, strlen (fixture->base.directory)) != NULL)
        count++;
    }
  return count;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *config = NULL;
  g_autofree char *file = NULL;
  g_autofree char *text = NULL;
  g_autofree char *state = NULL;
  g_autofree char *netns = NULL;

  fairlead_test_set_up (&fixture->base, data);
  config = fairlead_test_path (&fixture->base, "config");
  file = g_build_filename (config, "fairlead.conf", NULL);
  text = g_strdup_printf ("[core]\nnetns-dir=%s/netns\n", fixture->base.directory);
  g_assert_no_errno (g_mkdir (config, 0700));
  g_assert_true (g_file_set_contents_full (file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  state = fairlead_test_path (&fixture->base, "state");
  netns = fairlead_test_path (&fixture->base, "netns");
  fixture->config = fairlead_config_new ();
  configure (fixture, "core", "backend-dirs", TEST_SLIRP_BACKEND_DIR);
  configure (fixture, "core", "state-dir", state);
  configure (fixture, "core", "netns-dir", netns);
}

static guint
count_files (Fixture    *fixture,
             const char *name)
{
  g_autofree char *path = g_build_filename (fixture->base.directory, "state", name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *record = fairlead_test_path (&fixture->base, "state/userns.json");

  if (fixture->manager != NULL)
    g_assert_finalize_object (fixture->manager);
  g_assert_finalize_object (fixture->config);
  g_assert_cmpuint (count_helpers (fixture), ==, 0);
  g_assert_cmpuint (count_files (fixture, "containers"), ==, 0);
  g_assert_cmpuint (count_files (fixture, "attachments"), ==, 0);
  g_assert_false (g_file_test (record, G_FILE_TEST_EXISTS));
  fairlead_test_tear_down (&fixture->base, data);
}

static FairleadRequest *
request_new (const char *id,
             const char *network,
             const char *port)
{
  FairleadRequest *request = fairlead_request_new (id);
  g_autoptr (GError) error = NULL;

  fairlead_request_add_network_from_string (request, network, &error);
  g_assert_no_error (error);
  if (port != NULL)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (port, &error);

      g_assert_no_error (error);
      fairlead_request_add_port_mapping (request, mapping);
    }
  return request;
}

static FairleadContainer *
setup (Fixture    *fixture,
       const char *id,
       const char *network,
       const char *port)
{
  g_autoptr (FairleadRequest) request = request_new (id, network, port);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = fairlead_manager_setup (get_manager (fixture), request, NULL, &error);

  g_assert_no_error (error);
  return container;
}

static void
setup_fails (Fixture    *fixture,
             const char *network,
             const char *port,
             int         code,
             const char *part)
{
  g_autoptr (FairleadRequest) request = request_new ("c1", network, port);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = fairlead_manager_setup (get_manager (fixture), request, NULL, &error);

  g_assert_null (container);
  g_test_message ("%s", error->message);
  g_assert_error (error, FAIRLEAD_ERROR, code);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_cmpuint (count_helpers (fixture), ==, 0);
}

static void
teardown (Fixture    *fixture,
          const char *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (fixture->manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
check (Fixture    *fixture,
       const char *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_check (fixture->manager, id, NULL, &error);
  g_assert_no_error (error);
}

static void
check_fails (Fixture    *fixture,
             const char *id,
             const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fairlead_manager_check (fixture->manager, id, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

/* A descriptor of the container's network namespace. */
static int
open_inside (FairleadContainer *container)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns =
    fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);
  int fd;

  g_assert_no_error (error);
  fd = fairlead_netns_dup_fd (netns, &error);
  g_assert_no_error (error);
  return fd;
}

static void
exchange (int         netns_fd,
          int         type,
          const char *address,
          guint16     port)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s port %u", address, port);
  fairlead_test_exchange (netns_fd, type, address, port, 100 * 1000, &error);
  g_assert_no_error (error);
}

static void
test_mounts (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *before = NULL;
  g_autofree char *during = NULL;
  g_auto (GStrv) lines = NULL;

  g_test_summary ("The file systems of whoever starts slirp4netns stay mounted");

  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &before, NULL, NULL));
  container = setup (fixture, "c1", "slirp4netns", NULL);
  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &during, NULL, NULL));
  lines = g_strsplit (before, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_nonnull (strstr (during, lines[i]));
  teardown (fixture, "c1");
}

static void
test_outward (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0", SERVER_PORT);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) udp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_DGRAM, "0.0.0.0", SERVER_PORT);
  g_autoptr (FairleadContainer) container = setup (fixture, "c1", "slirp4netns", NULL);
  g_autofree char *peer = NULL;
  int inside = open_inside (container);

  g_test_summary ("A container reaches servers outside by TCP and UDP, which see the host");

  exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, SERVER_PORT);
  exchange (inside, SOCK_DGRAM, FAIRLEAD_TEST_OUTSIDE_IP, SERVER_PORT);
  peer = fairlead_test_echo_dup_peer (tcp);
  g_assert_cmpstr (peer, ==, FAIRLEAD_TEST_HOST_IP);

  check (fixture, "c1");
  close (inside);
  teardown (fixture, "c1");
}

static void
test_published (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) tcp = setup (fixture, "c1", "slirp4netns", "9000-9002:80-82");
  g_autoptr (FairleadContainer) udp = setup (fixture, "c2", "slirp4netns", FAIRLEAD_TEST_HOST_IP ":9000:80/udp");
  g_autoptr (GError) error = NULL;
  int tcp_inside = open_inside (tcp);
  int udp_inside = open_inside (udp);

  g_test_summary ("Published ports are reached from outside and from the host, a range and a host address honoured");

  fairlead_test_tcp_roundtrip (tcp_inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (tcp_inside, 82, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9002, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (tcp_inside, 81, -1, "127.0.0.1", 9001, &error);
  g_assert_no_error (error);
  fairlead_test_udp_roundtrip (udp_inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  check (fixture, "c1");
  check (fixture, "c2");

  close (tcp_inside);
  close (udp_inside);
  teardown (fixture, "c1");
  teardown (fixture, "c2");
  g_assert_false (fairlead_test_exchange (-1, SOCK_STREAM, "127.0.0.1", 9001, 1, &error));
}

static void
test_live_ports (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, "c1", "slirp4netns", "9000:80");
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9100-9101:90-91", NULL);
  g_autoptr (GError) error = NULL;
  int inside = open_inside (container);

  g_test_summary ("Ports of a living container can be published and withdrawn, and be published again at once");

  for (guint i = 0; i < 2; i++)
    {
      fairlead_manager_publish (fixture->manager, "c1", mapping, NULL, &error);
      g_assert_no_error (error);
      fairlead_test_tcp_roundtrip (inside, 91, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9101, &error);
      g_assert_no_error (error);
      fairlead_manager_unpublish (fixture->manager, "c1", mapping, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (fairlead_test_exchange (-1, SOCK_STREAM, "127.0.0.1", 9101, 1, NULL));
    }
  fairlead_test_tcp_roundtrip (inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  check (fixture, "c1");

  close (inside);
  teardown (fixture, "c1");
}

static void
test_refused_ports (Fixture       *fixture,
                    gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) other = fairlead_test_echo_start (-1, SOCK_STREAM, "0.0.0.0", 9005);

  g_test_summary ("Ports that slirp4netns cannot publish are refused with the reason, and nothing is left");

  setup_fails (fixture, "slirp4netns", "[::1]:9000:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "IPv6");
  setup_fails (fixture, "slirp4netns", "9000:80/sctp", FAIRLEAD_ERROR_NOT_SUPPORTED, "sctp");
  setup_fails (fixture, "slirp4netns", "127.0.0.1:9000:80/udp", FAIRLEAD_ERROR_NOT_SUPPORTED, "allow-host-loopback");
  setup_fails (fixture, "slirp4netns", "9000-9009:80-89", FAIRLEAD_ERROR_BUSY, "9005");
  setup_fails (fixture, "slirp4netns", "198.51.100.1:9000:80", FAIRLEAD_ERROR_FAILED, "198.51.100.1");
  if (is_user)
    setup_fails (fixture, "slirp4netns", "52:80", FAIRLEAD_ERROR_PERMISSION_DENIED, "ip_unprivileged_port_start");
}

static void
test_ipv6 (Fixture       *fixture,
           gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "::", SERVER_PORT);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) udp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_DGRAM, "::", SERVER_PORT);
  g_autoptr (FairleadContainer) container = setup (fixture, "c1", "slirp4netns:enable-ipv6=yes", NULL);
  g_autoptr (FairleadAttachment) attachment =
    g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_autoptr (FairleadInterfaceAddress) address =
    g_list_model_get_item (fairlead_attachment_get_addresses (attachment), 1);
  g_autofree char *text = NULL;
  int inside = open_inside (container);

  g_test_summary ("With enable-ipv6 a container has an address in fd00::/64 that can be used at once");

  g_assert_nonnull (address);
  text = g_inet_address_to_string (fairlead_interface_address_get_address (address));
  g_assert_true (g_str_has_prefix (text, "fd00::"));
  g_assert_cmpstr (fairlead_attachment_get_dns_servers (attachment)[1], ==, "fd00::3");
  exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP6, SERVER_PORT);
  exchange (inside, SOCK_DGRAM, FAIRLEAD_TEST_OUTSIDE_IP6, SERVER_PORT);
  exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, SERVER_PORT);
  check (fixture, "c1");

  close (inside);
  teardown (fixture, "c1");
}

/* The MTU that the kernel has. */
static guint
get_mtu (FairleadContainer *container)
{
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), NULL);
  g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (!g_str_equal (fairlead_interface_get_name (interface), "lo"))
        return fairlead_interface_get_mtu (interface);
    }
  return 0;
}

static void
test_options (Fixture       *fixture,
              gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0", SERVER_PORT);
  g_autoptr (FairleadContainer) plain = setup (fixture, "c1", "slirp4netns", NULL);
  g_autoptr (FairleadContainer) special =
    setup (fixture, "c2", "slirp4netns:mtu=1400:cidr=10.77.0.0/16:mac=02:00:00:00:00:07:interface=wan:outbound-addr=uplink",
           NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) document = fairlead_manager_inspect (fixture->manager, "c2", NULL, &error);
  g_autoptr (GVariant) settings = g_variant_lookup_value (document, "NetworkSettings", G_VARIANT_TYPE_VARDICT);
  const char *text;
  guint prefix;
  int inside = open_inside (special);

  g_test_summary ("MTU, network, MAC address, interface name and outbound address are as asked, and shown");

  g_assert_cmpuint (get_mtu (plain), ==, 65520);
  g_assert_cmpuint (get_mtu (special), ==, 1400);
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
  exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, SERVER_PORT);
  check (fixture, "c2");

  close (inside);
  teardown (fixture, "c1");
  teardown (fixture, "c2");
}

static void
test_bad_options (Fixture       *fixture,
                  gconstpointer  data)
{
  static const struct { const char *options, *part; } cases[] = {
    { "mtu=67", "67 is not in 68–65521" },
    { "mtu=65522", "65522" },
    { "mtu=1279:enable-ipv6=yes", "1280" },
    { "cidr=10.0.2.1/24", "10.0.2.1/24" },
    { "cidr=10.0.2.0/26", "1 to 25" },
    { "cidr=10.0.0.0", "10.0.0.0" },
    { "cidr=fd00::/64", "IPv4" },
    { "outbound-addr=198.51.100.1", "198.51.100.1" },
    { "outbound-addr=fd00::1", "not an IPv4 address" },
    { "outbound-addr=no-such-interface", "no-such-interface" },
    { "outbound-addr6=10.0.0.1", "not an IPv6 address" },
    { "enable-ipv6=perhaps", "perhaps" },
    { "color=blue", "no such key" },
  };

  g_test_summary ("A bad option is an error that names it, before anything starts");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *network = g_strconcat ("slirp4netns:", cases[i].options, NULL);

      setup_fails (fixture, network, NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, cases[i].part);
      g_assert_cmpuint (count_files (fixture, "attachments"), ==, 0);
    }
  setup_fails (fixture, "slirp4netns:ip=10.0.2.7", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "address");
  setup_fails (fixture, "slirp4netns:default-route=no", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "default-route");
}

static void
test_host_loopback (Fixture       *fixture,
                    gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) server = fairlead_test_echo_start (-1, SOCK_STREAM, "127.0.0.1", SERVER_PORT);
  g_autoptr (FairleadContainer) closed = setup (fixture, "c1", "slirp4netns", NULL);
  g_autoptr (FairleadContainer) open = setup (fixture, "c2", "slirp4netns:allow-host-loopback=yes",
                                              "127.0.0.1:9000:80/udp");
  g_autoptr (GError) error = NULL;
  int closed_inside = open_inside (closed);
  int open_inside_fd = open_inside (open);

  g_test_summary ("The host's loopback is out of reach, unless that is allowed; then UDP can be published on it");

  g_assert_false (fairlead_test_exchange (closed_inside, SOCK_STREAM, GATEWAY_IP, SERVER_PORT, 1, NULL));
  exchange (open_inside_fd, SOCK_STREAM, GATEWAY_IP, SERVER_PORT);
  fairlead_test_udp_roundtrip (open_inside_fd, 80, -1, "127.0.0.1", 9000, &error);
  g_assert_no_error (error);

  close (closed_inside);
  close (open_inside_fd);
  teardown (fixture, "c1");
  teardown (fixture, "c2");
}

static void
test_dns (Fixture       *fixture,
          gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) server = fairlead_test_echo_start (-1, SOCK_DGRAM, "127.0.0.1", 53);
  g_autoptr (FairleadContainer) with = setup (fixture, "c1", "slirp4netns", NULL);
  g_autoptr (FairleadContainer) without = setup (fixture, "c2", "slirp4netns:disable-dns=yes", NULL);
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (fairlead_container_get_attachments (without), 0);
  int with_inside = open_inside (with);
  int without_inside = open_inside (without);

  g_test_summary ("The network's DNS server is the host's, even one on the host's loopback, unless DNS is disabled");

  exchange (with_inside, SOCK_DGRAM, DNS_IP, 53);
  g_assert_cmpuint (g_strv_length ((char **) fairlead_attachment_get_dns_servers (attachment)), ==, 0);
  g_assert_false (fairlead_test_exchange (without_inside, SOCK_DGRAM, DNS_IP, 53, 1, NULL));

  close (with_inside);
  close (without_inside);
  teardown (fixture, "c1");
  teardown (fixture, "c2");
}

static void
test_stats (Fixture       *fixture,
            gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0", SERVER_PORT);
  g_autoptr (FairleadContainer) container = setup (fixture, "c1", "slirp4netns", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadStats) before = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_autoptr (FairleadStats) after = NULL;
  g_autoptr (FairleadInterfaceStats) item = NULL;
  FairleadInterfaceStats *start;
  FairleadInterfaceStats *end;
  int inside = open_inside (container);

  g_test_summary ("The counters show what a container sent and received, per interface and in total");

  g_assert_no_error (error);
  exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, SERVER_PORT);
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
  teardown (fixture, "c1");
}

static int
get_helper_pid (FairleadContainer *container)
{
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  int pid = 0;

  g_assert_true (g_variant_lookup (fairlead_attachment_get_document (attachment), "pid", "i", &pid));
  return pid;
}

static void
kill_helper (FairleadContainer *container)
{
  const int pid = get_helper_pid (container);
  struct pollfd ended = { .fd = pidfd_open (pid, 0), .events = POLLIN };

  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (poll (&ended, 1, 5000), ==, 1);
  close (ended.fd);
}

static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, "c1", "slirp4netns", "9000:80");
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9000:80", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A slirp4netns that was killed is noticed by check, and teardown removes what it left");

  kill_helper (container);
  check_fails (fixture, "c1", "has ended");
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, NULL));
  fairlead_manager_unpublish (fixture->manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
  teardown (fixture, "c1");
}

static void
test_teardown_twice (Fixture       *fixture,
                     gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = setup (fixture, "c1", "slirp4netns", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a teardown nothing is left, and there is nothing to tear down");

  teardown (fixture, "c1");
  g_assert_cmpuint (count_helpers (fixture), ==, 0);
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

static void
test_exit_fd (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (FairleadRequest) request = request_new ("c1", "slirp4netns", NULL);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  struct pollfd ended = { .events = POLLIN };
  int ends[2];

  g_test_summary ("slirp4netns ends with the pipe that the request ties it to");

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  fairlead_request_set_exit_fd (request, ends[0], &error);
  g_assert_no_error (error);
  close (ends[0]);
  container = fairlead_manager_setup (get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  ended.fd = pidfd_open (get_helper_pid (container), 0);
  g_assert_cmpint (poll (&ended, 1, 0), ==, 0);

  close (ends[1]);
  g_assert_cmpint (poll (&ended, 1, 5000), ==, 1);
  close (ended.fd);
  check_fails (fixture, "c1", "has ended");
  teardown (fixture, "c1");
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
test_process (Fixture       *fixture,
              gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0", SERVER_PORT);
  g_autoptr (FairleadRequest) request = request_new ("c1", "slirp4netns", "9000:80");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (GError) error = NULL;
  int end_fd;
  pid_t pid = start_container (&end_fd);
  int inside;

  g_test_summary ("A container that a runtime made, with its user namespace, gets its network afterwards");

  netns = fairlead_netns_new_for_pid (pid, &error);
  g_assert_no_error (error);
  fairlead_request_set_netns (request, netns);
  container = fairlead_manager_setup (get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  inside = open_inside (container);
  exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, SERVER_PORT);
  fairlead_test_tcp_roundtrip (inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  stats = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);

  close (inside);
  close (end_fd);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  fairlead_request_set_netns (request, NULL);
  g_assert_finalize_object (g_steal_pointer (&netns));
  teardown (fixture, "c1");
}

static void
test_dies (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (FairleadRequest) request = request_new ("c1", "slirp4netns", NULL);
  g_autoptr (GVariant) details = NULL;
  const char *said = NULL;

  g_test_summary ("A slirp4netns that ends before it is ready is quoted");

  use_fake (fixture, "dies");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_HELPER_FAILED, "the tap is made of cheese");

  g_assert_null (fairlead_manager_setup (fixture->manager, request, NULL, NULL));
  details = g_variant_ref (fairlead_request_get_error_details (request));
  g_assert_true (g_variant_lookup (details, "stderr", "&s", &said));
  g_assert_cmpstr (said, ==, "starting\nthe tap is made of cheese\n");
}

static void
test_hangs (Fixture       *fixture,
            gconstpointer  data)
{
  g_test_summary ("A slirp4netns that is never ready, or talks without end, is stopped after the time limit");

  use_fake (fixture, "never-ready");
  configure (fixture, "backend slirp4netns", "timeout", "1");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_TIMED_OUT, "thinking");
}

static void
test_floods (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("A slirp4netns that talks without end is stopped after the time limit and takes no memory");

  use_fake (fixture, "floods");
  configure (fixture, "backend slirp4netns", "timeout", "1");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_TIMED_OUT, "was not ready within 1000 ms");
}

static gboolean
cancel (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

static void
on_setup (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  GError **error = data;

  g_assert_null (fairlead_manager_setup_finish (FAIRLEAD_MANAGER (source), result, error));
  g_main_context_wakeup (NULL);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadRequest) request = request_new ("c1", "slirp4netns", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A setup that is cancelled while slirp4netns starts leaves nothing");

  use_fake (fixture, "never-ready");
  g_timeout_add (100, cancel, cancellable);
  fairlead_manager_setup_async (get_manager (fixture), request, cancellable, on_setup, &error);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_lacking (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *missing = fairlead_test_path (&fixture->base, "none");

  g_test_summary ("An option that keeps the host safe and is missing is an error; so are programs that are none");

  use_fake (fixture, "old");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "--enable-sandbox");
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));

  configure (fixture, "backend slirp4netns", "sandbox", "no");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "--enable-seccomp");
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));

  use_fake (fixture, "mute");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_HELPER_FAILED, "no such library");
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));

  configure (fixture, "backend slirp4netns", "path", missing);
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_NOT_FOUND, missing);
}

static void
replace_in_file (const char *path,
                 const char *from,
                 const char *to)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) changed = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, from, to, 0), >, 0);
  g_assert_true (g_file_set_contents (path, changed->str, changed->len, NULL));
}

static void
install_fake (const char *name,
              const char *path)
{
  g_autofree char *file_name = g_strdup_printf ("fake-%s", name);
  g_autofree char *source = g_test_build_filename (G_TEST_BUILT, "slirp4netns", file_name, NULL);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
  g_assert_true (g_file_set_contents_full (path, contents, length, G_FILE_SET_CONTENTS_CONSISTENT, 0755, NULL));
}

static void
test_known (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *path = fairlead_test_path (&fixture->base, "program");
  g_autofree char *cache = fairlead_test_path (&fixture->base, "state/programs/slirp4netns.json");

  g_test_summary ("What a program can do is asked for once, and again when the file changes");

  configure (fixture, "backend slirp4netns", "path", path);
  install_fake ("old", path);
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "version fake");
  replace_in_file (cache, "version fake", "version as known");
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "version as known");

  install_fake ("dies", path);
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_HELPER_FAILED, "cheese");

  g_assert_no_errno (g_chmod (path, 0777));
  setup_fails (fixture, "slirp4netns", NULL, FAIRLEAD_ERROR_PERMISSION_DENIED, "not trusted");
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

static void
test_side_by_side (Fixture       *fixture,
                   gconstpointer  data)
{
  GThread *threads[N_SIDE_BY_SIDE];

  g_test_summary ("Fifty containers are set up at the same time by as many managers");

  for (guint i = 0; i < N_SIDE_BY_SIDE; i++)
    {
      g_autofree char *id = g_strdup_printf ("c%u", i);
      g_autofree char *port = g_strdup_printf ("%u:80", 20000 + i);
      FairleadRequest *request = request_new (id, "slirp4netns", port);

      g_object_set_data (G_OBJECT (request), "manager", fairlead_manager_new (fixture->config));
      threads[i] = g_thread_new (id, set_one_up, request);
    }
  for (guint i = 0; i < N_SIDE_BY_SIDE; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (count_helpers (fixture), ==, N_SIDE_BY_SIDE);

  get_manager (fixture);
  for (guint i = 0; i < N_SIDE_BY_SIDE; i++)
    {
      g_autofree char *id = g_strdup_printf ("c%u", i);

      check (fixture, id);
      teardown (fixture, id);
    }
}

/* The environment that gives the command a state directory of the test's. */
static char **
dup_environment (Fixture *fixture)
{
  g_autofree char *state = fairlead_test_path (&fixture->base, "state");
  g_autofree char *config = fairlead_test_path (&fixture->base, "config");
  char **environment = g_environ_setenv (g_get_environ (), "FAIRLEAD_STATE_DIR", state, TRUE);

  return g_environ_setenv (environment, "FAIRLEAD_CONFIG_DIR", config, TRUE);
}

static pid_t
start_command (Fixture    *fixture,
               const char *line,
               int        *output_fd)
{
  g_auto (GStrv) environment = dup_environment (fixture);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async_with_pipes (NULL, argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, output_fd, NULL,
                            &error);
  g_assert_no_error (error);
  return pid;
}

static void
kill_command (pid_t pid)
{
  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* What it prints. */
static char *
run_command (Fixture    *fixture,
             const char *line)
{
  g_auto (GStrv) environment = dup_environment (fixture);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_spawn_sync (NULL, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
  return output;
}

/* What a command says that has to fail, in namespaces where @prepare was done first. */
static char *
fail_command (Fixture    *fixture,
              const char *prepare)
{
  g_auto (GStrv) environment = dup_environment (fixture);
  g_autofree char *script = g_strdup_printf ("%s && exec " TEST_COMMAND " setup c1 --network slirp4netns", prepare);
  const char *argv[] = { "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), !=, 0);
  g_test_message ("%s", output);
  return output;
}

static void
test_no_tun (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *missing = fail_command (fixture, "mount -t tmpfs tmpfs /dev/net");
  g_autofree char *closed = NULL;

  g_test_summary ("A /dev/net/tun that is missing or closed is named before anything starts, with what to do");

  g_assert_nonnull (strstr (missing, "modprobe tun"));
  if (is_user)
    {
      closed = fail_command (fixture, "mount --bind /etc/shadow /dev/net/tun");
      g_assert_nonnull (strstr (closed, "chmod 0666 /dev/net/tun"));
    }
}

static void
test_crash (Fixture       *fixture,
            gconstpointer  data)
{
  g_test_summary ("A setup that is killed at any moment leaves nothing that teardown and gc do not find");

  for (guint i = 0; i < 25; i++)
    {
      pid_t pid = start_command (fixture, TEST_COMMAND " setup c1 --network slirp4netns -p 9000:80", NULL);

      /* From its first to its last steps. */
      g_usleep (i * 1500);
      kill_command (pid);
      g_free (run_command (fixture, TEST_COMMAND " gc"));
      /* It was quicker than we. */
      if (count_files (fixture, "containers") > 0)
        g_free (run_command (fixture, TEST_COMMAND " teardown c1"));
      g_assert_cmpuint (count_helpers (fixture), ==, 0);
      g_assert_cmpuint (count_files (fixture, "attachments"), ==, 0);
    }
}

static void
test_run (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *output = NULL;
  g_autofree char *listed = NULL;

  g_test_summary ("fairlead run gives a command its network, with its DNS server, and takes it away");

  output = run_command (fixture, TEST_COMMAND " run --network slirp4netns -- cat /etc/resolv.conf /proc/net/route");
  g_assert_nonnull (strstr (output, "nameserver " DNS_IP));
  g_assert_nonnull (strstr (output, "tap0"));
  listed = run_command (fixture, TEST_COMMAND " list --quiet");
  g_assert_cmpstr (listed, ==, "");
}

static void
test_run_killed (Fixture       *fixture,
                 gconstpointer  data)
{
  const gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
  g_autofree char *listed = NULL;
  int output_fd;
  pid_t pid = start_command (fixture, TEST_COMMAND " run --id c1 --network slirp4netns -- "
                             "sh -c echo;exec${IFS}sleep${IFS}60", &output_fd);
  char byte;

  g_test_summary ("A run that is killed outright takes its command and its slirp4netns with it");

  g_assert_cmpint (read (output_fd, &byte, 1), ==, 1);
  g_assert_cmpuint (count_helpers (fixture), >, 0);
  kill_command (pid);
  close (output_fd);
  while (count_helpers (fixture) > 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_cmpuint (count_helpers (fixture), ==, 0);

  /* Root's is pinned, and may be in use. */
  listed = run_command (fixture, is_user ? TEST_COMMAND " gc" : TEST_COMMAND " teardown c1");
  g_assert_cmpstr (listed, ==, is_user ? "c1\n" : "");
}

/* Mounts are shared, as on a host with systemd: what slirp4netns unmounts for its sandbox must not get here. */
static gboolean
share_mounts (char **reason)
{
  if (mount (NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0)
    return TRUE;
  *reason = g_strdup_printf ("cannot share mounts: %s", g_strerror (errno));
  return FALSE;
}

static gboolean
enter_host (char **reason)
{
  return fairlead_test_enter_host (reason) && fairlead_test_make_outside (reason) && fairlead_test_allow_tun (reason) &&
         share_mounts (reason) && (!is_user || fairlead_test_become_user (reason));
}

#define add(path, func) g_test_add ("/fairlead/slirp4netns/" path, Fixture, NULL, set_up, (func), tear_down)

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  is_user = argc > 1 && g_str_equal (argv[1], "--user");
  if (!g_file_test ("/usr/bin/slirp4netns", G_FILE_TEST_IS_EXECUTABLE))
    return fairlead_test_skip_all ("slirp4netns is not installed");
  if (!enter_host (&reason))
    return fairlead_test_skip_all (reason);

  add ("mounts", test_mounts);
  add ("outward", test_outward);
  add ("ports/published", test_published);
  add ("ports/live", test_live_ports);
  add ("ports/refused", test_refused_ports);
  add ("ipv6", test_ipv6);
  add ("options/good", test_options);
  add ("options/bad", test_bad_options);
  add ("host-loopback", test_host_loopback);
  add ("dns", test_dns);
  add ("stats", test_stats);
  add ("end/killed", test_killed);
  add ("end/teardown-twice", test_teardown_twice);
  add ("end/exit-fd", test_exit_fd);
  add ("end/process", test_process);
  add ("program/dies", test_dies);
  add ("program/hangs", test_hangs);
  add ("program/floods", test_floods);
  add ("program/cancelled", test_cancelled);
  add ("program/lacking", test_lacking);
  add ("program/known", test_known);
  add ("side-by-side", test_side_by_side);
  add ("program/no-tun", test_no_tun);
  add ("command/crash", test_crash);
  add ("command/run", test_run);
  add ("command/run-killed", test_run_killed);
  return g_test_run ();
}
