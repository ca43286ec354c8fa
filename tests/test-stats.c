/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fairlead-testlib.h"

static FairleadInterfaceStats *
interface_stats_new (const char *name,
                     guint64     base)
{
  return g_object_new (FAIRLEAD_TYPE_INTERFACE_STATS,
                       "name", name,
                       "rx-bytes", base + 1,
                       "rx-packets", base + 2,
                       "rx-errors", base + 3,
                       "rx-dropped", base + 4,
                       "tx-bytes", base + 5,
                       "tx-packets", base + 6,
                       "tx-errors", base + 7,
                       "tx-dropped", base + 8,
                       NULL);
}

static FairleadStats *
stats_new_example (void)
{
  g_autoptr (GListStore) interfaces = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_STATS);
  const char * const names[] = { "eth1", "lo", "eth0" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = interface_stats_new (names[i], 100 * (i + 1));

      g_list_store_append (interfaces, item);
    }

  return fairlead_stats_new (G_LIST_MODEL (interfaces));
}

static void
test_interface (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  g_autoptr (FairleadInterfaceStats) item = interface_stats_new ("eth0", G_MAXUINT64 - 8);
  guint64 tx_dropped = 0;

  g_test_summary ("Each counter comes back as it was given, with all 64 bits");

  g_assert_cmpstr (fairlead_interface_stats_get_name (item), ==, "eth0");
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (item), ==, G_MAXUINT64 - 7);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_packets (item), ==, G_MAXUINT64 - 6);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_errors (item), ==, G_MAXUINT64 - 5);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_dropped (item), ==, G_MAXUINT64 - 4);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_bytes (item), ==, G_MAXUINT64 - 3);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_packets (item), ==, G_MAXUINT64 - 2);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_errors (item), ==, G_MAXUINT64 - 1);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_dropped (item), ==, G_MAXUINT64);

  g_object_get (item, "tx-dropped", &tx_dropped, NULL);
  g_assert_cmpuint (tx_dropped, ==, G_MAXUINT64);
}

static void
test_total (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (FairleadStats) stats = stats_new_example ();
  FairleadInterfaceStats *total = fairlead_stats_get_total (stats);
  GListModel *interfaces = fairlead_stats_get_interfaces (stats);
  const char * const sorted[] = { "eth0", "eth1", "lo" };

  g_test_summary ("Interfaces are sorted by name, and the total leaves lo out");

  g_assert_cmpuint (g_list_model_get_n_items (interfaces), ==, G_N_ELEMENTS (sorted));
  for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (interfaces, i);

      g_assert_cmpstr (fairlead_interface_stats_get_name (item), ==, sorted[i]);
    }

  g_assert_cmpstr (fairlead_interface_stats_get_name (total), ==, "total");
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (total), ==, 101 + 301);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_dropped (total), ==, 108 + 308);
  g_assert_nonnull (fairlead_stats_get_timestamp (stats));
}

static void
test_empty (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (FairleadStats) stats = g_object_new (FAIRLEAD_TYPE_STATS, NULL);

  g_test_summary ("Statistics of nothing are valid, and zero");

  g_assert_cmpuint (g_list_model_get_n_items (fairlead_stats_get_interfaces (stats)), ==, 0);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (fairlead_stats_get_total (stats)), ==, 0);
}

