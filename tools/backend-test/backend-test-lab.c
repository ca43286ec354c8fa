/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "backend-test.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

Plan plan;

/* The backend that the manager knows: it hands every call on to the module's backend, and looks at what happens. */
#define TYPE_PROXY (proxy_get_type ())
G_DECLARE_FINAL_TYPE (Proxy, proxy, LAB, PROXY, FairleadBackend)

struct _Proxy
{
  FairleadBackend parent_instance;

  FairleadBackend *backend;
};

G_DEFINE_FINAL_TYPE (Proxy, proxy, FAIRLEAD_TYPE_BACKEND)

/* Not by way of fairlead_backend_setup() and so on: they check and explain, which the calls of the proxy's own methods
 * do already. */
static FairleadBackend *
get_backend (FairleadBackend *proxy)
{
  return LAB_PROXY (proxy)->backend;
}

static FairleadBackendClass *
get_methods (FairleadBackend *proxy)
{
  return FAIRLEAD_BACKEND_GET_CLASS (get_backend (proxy));
}

static FairleadAttachment *attached; /* while the backend's setup runs, if something is to happen there */
static Snapshot *at_start;           /* how the host was when setup was called; for ACT_FAIL */
static Snapshot *at_failure;         /* and when a checkpoint failed */

static void
die (void)
{
  kill (getpid (), SIGKILL);
  for (;;)
    pause ();
}

/* A definition in the program goes before that of the library, for the module and for the library itself: so no backend
 * has a checkpoint that is not seen here. */
gboolean
fairlead_attachment_checkpoint (FairleadAttachment  *attachment,
                                GError             **error)
{
  static gboolean (*original) (FairleadAttachment *, GError **);
  gboolean meant, written;

  if (original == NULL)
    original = (gboolean (*) (FairleadAttachment *, GError **)) dlsym (RTLD_NEXT, "fairlead_attachment_checkpoint");
  if (attachment != attached)
    return original (attachment, error);

  meant = ++plan.n_checkpoints == plan.at;
  if (meant && plan.act == ACT_DIE_BEFORE)
    die ();
  if (meant && plan.act == ACT_FAIL)
    {
      at_failure = host_snapshot (fairlead_attachment_get_netns (attachment));
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "the test lets checkpoint %u fail", plan.at);
      return FALSE;
    }
  if (at_failure != NULL)
    violation ("after a checkpoint had failed, setup went on to another one");
  if (meant && plan.act == ACT_CANCEL)
    g_cancellable_cancel (plan.cancellable);
  written = original (attachment, error);
  if (meant && plan.act == ACT_DIE_AFTER)
    die ();
  return written;
}

static FairleadBackendCapabilities
proxy_get_capabilities (FairleadBackend *backend,
                        FairleadNetwork *network)
{
  Proxy *self = LAB_PROXY (backend);

  return self->backend != NULL ? fairlead_backend_get_capabilities (self->backend, network)
                               : FAIRLEAD_BACKEND_CAP_NONE;
}

static gboolean
proxy_plan (FairleadBackend     *backend,
            FairleadAttachment  *attachment,
            GCancellable        *cancellable,
            GError             **error)
{
  return get_methods (backend)->plan (get_backend (backend), attachment, cancellable, error);
}

static gboolean
proxy_setup (FairleadBackend     *backend,
             FairleadAttachment  *attachment,
             GCancellable        *cancellable,
             GError             **error)
{
  gboolean succeeded;

  if (plan.skip_setup)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "the test does not call setup");
      return FALSE;
    }
  /* Perhaps for several containers at once. */
  if (plan.act == ACT_NONE)
    return get_methods (backend)->setup (get_backend (backend), attachment, cancellable, error);

  plan.n_checkpoints = 0;
  if (plan.act == ACT_FAIL)
    at_start = host_snapshot (fairlead_attachment_get_netns (attachment));
  attached = attachment;
  succeeded = get_methods (backend)->setup (get_backend (backend), attachment, cancellable, error);
  attached = NULL;
  plan.setup_returned = succeeded;
  if (at_failure != NULL)
    {
      g_autoptr (Snapshot) now = host_snapshot (fairlead_attachment_get_netns (attachment));

      plan.changed = host_compare_failed (at_start, at_failure, now);
      g_clear_pointer (&at_failure, g_hash_table_unref);
    }
  g_clear_pointer (&at_start, g_hash_table_unref);
  if (plan.at == 0 && plan.act == ACT_DIE_AFTER)
    die ();
  return succeeded;
}

