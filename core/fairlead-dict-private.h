/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-json-private.h"

G_BEGIN_DECLS

/* Typed reading of a JSON object. A key that is missing or null leaves the default; one of another type, or out of range,
 * is an error that names it. */

typedef gboolean (*FairleadDictItemFunc) (JsonObject  *item,
                                          gpointer     user_data,
                                          GError     **error);

gboolean fairlead_dict_require      (JsonObject            *dict,
                                     const char            *key,
                                     GError               **error);
gboolean fairlead_dict_get_string   (JsonObject            *dict,
                                     const char            *key,
                                     char                 **value,
                                     GError               **error);
gboolean fairlead_dict_get_boolean  (JsonObject            *dict,
                                     const char            *key,
                                     gboolean              *value,
                                     GError               **error);
gboolean fairlead_dict_get_uint     (JsonObject            *dict,
                                     const char            *key,
                                     guint64                maximum,
                                     guint64               *value,
                                     GError               **error);
gboolean fairlead_dict_get_int      (JsonObject            *dict,
                                     const char            *key,
                                     gint64                *value,
                                     GError               **error);
gboolean fairlead_dict_get_strv     (JsonObject            *dict,
                                     const char            *key,
                                     char                ***value,
                                     GError               **error);
gboolean fairlead_dict_get_enum     (JsonObject            *dict,
                                     const char            *key,
                                     GType                  enum_type,
                                     int                   *value,
                                     GError               **error);
gboolean fairlead_dict_get_date     (JsonObject            *dict,
                                     const char            *key,
                                     GDateTime            **value,
                                     GError               **error);
gboolean fairlead_dict_get_inet     (JsonObject            *dict,
                                     const char            *key,
                                     GInetAddress         **value,
                                     GError               **error);
/* An object of strings, as a{ss}. */
gboolean fairlead_dict_get_strings  (JsonObject            *dict,
                                     const char            *key,
                                     GVariant             **value,
                                     GError               **error);
/* What fairlead_json_writer_add_document() wrote, as a{sv}. */
gboolean fairlead_dict_get_document (JsonObject            *dict,
                                     const char            *key,
                                     GVariant             **value,
                                     GError               **error);
/* A list of objects. */
gboolean fairlead_dict_foreach_item (JsonObject            *dict,
                                     const char            *key,
                                     FairleadDictItemFunc   func,
                                     gpointer               user_data,
                                     GError               **error);

G_END_DECLS
