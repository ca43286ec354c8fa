/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-runtime.h"

#include "fairlead-cni-error.h"
#include "fairlead-cni-lock.h"
#include "fairlead-cni-plugin.h"
#include "fairlead-cni-request.h"
#include "fairlead-cni-value.h"
#include "fairlead-cni-version.h"

#include <glib/gstdio.h>

/*
 * The verbs of CNI over a list of plugins. Knows nothing of attachments of the library: what is to be done is a config and
 * a target, what was done is in the cache. Verbs for different containers may run in parallel; those for one container may
 * not, which is up to the caller. GC and the verbs that it could disturb keep out of each other's way, across processes
 * too.
 */

/* CHECK, and the final result as prevResult of DEL, came with this version; GC and STATUS with the next. */
#define VERSION_WITH_CHECK "0.4.0"
#define VERSION_WITH_GC "1.1.0"

const char * const fairlead_cni_default_plugin_dirs[] = {
  "/opt/cni/bin", "/usr/local/libexec/cni", "/usr/libexec/cni", "/usr/local/lib/cni", "/usr/lib/cni", NULL,
};

struct _FairleadCniRuntime
{
  GObject parent_instance;

  char **plugin_dirs; /* (owned) */
  char *cni_path;     /* (owned) */
  char *cache_dir;    /* (owned) */
  guint timeout;      /* seconds, for one call of a plugin */
  FairleadCniNoteFunc note;
  gpointer note_data;

  GMutex mutex;
  GHashTable *versions; /* (owned) (mutex mutex) path and identity of the file → GStrv */
};

G_DEFINE_FINAL_TYPE (FairleadCniRuntime, fairlead_cni_runtime, G_TYPE_OBJECT)

static FairleadCniCall
runtime_init_call (FairleadCniRuntime *self,
                   const char         *verb,
                   const char         *type,
                   const char         *path)
{
  FairleadCniCall call = { verb, type, path, .cni_path = self->cni_path, .timeout = self->timeout,
                           .note = self->note, .note_data = self->note_data };

  return call;
}

static void
note_debug (const char *text,
            gpointer    user_data)
{
  g_debug ("%s", text);
}

static char *
runtime_find (FairleadCniRuntime  *self,
              const char          *type,
              GError             **error)
{
  return fairlead_cni_plugin_find ((const char * const *) self->plugin_dirs, type, error);
}

/* Where the plugin of the list is. */
static char *
runtime_find_plugin (FairleadCniRuntime  *self,
                     const char          *verb,
                     FairleadCniConfig   *config,
                     guint                index,
                     GError             **error)
{
  const char *type = fairlead_cni_config_get_plugin_type (config, index);
  GError *local_error = NULL;
  char *path = runtime_find (self, type, &local_error);

  if (path != NULL)
    return path;
  g_prefix_error (&local_error, "%s on network “%s”: ", verb, fairlead_cni_config_get_name (config));
  fairlead_cni_error_blame (local_error, verb, type, fairlead_cni_config_get_name (config));
  g_propagate_error (error, local_error);
  return NULL;
}

/* The call of one plugin of the list; @target is NULL for the verbs that are about the network. */
static FairleadCniCall
runtime_init_plugin_call (FairleadCniRuntime *self,
                          const char         *verb,
                          FairleadCniConfig  *config,
                          guint               index,
                          const char         *path,
                          FairleadCniTarget  *target,
                          GVariant           *request)
{
  FairleadCniCall call = runtime_init_call (self, verb, fairlead_cni_config_get_plugin_type (config, index), path);

  call.network = fairlead_cni_config_get_name (config);
  call.request = request;
  if (target != NULL)
    {
      call.container_id = target->container_id;
      call.netns = target->netns;
      call.ifname = target->ifname;
      call.args = (const char * const *) target->args;
    }
  return call;
}

