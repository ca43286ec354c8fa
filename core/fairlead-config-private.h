/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Sets the properties of @backend from its group `[backend NAME]`. A bad key has its default; the others are set, and the
 * error is about the first. */
gboolean         fairlead_config_apply_backend       (FairleadConfig   *self,
                                                      FairleadBackend  *backend,
                                                      GError          **error);
/* The backend that the network file NAME.network names; FALSE with NOT_FOUND if there is no such file. */
char            *fairlead_config_dup_network_backend (FairleadConfig   *self,
                                                      const char       *name,
                                                      GError          **error);
/* The network that the file NAME.network describes, its keys checked against @type. */
FairleadNetwork *fairlead_config_load_network        (FairleadConfig   *self,
                                                      const char       *name,
                                                      GType             type,
                                                      GError          **error);

/* Looks for network files again: other processes write them too. */
gboolean         fairlead_config_find_networks       (FairleadConfig   *self,
                                                      GError          **error);
/* Where a network's file is, NULL if it has none; where one of ours would be, NULL if there is no directory. */
char            *fairlead_config_dup_network_file    (FairleadConfig   *self,
                                                      const char       *name);
char            *fairlead_config_dup_own_file        (FairleadConfig   *self,
                                                      const char       *name);
/* After it was written, or with NULL removed. */
void             fairlead_config_set_network_file    (FairleadConfig   *self,
                                                      const char       *name,
                                                      const char       *file);

G_END_DECLS
