/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "fairlead-testlib.h"

/* The conformance program finds out each way to break the contract, and finds nothing where it is kept. */

typedef struct
{
  const char *name;   /* of the module */
  const char *broken; /* the case that has to fail, NULL if none may */
  const char *reason; /* (nullable) what has to be said of it */
} ContractModule;

static const ContractModule modules[] = {
  { "kept", NULL },
  { "order", "killed" },
  { "checkpoint", "checkpoints" },
  { "taken", "checkpoints" },
  { "descriptors", "leaks" },
  { "cancelled", "cancelled" },
  { "twice", "teardown" },
  { "left", "life" },
  { "memory", "unconfigured" },
  { "memory", "killed" },
  { "netns", "netns-gone" },
  { "parallel", "parallel" },
  { "capability", "capability interface-name" },
  { "capability", "capability ports-tcp" },
  { "silent", "teardown", "contract-silent.so: its teardown method failed without setting an error" },
  { "critical", "life", "a CRITICAL was logged" },
  { "class", "load", "a CRITICAL was logged" },
  { "key", "load", "the key ip cannot be given in a request" },
};

static gboolean
has_failed (const char *output,
            const char *name)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      const char *found = g_str_has_prefix (*line, "not ok ") ? strchr (*line + strlen ("not ok "), ' ') : NULL;

      if (found != NULL && (name == NULL || g_str_has_prefix (found + 1, name)))
        return TRUE;
    }
  return FALSE;
}

static void
test_module (gconstpointer data)
{
  const ContractModule *module = data;
  g_autofree char *file = g_strdup_printf (CONTRACT_DIR "/%slibfairlead-backend-contract-%s.so",
                                            module->broken ? "" : "kept/", module->name);
  const char *argv[] = { TEST_BACKEND_TEST, "--rounds=4", module->broken ? "--patience=1" : "--patience=5", file,
                         module->broken ? "--case" : NULL, module->broken, NULL };
  /* A mistake that ends the program would be found anyway. */
  g_auto (GStrv) environment = g_environ_unsetenv (g_get_environ (), "G_DEBUG");
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_summary ("A backend that breaks the contract fails in the right case, one that keeps it in none");

  g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if ((module->reason != NULL && strstr (output, module->reason) == NULL) ||
      has_failed (output, module->broken) != (module->broken != NULL) ||
      g_spawn_check_wait_status (status, NULL) != (module->broken == NULL))
    g_error ("%s: not as expected:\n%s", module->name, output);
}

static void
test_usage (void)
{
  const char *cases[][4] = {
    { TEST_BACKEND_TEST, "/nowhere/module.so", NULL },
    { TEST_BACKEND_TEST, "nowhere", NULL },
    { TEST_BACKEND_TEST, NULL, NULL },
    { TEST_BACKEND_TEST, "--case=nothing", CONTRACT_DIR "/kept/libfairlead-backend-contract-kept.so" },
  };

  g_test_summary ("A module that is not there is a mistake of the caller's");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *errors = NULL;
      int status;

      g_assert_true (g_spawn_sync (NULL, (char **) cases[i], NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                                   &errors, &status, NULL));
      g_assert_false (g_spawn_check_wait_status (status, NULL));
      g_assert_true (g_str_has_prefix (errors, "fairlead-backend-test: "));
    }
}

int
main (int    argc,
      char **argv)
{
  fairlead_test_init (&argc, &argv);

  g_test_add_func ("/fairlead/contract/usage", test_usage);
  for (guint i = 0; i < G_N_ELEMENTS (modules); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/fairlead/contract/%s/%s", modules[i].name, modules[i].broken ? modules[i].broken : "none");

      g_test_add_data_func (path, &modules[i], test_module);
    }
  return g_test_run ();
}