/* One plugin of the list with its request, for the verbs that have no answer. */
static gboolean
runtime_call_plugin (FairleadCniRuntime  *self,
                     const char          *verb,
                     FairleadCniConfig   *config,
                     guint                index,
                     FairleadCniTarget   *target,
                     GVariant            *request,
                     GCancellable        *cancellable,
                     GError             **error)
{
  g_autofree char *path = runtime_find_plugin (self, verb, config, index, error);
  FairleadCniCall call;

  if (path == NULL)
    return FALSE;
  call = runtime_init_plugin_call (self, verb, config, index, path, target, request);
  return fairlead_cni_plugin_call (&call, NULL, cancellable, error);
}

static gboolean
is_at_least (FairleadCniConfig *config,
             const char        *version)
{
  return fairlead_cni_version_compare (fairlead_cni_config_get_version (config), version) >= 0;
}

/* The same path may be another plugin a moment later, when packages are upgraded. */
static char *
dup_file_identity (const char *path)
{
  GStatBuf info;

  if (g_stat (path, &info) < 0)
    return NULL;
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT, path,
                          (guint64) info.st_ino, (gint64) info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                          (gint64) info.st_size);
}

static char **
runtime_dup_known_versions (FairleadCniRuntime *self,
                            const char         *identity)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return identity != NULL ? g_strdupv (g_hash_table_lookup (self->versions, identity)) : NULL;
}

/* VERSION: what the plugin of that type supports. Asked once for each file in the life of the runtime. */
char **
fairlead_cni_runtime_version (FairleadCniRuntime  *self,
                              const char          *type,
                              GCancellable        *cancellable,
                              GError             **error)
{
  g_autofree char *path = runtime_find (self, type, error);
  g_autofree char *identity = NULL;
  g_autoptr (GVariant) request = NULL;
  g_auto (GStrv) versions = NULL;
  FairleadCniCall call;

  if (path == NULL)
    return NULL;
  identity = dup_file_identity (path);
  versions = runtime_dup_known_versions (self, identity);
  if (versions != NULL)
    return g_steal_pointer (&versions);

  request = fairlead_cni_request_new_version ();
  call = runtime_init_call (self, "VERSION", type, path);
  call.request = request;
  call.netns = call.ifname = call.cni_path = "dummy";
  versions = fairlead_cni_plugin_read_versions (&call, cancellable, error);
  if (versions != NULL && identity != NULL)
    {
      G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

      g_hash_table_insert (self->versions, g_steal_pointer (&identity), g_strdupv (versions));
    }
  return g_steal_pointer (&versions);
}

static GPtrArray *
runtime_list_versions (FairleadCniRuntime  *self,
                       FairleadCniConfig   *config,
                       GCancellable        *cancellable,
                       GError             **error)
{
  g_autoptr (GPtrArray) supported = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  GError *problems = NULL;

  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      GError *local_error = NULL;
      char **versions = fairlead_cni_runtime_version (self, fairlead_cni_config_get_plugin_type (config, i),
                                                      cancellable, &local_error);

      if (versions != NULL)
        g_ptr_array_add (supported, versions);
      else
        fairlead_cni_error_collect (&problems, local_error);
    }

  if (problems != NULL)
    {
      g_propagate_error (error, problems);
      return NULL;
    }
  return g_steal_pointer (&supported);
}

static gboolean
all_support (GPtrArray  *supported,
             const char *version)
{
  for (guint i = 0; i < supported->len; i++)
    if (!g_strv_contains (g_ptr_array_index (supported, i), *version != '\0' ? version : "0.1.0"))
      return FALSE;
  return TRUE;
}

static void
set_version_error (FairleadCniConfig  *config,
                   GPtrArray          *supported,
                   GError            **error)
{
  g_autofree char *offered = g_strjoinv (", ", (char **) fairlead_cni_config_get_versions (config));
  g_autoptr (GString) plugins = g_string_new (NULL);

  for (guint i = 0; i < supported->len; i++)
    {
      g_autofree char *versions = g_strjoinv (", ", g_ptr_array_index (supported, i));

      g_string_append_printf (plugins, "%s%s supports %s", i > 0 ? "; " : "",
                              fairlead_cni_config_get_plugin_type (config, i), versions);
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "CNI network “%s” (%s): no version suits all its plugins; the file offers %s; %s",
               fairlead_cni_config_get_name (config), fairlead_cni_config_get_file (config),
               *offered != '\0' ? offered : "0.1.0", plugins->str);
}

