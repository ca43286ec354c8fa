/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-config.h"

#include "fairlead-cni-value.h"
#include "fairlead-cni-version.h"

#include <fairlead/fairlead.h>

#include <string.h>

/*
 * A list comes from a `.conflist` file, in which case the `.conf` files of the directory `NAME` beside it are appended to
 * its plugins; from a `.conf` or `.json` file with one plugin, which becomes a list of one; or from text that was kept,
 * which is complete.
 *
 * What to_text() gives is complete too: all plugins inlined, the version chosen. That is what gets cached and frozen
 * into an attachment, so that DEL works on what ADD worked on.
 */

typedef struct
{
  char *type;             /* (owned) */
  char *ipam_type;        /* (owned) (nullable) */
  GVariant *capabilities; /* (owned) (nullable) a{sv} of booleans */
  GVariant *object;       /* (owned) a{sv}, as it stands in the file */
} Plugin;

struct _FairleadCniConfig
{
  char *name;          /* (owned) */
  char *file;          /* (owned) where it comes from, for messages */
  char *version;       /* (owned) the chosen one, empty if the list has none */
  char **versions;     /* (owned) those it offers and this runtime knows, ascending */
  GVariant *list;      /* (owned) a{sv}, with `plugins` as they were in the file */
  GPtrArray *plugins;  /* (owned) (element-type Plugin) */
  gboolean disable_check;
  gboolean disable_gc;
  gboolean only_inlined;
};

static void
plugin_free (Plugin *plugin)
{
  g_free (plugin->type);
  g_free (plugin->ipam_type);
  g_clear_pointer (&plugin->capabilities, g_variant_unref);
  g_clear_pointer (&plugin->object, g_variant_unref);
  g_free (plugin);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plugin, plugin_free)

G_DEFINE_BOXED_TYPE (FairleadCniConfig, fairlead_cni_config, fairlead_cni_config_ref, fairlead_cni_config_unref)

static gboolean
invalid (GError     **error,
         const char  *message)
{
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, message);
  return FALSE;
}

static FairleadCniConfig *
config_alloc (const char *file)
{
  FairleadCniConfig *self = g_atomic_rc_box_new0 (FairleadCniConfig);

  self->file = g_strdup (file);
  self->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_free);
  return self;
}

static gboolean
check_capabilities (GVariant  *capabilities,
                    GError   **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, capabilities);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && !fairlead_cni_value_is_null (value))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                     "capability “%s” is neither true nor false", name);
        g_variant_unref (value);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_dns (GVariant  *dns,
           GError   **error)
{
  static const char * const lists[] = { "nameservers", "search", "options" };
  g_autofree char *domain = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_auto (GStrv) strv = NULL;

      if (!fairlead_cni_value_read_strv (dns, lists[i], &strv, error))
        return FALSE;
    }
  return fairlead_cni_value_read_string (dns, "domain", &domain, error);
}

/* The members whose types the specification fixes; whatever else there is belongs to the plugin. */
static gboolean
plugin_check_members (Plugin  *plugin,
                      GError **error)
{
  g_autoptr (GVariant) dns = NULL;
  g_autoptr (GVariant) prev_result = NULL;
  g_autoptr (GVariant) attachments = NULL;
  g_autoptr (GVariant) ipam = NULL;
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;

  if (!fairlead_cni_value_read_string (plugin->object, "name", &name, error) ||
      !fairlead_cni_value_read_string (plugin->object, "cniVersion", &version, error) ||
      !fairlead_cni_value_read_object (plugin->object, "capabilities", &plugin->capabilities, error) ||
      !fairlead_cni_value_read_object (plugin->object, "dns", &dns, error) ||
      !fairlead_cni_value_read_object (plugin->object, "ipam", &ipam, error) ||
      !fairlead_cni_value_read_object (plugin->object, "prevResult", &prev_result, error) ||
      !fairlead_cni_value_read_array (plugin->object, "cni.dev/valid-attachments", &attachments, error))
    return FALSE;

  if (plugin->capabilities != NULL && !check_capabilities (plugin->capabilities, error))
    return FALSE;
  if (dns != NULL && !check_dns (dns, error))
    return FALSE;
  return ipam == NULL || fairlead_cni_value_read_string (ipam, "type", &plugin->ipam_type, error);
}

