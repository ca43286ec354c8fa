/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-json-private.h"

/* A state file of a container with one network has so many bytes. */
#define USUAL_SIZE 3000

#define INDENT 2

/* What stands before each member and item. */
static void
start_value (FairleadJsonWriter *self,
             const char         *key)
{
  if (!self->is_empty)
    g_string_append_c (self->text, ',');
  self->is_empty = FALSE;
  fairlead_json_print_break (self->text, self->indent);
  if (key == NULL)
    return;
  fairlead_json_print_string (self->text, key);
  g_string_append (self->text, ": ");
}

static void
begin (FairleadJsonWriter *self,
       char                bracket)
{
  g_string_append_c (self->text, bracket);
  self->indent += INDENT;
  self->is_empty = TRUE;
}

static void
end (FairleadJsonWriter *self,
     char                bracket)
{
  self->indent -= INDENT;
  if (!self->is_empty)
    fairlead_json_print_break (self->text, self->indent);
  g_string_append_c (self->text, bracket);
  self->is_empty = FALSE;
}

void
fairlead_json_writer_begin (FairleadJsonWriter *self)
{
  self->text = g_string_sized_new (USUAL_SIZE);
  self->indent = 0;
  begin (self, '{');
}

char *
fairlead_json_writer_end (FairleadJsonWriter *self)
{
  g_assert (self->indent == INDENT);

  end (self, '}');
  return g_string_free (g_steal_pointer (&self->text), FALSE);
}

void
fairlead_json_writer_begin_object (FairleadJsonWriter *self,
                                   const char         *key)
{
  start_value (self, key);
  begin (self, '{');
}

void
fairlead_json_writer_end_object (FairleadJsonWriter *self)
{
  end (self, '}');
}

void
fairlead_json_writer_begin_list (FairleadJsonWriter *self,
                                 const char         *key)
{
  start_value (self, key);
  begin (self, '[');
}

void
fairlead_json_writer_end_list (FairleadJsonWriter *self)
{
  end (self, ']');
}

void
fairlead_json_writer_add_string (FairleadJsonWriter *self,
                                 const char         *key,
                                 const char         *value)
{
  if (value == NULL)
    return;
  start_value (self, key);
  fairlead_json_print_string (self->text, value);
}

void
fairlead_json_writer_add_boolean (FairleadJsonWriter *self,
                                  const char         *key,
                                  gboolean            value)
{
  start_value (self, key);
  g_string_append (self->text, value ? "true" : "false");
}

void
fairlead_json_writer_add_uint (FairleadJsonWriter *self,
                               const char         *key,
                               guint64             value)
{
  start_value (self, key);
  g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, value);
}

void
fairlead_json_writer_add_int (FairleadJsonWriter *self,
                              const char         *key,
                              gint64              value)
{
  start_value (self, key);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

void
fairlead_json_writer_add_enum (FairleadJsonWriter *self,
                               const char         *key,
                               GType               enum_type,
                               int                 value)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (enum_type);

  fairlead_json_writer_add_string (self, key, g_enum_get_value (enum_class, value)->value_nick);
}

void
fairlead_json_writer_add_date (FairleadJsonWriter *self,
                               const char         *key,
                               GDateTime          *value)
{
  g_autofree char *text = value != NULL ? g_date_time_format_iso8601 (value) : NULL;

  fairlead_json_writer_add_string (self, key, text);
}

void
fairlead_json_writer_add_inet (FairleadJsonWriter *self,
                               const char         *key,
                               GInetAddress       *value)
{
  g_autofree char *text = value != NULL ? g_inet_address_to_string (value) : NULL;

  fairlead_json_writer_add_string (self, key, text);
}

void
fairlead_json_writer_add_strv (FairleadJsonWriter  *self,
                               const char          *key,
                               char               **value)
{
  if (value == NULL)
    return;
  fairlead_json_writer_begin_list (self, key);
  for (char **item = value; *item != NULL; item++)
    fairlead_json_writer_add_string (self, NULL, *item);
  fairlead_json_writer_end_list (self);
}

void
fairlead_json_writer_add_document (FairleadJsonWriter *self,
                                   const char         *key,
                                   GVariant           *value)
{
  g_autofree char *text = g_variant_print (value, TRUE);

  fairlead_json_writer_add_string (self, key, text);
}
