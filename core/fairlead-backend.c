/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-backend-private.h"

#include "fairlead-inspect-private.h"
#include "fairlead-module-private.h"
#include "fairlead-network-private.h"
#include "fairlead-param-private.h"
#include "fairlead-program-private.h"
#include "fairlead-registry-private.h"
#include "fairlead-shared-state-private.h"

/**
 * FairleadBackend:
 *
 * A way of giving containers a network. Modules provide subclasses; a program can also hand one of its own to
 * [method@Fairlead.Manager.add_backend].
 *
 * Properties of a subclass that carry %FAIRLEAD_PARAM_CONFIG are the keys of the keyfile group `[backend NAME]`; the
 * manager sets them before it calls any method.
 *
 * The functions here call the methods of the class, check that they keep their contract, and name the container and
 * the network in errors. They block. A backend's methods may be called from any thread, but never two at a time for
 * one container.
 *
 * Since: 1.0
 */

typedef struct
{
  char           *name;
  FairleadModule *module; /* (nullable) (owned) */
  FairleadStore  *store;  /* (nullable) (owned) set when a manager takes it */
  FairleadRegistry *registry; /* (nullable) the manager's, as long as it is there */

  GMutex           lock;
  FairleadProgram *program; /* (nullable) (owned) (mutex lock) the one that was found last */
} FairleadBackendPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (FairleadBackend, fairlead_backend, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_MODULE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* Adding a method takes a slot of the padding; the size is what modules were compiled with. */
G_STATIC_ASSERT (sizeof (FairleadBackendClass) == sizeof (GObjectClass) + sizeof (GType) + 33 * sizeof (gpointer));

static FairleadBackendCapabilities
fairlead_backend_real_get_capabilities (FairleadBackend *self,
                                        FairleadNetwork *network)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  return priv->module != NULL ? fairlead_module_get_capabilities (priv->module) : FAIRLEAD_BACKEND_CAP_NONE;
}

static gboolean
fairlead_backend_real_plan (FairleadBackend     *self,
                            FairleadAttachment  *attachment,
                            GCancellable        *cancellable,
                            GError             **error)
{
  return TRUE;
}

/* The names of the attachment's interfaces that are inside the container's namespace. */
static char **
dup_inner_names (FairleadAttachment *attachment)
{
  GListModel *interfaces = fairlead_attachment_get_interfaces (attachment);
  const char *sandbox = fairlead_attachment_get_netns_path (attachment);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (g_strcmp0 (fairlead_interface_get_sandbox (interface), sandbox) == 0)
        g_strv_builder_add (names, fairlead_interface_get_name (interface));
    }
  return g_strv_builder_end (names);
}

static gboolean
require_netns (FairleadAttachment  *attachment,
               GError             **error)
{
  const char *path = fairlead_attachment_get_netns_path (attachment);

  if (fairlead_attachment_get_netns (attachment) != NULL)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "its network namespace %s is gone",
               path != NULL ? path : "(the caller's)");
  return FALSE;
}

static FairleadStats *
fairlead_backend_real_stats (FairleadBackend     *self,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  g_auto (GStrv) names = dup_inner_names (attachment);

  if (!require_netns (attachment, error))
    return NULL;
  return fairlead_stats_new_for_netns (fairlead_attachment_get_netns (attachment), (const char * const *) names, error);
}

static GVariant *
fairlead_backend_real_inspect (FairleadBackend     *self,
                               FairleadAttachment  *attachment,
                               GCancellable        *cancellable,
                               GError             **error)
{
  return fairlead_inspect_attachment (attachment);
}

