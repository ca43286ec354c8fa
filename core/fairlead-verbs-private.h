/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-registry-private.h"
#include "fairlead-store-private.h"

G_BEGIN_DECLS

/*
 * The verbs of the manager, synchronous and safe from any thread. They work on containers of their own, which nobody
 * else sees; the manager makes the outcome visible.
 *
 * Verbs that change something hold the container's lock from beginning to end. Those that only look do not wait for
 * one: state files are replaced as a whole.
 */
typedef struct
{
  FairleadRegistry *registry;
  FairleadStore    *store;
} FairleadVerbs;

/* plan: what a request comes to, everything checked that can be, nothing made. */
FairleadContainer *fairlead_verbs_plan               (FairleadVerbs          *verbs,
                                                      FairleadRequest        *request,
                                                      GCancellable           *cancellable,
                                                      GError                **error);

/* The same with the namespace that it would have, for those who only want to know. */
FairleadContainer *fairlead_verbs_preview            (FairleadVerbs          *verbs,
                                                      FairleadRequest        *request,
                                                      GCancellable           *cancellable,
                                                      GError                **error);

FairleadContainer *fairlead_verbs_setup              (FairleadVerbs          *verbs,
                                                      FairleadRequest        *request,
                                                      GCancellable           *cancellable,
                                                      GError                **error);

/* @container, if not NULL, takes what became of the container, also after a failure. */
gboolean           fairlead_verbs_teardown           (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadTeardownFlags   flags,
                                                      FairleadContainer     **container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
/* With the lock held: undoes all that @container has, and removes its state if nothing is left. */
gboolean           fairlead_verbs_teardown_container (FairleadVerbs          *verbs,
                                                      FairleadContainer      *container,
                                                      FairleadTeardownFlags   flags,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
char             **fairlead_verbs_collect            (FairleadVerbs          *verbs,
                                                      GCancellable           *cancellable,
                                                      GError                **error);

FairleadContainer *fairlead_verbs_lookup             (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      GError                **error);
GPtrArray         *fairlead_verbs_list               (FairleadVerbs          *verbs,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
FairleadStats     *fairlead_verbs_stats              (FairleadVerbs          *verbs,
                                                      FairleadContainer      *container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
GVariant          *fairlead_verbs_inspect            (FairleadVerbs          *verbs,
                                                      FairleadContainer      *container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
gboolean           fairlead_verbs_check              (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadContainer     **container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
gboolean           fairlead_verbs_reload             (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadContainer     **container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
gboolean           fairlead_verbs_publish            (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadPortMapping    *mapping,
                                                      FairleadContainer     **container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
gboolean           fairlead_verbs_unpublish          (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadPortMapping    *mapping,
                                                      FairleadContainer     **container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);

/* (transfer full): the network, whose file is there now. */
FairleadNetwork   *fairlead_verbs_create_network     (FairleadVerbs          *verbs,
                                                      const char             *name,
                                                      const char             *backend_name,
                                                      GVariant               *options,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
gboolean           fairlead_verbs_remove_network     (FairleadVerbs          *verbs,
                                                      const char             *name,
                                                      GCancellable           *cancellable,
                                                      GError                **error);

/* Shared by the verbs. */
typedef gboolean (*FairleadVerbFunc) (FairleadVerbs      *verbs,
                                      FairleadContainer  *container,
                                      gpointer            user_data,
                                      GCancellable       *cancellable,
                                      GError            **error);

/* The lock of a container that exists. */
FairleadLock      *fairlead_verbs_lock               (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
/* The container as it is now that nobody else can change it. */
FairleadContainer *fairlead_verbs_read_locked        (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadLock           *lock,
                                                      GError                **error);
/* Whether a verb may touch what the container, or one attachment of it, has on the host: that it is the host that it was
 * set up on. */
gboolean           fairlead_verbs_check_host         (FairleadVerbs          *verbs,
                                                      FairleadContainer      *container,
                                                      GError                **error);
gboolean           fairlead_verbs_check_attachment_host (FairleadVerbs       *verbs,
                                                      FairleadContainer      *container,
                                                      FairleadAttachment     *attachment,
                                                      GError                **error);
/* Calls @func on a container that is ready, with its lock held, its namespace open and checkpoints allowed. */
gboolean           fairlead_verbs_with_ready         (FairleadVerbs          *verbs,
                                                      const char             *id,
                                                      FairleadVerbFunc        func,
                                                      gpointer                user_data,
                                                      FairleadContainer     **container,
                                                      GCancellable           *cancellable,
                                                      GError                **error);
/* The first attachment through which @mapping can be published, with all of @capabilities beside. */
FairleadAttachment *fairlead_verbs_find_publisher    (FairleadVerbs                *verbs,
                                                      FairleadContainer            *container,
                                                      FairleadPortMapping          *mapping,
                                                      FairleadBackendCapabilities   capabilities,
                                                      GError                      **error);
gboolean           fairlead_verbs_check_id           (const char             *id,
                                                      GError                **error);
/* The backend of an attachment; the attachment gets its network back, from the values that were kept. */
FairleadBackend   *fairlead_verbs_load_backend       (FairleadVerbs          *verbs,
                                                      FairleadAttachment     *attachment,
                                                      GError                **error);
/* Lets the backends of @container checkpoint; NULL forbids it again. */
void               fairlead_verbs_allow_checkpoints  (FairleadContainer      *container,
                                                      FairleadStore          *store);

G_END_DECLS
