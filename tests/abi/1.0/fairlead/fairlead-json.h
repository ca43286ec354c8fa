/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

FAIRLEAD_AVAILABLE_IN_1_0
GVariant *fairlead_json_parse (const char  *text,
                               gssize       length,
                               GError     **error);
FAIRLEAD_AVAILABLE_IN_1_0
char     *fairlead_json_print (GVariant    *value,
                               gboolean     pretty);

G_END_DECLS
