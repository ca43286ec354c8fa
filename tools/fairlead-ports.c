/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "fairlead-table.h"
#include "fairlead-tool.h"

/* fairlead ports: the published ports of a container that is set up. */

typedef struct
{
  gboolean add;
  const char *id;
} PortsChange;

typedef void (*PortFunc) (FairleadAttachment  *attachment,
                          FairleadPortMapping *mapping,
                          gpointer             user_data);

static void
for_each_port (FairleadContainer *container,
               PortFunc           func,
               gpointer           user_data)
{
  GListModel *attachments = fairlead_container_get_attachments (container);

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);
      GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

      for (guint j = 0; j < g_list_model_get_n_items (mappings); j++)
        {
          g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, j);

          func (attachment, mapping, user_data);
        }
    }
}

static void
add_row (FairleadAttachment  *attachment,
         FairleadPortMapping *mapping,
         gpointer             table)
{
  fairlead_table_add (table, fairlead_port_mapping_to_string (mapping),
                      g_strdup (fairlead_attachment_get_network_name (attachment)));
}

static void
print_text (FairleadAttachment  *attachment,
            FairleadPortMapping *mapping,
            gpointer             user_data)
{
  g_autofree char *text = fairlead_port_mapping_to_string (mapping);

  puts (text);
}

static void
add_object (FairleadAttachment  *attachment,
            FairleadPortMapping *mapping,
            gpointer             array)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);
  g_autofree char *address_text = address ? g_inet_address_to_string (address) : NULL;
  g_autofree char *text = fairlead_port_mapping_to_string (mapping);

  fairlead_tool_add_string (&dict, "Port", text);
  fairlead_tool_add_string (&dict, "Network", fairlead_attachment_get_network_name (attachment));
  fairlead_tool_add_string (&dict, "Protocol",
                            fairlead_protocol_to_string (fairlead_port_mapping_get_protocol (mapping)));
  fairlead_tool_add_string (&dict, "HostIp", address_text);
  g_variant_builder_add (&dict, "{sv}", "HostPort",
                         g_variant_new_uint32 (fairlead_port_mapping_get_host_port (mapping)));
  g_variant_builder_add (&dict, "{sv}", "ContainerPort",
                         g_variant_new_uint32 (fairlead_port_mapping_get_container_port (mapping)));
  g_variant_builder_add (&dict, "{sv}", "Length",
                         g_variant_new_uint32 (fairlead_port_mapping_get_length (mapping)));
  g_variant_builder_add_value (array, g_variant_builder_end (&dict));
}

static int
list_ports (FairleadTool *tool,
            const char   *id,
            gboolean      quiet)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  FairleadManager *manager = fairlead_tool_get_manager (tool, &error);

  container = manager ? fairlead_manager_lookup_container (manager, id, NULL, &error) : NULL;
  if (!container)
    return fairlead_tool_fail_about (tool, error, !manager || !fairlead_tool_has_gone (tool, id));

  if (tool->json)
    {
      g_auto (GVariantBuilder) array = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

      for_each_port (container, add_object, &array);
      fairlead_tool_print_json (g_variant_builder_end (&array), TRUE);
    }
  else if (quiet)
    {
      for_each_port (container, print_text, NULL);
    }
  else
    {
      const char * const headings[] = { "PORT", "NETWORK", NULL };
      g_autoptr (FairleadTable) table = fairlead_table_new (headings);

      for_each_port (container, add_row, table);
      fairlead_table_print (table);
    }

  return FAIRLEAD_EXIT_DONE;
}

static gboolean
change_port (FairleadTool  *tool,
             const char    *text,
             gpointer       user_data,
             GError       **error)
{
  PortsChange *change = user_data;
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (text, error);
  FairleadManager *manager = mapping ? fairlead_tool_get_manager (tool, error) : NULL;
  gboolean succeeded;

  if (!manager)
    return FALSE;

  fairlead_tool_begin (tool, change->add ? "Publishing a port of" : "Withdrawing a port of", change->id);
  succeeded = change->add ? fairlead_manager_publish (manager, change->id, mapping, tool->cancellable, error)
                          : fairlead_manager_unpublish (manager, change->id, mapping, tool->cancellable, error);
  fairlead_tool_end (tool);

  return succeeded;
}

static gboolean
is_known (FairleadTool *tool,
          const char   *text,
          gpointer      user_data)
{
  PortsChange *change = user_data;

  return !fairlead_tool_has_gone (tool, change->id);
}

static int
ports (FairleadTool  *tool,
       int            argc,
       char         **argv)
{
  g_autoptr (GError) error = NULL;
  PortsChange change = { 0 };
  const char *action;
  gboolean quiet = FALSE;
  const GOptionEntry entries[] = {
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "With list, print ports only", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "A PORT is written as with --publish: [HOSTIP:]HPORT[-HEND]:CPORT[-CEND][/PROTOCOL]."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc < 2)
    return fairlead_tool_usage (tool, "no container is named");

  action = argc > 2 ? argv[2] : "list";
  if (g_str_equal (action, "list"))
    return argc > 3 ? fairlead_tool_usage (tool, "list takes no port, but '%s' is given", argv[3])
                    : list_ports (tool, argv[1], quiet);

  change.add = g_str_equal (action, "add");
  change.id = argv[1];
  if (!change.add && !g_str_equal (action, "remove"))
    return fairlead_tool_usage (tool, "'%s' is none of add, remove and list", action);
  if (argc < 4)
    return fairlead_tool_usage (tool, "no port is named");

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return fairlead_tool_for_each (tool, argv + 3, change_port, &change, TRUE);
}

const FairleadVerb fairlead_verb_ports = {
  .name = "ports",
  .parameters = "ID [list | add PORT… | remove PORT…]",
  .summary = "List, publish and withdraw ports of a container",
  .func = ports,
  .is_known = is_known,
};
