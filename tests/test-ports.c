/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manager-testlib.h"

/* Published ports of a living container. */

static FairleadPortMapping *
port (const char *text)
{
  g_autoptr (GError) error = NULL;
  FairleadPortMapping *mapping = fairlead_port_mapping_new_from_string (text, &error);

  g_assert_no_error (error);
  return mapping;
}

static FairleadContainer *
set_up (World *world)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadPortMapping) mapping = port ("80:80");
  g_autoptr (GError) error = NULL;
  FairleadContainer *container;

  fairlead_request_add_port_mapping (request, mapping);
  container = fairlead_manager_setup (world->manager, request, NULL, &error);
  g_assert_no_error (error);
  return container;
}

static void
tear_down (World *world)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (world->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (world);
}

/* The ports in the state as another manager would read it. */
static char *
dup_ports (World               *world,
           FairleadTestFixture *fixture)
{
  g_auto (World) other = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GError) error = NULL;
  GString *text = g_string_new (NULL);
  GListModel *mappings;

  world_open (&other, fixture);
  container = fairlead_manager_lookup_container (other.manager, "c1", NULL, &error);
  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  mappings = fairlead_attachment_get_port_mappings (attachment);
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      g_string_append_printf (text, "%s%u", i > 0 ? " " : "", fairlead_port_mapping_get_host_port (mapping));
    }
  return g_string_free (text, FALSE);
}

static void
assert_ports (World               *world,
              FairleadTestFixture *fixture,
              const char          *wanted)
{
  g_autofree char *found = dup_ports (world, fixture);

  g_assert_cmpstr (found, ==, wanted);
}

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  (*(guint *) user_data)++;
}