static gboolean
has_interface (GListModel *interfaces,
               const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (strcmp (fairlead_interface_get_name (interface), name) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_address (GListModel               *addresses,
             FairleadInterfaceAddress *wanted)
{
  const char *interface = fairlead_interface_address_get_interface_name (wanted);
  g_autofree char *text = fairlead_interface_address_to_string (wanted);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      g_autofree char *found = fairlead_interface_address_to_string (address);

      if (strcmp (found, text) == 0 &&
          (interface == NULL || g_strcmp0 (fairlead_interface_address_get_interface_name (address), interface) == 0))
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_addresses (FairleadAttachment  *attachment,
                 GError             **error)
{
  GListModel *wanted = fairlead_attachment_get_addresses (attachment);
  g_autoptr (GListModel) found =
    fairlead_netns_list_addresses (fairlead_attachment_get_netns (attachment), error);

  if (found == NULL)
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (wanted); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (wanted, i);

      if (!has_address (found, address))
        {
          g_autofree char *text = fairlead_interface_address_to_string (address);
          const char *interface = fairlead_interface_address_get_interface_name (address);

          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the address %s of interface %s is gone", text,
                       interface != NULL ? interface : "(any)");
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
fairlead_backend_real_check (FairleadBackend     *self,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  g_auto (GStrv) names = dup_inner_names (attachment);
  g_autoptr (GListModel) found = NULL;

  if (!require_netns (attachment, error))
    return FALSE;
  found = fairlead_netns_list_interfaces (fairlead_attachment_get_netns (attachment), error);
  if (found == NULL)
    return FALSE;
  for (char **name = names; *name != NULL; name++)
    if (!has_interface (found, *name))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the interface %s is gone", *name);
        return FALSE;
      }
  return check_addresses (attachment, error);
}

static gboolean
fairlead_backend_real_reload (FairleadBackend     *self,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the backend %s has nothing that a reload could put back", fairlead_backend_get_name (self));
  return FALSE;
}

static GListModel *
fairlead_backend_real_list_networks (FairleadBackend  *self,
                                     GCancellable     *cancellable,
                                     GError          **error)
{
  return G_LIST_MODEL (g_list_store_new (FAIRLEAD_TYPE_NETWORK));
}

static char **
fairlead_backend_real_list_network_dirs (FairleadBackend *self)
{
  return g_new0 (char *, 1);
}

static gboolean
fairlead_backend_real_collect (FairleadBackend  *self,
                               GListModel       *attachments,
                               GCancellable     *cancellable,
                               GError          **error)
{
  return TRUE;
}

static gboolean
fairlead_backend_real_check_network (FairleadBackend  *self,
                                     FairleadNetwork  *network,
                                     GCancellable     *cancellable,
                                     GError          **error)
{
  return TRUE;
}

static gboolean
fairlead_backend_real_publish (FairleadBackend      *self,
                               FairleadAttachment   *attachment,
                               FairleadPortMapping  *mapping,
                               GCancellable         *cancellable,
                               GError              **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the backend %s cannot change the ports of a living container", fairlead_backend_get_name (self));
  return FALSE;
}

static gboolean
fairlead_backend_real_read_network (FairleadBackend  *self,
                                    FairleadNetwork  *network,
                                    GCancellable     *cancellable,
                                    GError          **error)
{
  return TRUE;
}

static gboolean
fairlead_backend_real_check_new_network (FairleadBackend  *self,
                                         FairleadNetwork  *network,
                                         GListModel       *others,
                                         GCancellable     *cancellable,
                                         GError          **error)
{
  return TRUE;
}

static gboolean
fairlead_backend_real_check_key (FairleadBackend  *self,
                                 const char       *key,
                                 GError          **error)
{
  return TRUE;
}

static void
fairlead_backend_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (FAIRLEAD_BACKEND (object));

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, priv->name);
      break;
    case PROP_MODULE:
      g_value_set_object (value, priv->module);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_backend_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (FAIRLEAD_BACKEND (object));

  switch (prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;
    case PROP_MODULE:
      priv->module = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_backend_finalize (GObject *object)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (FAIRLEAD_BACKEND (object));

  g_free (priv->name);
  g_clear_object (&priv->module);
  g_clear_pointer (&priv->store, fairlead_store_unref);
  g_clear_object (&priv->program);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (fairlead_backend_parent_class)->finalize (object);
}

static void
fairlead_backend_class_init (FairleadBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = fairlead_backend_get_property;
  object_class->set_property = fairlead_backend_set_property;
  object_class->finalize = fairlead_backend_finalize;

  klass->get_capabilities = fairlead_backend_real_get_capabilities;
  klass->plan = fairlead_backend_real_plan;
  klass->stats = fairlead_backend_real_stats;
  klass->inspect = fairlead_backend_real_inspect;
  klass->check = fairlead_backend_real_check;
  klass->reload = fairlead_backend_real_reload;
  klass->list_networks = fairlead_backend_real_list_networks;
  klass->list_network_dirs = fairlead_backend_real_list_network_dirs;
  klass->collect = fairlead_backend_real_collect;
  klass->publish = fairlead_backend_real_publish;
  klass->unpublish = fairlead_backend_real_publish;
  klass->check_network = fairlead_backend_real_check_network;
  klass->read_network = fairlead_backend_real_read_network;
  klass->check_new_network = fairlead_backend_real_check_new_network;
  klass->check_key = fairlead_backend_real_check_key;

  /**
   * FairleadBackend:name: (getter get_name)
   *
   * The name by which configuration and networks choose the backend.
   *
   * Since: 1.0
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * FairleadBackend:module: (getter get_module)
   *
   * The module that it came from, or %NULL if the program made it.
   *
   * Since: 1.0
   */
  props[PROP_MODULE] = g_param_spec_object ("module", NULL, NULL, FAIRLEAD_TYPE_MODULE, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_backend_init (FairleadBackend *self)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  g_mutex_init (&priv->lock);
}

/* Where the class came from, for messages. */
static const char *
get_origin (FairleadBackend *self)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  return priv->module != NULL ? fairlead_module_get_file (priv->module) : G_OBJECT_TYPE_NAME (self);
}

static gboolean
check_keys (FairleadBackend  *self,
            GObjectClass     *object_class,
            GError          **error)
{
  guint n_keys;
  g_autofree GParamSpec **keys = fairlead_param_list (object_class, FAIRLEAD_PARAM_CONFIG, &n_keys);

  for (guint i = 0; i < n_keys; i++)
    if ((keys[i]->flags & G_PARAM_CONSTRUCT) == 0 || (keys[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE)
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                     "%s: the key %s of %s needs G_PARAM_READWRITE | G_PARAM_CONSTRUCT, or its default does not count",
                     get_origin (self), g_param_spec_get_name (keys[i]), G_OBJECT_CLASS_NAME (object_class));
        return FALSE;
      }
  return TRUE;
}

gboolean
fairlead_backend_check_class (FairleadBackend  *self,
                              GError          **error)
{
  FairleadBackendClass *klass = FAIRLEAD_BACKEND_GET_CLASS (self);
  GType network_type = klass->network_type;
  g_autoptr (GTypeClass) network_class = NULL;

  g_assert (FAIRLEAD_IS_BACKEND (self));

  if (klass->setup == NULL || klass->teardown == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: the backend has no %s method", get_origin (self), klass->setup == NULL ? "setup" : "teardown");
      return FALSE;
    }
  if ((klass->publish == fairlead_backend_real_publish) != (klass->unpublish == fairlead_backend_real_publish))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: the backend has only one of the methods publish and unpublish", get_origin (self));
      return FALSE;
    }
  if (network_type != 0 && !g_type_is_a (network_type, FAIRLEAD_TYPE_NETWORK))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: its network type %s is not a subclass of FairleadNetwork", get_origin (self),
                   g_type_name (network_type));
      return FALSE;
    }
  network_class = g_type_class_ref (fairlead_backend_get_network_type (self));
  return check_keys (self, G_OBJECT_CLASS (klass), error) && check_keys (self, G_OBJECT_CLASS (network_class), error);
}

