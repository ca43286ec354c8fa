/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-dict-private.h"

/* State files are read with these: they may be truncated, edited or written by a foreign version. */

static gboolean
set_type_error (const char  *key,
                const char  *wanted,
                JsonNode    *found,
                GError     **error)
{
  g_autofree char *text = fairlead_json_node_to_text (found);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "\"%s\" is not %s but %.80s", key, wanted, text);
  return FALSE;
}

/* The value of @key, or NULL where it is missing or null. */
static JsonNode *
lookup (JsonObject *dict,
        const char *key)
{
  JsonNode *value = json_object_get_member (dict, key);

  return value != NULL && !JSON_NODE_HOLDS_NULL (value) ? value : NULL;
}

gboolean
fairlead_dict_require (JsonObject  *dict,
                       const char  *key,
                       GError     **error)
{
  if (lookup (dict, key) != NULL)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "\"%s\" is missing", key);
  return FALSE;
}

/* NULL with or without an error. */
static const char *
peek_string (JsonObject  *dict,
             const char  *key,
             gboolean    *success,
             GError     **error)
{
  JsonNode *found = lookup (dict, key);
  const char *text = found != NULL ? fairlead_json_node_get_string (found) : NULL;

  *success = found == NULL || text != NULL || set_type_error (key, "a string", found, error);
  return text;
}

gboolean
fairlead_dict_get_string (JsonObject  *dict,
                          const char  *key,
                          char       **value,
                          GError     **error)
{
  gboolean success;
  const char *text = peek_string (dict, key, &success, error);

  if (text != NULL)
    {
      g_free (*value);
      *value = g_strdup (text);
    }
  return success;
}

gboolean
fairlead_dict_get_boolean (JsonObject  *dict,
                           const char  *key,
                           gboolean    *value,
                           GError     **error)
{
  JsonNode *found = lookup (dict, key);

  if (found == NULL)
    return TRUE;
  if (json_node_get_value_type (found) != G_TYPE_BOOLEAN)
    return set_type_error (key, "true or false", found, error);
  *value = json_node_get_boolean (found);
  return TRUE;
}

gboolean
fairlead_dict_get_uint (JsonObject  *dict,
                        const char  *key,
                        guint64      maximum,
                        guint64     *value,
                        GError     **error)
{
  JsonNode *found = lookup (dict, key);
  guint64 number;

  if (found == NULL || fairlead_json_node_get_uint (found, maximum, value))
    return TRUE;
  if (!fairlead_json_node_get_uint (found, G_MAXUINT64, &number))
    return set_type_error (key, "a number from 0", found, error);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "\"%s\": %" G_GUINT64_FORMAT " is not in 0–%" G_GUINT64_FORMAT, key, number, maximum);
  return FALSE;
}

gboolean
fairlead_dict_get_int (JsonObject  *dict,
                       const char  *key,
                       gint64      *value,
                       GError     **error)
{
  JsonNode *found = lookup (dict, key);

  return found == NULL || fairlead_json_node_get_int (found, value) ||
         set_type_error (key, "an integer", found, error);
}

/* FALSE with an error, or a list that is NULL where there is none. */
static gboolean
get_list (JsonObject  *dict,
          const char  *key,
          JsonArray  **list,
          GError     **error)
{
  JsonNode *found = lookup (dict, key);

  *list = found != NULL && JSON_NODE_HOLDS_ARRAY (found) ? json_node_get_array (found) : NULL;
  return found == NULL || *list != NULL || set_type_error (key, "a list", found, error);
}

gboolean
fairlead_dict_get_strv (JsonObject   *dict,
                        const char   *key,
                        char       ***value,
                        GError      **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray *list;

  if (!get_list (dict, key, &list, error))
    return FALSE;
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);
      const char *text = fairlead_json_node_get_string (item);

      if (text == NULL)
        return set_type_error (key, "a list of strings", item, error);
      g_strv_builder_add (builder, text);
    }
  g_strfreev (*value);
  *value = g_strv_builder_end (builder);
  return TRUE;
}

gboolean
fairlead_dict_get_enum (JsonObject  *dict,
                        const char  *key,
                        GType        enum_type,
                        int         *value,
                        GError     **error)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (enum_type);
  gboolean success;
  const char *nick = peek_string (dict, key, &success, error);
  GEnumValue *enum_value;

  if (nick == NULL)
    return success;
  enum_value = g_enum_get_value_by_nick (enum_class, nick);
  if (enum_value == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                   "\"%s\" has the unknown value \"%.80s\"", key, nick);
      return FALSE;
    }
  *value = enum_value->value;
  return TRUE;
}

gboolean
fairlead_dict_get_date (JsonObject  *dict,
                        const char  *key,
                        GDateTime  **value,
                        GError     **error)
{
  gboolean success;
  const char *text = peek_string (dict, key, &success, error);

  if (text != NULL)
    {
      g_clear_pointer (value, g_date_time_unref);
      *value = g_date_time_new_from_iso8601 (text, NULL);
    }
  return success;
}

gboolean
fairlead_dict_get_inet (JsonObject    *dict,
                        const char    *key,
                        GInetAddress **value,
                        GError       **error)
{
  gboolean success;
  const char *text = peek_string (dict, key, &success, error);
  g_autoptr (GInetAddress) address = NULL;

  if (text == NULL)
    return success;
  address = g_inet_address_new_from_string (text);
  if (address == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                   "\"%s\": \"%.80s\" is not an IP address", key, text);
      return FALSE;
    }
  g_set_object (value, address);
  return TRUE;
}

gboolean
fairlead_dict_get_strings (JsonObject  *dict,
                           const char  *key,
                           GVariant   **value,
                           GError     **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  JsonNode *found = lookup (dict, key);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (found == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (found))
    return set_type_error (key, "an object", found, error);

  json_object_iter_init_ordered (&iter, json_node_get_object (found));
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      const char *text = fairlead_json_node_get_string (node);

      if (text == NULL)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "\"%s\": \"%s\" is not a string", key, name);
          return FALSE;
        }
      g_variant_builder_add (&builder, "{ss}", name, text);
    }
  g_clear_pointer (value, g_variant_unref);
  *value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

gboolean
fairlead_dict_get_document (JsonObject  *dict,
                            const char  *key,
                            GVariant   **value,
                            GError     **error)
{
  gboolean success;
  const char *text = peek_string (dict, key, &success, error);
  g_autoptr (GError) local_error = NULL;
  GVariant *document;

  if (text == NULL)
    return success;
  document = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &local_error);
  if (document == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "\"%s\": %s", key, local_error->message);
      return FALSE;
    }
  g_clear_pointer (value, g_variant_unref);
  *value = document;
  return TRUE;
}

gboolean
fairlead_dict_foreach_item (JsonObject            *dict,
                            const char            *key,
                            FairleadDictItemFunc   func,
                            gpointer               user_data,
                            GError               **error)
{
  JsonArray *list;

  if (!get_list (dict, key, &list, error))
    return FALSE;
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);

      if (!JSON_NODE_HOLDS_OBJECT (item))
        return set_type_error (key, "a list of objects", item, error);
      if (!func (json_node_get_object (item), user_data, error))
        {
          g_prefix_error (error, "\"%s\", item %u: ", key, i + 1);
          return FALSE;
        }
    }
  return TRUE;
}
