/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge-testlib.h"

/* What comes, stays and goes; that nothing is left is checked behind every case. */

static void
test_first_and_last (BridgeFixture *fixture,
                     gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autofree char *links = NULL;
  g_autofree char *rules = NULL;

  g_test_summary ("The bridge comes with the first container and goes with the last, the table with the last network");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24");
  first = bridge_setup (fixture, "c1", "bridge", "");
  second = bridge_setup (fixture, "c2", "lab", "");
  bridge_teardown (fixture, "c1");
  links = bridge_run ("ip -o link show");
  rules = bridge_dup_rules ();
  g_assert_null (strstr (links, "fairlead0"));
  g_assert_nonnull (strstr (links, "fl-lab"));
  g_assert_nonnull (strstr (rules, "10.1.0.0/24"));
  bridge_teardown (fixture, "c2");
}

static void
test_foreign_namespace (BridgeFixture *fixture,
                        gconstpointer  data)
{
  g_autofree char *path = fairlead_test_path (&fixture->base, "foreign/ns");
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, &error);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *links = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_test_summary ("A namespace that is somebody else's is left as it was");

  g_assert_no_error (error);
  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24;fd01::/64\n"
                                        "routes=blackhole 10.66.0.0/16;unreachable fd66::/16;10.67.0.0/16 via 10.1.0.9");
  before = bridge_run ("nsenter --net=%s sh -c 'ip route add prohibit 10.68.0.0/16; ip route; ip -6 route'", path);
  fairlead_request_add_network (request, "lab", NULL);
  fairlead_request_set_netns (request, netns);
  container = fairlead_manager_setup (fixture->manager, request, NULL, &error);
  g_assert_no_error (error);
  bridge_teardown (fixture, "c1");
  links = bridge_run ("nsenter --net=%s ip -o link show", path);
  g_assert_null (strstr (links, "eth0"));
  after = bridge_run ("nsenter --net=%s sh -c 'ip route; ip -6 route'", path);
  g_assert_cmpstr (after, ==, before);

  /* One that was there before stays, also where ours was to be the same. */
  g_free (bridge_run ("nsenter --net=%s ip route add blackhole 10.66.0.0/16 proto static", path));
  g_assert_null (fairlead_manager_setup (fixture->manager, request, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS);
  g_assert_nonnull (strstr (error->message, "route blackhole 10.66.0.0/16, which is there already"));
  g_clear_error (&error);
  g_free (bridge_run ("nsenter --net=%s ip route del blackhole 10.66.0.0/16 proto static", path));
  g_free (after);
  after = bridge_run ("nsenter --net=%s sh -c 'ip route; ip -6 route'", path);
  g_assert_cmpstr (after, ==, before);
  g_clear_object (&netns);
  fairlead_request_set_netns (request, NULL);
  fairlead_netns_unpin (path, &error);
  g_assert_no_error (error);
}

static void
test_no_ipv6_inside (BridgeFixture *fixture,
                     gconstpointer  data)
{
  g_autofree char *path = fairlead_test_path (&fixture->base, "foreign/ns");
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, &error);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;

  g_test_summary ("A namespace without IPv6 is told so, and has IPv4; the kernel's own words reach the error");

  g_assert_no_error (error);
  g_free (bridge_run ("nsenter --net=%s sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'", path));
  fairlead_request_add_network (request, "bridge", NULL);
  fairlead_request_set_netns (request, netns);
  g_assert_null (fairlead_manager_setup (fixture->manager, request, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, "IPv6 is turned off in the network namespace"));
  g_clear_error (&error);
  fairlead_request_set_netns (request, NULL);
  g_clear_object (&request);

  bridge_write_network (fixture, "four", "subnets=10.1.0.0/24");
  request = fairlead_request_new ("c1");
  fairlead_request_add_network (request, "four", NULL);
  fairlead_request_set_netns (request, netns);
  container = fairlead_manager_setup (fixture->manager, request, NULL, &error);
  g_assert_no_error (error);
  bridge_teardown (fixture, "c1");
  fairlead_request_set_netns (request, NULL);
  g_clear_object (&netns);
  fairlead_netns_unpin (path, &error);
  g_assert_no_error (error);

  bridge_write_network (fixture, "far", "routes=10.66.0.0/16 via 10.99.0.1");
  bridge_setup_fails (fixture, "c1", "far", "", FAIRLEAD_ERROR_FAILED,
                      "route 10.66.0.0/16 via 10.99.0.1: cannot add the route (Nexthop has invalid gateway");
}

static int
read_rp_filter (const char *path,
                const char *link)
{
  g_autofree char *value = bridge_run ("nsenter --net=%s cat /proc/sys/net/ipv4/conf/%s/rp_filter", path, link);

  return atoi (value);
}

static void
test_way_back (BridgeFixture *fixture,
               gconstpointer  data)
{
  g_autofree char *host = g_strdup_printf ("/proc/%d/ns/net", getpid ());
  g_autofree char *path = fairlead_test_path (&fixture->base, "foreign/ns");
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, &error);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;

  g_test_summary ("No strict check of the way back drops what comes in by one network and is answered by another");

  g_assert_no_error (error);
  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24");
  g_free (bridge_run ("sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'"));
  container = bridge_setup (fixture, "c1", "bridge lab", "");
  g_assert_cmpint (read_rp_filter (host, "fairlead0"), ==, 2);
  g_assert_cmpint (read_rp_filter (host, "fl-lab"), ==, 2);
  g_assert_cmpint (read_rp_filter (fairlead_container_get_netns_path (container), "all"), ==, 2);
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter'"));

  g_free (bridge_run ("nsenter --net=%s sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'", path));
  fairlead_request_add_network (request, "lab", NULL);
  fairlead_request_set_netns (request, netns);
  g_clear_object (&container);
  container = fairlead_manager_setup (fixture->manager, request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read_rp_filter (path, "eth0"), ==, 2);
  g_assert_cmpint (read_rp_filter (path, "all"), ==, 1);
  bridge_teardown (fixture, "c1");
  fairlead_request_set_netns (request, NULL);
  g_clear_object (&netns);
  fairlead_netns_unpin (path, &error);
  g_assert_no_error (error);
}

