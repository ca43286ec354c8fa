/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge-testlib.h"

/* What goes through, and what does not: containers, the host, and a machine outside. */

#define OUTSIDE4 "192.0.2.2"
#define OUTSIDE6 "2001:db8::2"
#define HOST4    "192.0.2.1"
#define HOST6    "2001:db8::1"

static void
test_neighbours (BridgeFixture *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "");
  g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c2", "bridge", "");
  const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  int first_fd = bridge_open_netns (first);
  int second_fd = bridge_open_netns (second);

  g_test_summary ("Containers on a bridge reach one another, the host, and what is outside, by IPv4 and IPv6");

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autofree char *mine = bridge_dup_address (first, 0, families[i]);
      g_autofree char *other = bridge_dup_address (second, 0, families[i]);
      gboolean is_ipv4 = families[i] == G_SOCKET_FAMILY_IPV4;

      bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, other, 80, mine);
      bridge_assert_reaches (second_fd, 53, first_fd, SOCK_DGRAM, other, 53, mine);
      bridge_assert_reaches (fixture->host_fd, 80, first_fd, SOCK_STREAM, is_ipv4 ? HOST4 : HOST6, 80, mine);
      /* What is outside sees the host. */
      bridge_assert_reaches (fixture->outside_fd, 80, first_fd, SOCK_STREAM, is_ipv4 ? OUTSIDE4 : OUTSIDE6, 80,
                             is_ipv4 ? HOST4 : HOST6);
      bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, mine, 80, NULL);
    }
  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_published (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "8080:80 5300:53/udp");
  g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c2", "bridge", "8081:80");
  g_autofree char *address = bridge_dup_address (first, 0, G_SOCKET_FAMILY_IPV4);
  g_autofree char *address6 = bridge_dup_address (first, 0, G_SOCKET_FAMILY_IPV6);
  int first_fd = bridge_open_netns (first);
  int second_fd = bridge_open_netns (second);

  g_test_summary ("Published ports answer from outside, from the host by any of its addresses, and from containers");

  bridge_assert_reaches (first_fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8080, OUTSIDE4);
  bridge_assert_reaches (first_fd, 80, fixture->outside_fd, SOCK_STREAM, HOST6, 8080, OUTSIDE6);
  bridge_assert_reaches (first_fd, 53, fixture->outside_fd, SOCK_DGRAM, HOST4, 5300, OUTSIDE4);
  bridge_assert_reaches (first_fd, 53, fixture->outside_fd, SOCK_DGRAM, HOST6, 5300, OUTSIDE6);

  bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, HOST4, 8080, NULL);
  bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, HOST6, 8080, NULL);
  bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, "127.0.0.1", 8080, NULL);

  /* Its own published port, and a neighbour's. */
  bridge_assert_reaches (first_fd, 80, first_fd, SOCK_STREAM, HOST4, 8080, NULL);
  bridge_assert_reaches (first_fd, 80, first_fd, SOCK_STREAM, HOST6, 8080, NULL);
  bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, HOST4, 8081, NULL);

  /* What is not published, and the host's own loopback addresses. */
  g_free (bridge_run ("nsenter --net=%s ip route add %s via " HOST4, fixture->outside_path, address));
  g_free (bridge_run ("nsenter --net=%s ip route add %s via " HOST6, fixture->outside_path, address6));
  bridge_assert_blocked (first_fd, 81, fixture->outside_fd, address, 81);
  bridge_assert_blocked (first_fd, 81, fixture->outside_fd, address6, 81);
  bridge_assert_blocked (first_fd, 81, fixture->outside_fd, HOST4, 81);
  close (first_fd);
  close (second_fd);

  /* The port is refused, the neighbour's still works. */
  bridge_teardown (fixture, "c1");
  second_fd = bridge_open_netns (second);
  bridge_assert_blocked (second_fd, 81, fixture->outside_fd, HOST4, 8080);
  bridge_assert_reaches (second_fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8081, OUTSIDE4);
  close (second_fd);
  bridge_teardown (fixture, "c2");
}

