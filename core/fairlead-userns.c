/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-userns-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-dict-private.h"
#include "fairlead-log-private.h"
#include "fairlead-netns-private.h"
#include "fairlead-nstask-private.h"
#include "fairlead-process-private.h"

#define PROGRAM          "fairlead-userns"
#define READY_FD         3
#define GO_FD            4
#define START_TIME_LIMIT 10000

#define RECORD "userns.json"
/* No container has this id. */
#define LOCK   ".userns"

/* /proc/PID/root is the root directory of process PID, mounts included. */
#define OUTER_PREFIX "/proc/"
#define OUTER_ROOT   "/root/"

struct _FairleadUserns
{
  FairleadLock  *lock;       /* (owned) */
  char          *record;     /* (owned) the path of the file */
  int            pid;        /* of the process that keeps it; 0 if there is none */
  guint64        start_time;
  guint64        inode;      /* of the user namespace */
};

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* Why the kernel refuses user namespaces is a setting in one of these places. */
static const char *
find_reason (void)
{
  static const struct
  {
    const char *file;
    const char *value;
    const char *reason;
  } settings[] = {
    { "/proc/sys/user/max_user_namespaces", "0", "the sysctl user.max_user_namespaces is 0; root can raise it" },
    { "/proc/sys/kernel/unprivileged_userns_clone", "0",
      "the sysctl kernel.unprivileged_userns_clone is 0; root can set it to 1" },
    { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
      "AppArmor restricts them (sysctl kernel.apparmor_restrict_unprivileged_userns); root can set it to 0, or give the "
      "program a profile that allows \"userns\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *text = NULL;

      if (g_file_get_contents (settings[i].file, &text, NULL, NULL) &&
          strcmp (g_strchomp (text), settings[i].value) == 0)
        return settings[i].reason;
    }
  return NULL;
}

FairleadProcess *
fairlead_userns_start (const char    *kind,
                       int           *go_fd,
                       GCancellable  *cancellable,
                       GError       **error)
{
  g_autofree char *path = fairlead_process_dup_own_path (PROGRAM);
  const char *argv[] = { path, kind, G_STRINGIFY (READY_FD), G_STRINGIFY (GO_FD), NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  const char *reason;
  int ends[2];

  /* Into a socket we can write without fear of SIGPIPE. */
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot create a pair of sockets");
      return NULL;
    }
  *go_fd = ends[1];
  fairlead_process_take_fd (process, ends[0], GO_FD);
  fairlead_process_set_ready_fd (process, READY_FD);
  fairlead_process_set_time_limit (process, START_TIME_LIMIT);
  if (fairlead_process_start (process, error) && fairlead_process_wait_ready (process, cancellable, error))
    return g_steal_pointer (&process);

  close_fd (go_fd);
  reason = find_reason ();
  if (reason != NULL)
    g_prefix_error (error, "An ordinary user cannot have user namespaces on this system: %s: ", reason);
  return NULL;
}

static int
open_namespace (int          pid,
                const char  *kind,
                GError     **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/%s", pid, kind);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    fairlead_error_set_errno (error, errno, "Cannot open %s", path);
  return fd;
}

static guint64
get_inode (int fd)
{
  struct stat info;

  return fd >= 0 && fstat (fd, &info) == 0 ? info.st_ino : 0;
}

/* The user namespace and the mount namespace that are kept. The process is looked for again afterwards: if it is
 * still there, they were its own. */
static gboolean
fairlead_userns_open_namespaces (FairleadUserns      *self,
                                 FairleadNamespaces  *namespaces,
                                 GError             **error)
{
  namespaces->user_fd = open_namespace (self->pid, "user", error);
  if (namespaces->user_fd >= 0)
    namespaces->mount_fd = open_namespace (self->pid, "mnt", error);
  if (namespaces->mount_fd >= 0 && self->inode == get_inode (namespaces->user_fd) &&
      fairlead_process_is_running (self->pid, self->start_time))
    return TRUE;

  if (namespaces->mount_fd >= 0)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "The user namespace that process %d kept is gone",
                 self->pid);
  close_fd (&namespaces->user_fd);
  close_fd (&namespaces->mount_fd);
  return FALSE;
}