static void
test_shared_namespace (BridgeFixture *fixture,
                       gconstpointer  data)
{
  static const struct { const char *network; const char *text; } cases[] = {
    { "lab", "a link eth0 exists" },
    { "lab:interface=eth1", "route 0.0.0.0/0 via 10.1.0.1, which is there already" },
    { "inner:interface=eth1", "route blackhole 10.66.0.0/16, which is there already" },
  };
  g_autoptr (FairleadContainer) container = NULL;

  g_test_summary ("A container that cannot share a namespace takes no route of the other one along");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24\nroutes=blackhole 10.66.0.0/16");
  bridge_write_network (fixture, "inner", "subnets=10.2.0.0/24\nroutes=blackhole 10.65.0.0/16;blackhole 10.66.0.0/16\n"
                                          "internal=yes");
  container = bridge_setup (fixture, "c1", "lab", "");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FairleadRequest) request = fairlead_request_new ("c2");
      g_autofree char *routes = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (fairlead_request_add_network_from_string (request, cases[i].network, &error));
      fairlead_request_set_share_with (request, "c1");
      g_assert_null (fairlead_manager_setup (fixture->manager, request, NULL, &error));
      if (strstr (error->message, cases[i].text) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, cases[i].text);
      g_clear_error (&error);
      fairlead_manager_check (fixture->manager, "c1", NULL, &error);
      g_assert_no_error (error);
      routes = bridge_run ("nsenter --net=%s ip route", fairlead_container_get_netns_path (container));
      g_assert_null (strstr (routes, "10.65"));
    }
  bridge_teardown (fixture, "c1");
}

static void
test_same_routes (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *routes = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Networks of one container that have the same route come after one another");

  bridge_write_network (fixture, "one", "subnets=10.1.0.0/24\nroutes=blackhole 10.66.0.0/16;10.67.0.0/16 via 10.1.0.9");
  bridge_write_network (fixture, "two", "subnets=10.2.0.0/24\nroutes=blackhole 10.66.0.0/16;10.67.0.0/16 via 10.2.0.9");
  container = bridge_setup (fixture, "c1", "one two", "");
  fairlead_manager_check (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  routes = bridge_run ("nsenter --net=%s ip route get 10.67.0.1", fairlead_container_get_netns_path (container));
  g_assert_nonnull (strstr (routes, "via 10.1.0.9"));
  bridge_teardown (fixture, "c1");
}

/* A process that keeps the namespace of a container alive. */
static void
test_survivor (BridgeFixture *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  g_autoptr (FairleadContainer) other = bridge_setup (fixture, "c2", "bridge", "");
  g_autofree char *address = bridge_dup_address (other, 0, G_SOCKET_FAMILY_IPV4);
  int fd = bridge_open_netns (container);
  int other_fd = bridge_open_netns (other);

  g_test_summary ("What goes on in the namespace of a container that was torn down reaches nobody any more, and keeps no "
                  "link whose name was asked for");

  bridge_assert_reaches (other_fd, 80, fd, SOCK_STREAM, address, 80, NULL);
  bridge_teardown (fixture, "c1");
  bridge_assert_blocked (other_fd, 80, fd, address, 80);
  bridge_assert_blocked (fixture->host_fd, 81, fd, "10.90.0.1", 81);
  close (fd);
  close (other_fd);
  bridge_teardown (fixture, "c2");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FairleadContainer) named = bridge_setup (fixture, "c1", "bridge:host-interface=tap1", "");

      fd = bridge_open_netns (named);
      bridge_teardown (fixture, "c1");
      g_clear_object (&named);
      named = bridge_setup (fixture, "c1", "bridge:host-interface=tap1", "");
      close (fd);
      bridge_teardown (fixture, "c1");
    }
}

static void
test_stranger (BridgeFixture *fixture,
               gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge:host-interface=tap1", "");
  g_autofree char *link = NULL;

  g_test_summary ("A link that somebody made under the name of ours, when that was gone, stays where it is");

  g_free (bridge_run ("sh -c 'ip link del tap1; ip link add br9 type bridge; ip link add tap1 type veth peer name tap9; "
                      "ip link set tap1 master br9'"));
  bridge_check_says (fixture, "c1", "eth0 is gone");
  bridge_teardown (fixture, "c1");
  link = bridge_run ("ip -o link show tap1");
  g_assert_nonnull (strstr (link, "master br9"));
  g_free (bridge_run ("sh -c 'ip link del tap1; ip link del br9'"));
}

static void
test_requested (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *links = NULL;
  g_autofree char *address = NULL;
  g_autofree char *address6 = NULL;

  g_test_summary ("Addresses, MAC address and names are those that were asked for, and nobody else's");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24;fd01::/64\nmtu=1400");
  container = bridge_setup (fixture, "c1", "lab:ip=10.1.0.77:ip6=fd01::77:mac=02:00:00:00:00:77:interface=net7:host-interface=tap7",
                            "");
  address = bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV4);
  address6 = bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV6);
  g_assert_cmpstr (address, ==, "10.1.0.77");
  g_assert_cmpstr (address6, ==, "fd01::77");
  links = bridge_run ("nsenter --net=%s ip -o link show net7", fairlead_container_get_netns_path (container));
  g_assert_nonnull (strstr (links, "02:00:00:00:00:77"));
  g_assert_nonnull (strstr (links, "mtu 1400"));
  g_free (bridge_run ("ip link show tap7"));

  bridge_setup_fails (fixture, "c2", "lab:ip=10.1.0.77", "", FAIRLEAD_ERROR_BUSY, "taken by container c1");
  bridge_setup_fails (fixture, "c2", "lab:ip6=fd01::77", "", FAIRLEAD_ERROR_BUSY, "taken by container c1");
  bridge_setup_fails (fixture, "c2", "lab:ip=10.2.0.77", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "none of the network's");
  bridge_setup_fails (fixture, "c2", "lab:ip=10.1.0.1", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "gateway");
  bridge_setup_fails (fixture, "c2", "lab:ip=10.1.0.0", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "gateway");
  bridge_setup_fails (fixture, "c2", "lab:ip=10.1.0.255", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "broadcast");
  bridge_setup_fails (fixture, "c2", "lab:host-interface=tap7", "", FAIRLEAD_ERROR_ALREADY_EXISTS, "tap7");
  bridge_setup_fails (fixture, "c2", "lab:host-interface=uplink", "", FAIRLEAD_ERROR_ALREADY_EXISTS, "uplink");
  bridge_setup_fails (fixture, "c2", "lab:host-interface=a/b", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "a/b");
  g_free (bridge_run ("ip link show tap7"));
  bridge_teardown (fixture, "c1");
  bridge_wait_for_links ("tap7");
}

static void
test_pool (BridgeFixture *fixture,
           gconstpointer  data)
{
  static const char * const wanted[] = { "10.1.0.10", "10.1.0.11", "10.1.0.12" };

  g_test_summary ("Addresses are given in order, one that came back last, and not more than there are");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24\nranges=10.1.0.10-10.1.0.12");
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autofree char *id = g_strdup_printf ("c%u", i);
      g_autoptr (FairleadContainer) container = bridge_setup (fixture, id, "lab", "");
      g_autofree char *address = bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV4);

      g_assert_cmpstr (address, ==, wanted[i]);
    }
  bridge_setup_fails (fixture, "c9", "lab", "", FAIRLEAD_ERROR_EXHAUSTED, "3 of the subnet are taken");
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c0");
  {
    g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c3", "lab", "");
    g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c4", "lab", "");
    g_autofree char *first_address = bridge_dup_address (first, 0, G_SOCKET_FAMILY_IPV4);
    g_autofree char *second_address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);

    /* Behind .12 the order begins anew. */
    g_assert_cmpstr (first_address, ==, "10.1.0.10");
    g_assert_cmpstr (second_address, ==, "10.1.0.11");
  }
  bridge_teardown (fixture, "c2");
  bridge_teardown (fixture, "c3");
  bridge_teardown (fixture, "c4");
}

