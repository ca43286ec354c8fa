/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fairlead-testlib.h"

/* The backend with real plugins: bridge, host-local, portmap and firewall make a network on a host of the test's own,
 * and another namespace is the world outside. */

#define PLUGIN_DIR "/usr/lib/cni"

typedef struct
{
  FairleadTestFixture  base;
  FairleadManager     *manager;
  FairleadNetns       *outside;
  char                *outside_path;
  char                *netns_dir;
  int                  outside_fd;
} Fixture;

static char *
run (const char *format,
     ...) G_GNUC_PRINTF (1, 2);

/* What the command prints; it has to succeed. */
static char *
run (const char *format,
     ...)
{
  g_autofree char *command = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  g_spawn_command_line_sync (command, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", command, error->message);
  return output;
}

/* All chains of the distribution's plugins are attached, checked, used and detached by fairlead-cnitool. */
typedef struct
{
  const char *path;
  const char *plugins;
  const char *interface;
  const char *address;      /* (nullable) what the outside reaches it by */
  guint16     port;         /* where the outside finds port 80 of it */
  gboolean    unsound_check; /* portmap 1.1.1 misses rules for IPv6 */
  gboolean    leaves_chain; /* bridge 1.1.1 leaves its masquerading if the namespace is gone */
} Chain;

#define HOST_LOCAL \
  "\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"%s\",\"ranges\":[[{\"subnet\":\"10.78.0.0/24\"}]]," \
  "\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}"

static const Chain chains[] = {
  { "ptp-bandwidth", "{\"type\":\"ptp\"," HOST_LOCAL "},{\"type\":\"bandwidth\",\"capabilities\":{\"bandwidth\":true}}",
    "eth0", "10.78.0.2", 80, FALSE, FALSE },
  { "macvlan-static", "{\"type\":\"macvlan\",\"master\":\"uplink\",\"mode\":\"bridge\",\"ipam\":{\"type\":\"static\","
    "\"addresses\":[{\"address\":\"192.0.2.50/24\"}]}}", "eth0", "192.0.2.50", 80, FALSE, FALSE },
  { "bridge-tuning", "{\"type\":\"bridge\",\"bridge\":\"test1\",\"isGateway\":true," HOST_LOCAL "},{\"type\":\"tuning\","
    "\"mtu\":1400,\"sysctl\":{\"net.ipv4.conf.eth0.arp_ignore\":\"1\"}}", "eth0", "10.78.0.2", 80, FALSE, FALSE },
  { "bridge-portmap-firewall", "{\"type\":\"bridge\",\"bridge\":\"test1\",\"isGateway\":true,\"ipMasq\":true," HOST_LOCAL
    "},{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}},{\"type\":\"firewall\"}", "eth0", "192.0.2.1",
    8080, TRUE, TRUE },
  { "loopback", "{\"type\":\"loopback\"}", "lo", NULL, 0, FALSE, FALSE },
};

static void
write_network (Fixture    *fixture,
               const char *name,
               const char *plugins)
{
  g_autofree char *directory = fairlead_test_path (&fixture->base, "net.d");
  g_autofree char *base_name = g_strconcat (name, ".conflist", NULL);
  g_autofree char *path = g_build_filename (directory, base_name, NULL);
  g_autofree char *contents =
    g_strdup_printf ("{\"cniVersion\":\"1.0.0\",\"name\":\"%s\",\"plugins\":[%s]}", name, plugins);

  g_mkdir (directory, 0700);
  g_assert_true (g_file_set_contents (path, contents, -1, NULL));
}

static void
open_manager (Fixture *fixture)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autoptr (GError) error = NULL;
  const struct { const char *group, *key; const char *name; } dirs[] = {
    { "core", "state-dir", "state" },
    { "core", "netns-dir", "netns" },
    { "backend cni", "conf-dirs", "net.d" },
    { "backend cni", "cache-dir", "cache" },
  };

  fairlead_config_set (config, "core", "backend-dirs", TEST_CNI_BACKEND_DIR, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autofree char *path = fairlead_test_path (&fixture->base, dirs[i].name);

      fairlead_config_set (config, dirs[i].group, dirs[i].key, path, &error);
      g_assert_no_error (error);
    }
  fixture->manager = fairlead_manager_new (config);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *leases = NULL;
  g_autofree char *plugins = NULL;

  fairlead_test_set_up (&fixture->base, data);
  fixture->outside_path = fairlead_test_path (&fixture->base, "outside/ns");
  fixture->netns_dir = fairlead_test_path (&fixture->base, "netns");
  leases = fairlead_test_path (&fixture->base, "leases");
  fixture->outside = fairlead_netns_new_pinned (fixture->outside_path, &error);
  g_assert_no_error (error);
  fixture->outside_fd = fairlead_netns_dup_fd (fixture->outside, &error);

  g_free (run ("ip link add uplink type veth peer name eth0"));
  g_free (run ("ip link set eth0 netns %s", fixture->outside_path));
  g_free (run ("nsenter --net=%s ip addr add 192.0.2.2/24 dev eth0", fixture->outside_path));
  g_free (run ("nsenter --net=%s ip link set eth0 up", fixture->outside_path));
  g_free (run ("ip addr add 192.0.2.1/24 dev uplink"));
  g_free (run ("ip link set uplink up"));

  plugins = g_strdup_printf (
    "{\"type\":\"bridge\",\"bridge\":\"test0\",\"isGateway\":true,\"ipMasq\":true,\"ipam\":{\"type\":\"host-local\","
    "\"dataDir\":\"%s\",\"ranges\":[[{\"subnet\":\"10.77.0.0/24\"}]],\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}},"
    "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}},{\"type\":\"firewall\"}", leases);
  write_network (fixture, "web", plugins);
  write_network (fixture, "broken", "{\"type\":\"bridge\"},{\"type\":\"no-such-plugin\"}");
  open_manager (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *outside_dir = g_path_get_dirname (fixture->outside_path);

  g_assert_finalize_object (fixture->manager);
  g_free (run ("ip link delete uplink"));
  g_assert_true (fairlead_netns_unpin (fixture->outside_path, NULL));
  close (fixture->outside_fd);
  g_object_unref (fixture->outside);
  g_free (run ("umount -l %s", outside_dir));
  if (g_file_test (fixture->netns_dir, G_FILE_TEST_IS_DIR))
    g_free (run ("umount -l %s", fixture->netns_dir));
  g_free (fixture->outside_path);
  g_free (fixture->netns_dir);
  fairlead_test_tear_down (&fixture->base, data);
}

/* The bridge, the plugins' base chains and their last-address file are shared by all containers and stay. */
static void
assert_nothing_left (Fixture  *fixture,
                     gboolean  rules_too)
{
  g_autofree char *results = fairlead_test_path (&fixture->base, "cache/results");
  g_autofree char *lease = fairlead_test_path (&fixture->base, "leases/web/10.77.0.2");
  g_autofree char *rules = run ("iptables-save");
  g_autofree char *links = run ("ip -brief link show type veth");
  g_autoptr (GDir) cache = g_dir_open (results, 0, NULL);
  g_autoptr (GDir) namespaces = g_dir_open (fixture->netns_dir, 0, NULL);

  g_assert_true (!rules_too || strstr (rules, "10.77.0.2") == NULL);
  /* The one to the world outside, and no other. */
  g_assert_true (g_str_has_prefix (links, "uplink"));
  g_assert_true (strchr (links, '\n') == links + strlen (links) - 1);
  g_assert_false (g_file_test (lease, G_FILE_TEST_EXISTS));
  g_assert_true (cache == NULL || g_dir_read_name (cache) == NULL);
  g_assert_true (namespaces == NULL || g_dir_read_name (namespaces) == NULL);
}

static FairleadContainer *
set_up_container (Fixture *fixture)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  static const char * const ports[] = { "8080:80", "8080:80/udp", "9000-9002:90-92" };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  fairlead_request_add_network (request, "web", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (ports[i], &error);

      fairlead_request_add_port_mapping (request, mapping);
    }
  container = fairlead_manager_setup (fixture->manager, request, NULL, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&container);
}