static Plugin *
plugin_new (GVariant  *object,
            GError   **error)
{
  g_autoptr (Plugin) plugin = g_new0 (Plugin, 1);

  if (!fairlead_cni_value_is_object (object))
    {
      invalid (error, "it is not an object");
      return NULL;
    }
  plugin->object = g_variant_ref (object);

  if (!fairlead_cni_value_check_depth (object, error))
    return NULL;
  if (!fairlead_cni_value_read_string (object, "type", &plugin->type, error))
    return NULL;
  if (plugin->type == NULL || *plugin->type == '\0')
    {
      invalid (error, "“type”, the name of the plugin's program, is missing");
      return NULL;
    }
  if (strchr (plugin->type, '/') != NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                   "type “%s” has a slash; it is a file name that is looked for in plugin-dirs", plugin->type);
      return NULL;
    }
  if (!plugin_check_members (plugin, error))
    {
      g_prefix_error (error, "plugin %s: ", plugin->type);
      return NULL;
    }

  return g_steal_pointer (&plugin);
}

/* The reference runtime finds the keys of a plugin in any case of letters, but those of the list to the letter only; and a
 * key of the list that is null is one of the wrong type, not one that is absent. */
static gboolean
has_list_key (GVariant   *list,
              const char *key)
{
  g_autoptr (GVariant) member = g_variant_lookup_value (list, key, NULL);

  return member != NULL;
}

static gboolean
check_no_null (GVariant  *list,
               GError   **error)
{
  static const char * const keys[] = { "cniVersions", "disableCheck", "disableGC", "loadOnlyInlinedPlugins", "plugins" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) member = g_variant_lookup_value (list, keys[i], NULL);

      if (member == NULL || !fairlead_cni_value_is_null (member))
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "“%s” is null; leave it out", keys[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
config_read_bool (GVariant    *list,
                  const char  *key,
                  gboolean    *flag,
                  GError     **error)
{
  g_autoptr (GVariant) member = fairlead_cni_value_lookup (list, key);
  const char *text;

  if (member == NULL)
    return TRUE;
  if (g_variant_is_of_type (member, G_VARIANT_TYPE_BOOLEAN))
    {
      *flag = g_variant_get_boolean (member);
      return TRUE;
    }

  text = g_variant_is_of_type (member, G_VARIANT_TYPE_STRING) ? g_variant_get_string (member, NULL) : "";
  *flag = g_ascii_strcasecmp (text, "true") == 0;
  if (*flag || g_ascii_strcasecmp (text, "false") == 0)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "“%s” is neither true nor false", key);
  return FALSE;
}

static int
compare_versions (gconstpointer a,
                  gconstpointer b)
{
  return fairlead_cni_version_compare (*(const char * const *) a, *(const char * const *) b);
}

/* The newest version that both the list's author and this runtime know. Without `cniVersions` there is nothing to
 * choose from, and a `cniVersion` that is no version at all is found out when the list is used. */
static gboolean
config_choose_version (FairleadCniConfig  *self,
                       GError            **error)
{
  g_autoptr (GVariant) present = g_variant_lookup_value (self->list, "cniVersion", NULL);
  g_autoptr (GPtrArray) usable = g_ptr_array_new ();
  g_auto (GStrv) offered = NULL;

  if (present != NULL && !g_variant_is_of_type (present, G_VARIANT_TYPE_STRING))
    return invalid (error, "“cniVersion” is not a string");
  self->version = present != NULL ? g_variant_dup_string (present, NULL) : g_strdup ("");

  if (!has_list_key (self->list, "cniVersions"))
    offered = g_new0 (char *, 1);
  else if (!fairlead_cni_value_read_strv (self->list, "cniVersions", &offered, error))
    return FALSE;

  for (gsize i = 0; offered[i] != NULL; i++)
    {
      if (!fairlead_cni_version_validate (offered[i], error))
        return FALSE;
      if (fairlead_cni_version_compare (offered[i], FAIRLEAD_CNI_VERSION_NEWEST) <= 0)
        g_ptr_array_add (usable, offered[i]);
    }
  if (offered[0] != NULL && *self->version != '\0' && !fairlead_cni_version_validate (self->version, error))
    return FALSE;
  if (usable->len == 0 ||
      (*self->version != '\0' && fairlead_cni_version_compare (self->version, FAIRLEAD_CNI_VERSION_NEWEST) <= 0))
    g_ptr_array_add (usable, self->version);
  g_ptr_array_sort (usable, compare_versions);

  g_ptr_array_add (usable, NULL);
  self->versions = g_strdupv ((char **) usable->pdata);
  g_free (self->version);
  self->version = g_strdup (self->versions[usable->len - 2]);
  return TRUE;
}

static gboolean
config_add_inlined_plugins (FairleadCniConfig  *self,
                            GError            **error)
{
  g_autoptr (GVariant) plugins = NULL;
  gsize n;

  if (has_list_key (self->list, "plugins") && !fairlead_cni_value_read_array (self->list, "plugins", &plugins, error))
    return FALSE;
  if (plugins == NULL)
    return !self->only_inlined || invalid (error, "“plugins” is missing, and loadOnlyInlinedPlugins is true");

  n = g_variant_n_children (plugins);
  if (n == 0)
    return invalid (error, "“plugins” is empty");

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) object = fairlead_cni_value_get_element (plugins, i);
      Plugin *plugin = plugin_new (object, error);

      if (plugin == NULL)
        {
          g_prefix_error (error, "plugins[%" G_GSIZE_FORMAT "]: ", i);
          return FALSE;
        }
      g_ptr_array_add (self->plugins, plugin);
    }
  return TRUE;
}

