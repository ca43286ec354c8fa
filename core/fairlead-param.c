/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-param-private.h"

#include <math.h>
#include <string.h>

/*
 * Text and property values.
 *
 * The text is that of a keyfile, whoever gives it: a configuration file, a request or a state file.
 *
 *   string     as it stands, with the escapes of keyfiles (\s \n \t \r \\)
 *   boolean    yes or no; true and false are read too
 *   integer    decimal; a sign only where negative numbers are possible
 *   number     decimal, with a point and an exponent if need be; always finite
 *   choice     the nick of an enumeration's value
 *   choices    nicks of flags with ';' or ',' between them
 *   list       strings with ';' between them; \; is a semicolon inside a string
 *   address    an IP address
 *   subnet     an IP address and a prefix length, without host bits
 *   table      texts by name, each with a key of its own, PROPERTY.NAME, and as it stands, without escapes
 *
 * What FAIRLEAD_PARAM_PATH marks is a string, or a list of such, that is an absolute path.
 *
 * A string or an address whose default is to be unset is unset by empty text. What is unset has no text: the dup
 * functions give %NULL.
 */

typedef struct
{
  const char *type_name;

  gboolean (*parse)     (GParamSpec    *pspec,
                         const char    *text,
                         GValue        *value,
                         GError       **error);
  char    *(*dup_text)  (GParamSpec    *pspec,
                         const GValue  *value);
  char    *(*dup_range) (GParamSpec    *pspec);
} FairleadParamKind;

/* The keyfile that lends its escaping has this one value. */
#define SCRATCH "x"

static char *
dup_no_range (GParamSpec *pspec)
{
  return NULL;
}

static gboolean
set_out_of_range_error (GParamSpec  *pspec,
                        const char  *text,
                        GError     **error)
{
  g_autofree char *range = fairlead_param_dup_range (pspec);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s is not in %s", text, range);
  return FALSE;
}

static GKeyFile *
new_scratch_keyfile (const char *text)
{
  GKeyFile *keyfile = g_key_file_new ();

  g_key_file_set_value (keyfile, SCRATCH, SCRATCH, text);
  return keyfile;
}

static gboolean
set_escape_error (const char  *text,
                  GError     **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "\"%s\" has a backslash that is none of \\s \\n \\t \\r \\\\ or, in a list, \\;", text);
  return FALSE;
}

static gboolean
parse_string (GParamSpec  *pspec,
              const char  *text,
              GValue      *value,
              GError     **error)
{
  g_autoptr (GKeyFile) keyfile = new_scratch_keyfile (text);
  g_autofree char *string = NULL;

  if (*text == '\0' && G_PARAM_SPEC_STRING (pspec)->default_value == NULL)
    return TRUE;

  string = g_key_file_get_string (keyfile, SCRATCH, SCRATCH, NULL);
  if (string == NULL)
    return set_escape_error (text, error);

  g_value_take_string (value, g_steal_pointer (&string));
  return TRUE;
}

static char *
dup_string_text (GParamSpec   *pspec,
                 const GValue *value)
{
  g_autoptr (GKeyFile) keyfile = g_key_file_new ();

  if (g_value_get_string (value) == NULL)
    return NULL;

  g_key_file_set_string (keyfile, SCRATCH, SCRATCH, g_value_get_string (value));
  return g_key_file_get_value (keyfile, SCRATCH, SCRATCH, NULL);
}

static gboolean
parse_boolean (GParamSpec  *pspec,
               const char  *text,
               GValue      *value,
               GError     **error)
{
  const char * const true_texts[] = { "yes", "true", NULL };
  const char * const false_texts[] = { "no", "false", NULL };
  gboolean is_true = g_strv_contains (true_texts, text);

  if (!is_true && !g_strv_contains (false_texts, text))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not yes or no", text);
      return FALSE;
    }

  g_value_set_boolean (value, is_true);
  return TRUE;
}

static char *
dup_boolean_text (GParamSpec   *pspec,
                  const GValue *value)
{
  return g_strdup (g_value_get_boolean (value) ? "yes" : "no");
}

static char *
dup_boolean_range (GParamSpec *pspec)
{
  return g_strdup ("yes or no");
}

