/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-registry-private.h"

G_BEGIN_DECLS

/* A backend of @type, from @module, its class checked against the contract. */
FairleadBackend *fairlead_backend_new              (FairleadModule   *module,
                                                    GError          **error);
gboolean         fairlead_backend_check_class      (FairleadBackend  *self,
                                                    GError          **error);
/* Where its shared state is, and that of its networks. */
void             fairlead_backend_set_store        (FairleadBackend  *self,
                                                    FairleadStore    *store);
/* Where its networks are configured; NULL when that goes. */
void             fairlead_backend_set_registry     (FairleadBackend  *self,
                                                    FairleadRegistry *registry);
GType            fairlead_backend_get_network_type (FairleadBackend  *self);

G_END_DECLS