/* Sets containers up in a process of its own; its exit status is how many it got. */
static pid_t
start_process (BridgeFixture *fixture,
               int            start_fd,
               guint          number,
               guint          n_containers,
               const char    *network)
{
  pid_t pid = fork ();
  guint n_done = 0;
  char byte;

  if (pid != 0)
    return pid;
  g_assert_cmpint (read (start_fd, &byte, 1), >=, 0);
  fixture->manager = bridge_new_manager (fixture);
  for (guint i = 0; i < n_containers; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u-%u", number, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadContainer) container = bridge_try_setup (fixture, id, network, "", &error);

      if (container != NULL)
        n_done++;
      else if (!g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED))
        {
          g_printerr ("%s\n", error->message);
          _exit (100);
        }
    }
  _exit (n_done);
}

/* Reloads containers in a process of its own. */
static pid_t
start_reload (BridgeFixture *fixture,
              int            start_fd,
              guint          number,
              guint          n_containers,
              const char    *network)
{
  pid_t pid = fork ();
  char byte;

  if (pid != 0)
    return pid;
  g_assert_cmpint (read (start_fd, &byte, 1), >=, 0);
  fixture->manager = bridge_new_manager (fixture);
  for (guint i = 0; i < n_containers; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u-%u", number, i);
      g_autoptr (GError) error = NULL;

      if (!fairlead_manager_reload (fixture->manager, id, NULL, &error))
        {
          g_printerr ("%s\n", error->message);
          _exit (100);
        }
    }
  _exit (n_containers);
}

typedef pid_t (*StartFunc) (BridgeFixture *fixture,
                            int            start_fd,
                            guint          number,
                            guint          n_containers,
                            const char    *network);

/* All at once; with how many containers it was done. In @networks a "%u" stands for the number of the process. */
static guint
race (BridgeFixture *fixture,
      StartFunc      start,
      guint          n_processes,
      guint          n_containers,
      const char    *networks)
{
  g_autofree pid_t *pids = g_new (pid_t, n_processes);
  guint n_done = 0;
  int fds[2];

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  for (guint i = 0; i < n_processes; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_autoptr (GString) network = g_string_new (networks);

      g_string_replace (network, "%u", number, 0);
      pids[i] = start (fixture, fds[0], i, n_containers, network->str);
      g_assert_cmpint (pids[i], >, 0);
    }
  close (fds[0]);
  for (guint i = 0; i < n_processes; i++)
    g_assert_cmpint (write (fds[1], "", 1), ==, 1);
  close (fds[1]);
  for (guint i = 0; i < n_processes; i++)
    {
      int status;

      g_assert_cmpint (waitpid (pids[i], &status, 0), ==, pids[i]);
      g_assert_true (WIFEXITED (status));
      g_assert_cmpint (WEXITSTATUS (status), <, 100);
      n_done += WEXITSTATUS (status);
    }
  return n_done;
}

static GListModel *
list_containers (BridgeFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GListModel *containers = fairlead_manager_list_containers (fixture->manager, NULL, &error);

  g_assert_no_error (error);
  return containers;
}

/* Each has an address of its own, and is as it should be. */
static void
check_and_tear_down_all (BridgeFixture *fixture)
{
  g_autoptr (GListModel) containers = list_containers (fixture);
  g_autoptr (GHashTable) addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (containers); i++)
    {
      g_autoptr (FairleadContainer) container = g_list_model_get_item (containers, i);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_hash_table_add (addresses, bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV4)));
      fairlead_manager_check (fixture->manager, fairlead_container_get_id (container), NULL, &error);
      g_assert_no_error (error);
    }
  for (guint i = 0; i < g_list_model_get_n_items (containers); i++)
    {
      g_autoptr (FairleadContainer) container = g_list_model_get_item (containers, i);

      bridge_teardown (fixture, fairlead_container_get_id (container));
    }
}

static void
test_race (BridgeFixture *fixture,
           gconstpointer  data)
{
  g_test_summary ("Of processes that race for the last address one gets it; of 64 containers at once all come");

  bridge_write_network (fixture, "one", "subnets=10.1.0.0/24\nranges=10.1.0.10-10.1.0.10");
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (race (fixture, start_process, 2, 1, "one"), ==, 1);
      check_and_tear_down_all (fixture);
    }
  g_assert_cmpuint (race (fixture, start_process, 8, 8, "bridge"), ==, 64);
  check_and_tear_down_all (fixture);
  /* With an address asked for in one subnet, each gets its own in the other. */
  bridge_write_network (fixture, "two", "subnets=10.1.0.0/24;10.2.0.0/24");
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (race (fixture, start_process, 8, 1, "two:ip=10.1.0.1%u"), ==, 8);
      check_and_tear_down_all (fixture);
    }
}

static void
test_reload_race (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_test_summary ("Processes that put back the same after a flush are not in one another's way");

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      g_autofree char *keys = g_strdup_printf ("subnets=10.%u.0.0/24", i);

      bridge_write_network (fixture, name, keys);
    }
  g_assert_cmpuint (race (fixture, start_process, 4, 2, "n%u"), ==, 8);
  for (guint i = 0; i < 10; i++)
    {
      g_free (bridge_run ("nft flush ruleset"));
      g_assert_cmpuint (race (fixture, start_reload, 4, 2, ""), ==, 8);
    }
  check_and_tear_down_all (fixture);
}

static void
test_twice (BridgeFixture *fixture,
            gconstpointer  data)
{
  g_test_summary ("A container that asks for one network twice is refused, and leaves nothing");

  bridge_setup_fails (fixture, "c1", "bridge bridge", "", FAIRLEAD_ERROR_NOT_SUPPORTED, "on the network once");
}

