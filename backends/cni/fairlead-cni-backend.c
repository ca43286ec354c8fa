/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

#include "fairlead-cni-attach.h"
#include "fairlead-cni-collect.h"
#include "fairlead-cni-document.h"
#include "fairlead-cni-error.h"
#include "fairlead-cni-network.h"
#include "fairlead-cni-plugin.h"
#include "fairlead-cni-runtime.h"
#include "fairlead-cni-scan.h"
#include "fairlead-cni-value.h"
#include "fairlead-cni-version.h"

/*
 * Runs the plugins of the Container Network Interface. What is a network, which plugins it is made of and what they are
 * told is in CNI's own configuration files.
 *
 * ADD is given a list that is complete and a target; both are written into the attachment's document before the first
 * plugin runs, and again before each of the others with the result so far. CHECK and DEL use that document alone.
 */

#define FAIRLEAD_TYPE_CNI_BACKEND (fairlead_cni_backend_get_type ())

G_DECLARE_FINAL_TYPE (FairleadCniBackend, fairlead_cni_backend, FAIRLEAD, CNI_BACKEND, FairleadBackend)

static const char * const default_conf_dirs[] = { FAIRLEAD_CNI_DEFAULT_CONF_DIR, NULL };

struct _FairleadCniBackend
{
  FairleadBackend parent_instance;

  char **conf_dirs;      /* (owned) */
  char **plugin_dirs;    /* (owned) */
  char *cache_dir;       /* (owned) */
  char *default_network; /* (owned) (nullable) */
  char **skip_check;     /* (owned) (nullable) */
  guint timeout;         /* seconds */

  GMutex mutex;
  FairleadCniRuntime *runtime; /* (owned) (nullable) (mutex mutex) remembers the versions of plugins */
};

enum
{
  PROP_0,
  PROP_CONF_DIRS,
  PROP_PLUGIN_DIRS,
  PROP_CACHE_DIR,
  PROP_DEFAULT_NETWORK,
  PROP_SKIP_CHECK,
  PROP_TIMEOUT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (FairleadCniBackend, fairlead_cni_backend, FAIRLEAD_TYPE_BACKEND)

static FairleadCniRuntime *
backend_ref_runtime (FairleadCniBackend *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->runtime == NULL)
    self->runtime = fairlead_cni_runtime_new ((const char * const *) self->plugin_dirs, self->cache_dir, self->timeout);
  return g_object_ref (self->runtime);
}

static gboolean
has_default_network (FairleadCniBackend *self)
{
  return self->default_network != NULL && *self->default_network != '\0';
}

/* Why it cannot be used; NULL if it can. */
static GError *
find_problem (FairleadCniRuntime *runtime,
              FairleadCniFound   *found)
{
  GError *problem = NULL;

  if (found->config == NULL)
    return g_error_copy (found->error);
  fairlead_cni_runtime_validate_network (runtime, found->config, &problem);
  return problem;
}

/* The network that is called like the backend: the one that default-network names, or the first that can be used. */
static FairleadCniConfig *
backend_load_default (FairleadCniBackend  *self,
                      GError             **error)
{
  const char * const *dirs = (const char * const *) self->conf_dirs;
  g_autofree char *shown = NULL;
  g_autoptr (GPtrArray) networks = NULL;
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);
  g_autoptr (GString) problems = g_string_new (NULL);

  if (has_default_network (self))
    return fairlead_cni_scan_lookup (dirs, self->default_network, error);

  networks = fairlead_cni_scan_list (dirs);
  for (guint i = 0; i < networks->len; i++)
    {
      FairleadCniFound *found = g_ptr_array_index (networks, i);
      g_autoptr (GError) problem = find_problem (runtime, found);

      if (problem == NULL)
        return fairlead_cni_config_ref (found->config);
      g_string_append_printf (problems, "; %s: %s", found->name, problem->message);
    }

  shown = g_strjoinv (", ", self->conf_dirs);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "there is no CNI network in %s that can be used%s", shown,
               problems->str);
  return NULL;
}

