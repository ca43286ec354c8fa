/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fairlead-listing.h"

/* fairlead backends: the backend modules there are, also those that cannot be loaded; or all about one. */

static const char *
or_empty (const char *text)
{
  return text ? text : "";
}

static char **
dup_capabilities (FairleadModule *module)
{
  g_autoptr (GFlagsClass) flags = g_type_class_ref (FAIRLEAD_TYPE_BACKEND_CAPABILITIES);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint capabilities = fairlead_module_get_capabilities (module);

  for (guint i = 0; i < flags->n_values; i++)
    if (flags->values[i].value != 0 && (capabilities & flags->values[i].value) == flags->values[i].value)
      g_strv_builder_add (names, flags->values[i].value_nick);

  return g_strv_builder_end (names);
}

static void
add_row (FairleadTable *table,
         gpointer       module)
{
  const char *problem = fairlead_module_get_problem (module);
  const char *version = fairlead_module_get_version (module);

  fairlead_table_add (table, g_strdup (fairlead_module_get_name (module)), g_strdup (version ? version : "-"),
                      problem ? g_strdup_printf ("cannot be loaded: %s", problem)
                              : g_strdup (or_empty (fairlead_module_get_description (module))));
}

/* @keys are given for one backend that was asked for by name. */
static GVariant *
describe_module (FairleadModule *module,
                 GVariant       *keys)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GStrv) capabilities = dup_capabilities (module);
  const char *problem = fairlead_module_get_problem (module);

  fairlead_tool_add_string (&dict, "Name", fairlead_module_get_name (module));
  fairlead_tool_add_string (&dict, "Version", fairlead_module_get_version (module));
  fairlead_tool_add_string (&dict, "Description", fairlead_module_get_description (module));
  fairlead_tool_add_string (&dict, "Licence", fairlead_module_get_licence (module));
  fairlead_tool_add_string (&dict, "File", fairlead_module_get_file (module));
  g_variant_builder_add (&dict, "{sv}", "Capabilities",
                         g_variant_new_strv ((const char * const *) capabilities, -1));
  fairlead_tool_add_string (&dict, "Problem", problem);
  if (keys)
    g_variant_builder_add (&dict, "{sv}", "Keys", keys);

  return g_variant_builder_end (&dict);
}

static GVariant *
describe (gpointer module)
{
  return describe_module (module, NULL);
}

static const char *
get_name (gpointer module)
{
  return fairlead_module_get_name (module);
}

static const char * const headings[] = { "NAME", "VERSION", "DESCRIPTION", NULL };

/* Their problems are in the table: a module that cannot be loaded may well be one that nobody wants. */
static const FairleadListing listing = {
  .headings = headings,
  .kind = "",
  .get_name = get_name,
  .add_row = add_row,
  .describe = describe,
};

static void
print_keys (GVariant *keys)
{
  g_autofree char *last_group = NULL;

  for (gsize i = 0; i < g_variant_n_children (keys); i++)
    {
      g_autoptr (GVariant) key = g_variant_get_child_value (keys, i);
      const char *group = "", *name = "", *type = "", *fallback = "", *range = "", *description = "";
      gboolean config = FALSE, request = FALSE;

      g_variant_lookup (key, "Group", "&s", &group);
      g_variant_lookup (key, "Key", "&s", &name);
      g_variant_lookup (key, "Type", "&s", &type);
      g_variant_lookup (key, "Default", "&s", &fallback);
      g_variant_lookup (key, "Range", "&s", &range);
      g_variant_lookup (key, "Description", "&s", &description);
      g_variant_lookup (key, "Config", "b", &config);
      g_variant_lookup (key, "Request", "b", &request);

      if (g_strcmp0 (group, last_group) != 0)
        {
          printf ("\n[%s]\n", group);
          g_free (last_group);
          last_group = g_strdup (group);
        }
      printf ("  %s%s=%s\n      %s (%s%s%s)%s%s\n", name, strcmp (type, "table") == 0 ? ".NAME" : "", fallback, description,
              type, *range ? ", " : "", range, request ? config ? "; also" : "; only" : "",
              request ? " in a request, NETWORK:KEY=VALUE" : "");
    }
}

static void
print_backend (FairleadModule *module,
               GVariant       *keys)
{
  g_auto (GStrv) capabilities = dup_capabilities (module);
  g_autofree char *capability_list = g_strjoinv (" ", capabilities);

  printf ("%s %s: %s\n", fairlead_module_get_name (module), or_empty (fairlead_module_get_version (module)),
          or_empty (fairlead_module_get_description (module)));
  printf ("  licence       %s\n", or_empty (fairlead_module_get_licence (module)));
  printf ("  file          %s\n", or_empty (fairlead_module_get_file (module)));
  printf ("  capabilities  %s\n", capability_list);
  print_keys (keys);
}

static int
show_backend (FairleadTool    *tool,
              FairleadManager *manager,
              const char      *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (manager, name, &error);
  g_autoptr (GVariant) keys = NULL;
  FairleadModule *module;

  if (!backend)
    return fairlead_tool_fail_about (tool, error, fairlead_tool_has_backend (tool, name));

  module = fairlead_backend_get_module (backend);
  keys = fairlead_backend_dup_keys (backend);
  if (tool->json)
    {
      GVariant *description = describe_module (module, keys);

      fairlead_tool_print_json (g_variant_new_array (NULL, &description, 1), TRUE);
    }
  else
    print_backend (module, keys);

  return FAIRLEAD_EXIT_DONE;
}

static int
backends (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autoptr (GListModel) modules = NULL;
  g_autoptr (GError) error = NULL;
  FairleadManager *manager;
  gboolean quiet = FALSE;
  const GOptionEntry entries[] = {
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Print names only", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries, "With NAME: its capabilities and configuration keys."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc > 2)
    return fairlead_tool_usage (tool, "more than one backend is named");

  manager = fairlead_tool_get_manager (tool, &error);
  if (!manager)
    return fairlead_tool_fail (tool, error);

  if (argc == 2)
    return show_backend (tool, manager, argv[1]);

  modules = fairlead_manager_list_modules (manager);
  fairlead_listing_print (&listing, tool, modules, quiet);

  return FAIRLEAD_EXIT_DONE;
}

const FairleadVerb fairlead_verb_backends = {
  .name = "backends",
  .parameters = "[NAME]",
  .summary = "List the backends, or describe one",
  .func = backends,
};
