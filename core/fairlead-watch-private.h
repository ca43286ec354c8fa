/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A directory whose files are replaced as a whole, watched by inotify. */
typedef struct _FairleadWatch FairleadWatch;

typedef enum
{
  FAIRLEAD_WATCH_CHANGED,  /* the file @name was replaced or removed */
  FAIRLEAD_WATCH_OVERFLOW, /* something was lost: all files have to be looked at */
  FAIRLEAD_WATCH_GONE,     /* the directory is gone; nothing more will come */
} FairleadWatchEvent;

/* May free the watch. */
typedef void (*FairleadWatchFunc) (FairleadWatchEvent  event,
                                   const char         *name,
                                   gpointer            user_data);

FairleadWatch *fairlead_watch_new  (const char         *directory,
                                    GMainContext       *context,
                                    FairleadWatchFunc   func,
                                    gpointer            user_data,
                                    GError            **error);
void           fairlead_watch_free (FairleadWatch      *self);

G_END_DECLS
