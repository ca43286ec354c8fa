/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-netns.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fairlead/fairlead-error.h>

#include "fairlead-netlink-private.h"
#include "fairlead-netns-job-private.h"
#include "fairlead-netns-private.h"
#include "fairlead-userns-private.h"

/**
 * FairleadNetns:
 *
 * A network namespace, held by a descriptor that was checked to be one.
 *
 * A namespace lives as long as a process, a mount or a descriptor holds it; an object of this type is such a holder
 * until [method@Fairlead.Netns.close]. What a namespace is called may come to mean another one, a path after a new
 * mount and a process number after it was used again. The object never does.
 *
 * A network namespace belongs to a thread, and helper threads that GLib starts inherit it. That is why no function
 * here ever changes the namespace of a thread that lives on: they work on a thread of their own that ends, or
 * through a socket that was opened inside. If you change this code, keep it that way.
 *
 * An ordinary user may enter a network namespace by way of the user namespace that owns it, if that is his. No thread
 * can do so, but a task of the kernel that shares the memory of the caller, which sleeps meanwhile; see
 * [method@Fairlead.Netns.run].
 *
 * The functions of one object may be called from several threads, except close().
 *
 * Since: 1.0
 */
struct _FairleadNetns
{
  GObject              parent_instance;

  int                  fd;     /* (owned) of nsfs; -1 after close() */
  dev_t                device; /* of nsfs */
  guint64              inode;
  char                *path;   /* (nullable) as it was given; for people to read */
  FairleadNetnsOrigin  origin;
  int                  pidfd;  /* (owned) of the process that it was taken from; -1 if there was none */
  int                  route_fd; /* (owned) (atomic) a route socket inside that nobody uses now; -1 for none */
};

G_DEFINE_FINAL_TYPE (FairleadNetns, fairlead_netns, G_TYPE_OBJECT)

enum
{
  PROP_ORIGIN = 1,
  PROP_PATH,
  PROP_INODE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

typedef struct
{
  int domain;
  int type;
  int protocol;
  int fd;
} FairleadNetnsSocket;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* Makes an object of @fd, which may be opened with O_PATH and stays the caller's. @name says in errors what it is. */
static FairleadNetns *
fairlead_netns_new_checked (int                   fd,
                            FairleadNetnsOrigin   origin,
                            const char           *path,
                            const char           *name,
                            GError              **error)
{
  g_autoptr (FairleadNetns) self = NULL;
  g_autofree char *fd_path = NULL;
  FairleadFileKind kind;

  if (!fairlead_file_kind_read (&kind, fd, error))
    {
      g_prefix_error (error, "Cannot use %s as a network namespace: ", name);
      return NULL;
    }
  if (kind.nstype != CLONE_NEWNET)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Cannot use %s as a network namespace: it is %s", name, fairlead_file_kind_describe (&kind));
      return NULL;
    }

  self = g_object_new (FAIRLEAD_TYPE_NETNS, NULL);
  fd_path = fairlead_dup_fd_path (fd);
  self->fd = open (fd_path, O_RDONLY | O_CLOEXEC);
  if (self->fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open the network namespace %s", name);
      return NULL;
    }

  self->device = kind.info.st_dev;
  self->inode = kind.info.st_ino;
  self->origin = origin;
  self->path = g_strdup (path);
  return g_steal_pointer (&self);
}

guint64
fairlead_netns_read_current_inode (void)
{
  struct stat info;

  return stat ("/proc/thread-self/ns/net", &info) == 0 ? info.st_ino : 0;
}

gboolean
fairlead_netns_is_current (guint64 inode)
{
  const guint64 current = inode != 0 ? fairlead_netns_read_current_inode () : 0;

  return current == 0 || current == inode;
}

