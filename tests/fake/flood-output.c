/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes to standard output for ever. */
#include <stdio.h>

int
main (void)
{
  while (puts ("and another line of output that nobody asked for") >= 0)
    ;
  return 0;
}
