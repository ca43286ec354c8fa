/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdlib.h>

#include <glib.h>

static inline int
bench_compare (gconstpointer a,
               gconstpointer b)
{
  const double first = *(const double *) a;
  const double second = *(const double *) b;

  return (first > second) - (first < second);
}

/* Leaves the samples as they are. */
static inline double
bench_median (const double *samples,
              guint         n)
{
  g_autofree double *sorted = g_memdup2 (samples, n * sizeof *samples);

  qsort (sorted, n, sizeof *sorted, bench_compare);
  return sorted[n / 2];
}