static void
test_live (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (FairleadPortMapping) first = port ("80:80");
  g_autoptr (FairleadPortMapping) second = port ("81:80");
  g_autoptr (GError) error = NULL;
  guint n_notified = 0;

  g_test_summary ("Ports are published and withdrawn while the container lives, and objects and state follow");

  world_open (&world, fixture);
  container = set_up (&world);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_signal_connect (attachment, "notify::port-mappings", G_CALLBACK (count_notify), &n_notified);

  g_assert_true (fairlead_manager_publish (world.manager, "c1", second, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (fairlead_attachment_get_port_mappings (attachment)), ==, 2);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_cmpuint (count_files (world.resources, ""), ==, 2);
  assert_ports (&world, fixture, "80 81");

  g_assert_true (fairlead_manager_unpublish (world.manager, "c1", first, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_notified, ==, 2);
  assert_ports (&world, fixture, "81");
  tear_down (&world);
  unmount_netns_dir (&world);
}

static void
test_refused (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  static const struct { const char *id; const char *text; gboolean add; FairleadError code; } cases[] = {
    { "c1", "80:80", TRUE, FAIRLEAD_ERROR_ALREADY_EXISTS },
    { "c1", "127.0.0.1:80:81", TRUE, FAIRLEAD_ERROR_ALREADY_EXISTS },
    { "c1", "79-81:79-81", TRUE, FAIRLEAD_ERROR_ALREADY_EXISTS },
    { "c1", "82:82/udp", TRUE, FAIRLEAD_ERROR_NOT_SUPPORTED },
    { "c1", "[::1]:82:82", TRUE, FAIRLEAD_ERROR_NOT_SUPPORTED },
    { "c1", "80:81", FALSE, FAIRLEAD_ERROR_NOT_FOUND },
    { "c1", "82:82", FALSE, FAIRLEAD_ERROR_NOT_FOUND },
    { "nobody", "82:82", TRUE, FAIRLEAD_ERROR_NOT_FOUND },
    { "nobody", "82:82", FALSE, FAIRLEAD_ERROR_NOT_FOUND },
    { "../c1", "82:82", TRUE, FAIRLEAD_ERROR_INVALID_ARGUMENT },
  };

  g_test_summary ("What cannot be published or withdrawn is refused, and nothing changes");

  world_open (&world, fixture);
  container = set_up (&world);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = port (cases[i].text);
      g_autoptr (GError) error = NULL;

      if (cases[i].add)
        g_assert_false (fairlead_manager_publish (world.manager, cases[i].id, mapping, NULL, &error));
      else
        g_assert_false (fairlead_manager_unpublish (world.manager, cases[i].id, mapping, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, (int) cases[i].code);
      assert_ports (&world, fixture, "80");
    }
  tear_down (&world);
  unmount_netns_dir (&world);
}

static void
test_capability (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadPortMapping) mapping = port ("81:81");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A backend without the capability is not asked to publish");

  world_open (&world, fixture);
  container = set_up (&world);
  world.backend->capabilities &= ~FAIRLEAD_BACKEND_CAP_LIVE_PORTS;
  g_assert_false (fairlead_manager_publish (world.manager, "c1", mapping, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "living container"));
  assert_ports (&world, fixture, "80");
  tear_down (&world);
  unmount_netns_dir (&world);
}

static void
test_fails (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadPortMapping) mapping = port ("81:81");

  g_test_summary ("A port that cannot be published leaves nothing; one that cannot be withdrawn stays in the state");

  world_open (&world, fixture);
  container = set_up (&world);
  for (Step step = STEP_BEFORE_PUBLISH; step <= STEP_AFTER_PUBLISH; step++)
    for (Fault fault = FAULT_FAIL; fault <= FAULT_CANCEL; fault += FAULT_CANCEL - FAULT_FAIL)
      {
        g_autoptr (GCancellable) cancellable = g_cancellable_new ();
        g_autoptr (GError) error = NULL;

        world.backend->step = step;
        world.backend->fault = fault;
        world.backend->cancellable = cancellable;
        g_assert_false (fairlead_manager_publish (world.manager, "c1", mapping, cancellable, &error));
        g_assert_true (g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED) ||
                       g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
        g_assert_cmpuint (count_files (world.resources, ""), ==, 1);
        assert_ports (&world, fixture, "80");
      }
  for (Step step = STEP_BEFORE_UNPUBLISH; step <= STEP_AFTER_UNPUBLISH; step++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (fairlead_manager_publish (world.manager, "c1", mapping, NULL, &error));
      world.backend->step = step;
      world.backend->fault = FAULT_FAIL;
      g_assert_false (fairlead_manager_unpublish (world.manager, "c1", mapping, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED);
      assert_ports (&world, fixture, "80 81");
      g_clear_error (&error);
      g_assert_true (fairlead_manager_unpublish (world.manager, "c1", mapping, NULL, &error));
      g_assert_no_error (error);
    }
  tear_down (&world);
  unmount_netns_dir (&world);
}

static void
die_at (FairleadTestFixture *fixture,
        Step                 step,
        const char          *text)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      World world = { 0 };
      g_autoptr (FairleadPortMapping) mapping = port (text);

      world_open (&world, fixture);
      world.backend->fault = FAULT_DIE;
      world.backend->step = step;
      if (step <= STEP_AFTER_PUBLISH)
        fairlead_manager_publish (world.manager, "c1", mapping, NULL, NULL);
      else
        fairlead_manager_unpublish (world.manager, "c1", mapping, NULL, NULL);
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

static void
test_killed (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_auto (World) world = { 0 };

  g_test_summary ("After a death at any step the port is in the state, and can be withdrawn or torn down");

  world_open (&world, fixture);
  for (Step step = STEP_BEFORE_PUBLISH; step <= STEP_AFTER_UNPUBLISH; step++)
    {
      const char *text = step <= STEP_AFTER_PUBLISH ? "81:81" : "80:80";
      g_autoptr (FairleadPortMapping) mapping = port (text);
      G_GNUC_UNUSED g_autoptr (FairleadContainer) container = set_up (&world);
      g_autoptr (GError) error = NULL;

      die_at (fixture, step, text);
      assert_ports (&world, fixture, step <= STEP_AFTER_PUBLISH ? "80 81" : "80");
      g_assert_true (fairlead_manager_unpublish (world.manager, "c1", mapping, NULL, &error));
      g_assert_no_error (error);
      die_at (fixture, STEP_AFTER_PUBLISH, "82:82");
      tear_down (&world);
    }
  unmount_netns_dir (&world);
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_async (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadPortMapping) mapping = port ("81:81");
  g_autoptr (GAsyncResult) published = NULL;
  g_autoptr (GAsyncResult) withdrawn = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The asynchronous forms do the same");

  world_open (&world, fixture);
  container = set_up (&world);
  fairlead_manager_publish_async (world.manager, "c1", mapping, NULL, on_done, &published);
  while (published == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (fairlead_manager_publish_finish (world.manager, published, &error));
  g_assert_no_error (error);
  assert_ports (&world, fixture, "80 81");
  fairlead_manager_unpublish_async (world.manager, "c1", mapping, NULL, on_done, &withdrawn);
  while (withdrawn == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (fairlead_manager_unpublish_finish (world.manager, withdrawn, &error));
  g_assert_no_error (error);
  assert_ports (&world, fixture, "80");
  tear_down (&world);
  g_clear_object (&published);
  g_clear_object (&withdrawn);
  unmount_netns_dir (&world);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/ports/live", test_live);
  fairlead_test_add ("/fairlead/ports/refused", test_refused);
  fairlead_test_add ("/fairlead/ports/capability", test_capability);
  fairlead_test_add ("/fairlead/ports/fails", test_fails);
  fairlead_test_add ("/fairlead/ports/killed", test_killed);
  fairlead_test_add ("/fairlead/ports/async", test_async);
  return g_test_run ();
}
