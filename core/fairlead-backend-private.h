/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* A backend of @type, from @module, its class checked against the contract. */
FairleadBackend *fairlead_backend_new              (FairleadModule   *module,
                                                    GError          **error);
gboolean         fairlead_backend_check_class      (FairleadBackend  *self,
                                                    GError          **error);
/* Where what is found out about programs is kept; before any method is called. */
void             fairlead_backend_set_cache_dir    (FairleadBackend  *self,
                                                    const char       *cache_dir);
GType            fairlead_backend_get_network_type (FairleadBackend  *self);

G_END_DECLS
