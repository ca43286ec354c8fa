/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-testlib.h"

#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

void
cni_write_file (const char *path,
                const char *text)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

void
cni_remove_tree (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;

      g_assert_nonnull (dir);
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          cni_remove_tree (child);
        }
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

void
cni_fixture_set_up (CniFixture    *fixture,
                    gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->root = g_dir_make_tmp ("fairlead-cni-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->conf_dir = g_build_filename (fixture->root, "net.d", NULL);
  fixture->plugin_dir = g_build_filename (fixture->root, "bin", NULL);
  fixture->cache_dir = g_build_filename (fixture->root, "cache", NULL);
  fixture->record_dir = g_build_filename (fixture->root, "record", NULL);
  g_assert_cmpint (g_mkdir (fixture->conf_dir, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->plugin_dir, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->record_dir, 0700), ==, 0);
  g_setenv ("CNI_RECORDER_DIR", fixture->record_dir, TRUE);
}

void
cni_fixture_tear_down (CniFixture    *fixture,
                       gconstpointer  data)
{
  g_unsetenv ("CNI_RECORDER_DIR");
  cni_remove_tree (fixture->root);
  g_free (fixture->root);
  g_free (fixture->conf_dir);
  g_free (fixture->plugin_dir);
  g_free (fixture->cache_dir);
  g_free (fixture->record_dir);
}

void
cni_fixture_add_plugin (CniFixture *fixture,
                        const char *type)
{
  g_autofree char *path = g_build_filename (fixture->plugin_dir, type, NULL);

  g_assert_cmpint (symlink (CNI_RECORDER, path), ==, 0);
}

char *
cni_fixture_write_conf (CniFixture *fixture,
                        const char *name,
                        const char *text)
{
  char *path = g_build_filename (fixture->conf_dir, name, NULL);

  cni_write_file (path, text);
  return path;
}

static char *
dup_answer_path (CniFixture *fixture,
                 const char *type_verb,
                 const char *suffix)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", type_verb, suffix);

  return g_build_filename (fixture->record_dir, name, NULL);
}

void
cni_fixture_tell (CniFixture *fixture,
                  const char *type_verb,
                  const char *suffix,
                  const char *text)
{
  g_autofree char *path = dup_answer_path (fixture, type_verb, suffix);

  cni_write_file (path, text);
}

void
cni_fixture_untell (CniFixture *fixture,
                    const char *type_verb,
                    const char *suffix)
{
  g_autofree char *path = dup_answer_path (fixture, type_verb, suffix);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

void
cni_fixture_assert_calls (CniFixture *fixture,
                          const char *calls)
{
  g_autofree char *path = g_build_filename (fixture->record_dir, "log", NULL);
  g_autofree char *text = NULL;
  g_autofree char *found = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  found = g_strjoinv (", ", lines);
  g_assert_cmpstr (found, ==, calls);
  g_unlink (path);
}

static char *
read_record (CniFixture *fixture,
             guint       call,
             const char *suffix,
             gsize      *length)
{
  g_autofree char *name = g_strdup_printf ("%u.%s", call, suffix);
  g_autofree char *path = g_build_filename (fixture->record_dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, length, &error);
  g_assert_no_error (error);
  return text;
}

GVariant *
cni_fixture_get_stdin (CniFixture *fixture,
                       guint       call)
{
  g_autofree char *text = read_record (fixture, call, "stdin", NULL);

  return cni_parse (text);
}

char *
cni_fixture_get_env (CniFixture *fixture,
                     guint       call,
                     const char *variable)
{
  gsize length;
  g_autofree char *text = read_record (fixture, call, "env", &length);
  gsize name_length = strlen (variable);

  for (const char *p = text; p < text + length; p += strlen (p) + 1)
    if (strncmp (p, variable, name_length) == 0 && p[name_length] == '=')
      return g_strdup (p + name_length + 1);
  return NULL;
}

void
cni_fixture_assert_env (CniFixture *fixture,
                        guint       call,
                        const char *variable,
                        const char *value)
{
  g_autofree char *found = cni_fixture_get_env (fixture, call, variable);

  g_assert_cmpstr (found, ==, value);
}

GVariant *
cni_parse (const char *json)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = fairlead_json_parse (json, -1, &error);

  g_assert_no_error (error);
  return value;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* The value with the members of objects in alphabetical order. */
static GVariant *
sort_members (GVariant *value)
{
  g_autoptr (GPtrArray) names = NULL;
  g_auto (GVariantBuilder) builder = { 0 };
  GVariantIter iter;
  const char *name;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      return sort_members (inner);
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    return g_variant_ref (value);

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    {
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
      for (gsize i = 0; i < g_variant_n_children (value); i++)
        {
          g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
          g_autoptr (GVariant) sorted = sort_members (child);

          g_variant_builder_add (&builder, "v", sorted);
        }
      return g_variant_ref_sink (g_variant_builder_end (&builder));
    }

  names = g_ptr_array_new ();
  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_sort (names, compare_names);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GVariant) member = g_variant_lookup_value (value, g_ptr_array_index (names, i), NULL);
      g_autoptr (GVariant) sorted = sort_members (member);

      g_variant_builder_add (&builder, "{sv}", g_ptr_array_index (names, i), sorted);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static char *
print_sorted (GVariant *value)
{
  g_autoptr (GVariant) sorted = sort_members (value);

  return fairlead_json_print (sorted, FALSE);
}

void
cni_assert_json (GVariant   *value,
                 const char *json)
{
  g_autoptr (GVariant) wanted = cni_parse (json);
  g_autofree char *wanted_text = print_sorted (wanted);
  g_autofree char *found_text = NULL;

  g_assert_nonnull (value);
  found_text = print_sorted (value);
  g_assert_cmpstr (found_text, ==, wanted_text);
}

void
cni_assert_error (GError     **error,
                  int          code,
                  const char  *part)
{
  g_assert_error (*error, FAIRLEAD_ERROR, code);
  if (strstr ((*error)->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, (*error)->message);
  g_clear_error (error);
}