static gboolean
open_current (gpointer   user_data,
              GError   **error)
{
  int *fd = user_data;

  *fd = open ("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (*fd >= 0)
    return TRUE;

  fairlead_error_set_errno (error, errno, "Cannot open /proc/thread-self/ns/net");
  return FALSE;
}

static gboolean
socket_func (gpointer   user_data,
             GError   **error)
{
  FairleadNetnsSocket *request = user_data;

  request->fd = socket (request->domain, request->type | SOCK_CLOEXEC, request->protocol);
  if (request->fd >= 0)
    return TRUE;

  fairlead_error_set_errno (error, errno, "Cannot open a socket inside the network namespace");
  return FALSE;
}

typedef struct
{
  int                 netns_fd;     /* which alone keeps it alive */
  FairleadNetnsSocket route_socket;
} FairleadNetnsCreated;

/* With what the next step needs, as each visit costs a thread. */
static gboolean
open_created (gpointer   user_data,
              GError   **error)
{
  FairleadNetnsCreated *created = user_data;

  return open_current (&created->netns_fd, error) && socket_func (&created->route_socket, error);
}

/* The process number in the information on a pidfd: -1 when the process has ended, 0 when it cannot be seen from
 * this PID namespace.
 */
static gboolean
read_pidfd (int      pidfd,
            int     *pid,
            GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/thread-self/fdinfo/%d", pidfd);
  g_autofree char *text = NULL;
  const char *field;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (field = strstr (text, "\nPid:")) == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "Descriptor %d is not a pidfd", pidfd);
      return FALSE;
    }

  *pid = (int) g_ascii_strtoll (field + strlen ("\nPid:"), NULL, 10);
  if (*pid > 0)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "The process of pidfd %d %s", pidfd,
               *pid < 0 ? "has ended" : "is not in this PID namespace");
  return FALSE;
}

/* The number may be used again for another process at any time, but only after the first one ended, which the pidfd
 * tells: when it is silent after the namespace was opened, it was the namespace of the right one.
 */
static FairleadNetns *
fairlead_netns_new_for_process (int      pid,
                                int      pidfd,
                                GError **error)
{
  g_autoptr (FairleadNetns) self = NULL;
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/net", pid);
  struct pollfd ended = { .fd = pidfd, .events = POLLIN };
  int saved_errno;
  int fd;

  fd = open (path, O_PATH | O_CLOEXEC);
  saved_errno = errno;
  if (poll (&ended, 1, 0) != 0)
    {
      close_fd (&fd);
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "Process %d has ended", pid);
      return NULL;
    }
  if (fd < 0)
    {
      fairlead_error_set_errno (error, saved_errno, "Cannot open the network namespace of process %d", pid);
      return NULL;
    }

  self = fairlead_netns_new_checked (fd, FAIRLEAD_NETNS_ORIGIN_PID, path, path, error);
  close (fd);
  if (self != NULL)
    self->pidfd = fcntl (pidfd, F_DUPFD_CLOEXEC, 3);
  return g_steal_pointer (&self);
}

/* To get inside takes a thread, which costs more than all that is asked there; so a socket that served well is kept for the
 * next question. */
static int
fairlead_netns_take_route_socket (FairleadNetns  *self,
                                  GError        **error)
{
  int fd = __atomic_exchange_n (&self->route_fd, -1, __ATOMIC_ACQ_REL);

  return fd >= 0 ? fd : fairlead_netns_open_socket (self, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
}

/* Nothing may be left to read in one that is @good. */
static void
fairlead_netns_give_route_socket (FairleadNetns *self,
                                  int            fd,
                                  gboolean       good)
{
  int kept = good ? __atomic_exchange_n (&self->route_fd, fd, __ATOMIC_ACQ_REL) : fd;

  close_fd (&kept);
}

static gboolean
fairlead_netns_check_open (FairleadNetns  *self,
                           GError        **error)
{
  g_assert (FAIRLEAD_IS_NETNS (self));

  if (self->fd >= 0)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "The network namespace%s%s has been closed", self->path != NULL ? " " : "",
               self->path != NULL ? self->path : "");
  return FALSE;
}

