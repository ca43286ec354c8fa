/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Typed reading of the `a{sv}` that fairlead_json_parse() gives for a JSON object. A key that is missing or null
 * leaves the default; one of another type, or out of range, is an error that names it. */

typedef gboolean (*FairleadDictItemFunc) (GVariant  *item,
                                          gpointer   user_data,
                                          GError   **error);

gboolean fairlead_dict_require      (GVariant              *dict,
                                     const char            *key,
                                     GError               **error);
gboolean fairlead_dict_get_string   (GVariant              *dict,
                                     const char            *key,
                                     char                 **value,
                                     GError               **error);
gboolean fairlead_dict_get_boolean  (GVariant              *dict,
                                     const char            *key,
                                     gboolean              *value,
                                     GError               **error);
gboolean fairlead_dict_get_uint     (GVariant              *dict,
                                     const char            *key,
                                     guint64                maximum,
                                     guint64               *value,
                                     GError               **error);
gboolean fairlead_dict_get_int      (GVariant              *dict,
                                     const char            *key,
                                     gint64                *value,
                                     GError               **error);
gboolean fairlead_dict_get_strv     (GVariant              *dict,
                                     const char            *key,
                                     char                ***value,
                                     GError               **error);
gboolean fairlead_dict_get_enum     (GVariant              *dict,
                                     const char            *key,
                                     GType                  enum_type,
                                     int                   *value,
                                     GError               **error);
gboolean fairlead_dict_get_inet     (GVariant              *dict,
                                     const char            *key,
                                     GInetAddress         **value,
                                     GError               **error);
gboolean fairlead_dict_foreach_item (GVariant              *dict,
                                     const char            *key,
                                     const GVariantType    *item_type,
                                     FairleadDictItemFunc   func,
                                     gpointer               user_data,
                                     GError               **error);

/* And for writing, into a builder of `a{sv}`. Nothing is added for NULL. */
void     fairlead_dict_add_string   (GVariantBuilder       *builder,
                                     const char            *key,
                                     const char            *value);
void     fairlead_dict_add_enum     (GVariantBuilder       *builder,
                                     const char            *key,
                                     GType                  enum_type,
                                     int                    value);
void     fairlead_dict_add_inet     (GVariantBuilder       *builder,
                                     const char            *key,
                                     GInetAddress          *value);

G_END_DECLS
