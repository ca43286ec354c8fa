/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-collect.h"

#include "fairlead-cni-error.h"
#include "fairlead-cni-lock.h"

#include <glib/gstdio.h>

#include <errno.h>

/*
 * Garbage is what this runtime attached, no living attachment owns, and whose namespace is gone: what a reboot or a
 * forced teardown left. Files of other runtimes are theirs to collect. The namespace is asked because an attachment
 * that is being made right now is in the cache before it is in anybody's list.
 *
 * A network of which there is garbage gets a GC, for plugins that keep more than a DEL tells them about; everything else
 * that is cached of it, whoever made it, counts as living.
 */

static gboolean
is_owned (FairleadCniCacheEntry *entry,
          GListModel            *attachments)
{
  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);

      if (g_str_equal (fairlead_attachment_get_container_id (attachment), entry->target->container_id) &&
          g_strcmp0 (fairlead_attachment_get_interface (attachment), entry->target->ifname) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_garbage (FairleadCniCacheEntry *entry,
            gpointer               attachments)
{
  return entry->ours && entry->config_text != NULL && !is_owned (entry, attachments) &&
         !fairlead_cni_cache_entry_has_namespace (entry);
}

/* Of all networks: an attachment whose state cannot be read may be on any of them. */
static GPtrArray *
list_living (GListModel *attachments)
{
  GPtrArray *living = g_ptr_array_new_with_free_func ((GDestroyNotify) fairlead_cni_target_unref);

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);
      const char *ifname = fairlead_attachment_get_interface (attachment);

      if (ifname != NULL)
        g_ptr_array_add (living, fairlead_cni_target_new (fairlead_attachment_get_container_id (attachment), ifname, NULL,
                                                          NULL, NULL));
    }
  return living;
}

static void
collect_network (FairleadCniRuntime     *runtime,
                 FairleadCniCacheEntry  *garbage,
                 GListModel             *attachments,
                 GCancellable           *cancellable,
                 GError                **problems)
{
  g_autoptr (GPtrArray) living = list_living (attachments);
  GError *local_error = NULL;
  g_autoptr (FairleadCniConfig) config = fairlead_cni_cache_entry_choose_config (garbage, NULL, &local_error);

  if (config == NULL ||
      !fairlead_cni_runtime_gc_where (runtime, config, is_garbage, attachments, living, cancellable,
                                          &local_error))
    fairlead_cni_error_collect (problems, local_error);
}

/* While nobody can be writing, all that looks so was left by somebody who died. */
static void
remove_temporary (const char *cache_dir)
{
  g_autoptr (GPtrArray) paths = fairlead_cni_cache_list_temporary (cache_dir);
  g_autoptr (FairleadCniLock) lock = paths->len > 0 ? fairlead_cni_lock_exclusive (cache_dir, NULL) : NULL;

  for (guint i = 0; lock != NULL && i < paths->len; i++)
    if (g_unlink (g_ptr_array_index (paths, i)) < 0)
      g_debug ("%s cannot be removed: %s", (char *) g_ptr_array_index (paths, i), g_strerror (errno));
}

gboolean
fairlead_cni_collect (FairleadCniRuntime  *runtime,
                      const char          *cache_dir,
                      GListModel          *attachments,
                      GCancellable        *cancellable,
                      GError             **error)
{
  g_autoptr (GPtrArray) entries = fairlead_cni_cache_list (cache_dir, error);
  g_autoptr (GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);
  GError *problems = NULL;

  if (entries == NULL)
    return FALSE;
  remove_temporary (cache_dir);

  for (guint i = 0; i < entries->len; i++)
    {
      FairleadCniCacheEntry *entry = g_ptr_array_index (entries, i);

      if (is_garbage (entry, attachments) && g_hash_table_add (done, entry->network))
        collect_network (runtime, entry, attachments, cancellable, &problems);
    }

  if (problems == NULL)
    return TRUE;
  g_propagate_error (error, problems);
  return FALSE;
}

static gboolean
remember_boot (const char  *cache_dir,
               const char  *file,
               const char  *boot_id,
               GError     **error)
{
  return fairlead_cni_cache_make_directory (cache_dir, error) && g_file_set_contents (file, boot_id, -1, error);
}

/* Addresses that were leased before the host went down stay leased until somebody says that nobody has them any more.
 * Once a boot, before the first container is attached, all namespaces of that time are certainly gone. */
gboolean
fairlead_cni_collect_after_boot (FairleadCniRuntime  *runtime,
                                 const char          *cache_dir,
                                 GCancellable        *cancellable,
                                 GError             **error)
{
  g_autoptr (GListStore) none = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *boot_id = fairlead_cni_cache_dup_boot_id (error);
  g_autofree char *seen = NULL;
  g_autofree char *file = g_build_filename (cache_dir, "fairlead-boot-id", NULL);

  if (boot_id == NULL)
    return FALSE;
  if (g_file_get_contents (file, &seen, NULL, NULL) && g_str_equal (seen, boot_id))
    return TRUE;

  none = g_list_store_new (FAIRLEAD_TYPE_ATTACHMENT);
  if (fairlead_cni_collect (runtime, cache_dir, G_LIST_MODEL (none), cancellable, &local_error))
    return remember_boot (cache_dir, file, boot_id, error);

  /* A plugin that fails now would fail again before each container. What did not get its turn is for the next one. */
  if (!g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY) && !g_cancellable_is_cancelled (cancellable))
    remember_boot (cache_dir, file, boot_id, NULL);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
collect_entry (FairleadCniRuntime     *runtime,
               FairleadCniCacheEntry  *entry,
               const char             *netns_path,
               gboolean                force,
               GCancellable           *cancellable,
               GError                **error)
{
  g_autoptr (FairleadCniConfig) config = fairlead_cni_cache_entry_choose_config (entry, NULL, error);
  g_autoptr (FairleadCniTarget) target = NULL;

  if (config == NULL)
    return FALSE;
  target = fairlead_cni_target_new (entry->target->container_id, entry->target->ifname, netns_path,
                                    (const char * const *) entry->target->args, entry->target->capability_args);
  return fairlead_cni_runtime_del (runtime, config, target, entry->result, G_MAXUINT, force, cancellable, error);
}

/* DEL of an attachment by what the cache says of its container and interface. That there is nothing is an error, as
 * something was set up. */
gboolean
fairlead_cni_collect_container (FairleadCniRuntime  *runtime,
                                const char          *cache_dir,
                                FairleadAttachment  *attachment,
                                gboolean             force,
                                GCancellable        *cancellable,
                                GError             **error)
{
  const char *container_id = fairlead_attachment_get_container_id (attachment);
  const char *ifname = fairlead_attachment_get_interface (attachment);
  const char *netns_path = fairlead_attachment_get_netns (attachment) != NULL
                             ? fairlead_attachment_get_netns_path (attachment) : NULL;
  g_autoptr (GPtrArray) entries = fairlead_cni_cache_list (cache_dir, error);

  if (entries == NULL)
    return FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      FairleadCniCacheEntry *entry = g_ptr_array_index (entries, i);

      if (entry->ours && entry->config_text != NULL && g_str_equal (entry->target->container_id, container_id) &&
          g_strcmp0 (entry->target->ifname, ifname) == 0)
        return collect_entry (runtime, entry, netns_path, force, cancellable, error);
    }

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "neither the state nor the CNI cache in %s says how container %s was attached; a forced teardown drops the "
               "state", cache_dir, container_id);
  return FALSE;
}