static FairleadCniConfig *
backend_load_file (const char  *file,
                   const char  *name,
                   GError     **error)
{
  g_autoptr (FairleadCniConfig) config = fairlead_cni_config_new_for_file (file, error);

  if (config == NULL || name == NULL || g_str_equal (fairlead_cni_config_get_name (config), name))
    return g_steal_pointer (&config);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "%s is the CNI network “%s”, but config-name says “%s”", file, fairlead_cni_config_get_name (config), name);
  return NULL;
}

static FairleadCniConfig *
backend_find_config (FairleadCniBackend  *self,
                     FairleadNetwork     *network,
                     GError             **error)
{
  FairleadCniNetwork *cni_network = FAIRLEAD_CNI_NETWORK (network);
  const char *file = fairlead_cni_network_get_config_file (cni_network);
  const char *name = fairlead_cni_network_get_config_name (cni_network);

  if (file != NULL)
    return backend_load_file (file, name, error);
  if (name == NULL && fairlead_network_get_file (network) == NULL &&
      g_strcmp0 (fairlead_network_get_name (network), fairlead_backend_get_name (FAIRLEAD_BACKEND (self))) == 0)
    return backend_load_default (self, error);
  return fairlead_cni_scan_lookup ((const char * const *) self->conf_dirs,
                                   name != NULL ? name : fairlead_network_get_name (network), error);
}

static FairleadCniConfig *
backend_load_config (FairleadCniBackend  *self,
                     FairleadNetwork     *network,
                     GError             **error)
{
  FairleadCniConfig *config = fairlead_cni_network_dup_config (FAIRLEAD_CNI_NETWORK (network));

  if (config != NULL)
    return config;
  config = backend_find_config (self, network, error);
  fairlead_cni_network_set_config (FAIRLEAD_CNI_NETWORK (network), config);
  return config;
}

/* A network that cannot be read promises everything: what is wrong with it is said by plan. */
static FairleadBackendCapabilities
fairlead_cni_backend_get_capabilities (FairleadBackend *backend,
                                       FairleadNetwork *network)
{
  FairleadBackendCapabilities declared =
    FAIRLEAD_BACKEND_CLASS (fairlead_cni_backend_parent_class)->get_capabilities (backend, network);
  g_autoptr (FairleadCniConfig) config = NULL;

  if (network == NULL)
    return declared;
  config = backend_load_config (FAIRLEAD_CNI_BACKEND (backend), network, NULL);
  return config != NULL ? declared & fairlead_cni_attach_get_capabilities (config) : declared;
}

/* All that ADD is going to be given. */
static FairleadCniDocument *
backend_new_document (FairleadCniBackend  *self,
                      FairleadAttachment  *attachment,
                      GCancellable        *cancellable,
                      GError             **error)
{
  static const char * const none[] = { NULL };
  FairleadNetwork *network = fairlead_attachment_get_network (attachment);
  const char * const *skip_check = fairlead_cni_network_get_skip_check (FAIRLEAD_CNI_NETWORK (network));
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);
  g_autoptr (FairleadCniDocument) document = g_new0 (FairleadCniDocument, 1);
  g_autoptr (FairleadCniConfig) config = backend_load_config (self, network, error);

  if (config == NULL)
    return NULL;
  document->config = fairlead_cni_runtime_negotiate (runtime, config, cancellable, error);
  if (document->config == NULL)
    return NULL;
  document->target = fairlead_cni_attach_new_target (attachment, document->config,
                                                     fairlead_attachment_get_netns_path (attachment), error);
  if (document->target == NULL)
    return NULL;

  document->plugin_dirs = g_strdupv (self->plugin_dirs);
  document->cache_dir = g_strdup (self->cache_dir);
  document->timeout = self->timeout;
  document->skip_check = g_strdupv ((char **) (skip_check != NULL ? skip_check : none));
  return g_steal_pointer (&document);
}

static gboolean
fairlead_cni_backend_plan (FairleadBackend     *backend,
                           FairleadAttachment  *attachment,
                           GCancellable        *cancellable,
                           GError             **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  g_autoptr (FairleadCniDocument) document = backend_new_document (self, attachment, cancellable, error);
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);

  if (document == NULL || !fairlead_cni_runtime_validate (runtime, document->config, document->target, error))
    return FALSE;
  if (!fairlead_cni_runtime_is_attached (runtime, document->config, document->target))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS,
               "container “%s” is attached to CNI network “%s” as %s already, says the CNI cache in %s: by another program, or "
               "by one whose state is lost; it has to be detached first, for example by fairlead-cnitool del",
               document->target->container_id, fairlead_cni_config_get_name (document->config),
               document->target->ifname, self->cache_dir);
  return FALSE;
}

