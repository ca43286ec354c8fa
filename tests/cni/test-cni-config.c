/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-testlib.h"

#include "fairlead-cni-config.h"
#include "fairlead-cni-scan.h"

#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

static FairleadCniConfig *
load (CniFixture *fixture,
      const char *name,
      const char *text)
{
  g_autofree char *file = cni_fixture_write_conf (fixture, name, text);
  g_autoptr (GError) error = NULL;
  FairleadCniConfig *config = fairlead_cni_config_new_for_file (file, &error);

  g_assert_no_error (error);
  return config;
}

static void
test_list (CniFixture    *fixture,
           gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = NULL;

  g_test_summary ("A list has its name, version, flags and plugins; declared capabilities are those that are true");

  config = load (fixture, "10-a.conflist",
                 "{\"cniVersion\":\"0.4.0\",\"name\":\"a.b-c_1\",\"disableCheck\":\"TRUE\",\"disableGC\":false,\"plugins\":["
                 "{\"Type\":\"bridge\",\"ipam\":{\"type\":\"host-local\"},\"capabilities\":{\"mac\":false}},"
                 "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true,\"x\":null}}]}");
  g_assert_cmpstr (fairlead_cni_config_get_name (config), ==, "a.b-c_1");
  g_assert_cmpstr (fairlead_cni_config_get_version (config), ==, "0.4.0");
  g_assert_true (fairlead_cni_config_get_disable_check (config));
  g_assert_false (fairlead_cni_config_get_disable_gc (config));
  g_assert_cmpuint (fairlead_cni_config_get_n_plugins (config), ==, 2);
  g_assert_cmpstr (fairlead_cni_config_get_plugin_type (config, 0), ==, "bridge");
  g_assert_cmpstr (fairlead_cni_config_get_ipam_type (config, 0), ==, "host-local");
  g_assert_false (fairlead_cni_config_declares (config, "mac"));
  g_assert_true (fairlead_cni_config_declares (config, "portMappings"));
  g_assert_false (fairlead_cni_config_plugin_declares (config, 0, "portMappings"));
}