static void
fairlead_netns_finalize (GObject *object)
{
  FairleadNetns *self = FAIRLEAD_NETNS (object);

  close_fd (&self->fd);
  close_fd (&self->pidfd);
  close_fd (&self->route_fd);
  g_free (self->path);

  G_OBJECT_CLASS (fairlead_netns_parent_class)->finalize (object);
}

static void
fairlead_netns_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  FairleadNetns *self = FAIRLEAD_NETNS (object);

  switch (property_id)
    {
    case PROP_ORIGIN:
      g_value_set_enum (value, self->origin);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_INODE:
      g_value_set_uint64 (value, self->inode);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_netns_class_init (FairleadNetnsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = fairlead_netns_finalize;
  object_class->get_property = fairlead_netns_get_property;

  /**
   * FairleadNetns:origin:
   *
   * Where the network namespace comes from.
   *
   * Since: 1.0
   */
  properties[PROP_ORIGIN] = g_param_spec_enum ("origin", NULL, NULL, FAIRLEAD_TYPE_NETNS_ORIGIN,
                                               FAIRLEAD_NETNS_ORIGIN_HOST, flags);

  /**
   * FairleadNetns:path:
   *
   * The path that the namespace was pinned at or opened by; %NULL if there is none. It is for people to read: it
   * may have come to mean another namespace.
   *
   * Since: 1.0
   */
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);

  /**
   * FairleadNetns:inode:
   *
   * The kernel's number of the namespace, as `readlink /proc/PID/ns/net` shows it. It is unique among the namespaces
   * that exist; the number of one that is gone may be used again.
   *
   * Since: 1.0
   */
  properties[PROP_INODE] = g_param_spec_uint64 ("inode", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_netns_init (FairleadNetns *self)
{
  self->fd = -1;
  self->pidfd = -1;
  self->route_fd = -1;
}

int
fairlead_netns_get_pidfd (FairleadNetns *self)
{
  g_assert (FAIRLEAD_IS_NETNS (self));

  return self->pidfd;
}

FairleadNetns *
fairlead_netns_new_created (int          fd,
                            const char  *path,
                            GError     **error)
{
  return fairlead_netns_new_checked (fd, FAIRLEAD_NETNS_ORIGIN_CREATED, path, path, error);
}

/**
 * fairlead_netns_new_pinned:
 * @path: an absolute path, where nothing is yet
 * @error: where to put the error
 *
 * Creates a network namespace and pins it at @path, so that it lives until [func@Fairlead.Netns.unpin]. Its loopback
 * interface is up.
 *
 * The directory is created if it does not exist. It has to belong to root or the caller, and nobody else may write
 * it. It becomes a shared mount point, as the directory of `ip netns` is. When something fails, the namespace and the
 * file are gone.
 *
 * The error is %FAIRLEAD_ERROR_ALREADY_EXISTS if there is something at @path,
 * %FAIRLEAD_ERROR_PERMISSION_DENIED without `CAP_SYS_ADMIN` or for a directory that others can write, and
 * %FAIRLEAD_ERROR_EXHAUSTED when the system's limit of network namespaces is reached.
 *
 * Returns: (transfer full): the new network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_pinned (const char  *path,
                           GError     **error)
{
  g_autoptr (FairleadNetns) self = NULL;
  FairleadNetnsCreated created = {
    .netns_fd = -1,
    .route_socket = { .domain = AF_NETLINK, .type = SOCK_RAW, .protocol = NETLINK_ROUTE, .fd = -1 },
  };
  FairleadNetnsJob job = { .netns_fd = -1, .func = open_created, .user_data = &created };

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (fairlead_netns_job_run (&job, error))
    self = fairlead_netns_new_checked (created.netns_fd, FAIRLEAD_NETNS_ORIGIN_CREATED, path, path, error);
  close_fd (&created.netns_fd);
  if (self != NULL)
    fairlead_netns_give_route_socket (self, created.route_socket.fd, TRUE);
  else
    close_fd (&created.route_socket.fd);
  if (self == NULL || !fairlead_netns_set_loopback_up (self, error))
    {
      g_prefix_error (error, "Cannot create the network namespace %s: ", path);
      return NULL;
    }

  /* The last step, so that nothing that is not ready can be found at the path. */
  if (!fairlead_netns_pin_fd (self->fd, path, error))
    {
      g_prefix_error (error, "Cannot pin the network namespace at %s: ", path);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * fairlead_netns_new_for_path:
 * @path: a path, for example `/run/netns/NAME` or `/proc/PID/ns/net`
 * @error: where to put the error
 *
 * Opens the network namespace at @path. The error is %FAIRLEAD_ERROR_NOT_FOUND if nothing is there, and
 * %FAIRLEAD_ERROR_INVALID_ARGUMENT, saying what was found, if it is something else.
 *
 * Returns: (transfer full): the network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_for_path (const char  *path,
                             GError     **error)
{
  g_autoptr (FairleadNetns) self = NULL;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  fd = open (path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot open the network namespace %s", path);
      return NULL;
    }

  self = fairlead_netns_new_checked (fd, FAIRLEAD_NETNS_ORIGIN_PATH, path, path, error);
  close (fd);
  return g_steal_pointer (&self);
}

/**
 * fairlead_netns_new_for_pid:
 * @pid: the number of a process
 * @error: where to put the error
 *
 * Opens the network namespace of a process. The process is held by a pidfd meanwhile, so that it is not confused with
 * a later one of the same number. The path of the object is `/proc/PID/ns/net`. The error is
 * %FAIRLEAD_ERROR_NOT_FOUND if there is no such process, or it ended.
 *
 * Returns: (transfer full): the network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_for_pid (int      pid,
                            GError **error)
{
  g_autoptr (FairleadNetns) self = NULL;
  int pidfd;

  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (pid <= 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%d is not the number of a process", pid);
      return NULL;
    }

  pidfd = pidfd_open (pid, 0);
  if (pidfd < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot find process %d", pid);
      return NULL;
    }

  self = fairlead_netns_new_for_process (pid, pidfd, error);
  close (pidfd);
  return g_steal_pointer (&self);
}

/**
 * fairlead_netns_new_for_pidfd:
 * @pidfd: a pidfd, which stays the caller's
 * @error: where to put the error
 *
 * Opens the network namespace of the process that @pidfd stands for, as [ctor@Fairlead.Netns.new_for_pid] does.
 *
 * Returns: (transfer full): the network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_for_pidfd (int      pidfd,
                              GError **error)
{
  int pid;

  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!read_pidfd (pidfd, &pid, error))
    return NULL;

  return fairlead_netns_new_for_process (pid, pidfd, error);
}

/**
 * fairlead_netns_new_for_fd:
 * @fd: a descriptor of a network namespace, which stays the caller's
 * @error: where to put the error
 *
 * Takes a network namespace by a descriptor. The origin is %FAIRLEAD_NETNS_ORIGIN_PATH, the path %NULL.
 *
 * Returns: (transfer full): the network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_for_fd (int      fd,
                           GError **error)
{
  g_autofree char *name = g_strdup_printf ("descriptor %d", fd);

  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return fairlead_netns_new_checked (fd, FAIRLEAD_NETNS_ORIGIN_PATH, NULL, name, error);
}

/**
 * fairlead_netns_new_current:
 * @error: where to put the error
 *
 * Opens the network namespace that the calling thread is in. Its path is %NULL.
 *
 * Returns: (transfer full): the network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_current (GError **error)
{
  g_autoptr (FairleadNetns) self = NULL;
  int fd;

  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!open_current (&fd, error))
    return NULL;

  self = fairlead_netns_new_checked (fd, FAIRLEAD_NETNS_ORIGIN_HOST, NULL, "/proc/thread-self/ns/net", error);
  close (fd);
  return g_steal_pointer (&self);
}

/* While the process that made the namespaces waits to be told to go on, which it never is. */
static FairleadNetns *
take_from_process (FairleadProcess  *process,
                   FairleadIdMap     id_map,
                   GCancellable     *cancellable,
                   GError          **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/net", fairlead_process_get_pid (process));
  g_autoptr (FairleadNetns) self = NULL;

  if (!fairlead_id_map_apply (id_map, fairlead_process_get_pid (process), cancellable, error))
    return NULL;
  self = fairlead_netns_new_for_path (path, error);
  if (self == NULL)
    return NULL;

  self->origin = FAIRLEAD_NETNS_ORIGIN_CREATED;
  g_free (self->path);
  self->path = g_strdup_printf ("/proc/%d/fd/%d", (int) getpid (), self->fd);
  return g_steal_pointer (&self);
}

/**
 * fairlead_netns_new_in_userns:
 * @id_map: which user ids there are
 * @cancellable: (nullable): to give up, or %NULL
 * @error: where to put the error
 *
 * Creates a network namespace that belongs to a user namespace of its own: what an ordinary user needs to have one. Its
 * loopback interface is up. Nothing but the object keeps it, so it goes away when the object or the process does,
 * however that ends. Its path is that of the descriptor, `/proc/PID/fd/NUMBER`, and valid for the same user's other
 * processes while the object exists.
 *
 * A program in it is started by entering the user namespace first; see [method@Fairlead.Netns.dup_userns_fd].
 *
 * The error is %FAIRLEAD_ERROR_NOT_FOUND if the program newuidmap(1) is missing that @id_map needs,
 * %FAIRLEAD_ERROR_NOT_SUPPORTED if the user has no subordinate ids, and %FAIRLEAD_ERROR_HELPER_FAILED where the system
 * does not let ordinary users have user namespaces; it says by which setting.
 *
 * Returns: (transfer full): the new network namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_new_in_userns (FairleadIdMap   id_map,
                              GCancellable   *cancellable,
                              GError        **error)
{
  g_autoptr (FairleadProcess) process = NULL;
  g_autoptr (FairleadNetns) self = NULL;
  int go_fd = -1;

  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  process = fairlead_userns_start ("net", &go_fd, cancellable, error);
  if (process == NULL)
    return NULL;
  self = take_from_process (process, id_map, cancellable, error);
  close (go_fd);
  return g_steal_pointer (&self);
}

void
fairlead_netns_set_origin (FairleadNetns       *self,
                           FairleadNetnsOrigin  origin)
{
  self->origin = origin;
}

/**
 * fairlead_netns_get_origin:
 * @self: a network namespace
 *
 * Gets where the network namespace comes from.
 *
 * Returns: the origin
 *
 * Since: 1.0
 */
FairleadNetnsOrigin
fairlead_netns_get_origin (FairleadNetns *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), FAIRLEAD_NETNS_ORIGIN_HOST);

  return self->origin;
}

/**
 * fairlead_netns_get_path:
 * @self: a network namespace
 *
 * Gets the path that the namespace was pinned at or opened by.
 *
 * Returns: (nullable) (transfer none): the path, or %NULL if there is none
 *
 * Since: 1.0
 */
const char *
fairlead_netns_get_path (FairleadNetns *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), NULL);

  return self->path;
}

