/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <string.h>

typedef struct
{
  const char *text;
  const char *canonical;
  const char *host_address;
  guint       host_port;
  guint       container_port;
  guint       length;
  FairleadProtocol protocol;
} Good;

static const Good good[] = {
  { "8080:80", "8080:80/tcp", NULL, 8080, 80, 1, FAIRLEAD_PROTOCOL_TCP },
  { "8080:80/tcp", "8080:80/tcp", NULL, 8080, 80, 1, FAIRLEAD_PROTOCOL_TCP },
  { "53:5353/udp", "53:5353/udp", NULL, 53, 5353, 1, FAIRLEAD_PROTOCOL_UDP },
  { "1:65535/sctp", "1:65535/sctp", NULL, 1, 65535, 1, FAIRLEAD_PROTOCOL_SCTP },
  { "127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp", "127.0.0.1", 8080, 80, 1, FAIRLEAD_PROTOCOL_TCP },
  { "0.0.0.0:8080:80", "0.0.0.0:8080:80/tcp", "0.0.0.0", 8080, 80, 1, FAIRLEAD_PROTOCOL_TCP },
  { "[::1]:8080:80", "[::1]:8080:80/tcp", "::1", 8080, 80, 1, FAIRLEAD_PROTOCOL_TCP },
  { "[::]:53:53/udp", "[::]:53:53/udp", "::", 53, 53, 1, FAIRLEAD_PROTOCOL_UDP },
  { "[FD00:0:0::0005]:1-2:3-4", "[fd00::5]:1-2:3-4/tcp", "fd00::5", 1, 3, 2, FAIRLEAD_PROTOCOL_TCP },
  { "8000-8010:80-90", "8000-8010:80-90/tcp", NULL, 8000, 80, 11, FAIRLEAD_PROTOCOL_TCP },
  { "8000-8000:80", "8000:80/tcp", NULL, 8000, 80, 1, FAIRLEAD_PROTOCOL_TCP },
  { "1-65535:1-65535", "1-65535:1-65535/tcp", NULL, 1, 1, 65535, FAIRLEAD_PROTOCOL_TCP },
};

static const struct
{
  const char *text;
  const char *message;
} bad[] = {
  { "", "a host port and a container port" },
  { "80", "a host port and a container port" },
  { ":", "not a port number" },
  { ":80", "not a port number" },
  { "80:", "not a port number" },
  { "::80", "not an IPv4 address" },
  { "127.0.0.1::80", "\"\" is not a port number" },
  { "0:80", "\"0\" is not a port number" },
  { "80:0", "not a port number" },
  { "65536:80", "\"65536\" is not a port number" },
  { "80:65536", "not a port number" },
  { "18446744073709551617:80", "not a port number" },
  { "080:80", "not a port number" },
  { "+80:80", "not a port number" },
  { "-80:80", "not a port number" },
  { "80-:80", "not a port number" },
  { "-:80", "not a port number" },
  { " 80:80", "not a port number" },
  { "80 :80", "not a port number" },
  { "80:80 ", "not a port number" },
  { "80:80\n", "not a port number" },
  { "0x50:80", "not a port number" },
  { "80:80a", "not a port number" },
  { "80-81-82:80-82", "not a port number" },
  { "8010-8000:80-90", "reversed; write 8000-8010" },
  { "8000-8010:80", "both sides need the same length" },
  { "80:8000-8010", "both sides need the same length" },
  { "8000-8010:80-91", "both sides need the same length" },
  { "80:80/", "protocol \"\"" },
  { "80:80/TCP", "protocol \"TCP\" is none of tcp, udp and sctp" },
  { "80:80/icmp", "protocol \"icmp\"" },
  { "80:80/tcp ", "protocol" },
  { "80:80/tcp/udp", "not a port number" },
  { "localhost:80:80", "not an IPv4 address" },
  { "127.1:80:80", "not an IPv4 address" },
  { "010.0.0.1:80:80", "not an IPv4 address" },
  { " 127.0.0.1:80:80", "not an IPv4 address" },
  { "::1:80:80", "write [::1]:" },
  { "fd00::5:80:80", "write [fd00::5]:" },
  { "[127.0.0.1]:80:80", "not an IPv6 address" },
  { "[]:80:80", "not an IPv6 address" },
  { "[::1:80:80", "bracket is not closed" },
  { "[::1]80:80", "bracket is not closed" },
  { "[::1]", "bracket is not closed" },
  { "[::1]:", "a host port and a container port" },
  { "[::1]:80", "a host port and a container port" },
  { "[::1]:1:2:3", "a host port and a container port" },
  { "1:2:3:4", "not an IPv4 address" },
  { "224.0.0.1:80:80", "224.0.0.1 is not one that a host can have" },
  { "255.255.255.255:80:80", "255.255.255.255 is not one that a host can have" },
  { "[ff02::1]:80:80", "ff02::1 is not one that a host can have" },
  { "80:80\xff", "not UTF-8" },
};

