/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>
#include <glib/gstdio.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "fairlead-testlib.h"

/* What a program learns of containers that others set up, and of links and addresses inside them. */

#define TIME_LIMIT_S 20

typedef struct
{
  FairleadManager *manager;
  GPtrArray       *events; /* (element-type utf8) */
} Observer;

static FairleadManager *
new_manager (FairleadTestFixture *fixture)
{
  g_autofree char *state_dir = fairlead_test_path (fixture, "state");
  g_autofree char *netns_dir = fairlead_test_path (fixture, "netns");
  g_auto (GStrv) backend_dirs = g_strsplit (g_getenv ("FAIRLEAD_BACKEND_PATH"), ":", -1);
  g_autoptr (FairleadConfig) config = g_object_new (FAIRLEAD_TYPE_CONFIG, "state-dir", state_dir, "netns-dir", netns_dir,
                                                    "backend-dirs", backend_dirs, NULL);

  return fairlead_manager_new (config);
}

static void
on_container_added (FairleadManager   *manager,
                    FairleadContainer *container,
                    gpointer           user_data)
{
  Observer *observer = user_data;

  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_READY);
  g_ptr_array_add (observer->events, g_strconcat ("+", fairlead_container_get_id (container), NULL));
}

static void
on_container_removed (FairleadManager   *manager,
                      FairleadContainer *container,
                      gpointer           user_data)
{
  Observer *observer = user_data;

  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_GONE);
  g_ptr_array_add (observer->events, g_strconcat ("-", fairlead_container_get_id (container), NULL));
}

static void
on_attachment_changed (FairleadManager    *manager,
                       FairleadContainer  *container,
                       FairleadAttachment *attachment,
                       gpointer            user_data)
{
  Observer *observer = user_data;

  g_ptr_array_add (observer->events, g_strdup_printf ("%s/%s metric %u", fairlead_container_get_id (container),
                                                      fairlead_attachment_get_network_name (attachment),
                                                      fairlead_attachment_get_route_metric (attachment)));
}

static void
observer_open (Observer            *observer,
               FairleadTestFixture *fixture)
{
  observer->manager = new_manager (fixture);
  observer->events = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (observer->manager, "container-added", G_CALLBACK (on_container_added), observer);
  g_signal_connect (observer->manager, "container-removed", G_CALLBACK (on_container_removed), observer);
  g_signal_connect (observer->manager, "attachment-changed", G_CALLBACK (on_attachment_changed), observer);
}

static void
observer_close (Observer *observer)
{
  g_assert_finalize_object (observer->manager);
  g_ptr_array_unref (observer->events);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Observer, observer_close)

static gboolean
on_late (gpointer user_data)
{
  GPtrArray *events = user_data;

  for (guint i = 0; i < events->len; i++)
    g_test_message ("heard %s", (char *) events->pdata[i]);
  g_error ("not all was heard in %d seconds", TIME_LIMIT_S);
  return G_SOURCE_REMOVE;
}

/* Runs the main context until @events has @wanted, parted by spaces; then empties it. */
static void
expect (GPtrArray  *events,
        const char *wanted)
{
  guint late = g_timeout_add_seconds (TIME_LIMIT_S, on_late, events);
  g_auto (GStrv) list = g_strsplit (wanted, ", ", -1);
  g_autofree char *heard = NULL;

  while (events->len < g_strv_length (list))
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_source_remove (late);
  g_ptr_array_add (events, NULL);
  heard = g_strjoinv (", ", (char **) events->pdata);
  g_assert_cmpstr (heard, ==, wanted);
  g_ptr_array_set_size (events, 0);
}

static FairleadContainer *
set_up (FairleadManager *manager,
        const char      *id)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (id);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container;

  fairlead_request_add_network (request, "none", NULL);
  container = fairlead_manager_setup (manager, request, NULL, &error);
  g_assert_no_error (error);
  return container;
}

static void
tear_down (FairleadManager *manager,
           const char      *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
test_own (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_auto (Observer) observer = { 0 };
  g_auto (Observer) other = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadContainer) foreign = NULL;

  g_test_summary ("A manager tells of its own containers, and of others' only when asked");

  observer_open (&observer, fixture);
  observer_open (&other, fixture);
  container = set_up (observer.manager, "c1");
  foreign = set_up (other.manager, "c2");
  expect (observer.events, "+c1");
  tear_down (observer.manager, "c1");
  tear_down (other.manager, "c2");
  expect (observer.events, "-c1");
  expect (other.events, "+c2, -c2");
}

static void
set_up_anew (FairleadContainer *container,
             GParamSpec        *pspec,
             Observer          *observer)
{
  if (fairlead_container_get_state (container) != FAIRLEAD_STATE_GONE)
    return;
  g_signal_handlers_disconnect_by_data (container, observer);
  g_object_unref (set_up (observer->manager, "c1"));
}

