/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-listing.h"

/* fairlead networks: the networks that containers can be attached to, also those that are out of order. */

/* The text of a value of inspect. */
static char *
format_value (GVariant *value)
{
  g_autofree const char **strv = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return fairlead_json_print (value, FALSE);

  strv = g_variant_get_strv (value, NULL);
  return g_strjoinv (",", (char **) strv);
}

/* What the backend knows of the network besides what all networks have. */
static char *
format_details (FairleadNetwork *network)
{
  static const char * const common[] = { "Name", "Backend", "File", "Problem", "Options", NULL };
  g_autoptr (GVariant) details = fairlead_network_inspect (network);
  g_autoptr (GString) text = g_string_new (fairlead_network_get_problem (network) ? "UNUSABLE" : NULL);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, details);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned = value;
      g_autofree char *formatted = format_value (owned);

      if (!g_strv_contains (common, key) && *formatted != '\0')
        g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "", key, formatted);
    }

  return g_strdup (text->len > 0 ? text->str : "-");
}

static void
add_row (FairleadTable *table,
         gpointer       network)
{
  const char *backend = fairlead_network_get_backend_name (network);
  const char *file = fairlead_network_get_file (network);

  fairlead_table_add (table, g_strdup (fairlead_network_get_name (network)), g_strdup (backend ? backend : "-"),
                      g_strdup (file ? file : "(built in)"), format_details (network));
}

static GVariant *
describe (gpointer network)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *backend = fairlead_network_get_backend_name (network);
  const char *file = fairlead_network_get_file (network);
  g_autoptr (GVariant) details = fairlead_network_inspect (network);

  fairlead_tool_add_string (&dict, "Name", fairlead_network_get_name (network));
  fairlead_tool_add_string (&dict, "Backend", backend);
  fairlead_tool_add_string (&dict, "File", file);
  fairlead_tool_add_string (&dict, "Problem", fairlead_network_get_problem (network));
  g_variant_builder_add (&dict, "{sv}", "Details", details);

  return g_variant_builder_end (&dict);
}

static const char *
get_name (gpointer network)
{
  return fairlead_network_get_name (network);
}

static const char *
get_problem (gpointer network)
{
  return fairlead_network_get_problem (network);
}

static const char * const headings[] = { "NAME", "BACKEND", "FILE", "DETAILS", NULL };

static const FairleadListing listing = {
  .headings = headings,
  .kind = "network ",
  .get_name = get_name,
  .get_problem = get_problem,
  .add_row = add_row,
  .describe = describe,
};

static int
networks (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autoptr (GListModel) list = NULL;
  g_autoptr (GError) error = NULL;
  FairleadManager *manager;
  gboolean quiet = FALSE;
  const GOptionEntry entries[] = {
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Print names only", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries, NULL))
    return FAIRLEAD_EXIT_USAGE;

  if (argc > 1)
    return fairlead_tool_usage (tool, "there is nothing to name, but '%s' is given", argv[1]);

  manager = fairlead_tool_get_manager (tool, &error);
  list = manager ? fairlead_manager_list_networks (manager, NULL, &error) : NULL;
  if (!list)
    return fairlead_tool_fail (tool, error);

  fairlead_listing_print (&listing, tool, list, quiet);

  return FAIRLEAD_EXIT_DONE;
}

const FairleadVerb fairlead_verb_networks = {
  .name = "networks",
  .parameters = "",
  .summary = "List the networks",
  .func = networks,
};
