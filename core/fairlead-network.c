/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-network-private.h"

#include <string.h>

#include "fairlead-param-private.h"
#include "fairlead-shared-state-private.h"

/**
 * FairleadNetwork:
 *
 * A named definition: a backend and that backend's options.
 *
 * Networks come from keyfiles (`networks.d/NAME.network`), from a backend that finds them by itself, or with a backend
 * that is usable without any configuration. A backend that has options for its networks derives from this class, names
 * its subclass in [struct@Fairlead.BackendClass] and declares each option once, as a property that carries
 * %FAIRLEAD_PARAM_CONFIG: it is then a key of the network's file. With %FAIRLEAD_PARAM_REQUEST it can be given for one
 * attachment too. Such properties may be strings, booleans, integers, doubles, enumerations, flags, string lists,
 * [class@Gio.InetAddress], [class@Gio.InetAddressMask], and tables: variants of type `a{ss}`, whose members are keys of
 * their own, `PROPERTY.MEMBER`.
 *
 * A network is not changed any more once others have it. An attachment has a copy of its own, with the options of its
 * request.
 *
 * A network is not changed any more once the manager or a backend has given it, and can then be used from any thread.
 *
 * Since: 1.0
 */

/* Longer than any name needs to be, and short enough for names that are made from it. */
#define NAME_MAX_LENGTH 128

typedef struct
{
  char *name;
  char *backend_name;
  char *file;    /* (nullable) */
  char *problem; /* (nullable) */
  FairleadStore *store; /* (nullable) (owned) */
  FairleadDefaultRoute default_route;
} FairleadNetworkPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (FairleadNetwork, fairlead_network, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_BACKEND_NAME,
  PROP_FILE,
  PROP_PROBLEM,
  PROP_DEFAULT_ROUTE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static FairleadNetworkPrivate *
get_private (FairleadNetwork *self)
{
  return fairlead_network_get_instance_private (self);
}

static void
add_string (GVariantBuilder *builder,
            const char      *key,
            const char      *string)
{
  if (string != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (string));
}

static GVariant *
fairlead_network_real_inspect (FairleadNetwork *self)
{
  FairleadNetworkPrivate *priv = get_private (self);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) options = fairlead_network_dup_options (self);

  add_string (&builder, "Name", priv->name);
  add_string (&builder, "Backend", priv->backend_name);
  add_string (&builder, "File", priv->file);
  add_string (&builder, "Problem", priv->problem);
  g_variant_builder_add (&builder, "{sv}", "Options", options);
  return g_variant_builder_end (&builder);
}

static gboolean
fairlead_network_real_check (FairleadNetwork  *self,
                             GError          **error)
{
  return TRUE;
}

static void
fairlead_network_finalize (GObject *object)
{
  FairleadNetworkPrivate *priv = get_private (FAIRLEAD_NETWORK (object));

  g_free (priv->name);
  g_free (priv->backend_name);
  g_free (priv->file);
  g_free (priv->problem);
  g_clear_pointer (&priv->store, fairlead_store_unref);

  G_OBJECT_CLASS (fairlead_network_parent_class)->finalize (object);
}