static void
test_single (CniFixture    *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = NULL;
  g_autoptr (FairleadCniConfig) nameless = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *file = NULL;

  g_test_summary ("A file with one plugin is a list of one, with its name and version and nothing else of it");

  config = load (fixture, "a.conf",
                 "{\"cniVersion\":\"0.3.1\",\"name\":\"a\",\"type\":\"t\",\"disableCheck\":true,\"n\":12345678901234567890}");
  g_assert_false (fairlead_cni_config_get_disable_check (config));
  text = fairlead_cni_config_to_text (config);
  value = cni_parse (text);
  cni_assert_json (value, "{\"cniVersion\":\"0.3.1\",\"name\":\"a\",\"plugins\":[{\"cniVersion\":\"0.3.1\",\"name\":\"a\","
                          "\"type\":\"t\",\"disableCheck\":true,\"n\":12345678901234567890}]}");

  file = cni_fixture_write_conf (fixture, "b.conf", "{\"name\":\"b\",\"plugins\":[{\"type\":\"t\"}]}");
  g_assert_null (fairlead_cni_config_new_for_file (file, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "*.conflist");

  nameless = load (fixture, "05-x.json", "{\"type\":\"t\"}");
  g_assert_cmpstr (fairlead_cni_config_get_name (nameless), ==, "05-x.json");
  g_assert_cmpstr (fairlead_cni_config_get_version (nameless), ==, "");
}

static const struct
{
  const char *version;
  const char *versions;
  const char *chosen;
} negotiations[] = {
  { "\"0.4.0\"", NULL, "0.4.0" },
  { "\"77.0.0\"", NULL, "77.0.0" },
  { "\"one\"", NULL, "one" },
  { "\"0.4.0\"", "[]", "0.4.0" },
  { "\"0.4.0\"", "[\"1.0.0\",\"0.3.1\"]", "1.0.0" },
  { "\"0.4.0\"", "[\"0.3.1\"]", "0.4.0" },
  { "\"0.4.0\"", "[\"1.0.0\",\"1.1.0\",\"1.2.0\",\"2\"]", "1.1.0" },
  { "\"2.0.0\"", "[\"2.1.0\"]", "2.0.0" },
  { "\"2.0.0\"", "[\"1.0\"]", "1.0" },
  { "\"\"", "[\"1.0.0\"]", "1.0.0" },
};

static void
test_versions (CniFixture    *fixture,
               gconstpointer  data)
{
  g_test_summary ("Of the versions that a list offers, the newest that this runtime knows is taken");

  for (gsize i = 0; i < G_N_ELEMENTS (negotiations); i++)
    {
      g_autofree char *text =
        g_strdup_printf ("{\"name\":\"n\",\"cniVersion\":%s%s%s,\"plugins\":[{\"type\":\"t\"}]}", negotiations[i].version,
                         negotiations[i].versions != NULL ? ",\"cniVersions\":" : "",
                         negotiations[i].versions != NULL ? negotiations[i].versions : "");
      g_autoptr (FairleadCniConfig) config = load (fixture, "v.conflist", text);

      g_assert_cmpstr (fairlead_cni_config_get_version (config), ==, negotiations[i].chosen);
    }
}

static const struct
{
  const char *text;
  const char *part;
} bad[] = {
  { "", "" },
  { "[]", "not a JSON object" },
  { "{} {}", "" },
  { "{\"plugins\":[{\"type\":\"t\"}]}", "“name” is missing" },
  { "{\"name\":7,\"plugins\":[{\"type\":\"t\"}]}", "“name” is not a string" },
  { "{\"name\":\"../x\",\"plugins\":[{\"type\":\"t\"}]}", "not a CNI name" },
  { "{\"name\":\"\",\"plugins\":[{\"type\":\"t\"}]}", "not a CNI name" },
  { "{\"name\":\"n\\n\",\"plugins\":[{\"type\":\"t\"}]}", "not a CNI name" },
  { "{\"name\":\"n\"}", "no plugins" },
  { "{\"name\":\"n\",\"plugins\":[]}", "empty" },
  { "{\"name\":\"n\",\"plugins\":{}}", "“plugins” is not an array" },
  { "{\"name\":\"n\",\"plugins\":[7]}", "plugins[0]" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\"},{}]}", "plugins[1]: “type”" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"\"}]}", "missing" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"a/b\"}]}", "slash" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"capabilities\":[]}]}", "“capabilities” is not an object" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"capabilities\":{\"c\":1}}]}", "“c” is neither" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"ipam\":{\"type\":1}}]}", "“type” is not a string" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"dns\":{\"search\":\"x\"}}]}", "“search” is not an array" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"prevResult\":[]}]}", "“prevResult” is not an object" },
  { "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"cni.dev/valid-attachments\":{}}]}", "is not an array" },
  { "{\"name\":\"n\",\"cniVersion\":null,\"plugins\":[{\"type\":\"t\"}]}", "“cniVersion” is not a string" },
  { "{\"name\":\"n\",\"cniVersion\":1,\"plugins\":[{\"type\":\"t\"}]}", "“cniVersion” is not a string" },
  { "{\"name\":\"n\",\"cniVersions\":\"1\",\"plugins\":[{\"type\":\"t\"}]}", "“cniVersions” is not an array" },
  { "{\"name\":\"n\",\"cniVersions\":[1],\"plugins\":[{\"type\":\"t\"}]}", "“cniVersions” is not an array of strings" },
  { "{\"name\":\"n\",\"cniVersions\":[\"1.0.0.0\"],\"plugins\":[{\"type\":\"t\"}]}", "not a CNI version" },
  { "{\"name\":\"n\",\"disableCheck\":\"maybe\",\"plugins\":[{\"type\":\"t\"}]}", "“disableCheck” is neither" },
  { "{\"name\":\"n\",\"disableGC\":1,\"plugins\":[{\"type\":\"t\"}]}", "“disableGC” is neither" },
  { "{\"name\":\"n\",\"loadOnlyInlinedPlugins\":true}", "loadOnlyInlinedPlugins" },
  { "{\"name\":\"n\",\"plugins\":null}", "“plugins” is null" },
  { "{\"name\":\"n\",\"Plugins\":[{\"type\":\"t\"}]}", "no plugins" },
  { "{\"name\":\"n\",\"disableCheck\":null,\"plugins\":[{\"type\":\"t\"}]}", "“disableCheck” is null" },
  { "{\"name\":\"n\",\"cniVersions\":null,\"plugins\":[{\"type\":\"t\"}]}", "“cniVersions” is null" },
};

static void
test_bad (CniFixture    *fixture,
          gconstpointer  data)
{
  g_test_summary ("A file that is wrong is refused, and the message names the file and what is wrong");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *file = cni_fixture_write_conf (fixture, "bad.conflist", bad[i].text);
      g_autoptr (FairleadCniConfig) config = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i].text);
      config = fairlead_cni_config_new_for_file (file, &error);
      g_assert_null (config);
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION);
      g_assert_true (g_str_has_prefix (error->message, file));
      cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, bad[i].part);
    }
}

