/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>
#include <string.h>

#include "fairlead-testlib.h"

/* The manual pages of keyfiles, and the commented default file, tell of exactly the keys that are declared. */

static FairleadManager *
new_manager (void)
{
  g_auto (GStrv) dirs = g_strsplit (g_getenv ("FAIRLEAD_BACKEND_PATH"), ":", -1);
  g_autoptr (FairleadConfig) config = g_object_new (FAIRLEAD_TYPE_CONFIG, "backend-dirs", dirs, NULL);

  return fairlead_manager_new (config);
}

static char *
read_data (const char *name)
{
  g_autofree char *path = g_build_filename (TEST_DATA_DIR, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("%s", error->message);
  return text;
}

/* The words after ".It Cm" in the sections whose title begins with "GROUP". */
static GHashTable *
list_keys (const char *page)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (page, "\n", -1);
  gboolean in_group = FALSE;

  for (char **line = lines; *line != NULL; line++)
    {
      if (g_str_has_prefix (*line, ".Sh "))
        in_group = g_str_has_prefix (*line, ".Sh GROUP");
      if (in_group && g_str_has_prefix (*line, ".It Cm "))
        g_hash_table_add (keys, g_strndup (*line + strlen (".It Cm "), strcspn (*line + strlen (".It Cm "), " ")));
    }
  return keys;
}

/* A key that stands for a table is shown as KEY.NAME. */
static void
check_key (const char *page_name,
           GHashTable *described,
           GHashTable *declared,
           const char *key)
{
  if (!g_hash_table_contains (described, key))
    g_error ("%s: the key %s is declared, but has no '.It Cm %s' in a section whose title begins with GROUP", page_name,
             key, key);
  g_hash_table_add (declared, g_strdup (key));
}

static void
check_page (const char         *page_name,
            GVariant           *keys,
            const char * const *groups,
            const char         *besides)
{
  g_autofree char *page = read_data (page_name);
  g_autoptr (GHashTable) described = list_keys (page);
  g_autoptr (GHashTable) declared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter hash_iter;
  GVariantIter iter;
  GVariant *dict;
  gpointer key;

  g_variant_iter_init (&iter, keys);
  while (g_variant_iter_loop (&iter, "@a{sv}", &dict))
    {
      const char *group, *name;
      gboolean is_config;

      g_assert_true (g_variant_lookup (dict, "Group", "&s", &group));
      g_assert_true (g_variant_lookup (dict, "Key", "&s", &name));
      g_assert_true (g_variant_lookup (dict, "Config", "b", &is_config));
      if (is_config && g_strv_contains (groups, group))
        check_key (page_name, described, declared, name);
    }
  g_hash_table_iter_init (&hash_iter, described);
  while (g_hash_table_iter_next (&hash_iter, &key, NULL))
    if (!g_hash_table_contains (declared, key) && g_strcmp0 (key, besides) != 0)
      g_error ("%s: the key %s is described, but no such key is declared", page_name, (char *) key);
}

static void
test_core (void)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autoptr (GVariant) keys = fairlead_config_dup_keys (config);
  const char * const core[] = { "core", NULL };
  const char * const container[] = { "container", NULL };

  g_test_summary ("fairlead.conf(5) and fairlead.container(5) describe the keys of [core] and [container]");

  check_page ("man/fairlead.conf.5", keys, core, NULL);
  check_page ("man/fairlead.container.5", keys, container, NULL);
}

static void
test_network (void)
{
  g_autoptr (FairleadManager) manager = new_manager ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, "none", &error);
  g_autoptr (GVariant) keys = NULL;
  const char * const network[] = { "network", NULL };

  g_test_summary ("fairlead.network(5) describes the keys of [network]");

  g_assert_no_error (error);
  keys = fairlead_backend_dup_keys (backend);
  check_page ("man/fairlead.network.5", keys, network, "backend");
}

static void
test_backend (gconstpointer data)
{
  const char *name = data;
  g_autoptr (FairleadManager) manager = new_manager ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadBackend) backend = NULL;
  g_autoptr (GVariant) keys = NULL;
  g_autofree char *page_name = g_strdup_printf ("man/fairlead-backend-%s.5", name);
  g_autofree char *group = g_strconcat ("backend ", name, NULL);
  const char * const groups[] = { group, name, NULL };

  g_test_summary ("fairlead-backend-NAME(5) describes the keys of the backend and of its networks");

  backend = fairlead_manager_load_backend (manager, name, &error);
  g_assert_no_error (error);
  keys = fairlead_backend_dup_keys (backend);
  check_page (page_name, keys, groups, NULL);
}

