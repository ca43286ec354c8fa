/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-cache.h"
#include "fairlead-cni-config.h"
#include "fairlead-cni-plugin.h"
#include "fairlead-cni-result.h"
#include "fairlead-cni-target.h"

G_BEGIN_DECLS

#define FAIRLEAD_CNI_DEFAULT_CONF_DIR "/etc/cni/net.d"
#define FAIRLEAD_CNI_DEFAULT_CACHE_DIR "/var/lib/cni"
#define FAIRLEAD_CNI_DEFAULT_TIMEOUT 60
#define FAIRLEAD_CNI_MAX_TIMEOUT 3600

extern const char * const fairlead_cni_default_plugin_dirs[];

#define FAIRLEAD_TYPE_CNI_RUNTIME (fairlead_cni_runtime_get_type ())

G_DECLARE_FINAL_TYPE (FairleadCniRuntime, fairlead_cni_runtime, FAIRLEAD, CNI_RUNTIME, GObject)

/* Called before each plugin of an ADD, with the number of plugins that will have been started by then and the result of
 * the one before. If it fails, the ADD stops there. */
typedef gboolean (*FairleadCniProgressFunc) (guint               n_started,
                                             FairleadCniResult  *result,
                                             gpointer            user_data,
                                             GError            **error);

typedef gboolean (*FairleadCniGarbageFunc) (FairleadCniCacheEntry *entry,
                                            gpointer               user_data);

FairleadCniRuntime *fairlead_cni_runtime_new        (const char * const       *plugin_dirs,
                                                     const char               *cache_dir,
                                                     guint                     timeout);
void                fairlead_cni_runtime_set_note_func (FairleadCniRuntime    *self,
                                                        FairleadCniNoteFunc    note,
                                                        gpointer               user_data);
FairleadCniConfig  *fairlead_cni_runtime_negotiate  (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
char              **fairlead_cni_runtime_version    (FairleadCniRuntime       *self,
                                                     const char               *type,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_validate_network (FairleadCniRuntime  *self,
                                                           FairleadCniConfig   *config,
                                                           GError             **error);
gboolean            fairlead_cni_runtime_validate   (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     FairleadCniTarget        *target,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_is_attached (FairleadCniRuntime      *self,
                                                      FairleadCniConfig       *config,
                                                      FairleadCniTarget       *target);
FairleadCniResult  *fairlead_cni_runtime_add        (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     FairleadCniTarget        *target,
                                                     FairleadCniProgressFunc   progress,
                                                     gpointer                  user_data,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_del        (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     FairleadCniTarget        *target,
                                                     FairleadCniResult        *result,
                                                     guint                     n_started,
                                                     gboolean                  force,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
FairleadCniResult  *fairlead_cni_runtime_replace    (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     FairleadCniTarget        *from,
                                                     FairleadCniResult        *result,
                                                     FairleadCniTarget        *target,
                                                     FairleadCniProgressFunc   progress,
                                                     gpointer                  user_data,
                                                     gboolean                 *detached,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_check      (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     FairleadCniTarget        *target,
                                                     FairleadCniResult        *result,
                                                     const char * const       *skipped,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_gc         (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     GPtrArray                *valid,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_gc_where   (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     FairleadCniGarbageFunc    is_garbage,
                                                     gpointer                  user_data,
                                                     GPtrArray                *living,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);
gboolean            fairlead_cni_runtime_status     (FairleadCniRuntime       *self,
                                                     FairleadCniConfig        *config,
                                                     GCancellable             *cancellable,
                                                     GError                  **error);

G_END_DECLS