FairleadBackend *
fairlead_backend_new (FairleadModule  *module,
                      GError         **error)
{
  GType type = fairlead_module_get_backend_type (module, error);
  g_autoptr (FairleadBackend) self = NULL;

  if (type == G_TYPE_INVALID)
    return NULL;
  self = g_object_new (type, "name", fairlead_module_get_name (module), "module", module, NULL);
  if (!fairlead_backend_check_class (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

GType
fairlead_backend_get_network_type (FairleadBackend *self)
{
  GType type = FAIRLEAD_BACKEND_GET_CLASS (self)->network_type;

  return type != 0 ? type : FAIRLEAD_TYPE_NETWORK;
}

/**
 * fairlead_backend_get_name:
 * @self: a backend
 *
 * Gets the name by which configuration and networks choose the backend.
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
fairlead_backend_get_name (FairleadBackend *self)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  return priv->name;
}

/**
 * fairlead_backend_get_module:
 * @self: a backend
 *
 * Gets the module that the backend came from.
 *
 * Returns: (transfer none) (nullable): the module, or %NULL if the program made the backend
 *
 * Since: 1.0
 */
FairleadModule *
fairlead_backend_get_module (FairleadBackend *self)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  return priv->module;
}

void
fairlead_backend_set_store (FairleadBackend *self,
                            FairleadStore   *store)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  fairlead_store_ref (store);
  g_clear_pointer (&priv->store, fairlead_store_unref);
  priv->store = store;
}

void
fairlead_backend_set_registry (FairleadBackend  *self,
                               FairleadRegistry *registry)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  priv->registry = registry;
}