/**
 * fairlead_netns_get_inode:
 * @self: a network namespace
 *
 * Gets the kernel's number of the namespace. It stays known after close().
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
fairlead_netns_get_inode (FairleadNetns *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), 0);

  return self->inode;
}

/**
 * fairlead_netns_equal:
 * @self: a network namespace
 * @other: another one
 *
 * Tells whether two objects stand for the same network namespace. The answer is certain while both are open.
 *
 * Returns: %TRUE if it is the same
 *
 * Since: 1.0
 */
gboolean
fairlead_netns_equal (FairleadNetns *self,
                      FairleadNetns *other)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (other), FALSE);

  return self->device == other->device && self->inode == other->inode;
}

/**
 * fairlead_netns_dup_fd:
 * @self: a network namespace
 * @error: where to put the error
 *
 * Gets a descriptor of the namespace that is the caller's own, closed on exec. It keeps the namespace alive.
 *
 * Returns: a descriptor, or -1 with @error set
 *
 * Since: 1.0
 */
int
fairlead_netns_dup_fd (FairleadNetns  *self,
                       GError        **error)
{
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), -1);
  g_return_val_if_fail (error == NULL || *error == NULL, -1);

  if (!fairlead_netns_check_open (self, error))
    return -1;

  fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3);
  if (fd < 0)
    fairlead_error_set_errno (error, errno, "Cannot copy the descriptor of the network namespace");

  return fd;
}

