/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-lock-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* flock() and not fcntl(): the latter's locks belong to the process, so they do not part two threads, and closing any
 * descriptor of the file drops them. flock() cannot be waited for together with a cancellable, so it is tried in
 * growing intervals; whoever holds it does so for milliseconds, or for as long as a plugin takes.
 *
 * The holder may remove the file when the container is gone. Who waited then holds a lock on a file without a name,
 * while the next one makes a new file: so after locking, the inode must be the path's, or the lock is worth nothing
 * and is taken again. If you change this, keep it that way. */

#define FIRST_INTERVAL_MS 1
#define LAST_INTERVAL_MS  50

struct _FairleadLock
{
  int   fd;
  char *path;
};

static gboolean
is_current (int         fd,
            const char *path)
{
  struct stat mine, theirs;

  return fstat (fd, &mine) == 0 && stat (path, &theirs) == 0 && mine.st_dev == theirs.st_dev &&
         mine.st_ino == theirs.st_ino;
}

/* Waits, but no longer than @milliseconds; FALSE if cancelled. */
static gboolean
wait_or_cancel (int            milliseconds,
                GCancellable  *cancellable,
                GError       **error)
{
  GPollFD poll_fd = { -1, G_IO_IN, 0 };
  gboolean has_fd = g_cancellable_make_pollfd (cancellable, &poll_fd);

  g_poll (&poll_fd, has_fd ? 1 : 0, milliseconds);
  if (has_fd)
    g_cancellable_release_fd (cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static int
open_lock_file (const char  *path,
                GError     **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot open the lock file %s", path);
  return fd;
}

FairleadLock *
fairlead_lock_acquire (const char        *path,
                       FairleadLockMode   mode,
                       int                timeout,
                       GCancellable      *cancellable,
                       GError           **error)
{
  int operation = (mode == FAIRLEAD_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB;
  gint64 deadline = g_get_monotonic_time () + timeout * G_USEC_PER_SEC;
  int interval = FIRST_INTERVAL_MS;
  int fd = -1;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  while (TRUE)
    {
      if (fd < 0 && (fd = open_lock_file (path, error)) < 0)
        return NULL;
      if (flock (fd, operation) == 0)
        {
          FairleadLock *self;

          if (!is_current (fd, path))
            {
              close (fd);
              fd = -1;
              continue;
            }
          self = g_new0 (FairleadLock, 1);
          self->fd = fd;
          self->path = g_strdup (path);
          return self;
        }
      if (errno != EWOULDBLOCK && errno != EINTR)
        {
          fairlead_error_set_errno (error, errno, "cannot lock %s", path);
          break;
        }
      if (timeout >= 0 && g_get_monotonic_time () >= deadline)
        {
          g_set_error (error, FAIRLEAD_ERROR, timeout > 0 ? FAIRLEAD_ERROR_TIMED_OUT : FAIRLEAD_ERROR_BUSY,
                       "another call held the lock %s for longer than %d s", path, timeout);
          break;
        }
      if (!wait_or_cancel (interval, cancellable, error))
        break;
      interval = MIN (interval * 2, LAST_INTERVAL_MS);
    }

  close (fd);
  return NULL;
}

/* The kernel drops the shared lock before it takes the other, so somebody may have removed the file in between. */
gboolean
fairlead_lock_try_exclusive (FairleadLock *self)
{
  return flock (self->fd, LOCK_EX | LOCK_NB) == 0 && is_current (self->fd, self->path);
}

void
fairlead_lock_remove (FairleadLock *self)
{
  unlink (self->path);
}

void
fairlead_lock_release (FairleadLock *self)
{
  if (self == NULL)
    return;
  close (self->fd);
  g_free (self->path);
  g_free (self);
}