static void
test_host_addresses (BridgeFixture *fixture,
                     gconstpointer  data)
{
  g_autoptr (FairleadContainer) container =
    bridge_setup (fixture, "c1", "bridge", "192.0.2.1:8080:80 127.0.0.1:8081:80 [2001:db8::1]:8082:80");
  int fd = bridge_open_netns (container);

  g_test_summary ("A port of one host address answers there and nowhere else");

  bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8080, OUTSIDE4);
  bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, HOST6, 8082, OUTSIDE6);
  bridge_assert_reaches (fd, 80, fixture->host_fd, SOCK_STREAM, "127.0.0.1", 8081, NULL);
  bridge_assert_blocked (fd, 80, fixture->host_fd, "127.0.0.1", 8080);
  bridge_assert_blocked (fd, 80, fixture->outside_fd, HOST4, 8081);
  bridge_assert_blocked (fd, 80, fixture->outside_fd, HOST4, 8082);
  close (fd);
  bridge_teardown (fixture, "c1");
}

static void
test_ranges (BridgeFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) container =
    bridge_setup (fixture, "c1", "bridge", "9000-9009:9000-9009 9100-9109:7000-7009/udp 192.0.2.1:9200-9201:9200-9201");
  g_autofree char *rules = bridge_dup_rules ();
  int fd = bridge_open_netns (container);

  g_test_summary ("Ranges are intervals where the ports are the same, and each port leads to its own");

  g_assert_nonnull (strstr (rules, "tcp . 9000-9009 :"));
  bridge_assert_reaches (fd, 9000, fixture->outside_fd, SOCK_STREAM, HOST4, 9000, OUTSIDE4);
  bridge_assert_reaches (fd, 9009, fixture->outside_fd, SOCK_STREAM, HOST6, 9009, OUTSIDE6);
  bridge_assert_reaches (fd, 7003, fixture->outside_fd, SOCK_DGRAM, HOST4, 9103, OUTSIDE4);
  bridge_assert_reaches (fd, 9201, fixture->outside_fd, SOCK_STREAM, HOST4, 9201, OUTSIDE4);
  bridge_assert_blocked (fd, 9010, fixture->outside_fd, HOST4, 9010);
  bridge_assert_blocked (fd, 9200, fixture->outside_fd, HOST6, 9200);
  bridge_setup_fails (fixture, "c2", "bridge", "9005:80", FAIRLEAD_ERROR_BUSY, "9005/tcp");
  bridge_setup_fails (fixture, "c2", "bridge", "9008-9012:9008-9012", FAIRLEAD_ERROR_BUSY, "published by another");
  bridge_setup_fails (fixture, "c2", "bridge", "9103:80/udp", FAIRLEAD_ERROR_BUSY, "9103/udp");
  bridge_setup_fails (fixture, "c2", "bridge", "9099-9101:9099-9101/udp", FAIRLEAD_ERROR_BUSY, "9100/udp");
  bridge_assert_reaches (fd, 9005, fixture->outside_fd, SOCK_STREAM, HOST4, 9005, OUTSIDE4);
  bridge_assert_reaches (fd, 9008, fixture->outside_fd, SOCK_STREAM, HOST4, 9008, OUTSIDE4);
  bridge_assert_reaches (fd, 7003, fixture->outside_fd, SOCK_DGRAM, HOST4, 9103, OUTSIDE4);
  close (fd);
  bridge_teardown (fixture, "c1");
}

static void
test_isolation (BridgeFixture *fixture,
                gconstpointer  data)
{
  static const struct { const char *name; const char *other; gboolean reached; } cases[] = {
    { "yes", "yes2", FALSE }, { "yes", "no", TRUE }, { "no", "no2", TRUE },
    { "strict", "no", FALSE }, { "no", "strict", FALSE }, { "strict", "yes", FALSE },
  };

  g_test_summary ("Networks are kept apart as isolate says, except for published ports");

  bridge_write_network (fixture, "yes", "subnets=10.1.1.0/24;fd01:1::/64");
  bridge_write_network (fixture, "yes2", "subnets=10.1.2.0/24;fd01:2::/64");
  bridge_write_network (fixture, "no", "subnets=10.1.3.0/24;fd01:3::/64\nisolate=no");
  bridge_write_network (fixture, "no2", "subnets=10.1.4.0/24;fd01:4::/64\nisolate=no");
  bridge_write_network (fixture, "strict", "subnets=10.1.5.0/24;fd01:5::/64\nisolate=strict");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", cases[i].name, "");
      g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c2", cases[i].other, "8080:80");
      const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
      int first_fd = bridge_open_netns (first);
      int second_fd = bridge_open_netns (second);

      for (guint j = 0; j < G_N_ELEMENTS (families); j++)
        {
          g_autofree char *mine = bridge_dup_address (first, 0, families[j]);
          g_autofree char *address = bridge_dup_address (second, 0, families[j]);

          if (cases[i].reached)
            bridge_assert_reaches (second_fd, 81, first_fd, SOCK_STREAM, address, 81, mine);
          else
            bridge_assert_blocked (second_fd, 81, first_fd, address, 81);
        }
      bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, HOST4, 8080, NULL);
      close (first_fd);
      close (second_fd);
      bridge_teardown (fixture, "c1");
      bridge_teardown (fixture, "c2");
    }
}

