/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-bare.h"

/* The bare loop as a program, to compare with a command: cni-bare REQUEST PLUGIN... */

extern char **environ;

int
main (int    argc,
      char **argv)
{
  for (int i = 2; i < argc; i++)
    if (cni_bare_run (argv[i], environ, argv[1]) != 0)
      return 1;
  return argc < 3;
}