/* The list in the newest version that it offers and all its plugins support. All plugins that are missing or do not
 * answer are named in the error. Where there is no choice nobody is asked: to start each plugin twice only to hear what its
 * ADD says as well would double the cost of an attachment. */
FairleadCniConfig *
fairlead_cni_runtime_negotiate (FairleadCniRuntime  *self,
                                FairleadCniConfig   *config,
                                GCancellable        *cancellable,
                                GError             **error)
{
  const char * const *offered = fairlead_cni_config_get_versions (config);
  g_autoptr (GPtrArray) supported = NULL;

  if (g_strv_length ((char **) offered) == 1)
    return fairlead_cni_config_ref (config);

  supported = runtime_list_versions (self, config, cancellable, error);
  if (supported == NULL)
    {
      g_prefix_error (error, "CNI network “%s” (%s): ", fairlead_cni_config_get_name (config),
                      fairlead_cni_config_get_file (config));
      return NULL;
    }

  for (guint i = g_strv_length ((char **) offered); i > 0; i--)
    if (all_support (supported, offered[i - 1]))
      return fairlead_cni_config_with_version (config, offered[i - 1]);

  set_version_error (config, supported, error);
  return NULL;
}

static gboolean
check_not_taken (FairleadCniRuntime  *self,
                 FairleadCniConfig   *config,
                 FairleadCniTarget   *target,
                 GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (FairleadCniCacheEntry) entry =
    fairlead_cni_cache_read (self->cache_dir, fairlead_cni_config_get_name (config), target, &local_error);

  if (entry == NULL && g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return TRUE;
}

/* Whether the cache has the attachment already, by whomever it was made, and it lives. An ADD over it would fail, and the
 * DEL after that would take it away. */
gboolean
fairlead_cni_runtime_is_attached (FairleadCniRuntime *self,
                                  FairleadCniConfig  *config,
                                  FairleadCniTarget  *target)
{
  g_autoptr (FairleadCniCacheEntry) entry =
    fairlead_cni_cache_read (self->cache_dir, fairlead_cni_config_get_name (config), target, NULL);

  return entry != NULL && fairlead_cni_cache_entry_has_namespace (entry);
}

/* All that can be known to be wrong with the network, whatever is attached to it. */
gboolean
fairlead_cni_runtime_validate_network (FairleadCniRuntime  *self,
                                       FairleadCniConfig   *config,
                                       GError             **error)
{
  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      const char *type = fairlead_cni_config_get_plugin_type (config, i);
      GError *local_error = NULL;
      g_autofree char *path = runtime_find (self, type, &local_error);

      if (path != NULL)
        continue;
      fairlead_cni_error_blame (local_error, "ADD", type, fairlead_cni_config_get_name (config));
      g_propagate_error (error, local_error);
      return FALSE;
    }
  if (fairlead_cni_version_check_usable (fairlead_cni_config_get_version (config), error))
    return TRUE;
  g_prefix_error (error, "%s: ", fairlead_cni_config_get_file (config));
  return FALSE;
}

/* All that can be known to be wrong before an ADD. */
gboolean
fairlead_cni_runtime_validate (FairleadCniRuntime  *self,
                               FairleadCniConfig   *config,
                               FairleadCniTarget   *target,
                               GError             **error)
{
  g_autofree char *cache_path = NULL;

  if (!fairlead_cni_runtime_validate_network (self, config, error))
    {
      g_prefix_error (error, "CNI network “%s”: ", fairlead_cni_config_get_name (config));
      return FALSE;
    }
  if (!fairlead_cni_value_check_depth (target->capability_args, error))
    {
      g_prefix_error (error, "capability arguments: ");
      return FALSE;
    }
  cache_path = fairlead_cni_cache_dup_path (self->cache_dir, fairlead_cni_config_get_name (config), target, error);
  return cache_path != NULL && check_not_taken (self, config, target, error);
}

