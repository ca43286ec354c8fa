/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-json.h>

#include <math.h>
#include <string.h>

#include "fairlead-json-private.h"

/* JSON comes from state files, CNI plugins and helpers, so it is hostile until proven otherwise. json-glib parses it,
 * but json-glib forgives much (comments, `var x =`, single quotes, leading zeros, no text at all) and changes some:
 * 18446744073709551615 becomes -1 and 1e400 becomes infinity. Hence two passes:
 *
 * 1. A scanner checks the text by RFC 8259, byte by byte, and copies it without white space. In the copy each number
 *    becomes a string, and a tag in front tells it from those that were strings: [1, "1"] is copied as ["n1", "s1"].
 * 2. json-glib parses the copy, which holds nothing that it could misread, and the numbers are read from their text.
 */

#define TAG_NUMBER 'n'
#define TAG_STRING 's'

/* GVariant replaces what lies more than 128 types deep by nothing, silently. An object is three of them (array, entry,
 * variant): 32 levels leave room for the containers that a caller puts the result into. */
#define MAX_DEPTH 32

typedef struct
{
  const char *text;
  const char *end;
  const char *p;
  guint       depth;
  GString    *copy;  /* (owned) what json-glib gets */
} FairleadJsonScanner;

static gboolean fairlead_json_scanner_value (FairleadJsonScanner  *scanner,
                                             GError              **error);

static gboolean G_GNUC_PRINTF (4, 5)
fairlead_json_scanner_fail (FairleadJsonScanner  *scanner,
                            const char           *at,
                            GError              **error,
                            const char           *format,
                            ...)
{
  g_autofree char *message = NULL;
  const char *line_start = scanner->text;
  guint line = 1;
  va_list args;

  for (const char *p = scanner->text; p < at; p++)
    {
      if (*p == '\n')
        {
          line++;
          line_start = p + 1;
        }
    }

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "line %u, column %ld: %s",
               line, g_utf8_strlen (line_start, at - line_start) + 1, message);
  return FALSE;
}

/* Text never contains NUL: it was checked to be UTF-8. */
static char
fairlead_json_scanner_peek (FairleadJsonScanner *scanner)
{
  return scanner->p < scanner->end ? *scanner->p : '\0';
}

static gboolean
fairlead_json_scanner_unexpected (FairleadJsonScanner  *scanner,
                                  const char           *wanted,
                                  GError              **error)
{
  gunichar found;

  if (scanner->p >= scanner->end)
    return fairlead_json_scanner_fail (scanner, scanner->p, error,
                                       "expected %s, found the end of the text", wanted);

  found = g_utf8_get_char (scanner->p);
  if (g_unichar_isgraph (found))
    return fairlead_json_scanner_fail (scanner, scanner->p, error, "expected %s, found '%.*s'", wanted,
                                       (int) (g_utf8_next_char (scanner->p) - scanner->p), scanner->p);

  return fairlead_json_scanner_fail (scanner, scanner->p, error,
                                     "expected %s, found the character U+%04X", wanted, found);
}

static void
fairlead_json_scanner_skip_space (FairleadJsonScanner *scanner)
{
  while (scanner->p < scanner->end &&
         (*scanner->p == ' ' || *scanner->p == '\t' || *scanner->p == '\n' || *scanner->p == '\r'))
    scanner->p++;
}

static void
fairlead_json_scanner_take (FairleadJsonScanner *scanner)
{
  g_string_append_c (scanner->copy, *scanner->p++);
}

static gboolean
fairlead_json_scanner_literal (FairleadJsonScanner  *scanner,
                               const char           *literal,
                               GError              **error)
{
  gsize length = strlen (literal);

  if ((gsize) (scanner->end - scanner->p) < length || strncmp (scanner->p, literal, length) != 0)
    return fairlead_json_scanner_unexpected (scanner, "a value", error);

  g_string_append (scanner->copy, literal);
  scanner->p += length;
  return TRUE;
}

/* The number in the four hexadecimal digits after a `\u` at @p, or -1. */
static int
fairlead_json_scanner_read_unicode (FairleadJsonScanner *scanner,
                                    const char          *p)
{
  int number = 0;

  if (scanner->end - p < 6 || p[0] != '\\' || p[1] != 'u')
    return -1;

  for (guint i = 2; i < 6; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return -1;
      number = number * 16 + g_ascii_xdigit_value (p[i]);
    }

  return number;
}

