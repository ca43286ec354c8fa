/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-verbs-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "fairlead-backend-private.h"
#include "fairlead-config-private.h"
#include "fairlead-container-private.h"
#include "fairlead-network-private.h"

/* The files of networks that we write: with every check that reading them does, before anything is written. One call at a
 * time writes or removes any, so that what the others are is known; who waited looks for them again. */

/* Beside the files, and none of them. */
#define LOCK ".lock"

static gboolean
check_name (const char  *name,
            GError     **error)
{
  g_autofree char *shown = NULL;

  if (fairlead_network_name_is_valid (name))
    return TRUE;
  shown = g_strescape (name, NULL);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "\"%.140s\" is not a network name (a letter or digit, then letters, digits, \".\", \"_\" or \"-\", at "
               "most 128 together)", shown);
  return FALSE;
}

static gboolean
is_common_key (const char *key)
{
  g_autoptr (GTypeClass) base_class = g_type_class_ref (FAIRLEAD_TYPE_NETWORK);

  return g_object_class_find_property (G_OBJECT_CLASS (base_class), key) != NULL;
}

/* A line break would begin another key. */
static gboolean
check_text (const char  *key,
            const char  *text,
            GError     **error)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s: its value has a control character", key);
        return FALSE;
      }
  return TRUE;
}

/* The contents of the file; @network gets the values. */
static char *
compose (FairleadNetwork  *network,
         GVariant         *options,
         GError          **error)
{
  const char *backend_name = fairlead_network_get_backend_name (network);
  g_autoptr (GString) common = g_string_new ("[network]\n");
  g_autoptr (GString) own = g_string_new (NULL);
  GVariantIter iter;
  const char *key, *text;

  g_string_append_printf (common, "backend=%s\n", backend_name);
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &text))
    {
      if (!check_text (key, text, error) ||
          !fairlead_network_set_option (network, FAIRLEAD_PARAM_CONFIG, key, text, error))
        return NULL;
      g_string_append_printf (is_common_key (key) ? common : own, "%s=%s\n", key, text);
    }
  if (!fairlead_network_check (network, error))
    return NULL;
  return own->len > 0 ? g_strdup_printf ("%s\n[%s]\n%s", common->str, backend_name, own->str)
                      : g_strdup (common->str);
}

static char *
dup_new_file (FairleadConfig  *config,
              const char      *name,
              GError         **error)
{
  g_autofree char *file = fairlead_config_dup_own_file (config, name);
  g_autofree char *existing = fairlead_config_dup_network_file (config, name);

  if (file == NULL)
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                         "the configuration was read from no directory, so that no network file can be written");
  else if (existing != NULL || g_file_test (file, G_FILE_TEST_EXISTS))
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS, "the network %s is described by %s", name,
                 existing != NULL ? existing : file);
  else
    return g_steal_pointer (&file);
  return NULL;
}

static FairleadLock *
lock_files (FairleadVerbs  *verbs,
            const char     *file,
            GCancellable   *cancellable,
            GError        **error)
{
  g_autofree char *directory = g_path_get_dirname (file);
  g_autofree char *path = g_build_filename (directory, LOCK, NULL);
  g_autoptr (FairleadLock) lock = NULL;

  if (g_mkdir_with_parents (directory, 0755) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot create the directory %s", directory);
      return NULL;
    }
  lock = fairlead_lock_acquire (path, FAIRLEAD_LOCK_EXCLUSIVE, fairlead_store_get_timeout (verbs->store), cancellable,
                                error);
  if (lock == NULL)
    return NULL;
  if (fairlead_config_find_networks (fairlead_registry_get_config (verbs->registry), error))
    return g_steal_pointer (&lock);
  fairlead_lock_remove (lock);
  return NULL;
}

static gboolean
write_file (const char  *file,
            const char  *contents,
            GError     **error)
{
  g_autoptr (GError) local_error = NULL;

  if (g_file_set_contents_full (file, contents, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                &local_error))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED, "cannot write the network file: %s",
               local_error->message);
  return FALSE;
}

/* With the lock held. */
static gboolean
add_network (FairleadVerbs    *verbs,
             FairleadBackend  *backend,
             FairleadNetwork  *network,
             const char       *contents,
             GCancellable     *cancellable,
             GError          **error)
{
  FairleadConfig *config = fairlead_registry_get_config (verbs->registry);
  const char *name = fairlead_network_get_name (network);
  g_autofree char *file = dup_new_file (config, name, error);
  g_autoptr (GListModel) others = NULL;

  if (file == NULL)
    return FALSE;
  others = fairlead_registry_list_networks_of (verbs->registry, fairlead_network_get_backend_name (network));
  if (!fairlead_backend_check_new_network (backend, network, others, cancellable, error))
    {
      g_prefix_error (error, "network %s: ", name);
      return FALSE;
    }
  if (!write_file (file, contents, error))
    return FALSE;
  fairlead_config_set_network_file (config, name, file);
  return TRUE;
}