static void
test_fragments (CniFixture    *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = NULL;
  g_autoptr (FairleadCniConfig) inlined = NULL;
  g_autoptr (FairleadCniConfig) copy = NULL;
  g_autoptr (FairleadCniConfig) broken = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *file = NULL;
  g_autofree char *b = cni_fixture_write_conf (fixture, "net/20-b.conf", "{\"type\":\"b\"}");
  G_GNUC_UNUSED g_autofree char *a = cni_fixture_write_conf (fixture, "net/10-a.conf", "{\"type\":\"a\"}");
  G_GNUC_UNUSED g_autofree char *other = cni_fixture_write_conf (fixture, "net/05-c.conflist", "{\"type\":\"c\"}");

  g_test_summary ("Plugins of the directory of the network's name follow the inlined ones, and stay in the kept list");

  config = load (fixture, "net.conflist", "{\"name\":\"net\",\"plugins\":[{\"type\":\"z\"}]}");
  g_assert_cmpuint (fairlead_cni_config_get_n_plugins (config), ==, 3);
  g_assert_cmpstr (fairlead_cni_config_get_plugin_type (config, 0), ==, "z");
  g_assert_cmpstr (fairlead_cni_config_get_plugin_type (config, 1), ==, "a");
  g_assert_cmpstr (fairlead_cni_config_get_plugin_type (config, 2), ==, "b");

  text = fairlead_cni_config_to_text (config);
  copy = fairlead_cni_config_new_from_text (text, -1, "here", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fairlead_cni_config_get_n_plugins (copy), ==, 3);

  inlined = load (fixture, "net.conflist",
                  "{\"name\":\"net\",\"loadOnlyInlinedPlugins\":\"True\",\"plugins\":[{\"type\":\"z\"}]}");
  g_assert_cmpuint (fairlead_cni_config_get_n_plugins (inlined), ==, 1);

  g_clear_pointer (&config, fairlead_cni_config_unref);
  config = load (fixture, "net.conflist", "{\"name\":\"net\"}");
  g_assert_cmpuint (fairlead_cni_config_get_n_plugins (config), ==, 2);

  cni_write_file (b, "{}");
  file = g_build_filename (fixture->conf_dir, "net.conflist", NULL);
  broken = fairlead_cni_config_new_for_file (file, &error);
  g_assert_null (broken);
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "20-b.conf: “type”");
}

