/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-network-monitor.h>

#include <stdlib.h>

/**
 * FairleadNetworkMonitor:
 *
 * Tells when the networks that backends find by themselves may have changed.
 *
 * A manager looks at the directories of other tools whenever it is asked for a network, so nothing has to be watched to
 * use them. A program that shows a list of networks makes a monitor and asks [method@Fairlead.Manager.list_networks]
 * again at each [signal@Fairlead.NetworkMonitor::changed]. The watch lasts as long as the object, goes on when a
 * directory is removed and made anew, and follows symbolic links.
 *
 * A monitor belongs to the thread of its manager, and emits its signal in the main context that was the thread's
 * default when it was made.
 *
 * Networks of keyfiles belong to the configuration, which a manager does not read again.
 *
 * Since: 1.0
 */

/* An editor or a package manager does several things to a directory at once; they are told as one change. */
#define SETTLE_MS 100

struct _FairleadNetworkMonitor
{
  GObject parent_instance;

  GMainContext *context;  /* (owned) */
  char        **dirs;     /* (owned) those whose networks are of interest, absolute */
  GHashTable   *targets;  /* (owned) (element-type filename) where symbolic links among them and in them lead */
  GPtrArray    *monitors; /* (owned) (element-type GFileMonitor) */
  GSource      *settle;   /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (FairleadNetworkMonitor, fairlead_network_monitor, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void watch_all (FairleadNetworkMonitor *self);

/* What is watched is looked at again too: a directory that is there now may be another one than before. */
static gboolean
on_settled (gpointer user_data)
{
  g_autoptr (FairleadNetworkMonitor) self = g_object_ref (user_data);

  g_clear_pointer (&self->settle, g_source_unref);
  watch_all (self);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
settle (FairleadNetworkMonitor *self)
{
  if (self->settle != NULL)
    return;

  self->settle = g_timeout_source_new (SETTLE_MS);
  g_source_set_callback (self->settle, on_settled, self, NULL);
  g_source_attach (self->settle, self->context);
}

static gboolean
is_inside (const char *path,
           const char *directory)
{
  return g_str_has_prefix (path, directory) && path[strlen (directory)] == '/';
}

static gboolean
concerns (const char *path,
          const char *watched)
{
  return g_str_equal (path, watched) || is_inside (path, watched) || is_inside (watched, path);
}

static gboolean
is_of_interest (FairleadNetworkMonitor *self,
                const char             *path)
{
  GHashTableIter iter;
  gpointer target;

  for (char **dir = self->dirs; *dir != NULL; dir++)
    if (concerns (path, *dir))
      return TRUE;
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, &target, NULL))
    if (concerns (path, target))
      return TRUE;
  return FALSE;
}

/* Of what happens in the directories above, only what a watched directory lies on the way of counts. */
static void
on_event (GFileMonitor           *monitor,
          GFile                  *file,
          GFile                  *other_file,
          GFileMonitorEvent       event,
          FairleadNetworkMonitor *self)
{
  const char *paths[] = { g_file_peek_path (file), other_file != NULL ? g_file_peek_path (other_file) : NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    if (paths[i] != NULL && is_of_interest (self, paths[i]))
      settle (self);
}

static void
watch (FairleadNetworkMonitor *self,
       const char             *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (monitor != NULL)
    {
      g_signal_connect (monitor, "changed", G_CALLBACK (on_event), self);
      g_ptr_array_add (self->monitors, monitor);
    }
  else if (error != NULL)
    {
      g_debug ("%s cannot be watched: %s", path, error->message);
    }
}

/* The path and all above it, where it would be made anew; the highest first, so that what is made meanwhile is seen. */
static void
watch_way (FairleadNetworkMonitor *self,
           const char             *path)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (!g_str_equal (parent, path))
    watch_way (self, parent);
  watch (self, path);
}

/* Where a link leads to that is broken now is still of interest. */
static void
watch_target (FairleadNetworkMonitor *self,
              const char             *path)
{
  char *target = realpath (path, NULL);

  if (target != NULL && !g_str_equal (target, path))
    g_hash_table_add (self->targets, g_strdup (target));
  free (target);
}

/* Networks may have more files in directories of their own. */
static void
watch_children (FairleadNetworkMonitor *self,
                const char             *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      watch (self, path);
      if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        watch_target (self, path);
    }
}