/**
 * fairlead_backend_open_shared_state:
 * @self: a backend that a manager knows
 * @access: what for
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Opens what all networks of the backend share, for example a setting of the host. Its users are names of networks. A
 * method that holds it must not open that of a network; the other way round is right.
 *
 * Returns: (transfer full): the shared state, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadSharedState *
fairlead_backend_open_shared_state (FairleadBackend       *self,
                                    FairleadSharedAccess   access,
                                    GCancellable          *cancellable,
                                    GError               **error)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_shared_state_open (priv->store, FAIRLEAD_SHARED_KIND_BACKEND, priv->name, priv->name, access,
                                     cancellable, error);
}

/**
 * fairlead_backend_list_shared_networks:
 * @self: a backend that a manager knows
 * @error: where to put the error
 *
 * Lists the networks of the backend that have shared state, whether or not they are still configured, for the `collect`
 * method. Their options are at the defaults: what counts is in the shared state.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Network], or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_backend_list_shared_networks (FairleadBackend  *self,
                                       GError          **error)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);
  g_autoptr (GListStore) networks = g_list_store_new (FAIRLEAD_TYPE_NETWORK);
  g_auto (GStrv) names = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  names = priv->store != NULL ? fairlead_shared_state_list (priv->store, priv->name, error) : g_new0 (char *, 1);
  if (names == NULL)
    return NULL;
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (FairleadNetwork) network =
        fairlead_network_new (fairlead_backend_get_network_type (self), *name, priv->name, NULL);

      fairlead_network_set_store (network, priv->store);
      g_list_store_append (networks, network);
    }
  return G_LIST_MODEL (g_steal_pointer (&networks));
}

/**
 * fairlead_backend_list_configured_networks:
 * @self: a backend
 *
 * Lists the networks of the backend that files describe and that can be used, whether or not containers are on them, for
 * who chooses something that must not be in their way. It is for the backend's own methods, which run while their manager
 * is there.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Network]
 *
 * Since: 1.0
 */
GListModel *
fairlead_backend_list_configured_networks (FairleadBackend *self)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  return priv->registry != NULL ? fairlead_registry_list_networks_of (priv->registry, priv->name)
                                : G_LIST_MODEL (g_list_store_new (FAIRLEAD_TYPE_NETWORK));
}

