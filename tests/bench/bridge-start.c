/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program that links what the command and the backend bridge link, and does nothing: what starting alone costs. */

int
main (void)
{
  return 0;
}