static FairleadCniResult *
read_answer (const FairleadCniCall  *call,
             GVariant               *answer,
             const char             *version,
             GError                **error)
{
  GError *local_error = NULL;
  FairleadCniResult *result = NULL;

  if (answer != NULL)
    result = fairlead_cni_result_new (answer, version, &local_error);
  else
    g_set_error (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "it gave no result");
  if (result != NULL)
    return result;

  fairlead_cni_plugin_refuse_answer (call, &local_error);
  g_propagate_error (error, local_error);
  return NULL;
}

static FairleadCniResult *
runtime_add_plugin (FairleadCniRuntime  *self,
                    FairleadCniConfig   *config,
                    guint                index,
                    FairleadCniTarget   *target,
                    FairleadCniResult   *previous,
                    GCancellable        *cancellable,
                    GError             **error)
{
  const char *version = fairlead_cni_config_get_version (config);
  g_autofree char *path = runtime_find_plugin (self, "ADD", config, index, error);
  g_autoptr (GVariant) prev_result = NULL;
  g_autoptr (GVariant) request = NULL;
  g_autoptr (GVariant) answer = NULL;
  FairleadCniCall call;

  if (path == NULL)
    return NULL;
  if (previous != NULL)
    {
      /* In the version that the plugin before gave it in, as the reference runtime does. */
      prev_result = fairlead_cni_result_to_variant (previous, previous->version, error);
      if (prev_result == NULL)
        return NULL;
    }

  request = fairlead_cni_request_new (config, index, prev_result, target->capability_args);
  call = runtime_init_plugin_call (self, "ADD", config, index, path, target, request);
  if (!fairlead_cni_plugin_call (&call, &answer, cancellable, error))
    return NULL;
  return read_answer (&call, answer, version, error);
}

/* ADD of one plugin of the list. One that turns out not to be a program has nothing to undo, and no DEL. */
static FairleadCniResult *
runtime_add_next (FairleadCniRuntime       *self,
                  FairleadCniConfig        *config,
                  guint                     index,
                  FairleadCniTarget        *target,
                  FairleadCniResult        *previous,
                  FairleadCniProgressFunc   progress,
                  gpointer                  user_data,
                  GCancellable             *cancellable,
                  GError                  **error)
{
  FairleadCniResult *result;
  GError *local_error = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      (progress != NULL && !progress (index + 1, previous, user_data, error)))
    return NULL;

  result = runtime_add_plugin (self, config, index, target, previous, cancellable, &local_error);
  if (result != NULL)
    return result;
  if (progress != NULL && fairlead_cni_error_is_unstarted (local_error))
    progress (index, previous, user_data, NULL);
  g_propagate_error (error, local_error);
  return NULL;
}

static FairleadCniResult *
runtime_add_locked (FairleadCniRuntime       *self,
                    FairleadCniConfig        *config,
                    FairleadCniTarget        *target,
                    FairleadCniProgressFunc   progress,
                    gpointer                  user_data,
                    GCancellable             *cancellable,
                    GError                  **error)
{
  g_autoptr (FairleadCniResult) result = NULL;

  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      FairleadCniResult *next = runtime_add_next (self, config, i, target, result, progress, user_data, cancellable,
                                                  error);

      if (next == NULL)
        return NULL;
      g_clear_pointer (&result, fairlead_cni_result_unref);
      result = next;
    }

  if (!fairlead_cni_cache_write (self->cache_dir, config, target, result, error))
    {
      g_prefix_error (error, "CNI cache: ");
      return NULL;
    }
  return g_steal_pointer (&result);
}

/* ADD. After a failure the caller calls DEL, with what the last call of @progress said. */
FairleadCniResult *
fairlead_cni_runtime_add (FairleadCniRuntime       *self,
                          FairleadCniConfig        *config,
                          FairleadCniTarget        *target,
                          FairleadCniProgressFunc   progress,
                          gpointer                  user_data,
                          GCancellable             *cancellable,
                          GError                  **error)
{
  g_autoptr (FairleadCniLock) lock = NULL;

  if (!fairlead_cni_runtime_validate (self, config, target, error))
    return NULL;
  lock = fairlead_cni_lock_shared (self->cache_dir, self->timeout, cancellable, error);
  if (lock == NULL)
    return NULL;
  return runtime_add_locked (self, config, target, progress, user_data, cancellable, error);
}

