/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-testlib-private.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "thread/glib-order.h"

void
fairlead_test_init (int    *argc,
                    char ***argv)
{
  g_auto (GStrv) names = g_listenv ();

#ifdef TEST_THREAD_SANITIZER
  fairlead_test_glib_order_init (*argv);
#endif
  for (gsize i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "FAIRLEAD_") && strcmp (names[i], "FAIRLEAD_BACKEND_PATH") != 0 &&
        strcmp (names[i], "FAIRLEAD_LIBEXEC_DIR") != 0)
      g_unsetenv (names[i]);

  g_setenv ("LC_ALL", "C", TRUE);
  g_test_init (argc, argv, NULL);
}

static gboolean
write_file (const char *path,
            const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written;

  if (fd < 0)
    return FALSE;

  written = write (fd, text, strlen (text)) == (gssize) strlen (text);
  close (fd);
  return written;
}

/* As an ordinary user: a user namespace in which the caller is root, and only he exists. */
static gboolean
unshare_as_user (void)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", (guint) getegid ());

  return unshare (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 &&
         write_file ("/proc/self/setgroups", "deny") &&
         write_file ("/proc/self/uid_map", uid_map) &&
         write_file ("/proc/self/gid_map", gid_map);
}

static gboolean
set_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo" };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean up;

  if (fd < 0)
    return FALSE;

  request.ifr_flags = IFF_UP;
  up = ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  close (fd);
  return up;
}

gboolean
fairlead_test_enter_host (char **reason)
{
  gboolean unshared = geteuid () == 0 && unshare (CLONE_NEWNS | CLONE_NEWNET) == 0;

  if (!unshared && !unshare_as_user ())
    {
      *reason = g_strdup_printf ("cannot make namespaces: %s", g_strerror (errno));
      return FALSE;
    }

  if (mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
      mount ("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
    {
      *reason = g_strdup_printf ("cannot mount: %s", g_strerror (errno));
      return FALSE;
    }

  /* It would show the interfaces of the namespace that it was mounted in. Not every sandbox allows it; few need it. */
  if (mount ("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
    g_test_message ("/sys is the outer host's: %s", g_strerror (errno));

  if (!set_loopback_up ())
    {
      *reason = g_strdup_printf ("cannot set the loopback interface up: %s", g_strerror (errno));
      return FALSE;
    }

  g_assert_no_errno (g_mkdir_with_parents ("/run/user/0", 0700));
  g_setenv ("XDG_RUNTIME_DIR", "/run/user/0", TRUE);
  return TRUE;
}

int
fairlead_test_skip_all (const char *reason)
{
  printf ("1..0 # SKIP %s\n", reason);
  return 0;
}

/* "number → what it is" of all open descriptors. */
static GHashTable *
list_descriptors (void)
{
  GHashTable *descriptors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);
      g_autofree char *own = g_strdup_printf ("/proc/%d/fd", (int) getpid ());

      if (target != NULL && strcmp (target, own) != 0)
        g_hash_table_add (descriptors, g_strdup_printf ("%s → %s", name, target));
    }

  return descriptors;
}

/* The lines of mountinfo without their first fields, numbers that say nothing. */
static GHashTable *
list_mounts (void)
{
  GHashTable *mounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], " ", 6);

      g_assert_cmpuint (g_strv_length (fields), ==, 6);
      g_hash_table_add (mounts, g_strdup_printf ("%s on %s", fields[3], fields[4]));
    }

  return mounts;
}

static void
check_nothing_new (const char *what,
                   GHashTable *before,
                   GHashTable *after)
{
  GHashTableIter iter;
  gpointer item;
  guint n_new = 0;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    if (!g_hash_table_contains (before, item))
      {
        g_test_message ("%s left behind: %s", what, (const char *) item);
        n_new++;
      }

  g_assert_cmpuint (n_new, ==, 0);
}

static guint64
get_netns_inode (void)
{
  struct stat info;

  g_assert_no_errno (stat ("/proc/thread-self/ns/net", &info));
  return info.st_ino;
}

static guint
count_foreign_threads (guint64 inode)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  guint n_foreign = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "ns", "net", NULL);
      struct stat info;

      if (stat (path, &info) == 0 && info.st_ino != inode)
        n_foreign++;
    }

  return n_foreign;
}