static gboolean
config_read_list (FairleadCniConfig  *self,
                  GVariant           *list,
                  GError            **error)
{
  g_autoptr (GVariant) name = NULL;

  if (!fairlead_cni_value_is_object (list))
    return invalid (error, "the file is not a JSON object");
  self->list = g_variant_ref (list);

  name = fairlead_cni_value_lookup (list, "name");
  if (name == NULL || !g_variant_is_of_type (name, G_VARIANT_TYPE_STRING))
    return invalid (error, name == NULL ? "“name” is missing" : "“name” is not a string");
  self->name = g_variant_dup_string (name, NULL);

  return fairlead_cni_config_check_name (self->name, error) &&
         check_no_null (list, error) &&
         config_choose_version (self, error) &&
         config_read_bool (list, "disableCheck", &self->disable_check, error) &&
         config_read_bool (list, "disableGC", &self->disable_gc, error) &&
         config_read_bool (list, "loadOnlyInlinedPlugins", &self->only_inlined, error) &&
         config_add_inlined_plugins (self, error);
}

static GVariant *
load_json (const char  *file,
           GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) value = NULL;
  gsize length;
  g_autofree char *text = fairlead_cni_value_load_text (file, &length, error);

  if (text == NULL)
    return NULL;

  value = fairlead_json_parse (text, (gssize) length, &local_error);
  if (value == NULL)
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, local_error->message);
  return g_steal_pointer (&value);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* Since 1.1.0 of the specification other packages may put plugins into the chain, one a file. */
static gboolean
config_add_fragments (FairleadCniConfig  *self,
                      GError            **error)
{
  g_autofree char *parent = g_path_get_dirname (self->file);
  g_autofree char *directory = g_build_filename (parent, self->name, NULL);
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  const char *name;

  dir = g_dir_open (directory, 0, &local_error);
  if (dir == NULL && !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
      !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    return invalid (error, local_error->message);

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (names, g_build_filename (directory, name, NULL));
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++)
    {
      const char *file = g_ptr_array_index (names, i);
      g_autoptr (GVariant) object = NULL;
      Plugin *plugin;

      if (!g_file_test (file, G_FILE_TEST_IS_REGULAR))
        continue;

      object = load_json (file, error);
      plugin = object != NULL ? plugin_new (object, error) : NULL;
      if (plugin == NULL)
        {
          g_autofree char *shown = g_filename_display_name (file);

          g_prefix_error (error, "%s: ", shown);
          return FALSE;
        }
      g_ptr_array_add (self->plugins, plugin);
    }
  return TRUE;
}

/* A file with one plugin, as before version 1.0.0: only name and version are the list's as well. A network without a
 * name goes by its file's. */
static GVariant *
list_from_plugin (GVariant    *plugin,
                  const char  *file,
                  GError     **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *base = g_path_get_basename (file);
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_autofree char *type = NULL;

  if (!fairlead_cni_value_is_object (plugin))
    {
      invalid (error, "the file is not a JSON object");
      return NULL;
    }
  if (!fairlead_cni_value_read_string (plugin, "name", &name, error) ||
      !fairlead_cni_value_read_string (plugin, "cniVersion", &version, error) ||
      !fairlead_cni_value_read_string (plugin, "type", &type, error))
    return NULL;
  if (type == NULL && has_list_key (plugin, "plugins"))
    {
      invalid (error, "it has “plugins”, and no “type”; a list of plugins is read from a file *.conflist");
      return NULL;
    }

  g_variant_builder_add (&builder, "{sv}", "name",
                         g_variant_new_string (name != NULL && *name != '\0' ? name : base));
  if (version != NULL)
    g_variant_builder_add (&builder, "{sv}", "cniVersion", g_variant_new_string (version));
  g_variant_builder_add (&builder, "{sv}", "plugins", g_variant_new ("av", NULL));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
list_with_plugins (GVariant  *list,
                   GPtrArray *objects)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < objects->len; i++)
    g_variant_builder_add (&builder, "v", g_ptr_array_index (objects, i));
  return fairlead_cni_value_with (list, "plugins", g_variant_builder_end (&builder));
}

