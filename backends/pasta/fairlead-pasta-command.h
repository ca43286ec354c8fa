/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-pasta-layout.h"

G_BEGIN_DECLS

/* The descriptors of pasta. Newer versions close all but the first three, so they have to be among those. */
#define FAIRLEAD_PASTA_NETNS_FD 0
#define FAIRLEAD_PASTA_READY_FD 1

/* Whether this version of pasta has what the network needs, and can publish the attachment's ports. */
gboolean   fairlead_pasta_command_check (FairleadProgram            *program,
                                         FairleadAttachment         *attachment,
                                         const FairleadPastaLayout  *layout,
                                         GError                    **error);
/* The command line, ended by NULL. @mappings (element-type FairleadPortMapping) have host addresses; @netns_path leads to
 * the descriptor. */
GPtrArray *fairlead_pasta_command_build (FairleadProgram            *program,
                                         FairleadAttachment         *attachment,
                                         const FairleadPastaLayout  *layout,
                                         GPtrArray                  *mappings,
                                         const char                 *netns_path,
                                         const char                 *mac);

G_END_DECLS
