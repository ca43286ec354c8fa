/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "manager-testlib.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

G_DEFINE_FINAL_TYPE (TestBackend, test_backend, FAIRLEAD_TYPE_BACKEND)

static gboolean
test_backend_pass (TestBackend   *self,
                   Step           step,
                   GCancellable  *cancellable,
                   GError       **error)
{
  char byte;

  if (self->step != step)
    return TRUE;
  if (self->n_before_fault > 0)
    {
      self->n_before_fault--;
      return TRUE;
    }
  self->step = STEP_NONE;
  switch (self->fault)
    {
    case FAULT_DIE:
      kill (getpid (), SIGKILL);
      pause ();
      return FALSE;
    case FAULT_CANCEL:
      g_cancellable_cancel (self->cancellable);
      return !g_cancellable_set_error_if_cancelled (cancellable, error);
    case FAULT_BLOCK:
      return read (self->block_fd, &byte, 1) >= 0;
    case FAULT_FAIL:
    default:
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED, "the test wants step %d to fail", step);
      return FALSE;
    }
}

static FairleadBackendCapabilities
test_backend_get_capabilities (FairleadBackend *backend,
                               FairleadNetwork *network)
{
  return TEST_BACKEND (backend)->capabilities;
}

static gboolean
test_backend_plan (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
  return test_backend_pass (TEST_BACKEND (backend), STEP_PLAN, cancellable, error);
}

static gboolean
test_backend_setup (FairleadBackend     *backend,
                    FairleadAttachment  *attachment,
                    GCancellable        *cancellable,
                    GError             **error)
{
  /* Of these what is one word stays. */
  static const char * const servers[] = { "192.0.2.53", "192.0.2.1\nnameserver 192.0.2.2", "resolver", "fe80::1%net0", NULL };
  static const char * const searches[] = { "example.org", "", "a\noptions debug", "b c", NULL };
  static const char * const options[] = { "ndots:2", "debug\r", NULL };
  TestBackend *self = TEST_BACKEND (backend);
  g_autofree char *name = g_strdup_printf ("%s-%s", fairlead_attachment_get_container_id (attachment),
                                           fairlead_attachment_get_interface (attachment));
  g_autofree char *file = g_build_filename (self->directory, name, NULL);
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new (fairlead_attachment_get_interface (attachment), "02:00:00:00:00:01", 1500,
                            fairlead_attachment_get_netns_path (attachment));
  g_autoptr (FairleadInterfaceAddress) address = NULL;
  GVariantDict document;

  if (!test_backend_pass (self, STEP_BEFORE_CHECKPOINT, cancellable, error))
    return FALSE;
  g_variant_dict_init (&document, NULL);
  g_variant_dict_insert (&document, "file", "s", file);
  g_variant_dict_insert (&document, "large", "t", G_MAXUINT64);
  g_variant_dict_insert (&document, "small", "y", 7);
  fairlead_attachment_set_document (attachment, g_variant_dict_end (&document));
  if (!fairlead_attachment_checkpoint (attachment, error) ||
      !test_backend_pass (self, STEP_AFTER_CHECKPOINT, cancellable, error))
    return FALSE;
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  if (!test_backend_pass (self, STEP_AFTER_EFFECT, cancellable, error))
    return FALSE;
  address = fairlead_interface_address_new_from_string (fairlead_interface_get_name (interface), "10.9.0.2/24",
                                                        "10.9.0.1", error);
  fairlead_attachment_add_interface (attachment, interface);
  fairlead_attachment_add_address (attachment, address);
  fairlead_attachment_set_dns (attachment, servers, searches, options);
  return test_backend_pass (self, STEP_BEFORE_RETURN, cancellable, error);
}

static char *
dup_port_file (TestBackend         *self,
               FairleadAttachment  *attachment,
               FairleadPortMapping *mapping)
{
  g_autofree char *name = g_strdup_printf ("%s-port-%u", fairlead_attachment_get_container_id (attachment),
                                           fairlead_port_mapping_get_host_port (mapping));

  return g_build_filename (self->directory, name, NULL);
}

static gboolean
test_backend_teardown (FairleadBackend        *backend,
                       FairleadAttachment     *attachment,
                       FairleadTeardownFlags   flags,
                       GCancellable           *cancellable,
                       GError                **error)
{
  TestBackend *self = TEST_BACKEND (backend);
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);
  const char *file;

  if (!test_backend_pass (self, STEP_TEARDOWN, cancellable, error))
    return FALSE;
  if (g_variant_lookup (fairlead_attachment_get_document (attachment), "file", "&s", &file))
    g_unlink (file);
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);
      g_autofree char *port_file = dup_port_file (self, attachment, mapping);

      g_unlink (port_file);
    }
  return test_backend_pass (self, STEP_AFTER_REMOVAL, cancellable, error);
}

