/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fairlead-table.h"
#include "fairlead-tool.h"

/* fairlead config check: reads all configuration files as every verb does, and those that are only read when they are
 * needed too; shows what comes of them and from where. */

typedef struct
{
  FairleadManager *manager;
  GPtrArray *rows;     /* (element-type GStrv) group, key, value, origin */
  GPtrArray *networks; /* (element-type GStrv) name, backend, file */
  GPtrArray *problems; /* (element-type utf8) */
  int status;          /* of the first problem */
} Report;

static void
report_clear (Report *report)
{
  g_ptr_array_unref (report->rows);
  g_ptr_array_unref (report->networks);
  g_ptr_array_unref (report->problems);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Report, report_clear)

static void
add_problem (FairleadTool *tool,
             Report       *report,
             const char   *message,
             int           status)
{
  fairlead_tool_complain ("%s", message);
  g_ptr_array_add (report->problems, g_strdup (message));
  if (report->status == FAIRLEAD_EXIT_DONE)
    report->status = status;
}

static void
add_row (GPtrArray  *rows,
         const char *a,
         const char *b,
         const char *c,
         const char *d)
{
  const char *row[] = { a, b, c, d, NULL };

  g_ptr_array_add (rows, g_strdupv ((char **) row));
}

static gboolean
has_row (Report     *report,
         const char *group,
         const char *key)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      char **row = report->rows->pdata[i];

      if (g_str_equal (row[0], group) && g_str_equal (row[1], key))
        return TRUE;
    }

  return FALSE;
}

/* What the group of a loaded backend has beside what is set. */
static void
add_defaults (Report     *report,
              GVariant   *keys,
              const char *wanted)
{
  GVariantIter iter;
  GVariant *dict;

  g_variant_iter_init (&iter, keys);
  while (g_variant_iter_loop (&iter, "@a{sv}", &dict))
    {
      const char *group = "", *key = "", *text = "";
      gboolean is_config = FALSE;

      g_variant_lookup (dict, "Group", "&s", &group);
      g_variant_lookup (dict, "Key", "&s", &key);
      g_variant_lookup (dict, "Default", "&s", &text);
      g_variant_lookup (dict, "Config", "b", &is_config);
      if (is_config && g_str_equal (group, wanted) && !has_row (report, group, key))
        add_row (report->rows, group, key, text, "");
    }
}

/* A backend checks its group when it is loaded. */
static void
check_backend (FairleadTool *tool,
               Report       *report,
               const char   *group)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadBackend) backend =
    fairlead_manager_load_backend (report->manager, group + strlen ("backend "), &error);
  g_autoptr (GVariant) keys = NULL;

  if (!backend)
    {
      add_problem (tool, report, error->message, FAIRLEAD_EXIT_USAGE);
      return;
    }

  keys = fairlead_backend_dup_keys (backend);
  add_defaults (report, keys, group);
}

/* The default of the key may name a backend that is not installed. */
static void
check_discover (FairleadTool   *tool,
                Report         *report,
                FairleadConfig *config)
{
  const char *origin = fairlead_config_get_origin (config, "core", "discover");

  for (const char * const *name = fairlead_config_get_discover (config); origin && *name; name++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadBackend) backend = fairlead_manager_load_backend (report->manager, *name, &error);
      g_autofree char *message = NULL;

      if (backend || !g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND))
        continue;
      message = g_strdup_printf ("%s: [core] discover: %s", origin, error->message);
      add_problem (tool, report, message, FAIRLEAD_EXIT_USAGE);
    }
}

static void
check_values (FairleadTool   *tool,
              Report         *report,
              FairleadConfig *config)
{
  g_autoptr (GVariant) values = fairlead_config_dup_values (config);
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) names = NULL;
  GVariantIter iter;
  const char *group, *key, *text, *origin;

  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &group, &key, &text, &origin))
    {
      add_row (report->rows, group, key, text, origin);
      if (!g_str_equal (group, "core"))
        g_hash_table_add (groups, (char *) group);
    }

  names = g_list_sort (g_hash_table_get_keys (groups), (GCompareFunc) (void (*) (void)) strcmp);
  for (GList *name = names; name; name = name->next)
    check_backend (tool, report, name->data);
  check_discover (tool, report, config);
}

/* Only those of files: what a backend finds is another program's configuration. */
static void
check_networks (FairleadTool   *tool,
                Report         *report,
                FairleadConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (report->manager, NULL, &error);
  g_auto (GStrv) described = fairlead_config_dup_networks (config);

  if (!networks)
    {
      add_problem (tool, report, error->message, FAIRLEAD_EXIT_FAILED);
      return;
    }

  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      const char *backend = fairlead_network_get_backend_name (network);
      const char *problem = fairlead_network_get_problem (network);
      const char *file = fairlead_network_get_file (network);

      if (!g_strv_contains ((const char * const *) described, fairlead_network_get_name (network)))
        continue;
      if (problem)
        add_problem (tool, report, problem, FAIRLEAD_EXIT_USAGE);
      add_row (report->networks, fairlead_network_get_name (network), backend ? backend : "-", file ? file : "-",
               problem ? "broken" : "fine");
    }
}

