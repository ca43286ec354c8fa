/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-config.h"

G_BEGIN_DECLS

/* What a plugin reads from its standard input. */

GVariant *fairlead_cni_request_new         (FairleadCniConfig *config,
                                            guint              index,
                                            GVariant          *prev_result,
                                            GVariant          *capability_args);
GVariant *fairlead_cni_request_new_gc      (FairleadCniConfig *config,
                                            guint              index,
                                            GPtrArray         *valid);
GVariant *fairlead_cni_request_new_version (void);
char    **fairlead_cni_request_list_unused (FairleadCniConfig *config,
                                            GVariant          *capability_args);

G_END_DECLS
