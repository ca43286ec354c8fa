/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Versions of the CNI specification. An empty one is 0.1.0, which had no such key. */

#define FAIRLEAD_CNI_VERSION_NEWEST "1.1.0"

const char * const *fairlead_cni_version_list_known (void);
gboolean            fairlead_cni_version_is_known   (const char  *version);
gboolean            fairlead_cni_version_validate   (const char  *version,
                                                     GError     **error);
gboolean            fairlead_cni_version_check_usable (const char  *version,
                                                       GError     **error);
int                 fairlead_cni_version_compare    (const char  *a,
                                                     const char  *b);

G_END_DECLS
