/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* The main thread does what the verb asks for, by the library's blocking calls. Beside it one thread waits for signals,
 * and cancels what is being done when one asks us to end; it also tells a person who has to wait what is going on. It is
 * the only other thread: each costs a command of a few milliseconds a noticeable part of its time. */

/* How long something may take before a person is told what is going on, in microseconds. */
#define PATIENCE G_TIME_SPAN_SECOND

static void
read_signals (FairleadTool *tool)
{
  struct signalfd_siginfo info;

  while (fairlead_signals_read (&tool->signals, &info))
    if (fairlead_signals_is_stop ((int) info.ssi_signo) && tool->stop_signal == 0)
      {
        tool->stop_signal = (int) info.ssi_signo;
        g_cancellable_cancel (tool->cancellable);
      }
}

static void
show (FairleadActivity *self)
{
  fprintf (stderr, "%s%s%s …", self->name, self->of_id ? " " : "", self->of_id ? self->of_id : "");
  fflush (stderr);
  self->shown = TRUE;
}

static gboolean
is_impatient (const FairleadActivity *self)
{
  return self->deadline >= 0 && !self->shown && g_get_monotonic_time () >= self->deadline;
}

/* In milliseconds as of poll(), -1 for ever: until there is something to tell, or, once it is told, to see whether another
 * activity has begun. */
static int
get_patience (const FairleadActivity *self)
{
  gint64 left = self->shown ? PATIENCE : self->deadline - g_get_monotonic_time ();

  return self->deadline < 0 ? -1 : (int) CLAMP ((left + 999) / 1000, 0, G_MAXINT);
}

/* Of a thread that ends with the program. Between activities signals belong to whoever reads them: it must not take one
 * then, and it waits for the next activity as soon as it notices. */
static gpointer
watch (gpointer user_data)
{
  FairleadTool *tool = user_data;
  FairleadActivity *self = &tool->activity;
  struct pollfd signals = { .fd = tool->signals.fd, .events = POLLIN };

  g_mutex_lock (&self->lock);
  for (;;)
    {
      int patience;

      while (!self->running)
        g_cond_wait (&self->changed, &self->lock);

      patience = get_patience (self);
      g_mutex_unlock (&self->lock);
      poll (&signals, 1, patience);
      g_mutex_lock (&self->lock);

      if (!self->running)
        continue;
      read_signals (tool);
      if (is_impatient (self))
        show (self);
    }

  return NULL;
}

/* From here on signals that ask us to end cancel what is being done between fairlead_tool_begin() and fairlead_tool_end().
 * To be called before the manager exists, as its threads must start with the signals blocked. */
gboolean
fairlead_tool_catch_signals (FairleadTool         *tool,
                             FairleadSignalsKind   kind,
                             GError              **error)
{
  g_assert (!tool->manager);

  if (!fairlead_signals_init (&tool->signals, kind, error))
    return FALSE;

  tool->cancellable = g_cancellable_new ();

  return TRUE;
}

/* Call it with the tool's cancellable, and fairlead_tool_end() when it is done; the texts have to last until then. */
void
fairlead_tool_begin (FairleadTool *tool,
                     const char   *activity,
                     const char   *container_id)
{
  FairleadActivity *self = &tool->activity;

  g_assert (tool->cancellable);

  g_mutex_lock (&self->lock);
  g_assert (!self->running);
  self->name = activity;
  self->of_id = container_id;
  self->deadline = isatty (STDERR_FILENO) ? g_get_monotonic_time () + PATIENCE : -1;
  self->running = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);

  if (!self->thread)
    self->thread = g_thread_new ("signals", watch, tool);
}

void
fairlead_tool_end (FairleadTool *tool)
{
  FairleadActivity *self = &tool->activity;

  g_mutex_lock (&self->lock);
  g_assert (self->running);
  self->running = FALSE;
  if (self->shown)
    fputs ("\r\033[K", stderr);
  self->shown = FALSE;
  g_mutex_unlock (&self->lock);
}
