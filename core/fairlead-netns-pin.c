/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-netlink-private.h"
#include "fairlead-netns-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The file system's side of network namespaces: what a file is, and bind mounts that pin a namespace. */

/* How long to wait for another process that is preparing the same directory. Whoever may read the directory can
 * hold the lock, so there has to be an end.
 */
#define LOCK_TIME_LIMIT_MS 5000
#define LOCK_INTERVAL_MS   10

/* Where the kernel finds descriptor @fd: good for the calls that want a path, and proof against renaming. */
char *
fairlead_dup_fd_path (int fd)
{
  return g_strdup_printf ("/proc/thread-self/fd/%d", fd);
}

static const char *
get_namespace_name (int nstype)
{
  switch (nstype)
    {
    case CLONE_NEWCGROUP:
      return "a cgroup namespace";
    case CLONE_NEWIPC:
      return "an IPC namespace";
    case CLONE_NEWNET:
      return "a network namespace";
    case CLONE_NEWNS:
      return "a mount namespace";
    case CLONE_NEWPID:
      return "a PID namespace";
    case CLONE_NEWUSER:
      return "a user namespace";
    case CLONE_NEWUTS:
      return "a UTS namespace";
    default:
      return "another kind of namespace";
    }
}

/* Says what was found, for errors. */
const char *
fairlead_file_kind_describe (const FairleadFileKind *kind)
{
  if (kind->nstype != 0)
    return get_namespace_name (kind->nstype);

  switch (kind->info.st_mode & S_IFMT)
    {
    case S_IFREG:
      return kind->info.st_size == 0 ? "an empty regular file" : "a regular file";
    case S_IFDIR:
      return "a directory";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFSOCK:
      return "a socket";
    case S_IFIFO:
      return "a FIFO";
    default:
      return "a device";
    }
}

/* @fd may be opened with O_PATH: what it stands for is opened only once it is known to be of nsfs, since to open a
 * FIFO or a device has effects.
 */
gboolean
fairlead_file_kind_read (FairleadFileKind  *kind,
                         int                fd,
                         GError           **error)
{
  g_autofree char *fd_path = NULL;
  struct statfs fs;
  int ns_fd;

  kind->nstype = 0;
  if (fstatfs (fd, &fs) < 0 || fstat (fd, &kind->info) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot examine it");
      return FALSE;
    }
  if (fs.f_type != NSFS_MAGIC)
    return TRUE;

  fd_path = fairlead_dup_fd_path (fd);
  ns_fd = open (fd_path, O_RDONLY | O_CLOEXEC);
  if (ns_fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open it");
      return FALSE;
    }

  kind->nstype = ioctl (ns_fd, NS_GET_NSTYPE);
  close (ns_fd);
  return TRUE;
}

/* Splits @path where it is safe to: the directory is checked and held, the name is used within it. */
static gboolean
split_path (const char  *path,
            char       **directory,
            char       **name,
            GError     **error)
{
  const char *slash = strrchr (path, '/');

  if (!g_path_is_absolute (path) || slash[1] == '\0' || strcmp (slash + 1, ".") == 0 || strcmp (slash + 1, "..") == 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "\"%s\" cannot be the place of a network namespace: it has to be an absolute path of a file", path);
      return FALSE;
    }

  *directory = slash == path ? g_strdup ("/") : g_strndup (path, slash - path);
  *name = g_strdup (slash + 1);
  return TRUE;
}

/* Whoever can write the directory can exchange what is in it, so that may only be root or the caller. */
static int
open_directory (const char  *directory,
                GError     **error)
{
  struct stat info;
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fstat (fd, &info) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open the directory %s", directory);
      if (fd >= 0)
        close (fd);
      return -1;
    }

  if ((info.st_uid == 0 || info.st_uid == geteuid ()) && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0)
    return fd;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
               "The directory %s (owner %u, mode %04o) is not trusted: "
               "it has to belong to root or user %u, and nobody else may write it",
               directory, (guint) info.st_uid, (guint) (info.st_mode & 07777), (guint) geteuid ());
  close (fd);
  return -1;
}

/* Only for a mount point; EINVAL for other directories. */
static gboolean
make_shared (int fd)
{
  g_autofree char *fd_path = fairlead_dup_fd_path (fd);

  return mount ("", fd_path, "none", MS_SHARED | MS_REC, NULL) == 0;
}

static gboolean
lock_directory (int          fd,
                const char  *directory,
                GError     **error)
{
  const gint64 deadline = g_get_monotonic_time () + LOCK_TIME_LIMIT_MS * G_TIME_SPAN_MILLISECOND;

  while (flock (fd, LOCK_EX | LOCK_NB) < 0)
    {
      if ((errno != EWOULDBLOCK && errno != EINTR) || g_get_monotonic_time () >= deadline)
        {
          fairlead_error_set_errno (error, errno, "Cannot lock the directory %s", directory);
          return FALSE;
        }
      g_usleep (LOCK_INTERVAL_MS * 1000);
    }

  return TRUE;
}

/* Makes @directory a mount point of its own that is shared, as "ip netns add" does: a namespace that is unpinned in
 * one mount namespace then goes away in the others too, where it would else be kept alive. Two processes that did
 * this at once would mount the directory over itself again and again, so the directory is locked, in the same way
 * as "ip netns add" locks it. Returns a descriptor of the directory as it is inside of the mount.
 */