/**
 * fairlead_backend_dup_keys:
 * @self: a backend
 *
 * Describes the keys of the backend and of its networks, as they are declared.
 *
 * Returns: (transfer full): an `aa{sv}`, each with the strings `Group`, `Key`, `Type`, `Default`, `Range` and
 *   `Description` and the booleans `Config` (a keyfile can have it) and `Request` (a request can)
 *
 * Since: 1.0
 */
GVariant *
fairlead_backend_dup_keys (FairleadBackend *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *group = NULL;
  g_autoptr (GTypeClass) network_class = NULL;
  g_autoptr (GTypeClass) attachment_class = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  group = g_strconcat ("backend ", fairlead_backend_get_name (self), NULL);
  network_class = g_type_class_ref (fairlead_backend_get_network_type (self));
  attachment_class = g_type_class_ref (FAIRLEAD_TYPE_ATTACHMENT);
  fairlead_param_describe (&builder, G_OBJECT_GET_CLASS (self), group);
  fairlead_param_describe (&builder, G_OBJECT_CLASS (network_class), fairlead_backend_get_name (self));
  fairlead_param_describe (&builder, G_OBJECT_CLASS (attachment_class), "network");
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/**
 * fairlead_backend_find_program:
 * @self: a backend
 * @name: the program's name
 * @path: (nullable): where it is, an absolute path; %NULL or "" to look in the system's directories
 * @cancellable: (nullable): to give up, or %NULL
 * @error: where to put the error
 *
 * Finds an installed helper program and which options it has. The directories are `/usr/local/bin`, `/usr/local/sbin`,
 * `/usr/bin`, `/usr/sbin`, `/bin` and `/sbin`, in this order; the environment has no say. A program that others than
 * root or the caller can write is refused.
 *
 * The error is %FAIRLEAD_ERROR_NOT_FOUND if the program is not installed, %FAIRLEAD_ERROR_PERMISSION_DENIED if it is
 * not trusted, %FAIRLEAD_ERROR_INVALID_CONFIGURATION if @path is none of a program, and that of
 * [method@Fairlead.Process.run] or %FAIRLEAD_ERROR_HELPER_FAILED if it cannot tell its version.
 *
 * Returns: (transfer full): the program, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadProgram *
fairlead_backend_find_program (FairleadBackend  *self,
                               const char       *name,
                               const char       *path,
                               GCancellable     *cancellable,
                               GError          **error)
{
  FairleadBackendPrivate *priv = fairlead_backend_get_instance_private (self);
  g_autofree char *cache_dir = NULL;
  g_autoptr (FairleadProgram) known = NULL;
  FairleadProgram *program;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);
  g_return_val_if_fail (name != NULL && strchr (name, '/') == NULL, NULL);

  g_mutex_lock (&priv->lock);
  g_set_object (&known, priv->program);
  g_mutex_unlock (&priv->lock);

  cache_dir = priv->store != NULL ? fairlead_store_dup_dir (priv->store, "programs") : NULL;
  program = fairlead_program_find (name, path, cache_dir, known, cancellable, error);
  if (program == NULL || program == known)
    return program;

  g_mutex_lock (&priv->lock);
  g_set_object (&priv->program, program);
  g_mutex_unlock (&priv->lock);
  return program;
}

/**
 * fairlead_backend_get_capabilities:
 * @self: a backend
 * @network: (nullable): the network in question
 *
 * Gets what the backend can do here and, if a network is given, for it.
 *
 * Returns: the capabilities
 *
 * Since: 1.0
 */
FairleadBackendCapabilities
fairlead_backend_get_capabilities (FairleadBackend *self,
                                   FairleadNetwork *network)
{
  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FAIRLEAD_BACKEND_CAP_NONE);
  g_return_val_if_fail (network == NULL || FAIRLEAD_IS_NETWORK (network), FAIRLEAD_BACKEND_CAP_NONE);

  return FAIRLEAD_BACKEND_GET_CLASS (self)->get_capabilities (self, network);
}

