/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-runtime.h"

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Cleaning up by the cache, where no state of an attachment says what is to be done. */

gboolean fairlead_cni_collect           (FairleadCniRuntime  *runtime,
                                         const char          *cache_dir,
                                         GListModel          *attachments,
                                         GCancellable        *cancellable,
                                         GError             **error);
gboolean fairlead_cni_collect_after_boot (FairleadCniRuntime  *runtime,
                                          const char          *cache_dir,
                                          GCancellable        *cancellable,
                                          GError             **error);
gboolean fairlead_cni_collect_container (FairleadCniRuntime  *runtime,
                                         const char          *cache_dir,
                                         FairleadAttachment  *attachment,
                                         gboolean             force,
                                         GCancellable        *cancellable,
                                         GError             **error);

G_END_DECLS