static int
open_container_netns (FairleadContainer *container)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns =
    fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);

  g_assert_no_error (error);
  return fairlead_netns_dup_fd (netns, NULL);
}

static void
test_traffic (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = set_up_container (fixture);
  int inside = open_container_netns (container);
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (GVariant) inspected = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;

  g_test_summary ("TCP and UDP arrive through published ports, statistics count them, and teardown leaves nothing");

  fairlead_test_tcp_roundtrip (inside, 80, fixture->outside_fd, "192.0.2.1", 8080, &error);
  g_assert_no_error (error);
  fairlead_test_udp_roundtrip (inside, 80, fixture->outside_fd, "192.0.2.1", 8080, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (inside, 92, fixture->outside_fd, "192.0.2.1", 9002, &error);
  g_assert_no_error (error);
  close (inside);

  inspected = fairlead_manager_inspect (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  settings = g_variant_lookup_value (inspected, "NetworkSettings", G_VARIANT_TYPE_VARDICT);
  g_assert_true (g_variant_lookup (settings, "IPAddress", "&s", &text));
  g_assert_cmpstr (text, ==, "10.77.0.2");
  g_assert_true (g_variant_lookup (settings, "Gateway", "&s", &text));
  g_assert_cmpstr (text, ==, "10.77.0.1");

  stats = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (fairlead_stats_get_total (stats)), >, 0);
  g_assert_cmpuint (g_list_model_get_n_items (fairlead_stats_get_interfaces (stats)), ==, 1);

  fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (fixture, TRUE);
}

static void
test_configuration_gone (Fixture       *fixture,
                         gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = set_up_container (fixture);
  g_autofree char *file = fairlead_test_path (&fixture->base, "net.d/web.conflist");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Teardown does not need the configuration of the network any more");

  g_assert_cmpint (g_unlink (file), ==, 0);
  fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (fixture, TRUE);
}

static void
test_netns_gone (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = set_up_container (fixture);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Teardown works when somebody removed the namespace");

  fairlead_netns_unpin (fairlead_container_get_netns_path (container), &error);
  g_assert_no_error (error);
  fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  /* The plugin bridge 1.1.1 finds its masquerade chain by the addresses inside, so it leaves the chain then. */
  assert_nothing_left (fixture, FALSE);
  g_free (run ("iptables -t nat -F"));
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct { const char *network; int code; const char *message; } cases[] = {
    { "broken", FAIRLEAD_ERROR_INVALID_CONFIGURATION, "no-such-plugin" },
    { "web:ip=10.99.0.1", FAIRLEAD_ERROR_HELPER_FAILED, "10.99.0.1" },
    { "absent", FAIRLEAD_ERROR_NOT_FOUND, "absent" },
  };

  g_test_summary ("A network that cannot be used, and an ADD that fails, leave nothing and say why");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
      g_autoptr (GError) error = NULL;

      g_assert_true (fairlead_request_add_network_from_string (request, cases[i].network, NULL));
      g_assert_null (fairlead_manager_setup (fixture->manager, request, NULL, &error));
      if (error->code != cases[i].code || strstr (error->message, cases[i].message) == NULL)
        g_error ("%s: %d %s", cases[i].network, error->code, error->message);
      if (i == 1)
        {
          const char *verb;

          g_assert_true (g_variant_lookup (fairlead_error_get_details (error), "verb", "&s", &verb));
          g_assert_cmpstr (verb, ==, "ADD");
        }
    }
}