/* A method of a stranger's may fail without saying why; whoever called it relies on an error. */
static void
ensure_error (FairleadBackend  *self,
              const char       *method,
              GError          **error)
{
  if (error != NULL && *error == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "%s: its %s method failed without setting an error",
                 get_origin (self), method);
}

static gboolean
finish_call (FairleadBackend  *self,
             const char       *method,
             gboolean          succeeded,
             GError          **error)
{
  if (succeeded && error != NULL && *error != NULL)
    {
      g_warning ("%s: its %s method succeeded and set an error: %s", get_origin (self), method, (*error)->message);
      g_clear_error (error);
    }
  if (!succeeded)
    ensure_error (self, method, error);
  return succeeded;
}

static gboolean
finish_method (FairleadBackend     *self,
               FairleadAttachment  *attachment,
               const char          *method,
               gboolean             succeeded,
               GError             **error)
{
  if (finish_call (self, method, succeeded, error))
    return TRUE;
  g_prefix_error (error, "container %s, network %s: ", fairlead_attachment_get_container_id (attachment),
                  fairlead_attachment_get_network_name (attachment));
  return FALSE;
}

/**
 * fairlead_backend_plan:
 * @self: a backend
 * @attachment: what is to be set up
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Checks all that can be checked before something is made.
 *
 * Returns: %TRUE if setup may begin, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_plan (FairleadBackend     *self,
                       FairleadAttachment  *attachment,
                       GCancellable        *cancellable,
                       GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->plan (self, attachment, cancellable, &local_error);
  if (!finish_method (self, attachment, "plan", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/* A container that has a namespace has something in it afterwards. */
static gboolean
check_result (FairleadBackend     *self,
              FairleadAttachment  *attachment,
              GError             **error)
{
  if ((fairlead_backend_get_capabilities (self, fairlead_attachment_get_network (attachment)) &
       FAIRLEAD_BACKEND_CAP_NETNS) == 0 ||
      g_list_model_get_n_items (fairlead_attachment_get_interfaces (attachment)) > 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
               "%s: its setup method succeeded, but added no interface to the attachment", get_origin (self));
  return FALSE;
}

