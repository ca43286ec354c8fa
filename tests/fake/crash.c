/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dies by a signal. */
#include <signal.h>
#include <stdio.h>

int
main (void)
{
  fputs ("about to die\n", stderr);
  raise (SIGUSR1);
  return 0;
}