static void
test_internal (BridgeFixture *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autoptr (FairleadContainer) other = NULL;
  g_autofree char *address = NULL;
  g_autofree char *other_address = NULL;
  int first_fd, second_fd, other_fd;

  g_test_summary ("From an internal network leads no way out, and none into it; its containers reach one another");

  bridge_write_network (fixture, "in", "subnets=10.2.0.0/24\ninternal=yes\nisolate=no");
  bridge_write_network (fixture, "out", "subnets=10.3.0.0/24\nisolate=no");
  bridge_setup_fails (fixture, "c1", "in", "8080:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "cannot be published");
  first = bridge_setup (fixture, "c1", "in", "");
  second = bridge_setup (fixture, "c2", "in", "");
  other = bridge_setup (fixture, "c3", "out", "");
  first_fd = bridge_open_netns (first);
  second_fd = bridge_open_netns (second);
  other_fd = bridge_open_netns (other);
  address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);
  other_address = bridge_dup_address (other, 0, G_SOCKET_FAMILY_IPV4);
  bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, address, 80, NULL);
  bridge_assert_blocked (fixture->outside_fd, 80, first_fd, OUTSIDE4, 80);
  bridge_assert_blocked (second_fd, 80, other_fd, address, 80);
  /* Not even with a route of the container's own making. */
  g_free (bridge_run ("nsenter --net=%s ip route add default via 10.2.0.1", fairlead_container_get_netns_path (first)));
  bridge_assert_blocked (fixture->outside_fd, 80, first_fd, OUTSIDE4, 80);
  bridge_assert_blocked (other_fd, 80, first_fd, other_address, 80);
  close (first_fd);
  close (second_fd);
  close (other_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
  bridge_teardown (fixture, "c3");
}

static void
test_loopback_is_closed (BridgeFixture *fixture,
                         gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  const char *path = fairlead_container_get_netns_path (container);
  int fd = bridge_open_netns (container);

  g_test_summary ("A container does not reach what listens on the host's 127.0.0.1, although ports are published there");

  g_free (bridge_run ("nsenter --net=%s ip addr del 127.0.0.1/8 dev lo", path));
  g_free (bridge_run ("nsenter --net=%s ip route add 127.0.0.0/8 via 10.90.0.1", path));
  g_free (bridge_run ("nsenter --net=%s sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet'", path));
  bridge_assert_blocked (fixture->host_fd, 81, fd, "127.0.0.1", 81);
  close (fd);
  bridge_teardown (fixture, "c1");
}

