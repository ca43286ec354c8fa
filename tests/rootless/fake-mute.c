/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cannot even tell its version. */
#include <stdio.h>

int
main (void)
{
  fputs ("no such library\n", stderr);
  return 127;
}
