/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>
#include <glib/gstdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "fairlead-testlib.h"
#include "thread/glib-order.h"

/* Whatever says that it can be used from any thread is used from several at once. In a build with the thread sanitizer
 * this finds races, and the tests at the end prove that it does: those that are made on purpose have to be reported. */

#define N_THREADS 4
#define N_ROUNDS  50

/* Runs @func in several threads at once, which start together, and waits for them. */
typedef struct
{
  GFunc    func;
  gpointer data;
  gpointer user_data;
  int     *n_waiting; /* of threads that are not ready yet */
} Crew;

static gpointer
join_in (gpointer data)
{
  Crew *crew = data;

  /* Relaxed, so that it puts nothing in order. */
  __atomic_sub_fetch (crew->n_waiting, 1, __ATOMIC_RELAXED);
  while (__atomic_load_n (crew->n_waiting, __ATOMIC_RELAXED) > 0)
    g_thread_yield ();
  crew->func (crew->data, crew->user_data);
  return NULL;
}

static void
run_together (GFunc    func,
              gpointer data,
              gpointer user_data)
{
  int n_waiting = N_THREADS;
  Crew crew = { func, data, user_data, &n_waiting };
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("test-crew", join_in, &crew);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

/* Of a directory where network files can be written. */
static FairleadConfig *
new_config (FairleadTestFixture *fixture)
{
  g_autofree char *directory = fairlead_test_path (fixture, "config");
  g_autofree char *networks = fairlead_test_path (fixture, "config/networks.d");
  const char *dirs[] = { directory, NULL };
  const char *keys[][2] = { { "state-dir", "state" }, { "netns-dir", "netns" } };
  g_autoptr (GError) error = NULL;
  FairleadConfig *config;

  g_assert_cmpint (g_mkdir_with_parents (networks, 0700), ==, 0);
  config = fairlead_config_new_for_dirs (dirs, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *path = fairlead_test_path (fixture, keys[i][1]);

      fairlead_config_set (config, "core", keys[i][0], path, &error);
      g_assert_no_error (error);
    }
  return config;
}

/* What a manager changes in its configuration, others may be looking at. */
static void
change_networks (FairleadManager *manager,
                 const char      *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetwork) network = fairlead_manager_create_network (manager, name, "none", NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_network_get_name (network), ==, name);
  fairlead_manager_remove_network (manager, name, NULL, &error);
  g_assert_no_error (error);
}

/* Each thread has a manager of its own on one configuration, and all want to load the modules. */
static void
use_config (gpointer data,
            gpointer user_data)
{
  FairleadConfig *config = data;
  g_autofree char *own_network = g_strdup_printf ("net%d", __atomic_fetch_add ((int *) user_data, 1, __ATOMIC_RELAXED));
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (FairleadManager) manager = NULL;

  g_main_context_push_thread_default (context);
  manager = fairlead_manager_new (config);
  for (guint i = 0; i < N_ROUNDS / 10; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, "none", &error);
      g_autoptr (GListModel) networks = NULL;
      g_autoptr (GListModel) modules = NULL;
      g_auto (GStrv) names = fairlead_config_dup_networks (config);
      g_autoptr (GVariant) values = fairlead_config_dup_values (config);
      g_autoptr (GVariant) keys = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (fairlead_module_get_name (fairlead_backend_get_module (backend)), ==, "none");
      keys = fairlead_backend_dup_keys (backend);
      networks = fairlead_manager_list_networks (manager, NULL, &error);
      g_assert_no_error (error);
      modules = fairlead_manager_list_modules (manager);
      g_assert_cmpuint (g_list_model_get_n_items (modules), >, 0);
      g_assert_cmpuint (fairlead_config_get_lock_timeout (config), ==, 120);
      g_assert_nonnull (fairlead_config_get_text (config, "core", "lock-timeout"));
      g_assert_nonnull (names);
      g_assert_nonnull (values);
      change_networks (manager, own_network);
    }
  while (g_main_context_iteration (context, FALSE))
    ;
  g_clear_object (&manager);
  g_main_context_pop_thread_default (context);
}

