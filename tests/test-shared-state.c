/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manager-testlib.h"

/* What containers on a network share, and networks of a backend. */

static FairleadContainer *
set_up (World      *world,
        const char *id)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (id);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = fairlead_manager_setup (world->manager, request, NULL, &error);

  g_assert_no_error (error);
  return container;
}

static void
tear_down (World      *world,
           const char *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (world->manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static FairleadNetwork *
get_network (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (world->manager, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (strcmp (fairlead_network_get_name (network), "test") == 0)
        return g_steal_pointer (&network);
    }
  g_assert_not_reached ();
}

static FairleadSharedState *
open_state (FairleadNetwork      *network,
            FairleadSharedAccess  access)
{
  g_autoptr (GError) error = NULL;
  FairleadSharedState *state = fairlead_network_open_shared_state (network, access, NULL, &error);

  g_assert_no_error (error);
  return state;
}

static void
write_document (FairleadSharedState *state,
                const char          *text)
{
  g_autoptr (GError) error = NULL;

  fairlead_shared_state_set_document (state, text != NULL ? g_variant_new_parsed (text) : NULL, &error);
  g_assert_no_error (error);
}

static void
test_document (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (FairleadSharedState) state = NULL;
  guint16 small;
  guint64 large;

  g_test_summary ("A document keeps its types, is there for the next one to open it, and leaves nothing when it goes");

  world_open (&world, fixture);
  network = get_network (&world);
  state = open_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE);
  g_assert_null (fairlead_shared_state_get_document (state));
  write_document (state, "{'small': <uint16 7>, 'large': <uint64 18446744073709551615>}");
  g_clear_object (&state);

  state = open_state (network, FAIRLEAD_SHARED_ACCESS_USE);
  g_assert_true (g_variant_lookup (fairlead_shared_state_get_document (state), "small", "q", &small));
  g_assert_true (g_variant_lookup (fairlead_shared_state_get_document (state), "large", "t", &large));
  g_assert_true (small == 7 && large == G_MAXUINT64);
  g_clear_object (&state);

  state = open_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE);
  write_document (state, NULL);
  g_clear_object (&state);
  g_assert_cmpuint (count_files (world.state_dir, "networks"), ==, 0);

  state = open_state (network, FAIRLEAD_SHARED_ACCESS_USE);
  g_assert_null (fairlead_shared_state_get_document (state));
  g_clear_object (&state);
  g_assert_cmpuint (count_files (world.state_dir, "networks"), ==, 0);
}

static void
test_users (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (FairleadSharedState) state = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) users = NULL;

  g_test_summary ("Users are a set; those whose container is gone are forgotten when they are listed");

  world_open (&world, fixture);
  container = set_up (&world, "c1");
  network = get_network (&world);
  state = open_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE);
  g_assert_false (fairlead_shared_state_has_users (state));
  for (guint i = 0; i < 2; i++)
    {
      fairlead_shared_state_add_user (state, "c1", &error);
      g_assert_no_error (error);
    }
  fairlead_shared_state_add_user (state, "dead", &error);
  g_assert_no_error (error);
  g_assert_true (fairlead_shared_state_has_users (state));
  g_assert_true (fairlead_shared_state_has_user (state, "dead"));
  users = fairlead_shared_state_list_users (state, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (users), ==, 1);
  g_assert_cmpstr (users[0], ==, "c1");
  g_assert_false (fairlead_shared_state_has_user (state, "dead"));
  for (guint i = 0; i < 2; i++)
    {
      fairlead_shared_state_remove_user (state, "c1", &error);
      g_assert_no_error (error);
    }
  g_assert_false (fairlead_shared_state_has_users (state));
  g_clear_object (&state);
  g_assert_cmpuint (count_files (world.state_dir, "networks"), ==, 0);
  tear_down (&world, "c1");
  unmount_netns_dir (&world);
}

/* Another process that has the state open until it is told to end, or killed. */
typedef struct
{
  pid_t pid;
  int   fd;
} Holder;

static Holder
start_holder (FairleadTestFixture  *fixture,
              FairleadSharedAccess  access)
{
  int ready[2], end[2];
  Holder holder;
  char byte = 0;

  g_assert_cmpint (pipe (ready), ==, 0);
  g_assert_cmpint (pipe (end), ==, 0);
  holder.pid = fork ();
  if (holder.pid == 0)
    {
      World world = { 0 };
      FairleadSharedState *state;

      close (end[1]);
      world_open (&world, fixture);
      state = open_state (get_network (&world), access);
      if (write (ready[1], &byte, 1) != 1 || read (end[0], &byte, 1) < 0)
        _exit (1);
      fairlead_shared_state_close (state);
      _exit (0);
    }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (ready[1]);
  close (end[0]);
  holder.fd = end[1];
  return holder;
}

