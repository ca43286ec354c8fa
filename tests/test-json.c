/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <locale.h>
#include <math.h>
#include <string.h>

static const struct
{
  const char *text;
  const char *value; /* as g_variant_print() writes it */
} good[] = {
  { "null", "@mv nothing" },
  { "true", "true" },
  { "false", "false" },
  { " \t\r\n0 \n", "int64 0" },
  { "-0", "int64 0" },
  { "-1", "int64 -1" },
  { "9223372036854775807", "int64 9223372036854775807" },
  { "-9223372036854775808", "int64 -9223372036854775808" },
  { "9223372036854775808", "uint64 9223372036854775808" },
  { "18446744073709551615", "uint64 18446744073709551615" },
  { "1.5", "1.5" },
  { "-0.0", "-0.0" },
  { "1e2", "100.0" },
  { "1E+2", "100.0" },
  { "25e-1", "2.5" },
  { "1e-400", "0.0" },
  { "\"\"", "''" },
  { "\"n1\"", "'n1'" },
  { "\"a/b\\/c\"", "'a/b/c'" },
  { "\"\\u0041\\u00e9\\ud83d\\uDE00\"", "'A\xc3\xa9\xf0\x9f\x98\x80'" },
  { "[]", "@av []" },
  { "[ ]", "@av []" },
  { "{}", "@a{sv} {}" },
  { "{ }", "@a{sv} {}" },
  { "[1,\"1\",1.0,true,null]", "[<int64 1>, <'1'>, <1.0>, <true>, <@mv nothing>]" },
  { "[[],{}]", "[<@av []>, <@a{sv} {}>]" },
  { "{\"b\":1,\"a\":2,\"\":3}", "{'b': <int64 1>, 'a': <int64 2>, '': <int64 3>}" },
  { "{\"a\" : { \"b\" : [ 1 ] } }", "{'a': <{'b': <[<int64 1>]>}>}" },
  { "{\"a\":1,\"b\":2,\"a\":3}", "{'a': <int64 3>, 'b': <int64 2>}" },
  { "{\"\\u0061\":1,\"a\":2}", "{'a': <int64 2>}" },
};

