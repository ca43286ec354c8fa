/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fairlead-cni-config.h"
#include "fairlead-cni-request.h"

/* A network configuration list: what was read can be written, and is the same when it is read again. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadCniConfig) config = NULL;
  g_autoptr (FairleadCniConfig) again = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again_text = NULL;

  config = fairlead_cni_config_new_from_text (size > 0 ? (const char *) data : "", (gssize) size, "fuzz", &error);
  g_assert_true ((config == NULL) == (error != NULL));
  if (config == NULL)
    return 0;

  g_assert_true (fairlead_cni_config_check_name (fairlead_cni_config_get_name (config), NULL));
  g_assert_cmpuint (fairlead_cni_config_get_n_plugins (config), >, 0);
  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      g_autoptr (GVariant) request = fairlead_cni_request_new (config, i, NULL, NULL);

      g_assert_null (strchr (fairlead_cni_config_get_plugin_type (config, i), '/'));
      g_assert_true (g_variant_is_of_type (request, G_VARIANT_TYPE_VARDICT));
    }

  text = fairlead_cni_config_to_text (config);
  again = fairlead_cni_config_new_from_text (text, -1, "fuzz", &error);
  g_assert_no_error (error);
  again_text = fairlead_cni_config_to_text (again);
  g_assert_cmpstr (again_text, ==, text);
  return 0;
}
