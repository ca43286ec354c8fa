/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* firewalld, by D-Bus and only when it runs: a bridge that is in no zone of its own would fall under the default one, whose
 * rules drop what containers send and get. */

gboolean  fairlead_bridge_firewalld_is_running  (GCancellable  *cancellable);
/* Into the zone "trusted", as other tools do; being there already is well. */
gboolean  fairlead_bridge_firewalld_add         (const char    *link,
                                                 GCancellable  *cancellable,
                                                 GError       **error);
/* That it is there, if firewalld runs. */
gboolean  fairlead_bridge_firewalld_verify      (const char    *link,
                                                 GCancellable  *cancellable,
                                                 GError       **error);
/* Not being there, and no firewalld any more, is well. */
gboolean  fairlead_bridge_firewalld_remove      (const char    *link,
                                                 GError       **error);

G_END_DECLS