static void
get_signed_range (GParamSpec *pspec,
                  gint64     *minimum,
                  gint64     *maximum)
{
  if (G_IS_PARAM_SPEC_INT (pspec))
    {
      *minimum = G_PARAM_SPEC_INT (pspec)->minimum;
      *maximum = G_PARAM_SPEC_INT (pspec)->maximum;
    }
  else
    {
      *minimum = G_PARAM_SPEC_INT64 (pspec)->minimum;
      *maximum = G_PARAM_SPEC_INT64 (pspec)->maximum;
    }
}

static void
get_unsigned_range (GParamSpec *pspec,
                    guint64    *minimum,
                    guint64    *maximum)
{
  if (G_IS_PARAM_SPEC_UINT (pspec))
    {
      *minimum = G_PARAM_SPEC_UINT (pspec)->minimum;
      *maximum = G_PARAM_SPEC_UINT (pspec)->maximum;
    }
  else
    {
      *minimum = G_PARAM_SPEC_UINT64 (pspec)->minimum;
      *maximum = G_PARAM_SPEC_UINT64 (pspec)->maximum;
    }
}

/* GLib's strict readers work in 64 bits, so the range is compared before anything is narrowed. */
static gboolean
set_integer_error (GParamSpec    *pspec,
                   const char    *text,
                   const GError  *cause,
                   GError       **error)
{
  if (g_error_matches (cause, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS))
    return set_out_of_range_error (pspec, text, error);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not a whole number", text);
  return FALSE;
}

static gboolean
parse_signed (GParamSpec  *pspec,
              const char  *text,
              GValue      *value,
              GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 minimum, maximum, number;

  get_signed_range (pspec, &minimum, &maximum);
  if (!g_ascii_string_to_signed (text, 10, minimum, maximum, &number, &local_error))
    return set_integer_error (pspec, text, local_error, error);

  if (G_IS_PARAM_SPEC_INT (pspec))
    g_value_set_int (value, (int) number);
  else
    g_value_set_int64 (value, number);
  return TRUE;
}

