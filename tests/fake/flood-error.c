/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes 8 MiB to standard error, then a last line. */
#include <stdio.h>
#include <string.h>

int
main (void)
{
  char line[1024];

  memset (line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  for (int i = 0; i < 8 * 1024; i++)
    fwrite (line, sizeof line, 1, stderr);
  fputs ("the last line\n", stderr);
  return 0;
}