static void
test_loopback6 (BridgeFixture *fixture,
                gconstpointer  data)
{
  const gboolean has_netfilter = bridge_set_netfilter (TRUE);
  g_autoptr (FairleadPortMapping) more = fairlead_port_mapping_new_from_string ("[::1]:8081:80", NULL);
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autoptr (GError) error = NULL;
  int first_fd, second_fd;

  g_test_summary ("The host's ::1 leads to published ports, or says at once that it does not");

  if (has_netfilter)
    bridge_setup_fails (fixture, "c1", "bridge", "[::1]:8081:80", FAIRLEAD_ERROR_NOT_SUPPORTED,
                        "bridge-nf-call-ip6tables");
  first = bridge_setup (fixture, "c1", "bridge", "8080:80 9000-9009:9000-9009");
  first_fd = bridge_open_netns (first);
  if (has_netfilter)
    {
      bridge_assert_refused (fixture->host_fd, "::1", 8080);
      g_assert_false (fairlead_manager_publish (fixture->manager, "c1", more, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED);
      g_clear_error (&error);
      bridge_set_netfilter (FALSE);
      bridge_reload (fixture, "c1");
    }
  bridge_write_network (fixture, "other", "subnets=10.9.0.0/24;fd09::/64");
  second = bridge_setup (fixture, "c2", "other", "8082:80");
  second_fd = bridge_open_netns (second);
  g_assert_true (fairlead_manager_publish (fixture->manager, "c1", more, NULL, &error));
  bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, "::1", 8080, NULL);
  bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, "::1", 8081, NULL);
  bridge_assert_reaches (first_fd, 9003, fixture->host_fd, SOCK_STREAM, "::1", 9003, NULL);
  bridge_assert_reaches (second_fd, 80, fixture->host_fd, SOCK_STREAM, "::1", 8082, NULL);
  bridge_assert_refused (fixture->host_fd, "127.0.0.1", 8081);

  /* The host's own services stay where they are, and closed to containers. */
  bridge_assert_reaches (fixture->host_fd, 7000, fixture->host_fd, SOCK_STREAM, "::1", 7000, "::1");
  g_free (bridge_run ("nsenter --net=%s sh -c 'ip addr del ::1/128 dev lo; ip -6 route add ::1 dev eth0'",
                      fairlead_container_get_netns_path (first)));
  bridge_assert_blocked (fixture->host_fd, 7000, first_fd, "::1", 7000);

  g_free (bridge_run ("ip -6 route del local ::1 dev fairlead0 table local"));
  bridge_check_says (fixture, "c1", "::1");
  bridge_reload (fixture, "c1");
  bridge_assert_reaches (first_fd, 80, fixture->host_fd, SOCK_STREAM, "::1", 8080, NULL);
  if (bridge_set_netfilter (TRUE))
    bridge_check_says (fixture, "c2", "br_netfilter");
  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_outbound (BridgeFixture *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autofree char *address = NULL;
  int first_fd, second_fd;

  g_test_summary ("Containers go out with a chosen address of the host, or with their own where those are known outside");

  g_free (bridge_run ("ip addr add 192.0.2.7/24 dev uplink"));
  bridge_write_network (fixture, "snat", "subnets=10.4.0.0/24\noutbound-address=192.0.2.7");
  bridge_write_network (fixture, "routed", "subnets=10.5.0.0/24\nmasquerade=no");
  g_free (bridge_run ("nsenter --net=%s ip route add 10.5.0.0/24 via " HOST4, fixture->outside_path));
  first = bridge_setup (fixture, "c1", "snat", "");
  second = bridge_setup (fixture, "c2", "routed", "8080:80");
  first_fd = bridge_open_netns (first);
  second_fd = bridge_open_netns (second);
  address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);
  bridge_assert_reaches (fixture->outside_fd, 80, first_fd, SOCK_STREAM, OUTSIDE4, 80, "192.0.2.7");
  bridge_assert_reaches (fixture->outside_fd, 80, second_fd, SOCK_STREAM, OUTSIDE4, 80, address);
  bridge_assert_reaches (second_fd, 81, fixture->outside_fd, SOCK_STREAM, address, 81, OUTSIDE4);
  bridge_assert_reaches (second_fd, 80, second_fd, SOCK_STREAM, HOST4, 8080, NULL);
  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
  g_free (bridge_run ("ip addr del 192.0.2.7/24 dev uplink"));
}

/* What is read of the state, so that it is what a later command sees. */
static void
assert_inspect_says (BridgeFixture *fixture,
                     const char    *id,
                     const char    *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) document = fairlead_manager_inspect (fixture->manager, id, NULL, &error);
  g_autofree char *json = document != NULL ? fairlead_json_print (document, FALSE) : NULL;

  g_assert_no_error (error);
  if (strstr (json, text) == NULL)
    g_error ("%s is not in %s", text, json);
}

