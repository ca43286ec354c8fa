/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-value.h"

#include <fairlead/fairlead.h>
#include <glib/gstdio.h>

#include <string.h>

/* So much less than fairlead_json_parse() allows that a plugin can be put into a list, and an argument into a file of the
 * cache. */
#define MAX_DEPTH 30

static gboolean
set_type_error (GError     **error,
                const char  *key,
                const char  *wanted)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "“%s” is not %s", key, wanted);
  return FALSE;
}

/* The text of a regular file; to open a pipe would wait for somebody to write. */
char *
fairlead_cni_value_load_text (const char  *path,
                              gsize       *length,
                              GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  char *text = NULL;
  GStatBuf info;

  if (g_stat (path, &info) == 0 && !S_ISREG (info.st_mode))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "%s is not a regular file", path);
      return NULL;
    }
  if (g_file_get_contents (path, &text, length, &local_error))
    return text;

  g_set_error_literal (error, FAIRLEAD_ERROR,
                       g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? FAIRLEAD_ERROR_NOT_FOUND
                                                                                       : FAIRLEAD_ERROR_FAILED,
                       local_error->message);
  return NULL;
}

gboolean
fairlead_cni_value_is_null (GVariant *value)
{
  const GVariantType *type = g_variant_get_type (value);

  return g_variant_type_is_maybe (type) || g_variant_type_equal (type, G_VARIANT_TYPE_UNIT);
}

gboolean
fairlead_cni_value_is_object (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT);
}

gboolean
fairlead_cni_value_is_array (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY) && !g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY);
}

GVariant *
fairlead_cni_value_get_element (GVariant *array,
                                gsize     index)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (array, index);

  if (g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT))
    return g_variant_get_variant (child);
  return g_steal_pointer (&child);
}

GVariant *
fairlead_cni_value_lookup (GVariant   *object,
                           const char *key)
{
  g_autoptr (GVariant) member = g_variant_lookup_value (object, key, NULL);

  if (member == NULL || fairlead_cni_value_is_null (member))
    return NULL;
  return g_steal_pointer (&member);
}

/* The reference runtime finds the keys it knows in any case of letters, and configurations in use rely on it. */
GVariant *
fairlead_cni_value_lookup_typed (GVariant   *object,
                                 const char *key)
{
  g_autoptr (GVariant) exact = fairlead_cni_value_lookup (object, key);
  GVariantIter iter;
  const char *name;
  GVariant *member;

  if (exact != NULL)
    return g_steal_pointer (&exact);

  g_variant_iter_init (&iter, object);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &member))
    {
      g_autoptr (GVariant) owned = member;

      if (g_ascii_strcasecmp (name, key) == 0 && !fairlead_cni_value_is_null (owned))
        return g_steal_pointer (&owned);
    }
  return NULL;
}

/* Leaves @text as it is if there is no such member. */
gboolean
fairlead_cni_value_read_string (GVariant    *object,
                                const char  *key,
                                char       **text,
                                GError     **error)
{
  g_autoptr (GVariant) member = fairlead_cni_value_lookup_typed (object, key);

  if (member == NULL)
    return TRUE;
  if (!g_variant_is_of_type (member, G_VARIANT_TYPE_STRING))
    return set_type_error (error, key, "a string");

  g_free (*text);
  *text = g_variant_dup_string (member, NULL);
  return TRUE;
}

gboolean
fairlead_cni_value_read_strv (GVariant    *object,
                              const char  *key,
                              char      ***strv,
                              GError     **error)
{
  g_autoptr (GVariant) member = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (!fairlead_cni_value_read_array (object, key, &member, error))
    return FALSE;

  for (gsize i = 0; member != NULL && i < g_variant_n_children (member); i++)
    {
      g_autoptr (GVariant) element = fairlead_cni_value_get_element (member, i);

      if (!g_variant_is_of_type (element, G_VARIANT_TYPE_STRING))
        return set_type_error (error, key, "an array of strings");
      g_strv_builder_add (builder, g_variant_get_string (element, NULL));
    }

  g_strfreev (*strv);
  *strv = g_strv_builder_end (builder);
  return TRUE;
}

gboolean
fairlead_cni_value_read_int (GVariant    *object,
                             const char  *key,
                             gint64       min,
                             gint64       max,
                             gboolean    *found,
                             gint64      *number,
                             GError     **error)
{
  g_autoptr (GVariant) member = fairlead_cni_value_lookup_typed (object, key);

  if (found != NULL)
    *found = member != NULL;
  if (member == NULL)
    return TRUE;

  if (!g_variant_is_of_type (member, G_VARIANT_TYPE_INT64))
    return set_type_error (error, key, "an integer");
  if (g_variant_get_int64 (member) < min || g_variant_get_int64 (member) > max)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                   "“%s” is %" G_GINT64_FORMAT ", not in %" G_GINT64_FORMAT "–%" G_GINT64_FORMAT,
                   key, g_variant_get_int64 (member), min, max);
      return FALSE;
    }

  *number = g_variant_get_int64 (member);
  return TRUE;
}

gboolean
fairlead_cni_value_read_object (GVariant    *object,
                                const char  *key,
                                GVariant   **member,
                                GError     **error)
{
  g_autoptr (GVariant) value = fairlead_cni_value_lookup_typed (object, key);

  if (value != NULL && !fairlead_cni_value_is_object (value))
    return set_type_error (error, key, "an object");

  *member = g_steal_pointer (&value);
  return TRUE;
}

gboolean
fairlead_cni_value_read_array (GVariant    *object,
                               const char  *key,
                               GVariant   **member,
                               GError     **error)
{
  g_autoptr (GVariant) value = fairlead_cni_value_lookup_typed (object, key);

  if (value != NULL && !fairlead_cni_value_is_array (value))
    return set_type_error (error, key, "an array");

  *member = g_steal_pointer (&value);
  return TRUE;
}

static gboolean
is_flatter_than (GVariant *value,
                 guint     depth)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      return is_flatter_than (inner, depth);
    }
  if (!fairlead_cni_value_is_object (value) && !fairlead_cni_value_is_array (value))
    return TRUE;
  if (depth == 0)
    return FALSE;

  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) member =
        fairlead_cni_value_is_object (value) ? g_variant_get_child_value (child, 1) : g_variant_ref (child);

      if (!is_flatter_than (member, depth - 1))
        return FALSE;
    }
  return TRUE;
}

gboolean
fairlead_cni_value_check_depth (GVariant  *value,
                                GError   **error)
{
  if (is_flatter_than (value, MAX_DEPTH))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "objects and arrays are nested more than %d deep", MAX_DEPTH);
  return FALSE;
}

/* A copy of @object in which @key is @member, in its old place if it had one; without @key if @member is NULL. */
GVariant *
fairlead_cni_value_with (GVariant   *object,
                         const char *key,
                         GVariant   *member)
{
  g_autoptr (GVariant) owned = member != NULL ? g_variant_ref_sink (member) : NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  gboolean pending = owned != NULL;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, object);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      gboolean same = g_str_equal (name, key);

      if (!same)
        g_variant_builder_add (&builder, "{sv}", name, value);
      else if (pending)
        g_variant_builder_add (&builder, "{sv}", key, owned);
      pending = pending && !same;
    }
  if (pending)
    g_variant_builder_add (&builder, "{sv}", key, owned);

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

GVariant *
fairlead_cni_value_new_array (const char * const *strv)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (gsize i = 0; strv != NULL && strv[i] != NULL; i++)
    g_variant_builder_add (&builder, "v", g_variant_new_string (strv[i]));
  return g_variant_builder_end (&builder);
}
