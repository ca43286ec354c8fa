/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(FairleadRequest) request = fairlead_request_new ("c1");
  gboolean added = fairlead_request_add_network_from_string (request, text != NULL ? text : "", &error);

  g_assert_true (added == (error == NULL));
  g_assert_cmpuint (g_variant_n_children (fairlead_request_get_networks (request)), ==, added ? 1 : 0);
  return 0;
}
