/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead.h>

#include <string.h>

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  guint *n_notified = user_data;

  (*n_notified)++;
}

static char *
print_networks (FairleadRequest *request)
{
  return g_variant_print (fairlead_request_get_networks (request), FALSE);
}

static void
test_properties (void)
{
  g_autoptr(FairleadRequest) request =
    g_object_new (FAIRLEAD_TYPE_REQUEST, "container-id", "c1", "share-with", "c0", NULL);
  guint n_notified = 0;

  g_test_summary ("Properties can be given at construction; a change is notified once, no change not at all");

  g_assert_cmpstr (fairlead_request_get_container_id (request), ==, "c1");
  g_assert_cmpstr (fairlead_request_get_share_with (request), ==, "c0");
  g_assert_null (fairlead_request_get_netns (request));
  g_assert_null (fairlead_request_get_error_details (request));
  g_assert_cmpuint (g_variant_n_children (fairlead_request_get_networks (request)), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (fairlead_request_get_port_mappings (request)), ==, 0);

  g_signal_connect (request, "notify::share-with", G_CALLBACK (count_notify), &n_notified);
  fairlead_request_set_share_with (request, "c0");
  g_assert_cmpuint (n_notified, ==, 0);
  fairlead_request_set_share_with (request, fairlead_request_get_share_with (request) + 1);
  g_assert_cmpstr (fairlead_request_get_share_with (request), ==, "0");
  g_assert_cmpuint (n_notified, ==, 1);
  fairlead_request_set_share_with (request, NULL);
  g_assert_null (fairlead_request_get_share_with (request));
  g_assert_cmpuint (n_notified, ==, 2);
}

static void
test_port_mappings (void)
{
  g_autoptr(FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr(FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("8080:80", NULL);
  g_autoptr(FairleadPortMapping) item = NULL;
  GListModel *model = NULL;

  g_test_summary ("Port mappings are a list model of the request");

  fairlead_request_add_port_mapping (request, mapping);
  g_object_get (request, "port-mappings", &model, NULL);
  g_assert_true (model == fairlead_request_get_port_mappings (request));
  g_assert_true (g_list_model_get_item_type (model) == FAIRLEAD_TYPE_PORT_MAPPING);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1);
  item = g_list_model_get_item (model, 0);
  g_assert_true (item == mapping);
  g_object_unref (model);
}

static void
test_networks (void)
{
  g_autoptr(FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr(GVariant) options = g_variant_ref_sink (g_variant_new_parsed ("{'mac': '02:00:00:00:00:01'}"));
  g_autoptr(GVariant) networks = NULL;
  g_autofree char *text = NULL;
  guint n_notified = 0;

  g_test_summary ("Networks keep their order and options, and each is notified");

  g_signal_connect (request, "notify::networks", G_CALLBACK (count_notify), &n_notified);
  fairlead_request_add_network (request, "lab", NULL);
  fairlead_request_add_network (request, "web", options);
  fairlead_request_add_network (request, "aux", g_variant_new_parsed ("{'ip': '10.0.0.1'}"));

  text = print_networks (request);
  g_assert_cmpstr (text, ==,
                   "[('lab', {}), ('web', {'mac': '02:00:00:00:00:01'}), ('aux', {'ip': '10.0.0.1'})]");
  g_assert_cmpuint (n_notified, ==, 3);

  g_object_get (request, "networks", &networks, NULL);
  g_assert_cmpvariant (networks, fairlead_request_get_networks (request));
}

static void
test_from_string (void)
{
  static const struct { const char *text, *networks; } cases[] = {
    { "lab", "('lab', {})" },
    { "lab:ip=10.88.0.5", "('lab', {'ip': '10.88.0.5'})" },
    { "lab:ip=10.88.0.5:mac=02:00:00:00:00:01", "('lab', {'ip': '10.88.0.5', 'mac': '02:00:00:00:00:01'})" },
    { "lab:ip6=fd00::5:mac=02:00:00:00:00:01", "('lab', {'ip6': 'fd00::5', 'mac': '02:00:00:00:00:01'})" },
    { "lab:ip6=fd00::a:interface=eth0", "('lab', {'ip6': 'fd00::a', 'interface': 'eth0'})" },
    { "lab:ip6=::", "('lab', {'ip6': '::'})" },
    { "lab:ip6=:::ip=1", "('lab', {'ip6': '::', 'ip': '1'})" },
    { "lab:a=:b=", "('lab', {'a': '', 'b': ''})" },
    { "lab:a=b=c", "('lab', {'a': 'b=c'})" },
    { "lab:a=b:=c", "('lab', {'a': 'b:=c'})" },
    { "lab:a=b:C=d", "('lab', {'a': 'b:C=d'})" },
    { "lab:a=b:1c=d", "('lab', {'a': 'b:1c=d'})" },
    { "lab:a=b:c.=d", "('lab', {'a': 'b:c.=d'})" },
    { "lab:a=b\\:c=d", "('lab', {'a': 'b:c=d'})" },
    { "lab:a=\\\\:b=\\x", "('lab', {'a': '\\\\', 'b': 'x'})" },
    { "lab:cni-args.K8S_POD-name.x=v", "('lab', {'cni-args.K8S_POD-name.x': 'v'})" },
    { "a\\:b\\\\:k=v", "('a:b\\\\', {'k': 'v'})" },
    { "l=b:k=v", "('l=b', {'k': 'v'})" },
    { "lab:label=\xc3\xa9 \\\xc3\xa9", "('lab', {'label': '\xc3\xa9 \xc3\xa9'})" },
  };

  g_test_summary ("A network's text is parted at colons that a key follows");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(FairleadRequest) request = fairlead_request_new ("c1");
      g_autoptr(GError) error = NULL;
      g_autofree char *expected = g_strdup_printf ("[%s]", cases[i].networks);
      g_autofree char *networks = NULL;

      g_assert_true (fairlead_request_add_network_from_string (request, cases[i].text, &error));
      g_assert_no_error (error);
      networks = print_networks (request);
      g_assert_cmpstr (networks, ==, expected);
    }
}

static void
test_malformed (void)
{
  static const struct { const char *text, *message; } cases[] = {
    { "", "the name is missing" },
    { ":ip=10.0.0.1", "the name is missing" },
    { ":", "\"\" is not KEY=VALUE" },
    { "lab:", "\"\" is not KEY=VALUE" },
    { "lab:ip", "\"ip\" is not KEY=VALUE" },
    { "lab:=v", "\"=v\" is not KEY=VALUE" },
    { "lab::ip=v", "\":ip=v\" is not KEY=VALUE" },
    { "lab:IP=v", "\"IP=v\" is not KEY=VALUE" },
    { "lab: ip=v", "is not KEY=VALUE" },
    { "lab:i\\p=v", "is not KEY=VALUE" },
    { "lab:a.=v", "is not KEY=VALUE" },
    { "lab:a.b/c=v", "is not KEY=VALUE" },
    { "lab:a_b=v", "is not KEY=VALUE" },
    { "lab:ip=1:mac=2:ip=3", "option \"ip\" is given twice" },
    { "lab:ip=1:ip=1", "option \"ip\" is given twice" },
    { "lab\\", "ends in a backslash" },
    { "lab:ip=1\\", "ends in a backslash" },
    { "lab:ip=\xff", "not UTF-8" },
  };
  g_autoptr(FairleadRequest) request = fairlead_request_new ("c1");

  g_test_summary ("Malformed text is refused with its fault named, and the request stays as it was");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (fairlead_request_add_network_from_string (request, cases[i].text, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].message));
      g_assert_cmpuint (g_variant_n_children (fairlead_request_get_networks (request)), ==, 0);
    }
}