static void
write_chain (Fixture     *fixture,
             const Chain *chain)
{
  g_autofree char *leases = fairlead_test_path (&fixture->base, "leases");
  g_auto (GStrv) parts = g_strsplit (chain->plugins, "%s", -1);
  g_autofree char *plugins = g_strjoinv (leases, parts);

  write_network (fixture, "chain", plugins);
}

/* Calls fairlead-cnitool as `VERB chain NETNS`. */
static void
call_cnitool (Fixture     *fixture,
              const Chain *chain,
              const char  *verb,
              const char  *netns)
{
  g_autofree char *conf_dir = fairlead_test_path (&fixture->base, "net.d");
  g_autofree char *cache_dir = fairlead_test_path (&fixture->base, "cache");
  const char *argv[] = { TEST_CNITOOL, verb, "chain", netns, NULL };
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  environment = g_environ_setenv (environment, "NETCONFPATH", conf_dir, TRUE);
  environment = g_environ_setenv (environment, "CNI_CACHE_DIR", cache_dir, TRUE);
  environment = g_environ_setenv (environment, "CNI_PATH", PLUGIN_DIR, TRUE);
  environment = g_environ_setenv (environment, "CNI_IFNAME", chain->interface, TRUE);
  environment = g_environ_setenv (environment, "CAP_ARGS",
                                  "{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}],"
                                  "\"bandwidth\":{\"ingressRate\":100000000,\"ingressBurst\":100000000}}", TRUE);
  g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s %s: %s", verb, chain->path, output);
}