/**
 * fairlead_backend_setup:
 * @self: a backend
 * @attachment: what is to be set up; the result is added to it
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Attaches a container to a network. After a failure, [method@Fairlead.Backend.teardown] removes what was made.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_setup (FairleadBackend     *self,
                        FairleadAttachment  *attachment,
                        GCancellable        *cancellable,
                        GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->setup (self, attachment, cancellable, &local_error);
  if (succeeded)
    succeeded = finish_call (self, "setup", TRUE, &local_error) && check_result (self, attachment, &local_error);
  if (!finish_method (self, attachment, "setup", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/**
 * fairlead_backend_teardown:
 * @self: a backend
 * @attachment: what was set up, or begun to be
 * @flags: how thorough to be
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Undoes whatever setup made. What is not there counts as removed.
 *
 * Returns: %TRUE if nothing is left, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_teardown (FairleadBackend        *self,
                           FairleadAttachment     *attachment,
                           FairleadTeardownFlags   flags,
                           GCancellable           *cancellable,
                           GError                **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->teardown (self, attachment, flags, cancellable, &local_error);
  if (!finish_method (self, attachment, "teardown", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/**
 * fairlead_backend_stats:
 * @self: a backend
 * @attachment: an attachment
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Reads the counters of the attachment's interfaces.
 *
 * Returns: (transfer full): the statistics, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadStats *
fairlead_backend_stats (FairleadBackend     *self,
                        FairleadAttachment  *attachment,
                        GCancellable        *cancellable,
                        GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (FairleadStats) stats = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), NULL);

  stats = FAIRLEAD_BACKEND_GET_CLASS (self)->stats (self, attachment, cancellable, &local_error);
  if (!finish_method (self, attachment, "stats", stats != NULL, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return g_steal_pointer (&stats);
}

/**
 * fairlead_backend_inspect:
 * @self: a backend
 * @attachment: an attachment
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Tells what there is to know about an attachment, by the key names of `podman inspect`.
 *
 * Returns: (transfer full): an `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
fairlead_backend_inspect (FairleadBackend     *self,
                          FairleadAttachment  *attachment,
                          GCancellable        *cancellable,
                          GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) result = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), NULL);

  result = FAIRLEAD_BACKEND_GET_CLASS (self)->inspect (self, attachment, cancellable, &local_error);
  if (result != NULL)
    {
      g_variant_take_ref (result);
      finish_call (self, "inspect", TRUE, &local_error);
    }
  if (result != NULL && !g_variant_is_of_type (result, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                   "%s: its inspect method gave %s, not a{sv}", get_origin (self), g_variant_get_type_string (result));
      g_clear_pointer (&result, g_variant_unref);
    }
  if (!finish_method (self, attachment, "inspect", result != NULL, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return g_steal_pointer (&result);
}

/**
 * fairlead_backend_check:
 * @self: a backend
 * @attachment: an attachment
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Checks whether all that was set up is still there.
 *
 * Returns: %TRUE if it is, %FALSE with @error set to the first thing that is not
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_check (FairleadBackend     *self,
                        FairleadAttachment  *attachment,
                        GCancellable        *cancellable,
                        GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->check (self, attachment, cancellable, &local_error);
  if (!finish_method (self, attachment, "check", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/**
 * fairlead_backend_reload:
 * @self: a backend
 * @attachment: an attachment
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Puts back what a firewall flush removed, keeping the addresses.
 *
 * Returns: %TRUE on success, %FALSE with @error set; `NOT_SUPPORTED` if the backend has no such thing
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_reload (FairleadBackend     *self,
                         FairleadAttachment  *attachment,
                         GCancellable        *cancellable,
                         GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->reload (self, attachment, cancellable, &local_error);
  if (!finish_method (self, attachment, "reload", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

static gboolean
check_networks (FairleadBackend  *self,
                GListModel       *networks,
                GError          **error)
{
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (networks, i);
      const char *name = FAIRLEAD_IS_NETWORK (item) ? fairlead_network_get_name (FAIRLEAD_NETWORK (item)) : NULL;

      if (name != NULL && fairlead_network_name_is_valid (name))
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                   "%s: its list_networks method gave %s, which %s", get_origin (self),
                   name != NULL ? name : G_OBJECT_TYPE_NAME (item),
                   name != NULL ? "is not a network name" : "is not a network with a name");
      return FALSE;
    }
  return TRUE;
}

/**
 * fairlead_backend_list_networks:
 * @self: a backend
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Lists the networks that the backend finds by itself.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Network], or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_backend_list_networks (FairleadBackend  *self,
                                GCancellable     *cancellable,
                                GError          **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GListModel) networks = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  networks = FAIRLEAD_BACKEND_GET_CLASS (self)->list_networks (self, cancellable, &local_error);
  if (finish_call (self, "list_networks", networks != NULL, &local_error) &&
      check_networks (self, networks, &local_error))
    return g_steal_pointer (&networks);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/**
 * fairlead_backend_read_network:
 * @self: a backend
 * @network: one of its networks that a file describes
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Reads what a network consists of beyond its file, for [method@Fairlead.Network.inspect].
 *
 * Returns: %TRUE on success; %FALSE with @error set if the network cannot be used
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_read_network (FairleadBackend  *self,
                               FairleadNetwork  *network,
                               GCancellable     *cancellable,
                               GError          **error)
{
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (network), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->read_network (self, network, cancellable, error);
  return finish_call (self, "read_network", succeeded, error);
}

/**
 * fairlead_backend_check_new_network:
 * @self: a backend
 * @network: one of its networks, whose file is about to be written
 * @others: those of its networks that files describe, a list of [class@Fairlead.Network]
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Checks that a new network goes together with the others and with the host.
 *
 * Returns: %TRUE if it does, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_check_new_network (FairleadBackend  *self,
                                    FairleadNetwork  *network,
                                    GListModel       *others,
                                    GCancellable     *cancellable,
                                    GError          **error)
{
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (network), FALSE);
  g_return_val_if_fail (G_IS_LIST_MODEL (others), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->check_new_network (self, network, others, cancellable, error);
  return finish_call (self, "check_new_network", succeeded, error);
}

/**
 * fairlead_backend_list_network_dirs:
 * @self: a backend
 *
 * Lists the directories in which [method@Fairlead.Backend.list_networks] looks.
 *
 * Returns: (transfer full) (array zero-terminated=1): their paths
 *
 * Since: 1.0
 */
