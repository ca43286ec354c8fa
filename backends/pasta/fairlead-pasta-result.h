/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-pasta-layout.h"

G_BEGIN_DECLS

/* Adds to the attachment what the container got: what was asked for, and of the host's addresses what the kernel says. */
gboolean             fairlead_pasta_result_add         (FairleadAttachment         *attachment,
                                                        const FairleadPastaLayout  *layout,
                                                        const char                 *mac,
                                                        GError                    **error);
/* The mapping with a host address, of an attachment that is set up. */
FairleadPortMapping *fairlead_pasta_result_dup_mapping (FairleadAttachment         *attachment,
                                                        FairleadPortMapping        *mapping);

G_END_DECLS
