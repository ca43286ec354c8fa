/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-store-private.h"

G_BEGIN_DECLS

/* The values that an attachment keeps are `a{ss}`, key to text as in a keyfile; all flagged properties are in it. */

FairleadNetwork *fairlead_network_new_from_options (GType             type,
                                                    const char       *name,
                                                    const char       *backend_name,
                                                    const char       *file,
                                                    GVariant         *options,
                                                    GError          **error);
/* Where the network's shared state is; a copy has the same. */
void             fairlead_network_set_store        (FairleadNetwork  *self,
                                                    FairleadStore    *store);
FairleadNetwork *fairlead_network_copy             (FairleadNetwork  *self);
GVariant        *fairlead_network_dup_options      (FairleadNetwork  *self);
gboolean         fairlead_network_set_option       (FairleadNetwork  *self,
                                                    GParamFlags       flag,
                                                    const char       *key,
                                                    const char       *text,
                                                    GError          **error);

G_END_DECLS