static void
end_holder (Holder   *holder,
            gboolean  by_force)
{
  int status;

  if (by_force)
    g_assert_cmpint (kill (holder->pid, SIGKILL), ==, 0);
  close (holder->fd);
  g_assert_cmpint (waitpid (holder->pid, &status, 0), ==, holder->pid);
  g_assert_true (by_force ? WIFSIGNALED (status) : WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (20 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Whether it would have to wait. */
static gboolean
is_locked (FairleadNetwork      *network,
           FairleadSharedAccess  access)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadSharedState) state = fairlead_network_open_shared_state (network, access, cancellable, &error);

  g_thread_join (thread);
  if (state == NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  return state == NULL;
}

static void
test_lock (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadNetwork) network = NULL;
  Holder holder;

  g_test_summary ("Many use it at once, one changes it alone, and a killed holder holds nothing");

  world_open (&world, fixture);
  network = get_network (&world);

  holder = start_holder (fixture, FAIRLEAD_SHARED_ACCESS_USE);
  g_assert_false (is_locked (network, FAIRLEAD_SHARED_ACCESS_USE));
  g_assert_true (is_locked (network, FAIRLEAD_SHARED_ACCESS_CHANGE));
  end_holder (&holder, FALSE);

  holder = start_holder (fixture, FAIRLEAD_SHARED_ACCESS_CHANGE);
  g_assert_true (is_locked (network, FAIRLEAD_SHARED_ACCESS_USE));
  g_assert_true (is_locked (network, FAIRLEAD_SHARED_ACCESS_CHANGE));
  end_holder (&holder, TRUE);
  g_assert_false (is_locked (network, FAIRLEAD_SHARED_ACCESS_CHANGE));
  g_assert_cmpuint (count_files (world.state_dir, "networks"), ==, 0);
}

/* BOOT stands for the id of this boot. */
static const struct { const char *contents; int code; const char *message; } damaged[] = {
  { "", FAIRLEAD_ERROR_STATE_DAMAGED, "networks/test.json" },
  { "[]", FAIRLEAD_ERROR_STATE_DAMAGED, "not a JSON object" },
  { "{}", FAIRLEAD_ERROR_STATE_DAMAGED, "another version" },
  { "{\"version\":1}", FAIRLEAD_ERROR_STATE_DAMAGED, "something else" },
  { "{\"version\":1,\"name\":\"test\",\"backend\":\"test\"}", FAIRLEAD_ERROR_STATE_DAMAGED, "\"document\" is missing" },
  { "{\"version\":1,\"name\":\"test\",\"backend\":\"test\",\"boot-id\":\"BOOT\",\"document\":\"{'a'\"}",
    FAIRLEAD_ERROR_STATE_DAMAGED, "\"document\": " },
  { "{\"version\":1,\"name\":\"other\",\"backend\":\"test\",\"document\":\"{}\"}", FAIRLEAD_ERROR_STATE_DAMAGED,
    "something else" },
  { "{\"version\":1,\"name\":\"test\",\"backend\":\"cni\",\"document\":\"{}\"}", FAIRLEAD_ERROR_BUSY,
    "of the backend cni" },
};

static void
write_state (const char *file,
             const char *contents)
{
  g_autofree char *boot_id = NULL;
  g_autoptr (GString) text = g_string_new (contents);

  g_assert_true (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL));
  g_string_replace (text, "BOOT", g_strchomp (boot_id), 0);
  g_assert_true (g_file_set_contents (file, text->str, text->len, NULL));
}

static void
test_damaged (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadNetwork) network = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *file = NULL;

  g_test_summary ("A damaged document is named and kept; one from before the machine was started does not count");

  world_open (&world, fixture);
  network = get_network (&world);
  directory = g_build_filename (world.state_dir, "networks", NULL);
  file = g_build_filename (directory, "test.json", NULL);
  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autoptr (GError) error = NULL;

      write_state (file, damaged[i].contents);
      g_assert_null (fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, damaged[i].code);
      if (strstr (error->message, damaged[i].message) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, damaged[i].message);
      g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
    }

  write_state (file, "{\"version\":1,\"name\":\"test\",\"backend\":\"test\",\"boot-id\":\"other\","
                     "\"document\":\"{'a'\"}");
  {
    g_autoptr (FairleadSharedState) state = open_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE);

    g_assert_null (fairlead_shared_state_get_document (state));
    write_document (state, NULL);
  }
  g_assert_cmpuint (count_files (world.state_dir, "networks"), ==, 0);
}

static void
test_backend (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (FairleadNetwork) unknown = fairlead_network_new (FAIRLEAD_TYPE_NETWORK, "n", "test", NULL);
  g_autoptr (FairleadSharedState) state = NULL;
  g_autoptr (FairleadSharedState) backend_state = NULL;
  g_autoptr (GListModel) shared = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) users = NULL;

  g_test_summary ("Networks of a backend share too, are users as long as they have a document, and can be listed");

  world_open (&world, fixture);
  network = get_network (&world);
  state = open_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE);
  write_document (state, "{'a': <1>}");
  backend_state = fairlead_backend_open_shared_state (FAIRLEAD_BACKEND (world.backend), FAIRLEAD_SHARED_ACCESS_CHANGE,
                                                      NULL, &error);
  g_assert_no_error (error);
  g_assert_true (fairlead_shared_state_add_user (backend_state, "test", &error));
  g_assert_true (fairlead_shared_state_add_user (backend_state, "gone", &error));
  users = fairlead_shared_state_list_users (backend_state, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (users), ==, 1);
  g_assert_cmpstr (users[0], ==, "test");

  shared = fairlead_backend_list_shared_networks (FAIRLEAD_BACKEND (world.backend), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (shared), ==, 1);

  g_assert_true (fairlead_shared_state_remove_user (backend_state, "test", &error));
  write_document (state, NULL);
  fairlead_shared_state_close (backend_state);
  fairlead_shared_state_close (state);
  g_assert_cmpuint (count_files (world.state_dir, "networks"), ==, 0);
  g_assert_cmpuint (count_files (world.state_dir, "backends"), ==, 0);

  g_assert_null (fairlead_network_open_shared_state (unknown, FAIRLEAD_SHARED_ACCESS_USE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/shared-state/document", test_document);
  fairlead_test_add ("/fairlead/shared-state/users", test_users);
  fairlead_test_add ("/fairlead/shared-state/lock", test_lock);
  fairlead_test_add ("/fairlead/shared-state/damaged", test_damaged);
  fairlead_test_add ("/fairlead/shared-state/backend", test_backend);
  return g_test_run ();
}