void
fairlead_test_check_threads (guint64 inode)
{
  const gint64 deadline = g_get_monotonic_time () + 2 * G_TIME_SPAN_SECOND;

  /* A thread that has been joined is to be seen for a moment longer, and the kernel tells nobody when it has gone. */
  while (count_foreign_threads (inode) > 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();

  g_assert_cmpuint (count_foreign_threads (inode), ==, 0);
}

static void
check_no_dead_children (void)
{
  siginfo_t info = { 0 };

  if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
    g_assert_cmpint (errno, ==, ECHILD);
  else
    g_assert_cmpint (info.si_pid, ==, 0);
}

/* That a directory for namespaces stays a mount point is intended; it would keep the directory from being removed.
 * Namespaces that are left in it are no such case, and stay to be found.
 */
static void
unmount_directories (const char *directory)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], " ", 6);

      if (g_str_has_prefix (fields[4], directory) && g_file_test (fields[4], G_FILE_TEST_IS_DIR))
        umount2 (fields[4], 0);
    }
}

static int
remove_one (const char        *path,
            const struct stat *info,
            int                kind,
            struct FTW        *walk)
{
  return remove (path);
}

void
fairlead_test_set_up (FairleadTestFixture *fixture,
                      gconstpointer        data)
{
  g_autoptr (GError) error = NULL;

  /* GLib's own threads and their descriptors, which come with the first use. */
  g_type_ensure (G_TYPE_TASK);
  g_main_context_default ();

  fixture->descriptors = list_descriptors ();
  fixture->mounts = list_mounts ();
  fixture->netns_inode = get_netns_inode ();
  fixture->directory = g_dir_make_tmp ("fairlead-test-XXXXXX", &error);
  g_assert_no_error (error);
}

void
fairlead_test_tear_down (FairleadTestFixture *fixture,
                         gconstpointer        data)
{
  g_autoptr (GHashTable) descriptors = list_descriptors ();
  g_autoptr (GHashTable) mounts = NULL;

  unmount_directories (fixture->directory);
  mounts = list_mounts ();

  check_nothing_new ("descriptor", fixture->descriptors, descriptors);
  check_nothing_new ("mount", fixture->mounts, mounts);
  fairlead_test_check_threads (fixture->netns_inode);
  check_no_dead_children ();
  g_assert_no_errno (nftw (fixture->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT));

  g_hash_table_unref (fixture->descriptors);
  g_hash_table_unref (fixture->mounts);
  g_free (fixture->directory);
}

char *
fairlead_test_path (FairleadTestFixture *fixture,
                    const char          *name)
{
  return g_build_filename (fixture->directory, name, NULL);
}

/* Traffic. Sockets are opened inside a namespace and stay in it. */

#define TRAFFIC_TIME_LIMIT_S 5
#define CHUNK_SIZE           1024

/* A socket of the other machine, or -1; see fairlead-testhost.h. */
static int outside_fd = -1;

void
fairlead_test_set_outside (int fd)
{
  outside_fd = fd;
}

gboolean
fairlead_test_send_fd (int fd,
                       int passed_fd)
{
  char byte = passed_fd >= 0 ? '1' : '0';
  char control[CMSG_SPACE (sizeof (int))] = { 0 };
  struct iovec data = { .iov_base = &byte, .iov_len = 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

  if (passed_fd >= 0)
    {
      struct cmsghdr *header;

      message.msg_control = control;
      message.msg_controllen = sizeof control;
      header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (header), &passed_fd, sizeof (int));
    }
  return sendmsg (fd, &message, MSG_NOSIGNAL) == 1;
}