typedef struct
{
  FairleadCniDocument *document;
  FairleadAttachment *attachment;
} Progress;

static gboolean
write_progress (guint               n_started,
                FairleadCniResult  *result,
                gpointer            user_data,
                GError            **error)
{
  Progress *progress = user_data;
  FairleadCniDocument *document = progress->document;

  document->n_started = n_started;
  g_clear_pointer (&document->result, fairlead_cni_result_unref);
  document->result = result != NULL ? fairlead_cni_result_ref (result) : NULL;
  return fairlead_cni_document_store (document, progress->attachment, error);
}

/* Takes @result, of an ADD that succeeded. */
static gboolean
finish_add (FairleadCniDocument  *document,
            FairleadAttachment   *attachment,
            FairleadCniResult    *result,
            GError              **error)
{
  g_clear_pointer (&document->result, fairlead_cni_result_unref);
  document->result = result;
  document->complete = TRUE;
  fairlead_cni_attach_publish (attachment, document->target, result);
  return fairlead_cni_document_put (document, attachment, error);
}

static gboolean
add_document (FairleadCniRuntime   *runtime,
              FairleadCniDocument  *document,
              FairleadAttachment   *attachment,
              GCancellable         *cancellable,
              GError              **error)
{
  Progress progress = { document, attachment };
  FairleadCniResult *result = fairlead_cni_runtime_add (runtime, document->config, document->target, write_progress,
                                                        &progress, cancellable, error);

  return result != NULL && finish_add (document, attachment, result, error);
}

static gboolean
fairlead_cni_backend_setup (FairleadBackend     *backend,
                            FairleadAttachment  *attachment,
                            GCancellable        *cancellable,
                            GError             **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);
  g_autoptr (FairleadCniDocument) document = NULL;
  g_autoptr (GError) local_error = NULL;

  if (netns == NULL || fairlead_attachment_get_netns_path (attachment) == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "CNI plugins need a network namespace that has a path");
      return FALSE;
    }

  if (!fairlead_cni_collect_after_boot (runtime, self->cache_dir, cancellable, &local_error))
    g_message ("what may be left from before the last boot was not removed; “fairlead gc” tries again: %s",
               local_error->message);

  document = backend_new_document (self, attachment, cancellable, error);
  return document != NULL &&
         fairlead_netns_set_loopback_up (netns, error) &&
         add_document (runtime, document, attachment, cancellable, error);
}

/* The target with the namespace as it is today: its path, or nothing, as another may be at that path by now. */
static FairleadCniTarget *
document_new_target (FairleadCniDocument *document,
                     FairleadAttachment  *attachment)
{
  const char *path = fairlead_attachment_get_netns (attachment) != NULL
                       ? fairlead_attachment_get_netns_path (attachment) : NULL;

  return fairlead_cni_target_new (document->target->container_id, document->target->ifname, path,
                                  (const char * const *) document->target->args, document->target->capability_args);
}

static gboolean
del_document (FairleadCniDocument  *document,
              FairleadAttachment   *attachment,
              gboolean              force,
              GCancellable         *cancellable,
              GError              **error)
{
  g_autoptr (FairleadCniRuntime) runtime = fairlead_cni_document_new_runtime (document);
  g_autoptr (FairleadCniTarget) target = document_new_target (document, attachment);

  return fairlead_cni_runtime_del (runtime, document->config, target, document->result, document->n_started, force,
                                   cancellable, error);
}

static gboolean
fairlead_cni_backend_teardown (FairleadBackend        *backend,
                               FairleadAttachment     *attachment,
                               FairleadTeardownFlags   flags,
                               GCancellable           *cancellable,
                               GError                **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  gboolean force = (flags & FAIRLEAD_TEARDOWN_FORCE) != 0;
  g_autoptr (FairleadCniDocument) document = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!fairlead_cni_document_exists (attachment))
    return TRUE;

  document = fairlead_cni_document_load (attachment, &local_error);
  if (document != NULL)
    return del_document (document, attachment, force, cancellable, error);

  g_debug ("container %s: %s; looking into the CNI cache", fairlead_attachment_get_container_id (attachment),
           local_error->message);
  {
    g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);

    return fairlead_cni_collect_container (runtime, self->cache_dir, attachment, force, cancellable, error);
  }
}

