/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>
#include <string.h>
#include <unistd.h>

#include "fairlead-testlib.h"

/* Many lives, many cancellations, many threads: what is there at the end is what was there at the start. */

#define N_LIVES         1000
#define N_CANCELLATIONS 400
#define N_AT_ONCE       6
#define N_THREADS       4
#define N_PER_THREAD    25

typedef struct
{
  FairleadManager *manager;
  char            *state_dir;
  char            *netns_dir;
} World;

static void
world_open (World               *world,
            FairleadTestFixture *fixture)
{
  g_auto (GStrv) own_dirs = g_strsplit (g_getenv ("FAIRLEAD_BACKEND_PATH"), ":", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) dirs = NULL;
  g_autoptr (FairleadConfig) config = NULL;

  g_strv_builder_addv (builder, (const char **) own_dirs);
  g_strv_builder_add (builder, KEPT_DIR);
  dirs = g_strv_builder_end (builder);
  /* Where it is in real life: a file system in memory, where writing a file needs no disk. */
  world->state_dir = g_strdup ("/run/fairlead");
  world->netns_dir = fairlead_test_path (fixture, "netns");
  config = g_object_new (FAIRLEAD_TYPE_CONFIG, "state-dir", world->state_dir, "netns-dir", world->netns_dir,
                         "backend-dirs", dirs, NULL);
  world->manager = fairlead_manager_new (config);
}

static void
world_close (World *world)
{
  g_assert_finalize_object (world->manager);
  g_free (world->state_dir);
  g_free (world->netns_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_close)

static guint
count_files (const char *directory,
             const char *name,
             const char *prefix)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;
  guint n = 0;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (entry, prefix);
  return n;
}

static void
assert_nothing_left (World *world)
{
  g_assert_cmpuint (count_files (world->state_dir, "containers", ""), ==, 0);
  g_assert_cmpuint (count_files (world->state_dir, "locks", ""), ==, 0);
  g_assert_cmpuint (count_files (world->netns_dir, "", ""), ==, 0);
  g_assert_cmpuint (count_files ("/run", "", "contract-"), ==, 0);
}

static FairleadRequest *
new_request (const char *id)
{
  FairleadRequest *request = fairlead_request_new (id);

  /* It makes files, and has two checkpoints. */
  fairlead_request_add_network (request, "contract-kept", NULL);
  return request;
}