static void
test_config (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autoptr (FairleadConfig) config = new_config (fixture);
  g_autoptr (GError) error = NULL;
  int n_threads = 0;

  g_test_summary ("Threads share a configuration and the modules that it leads to");

  fairlead_config_set (config, "core", "lock-timeout", "120", &error);
  g_assert_no_error (error);
  run_together (use_config, config, &n_threads);
}

typedef struct
{
  FairleadStats            *stats;
  FairleadPortMapping      *mapping;
  FairleadRoute            *route;
  FairleadInterfaceAddress *address;
} Values;

static void
use_values (gpointer data,
            gpointer user_data)
{
  const Values *values = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autofree char *mapping = fairlead_port_mapping_to_string (values->mapping);
      g_autofree char *address = fairlead_interface_address_to_string (values->address);
      g_autoptr (GVariant) variant = fairlead_stats_to_variant (values->stats);
      g_autoptr (FairleadStats) stats = g_object_ref (values->stats);

      g_assert_nonnull (variant);
      g_assert_cmpstr (mapping, ==, "8080:80/tcp");
      g_assert_cmpstr (address, ==, "192.0.2.7/24");
      g_assert_cmpuint (g_list_model_get_n_items (fairlead_stats_get_interfaces (stats)), ==, 1);
      g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (fairlead_stats_get_total (stats)), ==, 0);
      g_assert_nonnull (fairlead_stats_get_timestamp (stats));
      g_assert_cmpuint (fairlead_route_get_metric (values->route), ==, 5);
    }
}

static void
test_values (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned ("/run/values", &error);
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new (FAIRLEAD_PROTOCOL_TCP, NULL, 8080, 80, 1);
  g_autoptr (FairleadInterfaceAddress) address = NULL;
  g_autoptr (GInetAddressMask) everywhere = g_inet_address_mask_new_from_string ("0.0.0.0/0", NULL);
  g_autoptr (FairleadRoute) route = fairlead_route_new (everywhere, NULL, 5);
  static const char * const names[] = { "lo", NULL };
  Values values;

  g_test_summary ("Threads share what is immutable, also what is only made when it is asked for");

  g_assert_no_error (error);
  address = fairlead_interface_address_new_from_string ("eth0", "192.0.2.7/24", NULL, &error);
  g_assert_no_error (error);
  stats = fairlead_stats_new_for_netns (netns, names, &error);
  g_assert_no_error (error);
  values = (Values) { stats, mapping, route, address };
  run_together (use_values, &values, NULL);
  g_assert_true (fairlead_netns_unpin ("/run/values", &error));
}

static gboolean
count_inside (gpointer   user_data,
              GError   **error)
{
  __atomic_add_fetch ((int *) user_data, 1, __ATOMIC_RELAXED);
  return TRUE;
}

static void
use_netns (gpointer data,
           gpointer user_data)
{
  FairleadNetns *netns = data;

  for (guint i = 0; i < N_ROUNDS / 5; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, &error);
      g_autoptr (GListModel) addresses = NULL;
      int fd;

      g_assert_no_error (error);
      g_assert_cmpuint (g_list_model_get_n_items (interfaces), ==, 1);
      addresses = fairlead_netns_list_addresses (netns, &error);
      g_assert_no_error (error);
      fd = fairlead_netns_open_socket (netns, AF_INET, SOCK_DGRAM, 0, &error);
      g_assert_no_error (error);
      close (fd);
      g_assert_true (fairlead_netns_run (netns, count_inside, user_data, &error));
      g_assert_true (fairlead_netns_set_loopback_up (netns, &error));
    }
}

static void
test_netns (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned ("/run/shared", &error);
  int n_runs = 0;

  g_test_summary ("Threads share a network namespace, and what each does inside is done");

  g_assert_no_error (error);
  run_together (use_netns, netns, &n_runs);
  g_assert_cmpint (n_runs, ==, N_THREADS * (N_ROUNDS / 5));
  g_assert_true (fairlead_netns_unpin ("/run/shared", &error));
}

static void
on_link_changed (FairleadNetnsMonitor *monitor,
                 FairleadInterface    *interface,
                 guint                 flags,
                 gpointer              user_data)
{
  ++*(guint *) user_data;
}