static void
test_variant (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autoptr (FairleadStats) stats = stats_new_example ();
  g_autoptr (GVariant) variant = fairlead_stats_to_variant (stats);
  g_autoptr (GVariant) interfaces = g_variant_lookup_value (variant, "Interfaces", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) total = g_variant_lookup_value (variant, "Total", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GDateTime) timestamp = NULL;
  const char *text = NULL;
  guint64 value = 0;

  g_test_summary ("The description for programs has the documented keys and types");

  g_assert_false (g_variant_is_floating (variant));
  g_assert_true (g_variant_lookup (variant, "Timestamp", "&s", &text));
  timestamp = g_date_time_new_from_iso8601 (text, NULL);
  g_assert_nonnull (timestamp);
  g_assert_cmpint (g_date_time_difference (timestamp, fairlead_stats_get_timestamp (stats)), ==, 0);

  g_assert_cmpuint (g_variant_n_children (interfaces), ==, 3);
  first = g_variant_get_child_value (interfaces, 0);
  g_assert_cmpuint (g_variant_n_children (first), ==, 9);
  g_assert_true (g_variant_lookup (first, "Name", "&s", &text));
  g_assert_cmpstr (text, ==, "eth0");
  g_assert_true (g_variant_lookup (first, "RxErrors", "t", &value));
  g_assert_cmpuint (value, ==, 303);

  g_assert_true (g_variant_lookup (total, "TxPackets", "t", &value));
  g_assert_cmpuint (value, ==, 106 + 306);
}

static void
test_netns (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, &error);
  const char * const names[] = { "lo", NULL };
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (FairleadInterfaceStats) loopback = NULL;
  int fd;

  g_test_summary ("The counters of an interface inside show the traffic there was");

  g_assert_no_error (error);
  fd = fairlead_netns_dup_fd (netns, &error);
  g_assert_no_error (error);
  g_assert_true (fairlead_test_tcp_roundtrip (fd, 7000, fd, "127.0.0.1", 7000, &error));
  g_assert_no_error (error);
  close (fd);

  stats = fairlead_stats_new_for_netns (netns, names, &error);
  g_assert_no_error (error);
  loopback = g_list_model_get_item (fairlead_stats_get_interfaces (stats), 0);
  g_assert_cmpstr (fairlead_interface_stats_get_name (loopback), ==, "lo");

  /* 64 KiB to the server and back. */
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (loopback), >, 128 * 1024);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (loopback), ==,
                    fairlead_interface_stats_get_tx_bytes (loopback));
  g_assert_cmpuint (fairlead_interface_stats_get_rx_packets (loopback), >, 2);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (fairlead_stats_get_total (stats)), ==, 0);

  g_assert_true (fairlead_netns_unpin (path, &error));
}

static void
test_all_but_loopback (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_current (&error);
  g_autoptr (FairleadStats) stats = fairlead_stats_new_for_netns (netns, NULL, &error);

  g_test_summary ("Without names, lo is left out");

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (fairlead_stats_get_interfaces (stats)), ==, 0);
}

static void
test_no_such_interface (FairleadTestFixture *fixture,
                        gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_current (&error);
  const char * const missing[] = { "lo", "nowhere0", NULL };
  const char * const invalid[] = { "a/b", NULL };

  g_test_summary ("An interface that is not there is an error that names it");

  g_assert_null (fairlead_stats_new_for_netns (netns, missing, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "nowhere0"));
  g_clear_error (&error);

  g_assert_null (fairlead_stats_new_for_netns (netns, invalid, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "a/b"));
}

static void
run_ip (const char *path,
        const char *arguments)
{
  g_autofree char *command = g_strdup_printf ("nsenter --net=%s ip %s", path, arguments);
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_command_line_sync (command, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

static void
check_interfaces (FairleadStatsReader *reader,
                  FairleadNetns       *netns,
                  const char          *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadStats) read = fairlead_stats_reader_read (reader, &error);
  g_autoptr (FairleadStats) looked_at = fairlead_stats_new_for_netns (netns, NULL, NULL);
  GListModel *interfaces;
  g_autoptr (GString) names = g_string_new (NULL);

  g_assert_no_error (error);
  interfaces = fairlead_stats_get_interfaces (read);
  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (interfaces, i);

      g_string_append_printf (names, "%s ", fairlead_interface_stats_get_name (item));
    }
  g_assert_cmpstr (names->str, ==, wanted);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_bytes (fairlead_stats_get_total (read)), <=,
                    fairlead_interface_stats_get_tx_bytes (fairlead_stats_get_total (looked_at)));
}