static void
live (FairleadManager *manager,
      const char      *id)
{
  g_autoptr (FairleadRequest) request = new_request (id);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (GVariant) inspected = NULL;
  g_autoptr (GError) error = NULL;

  container = fairlead_manager_setup (manager, request, NULL, &error);
  g_assert_no_error (error);
  stats = fairlead_manager_stats (manager, id, NULL, &error);
  g_assert_no_error (error);
  inspected = fairlead_manager_inspect (manager, id, NULL, &error);
  g_assert_no_error (error);
  fairlead_manager_teardown (manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
on_life_torn_down (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown_finish (FAIRLEAD_MANAGER (source), result, &error);
  g_assert_no_error (error);
  *done = TRUE;
}

static void
on_life_set_up (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_setup_finish (FAIRLEAD_MANAGER (source), result, &error);

  g_assert_no_error (error);
  fairlead_manager_teardown_async (FAIRLEAD_MANAGER (source), fairlead_container_get_id (container),
                                   FAIRLEAD_TEARDOWN_NONE, NULL, on_life_torn_down, user_data);
}

static void
live_async (FairleadManager *manager,
            const char      *id)
{
  g_autoptr (FairleadRequest) request = new_request (id);
  gboolean done = FALSE;

  fairlead_manager_setup_async (manager, request, NULL, on_life_set_up, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/* Valgrind needs a smaller number. */
/* GLib keeps idle threads for a while; they are told to end, and need a moment for it. */
static guint
count_threads (guint wanted)
{
  const gint64 deadline = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;

  g_thread_pool_stop_unused_threads ();
  while (count_files ("/proc/self", "task", "") > wanted && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  return count_files ("/proc/self", "task", "");
}

static void
test_lives (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  const guint n_lives = N_LIVES;
  guint n_descriptors, n_threads;

  g_test_summary ("A process that attaches and detaches a thousand times has the descriptors and threads it had");

  world_open (&world, fixture);
  live (world.manager, "c1");
  live_async (world.manager, "c1");
  n_descriptors = count_files ("/proc/self", "fd", "");
  n_threads = count_threads (2);
  for (guint i = 0; i < n_lives; i++)
    if (i % 2 == 0)
      live (world.manager, "c1");
    else
      live_async (world.manager, "c1");
  g_assert_cmpuint (count_files ("/proc/self", "fd", ""), ==, n_descriptors);
  g_assert_cmpuint (count_threads (n_threads), <=, n_threads);
  assert_nothing_left (&world);
}

/* One container that is set up and torn down again while somebody cancels; its callbacks drive it. */
typedef struct
{
  FairleadManager *manager;
  char            *id;
  GCancellable    *cancellable;
  guint            n_left;
  guint           *n_running;
  guint           *n_cancelled;
} Victim;

static void victim_set_up    (Victim *victim);
static void victim_tear_down (Victim *victim);

static gboolean
on_cancel (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static gpointer
cancel_thread (gpointer data)
{
  g_autoptr (GCancellable) cancellable = data;

  g_usleep ((gulong) g_random_int_range (0, 3000));
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* From the main loop, or from another thread. */
static GCancellable *
victim_renew (Victim *victim)
{
  g_clear_object (&victim->cancellable);
  victim->cancellable = g_cancellable_new ();
  if (g_random_boolean ())
    g_thread_unref (g_thread_new ("test-cancel", cancel_thread, g_object_ref (victim->cancellable)));
  else
    g_timeout_add_full (G_PRIORITY_DEFAULT, (guint) g_random_int_range (0, 4), on_cancel,
                        g_object_ref (victim->cancellable), g_object_unref);
  return victim->cancellable;
}

static void
on_victim_torn_down (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  Victim *victim = user_data;
  g_autoptr (GError) error = NULL;

  /* Cancelled, it keeps what is left and is called again. */
  if (!fairlead_manager_teardown_finish (victim->manager, result, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      ++*victim->n_cancelled;
      victim_tear_down (victim);
      return;
    }
  if (--victim->n_left > 0)
    victim_set_up (victim);
  else
    --*victim->n_running;
}

static void
victim_tear_down (Victim *victim)
{
  fairlead_manager_teardown_async (victim->manager, victim->id, FAIRLEAD_TEARDOWN_NONE, victim_renew (victim),
                                   on_victim_torn_down, victim);
}

static void
on_victim_checked (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Victim *victim = user_data;
  g_autoptr (GError) error = NULL;

  if (!fairlead_manager_check_finish (victim->manager, result, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      ++*victim->n_cancelled;
    }
  victim_tear_down (victim);
}

static void
on_victim_set_up (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Victim *victim = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_setup_finish (victim->manager, result, &error);
  g_autofree char *file = g_strdup_printf ("/run/contract-%s-first", victim->id);

  if (container != NULL)
    {
      fairlead_manager_check_async (victim->manager, victim->id, victim_renew (victim), on_victim_checked, victim);
      return;
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  ++*victim->n_cancelled;
  if (--victim->n_left > 0)
    victim_set_up (victim);
  else
    --*victim->n_running;
}

static void
victim_set_up (Victim *victim)
{
  g_autoptr (FairleadRequest) request = new_request (victim->id);

  fairlead_manager_setup_async (victim->manager, request, victim_renew (victim), on_victim_set_up, victim);
}

static void
test_cancellations (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_auto (World) world = { 0 };
  Victim victims[N_AT_ONCE] = { 0 };
  guint n_running = N_AT_ONCE, n_cancelled = 0;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) collected = NULL;

  g_test_summary ("Whatever is cancelled at whatever moment ends as before");

  world_open (&world, fixture);
  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      victims[i] = (Victim) { world.manager, g_strdup_printf ("v%u", i), NULL, N_CANCELLATIONS / N_AT_ONCE, &n_running,
                              &n_cancelled };
      victim_set_up (&victims[i]);
    }
  while (n_running > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_nothing_left (&world);
  collected = fairlead_manager_collect (world.manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (collected), ==, 0);
  g_test_message ("%u calls were cancelled", n_cancelled);
  g_assert_cmpuint (n_cancelled, >, N_CANCELLATIONS / 10);

  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      g_free (victims[i].id);
      g_object_unref (victims[i].cancellable);
    }
  /* Those who cancel hold descriptors, and are in no hurry. */
  while (g_main_context_iteration (NULL, FALSE) || count_files ("/proc/self", "task", "") > 1 + N_AT_ONCE)
    g_usleep (1000);
}

typedef struct
{
  FairleadTestFixture *fixture;
  guint                number;
} Worker;

/* A manager of its own in each thread, with a main context of its own; modules and the state directory are shared. */
static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (World) world = { 0 };

  g_main_context_push_thread_default (context);
  world_open (&world, worker->fixture);
  for (guint i = 0; i < N_PER_THREAD; i++)
    {
      g_autofree char *id = g_strdup_printf ("t%u-%u", worker->number, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GListModel) containers = NULL;
      g_autoptr (GListModel) networks = NULL;

      live (world.manager, id);
      containers = fairlead_manager_list_containers (world.manager, NULL, &error);
      g_assert_no_error (error);
      networks = fairlead_manager_list_networks (world.manager, NULL, &error);
      g_assert_no_error (error);
    }
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_threads (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_auto (World) world = { 0 };
  GThread *threads[N_THREADS];
  Worker workers[N_THREADS];

  g_test_summary ("Managers of several threads work side by side on one state directory");

  world_open (&world, fixture);
  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i] = (Worker) { fixture, i };
      threads[i] = g_thread_new ("test-worker", work, &workers[i]);
    }
  live_async (world.manager, "main");
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  assert_nothing_left (&world);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/stress/threads", test_threads);
  fairlead_test_add ("/fairlead/stress/cancellations", test_cancellations);
  fairlead_test_add ("/fairlead/stress/lives", test_lives);
  return g_test_run ();
}
