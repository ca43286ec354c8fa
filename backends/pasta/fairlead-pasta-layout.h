/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-pasta-network.h"

G_BEGIN_DECLS

/* What one container gets, as its network's keys, its request and the state of the host have it. */
typedef struct
{
  gboolean      enabled[FAIRLEAD_PASTA_N_FAMILIES];
  GInetAddress *address[FAIRLEAD_PASTA_N_FAMILIES]; /* (nullable) NULL for the host's own */
  GInetAddress *gateway[FAIRLEAD_PASTA_N_FAMILIES]; /* (nullable) likewise */
  GInetAddress *dns[FAIRLEAD_PASTA_N_FAMILIES];     /* (nullable) */
} FairleadPastaLayout;

/* NULL with @error set if it cannot be had. */
FairleadPastaLayout *fairlead_pasta_layout_new         (FairleadAttachment         *attachment,
                                                        FairleadProgram            *program,
                                                        GError                    **error);
void                 fairlead_pasta_layout_free        (FairleadPastaLayout        *self);

/* The mapping with a host address: NULL with @error set if there are no addresses of its family. */
FairleadPortMapping *fairlead_pasta_layout_dup_mapping (const FairleadPastaLayout  *self,
                                                        FairleadPortMapping        *mapping,
                                                        GError                    **error);

/* The mapping with its host address, or any of the family if it has none. */
FairleadPortMapping *fairlead_pasta_dup_mapping        (FairleadPortMapping        *mapping,
                                                        int                         index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadPastaLayout, fairlead_pasta_layout_free)

G_END_DECLS