static void
test_two_networks (BridgeFixture *fixture,
                   gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadContainer) neighbour = NULL;
  g_autofree char *address = NULL;
  g_autofree char *routes = NULL;
  int fd, neighbour_fd;

  g_test_summary ("A container on two networks reaches both, goes out by the first, and is known by both");

  bridge_write_network (fixture, "a", "subnets=10.6.0.0/24\nroutes=10.66.0.0/16 via 10.6.0.1 metric 7;blackhole 10.67.0.0/16");
  bridge_write_network (fixture, "b", "subnets=10.7.0.0/24");
  container = bridge_setup (fixture, "c1", "a b:interface=net1", "8080:80");
  neighbour = bridge_setup (fixture, "c2", "b", "");
  fd = bridge_open_netns (container);
  neighbour_fd = bridge_open_netns (neighbour);
  address = bridge_dup_address (container, 1, G_SOCKET_FAMILY_IPV4);
  bridge_assert_reaches (fd, 80, neighbour_fd, SOCK_STREAM, address, 80, NULL);
  bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8080, OUTSIDE4);
  bridge_assert_reaches (fixture->outside_fd, 80, fd, SOCK_STREAM, OUTSIDE4, 80, HOST4);
  routes = bridge_run ("nsenter --net=%s ip route", fairlead_container_get_netns_path (container));
  g_assert_nonnull (strstr (routes, "default via 10.6.0.1 dev eth0"));
  g_assert_nonnull (strstr (routes, "10.66.0.0/16 via 10.6.0.1 dev eth0"));
  g_assert_nonnull (strstr (routes, "blackhole 10.67.0.0/16"));
  g_assert_null (strstr (routes, "default via 10.7.0.1"));
  assert_inspect_says (fixture, "c1", "{\"Type\":\"unicast\",\"Destination\":\"10.66.0.0/16\",\"Gateway\":\"10.6.0.1\",\"Metric\":7}");
  assert_inspect_says (fixture, "c1", "{\"Type\":\"blackhole\",\"Destination\":\"10.67.0.0/16\",\"Gateway\":\"\",\"Metric\":0}");
  close (fd);
  close (neighbour_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_live_ports (BridgeFixture *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "8080:80");
  g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c2", "bridge", "8081:80");
  g_autoptr (FairleadPortMapping) more = fairlead_port_mapping_new_from_string ("8090:80", NULL);
  g_autoptr (FairleadPortMapping) taken = fairlead_port_mapping_new_from_string ("8081:80", NULL);
  g_autoptr (GError) error = NULL;
  int first_fd = bridge_open_netns (first);
  int second_fd = bridge_open_netns (second);

  g_test_summary ("Ports of a living container come and go; one that is taken stays the other's");

  g_assert_true (fairlead_manager_publish (fixture->manager, "c1", more, NULL, &error));
  bridge_assert_reaches (first_fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8090, OUTSIDE4);
  g_assert_true (fairlead_manager_check (fixture->manager, "c1", NULL, &error));

  g_assert_false (fairlead_manager_publish (fixture->manager, "c1", taken, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  g_clear_error (&error);
  bridge_assert_reaches (second_fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8081, OUTSIDE4);

  g_assert_true (fairlead_manager_unpublish (fixture->manager, "c1", more, NULL, &error));
  bridge_assert_blocked (first_fd, 80, fixture->outside_fd, HOST4, 8090);
  bridge_assert_reaches (first_fd, 80, fixture->outside_fd, SOCK_STREAM, HOST4, 8080, OUTSIDE4);
  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
publish (BridgeFixture *fixture,
         const char    *text)
{
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (text, NULL);
  g_autoptr (GError) error = NULL;

  fairlead_manager_publish (fixture->manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
}

static void
unpublish (BridgeFixture *fixture,
           const char    *text)
{
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (text, NULL);
  g_autoptr (GError) error = NULL;

  fairlead_manager_unpublish (fixture->manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
}

static void
test_live_kinds (BridgeFixture *fixture,
                 gconstpointer  data)
{
  static const char * const kinds[] = {
    "9000-9003:80-83", "9100-9109:9100-9109", "[2001:db8::1]:8443:81", "127.0.0.1:8444:82", "5300-5309:5300-5309/udp",
    "7000:80/sctp",
  };
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "");
  g_autofree char *before = bridge_dup_rules ();
  g_autofree char *after = NULL;
  int fd = bridge_open_netns (container);

  g_test_summary ("Ports of a living container are of all kinds, come back after a flush, and go without a trace");

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    publish (fixture, kinds[i]);
  g_free (bridge_run ("nft flush ruleset"));
  bridge_check_says (fixture, "c1", "fairlead reload");
  bridge_reload (fixture, "c1");
  bridge_assert_reaches (fd, 82, fixture->outside_fd, SOCK_STREAM, HOST4, 9002, OUTSIDE4);
  bridge_assert_reaches (fd, 83, fixture->outside_fd, SOCK_STREAM, HOST6, 9003, OUTSIDE6);
  bridge_assert_reaches (fd, 9105, fixture->outside_fd, SOCK_STREAM, HOST6, 9105, OUTSIDE6);
  bridge_assert_reaches (fd, 81, fixture->outside_fd, SOCK_STREAM, HOST6, 8443, OUTSIDE6);
  bridge_assert_reaches (fd, 82, fixture->host_fd, SOCK_STREAM, "127.0.0.1", 8444, NULL);
  bridge_assert_reaches (fd, 5305, fixture->outside_fd, SOCK_DGRAM, HOST4, 5305, OUTSIDE4);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    unpublish (fixture, kinds[i]);
  bridge_assert_blocked (fd, 82, fixture->outside_fd, HOST4, 9002);
  after = bridge_dup_rules ();
  g_assert_cmpuint (strlen (after), ==, strlen (before));
  close (fd);
  bridge_teardown (fixture, "c1");
}

/* SCTP's checksum, bit by bit (RFC 9260, appendix A). */
static guint32
crc32c (const guint8 *bytes,
        gsize         length)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < length * 8; i++)
    {
      guint32 bit = bytes[i / 8] >> (i % 8) & 1;

      crc = crc >> 1 ^ ((crc & 1) != bit ? 0x82f63b78 : 0);
    }
  return ~crc;
}

static int
open_sctp (int netns_fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_fd (netns_fd, &error);
  int fd = fairlead_netns_open_socket (netns, AF_INET, SOCK_RAW, IPPROTO_SCTP, &error);

  g_assert_no_error (error);
  return fd;
}

/* The kernel here may have no SCTP of its own; for the way of a packet none is needed. */
static void
test_sctp (BridgeFixture *fixture,
           gconstpointer  data)
{
  /* From port 4444 to port 5000, a chunk INIT. */
  guint8 packet[] = {
    4444 >> 8, 4444 & 0xff, 5000 >> 8, 5000 & 0xff, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 0, 0, 20, 0, 0, 18, 52, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1,
  };
  const guint32 checksum = GUINT32_TO_LE (crc32c (packet, sizeof packet));
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "5000:6000/sctp");
  struct sockaddr_in host = { .sin_family = AF_INET };
  struct pollfd poll_fd = { .events = POLLIN };
  guint8 answer[256];
  int fd = bridge_open_netns (container);
  int outside = open_sctp (fixture->outside_fd);

  g_test_summary ("What comes to a published SCTP port gets to the container's");

  memcpy (packet + 8, &checksum, sizeof checksum);
  g_assert_cmpint (inet_pton (AF_INET, HOST4, &host.sin_addr), ==, 1);
  poll_fd.fd = open_sctp (fd);
  g_assert_cmpint (sendto (outside, packet, sizeof packet, 0, (struct sockaddr *) &host, sizeof host), ==,
                   sizeof packet);
  g_assert_cmpint (poll (&poll_fd, 1, 4000), ==, 1);
  g_assert_cmpint (recv (poll_fd.fd, answer, sizeof answer, 0), ==, 20 + (gssize) sizeof packet);
  g_assert_cmpint (answer[22] << 8 | answer[23], ==, 6000);
  close (poll_fd.fd);
  close (outside);
  close (fd);
  bridge_setup_fails (fixture, "c2", "bridge", "5000:80/sctp", FAIRLEAD_ERROR_BUSY, "5000/sctp");
  bridge_teardown (fixture, "c1");
}

static void
test_udp_flows (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "5300:53/udp");
  g_autoptr (FairleadContainer) second = NULL;
  int first_fd = bridge_open_netns (first);
  int second_fd;

  g_test_summary ("A UDP flow that led to a container that is gone leads to the next one at once");

  bridge_assert_reaches (first_fd, 53, fixture->outside_fd, SOCK_DGRAM, HOST4, 5300, OUTSIDE4);
  close (first_fd);
  bridge_teardown (fixture, "c1");
  second = bridge_setup (fixture, "c2", "bridge", "5300:53/udp");
  second_fd = bridge_open_netns (second);
  bridge_assert_reaches (second_fd, 53, fixture->outside_fd, SOCK_DGRAM, HOST4, 5300, OUTSIDE4);
  close (second_fd);
  bridge_teardown (fixture, "c2");
}