static gboolean
fairlead_json_scanner_unicode (FairleadJsonScanner  *scanner,
                               GError              **error)
{
  int unit = fairlead_json_scanner_read_unicode (scanner, scanner->p);
  int next;

  if (unit < 0)
    return fairlead_json_scanner_fail (scanner, scanner->p, error, "\\u needs four hexadecimal digits");
  if (unit == 0)
    return fairlead_json_scanner_fail (scanner, scanner->p, error, "a string must not contain \\u0000");

  scanner->p += 6;
  if (unit < 0xd800 || unit > 0xdfff)
    return TRUE;

  next = fairlead_json_scanner_read_unicode (scanner, scanner->p);
  if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff)
    return fairlead_json_scanner_fail (scanner, scanner->p - 6, error, "\\u%04x is half of a pair", unit);

  scanner->p += 6;
  return TRUE;
}

static gboolean
fairlead_json_scanner_escape (FairleadJsonScanner  *scanner,
                              GError              **error)
{
  if (scanner->end - scanner->p < 2)
    return fairlead_json_scanner_fail (scanner, scanner->p, error, "the text ends inside a string");

  if (scanner->p[1] == 'u')
    return fairlead_json_scanner_unicode (scanner, error);

  if (strchr ("\"\\/bfnrt", scanner->p[1]) == NULL)
    return fairlead_json_scanner_fail (scanner, scanner->p, error,
                                       "a backslash must be followed by one of \" \\ / b f n r t u");

  scanner->p += 2;
  return TRUE;
}

/* @tag is '\0' for the name of a member, which needs none. */
static gboolean
fairlead_json_scanner_string (FairleadJsonScanner  *scanner,
                              char                  tag,
                              GError              **error)
{
  const char *start;

  g_assert (*scanner->p == '"');

  fairlead_json_scanner_take (scanner);
  if (tag != '\0')
    g_string_append_c (scanner->copy, tag);

  start = scanner->p;
  while (scanner->p < scanner->end && *scanner->p != '"')
    {
      guchar c = *scanner->p;

      if (c < 0x20)
        return fairlead_json_scanner_fail (scanner, scanner->p, error,
                                           "the character U+%04X must be escaped in a string", c);
      if (c != '\\')
        scanner->p++;
      else if (!fairlead_json_scanner_escape (scanner, error))
        return FALSE;
    }

  if (scanner->p >= scanner->end)
    return fairlead_json_scanner_fail (scanner, scanner->p, error, "the text ends inside a string");

  g_string_append_len (scanner->copy, start, scanner->p - start);
  fairlead_json_scanner_take (scanner);
  return TRUE;
}

static gboolean
fairlead_json_scanner_digits (FairleadJsonScanner  *scanner,
                              GError              **error)
{
  if (!g_ascii_isdigit (fairlead_json_scanner_peek (scanner)))
    return fairlead_json_scanner_unexpected (scanner, "a digit", error);

  while (g_ascii_isdigit (fairlead_json_scanner_peek (scanner)))
    scanner->p++;
  return TRUE;
}

/* Reads a number whose syntax was checked; NULL if no type can hold it. */
static GVariant *
fairlead_json_read_number (const char *text)
{
  gint64 integer;
  guint64 natural;
  double real;

  if (strpbrk (text, ".eE") != NULL)
    {
      real = g_ascii_strtod (text, NULL);
      return isfinite (real) ? g_variant_new_double (real) : NULL;
    }

  if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    return g_variant_new_int64 (integer);
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &natural, NULL))
    return g_variant_new_uint64 (natural);

  return NULL;
}

