/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "bridge-testlib.h"
#include "fairlead-bridge-address.h"
#include "fairlead-bridge-resolv.h"

/* Keys of networks, and what is read besides. */

static const struct { const char *keys; const char *problem; } bad_keys[] = {
  { "subnets=10.0.0.0/33", "10.0.0.0/33" },
  { "subnets=10.0.0.1/24", "10.0.0.1/24" },
  { "subnets=10.0.0.0/31", "too small" },
  { "subnets=0.0.0.0/0", "too large" },
  { "subnets=fd00::/127", "too small" },
  { "subnets=10.0.0.0/24;10.0.0.0/16", "overlaps another" },
  { "subnets=224.0.0.0/24", "multicast" },
  { "subnets=10.0.0.0/24;ff00::/64", "multicast" },
  { "subnets=0.0.0.0/8", "no address" },
  { "subnets=127.0.0.0/8", "127.0.0.0/8" },
  { "subnets=::/64", "::/96" },
  { "gateways=10.0.0.1", "10.0.0.1" },
  { "subnets=10.0.0.0/24\ngateways=10.0.0.0", "10.0.0.0" },
  { "subnets=10.0.0.0/24\ngateways=10.0.0.255", "10.0.0.255" },
  { "subnets=10.0.0.0/24\ngateways=gate", "gate" },
  { "subnets=10.0.0.0/24\nranges=10.0.0.9-10.0.0.5", "10.0.0.9-10.0.0.5" },
  { "subnets=10.0.0.0/24\nranges=10.0.0.9", "10.0.0.9" },
  { "subnets=10.0.0.0/24\nranges=10.0.0.9-10.0.0.12;10.0.0.20-10.0.0.22", "ranges: there are two of the subnet 10.0.0.0/24" },
  { "subnets=10.0.0.0/24\ngateways=10.0.0.9;10.0.0.10", "gateways: there are two of the subnet 10.0.0.0/24" },
  { "subnets=10.0.0.0/24\nranges=10.0.0.1-10.0.0.1", "10.0.0.1-10.0.0.1" },
  { "subnets=10.0.0.0/24\nranges=10.0.0.9-10.0.1.5", "10.0.1.5" },
  { "routes=10.0.0.0/8", "via GATEWAY" },
  { "routes=10.0.0.0/8 via", "via GATEWAY" },
  { "routes=10.0.0.0/8 via fd00::1", "fd00::1" },
  { "routes=10.0.0.0/8 via 10.1.0.1 metric", "metric NUMBER" },
  { "routes=10.0.0.0/8 via 10.1.0.1 metric 99999999999", "metric NUMBER" },
  { "routes=blackhole 10.0.0.1/8", "10.0.0.1/8" },
  { "subnets=10.1.0.0/24\nroutes=10.5.0.0/16 via 10.99.0.1", "in none of the subnets" },
  { "subnets=10.1.0.0/24\nroutes=0.0.0.0/0 via 10.1.0.9", "default route already" },
  { "routes=::/0 via fd00::1", "default route already" },
  { "mtu=67000", "67000" },
  { "mtu=1000", "1280" },
  { "subnets=10.0.0.0/24\nmtu=5", "68" },
  { "vlan=4095", "4095" },
  { "mode=elsewhere", "elsewhere" },
  { "mode=unmanaged", "interface" },
  { "mode=unmanaged\ninterface=br0\ninternal=yes", "unmanaged" },
  { "mode=unmanaged\ninterface=br0\ndns=yes", "unmanaged" },
  { "interface=a-name-that-is-too-long", "too-long" },
  { "interface=..", ".." },
  { "interface=a b", "a b" },
  { "interface=br%d", "br%d" },
  { "interface=all", "all links" },
  { "interface=default", "all links" },
  { "outbound-address=fd00::1", "IPv4" },
  { "outbound-address6=10.0.0.1", "IPv6" },
  { "outbound-address=10.0.0.1\ninternal=yes", "internal" },
  { "outbound-address=10.0.0.1\nmasquerade=no", "masquerade" },
  { "dns-servers=resolver", "resolver" },
  { "isolate=perhaps", "perhaps" },
  { "host-interface=tap0", "host-interface" },
  { "colour=blue", "colour" },
};

