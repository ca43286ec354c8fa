/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-signals.h"

#include <errno.h>
#include <unistd.h>

#include <fairlead/fairlead.h>

/* Signals are blocked in the main thread before any other thread exists and read from a descriptor, so that they can
 * neither interrupt a step nor get lost. A signal that our caller ignores, as nohup(1) does with SIGHUP, is left
 * alone: it stays ignored. */

static const int stop_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static const int other_signals[] = { SIGUSR1, SIGUSR2, SIGWINCH };

static void
add_unless_ignored (sigset_t *set,
                    int       signal_number)
{
  struct sigaction action;

  if (sigaction (signal_number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
    sigaddset (set, signal_number);
}

static void
fill_set (sigset_t            *set,
          FairleadSignalsKind  kind)
{
  sigemptyset (set);
  for (gsize i = 0; i < G_N_ELEMENTS (stop_signals); i++)
    add_unless_ignored (set, stop_signals[i]);

  if (kind != FAIRLEAD_SIGNALS_FORWARD)
    return;

  for (gsize i = 0; i < G_N_ELEMENTS (other_signals); i++)
    add_unless_ignored (set, other_signals[i]);
  for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
    add_unless_ignored (set, i);
}

gboolean
fairlead_signals_init (FairleadSignals      *self,
                       FairleadSignalsKind   kind,
                       GError              **error)
{
  sigset_t set;

  g_assert (self);

  fill_set (&set, kind);
  sigaction (SIGPIPE, NULL, &self->saved_pipe);
  sigprocmask (SIG_BLOCK, &set, &self->saved_mask);

  self->fd = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (self->fd < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot watch for signals");
      return FALSE;
    }

  return TRUE;
}

/* FALSE if no signal waits. */
gboolean
fairlead_signals_read (FairleadSignals         *self,
                       struct signalfd_siginfo *info)
{
  g_assert (self);

  return read (self->fd, info, sizeof *info) == (gssize) sizeof *info;
}

gboolean
fairlead_signals_is_stop (int signal_number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stop_signals); i++)
    if (stop_signals[i] == signal_number)
      return TRUE;

  return FALSE;
}

/* Async-signal-safe: called between fork and exec. */
void
fairlead_signals_restore (const FairleadSignals *self)
{
  sigaction (SIGPIPE, &self->saved_pipe, NULL);
  sigprocmask (SIG_SETMASK, &self->saved_mask, NULL);
}
