/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reading files, and reading and rebuilding JSON values, which are GVariants: objects a{sv}, arrays av, integers x or t. A
 * null member counts as absent. Functions that look something up give back an own reference. */

char     *fairlead_cni_value_load_text    (const char  *path,
                                           gsize       *length,
                                           GError     **error);
gboolean  fairlead_cni_value_is_null      (GVariant    *value);
gboolean  fairlead_cni_value_is_object    (GVariant    *value);
gboolean  fairlead_cni_value_is_array     (GVariant    *value);
GVariant *fairlead_cni_value_get_element  (GVariant    *array,
                                           gsize        index);
GVariant *fairlead_cni_value_lookup       (GVariant    *object,
                                           const char  *key);
GVariant *fairlead_cni_value_lookup_typed (GVariant    *object,
                                           const char  *key);
gboolean  fairlead_cni_value_read_string  (GVariant    *object,
                                           const char  *key,
                                           char       **text,
                                           GError     **error);
gboolean  fairlead_cni_value_read_strv    (GVariant    *object,
                                           const char  *key,
                                           char      ***strv,
                                           GError     **error);
gboolean  fairlead_cni_value_read_int     (GVariant    *object,
                                           const char  *key,
                                           gint64       min,
                                           gint64       max,
                                           gboolean    *found,
                                           gint64      *number,
                                           GError     **error);
gboolean  fairlead_cni_value_read_object  (GVariant    *object,
                                           const char  *key,
                                           GVariant   **member,
                                           GError     **error);
gboolean  fairlead_cni_value_read_array   (GVariant    *object,
                                           const char  *key,
                                           GVariant   **member,
                                           GError     **error);
/* That objects and arrays are nested so that the value can be a part of another one and be read again. */
gboolean  fairlead_cni_value_check_depth  (GVariant    *value,
                                           GError     **error);
GVariant *fairlead_cni_value_with         (GVariant    *object,
                                           const char  *key,
                                           GVariant    *member);
GVariant *fairlead_cni_value_new_array    (const char * const *strv);

G_END_DECLS
