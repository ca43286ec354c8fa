/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-watch-private.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <glib-unix.h>

#include <fairlead/fairlead-error.h>

/* GFileMonitor would do it too, but holds events back to merge them, and looks for a directory that went away every
 * few seconds. */

struct _FairleadWatch
{
  gatomicrefcount    ref_count; /* one for the owner, one while events are handed out */
  int                fd;        /* (owned) of inotify */
  GSource           *source;    /* (nullable) (owned) NULL once freed */
  FairleadWatchFunc  func;
  gpointer           user_data;
};

#define EVENTS (IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

static void
fairlead_watch_unref (FairleadWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  close (self->fd);
  g_free (self);
}

static void
fairlead_watch_hand_out (FairleadWatch              *self,
                         const struct inotify_event *event)
{
  if (event->mask & IN_Q_OVERFLOW)
    self->func (FAIRLEAD_WATCH_OVERFLOW, NULL, self->user_data);
  else if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
    self->func (FAIRLEAD_WATCH_GONE, NULL, self->user_data);
  else if (event->len > 0)
    self->func (FAIRLEAD_WATCH_CHANGED, event->name, self->user_data);
}

static gboolean
fairlead_watch_on_readable (int          fd,
                            GIOCondition condition,
                            gpointer     user_data)
{
  FairleadWatch *self = user_data;
  char buffer[8192] __attribute__ ((aligned (__alignof__ (struct inotify_event))));
  gssize length;

  g_atomic_ref_count_inc (&self->ref_count);
  while (self->source != NULL && (length = read (self->fd, buffer, sizeof buffer)) > 0)
    for (char *p = buffer; self->source != NULL && p < buffer + length;)
      {
        const struct inotify_event *event = (const struct inotify_event *) (const void *) p;

        p += sizeof *event + event->len;
        fairlead_watch_hand_out (self, event);
      }
  fairlead_watch_unref (self);
  return G_SOURCE_CONTINUE;
}

FairleadWatch *
fairlead_watch_new (const char         *directory,
                    GMainContext       *context,
                    FairleadWatchFunc   func,
                    gpointer            user_data,
                    GError            **error)
{
  FairleadWatch *self;
  int fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot watch %s", directory);
      return NULL;
    }
  if (inotify_add_watch (fd, directory, EVENTS) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot watch %s", directory);
      close (fd);
      return NULL;
    }

  self = g_new0 (FairleadWatch, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->fd = fd;
  self->func = func;
  self->user_data = user_data;
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (fairlead_watch_on_readable), self, NULL);
  g_source_attach (self->source, context);
  return self;
}

void
fairlead_watch_free (FairleadWatch *self)
{
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  fairlead_watch_unref (self);
}
