/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-lock.h"

#include "fairlead-cni-cache.h"

#include <fairlead/fairlead.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * flock() on a descriptor opened for each call: it parts threads as well as processes, and goes with a process that dies.
 * Plugins do not inherit the descriptor. The file is never removed, so that all lock the same one.
 */
struct _FairleadCniLock
{
  int fd;
};

#define POLL_INTERVAL_MS 50

static FairleadCniLock *
lock_open (const char  *cache_dir,
           GError     **error)
{
  g_autofree char *path = g_build_filename (cache_dir, "fairlead.lock", NULL);
  FairleadCniLock *self;
  int fd;

  if (!fairlead_cni_cache_make_directory (cache_dir, error))
    return NULL;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "open %s", path);
      return NULL;
    }

  self = g_new (FairleadCniLock, 1);
  self->fd = fd;
  return self;
}

/* A tick of the wait for another process, which cannot tell us when it is done; FALSE once it was cancelled. */
static gboolean
wait_tick (GCancellable *cancellable)
{
  GPollFD poll_fd;

  if (!g_cancellable_make_pollfd (cancellable, &poll_fd))
    {
      g_usleep (POLL_INTERVAL_MS * 1000);
      return TRUE;
    }
  g_poll (&poll_fd, 1, POLL_INTERVAL_MS);
  g_cancellable_release_fd (cancellable);
  return !g_cancellable_is_cancelled (cancellable);
}

/* For ADD and DEL. Waits @timeout seconds for a GC to end. */
FairleadCniLock *
fairlead_cni_lock_shared (const char    *cache_dir,
                          guint          timeout,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_autoptr (FairleadCniLock) self = lock_open (cache_dir, error);
  gint64 deadline = g_get_monotonic_time () + timeout * G_USEC_PER_SEC;

  if (self == NULL)
    return NULL;

  while (flock (self->fd, LOCK_SH | LOCK_NB) < 0)
    {
      if (errno != EWOULDBLOCK && errno != EINTR)
        {
          fairlead_error_set_errno (error, errno, "lock %s/fairlead.lock", cache_dir);
          return NULL;
        }
      if (g_get_monotonic_time () >= deadline)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TRY_AGAIN,
                       "garbage of CNI networks is being collected, for more than %u seconds; try again", timeout);
          return NULL;
        }
      if (!wait_tick (cancellable))
        {
          g_cancellable_set_error_if_cancelled (cancellable, error);
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

/* For GC, which can as well be done another time: does not wait. */
FairleadCniLock *
fairlead_cni_lock_exclusive (const char  *cache_dir,
                             GError     **error)
{
  g_autoptr (FairleadCniLock) self = lock_open (cache_dir, error);

  if (self == NULL)
    return NULL;
  if (flock (self->fd, LOCK_EX | LOCK_NB) == 0)
    return g_steal_pointer (&self);

  if (errno == EWOULDBLOCK)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
                 "containers are being attached to or detached from CNI networks right now");
  else
    fairlead_error_set_errno (error, errno, "lock %s/fairlead.lock", cache_dir);
  return NULL;
}

void
fairlead_cni_lock_release (FairleadCniLock *self)
{
  close (self->fd);
  g_free (self);
}