static void
test_escape_round_trip (void)
{
  static const char alphabet[] = "ab=:.\\-1";

  g_test_summary ("Any name and value, written with every character escaped, is read back unchanged");

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr(FairleadRequest) request = fairlead_request_new ("c1");
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) options = NULL;
      char words[2][9] = { "", "" };
      const char *name, *value;

      for (guint word = 0; word < 2; word++)
        {
          int length = g_test_rand_int_range (1, 9);

          if (word == 1)
            g_string_append (text, ":key.X=");
          for (int j = 0; j < length; j++)
            {
              words[word][j] = alphabet[g_test_rand_int_range (0, strlen (alphabet))];
              g_string_append_printf (text, "\\%c", words[word][j]);
            }
        }

      g_assert_true (fairlead_request_add_network_from_string (request, text->str, &error));
      g_assert_no_error (error);
      g_variant_get_child (fairlead_request_get_networks (request), 0, "(&s@a{ss})", &name, &options);
      g_assert_cmpstr (name, ==, words[0]);
      g_assert_true (g_variant_lookup (options, "key.X", "&s", &value));
      g_assert_cmpstr (value, ==, words[1]);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fairlead/request/properties", test_properties);
  g_test_add_func ("/fairlead/request/port-mappings", test_port_mappings);
  g_test_add_func ("/fairlead/request/networks", test_networks);
  g_test_add_func ("/fairlead/request/network-text/well-formed", test_from_string);
  g_test_add_func ("/fairlead/request/network-text/malformed", test_malformed);
  g_test_add_func ("/fairlead/request/network-text/escape-round-trip", test_escape_round_trip);

  return g_test_run ();
}
