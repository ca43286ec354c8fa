/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <errno.h>
#include <string.h>

static void
test_address_parse (void)
{
  static const struct { const char *cidr, *gateway, *canonical; guint prefix_length; } cases[] = {
    { "10.88.0.5/16", "10.88.0.1", "10.88.0.5/16", 16 },
    { "10.88.0.5/0", NULL, "10.88.0.5/0", 0 },
    { "10.88.0.5/32", "192.0.2.1", "10.88.0.5/32", 32 },
    { "fd00:0::0005/64", "fe80::1", "fd00::5/64", 64 },
    { "10.88.0.5/16", "fe80::1", "10.88.0.5/16", 16 },
    { "::1/128", NULL, "::1/128", 128 },
  };

  g_test_summary ("An address keeps its host bits, prefix length and gateway");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(FairleadInterfaceAddress) address = NULL;
      g_autofree char *text = NULL;
      g_autofree char *gateway = NULL;

      address = fairlead_interface_address_new_from_string ("eth0", cases[i].cidr, cases[i].gateway, &error);
      g_assert_no_error (error);
      text = fairlead_interface_address_to_string (address);
      g_assert_cmpstr (text, ==, cases[i].canonical);
      g_assert_cmpuint (fairlead_interface_address_get_prefix_length (address), ==, cases[i].prefix_length);
      g_assert_cmpstr (fairlead_interface_address_get_interface_name (address), ==, "eth0");

      if (fairlead_interface_address_get_gateway (address) != NULL)
        gateway = g_inet_address_to_string (fairlead_interface_address_get_gateway (address));
      g_assert_cmpstr (gateway, ==, cases[i].gateway);
    }
}

static void
test_address_malformed (void)
{
  static const struct { const char *name, *cidr, *gateway, *message; } cases[] = {
    { NULL, "", NULL, "lacks its prefix length" },
    { NULL, "10.0.0.1", NULL, "lacks its prefix length" },
    { NULL, "/8", NULL, "\"\" is not an IP address" },
    { NULL, "10.0.0.1/", NULL, "prefix length \"\" is not a number from 0 to 32" },
    { NULL, "10.0.0.1/33", NULL, "prefix length \"33\"" },
    { NULL, "10.0.0.1/-1", NULL, "prefix length \"-1\"" },
    { NULL, "10.0.0.1/+8", NULL, "prefix length \"+8\"" },
    { NULL, "10.0.0.1/ 8", NULL, "prefix length" },
    { NULL, "10.0.0.1/8 ", NULL, "prefix length" },
    { NULL, "10.0.0.1/8/8", NULL, "prefix length" },
    { NULL, "10.0.0.1/255.0.0.0", NULL, "prefix length" },
    { NULL, "10.0.0.1/4294967304", NULL, "prefix length" },
    { NULL, "::1/129", NULL, "from 0 to 128" },
    { NULL, "10.0.0/8", NULL, "not an IP address" },
    { NULL, "010.0.0.1/8", NULL, "not an IP address" },
    { NULL, "host/8", NULL, "not an IP address" },
    { NULL, "10.0.0.1/8", "", "Gateway \"\" is not an IP address" },
    { NULL, "10.0.0.1/8", "10.0.0.2/8", "is not an IP address" },
    { "", "10.0.0.1/8", NULL, "cannot be the name of an interface" },
    { "a/b", "10.0.0.1/8", NULL, "\"a/b\" cannot be the name" },
    { "\xff", "10.0.0.1/8", NULL, "cannot be the name of an interface" },
    { NULL, "\xff/8", NULL, "not UTF-8" },
    { NULL, "10.0.0.1/8", "\xff", "not UTF-8" },
  };

  g_test_summary ("A malformed address, gateway or name is refused with its fault named");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      FairleadInterfaceAddress *address =
        fairlead_interface_address_new_from_string (cases[i].name, cases[i].cidr, cases[i].gateway, &error);

      g_test_message ("%s", error != NULL ? error->message : cases[i].cidr);
      g_assert_null (address);
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].message));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

