/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lives on without becoming ready, and does not mind SIGTERM. */
#include <signal.h>
#include <unistd.h>

#include "fake.h"

int
main (int    argc,
      char **argv)
{
  introduce (argc, argv, ALL_OPTIONS);
  signal (SIGTERM, SIG_IGN);
  fputs ("thinking\n", stderr);
  for (;;)
    pause ();
}