/* Of the links that are there without us, and of all. */
static char *
dup_settings (void)
{
  return bridge_run ("sh -c 'grep -r . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf "
                     "2>/dev/null | grep -v /fl'");
}

/* Whether an answer comes. */
static gboolean
ask (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  char byte = 'x';

  /* That nobody answered before is told now. */
  if (send (fd, &byte, 1, 0) < 0)
    g_assert_cmpint (send (fd, &byte, 1, 0), ==, 1);
  return poll (&poll_fd, 1, 1000) == 1 && recv (fd, &byte, 1, 0) == 1;
}

static void
test_udp_reload (BridgeFixture *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "5300:53/udp");
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) echo = NULL;
  g_autoptr (GSocketAddress) server = g_inet_socket_address_new_from_string (HOST4, 5300);
  g_autoptr (GError) error = NULL;
  int netns_fd = bridge_open_netns (container);
  int fd = fairlead_netns_open_socket (fixture->outside, AF_INET, SOCK_DGRAM, 0, &error);
  char native[128];

  g_test_summary ("A UDP flow that began while the rules were gone leads to the container by reload");

  g_assert_no_error (error);
  g_assert_true (g_socket_address_to_native (server, native, sizeof native, NULL));
  g_assert_cmpint (connect (fd, (struct sockaddr *) native, g_socket_address_get_native_size (server)), ==, 0);
  echo = fairlead_test_echo_start (netns_fd, SOCK_DGRAM, "0.0.0.0", 53);
  /* Somebody else's rules have the kernel go on to know of connections. */
  g_free (bridge_run ("nft add table ip other"));
  g_free (bridge_run ("nft add chain ip other in { type filter hook input priority 0 ; }"));
  g_free (bridge_run ("nft add rule ip other in ct state established accept"));
  g_free (bridge_run ("nft delete table inet fairlead"));
  g_assert_false (ask (fd));
  bridge_reload (fixture, "c1");
  g_assert_true (ask (fd));
  g_free (bridge_run ("nft delete table ip other"));
  close (fd);
  close (netns_fd);
  bridge_teardown (fixture, "c1");
}