static const struct
{
  const char *text;
  const char *message;
} bad[] = {
  { "", "line 1, column 1: expected a value, found the end of the text" },
  { " \n ", "line 2, column 2: expected a value, found the end of the text" },
  { "\xef\xbb\xbf{}", "byte order mark" },
  { "{} {}", "line 1, column 4: expected the end of the text, found '{'" },
  { "{}x", "expected the end of the text" },
  { "1 2", "expected the end of the text" },
  { "[1,2]]", "expected the end of the text" },
  { "[", "expected a value, found the end" },
  { "[1", "expected ',' or ']', found the end" },
  { "[1,", "expected a value, found the end" },
  { "[1,]", "line 1, column 4: expected a value, found ']'" },
  { "[,1]", "expected a value, found ','" },
  { "[1,,2]", "expected a value, found ','" },
  { "[1 2]", "expected ',' or ']', found '2'" },
  { "[1}", "expected ',' or ']', found '}'" },
  { "]", "expected a value" },
  { "{", "expected a member's name" },
  { "{]", "expected a member's name" },
  { "{\"a\"", "expected ':'" },
  { "{\"a\":", "expected a value" },
  { "{\"a\":1", "expected ',' or '}'" },
  { "{\"a\":1,}", "expected a member's name in double quotes, found '}'" },
  { "{\"a\":1]", "expected ',' or '}', found ']'" },
  { "{\"a\" 1}", "expected ':', found '1'" },
  { "{\"a\":}", "expected a value" },
  { "{a:1}", "expected a member's name in double quotes, found 'a'" },
  { "{'a':1}", "expected a member's name" },
  { "{1:1}", "expected a member's name" },
  { "{,}", "expected a member's name" },
  { "'a'", "expected a value, found '''" },
  { "var x = {}", "expected a value, found 'v'" },
  { "/* c */ {}", "expected a value, found '/'" },
  { "{} // c", "expected the end of the text, found '/'" },
  { "{\n  \"a\": 1 # c\n}", "line 2, column 10: expected ',' or '}', found '#'" },
  { "tru", "expected a value" },
  { "truee", "expected the end of the text" },
  { "True", "expected a value" },
  { "nul", "expected a value" },
  { "NaN", "expected a value" },
  { "nan", "expected a value" },
  { "Infinity", "expected a value" },
  { "-Infinity", "expected a digit, found 'I'" },
  { "undefined", "expected a value" },
  { "01", "must not start with 0" },
  { "-01", "must not start with 0" },
  { "00", "must not start with 0" },
  { "-", "expected a digit, found the end" },
  { "+1", "expected a value, found '+'" },
  { "--1", "expected a digit" },
  { "1.", "expected a digit" },
  { ".5", "expected a value" },
  { "1.e5", "expected a digit" },
  { "1e", "expected a digit" },
  { "1e+", "expected a digit" },
  { "1e5.5", "expected the end" },
  { "0x10", "expected the end of the text, found 'x'" },
  { "1_000", "expected the end" },
  { "1a", "expected the end" },
  { "18446744073709551616", "too large" },
  { "-9223372036854775809", "too large" },
  { "99999999999999999999999999999999999999999999999999999999", "too large" },
  { "1e400", "the number 1e400 is too large" },
  { "-1e400", "too large" },
  { "[1,\n\n 1e999]", "line 3, column 2: the number 1e999" },
  { "\"", "ends inside a string" },
  { "\"abc", "ends inside a string" },
  { "\"abc\\", "ends inside a string" },
  { "\"\\", "ends inside a string" },
  { "\"\\\"", "ends inside a string" },
  { "\"a\nb\"", "line 1, column 3: the character U+000A must be escaped" },
  { "\"\t\"", "U+0009 must be escaped" },
  { "\"\x1f\"", "U+001F must be escaped" },
  { "\"\\x41\"", "a backslash must be followed by" },
  { "\"\\'\"", "a backslash must be followed by" },
  { "\"\\\n\"", "a backslash must be followed by" },
  { "\"\\0\"", "a backslash must be followed by" },
  { "\"\\u12\"", "four hexadecimal digits" },
  { "\"\\u12g4\"", "four hexadecimal digits" },
  { "\"\\u+123\"", "four hexadecimal digits" },
  { "\"\\u", "four hexadecimal digits" },
  { "\"\\u0000\"", "\\u0000" },
  { "{\"\\u0000\":1}", "\\u0000" },
  { "\"\\ud800\"", "\\ud800 is half of a pair" },
  { "\"\\ud800x\"", "half of a pair" },
  { "\"\\ud800\\u0041\"", "half of a pair" },
  { "\"\\ud800\\ud800\"", "half of a pair" },
  { "\"\\ud800\\n\"", "half of a pair" },
  { "\"\\udc00\"", "half of a pair" },
  { "\"\\udc00\\ud800\"", "half of a pair" },
  { "\"\xff\"", "line 1, column 2: the byte 0xff is not part of UTF-8 text" },
  { "\"\xc3\"", "not part of UTF-8" },
  { "\"\xed\xa0\x80\"", "not part of UTF-8" },
  { "\"\xc0\x80\"", "not part of UTF-8" },
  { "\xc3\xa9", "expected a value, found '\xc3\xa9'" },
  { "[\xc2\xa0]", "found the character U+00A0" },
  { "\x0b{}", "found the character U+000B" },
  { "[\"\xc3\xa9\xc3\xa9\" x]", "line 1, column 7" },
};

static GVariant *
parse (const char *text,
       gssize      length)
{
  g_autoptr(GError) error = NULL;
  GVariant *value = fairlead_json_parse (text, length, &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
  g_assert_false (g_variant_is_floating (value));
  return value;
}

static void
assert_refused (const char *text,
                gssize      length,
                const char *message)
{
  g_autoptr(GError) error = NULL;
  GVariant *value = fairlead_json_parse (text, length, &error);

  g_test_message ("%s", error != NULL ? error->message : text);
  g_assert_null (value);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, message));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

/* A copy without a NUL at its end, so that the address sanitizer sees a read beyond it. */
static GVariant *
parse_exact (const char  *text,
             gsize        length,
             GError     **error)
{
  g_autofree char *copy = g_memdup2 (text, MAX (length, 1));

  return fairlead_json_parse (copy, length, error);
}

static void
test_good (void)
{
  g_test_summary ("Each kind of value is read as the type that the documentation names");

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(GVariant) value = parse (good[i].text, -1);
      g_autoptr(GVariant) exact = parse_exact (good[i].text, strlen (good[i].text), NULL);
      g_autofree char *printed = g_variant_print (value, TRUE);

      g_assert_cmpstr (printed, ==, good[i].value);
      g_assert_cmpvariant (value, exact);
    }
}