static void
fairlead_network_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FairleadNetworkPrivate *priv = get_private (FAIRLEAD_NETWORK (object));

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, priv->name);
      break;
    case PROP_BACKEND_NAME:
      g_value_set_string (value, priv->backend_name);
      break;
    case PROP_FILE:
      g_value_set_string (value, priv->file);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, priv->problem);
      break;
    case PROP_DEFAULT_ROUTE:
      g_value_set_enum (value, priv->default_route);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_network_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FairleadNetworkPrivate *priv = get_private (FAIRLEAD_NETWORK (object));

  switch (prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;
    case PROP_BACKEND_NAME:
      priv->backend_name = g_value_dup_string (value);
      break;
    case PROP_FILE:
      priv->file = g_value_dup_string (value);
      break;
    case PROP_PROBLEM:
      fairlead_network_set_problem (FAIRLEAD_NETWORK (object), g_value_get_string (value));
      break;
    case PROP_DEFAULT_ROUTE:
      priv->default_route = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_network_class_init (FairleadNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = fairlead_network_finalize;
  object_class->get_property = fairlead_network_get_property;
  object_class->set_property = fairlead_network_set_property;

  klass->inspect = fairlead_network_real_inspect;
  klass->check = fairlead_network_real_check;

  /**
   * FairleadNetwork:name:
   *
   * What the network is called; see [func@Fairlead.Network.name_is_valid].
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, "What the network is called", NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadNetwork:backend-name:
   *
   * The name of its backend; %NULL if the network's definition is too broken to tell.
   *
   * Since: 1.0
   */
  properties[PROP_BACKEND_NAME] =
    g_param_spec_string ("backend-name", NULL, "The name of its backend", NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadNetwork:file:
   *
   * The file that defines the network; %NULL if there is none.
   *
   * Since: 1.0
   */
  properties[PROP_FILE] =
    g_param_spec_string ("file", NULL, "The file that defines the network", NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadNetwork:problem:
   *
   * Why the network cannot be used, in words for people; %NULL if nothing is known against it.
   *
   * Since: 1.0
   */
  properties[PROP_PROBLEM] =
    g_param_spec_string ("problem", NULL, "Why the network cannot be used", NULL,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadNetwork:default-route:
   *
   * Whether the network gives its containers their default route. A key of network files and of requests.
   *
   * Since: 1.0
   */
  properties[PROP_DEFAULT_ROUTE] =
    g_param_spec_enum ("default-route", NULL, "Whether the network gives its containers their default route",
                       FAIRLEAD_TYPE_DEFAULT_ROUTE, FAIRLEAD_DEFAULT_ROUTE_AUTO,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG |
                         FAIRLEAD_PARAM_REQUEST);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_network_init (FairleadNetwork *self)
{
}

/**
 * fairlead_network_new:
 * @type: the type of the network: [class@Fairlead.Network] or a subclass of it
 * @name: its name
 * @backend_name: (nullable): the name of its backend; %NULL if that cannot be known
 * @file: (nullable): the file that defines it
 *
 * Makes a network with all options at their defaults. Backends use it for the networks that they find by themselves.
 *
 * Returns: (transfer full): a new network
 *
 * Since: 1.0
 */
FairleadNetwork *
fairlead_network_new (GType       type,
                      const char *name,
                      const char *backend_name,
                      const char *file)
{
  g_return_val_if_fail (g_type_is_a (type, FAIRLEAD_TYPE_NETWORK), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return g_object_new (type, "name", name, "backend-name", backend_name, "file", file, NULL);
}

/**
 * fairlead_network_get_name:
 * @self: a network
 *
 * Gets what the network is called.
 *
 * Returns: (transfer none): its name
 *
 * Since: 1.0
 */
const char *
fairlead_network_get_name (FairleadNetwork *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);

  return get_private (self)->name;
}

/**
 * fairlead_network_get_backend_name:
 * @self: a network
 *
 * Gets the name of the network's backend.
 *
 * Returns: (transfer none) (nullable): the backend's name
 *
 * Since: 1.0
 */
const char *
fairlead_network_get_backend_name (FairleadNetwork *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);

  return get_private (self)->backend_name;
}

/**
 * fairlead_network_get_file:
 * @self: a network
 *
 * Gets the file that defines the network.
 *
 * Returns: (transfer none) (nullable): its path
 *
 * Since: 1.0
 */
const char *
fairlead_network_get_file (FairleadNetwork *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);

  return get_private (self)->file;
}

/**
 * fairlead_network_get_problem:
 * @self: a network
 *
 * Gets why the network cannot be used.
 *
 * Returns: (transfer none) (nullable): the problem; %NULL if nothing is known against the network
 *
 * Since: 1.0
 */
const char *
fairlead_network_get_problem (FairleadNetwork *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);

  return get_private (self)->problem;
}

/**
 * fairlead_network_set_problem:
 * @self: a network
 * @problem: (nullable): why it cannot be used, or %NULL
 *
 * Says why the network cannot be used. It stays in lists, so that people see it and the reason; a request for it fails.
 *
 * Since: 1.0
 */
void
fairlead_network_set_problem (FairleadNetwork *self,
                              const char      *problem)
{
  FairleadNetworkPrivate *priv;

  g_return_if_fail (FAIRLEAD_IS_NETWORK (self));

  priv = get_private (self);
  if (g_strcmp0 (priv->problem, problem) == 0)
    return;

  g_free (priv->problem);
  priv->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/**
 * fairlead_network_get_default_route:
 * @self: a network
 *
 * Gets whether the network gives its containers their default route.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
FairleadDefaultRoute
fairlead_network_get_default_route (FairleadNetwork *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), FAIRLEAD_DEFAULT_ROUTE_AUTO);

  return get_private (self)->default_route;
}

/**
 * fairlead_network_check:
 * @self: a network
 * @error: where to put the error
 *
 * Checks whether the values of the network's keys fit one another.
 *
 * Returns: %TRUE if they do, %FALSE with @error set, `INVALID_CONFIGURATION` as a rule
 *
 * Since: 1.0
 */
gboolean
fairlead_network_check (FairleadNetwork  *self,
                        GError          **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean succeeded;

  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), FALSE);

  succeeded = FAIRLEAD_NETWORK_GET_CLASS (self)->check (self, &local_error);
  if (succeeded && local_error != NULL)
    g_warning ("%s: its check method succeeded and set an error: %s", G_OBJECT_TYPE_NAME (self), local_error->message);
  if (!succeeded && local_error == NULL)
    g_set_error (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "%s: its check method failed without setting an error",
                 G_OBJECT_TYPE_NAME (self));
  if (!succeeded)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return succeeded;
}

/**
 * fairlead_network_open_shared_state:
 * @self: a network that a manager knows
 * @access: what for
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Opens what all containers on the network share. For backends; the network's lock is held until
 * [method@Fairlead.SharedState.close]. A method that holds it must not open that of another network.
 *
 * Returns: (transfer full): the shared state, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadSharedState *
fairlead_network_open_shared_state (FairleadNetwork       *self,
                                    FairleadSharedAccess   access,
                                    GCancellable          *cancellable,
                                    GError               **error)
{
  FairleadNetworkPrivate *priv;

  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  priv = get_private (self);
  return fairlead_shared_state_open (priv->store, FAIRLEAD_SHARED_KIND_NETWORK, priv->name, priv->backend_name, access,
                                     cancellable, error);
}

/**
 * fairlead_network_dup_shared_document:
 * @self: a network
 * @error: where to put the error
 *
 * Gets the document of what containers on the network share, without a lock and without waiting for those who change it:
 * documents are replaced as a whole.
 *
 * Returns: (transfer full) (nullable): an `a{sv}`; %NULL without an error if nothing is shared in the calling thread's
 *   network namespace, and with @error set if it cannot be read
 *
 * Since: 1.0
 */
GVariant *
fairlead_network_dup_shared_document (FairleadNetwork  *self,
                                      GError          **error)
{
  FairleadNetworkPrivate *priv;

  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);

  priv = get_private (self);
  return priv->store != NULL ? fairlead_shared_state_read (priv->store, priv->name, priv->backend_name, error) : NULL;
}