static void
unwatch_all (FairleadNetworkMonitor *self)
{
  for (guint i = 0; i < self->monitors->len; i++)
    {
      GFileMonitor *monitor = g_ptr_array_index (self->monitors, i);

      g_signal_handlers_disconnect_by_data (monitor, self);
      g_file_monitor_cancel (monitor);
    }
  g_ptr_array_set_size (self->monitors, 0);
}

/* Each directory, what is in it, and where links lead. */
static void
watch_all (FairleadNetworkMonitor *self)
{
  GHashTableIter iter;
  gpointer target;

  unwatch_all (self);

  g_main_context_push_thread_default (self->context);
  for (char **dir = self->dirs; *dir != NULL; dir++)
    {
      watch_way (self, *dir);
      watch_children (self, *dir);
      watch_target (self, *dir);
    }
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, &target, NULL))
    watch_way (self, target);
  g_main_context_pop_thread_default (self->context);
}

static void
fairlead_network_monitor_dispose (GObject *object)
{
  FairleadNetworkMonitor *self = FAIRLEAD_NETWORK_MONITOR (object);

  unwatch_all (self);
  if (self->settle != NULL)
    g_source_destroy (self->settle);
  g_clear_pointer (&self->settle, g_source_unref);

  G_OBJECT_CLASS (fairlead_network_monitor_parent_class)->dispose (object);
}

static void
fairlead_network_monitor_finalize (GObject *object)
{
  FairleadNetworkMonitor *self = FAIRLEAD_NETWORK_MONITOR (object);

  g_main_context_unref (self->context);
  g_ptr_array_unref (self->monitors);
  g_hash_table_unref (self->targets);
  g_strfreev (self->dirs);

  G_OBJECT_CLASS (fairlead_network_monitor_parent_class)->finalize (object);
}

static void
fairlead_network_monitor_class_init (FairleadNetworkMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = fairlead_network_monitor_dispose;
  object_class->finalize = fairlead_network_monitor_finalize;

  /**
   * FairleadNetworkMonitor::changed:
   * @self: the monitor
   *
   * Files that may define networks have changed.
   *
   * Since: 1.0
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
fairlead_network_monitor_init (FairleadNetworkMonitor *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->monitors = g_ptr_array_new_with_free_func (g_object_unref);
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
add_dirs (GStrvBuilder    *builder,
          FairleadBackend *backend)
{
  g_auto (GStrv) dirs = fairlead_backend_list_network_dirs (backend);

  for (char **dir = dirs; *dir != NULL; dir++)
    {
      g_autofree char *path = g_canonicalize_filename (*dir, NULL);

      g_strv_builder_add (builder, path);
    }
}

/**
 * fairlead_network_monitor_new:
 * @manager: a manager
 * @error: where to put the error
 *
 * Begins to watch where the backends that `[core] discover` names find networks. A backend that is not installed is
 * left out.
 *
 * Returns: (transfer full): a new monitor, or %NULL with @error set if a backend cannot be loaded
 *
 * Since: 1.0
 */
FairleadNetworkMonitor *
fairlead_network_monitor_new (FairleadManager  *manager,
                              GError          **error)
{
  g_autoptr (FairleadNetworkMonitor) self = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char * const *discover;

  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (manager), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  discover = fairlead_config_get_discover (fairlead_manager_get_config (manager));
  for (gsize i = 0; discover[i] != NULL; i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, discover[i], &local_error);

      if (backend != NULL)
        add_dirs (builder, backend);
      else if (!g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
    }

  self = g_object_new (FAIRLEAD_TYPE_NETWORK_MONITOR, NULL);
  self->dirs = g_strv_builder_end (builder);
  watch_all (self);
  return g_steal_pointer (&self);
}
