/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Says why and ends before it is ready. */
#include "fake.h"

int
main (int    argc,
      char **argv)
{
  introduce (argc, argv, ALL_OPTIONS);
  fputs ("starting\nthe tap is made of cheese\n", stderr);
  return 7;
}