/* A reload that failed leaves less than a setup that succeeded. */
static gboolean
document_check_complete (FairleadCniDocument  *self,
                         GError              **error)
{
  if (self->complete)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "a reload has detached the container from CNI network “%s” and could not attach it again; \"fairlead reload\" "
               "tries again", fairlead_cni_config_get_name (self->config));
  return FALSE;
}

static gboolean
can_check (FairleadCniConfig *config)
{
  return fairlead_cni_version_compare (fairlead_cni_config_get_version (config), "0.4.0") >= 0 &&
         !fairlead_cni_config_get_disable_check (config);
}

static char **
backend_dup_skip_check (FairleadCniBackend  *self,
                        FairleadCniDocument *document)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **) document->skip_check);
  if (self->skip_check != NULL)
    g_strv_builder_addv (builder, (const char **) self->skip_check);
  return g_strv_builder_end (builder);
}

static gboolean
fairlead_cni_backend_check (FairleadBackend     *backend,
                            FairleadAttachment  *attachment,
                            GCancellable        *cancellable,
                            GError             **error)
{
  g_autoptr (FairleadCniDocument) document = fairlead_cni_document_load (attachment, error);
  g_autoptr (FairleadCniRuntime) runtime = NULL;
  g_auto (GStrv) skipped = NULL;

  if (document == NULL || !document_check_complete (document, error))
    return FALSE;
  if (fairlead_attachment_get_netns (attachment) == NULL || !can_check (document->config))
    return FAIRLEAD_BACKEND_CLASS (fairlead_cni_backend_parent_class)->check (backend, attachment, cancellable, error);

  runtime = fairlead_cni_document_new_runtime (document);
  skipped = backend_dup_skip_check (FAIRLEAD_CNI_BACKEND (backend), document);
  if (fairlead_cni_runtime_check (runtime, document->config, document->target, document->result,
                                  (const char * const *) skipped, cancellable, error))
    return TRUE;
  if (error != NULL && g_error_matches (*error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED))
    fairlead_cni_error_append (*error, "; if that is a false alarm of the plugin, name it in the key skip-check");
  return FALSE;
}

/* A request for the addresses and the MAC address that the container has; NULL if the list cannot grant it. That of a
 * reload that failed is one already. */
static FairleadCniTarget *
document_new_fixed_target (FairleadCniDocument  *document,
                           FairleadAttachment   *attachment,
                           GError              **error)
{
  g_autoptr (FairleadCniTarget) target = document_new_target (document, attachment);

  if (!document->complete)
    return g_steal_pointer (&target);
  return fairlead_cni_attach_fix_target (attachment, document->config, target, document->result, error);
}

static FairleadCniResult *
replace_document (FairleadCniRuntime   *runtime,
                  FairleadCniDocument  *document,
                  FairleadAttachment   *attachment,
                  FairleadCniTarget    *target,
                  gboolean             *detached,
                  GCancellable         *cancellable,
                  GError              **error)
{
  g_autoptr (FairleadCniTarget) from = document_new_target (document, attachment);
  g_autoptr (FairleadCniResult) result = document->result != NULL ? fairlead_cni_result_ref (document->result) : NULL;
  Progress progress = { document, attachment };

  g_clear_pointer (&document->target, fairlead_cni_target_unref);
  document->target = fairlead_cni_target_ref (target);
  document->complete = FALSE;
  return fairlead_cni_runtime_replace (runtime, document->config, from, result, target, write_progress, &progress, detached,
                                       cancellable, error);
}

/* What the failed ADD did is undone, whatever made it fail. */
static void
undo_replace (FairleadCniDocument *document,
              FairleadAttachment  *attachment,
              GError              *error)
{
  g_autoptr (GError) undo_error = NULL;
  g_autofree char *text = NULL;

  fairlead_attachment_clear_result (attachment);
  if (!del_document (document, attachment, TRUE, NULL, &undo_error))
    text = g_strdup_printf ("; what was done could not all be undone: %s", undo_error->message);
  g_clear_error (&undo_error);
  if (!fairlead_cni_document_put (document, attachment, &undo_error))
    g_debug ("container %s: %s", fairlead_attachment_get_container_id (attachment), undo_error->message);
  if (text != NULL)
    fairlead_cni_error_append (error, text);
}

