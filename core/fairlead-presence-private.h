/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-store-private.h"

G_BEGIN_DECLS

/*
 * What containers there are, as far as one manager has seen: one object for one container as long as somebody holds it,
 * kept up to date, and the manager's signals. On request it watches the state directory, to see what others do.
 *
 * All of it happens in the manager's thread.
 */
typedef struct _FairleadPresence FairleadPresence;

/* @emitter: (transfer none): has the signals of FairleadManager; all arguments outlive us. */
FairleadPresence  *fairlead_presence_new            (FairleadStore      *store,
                                                     GMainContext       *context,
                                                     GObject            *emitter);
void               fairlead_presence_free           (FairleadPresence   *self);
/* (transfer full): the one object for a container: the one that is known, brought up to date, or else @container. */
FairleadContainer *fairlead_presence_adopt          (FairleadPresence   *self,
                                                     FairleadContainer  *container);
/* A container that was set up. */
void               fairlead_presence_announce       (FairleadPresence   *self,
                                                     FairleadContainer  *container);
/* What a verb saw of a container, and how it failed if @error is not NULL. */
void               fairlead_presence_show           (FairleadPresence   *self,
                                                     FairleadContainer  *container,
                                                     const GError       *error);
void               fairlead_presence_show_error     (FairleadPresence   *self,
                                                     const char         *id,
                                                     const GError       *error);
void               fairlead_presence_show_gone      (FairleadPresence   *self,
                                                     const char         *id);
gboolean           fairlead_presence_is_watching    (FairleadPresence   *self);
gboolean           fairlead_presence_start_watching (FairleadPresence   *self,
                                                     GError            **error);
void               fairlead_presence_stop_watching  (FairleadPresence   *self);

G_END_DECLS