static void
test_conflicts (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) echo = fairlead_test_echo_start (-1, SOCK_STREAM, "0.0.0.0", 8088);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) udp_echo = fairlead_test_echo_start (-1, SOCK_DGRAM, "192.0.2.1", 5353);
  int fd;

  g_test_summary ("What is taken, by the host or by other containers, is refused and left alone");

  g_free (bridge_run ("ip link add fl-taken type bridge"));
  bridge_write_network (fixture, "taken", "subnets=10.1.0.0/24");
  bridge_write_network (fixture, "overlap", "subnets=192.0.2.128/25");
  bridge_write_network (fixture, "overlap6", "subnets=10.1.0.0/24;2001:db8::/48");
  bridge_setup_fails (fixture, "c1", "taken", "", FAIRLEAD_ERROR_BUSY, "fl-taken");
  bridge_setup_fails (fixture, "c1", "overlap", "", FAIRLEAD_ERROR_BUSY, "uplink");
  bridge_setup_fails (fixture, "c1", "overlap6", "", FAIRLEAD_ERROR_BUSY, "uplink");
  bridge_setup_fails (fixture, "c1", "bridge", "8088:80", FAIRLEAD_ERROR_BUSY, "8088/tcp");
  bridge_setup_fails (fixture, "c1", "bridge", "8080-8090:8080-8090", FAIRLEAD_ERROR_BUSY, "8088/tcp");
  bridge_setup_fails (fixture, "c1", "bridge", "192.0.2.1:5353:53/udp", FAIRLEAD_ERROR_BUSY, "5353/udp");

  container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  bridge_write_network (fixture, "same", "subnets=10.90.0.0/24");
  bridge_setup_fails (fixture, "c2", "same", "", FAIRLEAD_ERROR_BUSY, "containers are on the network bridge: ");
  bridge_setup_fails (fixture, "c2", "bridge", "8081:80 8080:80", FAIRLEAD_ERROR_BUSY, "8080/tcp");
  fd = bridge_open_netns (container);
  bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 8080, "192.0.2.2");
  bridge_assert_blocked (fd, 81, fixture->outside_fd, "192.0.2.1", 8081);
  close (fd);
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("ip link delete fl-taken"));
}

static void
test_other_table (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_test_summary ("A table that is called like ours and is somebody else's stays as it is");

  g_free (bridge_run ("nft add table inet fairlead"));
  g_free (bridge_run ("nft add set inet fairlead bridges { type ifname ; }"));
  before = bridge_run ("nft list table inet fairlead");
  container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  bridge_teardown (fixture, "c1");
  after = bridge_run ("nft list table inet fairlead");
  g_assert_cmpstr (after, ==, before);
  g_free (bridge_run ("nft delete table inet fairlead"));
}

static void
test_chosen_subnet (BridgeFixture *fixture,
                    gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("A network without subnets gets one that overlaps no address, no route and no network, a file's included");

  g_free (bridge_run ("ip link add d0 type bridge"));
  g_free (bridge_run ("ip addr add 10.90.1.1/24 dev d0"));
  g_free (bridge_run ("ip link set d0 addrgenmode none"));
  g_free (bridge_run ("ip link set d0 up"));
  g_free (bridge_run ("ip route add 10.90.4.0/23 via 192.0.2.2"));
  bridge_write_network (fixture, "lab", "subnets=10.90.9.0/24");
  container = bridge_setup (fixture, "c1", "bridge", "");
  address = bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV4);
  g_assert_cmpstr (address, ==, "10.90.12.2");
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("ip route del 10.90.4.0/23"));
  g_free (bridge_run ("ip link delete d0"));
}

static void
test_vpn_routes (BridgeFixture *fixture,
                 gconstpointer  data)
{
  static const char * const routes[] = { "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1" };
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *address = NULL;
  g_autofree char *address6 = NULL;

  g_test_summary ("Routes that a VPN sets in place of the default one keep no network from its subnets");

  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    g_free (bridge_run ("ip route add %s dev uplink", routes[i]));
  container = bridge_setup (fixture, "c1", "bridge", "");
  address = bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV4);
  address6 = bridge_dup_address (container, 0, G_SOCKET_FAMILY_IPV6);
  g_assert_cmpstr (address, ==, "10.90.0.2");
  g_assert_nonnull (address6);
  bridge_teardown (fixture, "c1");
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    g_free (bridge_run ("ip route del %s dev uplink", routes[i]));
}

static void
test_other_networks (BridgeFixture *fixture,
                     gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("Networks that are made at once get different subnets, and a bridge that is gone keeps its own");

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);

      bridge_write_network (fixture, name, "");
    }
  g_assert_cmpuint (race (fixture, start_process, 6, 1, "n%u"), ==, 6);
  check_and_tear_down_all (fixture);

  first = bridge_setup (fixture, "c1", "n1", "");
  g_free (bridge_run ("ip link delete fl-n1"));
  second = bridge_setup (fixture, "c2", "n2", "");
  address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);
  g_assert_cmpstr (address, ==, "10.90.4.2");
  bridge_write_network (fixture, "overlap", "subnets=10.90.0.0/16");
  bridge_write_network (fixture, "same", "interface=fl-n1\nsubnets=10.1.0.0/24");
  bridge_setup_fails (fixture, "c3", "overlap", "", FAIRLEAD_ERROR_BUSY, "10.90.0.0/16 overlaps its 10.90.");
  bridge_setup_fails (fixture, "c3", "same", "", FAIRLEAD_ERROR_BUSY, "containers are on the network n1: it has the bridge");
  bridge_reload (fixture, "c1");
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_settings (BridgeFixture *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  g_autofree char *forward = NULL;
  g_autofree char *local = NULL;

  g_test_summary ("Settings of the kernel are put back; one that somebody else set, or changed, is left");

  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv4/ip_forward", &forward, NULL, NULL));
  g_assert_cmpstr (forward, ==, "1\n");
  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv4/conf/fairlead0/route_localnet", &local, NULL, NULL));
  g_assert_cmpstr (local, ==, "1\n");
  bridge_teardown (fixture, "c1");

  g_free (bridge_run ("sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'"));
  g_clear_object (&container);
  container = bridge_setup (fixture, "c1", "bridge", "");
  g_clear_pointer (&local, g_free);
  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv4/conf/fairlead0/route_localnet", &local, NULL, NULL));
  g_assert_cmpstr (local, ==, "0\n");

  /* What is turned off meanwhile, and on again by reload, is off in the end. */
  g_free (bridge_run ("sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'"));
  bridge_check_says (fixture, "c1", "ip_forward");
  bridge_reload (fixture, "c1");
  bridge_teardown (fixture, "c1");
  g_clear_pointer (&forward, g_free);
  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv4/ip_forward", &forward, NULL, NULL));
  g_assert_cmpstr (forward, ==, "0\n");

  g_free (bridge_run ("sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'"));
  g_clear_object (&container);
  container = bridge_setup (fixture, "c1", "bridge", "");
  bridge_teardown (fixture, "c1");
  g_clear_pointer (&forward, g_free);
  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv4/ip_forward", &forward, NULL, NULL));
  g_assert_cmpstr (forward, ==, "1\n");
  g_free (bridge_run ("sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'"));
}