void
fairlead_network_set_store (FairleadNetwork *self,
                            FairleadStore   *store)
{
  FairleadNetworkPrivate *priv = get_private (self);

  fairlead_store_ref (store);
  g_clear_pointer (&priv->store, fairlead_store_unref);
  priv->store = store;
}

/**
 * fairlead_network_inspect:
 * @self: a network
 *
 * Gets what there is to know about the network.
 *
 * Every network has `Name` (`s`) and `Options` (`a{ss}`: the keys that have a value, each with its text as in the
 * network's file), and `Backend` (`s`), `File` (`s`) and `Problem` (`s`) where they are known. Backends add keys of their own.
 *
 * Returns: (transfer full): a variant of type `a{sv}`, not floating
 *
 * Since: 1.0
 */
GVariant *
fairlead_network_inspect (FairleadNetwork *self)
{
  g_autoptr (GVariant) result = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_NETWORK (self), NULL);

  result = FAIRLEAD_NETWORK_GET_CLASS (self)->inspect (self);
  if (result != NULL)
    g_variant_take_ref (result);
  if (result != NULL && g_variant_is_of_type (result, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&result);
  g_warning ("%s: its inspect method gave %s, not a{sv}", G_OBJECT_TYPE_NAME (self),
             result != NULL ? g_variant_get_type_string (result) : "nothing");
  return g_variant_take_ref (fairlead_network_real_inspect (self));
}

/**
 * fairlead_network_name_is_valid:
 * @name: a string
 *
 * Checks whether a network can be called @name: ASCII letters, digits, `_`, `.` and `-`, a letter or digit first, at
 * most 128 of them. Such a name is safe as a part of file names.
 *
 * Returns: whether it can
 *
 * Since: 1.0
 */
gboolean
fairlead_network_name_is_valid (const char *name)
{
  const char *p;

  g_return_val_if_fail (name != NULL, FALSE);

  if (!g_ascii_isalnum (*name))
    return FALSE;
  for (p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("_.-", *p) == NULL)
      return FALSE;

  return p - name <= NAME_MAX_LENGTH;
}

