/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-testlib.h"

static FairleadNetns *
pin (const char *path)
{
  g_autoptr (GError) error = NULL;
  FairleadNetns *netns = fairlead_netns_new_pinned (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (netns);
  return netns;
}

static void
unpin (const char *path)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fairlead_netns_unpin (path, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
check_error (GError     **error,
             int          code,
             const char  *part)
{
  g_assert_error (*error, FAIRLEAD_ERROR, code);
  g_test_message ("%s", (*error)->message);
  g_assert_nonnull (strstr ((*error)->message, part));
  g_clear_error (error);
}

static guint
count_mounts (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint count = 0;

  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], " ", 6);

      if (strcmp (fields[4], path) == 0)
        count++;
    }

  return count;
}

/* A child in a network namespace of its own, that ends when the caller closes @end_fd. */
static pid_t
start_child (int *end_fd)
{
  int ready[2];
  int end[2];
  char byte;
  pid_t pid;

  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  g_assert_no_errno (pipe2 (end, O_CLOEXEC));

  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      close (end[1]);
      if (unshare (CLONE_NEWNET) < 0 || write (ready[1], "1", 1) != 1)
        _exit (1);
      _exit (read (end[0], &byte, 1) == 0 ? 0 : 1);
    }

  close (ready[1]);
  close (end[0]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  *end_fd = end[1];
  return pid;
}

static void
end_child (pid_t pid,
           int   end_fd)
{
  close (end_fd);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_pinned (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "a/b/one");
  g_autofree char *directory = fairlead_test_path (fixture, "a/b");
  g_autoptr (FairleadNetns) netns = pin (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) again = fairlead_netns_new_for_path (path, &error);
  struct stat info;

  g_test_summary ("A new namespace is pinned, found by its path, and gone after unpinning");

  g_assert_no_error (error);
  g_assert_cmpint (fairlead_netns_get_origin (netns), ==, FAIRLEAD_NETNS_ORIGIN_CREATED);
  g_assert_cmpstr (fairlead_netns_get_path (netns), ==, path);
  g_assert_cmpint (fairlead_netns_get_origin (again), ==, FAIRLEAD_NETNS_ORIGIN_PATH);
  g_assert_true (fairlead_netns_equal (netns, again));
  g_assert_cmpuint (fairlead_netns_get_inode (netns), !=, fixture->netns_inode);

  g_assert_no_errno (stat (path, &info));
  g_assert_cmpuint (info.st_ino, ==, fairlead_netns_get_inode (netns));
  g_assert_no_errno (stat (directory, &info));
  g_assert_cmpuint (info.st_mode & 0777, ==, 0755);

  unpin (path);
  unpin (path);
}

static void
test_loopback (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (FairleadNetns) netns = pin (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, &error);
  g_autoptr (GListModel) addresses = fairlead_netns_list_addresses (netns, &error);
  g_autoptr (FairleadInterface) loopback = NULL;
  const char * const expected[] = { "127.0.0.1/8", "::1/128" };

  g_test_summary ("The loopback interface of a new namespace is up and has its addresses");

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (interfaces), >=, 1);
  loopback = g_list_model_get_item (interfaces, 0);
  g_assert_cmpstr (fairlead_interface_get_name (loopback), ==, "lo");
  g_assert_cmpstr (fairlead_interface_get_mac_address (loopback), ==, "00:00:00:00:00:00");
  g_assert_cmpstr (fairlead_interface_get_sandbox (loopback), ==, path);
  g_assert_cmpuint (fairlead_interface_get_mtu (loopback), ==, 65536);

  g_assert_cmpuint (g_list_model_get_n_items (addresses), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);
      g_autofree char *text = fairlead_interface_address_to_string (item);

      g_assert_cmpstr (text, ==, expected[i]);
      g_assert_cmpstr (fairlead_interface_address_get_interface_name (item), ==, "lo");
      g_assert_null (fairlead_interface_address_get_gateway (item));
    }

  unpin (path);
}