/* The plugins have no verb for it: DEL, and ADD again with the addresses that the container has. */
static gboolean
fairlead_cni_backend_reload (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  g_autoptr (FairleadCniDocument) document = fairlead_cni_document_load (attachment, error);
  g_autoptr (FairleadCniRuntime) runtime = NULL;
  g_autoptr (FairleadCniTarget) target = NULL;
  FairleadCniResult *result;
  GError *local_error = NULL;
  gboolean detached;

  if (document == NULL)
    return FALSE;
  target = document_new_fixed_target (document, attachment, error);
  if (target == NULL)
    return FALSE;

  runtime = fairlead_cni_document_new_runtime (document);
  result = replace_document (runtime, document, attachment, target, &detached, cancellable, &local_error);
  if (result != NULL)
    return finish_add (document, attachment, result, error);
  if (detached)
    {
      undo_replace (document, attachment, local_error);
      g_prefix_error (&local_error, "CNI network “%s” was detached and could not be attached again; \"fairlead reload\" tries "
                      "again: ", fairlead_cni_config_get_name (document->config));
    }
  g_propagate_error (error, local_error);
  return FALSE;
}

static GVariant *
document_list_plugins (FairleadCniDocument *document)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (document->config); i++)
    {
      const char *type = fairlead_cni_config_get_plugin_type (document->config, i);
      g_autofree char *path = fairlead_cni_plugin_find ((const char * const *) document->plugin_dirs, type, NULL);

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "Type", g_variant_new_string (type));
      if (path != NULL)
        g_variant_builder_add (&builder, "{sv}", "Path", g_variant_new_string (path));
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
fairlead_cni_backend_inspect (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  g_autoptr (GVariant) base =
    FAIRLEAD_BACKEND_CLASS (fairlead_cni_backend_parent_class)->inspect (backend, attachment, cancellable, error);
  g_autoptr (FairleadCniDocument) document = NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) result = NULL;

  if (base == NULL || !fairlead_cni_document_exists (attachment))
    return g_steal_pointer (&base);
  document = fairlead_cni_document_load (attachment, NULL);
  if (document == NULL)
    return g_steal_pointer (&base);

  for (gsize i = 0; i < g_variant_n_children (base); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (base, i);

      g_variant_builder_add_value (&builder, entry);
    }
  g_variant_builder_add (&builder, "{sv}", "CNINetwork",
                         g_variant_new_string (fairlead_cni_config_get_name (document->config)));
  g_variant_builder_add (&builder, "{sv}", "CNIVersion",
                         g_variant_new_string (fairlead_cni_config_get_version (document->config)));
  g_variant_builder_add (&builder, "{sv}", "CNIPlugins", document_list_plugins (document));
  if (document->complete)
    result = fairlead_cni_result_to_variant (document->result, document->result->version, NULL);
  if (result != NULL)
    g_variant_builder_add (&builder, "{sv}", "CNIResult", result);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* A name for a file that has none which the library would take. */
static char *
dup_listed_name (FairleadCniFound *found)
{
  char *name = g_strcanon (g_strdup (found->name), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-", '-');

  if (fairlead_network_name_is_valid (name))
    return name;
  g_free (name);
  return NULL;
}

static FairleadNetwork *
new_listed (FairleadCniRuntime *runtime,
            FairleadCniFound   *found)
{
  g_autofree char *name = dup_listed_name (found);
  g_autoptr (GError) problem = find_problem (runtime, found);
  FairleadNetwork *network;

  if (name == NULL)
    {
      g_debug ("%s is not listed: neither it nor its network has a name that can be used", found->file);
      return NULL;
    }

  network = FAIRLEAD_NETWORK (fairlead_cni_network_new (name, found->file, found->config));
  if (problem != NULL)
    fairlead_network_set_problem (network, problem->message);
  return network;
}

static GListModel *
fairlead_cni_backend_list_networks (FairleadBackend  *backend,
                                    GCancellable     *cancellable,
                                    GError          **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  g_autoptr (GPtrArray) found = fairlead_cni_scan_list ((const char * const *) self->conf_dirs);
  g_autoptr (GListStore) networks = g_list_store_new (FAIRLEAD_TYPE_NETWORK);
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);

  for (guint i = 0; i < found->len; i++)
    {
      g_autoptr (FairleadNetwork) network = new_listed (runtime, g_ptr_array_index (found, i));

      if (network != NULL)
        g_list_store_append (networks, network);
    }
  return G_LIST_MODEL (g_steal_pointer (&networks));
}