static gboolean
proxy_teardown (FairleadBackend        *backend,
                FairleadAttachment     *attachment,
                FairleadTeardownFlags   flags,
                GCancellable           *cancellable,
                GError                **error)
{
  for (guint i = 1; i <= MAX (plan.n_teardowns, 1); i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (get_methods (backend)->teardown (get_backend (backend), attachment, flags, cancellable, &local_error))
        continue;
      if (local_error == NULL)
        g_set_error (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                     "%s: its teardown method failed without setting an error",
                     fairlead_module_get_file (fairlead_backend_get_module (backend)));
      if (i > 1)
        g_prefix_error (&local_error, "called a second time: ");
      g_clear_error (&plan.teardown_error);
      plan.teardown_error = g_error_copy (local_error);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return TRUE;
}

static FairleadStats *
proxy_stats (FairleadBackend     *backend,
             FairleadAttachment  *attachment,
             GCancellable        *cancellable,
             GError             **error)
{
  return get_methods (backend)->stats (get_backend (backend), attachment, cancellable, error);
}

static GVariant *
proxy_inspect (FairleadBackend     *backend,
               FairleadAttachment  *attachment,
               GCancellable        *cancellable,
               GError             **error)
{
  return get_methods (backend)->inspect (get_backend (backend), attachment, cancellable, error);
}

static gboolean
proxy_check (FairleadBackend     *backend,
             FairleadAttachment  *attachment,
             GCancellable        *cancellable,
             GError             **error)
{
  return get_methods (backend)->check (get_backend (backend), attachment, cancellable, error);
}

static gboolean
proxy_reload (FairleadBackend     *backend,
              FairleadAttachment  *attachment,
              GCancellable        *cancellable,
              GError             **error)
{
  return get_methods (backend)->reload (get_backend (backend), attachment, cancellable, error);
}

static GListModel *
proxy_list_networks (FairleadBackend  *backend,
                     GCancellable     *cancellable,
                     GError          **error)
{
  return get_methods (backend)->list_networks (get_backend (backend), cancellable, error);
}

static gboolean
proxy_check_network (FairleadBackend  *backend,
                     FairleadNetwork  *network,
                     GCancellable     *cancellable,
                     GError          **error)
{
  return get_methods (backend)->check_network (get_backend (backend), network, cancellable, error);
}

static gboolean
proxy_collect (FairleadBackend  *backend,
               GListModel       *attachments,
               GCancellable     *cancellable,
               GError          **error)
{
  return get_methods (backend)->collect (get_backend (backend), attachments, cancellable, error);
}

static void
proxy_finalize (GObject *object)
{
  g_clear_object (&LAB_PROXY (object)->backend);
  G_OBJECT_CLASS (proxy_parent_class)->finalize (object);
}

static void
proxy_class_init (ProxyClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = proxy_finalize;
  backend_class->get_capabilities = proxy_get_capabilities;
  backend_class->plan = proxy_plan;
  backend_class->setup = proxy_setup;
  backend_class->teardown = proxy_teardown;
  backend_class->stats = proxy_stats;
  backend_class->inspect = proxy_inspect;
  backend_class->check = proxy_check;
  backend_class->reload = proxy_reload;
  backend_class->list_networks = proxy_list_networks;
  backend_class->check_network = proxy_check_network;
  backend_class->collect = proxy_collect;
}

static void
proxy_init (Proxy *self)
{
}

static gboolean
split (const char  *text,
       char       **key,
       char       **value,
       GError     **error)
{
  const char *equals = strchr (text, '=');

  if (equals == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not KEY=VALUE", text);
      return FALSE;
    }
  *key = g_strndup (text, equals - text);
  *value = g_strdup (equals + 1);
  return TRUE;
}

/* By a manager of its own, which reads the backend's settings and is not used for anything else. */
static FairleadBackend *
load_backend (GError **error)
{
  const char *dirs[] = { options.directory, NULL };
  g_autofree char *group = g_strconcat ("backend ", options.name, NULL);
  g_autoptr (FairleadConfig) config = g_object_new (FAIRLEAD_TYPE_CONFIG, "backend-dirs", dirs, NULL);
  g_autoptr (FairleadManager) manager = fairlead_manager_new (config);

  for (char **setting = options.settings; setting != NULL && *setting != NULL; setting++)
    {
      g_autofree char *key = NULL;
      g_autofree char *value = NULL;

      if (!split (*setting, &key, &value, error) || !fairlead_config_set (config, group, key, value, error))
        return NULL;
    }
  return fairlead_manager_load_backend (manager, options.name, error);
}

static gboolean
write_network (GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "[network]\nbackend=%s\n\n[%s]\n", options.name, options.name);
  for (char **option = options.options; option != NULL && *option != NULL; option++)
    g_string_append_printf (text, "%s\n", *option);
  if (options.options == NULL)
    g_string_truncate (text, strlen ("[network]\nbackend=\n") + strlen (options.name));
  return g_file_set_contents_full (CONFIG_DIRECTORY "/networks.d/conformance.network", text->str, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static FairleadConfig *
read_config (gboolean  with_configuration,
             GError  **error)
{
  const char *dirs[] = { with_configuration ? CONFIG_DIRECTORY : EMPTY_CONFIG_DIRECTORY, NULL };

  if (with_configuration && !write_network (error))
    return NULL;
  return fairlead_config_new_for_dirs (dirs, error);
}

gboolean
lab_open (Lab      *lab,
          gboolean  with_configuration,
          GError  **error)
{
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (Proxy) proxy = NULL;
  gboolean builtin;

  lab->backend = load_backend (error);
  config = lab->backend != NULL ? read_config (with_configuration, error) : NULL;
  if (config == NULL)
    return FALSE;

  /* Messages name the module. */
  proxy = g_object_new (TYPE_PROXY, "name", options.name, "module", fairlead_backend_get_module (lab->backend), NULL);
  proxy->backend = g_object_ref (lab->backend);
  FAIRLEAD_BACKEND_GET_CLASS (proxy)->network_type = FAIRLEAD_BACKEND_GET_CLASS (lab->backend)->network_type;
  builtin = (fairlead_backend_get_capabilities (lab->backend, NULL) & FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK) != 0;
  lab->network = g_strdup (builtin && options.options == NULL ? options.name : "conformance");
  lab->manager = fairlead_manager_new (config);
  return fairlead_manager_add_backend (lab->manager, FAIRLEAD_BACKEND (proxy), error);
}

void
lab_close (Lab *lab)
{
  g_clear_object (&lab->manager);
  g_clear_object (&lab->backend);
  g_clear_pointer (&lab->network, g_free);
}

/* (transfer full) (nullable) The network that is tried. */
static FairleadNetwork *
find_network (Lab *lab)
{
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (lab->manager, NULL, NULL);

  for (guint i = 0; networks != NULL && i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (g_strcmp0 (fairlead_network_get_name (network), lab->network) == 0)
        return g_steal_pointer (&network);
    }
  return NULL;
}

FairleadBackendCapabilities
lab_get_capabilities (Lab *lab)
{
  g_autoptr (FairleadNetwork) network = find_network (lab);

  return fairlead_backend_get_capabilities (lab->backend, network);
}

FairleadRequest *
lab_new_request (Lab        *lab,
                 const char *id,
                 const char *more_options)
{
  g_autofree char *text = g_strconcat (lab->network, more_options != NULL ? ":" : NULL, more_options, NULL);
  FairleadRequest *request = fairlead_request_new (id);
  g_autoptr (GError) error = NULL;

  if (!fairlead_request_add_network_from_string (request, text, &error))
    g_error ("%s", error->message);
  return request;
}

FairleadContainer *
lab_set_up (Lab         *lab,
            const char  *id,
            GError     **error)
{
  g_autoptr (FairleadRequest) request = lab_new_request (lab, id, NULL);

  return fairlead_manager_setup (lab->manager, request, NULL, error);
}

gboolean
lab_tear_down (Lab         *lab,
               const char  *id,
               GError     **error)
{
  return fairlead_manager_teardown (lab->manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, error);
}
