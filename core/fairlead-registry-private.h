/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-store-private.h"

G_BEGIN_DECLS

/* The backends of one manager, loaded when first asked for, and the way from a network's name to its backend.
 * All functions are safe from any thread. */
typedef struct _FairleadRegistry FairleadRegistry;

FairleadRegistry *fairlead_registry_new           (FairleadConfig    *config,
                                                   FairleadStore     *store);
void              fairlead_registry_free          (FairleadRegistry  *self);
FairleadConfig   *fairlead_registry_get_config    (FairleadRegistry  *self);
gboolean          fairlead_registry_add_backend   (FairleadRegistry  *self,
                                                   FairleadBackend   *backend,
                                                   GError           **error);
/* (transfer full) */
FairleadBackend  *fairlead_registry_load_backend  (FairleadRegistry  *self,
                                                   const char        *name,
                                                   GError           **error);
/* (transfer full): as above, but a bad key of its group is only told of, and has its default: what is set up can be looked
 * at and torn down with it. */
FairleadBackend  *fairlead_registry_load_backend_anyway (FairleadRegistry  *self,
                                                         const char        *name,
                                                         GError           **error);
/* Names of the backends that exist, loaded or not. */
char            **fairlead_registry_list_backends (FairleadRegistry  *self);
/* (transfer full): the network @name, or the default one for NULL, with the values that its configuration gives it. Nobody
 * else has the object. */
FairleadNetwork  *fairlead_registry_find_network  (FairleadRegistry  *self,
                                                   const char        *name,
                                                   GCancellable      *cancellable,
                                                   GError           **error);
gboolean          fairlead_registry_check_network (FairleadRegistry  *self,
                                                   const char        *name,
                                                   GCancellable      *cancellable,
                                                   GError           **error);
/* Those that files describe and that can be used. */
GListModel       *fairlead_registry_list_networks_of (FairleadRegistry *self,
                                                      const char       *backend_name);
GListModel       *fairlead_registry_list_networks (FairleadRegistry  *self,
                                                   GCancellable      *cancellable,
                                                   GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadRegistry, fairlead_registry_free)

G_END_DECLS