static FairleadCniResult *
runtime_load_result (FairleadCniRuntime  *self,
                     FairleadCniConfig   *config,
                     FairleadCniTarget   *target,
                     GError             **error)
{
  g_autoptr (FairleadCniCacheEntry) entry =
    fairlead_cni_cache_read (self->cache_dir, fairlead_cni_config_get_name (config), target, error);

  if (entry == NULL)
    return NULL;
  if (entry->result == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "the CNI cache has no result for the attachment");
  return g_steal_pointer (&entry->result);
}

/* The final result of ADD in the config's version, for DEL: NULL where it is unknown or the version has no use for it. */
static GVariant *
runtime_dup_final_result (FairleadCniRuntime *self,
                          FairleadCniConfig  *config,
                          FairleadCniTarget  *target,
                          FairleadCniResult  *result)
{
  g_autoptr (FairleadCniResult) known = result != NULL ? fairlead_cni_result_ref (result) : NULL;
  g_autoptr (GError) local_error = NULL;
  GVariant *value = NULL;

  if (!is_at_least (config, VERSION_WITH_CHECK))
    return NULL;

  if (known == NULL)
    known = runtime_load_result (self, config, target, &local_error);
  if (known != NULL)
    value = fairlead_cni_result_to_variant (known, fairlead_cni_config_get_version (config), &local_error);
  if (value == NULL && !g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    {
      g_autofree char *text = g_strdup_printf ("DEL without prevResult: %s", local_error->message);

      self->note (text, self->note_data);
    }
  return value;
}

static void
runtime_note_needless (FairleadCniRuntime *self,
                       const GError       *error)
{
  g_autofree char *text = NULL;

  if (error == NULL)
    return;
  text = g_strdup_printf ("a plugin that ADD did not get to has nothing to undo, but complains: %s", error->message);
  self->note (text, self->note_data);
}

static gboolean
runtime_del_plugins (FairleadCniRuntime  *self,
                     FairleadCniConfig   *config,
                     FairleadCniTarget   *target,
                     GVariant            *prev_result,
                     guint                n_started,
                     gboolean             force,
                     GCancellable        *cancellable,
                     GError             **error)
{
  GError *problems = NULL;

  for (guint i = fairlead_cni_config_get_n_plugins (config); i > 0; i--)
    {
      g_autoptr (GVariant) request = fairlead_cni_request_new (config, i - 1, prev_result, target->capability_args);
      g_autofree char *path = runtime_find (self, fairlead_cni_config_get_plugin_type (config, i - 1), NULL);
      g_autoptr (GError) local_error = NULL;
      gboolean can_run;

      /* What never ran has nothing to undo, and what it says to that is no error. What did run but cannot be run any more
       * is one, which must not keep the other plugins from undoing their part. */
      if (path == NULL && i > n_started)
        continue;
      if (runtime_call_plugin (self, "DEL", config, i - 1, target, request, cancellable, &local_error))
        continue;
      can_run = path != NULL && !fairlead_cni_error_is_unstarted (local_error);
      if (i > n_started && !g_cancellable_is_cancelled (cancellable))
        {
          runtime_note_needless (self, can_run ? local_error : NULL);
          continue;
        }

      fairlead_cni_error_collect (&problems, g_steal_pointer (&local_error));
      if (g_cancellable_is_cancelled (cancellable) || (can_run && !force))
        break;
    }

  if (problems == NULL)
    return TRUE;
  g_propagate_error (error, problems);
  return FALSE;
}

static gboolean
runtime_del_locked (FairleadCniRuntime  *self,
                    FairleadCniConfig   *config,
                    FairleadCniTarget   *target,
                    FairleadCniResult   *result,
                    guint                n_started,
                    gboolean             force,
                    GCancellable        *cancellable,
                    GError             **error)
{
  g_autoptr (GVariant) prev_result = NULL;

  if (!fairlead_cni_target_validate (target, error))
    return FALSE;

  prev_result = runtime_dup_final_result (self, config, target, result);
  return runtime_del_plugins (self, config, target, prev_result, n_started, force, cancellable, error) &&
         fairlead_cni_cache_remove (self->cache_dir, fairlead_cni_config_get_name (config), target, error);
}

/* DEL. @result is that of the ADD, NULL to take it from the cache; @n_started is how many plugins were started by it,
 * G_MAXUINT if that is unknown. Stops at the first plugin that fails unless @force is set. The cache is kept until all
 * went well. */
gboolean
fairlead_cni_runtime_del (FairleadCniRuntime  *self,
                          FairleadCniConfig   *config,
                          FairleadCniTarget   *target,
                          FairleadCniResult   *result,
                          guint                n_started,
                          gboolean             force,
                          GCancellable        *cancellable,
                          GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (FairleadCniLock) lock =
    fairlead_cni_lock_shared (self->cache_dir, self->timeout, cancellable, &local_error);

  /* A directory that cannot be written, or is gone, must not keep anything attached. */
  if (lock == NULL && (local_error->domain == G_IO_ERROR ||
                       g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TRY_AGAIN)))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return runtime_del_locked (self, config, target, result, n_started, force, cancellable, error);
}

