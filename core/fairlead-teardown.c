/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-verbs-private.h"

#include <unistd.h>

#include "fairlead-attachment-private.h"
#include "fairlead-container-private.h"
#include "fairlead-log-private.h"
#include "fairlead-userns-private.h"

/* Errors of steps that did not stop the next one. The first keeps its code and details. */
static void
add_failure (GError **failure,
             GError  *error)
{
  g_autoptr (GError) owned_error = error;

  if (*failure == NULL)
    {
      *failure = g_steal_pointer (&owned_error);
      return;
    }
  g_autofree char *message = g_strdup_printf ("%s; also: %s", (*failure)->message, owned_error->message);
  g_free ((*failure)->message);
  (*failure)->message = g_steal_pointer (&message);
}

/* Nothing was made for an attachment whose backend was never called. */
static gboolean
was_started (FairleadAttachment *attachment)
{
  return fairlead_attachment_get_state (attachment) != FAIRLEAD_STATE_PLANNED;
}

static gboolean
detach (FairleadVerbs          *verbs,
        FairleadAttachment     *attachment,
        FairleadTeardownFlags   flags,
        GCancellable           *cancellable,
        GError                **error)
{
  g_autoptr (FairleadBackend) backend = NULL;

  if (!was_started (attachment))
    return TRUE;
  backend = fairlead_verbs_load_backend (verbs, attachment, error);
  if (backend == NULL)
    {
      g_prefix_error (error, "container %s, network %s: ", fairlead_attachment_get_container_id (attachment),
                      fairlead_attachment_get_network_name (attachment));
      return FALSE;
    }
  fairlead_attachment_set_state (attachment, FAIRLEAD_STATE_TEARING_DOWN);
  return fairlead_backend_teardown (backend, attachment, flags, cancellable, error) &&
         fairlead_attachment_remove_directory (attachment, error);
}

/* Last set up, first torn down. What is gone is taken out of the state at once, if that can be written: teardown is what
 * frees a full file system, and needs the state only if something is left; see keep_state(). */
static void
detach_all (FairleadVerbs          *verbs,
            FairleadContainer      *container,
            FairleadTeardownFlags   flags,
            GCancellable           *cancellable,
            GError                **failure)
{
  for (guint i = fairlead_container_get_n_attachments (container); i > 0; i--)
    {
      g_autoptr (FairleadAttachment) attachment = g_object_ref (fairlead_container_peek_attachment (container, i - 1));
      g_autoptr (GError) error = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, &error))
        {
          add_failure (failure, g_steal_pointer (&error));
          return;
        }
      if (!fairlead_verbs_check_attachment_host (verbs, container, attachment, &error) ||
          !detach (verbs, attachment, flags, cancellable, &error))
        {
          add_failure (failure, g_steal_pointer (&error));
          continue;
        }
      fairlead_attachment_set_state (attachment, FAIRLEAD_STATE_GONE);
      fairlead_container_remove_attachment (container, attachment);
      if (i > 1)
        fairlead_store_write (verbs->store, container, NULL);
    }
}

/* A namespace that is gone, or another one by now, is no failure: backends are told that there is none. */
static void
open_netns (FairleadContainer *container)
{
  g_autoptr (GError) error = NULL;

  if (fairlead_container_get_netns (container) != NULL || fairlead_container_open_netns (container, &error))
    return;
  fairlead_debug (fairlead_container_get_id (container), "tearing down without the network namespace: %s",
                  error->message);
}

static gboolean
is_in_use (FairleadUserns    *userns,
           FairleadContainer *container)
{
  const char *path = fairlead_container_get_netns_path (container);

  return fairlead_container_get_state (container) == FAIRLEAD_STATE_DAMAGED ||
         (path != NULL && fairlead_userns_keeps (userns, path));
}

/* The process that keeps an ordinary user's namespaces ends with the last of them. If the setup that started it was killed
 * before it wrote down where the first will be, nothing leads to it but its own record. */
static void
end_unused_userns (FairleadVerbs *verbs)
{
  g_autofree char *locks = fairlead_store_dup_dir (verbs->store, "locks");
  g_autoptr (FairleadUserns) userns = NULL;
  g_autoptr (GPtrArray) containers = NULL;

  if (geteuid () == 0 || locks == NULL || !g_file_test (locks, G_FILE_TEST_IS_DIR))
    return;
  userns = fairlead_userns_open (verbs->store, NULL, NULL);
  containers = userns != NULL ? fairlead_verbs_list (verbs, NULL, NULL) : NULL;
  if (containers == NULL)
    return;
  for (guint i = 0; i < containers->len; i++)
    if (is_in_use (userns, containers->pdata[i]))
      return;
  fairlead_userns_end_if_unused (userns,
                                 fairlead_config_get_netns_dir (fairlead_registry_get_config (verbs->registry)));
}

