/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-backend-module.h>
#include <fairlead/fairlead.h>

#include <string.h>

#include "abi/layout.h"
#include "fairlead-testlib.h"

/* A module that was built against the first headers of its ABI works on the library of today, with every method; one
 * that breaks the rules when it is called is told so. */

static FairleadManager *
new_manager (FairleadTestFixture *fixture,
             const char          *backend_dir)
{
  g_autofree char *state_dir = fairlead_test_path (fixture, "state");
  g_autofree char *netns_dir = fairlead_test_path (fixture, "netns");
  const char *backend_dirs[] = { backend_dir, NULL };
  g_autoptr (FairleadConfig) config = g_object_new (FAIRLEAD_TYPE_CONFIG, "state-dir", state_dir, "netns-dir", netns_dir,
                                                    "backend-dirs", backend_dirs, NULL);
  g_autoptr (GError) error = NULL;

  fairlead_config_set (config, "core", "discover", "old", &error);
  g_assert_no_error (error);
  fairlead_config_set (config, "backend old", "directory", fixture->directory, &error);
  g_assert_no_error (error);
  return fairlead_manager_new (config);
}

static void
test_life (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture, OLD_MODULE_DIR);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autofree char *file = fairlead_test_path (fixture, "c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (GVariant) inspected = NULL;
  g_auto (GStrv) collected = NULL;
  g_autoptr (GError) error = NULL;
  guint colour;

  g_test_summary ("A module of backend ABI 1.0 sets up, checks, tells and tears down");

  g_assert_true (fairlead_request_add_network_from_string (request, "old:colour=7", &error));
  container = fairlead_manager_setup (manager, request, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_true (g_variant_lookup (fairlead_attachment_get_document (attachment), "colour", "u", &colour));
  g_assert_cmpuint (colour, ==, 7);

  g_assert_true (fairlead_manager_check (manager, "c1", NULL, &error));
  stats = fairlead_manager_stats (manager, "c1", NULL, &error);
  g_assert_no_error (error);
  inspected = fairlead_manager_inspect (manager, "c1", NULL, &error);
  g_assert_no_error (error);
  g_assert_false (fairlead_manager_reload (manager, "c1", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  collected = fairlead_manager_collect (manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (collected), ==, 0);
  g_assert_true (fairlead_manager_teardown (manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
test_networks (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture, OLD_MODULE_DIR);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (manager, NULL, &error);
  gboolean found = FALSE;

  g_test_summary ("The networks of a module of backend ABI 1.0 have their keys");

  g_assert_no_error (error);
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      g_autoptr (GVariant) inspected = NULL;
      guint colour;

      if (g_strcmp0 (fairlead_network_get_name (network), "found") != 0)
        continue;
      found = TRUE;
      inspected = fairlead_network_inspect (network);
      g_assert_true (g_variant_lookup (inspected, "Colour", "u", &colour));
      g_assert_cmpuint (colour, ==, 5);
    }
  g_assert_true (found);
}

static void
test_check (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture, OLD_MODULE_DIR);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A network of a module of backend ABI 1.0 checks its keys");

  g_assert_true (fairlead_request_add_network_from_string (request, "old:colour=9", &error));
  container = fairlead_manager_setup (manager, request, NULL, &error);
  g_assert_null (container);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "colour 9 is sold out"));
}

static void
test_ports (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture, OLD_MODULE_DIR);
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new (FAIRLEAD_PROTOCOL_TCP, NULL, 8080, 80, 1);
  g_autofree char *file = fairlead_test_path (fixture, "port-8080");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadBackend) backend = NULL;
  g_auto (GStrv) dirs = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A module of backend ABI 1.0 publishes ports of a living container, and says where its networks are");

  fairlead_request_add_network (request, "old", NULL);
  container = fairlead_manager_setup (manager, request, NULL, &error);
  g_assert_no_error (error);
  fairlead_manager_publish (manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  fairlead_manager_unpublish (manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (fairlead_manager_teardown (manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));

  backend = fairlead_manager_load_backend (manager, "old", &error);
  g_assert_no_error (error);
  dirs = fairlead_backend_list_network_dirs (backend);
  g_assert_cmpuint (g_strv_length (dirs), ==, 1);
  g_assert_cmpstr (dirs[0], ==, fixture->directory);
}

static void
test_layout (void)
{
  const AbiStructure today[] = { ABI_STRUCTURES };

  g_test_summary ("Structures of the backend ABI keep their size; a slot is only taken with a new minor version");

  for (gsize i = 0; today[i].name != NULL; i++)
    {
      g_assert_cmpstr (today[i].name, ==, abi_1_0[i].name);
      if (today[i].size != abi_1_0[i].size ||
          (FAIRLEAD_BACKEND_ABI_MINOR == 0 && today[i].reserved != abi_1_0[i].reserved))
        g_error ("%s has changed since backend ABI 1.0; see tests/abi/README.md", today[i].name);
    }
}

static FairleadContainer *
set_up (FairleadManager  *manager,
        const char       *network,
        GError          **error)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");

  fairlead_request_add_network (request, network, NULL);
  return fairlead_manager_setup (manager, request, NULL, error);
}

static void
assert_message (GError     *error,
                const char *text)
{
  g_assert_nonnull (error);
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" is not in: %s", text, error->message);
}

static void
test_rules (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (FairleadManager) manager = new_manager (fixture, TEST_MODULES_DIR);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) result_error = NULL;
  g_autoptr (GError) silent_error = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A method that gives no result, fails without an error, or cannot undo is named, with its module");

  g_assert_null (set_up (manager, "wrong-result", &result_error));
  assert_message (result_error, "libfairlead-backend-wrong-result.so");
  assert_message (result_error, "its setup method succeeded, but added no interface");
  g_assert_null (set_up (manager, "wrong-error", &silent_error));
  assert_message (silent_error, "libfairlead-backend-wrong-error.so");

  container = set_up (manager, "wrong-teardown", &error);
  g_assert_no_error (error);
  g_assert_false (fairlead_manager_teardown (manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  assert_message (error, "the cable is stuck");
  assert_message (error, "wrong-teardown");
  g_clear_error (&error);

  /* What could not be undone stays known, until it is dropped by force. */
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_TEARING_DOWN);
  g_assert_false (fairlead_manager_teardown (manager, "c1", FAIRLEAD_TEARDOWN_FORCE, NULL, &error));
  assert_message (error, "something may be left");
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_GONE);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  g_test_add_func ("/fairlead/abi/layout", test_layout);
  fairlead_test_add ("/fairlead/abi/life", test_life);
  fairlead_test_add ("/fairlead/abi/networks", test_networks);
  fairlead_test_add ("/fairlead/abi/check", test_check);
  fairlead_test_add ("/fairlead/abi/ports", test_ports);
  fairlead_test_add ("/fairlead/abi/rules", test_rules);
  return g_test_run ();
}
