/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fairlead/fairlead.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Modules are loaded through the manager, as every program does. Each kind of broken module is a real one. */

static FairleadManager *
new_manager (const char *backend_dirs)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autoptr (GError) error = NULL;

  fairlead_config_set (config, "core", "backend-dirs", backend_dirs, &error);
  g_assert_no_error (error);
  return fairlead_manager_new (config);
}

static void
test_good (void)
{
  g_autoptr (FairleadManager) manager = new_manager (TEST_MODULES_DIR);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadBackend) backend = NULL;
  g_autoptr (FairleadBackend) again = NULL;
  FairleadModule *module;

  g_test_summary ("A good module gives a backend, once, that knows its module");

  backend = fairlead_manager_load_backend (manager, "good", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_backend_get_name (backend), ==, "good");
  module = fairlead_backend_get_module (backend);
  g_assert_cmpstr (fairlead_module_get_file (module), ==, TEST_MODULES_DIR "/libfairlead-backend-good.so");
  g_assert_cmpstr (fairlead_module_get_version (module), ==, "1");
  g_assert_null (fairlead_module_get_problem (module));

  again = fairlead_manager_load_backend (manager, "good", &error);
  g_assert_no_error (error);
  g_assert_true (again == backend);
}

typedef struct
{
  const char    *name;
  FairleadError  code;
  const char    *message;
} BrokenModule;

static const BrokenModule broken_modules[] = {
  { "wrong-descriptor", FAIRLEAD_ERROR_ABI_MISMATCH, "no symbol fairlead_backend_module" },
  { "wrong-licence", FAIRLEAD_ERROR_ABI_MISMATCH, "descriptor is incomplete" },
  { "wrong-symbol", FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "function_that_nobody_has" },
  { "wrong-parent", FAIRLEAD_ERROR_ABI_MISMATCH, "not a concrete subclass of FairleadBackend" },
  { "wrong-abstract", FAIRLEAD_ERROR_ABI_MISMATCH, "not a concrete subclass of FairleadBackend" },
  { "wrong-type-name", FAIRLEAD_ERROR_ABI_MISMATCH, "its descriptor says SomebodyElse" },
  { "wrong-methods", FAIRLEAD_ERROR_ABI_MISMATCH, "no setup method" },
  { "wrong-publish", FAIRLEAD_ERROR_ABI_MISMATCH, "only one of the methods publish and unpublish" },
  { "wrong-network-type", FAIRLEAD_ERROR_ABI_MISMATCH, "not a subclass of FairleadNetwork" },
  { "wrong-key", FAIRLEAD_ERROR_ABI_MISMATCH, "G_PARAM_CONSTRUCT" },
  { "newer-minor", FAIRLEAD_ERROR_ABI_MISMATCH, "built for backend ABI 1.99, this is 1.0" },
  { "other-major", FAIRLEAD_ERROR_ABI_MISMATCH, "built for backend ABI 2.0, this is 1.0" },
  { "short-descriptor", FAIRLEAD_ERROR_ABI_MISMATCH, "backend ABI" },
  { "other-class", FAIRLEAD_ERROR_ABI_MISMATCH, "class structures of 1 and" },
  { "other-name", FAIRLEAD_ERROR_ABI_MISMATCH, "backend \"somebody-else\"" },
  { "same-type", FAIRLEAD_ERROR_ALREADY_EXISTS, "libfairlead-backend-good.so" },
  { "absent", FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "no libfairlead-backend-absent.so in" },
  { "../modules/good", FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "there is no backend" },
  { "Good", FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "there is no backend" },
  { "", FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "there is no backend" },
};

static void
test_broken (gconstpointer data)
{
  const BrokenModule *broken = data;
  g_autoptr (FairleadManager) manager = new_manager (TEST_MODULES_DIR);
  g_autoptr (FairleadBackend) good = NULL;
  g_autoptr (FairleadBackend) backend = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A broken module is refused with its reason, and leaves the others working");

  good = fairlead_manager_load_backend (manager, "good", &error);
  g_assert_no_error (error);
  backend = fairlead_manager_load_backend (manager, broken->name, &error);
  g_assert_error (error, FAIRLEAD_ERROR, (int) broken->code);
  g_assert_nonnull (strstr (error->message, broken->message));
  g_assert_null (backend);
}