static FairleadPortMapping *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  FairleadPortMapping *mapping = fairlead_port_mapping_new_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_true (FAIRLEAD_IS_PORT_MAPPING (mapping));
  return mapping;
}

static void
test_parse (void)
{
  g_test_summary ("Well-formed text gives the mapping it names, and prints as the canonical form");

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(FairleadPortMapping) mapping = parse (good[i].text);
      g_autoptr(FairleadPortMapping) again = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *text = fairlead_port_mapping_to_string (mapping);
      GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);

      g_assert_cmpstr (text, ==, good[i].canonical);
      g_assert_cmpuint (fairlead_port_mapping_get_host_port (mapping), ==, good[i].host_port);
      g_assert_cmpuint (fairlead_port_mapping_get_container_port (mapping), ==, good[i].container_port);
      g_assert_cmpuint (fairlead_port_mapping_get_length (mapping), ==, good[i].length);
      g_assert_cmpint (fairlead_port_mapping_get_protocol (mapping), ==, good[i].protocol);
      g_assert_true (fairlead_port_mapping_validate (mapping, &error));
      g_assert_no_error (error);

      if (good[i].host_address == NULL)
        {
          g_assert_null (address);
        }
      else
        {
          g_autofree char *address_text = g_inet_address_to_string (address);
          g_assert_cmpstr (address_text, ==, good[i].host_address);
        }

      again = parse (text);
      g_assert_true (fairlead_port_mapping_equal (mapping, again));
    }
}

static void
test_malformed (void)
{
  g_test_summary ("Malformed text is refused with a message that quotes it and names the fault");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;
      FairleadPortMapping *mapping = fairlead_port_mapping_new_from_string (bad[i].text, &error);

      g_test_message ("%s", error != NULL ? error->message : bad[i].text);
      g_assert_null (mapping);
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, bad[i].message));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      if (g_utf8_validate (bad[i].text, -1, NULL))
        g_assert_nonnull (strstr (error->message, bad[i].text));
    }
}

static void
test_properties (void)
{
  g_autoptr(FairleadPortMapping) mapping = NULL;
  g_autoptr(FairleadPortMapping) parsed = parse ("8080:80");
  g_autoptr(GError) error = NULL;

  g_test_summary ("A mapping can be made from properties; protocol and length have defaults");

  mapping = g_object_new (FAIRLEAD_TYPE_PORT_MAPPING, "host-port", 8080u, "container-port", 80u, NULL);
  g_assert_true (fairlead_port_mapping_validate (mapping, &error));
  g_assert_no_error (error);
  g_assert_true (fairlead_port_mapping_equal (mapping, parsed));
}