/* STATUS, where the version has it. */
static gboolean
fairlead_cni_backend_read_network (FairleadBackend  *backend,
                                   FairleadNetwork  *network,
                                   GCancellable     *cancellable,
                                   GError          **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);
  g_autoptr (FairleadCniConfig) config = backend_load_config (self, network, error);

  return config != NULL && fairlead_cni_runtime_validate_network (runtime, config, error);
}

static gboolean
fairlead_cni_backend_check_network (FairleadBackend  *backend,
                                    FairleadNetwork  *network,
                                    GCancellable     *cancellable,
                                    GError          **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);
  g_autoptr (FairleadCniConfig) config = backend_load_config (self, network, error);
  g_autoptr (FairleadCniConfig) chosen = NULL;

  if (config == NULL)
    return FALSE;
  chosen = fairlead_cni_runtime_negotiate (runtime, config, cancellable, error);
  return chosen != NULL && fairlead_cni_runtime_validate_network (runtime, chosen, error) &&
         fairlead_cni_runtime_status (runtime, chosen, cancellable, error);
}

/* Plugins too: a network is out of order until its plugins are installed. */
static char **
fairlead_cni_backend_list_network_dirs (FairleadBackend *backend)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **) self->conf_dirs);
  g_strv_builder_addv (builder, (const char **) self->plugin_dirs);
  return g_strv_builder_end (builder);
}

static gboolean
fairlead_cni_backend_collect (FairleadBackend  *backend,
                              GListModel       *attachments,
                              GCancellable     *cancellable,
                              GError          **error)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (backend);
  g_autoptr (FairleadCniRuntime) runtime = backend_ref_runtime (self);

  return fairlead_cni_collect (runtime, self->cache_dir, attachments, cancellable, error);
}