static gboolean
unpin_netns (FairleadVerbs  *verbs,
             const char     *path,
             GError        **error)
{
  g_autoptr (FairleadUserns) userns = NULL;

  if (!fairlead_userns_is_outer (path))
    {
      if (!fairlead_netns_unpin (path, error))
        return FALSE;
      end_unused_userns (verbs);
      return TRUE;
    }
  userns = fairlead_userns_open (verbs->store, NULL, error);
  return userns != NULL && fairlead_userns_unpin (userns, path, error);
}

static void
remove_netns (FairleadVerbs      *verbs,
              FairleadContainer  *container,
              GError            **failure)
{
  g_autoptr (GError) error = NULL;

  /* An open descriptor keeps the namespace, and its links, alive. */
  fairlead_container_close_netns (container);
  if (fairlead_container_get_netns_pinned (container) &&
      !unpin_netns (verbs, fairlead_container_get_netns_path (container), &error))
    add_failure (failure, g_steal_pointer (&error));
}

static void
drop_state (FairleadVerbs      *verbs,
            FairleadContainer  *container,
            GError            **failure)
{
  const char *id = fairlead_container_get_id (container);
  const char *owner_id = fairlead_container_get_shared_container_id (container);
  g_autoptr (GError) error = NULL;

  if (!fairlead_store_remove (verbs->store, id, &error))
    {
      add_failure (failure, g_steal_pointer (&error));
      return;
    }
  if (owner_id != NULL)
    fairlead_store_remove_user (verbs->store, owner_id, id);
  fairlead_container_set_state (container, FAIRLEAD_STATE_GONE);
}

/* What teardown did not reach stays in the state, so that it can be tried again. */
static void
keep_state (FairleadVerbs      *verbs,
            FairleadContainer  *container,
            GError            **failure)
{
  g_autoptr (GError) error = NULL;

  fairlead_container_set_error (container, *failure);
  if (!fairlead_store_write (verbs->store, container, &error))
    add_failure (failure, g_steal_pointer (&error));
}

gboolean
fairlead_verbs_teardown_container (FairleadVerbs          *verbs,
                                   FairleadContainer      *container,
                                   FairleadTeardownFlags   flags,
                                   GCancellable           *cancellable,
                                   GError                **error)
{
  gboolean force = (flags & FAIRLEAD_TEARDOWN_FORCE) != 0;
  g_autoptr (GError) failure = NULL;

  open_netns (container);
  detach_all (verbs, container, flags, cancellable, &failure);
  if (failure == NULL || force)
    remove_netns (verbs, container, &failure);
  fairlead_container_close_netns (container);

  if (failure == NULL || force)
    drop_state (verbs, container, &failure);
  else
    keep_state (verbs, container, &failure);

  if (failure == NULL)
    return TRUE;
  if (force)
    g_prefix_error (&failure, "the state of container %s was dropped, but something may be left: ",
                    fairlead_container_get_id (container));
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
check_is_unused (FairleadVerbs          *verbs,
                 FairleadContainer      *container,
                 FairleadTeardownFlags   flags,
                 GError                **error)
{
  const char *id = fairlead_container_get_id (container);
  g_auto (GStrv) users = fairlead_store_list_users (verbs->store, id);
  g_autofree char *names = NULL;

  if (users[0] == NULL || (flags & FAIRLEAD_TEARDOWN_FORCE) != 0)
    return TRUE;
  names = g_strjoinv (", ", users);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
               "the network namespace of container %s is shared by %s; tear that down first", id, names);
  return FALSE;
}

/* That it has begun is written before users are looked for, see mark_as_user(). Where it cannot be written, neither can
 * the state of a new user. */
static gboolean
begin (FairleadVerbs          *verbs,
       FairleadContainer      *container,
       FairleadTeardownFlags   flags,
       GError                **error)
{
  FairleadState state = fairlead_container_get_state (container);

  if ((flags & FAIRLEAD_TEARDOWN_FORCE) == 0 && !fairlead_verbs_check_host (verbs, container, error))
    return FALSE;
  fairlead_container_set_state (container, FAIRLEAD_STATE_TEARING_DOWN);
  fairlead_store_write (verbs->store, container, NULL);
  if (check_is_unused (verbs, container, flags, error))
    return TRUE;
  fairlead_container_set_state (container, state);
  fairlead_store_write (verbs->store, container, NULL);
  return FALSE;
}