static void
test_interface_properties (void)
{
  g_autoptr(FairleadInterface) interface = fairlead_interface_new ("eth0", "02:00:00:00:00:01", 1500, "/run/netns/c1");
  g_autoptr(FairleadInterface) bare = g_object_new (FAIRLEAD_TYPE_INTERFACE, "name", "lo", NULL);

  g_test_summary ("An interface holds what it was given; all but the name may be missing");

  g_assert_cmpstr (fairlead_interface_get_name (interface), ==, "eth0");
  g_assert_cmpstr (fairlead_interface_get_mac_address (interface), ==, "02:00:00:00:00:01");
  g_assert_cmpuint (fairlead_interface_get_mtu (interface), ==, 1500);
  g_assert_cmpstr (fairlead_interface_get_sandbox (interface), ==, "/run/netns/c1");

  g_assert_cmpstr (fairlead_interface_get_name (bare), ==, "lo");
  g_assert_null (fairlead_interface_get_mac_address (bare));
  g_assert_cmpuint (fairlead_interface_get_mtu (bare), ==, 0);
  g_assert_null (fairlead_interface_get_sandbox (bare));
}

static void
test_interface_names (void)
{
  static const char * const valid[] = {
    "a", "lo", "eth0", "eth0.100", "veth-1_2@x", "abcdefghijklmno", "...", ".a", "\xc3\xa9t0", "\xe2\x82\xac",
  };
  static const char * const invalid[] = {
    "", ".", "..", "a/b", "/", "a:b", ":", "a b", " a", "a\t", "a\n", "a\x0b", "a\x01", "a\x7f", "eth%d", "%",
    "abcdefghijklmnop", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xff", "a\xc3",
    "a\xc2\xa0z", "a\xc2\x85", "a\xe2\x80\x83", "a\xe2\x80\xa8", "a\xe3\x80\x80",
  };

  g_test_summary ("Names of interfaces are checked as the kernel and CNI do");

  for (gsize i = 0; i < G_N_ELEMENTS (valid); i++)
    g_assert_true (fairlead_interface_name_is_valid (valid[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++)
    g_assert_false (fairlead_interface_name_is_valid (invalid[i]));
}

static void
test_route (void)
{
  g_autoptr(GInetAddressMask) destination = g_inet_address_mask_new_from_string ("10.0.0.0/8", NULL);
  g_autoptr(GInetAddress) gateway = g_inet_address_new_from_string ("10.88.0.1");
  g_autoptr(FairleadRoute) route = fairlead_route_new (destination, gateway, 100);
  g_autoptr(FairleadRoute) full = NULL;
  g_autoptr(FairleadRoute) nowhere = fairlead_route_new_for_type (FAIRLEAD_ROUTE_TYPE_PROHIBIT, destination, 7);

  g_test_summary ("A route holds what it was given; the rest is left to the kernel");

  g_assert_cmpint (fairlead_route_get_route_type (route), ==, FAIRLEAD_ROUTE_TYPE_UNICAST);
  g_assert_cmpint (fairlead_route_get_route_type (nowhere), ==, FAIRLEAD_ROUTE_TYPE_PROHIBIT);
  g_assert_null (fairlead_route_get_gateway (nowhere));
  g_assert_true (fairlead_route_get_destination (route) == destination);
  g_assert_true (fairlead_route_get_gateway (route) == gateway);
  g_assert_cmpuint (fairlead_route_get_metric (route), ==, 100);
  g_assert_cmpuint (fairlead_route_get_table (route), ==, 0);
  g_assert_cmpint (fairlead_route_get_scope (route), ==, -1);
  g_assert_cmpuint (fairlead_route_get_mtu (route), ==, 0);
  g_assert_cmpuint (fairlead_route_get_advmss (route), ==, 0);

  full = g_object_new (FAIRLEAD_TYPE_ROUTE,
                       "destination", destination,
                       "table", 4294967295u, "scope", 0, "mtu", 1400u, "advmss", 1360u,
                       NULL);
  g_assert_null (fairlead_route_get_gateway (full));
  g_assert_cmpuint (fairlead_route_get_metric (full), ==, 0);
  g_assert_cmpuint (fairlead_route_get_table (full), ==, 4294967295u);
  g_assert_cmpint (fairlead_route_get_scope (full), ==, 0);
  g_assert_cmpuint (fairlead_route_get_mtu (full), ==, 1400);
  g_assert_cmpuint (fairlead_route_get_advmss (full), ==, 1360);
}

static void
test_enum_nicks (void)
{
  static const struct { GType (*get_type) (void); const char *nicks; } cases[] = {
    { fairlead_protocol_get_type, "tcp udp sctp" },
    { fairlead_state_get_type, "planned setting-up ready tearing-down gone damaged" },
    { fairlead_netns_origin_get_type, "host created path pid shared" },
    { fairlead_default_route_get_type, "auto yes no" },
    { fairlead_route_type_get_type, "unicast blackhole unreachable prohibit" },
  };
  g_autoptr(GFlagsClass) capabilities = g_type_class_ref (FAIRLEAD_TYPE_BACKEND_CAPABILITIES);

  g_test_summary ("Keyfiles and state files depend on the nicks of enumerations");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GEnumClass) enum_class = g_type_class_ref (cases[i].get_type ());
      g_auto(GStrv) nicks = g_strsplit (cases[i].nicks, " ", -1);

      g_assert_cmpuint (enum_class->n_values, ==, g_strv_length (nicks));
      for (guint j = 0; j < enum_class->n_values; j++)
        g_assert_cmpstr (enum_class->values[j].value_nick, ==, nicks[j]);
    }

  g_assert_cmpuint (capabilities->n_values, ==, 14);
  g_assert_cmpuint (capabilities->mask, ==, (1 << 13) - 1);
  g_assert_cmpuint (g_flags_get_value_by_nick (capabilities, "interface-name")->value, ==,
                    FAIRLEAD_BACKEND_CAP_INTERFACE_NAME);

  for (guint j = 0; j < 3; j++)
    {
      g_autoptr(GEnumClass) protocols = g_type_class_ref (FAIRLEAD_TYPE_PROTOCOL);

      g_assert_cmpstr (fairlead_protocol_to_string (protocols->values[j].value), ==, protocols->values[j].value_nick);
    }
}