/**
 * fairlead_netns_dup_userns_fd:
 * @self: a network namespace
 *
 * Gets a descriptor of the user namespace that owns the network namespace, if the caller has to join it before he can
 * enter: he is an ordinary user, and it is not the user namespace that he is in. It is closed on exec. A process that
 * wants to enter calls setns() with it first, and then with that of [method@Fairlead.Netns.dup_fd]; only a process of a
 * single thread can.
 *
 * Returns: a descriptor, or -1 if there is none to join
 *
 * Since: 1.0
 */
int
fairlead_netns_dup_userns_fd (FairleadNetns *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), -1);

  return self->fd >= 0 ? fairlead_netns_job_open_userns (self->fd) : -1;
}

static gboolean
run_func (FairleadNetns      *self,
          FairleadNetnsFunc   func,
          gpointer            user_data,
          GError            **error)
{
  FairleadNetnsJob job = {
    .netns_fd = self->fd,
    .device = self->device,
    .inode = self->inode,
    .func = func,
    .user_data = user_data,
  };

  return fairlead_netns_check_open (self, error) && fairlead_netns_job_run (&job, error);
}

/**
 * fairlead_netns_run:
 * @self: a network namespace
 * @func: (scope call) (closure user_data): what to do inside
 * @user_data: what to give to @func
 * @error: where to put the error
 *
 * Runs @func inside the network namespace and waits for it. It runs on a thread of its own that ends afterwards, with
 * all signals blocked. It may make system calls and set its error; it must not call anything of GLib that starts
 * threads, queues work or spawns, since a thread that is born inside would stay there.
 *
 * To enter another namespace than the caller's needs `CAP_SYS_ADMIN` over the user namespace that owns it, or to be
 * the user that made that user namespace. In the latter case @func does not run on a thread but, while the caller
 * sleeps, in a task of the kernel with the capabilities of that user namespace. It shares the caller's memory and
 * descriptors all the same.
 *
 * Returns: what @func returned; %FALSE with @error set if it failed or the namespace could not be entered
 *
 * Since: 1.0
 */