/* The machine outside says to all that it is a router (RFC 4861, section 4.2). */
static void
announce_router (BridgeFixture *fixture)
{
  static const guint8 message[] = { 134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0 };
  const gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  g_autofree char *index = bridge_run ("nsenter --net=%s cat /proc/net/if_inet6", fixture->outside_path);
  struct sockaddr_in6 all = { .sin6_family = AF_INET6 };
  const int hops = 255;
  g_autoptr (GError) error = NULL;
  int fd = fairlead_netns_open_socket (fixture->outside, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, &error);
  gboolean known = FALSE;

  g_assert_no_error (error);
  g_assert_cmpint (setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops), ==, 0);
  g_assert_cmpint (inet_pton (AF_INET6, "ff02::1", &all.sin6_addr), ==, 1);
  /* A line is "ADDRESS INDEX ..."; 2001:db8::2 is eth0's. */
  all.sin6_scope_id = strtoul (strstr (index, "20010db8") + 33, NULL, 16);
  /* Its link-local address, from which that has to come, is not there at once. */
  while (!known && g_get_monotonic_time () < deadline)
    {
      g_autofree char *routes = NULL;

      g_assert_cmpint (sendto (fd, message, sizeof message, 0, (struct sockaddr *) &all, sizeof all), ==,
                       sizeof message);
      routes = bridge_run ("ip -6 route show default");
      known = strstr (routes, "proto ra") != NULL;
    }
  g_assert_true (known);
  close (fd);
}

static void
test_router (BridgeFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *routes = NULL;
  g_autofree char *accept = NULL;

  g_test_summary ("A host keeps the default route that a router announced to it, although it forwards now");

  announce_router (fixture);
  container = bridge_setup (fixture, "c1", "bridge", "");
  routes = bridge_run ("ip -6 route show default");
  g_assert_nonnull (strstr (routes, "proto ra"));
  /* And goes on to listen. */
  g_free (bridge_run ("ip -6 route del default"));
  announce_router (fixture);
  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv6/conf/uplink/accept_ra", &accept, NULL, NULL));
  g_assert_cmpstr (accept, ==, "2\n");
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("ip -6 route del default"));
}

static void
test_changed_keys (BridgeFixture *fixture,
                   gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;

  g_test_summary ("A network whose keys change while it is in use takes no more containers, and goes as it came");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24");
  container = bridge_setup (fixture, "c1", "lab", "8080:80");
  bridge_write_network (fixture, "lab", "subnets=10.2.0.0/24\ninterface=other0");
  bridge_setup_fails (fixture, "c2", "lab", "", FAIRLEAD_ERROR_BUSY, "have changed");
  bridge_teardown (fixture, "c1");
}

static void
test_flush (BridgeFixture *fixture,
            gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "8080:80 9000-9009:9000-9009");
  g_autoptr (FairleadContainer) second = NULL;
  int fd = bridge_open_netns (first);

  g_test_summary ("After somebody flushed all rules, check says so, reload puts them back, and a setup works too");

  g_free (bridge_run ("nft flush ruleset"));
  bridge_check_says (fixture, "c1", "fairlead reload");
  bridge_assert_blocked (fd, 80, fixture->outside_fd, "192.0.2.1", 8080);
  bridge_reload (fixture, "c1");
  bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 8080, "192.0.2.2");
  bridge_assert_reaches (fd, 9005, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 9005, "192.0.2.2");
  bridge_assert_reaches (fixture->outside_fd, 80, fd, SOCK_STREAM, "192.0.2.2", 80, "192.0.2.1");

  g_free (bridge_run ("nft flush ruleset"));
  second = bridge_setup (fixture, "c2", "bridge", "8081:80");
  bridge_assert_reaches (fixture->outside_fd, 80, fd, SOCK_STREAM, "192.0.2.2", 80, "192.0.2.1");
  bridge_reload (fixture, "c1");
  bridge_reload (fixture, "c2");
  bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 8080, "192.0.2.2");

  g_free (bridge_run ("nft flush ruleset"));
  close (fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_flushed_rules (BridgeFixture *fixture,
                    gconstpointer  data)
{
  static const char * const damages[] = {
    "nft flush table inet fairlead", "nft flush chain inet fairlead from", "nft delete chain inet fairlead postrouting",
  };
  g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  g_autofree char *before = bridge_dup_rules ();
  int fd = bridge_open_netns (container);

  g_test_summary ("Rules that somebody took out of the table come back, and its elements stay, other containers' too");

  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *after = NULL;

      g_free (bridge_run ("%s", damages[i]));
      bridge_check_says (fixture, "c1", "rules of the table inet fairlead");
      bridge_reload (fixture, "c1");
      bridge_assert_reaches (fd, 80, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 8080, "192.0.2.2");
      after = bridge_dup_rules ();
      g_assert_cmpuint (strlen (after), ==, strlen (before));
    }
  close (fd);
  bridge_teardown (fixture, "c1");
}

