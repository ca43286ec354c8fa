/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-testhost.h"

/* Network namespaces of an ordinary user, who has them by way of a user namespace. All of this runs as one. */

/* What stands before the path that a namespace has inside. */
#define OUTER_PATTERN "/proc/[0-9]+/root/"

#define SUBIDS "nobody:100000:1000\nnobody:300000:500\n"

static gboolean has_subids;

typedef struct
{
  FairleadTestFixture  base;
  FairleadConfig      *config;
  FairleadManager     *manager;
  char                *record;
} Fixture;

static void
configure (Fixture    *fixture,
           const char *key,
           const char *value)
{
  g_autoptr (GError) error = NULL;

  fairlead_config_set (fixture->config, "core", key, value, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *state = NULL;
  g_autofree char *netns = NULL;

  fairlead_test_set_up (&fixture->base, data);
  state = fairlead_test_path (&fixture->base, "state");
  netns = fairlead_test_path (&fixture->base, "netns");
  fixture->record = g_build_filename (state, "userns.json", NULL);
  fixture->config = fairlead_config_new ();
  configure (fixture, "backend-dirs", TEST_NONE_BACKEND_DIR);
  configure (fixture, "state-dir", state);
  configure (fixture, "netns-dir", netns);
  fixture->manager = fairlead_manager_new (fixture->config);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *netns = fairlead_test_path (&fixture->base, "netns");

  g_assert_finalize_object (fixture->manager);
  g_assert_finalize_object (fixture->config);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (netns, G_FILE_TEST_EXISTS));
  g_free (fixture->record);
  fairlead_test_tear_down (&fixture->base, data);
}

static FairleadContainer *
setup (Fixture    *fixture,
       const char *id)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (id);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container;

  fairlead_request_add_network (request, "none", NULL);
  container = fairlead_manager_setup (fixture->manager, request, NULL, &error);
  g_assert_no_error (error);
  return container;
}

static void
teardown (Fixture    *fixture,
          const char *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (fixture->manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static FairleadNetns *
open_netns (FairleadContainer *container)
{
  g_autoptr (GError) error = NULL;
  FairleadNetns *netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);

  g_assert_no_error (error);
  return netns;
}

/* The process that keeps the user namespace, as a pidfd; its number is in the record. */
static int
open_keeper (Fixture *fixture)
{
  g_autofree char *text = NULL;
  g_autoptr (GVariant) record = NULL;
  gint64 pid;
  int pidfd;

  g_assert_true (g_file_get_contents (fixture->record, &text, NULL, NULL));
  record = fairlead_json_parse (text, -1, NULL);
  g_assert_true (g_variant_lookup (record, "pid", "x", &pid));
  pidfd = pidfd_open ((pid_t) pid, 0);
  g_assert_cmpint (pidfd, >=, 0);
  return pidfd;
}

static gboolean
has_ended (int pidfd)
{
  struct pollfd ended = { .fd = pidfd, .events = POLLIN };

  return poll (&ended, 1, 5000) == 1;
}

static void
test_pinned (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = setup (fixture, "c1");
  int keeper = open_keeper (fixture);
  g_autoptr (FairleadContainer) second = setup (fixture, "c2");
  g_autoptr (FairleadNetns) first_netns = open_netns (first);
  g_autoptr (FairleadNetns) second_netns = open_netns (second);
  g_autoptr (GError) error = NULL;
  int again = open_keeper (fixture);
  int fd;

  g_test_summary ("Namespaces are pinned inside one user namespace, which ends with the last of them");

  g_assert_false (fairlead_netns_equal (first_netns, second_netns));
  g_assert_cmpuint (fairlead_netns_get_inode (first_netns), !=, fixture->base.netns_inode);
  close (again);

  /* The loopback interface is up, and a socket of the namespace can be had. */
  fd = fairlead_netns_dup_fd (first_netns, &error);
  g_assert_no_error (error);
  fairlead_test_tcp_roundtrip (fd, 7000, fd, "127.0.0.1", 7000, &error);
  g_assert_no_error (error);
  g_assert_false (fairlead_test_tcp_roundtrip (fd, 7000, -1, "127.0.0.1", 7000, NULL));
  close (fd);

  teardown (fixture, "c1");
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  teardown (fixture, "c2");
  g_assert_true (has_ended (keeper));
  close (keeper);
}

static void
test_keeper_killed (Fixture       *fixture,
                    gconstpointer  data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) first = setup (fixture, "c1");
  g_autoptr (FairleadContainer) second = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) removed = NULL;
  int keeper = open_keeper (fixture);

  g_test_summary ("When the user namespace's keeper is killed, its containers are dead, and new ones get another one");

  g_assert_no_errno (pidfd_send_signal (keeper, SIGKILL, NULL, 0));
  g_assert_true (has_ended (keeper));
  close (keeper);

  g_assert_false (fairlead_manager_check (fixture->manager, "c1", NULL, NULL));
  second = setup (fixture, "c2");
  removed = fairlead_manager_collect (fixture->manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (removed[0], ==, "c1");
  g_assert_null (removed[1]);
  teardown (fixture, "c2");
}