static gboolean
test_backend_publish (FairleadBackend      *backend,
                      FairleadAttachment   *attachment,
                      FairleadPortMapping  *mapping,
                      GCancellable         *cancellable,
                      GError              **error)
{
  TestBackend *self = TEST_BACKEND (backend);
  g_autofree char *file = dup_port_file (self, attachment, mapping);

  if (!test_backend_pass (self, STEP_BEFORE_PUBLISH, cancellable, error))
    return FALSE;
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  return test_backend_pass (self, STEP_AFTER_PUBLISH, cancellable, error);
}

static gboolean
test_backend_unpublish (FairleadBackend      *backend,
                        FairleadAttachment   *attachment,
                        FairleadPortMapping  *mapping,
                        GCancellable         *cancellable,
                        GError              **error)
{
  TestBackend *self = TEST_BACKEND (backend);
  g_autofree char *file = dup_port_file (self, attachment, mapping);

  if (!test_backend_pass (self, STEP_BEFORE_UNPUBLISH, cancellable, error))
    return FALSE;
  g_unlink (file);
  return test_backend_pass (self, STEP_AFTER_UNPUBLISH, cancellable, error);
}

static void
test_backend_finalize (GObject *object)
{
  g_free (TEST_BACKEND (object)->directory);
  G_OBJECT_CLASS (test_backend_parent_class)->finalize (object);
}

static void
test_backend_class_init (TestBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_backend_finalize;
  backend_class->get_capabilities = test_backend_get_capabilities;
  backend_class->plan = test_backend_plan;
  backend_class->setup = test_backend_setup;
  backend_class->teardown = test_backend_teardown;
  backend_class->publish = test_backend_publish;
  backend_class->unpublish = test_backend_unpublish;
}

static void
test_backend_init (TestBackend *self)
{
  self->capabilities = FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_MULTIPLE | FAIRLEAD_BACKEND_CAP_PORTS_TCP |
                       FAIRLEAD_BACKEND_CAP_INTERFACE_NAME | FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS |
                       FAIRLEAD_BACKEND_CAP_STATIC_MAC | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK |
                       FAIRLEAD_BACKEND_CAP_UNPRIVILEGED | FAIRLEAD_BACKEND_CAP_LIVE_PORTS;
}

void
world_open (World               *world,
            FairleadTestFixture *fixture)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new ();
  g_autoptr (GError) error = NULL;

  world->state_dir = fairlead_test_path (fixture, "state");
  world->netns_dir = fairlead_test_path (fixture, "netns");
  world->resources = fairlead_test_path (fixture, "resources");
  g_mkdir (world->resources, 0700);
  fairlead_config_set (config, "core", "state-dir", world->state_dir, &error);
  g_assert_no_error (error);
  fairlead_config_set (config, "core", "netns-dir", world->netns_dir, &error);
  g_assert_no_error (error);
  fairlead_config_set (config, "core", "default-network", "test", &error);
  g_assert_no_error (error);
  fairlead_config_set (config, "core", "default-network-rootless", "test", &error);
  g_assert_no_error (error);

  world->manager = fairlead_manager_new (config);
  world->backend = g_object_new (TEST_TYPE_BACKEND, "name", "test", NULL);
  world->backend->directory = g_strdup (world->resources);
  fairlead_manager_add_backend (world->manager, FAIRLEAD_BACKEND (world->backend), &error);
  g_assert_no_error (error);
}

void
world_close (World *world)
{
  g_assert_finalize_object (world->manager);
  g_assert_finalize_object (world->backend);
  g_clear_pointer (&world->state_dir, g_free);
  g_clear_pointer (&world->netns_dir, g_free);
  g_clear_pointer (&world->resources, g_free);
}

guint
count_files (const char *directory,
             const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

void
assert_nothing_left (World *world)
{
  g_assert_cmpuint (count_files (world->resources, ""), ==, 0);
  g_assert_cmpuint (count_files (world->state_dir, "containers"), ==, 0);
  g_assert_cmpuint (count_files (world->state_dir, "locks"), ==, 0);
  g_assert_cmpuint (count_files (world->state_dir, "users"), ==, 0);
  g_assert_cmpuint (count_files (world->netns_dir, ""), ==, 0);
}

/* The directory of pinned namespaces is made a shared mount, which stays. */
void
unmount_netns_dir (World *world)
{
  g_autofree char *command = g_strdup_printf ("umount -l %s", world->netns_dir);

  if (g_file_test (world->netns_dir, G_FILE_TEST_IS_DIR))
    g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}
