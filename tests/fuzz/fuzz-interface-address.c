/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *printed = NULL;
  g_autofree char *again_printed = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(FairleadInterfaceAddress) address = NULL;
  g_autoptr(FairleadInterfaceAddress) again = NULL;

  address = fairlead_interface_address_new_from_string (NULL, text != NULL ? text : "", NULL, &error);
  g_assert_true ((address == NULL) == (error != NULL));
  if (address == NULL)
    return 0;

  printed = fairlead_interface_address_to_string (address);
  again = fairlead_interface_address_new_from_string (NULL, printed, NULL, NULL);
  again_printed = fairlead_interface_address_to_string (again);
  g_assert_cmpstr (again_printed, ==, printed);
  return 0;
}