/*
 * fairlead_network_new_from_options:
 * @type: the type of the network
 * @name: its name
 * @backend_name: the name of its backend
 * @file: (nullable): the file that defined it
 * @options: what fairlead_network_dup_options() gave
 *
 * Makes the network again that @options were taken from. A key that @type does not have is left out: teardown has to
 * work with state that an older module wrote, and a container must be shown when its module is gone.
 *
 * Returns: (transfer full): a new network
 */
FairleadNetwork *
fairlead_network_new_from_options (GType        type,
                                   const char  *name,
                                   const char  *backend_name,
                                   const char  *file,
                                   GVariant    *options,
                                   GError     **error)
{
  g_autoptr (FairleadNetwork) self = fairlead_network_new (type, name, backend_name, file);
  g_autofree GParamSpec **pspecs = NULL;
  GVariantIter iter;
  const char *key, *text;
  guint n_pspecs;

  g_assert (g_variant_is_of_type (options, G_VARIANT_TYPE ("a{ss}")));

  pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), FAIRLEAD_PARAM_CONFIG | FAIRLEAD_PARAM_REQUEST, &n_pspecs);
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &text))
    {
      GParamSpec *pspec = fairlead_param_find (pspecs, n_pspecs, key, NULL);

      if (pspec != NULL && !fairlead_param_set_text (G_OBJECT (self), pspec, key, text, error))
        {
          g_prefix_error (error, "network %s: %s: ", name, key);
          return NULL;
        }
    }

  return g_steal_pointer (&self);
}

/*
 * fairlead_network_copy:
 * @self: a network
 *
 * Makes a network of the same type with the same values of all properties that can be set, flagged or not.
 *
 * Returns: (transfer full): the copy
 */
FairleadNetwork *
fairlead_network_copy (FairleadNetwork *self)
{
  g_autofree GParamSpec **pspecs = NULL;
  g_autofree const char **names = NULL;
  g_autofree GValue *values = NULL;
  FairleadNetwork *copy;
  guint n_pspecs, n_values = 0;

  g_assert (FAIRLEAD_IS_NETWORK (self));

  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (self), &n_pspecs);
  names = g_new0 (const char *, n_pspecs);
  values = g_new0 (GValue, n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    {
      if ((pspecs[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE)
        continue;
      names[n_values] = pspecs[i]->name;
      g_object_get_property (G_OBJECT (self), pspecs[i]->name, &values[n_values]);
      n_values++;
    }

  copy = FAIRLEAD_NETWORK (g_object_new_with_properties (G_OBJECT_TYPE (self), n_values, names, values));
  for (guint i = 0; i < n_values; i++)
    g_value_unset (&values[i]);
  if (get_private (self)->store != NULL)
    fairlead_network_set_store (copy, get_private (self)->store);
  return copy;
}

/*
 * fairlead_network_dup_options:
 * @self: a network
 *
 * Gets all options that have a value, by key, as text.
 *
 * Returns: (transfer full): a variant of type `a{ss}`, not floating, in the order of the keys
 */
GVariant *
fairlead_network_dup_options (FairleadNetwork *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs;

  g_assert (FAIRLEAD_IS_NETWORK (self));

  pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), FAIRLEAD_PARAM_CONFIG | FAIRLEAD_PARAM_REQUEST, &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    fairlead_param_add_texts (G_OBJECT (self), pspecs[i], &builder);

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/*
 * fairlead_network_set_option:
 * @self: a network
 * @flag: %FAIRLEAD_PARAM_CONFIG or %FAIRLEAD_PARAM_REQUEST
 * @key: the name of a property with that flag
 * @text: its value
 *
 * Sets one option.
 */
gboolean
fairlead_network_set_option (FairleadNetwork  *self,
                             GParamFlags       flag,
                             const char       *key,
                             const char       *text,
                             GError          **error)
{
  g_autofree GParamSpec **pspecs = NULL;
  GParamSpec *pspec;
  guint n_pspecs;

  g_assert (FAIRLEAD_IS_NETWORK (self));

  pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), flag, &n_pspecs);
  pspec = fairlead_param_find (pspecs, n_pspecs, key, error);
  if (pspec == NULL || !fairlead_param_set_text (G_OBJECT (self), pspec, key, text, error))
    {
      g_prefix_error (error, "%s: ", key);
      return FALSE;
    }

  return TRUE;
}
