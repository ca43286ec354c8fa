/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-presence-private.h"
#include "fairlead-verbs-private.h"

G_BEGIN_DECLS

/* How the verbs of one manager are called: in the caller or on a worker, and how their outcome becomes visible. */
typedef struct _FairleadCalls FairleadCalls;

/* One verb with its arguments. */
typedef struct _FairleadCall FairleadCall;

/* @emitter: (transfer none): has the signals of FairleadManager, and outlives us. */
FairleadCalls    *fairlead_calls_new                   (FairleadConfig         *config,
                                                        GObject                *emitter);
void              fairlead_calls_free                  (FairleadCalls          *self);
FairleadRegistry *fairlead_calls_get_registry          (FairleadCalls          *self);
FairleadPresence *fairlead_calls_get_presence          (FairleadCalls          *self);
/* Both take @call. The result of a verb that gives no object is a pointer that is not NULL. */
gpointer          fairlead_calls_run                   (FairleadCalls          *self,
                                                        FairleadCall           *call,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
void              fairlead_calls_start                 (FairleadCalls          *self,
                                                        GObject                *source,
                                                        FairleadCall           *call,
                                                        gpointer                source_tag,
                                                        GCancellable           *cancellable,
                                                        GAsyncReadyCallback     callback,
                                                        gpointer                user_data);

FairleadCall     *fairlead_call_new_plan               (FairleadRequest        *request);
FairleadCall     *fairlead_call_new_setup              (FairleadRequest        *request);
FairleadCall     *fairlead_call_new_teardown           (const char             *container_id,
                                                        FairleadTeardownFlags   flags);
FairleadCall     *fairlead_call_new_stats              (const char             *container_id);
FairleadCall     *fairlead_call_new_inspect            (const char             *container_id);
FairleadCall     *fairlead_call_new_check              (const char             *container_id);
FairleadCall     *fairlead_call_new_reload             (const char             *container_id);
FairleadCall     *fairlead_call_new_publish            (const char             *container_id,
                                                        FairleadPortMapping    *mapping);
FairleadCall     *fairlead_call_new_unpublish          (const char             *container_id,
                                                        FairleadPortMapping    *mapping);
FairleadCall     *fairlead_call_new_lookup_container   (const char             *container_id);
FairleadCall     *fairlead_call_new_list_containers    (void);
FairleadCall     *fairlead_call_new_list_networks      (void);
FairleadCall     *fairlead_call_new_check_network      (const char             *name);
FairleadCall     *fairlead_call_new_create_network     (const char             *name,
                                                        const char             *backend_name,
                                                        GVariant               *options);
FairleadCall     *fairlead_call_new_remove_network     (const char             *name);
FairleadCall     *fairlead_call_new_collect            (void);

G_END_DECLS
