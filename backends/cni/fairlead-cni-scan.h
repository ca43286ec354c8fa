/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-config.h"

G_BEGIN_DECLS

/* One configuration file, good or bad. */
typedef struct
{
  char *name;                /* (owned) the network's, or the file's without extension if it cannot be read */
  char *file;                /* (owned) */
  FairleadCniConfig *config; /* (owned) (nullable) */
  GError *error;             /* (owned) (nullable) why there is no @config */
  guint rank;                /* of networks with one name the lowest wins, then the first */
} FairleadCniFound;

GPtrArray         *fairlead_cni_scan_list   (const char * const  *dirs,
                                             GError             **error);
FairleadCniConfig *fairlead_cni_scan_lookup (const char * const  *dirs,
                                             const char          *name,
                                             GError             **error);

G_END_DECLS