static gboolean
fairlead_json_scanner_number (FairleadJsonScanner  *scanner,
                              GError              **error)
{
  const char *start = scanner->p;
  g_autofree char *text = NULL;
  g_autoptr(GVariant) number = NULL;

  if (*scanner->p == '-')
    scanner->p++;
  if (fairlead_json_scanner_peek (scanner) == '0' && scanner->p + 1 < scanner->end && g_ascii_isdigit (scanner->p[1]))
    return fairlead_json_scanner_fail (scanner, start, error, "a number must not start with 0");
  if (!fairlead_json_scanner_digits (scanner, error))
    return FALSE;

  if (fairlead_json_scanner_peek (scanner) == '.')
    {
      scanner->p++;
      if (!fairlead_json_scanner_digits (scanner, error))
        return FALSE;
    }

  if (fairlead_json_scanner_peek (scanner) == 'e' || fairlead_json_scanner_peek (scanner) == 'E')
    {
      scanner->p++;
      if (fairlead_json_scanner_peek (scanner) == '+' || fairlead_json_scanner_peek (scanner) == '-')
        scanner->p++;
      if (!fairlead_json_scanner_digits (scanner, error))
        return FALSE;
    }

  text = g_strndup (start, scanner->p - start);
  number = fairlead_json_read_number (text);
  if (number == NULL)
    return fairlead_json_scanner_fail (scanner, start, error, "the number %.40s is too large", text);

  g_string_append_printf (scanner->copy, "\"%c%s\"", TAG_NUMBER, text);
  return TRUE;
}

static gboolean
fairlead_json_scanner_member (FairleadJsonScanner  *scanner,
                              GError              **error)
{
  fairlead_json_scanner_skip_space (scanner);
  if (fairlead_json_scanner_peek (scanner) != '"')
    return fairlead_json_scanner_unexpected (scanner, "a member's name in double quotes", error);
  if (!fairlead_json_scanner_string (scanner, '\0', error))
    return FALSE;

  fairlead_json_scanner_skip_space (scanner);
  if (fairlead_json_scanner_peek (scanner) != ':')
    return fairlead_json_scanner_unexpected (scanner, "':'", error);
  fairlead_json_scanner_take (scanner);

  return fairlead_json_scanner_value (scanner, error);
}

/* An object or an array, which differ only in what stands between the commas. */
static gboolean
fairlead_json_scanner_container (FairleadJsonScanner  *scanner,
                                 gboolean              is_object,
                                 GError              **error)
{
  const char close = is_object ? '}' : ']';

  if (scanner->depth == MAX_DEPTH)
    return fairlead_json_scanner_fail (scanner, scanner->p, error,
                                       "objects and arrays are nested more than %d deep", MAX_DEPTH);

  scanner->depth++;
  fairlead_json_scanner_take (scanner);
  fairlead_json_scanner_skip_space (scanner);

  /* After a comma the container cannot end. */
  while (fairlead_json_scanner_peek (scanner) != close || scanner->copy->str[scanner->copy->len - 1] == ',')
    {
      if (is_object ? !fairlead_json_scanner_member (scanner, error) : !fairlead_json_scanner_value (scanner, error))
        return FALSE;

      fairlead_json_scanner_skip_space (scanner);
      if (fairlead_json_scanner_peek (scanner) == ',')
        fairlead_json_scanner_take (scanner);
      else if (fairlead_json_scanner_peek (scanner) != close)
        return fairlead_json_scanner_unexpected (scanner, is_object ? "',' or '}'" : "',' or ']'", error);
    }

  fairlead_json_scanner_take (scanner);
  scanner->depth--;
  return TRUE;
}

static gboolean
fairlead_json_scanner_value (FairleadJsonScanner  *scanner,
                             GError              **error)
{
  fairlead_json_scanner_skip_space (scanner);

  switch (fairlead_json_scanner_peek (scanner))
    {
    case '{':
      return fairlead_json_scanner_container (scanner, TRUE, error);
    case '[':
      return fairlead_json_scanner_container (scanner, FALSE, error);
    case '"':
      return fairlead_json_scanner_string (scanner, TAG_STRING, error);
    case 't':
      return fairlead_json_scanner_literal (scanner, "true", error);
    case 'f':
      return fairlead_json_scanner_literal (scanner, "false", error);
    case 'n':
      return fairlead_json_scanner_literal (scanner, "null", error);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
      return fairlead_json_scanner_number (scanner, error);
    default:
      return fairlead_json_scanner_unexpected (scanner, "a value", error);
    }
}

