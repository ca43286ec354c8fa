/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fairlead/fairlead.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manager-testlib.h"

/* The life of containers. */

static void
test_life (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadContainer) again = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GVariant) inspected = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;
  guint8 small;
  guint64 large;

  g_test_summary ("A container is set up, found again, inspected, and torn down without a trace");

  world_open (&world, fixture);
  g_assert_true (fairlead_request_add_network_from_string (request, "test:interface=net0", &error));
  container = fairlead_manager_setup (world.manager, request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_READY);
  g_assert_true (g_str_has_prefix (fairlead_container_get_netns_path (container), world.netns_dir));
  g_assert_cmpuint (count_files (world.resources, ""), ==, 1);

  again = fairlead_manager_lookup_container (world.manager, "c1", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (again == container);

  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_cmpstr (fairlead_attachment_get_interface (attachment), ==, "net0");
  g_assert_true (g_variant_lookup (fairlead_attachment_get_document (attachment), "small", "y", &small));
  g_assert_true (g_variant_lookup (fairlead_attachment_get_document (attachment), "large", "t", &large));
  g_assert_true (large == G_MAXUINT64 && small == 7);

  inspected = fairlead_manager_inspect (world.manager, "c1", NULL, &error);
  g_assert_no_error (error);
  settings = g_variant_lookup_value (inspected, "NetworkSettings", G_VARIANT_TYPE_VARDICT);
  g_assert_true (g_variant_lookup (settings, "IPAddress", "&s", &text));
  g_assert_cmpstr (text, ==, "10.9.0.2");
  g_assert_true (g_variant_lookup (settings, "Gateway", "&s", &text));
  g_assert_cmpstr (text, ==, "10.9.0.1");

  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_GONE);
  assert_nothing_left (&world);
  g_assert_false (fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
assert_words (const char * const *words,
              const char         *wanted)
{
  g_autofree char *text = g_strjoinv (" ", (char **) words);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_dns (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What a backend says of DNS stays words, and brings no lines into a resolv.conf");

  world_open (&world, fixture);
  container = fairlead_manager_setup (world.manager, request, NULL, &error);
  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  assert_words (fairlead_attachment_get_dns_servers (attachment), "192.0.2.53 fe80::1%net0");
  assert_words (fairlead_attachment_get_dns_searches (attachment), "example.org");
  assert_words (fairlead_attachment_get_dns_options (attachment), "ndots:2");
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_setup_fails (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  g_auto (World) world = { 0 };

  g_test_summary ("A setup that fails at any step leaves nothing and keeps the first error");

  world_open (&world, fixture);
  for (Step step = STEP_PLAN; step <= STEP_BEFORE_RETURN; step++)
    for (guint n_before = 0; n_before < 2; n_before++)
      {
        g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
        g_autoptr (GError) error = NULL;

        fairlead_request_add_network (request, "test", NULL);
        fairlead_request_add_network (request, "test", NULL);
        world.backend->step = step;
        world.backend->fault = FAULT_FAIL;
        world.backend->n_before_fault = n_before;
        g_assert_null (fairlead_manager_setup (world.manager, request, NULL, &error));
        g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED);
        g_assert_true (g_str_has_prefix (error->message, "container c1, network test: "));
        assert_nothing_left (&world);
      }
  unmount_netns_dir (&world);
}

static void
test_setup_cancelled (FairleadTestFixture *fixture,
                      gconstpointer        data)
{
  g_auto (World) world = { 0 };

  g_test_summary ("A setup that is cancelled at any step leaves nothing");

  world_open (&world, fixture);
  for (Step step = STEP_PLAN; step <= STEP_BEFORE_RETURN; step++)
    {
      g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;

      world.backend->step = step;
      world.backend->fault = FAULT_CANCEL;
      world.backend->cancellable = cancellable;
      g_assert_null (fairlead_manager_setup (world.manager, request, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      assert_nothing_left (&world);
    }
  unmount_netns_dir (&world);
}

/* Runs @verb in a process that dies at @step. */
static void
die_at (FairleadTestFixture *fixture,
        Step                 step,
        gboolean             teardown)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      World world = { 0 };
      g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");

      world_open (&world, fixture);
      world.backend->fault = FAULT_DIE;
      world.backend->step = step;
      fairlead_request_add_network (request, "test", NULL);
      fairlead_request_add_network (request, "test", NULL);
      if (teardown)
        fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, NULL);
      else
        g_object_unref (fairlead_manager_setup (world.manager, request, NULL, NULL));
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

  g_test_summary ("After a setup that was killed at any step, teardown or collect remove all that was made");

  world_open (&world, fixture);
  for (Step step = STEP_BEFORE_CHECKPOINT; step <= STEP_BEFORE_RETURN; step++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadContainer) container = NULL;
      g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
      g_auto (GStrv) collected = NULL;

      die_at (fixture, step, FALSE);
      container = fairlead_manager_lookup_container (world.manager, "c1", NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_SETTING_UP);
      g_assert_null (fairlead_manager_setup (world.manager, request, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS);
      g_clear_error (&error);
      g_assert_false (fairlead_manager_check (world.manager, "c1", NULL, &error));
      g_clear_error (&error);
      fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
      g_assert_no_error (error);
      assert_nothing_left (&world);

      die_at (fixture, step, FALSE);
      collected = fairlead_manager_collect (world.manager, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_strv_length (collected), ==, 1);
      g_assert_cmpstr (collected[0], ==, "c1");
      assert_nothing_left (&world);
    }
  unmount_netns_dir (&world);
}

static void
set_up (World      *world,
        const char *id)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (id);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;

  fairlead_request_add_network (request, "test", NULL);
  fairlead_request_add_network (request, "test", NULL);
  container = fairlead_manager_setup (world->manager, request, NULL, &error);
  g_assert_no_error (error);
}

static void
test_teardown_killed (FairleadTestFixture *fixture,
                      gconstpointer        data)
{
  g_auto (World) world = { 0 };

  g_test_summary ("A teardown that was killed can be done again");

  world_open (&world, fixture);
  for (Step step = STEP_TEARDOWN; step <= STEP_AFTER_REMOVAL; step++)
    {
      g_autoptr (GError) error = NULL;

      set_up (&world, "c1");
      die_at (fixture, step, TRUE);
      fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
      g_assert_no_error (error);
      assert_nothing_left (&world);
    }
  unmount_netns_dir (&world);
}

static void
test_teardown_fails (FairleadTestFixture *fixture,
                     gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A failed teardown goes on with the other networks and keeps what is left; force drops it");

  world_open (&world, fixture);
  world.backend->fault = FAULT_FAIL;

  set_up (&world, "c1");
  world.backend->step = STEP_TEARDOWN;
  g_assert_false (fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (world.resources, ""), ==, 1);
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);

  set_up (&world, "c1");
  world.backend->step = STEP_AFTER_REMOVAL;
  g_assert_false (fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_FORCE, NULL, &error));
  g_assert_nonnull (strstr (error->message, "something may be left"));
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static char *
fill (const char *directory)
{
  const char block[4096] = { 0 };
  char *file = g_build_filename (directory, "fill", NULL);
  int fd = open (file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  while (write (fd, block, sizeof block) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
  return file;
}

static void
test_teardown_full (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A full state directory does not stop teardown; only what is left and cannot be written is told of");

  world_open (&world, fixture);
  g_assert_cmpint (g_mkdir (world.state_dir, 0700), ==, 0);
  g_assert_cmpint (mount ("tmpfs", world.state_dir, "tmpfs", MS_NOSUID | MS_NODEV, "size=256k,mode=700"), ==, 0);
  set_up (&world, "c1");
  set_up (&world, "c2");
  file = fill (world.state_dir);

  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  g_unlink (file);
  g_free (file);
  file = fill (world.state_dir);
  world.backend->fault = FAULT_FAIL;
  world.backend->step = STEP_TEARDOWN;
  g_assert_false (fairlead_manager_teardown (world.manager, "c2", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED);
  g_assert_nonnull (strstr (error->message, "cannot write the state file"));
  g_clear_error (&error);

  g_unlink (file);
  fairlead_manager_teardown (world.manager, "c2", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
  g_assert_cmpint (umount2 (world.state_dir, MNT_DETACH), ==, 0);
  unmount_netns_dir (&world);
}

static void
test_teardown_without_netns (FairleadTestFixture *fixture,
                             gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A namespace that somebody removed does not stop teardown");

  world_open (&world, fixture);
  set_up (&world, "c1");
  container = fairlead_manager_lookup_container (world.manager, "c1", NULL, &error);
  fairlead_netns_unpin (fairlead_container_get_netns_path (container), &error);
  g_assert_no_error (error);
  g_assert_false (fairlead_manager_check (world.manager, "c1", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_READY);
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

/* Removes nothing from a mount namespace where the one of container @path is not seen. */
static void
collect_elsewhere (FairleadTestFixture *fixture,
                   const char          *path)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      World world = { 0 };
      g_auto (GStrv) removed = NULL;

      if (unshare (CLONE_NEWNS) < 0 || mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
          umount2 (path, MNT_DETACH) < 0)
        _exit (1);
      world_open (&world, fixture);
      removed = fairlead_manager_collect (world.manager, NULL, NULL);
      _exit (removed != NULL && removed[0] == NULL ? 0 : 2);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

static void
test_unmounted (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  g_auto (GStrv) removed = NULL;
  g_autoptr (GError) error = NULL;
  const char *path;

  g_test_summary ("A container is dead whose namespace was unmounted, and not if that was elsewhere");

  world_open (&world, fixture);
  set_up (&world, "c1");
  container = fairlead_manager_lookup_container (world.manager, "c1", NULL, &error);
  path = fairlead_container_get_netns_path (container);
  collect_elsewhere (fixture, path);
  netns = fairlead_container_dup_netns (container, &error);
  g_assert_no_error (error);

  g_assert_cmpint (umount2 (path, MNT_DETACH), ==, 0);
  g_assert_null (fairlead_container_dup_netns (container, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_clear_error (&error);
  removed = fairlead_manager_collect (world.manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (removed[0], ==, "c1");
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_share (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c2");
  g_autoptr (FairleadRequest) circle = fairlead_request_new ("c3");
  g_autoptr (FairleadContainer) owner = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A container shares another one's namespace, which cannot be torn down before it");

  world_open (&world, fixture);
  set_up (&world, "c1");
  owner = fairlead_manager_lookup_container (world.manager, "c1", NULL, &error);
  fairlead_request_set_share_with (request, "c1");
  container = fairlead_manager_setup (world.manager, request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fairlead_container_get_netns_path (container), ==, fairlead_container_get_netns_path (owner));
  g_assert_cmpint (fairlead_container_get_netns_origin (container), ==, FAIRLEAD_NETNS_ORIGIN_SHARED);

  g_assert_false (fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "shared by c2"));
  g_clear_error (&error);

  fairlead_request_set_share_with (circle, "c3");
  g_assert_null (fairlead_manager_setup (world.manager, circle, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  fairlead_request_set_share_with (circle, "absent");
  g_assert_null (fairlead_manager_setup (world.manager, circle, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_clear_error (&error);

  fairlead_manager_teardown (world.manager, "c2", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (fairlead_container_get_netns_path (owner), G_FILE_TEST_EXISTS));
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_share_dead (FairleadTestFixture *fixture,
                 gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c2");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) removed = NULL;

  g_test_summary ("A namespace that is gone is collected at once with all who share it");

  world_open (&world, fixture);
  set_up (&world, "c1");
  fairlead_request_set_share_with (request, "c1");
  container = fairlead_manager_setup (world.manager, request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (umount2 (fairlead_container_get_netns_path (container), MNT_DETACH), ==, 0);
  removed = fairlead_manager_collect (world.manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (removed), ==, 2);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

/* What a setup does first of all that joins @id to another container. */
static int
begin_to_share (World      *world,
                const char *owner_id,
                const char *id)
{
  g_autofree char *users = g_build_filename (world->state_dir, "users", owner_id, NULL);
  g_autofree char *mark = g_build_filename (users, id, NULL);
  g_autofree char *lock = g_build_filename (world->state_dir, "locks", id, NULL);
  int fd = open (lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (users, 0700), ==, 0);
  g_assert_true (g_file_set_contents (mark, "", 0, NULL));
  return fd;
}

static void
test_share_begun (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  int lock_fd;

  g_test_summary ("Who is about to share a namespace counts, unless he died before he wrote his state");

  world_open (&world, fixture);
  set_up (&world, "c1");
  lock_fd = begin_to_share (&world, "c1", "c2");
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
      g_assert_nonnull (strstr (error->message, "shared by c2"));
      g_clear_error (&error);
    }
  close (lock_fd);
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_joined (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autofree char *path = fairlead_test_path (fixture, "elsewhere/ns");
  g_autoptr (FairleadRequest) by_path = fairlead_request_new ("c1");
  g_autoptr (FairleadRequest) by_pid = fairlead_request_new ("c2");
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (FairleadNetns) of_process = NULL;
  const char *path_of_process;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A namespace that was given is attached to and left alone; that of a process gets a path");

  world_open (&world, fixture);
  netns = fairlead_netns_new_pinned (path, &error);
  g_assert_no_error (error);
  fairlead_request_set_netns (by_path, netns);
  container = fairlead_manager_setup (world.manager, by_path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_container_get_netns_origin (container), ==, FAIRLEAD_NETNS_ORIGIN_PATH);
  g_assert_cmpstr (fairlead_container_get_netns_path (container), ==, path);
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_object (&container);

  of_process = fairlead_netns_new_for_pid (getpid (), &error);
  g_assert_no_error (error);
  path_of_process = fairlead_netns_get_path (of_process);
  fairlead_request_set_netns (by_pid, of_process);
  container = fairlead_manager_setup (world.manager, by_pid, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_container_get_netns_origin (container), ==, FAIRLEAD_NETNS_ORIGIN_PID);
  g_assert_true (g_str_has_prefix (fairlead_container_get_netns_path (container), world.netns_dir));
  g_assert_true (fairlead_netns_get_path (of_process) == path_of_process);
  fairlead_manager_teardown (world.manager, "c2", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);

  g_assert_true (fairlead_netns_unpin (path, &error));
  {
    g_autofree char *command = g_strdup_printf ("umount -l %s/elsewhere", fixture->directory);

    g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  }
  unmount_netns_dir (&world);
}

typedef struct
{
  const char    *id;
  const char    *network; /* (nullable) */
  const char    *ports;   /* separated by spaces */
  FairleadError  code;
  const char    *message;
} BadRequest;

static const BadRequest bad_requests[] = {
  { "", NULL, "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not a container id" },
  { "a/b", NULL, "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not a container id" },
  { "..", NULL, "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not a container id" },
  { "a\n", NULL, "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not a container id" },
  { "c", "no/such", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not a network name" },
  { "c", "..", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not a network name" },
  { "c", "absent", "", FAIRLEAD_ERROR_NOT_FOUND, "there is no network absent" },
  { "c", "test:interface=a/b", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not an interface name" },
  { "c", "test:interface=0123456789abcdef", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "not an interface name" },
  { "c", "test:ip=10.0.0", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "ip: " },
  { "c", "test:ip=fd00::1", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "IPv4 address is wanted" },
  { "c", "test:ip6=10.0.0.1", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "IPv6 address is wanted" },
  { "c", "test:mac=01:00:00:00:00:01", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "unicast MAC" },
  { "c", "test:mac=02:00:00:00:00:0", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "unicast MAC" },
  { "c", "test:colour=blue", "", FAIRLEAD_ERROR_INVALID_ARGUMENT, "colour" },
  { "c", "test", "80:80 80:81", FAIRLEAD_ERROR_INVALID_ARGUMENT, "overlap" },
  { "c", "test", "80-90:80-90 127.0.0.1:85:85", FAIRLEAD_ERROR_INVALID_ARGUMENT, "overlap" },
  { "c", "test", "80:80/udp", FAIRLEAD_ERROR_NOT_SUPPORTED, "udp ports cannot be published" },
  { "c", "test", "[::1]:80:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "IPv6" },
};

static void
test_bad_request (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  g_auto (World) world = { 0 };

  g_test_summary ("A bad request is refused with its reason before anything is made");

  world_open (&world, fixture);
  for (guint i = 0; i < G_N_ELEMENTS (bad_requests); i++)
    {
      const BadRequest *bad = &bad_requests[i];
      g_autoptr (FairleadRequest) request = fairlead_request_new (bad->id);
      g_auto (GStrv) ports = g_strsplit (bad->ports, " ", -1);
      g_autoptr (GError) error = NULL;

      if (bad->network != NULL)
        fairlead_request_add_network_from_string (request, bad->network, &error);
      g_assert_no_error (error);
      for (char **port = ports; *port != NULL; port++)
        {
          g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (*port, &error);

          g_assert_no_error (error);
          fairlead_request_add_port_mapping (request, mapping);
        }
      g_assert_null (fairlead_manager_setup (world.manager, request, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, (int) bad->code);
      if (strstr (error->message, bad->message) == NULL)
        g_error ("\"%s\" is not in \"%s\"", bad->message, error->message);
      assert_nothing_left (&world);
    }
}

static void
test_capabilities (FairleadTestFixture *fixture,
                   gconstpointer        data)
{
  g_auto (World) world = { 0 };
  static const struct { FairleadBackendCapabilities missing; const char *network; const char *nick; } cases[] = {
    { FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS, "test:ip=10.0.0.9", "static-address" },
    { FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS, "test:ip6=fd00::9", "static-address" },
    { FAIRLEAD_BACKEND_CAP_STATIC_MAC, "test:mac=02:00:00:00:00:09", "static-mac" },
    { FAIRLEAD_BACKEND_CAP_INTERFACE_NAME, "test:interface=net0", "interface-name" },
    { FAIRLEAD_BACKEND_CAP_MULTIPLE, "test", "multiple" },
  };

  g_test_summary ("A request that the backend cannot serve is refused, naming the capability");

  world_open (&world, fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
      FairleadBackendCapabilities all = world.backend->capabilities;
      g_autoptr (GError) error = NULL;

      g_assert_true (fairlead_request_add_network_from_string (request, cases[i].network, &error));
      if (cases[i].missing == FAIRLEAD_BACKEND_CAP_MULTIPLE)
        fairlead_request_add_network (request, "test", NULL);
      world.backend->capabilities &= ~cases[i].missing;
      g_assert_null (fairlead_manager_setup (world.manager, request, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED);
      g_assert_nonnull (strstr (error->message, cases[i].nick));
      world.backend->capabilities = all;
      assert_nothing_left (&world);
    }
}

typedef struct
{
  const char *contents;
  const char *message;
} DamagedState;

static const DamagedState damaged_states[] = {
  { "", "" },
  { "{", "" },
  { "[]", "not a JSON object" },
  { "{}", "\"version\" is missing" },
  { "{\"version\":99}", "version 99" },
  { "{\"version\":-1}", "\"version\"" },
  { "{\"version\":1,\"id\":\"other\"}", "about container \"other\"" },
  { "{\"version\":1,\"id\":\"bad\"}", "\"state\" is missing" },
  { "{\"version\":1,\"id\":\"bad\",\"state\":\"dreaming\"}", "dreaming" },
  { "{\"version\":1,\"id\":\"bad\",\"state\":\"ready\",\"netns-origin\":\"created\"}", "\"netns-path\"" },
  { "{\"version\":1,\"id\":\"bad\",\"state\":\"ready\",\"netns-origin\":\"created\",\"netns-path\":\"../x\"}",
    "\"netns-path\"" },
  { "{\"version\":1,\"id\":\"bad\",\"state\":\"ready\",\"netns-origin\":\"host\",\"attachments\":[{}]}",
    "\"network-name\" is missing" },
  { "{\"version\":1,\"id\":\"bad\",\"state\":\"ready\",\"netns-origin\":\"host\",\"attachments\":[7]}",
    "\"attachments\"" },
};

static void
test_damaged (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autofree char *file = NULL;

  g_test_summary ("A damaged state file is named, kept unless force is used, and does not hide the other containers");

  world_open (&world, fixture);
  set_up (&world, "good");
  file = g_build_filename (world.state_dir, "containers", "bad.json", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (damaged_states); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GListModel) containers = NULL;
      g_autoptr (FairleadContainer) bad = NULL;
      g_autofree char *contents = NULL;

      g_assert_true (g_file_set_contents (file, damaged_states[i].contents, -1, NULL));
      g_assert_false (fairlead_manager_teardown (world.manager, "bad", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED);
      g_assert_nonnull (strstr (error->message, file));
      if (strstr (error->message, damaged_states[i].message) == NULL)
        g_error ("\"%s\" is not in \"%s\"", damaged_states[i].message, error->message);
      g_clear_error (&error);

      containers = fairlead_manager_list_containers (world.manager, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_list_model_get_n_items (containers), ==, 2);
      bad = g_list_model_get_item (containers, 0);
      g_assert_cmpint (fairlead_container_get_state (bad), ==, FAIRLEAD_STATE_DAMAGED);
      g_assert_nonnull (fairlead_container_get_problem (bad));
      g_assert_null (fairlead_manager_collect (world.manager, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED);
      g_clear_error (&error);
      g_assert_true (g_file_get_contents (file, &contents, NULL, NULL));
      g_assert_cmpstr (contents, ==, damaged_states[i].contents);

      g_assert_false (fairlead_manager_teardown (world.manager, "bad", FAIRLEAD_TEARDOWN_FORCE, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED);
      g_assert_nonnull (strstr (error->message, "may be left"));
      g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
    }
  g_assert_true (fairlead_manager_teardown (world.manager, "good", FAIRLEAD_TEARDOWN_NONE, NULL, NULL));
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_clean (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autofree char *new_file = NULL;
  g_autofree char *file = NULL;
  g_autofree char *lock = NULL;
  g_autofree char *other_lock = NULL;
  g_auto (GStrv) collected = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Collect removes beginnings of state files, and no state file that only cannot be looked at");

  world_open (&world, fixture);
  set_up (&world, "c1");
  new_file = g_build_filename (world.state_dir, "containers", "begun.json.new", NULL);
  file = g_build_filename (world.state_dir, "containers", "loop.json", NULL);
  lock = g_build_filename (world.state_dir, "locks", "loop", NULL);
  other_lock = g_build_filename (world.state_dir, "locks", "begun", NULL);
  g_assert_true (g_file_set_contents (new_file, "{", 1, NULL) && g_file_set_contents (other_lock, "", 0, NULL));
  g_assert_true (g_file_set_contents (lock, "", 0, NULL));
  g_assert_cmpint (symlink ("loop.json", file), ==, 0);

  collected = fairlead_manager_collect (world.manager, NULL, &error);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED);
  g_clear_error (&error);
  g_assert_false (g_file_test (new_file, G_FILE_TEST_EXISTS) || g_file_test (other_lock, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_SYMLINK) && g_file_test (lock, G_FILE_TEST_EXISTS));

  g_unlink (file);
  g_unlink (lock);
  fairlead_manager_teardown (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_foreign_state_dir (FairleadTestFixture *fixture,
                        gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A state directory that others can write is refused");

  world_open (&world, fixture);
  g_assert_cmpint (g_mkdir (world.state_dir, 0700), ==, 0);
  g_assert_cmpint (g_chmod (world.state_dir, 0777), ==, 0);
  g_assert_null (fairlead_manager_setup (world.manager, request, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED);
  assert_nothing_left (&world);
}

typedef struct
{
  GAsyncResult *result;
  guint         n_calls;
} Outcome;

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Outcome *outcome = user_data;

  outcome->n_calls++;
  g_set_object (&outcome->result, result);
}

static void
on_notify (GObject    *object,
           GParamSpec *pspec,
           gpointer    user_data)
{
  guint *n_notifies = user_data;

  (*n_notifies)++;
}

static void
wait_for (Outcome *outcome)
{
  while (outcome->n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_async (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadStats) stats = NULL;
  g_autoptr (GError) error = NULL;
  Outcome outcome = { 0 };
  guint n_notifies = 0;

  g_test_summary ("Asynchronous verbs call back once, in the caller's context, and objects change there");

  world_open (&world, fixture);
  fairlead_manager_setup_async (world.manager, request, NULL, on_done, &outcome);
  g_assert_cmpuint (outcome.n_calls, ==, 0);
  wait_for (&outcome);
  container = fairlead_manager_setup_finish (world.manager, outcome.result, &error);
  g_assert_no_error (error);
  g_clear_object (&outcome.result);
  outcome.n_calls = 0;

  g_signal_connect (container, "notify::state", G_CALLBACK (on_notify), &n_notifies);
  fairlead_manager_teardown_async (world.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, on_done, &outcome);
  wait_for (&outcome);
  g_assert_true (fairlead_manager_teardown_finish (world.manager, outcome.result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_notifies, ==, 1);
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_GONE);
  g_clear_object (&outcome.result);
  outcome.n_calls = 0;

  fairlead_manager_stats_async (world.manager, "c1", NULL, on_done, &outcome);
  wait_for (&outcome);
  stats = fairlead_manager_stats_finish (world.manager, outcome.result, &error);
  g_assert_null (stats);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_clear_object (&outcome.result);
  assert_nothing_left (&world);
  unmount_netns_dir (&world);
}

static void
test_no_id (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (FairleadRequest) request = g_object_new (FAIRLEAD_TYPE_REQUEST, NULL);
  g_autoptr (GError) error = NULL;
  Outcome outcome = { 0 };

  g_test_summary ("A request without an id is refused, asynchronously too");

  world_open (&world, fixture);
  g_assert_null (fairlead_manager_setup (world.manager, request, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  fairlead_manager_setup_async (world.manager, request, NULL, on_done, &outcome);
  wait_for (&outcome);
  g_assert_null (fairlead_manager_setup_finish (world.manager, outcome.result, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
  g_clear_object (&outcome.result);
  assert_nothing_left (&world);
}

/* A backend, and networks, of somebody who did not read what their methods have to give. */
#define TYPE_BAD_NETWORK (bad_network_get_type ())
#define TYPE_BAD_BACKEND (bad_backend_get_type ())
G_DECLARE_FINAL_TYPE (BadNetwork, bad_network, BAD, NETWORK, FairleadNetwork)
G_DECLARE_FINAL_TYPE (BadBackend, bad_backend, BAD, BACKEND, FairleadBackend)

struct _BadNetwork
{
  FairleadNetwork parent_instance;
};

struct _BadBackend
{
  FairleadBackend parent_instance;

  GObject *listed;
};

G_DEFINE_FINAL_TYPE (BadNetwork, bad_network, FAIRLEAD_TYPE_NETWORK)
G_DEFINE_FINAL_TYPE (BadBackend, bad_backend, FAIRLEAD_TYPE_BACKEND)

static gboolean
bad_network_check (FairleadNetwork  *network,
                   GError          **error)
{
  const gboolean succeeds = fairlead_network_get_default_route (network) != FAIRLEAD_DEFAULT_ROUTE_NO;

  if (succeeds)
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "for nothing");
  return succeeds;
}

static GVariant *
bad_network_inspect (FairleadNetwork *network)
{
  return fairlead_network_get_default_route (network) == FAIRLEAD_DEFAULT_ROUTE_NO ? NULL : g_variant_new_string ("?");
}

static void
bad_network_class_init (BadNetworkClass *klass)
{
  FAIRLEAD_NETWORK_CLASS (klass)->check = bad_network_check;
  FAIRLEAD_NETWORK_CLASS (klass)->inspect = bad_network_inspect;
}

static void
bad_network_init (BadNetwork *self)
{
}

static FairleadBackendCapabilities
bad_backend_get_capabilities (FairleadBackend *backend,
                              FairleadNetwork *network)
{
  return FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK | FAIRLEAD_BACKEND_CAP_UNPRIVILEGED;
}

static gboolean
bad_backend_setup (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "for nothing");
  return TRUE;
}

static gboolean
bad_backend_teardown (FairleadBackend        *backend,
                      FairleadAttachment     *attachment,
                      FairleadTeardownFlags   flags,
                      GCancellable           *cancellable,
                      GError                **error)
{
  return TRUE;
}

static GListModel *
bad_backend_list_networks (FairleadBackend  *backend,
                           GCancellable     *cancellable,
                           GError          **error)
{
  GListStore *list = g_list_store_new (G_TYPE_OBJECT);

  g_list_store_append (list, BAD_BACKEND (backend)->listed);
  return G_LIST_MODEL (list);
}

static void
bad_backend_class_init (BadBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  backend_class->network_type = TYPE_BAD_NETWORK;
  backend_class->get_capabilities = bad_backend_get_capabilities;
  backend_class->setup = bad_backend_setup;
  backend_class->teardown = bad_backend_teardown;
  backend_class->list_networks = bad_backend_list_networks;
}

static void
bad_backend_init (BadBackend *self)
{
}

/* Of the library, whose log is structured, so that g_test_expect_message() does not see it. */
static gboolean warnings_are_expected;
static guint n_warnings;

static GLogWriterOutput
write_log (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  if (!warnings_are_expected || (level & G_LOG_LEVEL_WARNING) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);
  n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

static void
bad_setup_fails (World      *world,
                 const char *network,
                 const char *message)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (GError) error = NULL;

  g_assert_true (fairlead_request_add_network_from_string (request, network, &error));
  g_assert_null (fairlead_manager_setup (world->manager, request, NULL, &error));
  g_assert_nonnull (strstr (error->message, message));
  assert_nothing_left (world);
}

static void
bad_list_fails (BadBackend *backend,
                GObject    *listed,
                const char *message)
{
  G_GNUC_UNUSED g_autoptr (GObject) owned_listed = listed;
  g_autoptr (GError) error = NULL;

  backend->listed = listed;
  g_assert_null (fairlead_backend_list_networks (FAIRLEAD_BACKEND (backend), NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, message));
}

static void
bad_inspect_is_whole (FairleadDefaultRoute default_route)
{
  g_autoptr (FairleadNetwork) network =
    g_object_new (TYPE_BAD_NETWORK, "name", "lab", "default-route", default_route, NULL);
  g_autoptr (GVariant) inspected = fairlead_network_inspect (network);
  const char *name;

  g_assert_true (g_variant_lookup (inspected, "Name", "&s", &name));
  g_assert_cmpstr (name, ==, "lab");
}

static void
test_bad_backend (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_autoptr (BadBackend) backend = g_object_new (TYPE_BAD_BACKEND, "name", "bad", NULL);
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Methods that fail without an error, or give what they should not, are errors that name the method");

  g_log_set_writer_func (write_log, NULL, NULL);
  warnings_are_expected = TRUE;
  world_open (&world, fixture);
  fairlead_manager_add_backend (world.manager, FAIRLEAD_BACKEND (backend), &error);
  g_assert_no_error (error);

  bad_setup_fails (&world, "bad:default-route=no", "its check method failed without setting an error");
  g_assert_cmpuint (n_warnings, ==, 0);
  bad_setup_fails (&world, "bad:default-route=yes", "added no interface");
  g_assert_cmpuint (n_warnings, ==, 2);

  bad_list_fails (backend, g_object_new (G_TYPE_OBJECT, NULL), "gave GObject, which is not a network");
  bad_list_fails (backend, g_object_new (FAIRLEAD_TYPE_NETWORK, "name", "a/b", NULL), "gave a/b, which is not");
  bad_inspect_is_whole (FAIRLEAD_DEFAULT_ROUTE_NO);
  bad_inspect_is_whole (FAIRLEAD_DEFAULT_ROUTE_YES);
  g_assert_cmpuint (n_warnings, ==, 4);
  warnings_are_expected = FALSE;
  g_log_set_always_fatal (fatal);
  unmount_netns_dir (&world);
}

static void
test_other_process (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_auto (World) other = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What another manager changed shows at the next verb");

  world_open (&world, fixture);
  world_open (&other, fixture);
  set_up (&world, "c1");
  container = fairlead_manager_lookup_container (world.manager, "c1", NULL, &error);
  g_assert_no_error (error);
  fairlead_manager_teardown (other.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_READY);
  g_assert_null (fairlead_manager_inspect (world.manager, "c1", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_assert_cmpint (fairlead_container_get_state (container), ==, FAIRLEAD_STATE_GONE);
  unmount_netns_dir (&world);
}

static void
test_lock (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_auto (World) world = { 0 };
  g_auto (World) other = { 0 };
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) collected = NULL;
  Outcome outcome = { 0 };
  int fds[2];
  g_autofree char *file = NULL;

  g_test_summary ("While one call works on a container, another waits, can be cancelled, and does not collect it");

  world_open (&world, fixture);
  world_open (&other, fixture);
  g_assert_cmpint (pipe (fds), ==, 0);
  world.backend->step = STEP_AFTER_EFFECT;
  world.backend->fault = FAULT_BLOCK;
  world.backend->block_fd = fds[0];
  fairlead_manager_setup_async (world.manager, request, NULL, on_done, &outcome);

  file = g_build_filename (world.resources, "c1-eth0", NULL);
  while (!g_file_test (file, G_FILE_TEST_EXISTS))
    g_thread_yield ();
  collected = fairlead_manager_collect (other.manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (collected), ==, 0);

  g_cancellable_cancel (cancellable);
  g_assert_false (fairlead_manager_teardown (other.manager, "c1", FAIRLEAD_TEARDOWN_NONE, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  close (fds[1]);
  wait_for (&outcome);
  close (fds[0]);
  container = fairlead_manager_setup_finish (world.manager, outcome.result, &error);
  g_assert_no_error (error);
  g_clear_object (&outcome.result);
  fairlead_manager_teardown (other.manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
  assert_nothing_left (&world);
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

  fairlead_test_add ("/fairlead/manager/life", test_life);
  fairlead_test_add ("/fairlead/manager/dns", test_dns);
  fairlead_test_add ("/fairlead/manager/setup-fails", test_setup_fails);
  fairlead_test_add ("/fairlead/manager/setup-cancelled", test_setup_cancelled);
  fairlead_test_add ("/fairlead/manager/killed", test_killed);
  fairlead_test_add ("/fairlead/manager/teardown-killed", test_teardown_killed);
  fairlead_test_add ("/fairlead/manager/teardown-fails", test_teardown_fails);
  fairlead_test_add ("/fairlead/manager/teardown-full", test_teardown_full);
  fairlead_test_add ("/fairlead/manager/teardown-without-netns", test_teardown_without_netns);
  fairlead_test_add ("/fairlead/manager/unmounted", test_unmounted);
  fairlead_test_add ("/fairlead/manager/share", test_share);
  fairlead_test_add ("/fairlead/manager/share-dead", test_share_dead);
  fairlead_test_add ("/fairlead/manager/share-begun", test_share_begun);
  fairlead_test_add ("/fairlead/manager/joined", test_joined);
  fairlead_test_add ("/fairlead/manager/bad-request", test_bad_request);
  fairlead_test_add ("/fairlead/manager/capabilities", test_capabilities);
  fairlead_test_add ("/fairlead/manager/damaged", test_damaged);
  fairlead_test_add ("/fairlead/manager/clean", test_clean);
  fairlead_test_add ("/fairlead/manager/foreign-state-dir", test_foreign_state_dir);
  fairlead_test_add ("/fairlead/manager/async", test_async);
  fairlead_test_add ("/fairlead/manager/no-id", test_no_id);
  fairlead_test_add ("/fairlead/manager/bad-backend", test_bad_backend);
  fairlead_test_add ("/fairlead/manager/other-process", test_other_process);
  fairlead_test_add ("/fairlead/manager/lock", test_lock);
  return g_test_run ();
}