static void
test_validate (void)
{
  static const struct { guint16 host, container, length; gboolean valid; } cases[] = {
    { 1, 1, 1, TRUE }, { 65535, 65535, 1, TRUE }, { 1, 1, 65535, TRUE }, { 65000, 1, 536, TRUE },
    { 0, 80, 1, FALSE }, { 80, 0, 1, FALSE }, { 65000, 1, 537, FALSE }, { 1, 65535, 2, FALSE },
    { 2, 1, 65535, FALSE }, { 65535, 65535, 65535, FALSE },
  };

  g_test_summary ("Ports out of range are found in a mapping that was not made from text");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(FairleadPortMapping) mapping =
        fairlead_port_mapping_new (FAIRLEAD_PROTOCOL_UDP, NULL, cases[i].host, cases[i].container, cases[i].length);

      g_assert_cmpint (fairlead_port_mapping_validate (mapping, &error), ==, cases[i].valid);
      if (cases[i].valid)
        g_assert_no_error (error);
      else
        g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_validate_address (void)
{
  g_autoptr(GInetAddress) group = g_inet_address_new_from_string ("239.1.2.3");
  g_autoptr(FairleadPortMapping) mapping = fairlead_port_mapping_new (FAIRLEAD_PROTOCOL_UDP, group, 80, 80, 1);
  g_autoptr(GError) error = NULL;

  g_test_summary ("So is an address that no host has");

  g_assert_false (fairlead_port_mapping_validate (mapping, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
}

static void
test_overlaps (void)
{
  static const struct { const char *a, *b; gboolean overlap; } cases[] = {
    { "80:80", "80:81", TRUE },
    { "80:80", "81:80", FALSE },
    { "80:80", "80:80/udp", FALSE },
    { "80-90:80-90", "90-99:80-89", TRUE },
    { "80-90:80-90", "91-99:80-88", FALSE },
    { "80-90:80-90", "85:1", TRUE },
    { "80-90:80-90", "79:1", FALSE },
    { "1-65535:1-65535", "65535:1", TRUE },
    { "80:80", "127.0.0.1:80:80", TRUE },
    { "80:80", "[::1]:80:80", TRUE },
    { "80:80", "0.0.0.0:80:80", TRUE },
    { "80:80", "[::]:80:80", TRUE },
    { "0.0.0.0:80:80", "127.0.0.1:80:80", TRUE },
    { "0.0.0.0:80:80", "[::1]:80:80", FALSE },
    { "0.0.0.0:80:80", "[::]:80:80", FALSE },
    { "[::]:80:80", "[::1]:80:80", TRUE },
    { "[::]:80:80", "127.0.0.1:80:80", FALSE },
    { "127.0.0.1:80:80", "127.0.0.1:80:90", TRUE },
    { "127.0.0.1:80:80", "127.0.0.2:80:80", FALSE },
    { "[::1]:80:80", "[0:0:0:0:0:0:0:1]:80:80", TRUE },
    { "[::1]:80:80", "[::2]:80:80", FALSE },
  };

  g_test_summary ("Two mappings overlap if they want one port of the host, whichever is asked");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(FairleadPortMapping) a = parse (cases[i].a);
      g_autoptr(FairleadPortMapping) b = parse (cases[i].b);

      g_test_message ("%s and %s", cases[i].a, cases[i].b);
      g_assert_cmpint (fairlead_port_mapping_overlaps (a, b), ==, cases[i].overlap);
      g_assert_cmpint (fairlead_port_mapping_overlaps (b, a), ==, cases[i].overlap);
      g_assert_true (fairlead_port_mapping_overlaps (a, a));
    }
}

static void
test_equal (void)
{
  static const char * const texts[] = {
    "80:80", "80:81", "81:80", "80:80/udp", "80-81:80-81", "127.0.0.1:80:80", "127.0.0.2:80:80", "[::1]:80:80",
  };

  g_test_summary ("Mappings are equal if all that they say is");

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (texts); j++)
      {
        g_autoptr(FairleadPortMapping) a = parse (texts[i]);
        g_autoptr(FairleadPortMapping) b = parse (texts[j]);

        g_assert_cmpint (fairlead_port_mapping_equal (a, b), ==, i == j);
      }
}

static void
test_round_trip (void)
{
  static const char * const addresses[] = {
    NULL, "0.0.0.0", "192.0.2.7", "::", "::1", "fe80::1:2", "::ffff:192.0.2.1",
  };
  static const FairleadProtocol protocols[] = { FAIRLEAD_PROTOCOL_TCP, FAIRLEAD_PROTOCOL_UDP, FAIRLEAD_PROTOCOL_SCTP };

  g_test_summary ("Any valid mapping reads back equal from its text");

  for (guint i = 0; i < 5000; i++)
    {
      const char *text = addresses[g_test_rand_int_range (0, G_N_ELEMENTS (addresses))];
      g_autoptr(GInetAddress) address = text != NULL ? g_inet_address_new_from_string (text) : NULL;
      guint host_port = g_test_rand_int_range (1, 65536);
      guint container_port = g_test_rand_int_range (1, 65536);
      guint length = g_test_rand_int_range (1, 65537 - MAX (host_port, container_port));
      g_autoptr(FairleadPortMapping) mapping =
        fairlead_port_mapping_new (protocols[i % G_N_ELEMENTS (protocols)], address, host_port, container_port, length);
      g_autofree char *printed = fairlead_port_mapping_to_string (mapping);
      g_autoptr(FairleadPortMapping) again = parse (printed);

      g_assert_true (fairlead_port_mapping_equal (mapping, again));
    }
}

static void
test_mutations (void)
{
  g_test_summary ("Damaged text either is refused with an error or gives a valid mapping");

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *text = g_strdup (good[g_test_rand_int_range (0, G_N_ELEMENTS (good))].text);
      g_autoptr(FairleadPortMapping) mapping = NULL;
      g_autoptr(GError) error = NULL;
      gsize length = strlen (text);

      for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
        text[g_test_rand_int_range (0, length)] = "0159:-/[]. tuf\xff"[g_test_rand_int_range (0, 15)];

      mapping = fairlead_port_mapping_new_from_string (text, &error);
      g_assert_true ((mapping == NULL) == (error != NULL));
      if (mapping != NULL)
        g_assert_true (fairlead_port_mapping_validate (mapping, NULL));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fairlead/port-mapping/parse", test_parse);
  g_test_add_func ("/fairlead/port-mapping/malformed", test_malformed);
  g_test_add_func ("/fairlead/port-mapping/properties", test_properties);
  g_test_add_func ("/fairlead/port-mapping/validate", test_validate);
  g_test_add_func ("/fairlead/port-mapping/validate-address", test_validate_address);
  g_test_add_func ("/fairlead/port-mapping/overlaps", test_overlaps);
  g_test_add_func ("/fairlead/port-mapping/equal", test_equal);
  g_test_add_func ("/fairlead/port-mapping/round-trip", test_round_trip);
  g_test_add_func ("/fairlead/port-mapping/mutations", test_mutations);

  return g_test_run ();
}
