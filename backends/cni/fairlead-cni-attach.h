/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-config.h"
#include "fairlead-cni-network.h"
#include "fairlead-cni-result.h"
#include "fairlead-cni-target.h"

G_BEGIN_DECLS

/* Between the library's words and those of CNI: what a list can do, what an attachment asks for, what came of it. */

FairleadBackendCapabilities  fairlead_cni_attach_get_capabilities (FairleadCniConfig   *config);
FairleadCniTarget           *fairlead_cni_attach_new_target       (FairleadAttachment  *attachment,
                                                                   FairleadCniConfig   *config,
                                                                   const char          *netns_path,
                                                                   GError             **error);
FairleadCniTarget           *fairlead_cni_attach_fix_target       (FairleadAttachment  *attachment,
                                                                   FairleadCniConfig   *config,
                                                                   FairleadCniTarget   *target,
                                                                   FairleadCniResult   *result,
                                                                   GError             **error);
void                         fairlead_cni_attach_publish          (FairleadAttachment  *attachment,
                                                                   FairleadCniTarget   *target,
                                                                   FairleadCniResult   *result);

G_END_DECLS