char **
fairlead_backend_list_network_dirs (FairleadBackend *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), NULL);

  return FAIRLEAD_BACKEND_GET_CLASS (self)->list_network_dirs (self);
}

/**
 * fairlead_backend_collect:
 * @self: a backend
 * @attachments: the living attachments of this backend, a list of [class@Fairlead.Attachment]
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Removes what belongs to none of the attachments.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_collect (FairleadBackend  *self,
                          GListModel       *attachments,
                          GCancellable     *cancellable,
                          GError          **error)
{
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (G_IS_LIST_MODEL (attachments), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->collect (self, attachments, cancellable, error);
  return finish_call (self, "collect", succeeded, error);
}

/**
 * fairlead_backend_publish:
 * @self: a backend
 * @attachment: an attachment that is set up, with @mapping among its ports
 * @mapping: the port
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Publishes one more port. After a failure, [method@Fairlead.Backend.unpublish] removes what was made.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_publish (FairleadBackend      *self,
                          FairleadAttachment   *attachment,
                          FairleadPortMapping  *mapping,
                          GCancellable         *cancellable,
                          GError              **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->publish (self, attachment, mapping, cancellable, &local_error);
  if (!finish_method (self, attachment, "publish", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/**
 * fairlead_backend_unpublish:
 * @self: a backend
 * @attachment: an attachment that is set up, with @mapping among its ports
 * @mapping: the port
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Withdraws a port. What is not there counts as withdrawn.
 *
 * Returns: %TRUE if nothing is left of it, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_unpublish (FairleadBackend      *self,
                            FairleadAttachment   *attachment,
                            FairleadPortMapping  *mapping,
                            GCancellable         *cancellable,
                            GError              **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->unpublish (self, attachment, mapping, cancellable, &local_error);
  if (!finish_method (self, attachment, "unpublish", succeeded, &local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/**
 * fairlead_backend_check_network:
 * @self: a backend
 * @network: a network of this backend
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Checks whether a network could take a container now.
 *
 * Returns: %TRUE if it could, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_check_network (FairleadBackend  *self,
                                FairleadNetwork  *network,
                                GCancellable     *cancellable,
                                GError          **error)
{
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (network), FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->check_network (self, network, cancellable, error);
  if (finish_call (self, "check_network", succeeded, error))
    return TRUE;
  g_prefix_error (error, "network %s: ", fairlead_network_get_name (network));
  return FALSE;
}

/**
 * fairlead_backend_check_key:
 * @self: a backend
 * @key: the name of one of its keys
 * @error: where to put the error
 *
 * Checks whether the value that a key of the backend has can be used.
 *
 * Returns: %TRUE if it can, %FALSE with @error set, `INVALID_CONFIGURATION` as a rule
 *
 * Since: 1.0
 */
gboolean
fairlead_backend_check_key (FairleadBackend  *self,
                            const char       *key,
                            GError          **error)
{
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  succeeded = FAIRLEAD_BACKEND_GET_CLASS (self)->check_key (self, key, error);
  return finish_call (self, "check_key", succeeded, error);
}
