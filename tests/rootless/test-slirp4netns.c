/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rootless-testlib.h"

/* The backend with the real slirp4netns. */

static void
test_live_ports (RootlessFixture *fixture,
                 gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, "9000:80");
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9100-9101:90-91", NULL);
  g_autoptr (GError) error = NULL;
  int inside = rootless_open_inside (container);

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
  rootless_check (fixture, "c1");

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_withdrawn_late (RootlessFixture *fixture,
                     gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, "9000:80");
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9000:80", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A port whose slirp4netns was killed can be withdrawn");

  rootless_kill_helper (container);
  fairlead_manager_unpublish (fixture->manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
  rootless_teardown (fixture, "c1");
}

/* As if the program that called had died right after the start. */
static void
forget_helper (RootlessFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->base.directory, "state/containers/c1.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GString) edited = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  edited = g_string_new (text);
  g_assert_cmpuint (g_string_replace (edited, "'pid'", "'was'", 0), ==, 1);
  g_file_set_contents (path, edited->str, edited->len, &error);
  g_assert_no_error (error);
}

static void
test_unrecorded (RootlessFixture *fixture,
                 gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", NULL, "9000:80");

  g_test_summary ("A slirp4netns whose number was never written down is found, and ended");

  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 1);
  forget_helper (fixture);
  rootless_teardown (fixture, "c1");
  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 0);
}

static void
test_refused_ports (RootlessFixture *fixture,
                    gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) other = fairlead_test_echo_start (-1, SOCK_STREAM, "0.0.0.0", 9005);

  g_test_summary ("Ports that slirp4netns cannot publish are refused with the reason, and nothing is left");

  rootless_setup_fails (fixture, NULL, "[::1]:9000:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "IPv6");
  rootless_setup_fails (fixture, NULL, "9000:80/sctp", FAIRLEAD_ERROR_NOT_SUPPORTED, "sctp");
  rootless_setup_fails (fixture, NULL, "127.0.0.1:9000:80/udp", FAIRLEAD_ERROR_NOT_SUPPORTED, "allow-host-loopback");
  rootless_setup_fails (fixture, NULL, "9000-9009:80-89", FAIRLEAD_ERROR_BUSY, "9005");
  rootless_setup_fails (fixture, NULL, "198.51.100.1:9000:80", FAIRLEAD_ERROR_FAILED, "198.51.100.1");
  if (rootless_is_user)
    rootless_setup_fails (fixture, NULL, "52:80", FAIRLEAD_ERROR_PERMISSION_DENIED, "ip_unprivileged_port_start");
}

static void
test_bad_options (RootlessFixture *fixture,
                  gconstpointer    data)
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
      rootless_setup_fails (fixture, cases[i].options, NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, cases[i].part);
      g_assert_cmpuint (rootless_count_files (fixture, "attachments"), ==, 0);
    }
  rootless_setup_fails (fixture, "ip=10.0.2.7", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "address");
  rootless_setup_fails (fixture, "default-route=no", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "default-route");
}

static void
test_outbound (RootlessFixture *fixture,
               gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) tcp = fairlead_test_echo_start (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, "0.0.0.0",
                                                               ROOTLESS_SERVER_PORT);
  g_autoptr (FairleadContainer) container = rootless_setup (fixture, "c1", "outbound-addr=uplink", NULL);
  int inside = rootless_open_inside (container);

  g_test_summary ("Connections are made from the address of the interface that was chosen");

  rootless_exchange (inside, SOCK_STREAM, FAIRLEAD_TEST_OUTSIDE_IP, ROOTLESS_SERVER_PORT);

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_unsafe (RootlessFixture *fixture,
             gconstpointer    data)
{
  g_test_summary ("A version that knows no sandbox can be allowed, and the next lack is told");

  rootless_use_fake (fixture, "old");
  rootless_configure_backend (fixture, "sandbox", "no");
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "--enable-seccomp");
}

static void
test_auto (RootlessFixture *fixture,
           gconstpointer    data)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("auto takes slirp4netns, unless the keyfile says otherwise");

  /* It is an ordinary user's default. */
  if (!rootless_is_user)
    rootless_configure (fixture, "core", "default-network", "auto");
  container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_cmpstr (fairlead_attachment_get_network_name (attachment), ==, "slirp4netns");
  rootless_teardown (fixture, "c1");
}

static const RootlessBackend slirp4netns = {
  .name = "slirp4netns",
  .directory = TEST_BACKENDS_DIR "/slirp4netns",
  .ipv4 = "enable-ipv6=no",
  .ipv6 = "enable-ipv6=yes",
  .ipv6_address = "fd00::",
  .ipv6_dns = "fd00::3",
  .open_loopback = "allow-host-loopback=yes",
  .loopback_udp = "127.0.0.1:9000:80/udp",
  .loopback_udp_port = 80,
  .lacking = "--enable-sandbox",
};

int
main (int    argc,
      char **argv)
{
  const int skipped = rootless_init (&argc, &argv, &slirp4netns);

  if (skipped > 0)
    return skipped - 1;
  rootless_add_traffic ();
  rootless_add_program ();
  rootless_add_forward ();
  rootless_add ("ports/live", test_live_ports);
  rootless_add ("ports/withdrawn-late", test_withdrawn_late);
  rootless_add ("ports/refused", test_refused_ports);
  rootless_add ("end/unrecorded", test_unrecorded);
  rootless_add ("options/outbound", test_outbound);
  rootless_add ("options/bad", test_bad_options);
  rootless_add ("program/unsafe", test_unsafe);
  rootless_add ("auto", test_auto);
  return g_test_run ();
}