static void
test_exists (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autofree char *link = fairlead_test_path (fixture, "netns/link");
  g_autofree char *target = fairlead_test_path (fixture, "elsewhere");
  g_autoptr (FairleadNetns) netns = pin (path);
  g_autoptr (GError) error = NULL;

  g_test_summary ("What exists at the path is neither replaced nor followed");

  g_assert_null (fairlead_netns_new_pinned (path, &error));
  check_error (&error, FAIRLEAD_ERROR_ALREADY_EXISTS, path);
  g_assert_false (fairlead_netns_pin (netns, path, &error));
  check_error (&error, FAIRLEAD_ERROR_ALREADY_EXISTS, path);

  g_assert_no_errno (symlink (target, link));
  g_assert_null (fairlead_netns_new_pinned (link, &error));
  check_error (&error, FAIRLEAD_ERROR_ALREADY_EXISTS, link);
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));

  unpin (path);
}

static void
test_bad_paths (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  const char * const paths[] = { "", "one", "./one", "/", "/run/", "/run/.", "/run/.." };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A path that names no file in a directory is refused");

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_assert_null (fairlead_netns_new_pinned (paths[i], &error));
      check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "absolute path");
      g_assert_false (fairlead_netns_unpin (paths[i], &error));
      check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "absolute path");
    }
}

static void
test_untrusted_directory (FairleadTestFixture *fixture,
                          gconstpointer        data)
{
  const mode_t modes[] = { 0777, 01777, 0775 };
  g_autofree char *path = fairlead_test_path (fixture, "one");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A directory that others can write is refused, and stays as it is");

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_assert_no_errno (chmod (fixture->directory, modes[i]));
      g_assert_null (fairlead_netns_new_pinned (path, &error));
      check_error (&error, FAIRLEAD_ERROR_PERMISSION_DENIED, fixture->directory);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      g_assert_cmpuint (count_mounts (fixture->directory), ==, 0);
    }
}

static void
test_directory_mounted_once (FairleadTestFixture *fixture,
                             gconstpointer        data)
{
  g_autofree char *directory = fairlead_test_path (fixture, "netns");
  g_autofree char *one = fairlead_test_path (fixture, "netns/one");
  g_autofree char *two = fairlead_test_path (fixture, "netns/two");
  g_autoptr (FairleadNetns) first = pin (one);
  g_autoptr (FairleadNetns) second = pin (two);

  g_test_summary ("The directory becomes a mount point once, and each namespace is mounted once");

  g_assert_cmpuint (count_mounts (directory), ==, 1);
  g_assert_cmpuint (count_mounts (one), ==, 1);
  g_assert_cmpuint (count_mounts (two), ==, 1);
  g_assert_false (fairlead_netns_equal (first, second));

  unpin (one);
  unpin (two);
}

static void
test_directory_locked (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "one");
  g_autoptr (GError) error = NULL;
  int fd = open (fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  g_test_summary ("A directory that somebody else keeps locked is an error, and does not block for ever");

  g_assert_no_errno (flock (fd, LOCK_EX));
  g_assert_null (fairlead_netns_new_pinned (path, &error));
  check_error (&error, FAIRLEAD_ERROR_TRY_AGAIN, fixture->directory);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  close (fd);
}

static void
test_iproute2 (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autofree char *ip = g_find_program_in_path ("ip");
  const char *argv[] = { ip, "netns", "add", "theirs", NULL };
  guint n_before;
  g_autoptr (FairleadProcess) process = NULL;
  g_autoptr (FairleadNetns) ours = NULL;
  g_autoptr (FairleadNetns) theirs = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("\"ip netns\" and we work in one directory, in either order");

  if (ip == NULL)
    {
      g_test_skip ("there is no ip program");
      return;
    }

  /* On a machine where somebody has used "ip netns" one is there, hidden by our own /run. */
  n_before = count_mounts ("/run/netns");
  ours = pin ("/run/netns/ours");
  process = fairlead_process_new (argv);
  g_assert_true (fairlead_process_run (process, NULL, &error));
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, 0);
  g_assert_cmpuint (count_mounts ("/run/netns"), ==, n_before + 1);
  g_assert_cmpuint (count_mounts ("/run/netns/ours"), ==, 1);

  theirs = fairlead_netns_new_for_path ("/run/netns/theirs", &error);
  g_assert_no_error (error);
  unpin ("/run/netns/theirs");
  unpin ("/run/netns/ours");
  g_assert_no_errno (umount2 ("/run/netns", 0));
}