static void
test_bad_keys (BridgeFixture *fixture,
               gconstpointer  data)
{
  g_test_summary ("A key that is wrong, or does not fit another, is named with its file, and nothing is made");

  for (guint i = 0; i < G_N_ELEMENTS (bad_keys); i++)
    {
      g_autoptr (GError) error = NULL;

      bridge_write_network (fixture, "bad", bad_keys[i].keys);
      g_assert_null (bridge_try_setup (fixture, "c1", "bad", "", &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION);
      if (strstr (error->message, bad_keys[i].problem) == NULL || strstr (error->message, "bad.network") == NULL)
        g_error ("%s: \"%s\" does not say \"%s\"", bad_keys[i].keys, error->message, bad_keys[i].problem);
    }
}

static void
test_good_keys (BridgeFixture *fixture,
                gconstpointer  data)
{
  static const char * const keys[] = {
    "subnets=10.1.0.0/24\nroutes=10.5.0.0/16  via \t10.1.0.9   metric  5; blackhole  10.6.0.0/16",
    "subnets=10.1.0.0/24\nroutes=0.0.0.0/0 via 10.1.0.9 metric 50",
    "subnets=10.1.0.0/24\nroutes=0.0.0.0/0 via 10.1.0.9\ninternal=yes",
    "subnets=10.1.0.0/24;fd01::/64\nroutes=fd02::/64 via fe80::1",
  };

  g_test_summary ("Blanks matter as little as they do elsewhere, and a default route that collides with none is taken");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      G_GNUC_UNUSED g_autoptr (FairleadContainer) container = NULL;

      bridge_write_network (fixture, "good", keys[i]);
      container = bridge_setup (fixture, "c1", "good", "");
      bridge_teardown (fixture, "c1");
    }
}

static void
test_server_file (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_test_summary ("A network whose file the DNS server would take for its own cannot have names");

  bridge_write_network (fixture, "aardvark.pid", "subnets=10.1.0.0/24\ndns=yes");
  bridge_setup_fails (fixture, "c1", "aardvark.pid", "", FAIRLEAD_ERROR_INVALID_CONFIGURATION, "another name");
}