static void
test_unmanaged (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autofree char *address = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *rules = NULL;
  g_autofree char *settings = NULL;
  g_autofree char *settings_after = NULL;
  int first_fd, second_fd;

  g_test_summary ("On somebody else's bridge containers get addresses, and nothing of it or of the host is touched");

  g_free (bridge_run ("ip link add br0 type bridge"));
  g_free (bridge_run ("ip link set br0 addrgenmode none"));
  g_free (bridge_run ("ip link set br0 up"));
  before = bridge_run ("ip -o addr show dev br0");
  settings = dup_settings ();
  bridge_write_network (fixture, "lan", "interface=br0\nmode=unmanaged\nsubnets=10.8.0.0/24");
  bridge_write_network (fixture, "nowhere", "interface=br9\nmode=unmanaged\nsubnets=10.8.0.0/24");
  bridge_write_network (fixture, "cable", "interface=uplink\nmode=unmanaged\nsubnets=10.8.0.0/24");
  bridge_setup_fails (fixture, "c1", "lan", "8080:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "cannot be published");
  bridge_setup_fails (fixture, "c1", "nowhere", "", FAIRLEAD_ERROR_NOT_FOUND, "br9 does not exist");
  bridge_setup_fails (fixture, "c1", "cable", "", FAIRLEAD_ERROR_NOT_FOUND, "uplink is not a bridge");
  first = bridge_setup (fixture, "c1", "lan", "");
  second = bridge_setup (fixture, "c2", "lan", "");
  first_fd = bridge_open_netns (first);
  second_fd = bridge_open_netns (second);
  address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);
  bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, address, 80, NULL);
  rules = bridge_dup_rules ();
  g_assert_cmpstr (rules, ==, "");
  bridge_reload (fixture, "c1");
  settings_after = dup_settings ();
  g_assert_cmpstr (settings_after, ==, settings);
  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
  bridge_wait_for_links ("fl");
  after = bridge_run ("ip -o addr show dev br0");
  g_assert_cmpstr (after, ==, before);
  g_free (bridge_run ("ip link delete br0"));
}

