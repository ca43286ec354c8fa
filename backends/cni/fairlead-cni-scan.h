/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-config.h"

G_BEGIN_DECLS

/* One configuration file, good or bad, or a directory that cannot be read. */
typedef struct
{
  char *name;                /* (owned) the network's; of what cannot be read the file's, without its extension */
  char *file;                /* (owned) */
  FairleadCniConfig *config; /* (owned) (nullable) */
  GError *error;             /* (owned) (nullable) why there is no @config */
  guint rank;                /* of networks with one name the lowest wins, then the first */
} FairleadCniFound;

GPtrArray         *fairlead_cni_scan_list   (const char * const  *dirs);
FairleadCniConfig *fairlead_cni_scan_lookup (const char * const  *dirs,
                                             const char          *name,
                                             GError             **error);

G_END_DECLS