static void
assert_found (CniFixture *fixture,
              const char *expected)
{
  const char * const dirs[] = { fixture->conf_dir, NULL };
  g_autoptr (GPtrArray) networks = fairlead_cni_scan_list (dirs);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < networks->len; i++)
    {
      FairleadCniFound *found = g_ptr_array_index (networks, i);
      g_autofree char *base = g_path_get_basename (found->file);

      g_string_append_printf (text, "%s%s:%s%s", i > 0 ? " " : "", base, found->name, found->error != NULL ? "!" : "");
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_scan (CniFixture    *fixture,
           gconstpointer  data)
{
  g_autofree char *link = g_build_filename (fixture->conf_dir, "12-link.conflist", NULL);
  g_autofree char *dir = g_build_filename (fixture->conf_dir, "00-dir.conflist", NULL);
  static const struct
  {
    const char *name;
    const char *text;
  } files[] = {
    { "9-nine.conflist", "{\"name\":\"nine\",\"plugins\":[{\"type\":\"t\"}]}" },
    { "10-ten.conflist", "{\"name\":\"ten\",\"plugins\":[{\"type\":\"t\"}]}" },
    { "11-ten.conflist", "{\"name\":\"ten\",\"plugins\":[{\"type\":\"u\"}]}" },
    { "00-nine.conf", "{\"name\":\"nine\",\"type\":\"t\"}" },
    { "01-one.json", "{\"name\":\"one\",\"type\":\"t\"}" },
    { "02-bad.conflist", "{" },
    { "03-up.CONFLIST", "{\"name\":\"up\",\"plugins\":[{\"type\":\"t\"}]}" },
    { "README", "text" },
  };

  g_test_summary ("Files are listed by name; bad ones too; of networks of one name the list wins, then the first");

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    g_free (cni_fixture_write_conf (fixture, files[i].name, files[i].text));
  g_assert_cmpint (symlink ("9-nine.conflist", link), ==, 0);

  assert_found (fixture, "01-one.json:one 02-bad.conflist:02-bad! 10-ten.conflist:ten 12-link.conflist:nine");
  g_free (cni_fixture_write_conf (fixture, "02-bad.conflist", "{\"name\":\"02-worse\",\"plugins\":[{\"type\":\"t\"}]}"));
  g_free (cni_fixture_write_conf (fixture, "02-worse.conflist", "{"));
  assert_found (fixture, "01-one.json:one 02-bad.conflist:02-worse 02-worse.conflist:02-worse.conflist! "
                         "10-ten.conflist:ten 12-link.conflist:nine");
}

/* A plugin with @depth objects in each other, itself one of them. */
static char *
dup_nested_plugin (guint depth)
{
  g_autoptr (GString) text = g_string_new ("{\"type\":\"one\",\"x\":");

  for (guint i = 2; i < depth; i++)
    g_string_append (text, "{\"x\":");
  g_string_append (text, "{}");
  for (guint i = 1; i < depth; i++)
    g_string_append_c (text, '}');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_nested (CniFixture    *fixture,
             gconstpointer  data)
{
  g_autofree char *deepest = dup_nested_plugin (30);
  g_autofree char *too_deep = dup_nested_plugin (31);
  g_autoptr (FairleadCniConfig) config = NULL;
  g_autoptr (FairleadCniConfig) again = NULL;
  g_autofree char *text = NULL;
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is read can be written and read again, however deep it is; what could not is refused");

  config = load (fixture, "10-a.conf", deepest);
  text = fairlead_cni_config_to_text (config);
  again = fairlead_cni_config_new_from_text (text, -1, "text", &error);
  g_assert_no_error (error);
  g_assert_nonnull (again);

  file = cni_fixture_write_conf (fixture, "20-b.conf", too_deep);
  g_assert_null (fairlead_cni_config_new_for_file (file, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "nested more than 30 deep");
}

static void
test_names (CniFixture    *fixture,
            gconstpointer  data)
{
  const char *dirs[] = { fixture->conf_dir, NULL };
  g_autoptr (GPtrArray) found = NULL;

  g_test_summary ("A file whose name is not UTF-8 is listed, by a name that can be shown, and keeps no other from being found");

  g_free (cni_fixture_write_conf (fixture, "1\377.conflist", "{\"name\":\"a\",\"plugins\":[{\"type\":\"one\"}]}"));
  g_free (cni_fixture_write_conf (fixture, "2.conflist", "{\"name\":\"b\",\"plugins\":[{\"type\":\"one\"}]}"));
  found = fairlead_cni_scan_list (dirs);
  g_assert_cmpuint (found->len, ==, 2);
  for (guint i = 0; i < found->len; i++)
    {
      FairleadCniFound *one = g_ptr_array_index (found, i);

      g_assert_true (g_utf8_validate (one->name, -1, NULL) && g_utf8_validate (one->file, -1, NULL));
      g_assert_true (i == 0 ? strstr (one->error->message, "not UTF-8") != NULL : one->config != NULL);
    }
}

static void
test_unreadable (CniFixture    *fixture,
                 gconstpointer  data)
{
  g_autofree char *file = cni_fixture_write_conf (fixture, "10-x.conf", "{\"name\":\"x\",\"type\":\"one\"}");
  g_autofree char *pipe = g_build_filename (fixture->conf_dir, "pipe", NULL);
  const char * const dirs[] = { file, fixture->conf_dir, NULL };
  g_autoptr (GPtrArray) networks = fairlead_cni_scan_list (dirs);
  g_autoptr (FairleadCniConfig) config = NULL;
  g_autoptr (FairleadCniConfig) none = NULL;
  g_autoptr (GError) error = NULL;
  FairleadCniFound *found = g_ptr_array_index (networks, 0);

  g_test_summary ("A directory that cannot be read is listed with the reason and hides nothing; a pipe is not waited for");

  g_assert_cmpuint (networks->len, ==, 2);
  g_assert_cmpstr (found->file, ==, file);
  g_assert_cmpstr (found->name, ==, file + 1);
  g_assert_null (found->config);
  g_assert_nonnull (strstr (found->error->message, file));
  config = fairlead_cni_scan_lookup (dirs, "x", &error);
  g_assert_no_error (error);
  g_assert_nonnull (config);
  none = fairlead_cni_scan_lookup (dirs, "y", &error);
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "Not a directory");

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  none = fairlead_cni_config_new_for_file (pipe, &error);
  cni_assert_error (&error, FAIRLEAD_ERROR_FAILED, "is not a regular file");
}

static void
test_lookup (CniFixture    *fixture,
             gconstpointer  data)
{
  g_autofree char *first = g_build_filename (fixture->conf_dir, "first", NULL);
  g_autofree char *missing = g_build_filename (fixture->conf_dir, "missing", NULL);
  const char * const dirs[] = { missing, first, fixture->conf_dir, NULL };
  g_autoptr (FairleadCniConfig) config = NULL;
  g_autoptr (FairleadCniConfig) none = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A network is found by name, in the first directory that has it; bad files are named if it is not");

  none = fairlead_cni_scan_lookup (dirs, "x", &error);
  g_assert_null (none);
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "no configuration file");

  g_free (cni_fixture_write_conf (fixture, "first/50-x.conf", "{\"name\":\"x\",\"type\":\"one\"}"));
  g_free (cni_fixture_write_conf (fixture, "10-x.conflist", "{\"name\":\"x\",\"plugins\":[{\"type\":\"two\"}]}"));
  g_free (cni_fixture_write_conf (fixture, "00-bad.conflist", "{\"name\":\"y\"}"));

  config = fairlead_cni_scan_lookup (dirs, "x", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_cni_config_get_plugin_type (config, 0), ==, "one");

  none = fairlead_cni_scan_lookup (dirs, "y", &error);
  g_assert_null (none);
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "00-bad.conflist: there are no plugins");
}

#define TEST(path, func) g_test_add ("/fairlead/cni/config/" path, CniFixture, NULL, cni_fixture_set_up, func, cni_fixture_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("list", test_list);
  TEST ("single", test_single);
  TEST ("versions", test_versions);
  TEST ("bad", test_bad);
  TEST ("fragments", test_fragments);
  TEST ("scan", test_scan);
  TEST ("nested", test_nested);
  TEST ("names", test_names);
  TEST ("unreadable", test_unreadable);
  TEST ("lookup", test_lookup);
  return g_test_run ();
}
