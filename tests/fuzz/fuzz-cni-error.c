/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fairlead-cni-plugin.h"

/* What a plugin wrote: if its first byte is odd it failed. A failure has an error whose message and details are text, and
 * names plugin and verb. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const FairleadCniCall call = { "ADD", "fuzz", "/bin/fuzz", "net" };
  int exit_status = size > 0 ? data[0] & 1 : 0;
  /* The standard error comes here as text already. */
  g_autofree char *complaint = NULL;
  g_autofree char *output = g_strndup (size > 1 ? (const char *) data + 1 : "", size > 1 ? size - 1 : 0);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  const char *verb, *plugin;
  gboolean succeeded;

  complaint = g_utf8_make_valid (output, -1);
  succeeded = fairlead_cni_plugin_read_answer (&call, output, complaint, exit_status, 0, &answer, &error);

  g_assert_true (succeeded == (error == NULL));
  g_assert_false (succeeded && exit_status != 0);
  if (succeeded)
    return 0;

  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_true (g_variant_lookup (fairlead_error_get_details (error), "verb", "&s", &verb));
  g_assert_cmpstr (verb, ==, "ADD");
  g_assert_true (g_variant_lookup (fairlead_error_get_details (error), "plugin", "&s", &plugin));
  g_assert_cmpstr (plugin, ==, "/bin/fuzz");
  return 0;
}