static void
check_default_file (const char *text,
                    GVariant   *keys,
                    const char *wanted)
{
  g_autofree char *heading = g_strdup_printf ("\n#[%s]\n", wanted);
  const char *start = strstr (text, heading);
  g_autofree char *section = NULL;
  GVariantIter iter;
  GVariant *dict;

  g_variant_iter_init (&iter, keys);
  while (g_variant_iter_loop (&iter, "@a{sv}", &dict))
    {
      const char *group, *name;
      gboolean is_config;
      g_autofree char *line = NULL;

      g_assert_true (g_variant_lookup (dict, "Group", "&s", &group));
      g_assert_true (g_variant_lookup (dict, "Key", "&s", &name));
      g_assert_true (g_variant_lookup (dict, "Config", "b", &is_config));
      if (!is_config || strcmp (group, wanted) != 0)
        continue;
      if (start == NULL)
        g_error ("fairlead.conf: there is no line '#[%s]'", wanted);
      if (section == NULL)
        {
          const char *end = strstr (start + strlen (heading), "\n#[");

          section = end != NULL ? g_strndup (start, end - start) : g_strdup (start);
        }
      line = g_strdup_printf ("\n#%s=", name);
      if (strstr (section, line) == NULL)
        g_error ("fairlead.conf: there is no line '#%s=' below '#[%s]'", name, wanted);
    }
}

/* Each commented key, without its sign, is a file that can be read. */
static void
test_default_file (void)
{
  g_autofree char *text = read_data ("fairlead.conf");
  g_autoptr (FairleadManager) manager = new_manager ();
  g_autoptr (GVariant) core_keys = fairlead_config_dup_keys (fairlead_manager_get_config (manager));
  g_auto (GStrv) names = g_strsplit (TEST_BACKENDS, " ", -1);

  g_test_summary ("data/fairlead.conf has all keys of [core] and of the backends, as comments");

  check_default_file (text, core_keys, "core");
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, *name, &error);
      g_autofree char *group = g_strconcat ("backend ", *name, NULL);
      g_autoptr (GVariant) keys = NULL;

      g_assert_no_error (error);
      keys = fairlead_backend_dup_keys (backend);
      check_default_file (text, keys, group);
    }
}

/* Those of an installation, or of who asks, are not the same everywhere. */
static gboolean
depends (const char *key)
{
  const char * const keys[] = { "backend-dirs", "netns-dir", "state-dir", NULL };

  return g_strv_contains (keys, key);
}

/* An empty list is as good as none. */
static char *
dup_value (GObject    *object,
           const char *key)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  g_object_get_property (object, key, &value);
  text = g_strdup_value_contents (&value);
  return g_strdup (strcmp (text, "[]") == 0 ? "NULL" : text);
}

static void
check_same_keys (GObject *object,
                 GObject *built_in)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_pspecs);

  for (guint i = 0; i < n_pspecs; i++)
    {
      g_autofree char *shown = dup_value (object, pspecs[i]->name);
      g_autofree char *fallback = dup_value (built_in, pspecs[i]->name);

      if ((pspecs[i]->flags & FAIRLEAD_PARAM_CONFIG) != 0 && !depends (pspecs[i]->name) && strcmp (shown, fallback) != 0)
        g_error ("fairlead.conf: %s: it shows %s, but the default is %s", pspecs[i]->name, shown, fallback);
    }
}

/* With its comment signs taken away the file is one that can be read, with the defaults as they are. */
static void
test_default_values (void)
{
  g_autofree char *text = read_data ("fairlead.conf");
  g_autofree char *directory = g_dir_make_tmp ("fairlead-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "fairlead.conf", NULL);
  g_autoptr (GRegex) regex = g_regex_new ("^#(?=[a-z[])(?!backend-dirs)", G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *active = g_regex_replace_literal (regex, text, -1, 0, "", 0, NULL);
  const char *dirs[] = { directory, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (FairleadManager) manager = NULL;
  g_autoptr (FairleadManager) built_in = new_manager ();
  g_auto (GStrv) names = g_strsplit (TEST_BACKENDS, " ", -1);
  g_autoptr (GFile) to_remove = g_file_new_for_path (file);
  g_autoptr (GFile) directory_to_remove = g_file_new_for_path (directory);

  g_test_summary ("data/fairlead.conf shows the defaults");

  g_assert_true (g_file_set_contents_full (file, active, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  config = fairlead_config_new_for_dirs (dirs, &error);
  g_assert_no_error (error);
  manager = fairlead_manager_new (config);
  check_same_keys (G_OBJECT (config), G_OBJECT (fairlead_manager_get_config (built_in)));
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, *name, &error);
      g_autoptr (FairleadBackend) fallback = fairlead_manager_load_backend (built_in, *name, NULL);

      g_assert_no_error (error);
      check_same_keys (G_OBJECT (backend), G_OBJECT (fallback));
    }
  g_file_delete (to_remove, NULL, NULL);
  g_file_delete (directory_to_remove, NULL, NULL);
}

int
main (int    argc,
      char **argv)
{
  g_auto (GStrv) names = g_strsplit (TEST_BACKENDS, " ", -1);

  fairlead_test_init (&argc, &argv);

  g_test_add_func ("/fairlead/manuals/core", test_core);
  g_test_add_func ("/fairlead/manuals/network", test_network);
  g_test_add_func ("/fairlead/manuals/default-file", test_default_file);
  g_test_add_func ("/fairlead/manuals/default-values", test_default_values);
  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *path = g_strconcat ("/fairlead/manuals/backend/", *name, NULL);

      g_test_add_data_func_full (path, g_strdup (*name), test_backend, g_free);
    }
  return g_test_run ();
}