static int
open_shared_directory_locked (int          lock_fd,
                              const char  *directory,
                              GError     **error)
{
  g_autofree char *fd_path = NULL;
  int fd;

  if (!lock_directory (lock_fd, directory, error))
    return -1;

  fd = open_directory (directory, error);
  if (fd < 0 || make_shared (fd))
    return fd;

  fd_path = fairlead_dup_fd_path (fd);
  if (mount (fd_path, fd_path, "none", MS_BIND | MS_REC, NULL) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot make the directory %s a mount point", directory);
      close (fd);
      return -1;
    }
  close (fd);

  fd = open_directory (directory, error);
  if (fd < 0 || make_shared (fd))
    return fd;

  fairlead_error_set_errno (error, errno, "Cannot make the mount on %s shared", directory);
  close (fd);
  return -1;
}

static int
open_shared_directory (const char  *directory,
                       GError     **error)
{
  int lock_fd;
  int fd;

  if (g_mkdir_with_parents (directory, 0755) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot create the directory %s", directory);
      return -1;
    }

  lock_fd = open_directory (directory, error);
  if (lock_fd < 0 || make_shared (lock_fd))
    return lock_fd;

  if (errno != EINVAL)
    {
      fairlead_error_set_errno (error, errno, "Cannot make the mount on %s shared", directory);
      close (lock_fd);
      return -1;
    }

  fd = open_shared_directory_locked (lock_fd, directory, error);
  close (lock_fd);
  return fd;
}

/* Creates the file @name and mounts the namespace on it. The file goes again if the mount fails. */
static gboolean
bind_namespace (int          netns_fd,
                int          directory_fd,
                const char  *name,
                GError     **error)
{
  g_autofree char *source = NULL;
  g_autofree char *target = NULL;
  gboolean mounted;
  int fd;

  fd = openat (directory_fd, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot create the file");
      return FALSE;
    }

  source = fairlead_dup_fd_path (netns_fd);
  target = fairlead_dup_fd_path (fd);
  mounted = mount (source, target, "none", MS_BIND, NULL) == 0;
  if (!mounted)
    {
      fairlead_error_set_errno (error, errno, "Cannot mount it");
      unlinkat (directory_fd, name, 0);
    }

  close (fd);
  return mounted;
}

static gboolean
unmount_topmost (int          directory_fd,
                 const char  *name,
                 GError     **error)
{
  g_autofree char *target = g_strdup_printf ("/proc/thread-self/fd/%d/%s", directory_fd, name);

  if (umount2 (target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
    return TRUE;

  fairlead_error_set_errno (error, errno, "Cannot unmount it");
  return FALSE;
}

/* Removes the topmost thing at @name: a mounted network namespace or, when there is none, the file.
 * @done tells when nothing is left.
 */
static gboolean
remove_topmost (int          directory_fd,
                const char  *name,
                gboolean    *done,
                GError     **error)
{
  FairleadFileKind kind;
  gboolean known;
  int fd = openat (directory_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

  *done = fd < 0 && errno == ENOENT;
  if (*done)
    return TRUE;
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot examine it");
      return FALSE;
    }

  known = fairlead_file_kind_read (&kind, fd, error);
  close (fd);
  if (!known)
    return FALSE;

  if (kind.nstype == CLONE_NEWNET)
    return unmount_topmost (directory_fd, name, error);

  if (kind.nstype != 0 || !S_ISREG (kind.info.st_mode) || kind.info.st_size != 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "It is %s, which is left alone", fairlead_file_kind_describe (&kind));
      return FALSE;
    }

  *done = unlinkat (directory_fd, name, 0) == 0 || errno == ENOENT;
  if (!*done)
    fairlead_error_set_errno (error, errno, "Cannot remove the file");
  return *done;
}

gboolean
fairlead_netns_pin_fd (int          netns_fd,
                       const char  *path,
                       GError     **error)
{
  g_autofree char *directory = NULL;
  g_autofree char *name = NULL;
  gboolean pinned;
  int directory_fd;

  if (!split_path (path, &directory, &name, error))
    return FALSE;

  directory_fd = open_shared_directory (directory, error);
  if (directory_fd < 0)
    return FALSE;

  pinned = bind_namespace (netns_fd, directory_fd, name, error);
  close (directory_fd);
  return pinned;
}

static gboolean
set_own_loopback_up (GError **error)
{
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  gboolean up;

  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open a socket inside the network namespace");
      return FALSE;
    }
  up = fairlead_netlink_set_loopback_up (fd, error);
  close (fd);
  return up;
}

/* The caller stays in the new namespace: it is a task that ends. */
int
fairlead_netns_create_pinned (const char  *path,
                              GError     **error)
{
  int fd = unshare (CLONE_NEWNET) == 0 ? open ("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) : -1;

  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot create it");
      return -1;
    }
  if (set_own_loopback_up (error) && fairlead_netns_pin_fd (fd, path, error))
    return fd;
  close (fd);
  return -1;
}

/**
 * fairlead_netns_unpin:
 * @path: an absolute path
 * @error: where to put the error
 *
 * Unpins the network namespace at @path: unmounts it, as often as it is mounted there, and removes the file. The
 * namespace lives on while something else holds it. If nothing is at @path, that is success; an empty file, as an
 * interrupted pin leaves it, is removed. Anything else is left alone, with the error
 * %FAIRLEAD_ERROR_INVALID_ARGUMENT that says what was found.
 *
 * Returns: %TRUE if nothing is at @path any more, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_netns_unpin (const char  *path,
                      GError     **error)
{
  g_autofree char *directory = NULL;
  g_autofree char *name = NULL;
  gboolean done = FALSE;
  gboolean success = TRUE;
  int directory_fd;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!split_path (path, &directory, &name, error))
    return FALSE;

  directory_fd = open (directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd < 0 && errno == ENOENT)
    return TRUE;
  if (directory_fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open the directory %s", directory);
      return FALSE;
    }

  while (success && !done)
    success = remove_topmost (directory_fd, name, &done, error);
  close (directory_fd);

  if (!success)
    g_prefix_error (error, "Cannot unpin the network namespace at %s: ", path);
  return success;
}