static char *
dup_signed_text (GParamSpec   *pspec,
                 const GValue *value)
{
  gint64 number = G_IS_PARAM_SPEC_INT (pspec) ? g_value_get_int (value) : g_value_get_int64 (value);

  return g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

static char *
dup_signed_range (GParamSpec *pspec)
{
  gint64 minimum, maximum;

  get_signed_range (pspec, &minimum, &maximum);
  return g_strdup_printf ("%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT, minimum, maximum);
}

static gboolean
parse_unsigned (GParamSpec  *pspec,
                const char  *text,
                GValue      *value,
                GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  guint64 minimum, maximum, number;

  get_unsigned_range (pspec, &minimum, &maximum);
  if (!g_ascii_string_to_unsigned (text, 10, minimum, maximum, &number, &local_error))
    return set_integer_error (pspec, text, local_error, error);

  if (G_IS_PARAM_SPEC_UINT (pspec))
    g_value_set_uint (value, (guint) number);
  else
    g_value_set_uint64 (value, number);
  return TRUE;
}

static char *
dup_unsigned_text (GParamSpec   *pspec,
                   const GValue *value)
{
  guint64 number = G_IS_PARAM_SPEC_UINT (pspec) ? g_value_get_uint (value) : g_value_get_uint64 (value);

  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

static char *
dup_unsigned_range (GParamSpec *pspec)
{
  guint64 minimum, maximum;

  get_unsigned_range (pspec, &minimum, &maximum);
  return g_strdup_printf ("%" G_GUINT64_FORMAT "–%" G_GUINT64_FORMAT, minimum, maximum);
}

static gboolean
parse_double (GParamSpec  *pspec,
              const char  *text,
              GValue      *value,
              GError     **error)
{
  char *end = NULL;
  double number = g_ascii_strtod (text, &end);

  /* strtod would also take spaces, hexadecimal digits, "inf" and "nan". */
  if (*text == '\0' || *end != '\0' || text[strspn (text, "0123456789+-.eE")] != '\0')
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not a number", text);
      return FALSE;
    }

  if (!isfinite (number))
    return set_out_of_range_error (pspec, text, error);

  g_value_set_double (value, number);
  return TRUE;
}

static char *
format_double (double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  /* 15 digits read well and are enough for most numbers; 17 are enough for all. */
  g_ascii_formatd (buffer, sizeof buffer, "%.15g", number);
  if (g_ascii_strtod (buffer, NULL) != number)
    g_ascii_formatd (buffer, sizeof buffer, "%.17g", number);
  return g_strdup (buffer);
}

static char *
dup_double_text (GParamSpec   *pspec,
                 const GValue *value)
{
  return format_double (g_value_get_double (value));
}

static char *
dup_double_range (GParamSpec *pspec)
{
  g_autofree char *minimum = format_double (G_PARAM_SPEC_DOUBLE (pspec)->minimum);
  g_autofree char *maximum = format_double (G_PARAM_SPEC_DOUBLE (pspec)->maximum);

  return g_strdup_printf ("%s–%s", minimum, maximum);
}

static gboolean
set_choice_error (GParamSpec  *pspec,
                  const char  *text,
                  GError     **error)
{
  g_autofree char *range = fairlead_param_dup_range (pspec);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not one of %s", text, range);
  return FALSE;
}

static gboolean
parse_enum (GParamSpec  *pspec,
            const char  *text,
            GValue      *value,
            GError     **error)
{
  GEnumValue *choice = g_enum_get_value_by_nick (G_PARAM_SPEC_ENUM (pspec)->enum_class, text);

  if (choice == NULL)
    return set_choice_error (pspec, text, error);

  g_value_set_enum (value, choice->value);
  return TRUE;
}

static char *
dup_enum_text (GParamSpec   *pspec,
               const GValue *value)
{
  GEnumValue *choice = g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class, g_value_get_enum (value));

  return choice ? g_strdup (choice->value_nick) : NULL;
}

static char *
dup_enum_range (GParamSpec *pspec)
{
  GEnumClass *enum_class = G_PARAM_SPEC_ENUM (pspec)->enum_class;
  g_autoptr (GPtrArray) nicks = g_ptr_array_new ();

  for (guint i = 0; i < enum_class->n_values; i++)
    g_ptr_array_add (nicks, (gpointer) enum_class->values[i].value_nick);
  g_ptr_array_add (nicks, NULL);
  return g_strjoinv (", ", (char **) nicks->pdata);
}

static gboolean
parse_flags (GParamSpec  *pspec,
             const char  *text,
             GValue      *value,
             GError     **error)
{
  g_auto (GStrv) nicks = g_strsplit_set (text, ";,", -1);
  guint flags = 0;

  for (guint i = 0; nicks[i] != NULL; i++)
    {
      const char *nick = g_strstrip (nicks[i]);
      GFlagsValue *choice = g_flags_get_value_by_nick (G_PARAM_SPEC_FLAGS (pspec)->flags_class, nick);

      /* Nothing may stand after the last separator, as in a list. */
      if (*nick == '\0' && nicks[i + 1] == NULL)
        break;
      if (choice == NULL)
        return set_choice_error (pspec, nick, error);
      flags |= choice->value;
    }

  g_value_set_flags (value, flags);
  return TRUE;
}

static char *
dup_flags_text (GParamSpec   *pspec,
                const GValue *value)
{
  GFlagsClass *flags_class = G_PARAM_SPEC_FLAGS (pspec)->flags_class;
  g_autoptr (GPtrArray) nicks = g_ptr_array_new ();
  guint rest = g_value_get_flags (value);

  while (rest != 0)
    {
      GFlagsValue *choice = g_flags_get_first_value (flags_class, rest);

      if (choice == NULL)
        break;
      g_ptr_array_add (nicks, (gpointer) choice->value_nick);
      rest &= ~choice->value;
    }
  g_ptr_array_add (nicks, NULL);
  return g_strjoinv (";", (char **) nicks->pdata);
}

static char *
dup_flags_range (GParamSpec *pspec)
{
  GFlagsClass *flags_class = G_PARAM_SPEC_FLAGS (pspec)->flags_class;
  g_autoptr (GPtrArray) nicks = g_ptr_array_new ();

  for (guint i = 0; i < flags_class->n_values; i++)
    g_ptr_array_add (nicks, (gpointer) flags_class->values[i].value_nick);
  g_ptr_array_add (nicks, NULL);
  return g_strjoinv (", ", (char **) nicks->pdata);
}

static gboolean
parse_list (GParamSpec  *pspec,
            const char  *text,
            GValue      *value,
            GError     **error)
{
  g_autoptr (GKeyFile) keyfile = new_scratch_keyfile (text);
  g_auto (GStrv) list = g_key_file_get_string_list (keyfile, SCRATCH, SCRATCH, NULL, NULL);

  if (list == NULL)
    return set_escape_error (text, error);

  g_value_take_boxed (value, g_steal_pointer (&list));
  return TRUE;
}

static char *
dup_list_text (GParamSpec   *pspec,
               const GValue *value)
{
  g_autoptr (GKeyFile) keyfile = g_key_file_new ();
  const char * const *list = g_value_get_boxed (value);
  g_autofree char *text = NULL;
  gsize length, n_items;

  if (list == NULL)
    return NULL;

  n_items = g_strv_length ((char **) list);
  g_key_file_set_string_list (keyfile, SCRATCH, SCRATCH, list, n_items);
  text = g_key_file_get_value (keyfile, SCRATCH, SCRATCH, NULL);

  /* The last separator is needed only after an empty string. */
  length = strlen (text);
  if (n_items > 0 && *list[n_items - 1] != '\0')
    text[length - 1] = '\0';
  return g_steal_pointer (&text);
}

static gboolean
parse_address (GParamSpec  *pspec,
               const char  *text,
               GValue      *value,
               GError     **error)
{
  g_autoptr (GInetAddress) address = NULL;

  if (*text == '\0')
    return TRUE;

  address = g_inet_address_new_from_string (text);
  if (address == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not an IP address", text);
      return FALSE;
    }

  g_value_take_object (value, g_steal_pointer (&address));
  return TRUE;
}

static char *
dup_address_text (GParamSpec   *pspec,
                  const GValue *value)
{
  GInetAddress *address = g_value_get_object (value);

  return address ? g_inet_address_to_string (address) : NULL;
}

/* GLib reads the prefix length with strtoul(), which takes signs and spaces, and narrows it without a look. */
static gboolean
has_prefix_length (const char *text)
{
  const char *slash = strchr (text, '/');
  gsize n_digits = slash ? strspn (slash + 1, "0123456789") : 0;

  return n_digits >= 1 && n_digits <= 3 && slash[1 + n_digits] == '\0';
}

static gboolean
parse_subnet (GParamSpec  *pspec,
              const char  *text,
              GValue      *value,
              GError     **error)
{
  g_autoptr (GInetAddressMask) subnet = NULL;

  if (*text == '\0')
    return TRUE;

  if (has_prefix_length (text))
    subnet = g_inet_address_mask_new_from_string (text, NULL);
  if (subnet == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "\"%s\" is not a subnet (ADDRESS/LENGTH without host bits, as in 10.88.0.0/16)", text);
      return FALSE;
    }

  g_value_take_object (value, g_steal_pointer (&subnet));
  return TRUE;
}