static void
test_reader (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, &error);
  g_autoptr (FairleadStatsReader) reader = NULL;
  g_autoptr (FairleadStats) stats = NULL;

  g_test_summary ("A reader follows interfaces that come, go and are renamed, and shows what the kernel counts");

  g_assert_no_error (error);
  reader = fairlead_stats_reader_new (netns, &error);
  g_assert_no_error (error);
  check_interfaces (reader, netns, "");

  run_ip (path, "link add one type veth peer name two");
  check_interfaces (reader, netns, "one two ");
  run_ip (path, "link set one up");
  run_ip (path, "link set two up");
  run_ip (path, "addr add 192.0.2.1/24 dev one");
  check_interfaces (reader, netns, "one two ");
  run_ip (path, "link set two down");
  run_ip (path, "link set two name three");
  check_interfaces (reader, netns, "one three ");
  run_ip (path, "link delete one");
  check_interfaces (reader, netns, "");

  fairlead_stats_reader_close (reader);
  stats = fairlead_stats_reader_read (reader, &error);
  g_assert_null (stats);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
  g_assert_true (fairlead_netns_unpin (path, NULL));
}

static void
test_reader_counters (FairleadTestFixture *fixture,
                      gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, NULL);
  g_autoptr (FairleadStatsReader) reader = NULL;
  g_autoptr (FairleadStats) read = NULL;
  g_autoptr (FairleadStats) looked_at = NULL;
  g_autoptr (GVariant) read_total = NULL;
  g_autoptr (GVariant) looked_at_total = NULL;
  g_autoptr (GVariant) read_stats = NULL;
  g_autoptr (GVariant) looked_at_stats = NULL;
  const struct sockaddr_in target = {
    .sin_family = AF_INET,
    .sin_port = g_htons (7000),
    .sin_addr.s_addr = g_htonl (0xc0000202),
  };
  int fd;

  g_test_summary ("Each counter of a reader is the one of that name");

  /* Without IPv6 nothing is sent by itself, so that both see the same. */
  run_ip (path, "link add one type veth peer name two");
  run_ip (path, "link set one addrgenmode none up");
  run_ip (path, "link set two addrgenmode none up");
  run_ip (path, "addr add 192.0.2.1/24 dev one");
  run_ip (path, "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev one");
  reader = fairlead_stats_reader_new (netns, NULL);
  fd = fairlead_netns_open_socket (netns, AF_INET, SOCK_DGRAM, 0, NULL);
  g_assert_cmpint (sendto (fd, "x", 1, 0, (struct sockaddr *) &target, sizeof target), ==, 1);
  close (fd);

  read = fairlead_stats_reader_read (reader, NULL);
  looked_at = fairlead_stats_new_for_netns (netns, NULL, NULL);
  read_stats = fairlead_stats_to_variant (read);
  looked_at_stats = fairlead_stats_to_variant (looked_at);
  read_total = g_variant_lookup_value (read_stats, "Interfaces", NULL);
  looked_at_total = g_variant_lookup_value (looked_at_stats, "Interfaces", NULL);
  g_assert_true (g_variant_equal (read_total, looked_at_total));
  g_assert_cmpuint (fairlead_interface_stats_get_tx_bytes (fairlead_stats_get_total (read)), >, 0);
  g_assert_true (fairlead_netns_unpin (path, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/stats/interface", test_interface);
  fairlead_test_add ("/fairlead/stats/total", test_total);
  fairlead_test_add ("/fairlead/stats/empty", test_empty);
  fairlead_test_add ("/fairlead/stats/variant", test_variant);
  fairlead_test_add ("/fairlead/stats/netns", test_netns);
  fairlead_test_add ("/fairlead/stats/all-but-loopback", test_all_but_loopback);
  fairlead_test_add ("/fairlead/stats/no-such-interface", test_no_such_interface);

  fairlead_test_add ("/fairlead/stats/reader/interfaces", test_reader);
  fairlead_test_add ("/fairlead/stats/reader/counters", test_reader_counters);

  return g_test_run ();
}
