/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>
#include <sys/signalfd.h>

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FAIRLEAD_SIGNALS_STOP,    /* those that ask a program to end */
  FAIRLEAD_SIGNALS_FORWARD, /* all that make sense to pass on to a command */
} FairleadSignalsKind;

typedef struct
{
  int fd;                      /* signalfd of what is blocked */
  sigset_t saved_mask;         /* before anything was blocked */
  struct sigaction saved_pipe; /* SIGPIPE as our caller set it; GSocket ignores it for the whole process */
} FairleadSignals;

gboolean fairlead_signals_init    (FairleadSignals         *self,
                                   FairleadSignalsKind      kind,
                                   GError                 **error);
gboolean fairlead_signals_read    (FairleadSignals         *self,
                                   struct signalfd_siginfo *info);
gboolean fairlead_signals_is_stop (int                      signal_number);
void     fairlead_signals_restore (const FairleadSignals   *self);

G_END_DECLS