/* With the lock held. */
static gboolean
teardown_locked (FairleadVerbs          *verbs,
                 FairleadContainer      *container,
                 FairleadLock           *lock,
                 FairleadTeardownFlags   flags,
                 GCancellable           *cancellable,
                 GError                **error)
{
  gboolean succeeded;

  fairlead_debug (fairlead_container_get_id (container), "tearing down %s", fairlead_container_get_id (container));
  if (!begin (verbs, container, flags, error))
    return FALSE;
  fairlead_verbs_allow_checkpoints (container, verbs->store);
  succeeded = fairlead_verbs_teardown_container (verbs, container, flags, cancellable, error);
  fairlead_verbs_allow_checkpoints (container, NULL);
  if (fairlead_container_get_state (container) == FAIRLEAD_STATE_GONE)
    fairlead_lock_remove (lock);
  return succeeded;
}

/* Of what it described nothing is known, so that nothing of it can be undone. */
static FairleadContainer *
drop_damaged (FairleadVerbs  *verbs,
              const char     *id,
              FairleadLock   *lock,
              GError        **error)
{
  g_autoptr (FairleadContainer) container = fairlead_container_new_damaged (id, *error);

  fairlead_debug (id, "dropping a state that cannot be read: %s", (*error)->message);
  g_clear_error (error);
  if (!fairlead_store_remove (verbs->store, id, error))
    return NULL;
  fairlead_lock_remove (lock);
  fairlead_container_set_state (container, FAIRLEAD_STATE_GONE);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "the state of container %s could not be read and was dropped; what it described was not removed, and may be "
               "left", id);
  return g_steal_pointer (&container);
}

gboolean
fairlead_verbs_teardown (FairleadVerbs          *verbs,
                         const char             *id,
                         FairleadTeardownFlags   flags,
                         FairleadContainer     **container_out,
                         GCancellable           *cancellable,
                         GError                **error)
{
  g_autoptr (FairleadLock) lock = fairlead_verbs_lock (verbs, id, cancellable, error);
  g_autoptr (GError) read_error = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  gboolean succeeded = FALSE;

  if (lock == NULL)
    return FALSE;
  container = fairlead_verbs_read_locked (verbs, id, lock, &read_error);
  if (container != NULL)
    succeeded = teardown_locked (verbs, container, lock, flags, cancellable, error);
  else if ((flags & FAIRLEAD_TEARDOWN_FORCE) != 0 &&
           g_error_matches (read_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED))
    container = drop_damaged (verbs, id, lock, &read_error);
  if (read_error != NULL)
    g_propagate_error (error, g_steal_pointer (&read_error));
  if (container_out != NULL)
    *container_out = g_steal_pointer (&container);
  return succeeded;
}

/* An ordinary user's namespace goes with the process that kept it, whose number another user's may have by now. */
static gboolean
has_lost_keeper (FairleadVerbs     *verbs,
                 FairleadContainer *container,
                 const GError      *open_error)
{
  const char *path = fairlead_container_get_netns_path (container);
  g_autoptr (FairleadUserns) userns =
    fairlead_container_get_netns_pinned (container) && fairlead_userns_is_outer (path) &&
    g_error_matches (open_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED)
    ? fairlead_userns_open (verbs->store, NULL, NULL) : NULL;

  return userns != NULL && !fairlead_userns_keeps (userns, path);
}

/* A container is dead if a verb on it did not finish, or if its namespace is gone. */
static gboolean
is_dead (FairleadVerbs     *verbs,
         FairleadContainer *container)
{
  g_autoptr (GError) error = NULL;

  if (fairlead_container_get_state (container) == FAIRLEAD_STATE_DAMAGED)
    return FALSE;
  if (fairlead_container_get_state (container) != FAIRLEAD_STATE_READY ||
      fairlead_container_is_from_other_boot (container))
    return TRUE;
  if (fairlead_container_open_netns (container, &error))
    {
      fairlead_container_close_netns (container);
      return FALSE;
    }
  return g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND) ||
         has_lost_keeper (verbs, container, error);
}

/* Where somebody holds the lock, he is at work on the container: it only looked dead. The same holds if it lives once
 * we have the lock. */