static char *
dup_subnet_text (GParamSpec   *pspec,
                 const GValue *value)
{
  GInetAddressMask *subnet = g_value_get_object (value);
  g_autofree char *address = NULL;

  if (subnet == NULL)
    return NULL;

  address = g_inet_address_to_string (g_inet_address_mask_get_address (subnet));
  return g_strdup_printf ("%s/%u", address, g_inet_address_mask_get_length (subnet));
}

/* Only the keys of its members can be set. */
static gboolean
parse_table (GParamSpec  *pspec,
             const char  *text,
             GValue      *value,
             GError     **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "it needs a name, as in %s.NAME", pspec->name);
  return FALSE;
}

static char *
dup_no_text (GParamSpec   *pspec,
             const GValue *value)
{
  return NULL;
}

static const FairleadParamKind string_kind = { "string", parse_string, dup_string_text, dup_no_range };
static const FairleadParamKind boolean_kind = { "boolean", parse_boolean, dup_boolean_text, dup_boolean_range };
static const FairleadParamKind signed_kind = { "integer", parse_signed, dup_signed_text, dup_signed_range };
static const FairleadParamKind unsigned_kind = { "integer", parse_unsigned, dup_unsigned_text, dup_unsigned_range };
static const FairleadParamKind double_kind = { "number", parse_double, dup_double_text, dup_double_range };
static const FairleadParamKind enum_kind = { "choice", parse_enum, dup_enum_text, dup_enum_range };
static const FairleadParamKind flags_kind = { "choices", parse_flags, dup_flags_text, dup_flags_range };
static const FairleadParamKind list_kind = { "list", parse_list, dup_list_text, dup_no_range };
static const FairleadParamKind address_kind = { "address", parse_address, dup_address_text, dup_no_range };
static const FairleadParamKind subnet_kind = { "subnet", parse_subnet, dup_subnet_text, dup_no_range };
static const FairleadParamKind table_kind = { "table", parse_table, dup_no_text, dup_no_range };