static gboolean
fairlead_userns_run (FairleadUserns     *self,
                     FairleadNetnsFunc   func,
                     gpointer            user_data,
                     GError            **error)
{
  FairleadNamespaces namespaces = FAIRLEAD_NAMESPACES_INIT;
  gboolean success;

  if (!fairlead_userns_open_namespaces (self, &namespaces, error))
    return FALSE;
  success = fairlead_namespaces_run (&namespaces, func, user_data, error);
  close (namespaces.user_fd);
  close (namespaces.mount_fd);
  return success;
}

static void
fairlead_userns_forget (FairleadUserns *self)
{
  self->pid = 0;
  self->start_time = 0;
  self->inode = 0;
  fairlead_store_remove_file (self->record, NULL);
}

static gboolean
read_record (FairleadUserns *self,
             JsonObject     *dict,
             int            *pid)
{
  guint64 number = 0;

  if (!fairlead_dict_get_uint (dict, "pid", G_MAXINT, &number, NULL) ||
      !fairlead_dict_get_uint (dict, "start-time", G_MAXUINT64, &self->start_time, NULL) ||
      !fairlead_dict_get_uint (dict, "inode", G_MAXUINT64, &self->inode, NULL))
    return FALSE;
  *pid = (int) number;
  return TRUE;
}

/* A record that is damaged, or that names a process that is certainly gone, stands for nothing: the kernel dropped all that
 * was kept. One of which that cannot be said now is an error. */
static gboolean
fairlead_userns_read (FairleadUserns  *self,
                      GError         **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonObject) dict = fairlead_store_read_file (self->record, &local_error);
  int pid, pidfd = -1;

  if (dict != NULL && read_record (self, dict, &pid))
    {
      pidfd = fairlead_process_open_recorded (pid, self->start_time, &local_error);
      if (pidfd >= 0)
        self->pid = pid;
      close_fd (&pidfd);
    }
  if (local_error != NULL && !g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND) &&
      !g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (self->pid == 0)
    fairlead_userns_forget (self);
  return TRUE;
}

static gboolean
fairlead_userns_write (FairleadUserns  *self,
                       GError         **error)
{
  FairleadJsonWriter writer;
  g_autofree char *json = NULL;

  fairlead_json_writer_begin (&writer);
  fairlead_json_writer_add_uint (&writer, "pid", self->pid);
  fairlead_json_writer_add_uint (&writer, "start-time", self->start_time);
  fairlead_json_writer_add_uint (&writer, "inode", self->inode);
  json = fairlead_json_writer_end (&writer);
  return fairlead_store_write_file (self->record, json, error);
}

static void
free_userns (FairleadUserns *self)
{
  fairlead_lock_release (self->lock);
  g_free (self->record);
  g_free (self);
}

FairleadUserns *
fairlead_userns_open (FairleadStore  *store,
                      GCancellable   *cancellable,
                      GError        **error)
{
  g_autofree char *locks = fairlead_store_ensure_dir (store, "locks", error);
  g_autofree char *path = locks != NULL ? g_build_filename (locks, LOCK, NULL) : NULL;
  FairleadLock *lock = NULL;
  FairleadUserns *self;

  if (path != NULL)
    lock = fairlead_lock_acquire (path, FAIRLEAD_LOCK_EXCLUSIVE, fairlead_store_get_timeout (store), cancellable, error);
  if (lock == NULL)
    return NULL;
  self = g_new0 (FairleadUserns, 1);
  self->lock = lock;
  self->record = fairlead_store_dup_dir (store, RECORD);
  if (fairlead_userns_read (self, error))
    return self;
  free_userns (self);
  return NULL;
}

void
fairlead_userns_close (FairleadUserns *self)
{
  if (self->pid == 0)
    fairlead_lock_remove (self->lock);
  free_userns (self);
}

/* Until the byte is written, the process ends with us. */
static gboolean
fairlead_userns_adopt (FairleadUserns   *self,
                       FairleadProcess  *process,
                       FairleadIdMap     id_map,
                       int               go_fd,
                       GCancellable     *cancellable,
                       GError          **error)
{
  const char byte = '1';
  int user_fd;

  self->pid = fairlead_process_get_pid (process);
  self->start_time = fairlead_process_get_start_time (process);
  user_fd = open_namespace (self->pid, "user", error);
  self->inode = get_inode (user_fd);
  if (user_fd < 0)
    return FALSE;
  close (user_fd);

  if (!fairlead_id_map_apply (id_map, self->pid, cancellable, error) || !fairlead_userns_write (self, error))
    return FALSE;
  if (send (go_fd, &byte, 1, MSG_NOSIGNAL) == 1)
    return TRUE;
  fairlead_error_set_errno (error, errno, "Cannot tell process %d to stay", self->pid);
  return FALSE;
}