static gboolean
fairlead_json_scanner_run (FairleadJsonScanner  *scanner,
                           GError              **error)
{
  const char *invalid;

  if (!g_utf8_validate_len (scanner->text, scanner->end - scanner->text, &invalid))
    return fairlead_json_scanner_fail (scanner, invalid, error,
                                       "the byte 0x%02x is not part of UTF-8 text", (guchar) *invalid);

  if (scanner->end - scanner->text >= 3 && memcmp (scanner->text, "\xef\xbb\xbf", 3) == 0)
    return fairlead_json_scanner_fail (scanner, scanner->text, error, "the text starts with a byte order mark");

  if (!fairlead_json_scanner_value (scanner, error))
    return FALSE;

  fairlead_json_scanner_skip_space (scanner);
  if (scanner->p < scanner->end)
    return fairlead_json_scanner_unexpected (scanner, "the end of the text", error);

  return TRUE;
}

static JsonParser *
fairlead_json_load (const char  *text,
                    gsize        length,
                    GError     **error)
{
  g_autoptr (GString) copy = g_string_sized_new (length);
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) parser_error = NULL;
  FairleadJsonScanner scanner = { .text = text, .end = text + length, .p = text, .copy = copy };

  if (!fairlead_json_scanner_run (&scanner, error))
    return NULL;

  parser = json_parser_new ();
  if (json_parser_load_from_data (parser, copy->str, copy->len, &parser_error))
    return g_steal_pointer (&parser);
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, parser_error->message);
  return NULL;
}

/* The functions that read the parsed tree return floating references. */
static GVariant *fairlead_json_read_node (JsonNode *node);

static GVariant *
fairlead_json_read_object (JsonObject *object)
{
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    g_variant_builder_add (&builder, "{sv}", name, fairlead_json_read_node (node));

  return g_variant_builder_end (&builder);
}

static GVariant *
fairlead_json_read_array (JsonArray *array)
{
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  guint n_elements = json_array_get_length (array);

  for (guint i = 0; i < n_elements; i++)
    g_variant_builder_add (&builder, "v", fairlead_json_read_node (json_array_get_element (array, i)));

  return g_variant_builder_end (&builder);
}

static GVariant *
fairlead_json_read_node (JsonNode *node)
{
  const char *text;

  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      return fairlead_json_read_object (json_node_get_object (node));
    case JSON_NODE_ARRAY:
      return fairlead_json_read_array (json_node_get_array (node));
    case JSON_NODE_NULL:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    case JSON_NODE_VALUE:
    default:
      break;
    }

  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_variant_new_boolean (json_node_get_boolean (node));

  text = json_node_get_string (node);
  return *text == TAG_NUMBER ? fairlead_json_read_number (text + 1) : g_variant_new_string (text + 1);
}

/* The functions that print leave out line breaks and indentation if @indent is negative. json-glib's generator is of no
 * use for it: it has no unsigned 64-bit numbers and writes infinity as `inf`. */
static void fairlead_json_print_value (GString  *string,
                                       GVariant *value,
                                       int       indent);

void
fairlead_json_print_break (GString *string,
                           int      indent)
{
  static const char blanks[] = "                                ";

  if (indent < 0)
    return;
  g_string_append_c (string, '\n');
  for (int left = indent; left > 0; left -= sizeof blanks - 1)
    g_string_append_len (string, blanks, MIN (left, (int) sizeof blanks - 1));
}

/* How many bytes from @p on are a character that is not written as it is; 0 if it is. JSON allows 0x7f to 0x9f, but a
 * terminal may obey them. */
static guint
count_special (const char *p)
{
  const guchar c = (guchar) p[0];

  if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
    return 1;
  return c == 0xc2 && (guchar) p[1] >= 0x80 && (guchar) p[1] <= 0x9f ? 2 : 0;
}

static void
print_special (GString    *string,
               const char *p)
{
  if (*p == '"' || *p == '\\')
    g_string_append_printf (string, "\\%c", *p);
  else if (*p == '\n')
    g_string_append (string, "\\n");
  else if (*p == '\t')
    g_string_append (string, "\\t");
  else
    g_string_append_printf (string, "\\u%04x", g_utf8_get_char (p));
}