static void
fairlead_cni_backend_get_property (GObject    *object,
                                   guint       prop_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (object);

  switch (prop_id)
    {
    case PROP_CONF_DIRS:
      g_value_set_boxed (value, self->conf_dirs);
      break;
    case PROP_PLUGIN_DIRS:
      g_value_set_boxed (value, self->plugin_dirs);
      break;
    case PROP_CACHE_DIR:
      g_value_set_string (value, self->cache_dir);
      break;
    case PROP_DEFAULT_NETWORK:
      g_value_set_string (value, self->default_network);
      break;
    case PROP_SKIP_CHECK:
      g_value_set_boxed (value, self->skip_check);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* A list has no default in its GParamSpec; unset it stands for the usual directories. */
static void
replace_dirs (char               ***dirs,
              const GValue         *value,
              const char * const   *fallback)
{
  const char * const *given = g_value_get_boxed (value);

  g_strfreev (*dirs);
  *dirs = g_strdupv ((char **) (given != NULL ? given : fallback));
}

static void
fairlead_cni_backend_set_property (GObject      *object,
                                   guint         prop_id,
                                   const GValue *value,
                                   GParamSpec   *pspec)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (object);

  switch (prop_id)
    {
    case PROP_CONF_DIRS:
      replace_dirs (&self->conf_dirs, value, default_conf_dirs);
      break;
    case PROP_PLUGIN_DIRS:
      replace_dirs (&self->plugin_dirs, value, fairlead_cni_default_plugin_dirs);
      break;
    case PROP_CACHE_DIR:
      g_free (self->cache_dir);
      self->cache_dir = g_value_dup_string (value);
      break;
    case PROP_DEFAULT_NETWORK:
      g_free (self->default_network);
      self->default_network = g_value_dup_string (value);
      break;
    case PROP_SKIP_CHECK:
      g_strfreev (self->skip_check);
      self->skip_check = g_value_dup_boxed (value);
      break;
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }

  /* Configured before use, so nobody is at work with the old one. */
  g_clear_object (&self->runtime);
}

static void
fairlead_cni_backend_finalize (GObject *object)
{
  FairleadCniBackend *self = FAIRLEAD_CNI_BACKEND (object);

  g_strfreev (self->conf_dirs);
  g_strfreev (self->plugin_dirs);
  g_free (self->cache_dir);
  g_free (self->default_network);
  g_strfreev (self->skip_check);
  g_clear_object (&self->runtime);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (fairlead_cni_backend_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG;

  props[PROP_CONF_DIRS] = g_param_spec_boxed ("conf-dirs", "Configuration directories",
                                              "directories with CNI network configurations; unset, /etc/cni/net.d",
                                              G_TYPE_STRV, flags | FAIRLEAD_PARAM_PATH);
  props[PROP_PLUGIN_DIRS] = g_param_spec_boxed ("plugin-dirs", "Plugin directories",
                                                "directories with CNI plugins, searched in order; unset, /opt/cni/bin, "
                                                "/usr/local/libexec/cni, /usr/libexec/cni, /usr/local/lib/cni and "
                                                "/usr/lib/cni", G_TYPE_STRV, flags | FAIRLEAD_PARAM_PATH);
  props[PROP_CACHE_DIR] = g_param_spec_string ("cache-dir", "Cache directory",
                                               "directory below which the results of plugins are kept, shared with "
                                               "other runtimes", FAIRLEAD_CNI_DEFAULT_CACHE_DIR,
                                               flags | FAIRLEAD_PARAM_PATH);
  props[PROP_DEFAULT_NETWORK] = g_param_spec_string ("default-network", "Default network",
                                                     "CNI network that the name cni stands for; unset, the first that "
                                                     "can be used", NULL, flags);
  props[PROP_SKIP_CHECK] = g_param_spec_boxed ("skip-check", "Plugins not to check",
                                               "types of plugins whose CHECK is not called on any network, as they give "
                                               "false alarms", G_TYPE_STRV, flags);
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Time limit", "seconds that one call of a plugin may take",
                                           1, FAIRLEAD_CNI_MAX_TIMEOUT, FAIRLEAD_CNI_DEFAULT_TIMEOUT, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_cni_backend_class_init (FairleadCniBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  object_class->get_property = fairlead_cni_backend_get_property;
  object_class->set_property = fairlead_cni_backend_set_property;
  object_class->finalize = fairlead_cni_backend_finalize;

  backend_class->network_type = FAIRLEAD_TYPE_CNI_NETWORK;
  backend_class->get_capabilities = fairlead_cni_backend_get_capabilities;
  backend_class->plan = fairlead_cni_backend_plan;
  backend_class->setup = fairlead_cni_backend_setup;
  backend_class->teardown = fairlead_cni_backend_teardown;
  backend_class->inspect = fairlead_cni_backend_inspect;
  backend_class->check = fairlead_cni_backend_check;
  backend_class->reload = fairlead_cni_backend_reload;
  backend_class->list_networks = fairlead_cni_backend_list_networks;
  backend_class->list_network_dirs = fairlead_cni_backend_list_network_dirs;
  backend_class->read_network = fairlead_cni_backend_read_network;
  backend_class->check_network = fairlead_cni_backend_check_network;
  backend_class->collect = fairlead_cni_backend_collect;

  install_properties (object_class);
}

static void
fairlead_cni_backend_init (FairleadCniBackend *self)
{
  g_mutex_init (&self->mutex);
}

FAIRLEAD_BACKEND_MODULE ("cni", FAIRLEAD_VERSION_S, "Networks of CNI plugins", "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_PORTS_UDP |
                         FAIRLEAD_BACKEND_CAP_PORTS_SCTP | FAIRLEAD_BACKEND_CAP_PORTS_IPV6 |
                         FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS | FAIRLEAD_BACKEND_CAP_STATIC_MAC |
                         FAIRLEAD_BACKEND_CAP_MULTIPLE | FAIRLEAD_BACKEND_CAP_IPV6 |
                         FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK | FAIRLEAD_BACKEND_CAP_INTERFACE_NAME,
                         FairleadCniBackend, fairlead_cni_backend)
