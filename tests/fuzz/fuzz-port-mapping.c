/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *printed = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (text != NULL ? text : "", &error);
  g_autoptr(FairleadPortMapping) again = NULL;

  g_assert_true ((mapping == NULL) == (error != NULL));
  if (mapping == NULL)
    return 0;

  g_assert_true (fairlead_port_mapping_validate (mapping, NULL));
  printed = fairlead_port_mapping_to_string (mapping);
  again = fairlead_port_mapping_new_from_string (printed, NULL);
  g_assert_true (fairlead_port_mapping_equal (again, mapping));
  return 0;
}
