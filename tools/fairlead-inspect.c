/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "fairlead-tool.h"

/* fairlead inspect: all there is to know about containers. */

static void
print_text (GVariant   *document,
            const char *key,
            const char *label,
            int         indent)
{
  const char *text;

  if (g_variant_lookup (document, key, "&s", &text) && *text)
    printf ("%*s%-*s %s\n", indent, "", 14 - indent, label, text);
}

/* Both families, with the prefix length beside the address as people write it. */
static void
print_address (GVariant   *document,
               const char *address_key,
               const char *length_key,
               const char *gateway_key)
{
  g_autoptr (GVariant) length = g_variant_lookup_value (document, length_key, NULL);
  g_autofree char *length_text = length ? g_variant_print (length, FALSE) : NULL;
  const char *address;

  if (!g_variant_lookup (document, address_key, "&s", &address) || !*address)
    return;

  printf ("    %-10s %s%s%s\n", "address", address, length_text ? "/" : "", length_text ? length_text : "");
  print_text (document, gateway_key, "gateway", 4);
}

static void
print_words (GVariant   *document,
             const char *key,
             const char *label)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (document, key, G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree const char **words = value ? g_variant_get_strv (value, NULL) : NULL;
  g_autofree char *text = words ? g_strjoinv (" ", (char **) words) : NULL;

  if (text && *text)
    printf ("    %-10s %s\n", label, text);
}

static void
print_network (const char *name,
               GVariant   *network)
{
  printf ("  network      %s\n", name);
  print_text (network, "Backend", "backend", 4);
  print_text (network, "Interface", "interface", 4);
  print_address (network, "IPAddress", "IPPrefixLen", "Gateway");
  print_address (network, "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPv6Gateway");
  print_text (network, "MacAddress", "mac", 4);
  print_words (network, "DNSServers", "dns");
}

static GVariant *
dup_unboxed (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (value) : g_variant_ref (value);
}

/* {"80/tcp": [{"HostIp": "…", "HostPort": "…"}]} */
static void
print_ports (GVariant *ports)
{
  GVariantIter iter;
  const char *container_port;
  GVariant *value;

  g_variant_iter_init (&iter, ports);
  while (g_variant_iter_loop (&iter, "{&sv}", &container_port, &value))
    for (gsize i = 0; g_variant_is_container (value) && i < g_variant_n_children (value); i++)
      {
        g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
        g_autoptr (GVariant) host = dup_unboxed (child);
        const char *address = "";
        const char *port = "";

        if (!g_variant_is_of_type (host, G_VARIANT_TYPE_DICTIONARY))
          continue;
        g_variant_lookup (host, "HostIp", "&s", &address);
        g_variant_lookup (host, "HostPort", "&s", &port);
        printf ("  port         %s%s%s -> %s\n", address, *address ? ":" : "", port, container_port);
      }
}

static void
print_container (GVariant *document)
{
  g_autoptr (GVariant) settings = g_variant_lookup_value (document, "NetworkSettings", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) networks = NULL;
  g_autoptr (GVariant) ports = NULL;
  const char *id = "";

  g_variant_lookup (document, "Id", "&s", &id);
  printf ("%s\n", id);
  print_text (document, "State", "state", 2);
  print_text (document, "Problem", "problem", 2);
  print_text (document, "Netns", "netns", 2);
  print_text (document, "Created", "created", 2);

  if (!settings)
    return;

  networks = g_variant_lookup_value (settings, "Networks", G_VARIANT_TYPE_VARDICT);
  ports = g_variant_lookup_value (settings, "Ports", G_VARIANT_TYPE_VARDICT);
  if (networks)
    {
      GVariantIter iter;
      const char *name;
      GVariant *network;

      g_variant_iter_init (&iter, networks);
      while (g_variant_iter_loop (&iter, "{&sv}", &name, &network))
        print_network (name, network);
    }
  if (ports)
    print_ports (ports);
}

static gboolean
inspect_container (FairleadTool  *tool,
                   const char    *container_id,
                   gpointer       documents,
                   GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  GVariant *document = manager ? fairlead_manager_inspect (manager, container_id, NULL, error) : NULL;

  if (!document)
    return FALSE;

  g_ptr_array_add (documents, document);

  return TRUE;
}

static int
inspect (FairleadTool  *tool,
         int            argc,
         char         **argv)
{
  g_autoptr (GPtrArray) documents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  gboolean human = FALSE;
  const GOptionEntry entries[] = {
    { "human", 0, 0, G_OPTION_ARG_NONE, &human, "Print a short text for people", NULL },
    G_OPTION_ENTRY_NULL,
  };
  int status;

  if (!fairlead_tool_parse (tool, &argc, &argv, entries, NULL))
    return FAIRLEAD_EXIT_USAGE;

  if (human && tool->json)
    return fairlead_tool_usage (tool, "--human and --json exclude each other");

  if (argc < 2)
    return fairlead_tool_usage (tool, "no container is named");

  status = fairlead_tool_for_each (tool, argv + 1, inspect_container, documents, FALSE);

  if (!human)
    fairlead_tool_print_json (g_variant_new_array (G_VARIANT_TYPE_VARDICT, (GVariant **) documents->pdata,
                                                   documents->len), TRUE);
  else
    for (guint i = 0; i < documents->len; i++)
      print_container (documents->pdata[i]);

  return status;
}

const FairleadVerb fairlead_verb_inspect = {
  .name = "inspect",
  .parameters = "ID…",
  .summary = "Show all about containers, as JSON",
  .func = inspect,
};