gboolean
fairlead_netns_run (FairleadNetns      *self,
                    FairleadNetnsFunc   func,
                    gpointer            user_data,
                    GError            **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  /* GLib's own helper threads are to be born here and not, by some accident in @func, inside. */
  g_type_ensure (G_TYPE_TASK);

  return run_func (self, func, user_data, error);
}

/**
 * fairlead_netns_open_socket:
 * @self: a network namespace
 * @domain: as for socket(), for example `AF_NETLINK`
 * @type: as for socket(), for example `SOCK_RAW`; `SOCK_CLOEXEC` is added
 * @protocol: as for socket()
 * @error: where to put the error
 *
 * Opens a socket inside the network namespace. It stays there, whichever thread uses it, and it keeps the namespace
 * alive.
 *
 * Returns: a descriptor that is the caller's, or -1 with @error set
 *
 * Since: 1.0
 */
int
fairlead_netns_open_socket (FairleadNetns  *self,
                            int             domain,
                            int             type,
                            int             protocol,
                            GError        **error)
{
  FairleadNetnsSocket request = { .domain = domain, .type = type, .protocol = protocol, .fd = -1 };

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), -1);
  g_return_val_if_fail (error == NULL || *error == NULL, -1);

  if (!run_func (self, socket_func, &request, error))
    return -1;

  return request.fd;
}