void
fairlead_json_print_string (GString    *string,
                            const char *text)
{
  const char *start = text;
  const char *p = text;

  g_string_append_c (string, '"');
  while (*p != '\0')
    {
      const guint size = count_special (p);

      if (size == 0)
        {
          p++;
          continue;
        }
      g_string_append_len (string, start, p - start);
      print_special (string, p);
      p += size;
      start = p;
    }
  g_string_append_len (string, start, p - start);
  g_string_append_c (string, '"');
}

/* The shortest text that reads back as the same number and as no integer. */
static void
fairlead_json_print_double (GString *string,
                            double   number)
{
  static const char * const formats[] = { "%.15g", "%.16g", "%.17g" };
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number))
    {
      g_string_append (string, "null");
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (buffer, sizeof buffer, formats[i], number);
      if (g_ascii_strtod (buffer, NULL) == number)
        break;
    }

  g_string_append (string, buffer);
  if (strpbrk (buffer, ".e") == NULL)
    g_string_append (string, ".0");
}

static void
fairlead_json_print_basic (GString  *string,
                           GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      g_string_append (string, g_variant_get_boolean (value) ? "true" : "false");
      break;
    case G_VARIANT_CLASS_BYTE:
      g_string_append_printf (string, "%u", g_variant_get_byte (value));
      break;
    case G_VARIANT_CLASS_INT16:
      g_string_append_printf (string, "%d", g_variant_get_int16 (value));
      break;
    case G_VARIANT_CLASS_UINT16:
      g_string_append_printf (string, "%u", g_variant_get_uint16 (value));
      break;
    case G_VARIANT_CLASS_INT32:
      g_string_append_printf (string, "%d", g_variant_get_int32 (value));
      break;
    case G_VARIANT_CLASS_UINT32:
      g_string_append_printf (string, "%u", g_variant_get_uint32 (value));
      break;
    case G_VARIANT_CLASS_INT64:
      g_string_append_printf (string, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_UINT64:
      g_string_append_printf (string, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
      break;
    case G_VARIANT_CLASS_HANDLE:
      g_string_append_printf (string, "%d", g_variant_get_handle (value));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      fairlead_json_print_double (string, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      fairlead_json_print_string (string, g_variant_get_string (value, NULL));
      break;
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      g_assert_not_reached ();
    }
}

/* The names of members are strings: a number or a boolean is printed as its text. */
static void
fairlead_json_print_name (GString  *string,
                          GVariant *key)
{
  g_autoptr(GString) text = NULL;

  if (g_variant_is_of_type (key, G_VARIANT_TYPE_STRING) ||
      g_variant_is_of_type (key, G_VARIANT_TYPE_OBJECT_PATH) ||
      g_variant_is_of_type (key, G_VARIANT_TYPE_SIGNATURE))
    {
      fairlead_json_print_basic (string, key);
      return;
    }

  text = g_string_new (NULL);
  fairlead_json_print_basic (text, key);
  fairlead_json_print_string (string, text->str);
}

static void
fairlead_json_print_member (GString  *string,
                            GVariant *entry,
                            int       indent)
{
  g_autoptr(GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr(GVariant) value = g_variant_get_child_value (entry, 1);

  fairlead_json_print_name (string, key);
  g_string_append (string, indent >= 0 ? ": " : ":");
  fairlead_json_print_value (string, value, indent);
}

static void
fairlead_json_print_container (GString  *string,
                               GVariant *value,
                               int       indent)
{
  const gboolean is_object = g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY);
  const int inner = indent >= 0 ? indent + 2 : indent;
  gsize n_children = g_variant_n_children (value);

  g_string_append_c (string, is_object ? '{' : '[');

  for (gsize i = 0; i < n_children; i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      if (i > 0)
        g_string_append_c (string, ',');
      fairlead_json_print_break (string, inner);

      if (is_object)
        fairlead_json_print_member (string, child, inner);
      else
        fairlead_json_print_value (string, child, inner);
    }

  if (n_children > 0)
    fairlead_json_print_break (string, indent);
  g_string_append_c (string, is_object ? '}' : ']');
}

static void
fairlead_json_print_value (GString  *string,
                           GVariant *value,
                           int       indent)
{
  g_autoptr(GVariant) inner = NULL;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_VARIANT:
      inner = g_variant_get_variant (value);
      fairlead_json_print_value (string, inner, indent);
      break;
    case G_VARIANT_CLASS_MAYBE:
      inner = g_variant_get_maybe (value);
      if (inner != NULL)
        fairlead_json_print_value (string, inner, indent);
      else
        g_string_append (string, "null");
      break;
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      fairlead_json_print_container (string, value, indent);
      break;
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DOUBLE:
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    default:
      fairlead_json_print_basic (string, value);
    }
}

/**
 * fairlead_json_parse:
 * @text: JSON text in UTF-8
 * @length: the length of @text in bytes, or -1 if it ends in NUL
 * @error: return location for an error
 *
 * Reads JSON, strictly by RFC 8259: no comments, no byte order mark, nothing after the value.
 *
 * | JSON                                | result                                                              |
 * |-------------------------------------|---------------------------------------------------------------------|
 * | object                              | `a{sv}` in the order of the text; of members of one name, the last  |
 * | array                               | `av`                                                                |
 * | string                              | `s`; it must not contain `\u0000`                                   |
 * | `true`, `false`                     | `b`                                                                 |
 * | `null`                              | `mv`, nothing                                                       |
 * | integer                             | `x`, or `t` if only that holds it; larger ones are refused          |
 * | number with a fraction or exponent  | `d`; what it cannot hold is refused                                 |
 *
 * Objects and arrays may be nested 32 deep. Anything else is %FAIRLEAD_ERROR_INVALID_ARGUMENT, with line and column
 * in the message.
 *
 * Returns: (transfer full): the value, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
fairlead_json_parse (const char  *text,
                     gssize       length,
                     GError     **error)
{
  g_autoptr (JsonParser) parser = NULL;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  parser = fairlead_json_load (text, length < 0 ? (gssize) strlen (text) : length, error);
  return parser != NULL ? g_variant_ref_sink (fairlead_json_read_node (json_parser_get_root (parser))) : NULL;
}

JsonObject *
fairlead_json_parse_object (const char  *text,
                            GError     **error)
{
  g_autoptr (JsonParser) parser = fairlead_json_load (text, strlen (text), error);

  if (parser == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "it is not a JSON object");
  return NULL;
}

static const char *
get_tagged (JsonNode *node,
            char      tag)
{
  const char *text = json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;

  return text != NULL && *text == tag ? text + 1 : NULL;
}

const char *
fairlead_json_node_get_string (JsonNode *node)
{
  return get_tagged (node, TAG_STRING);
}

gboolean
fairlead_json_node_get_uint (JsonNode *node,
                             guint64   maximum,
                             guint64  *value)
{
  const char *text = get_tagged (node, TAG_NUMBER);

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, maximum, value, NULL);
}

gboolean
fairlead_json_node_get_int (JsonNode *node,
                            gint64   *value)
{
  const char *text = get_tagged (node, TAG_NUMBER);

  return text != NULL && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, value, NULL);
}

char *
fairlead_json_node_to_text (JsonNode *node)
{
  return fairlead_json_print (fairlead_json_read_node (node), FALSE);
}

/**
 * fairlead_json_print:
 * @value: any value
 * @pretty: %TRUE for a line for each member and element, indented by two spaces; %FALSE for one line
 *
 * Writes a value as JSON. What [func@Fairlead.json_parse] returned is written so that it reads back equal.
 *
 * Dictionaries become objects, with keys that are no strings as their text; other arrays, tuples and single dictionary
 * entries become arrays; variants and maybes become what is in them, nothing becomes `null`. All integers are written
 * exactly, other numbers in the shortest form that reads back the same; infinity and not-a-number, which JSON lacks,
 * become `null`. Control characters are escaped. A floating reference is sunk and released.
 *
 * Returns: (transfer full): the JSON text in UTF-8, without a line break at its end
 *
 * Since: 1.0
 */
char *
fairlead_json_print (GVariant *value,
                     gboolean  pretty)
{
  g_autoptr(GVariant) owned = NULL;
  g_autoptr(GString) string = NULL;

  g_return_val_if_fail (value != NULL, NULL);

  owned = g_variant_ref_sink (value);
  string = g_string_new (NULL);
  fairlead_json_print_value (string, owned, pretty ? 0 : -1);

  return g_string_free (g_steal_pointer (&string), FALSE);
}
