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

/* Ends the benchmark if the program fails. It is not started by fork(): that takes the right to write to its pages from
 * this process, and what is measured next in it would pay a page fault for each, which no resident process does. */
static inline void
bench_run_program (const char * const *argv,
                   const char * const *environment)
{
  const GSpawnFlags flags = G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_LEAVE_DESCRIPTORS_OPEN;
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_spawn_sync (NULL, (char **) argv, (char **) environment, flags, NULL, NULL, NULL, NULL, &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    {
      g_printerr ("%s: %s\n", argv[0], error->message);
      exit (1);
    }
}