/* All that plugins may have left on the host: rules without counters, names of links, IPv4 addresses and routes. */
static char *
take_inventory (void)
{
  g_autofree char *rules = run ("iptables-save");
  g_autofree char *links = run ("ip -brief link show");
  g_autofree char *addresses = run ("ip -4 -oneline address show");
  g_autofree char *routes = run ("ip route show");
  g_autoptr (GRegex) counters = g_regex_new ("^#.*$|\\[\\d+:\\d+\\]", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GRegex) state = g_regex_new ("[@ ].*$", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GRegex) index = g_regex_new ("^\\d+: |linkdown ", G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *stable_rules = g_regex_replace_literal (counters, rules, -1, 0, "", 0, NULL);
  g_autofree char *names = g_regex_replace_literal (state, links, -1, 0, "", 0, NULL);
  g_autofree char *numbers = g_strconcat (addresses, routes, NULL);
  g_autofree char *stable_numbers = g_regex_replace_literal (index, numbers, -1, 0, "", 0, NULL);

  return g_strjoin ("\n", stable_rules, names, stable_numbers, NULL);
}

static void
use_chain (Fixture     *fixture,
           const Chain *chain,
           int          inside)
{
  g_autoptr (GError) error = NULL;

  if (chain->address == NULL)
    return;
  fairlead_test_tcp_roundtrip (inside, 80, fixture->outside_fd, chain->address, chain->port, &error);
  g_assert_no_error (error);
}

/* A namespace for one attachment; its path is below the fixture's directory for namespaces. */
static FairleadNetns *
make_netns (Fixture  *fixture,
            char    **path)
{
  g_autoptr (GError) error = NULL;
  FairleadNetns *netns;

  *path = g_build_filename (fixture->netns_dir, "chain", NULL);
  netns = fairlead_netns_new_pinned (*path, &error);
  g_assert_no_error (error);
  return netns;
}

static void
test_chain (Fixture       *fixture,
            gconstpointer  data)
{
  const Chain *chain = data;
  g_autofree char *path = NULL;
  g_autoptr (FairleadNetns) netns = make_netns (fixture, &path);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *gone = NULL;
  int inside = fairlead_netns_dup_fd (netns, NULL);

  g_test_summary ("The chain carries traffic, passes CHECK, and leaves nothing: after DEL, DEL twice, or the namespace gone");

  g_free (run ("nsenter --net=%s ip route add 10.78.0.0/24 via 192.0.2.1", fixture->outside_path));
  write_chain (fixture, chain);

  /* The first time leaves what all containers share: bridge, base chains. */
  call_cnitool (fixture, chain, "add", path);
  use_chain (fixture, chain, inside);
  if (!chain->unsound_check)
    call_cnitool (fixture, chain, "check", path);
  call_cnitool (fixture, chain, "del", path);
  before = take_inventory ();

  call_cnitool (fixture, chain, "add", path);
  call_cnitool (fixture, chain, "del", path);
  call_cnitool (fixture, chain, "del", path);
  after = take_inventory ();
  g_assert_cmpstr (after, ==, before);

  call_cnitool (fixture, chain, "add", path);
  close (inside);
  g_clear_object (&netns);
  g_assert_true (fairlead_netns_unpin (path, NULL));
  call_cnitool (fixture, chain, "del", path);
  gone = take_inventory ();
  if (!chain->leaves_chain)
    g_assert_cmpstr (gone, ==, before);
  assert_nothing_left (fixture, FALSE);
}

static void
test_reload (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = set_up_container (fixture);
  int inside = open_container_netns (container);
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a flush of the firewall reload publishes the ports again, under the same address");

  g_free (run ("iptables -t nat -F"));
  g_free (run ("iptables -F"));
  g_assert_false (fairlead_test_tcp_roundtrip (inside, 80, fixture->outside_fd, "192.0.2.1", 8080, &error));
  g_clear_error (&error);
  fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (inside, 80, fixture->outside_fd, "192.0.2.1", 8080, &error);
  g_assert_no_error (error);
  close (inside);
  g_free (run ("nsenter --net=%s ip address show to 10.77.0.2 up", fairlead_container_get_netns_path (container)));

  fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (fixture, TRUE);
}

static gboolean
has_programs (char **reason)
{
  static const char * const names[] = { "ip", "iptables", "iptables-save", "nsenter", "umount", PLUGIN_DIR "/bridge" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_find_program_in_path (names[i]);

      if (path != NULL)
        continue;
      *reason = g_strdup_printf ("%s is not installed", names[i]);
      return FALSE;
    }
  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;
  static const struct { const char *path; void (*func) (Fixture *, gconstpointer); } cases[] = {
    { "/fairlead/cni/plugins/traffic", test_traffic },
    { "/fairlead/cni/plugins/configuration-gone", test_configuration_gone },
    { "/fairlead/cni/plugins/netns-gone", test_netns_gone },
    { "/fairlead/cni/plugins/refused", test_refused },
    { "/fairlead/cni/plugins/reload", test_reload },
  };

  fairlead_test_init (&argc, &argv);
  if (!has_programs (&reason) || !fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      g_autofree char *path = g_strconcat ("/fairlead/cni/plugins/chain/", chains[i].path, NULL);

      g_test_add (path, Fixture, &chains[i], set_up, test_chain, tear_down);
    }
  return g_test_run ();
}
