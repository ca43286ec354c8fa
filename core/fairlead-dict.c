/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-dict-private.h"

/* State files are read with these: they may be truncated, edited or written by a foreign version. */

static gboolean
set_type_error (const char  *key,
                const char  *wanted,
                GVariant    *found,
                GError     **error)
{
  g_autofree char *text = g_variant_print (found, FALSE);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "\"%s\" is not %s but %.80s", key, wanted, text);
  return FALSE;
}

/* The value of @key, or NULL where it is missing or null. */
static GVariant *
lookup (GVariant   *dict,
        const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, NULL);

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return NULL;
  return g_steal_pointer (&value);
}

gboolean
fairlead_dict_require (GVariant    *dict,
                       const char  *key,
                       GError     **error)
{
  g_autoptr (GVariant) value = lookup (dict, key);

  if (value == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "\"%s\" is missing", key);
      return FALSE;
    }
  return TRUE;
}

gboolean
fairlead_dict_get_string (GVariant    *dict,
                          const char  *key,
                          char       **value,
                          GError     **error)
{
  g_autoptr (GVariant) found = lookup (dict, key);

  if (found == NULL)
    return TRUE;
  if (!g_variant_is_of_type (found, G_VARIANT_TYPE_STRING))
    return set_type_error (key, "a string", found, error);
  g_free (*value);
  *value = g_variant_dup_string (found, NULL);
  return TRUE;
}

gboolean
fairlead_dict_get_boolean (GVariant    *dict,
                           const char  *key,
                           gboolean    *value,
                           GError     **error)
{
  g_autoptr (GVariant) found = lookup (dict, key);

  if (found == NULL)
    return TRUE;
  if (!g_variant_is_of_type (found, G_VARIANT_TYPE_BOOLEAN))
    return set_type_error (key, "true or false", found, error);
  *value = g_variant_get_boolean (found);
  return TRUE;
}

gboolean
fairlead_dict_get_uint (GVariant    *dict,
                        const char  *key,
                        guint64      maximum,
                        guint64     *value,
                        GError     **error)
{
  g_autoptr (GVariant) found = lookup (dict, key);
  guint64 number;

  if (found == NULL)
    return TRUE;
  if (g_variant_is_of_type (found, G_VARIANT_TYPE_UINT64))
    number = g_variant_get_uint64 (found);
  else if (g_variant_is_of_type (found, G_VARIANT_TYPE_INT64) && g_variant_get_int64 (found) >= 0)
    number = (guint64) g_variant_get_int64 (found);
  else
    return set_type_error (key, "a number from 0", found, error);
  if (number > maximum)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                   "\"%s\": %" G_GUINT64_FORMAT " is not in 0–%" G_GUINT64_FORMAT, key, number, maximum);
      return FALSE;
    }
  *value = number;
  return TRUE;
}

gboolean
fairlead_dict_get_int (GVariant    *dict,
                       const char  *key,
                       gint64      *value,
                       GError     **error)
{
  g_autoptr (GVariant) found = lookup (dict, key);

  if (found == NULL)
    return TRUE;
  if (!g_variant_is_of_type (found, G_VARIANT_TYPE_INT64))
    return set_type_error (key, "an integer", found, error);
  *value = g_variant_get_int64 (found);
  return TRUE;
}

typedef struct
{
  const char   *key;
  GStrvBuilder *builder;
} StrvReading;

static gboolean
read_strv_item (GVariant  *item,
                gpointer   user_data,
                GError   **error)
{
  StrvReading *reading = user_data;

  g_strv_builder_add (reading->builder, g_variant_get_string (item, NULL));
  return TRUE;
}

gboolean
fairlead_dict_get_strv (GVariant     *dict,
                        const char   *key,
                        char       ***value,
                        GError      **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  StrvReading reading = { key, builder };

  if (!fairlead_dict_foreach_item (dict, key, G_VARIANT_TYPE_STRING, read_strv_item, &reading, error))
    return FALSE;
  g_strfreev (*value);
  *value = g_strv_builder_end (builder);
  return TRUE;
}

gboolean
fairlead_dict_get_enum (GVariant    *dict,
                        const char  *key,
                        GType        enum_type,
                        int         *value,
                        GError     **error)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (enum_type);
  g_autofree char *nick = NULL;
  GEnumValue *enum_value;

  if (!fairlead_dict_get_string (dict, key, &nick, error))
    return FALSE;
  if (nick == NULL)
    return TRUE;
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
fairlead_dict_get_inet (GVariant      *dict,
                        const char    *key,
                        GInetAddress **value,
                        GError       **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (!fairlead_dict_get_string (dict, key, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
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
fairlead_dict_foreach_item (GVariant             *dict,
                            const char           *key,
                            const GVariantType   *item_type,
                            FairleadDictItemFunc  func,
                            gpointer              user_data,
                            GError              **error)
{
  g_autoptr (GVariant) list = lookup (dict, key);

  if (list == NULL)
    return TRUE;
  if (!g_variant_is_of_type (list, G_VARIANT_TYPE ("av")))
    return set_type_error (key, "a list", list, error);

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
      g_autoptr (GVariant) item = g_variant_get_variant (boxed);

      if (!g_variant_is_of_type (item, item_type))
        return set_type_error (key, "a list of such items", item, error);
      if (!func (item, user_data, error))
        {
          g_prefix_error (error, "\"%s\", item %" G_GSIZE_FORMAT ": ", key, i + 1);
          return FALSE;
        }
    }
  return TRUE;
}

void
fairlead_dict_add_string (GVariantBuilder *builder,
                          const char      *key,
                          const char      *value)
{
  if (value != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (value));
}

void
fairlead_dict_add_enum (GVariantBuilder *builder,
                        const char      *key,
                        GType            enum_type,
                        int              value)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (enum_type);

  fairlead_dict_add_string (builder, key, g_enum_get_value (enum_class, value)->value_nick);
}

void
fairlead_dict_add_inet (GVariantBuilder *builder,
                        const char      *key,
                        GInetAddress    *value)
{
  if (value != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_take_string (g_inet_address_to_string (value)));
}