static const FairleadParamKind *
find_kind (GParamSpec *pspec)
{
  GType type = G_PARAM_SPEC_VALUE_TYPE (pspec);

  if (G_IS_PARAM_SPEC_STRING (pspec))
    return &string_kind;
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return &boolean_kind;
  if (G_IS_PARAM_SPEC_INT (pspec) || G_IS_PARAM_SPEC_INT64 (pspec))
    return &signed_kind;
  if (G_IS_PARAM_SPEC_UINT (pspec) || G_IS_PARAM_SPEC_UINT64 (pspec))
    return &unsigned_kind;
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return &double_kind;
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return &enum_kind;
  if (G_IS_PARAM_SPEC_FLAGS (pspec))
    return &flags_kind;
  if (G_IS_PARAM_SPEC_BOXED (pspec) && type == G_TYPE_STRV)
    return &list_kind;
  if (G_IS_PARAM_SPEC_OBJECT (pspec) && type == G_TYPE_INET_ADDRESS)
    return &address_kind;
  if (G_IS_PARAM_SPEC_OBJECT (pspec) && type == G_TYPE_INET_ADDRESS_MASK)
    return &subnet_kind;
  if (fairlead_param_is_table (pspec))
    return &table_kind;
  return NULL;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  const GParamSpec *first = *(const GParamSpec * const *) a;
  const GParamSpec *second = *(const GParamSpec * const *) b;

  return strcmp (first->name, second->name);
}

/*
 * fairlead_param_list:
 * @object_class: a class
 * @flags: what to look for
 * @n_pspecs: (out): how many there are
 *
 * The properties of a class that have any of @flags, sorted by name.
 *
 * Returns: (transfer container) (array length=n_pspecs): the properties
 */
GParamSpec **
fairlead_param_list (GObjectClass *object_class,
                     GParamFlags   flags,
                     guint        *n_pspecs)
{
  GParamSpec **pspecs;
  guint n_all, n_kept = 0;

  g_assert (G_IS_OBJECT_CLASS (object_class));
  g_assert (n_pspecs != NULL);

  pspecs = g_object_class_list_properties (object_class, &n_all);
  for (guint i = 0; i < n_all; i++)
    if (pspecs[i]->flags & flags)
      pspecs[n_kept++] = pspecs[i];

  if (n_kept > 0)
    qsort (pspecs, n_kept, sizeof *pspecs, compare_names);
  *n_pspecs = n_kept;
  return pspecs;
}

/*
 * fairlead_param_find:
 * @pspecs: (array length=n_pspecs): what fairlead_param_list() gave
 * @n_pspecs: how many they are
 * @key: a name
 *
 * The property that is called @key, to the letter, or the table that @key is a member of. The error lists the names that
 * there are.
 *
 * Returns: (nullable): the property
 */