static int
receive_fd (int fd)
{
  char byte;
  char control[CMSG_SPACE (sizeof (int))] = { 0 };
  struct iovec data = { .iov_base = &byte, .iov_len = 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  struct cmsghdr *header;
  int received;

  if (recvmsg (fd, &message, MSG_CMSG_CLOEXEC) != 1 || (header = CMSG_FIRSTHDR (&message)) == NULL)
    return -1;
  memcpy (&received, CMSG_DATA (header), sizeof received);
  return received;
}

/* One request is under way at a time: threads of a test share the other machine. */
static int
open_outside_socket (int domain,
                     int type)
{
  static GMutex lock;
  const int wanted[2] = { domain, type };
  int fd = -1;

  g_assert_cmpint (outside_fd, >=, 0);
  g_mutex_lock (&lock);
  if (send (outside_fd, wanted, sizeof wanted, MSG_NOSIGNAL) == (gssize) sizeof wanted)
    fd = receive_fd (outside_fd);
  g_mutex_unlock (&lock);
  return fd;
}

static int
open_netns_socket (int      netns_fd,
                   int      domain,
                   int      type,
                   GError **error)
{
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_fd (netns_fd, error);

  return netns != NULL ? fairlead_netns_open_socket (netns, domain, type, 0, error) : -1;
}

static int
open_socket (int      netns_fd,
             int      domain,
             int      type,
             GError **error)
{
  const struct timeval limit = { .tv_sec = TRAFFIC_TIME_LIMIT_S };
  int fd;

  if (netns_fd >= 0)
    fd = open_netns_socket (netns_fd, domain, type, error);
  else if (netns_fd == FAIRLEAD_TEST_OUTSIDE)
    fd = open_outside_socket (domain, type);
  else
    fd = socket (domain, type | SOCK_CLOEXEC, 0);
  if (fd < 0)
    {
      if (error != NULL && *error == NULL)
        fairlead_error_set_errno (error, errno, "socket");
      return -1;
    }

  /* Of connect() too. */
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

static GSocketAddress *
parse_address (const char              *text,
               guint16                  port,
               struct sockaddr_storage *native,
               socklen_t               *length)
{
  GSocketAddress *address = g_inet_socket_address_new_from_string (text, port);

  g_assert_nonnull (address);
  *length = g_socket_address_get_native_size (address);
  g_assert_true (g_socket_address_to_native (address, native, sizeof *native, NULL));
  return address;
}

struct _FairleadTestEcho
{
  int       type;
  int       fd;
  int       stop_fd;
  guint16   port;
  GThread  *thread;
  GMutex    lock;
  char     *peer; /* (nullable) (mutex lock) */
};

static void
fairlead_test_echo_note_peer (FairleadTestEcho              *self,
                              const struct sockaddr_storage *native,
                              socklen_t                      length)
{
  g_autoptr (GSocketAddress) address = g_socket_address_new_from_native ((gpointer) native, length);
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));

  g_mutex_lock (&self->lock);
  g_free (self->peer);
  self->peer = g_inet_address_to_string (inet);
  g_mutex_unlock (&self->lock);
}

/* FALSE when the server is to stop. */
static gboolean
fairlead_test_echo_wait (FairleadTestEcho *self,
                         int               fd)
{
  GPollFD fds[] = {
    { .fd = self->stop_fd, .events = G_IO_IN },
    { .fd = fd, .events = G_IO_IN },
  };

  while (g_poll (fds, G_N_ELEMENTS (fds), -1) < 0)
    ;

  return fds[0].revents == 0;
}

static void
fairlead_test_echo_serve_stream (FairleadTestEcho *self)
{
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  char buffer[CHUNK_SIZE];
  gssize n = 1;
  int fd = accept4 (self->fd, (struct sockaddr *) &peer, &length, SOCK_CLOEXEC);

  if (fd < 0)
    return;

  fairlead_test_echo_note_peer (self, &peer, length);
  while (n > 0 && fairlead_test_echo_wait (self, fd))
    {
      n = recv (fd, buffer, sizeof buffer, 0);
      if (n > 0)
        n = send (fd, buffer, n, MSG_NOSIGNAL);
    }
  close (fd);
}

static void
fairlead_test_echo_serve_datagram (FairleadTestEcho *self)
{
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  char buffer[CHUNK_SIZE];
  gssize n = recvfrom (self->fd, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *) &peer, &length);

  if (n < 0)
    return;

  fairlead_test_echo_note_peer (self, &peer, length);
  sendto (self->fd, buffer, n, MSG_NOSIGNAL, (struct sockaddr *) &peer, length);
}

static gpointer
fairlead_test_echo_thread (gpointer data)
{
  FairleadTestEcho *self = data;

  while (fairlead_test_echo_wait (self, self->fd))
    {
      if (self->type == SOCK_STREAM)
        fairlead_test_echo_serve_stream (self);
      else
        fairlead_test_echo_serve_datagram (self);
    }

  return NULL;
}

