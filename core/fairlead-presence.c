/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-presence-private.h"

#include <string.h>

#include "fairlead-container-private.h"
#include "fairlead-log-private.h"
#include "fairlead-watch-private.h"

struct _FairleadPresence
{
  FairleadStore *store;   /* not owned */
  GMainContext  *context; /* not owned */
  GObject       *emitter; /* not owned */
  GHashTable    *known;   /* (owned) id → FairleadContainer, not owned: taken out when it dies */

  /* While the state directory is watched. */
  FairleadWatch *watch;     /* (nullable) (owned) */
  GHashTable    *announced; /* (nullable) (owned) id → FairleadContainer, owned: those that are set up */
};

static void
container_died (gpointer user_data,
                GObject *where_it_was)
{
  GHashTable *known = user_data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, known);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value == where_it_was)
      g_hash_table_iter_remove (&iter);
}

static FairleadContainer *
find_known (FairleadPresence *self,
            const char       *id)
{
  return g_hash_table_lookup (self->known, id);
}

/* A container that is gone may come again under its id, as another object. */
static void
forget (FairleadPresence  *self,
        FairleadContainer *container)
{
  const char *id = fairlead_container_get_id (container);

  if (find_known (self, id) != container)
    return;
  g_object_weak_unref (G_OBJECT (container), container_died, self->known);
  g_hash_table_remove (self->known, id);
}

/* Once for each container that went away. A container that was never announced goes without a word if we watch;
 * otherwise whoever tore it down has to be believed. */
static void
emit_removed (FairleadPresence  *self,
              FairleadContainer *container)
{
  G_GNUC_UNUSED g_autoptr (GObject) emitter = g_object_ref (self->emitter);

  if (self->announced != NULL && !g_hash_table_remove (self->announced, fairlead_container_get_id (container)))
    return;
  g_signal_emit_by_name (emitter, "container-removed", container);
}

static void
lose (FairleadPresence  *self,
      FairleadContainer *container)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) held = g_object_ref (container);

  forget (self, container);
  fairlead_container_set_state (container, FAIRLEAD_STATE_GONE);
  emit_removed (self, container);
}

/* Somebody may have torn it down and set another one up under its id. */
static gboolean
is_another (FairleadContainer *known,
            FairleadContainer *container)
{
  GDateTime *a = fairlead_container_get_created (known);
  GDateTime *b = fairlead_container_get_created (container);

  return a != NULL && b != NULL && !g_date_time_equal (a, b);
}

static void
update (FairleadPresence  *self,
        FairleadContainer *known,
        FairleadContainer *container)
{
  G_GNUC_UNUSED g_autoptr (GObject) emitter = g_object_ref (self->emitter);
  G_GNUC_UNUSED g_autoptr (FairleadContainer) held = g_object_ref (known);
  g_autoptr (GPtrArray) changed = fairlead_container_update (known, container);

  for (guint i = 0; i < changed->len; i++)
    g_signal_emit_by_name (emitter, "attachment-changed", known, changed->pdata[i]);
}

FairleadContainer *
fairlead_presence_adopt (FairleadPresence  *self,
                         FairleadContainer *container)
{
  const char *id = fairlead_container_get_id (container);
  FairleadContainer *known = find_known (self, id);

  if (known != NULL && is_another (known, container))
    {
      lose (self, known);
      known = NULL;
    }
  if (known != NULL)
    {
      g_autoptr (FairleadContainer) held = g_object_ref (known);

      update (self, known, container);
      return g_steal_pointer (&held);
    }
  g_hash_table_insert (self->known, g_strdup (id), container);
  g_object_weak_ref (G_OBJECT (container), container_died, self->known);
  return g_object_ref (container);
}

void
fairlead_presence_announce (FairleadPresence  *self,
                            FairleadContainer *container)
{
  G_GNUC_UNUSED g_autoptr (GObject) emitter = g_object_ref (self->emitter);
  const char *id = fairlead_container_get_id (container);

  if (self->announced != NULL && g_hash_table_contains (self->announced, id))
    return;
  if (self->announced != NULL)
    g_hash_table_insert (self->announced, g_strdup (id), g_object_ref (container));
  g_signal_emit_by_name (emitter, "container-added", container);
}

void
fairlead_presence_show (FairleadPresence  *self,
                        FairleadContainer *container,
                        const GError      *error)
{
  const char *id = fairlead_container_get_id (container);
  FairleadContainer *known = find_known (self, id);
  g_autoptr (FairleadContainer) held = g_object_ref (known != NULL ? known : container);

  if (known != NULL)
    update (self, known, container);
  if (error != NULL)
    fairlead_container_set_error (held, error);
  /* Who heard of it may have set up another one under its id, for which it was lost already. */
  if (fairlead_container_get_state (held) == FAIRLEAD_STATE_GONE && find_known (self, id) == known)
    lose (self, held);
}

void
fairlead_presence_show_error (FairleadPresence *self,
                              const char       *id,
                              const GError     *error)
{
  FairleadContainer *known = find_known (self, id);
  G_GNUC_UNUSED g_autoptr (FairleadContainer) held = known != NULL ? g_object_ref (known) : NULL;

  if (known == NULL)
    return;
  fairlead_container_set_error (known, error);
  if (g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND) &&
      fairlead_container_get_state (known) == FAIRLEAD_STATE_READY)
    lose (self, known);
}

void
fairlead_presence_show_gone (FairleadPresence *self,
                             const char       *id)
{
  FairleadContainer *known = find_known (self, id);
  g_autoptr (FairleadContainer) container = known != NULL ? g_object_ref (known) : fairlead_container_new (id);

  lose (self, container);
}