static void
test_bad (void)
{
  g_test_summary ("What is not JSON is refused, with line, column and what was expected");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      assert_refused (bad[i].text, -1, bad[i].message);
      g_assert_null (parse_exact (bad[i].text, strlen (bad[i].text), NULL));
    }

  assert_refused ("[\0]", 3, "the byte 0x00 is not part of UTF-8 text");
  assert_refused ("{}\0", 3, "the byte 0x00");
  assert_refused ("\"a\0b\"", 5, "the byte 0x00");
}

static void
test_length (void)
{
  g_autoptr(GVariant) value = parse ("[1]garbage", 3);
  g_autofree char *text = fairlead_json_print (value, FALSE);

  g_test_summary ("Nothing beyond the given length is read");

  g_assert_cmpstr (text, ==, "[1]");
  assert_refused ("[1]", 0, "found the end of the text");
  assert_refused ("[1]", 2, "found the end of the text");
  assert_refused ("true", 3, "expected a value");
  assert_refused ("\"\\u0041\"", 6, "four hexadecimal digits");
}

static void
test_truncated (void)
{
  static const char text[] =
    "{\"a\": [1, -2.5e+3, \"x\\u00e9\\ud83d\\ude00\\n\", true, false, null], \"b\": {\"c\": []}}";
  g_autoptr(GVariant) whole = parse (text, -1);

  g_test_summary ("Every true prefix of an object is refused");

  g_assert_nonnull (whole);
  for (gsize length = 0; length < strlen (text); length++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (parse_exact (text, length, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
    }
}

static char *
nest (const char *open,
      const char *inner,
      const char *close,
      guint       depth)
{
  GString *string = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (string, open);
  g_string_append (string, inner);
  for (guint i = 0; i < depth; i++)
    g_string_append (string, close);

  return g_string_free (string, FALSE);
}

static void
test_depth (void)
{
  g_test_summary ("32 levels are read and survive serialisation, 33 are refused, and many more exhaust no stack");

  for (guint object = 0; object < 2; object++)
    {
      const char *open = object ? "{\"k\":" : "[";
      const char *close = object ? "}" : "]";
      g_autofree char *deepest = nest (open, "7", close, 32);
      g_autofree char *deeper = nest (open, "7", close, 33);
      g_autofree char *deep = nest (open, "7", close, 500000);
      g_autofree char *printed = NULL;
      g_autoptr(GVariant) value = parse (deepest, -1);

      /* GVariant drops what lies too deep only once the value has been serialised. */
      g_variant_get_data (value);
      printed = fairlead_json_print (value, FALSE);
      g_assert_cmpstr (printed, ==, deepest);

      assert_refused (deeper, -1, "nested more than 32 deep");
      assert_refused (deep, -1, "nested more than 32 deep");
    }

  assert_refused ("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", -1, "nested more than 32 deep");
}

static void
test_wide (void)
{
  g_autoptr(GString) text = g_string_new ("{");
  g_autoptr(GVariant) value = NULL;
  g_autofree char *printed = NULL;

  g_test_summary ("The order of many members is kept");

  for (guint i = 0; i < 2000; i++)
    g_string_append_printf (text, "%s\"k%u\":%u", i > 0 ? "," : "", i * 7919 % 2000, i);
  g_string_append_c (text, '}');

  value = parse (text->str, text->len);
  g_assert_cmpuint (g_variant_n_children (value), ==, 2000);
  printed = fairlead_json_print (value, FALSE);
  g_assert_cmpstr (printed, ==, text->str);
}

static void
test_characters (void)
{
  g_test_summary ("Every character passes through both ways, as it is and as an escape");

  for (gunichar c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 61)
    {
      g_autoptr(GString) plain = g_string_new (NULL);
      g_autofree char *escaped = NULL;
      g_autofree char *printed = NULL;
      g_autoptr(GVariant) original = NULL;
      g_autoptr(GVariant) value = NULL;
      g_autoptr(GVariant) from_escape = NULL;

      if (!g_unichar_validate (c))
        continue;

      g_string_append_unichar (plain, c);
      original = g_variant_ref_sink (g_variant_new_string (plain->str));
      printed = fairlead_json_print (original, FALSE);
      value = parse (printed, -1);
      g_assert_cmpvariant (value, original);

      if (c < 0x10000)
        escaped = g_strdup_printf ("\"\\u%04x\"", c);
      else
        escaped = g_strdup_printf ("\"\\u%04x\\u%04x\"", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
      from_escape = parse (escaped, -1);
      g_assert_cmpvariant (from_escape, original);
    }
}

static void
test_print_types (void)
{
  static const struct { const char *value; const char *text; } cases[] = {
    { "true", "true" },
    { "byte 255", "255" },
    { "int16 -32768", "-32768" },
    { "uint16 65535", "65535" },
    { "int32 -2147483648", "-2147483648" },
    { "uint32 4294967295", "4294967295" },
    { "int64 -9223372036854775808", "-9223372036854775808" },
    { "uint64 18446744073709551615", "18446744073709551615" },
    { "handle 3", "3" },
    { "0.1", "0.1" },
    { "100.0", "100.0" },
    { "-0.0", "-0.0" },
    { "1e300", "1e+300" },
    { "'a\"b\\\\c\\n\\t'", "\"a\\\"b\\\\c\\n\\t\"" },
    { "'\\u0001\\u001b\\u007f\\u009b'", "\"\\u0001\\u001b\\u007f\\u009b\"" },
    { "objectpath '/a/b'", "\"/a/b\"" },
    { "signature 'a{sv}'", "\"a{sv}\"" },
    { "<<int32 1>>", "1" },
    { "@ms 'x'", "\"x\"" },
    { "@ms nothing", "null" },
    { "@mmi just nothing", "null" },
    { "()", "[]" },
    { "('a', int32 1, [true])", "[\"a\",1,[true]]" },
    { "{'k', int32 1}", "[\"k\",1]" },
    { "@as []", "[]" },
    { "@a{ss} {}", "{}" },
    { "['a', 'b']", "[\"a\",\"b\"]" },
    { "{'a': 'b'}", "{\"a\":\"b\"}" },
    { "{uint32 7: 'b'}", "{\"7\":\"b\"}" },
    { "{true: <1.5>}", "{\"true\":1.5}" },
    { "{objectpath '/': 'b'}", "{\"/\":\"b\"}" },
    { "[('lab', {'ip': '10.0.0.1'})]", "[[\"lab\",{\"ip\":\"10.0.0.1\"}]]" },
    { "[byte 1, 2]", "[1,2]" },
  };

  g_test_summary ("Values of any type are written as JSON");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) value = g_variant_parse (NULL, cases[i].value, NULL, NULL, &error);
      g_autoptr(GVariant) again = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = fairlead_json_print (value, FALSE);
      g_assert_cmpstr (text, ==, cases[i].text);
      again = parse (text, -1);
    }
}

static void
test_print_pretty (void)
{
  g_autoptr(GVariant) value = parse ("{\"a\":[1,{\"b\":[]}],\"c\":{}}", -1);
  g_autofree char *text = fairlead_json_print (value, TRUE);

  g_test_summary ("Pretty text has a line for each member and element");

  g_assert_cmpstr (text, ==,
                   "{\n"
                   "  \"a\": [\n"
                   "    1,\n"
                   "    {\n"
                   "      \"b\": []\n"
                   "    }\n"
                   "  ],\n"
                   "  \"c\": {}\n"
                   "}");
}

static void
test_print_floating (void)
{
  g_autofree char *text = fairlead_json_print (g_variant_new_string ("x"), FALSE);

  g_test_summary ("A floating value is released");

  g_assert_cmpstr (text, ==, "\"x\"");
}

static void
test_doubles (void)
{
  static const double special[] = { 0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789012345680.0, 1e15, 1e17 };
  g_autofree char *old_locale = g_strdup (setlocale (LC_NUMERIC, NULL));
  g_autofree char *infinite = fairlead_json_print (g_variant_new_double (INFINITY), FALSE);
  g_autofree char *not_a_number = fairlead_json_print (g_variant_new_double (NAN), FALSE);

  g_test_summary ("Doubles read back bit by bit, in any locale; what JSON lacks becomes null");

  g_assert_cmpstr (infinite, ==, "null");
  g_assert_cmpstr (not_a_number, ==, "null");

  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL)
    g_test_message ("no locale with a decimal comma here");

  for (guint i = 0; i < 5000; i++)
    {
      union { guint64 bits; double number; } u;
      g_autofree char *text = NULL;
      g_autoptr(GVariant) original = NULL;
      g_autoptr(GVariant) value = NULL;

      u.bits = (guint64) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      if (i < G_N_ELEMENTS (special))
        u.number = special[i];
      if (!isfinite (u.number))
        continue;

      original = g_variant_ref_sink (g_variant_new_double (u.number));
      text = fairlead_json_print (original, FALSE);
      value = parse (text, -1);
      g_assert_cmpvariant (value, original);
    }

  setlocale (LC_NUMERIC, old_locale);
}