/* A monitor in each thread, in a main context of its own, while the others change what it looks at. */
static void
use_monitor (gpointer data,
             gpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetnsMonitor) monitor = NULL;
  struct ifreq request = { .ifr_name = "lo" };
  int fd = fairlead_netns_open_socket (data, AF_INET, SOCK_DGRAM, 0, &error);
  guint n_changes = 0;

  g_assert_no_error (error);
  g_main_context_push_thread_default (context);
  monitor = fairlead_netns_monitor_new (data, &error);
  g_assert_no_error (error);
  g_signal_connect (monitor, "link-changed", G_CALLBACK (on_link_changed), &n_changes);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      request.ifr_mtu = (int) (1000 + i);
      g_assert_cmpint (ioctl (fd, SIOCSIFMTU, &request), ==, 0);
      while (g_main_context_iteration (context, FALSE))
        ;
    }
  while (n_changes == 0)
    g_main_context_iteration (context, TRUE);
  g_clear_object (&monitor);
  close (fd);
  g_main_context_pop_thread_default (context);
}

static void
test_monitors (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned ("/run/watched", &error);

  g_test_summary ("Monitors of several threads watch one namespace");

  g_assert_no_error (error);
  run_together (use_monitor, netns, NULL);
  g_assert_true (fairlead_netns_unpin ("/run/watched", &error));
}

/* Containers that live at the same time, on threads of one manager; each callback starts what comes next. */
typedef struct
{
  char   *id;
  guint  *n_running;
  guint   n_left; /* lives */
} Life;

static const char * const life_networks[] = { "none", "bridge", "slirp4netns" };

static void start_life (FairleadManager *manager,
                        Life            *life);

static void
on_life_torn_down (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Life *life = user_data;
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown_finish (FAIRLEAD_MANAGER (source), result, &error);
  g_assert_no_error (error);
  if (--life->n_left > 0)
    start_life (FAIRLEAD_MANAGER (source), life);
  else
    --*life->n_running;
}

static void
on_life_inspected (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Life *life = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) inspected = fairlead_manager_inspect_finish (FAIRLEAD_MANAGER (source), result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (inspected);
  fairlead_manager_teardown_async (FAIRLEAD_MANAGER (source), life->id, FAIRLEAD_TEARDOWN_NONE, NULL, on_life_torn_down,
                                   life);
}

static void
on_life_measured (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Life *life = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadStats) stats = fairlead_manager_stats_finish (FAIRLEAD_MANAGER (source), result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (stats);
  fairlead_manager_inspect_async (FAIRLEAD_MANAGER (source), life->id, NULL, on_life_inspected, life);
}

static void
on_life_set_up (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  Life *life = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_setup_finish (FAIRLEAD_MANAGER (source), result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (container);
  fairlead_manager_stats_async (FAIRLEAD_MANAGER (source), life->id, NULL, on_life_measured, life);
}

static void
start_life (FairleadManager *manager,
            Life            *life)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (life->id);
  g_autofree char *network = g_strndup (life->id, strcspn (life->id, "."));

  fairlead_request_add_network (request, network, NULL);
  fairlead_manager_setup_async (manager, request, NULL, on_life_set_up, life);
}

static void
test_backends (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (FairleadConfig) config = new_config (fixture);
  g_autoptr (FairleadManager) manager = fairlead_manager_new (config);
  Life lives[G_N_ELEMENTS (life_networks) * 2] = { 0 };
  /* The last one makes a tap interface. */
  const gboolean can_tap = g_access ("/dev/net/tun", R_OK | W_OK) == 0;
  const guint n_lives = G_N_ELEMENTS (lives) - (can_tap ? 0 : 2);
  guint n_running = n_lives;

  g_test_summary ("Each backend serves several containers at once");

  if (!can_tap)
    g_test_message ("without %s, as /dev/net/tun cannot be opened", life_networks[n_lives / 2]);
  for (guint i = 0; i < n_lives; i++)
    {
      lives[i] = (Life) { g_strdup_printf ("%s.%u", life_networks[i / 2], i), &n_running, 3 };
      start_life (manager, &lives[i]);
    }
  while (n_running > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (lives); i++)
    g_free (lives[i].id);
  g_assert_finalize_object (g_steal_pointer (&manager));
}