static void
test_anew (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_test_summary ("A container that is set up anew by who hears that it is gone, is removed and added once");

  for (int watching = 0; watching < 2; watching++)
    {
      g_auto (Observer) observer = { 0 };
      g_autoptr (FairleadContainer) container = NULL;
      g_autoptr (GError) error = NULL;

      observer_open (&observer, fixture);
      if (watching)
        fairlead_manager_start_watching (observer.manager, &error);
      g_assert_no_error (error);
      container = set_up (observer.manager, "c1");
      g_signal_connect (container, "notify::state", G_CALLBACK (set_up_anew), &observer);
      tear_down (observer.manager, "c1");
      expect (observer.events, "+c1, -c1, +c1");
      tear_down (observer.manager, "c1");
      expect (observer.events, "-c1");
    }
}

static void
test_foreign (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_auto (Observer) observer = { 0 };
  g_autoptr (FairleadManager) other = new_manager (fixture);
  g_autoptr (FairleadContainer) before = set_up (other, "before");
  g_autoptr (FairleadContainer) seen = NULL;
  g_autoptr (FairleadContainer) theirs = NULL;
  g_autoptr (FairleadContainer) again = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A watching manager tells once of each container that others set up and tear down");

  observer_open (&observer, fixture);
  g_assert_true (fairlead_manager_start_watching (observer.manager, &error));
  g_assert_true (fairlead_manager_get_watching (observer.manager));
  g_assert_true (fairlead_manager_start_watching (observer.manager, &error));

  theirs = set_up (other, "c1");
  expect (observer.events, "+c1");
  seen = fairlead_manager_lookup_container (observer.manager, "c1", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (seen != theirs);

  /* Both happen before the watcher looks: the file is there, but it is another container's. */
  tear_down (other, "c1");
  g_clear_object (&theirs);
  theirs = set_up (other, "c1");
  expect (observer.events, "-c1, +c1");
  g_assert_cmpint (fairlead_container_get_state (seen), ==, FAIRLEAD_STATE_GONE);
  again = fairlead_manager_lookup_container (observer.manager, "c1", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (again != seen);

  tear_down (other, "before");
  tear_down (observer.manager, "c1");
  expect (observer.events, "-c1, -before");

  fairlead_manager_stop_watching (observer.manager);
  g_assert_false (fairlead_manager_get_watching (observer.manager));
  g_clear_object (&theirs);
  theirs = set_up (other, "c3");
  g_clear_object (&before);
  before = set_up (observer.manager, "c4");
  expect (observer.events, "+c4");
  tear_down (other, "c3");
  tear_down (other, "c4");
}

static char *
state_path (FairleadTestFixture *fixture,
            const char          *name)
{
  return g_build_filename (fixture->directory, "state", "containers", name, NULL);
}

static void
test_attachment (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_auto (Observer) observer = { 0 };
  g_autoptr (FairleadManager) other = new_manager (fixture);
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = set_up (other, "c1");
  g_autofree char *file = state_path (fixture, "c1.json");
  g_autofree char *text = NULL;
  g_autoptr (GString) changed = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What another process changes of an attachment is told; files of other names are nothing");

  observer_open (&observer, fixture);
  g_assert_true (fairlead_manager_start_watching (observer.manager, &error));
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, "\"route-metric\": 0", "\"route-metric\": 77", 0), ==, 1);
  g_assert_true (g_file_set_contents (file, changed->str, -1, NULL));
  expect (observer.events, "c1/none metric 77");

  g_free (file);
  file = state_path (fixture, "..json");
  g_assert_true (g_file_set_contents (file, "{}", -1, NULL));
  g_assert_cmpint (g_unlink (file), ==, 0);
  tear_down (other, "c1");
  expect (observer.events, "-c1");
}

static void
test_directory_gone (FairleadTestFixture *fixture,
                     gconstpointer        data)
{
  g_auto (Observer) observer = { 0 };
  g_autoptr (FairleadManager) other = new_manager (fixture);
  g_autofree char *containers = fairlead_test_path (fixture, "state/containers");
  g_autofree char *away = fairlead_test_path (fixture, "away");
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = set_up (other, "c1");
  g_autoptr (FairleadContainer) next = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Containers whose directory goes are gone, and what comes in a new one is seen");

  observer_open (&observer, fixture);
  g_assert_true (fairlead_manager_start_watching (observer.manager, &error));
  g_assert_cmpint (g_rename (containers, away), ==, 0);
  expect (observer.events, "-c1");
  next = set_up (other, "c2");
  expect (observer.events, "+c2");
  tear_down (other, "c2");
  expect (observer.events, "-c2");

  g_assert_cmpint (g_rmdir (containers), ==, 0);
  expect (observer.events, "");
  g_assert_cmpint (g_rename (away, containers), ==, 0);
  tear_down (other, "c1");
}