static void
test_netfilter_comes (BridgeFixture *fixture,
                      gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  int fd;

  g_test_summary ("Where br_netfilter comes after the bridge, reload gives containers their own published ports back");

  if (!bridge_set_netfilter (FALSE))
    {
      g_test_skip ("the kernel has no br_netfilter");
      return;
    }
  first = bridge_setup (fixture, "c1", "bridge", "8080:80");
  second = bridge_setup (fixture, "c2", "bridge", "");
  fd = bridge_open_netns (first);
  bridge_assert_reaches (fd, 80, fd, SOCK_STREAM, "192.0.2.1", 8080, NULL);
  bridge_set_netfilter (TRUE);
  bridge_assert_blocked (fd, 81, fd, "192.0.2.1", 8080);
  bridge_check_says (fixture, "c1", "br_netfilter");
  bridge_reload (fixture, "c1");
  bridge_assert_reaches (fd, 80, fd, SOCK_STREAM, "192.0.2.1", 8080, NULL);
  bridge_check_says (fixture, "c2", "hairpin mode");
  bridge_reload (fixture, "c2");
  close (fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_bridge_gone (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "8080:80");
  g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c2", "bridge", "8081:80");
  g_autofree char *second_address = bridge_dup_address (second, 0, G_SOCKET_FAMILY_IPV4);
  g_autofree char *setting = NULL;
  const int first_fd = bridge_open_netns (first), second_fd = bridge_open_netns (second);

  g_test_summary ("A bridge that somebody removed comes back by reload, with one container after another; addresses too");

  g_free (bridge_run ("ip link delete fairlead0"));
  bridge_check_says (fixture, "c1", "the bridge fairlead0 is gone; \"fairlead reload\"");
  bridge_setup_fails (fixture, "c3", "bridge", "", FAIRLEAD_ERROR_NOT_FOUND, "the bridge fairlead0 is gone; \"fairlead reload\"");
  bridge_reload (fixture, "c1");
  bridge_check_says (fixture, "c2", "no longer a port of the bridge fairlead0; \"fairlead reload\"");
  bridge_reload (fixture, "c2");
  bridge_assert_reaches (second_fd, 80, first_fd, SOCK_STREAM, second_address, 80, NULL);
  bridge_assert_reaches (first_fd, 80, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 8080, "192.0.2.2");
  bridge_assert_reaches (first_fd, 80, fixture->outside_fd, SOCK_STREAM, "2001:db8::1", 8080, "2001:db8::2");

  g_free (bridge_run ("ip address flush dev fairlead0 scope global"));
  g_free (bridge_run ("sh -c 'echo 1 >/proc/sys/net/ipv6/conf/fairlead0/accept_ra'"));
  g_free (bridge_run ("ip link set fairlead0 down"));
  bridge_check_says (fixture, "c1", "the bridge fairlead0 is down; \"fairlead reload\"");
  bridge_reload (fixture, "c1");
  setting = bridge_run ("cat /proc/sys/net/ipv6/conf/fairlead0/accept_ra");
  g_assert_cmpstr (setting, ==, "0\n");
  bridge_assert_reaches (fixture->outside_fd, 80, second_fd, SOCK_STREAM, "192.0.2.2", 80, "192.0.2.1");

  close (first_fd);
  close (second_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_bridge_replaced (BridgeFixture *fixture,
                      gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Somebody else's link of the bridge's name is not touched, and gets no containers; it is no hindrance to "
                  "teardown");

  g_free (bridge_run ("ip link delete fairlead0"));
  g_free (bridge_run ("ip link add fairlead0 type bridge"));
  bridge_check_says (fixture, "c1", "another one");
  bridge_setup_fails (fixture, "c2", "bridge", "", FAIRLEAD_ERROR_NOT_FOUND, "another one");
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("ip link delete fairlead0"));
}

/* Calls @func with a manager of a process that is in the container's network namespace, as one that exec started. */
static void
run_inside (BridgeFixture     *fixture,
            FairleadContainer *container,
            void             (*func) (BridgeFixture *fixture))
{
  const int fd = bridge_open_netns (container);
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      g_assert_cmpint (setns (fd, CLONE_NEWNET), ==, 0);
      fixture->manager = bridge_new_manager (fixture);
      func (fixture);
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  close (fd);
}

static void
assert_elsewhere (gboolean   succeeded,
                  GError   **error)
{
  g_assert_false (succeeded);
  g_assert_error (*error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED);
  g_assert_nonnull (strstr ((*error)->message, "another network namespace than this one"));
  g_clear_error (error);
}

static void
try_all_verbs (BridgeFixture *fixture)
{
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("8081:81", NULL);
  g_autoptr (FairleadContainer) other = NULL;
  g_autoptr (GError) error = NULL;

  assert_elsewhere (fairlead_manager_check (fixture->manager, "c1", NULL, &error), &error);
  assert_elsewhere (fairlead_manager_reload (fixture->manager, "c1", NULL, &error), &error);
  assert_elsewhere (fairlead_manager_publish (fixture->manager, "c1", mapping, NULL, &error), &error);
  assert_elsewhere (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error), &error);
  assert_elsewhere (fairlead_manager_collect (fixture->manager, NULL, &error) != NULL, &error);
  bridge_setup_fails (fixture, "c2", "bridge", "", FAIRLEAD_ERROR_FAILED, "another network namespace than this one");
  bridge_setup_fails (fixture, "c2", "lab", "", FAIRLEAD_ERROR_FAILED, "another network namespace than this one");
  other = bridge_setup (fixture, "c2", "none", "");
  bridge_teardown (fixture, "c2");
}

static void
set_up_inside (BridgeFixture *fixture)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c2", "bridge", "");
}

static void
test_inside (BridgeFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) outer = NULL;
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("From a container's network namespace nothing is done to what belongs to the host; what is made there is "
                  "not taken for the host's, and is not in its way once it is dropped");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24");
  first = bridge_setup (fixture, "c1", "bridge", "8080:80");
  run_inside (fixture, first, try_all_verbs);
  fairlead_manager_check (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  bridge_teardown (fixture, "c1");

  outer = bridge_setup (fixture, "c3", "none", "");
  run_inside (fixture, outer, set_up_inside);
  bridge_setup_fails (fixture, "c1", "bridge", "", FAIRLEAD_ERROR_FAILED,
                      "another network namespace than this one, for the container c2");
  assert_elsewhere (fairlead_manager_teardown (fixture->manager, "c2", FAIRLEAD_TEARDOWN_NONE, NULL, &error), &error);
  assert_elsewhere (fairlead_manager_teardown (fixture->manager, "c2", FAIRLEAD_TEARDOWN_FORCE, NULL, &error), &error);
  bridge_teardown (fixture, "c3");
  g_clear_object (&first);
  first = bridge_setup (fixture, "c1", "bridge", "8080:80");
  bridge_teardown (fixture, "c1");
}

static void
reload_fails (BridgeFixture *fixture,
              const char    *id,
              const char    *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fairlead_manager_reload (fixture->manager, id, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, text);
}

static void
test_lost_ports (BridgeFixture *fixture,
                 gconstpointer  data)
{
  static const struct { const char *lost, *taken, *port; guint16 inner; } cases[] = {
    { "8080:80", "8080:80", "8080/tcp", 80 },
    { "9000-9009:9000-9009", "9005:80", "9005/tcp", 80 },
    { "9005:9005", "9000-9009:9000-9009", "9005/tcp", 9005 },
    { "9000-9009:9000-9009", "9004-9005:9004-9005", "9004/tcp", 9005 },
    { "9004-9005:9004-9005", "9000-9009:9000-9009", "9004/tcp", 9005 },
  };

  g_test_summary ("A port that another container published after a flush stays that one's, whatever is done to the first");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      G_GNUC_UNUSED g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", cases[i].lost);
      g_autoptr (FairleadContainer) second = NULL;
      const guint16 outer = i == 0 ? 8080 : 9005;
      g_autoptr (GError) error = NULL;
      int fd;

      bridge_setup_fails (fixture, "c2", "bridge", cases[i].taken, FAIRLEAD_ERROR_BUSY, cases[i].port);
      g_free (bridge_run ("nft flush ruleset"));
      second = bridge_setup (fixture, "c2", "bridge", cases[i].taken);
      fd = bridge_open_netns (second);
      bridge_check_says (fixture, "c1", cases[i].port);
      reload_fails (fixture, "c1", cases[i].port);
      fairlead_manager_check (fixture->manager, "c2", NULL, &error);
      g_assert_no_error (error);
      bridge_teardown (fixture, "c1");
      bridge_assert_reaches (fd, cases[i].inner, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", outer, "192.0.2.2");
      close (fd);
      bridge_teardown (fixture, "c2");
    }
}