FairleadTestEcho *
fairlead_test_echo_start (int         netns_fd,
                          int         type,
                          const char *address,
                          guint16     port)
{
  FairleadTestEcho *self = g_new0 (FairleadTestEcho, 1);
  struct sockaddr_storage native;
  socklen_t length;
  g_autoptr (GSocketAddress) wanted = parse_address (address, port, &native, &length);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  const int on = 1;

  self->type = type;
  self->fd = open_socket (netns_fd, g_socket_address_get_family (wanted), type, &error);
  g_assert_no_error (error);
  g_assert_no_errno (setsockopt (self->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  g_assert_no_errno (bind (self->fd, (struct sockaddr *) &native, length));
  if (type == SOCK_STREAM)
    g_assert_no_errno (listen (self->fd, 16));

  length = sizeof native;
  g_assert_no_errno (getsockname (self->fd, (struct sockaddr *) &native, &length));
  bound = g_socket_address_new_from_native (&native, length);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));

  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  g_assert_cmpint (self->stop_fd, >=, 0);
  g_mutex_init (&self->lock);
  self->thread = g_thread_new ("test-echo", fairlead_test_echo_thread, self);
  return self;
}

guint16
fairlead_test_echo_get_port (FairleadTestEcho *self)
{
  return self->port;
}

char *
fairlead_test_echo_dup_peer (FairleadTestEcho *self)
{
  char *peer;

  g_mutex_lock (&self->lock);
  peer = g_strdup (self->peer);
  g_mutex_unlock (&self->lock);

  return peer;
}

void
fairlead_test_echo_stop (FairleadTestEcho *self)
{
  g_assert_no_errno (eventfd_write (self->stop_fd, 1));
  g_thread_join (self->thread);

  close (self->fd);
  close (self->stop_fd);
  g_mutex_clear (&self->lock);
  g_free (self->peer);
  g_free (self);
}

/* Sends a chunk and reads it back, so that neither side ever has more than one on the way. */
static gboolean
exchange_chunk (int         fd,
                const char *chunk,
                gsize       length,
                GError    **error)
{
  char answer[CHUNK_SIZE];
  gsize received = 0;

  if (send (fd, chunk, length, MSG_NOSIGNAL) != (gssize) length)
    {
      fairlead_error_set_errno (error, errno, "send");
      return FALSE;
    }

  while (received < length)
    {
      gssize n = recv (fd, answer + received, length - received, 0);

      if (n <= 0)
        {
          fairlead_error_set_errno (error, n < 0 ? errno : ECONNRESET, "recv");
          return FALSE;
        }
      received += n;
    }

  if (memcmp (chunk, answer, length) == 0)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "the answer is not what was sent");
  return FALSE;
}

gboolean
fairlead_test_exchange (int         netns_fd,
                        int         type,
                        const char *address,
                        guint16     port,
                        gsize       length,
                        GError    **error)
{
  struct sockaddr_storage native;
  socklen_t native_length;
  g_autoptr (GSocketAddress) server = parse_address (address, port, &native, &native_length);
  char chunk[CHUNK_SIZE];
  gboolean success;
  int fd = open_socket (netns_fd, g_socket_address_get_family (server), type, error);

  if (fd < 0)
    return FALSE;

  success = connect (fd, (struct sockaddr *) &native, native_length) == 0;
  if (!success)
    fairlead_error_set_errno (error, errno, "connect to %s port %u", address, port);

  for (gsize i = 0; i < sizeof chunk; i++)
    chunk[i] = (char) (i * 7 + port);
  for (gsize sent = 0; success && sent < length; sent += sizeof chunk)
    success = exchange_chunk (fd, chunk, MIN (sizeof chunk, length - sent), error);

  close (fd);
  return success;
}

static gboolean
roundtrip (int         type,
           int         server_netns_fd,
           guint16     server_port,
           int         client_netns_fd,
           const char *address,
           guint16     port,
           GError    **error)
{
  const char *any = strchr (address, ':') != NULL ? "::" : "0.0.0.0";
  FairleadTestEcho *echo = fairlead_test_echo_start (server_netns_fd, type, any, server_port);
  gboolean success = fairlead_test_exchange (client_netns_fd, type, address, port, 64 * CHUNK_SIZE, error);

  fairlead_test_echo_stop (echo);
  return success;
}

gboolean
fairlead_test_tcp_roundtrip (int         server_netns_fd,
                             guint16     server_port,
                             int         client_netns_fd,
                             const char *address,
                             guint16     port,
                             GError    **error)
{
  return roundtrip (SOCK_STREAM, server_netns_fd, server_port, client_netns_fd, address, port, error);
}

gboolean
fairlead_test_udp_roundtrip (int         server_netns_fd,
                             guint16     server_port,
                             int         client_netns_fd,
                             const char *address,
                             guint16     port,
                             GError    **error)
{
  return roundtrip (SOCK_DGRAM, server_netns_fd, server_port, client_netns_fd, address, port, error);
}