static guint
get_queue_limit (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL));
  return (guint) g_ascii_strtoull (text, NULL, 10);
}

static void
test_overflow (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_auto (Observer) observer = { 0 };
  g_autoptr (FairleadManager) other = new_manager (fixture);
  g_autofree char *a = state_path (fixture, "a");
  g_autofree char *b = state_path (fixture, "b");
  G_GNUC_UNUSED g_autoptr (FairleadContainer) first = set_up (other, "c1");
  g_autoptr (FairleadContainer) second = NULL;
  g_autoptr (GError) error = NULL;
  const guint limit = get_queue_limit ();

  g_test_summary ("When the kernel drops news, all is looked at again");

  if (limit > 100000)
    {
      g_test_skip ("the inotify queue of this machine is too long to fill");
      tear_down (other, "c1");
      return;
    }
  observer_open (&observer, fixture);
  g_assert_true (fairlead_manager_start_watching (observer.manager, &error));
  for (guint i = 0; i <= limit; i++)
    {
      FILE *file = g_fopen (i % 2 == 0 ? a : b, "w");

      g_assert_nonnull (file);
      fclose (file);
    }
  tear_down (other, "c1");
  second = set_up (other, "c2");
  while (observer.events->len < 2)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_sort (observer.events, (GCompareFunc) (void (*) (void)) g_strcmp0);
  g_ptr_array_set_size (observer.events, 0);
  tear_down (other, "c2");
  expect (observer.events, "-c2");
  g_unlink (a);
  g_unlink (b);
}

static void
on_added_give_up (FairleadManager   *manager,
                  FairleadContainer *container,
                  gpointer           user_data)
{
  gboolean *heard = user_data;

  *heard = TRUE;
  fairlead_manager_stop_watching (manager);
  g_object_unref (manager);
}

static void
test_give_up (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  FairleadManager *watcher = new_manager (fixture);
  g_autoptr (FairleadManager) other = new_manager (fixture);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  gboolean heard = FALSE;

  g_test_summary ("A handler may stop the watch and give the manager up");

  g_signal_connect (watcher, "container-added", G_CALLBACK (on_added_give_up), &heard);
  g_assert_true (fairlead_manager_start_watching (watcher, &error));
  container = set_up (other, "c1");
  while (!heard)
    g_main_context_iteration (NULL, TRUE);
  tear_down (other, "c1");
}