static void
test_many_ports (BridgeFixture *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  int fd;

  g_test_summary ("Ten thousand ports that are others inside go at once, as do those that are the same");

  container = bridge_setup (fixture, "c1", "bridge", "10000-19999:20000-29999 30000-39999:30000-39999");
  bridge_setup_fails (fixture, "c2", "bridge", "9000-10000:9000-10000", FAIRLEAD_ERROR_BUSY, "10000/tcp");
  bridge_setup_fails (fixture, "c2", "bridge", "39999:80", FAIRLEAD_ERROR_BUSY, "39999/tcp");
  fd = bridge_open_netns (container);
  bridge_assert_reaches (fd, 29999, fixture->outside_fd, SOCK_STREAM, "192.0.2.1", 19999, "192.0.2.2");
  bridge_assert_reaches (fd, 35000, fixture->outside_fd, SOCK_STREAM, "2001:db8::1", 35000, "2001:db8::2");
  close (fd);
  bridge_teardown (fixture, "c1");
}

static void
test_check (BridgeFixture *fixture,
            gconstpointer  data)
{
  static const struct { const char *damage; const char *text; const char *repair; } cases[] = {
    { "ip link set fl-lab down", "bridge fl-lab", "ip link set fl-lab up" },
    { "ip addr del 10.1.0.1/24 dev fl-lab", "10.1.0.1", "ip addr add 10.1.0.1/24 dev fl-lab" },
    { "ip link set tap1 nomaster", "tap1",
      "sh -c 'ip link set tap1 master fl-lab; ip link set tap1 type bridge_slave hairpin on'" },
    { "ip link set tap1 down", "tap1", "ip link set tap1 up" },
    { "sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'", "ip_forward", "sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'" },
    { "nft delete element inet fairlead ports { tcp . 8080 }", "8080/tcp",
      "nft add element inet fairlead ports { tcp . 8080 : 10.1.0.2 . 80 }" },
    { "nft delete element inet fairlead subnets { 10.1.0.0/24 }", "\"subnets\"",
      "nft add element inet fairlead subnets { 10.1.0.0/24 }" },
    { "sh -c 'echo 0 >/proc/sys/net/ipv4/conf/fl-lab/route_localnet'", "127.0.0.1",
      "sh -c 'echo 1 >/proc/sys/net/ipv4/conf/fl-lab/route_localnet'" },
    { "sh -c 'nft delete element inet fairlead outbound { 10.1.0.0/24 }; "
      "nft add element inet fairlead outbound { 10.1.0.0/24 : 192.0.2.9 }'", "\"outbound\"",
      "sh -c 'nft delete element inet fairlead outbound { 10.1.0.0/24 }; "
      "nft add element inet fairlead outbound { 10.1.0.0/24 : 192.0.2.1 }'" },
    { "nsenter --net=@ ip link set eth0 mtu 1300", "MTU", "nsenter --net=@ ip link set eth0 mtu 1400" },
    { "nsenter --net=@ sh -c 'ip route add 10.66.0.0/16 via 10.1.0.1 metric 8; ip route del 10.66.0.0/16 metric 7'",
      "route 10.66.0.0/16 via",
      "nsenter --net=@ sh -c 'ip route add 10.66.0.0/16 via 10.1.0.1 metric 7; ip route del 10.66.0.0/16 metric 8'" },
    { "nsenter --net=@ ip route del default", "route 0.0.0.0/0 via",
      "nsenter --net=@ ip route add default via 10.1.0.1 proto static" },
    { "nsenter --net=@ ip addr del 10.1.0.2/24 dev eth0", "10.1.0.2",
      "nsenter --net=@ sh -c 'ip addr add 10.1.0.2/24 dev eth0; ip route replace default via 10.1.0.1; "
      "ip route replace 10.66.0.0/16 via 10.1.0.1 metric 7'" },
    { "nsenter --net=@ ip link set eth0 down", "eth0",
      "nsenter --net=@ sh -c 'ip link set eth0 up; ip route replace default via 10.1.0.1; "
      "ip route replace 10.66.0.0/16 via 10.1.0.1 metric 7'" },
  };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("check names what is missing, of the host, of the container, and of the rules");

  bridge_write_network (fixture, "lab", "subnets=10.1.0.0/24\nmtu=1400\noutbound-address=192.0.2.1\n"
                                        "routes=10.66.0.0/16 via 10.1.0.1 metric 7");
  container = bridge_setup (fixture, "c1", "lab:host-interface=tap1", "8080:80");
  fairlead_manager_check (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) damage = g_string_new (cases[i].damage);
      g_autoptr (GString) repair = g_string_new (cases[i].repair);

      g_string_replace (damage, "@", fairlead_container_get_netns_path (container), 0);
      g_string_replace (repair, "@", fairlead_container_get_netns_path (container), 0);
      g_free (bridge_run ("%s", damage->str));
      bridge_check_says (fixture, "c1", cases[i].text);
      g_free (bridge_run ("%s", repair->str));
    }
  bridge_teardown (fixture, "c1");
  bridge_wait_for_links ("tap1");
}

/* A setup or teardown that is killed after @delay_us; TRUE if it was. */
static gboolean
kill_after (BridgeFixture *fixture,
            guint          delay_us,
            gboolean       teardown)
{
  int fds[2];
  pid_t pid;
  int status;
  char byte;

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      fixture->manager = bridge_new_manager (fixture);
      if (write (fds[1], "", 1) != 1)
        _exit (1);
      if (teardown)
        fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, NULL);
      else
        bridge_try_setup (fixture, "c1", "bridge", "8080:80 5300:53/udp 9000-9009:9000-9009", NULL);
      _exit (0);
    }
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  close (fds[0]);
  close (fds[1]);
  g_usleep (delay_us);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return WIFSIGNALED (status);
}

static char *
list_shared_files (BridgeFixture *fixture)
{
  return bridge_run ("find %s -mindepth 2 ! -path '*/locks/*'", fixture->state_dir);
}

static void
assert_all_gone (BridgeFixture *fixture)
{
  g_autofree char *rules = bridge_dup_rules ();
  g_autofree char *files = list_shared_files (fixture);
  g_autofree char *links = NULL;

  bridge_wait_for_links ("fl");
  links = bridge_run ("ip -o link show");
  g_assert_cmpstr (rules, ==, "");
  g_assert_cmpstr (files, ==, "");
  g_assert_null (strstr (links, ": f"));
}

