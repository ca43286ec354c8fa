/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Closes its standard input without having read it. */
#include <stdio.h>
#include <unistd.h>

int
main (void)
{
  close (STDIN_FILENO);
  puts ("did not look");
  return 7;
}
