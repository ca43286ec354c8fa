/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What state files are read and written with: fairlead_json_parse() and fairlead_json_print() without the GVariant in
 * between, which costs ten times as much as all the rest. */

/* An object by the rules of fairlead_json_parse(). Its values are nodes that are to be looked at with the functions below
 * alone: strings and numbers are kept in a way of their own. */
JsonObject *fairlead_json_parse_object    (const char  *text,
                                           GError     **error);
/* NULL if it is another type of value. */
const char *fairlead_json_node_get_string (JsonNode    *node);
/* FALSE if it is another type of value, or no integer in the range. */
gboolean    fairlead_json_node_get_uint   (JsonNode    *node,
                                           guint64      maximum,
                                           guint64     *value);
gboolean    fairlead_json_node_get_int    (JsonNode    *node,
                                           gint64      *value);
/* For messages. */
char       *fairlead_json_node_to_text    (JsonNode    *node);

/* Writes an object, a line for each member. Keys are NULL for items of a list. */
typedef struct
{
  GString  *text;     /* (owned) */
  int       indent;
  gboolean  is_empty; /* what is being written has no member or item yet */
} FairleadJsonWriter;

void  fairlead_json_writer_begin        (FairleadJsonWriter  *self);
char *fairlead_json_writer_end          (FairleadJsonWriter  *self);
void  fairlead_json_writer_begin_object (FairleadJsonWriter  *self,
                                         const char          *key);
void  fairlead_json_writer_end_object   (FairleadJsonWriter  *self);
void  fairlead_json_writer_begin_list   (FairleadJsonWriter  *self,
                                         const char          *key);
void  fairlead_json_writer_end_list     (FairleadJsonWriter  *self);
/* Of a string, enumeration, date, address and list of strings nothing is written if it is NULL. */
void  fairlead_json_writer_add_string   (FairleadJsonWriter  *self,
                                         const char          *key,
                                         const char          *value);
void  fairlead_json_writer_add_boolean  (FairleadJsonWriter  *self,
                                         const char          *key,
                                         gboolean             value);
void  fairlead_json_writer_add_uint     (FairleadJsonWriter  *self,
                                         const char          *key,
                                         guint64              value);
void  fairlead_json_writer_add_int      (FairleadJsonWriter  *self,
                                         const char          *key,
                                         gint64               value);
void  fairlead_json_writer_add_enum     (FairleadJsonWriter  *self,
                                         const char          *key,
                                         GType                enum_type,
                                         int                  value);
void  fairlead_json_writer_add_date     (FairleadJsonWriter  *self,
                                         const char          *key,
                                         GDateTime           *value);
void  fairlead_json_writer_add_inet     (FairleadJsonWriter  *self,
                                         const char          *key,
                                         GInetAddress        *value);
void  fairlead_json_writer_add_strv     (FairleadJsonWriter  *self,
                                         const char          *key,
                                         char               **value);
/* As GVariant text with types: JSON alone loses the width and the sign of numbers. */
void  fairlead_json_writer_add_document (FairleadJsonWriter  *self,
                                         const char          *key,
                                         GVariant            *value);

/* Parts of both printers. Nothing is written for a negative @indent. */
void  fairlead_json_print_break         (GString             *string,
                                         int                  indent);
void  fairlead_json_print_string        (GString             *string,
                                         const char          *text);

G_END_DECLS
