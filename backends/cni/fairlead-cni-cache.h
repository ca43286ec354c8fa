/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-config.h"
#include "fairlead-cni-result.h"
#include "fairlead-cni-target.h"

G_BEGIN_DECLS

/* What was attached, in files whose names and shape are those of the reference runtime, so that each can clean up after
 * the other. */
typedef struct
{
  char *network;             /* (owned) */
  FairleadCniTarget *target; /* (owned) */
  char *config_text;         /* (owned) (nullable) the list that ADD worked on */
  FairleadCniResult *result; /* (owned) (nullable) */
  gboolean ours;             /* written by this runtime */
} FairleadCniCacheEntry;

char                  *fairlead_cni_cache_dup_boot_id (GError           **error);
char                  *fairlead_cni_cache_dup_path   (const char         *cache_dir,
                                                      const char         *network,
                                                      FairleadCniTarget  *target,
                                                      GError            **error);
gboolean               fairlead_cni_cache_make_directory (const char     *directory,
                                                          GError        **error);
gboolean               fairlead_cni_cache_write      (const char         *cache_dir,
                                                      FairleadCniConfig  *config,
                                                      FairleadCniTarget  *target,
                                                      FairleadCniResult  *result,
                                                      GError            **error);
FairleadCniCacheEntry *fairlead_cni_cache_read       (const char         *cache_dir,
                                                      const char         *network,
                                                      FairleadCniTarget  *target,
                                                      GError            **error);
FairleadCniCacheEntry *fairlead_cni_cache_parse      (const char         *text,
                                                      gssize              length,
                                                      GError            **error);
gboolean               fairlead_cni_cache_remove     (const char         *cache_dir,
                                                      const char         *network,
                                                      FairleadCniTarget  *target,
                                                      GError            **error);
GPtrArray             *fairlead_cni_cache_list_temporary (const char     *cache_dir);
GPtrArray             *fairlead_cni_cache_list       (const char         *cache_dir,
                                                      GError            **error);
FairleadCniConfig     *fairlead_cni_cache_entry_choose_config (FairleadCniCacheEntry  *entry,
                                                               FairleadCniConfig      *current,
                                                               GError                **error);
gboolean               fairlead_cni_cache_entry_has_namespace (FairleadCniCacheEntry *entry);
void                   fairlead_cni_cache_entry_free (FairleadCniCacheEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniCacheEntry, fairlead_cni_cache_entry_free)

G_END_DECLS