static void
run_inside (FairleadNetns *netns,
            const char    *line)
{
  g_autofree char *command = g_strdup_printf ("nsenter --net=%s ip %s", fairlead_netns_get_path (netns), line);
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
on_link_changed (FairleadNetnsMonitor *monitor,
                 FairleadInterface    *interface,
                 guint                 flags,
                 gpointer              events)
{
  g_ptr_array_add (events, g_strdup_printf ("%s %s", fairlead_interface_get_name (interface),
                                            flags & IFF_UP ? "up" : "down"));
}

static void
on_link_removed (FairleadNetnsMonitor *monitor,
                 FairleadInterface    *interface,
                 gpointer              events)
{
  g_ptr_array_add (events, g_strconcat ("-", fairlead_interface_get_name (interface), NULL));
}

static void
on_address_added (FairleadNetnsMonitor     *monitor,
                  FairleadInterfaceAddress *address,
                  gpointer                  events)
{
  g_autofree char *text = fairlead_interface_address_to_string (address);

  g_ptr_array_add (events, g_strdup_printf ("%s=%s", fairlead_interface_address_get_interface_name (address), text));
}

static void
on_address_removed (FairleadNetnsMonitor     *monitor,
                    FairleadInterfaceAddress *address,
                    gpointer                  events)
{
  g_autofree char *text = fairlead_interface_address_to_string (address);

  g_ptr_array_add (events, g_strdup_printf ("%s!%s", fairlead_interface_address_get_interface_name (address), text));
}

static FairleadNetnsMonitor *
new_monitor (FairleadNetns *netns,
             GPtrArray     *events)
{
  g_autoptr (GError) error = NULL;
  FairleadNetnsMonitor *monitor = fairlead_netns_monitor_new (netns, &error);

  g_assert_no_error (error);
  g_assert_true (fairlead_netns_monitor_get_netns (monitor) == netns);
  g_signal_connect (monitor, "link-changed", G_CALLBACK (on_link_changed), events);
  g_signal_connect (monitor, "link-removed", G_CALLBACK (on_link_removed), events);
  g_signal_connect (monitor, "address-added", G_CALLBACK (on_address_added), events);
  g_signal_connect (monitor, "address-removed", G_CALLBACK (on_address_removed), events);
  return monitor;
}

static void
test_monitor (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture);
  g_autoptr (FairleadContainer) container = set_up (manager, "c1");
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);
  g_autoptr (FairleadNetnsMonitor) monitor = new_monitor (netns, events);

  g_test_summary ("Links and addresses inside a container are told as they come, change and go");

  run_inside (netns, "link add d0 type bridge");
  expect (events, "d0 down");
  run_inside (netns, "addr add 192.0.2.7/24 dev d0");
  expect (events, "d0=192.0.2.7/24");
  run_inside (netns, "addr add 192.0.2.7/24 dev lo");
  expect (events, "lo=192.0.2.7/24");
  run_inside (netns, "addr del 192.0.2.7/24 dev lo");
  expect (events, "lo!192.0.2.7/24");
  run_inside (netns, "link set d0 mtu 1400");
  expect (events, "d0 down");
  run_inside (netns, "link set d0 name e0");
  expect (events, "-d0, e0 down");
  run_inside (netns, "link delete e0");
  expect (events, "d0!192.0.2.7/24, -e0");

  /* A port that leaves its bridge is not gone. */
  run_inside (netns, "link add b0 type bridge");
  expect (events, "b0 down");
  run_inside (netns, "link add d1 type veth peer name d2");
  run_inside (netns, "link set d1 master b0");
  run_inside (netns, "link set d1 nomaster");
  run_inside (netns, "link set d1 mtu 1300");
  while (events->len == 0 || strcmp (events->pdata[events->len - 1], "d1 down") != 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < events->len; i++)
    g_assert_cmpint (((char *) events->pdata[i])[0], !=, '-');

  fairlead_netns_monitor_close (monitor);
  fairlead_netns_monitor_close (monitor);
  g_ptr_array_set_size (events, 0);
  run_inside (netns, "link delete d1");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (events->len, ==, 0);
  tear_down (manager, "c1");
}

static void
test_monitor_lost (FairleadTestFixture *fixture,
                   gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture);
  g_autoptr (FairleadContainer) container = set_up (manager, "c1");
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);
  g_autoptr (FairleadNetnsMonitor) monitor = new_monitor (netns, events);
  g_autofree char *batch = fairlead_test_path (fixture, "batch");
  g_autofree char *line = g_strdup_printf ("-batch %s", batch);
  g_autoptr (GString) text = g_string_new (NULL);
  guint late = g_timeout_add_seconds (TIME_LIMIT_S, on_late, events);
  guint n_seen = 0;

  g_test_summary ("When the kernel drops messages, links and addresses are looked at again");

  /* More than a socket's buffer holds. */
  run_inside (netns, "link add first type bridge");
  expect (events, "first down");
  run_inside (netns, "link add d0 type bridge");
  for (guint i = 0; i < 1500; i++)
    g_string_append_printf (text, "link set d0 mtu %u\n", 1000 + i);
  g_string_append (text, "link add last type bridge\naddr add 192.0.2.9/32 dev last\nlink delete d0\nlink delete first\n");
  g_assert_true (g_file_set_contents (batch, text->str, -1, NULL));
  run_inside (netns, line);

  while (!g_hash_table_contains (names, "last=192.0.2.9/32") || !g_hash_table_contains (names, "-first"))
    {
      g_main_context_iteration (NULL, TRUE);
      for (; n_seen < events->len; n_seen++)
        g_hash_table_add (names, g_strdup (events->pdata[n_seen]));
    }
  g_test_message ("%u of 1506 changes were told one by one", events->len);
  g_source_remove (late);
  /* What came and went between is told in pairs. */
  g_assert_true (g_hash_table_contains (names, "d0 down") == g_hash_table_contains (names, "-d0"));
  fairlead_netns_monitor_close (monitor);
  tear_down (manager, "c1");
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/watch/own", test_own);
  fairlead_test_add ("/fairlead/watch/anew", test_anew);
  fairlead_test_add ("/fairlead/watch/foreign", test_foreign);
  fairlead_test_add ("/fairlead/watch/attachment", test_attachment);
  fairlead_test_add ("/fairlead/watch/directory-gone", test_directory_gone);
  fairlead_test_add ("/fairlead/watch/overflow", test_overflow);
  fairlead_test_add ("/fairlead/watch/give-up", test_give_up);
  fairlead_test_add ("/fairlead/watch/monitor", test_monitor);
  fairlead_test_add ("/fairlead/watch/monitor-lost", test_monitor_lost);
  return g_test_run ();
}