GParamSpec *
fairlead_param_find (GParamSpec **pspecs,
                     guint        n_pspecs,
                     const char  *key,
                     GError     **error)
{
  g_autoptr (GString) names = NULL;

  g_assert (key != NULL);

  for (guint i = 0; i < n_pspecs; i++)
    if (g_str_equal (pspecs[i]->name, key) || fairlead_param_get_member (pspecs[i], key) != NULL)
      return pspecs[i];

  names = g_string_new (NULL);
  for (guint i = 0; i < n_pspecs; i++)
    g_string_append_printf (names, "%s%s%s", i > 0 ? ", " : "", pspecs[i]->name,
                            fairlead_param_is_table (pspecs[i]) ? ".NAME" : "");
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "there is no such key%s%s",
               n_pspecs > 0 ? ", only: " : ", and no other either", names->str);
  return NULL;
}

static gboolean
is_unset (const GValue *value)
{
  return G_VALUE_HOLDS_OBJECT (value) && g_value_get_object (value) == NULL;
}

static gboolean
check_absolute (const GValue  *value,
                GError       **error)
{
  const char *single[] = { NULL, NULL };
  const char * const *paths = single;

  if (G_VALUE_HOLDS_STRING (value))
    single[0] = g_value_get_string (value);
  else
    paths = g_value_get_boxed (value);
  for (; *paths != NULL; paths++)
    if (!g_path_is_absolute (*paths))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not an absolute path", *paths);
        return FALSE;
      }
  return TRUE;
}

/*
 * fairlead_param_parse:
 * @pspec: a property
 * @text: the text of a value
 * @value: an uninitialised value; initialised if this succeeds
 *
 * Reads @text as a value of @pspec, and checks its range. The error says what is wrong with the text, not where the
 * text came from: that is for the caller to add.
 */
gboolean
fairlead_param_parse (GParamSpec  *pspec,
                      const char  *text,
                      GValue      *value,
                      GError     **error)
{
  const FairleadParamKind *kind = find_kind (pspec);
  g_auto (GValue) parsed = G_VALUE_INIT;

  g_assert (text != NULL);
  g_assert (value != NULL);

  if (kind == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED, "a property of type %s cannot be a key",
                   g_type_name (G_PARAM_SPEC_VALUE_TYPE (pspec)));
      return FALSE;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "the value is not UTF-8 text");
      return FALSE;
    }

  g_value_init (&parsed, G_PARAM_SPEC_VALUE_TYPE (pspec));
  if (!kind->parse (pspec, text, &parsed, error))
    return FALSE;

  /* g_object_set_property() would change the value, or warn, and go on. GLib takes no object for an invalid one. */
  if (!is_unset (&parsed) && !g_param_value_is_valid (pspec, &parsed))
    {
      g_autofree char *range = fairlead_param_dup_range (pspec);

      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s is not in %s", text,
                   range ? range : "the range of the key");
      return FALSE;
    }
  if ((pspec->flags & FAIRLEAD_PARAM_PATH) != 0 && !check_absolute (&parsed, error))
    return FALSE;

  *value = parsed;
  parsed = (GValue) G_VALUE_INIT;
  return TRUE;
}

/*
 * fairlead_param_set_text:
 * @object: an object
 * @pspec: one of its properties
 * @key: the key that fairlead_param_find() found it for
 * @text: the text of a value
 *
 * Sets the property, or the member of it that @key names, from text; on failure it stays as it was.
 */
gboolean
fairlead_param_set_text (GObject     *object,
                         GParamSpec  *pspec,
                         const char  *key,
                         const char  *text,
                         GError     **error)
{
  const char *member = fairlead_param_get_member (pspec, key);
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert (G_IS_OBJECT (object));

  if (member != NULL)
    return fairlead_param_set_member (object, pspec, member, text, error);
  if (!fairlead_param_parse (pspec, text, &value, error))
    return FALSE;

  g_object_set_property (object, pspec->name, &value);
  return TRUE;
}

/*
 * fairlead_param_add_texts:
 * @object: an object
 * @pspec: one of its properties
 * @texts: a builder of `a{ss}`
 *
 * Adds each key of the property that has a value, with the text from which fairlead_param_set_text() makes it.
 */
