/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* An exclusive lock on a file, held by one call: against other processes and other threads of this one alike. */
typedef struct _FairleadLock FairleadLock;

/* @timeout is in seconds, -1 to wait for ever, 0 to fail with BUSY at once. */
FairleadLock *fairlead_lock_acquire (const char     *path,
                                     int             timeout,
                                     GCancellable   *cancellable,
                                     GError        **error);
/* Removes the file while the lock is held; those who wait for it notice. */
void          fairlead_lock_remove  (FairleadLock   *self);
void          fairlead_lock_release (FairleadLock   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadLock, fairlead_lock_release)

G_END_DECLS