static GVariant *
load_list (const char  *file,
           GError     **error)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new ();
  g_autoptr (GVariant) value = load_json (file, error);
  g_autoptr (GVariant) list = NULL;

  if (value == NULL || g_str_has_suffix (file, ".conflist"))
    return g_steal_pointer (&value);

  list = list_from_plugin (value, file, error);
  if (list == NULL)
    return NULL;
  g_ptr_array_add (objects, value);
  return list_with_plugins (list, objects);
}

FairleadCniConfig *
fairlead_cni_config_new_for_file (const char  *file,
                                  GError     **error)
{
  g_autoptr (FairleadCniConfig) self = config_alloc (file);
  g_autoptr (GVariant) list = load_list (file, error);

  if (list == NULL ||
      !config_read_list (self, list, error) ||
      (!self->only_inlined && g_str_has_suffix (file, ".conflist") && !config_add_fragments (self, error)) ||
      (self->plugins->len == 0 && !invalid (error, "there are no plugins, neither in the file nor in a directory of "
                                                   "the network's name beside it")))
    {
      g_prefix_error (error, "%s: ", file);
      return NULL;
    }

  return g_steal_pointer (&self);
}

char *
fairlead_cni_config_dup_name_in_file (const char *file)
{
  g_autoptr (GVariant) value = load_json (file, NULL);
  g_autofree char *name = NULL;

  if (value == NULL || !fairlead_cni_value_is_object (value) ||
      !fairlead_cni_value_read_string (value, "name", &name, NULL) || name == NULL || *name == '\0')
    return NULL;
  return g_steal_pointer (&name);
}

FairleadCniConfig *
fairlead_cni_config_new_from_text (const char  *text,
                                   gssize       length,
                                   const char  *origin,
                                   GError     **error)
{
  g_autoptr (FairleadCniConfig) self = config_alloc (origin);
  g_autoptr (GVariant) list = fairlead_json_parse (text, length, error);

  if (list == NULL ||
      !config_read_list (self, list, error) ||
      (self->plugins->len == 0 && !invalid (error, "there are no plugins")))
    {
      g_prefix_error (error, "%s: ", origin);
      return NULL;
    }

  return g_steal_pointer (&self);
}

static Plugin *
plugin_copy (gconstpointer source,
             gpointer      user_data)
{
  const Plugin *plugin = source;
  Plugin *copy = g_new0 (Plugin, 1);

  copy->type = g_strdup (plugin->type);
  copy->ipam_type = g_strdup (plugin->ipam_type);
  copy->capabilities = plugin->capabilities != NULL ? g_variant_ref (plugin->capabilities) : NULL;
  copy->object = g_variant_ref (plugin->object);
  return copy;
}

FairleadCniConfig *
fairlead_cni_config_with_version (FairleadCniConfig *self,
                                  const char        *version)
{
  FairleadCniConfig *copy;

  if (g_str_equal (self->version, version))
    return fairlead_cni_config_ref (self);

  copy = g_atomic_rc_box_dup (sizeof *self, self);
  copy->name = g_strdup (self->name);
  copy->file = g_strdup (self->file);
  copy->version = g_strdup (version);
  copy->versions = g_strdupv (self->versions);
  copy->list = g_variant_ref (self->list);
  copy->plugins = g_ptr_array_copy (self->plugins, (GCopyFunc) plugin_copy, NULL);
  g_ptr_array_set_free_func (copy->plugins, (GDestroyNotify) plugin_free);
  return copy;
}

FairleadCniConfig *
fairlead_cni_config_ref (FairleadCniConfig *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
config_clear (FairleadCniConfig *self)
{
  g_free (self->name);
  g_free (self->file);
  g_free (self->version);
  g_strfreev (self->versions);
  g_clear_pointer (&self->list, g_variant_unref);
  g_clear_pointer (&self->plugins, g_ptr_array_unref);
}

void
fairlead_cni_config_unref (FairleadCniConfig *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) config_clear);
}

const char *
fairlead_cni_config_get_name (FairleadCniConfig *self)
{
  return self->name;
}

