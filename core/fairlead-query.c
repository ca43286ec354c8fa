/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-verbs-private.h"

#include "fairlead-attachment-private.h"
#include "fairlead-backend-private.h"
#include "fairlead-container-private.h"
#include "fairlead-inspect-private.h"
#include "fairlead-network-private.h"

FairleadBackend *
fairlead_verbs_load_backend (FairleadVerbs       *verbs,
                             FairleadAttachment  *attachment,
                             GError             **error)
{
  const char *name = fairlead_attachment_get_backend_name (attachment);
  g_autoptr (FairleadBackend) backend = fairlead_registry_load_backend_anyway (verbs->registry, name, error);
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (GError) local_error = NULL;

  if (backend == NULL || fairlead_attachment_get_network (attachment) != NULL)
    return g_steal_pointer (&backend);

  /* A module of another version may know other keys. It has its document, and what is shared under the network's name. */
  network = fairlead_network_new_from_options (fairlead_backend_get_network_type (backend),
                                               fairlead_attachment_get_network_name (attachment), name, NULL,
                                               fairlead_attachment_get_options (attachment), &local_error);
  if (network == NULL)
    {
      network = fairlead_network_new (fairlead_backend_get_network_type (backend),
                                      fairlead_attachment_get_network_name (attachment), name, NULL);
      fairlead_network_set_problem (network, local_error->message);
    }
  fairlead_network_set_store (network, verbs->store);
  fairlead_attachment_restore_network (attachment, network);
  return g_steal_pointer (&backend);
}

static gboolean
write_container (gpointer   user_data,
                 GError   **error)
{
  FairleadContainer *container = user_data;

  return fairlead_store_write (g_object_get_data (G_OBJECT (container), "fairlead-store"), container, error);
}

void
fairlead_verbs_allow_checkpoints (FairleadContainer *container,
                                  FairleadStore     *store)
{
  g_autofree char *directories = store != NULL ? fairlead_store_dup_dir (store, "attachments") : NULL;

  g_object_set_data (G_OBJECT (container), "fairlead-store", store);
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    fairlead_attachment_set_checkpoint (fairlead_container_peek_attachment (container, i),
                                        store != NULL ? write_container : NULL, container, directories);
}

FairleadContainer *
fairlead_verbs_lookup (FairleadVerbs  *verbs,
                       const char     *id,
                       GError        **error)
{
  if (!fairlead_verbs_check_id (id, error))
    return NULL;
  return fairlead_store_read (verbs->store, id, error);
}

/* The first look is without the lock: for what does not exist no lock file is made. */
FairleadLock *
fairlead_verbs_lock (FairleadVerbs  *verbs,
                     const char     *id,
                     GCancellable   *cancellable,
                     GError        **error)
{
  return fairlead_verbs_check_id (id, error) && fairlead_store_check_exists (verbs->store, id, error)
         ? fairlead_store_lock (verbs->store, id, cancellable, error) : NULL;
}

FairleadContainer *
fairlead_verbs_read_locked (FairleadVerbs  *verbs,
                            const char     *id,
                            FairleadLock   *lock,
                            GError        **error)
{
  g_autoptr (GError) local_error = NULL;
  FairleadContainer *container = fairlead_store_read (verbs->store, id, &local_error);

  if (g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    fairlead_lock_remove (lock);
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return container;
}

/* One state file that cannot be read does not hide the others. */
GPtrArray *
fairlead_verbs_list (FairleadVerbs  *verbs,
                     GCancellable   *cancellable,
                     GError        **error)
{
  g_auto (GStrv) ids = fairlead_store_list (verbs->store, error);
  g_autoptr (GPtrArray) containers = g_ptr_array_new_with_free_func (g_object_unref);

  if (ids == NULL)
    return NULL;
  for (char **id = ids; *id != NULL; id++)
    {
      g_autoptr (GError) local_error = NULL;
      FairleadContainer *container;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      container = fairlead_store_read (verbs->store, *id, &local_error);
      if (container != NULL)
        g_ptr_array_add (containers, container);
      else if (!g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
        g_ptr_array_add (containers, fairlead_container_new_damaged (*id, local_error));
    }
  return g_steal_pointer (&containers);
}

static gboolean
has_stats (GListStore *list,
           const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (G_LIST_MODEL (list), i);

      if (strcmp (fairlead_interface_stats_get_name (item), name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Two networks may name one interface; it counts once. */
static void
add_stats (GListStore    *list,
           FairleadStats *stats)
{
  GListModel *interfaces = fairlead_stats_get_interfaces (stats);

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (interfaces, i);

      if (!has_stats (list, fairlead_interface_stats_get_name (item)))
        g_list_store_append (list, item);
    }
}

FairleadStats *
fairlead_verbs_stats (FairleadVerbs      *verbs,
                      FairleadContainer  *container,
                      GCancellable       *cancellable,
                      GError            **error)
{
  g_autoptr (GListStore) list = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_STATS);

  if (!fairlead_container_open_netns (container, error))
    {
      g_prefix_error (error, "container %s: ", fairlead_container_get_id (container));
      return NULL;
    }
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);
      g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, error);
      g_autoptr (FairleadStats) stats = NULL;

      if (backend != NULL)
        stats = fairlead_backend_stats (backend, attachment, cancellable, error);
      if (stats == NULL)
        {
          fairlead_container_close_netns (container);
          return NULL;
        }
      add_stats (list, stats);
    }
  fairlead_container_close_netns (container);
  return fairlead_stats_new (G_LIST_MODEL (list));
}

