/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rootless-testlib.h"

/* The backend with the real pasta. */

static void
test_published_ipv6 (RootlessFixture *fixture,
                     gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, "[" FAIRLEAD_TEST_HOST_IP6 "]:9000:80");
  int inside = rootless_open_inside (container);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) server = fairlead_test_echo_start (inside, SOCK_STREAM, "::", 80);

  g_test_summary ("A port can be published on an IPv6 address");

  rootless_exchange (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, FAIRLEAD_TEST_HOST_IP6, 9000);
  rootless_check (fixture, "c1");

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_port_specs (RootlessFixture *fixture,
                 gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", "tcp-ports=9100-9102:90-92,9200", "9000:80");
  g_autoptr (GError) error = NULL;
  int inside = rootless_open_inside (container);

  g_test_summary ("Ports by a specification of pasta's own are published beside those of the request");

  fairlead_test_tcp_roundtrip (inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (inside, 91, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9101, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (inside, 9200, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9200, &error);
  g_assert_no_error (error);

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_refused_ports (RootlessFixture *fixture,
                    gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) other = fairlead_test_echo_start (-1, SOCK_STREAM, "0.0.0.0", 9005);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) datagrams = fairlead_test_echo_start (-1, SOCK_DGRAM, "127.0.0.1", 9006);

  g_test_summary ("Ports that pasta cannot publish are refused with the reason, before it starts");

  rootless_setup_fails (fixture, NULL, "9000:80/sctp", FAIRLEAD_ERROR_NOT_SUPPORTED, "sctp");
  rootless_setup_fails (fixture, NULL, "9000-9009:80-89", FAIRLEAD_ERROR_BUSY, "9005");
  rootless_setup_fails (fixture, NULL, "9006:80/udp", FAIRLEAD_ERROR_BUSY, "9006");
  rootless_setup_fails (fixture, NULL, "198.51.100.1:9000:80", FAIRLEAD_ERROR_FAILED, "198.51.100.1");
  rootless_setup_fails (fixture, "family=ipv4", "[::1]:9000:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "IPv6");
  rootless_setup_fails (fixture, "family=ipv6", "127.0.0.1:9000:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "IPv4");
  if (rootless_is_user)
    rootless_setup_fails (fixture, NULL, "52:80", FAIRLEAD_ERROR_PERMISSION_DENIED, "ip_unprivileged_port_start");
}

static void
test_no_live_ports (RootlessFixture *fixture,
                    gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, NULL);
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9100:90", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Ports of a living container cannot be published");

  g_assert_false (fairlead_manager_publish (fixture->manager, "c1", mapping, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED);
  rootless_teardown (fixture, "c1");
}

static void
test_not_published (RootlessFixture *fixture,
                    gconstpointer    data)
{
  g_test_summary ("A pasta that says it is ready but does not publish is found out");

  rootless_use_fake (fixture, "idle");
  rootless_setup_fails (fixture, NULL, "9000-9001:80-81", FAIRLEAD_ERROR_NOT_FOUND, "nobody listens on 0.0.0.0 port 9000");
}

static void
test_nothing_open (RootlessFixture *fixture,
                   gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) server = fairlead_test_echo_start (-1, SOCK_STREAM, "127.0.0.1",
                                                                                ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, NULL);
  int inside = rootless_open_inside (container);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) hidden = fairlead_test_echo_start (inside, SOCK_STREAM, "0.0.0.0", 9300);

  g_test_summary ("Nothing is published that was not asked for, in neither direction");

  g_assert_false (fairlead_test_exchange (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, FAIRLEAD_TEST_HOST_IP, 9300, 1, NULL));
  g_assert_false (fairlead_test_exchange (inside, SOCK_STREAM, "127.0.0.1", ROOTLESS_SERVER_PORT, 1, NULL));

  close (inside);
  rootless_teardown (fixture, "c1");
}

static char *
dup_setting (RootlessFixture *fixture,
             const char      *id,
             const char      *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) document = fairlead_manager_inspect (fixture->manager, id, NULL, &error);
  g_autoptr (GVariant) settings = NULL;
  char *text = NULL;

  g_assert_no_error (error);
  settings = g_variant_lookup_value (document, "NetworkSettings", G_VARIANT_TYPE_VARDICT);
  g_variant_lookup (settings, key, "s", &text);
  return text;
}

static void
check_setting (RootlessFixture *fixture,
               const char      *id,
               const char      *key,
               const char      *value)
{
  g_autofree char *text = dup_setting (fixture, id, key);

  g_assert_cmpstr (text, ==, value);
}