static void
check_containers (FairleadTool   *tool,
                  Report         *report,
                  FairleadConfig *config)
{
  g_auto (GStrv) ids = fairlead_config_dup_containers (config);

  for (char **id = ids; *id; id++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadRequest) request = fairlead_config_new_request (config, *id, &error);

      /* A namespace that is not there yet is no mistake in the file. */
      if (!request && !g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
        add_problem (tool, report, error->message, FAIRLEAD_EXIT_USAGE);
    }
}

static void
print_tables (Report *report)
{
  const char * const value_headings[] = { "GROUP", "KEY", "VALUE", "FROM", NULL };
  const char * const network_headings[] = { "NETWORK", "BACKEND", "FILE", "STATE", NULL };
  g_autoptr (FairleadTable) values = fairlead_table_new (value_headings);
  g_autoptr (FairleadTable) networks = fairlead_table_new (network_headings);

  for (guint i = 0; i < report->rows->len; i++)
    {
      char **row = report->rows->pdata[i];

      fairlead_table_add (values, g_strdup (row[0]), g_strdup (row[1]), g_strdup (*row[2] ? row[2] : "-"),
                          g_strdup (*row[3] ? row[3] : "(built in)"));
    }
  fairlead_table_print (values);

  for (guint i = 0; i < report->networks->len; i++)
    {
      char **row = report->networks->pdata[i];

      fairlead_table_add (networks, g_strdup (row[0]), g_strdup (row[1]), g_strdup (row[2]), g_strdup (row[3]));
    }
  if (report->networks->len > 0)
    {
      putchar ('\n');
      fairlead_table_print (networks);
    }
}

static GVariant *
describe_rows (GPtrArray          *rows,
               const char * const *names)
{
  g_auto (GVariantBuilder) array = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < rows->len; i++)
    {
      g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
      char **row = rows->pdata[i];

      for (guint j = 0; names[j]; j++)
        fairlead_tool_add_string (&dict, names[j], row[j]);
      g_variant_builder_add_value (&array, g_variant_builder_end (&dict));
    }

  return g_variant_builder_end (&array);
}

static void
print_json (Report         *report,
            FairleadConfig *config)
{
  const char * const value_names[] = { "Group", "Key", "Value", "Origin", NULL };
  const char * const network_names[] = { "Name", "Backend", "File", "State", NULL };
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GStrv) files = fairlead_config_dup_files (config);
  g_auto (GStrv) containers = fairlead_config_dup_containers (config);

  g_variant_builder_add (&dict, "{sv}", "Files", g_variant_new_strv ((const char * const *) files, -1));
  g_variant_builder_add (&dict, "{sv}", "Values", describe_rows (report->rows, value_names));
  g_variant_builder_add (&dict, "{sv}", "Networks", describe_rows (report->networks, network_names));
  g_variant_builder_add (&dict, "{sv}", "Containers", g_variant_new_strv ((const char * const *) containers, -1));
  g_variant_builder_add (&dict, "{sv}", "Problems",
                         g_variant_new_strv ((const char * const *) report->problems->pdata,
                                             (gssize) report->problems->len));
  fairlead_tool_print_json (g_variant_builder_end (&dict), TRUE);
}

static int
check (FairleadTool *tool)
{
  g_auto (Report) report = {
    .rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev),
    .networks = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev),
    .problems = g_ptr_array_new_with_free_func (g_free),
  };
  g_autoptr (GError) error = NULL;
  FairleadConfig *config;

  report.manager = fairlead_tool_get_manager (tool, &error);
  if (!report.manager)
    {
      fairlead_tool_complain ("%s", error->message);
      return FAIRLEAD_EXIT_USAGE;
    }

  config = fairlead_manager_get_config (report.manager);
  check_values (tool, &report, config);
  check_networks (tool, &report, config);
  check_containers (tool, &report, config);

  if (tool->json)
    print_json (&report, config);
  else
    print_tables (&report);

  return report.status;
}

static int
config (FairleadTool  *tool,
        int            argc,
        char         **argv)
{
  if (!fairlead_tool_parse (tool, &argc, &argv, NULL,
                            "Checks all configuration files, and prints the merged result with where each value comes "
                            "from."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc < 2 || !g_str_equal (argv[1], "check"))
    return fairlead_tool_usage (tool, "'check' is what can be done, but %s%s%s is given", argc < 2 ? "nothing" : "'",
                                argc < 2 ? "" : argv[1], argc < 2 ? "" : "'");
  if (argc > 2)
    return fairlead_tool_usage (tool, "there is nothing to name, but '%s' is given", argv[2]);

  return check (tool);
}

const FairleadVerb fairlead_verb_config = {
  .name = "config",
  .parameters = "check",
  .summary = "Check the configuration and show what comes of it",
  .func = config,
};
