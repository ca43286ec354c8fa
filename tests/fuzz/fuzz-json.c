/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = fairlead_json_parse (size > 0 ? (const char *) data : "", size, &error);
  g_autoptr(GVariant) again = NULL;
  g_autofree char *text = NULL;

  g_assert_true ((value == NULL) == (error != NULL));
  if (value == NULL)
    return 0;

  text = fairlead_json_print (value, size & 1);
  again = fairlead_json_parse (text, -1, NULL);
  g_assert_cmpvariant (again, value);
  return 0;
}