static void
test_error_details (void)
{
  g_autoptr(GError) error = g_error_new_literal (FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "bridge failed");
  g_autoptr(GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  g_autoptr(GError) copy = NULL;
  g_autoptr(GVariant) details = NULL;
  guint code = 0;

  g_test_summary ("Details belong to an error, to its copies, and to no other domain");

  g_assert_null (fairlead_error_get_details (error));
  g_assert_null (fairlead_error_get_details (other));

  fairlead_error_set_details (error,
                              g_variant_new_parsed ("{'cni-code': <uint32 11>, 'plugin': <'/opt/cni/bin/bridge'>}"));
  g_prefix_error (&error, "setup: ");
  copy = g_error_copy (error);

  fairlead_error_set_details (error, NULL);
  g_assert_null (fairlead_error_get_details (error));
  g_assert_error (copy, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED);
  g_assert_true (g_variant_lookup (fairlead_error_get_details (copy), "cni-code", "u", &code));
  g_assert_cmpuint (code, ==, 11);

  /* What an error holds may be set again, and is not taken away from a caller that owns it. */
  details = g_variant_ref (fairlead_error_get_details (copy));
  fairlead_error_set_details (copy, fairlead_error_get_details (copy));
  fairlead_error_set_details (copy, details);
  g_assert_true (fairlead_error_get_details (copy) == details);
}

static void
test_error_errno (void)
{
  static const struct { int saved_errno; FairleadError code; } cases[] = {
    { EPERM, FAIRLEAD_ERROR_PERMISSION_DENIED }, { EACCES, FAIRLEAD_ERROR_PERMISSION_DENIED },
    { EROFS, FAIRLEAD_ERROR_PERMISSION_DENIED }, { ENOENT, FAIRLEAD_ERROR_NOT_FOUND },
    { ENODEV, FAIRLEAD_ERROR_NOT_FOUND }, { ENXIO, FAIRLEAD_ERROR_NOT_FOUND }, { ESRCH, FAIRLEAD_ERROR_NOT_FOUND },
    { EEXIST, FAIRLEAD_ERROR_ALREADY_EXISTS }, { EBUSY, FAIRLEAD_ERROR_BUSY }, { EADDRINUSE, FAIRLEAD_ERROR_BUSY },
    { ENOSPC, FAIRLEAD_ERROR_EXHAUSTED }, { EMFILE, FAIRLEAD_ERROR_EXHAUSTED },
    { EOPNOTSUPP, FAIRLEAD_ERROR_NOT_SUPPORTED }, { ENOSYS, FAIRLEAD_ERROR_NOT_SUPPORTED },
    { EAFNOSUPPORT, FAIRLEAD_ERROR_NOT_SUPPORTED }, { EINVAL, FAIRLEAD_ERROR_INVALID_ARGUMENT },
    { EAGAIN, FAIRLEAD_ERROR_TRY_AGAIN }, { EINTR, FAIRLEAD_ERROR_TRY_AGAIN },
    { ETIMEDOUT, FAIRLEAD_ERROR_TIMED_OUT }, { EIO, FAIRLEAD_ERROR_FAILED }, { 0, FAIRLEAD_ERROR_FAILED },
  };

  g_test_summary ("An errno gives the code a caller can act on, and its text in the message");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *expected = g_strdup_printf ("mkdir /x: %s", g_strerror (cases[i].saved_errno));

      fairlead_error_set_errno (&error, cases[i].saved_errno, "mkdir %s", "/x");
      g_assert_error (error, FAIRLEAD_ERROR, (int) cases[i].code);
      g_assert_cmpstr (error->message, ==, expected);
    }

  fairlead_error_set_errno (NULL, ENOENT, "nobody asks");
}

