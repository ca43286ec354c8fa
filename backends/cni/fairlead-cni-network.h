/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-config.h"

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_CNI_NETWORK (fairlead_cni_network_get_type ())

G_DECLARE_FINAL_TYPE (FairleadCniNetwork, fairlead_cni_network, FAIRLEAD, CNI_NETWORK, FairleadNetwork)

FairleadCniNetwork *fairlead_cni_network_new                 (const char          *name,
                                                              const char          *file,
                                                              FairleadCniConfig   *config);
FairleadCniConfig  *fairlead_cni_network_dup_config          (FairleadCniNetwork  *self);
void                fairlead_cni_network_set_config          (FairleadCniNetwork  *self,
                                                              FairleadCniConfig   *config);
const char         *fairlead_cni_network_get_config_file     (FairleadCniNetwork  *self);
const char         *fairlead_cni_network_get_config_name     (FairleadCniNetwork  *self);
const char * const *fairlead_cni_network_get_args            (FairleadCniNetwork  *self);
const char * const *fairlead_cni_network_get_skip_check      (FairleadCniNetwork  *self);
GVariant           *fairlead_cni_network_dup_capability_args (FairleadCniNetwork  *self,
                                                              GError             **error);

G_END_DECLS
