/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-param-private.h"

#include <string.h>

/* Properties that are tables: each member has a key of its own, PROPERTY.MEMBER, so that a caller can set one without
 * writing all. Its text is the value as it stands. */

#define TABLE_TYPE G_VARIANT_TYPE ("a{ss}")

gboolean
fairlead_param_is_table (GParamSpec *pspec)
{
  return G_IS_PARAM_SPEC_VARIANT (pspec) && g_variant_type_equal (G_PARAM_SPEC_VARIANT (pspec)->type, TABLE_TYPE);
}

/*
 * fairlead_param_get_member:
 * @pspec: a property
 * @key: a key
 *
 * Returns: (nullable): what comes after `PROPERTY.` in @key; %NULL if @pspec is no table or the key is not one of it
 */
const char *
fairlead_param_get_member (GParamSpec *pspec,
                           const char *key)
{
  gsize length = strlen (pspec->name);

  if (!fairlead_param_is_table (pspec) || strncmp (key, pspec->name, length) != 0 || key[length] != '.' ||
      key[length + 1] == '\0')
    return NULL;
  return key + length + 1;
}

static GVariant *
get_table (GObject    *object,
           GParamSpec *pspec)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GVariant *table;

  g_object_get_property (object, pspec->name, &value);
  table = g_value_dup_variant (&value);
  return table != NULL ? table : g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
}

gboolean
fairlead_param_set_member (GObject     *object,
                           GParamSpec  *pspec,
                           const char  *member,
                           const char  *text,
                           GError     **error)
{
  g_autoptr (GVariant) table = get_table (object, pspec);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (TABLE_TYPE);
  GVariantIter iter;
  const char *name, *old;

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "the value is not UTF-8 text");
      return FALSE;
    }

  g_variant_iter_init (&iter, table);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &old))
    if (strcmp (name, member) != 0)
      g_variant_builder_add (&builder, "{ss}", name, old);
  g_variant_builder_add (&builder, "{ss}", member, text);
  g_object_set (object, pspec->name, g_variant_builder_end (&builder), NULL);
  return TRUE;
}

/* Adds the key and the text of each member to @texts, a builder of `a{ss}`. */
void
fairlead_param_add_members (GObject         *object,
                            GParamSpec      *pspec,
                            GVariantBuilder *texts)
{
  g_autoptr (GVariant) table = get_table (object, pspec);
  GVariantIter iter;
  const char *name, *text;

  g_variant_iter_init (&iter, table);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    {
      g_autofree char *key = g_strdup_printf ("%s.%s", pspec->name, name);

      g_variant_builder_add (texts, "{ss}", key, text);
    }
}