static void
test_address_nth (void)
{
  static const struct { const char *network; guint number; const char *address; } cases[] = {
    { "10.0.2.0/24", 0, "10.0.2.0" },
    { "10.0.2.0/24", 255, "10.0.2.255" },
    { "10.0.2.0/24", 256, NULL },
    { "10.77.0.0/16", 258, "10.77.1.2" },
    { "10.0.0.7/32", 0, "10.0.0.7" },
    { "10.0.0.7/32", 1, NULL },
    { "0.0.0.0/0", G_MAXUINT, "255.255.255.255" },
    { "fd00::/64", 100, "fd00::64" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GInetAddressMask) network = g_inet_address_mask_new_from_string (cases[i].network, NULL);
      g_autoptr (GInetAddress) address = fairlead_inet_address_nth (network, cases[i].number);
      g_autofree char *text = address != NULL ? g_inet_address_to_string (address) : NULL;

      g_assert_cmpstr (text, ==, cases[i].address);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fairlead/interface-address/parse", test_address_parse);
  g_test_add_func ("/fairlead/interface-address/malformed", test_address_malformed);
  g_test_add_func ("/fairlead/interface-address/nth", test_address_nth);
  g_test_add_func ("/fairlead/interface/properties", test_interface_properties);
  g_test_add_func ("/fairlead/interface/names", test_interface_names);
  g_test_add_func ("/fairlead/route/properties", test_route);
  g_test_add_func ("/fairlead/enums/nicks", test_enum_nicks);
  g_test_add_func ("/fairlead/error/details", test_error_details);
  g_test_add_func ("/fairlead/error/errno", test_error_errno);

  return g_test_run ();
}