/**
 * fairlead_netns_set_loopback_up:
 * @self: a network namespace
 * @error: where to put the error
 *
 * Sets the loopback interface up, which gives it its addresses.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_netns_set_loopback_up (FairleadNetns  *self,
                                GError        **error)
{
  gboolean up;
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  fd = fairlead_netns_take_route_socket (self, error);
  if (fd < 0)
    return FALSE;

  up = fairlead_netlink_set_loopback_up (fd, error);
  fairlead_netns_give_route_socket (self, fd, up);
  return up;
}

/**
 * fairlead_netns_list_interfaces:
 * @self: a network namespace
 * @error: where to put the error
 *
 * Lists the interfaces inside, the loopback interface too. Their sandbox is the path of the namespace.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Interface], or %NULL with
 *   @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_netns_list_interfaces (FairleadNetns  *self,
                                GError        **error)
{
  GListModel *interfaces;
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  fd = fairlead_netns_take_route_socket (self, error);
  if (fd < 0)
    return NULL;

  interfaces = fairlead_netlink_list_interfaces (fd, self->path, error);
  fairlead_netns_give_route_socket (self, fd, interfaces != NULL);
  return interfaces;
}

/**
 * fairlead_netns_list_addresses:
 * @self: a network namespace
 * @error: where to put the error
 *
 * Lists the IPv4 and IPv6 addresses inside, those of the loopback interface and link-local ones too. The gateway of an
 * address is that of the default route, if it is in the address's subnet, and %NULL else.
 *
 * Returns: (transfer full): a list of [class@Fairlead.InterfaceAddress],
 *   or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_netns_list_addresses (FairleadNetns  *self,
                               GError        **error)
{
  GListModel *addresses;
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  fd = fairlead_netns_take_route_socket (self, error);
  if (fd < 0)
    return NULL;

  addresses = fairlead_netlink_list_addresses (fd, error);
  fairlead_netns_give_route_socket (self, fd, addresses != NULL);
  return addresses;
}

/**
 * fairlead_netns_pin:
 * @self: a network namespace
 * @path: an absolute path, where nothing is yet
 * @error: where to put the error
 *
 * Pins an existing network namespace at @path, so that it outlives the processes inside. The rules for the directory
 * and the errors are those of [ctor@Fairlead.Netns.new_pinned]. An object that had no path, or only that of a process,
 * has this one afterwards.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_netns_pin (FairleadNetns  *self,
                    const char     *path,
                    GError        **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!fairlead_netns_check_open (self, error))
    return FALSE;

  if (!fairlead_netns_pin_fd (self->fd, path, error))
    {
      g_prefix_error (error, "Cannot pin the network namespace at %s: ", path);
      return FALSE;
    }

  if (self->path == NULL || self->pidfd >= 0)
    {
      g_free (self->path);
      self->path = g_strdup (path);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
    }

  return TRUE;
}

/**
 * fairlead_netns_close:
 * @self: a network namespace
 *
 * Lets go of the network namespace. It goes away if nothing else holds it. Further calls that need it fail with
 * %FAIRLEAD_ERROR_INVALID_ARGUMENT; to close again does nothing.
 *
 * Since: 1.0
 */
void
fairlead_netns_close (FairleadNetns *self)
{
  g_return_if_fail (FAIRLEAD_IS_NETNS (self));

  close_fd (&self->fd);
  close_fd (&self->route_fd);
}
