/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ignores SIGTERM and never ends. It says so on standard output, and opens the FIFO that it is given. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int
main (int    argc,
      char **argv)
{
  signal (SIGTERM, SIG_IGN);
  fputs ("still here\n", stderr);
  if (argc > 1 && open (argv[1], O_WRONLY) < 0)
    return 1;

  for (;;)
    pause ();
}