static void
test_host_addresses (RootlessFixture *fixture,
                     gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", "addresses=host", NULL);
  g_autoptr (FairleadAttachment) attachment =
    g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  int inside = rootless_open_inside (container);

  g_test_summary ("With addresses=host a container has the host's addresses and gateways");

  check_setting (fixture, "c1", "IPAddress", FAIRLEAD_TEST_HOST_IP);
  check_setting (fixture, "c1", "Gateway", FAIRLEAD_TEST_OUTSIDE_IP);
  check_setting (fixture, "c1", "GlobalIPv6Address", FAIRLEAD_TEST_HOST_IP6);
  check_setting (fixture, "c1", "IPv6Gateway", FAIRLEAD_TEST_OUTSIDE_IP6);
  g_assert_cmpstr (fairlead_attachment_get_dns_servers (attachment)[0], ==, "169.254.1.1");
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);
  rootless_check (fixture, "c1");

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_chosen_addresses (RootlessFixture *fixture,
                       gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "::",
                                                               ROOTLESS_SERVER_PORT);
  G_GNUC_UNUSED g_autoptr (FairleadContainer) both =
    rootless_setup (fixture, "c1", "ip=10.0.2.7:ip6=fd00::7:gateway=10.0.2.9:dns-forward=10.0.2.53", NULL);
  g_autoptr (FairleadContainer) one = rootless_setup (fixture, "c2", "family=ipv6:cidr6=fd00:1::/64", NULL);
  int inside = rootless_open_inside (one);

  g_test_summary ("Addresses of the container, the gateway and the DNS server can be chosen, and one family alone");

  check_setting (fixture, "c1", "IPAddress", "10.0.2.7");
  check_setting (fixture, "c1", "GlobalIPv6Address", "fd00::7");
  check_setting (fixture, "c1", "Gateway", "10.0.2.9");
  check_setting (fixture, "c2", "IPAddress", "");
  check_setting (fixture, "c2", "GlobalIPv6Address", "fd00:1::64");
  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP6, ROOTLESS_SERVER_PORT);

  close (inside);
  rootless_teardown (fixture, "c1");
  rootless_teardown (fixture, "c2");
}

static void
test_bad_options (RootlessFixture *fixture,
                  gconstpointer    data)
{
  static const struct { const char *options, *part; } cases[] = {
    { "mtu=67", "67 is not in 68–65520" },
    { "mtu=1279", "family=ipv4" },
    { "family=both", "both" },
    { "addresses=mine", "mine" },
    { "cidr=10.0.2.1/24", "10.0.2.1/24" },
    { "cidr=10.0.2.0/26", "1 to 25" },
    { "cidr=fd00::/64", "IPv4" },
    { "cidr6=fd00::/48", "64" },
    { "gateway=fd00::1", "gateway: fd00::1" },
    { "gateway6=10.0.2.2", "gateway6: 10.0.2.2" },
    { "dns-forward=127.0.0.1", "dns-forward: 127.0.0.1" },
    { "map-host-loopback=0.0.0.0", "map-host-loopback: 0.0.0.0" },
    { "ip=10.0.3.7", "cidr" },
    { "gateway=10.9.9.9", "gateway: 10.9.9.9 is not an address of a host in cidr" },
    { "gateway=10.0.2.255", "gateway: 10.0.2.255" },
    { "gateway6=fd00:9::2", "gateway6: fd00:9::2" },
    { "ip=10.0.2.0", "10.0.2.0" },
    { "ip=10.0.2.255", "10.0.2.255" },
    { "ip=10.0.2.2", "gateway" },
    { "ip=10.0.2.3", "DNS" },
    { "family=ipv4:ip6=fd00::7", "fd00::7" },
    { "tcp-ports=80 --config-net", "80 --config-net" },
    { "color=blue", "no such key" },
  };

  g_test_summary ("A bad option is an error that names it, before anything starts");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      rootless_setup_fails (fixture, cases[i].options, NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, cases[i].part);
      g_assert_cmpuint (rootless_count_files (fixture, "attachments"), ==, 0);
    }
  rootless_setup_fails (fixture, "addresses=host:ip=10.0.2.7", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "address");
  rootless_setup_fails (fixture, "default-route=no", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "default-route");
  rootless_setup_fails (fixture, "tcp-ports=2-1", NULL, FAIRLEAD_ERROR_HELPER_FAILED, "2-1");
}

static void
test_auto (RootlessFixture *fixture,
           gconstpointer    data)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("auto takes the first network that works, and says of each why if none does; a named one is taken itself");

  rootless_configure (fixture, "core", rootless_is_user ? "default-network-rootless" : "default-network", "auto");
  rootless_configure (fixture, "core", "auto-networks", "nowhere;pasta");
  container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_cmpstr (fairlead_attachment_get_network_name (attachment), ==, "pasta");
  rootless_teardown (fixture, "c1");
  g_assert_finalize_object (g_steal_pointer (&attachment));
  g_assert_finalize_object (g_steal_pointer (&container));
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));

  rootless_use_fake (fixture, "old");
  g_assert_null (fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "nowhere: "));
  g_assert_nonnull (strstr (error->message, "--no-map-gw"));
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "--no-map-gw");
}

static const RootlessBackend pasta = {
  .name = "pasta",
  .directory = TEST_BACKENDS_DIR "/pasta",
  .ipv4 = "family=ipv4",
  .ipv6 = "family=auto",
  .ipv6_address = "fd00::64",
  .open_loopback = "map-host-loopback=" ROOTLESS_GATEWAY_IP,
  .loopback_udp = "127.0.0.1:9000:9000/udp",
  .loopback_udp_port = 9000,
  .lacking = "--no-map-gw",
};

int
main (int    argc,
      char **argv)
{
  const int skipped = rootless_init (&argc, &argv, &pasta);

  if (skipped > 0)
    return skipped - 1;
  rootless_add_traffic ();
  rootless_add_program ();
  rootless_add_forward ();
  rootless_add ("ports/ipv6", test_published_ipv6);
  rootless_add ("ports/specs", test_port_specs);
  rootless_add ("ports/refused", test_refused_ports);
  rootless_add ("ports/live", test_no_live_ports);
  rootless_add ("ports/not-published", test_not_published);
  rootless_add ("ports/nothing-open", test_nothing_open);
  rootless_add ("options/host-addresses", test_host_addresses);
  rootless_add ("options/chosen-addresses", test_chosen_addresses);
  rootless_add ("options/bad", test_bad_options);
  rootless_add ("auto", test_auto);
  return g_test_run ();
}