static GVariant *
inspect_attachment (FairleadVerbs       *verbs,
                    FairleadAttachment  *attachment,
                    GCancellable        *cancellable,
                    GError             **error)
{
  g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, NULL);

  /* What the state says can be shown without the module. */
  if (backend == NULL)
    return fairlead_inspect_attachment (attachment);
  return fairlead_backend_inspect (backend, attachment, cancellable, error);
}

GVariant *
fairlead_verbs_inspect (FairleadVerbs      *verbs,
                        FairleadContainer  *container,
                        GCancellable       *cancellable,
                        GError            **error)
{
  g_autoptr (GPtrArray) networks = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (GVariant) result = NULL;

  /* A backend may want to look inside; what it does not find it leaves out. */
  fairlead_container_open_netns (container, NULL);
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      GVariant *network =
        inspect_attachment (verbs, fairlead_container_peek_attachment (container, i), cancellable, error);

      if (network == NULL)
        {
          fairlead_container_close_netns (container);
          return NULL;
        }
      g_ptr_array_add (networks, network);
    }
  result = fairlead_inspect_container (container, networks);
  fairlead_container_close_netns (container);
  return g_steal_pointer (&result);
}

/* What works for an ordinary user changes nothing of the host's network, and does so from everywhere. A backend that cannot
 * be loaded says so by itself. */
gboolean
fairlead_verbs_check_attachment_host (FairleadVerbs       *verbs,
                                      FairleadContainer   *container,
                                      FairleadAttachment  *attachment,
                                      GError             **error)
{
  g_autoptr (FairleadBackend) backend = NULL;

  if (!fairlead_container_is_from_other_netns (container))
    return TRUE;
  backend = fairlead_verbs_load_backend (verbs, attachment, NULL);
  if (backend == NULL ||
      (fairlead_backend_get_capabilities (backend, fairlead_attachment_get_network (attachment)) &
       FAIRLEAD_BACKEND_CAP_UNPRIVILEGED) != 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
               "container %s was set up from another network namespace than this one, where what belongs to it on the "
               "network %s cannot be reached; work from there, or if that one is gone, \"fairlead teardown --force\" drops the "
               "state", fairlead_container_get_id (container), fairlead_attachment_get_network_name (attachment));
  return FALSE;
}

gboolean
fairlead_verbs_check_host (FairleadVerbs      *verbs,
                           FairleadContainer  *container,
                           GError            **error)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    if (!fairlead_verbs_check_attachment_host (verbs, container, fairlead_container_peek_attachment (container, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
check_is_ready (FairleadContainer  *container,
                GError            **error)
{
  const char *id = fairlead_container_get_id (container);

  if (fairlead_container_is_from_other_boot (container))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "container %s was set up before this machine was started; tear it down", id);
      return FALSE;
    }
  if (fairlead_container_get_state (container) == FAIRLEAD_STATE_READY)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
               "container %s: its setup or teardown did not finish; tear it down", id);
  return FALSE;
}

gboolean
fairlead_verbs_with_ready (FairleadVerbs      *verbs,
                           const char         *id,
                           FairleadVerbFunc    func,
                           gpointer            user_data,
                           FairleadContainer **container_out,
                           GCancellable       *cancellable,
                           GError            **error)
{
  g_autoptr (FairleadLock) lock = fairlead_verbs_lock (verbs, id, cancellable, error);
  g_autoptr (FairleadContainer) container = lock != NULL ? fairlead_verbs_read_locked (verbs, id, lock, error) : NULL;
  gboolean succeeded;

  if (container == NULL)
    return FALSE;
  if (container_out != NULL)
    *container_out = g_object_ref (container);
  if (!check_is_ready (container, error) || !fairlead_verbs_check_host (verbs, container, error))
    return FALSE;
  if (!fairlead_container_open_netns (container, error))
    {
      g_prefix_error (error, "container %s: ", id);
      return FALSE;
    }

  fairlead_verbs_allow_checkpoints (container, verbs->store);
  succeeded = func (verbs, container, user_data, cancellable, error);
  fairlead_verbs_allow_checkpoints (container, NULL);
  fairlead_container_close_netns (container);
  return succeeded;
}

typedef gboolean (*AttachmentMethod) (FairleadBackend     *backend,
                                      FairleadAttachment  *attachment,
                                      GCancellable        *cancellable,
                                      GError             **error);

static gboolean
call_method (FairleadVerbs      *verbs,
             FairleadContainer  *container,
             AttachmentMethod    method,
             GCancellable       *cancellable,
             GError            **error)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);
      g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, error);

      if (backend == NULL || g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !method (backend, attachment, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_container (FairleadVerbs      *verbs,
                 FairleadContainer  *container,
                 gpointer            user_data,
                 GCancellable       *cancellable,
                 GError            **error)
{
  return call_method (verbs, container, fairlead_backend_check, cancellable, error);
}

gboolean
fairlead_verbs_check (FairleadVerbs      *verbs,
                      const char         *id,
                      FairleadContainer **container,
                      GCancellable       *cancellable,
                      GError            **error)
{
  return fairlead_verbs_with_ready (verbs, id, check_container, NULL, container, cancellable, error);
}

/* What a backend that failed has put back so far counts too. */
static gboolean
reload_container (FairleadVerbs      *verbs,
                  FairleadContainer  *container,
                  gpointer            user_data,
                  GCancellable       *cancellable,
                  GError            **error)
{
  gboolean succeeded = call_method (verbs, container, fairlead_backend_reload, cancellable, error);

  return fairlead_store_write (verbs->store, container, succeeded ? error : NULL) && succeeded;
}

gboolean
fairlead_verbs_reload (FairleadVerbs      *verbs,
                       const char         *id,
                       FairleadContainer **container,
                       GCancellable       *cancellable,
                       GError            **error)
{
  return fairlead_verbs_with_ready (verbs, id, reload_container, NULL, container, cancellable, error);
}