/* DEL of what is attached as @from, whose complaints about what is missing already do not count, and ADD as @target, of the
 * same container and interface, while no GC can come between them. Whether DEL has begun, and so something has changed, is
 * in @detached; after a failure of ADD the caller calls DEL. */
FairleadCniResult *
fairlead_cni_runtime_replace (FairleadCniRuntime       *self,
                              FairleadCniConfig        *config,
                              FairleadCniTarget        *from,
                              FairleadCniResult        *result,
                              FairleadCniTarget        *target,
                              FairleadCniProgressFunc   progress,
                              gpointer                  user_data,
                              gboolean                 *detached,
                              GCancellable             *cancellable,
                              GError                  **error)
{
  g_autoptr (FairleadCniLock) lock = NULL;
  g_autoptr (GError) local_error = NULL;

  *detached = FALSE;
  if (!fairlead_cni_runtime_validate (self, config, target, error))
    return NULL;
  lock = fairlead_cni_lock_shared (self->cache_dir, self->timeout, cancellable, error);
  if (lock == NULL)
    return NULL;

  *detached = TRUE;
  if (!runtime_del_locked (self, config, from, result, G_MAXUINT, TRUE, cancellable, &local_error))
    {
      g_autofree char *text = g_strdup_printf ("before ADD anew: %s", local_error->message);

      self->note (text, self->note_data);
    }
  return runtime_add_locked (self, config, target, progress, user_data, cancellable, error);
}