void
fairlead_param_add_texts (GObject         *object,
                          GParamSpec      *pspec,
                          GVariantBuilder *texts)
{
  const FairleadParamKind *kind = find_kind (pspec);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  g_assert (G_IS_OBJECT (object));

  if (kind == &table_kind)
    fairlead_param_add_members (object, pspec, texts);
  if (kind == NULL || kind == &table_kind)
    return;

  g_object_get_property (object, pspec->name, &value);
  text = kind->dup_text (pspec, &value);
  if (text == NULL)
    return;
  /* By hand, as every setup does it for each key, and a format string takes thrice as long. */
  g_variant_builder_add_value (texts, g_variant_new_dict_entry (g_variant_new_string (pspec->name),
                                                                g_variant_new_take_string (g_steal_pointer (&text))));
}

/*
 * fairlead_param_dup_default:
 * @pspec: a property
 *
 * Returns: (transfer full) (nullable): the text of its default; %NULL if it is unset by default
 */
char *
fairlead_param_dup_default (GParamSpec *pspec)
{
  const FairleadParamKind *kind = find_kind (pspec);

  return kind ? kind->dup_text (pspec, g_param_spec_get_default_value (pspec)) : NULL;
}

/*
 * fairlead_param_get_type_name:
 * @pspec: a property
 *
 * Returns: the word of the manual pages for what the property takes; "unknown" if it cannot be a key
 */
const char *
fairlead_param_get_type_name (GParamSpec *pspec)
{
  const FairleadParamKind *kind = find_kind (pspec);

  return kind ? kind->type_name : "unknown";
}

/*
 * fairlead_param_dup_range:
 * @pspec: a property
 *
 * Returns: (transfer full) (nullable): what it takes, as `68–65521` or `auto, yes, no`; %NULL if that is not bounded
 */
char *
fairlead_param_dup_range (GParamSpec *pspec)
{
  const FairleadParamKind *kind = find_kind (pspec);

  if ((pspec->flags & FAIRLEAD_PARAM_PATH) != 0)
    return g_strdup (kind == &list_kind ? "absolute paths" : "an absolute path");
  return kind ? kind->dup_range (pspec) : NULL;
}

/*
 * fairlead_param_describe:
 * @builder: of type `aa{sv}`
 * @object_class: a class
 * @group: the keyfile group of its keys
 *
 * Adds a description of each key of a class, as fairlead_backend_dup_keys() documents it.
 */
void
fairlead_param_describe (GVariantBuilder *builder,
                         GObjectClass    *object_class,
                         const char      *group)
{
  guint n_keys;
  g_autofree GParamSpec **keys =
    fairlead_param_list (object_class, FAIRLEAD_PARAM_CONFIG | FAIRLEAD_PARAM_REQUEST, &n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *default_text = fairlead_param_dup_default (keys[i]);
      g_autofree char *range = fairlead_param_dup_range (keys[i]);
      const char *description = g_param_spec_get_blurb (keys[i]);
      /* The keys that all networks have stand in a group of their own. */
      const char *owner = strcmp (g_type_name (keys[i]->owner_type), "FairleadNetwork") == 0 ? "network" : group;

      g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (builder, "{sv}", "Group", g_variant_new_string (owner));
      g_variant_builder_add (builder, "{sv}", "Key", g_variant_new_string (g_param_spec_get_name (keys[i])));
      g_variant_builder_add (builder, "{sv}", "Type", g_variant_new_string (fairlead_param_get_type_name (keys[i])));
      g_variant_builder_add (builder, "{sv}", "Default", g_variant_new_string (default_text ? default_text : ""));
      g_variant_builder_add (builder, "{sv}", "Range", g_variant_new_string (range ? range : ""));
      g_variant_builder_add (builder, "{sv}", "Description", g_variant_new_string (description ? description : ""));
      g_variant_builder_add (builder, "{sv}", "Config",
                             g_variant_new_boolean ((keys[i]->flags & FAIRLEAD_PARAM_CONFIG) != 0));
      g_variant_builder_add (builder, "{sv}", "Request",
                             g_variant_new_boolean ((keys[i]->flags & FAIRLEAD_PARAM_REQUEST) != 0));
      g_variant_builder_close (builder);
    }
}