static void
change_state (Fixture    *fixture,
              const char *id,
              const char *pattern,
              const char *replacement)
{
  g_autofree char *state = g_path_get_dirname (fixture->record);
  g_autofree char *name = g_strconcat (id, ".json", NULL);
  g_autofree char *file = g_build_filename (state, "containers", name, NULL);
  g_autofree char *text = NULL;
  g_autofree char *changed = NULL;
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  changed = g_regex_replace_literal (regex, text, -1, 0, replacement, 0, NULL);
  g_assert_true (g_file_set_contents (file, changed, -1, NULL));
}

static void
test_number_used_again (Fixture       *fixture,
                        gconstpointer  data)
{
  const int pids[] = { getpid (), 1 };

  g_test_summary ("Containers are dead whose user namespace's keeper was killed and its number given to another process");

  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++)
    {
      G_GNUC_UNUSED g_autoptr (FairleadContainer) container = setup (fixture, "c1");
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) removed = NULL;
      g_autofree char *path = g_strdup_printf ("/proc/%d/root/", pids[i]);
      int keeper = open_keeper (fixture);

      g_assert_no_errno (pidfd_send_signal (keeper, SIGKILL, NULL, 0));
      g_assert_true (has_ended (keeper));
      close (keeper);
      change_state (fixture, "c1", OUTER_PATTERN, path);
      removed = fairlead_manager_collect (fixture->manager, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (removed[0], ==, "c1");
    }
}

/* What a setup leaves that is killed when the user namespace is there, and the network namespace is not. */
static void
set_up_half (Fixture *fixture)
{
  g_autoptr (FairleadContainer) container = setup (fixture, "c1");
  g_autofree char *new_record = g_strconcat (fixture->record, ".new", NULL);
  const char *inner = strstr (fairlead_container_get_netns_path (container), "/root/") + strlen ("/root");

  g_assert_no_errno (unlink (inner));
  change_state (fixture, "c1", OUTER_PATTERN, "/");
  change_state (fixture, "c1", "\"ready\"", "\"setting-up\"");
  g_assert_true (g_file_set_contents (new_record, "{", -1, NULL));
}

static void
test_setup_killed (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *new_record = g_strconcat (fixture->record, ".new", NULL);

  g_test_summary ("The keeper of a setup that was killed ends with teardown or collect, unless others are kept");

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) removed = NULL;
      int keeper;

      set_up_half (fixture);
      keeper = open_keeper (fixture);
      if (i == 0)
        teardown (fixture, "c1");
      else
        removed = fairlead_manager_collect (fixture->manager, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (has_ended (keeper));
      close (keeper);
      g_assert_false (g_file_test (new_record, G_FILE_TEST_EXISTS));
    }

  set_up_half (fixture);
  g_object_unref (setup (fixture, "c2"));
  teardown (fixture, "c1");
  g_strfreev (fairlead_manager_collect (fixture->manager, NULL, NULL));
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  teardown (fixture, "c2");
}

