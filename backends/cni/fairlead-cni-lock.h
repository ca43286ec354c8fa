/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Keeps a GC from running while something is attached or detached, in this process or another. Any number of ADDs and
 * DELs may run at once. */
typedef struct _FairleadCniLock FairleadCniLock;

FairleadCniLock *fairlead_cni_lock_shared    (const char       *cache_dir,
                                              guint             timeout,
                                              GCancellable     *cancellable,
                                              GError          **error);
FairleadCniLock *fairlead_cni_lock_exclusive (const char       *cache_dir,
                                              GError          **error);
void             fairlead_cni_lock_release   (FairleadCniLock  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniLock, fairlead_cni_lock_release)

G_END_DECLS