static void
test_list (void)
{
  g_autoptr (FairleadManager) manager = new_manager (TEST_MODULES_DIR);
  g_autoptr (GListModel) modules = fairlead_manager_list_modules (manager);
  const struct { const char *name; const char *problem; } broken[] = {
    { "other-major", "2.0" },
    { "wrong-abstract", "not a concrete subclass" },
    { "wrong-network-type", "not a subclass of FairleadNetwork" },
    { "wrong-methods", "no setup method" },
    { "wrong-key", "G_PARAM_CONSTRUCT" },
  };
  guint n_good = 0, n_broken = 0;

  g_test_summary ("All modules are listed; those that cannot be loaded, or used, say why");

  for (guint i = 0; i < g_list_model_get_n_items (modules); i++)
    {
      g_autoptr (FairleadModule) module = g_list_model_get_item (modules, i);

      if (g_str_equal (fairlead_module_get_name (module), "good"))
        {
          n_good++;
          g_assert_null (fairlead_module_get_problem (module));
        }
      for (gsize j = 0; j < G_N_ELEMENTS (broken); j++)
        if (g_str_equal (fairlead_module_get_name (module), broken[j].name))
          {
            n_broken++;
            g_assert_nonnull (fairlead_module_get_problem (module));
            g_assert_nonnull (strstr (fairlead_module_get_problem (module), broken[j].problem));
          }
    }
  g_assert_cmpuint (n_good, ==, 1);
  g_assert_cmpuint (n_broken, ==, G_N_ELEMENTS (broken));
}

static void
copy_module (const char *directory,
             const char *name)
{
  g_autofree char *base_name = g_strdup_printf ("libfairlead-backend-%s.so", name);
  g_autofree char *source = g_build_filename (TEST_MODULES_DIR, base_name, NULL);
  g_autofree char *target = g_build_filename (directory, base_name, NULL);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
  g_assert_true (g_file_set_contents_full (target, contents, length, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

static void
assert_refused (const char *directory,
                const char *message)
{
  g_autoptr (FairleadManager) manager = new_manager (directory);
  g_autoptr (GError) error = NULL;

  g_assert_null (fairlead_manager_load_backend (manager, "wrong-result", &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_trust (void)
{
  g_autofree char *directory = g_dir_make_tmp ("fairlead-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "libfairlead-backend-wrong-result.so", NULL);

  g_test_summary ("A module that others can write, or of a foreign owner, is not loaded");

  copy_module (directory, "wrong-result");
  g_assert_cmpint (g_chmod (file, 0666), ==, 0);
  assert_refused (directory, "others than its owner can write it");
  g_assert_cmpint (g_chmod (file, 0664), ==, 0);
  assert_refused (directory, "others than its owner can write it");
  g_assert_cmpint (g_chmod (file, 0644), ==, 0);
  g_assert_cmpint (g_chmod (directory, 0777), ==, 0);
  assert_refused (directory, "others than its owner can write it");
  g_assert_cmpint (g_chmod (directory, 0700), ==, 0);

  if (geteuid () == 0 && chown (file, 12345, (gid_t) -1) == 0)
    assert_refused (directory, "belongs to user 12345");

  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_mkdir (file, 0700), ==, 0);
  assert_refused (directory, "not a regular file");
  g_rmdir (file);
  g_rmdir (directory);
}

static void
test_moved_away (void)
{
  g_autofree char *directory = g_dir_make_tmp ("fairlead-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "libfairlead-backend-wrong-error.so", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A module that is moved out of the directory takes its backend away, and nothing else");

  copy_module (directory, "wrong-error");
  {
    g_autoptr (FairleadManager) manager = new_manager (directory);
    g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, "wrong-error", &error);

    g_assert_no_error (error);
    g_assert_nonnull (backend);
  }
  g_assert_cmpint (g_unlink (file), ==, 0);
  {
    g_autoptr (FairleadManager) manager = new_manager (directory);

    g_assert_null (fairlead_manager_load_backend (manager, "wrong-error", &error));
    g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND);
  }
  g_rmdir (directory);
}

static void
test_relative (void)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A directory of modules is an absolute path");

  g_assert_false (fairlead_config_set (config, "core", "backend-dirs", "modules", &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  /* First, as the others load all modules of the folder, and a type can come from one file only. */
  g_test_add_func ("/fairlead/module/moved-away", test_moved_away);
  g_test_add_func ("/fairlead/module/good", test_good);
  g_test_add_func ("/fairlead/module/list", test_list);
  g_test_add_func ("/fairlead/module/trust", test_trust);
  g_test_add_func ("/fairlead/module/relative", test_relative);
  for (guint i = 0; i < G_N_ELEMENTS (broken_modules); i++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (broken_modules[i].name), "/", '_');
      g_autofree char *path = g_strdup_printf ("/fairlead/module/broken/%s", *name != '\0' ? name : "empty");

      g_test_add_data_func (path, &broken_modules[i], test_broken);
    }

  return g_test_run ();
}