/* The state file of container @id was replaced or removed. */
static void
look_at (FairleadPresence *self,
         const char       *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) read = fairlead_store_read (self->store, id, &error);
  g_autoptr (FairleadContainer) container = NULL;
  FairleadContainer *known = find_known (self, id);

  if (read == NULL && g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    {
      if (known != NULL)
        lose (self, known);
      return;
    }
  if (read == NULL && known != NULL)
    read = fairlead_container_new_damaged (id, error);
  if (read == NULL)
    return;
  container = fairlead_presence_adopt (self, read);
  if (fairlead_presence_is_watching (self) && fairlead_container_get_state (container) == FAIRLEAD_STATE_READY)
    fairlead_presence_announce (self, container);
}

/* All containers that were announced, and all that have a file. */
static void
look_at_all (FairleadPresence *self)
{
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) ids = fairlead_store_list (self->store, NULL);
  g_autoptr (GList) keys = NULL;

  for (char **id = ids; id != NULL && *id != NULL; id++)
    g_hash_table_add (all, g_strdup (*id));
  keys = g_hash_table_get_keys (self->announced);
  for (GList *key = keys; key != NULL; key = key->next)
    g_hash_table_add (all, g_strdup (key->data));
  g_list_free (g_steal_pointer (&keys));

  keys = g_hash_table_get_keys (all);
  for (GList *key = keys; key != NULL && self->watch != NULL; key = key->next)
    look_at (self, key->data);
}

static void
on_file_changed (FairleadPresence *self,
                 const char       *name)
{
  g_autofree char *id = NULL;

  /* Files that are being written have other names. */
  if (!g_str_has_suffix (name, ".json"))
    return;
  id = g_strndup (name, strlen (name) - strlen (".json"));
  if (fairlead_container_id_is_valid (id))
    look_at (self, id);
}

static gboolean open_watch (FairleadPresence  *self,
                            GError           **error);

/* Somebody removed the whole directory: all containers are gone, and the next one brings a new directory. */
static void
on_directory_gone (FairleadPresence *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->watch, fairlead_watch_free);
  if (!open_watch (self, &error))
    {
      g_warning ("containers of other programs are not seen any more: %s", error->message);
      fairlead_presence_stop_watching (self);
      return;
    }
  look_at_all (self);
}

static void
on_watch (FairleadWatchEvent  event,
          const char         *name,
          gpointer            user_data)
{
  FairleadPresence *self = user_data;
  /* A handler may give the manager up. */
  G_GNUC_UNUSED g_autoptr (GObject) emitter = g_object_ref (self->emitter);

  switch (event)
    {
    case FAIRLEAD_WATCH_CHANGED:
      on_file_changed (self, name);
      break;
    case FAIRLEAD_WATCH_OVERFLOW:
      look_at_all (self);
      break;
    case FAIRLEAD_WATCH_GONE:
      on_directory_gone (self);
      break;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
open_watch (FairleadPresence  *self,
            GError           **error)
{
  g_autofree char *directory = fairlead_store_ensure_dir (self->store, "containers", error);

  if (directory != NULL)
    self->watch = fairlead_watch_new (directory, self->context, on_watch, self, error);
  return self->watch != NULL;
}

/* What is there when the watch begins is no news. */
static gboolean
note_present (FairleadPresence  *self,
              GError           **error)
{
  g_auto (GStrv) ids = fairlead_store_list (self->store, error);

  for (char **id = ids; id != NULL && *id != NULL; id++)
    {
      g_autoptr (FairleadContainer) read = fairlead_store_read (self->store, *id, NULL);
      g_autoptr (FairleadContainer) container = read != NULL ? fairlead_presence_adopt (self, read) : NULL;

      if (container != NULL && fairlead_container_get_state (container) == FAIRLEAD_STATE_READY)
        g_hash_table_insert (self->announced, g_strdup (*id), g_steal_pointer (&container));
    }
  return ids != NULL;
}

gboolean
fairlead_presence_is_watching (FairleadPresence *self)
{
  return self->announced != NULL;
}

gboolean
fairlead_presence_start_watching (FairleadPresence  *self,
                                  GError           **error)
{
  if (fairlead_presence_is_watching (self))
    return TRUE;
  if (!open_watch (self, error))
    return FALSE;
  self->announced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  if (!note_present (self, error))
    {
      g_clear_pointer (&self->announced, g_hash_table_unref);
      g_clear_pointer (&self->watch, fairlead_watch_free);
      return FALSE;
    }
  g_object_notify (self->emitter, "watching");
  return TRUE;
}

void
fairlead_presence_stop_watching (FairleadPresence *self)
{
  if (!fairlead_presence_is_watching (self))
    return;
  g_clear_pointer (&self->watch, fairlead_watch_free);
  g_clear_pointer (&self->announced, g_hash_table_unref);
  g_object_notify (self->emitter, "watching");
}

FairleadPresence *
fairlead_presence_new (FairleadStore *store,
                       GMainContext  *context,
                       GObject       *emitter)
{
  FairleadPresence *self = g_new0 (FairleadPresence, 1);

  self->store = store;
  self->context = context;
  self->emitter = emitter;
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
fairlead_presence_free (FairleadPresence *self)
{
  GHashTableIter iter;
  gpointer container;

  g_clear_pointer (&self->watch, fairlead_watch_free);
  g_clear_pointer (&self->announced, g_hash_table_unref);
  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &container))
    g_object_weak_unref (container, container_died, self->known);
  g_hash_table_unref (self->known);
  g_free (self);
}
