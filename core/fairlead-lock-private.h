/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* A lock on a file, held by one call: against other processes and other threads of this one alike. */
typedef struct _FairleadLock FairleadLock;

typedef enum
{
  FAIRLEAD_LOCK_EXCLUSIVE,
  FAIRLEAD_LOCK_SHARED, /* beside others that are shared */
} FairleadLockMode;

/* @timeout is in seconds, -1 to wait for ever, 0 to fail with BUSY at once. */
FairleadLock *fairlead_lock_acquire       (const char        *path,
                                           FairleadLockMode   mode,
                                           int                timeout,
                                           GCancellable      *cancellable,
                                           GError           **error);
/* Makes a shared lock exclusive if nobody else holds it at this moment. */
gboolean      fairlead_lock_try_exclusive (FairleadLock      *self);
/* Removes the file while the exclusive lock is held; those who wait for it notice. */
void          fairlead_lock_remove        (FairleadLock      *self);
void          fairlead_lock_release       (FairleadLock      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadLock, fairlead_lock_release)

G_END_DECLS
