/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-listing.h"

/* fairlead list: the containers that have a state file, also those whose file is damaged. */

/* A cell is never empty, so that a line always has as many words as the table has columns. */
static char *
end_cell (GString *text)
{
  if (text->len == 0)
    g_string_append_c (text, '-');

  return g_string_free (text, FALSE);
}

static char *
dup_networks (FairleadContainer *container)
{
  GListModel *attachments = fairlead_container_get_attachments (container);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", fairlead_attachment_get_network_name (attachment));
    }

  return end_cell (text);
}

static GPtrArray *
dup_address_texts (FairleadAttachment *attachment)
{
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);

      g_ptr_array_add (texts, fairlead_interface_address_to_string (address));
    }

  return texts;
}

static char *
dup_addresses (FairleadContainer *container)
{
  GListModel *attachments = fairlead_container_get_attachments (container);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);
      g_autoptr (GPtrArray) addresses = dup_address_texts (attachment);

      for (guint j = 0; j < addresses->len; j++)
        g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", (const char *) addresses->pdata[j]);
    }

  return end_cell (text);
}

static void
add_row (FairleadTable *table,
         gpointer       container)
{
  const char *netns = fairlead_container_get_netns_path (container);
  char *created = fairlead_tool_dup_time (fairlead_container_get_created (container));

  fairlead_table_add (table, g_strdup (fairlead_container_get_id (container)),
                      g_strdup (fairlead_tool_state_name (fairlead_container_get_state (container))),
                      g_strdup (netns ? netns : "-"), dup_networks (container), dup_addresses (container),
                      created ? created : g_strdup ("-"));
}

static GVariant *
describe_attachment (FairleadAttachment *attachment)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GPtrArray) addresses = dup_address_texts (attachment);
  const char *interface = fairlead_attachment_get_interface (attachment);

  fairlead_tool_add_string (&dict, "Name", fairlead_attachment_get_network_name (attachment));
  fairlead_tool_add_string (&dict, "Backend", fairlead_attachment_get_backend_name (attachment));
  fairlead_tool_add_string (&dict, "State", fairlead_tool_state_name (fairlead_attachment_get_state (attachment)));
  fairlead_tool_add_string (&dict, "Interface", interface);
  g_variant_builder_add (&dict, "{sv}", "Addresses",
                         g_variant_new_strv ((const char * const *) addresses->pdata, addresses->len));

  return g_variant_builder_end (&dict);
}

GVariant *
fairlead_list_describe (gpointer container)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) networks = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *created = fairlead_tool_dup_time (fairlead_container_get_created (container));
  GListModel *attachments = fairlead_container_get_attachments (container);
  const char *netns = fairlead_container_get_netns_path (container);
  const char *problem = fairlead_container_get_problem (container);

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);

      g_variant_builder_add_value (&networks, describe_attachment (attachment));
    }

  fairlead_tool_add_string (&dict, "Id", fairlead_container_get_id (container));
  fairlead_tool_add_string (&dict, "State", fairlead_tool_state_name (fairlead_container_get_state (container)));
  fairlead_tool_add_string (&dict, "Netns", netns);
  fairlead_tool_add_string (&dict, "Created", created);
  g_variant_builder_add (&dict, "{sv}", "Networks", g_variant_builder_end (&networks));
  fairlead_tool_add_string (&dict, "Problem", problem);

  return g_variant_builder_end (&dict);
}

static const char *
get_name (gpointer container)
{
  return fairlead_container_get_id (container);
}

static const char *
get_problem (gpointer container)
{
  return fairlead_container_get_problem (container);
}

static const char * const headings[] = { "ID", "STATE", "NETNS", "NETWORKS", "ADDRESSES", "CREATED", NULL };

static const FairleadListing listing = {
  .headings = headings,
  .kind = "",
  .get_name = get_name,
  .get_problem = get_problem,
  .add_row = add_row,
  .describe = fairlead_list_describe,
};

static int
list (FairleadTool  *tool,
      int            argc,
      char         **argv)
{
  g_autoptr (GListModel) containers = NULL;
  g_autoptr (GError) error = NULL;
  FairleadManager *manager;
  gboolean quiet = FALSE;
  const GOptionEntry entries[] = {
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Print identifiers only", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries, NULL))
    return FAIRLEAD_EXIT_USAGE;

  if (argc > 1)
    return fairlead_tool_usage (tool, "there is nothing to name, but '%s' is given", argv[1]);

  manager = fairlead_tool_get_manager (tool, &error);
  containers = manager ? fairlead_manager_list_containers (manager, NULL, &error) : NULL;
  if (!containers)
    return fairlead_tool_fail (tool, error);

  fairlead_listing_print (&listing, tool, containers, quiet);

  return FAIRLEAD_EXIT_DONE;
}

const FairleadVerb fairlead_verb_list = {
  .name = "list",
  .parameters = "",
  .summary = "List the containers",
  .func = list,
};
