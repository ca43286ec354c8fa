/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fairlead-cni-result.h"
#include "fairlead-cni-version.h"

/* A plugin's answer to ADD: it can be written in its own version, and reads back the same; whatever another version can
 * hold of it reads back too. */

static void
check_version (FairleadCniResult *result,
               const char        *version,
               gboolean           is_own)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = fairlead_cni_result_to_variant (result, version, &error);
  g_autoptr (GVariant) again_value = NULL;
  g_autoptr (FairleadCniResult) again = NULL;

  g_assert_true ((value == NULL) == (error != NULL));
  if (value == NULL)
    {
      g_assert_false (is_own);
      return;
    }

  again = fairlead_cni_result_new (value, "", &error);
  g_assert_no_error (error);
  again_value = fairlead_cni_result_to_variant (again, version, &error);
  g_assert_no_error (error);
  g_assert_cmpvariant (again_value, value);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const char * const *versions = fairlead_cni_version_list_known ();
  g_autoptr (GVariant) value = fairlead_json_parse (size > 0 ? (const char *) data : "", (gssize) size, NULL);
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (value == NULL)
    return 0;
  result = fairlead_cni_result_new (value, "1.0.0", &error);
  g_assert_true ((result == NULL) == (error != NULL));
  if (result == NULL)
    return 0;

  for (gsize i = 0; versions[i] != NULL; i++)
    check_version (result, versions[i], g_str_equal (versions[i], result->version));
  return 0;
}
