/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "fairlead-testlib.h"

static void
write_file (FairleadTestFixture *fixture,
            const char          *name,
            const char          *contents)
{
  g_autofree char *path = fairlead_test_path (fixture, name);
  g_autofree char *directory = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents_full (path, contents, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static FairleadConfig *
load (FairleadTestFixture  *fixture,
      GError              **error)
{
  g_autofree char *low = fairlead_test_path (fixture, "low");
  g_autofree char *high = fairlead_test_path (fixture, "high");
  const char *dirs[] = { low, high, NULL };

  return fairlead_config_new_for_dirs (dirs, error);
}

static void
test_precedence (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_autofree char *null_link = fairlead_test_path (fixture, "high/fairlead.conf.d/30-link.conf");
  g_autofree char *origin = fairlead_test_path (fixture, "low/fairlead.conf.d/20-low.conf");
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("One main file counts, drop-ins follow by name, empty files and links to /dev/null hide");

  write_file (fixture, "low/fairlead.conf", "[core]\nlock-timeout=1\nnetns-dir=/low\n");
  write_file (fixture, "high/fairlead.conf", "[core]\nlock-timeout=2\n");
  write_file (fixture, "low/fairlead.conf.d/10-empty.conf", "[core]\nlock-timeout=3\n");
  write_file (fixture, "high/fairlead.conf.d/10-empty.conf", "");
  write_file (fixture, "low/fairlead.conf.d/20-low.conf", "[core]\nstate-dir=/from-20\n");
  write_file (fixture, "low/fairlead.conf.d/30-link.conf", "[core]\nlock-timeout=5\n");
  g_assert_cmpint (symlink ("/dev/null", null_link), ==, 0);
  write_file (fixture, "high/fairlead.conf.d/15-high.conf", "[core]\nstate-dir=/from-15\n[backend test]\na=b\n");

  config = load (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fairlead_config_get_lock_timeout (config), ==, 2);
  g_assert_cmpstr (fairlead_config_get_netns_dir (config), !=, "/low");
  g_assert_cmpstr (fairlead_config_get_state_dir (config), ==, "/from-20");
  g_assert_cmpstr (fairlead_config_get_origin (config, "core", "state-dir"), ==, origin);
  g_assert_cmpstr (fairlead_config_get_text (config, "backend test", "a"), ==, "b");

  fairlead_config_set (config, "core", "state-dir", "/program", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_config_get_state_dir (config), ==, "/program");
  g_assert_cmpstr (fairlead_config_get_origin (config, "core", "state-dir"), ==, "the program");
}

static void
test_netns_dir (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without netns-dir, an ordinary user's namespaces go with the state directory");

  write_file (fixture, "low/fairlead.conf", "[core]\nstate-dir=/somewhere\n");
  config = load (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_config_get_netns_dir (config), ==, geteuid () == 0 ? "/run/netns" : "/somewhere/netns");
  g_clear_object (&config);

  write_file (fixture, "low/fairlead.conf", "[core]\nnetns-dir=/namespaces\nstate-dir=/somewhere\n");
  config = load (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_config_get_netns_dir (config), ==, "/namespaces");
}

typedef struct
{
  const char *contents;
  const char *message;
} BadFile;

static const BadFile bad_files[] = {
  { "[core]\ncolour=blue\n", "colour" },
  { "[colours]\nblue=1\n", "[colours]" },
  { "[backend Bad Name]\na=b\n", "[backend Bad Name]" },
  { "[core]\nlock-timeout=86401\n", "lock-timeout" },
  { "[core]\nlock-timeout=4294967296\n", "lock-timeout" },
  { "[core]\nlock-timeout=-1\n", "lock-timeout" },
  { "[core]\nlock-timeout=1s\n", "lock-timeout" },
  { "[core]\nlock-timeout=1\nlock-timeout=2\n", "lock-timeout" },
  { "[core]\nlock-timeout=1\n[core]\nnetns-dir=/x\n", "[core]" },
  { "lock-timeout=1\n", "fairlead.conf" },
  { "[core\n", "fairlead.conf" },
  { "[core]\nstate-dir=relative\n", "not an absolute path" },
  { "[core]\nbackend-dirs=/a;b\n", "not an absolute path" },
  { "[core]\nstate-dir=/\xff\n", "fairlead.conf" },
  { "[core]\ndefault-network=a/b\n", "[core] default-network: \"a/b\" is not the name of a network" },
  { "[core]\ndefault-network=none # comment\n", "\"none # comment\"" },
  { "[core]\nauto-networks=a/b;none\n", "[core] auto-networks: \"a/b\"" },
  { "[core]\ndiscover=Bad\n", "[core] discover: \"Bad\" is not the name of a backend" },
};

static void
test_bad_file (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autofree char *file = fairlead_test_path (fixture, "high/fairlead.conf");

  g_test_summary ("A mistake in a file is an error that names the file and the place");

  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autoptr (GError) error = NULL;

      write_file (fixture, "high/fairlead.conf", bad_files[i].contents);
      g_assert_null (load (fixture, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION);
      g_assert_true (g_str_has_prefix (error->message, file));
      if (strstr (error->message, bad_files[i].message) == NULL)
        g_error ("\"%s\" is not in \"%s\"", bad_files[i].message, error->message);
    }
}

static void
test_trust (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autofree char *file = fairlead_test_path (fixture, "high/fairlead.conf");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that others can write is refused");

  write_file (fixture, "high/fairlead.conf", "[core]\n");
  g_assert_cmpint (g_chmod (file, 0666), ==, 0);
  g_assert_null (load (fixture, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED);
}

static void
test_networks (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  g_test_summary ("Network files are listed by name, hidden ones are not");

  write_file (fixture, "low/networks.d/b.network", "[network]\nbackend=test\n");
  write_file (fixture, "low/networks.d/a.network", "[network]\nbackend=test\n");
  write_file (fixture, "low/networks.d/hidden.network", "[network]\nbackend=test\n");
  write_file (fixture, "high/networks.d/hidden.network", "");
  config = load (fixture, &error);
  g_assert_no_error (error);
  names = fairlead_config_dup_networks (config);
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "a");
  g_assert_cmpstr (names[1], ==, "b");
}

static const char *
find_problem (GListModel *networks,
              const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (strcmp (fairlead_network_get_name (network), name) == 0)
        return fairlead_network_get_problem (network);
    }
  g_error ("the network %s is not listed", name);
}

static void
test_misnamed (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (FairleadManager) manager = NULL;
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (GListModel) networks = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = NULL;

  g_test_summary ("A file that no network or container can be called after stops nothing, and is told of");

  write_file (fixture, "low/fairlead.conf", "[core]\ndiscover=\n");
  write_file (fixture, "low/networks.d/lab.network", "[network]\nbackend=none\n");
  write_file (fixture, "low/networks.d/lab (copy).network", "[network]\nbackend=none\n");
  write_file (fixture, "low/networks.d/lab\n\xff.network", "x");
  write_file (fixture, "low/containers/a b.container", "[container]\n");
  config = load (fixture, &error);
  g_assert_no_error (error);

  ids = fairlead_config_dup_containers (config);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  request = fairlead_config_new_request (config, ids[0], &error);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "a b.container: its name is not that of a container"));
  g_clear_error (&error);

  manager = fairlead_manager_new (config);
  networks = fairlead_manager_list_networks (manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (find_problem (networks, "lab"));
  g_assert_nonnull (strstr (find_problem (networks, "lab (copy)"), "lab (copy).network: its name is not"));
  g_assert_nonnull (strstr (find_problem (networks, "lab\\n\\377"), "lab\\n\\377.network: its name is not"));
}

int
main (int    argc,
      char **argv)
{
  fairlead_test_init (&argc, &argv);

  fairlead_test_add ("/fairlead/config/precedence", test_precedence);
  fairlead_test_add ("/fairlead/config/netns-dir", test_netns_dir);
  fairlead_test_add ("/fairlead/config/bad-file", test_bad_file);
  fairlead_test_add ("/fairlead/config/trust", test_trust);
  fairlead_test_add ("/fairlead/config/networks", test_networks);
  fairlead_test_add ("/fairlead/config/misnamed", test_misnamed);
  return g_test_run ();
}