static void
test_record_damaged (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char * const texts[] = {
    "", "{", "[]", "{\"pid\": 1, \"start-time\": 1, \"inode\": 1}", "{\"pid\": -1}", "{\"pid\": \"1\"}",
  };

  g_test_summary ("A record that names another process, or cannot be read, is replaced, and nobody is stopped for it");

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *state = g_path_get_dirname (fixture->record);
      g_autoptr (FairleadContainer) container = NULL;

      g_mkdir (state, 0700);
      g_assert_true (g_file_set_contents (fixture->record, texts[i], -1, NULL));
      container = setup (fixture, "c1");
      teardown (fixture, "c1");
    }
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      outcome)
{
  g_set_object ((GAsyncResult **) outcome, result);
}

static gboolean
list_asynchronously (Fixture  *fixture,
                     GError  **error)
{
  g_autoptr (GAsyncResult) outcome = NULL;
  g_autoptr (GListModel) containers = NULL;

  fairlead_manager_list_containers_async (fixture->manager, NULL, on_done, &outcome);
  while (outcome == NULL)
    g_main_context_iteration (NULL, TRUE);
  containers = fairlead_manager_list_containers_finish (fixture->manager, outcome, error);
  return containers != NULL;
}

/* Root has no such limit. */
static void
test_no_thread (Fixture       *fixture,
                gconstpointer  data)
{
  struct rlimit before;
  struct rlimit low;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Where no thread can be started, an asynchronous verb fails, and the next one succeeds where it can");

  /* GLib's own threads, without which it goes no further. */
  g_type_ensure (G_TYPE_TASK);
  g_assert_no_errno (getrlimit (RLIMIT_NPROC, &before));
  low = before;
  low.rlim_cur = 1;
  g_assert_no_errno (setrlimit (RLIMIT_NPROC, &low));
  g_assert_false (list_asynchronously (fixture, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED);
  g_clear_error (&error);

  g_assert_no_errno (setrlimit (RLIMIT_NPROC, &before));
  list_asynchronously (fixture, &error);
  g_assert_no_error (error);
}

static gboolean
read_uid_map (gpointer   user_data,
              GError   **error)
{
  return g_file_get_contents ("/proc/thread-self/uid_map", user_data, NULL, error);
}

static void
check_map (FairleadNetns      *netns,
           const char * const *lines)
{
  g_autofree char *map = NULL;
  g_auto (GStrv) found = NULL;
  g_autoptr (GError) error = NULL;

  fairlead_netns_run (netns, read_uid_map, &map, &error);
  g_assert_no_error (error);
  found = g_strsplit (g_strchomp (map), "\n", -1);
  for (guint i = 0; lines[i] != NULL || found[i] != NULL; i++)
    {
      guint inner, outer, count;
      g_autofree char *line = NULL;

      g_assert_nonnull (found[i]);
      g_assert_cmpint (sscanf (found[i], "%u %u %u", &inner, &outer, &count), ==, 3);
      line = g_strdup_printf ("%u %u %u", inner, outer, count);
      g_assert_cmpstr (line, ==, lines[i]);
    }
}

static void
test_held (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_autofree char *own = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  const char *lines[] = { own, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_USER, NULL, &error);
  g_autoptr (FairleadNetns) seen = NULL;
  g_autofree char *path = NULL;
  int userns_fd;

  g_test_summary ("A namespace that nothing but an object holds is found by its path, and gone with the object");

  g_assert_no_error (error);
  g_assert_cmpint (fairlead_netns_get_origin (netns), ==, FAIRLEAD_NETNS_ORIGIN_CREATED);
  path = g_strdup (fairlead_netns_get_path (netns));
  seen = fairlead_netns_new_for_path (path, &error);
  g_assert_no_error (error);
  g_assert_true (fairlead_netns_equal (netns, seen));
  userns_fd = fairlead_netns_dup_userns_fd (netns);
  g_assert_cmpint (userns_fd, >=, 0);
  close (userns_fd);
  check_map (netns, lines);
  g_assert_finalize_object (g_steal_pointer (&seen));

  g_assert_finalize_object (g_steal_pointer (&netns));
  g_assert_null (fairlead_netns_new_for_path (path, NULL));
}

static void
test_own (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_current (NULL);

  g_test_summary ("There is no user namespace to join for the network namespace that one is in");

  g_assert_cmpint (fairlead_netns_dup_userns_fd (netns), ==, -1);
  g_assert_true (fairlead_netns_set_loopback_up (netns, NULL) || geteuid () != 0);
}

static void
test_subids (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *own = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  const char *lines[] = { own, "1 100000 1000", "1001 300000 500", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = NULL;

  g_test_summary ("With subids the user's subordinate ids follow his own");

  if (!has_subids)
    {
      g_test_skip ("newuidmap, which is set-uid, has no privilege in a user namespace, or is not installed");
      return;
    }
  netns = fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_SUBIDS, NULL, &error);
  g_assert_no_error (error);
  check_map (netns, lines);
}

static void
test_no_subids (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without subordinate ids, or newuidmap, the error says how to get them");

  g_assert_null (fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_SUBIDS, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_true (g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED) ||
                 g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND));
}