static GVariant *
make_random (guint depth)
{
  static const char * const strings[] = { "", "n1", "s", "\"", "\\u0041", "\xc3\xa9", "a\nb", "\x7f", "/* */", "null" };
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  int n = g_test_rand_int_range (0, 5);

  switch (g_test_rand_int_range (depth == 0 ? 2 : 0, 8))
    {
    case 0:
      for (int i = 0; i < n; i++)
        g_variant_builder_add (&builder, "v", make_random (depth - 1));
      return g_variant_builder_end (&builder);
    case 1:
      for (int i = 0; i < n; i++)
        g_variant_dict_insert_value (&dict, strings[g_test_rand_int_range (0, G_N_ELEMENTS (strings))],
                                     make_random (depth - 1));
      return g_variant_dict_end (&dict);
    case 2:
      return g_variant_new_string (strings[g_test_rand_int_range (0, G_N_ELEMENTS (strings))]);
    case 3:
      return g_variant_new_boolean (n & 1);
    case 4:
      return g_variant_new_int64 ((gint64) g_test_rand_int () * g_test_rand_int_range (1, G_MAXINT32));
    case 5:
      return g_variant_new_uint64 (G_MAXUINT64 - g_test_rand_int_range (0, G_MAXINT32));
    case 6:
      return g_variant_new_double (g_test_rand_double ());
    default:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    }
}