static void
test_killed (BridgeFixture *fixture,
             gconstpointer  data)
{
  guint n_killed = 0;

  g_test_summary ("After a setup or a teardown that was killed at any moment, teardown and gc leave nothing");

  /* Up to what both take, in steps that meet each part of the work. */
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GError) error = NULL;

      n_killed += kill_after (fixture, i * 150, FALSE);
      if (i % 2 == 0)
        {
          if (!fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error))
            g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
        }
      bridge_collect (fixture);
      if (!fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, NULL))
        assert_all_gone (fixture);
    }
  for (guint i = 0; i < 30; i++)
    {
      G_GNUC_UNUSED g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");

      n_killed += kill_after (fixture, i * 100, TRUE);
      bridge_collect (fixture);
      fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, NULL);
      assert_all_gone (fixture);
    }
  g_test_message ("%u of 90 were killed before they were done", n_killed);
  g_assert_cmpuint (n_killed, >, 5);
}

static void
test_lost_state (BridgeFixture *fixture,
                 gconstpointer  data)
{
  g_autofree char *file = g_build_filename (fixture->state_dir, "containers", "c1.json", NULL);
  g_autoptr (FairleadContainer) first = bridge_setup (fixture, "c1", "bridge", "");
  G_GNUC_UNUSED g_autoptr (FairleadContainer) second = bridge_setup (fixture, "c2", "bridge", "");
  g_autofree char *path = g_strdup (fairlead_container_get_netns_path (first));
  g_autofree char *lease = g_build_filename (fixture->state_dir, "networks/bridge.d/leases/10.90.0.2", NULL);
  g_autofree char *lock = g_build_filename (fixture->state_dir, "locks/c1", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("gc gives back the addresses of containers whose state is gone, and the bridge after the last");

  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_true (g_file_test (lease, G_FILE_TEST_IS_SYMLINK));
  bridge_collect (fixture);
  g_assert_false (g_file_test (lease, G_FILE_TEST_IS_SYMLINK));
  g_clear_object (&first);
  fairlead_netns_unpin (path, &error);
  g_assert_no_error (error);
  g_unlink (lock);
  bridge_teardown (fixture, "c2");
}

static void
test_lost_network (BridgeFixture *fixture,
                   gconstpointer  data)
{
  g_autofree char *file = g_build_filename (fixture->state_dir, "networks", "bridge.json", NULL);
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = bridge_setup (fixture, "c1", "bridge", "8080:80");

  g_test_summary ("Where the document of a network is lost, the last container still takes the rules and settings along");

  g_assert_cmpint (g_unlink (file), ==, 0);
  bridge_collect (fixture);
  bridge_teardown (fixture, "c1");
  g_free (bridge_run ("ip link delete fairlead0"));
}

static void
test_forced (BridgeFixture *fixture,
             gconstpointer  data)
{
  static const char * const lost[] = { "8080", "9000-9009", "8443" };
  g_autofree char *file = g_build_filename (fixture->state_dir, "networks", "bridge.json", NULL);
  G_GNUC_UNUSED g_autoptr (FairleadContainer) first =
    bridge_setup (fixture, "c1", "bridge", "8081:80 9100-9109:9100-9109");
  G_GNUC_UNUSED g_autoptr (FairleadContainer) second =
    bridge_setup (fixture, "c2", "bridge", "8080:80 9000-9009:9000-9009 192.0.2.1:8443:443");
  g_autofree char *document = NULL;
  g_autofree char *rules = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("gc withdraws the ports of a container whose teardown was forced, and no others");

  g_assert_true (g_file_get_contents (file, &document, NULL, NULL));
  g_assert_true (g_file_set_contents (file, "{", 1, NULL));
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c2", FAIRLEAD_TEARDOWN_FORCE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents_full (file, document, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  bridge_collect (fixture);
  rules = bridge_dup_rules ();
  for (guint i = 0; i < G_N_ELEMENTS (lost); i++)
    g_assert_null (strstr (rules, lost[i]));
  fairlead_manager_check (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  bridge_teardown (fixture, "c1");
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  bridge_test_add ("/fairlead/bridge/life/first-and-last", test_first_and_last);
  bridge_test_add ("/fairlead/bridge/life/foreign-namespace", test_foreign_namespace);
  bridge_test_add ("/fairlead/bridge/life/no-ipv6-inside", test_no_ipv6_inside);
  bridge_test_add ("/fairlead/bridge/life/way-back", test_way_back);
  bridge_test_add ("/fairlead/bridge/life/shared-namespace", test_shared_namespace);
  bridge_test_add ("/fairlead/bridge/life/same-routes", test_same_routes);
  bridge_test_add ("/fairlead/bridge/life/survivor", test_survivor);
  bridge_test_add ("/fairlead/bridge/life/stranger", test_stranger);
  bridge_test_add ("/fairlead/bridge/life/requested", test_requested);
  bridge_test_add ("/fairlead/bridge/life/pool", test_pool);
  bridge_test_add ("/fairlead/bridge/life/race", test_race);
  bridge_test_add ("/fairlead/bridge/life/reload-race", test_reload_race);
  bridge_test_add ("/fairlead/bridge/life/twice", test_twice);
  bridge_test_add ("/fairlead/bridge/life/conflicts", test_conflicts);
  bridge_test_add ("/fairlead/bridge/life/other-table", test_other_table);
  bridge_test_add ("/fairlead/bridge/life/chosen-subnet", test_chosen_subnet);
  bridge_test_add ("/fairlead/bridge/life/vpn-routes", test_vpn_routes);
  bridge_test_add ("/fairlead/bridge/life/other-networks", test_other_networks);
  bridge_test_add ("/fairlead/bridge/life/settings", test_settings);
  bridge_test_add ("/fairlead/bridge/life/router", test_router);
  bridge_test_add ("/fairlead/bridge/life/changed-keys", test_changed_keys);
  bridge_test_add ("/fairlead/bridge/life/flush", test_flush);
  bridge_test_add ("/fairlead/bridge/life/flushed-rules", test_flushed_rules);
  bridge_test_add ("/fairlead/bridge/life/netfilter-comes", test_netfilter_comes);
  bridge_test_add ("/fairlead/bridge/life/bridge-gone", test_bridge_gone);
  bridge_test_add ("/fairlead/bridge/life/bridge-replaced", test_bridge_replaced);
  bridge_test_add ("/fairlead/bridge/life/lost-ports", test_lost_ports);
  bridge_test_add ("/fairlead/bridge/life/inside", test_inside);
  bridge_test_add ("/fairlead/bridge/life/many-ports", test_many_ports);
  bridge_test_add ("/fairlead/bridge/life/check", test_check);
  bridge_test_add ("/fairlead/bridge/life/killed", test_killed);
  bridge_test_add ("/fairlead/bridge/life/lost-state", test_lost_state);
  bridge_test_add ("/fairlead/bridge/life/lost-network", test_lost_network);
  bridge_test_add ("/fairlead/bridge/life/forced", test_forced);
  return g_test_run ();
}