/* CHECK. @result as for DEL; plugins whose type is in @skipped are not asked. */
gboolean
fairlead_cni_runtime_check (FairleadCniRuntime  *self,
                            FairleadCniConfig   *config,
                            FairleadCniTarget   *target,
                            FairleadCniResult   *result,
                            const char * const  *skipped,
                            GCancellable        *cancellable,
                            GError             **error)
{
  const char *version = fairlead_cni_config_get_version (config);
  g_autoptr (FairleadCniResult) known = result != NULL ? fairlead_cni_result_ref (result) : NULL;
  g_autoptr (GVariant) prev_result = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!fairlead_cni_target_validate (target, error))
    return FALSE;
  if (!is_at_least (config, VERSION_WITH_CHECK))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                   "CNI network “%s” has version “%s”, which does not support CHECK; it came with "
                   VERSION_WITH_CHECK, fairlead_cni_config_get_name (config), version);
      return FALSE;
    }
  if (fairlead_cni_config_get_disable_check (config))
    return TRUE;

  if (known == NULL)
    known = runtime_load_result (self, config, target, &local_error);
  if (known == NULL && g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "container “%s” is not attached to CNI network “%s” as %s: the cache in %s has nothing of it",
                   target->container_id, fairlead_cni_config_get_name (config), target->ifname, self->cache_dir);
      return FALSE;
    }
  if (known == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  prev_result = known != NULL ? fairlead_cni_result_to_variant (known, version, error) : NULL;
  if (prev_result == NULL)
    {
      g_prefix_error (error, "CHECK of container “%s” on CNI network “%s”: ", target->container_id,
                      fairlead_cni_config_get_name (config));
      return FALSE;
    }

  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      g_autoptr (GVariant) request = fairlead_cni_request_new (config, i, prev_result, target->capability_args);

      if (skipped != NULL && g_strv_contains (skipped, fairlead_cni_config_get_plugin_type (config, i)))
        continue;
      if (!runtime_call_plugin (self, "CHECK", config, i, target, request, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_valid (GPtrArray         *valid,
          FairleadCniTarget *target)
{
  for (guint i = 0; valid != NULL && i < valid->len; i++)
    {
      FairleadCniTarget *other = g_ptr_array_index (valid, i);

      if (g_str_equal (other->container_id, target->container_id) && g_str_equal (other->ifname, target->ifname))
        return TRUE;
    }
  return FALSE;
}

static gboolean
runtime_del_cached (FairleadCniRuntime     *self,
                    FairleadCniConfig      *config,
                    FairleadCniCacheEntry  *entry,
                    GCancellable           *cancellable,
                    GError                **error)
{
  g_autoptr (FairleadCniConfig) attached = fairlead_cni_cache_entry_choose_config (entry, config, error);
  g_autofree char *path = NULL;

  if (attached != NULL &&
      runtime_del_locked (self, attached, entry->target, entry->result, G_MAXUINT, FALSE, cancellable, error))
    return TRUE;
  path = fairlead_cni_cache_dup_path (self->cache_dir, entry->network, entry->target, NULL);
  g_prefix_error (error, "%s (if nothing of it is left, remove that file): ", path);
  return FALSE;
}

static void
runtime_del_stale (FairleadCniRuntime  *self,
                   FairleadCniConfig   *config,
                   GPtrArray           *valid,
                   GCancellable        *cancellable,
                   GError             **problems)
{
  GError *local_error = NULL;
  g_autoptr (GPtrArray) entries = fairlead_cni_cache_list (self->cache_dir, &local_error);

  if (entries == NULL)
    {
      fairlead_cni_error_collect (problems, local_error);
      return;
    }

  for (guint i = 0; i < entries->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      FairleadCniCacheEntry *entry = g_ptr_array_index (entries, i);

      if (g_str_equal (entry->network, fairlead_cni_config_get_name (config)) && !is_valid (valid, entry->target) &&
          !runtime_del_cached (self, config, entry, cancellable, &local_error))
        fairlead_cni_error_collect (problems, g_steal_pointer (&local_error));
    }
}

static gboolean
runtime_gc_locked (FairleadCniRuntime  *self,
                   FairleadCniConfig   *config,
                   GPtrArray           *valid,
                   GCancellable        *cancellable,
                   GError             **error)
{
  GError *problems = NULL;

  runtime_del_stale (self, config, valid, cancellable, &problems);
  for (guint i = 0; is_at_least (config, VERSION_WITH_GC) && i < fairlead_cni_config_get_n_plugins (config) &&
                    !g_cancellable_is_cancelled (cancellable); i++)
    {
      g_autoptr (GVariant) request = fairlead_cni_request_new_gc (config, i, valid);
      GError *local_error = NULL;

      if (!runtime_call_plugin (self, "GC", config, i, NULL, request, cancellable, &local_error))
        fairlead_cni_error_collect (&problems, local_error);
    }

  if (problems == NULL)
    return !g_cancellable_set_error_if_cancelled (cancellable, error);
  g_propagate_error (error, problems);
  return FALSE;
}

/* GC. @valid: (nullable) (element-type FairleadCniTarget): the attachments that live; all that is cached of the network
 * besides gets a DEL, then the plugins hear the list. Plugins that fail do not stop it. Fails with BUSY while an ADD or a
 * DEL is at work. */
gboolean
fairlead_cni_runtime_gc (FairleadCniRuntime  *self,
                         FairleadCniConfig   *config,
                         GPtrArray           *valid,
                         GCancellable        *cancellable,
                         GError             **error)
{
  g_autoptr (FairleadCniLock) lock = NULL;

  if (fairlead_cni_config_get_disable_gc (config))
    return TRUE;
  lock = fairlead_cni_lock_exclusive (self->cache_dir, error);
  return lock != NULL && runtime_gc_locked (self, config, valid, cancellable, error);
}

/* GC of what @is_garbage says. It is asked about each cached attachment of the network when no other can be made any more,
 * so that nothing is missed by having been made a moment ago. @living: (element-type FairleadCniTarget): what is known to
 * live, whatever the cache says; attachments of other networks among them do no harm. */
gboolean
fairlead_cni_runtime_gc_where (FairleadCniRuntime      *self,
                               FairleadCniConfig       *config,
                               FairleadCniGarbageFunc   is_garbage,
                               gpointer                 user_data,
                               GPtrArray               *living,
                               GCancellable            *cancellable,
                               GError                 **error)
{
  g_autoptr (FairleadCniLock) lock = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GPtrArray) valid = g_ptr_array_new ();

  if (fairlead_cni_config_get_disable_gc (config))
    return TRUE;
  lock = fairlead_cni_lock_exclusive (self->cache_dir, error);
  if (lock == NULL)
    return FALSE;
  entries = fairlead_cni_cache_list (self->cache_dir, error);
  if (entries == NULL)
    return FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      FairleadCniCacheEntry *entry = g_ptr_array_index (entries, i);

      if (g_str_equal (entry->network, fairlead_cni_config_get_name (config)) && !is_garbage (entry, user_data))
        g_ptr_array_add (valid, entry->target);
    }
  for (guint i = 0; i < living->len; i++)
    if (!is_valid (valid, g_ptr_array_index (living, i)))
      g_ptr_array_add (valid, g_ptr_array_index (living, i));
  return runtime_gc_locked (self, config, valid, cancellable, error);
}

/* STATUS: whether the network can take containers. Lists of a version that has no such verb can. */
gboolean
fairlead_cni_runtime_status (FairleadCniRuntime  *self,
                             FairleadCniConfig   *config,
                             GCancellable        *cancellable,
                             GError             **error)
{
  for (guint i = 0; is_at_least (config, VERSION_WITH_GC) && i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      g_autoptr (GVariant) request = fairlead_cni_request_new (config, i, NULL, NULL);

      if (!runtime_call_plugin (self, "STATUS", config, i, NULL, request, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static void
fairlead_cni_runtime_finalize (GObject *object)
{
  FairleadCniRuntime *self = FAIRLEAD_CNI_RUNTIME (object);

  g_strfreev (self->plugin_dirs);
  g_free (self->cni_path);
  g_free (self->cache_dir);
  g_hash_table_unref (self->versions);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (fairlead_cni_runtime_parent_class)->finalize (object);
}

static void
fairlead_cni_runtime_class_init (FairleadCniRuntimeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fairlead_cni_runtime_finalize;
}

static void
fairlead_cni_runtime_init (FairleadCniRuntime *self)
{
  g_mutex_init (&self->mutex);
  self->note = note_debug;
  self->versions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_strfreev);
}

FairleadCniRuntime *
fairlead_cni_runtime_new (const char * const *plugin_dirs,
                          const char         *cache_dir,
                          guint               timeout)
{
  FairleadCniRuntime *self = g_object_new (FAIRLEAD_TYPE_CNI_RUNTIME, NULL);

  self->plugin_dirs = g_strdupv ((char **) plugin_dirs);
  self->cni_path = g_strjoinv (":", self->plugin_dirs);
  self->cache_dir = g_strdup (cache_dir);
  self->timeout = timeout;
  return self;
}

/* Who hears what is worth telling although nothing failed: what plugins that succeeded wrote to their standard error, and
 * what of the cache cannot be read. Unset, it is debugging output. */
void
fairlead_cni_runtime_set_note_func (FairleadCniRuntime  *self,
                                    FairleadCniNoteFunc  note,
                                    gpointer             user_data)
{
  self->note = note;
  self->note_data = user_data;
}