static gboolean
collect_container (FairleadVerbs      *verbs,
                   FairleadContainer  *seen,
                   GStrvBuilder       *removed,
                   GCancellable       *cancellable,
                   GError            **error)
{
  const char *id = fairlead_container_get_id (seen);
  g_autoptr (FairleadLock) lock = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!is_dead (verbs, seen))
    return TRUE;
  lock = fairlead_store_try_lock (verbs->store, id, &local_error);
  container = lock != NULL ? fairlead_verbs_read_locked (verbs, id, lock, &local_error) : NULL;
  if (container == NULL)
    {
      if (g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY) ||
          g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!is_dead (verbs, container))
    return TRUE;
  if (!teardown_locked (verbs, container, lock, FAIRLEAD_TEARDOWN_NONE, cancellable, error))
    return FALSE;
  g_strv_builder_add (removed, id);
  return TRUE;
}

static gboolean
collect_backend (FairleadVerbs  *verbs,
                 const char     *name,
                 GPtrArray      *living,
                 GCancellable   *cancellable,
                 GError        **error)
{
  g_autoptr (FairleadBackend) backend = fairlead_registry_load_backend_anyway (verbs->registry, name, error);
  g_autoptr (GListStore) attachments = g_list_store_new (FAIRLEAD_TYPE_ATTACHMENT);

  if (backend == NULL)
    return FALSE;
  for (guint i = 0; i < living->len; i++)
    for (guint j = 0; j < fairlead_container_get_n_attachments (living->pdata[i]); j++)
      {
        FairleadAttachment *attachment = fairlead_container_peek_attachment (living->pdata[i], j);

        if (strcmp (fairlead_attachment_get_backend_name (attachment), name) == 0)
          g_list_store_append (attachments, attachment);
      }
  return fairlead_backend_collect (backend, G_LIST_MODEL (attachments), cancellable, error);
}

/* A damaged state may stand for attachments that live; then nothing may be taken for garbage. */
static gboolean
check_all_readable (GPtrArray  *containers,
                    GError    **error)
{
  for (guint i = 0; i < containers->len; i++)
    if (fairlead_container_get_state (containers->pdata[i]) == FAIRLEAD_STATE_DAMAGED)
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "nothing was collected from backends: %s",
                     fairlead_container_get_problem (containers->pdata[i]));
        return FALSE;
      }
  return TRUE;
}

static void
collect_backends (FairleadVerbs  *verbs,
                  GCancellable   *cancellable,
                  GError        **failure)
{
  g_auto (GStrv) names = fairlead_registry_list_backends (verbs->registry);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) living = fairlead_verbs_list (verbs, cancellable, &error);

  if (living == NULL || !check_all_readable (living, &error))
    {
      add_failure (failure, g_steal_pointer (&error));
      return;
    }
  for (char **name = names; *name != NULL; name++)
    if (!collect_backend (verbs, *name, living, cancellable, &error))
      add_failure (failure, g_steal_pointer (&error));
}

/* Those that share another one's namespace, or the others. */
static void
collect_containers (FairleadVerbs  *verbs,
                    GPtrArray      *containers,
                    gboolean        sharing,
                    GStrvBuilder   *removed,
                    GCancellable   *cancellable,
                    GError        **failure)
{
  for (guint i = 0; i < containers->len; i++)
    {
      FairleadContainer *container = containers->pdata[i];
      g_autoptr (GError) error = NULL;

      if ((fairlead_container_get_shared_container_id (container) != NULL) == sharing &&
          !collect_container (verbs, container, removed, cancellable, &error))
        add_failure (failure, g_steal_pointer (&error));
    }
}

char **
fairlead_verbs_collect (FairleadVerbs  *verbs,
                        GCancellable   *cancellable,
                        GError        **error)
{
  g_autoptr (GPtrArray) containers = fairlead_verbs_list (verbs, cancellable, error);
  g_autoptr (GStrvBuilder) removed = g_strv_builder_new ();
  g_autoptr (GError) failure = NULL;

  if (containers == NULL)
    return NULL;
  /* An owner that is as dead as who shares its namespace can go only after him. */
  collect_containers (verbs, containers, TRUE, removed, cancellable, &failure);
  collect_containers (verbs, containers, FALSE, removed, cancellable, &failure);
  collect_backends (verbs, cancellable, &failure);
  end_unused_userns (verbs);
  fairlead_store_clean (verbs->store);

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  return g_strv_builder_end (removed);
}