static void
write_file (const char *path,
            const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) != (gssize) strlen (text))
    _exit (2);
  close (fd);
}

/* In a user namespace that may have none below it. */
static void
try_without_userns (int fd)
{
  g_autofree char *map = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  g_autoptr (GError) error = NULL;

  if (unshare (CLONE_NEWUSER) < 0)
    _exit (1);
  write_file ("/proc/self/uid_map", map);
  write_file ("/proc/sys/user/max_user_namespaces", "0");
  if (fairlead_netns_new_in_userns (FAIRLEAD_ID_MAP_USER, NULL, &error) != NULL)
    _exit (3);
  dprintf (fd, "%s", error->message);
  _exit (error->code == FAIRLEAD_ERROR_HELPER_FAILED ? 0 : 4);
}

static void
test_disabled (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  char message[1024] = "";
  int ends[2];
  int status;
  pid_t pid;

  g_test_summary ("Where a system lets no user have user namespaces, the error names the setting");

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  pid = fork ();
  if (pid == 0)
    try_without_userns (ends[1]);
  close (ends[1]);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (read (ends[0], message, sizeof message - 1), >, 0);
  close (ends[0]);
  g_test_message ("%s", message);
  g_assert_cmpint (status, ==, 0);
  g_assert_nonnull (strstr (message, "user.max_user_namespaces"));
}

/* nobody, whom the test becomes, gets subordinate ids, as far as this mount namespace is concerned. */
static void
grant_subids (void)
{
  static const char * const files[] = { "/etc/subuid", "/etc/subgid" };

  if (geteuid () != 0 || !g_file_test ("/usr/bin/newuidmap", G_FILE_TEST_IS_EXECUTABLE) ||
      !g_file_set_contents_full ("/run/subids", SUBIDS, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL))
    return;
  has_subids = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    has_subids = has_subids && mount ("/run/subids", files[i], NULL, MS_BIND, NULL) == 0;
}

#define add(path, func) g_test_add ("/fairlead/userns/" path, Fixture, NULL, set_up, (func), tear_down)

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);
  grant_subids ();
  if (!fairlead_test_become_user (&reason))
    return fairlead_test_skip_all (reason);
  has_subids = has_subids && geteuid () == 65534;

  add ("pinned", test_pinned);
  add ("keeper-killed", test_keeper_killed);
  add ("number-used-again", test_number_used_again);
  add ("setup-killed", test_setup_killed);
  add ("record-damaged", test_record_damaged);
  add ("no-thread", test_no_thread);
  fairlead_test_add ("/fairlead/userns/held", test_held);
  fairlead_test_add ("/fairlead/userns/own", test_own);
  fairlead_test_add ("/fairlead/userns/subids", test_subids);
  if (!has_subids)
    fairlead_test_add ("/fairlead/userns/no-subids", test_no_subids);
  fairlead_test_add ("/fairlead/userns/disabled", test_disabled);
  return g_test_run ();
}