static gboolean
has_vlan_filtering (void)
{
  gboolean has = g_spawn_command_line_sync ("ip link add br7 type bridge vlan_filtering 1", NULL, NULL, NULL, NULL);
  g_autofree char *links = bridge_run ("ip -o link show");

  has = has && strstr (links, ": br7:") != NULL;
  if (has)
    g_free (bridge_run ("ip link delete br7"));
  return has;
}

static void
test_vlan (BridgeFixture *fixture,
           gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autofree char *address = NULL;
  g_autofree char *vlans = NULL;
  int first_fd, second_fd;

  g_test_summary ("A network's VLAN is that of its ports");

  bridge_write_network (fixture, "seven", "subnets=10.8.0.0/24\nvlan=7");
  if (!has_vlan_filtering ())
    {
      bridge_setup_fails (fixture, "c1", "seven", "", FAIRLEAD_ERROR_NOT_SUPPORTED, "VLAN");
      g_test_skip ("the kernel's bridges have no VLANs");
      return;
    }
  first = bridge_setup (fixture, "c1", "seven", "");
  second = bridge_setup (fixture, "c2", "seven", "");
  first_fd = bridge_open_netns (first);
  second_fd = bridge_open_netns (second);
  address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);
  bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, address, 80, NULL);
  bridge_assert_reaches (fixture->outside_fd, 80, first_fd, SOCK_STREAM, OUTSIDE4, 80, HOST4);
  vlans = bridge_run ("bridge vlan show");
  g_assert_nonnull (strstr (vlans, "7 PVID Egress Untagged"));
  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");

  /* Instead of the VLAN that somebody else's bridge gives its ports. */
  g_free (bridge_run ("ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 5"));
  bridge_write_network (fixture, "lan", "interface=br0\nmode=unmanaged\nsubnets=10.9.0.0/24\nvlan=7");
  g_clear_object (&first);
  first = bridge_setup (fixture, "c1", "lan:host-interface=tap1", "");
  g_free (vlans);
  vlans = bridge_run ("bridge vlan show dev tap1");
  g_assert_nonnull (strstr (vlans, "7 PVID Egress Untagged"));
  g_assert_null (strstr (vlans, " 5"));
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("ip link delete br0"));
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  bridge_test_add ("/fairlead/bridge/traffic/neighbours", test_neighbours);
  bridge_test_add ("/fairlead/bridge/traffic/published", test_published);
  bridge_test_add ("/fairlead/bridge/traffic/host-addresses", test_host_addresses);
  bridge_test_add ("/fairlead/bridge/traffic/ranges", test_ranges);
  bridge_test_add ("/fairlead/bridge/traffic/isolation", test_isolation);
  bridge_test_add ("/fairlead/bridge/traffic/internal", test_internal);
  bridge_test_add ("/fairlead/bridge/traffic/loopback-is-closed", test_loopback_is_closed);
  bridge_test_add ("/fairlead/bridge/traffic/loopback6", test_loopback6);
  bridge_test_add ("/fairlead/bridge/traffic/outbound", test_outbound);
  bridge_test_add ("/fairlead/bridge/traffic/two-networks", test_two_networks);
  bridge_test_add ("/fairlead/bridge/traffic/live-ports", test_live_ports);
  bridge_test_add ("/fairlead/bridge/traffic/live-kinds", test_live_kinds);
  bridge_test_add ("/fairlead/bridge/traffic/sctp", test_sctp);
  bridge_test_add ("/fairlead/bridge/traffic/udp-flows", test_udp_flows);
  bridge_test_add ("/fairlead/bridge/traffic/udp-reload", test_udp_reload);
  bridge_test_add ("/fairlead/bridge/traffic/unmanaged", test_unmanaged);
  bridge_test_add ("/fairlead/bridge/traffic/vlan", test_vlan);
  return g_test_run ();
}