FairleadNetwork *
fairlead_verbs_create_network (FairleadVerbs  *verbs,
                               const char     *name,
                               const char     *backend_name,
                               GVariant       *options,
                               GCancellable   *cancellable,
                               GError        **error)
{
  FairleadConfig *config = fairlead_registry_get_config (verbs->registry);
  g_autoptr (FairleadBackend) backend = NULL;
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (FairleadLock) lock = NULL;
  g_autofree char *file = NULL;
  g_autofree char *contents = NULL;
  gboolean added;

  if (!check_name (name, error) || !fairlead_config_find_networks (config, error))
    return NULL;
  file = dup_new_file (config, name, error);
  backend = file != NULL ? fairlead_registry_load_backend (verbs->registry, backend_name, error) : NULL;
  if (backend == NULL)
    return NULL;
  network = fairlead_network_new (fairlead_backend_get_network_type (backend), name, backend_name, file);
  fairlead_network_set_store (network, verbs->store);
  contents = compose (network, options, error);
  if (contents == NULL)
    {
      g_prefix_error (error, "network %s: ", name);
      return NULL;
    }
  lock = lock_files (verbs, file, cancellable, error);
  if (lock == NULL)
    return NULL;
  added = add_network (verbs, backend, network, contents, cancellable, error);
  fairlead_lock_remove (lock);
  return added ? g_steal_pointer (&network) : NULL;
}

/* Containers that are on the network keep what they were set up with; but who removes a network means it to be out of use. */
static gboolean
check_is_unused (FairleadVerbs  *verbs,
                 const char     *name,
                 GCancellable   *cancellable,
                 GError        **error)
{
  g_autoptr (GPtrArray) containers = fairlead_verbs_list (verbs, cancellable, error);

  if (containers == NULL)
    return FALSE;
  for (guint i = 0; i < containers->len; i++)
    for (guint j = 0; j < fairlead_container_get_n_attachments (containers->pdata[i]); j++)
      {
        FairleadAttachment *attachment = fairlead_container_peek_attachment (containers->pdata[i], j);

        if (strcmp (fairlead_attachment_get_network_name (attachment), name) != 0)
          continue;
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "the container %s is on the network %s; tear it down first",
                     fairlead_container_get_id (containers->pdata[i]), name);
        return FALSE;
      }
  return TRUE;
}

static char *
dup_removable_file (FairleadConfig  *config,
                    const char      *name,
                    GError         **error)
{
  g_autofree char *file = fairlead_config_dup_network_file (config, name);
  g_autofree char *own_file = fairlead_config_dup_own_file (config, name);

  if (file == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "no file describes a network %s", name);
  else if (g_strcmp0 (file, own_file) != 0)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                 "the network %s is described by %s, which is not ours to remove; an empty file %s hides it", name, file,
                 own_file != NULL ? own_file : "in a directory of higher precedence");
  else
    return g_steal_pointer (&file);
  return NULL;
}

/* With the lock held. */
static gboolean
remove_network (FairleadVerbs  *verbs,
                const char     *name,
                GCancellable   *cancellable,
                GError        **error)
{
  FairleadConfig *config = fairlead_registry_get_config (verbs->registry);
  g_autofree char *file = dup_removable_file (config, name, error);

  if (file == NULL || !check_is_unused (verbs, name, cancellable, error))
    return FALSE;
  if (g_unlink (file) < 0 && errno != ENOENT)
    {
      fairlead_error_set_errno (error, errno, "cannot remove %s", file);
      return FALSE;
    }
  fairlead_config_set_network_file (config, name, NULL);
  return TRUE;
}

gboolean
fairlead_verbs_remove_network (FairleadVerbs  *verbs,
                               const char     *name,
                               GCancellable   *cancellable,
                               GError        **error)
{
  FairleadConfig *config = fairlead_registry_get_config (verbs->registry);
  g_autoptr (FairleadLock) lock = NULL;
  g_autofree char *file = NULL;
  gboolean removed;

  if (!check_name (name, error) || !fairlead_config_find_networks (config, error))
    return FALSE;
  file = dup_removable_file (config, name, error);
  lock = file != NULL ? lock_files (verbs, file, cancellable, error) : NULL;
  if (lock == NULL)
    return FALSE;
  removed = remove_network (verbs, name, cancellable, error);
  fairlead_lock_remove (lock);
  return removed;
}