static void
test_for_path_foreign (FairleadTestFixture *fixture,
                       gconstpointer        data)
{
  g_autofree char *file = fairlead_test_path (fixture, "file");
  g_autofree char *fifo = fairlead_test_path (fixture, "fifo");
  g_autofree char *missing = fairlead_test_path (fixture, "missing");
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is no network namespace is refused, and the error says what it is");

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_assert_null (fairlead_netns_new_for_path (file, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a regular file");

  /* To open it would block until somebody writes. */
  g_assert_no_errno (mkfifo (fifo, 0600));
  g_assert_null (fairlead_netns_new_for_path (fifo, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a FIFO");

  g_assert_null (fairlead_netns_new_for_path (fixture->directory, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a directory");

  g_assert_null (fairlead_netns_new_for_path ("/proc/self/ns/mnt", &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a mount namespace");

  g_assert_null (fairlead_netns_new_for_path ("/proc/self/ns/uts", &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a UTS namespace");

  g_assert_null (fairlead_netns_new_for_path (missing, &error));
  check_error (&error, FAIRLEAD_ERROR_NOT_FOUND, missing);
}

static void
test_current (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_current (&error);

  g_test_summary ("The calling thread's own namespace");

  g_assert_no_error (error);
  g_assert_cmpint (fairlead_netns_get_origin (netns), ==, FAIRLEAD_NETNS_ORIGIN_HOST);
  g_assert_null (fairlead_netns_get_path (netns));
  g_assert_cmpuint (fairlead_netns_get_inode (netns), ==, fixture->netns_inode);
}

static void
test_pid (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/pinned");
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (FairleadNetns) pinned = NULL;
  int end_fd;
  pid_t pid = start_child (&end_fd);
  g_autofree char *process_path = g_strdup_printf ("/proc/%d/ns/net", (int) pid);

  g_test_summary ("The namespace of a process can be taken, and pinned so that it outlives the process");

  netns = fairlead_netns_new_for_pid (pid, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_netns_get_origin (netns), ==, FAIRLEAD_NETNS_ORIGIN_PID);
  g_assert_cmpstr (fairlead_netns_get_path (netns), ==, process_path);
  g_assert_cmpuint (fairlead_netns_get_inode (netns), !=, fixture->netns_inode);

  g_assert_true (fairlead_netns_pin (netns, path, &error));
  g_assert_cmpstr (fairlead_netns_get_path (netns), ==, path);
  end_child (pid, end_fd);

  pinned = fairlead_netns_new_for_path (path, &error);
  g_assert_no_error (error);
  g_assert_true (fairlead_netns_equal (netns, pinned));
  g_assert_true (fairlead_netns_set_loopback_up (pinned, &error));
  unpin (path);
}

static void
test_pid_gone (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  int end_fd;
  pid_t pid = start_child (&end_fd);
  siginfo_t info;

  g_test_summary ("A process that ended, reaped or not, has no namespace to give");

  close (end_fd);
  g_assert_no_errno (waitid (P_PID, pid, &info, WEXITED | WNOWAIT));
  g_assert_null (fairlead_netns_new_for_pid (pid, &error));
  check_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "has ended");

  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_null (fairlead_netns_new_for_pid (pid, &error));
  check_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "Cannot find process");

  g_assert_null (fairlead_netns_new_for_pid (0, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "0");
  g_assert_null (fairlead_netns_new_for_pid (-1, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "-1");
}

static void
test_pidfd (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  int end_fd;
  pid_t pid = start_child (&end_fd);
  int pidfd = pidfd_open (pid, 0);

  g_test_summary ("A pidfd stands for one process and never for a later one of the same number");

  g_assert_cmpint (pidfd, >=, 0);
  netns = fairlead_netns_new_for_pidfd (pidfd, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fairlead_netns_get_inode (netns), !=, fixture->netns_inode);

  end_child (pid, end_fd);
  g_assert_null (fairlead_netns_new_for_pidfd (pidfd, &error));
  check_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "has ended");
  close (pidfd);

  g_assert_null (fairlead_netns_new_for_pidfd (-1, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "pidfd");
  g_assert_null (fairlead_netns_new_for_pidfd (STDERR_FILENO, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "pidfd");
}

static void
test_fd (FairleadTestFixture *fixture,
         gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  int fd = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

  g_test_summary ("A descriptor is copied and stays the caller's");

  netns = fairlead_netns_new_for_fd (fd, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fairlead_netns_get_inode (netns), ==, fixture->netns_inode);
  g_assert_no_errno (close (fd));

  g_assert_null (fairlead_netns_new_for_fd (-1, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_null (fairlead_netns_new_for_fd (fd, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a device");
  close (fd);
}

typedef struct
{
  guint64  inode;
  sigset_t blocked;
} RunResult;

static gboolean
look_around (gpointer   user_data,
             GError   **error)
{
  RunResult *result = user_data;
  struct stat info;

  if (stat ("/proc/thread-self/ns/net", &info) < 0 || pthread_sigmask (SIG_BLOCK, NULL, &result->blocked) != 0)
    {
      fairlead_error_set_errno (error, errno, "look around");
      return FALSE;
    }

  result->inode = info.st_ino;
  return TRUE;
}

static gboolean
fail_inside (gpointer   user_data,
             GError   **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "no room inside");
  return FALSE;
}

static gboolean
fail_silently (gpointer   user_data,
               GError   **error)
{
  return FALSE;
}

static void
test_run (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (FairleadNetns) netns = pin (path);
  g_autoptr (GError) error = NULL;
  RunResult result = { 0 };
  sigset_t before;
  sigset_t after;

  g_test_summary ("A function runs inside with signals blocked, and its error comes back");

  pthread_sigmask (SIG_BLOCK, NULL, &before);
  g_assert_true (fairlead_netns_run (netns, look_around, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.inode, ==, fairlead_netns_get_inode (netns));
  g_assert_true (sigismember (&result.blocked, SIGTERM));
  g_assert_true (sigismember (&result.blocked, SIGCHLD));
  pthread_sigmask (SIG_BLOCK, NULL, &after);
  for (int number = 1; number < NSIG; number++)
    g_assert_cmpint (sigismember (&before, number), ==, sigismember (&after, number));

  g_assert_false (fairlead_netns_run (netns, fail_inside, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR_BUSY, "no room inside");
  g_assert_false (fairlead_netns_run (netns, fail_silently, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR_FAILED, "without setting an error");
  unpin (path);
}

static void
test_socket (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (FairleadNetns) netns = pin (path);
  g_autoptr (GError) error = NULL;
  int netns_fd = fairlead_netns_dup_fd (netns, &error);
  int fd;

  g_test_summary ("A socket stays inside: what listens there is not reached from here");

  fd = fairlead_netns_open_socket (netns, AF_INET, SOCK_STREAM, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
  close (fd);

  g_assert_true (fairlead_test_tcp_roundtrip (netns_fd, 7001, netns_fd, "127.0.0.1", 7001, &error));
  g_assert_no_error (error);
  g_assert_true (fairlead_test_udp_roundtrip (netns_fd, 7001, netns_fd, "::1", 7001, &error));
  g_assert_no_error (error);
  g_assert_false (fairlead_test_tcp_roundtrip (netns_fd, 7001, -1, "127.0.0.1", 7001, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  g_assert_cmpint (fairlead_netns_open_socket (netns, AF_INET, 12345, 0, &error), ==, -1);
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "inside");

  close (netns_fd);
  unpin (path);
}

static void
test_close (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_current (&error);
  g_autoptr (FairleadNetns) never_opened = g_object_new (FAIRLEAD_TYPE_NETNS, NULL);
  g_autofree char *path = fairlead_test_path (fixture, "one");
  G_GNUC_UNUSED g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, &error);

  g_test_summary ("After close() every use is an error, also of the socket that was kept, and close() may come again");

  g_assert_no_error (error);
  fairlead_netns_close (netns);
  fairlead_netns_close (netns);
  g_assert_cmpuint (fairlead_netns_get_inode (netns), ==, fixture->netns_inode);

  g_assert_cmpint (fairlead_netns_dup_fd (netns, &error), ==, -1);
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
  g_assert_cmpint (fairlead_netns_open_socket (netns, AF_INET, SOCK_STREAM, 0, &error), ==, -1);
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
  g_assert_null (fairlead_netns_list_interfaces (netns, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
  g_assert_null (fairlead_netns_list_addresses (netns, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
  g_assert_false (fairlead_netns_set_loopback_up (netns, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
  g_assert_false (fairlead_netns_pin (netns, path, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
  g_assert_false (fairlead_netns_run (never_opened, fail_inside, NULL, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "closed");
}

static void
test_unpin_stacked (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (FairleadNetns) netns = pin (path);

  g_test_summary ("A namespace that is mounted several times at a path is unmounted as often");

  g_assert_no_errno (mount ("/proc/self/ns/net", path, "none", MS_BIND, NULL));
  g_assert_no_errno (mount (path, path, "none", MS_BIND, NULL));
  g_assert_cmpuint (count_mounts (path), ==, 3);

  /* A descriptor keeps none of the mounts. */
  g_assert_cmpuint (fairlead_netns_get_inode (netns), !=, fixture->netns_inode);
  unpin (path);
  g_assert_cmpuint (count_mounts (path), ==, 0);
}

static void
test_unpin_leftover (FairleadTestFixture *fixture,
                     gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "one");
  g_autofree char *deep = fairlead_test_path (fixture, "no/such/directory");

  g_test_summary ("The empty file that an interrupted pin leaves is removed, and nothing is success");

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  unpin (path);
  unpin (deep);
}

static void
test_unpin_foreign (FairleadTestFixture *fixture,
                    gconstpointer        data)
{
  g_autofree char *file = fairlead_test_path (fixture, "file");
  g_autofree char *link = fairlead_test_path (fixture, "link");
  g_autofree char *uts = fairlead_test_path (fixture, "uts");
  g_autofree char *directory = fairlead_test_path (fixture, "directory");
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is not ours is left alone");

  g_assert_true (g_file_set_contents (file, "precious", -1, NULL));
  g_assert_false (fairlead_netns_unpin (file, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a regular file");
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));

  g_assert_no_errno (symlink ("/proc/self/ns/net", link));
  g_assert_false (fairlead_netns_unpin (link, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a symbolic link");
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));

  g_assert_no_errno (g_mkdir (directory, 0755));
  g_assert_no_errno (mount ("tmpfs", directory, "tmpfs", 0, NULL));
  g_assert_false (fairlead_netns_unpin (directory, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a directory");
  g_assert_cmpuint (count_mounts (directory), ==, 1);
  g_assert_no_errno (umount2 (directory, 0));

  g_assert_true (g_file_set_contents (uts, "", 0, NULL));
  g_assert_no_errno (mount ("/proc/self/ns/uts", uts, "none", MS_BIND, NULL));
  g_assert_false (fairlead_netns_unpin (uts, &error));
  check_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a UTS namespace");
  g_assert_cmpuint (count_mounts (uts), ==, 1);
  g_assert_no_errno (umount2 (uts, 0));
}

static void
test_gateway (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autofree char *ip = g_find_program_in_path ("ip");
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) addresses = NULL;
  g_autofree char *script = NULL;
  const char *argv[] = { "/usr/bin/nsenter", NULL, "/bin/sh", "-e", "-c", NULL, NULL };
  g_autofree char *enter = NULL;
  g_autoptr (FairleadProcess) process = NULL;
  guint n_found = 0;

  g_test_summary ("The gateway of the default route is told with the addresses of its subnet only");

  if (ip == NULL || !g_file_test (argv[0], G_FILE_TEST_IS_EXECUTABLE))
    {
      g_test_skip ("there is no ip or no nsenter program");
      return;
    }

  netns = pin (path);
  enter = g_strdup_printf ("--net=%s", path);
  script = g_strdup_printf ("IP=%s\n"
                            "$IP link add e0 type veth peer name e1; $IP link set e0 up; $IP link set e1 up\n"
                            "$IP addr add 10.7.0.2/24 dev e0; $IP addr add 10.8.0.2/24 dev e0\n"
                            "$IP route add default via 10.8.0.1 metric 200\n"
                            "$IP route add default via 10.7.0.1 metric 100\n"
                            "$IP -6 addr add fd07::2/64 dev e0 nodad; $IP -6 route add default via fd07::1\n",
                            ip);
  argv[1] = enter;
  argv[5] = script;
  process = fairlead_process_new (argv);
  g_assert_true (fairlead_process_run (process, NULL, &error));
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, 0);

  addresses = fairlead_netns_list_addresses (netns, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);
      GInetAddress *gateway = fairlead_interface_address_get_gateway (item);
      g_autofree char *address = fairlead_interface_address_to_string (item);
      g_autofree char *text = gateway != NULL ? g_inet_address_to_string (gateway) : g_strdup ("none");
      g_autofree char *line = g_strdup_printf ("%s %s", address, text);
      const char * const expected[] = {
        "10.7.0.2/24 10.7.0.1", "10.8.0.2/24 10.8.0.1", "fd07::2/64 fd07::1", "127.0.0.1/8 none", NULL,
      };

      if (g_strv_contains (expected, line))
        n_found++;
    }
  g_assert_cmpuint (n_found, ==, 4);
  unpin (path);
}

typedef struct
{
  GMutex lock;
  GCond  changed;
  guint  n_running;
  guint  n_asked;
  guint  n_done;
  gboolean go_on;
} PoolState;

static void
occupy_pool (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  PoolState *state = task_data;

  g_mutex_lock (&state->lock);
  state->n_running++;
  g_cond_broadcast (&state->changed);
  while (!state->go_on)
    g_cond_wait (&state->changed, &state->lock);
  state->n_done++;
  g_cond_broadcast (&state->changed);
  g_mutex_unlock (&state->lock);

  g_task_return_boolean (task, TRUE);
}

static void
push_task (PoolState *state)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  state->n_asked++;
  g_task_set_task_data (task, state, NULL);
  g_task_run_in_thread (task, occupy_pool);
}

static void
test_busy_pool (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "netns/one");
  g_autoptr (FairleadNetns) netns = pin (path);
  g_autoptr (GError) error = NULL;
  PoolState state = { 0 };

  g_test_summary ("Threads of GLib's pool that are born between many visits are all in the namespace they belong to");

  /* Each task occupies a thread until the end, so that each one that is pushed makes GLib start another. */
  for (guint i = 0; i < 100; i++)
    {
      RunResult result = { 0 };

      if (i % 10 == 0)
        push_task (&state);
      g_assert_true (fairlead_netns_run (netns, look_around, &result, &error));
      g_assert_cmpuint (result.inode, ==, fairlead_netns_get_inode (netns));
    }

  g_mutex_lock (&state.lock);
  while (state.n_running < state.n_asked)
    g_cond_wait (&state.changed, &state.lock);
  g_mutex_unlock (&state.lock);
  fairlead_test_check_threads (fixture->netns_inode);

  g_mutex_lock (&state.lock);
  state.go_on = TRUE;
  g_cond_broadcast (&state.changed);
  while (state.n_done < state.n_asked)
    g_cond_wait (&state.changed, &state.lock);
  g_mutex_unlock (&state.lock);

  while (g_main_context_iteration (NULL, FALSE))
    ;
  unpin (path);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  fairlead_test_add ("/fairlead/netns/pinned", test_pinned);
  fairlead_test_add ("/fairlead/netns/loopback", test_loopback);
  fairlead_test_add ("/fairlead/netns/exists", test_exists);
  fairlead_test_add ("/fairlead/netns/bad-paths", test_bad_paths);
  fairlead_test_add ("/fairlead/netns/directory/untrusted", test_untrusted_directory);
  fairlead_test_add ("/fairlead/netns/directory/mounted-once", test_directory_mounted_once);
  fairlead_test_add ("/fairlead/netns/directory/locked", test_directory_locked);
  fairlead_test_add ("/fairlead/netns/directory/iproute2", test_iproute2);
  fairlead_test_add ("/fairlead/netns/path-foreign", test_for_path_foreign);
  fairlead_test_add ("/fairlead/netns/current", test_current);
  fairlead_test_add ("/fairlead/netns/pid", test_pid);
  fairlead_test_add ("/fairlead/netns/pid-gone", test_pid_gone);
  fairlead_test_add ("/fairlead/netns/pidfd", test_pidfd);
  fairlead_test_add ("/fairlead/netns/fd", test_fd);
  fairlead_test_add ("/fairlead/netns/run", test_run);
  fairlead_test_add ("/fairlead/netns/socket", test_socket);
  fairlead_test_add ("/fairlead/netns/close", test_close);
  fairlead_test_add ("/fairlead/netns/unpin/stacked", test_unpin_stacked);
  fairlead_test_add ("/fairlead/netns/unpin/leftover", test_unpin_leftover);
  fairlead_test_add ("/fairlead/netns/unpin/foreign", test_unpin_foreign);
  fairlead_test_add ("/fairlead/netns/gateway", test_gateway);
  fairlead_test_add ("/fairlead/netns/busy-pool", test_busy_pool);

  return g_test_run ();
}