#ifdef TEST_THREAD_SANITIZER

/* Made on purpose: nothing puts these in order. */
static void
race_for_memory (gpointer data,
                 gpointer user_data)
{
  ++*(int *) data;
}

static void
race_for_table (gpointer data,
                gpointer user_data)
{
  static char key[N_THREADS];
  static int n_keys;

  g_hash_table_add (data, &key[__atomic_fetch_add (&n_keys, 1, __ATOMIC_RELAXED)]);
}

static void
race_for_request (gpointer data,
                  gpointer user_data)
{
  fairlead_request_set_share_with (data, "c2");
}

static GMutex race_lock;

static void
add_in_turn (gpointer data,
             gpointer user_data)
{
  g_mutex_lock (&race_lock);
  ++*(int *) data;
  g_mutex_unlock (&race_lock);
}

static gboolean
add_later (gpointer data)
{
  ++*(int *) data;
  return G_SOURCE_REMOVE;
}

static void
add_in_pool (gpointer data,
             gpointer user_data)
{
  GSource *source = g_idle_source_new ();

  ++*(int *) data;
  g_source_set_callback (source, add_later, data, NULL);
  g_source_attach (source, user_data);
  g_source_unref (source);
}

static void
test_race_for_memory (void)
{
  static int n;

  run_together (race_for_memory, &n, NULL);
}

static void
test_race_for_table (void)
{
  g_autoptr (GHashTable) table = g_hash_table_new (NULL, NULL);

  run_together (race_for_table, table, NULL);
}

static void
test_race_for_request (void)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");

  run_together (race_for_request, request, NULL);
}

/* A lock, a pool and a main context, in which there is no race; the sanitizer would see one without glib-order.c. */
static void
test_no_race (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GThreadPool *pool = g_thread_pool_new (add_in_pool, context, 1, FALSE, NULL);
  g_autofree int *n = g_new0 (int, 1);
  int in_turn = 0;

  run_together (add_in_turn, &in_turn, NULL);
  g_assert_cmpint (in_turn, ==, N_THREADS);
  ++*n;
  g_thread_pool_push (pool, n, NULL);
  while (!g_main_context_iteration (context, TRUE))
    ;
  g_assert_cmpint (*n, ==, 3);
  g_thread_pool_free (pool, FALSE, TRUE);
}

static void
assert_reported (const char *name,
                 const char *function)
{
  g_autofree char *path = g_strconcat ("/fairlead/thread/race/subprocess/", name, NULL);
  g_autofree char *pattern = g_strconcat ("*ThreadSanitizer: data race*", function, "*", NULL);

  g_test_trap_subprocess (path, 20 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (pattern);
}

static void
test_race (void)
{
  g_test_summary ("The sanitizer reports a race in a program, in a container of GLib and in the library, and none "
                  "where GLib puts things in order");

  assert_reported ("memory", "race_for_memory");
  assert_reported ("table", "race_for_table");
  assert_reported ("request", "fairlead_request_set_share_with");
  g_test_trap_subprocess ("/fairlead/thread/race/subprocess/none", 20 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

static void
add_race_tests (void)
{
  g_test_add_func ("/fairlead/thread/race", test_race);
  g_test_add_func ("/fairlead/thread/race/subprocess/memory", test_race_for_memory);
  g_test_add_func ("/fairlead/thread/race/subprocess/table", test_race_for_table);
  g_test_add_func ("/fairlead/thread/race/subprocess/request", test_race_for_request);
  g_test_add_func ("/fairlead/thread/race/subprocess/none", test_no_race);
}

#endif

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/thread/config", test_config);
  fairlead_test_add ("/fairlead/thread/values", test_values);
  fairlead_test_add ("/fairlead/thread/netns", test_netns);
  fairlead_test_add ("/fairlead/thread/monitors", test_monitors);
  fairlead_test_add ("/fairlead/thread/backends", test_backends);
#ifdef TEST_THREAD_SANITIZER
  add_race_tests ();
#endif
  return g_test_run ();
}