static void
test_round_trip (void)
{
  g_test_summary ("What the reader can return is written so that it reads back equal, whether pretty or not");

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr(GVariant) original = g_variant_ref_sink (make_random (5));
      g_autofree char *text = fairlead_json_print (original, i & 1);
      g_autoptr(GVariant) value = parse (text, -1);

      g_assert_cmpvariant (value, original);
    }
}

static void
test_mutations (void)
{
  static const char text[] =
    "{\"a\": [1, -2.5e+3, \"x\\u00e9\\ud83d\\ude00\\n\", true, null], \"\xc3\xa9\": {\"c\": [0]}}";
  const gsize length = strlen (text);

  g_test_summary ("Damaged text either is refused with an error or gives a value that prints as JSON");

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *damaged = g_strdup (text);
      g_autofree char *printed = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) value = NULL;
      g_autoptr(GVariant) again = NULL;

      for (int n = g_test_rand_int_range (1, 5); n > 0; n--)
        damaged[g_test_rand_int_range (0, length)] = i & 1 ? text[g_test_rand_int_range (0, length)]
                                                           : (char) g_test_rand_int_range (0, 256);

      value = parse_exact (damaged, length, &error);
      g_assert_true ((value == NULL) == (error != NULL));
      if (value == NULL)
        continue;

      printed = fairlead_json_print (value, FALSE);
      again = parse (printed, -1);
      g_assert_cmpvariant (again, value);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fairlead/json/parse/good", test_good);
  g_test_add_func ("/fairlead/json/parse/bad", test_bad);
  g_test_add_func ("/fairlead/json/parse/length", test_length);
  g_test_add_func ("/fairlead/json/parse/truncated", test_truncated);
  g_test_add_func ("/fairlead/json/parse/depth", test_depth);
  g_test_add_func ("/fairlead/json/parse/wide", test_wide);
  g_test_add_func ("/fairlead/json/parse/mutations", test_mutations);
  g_test_add_func ("/fairlead/json/print/types", test_print_types);
  g_test_add_func ("/fairlead/json/print/pretty", test_print_pretty);
  g_test_add_func ("/fairlead/json/print/floating", test_print_floating);
  g_test_add_func ("/fairlead/json/round-trip/characters", test_characters);
  g_test_add_func ("/fairlead/json/round-trip/doubles", test_doubles);
  g_test_add_func ("/fairlead/json/round-trip/random", test_round_trip);

  return g_test_run ();
}
