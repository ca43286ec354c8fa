/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/random.h>

/* For names that nobody else has. GLib's numbers repeat in processes that were forked after the first of them. */
static inline guint32
fairlead_random (void)
{
  guint32 number;

  while (getrandom (&number, sizeof number, 0) != (gssize) sizeof number)
    ;
  return number;
}
