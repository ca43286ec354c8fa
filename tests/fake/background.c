/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ends at once and leaves a process behind that keeps standard output and error open.
 * The argument is a FIFO that this process holds open for writing as long as it lives.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
main (int    argc,
      char **argv)
{
  if (argc < 2 || open (argv[1], O_WRONLY) < 0)
    return 1;

  switch (fork ())
    {
    case -1:
      return 1;

    case 0:
      for (;;)
        pause ();

    default:
      puts ("parent ends");
      return 0;
    }
}
