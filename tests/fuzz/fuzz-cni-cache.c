/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fairlead-cni-cache.h"

/* A file of the cache, which other runtimes write too: what is taken from it is safe as part of a path only after a check,
 * so nothing but types is promised here. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadCniCacheEntry) entry =
    fairlead_cni_cache_parse (size > 0 ? (const char *) data : "", (gssize) size, &error);
  g_autoptr (FairleadCniConfig) config = NULL;

  g_assert_true ((entry == NULL) == (error != NULL));
  if (entry == NULL)
    return 0;

  g_assert_nonnull (entry->network);
  g_assert_nonnull (entry->target->container_id);
  g_assert_nonnull (entry->target->ifname);
  for (char **arg = entry->target->args; *arg != NULL; arg++)
    g_assert_nonnull (strchr (*arg, '='));
  g_assert_true (g_variant_is_of_type (entry->target->capability_args, G_VARIANT_TYPE_VARDICT));

  config = fairlead_cni_cache_entry_choose_config (entry, NULL, &error);
  g_assert_true ((config == NULL) == (error != NULL));
  return 0;
}
