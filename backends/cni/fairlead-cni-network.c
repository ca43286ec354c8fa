/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-network.h"

/*
 * A network of the backend: which CNI configuration it is, and what to tell the plugins besides. One that the backend
 * found by itself has its file; one of a keyfile names a file, or the name that CNI knows it by, or goes by its own name.
 *
 * The configuration is read when it is first needed and stays: a network lives as long as one call of the library, and all
 * of a setup must go by what one reading gave. It is a property, if no key, so that the copy of the network which an
 * attachment has comes with it.
 */
struct _FairleadCniNetwork
{
  FairleadNetwork parent_instance;

  char *config_file;     /* (owned) (nullable) */
  char *config_name;     /* (owned) (nullable) */
  char **args;           /* (owned) (nullable) */
  GVariant *capability;  /* (owned) (nullable) a{ss} of JSON by capability */
  char **skip_check;     /* (owned) (nullable) */

  GMutex mutex;
  FairleadCniConfig *config; /* (owned) (nullable) (mutex mutex) */
};

enum
{
  PROP_0,
  PROP_CONFIG_FILE,
  PROP_CONFIG_NAME,
  PROP_ARGS,
  PROP_CAPABILITY,
  PROP_SKIP_CHECK,
  PROP_CONFIG,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (FairleadCniNetwork, fairlead_cni_network, FAIRLEAD_TYPE_NETWORK)

static GVariant *
config_list_plugins (FairleadCniConfig *config)
{
  g_auto (GVariantBuilder) types = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    g_variant_builder_add (&types, "s", fairlead_cni_config_get_plugin_type (config, i));
  return g_variant_builder_end (&types);
}

static GVariant *
config_list_capabilities (FairleadCniConfig *config)
{
  g_auto (GStrv) capabilities = fairlead_cni_config_list_capabilities (config);

  return g_variant_new_strv ((const char * const *) capabilities, -1);
}

static GVariant *
fairlead_cni_network_inspect (FairleadNetwork *network)
{
  FairleadCniNetwork *self = FAIRLEAD_CNI_NETWORK (network);
  g_autoptr (GVariant) base = FAIRLEAD_NETWORK_CLASS (fairlead_cni_network_parent_class)->inspect (network);
  g_autoptr (FairleadCniConfig) config = fairlead_cni_network_dup_config (self);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (config == NULL)
    return g_steal_pointer (&base);

  for (gsize i = 0; i < g_variant_n_children (base); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (base, i);

      g_variant_builder_add_value (&builder, entry);
    }
  g_variant_builder_add (&builder, "{sv}", "CNIVersion",
                         g_variant_new_string (fairlead_cni_config_get_version (config)));
  g_variant_builder_add (&builder, "{sv}", "Plugins", config_list_plugins (config));
  g_variant_builder_add (&builder, "{sv}", "Capabilities", config_list_capabilities (config));
  return g_variant_builder_end (&builder);
}

static void
fairlead_cni_network_get_property (GObject    *object,
                                   guint       prop_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  FairleadCniNetwork *self = FAIRLEAD_CNI_NETWORK (object);

  switch (prop_id)
    {
    case PROP_CONFIG_FILE:
      g_value_set_string (value, self->config_file);
      break;
    case PROP_CONFIG_NAME:
      g_value_set_string (value, self->config_name);
      break;
    case PROP_ARGS:
      g_value_set_boxed (value, self->args);
      break;
    case PROP_CAPABILITY:
      g_value_set_variant (value, self->capability);
      break;
    case PROP_SKIP_CHECK:
      g_value_set_boxed (value, self->skip_check);
      break;
    case PROP_CONFIG:
      g_value_take_boxed (value, fairlead_cni_network_dup_config (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_cni_network_set_property (GObject      *object,
                                   guint         prop_id,
                                   const GValue *value,
                                   GParamSpec   *pspec)
{
  FairleadCniNetwork *self = FAIRLEAD_CNI_NETWORK (object);

  switch (prop_id)
    {
    case PROP_CONFIG_FILE:
      g_free (self->config_file);
      self->config_file = g_value_dup_string (value);
      break;
    case PROP_CONFIG_NAME:
      g_free (self->config_name);
      self->config_name = g_value_dup_string (value);
      break;
    case PROP_ARGS:
      g_strfreev (self->args);
      self->args = g_value_dup_boxed (value);
      break;
    case PROP_CAPABILITY:
      g_clear_pointer (&self->capability, g_variant_unref);
      self->capability = g_value_dup_variant (value);
      break;
    case PROP_SKIP_CHECK:
      g_strfreev (self->skip_check);
      self->skip_check = g_value_dup_boxed (value);
      break;
    case PROP_CONFIG:
      fairlead_cni_network_set_config (self, g_value_get_boxed (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_cni_network_finalize (GObject *object)
{
  FairleadCniNetwork *self = FAIRLEAD_CNI_NETWORK (object);

  g_free (self->config_file);
  g_free (self->config_name);
  g_clear_pointer (&self->capability, g_variant_unref);
  g_strfreev (self->args);
  g_strfreev (self->skip_check);
  g_clear_pointer (&self->config, fairlead_cni_config_unref);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (fairlead_cni_network_parent_class)->finalize (object);
}

static void
fairlead_cni_network_class_init (FairleadCniNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG;

  object_class->get_property = fairlead_cni_network_get_property;
  object_class->set_property = fairlead_cni_network_set_property;
  object_class->finalize = fairlead_cni_network_finalize;
  FAIRLEAD_NETWORK_CLASS (klass)->inspect = fairlead_cni_network_inspect;

  props[PROP_CONFIG_FILE] = g_param_spec_string ("config-file", "Configuration file",
                                                 "path of the CNI configuration file; unset, the network is looked for "
                                                 "by name in conf-dirs", NULL, flags | FAIRLEAD_PARAM_PATH);
  props[PROP_CONFIG_NAME] = g_param_spec_string ("config-name", "Configuration name",
                                                 "name that the network has in its CNI configuration; unset, the same "
                                                 "as here", NULL, flags);
  props[PROP_ARGS] = g_param_spec_boxed ("args", "Arguments",
                                         "arguments for the plugins, each KEY=VALUE, passed on in CNI_ARGS", G_TYPE_STRV,
                                         flags | FAIRLEAD_PARAM_REQUEST);
  props[PROP_CAPABILITY] = g_param_spec_variant ("capability", "Capability arguments",
                                                 "for each capability its argument, a JSON value, passed on in "
                                                 "runtimeConfig to the plugins that declare it", G_VARIANT_TYPE ("a{ss}"),
                                                 NULL, flags | FAIRLEAD_PARAM_REQUEST);
  props[PROP_SKIP_CHECK] = g_param_spec_boxed ("skip-check", "Plugins not to check",
                                               "types of plugins whose CHECK is not called, as they give false alarms",
                                               G_TYPE_STRV, flags);
  props[PROP_CONFIG] = g_param_spec_boxed ("config", NULL, NULL, FAIRLEAD_TYPE_CNI_CONFIG,
                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_cni_network_init (FairleadCniNetwork *self)
{
  g_mutex_init (&self->mutex);
}

/* A network that was found in @file; @config is NULL if that cannot be used. */
FairleadCniNetwork *
fairlead_cni_network_new (const char        *name,
                          const char        *file,
                          FairleadCniConfig *config)
{
  FairleadNetwork *network = fairlead_network_new (FAIRLEAD_TYPE_CNI_NETWORK, name, "cni", file);
  FairleadCniNetwork *self = FAIRLEAD_CNI_NETWORK (network);

  self->config_file = g_strdup (file);
  self->config = config != NULL ? fairlead_cni_config_ref (config) : NULL;
  return self;
}

/* NULL as long as it was not needed. */
FairleadCniConfig *
fairlead_cni_network_dup_config (FairleadCniNetwork *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->config != NULL ? fairlead_cni_config_ref (self->config) : NULL;
}

void
fairlead_cni_network_set_config (FairleadCniNetwork *self,
                                 FairleadCniConfig  *config)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_clear_pointer (&self->config, fairlead_cni_config_unref);
  self->config = config != NULL ? fairlead_cni_config_ref (config) : NULL;
}

static const char *
unless_empty (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

const char *
fairlead_cni_network_get_config_file (FairleadCniNetwork *self)
{
  return unless_empty (self->config_file);
}

const char *
fairlead_cni_network_get_config_name (FairleadCniNetwork *self)
{
  return unless_empty (self->config_name);
}

const char * const *
fairlead_cni_network_get_args (FairleadCniNetwork *self)
{
  return (const char * const *) self->args;
}

const char * const *
fairlead_cni_network_get_skip_check (FairleadCniNetwork *self)
{
  return (const char * const *) self->skip_check;
}

/* Returns: an `a{sv}` by capability, empty if there are none */
GVariant *
fairlead_cni_network_dup_capability_args (FairleadCniNetwork  *self,
                                          GError             **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  const char *capability, *text;

  if (self->capability != NULL)
    g_variant_iter_init (&iter, self->capability);
  while (self->capability != NULL && g_variant_iter_next (&iter, "{&s&s}", &capability, &text))
    {
      g_autoptr (GVariant) value = fairlead_json_parse (text, -1, error);

      if (value == NULL)
        {
          g_prefix_error (error, "capability.%s: “%s” is not a JSON value: ", capability, text);
          return NULL;
        }
      g_variant_builder_add (&builder, "{sv}", capability, value);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
