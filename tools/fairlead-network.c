/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fairlead-tool.h"

/* fairlead network: writes and removes network files, and asks whether a network could take a container. */

static GVariant *
read_options (char   **words,
              GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (char **word = words; *word; word++)
    {
      const char *sign = strchr (*word, '=');
      char *key = sign ? g_strndup (*word, sign - *word) : NULL;

      if (!key)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "'%s' is not KEY=VALUE", *word);
          return NULL;
        }
      g_variant_builder_add (&builder, "{ss}", key, sign + 1);
      if (!g_hash_table_add (keys, key))
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "the key of '%s' is given twice", *word);
          return NULL;
        }
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static int
create (FairleadTool  *tool,
        const char    *name,
        const char    *backend,
        char         **words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (GVariant) options = read_options (words, &error);
  FairleadManager *manager = options ? fairlead_tool_get_manager (tool, &error) : NULL;

  if (manager)
    network = fairlead_manager_create_network (manager, name, backend, options, NULL, &error);
  if (!network)
    return fairlead_tool_fail_about (tool, error, !manager || fairlead_tool_has_backend (tool, backend));

  if (tool->json)
    {
      g_autoptr (GVariant) details = fairlead_network_inspect (network);

      fairlead_tool_print_json (details, TRUE);
    }
  else
    {
      puts (fairlead_network_get_file (network));
    }

  return FAIRLEAD_EXIT_DONE;
}

static gboolean
remove_network (FairleadTool  *tool,
                const char    *name,
                gpointer       user_data,
                GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);

  return manager && fairlead_manager_remove_network (manager, name, NULL, error);
}

static gboolean
check_network (FairleadTool  *tool,
               const char    *name,
               gpointer       user_data,
               GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  gboolean succeeded;

  if (!manager)
    return FALSE;

  fairlead_tool_begin (tool, "Checking", name);
  succeeded = fairlead_manager_check_network (manager, name, tool->cancellable, error);
  fairlead_tool_end (tool);

  return succeeded;
}

static int
check (FairleadTool  *tool,
       char         **names)
{
  g_autoptr (GError) error = NULL;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return fairlead_tool_for_each (tool, names, check_network, NULL, TRUE);
}

/* Not every network has a file that could be removed. */
static gboolean
is_known (FairleadTool *tool,
          const char   *name,
          gpointer      is_about_files)
{
  g_auto (GStrv) described = fairlead_config_dup_networks (fairlead_manager_get_config (tool->manager));

  return is_about_files ? g_strv_contains ((const char * const *) described, name)
                        : fairlead_tool_has_network (tool, name);
}

static gboolean
is_action (const char *word)
{
  static const char * const actions[] = { "create", "remove", "check", NULL };

  return word && g_strv_contains (actions, word);
}

static int
network (FairleadTool  *tool,
         int            argc,
         char         **argv)
{
  g_autofree char *backend = NULL;
  const GOptionEntry entries[] = {
    { "backend", 'b', 0, G_OPTION_ARG_STRING, &backend, "With create, the network's backend (default: bridge)", "NAME" },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "The keys are those of network files; 'fairlead backends NAME' lists them."))
    return FAIRLEAD_EXIT_USAGE;

  if (!is_action (argv[1]))
    return fairlead_tool_usage (tool, "create, remove or check is wanted%s%s", argc < 2 ? "" : ", not ",
                                argc < 2 ? "" : argv[1]);

  if (argc < 3)
    return fairlead_tool_usage (tool, "no network is named");

  if (g_str_equal (argv[1], "create"))
    return create (tool, argv[2], backend ? backend : "bridge", argv + 3);

  if (g_str_equal (argv[1], "check"))
    return check (tool, argv + 2);

  return fairlead_tool_for_each (tool, argv + 2, remove_network, GINT_TO_POINTER (TRUE), TRUE);
}

const FairleadVerb fairlead_verb_network = {
  .name = "network",
  .parameters = "create NAME [KEY=VALUE…] | remove NAME… | check NAME…",
  .summary = "Write, remove and check networks",
  .func = network,
  .is_known = is_known,
};