static void
create_fails (BridgeFixture *fixture,
              const char    *name,
              const char    *keys,
              const char    *problem)
{
  g_autofree char *base_name = g_strconcat (name, ".network", NULL);
  g_autofree char *file = g_build_filename (fixture->config_dir, "networks.d", base_name, NULL);
  g_autoptr (GVariant) options = g_variant_parse (NULL, keys, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (fairlead_manager_create_network (fixture->manager, name, "bridge", options, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  if (strstr (error->message, problem) == NULL)
    g_error ("%s: \"%s\" does not say \"%s\"", keys, error->message, problem);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
create (BridgeFixture *fixture,
        const char    *name,
        const char    *keys)
{
  g_autoptr (GVariant) options = g_variant_parse (NULL, keys, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetwork) network =
    fairlead_manager_create_network (fixture->manager, name, "bridge", options, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (network);
}

static void
test_create (BridgeFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A network that would be in another's way, or in the host's, is not written");

  create (fixture, "lab", "{'subnets': '10.1.0.0/24;fd01::/64'}");
  create_fails (fixture, "lab2", "{'subnets': '10.1.0.128/25'}", "another network is lab: the subnet 10.1.0.128/25");
  create_fails (fixture, "lab2", "{'subnets': '10.2.0.0/24;fd00::/12'}", "overlaps its fd01::/64");
  create_fails (fixture, "lab2", "{'interface': 'fl-lab'}", "has the bridge fl-lab");
  create_fails (fixture, "lab2", "{'subnets': '192.0.2.0/28'}", "uplink");
  create_fails (fixture, "lab2", "{'subnets': '2001:db8::/32'}", "uplink");
  create_fails (fixture, "lab2", "{'interface': 'uplink'}", "uplink exists");
  create_fails (fixture, "lab2", "{'interface': 'fairlead0'}", "another network is bridge: it has the bridge fairlead0");
  create (fixture, "lan", "{'mode': 'unmanaged', 'interface': 'br0', 'subnets': '10.1.0.0/24'}");
  create (fixture, "lan2", "{'mode': 'unmanaged', 'interface': 'br0', 'subnets': '10.1.0.0/24', 'vlan': '7'}");
  create_fails (fixture, "lab2", "{'interface': 'br0'}", "another network is lan: ");

  /* In use, or not any more. */
  create (fixture, "six", "{'subnets': 'fd66::/64'}");
  container = bridge_setup (fixture, "c1", "six bridge:interface=eth1", "");
  g_assert_false (fairlead_manager_remove_network (fixture->manager, "six", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  g_clear_error (&error);
  create_fails (fixture, "lab2", "{'subnets': '10.90.0.0/24'}", "containers are on the network bridge: ");
  create_fails (fixture, "bridge", "{'subnets': '10.4.0.0/24'}", "containers are on a network of that name");
  bridge_teardown (fixture, "c1");
  g_assert_true (fairlead_manager_remove_network (fixture->manager, "six", NULL, &error));
  create (fixture, "seven", "{'subnets': 'fd66::/64'}");
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      outcome)
{
  g_set_object ((GAsyncResult **) outcome, result);
}

/* While another process writes or removes a file. */
static void
create_waits (BridgeFixture *fixture,
              const char    *name)
{
  g_autofree char *path = g_build_filename (fixture->config_dir, "networks.d", ".lock", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) outcome = NULL;
  g_autoptr (GError) error = NULL;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  fairlead_manager_create_network_async (fixture->manager, name, "bridge", NULL, cancellable, on_done, &outcome);
  for (guint i = 0; i < 50; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_null (outcome);
  g_cancellable_cancel (cancellable);
  while (outcome == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (fairlead_manager_create_network_finish (fixture->manager, outcome, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  close (fd);
}

static void
test_two_processes (BridgeFixture *fixture,
                    gconstpointer  data)
{
  g_autoptr (FairleadManager) other = bridge_new_manager (fixture);
  g_autofree char *lock = g_build_filename (fixture->config_dir, "networks.d", ".lock", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Of two processes that write networks at a time, the second knows what the first has written");

  g_assert_nonnull (other);
  create (fixture, "lab", "{'subnets': '10.1.0.0/24'}");
  g_set_object (&fixture->manager, other);
  create_waits (fixture, "lab2");
  create_fails (fixture, "lab2", "{'subnets': '10.1.0.128/25'}", "another network is lab: ");
  g_assert_true (fairlead_manager_remove_network (fixture->manager, "lab", NULL, &error));
  create (fixture, "lab2", "{'subnets': '10.1.0.128/25'}");
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
}

static void
test_examples (BridgeFixture *fixture,
               gconstpointer  data)
{
  static const char * const names[] = { "lab", "backplane", "lan" };
  g_autoptr (GListModel) networks = NULL;
  g_autoptr (GError) error = NULL;
  guint n_found = 0;

  g_test_summary ("The example networks are right");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *base_name = g_strconcat (names[i], ".network", NULL);
      g_autofree char *source = g_build_filename (TEST_EXAMPLES, base_name, NULL);
      g_autofree char *target = g_build_filename (fixture->config_dir, "networks.d", base_name, NULL);
      g_autofree char *contents = NULL;

      g_assert_true (g_file_get_contents (source, &contents, NULL, NULL));
      bridge_write_network (fixture, names[i], "");
      g_assert_true (g_file_set_contents (target, contents, -1, NULL));
    }
  networks = fairlead_manager_list_networks (fixture->manager, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      g_assert_cmpstr (fairlead_network_get_problem (network), ==, NULL);
      n_found += fairlead_network_get_file (network) != NULL;
    }
  g_assert_cmpuint (n_found, ==, G_N_ELEMENTS (names));
}

/* What the network's inspect says of @key, as JSON. */
static char *
inspect (BridgeFixture *fixture,
         const char    *name,
         const char    *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (fixture->manager, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      g_autoptr (GVariant) details = fairlead_network_inspect (network);
      g_autoptr (GVariant) value = g_variant_lookup_value (details, key, NULL);

      if (g_str_equal (fairlead_network_get_name (network), name))
        return value != NULL ? fairlead_json_print (value, FALSE) : NULL;
    }
  g_assert_not_reached ();
}

static void
assert_inspected (BridgeFixture *fixture,
                  const char    *name,
                  const char    *key,
                  const char    *wanted)
{
  g_autofree char *text = inspect (fixture, name, key);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_inspect (BridgeFixture *fixture,
              gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *subnets = NULL;

  g_test_summary ("A network tells its bridge, subnets and gateways: those of its keys, and once in use those that it has");

  bridge_write_network (fixture, "web", "subnets=10.5.0.0/24;fd00:5::/64\ngateways=10.5.0.9\n");
  assert_inspected (fixture, "web", "Interface", "\"fl-web\"");
  assert_inspected (fixture, "web", "Subnets", "[\"10.5.0.0/24\",\"fd00:5::/64\"]");
  assert_inspected (fixture, "web", "Gateways", "[\"10.5.0.9\",\"fd00:5::1\"]");

  assert_inspected (fixture, "bridge", "Interface", "\"fairlead0\"");
  assert_inspected (fixture, "bridge", "Subnets", "[]");
  container = bridge_setup (fixture, "c1", "bridge", "");
  subnets = inspect (fixture, "bridge", "Subnets");
  g_assert_true (g_str_has_prefix (subnets, "[\"10.90.0.0/22\",\"fd"));
  assert_inspected (fixture, "bridge", "Interface", "\"fairlead0\"");

  bridge_teardown (fixture, "c1");
}

static void
assert_unfit (BridgeFixture *fixture,
              int            code,
              const char    *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fairlead_manager_check_network (fixture->manager, "small", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, code);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_check (BridgeFixture *fixture,
            gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("network check tells of what is in the way of a network, of one that is damaged, and of one that is full");

  bridge_write_network (fixture, "small", "subnets=10.5.0.0/29\nranges=10.5.0.2-10.5.0.2\n");
  g_assert_true (fairlead_manager_check_network (fixture->manager, "small", NULL, &error));
  g_assert_no_error (error);
  g_free (bridge_run ("ip link add other type bridge"));
  g_free (bridge_run ("ip address add 10.5.0.3/24 dev other"));
  assert_unfit (fixture, FAIRLEAD_ERROR_BUSY, "10.5.0.0");
  g_free (bridge_run ("ip link delete other"));

  container = bridge_setup (fixture, "c1", "small", "");
  assert_unfit (fixture, FAIRLEAD_ERROR_EXHAUSTED, "10.5.0.0/29");
  g_free (bridge_run ("ip link set fl-small down"));
  assert_unfit (fixture, FAIRLEAD_ERROR_NOT_FOUND, "fl-small");
  bridge_teardown (fixture, "c1");

  bridge_write_network (fixture, "small", "mode=unmanaged\ninterface=other\nsubnets=10.5.0.0/29\n");
  assert_unfit (fixture, FAIRLEAD_ERROR_NOT_FOUND, "other");
  g_free (bridge_run ("ip link add other type bridge"));
  g_assert_true (fairlead_manager_check_network (fixture->manager, "small", NULL, &error));
  g_assert_no_error (error);
  g_free (bridge_run ("ip link delete other"));
}

static void
test_addresses (BridgeFixture *fixture,
                gconstpointer  data)
{
  static const struct { const char *subnet, *gateway, *first, *last, *end; } cases[] = {
    { "10.0.0.0/24", "10.0.0.1", "10.0.0.2", "10.0.0.254", "10.0.1.0" },
    { "10.255.255.252/30", "10.255.255.253", "10.255.255.254", "10.255.255.254", "11.0.0.0" },
    { "fd00::/64", "fd00::1", "fd00::2", "fd00::ffff:ffff:ffff:ffff", "fd00:0:0:1::" },
  };

  g_test_summary ("The arithmetic of subnets");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FairleadBridgeSubnet subnet;
      FairleadBridgeAddress end;
      g_autoptr (GError) error = NULL;
      g_autofree char *gateway = NULL, *first = NULL, *last = NULL, *end_text = NULL;

      g_assert_true (fairlead_bridge_subnet_parse (&subnet, cases[i].subnet, &error));
      fairlead_bridge_subnet_get_end (&subnet, &end);
      gateway = fairlead_bridge_address_to_string (&subnet.gateway);
      first = fairlead_bridge_address_to_string (&subnet.first);
      last = fairlead_bridge_address_to_string (&subnet.last);
      end_text = fairlead_bridge_address_to_string (&end);
      g_assert_cmpstr (gateway, ==, cases[i].gateway);
      g_assert_cmpstr (first, ==, cases[i].first);
      g_assert_cmpstr (last, ==, cases[i].last);
      g_assert_cmpstr (end_text, ==, cases[i].end);
    }
}

static void
test_resolv (BridgeFixture *fixture,
             gconstpointer  data)
{
  g_auto (FairleadBridgeResolv) resolv = { 0 };
  g_autofree char *servers = NULL;
  g_autofree char *searches = NULL;

  g_test_summary ("Of a resolv.conf what a container can use is taken");

  fairlead_bridge_resolv_parse (&resolv, "# comment\nnameserver 127.0.0.53\nnameserver \t 192.0.2.9 \nnameserver ::1\n"
                                         "nameserver fe80::1%eth0\nnameserver bogus\nnameserver 2001:db8::9\r\n"
                                         "domain old.example\nsearch a.example b.example\noptions ndots:2 edns0\nsearch");
  servers = g_strjoinv (" ", resolv.servers);
  g_assert_cmpstr (servers, ==, "192.0.2.9 2001:db8::9");
  searches = g_strjoinv (" ", resolv.searches);
  g_assert_cmpstr (searches, ==, "");
  g_assert_cmpstr (resolv.options[0], ==, "ndots:2");
  g_assert_cmpstr (resolv.options[1], ==, "edns0");
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  bridge_test_add ("/fairlead/bridge/network/bad-keys", test_bad_keys);
  bridge_test_add ("/fairlead/bridge/network/good-keys", test_good_keys);
  bridge_test_add ("/fairlead/bridge/network/server-file", test_server_file);
  bridge_test_add ("/fairlead/bridge/network/create", test_create);
  bridge_test_add ("/fairlead/bridge/network/two-processes", test_two_processes);
  bridge_test_add ("/fairlead/bridge/network/examples", test_examples);
  bridge_test_add ("/fairlead/bridge/network/inspect", test_inspect);
  bridge_test_add ("/fairlead/bridge/network/check", test_check);
  bridge_test_add ("/fairlead/bridge/network/addresses", test_addresses);
  bridge_test_add ("/fairlead/bridge/network/resolv", test_resolv);
  return g_test_run ();
}
