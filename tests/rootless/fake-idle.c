/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Says as pasta does that it is ready, and has done nothing. */
#include <unistd.h>

#include "fake.h"

int
main (int    argc,
      char **argv)
{
  introduce (argc, argv, ALL_OPTIONS);
  puts ("1");
  fflush (stdout);
  for (;;)
    pause ();
}