gboolean
fairlead_userns_ensure (FairleadUserns  *self,
                        FairleadIdMap    id_map,
                        GCancellable    *cancellable,
                        GError         **error)
{
  g_autoptr (FairleadProcess) process = NULL;
  gboolean adopted;
  int go_fd = -1;

  if (self->pid > 0)
    return TRUE;
  process = fairlead_userns_start ("mount", &go_fd, cancellable, error);
  if (process == NULL)
    return FALSE;
  adopted = fairlead_userns_adopt (self, process, id_map, go_fd, cancellable, error);
  close (go_fd);
  if (!adopted)
    fairlead_userns_forget (self);
  else
    fairlead_debug (NULL, "process %d keeps a user namespace for network namespaces", self->pid);
  return adopted;
}

char *
fairlead_userns_dup_outer (FairleadUserns *self,
                           const char     *path)
{
  return g_strdup_printf ("/proc/%d/root%s", self->pid, path);
}

/* The part of an outer path that is valid inside; NULL if it is none. */
static const char *
skip_outer (const char *path,
            int        *pid)
{
  guint64 number;
  const char *rest;
  g_autofree char *digits = NULL;

  if (!g_str_has_prefix (path, OUTER_PREFIX))
    return NULL;
  path += strlen (OUTER_PREFIX);
  rest = strchr (path, '/');
  if (rest == NULL || !g_str_has_prefix (rest, OUTER_ROOT))
    return NULL;
  digits = g_strndup (path, rest - path);
  if (!g_ascii_string_to_unsigned (digits, 10, 1, G_MAXINT, &number, NULL))
    return NULL;
  if (pid != NULL)
    *pid = (int) number;
  return rest + strlen (OUTER_ROOT) - 1;
}

gboolean
fairlead_userns_is_outer (const char *path)
{
  return skip_outer (path, NULL) != NULL;
}

gboolean
fairlead_userns_keeps (FairleadUserns *self,
                       const char     *path)
{
  int pid = 0;

  return skip_outer (path, &pid) != NULL && pid == self->pid;
}

typedef struct
{
  const char *path;
  int         fd;
} PinnedNetns;

static gboolean
create_func (gpointer   user_data,
             GError   **error)
{
  PinnedNetns *request = user_data;

  request->fd = fairlead_netns_create_pinned (request->path, error);
  return request->fd >= 0;
}

FairleadNetns *
fairlead_userns_create_netns (FairleadUserns  *self,
                              const char      *path,
                              GError         **error)
{
  PinnedNetns request = { .path = skip_outer (path, NULL), .fd = -1 };
  g_autoptr (FairleadNetns) netns = NULL;

  if (!fairlead_userns_run (self, create_func, &request, error))
    {
      g_prefix_error (error, "Cannot create the network namespace %s in the user namespace: ", request.path);
      return NULL;
    }
  netns = fairlead_netns_new_created (request.fd, path, error);
  close (request.fd);
  return g_steal_pointer (&netns);
}

static gboolean
unpin_func (gpointer   user_data,
            GError   **error)
{
  return fairlead_netns_unpin (user_data, error);
}

void
fairlead_userns_end_if_unused (FairleadUserns *self,
                               const char     *netns_dir)
{
  g_autoptr (GError) error = NULL;

  if ((g_rmdir (netns_dir) < 0 && errno != ENOENT) || self->pid == 0)
    return;
  if (fairlead_process_stop (self->pid, self->start_time, SIGTERM, &error))
    fairlead_userns_forget (self);
  else
    fairlead_debug (NULL, "the user namespace stays: %s", error->message);
}

gboolean
fairlead_userns_unpin (FairleadUserns  *self,
                       const char      *path,
                       GError         **error)
{
  int pid = 0;
  const char *inner = skip_outer (path, &pid);
  g_autofree char *directory = g_path_get_dirname (inner);

  /* Where the process that kept it is gone, so are its mounts, and what is left is an empty file. */
  if (pid == self->pid ? !fairlead_userns_run (self, unpin_func, (gpointer) inner, error)
                       : !fairlead_netns_unpin (inner, error))
    return FALSE;
  fairlead_userns_end_if_unused (self, directory);
  return TRUE;
}
