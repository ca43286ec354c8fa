/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes to standard error for ever; that it cannot any more does not stop it. */
#include <unistd.h>

#include "fake.h"

int
main (int    argc,
      char **argv)
{
  char line[4096];

  introduce (argc, argv, ALL_OPTIONS);
  memset (line, 'x', sizeof line);
  for (;;)
    if (write (STDERR_FILENO, line, sizeof line) < 0)
      usleep (1000);
}
