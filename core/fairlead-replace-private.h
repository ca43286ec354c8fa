/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The new value may be part of the old one. */

static inline void
fairlead_replace_string (char       **target,
                         const char  *value)
{
  char *copy = g_strdup (value);

  g_free (*target);
  *target = copy;
}

static inline void
fairlead_replace_strv (char ***target,
                       char  **value)
{
  char **copy = g_strdupv (value);

  g_strfreev (*target);
  *target = copy;
}

G_END_DECLS