const char *
fairlead_cni_config_get_file (FairleadCniConfig *self)
{
  return self->file;
}

const char *
fairlead_cni_config_get_version (FairleadCniConfig *self)
{
  return self->version;
}

const char * const *
fairlead_cni_config_get_versions (FairleadCniConfig *self)
{
  return (const char * const *) self->versions;
}

gboolean
fairlead_cni_config_get_disable_check (FairleadCniConfig *self)
{
  return self->disable_check;
}

gboolean
fairlead_cni_config_get_disable_gc (FairleadCniConfig *self)
{
  return self->disable_gc;
}

guint
fairlead_cni_config_get_n_plugins (FairleadCniConfig *self)
{
  return self->plugins->len;
}

static const Plugin *
config_get (FairleadCniConfig *self,
            guint              index)
{
  g_assert (index < self->plugins->len);

  return g_ptr_array_index (self->plugins, index);
}

GVariant *
fairlead_cni_config_get_plugin (FairleadCniConfig *self,
                                guint              index)
{
  return config_get (self, index)->object;
}

const char *
fairlead_cni_config_get_plugin_type (FairleadCniConfig *self,
                                     guint              index)
{
  return config_get (self, index)->type;
}

const char *
fairlead_cni_config_get_ipam_type (FairleadCniConfig *self,
                                   guint              index)
{
  return config_get (self, index)->ipam_type;
}

gboolean
fairlead_cni_config_plugin_declares (FairleadCniConfig *self,
                                     guint              index,
                                     const char        *capability)
{
  GVariant *capabilities = config_get (self, index)->capabilities;
  gboolean declared = FALSE;

  return capabilities != NULL && g_variant_lookup (capabilities, capability, "b", &declared) && declared;
}

gboolean
fairlead_cni_config_declares (FairleadCniConfig *self,
                              const char        *capability)
{
  for (guint i = 0; i < self->plugins->len; i++)
    if (fairlead_cni_config_plugin_declares (self, i, capability))
      return TRUE;
  return FALSE;
}

/* Those that any plugin declares, each once, in the order of the plugins. */
char **
fairlead_cni_config_list_capabilities (FairleadCniConfig *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->plugins->len; i++)
    {
      GVariant *capabilities = config_get (self, i)->capabilities;
      GVariantIter iter;
      const char *capability;

      if (capabilities != NULL)
        g_variant_iter_init (&iter, capabilities);
      while (capabilities != NULL && g_variant_iter_next (&iter, "{&sv}", &capability, NULL))
        if (fairlead_cni_config_plugin_declares (self, i, capability) &&
            g_hash_table_add (seen, (gpointer) capability))
          g_strv_builder_add (builder, capability);
    }
  return g_strv_builder_end (builder);
}

gboolean
fairlead_cni_config_has_plugin (FairleadCniConfig *self,
                                const char        *type)
{
  for (guint i = 0; i < self->plugins->len; i++)
    if (g_str_equal (config_get (self, i)->type, type))
      return TRUE;
  return FALSE;
}

char *
fairlead_cni_config_to_text (FairleadCniConfig *self)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new ();
  g_autoptr (GVariant) merged = NULL;
  g_autoptr (GVariant) unversioned = NULL;
  g_autoptr (GVariant) list = NULL;

  for (guint i = 0; i < self->plugins->len; i++)
    g_ptr_array_add (objects, config_get (self, i)->object);
  merged = list_with_plugins (self->list, objects);
  unversioned = fairlead_cni_value_with (merged, "cniVersions", NULL);
  list = fairlead_cni_value_with (unversioned, "cniVersion",
                                  *self->version != '\0' ? g_variant_new_string (self->version) : NULL);
  return fairlead_json_print (list, FALSE);
}

/* Letters, digits, “_”, “.” and “-”, the first a letter or digit: what CNI allows for a network and a container, and
 * what is safe as a part of a file name. */
gboolean
fairlead_cni_config_check_name (const char  *name,
                                GError     **error)
{
  static const char others[] = "_.-";
  g_autofree char *shown = NULL;
  gboolean valid = g_ascii_isalnum (*name);

  for (const char *p = name; valid && *p != '\0'; p++)
    valid = g_ascii_isalnum (*p) || strchr (others, *p) != NULL;
  if (valid)
    return TRUE;

  shown = g_utf8_make_valid (name, -1);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "“%s” is not a CNI name: letters, digits, “_”, “.” and “-” are allowed, a letter or digit first", shown);
  return FALSE;
}
