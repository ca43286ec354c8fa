/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
set_directory (char **directory,
               char  *value)
{
  if (!value)
    return;

  g_free (*directory);
  *directory = g_canonicalize_filename (value, NULL);
  g_free (value);
}

/* Parses the options of the verb, or those before the verb if there is none yet, and the common ones. On FALSE the
 * mistake has been printed. */
gboolean
fairlead_tool_parse (FairleadTool         *tool,
                     int                  *argc,
                     char               ***argv,
                     const GOptionEntry   *entries,
                     const char           *description)
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  char *config_dir = NULL;
  char *state_dir = NULL;
  gboolean version = FALSE;
  const GOptionEntry common[] = {
    { "config-dir", 0, 0, G_OPTION_ARG_FILENAME, &config_dir, "Read the configuration from DIR alone", "DIR" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Keep the state of containers in DIR", "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &tool->json, "Print JSON for programs", NULL },
    { "debug", 0, 0, G_OPTION_ARG_NONE, &tool->debug, "Tell on standard error what happens", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and end", NULL },
    G_OPTION_ENTRY_NULL,
  };
  gboolean parsed;

  context = g_option_context_new (tool->verb ? tool->verb->parameters : "VERB…");
  g_option_context_set_strict_posix (context, !tool->verb || tool->verb->runs_command);
  g_option_context_set_summary (context, tool->verb ? tool->verb->summary : NULL);
  g_option_context_set_description (context, description);
  if (entries)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);

  parsed = g_option_context_parse (context, argc, argv, &error);
  set_directory (&tool->config_dir, config_dir);
  set_directory (&tool->state_dir, state_dir);
  if (!parsed)
    {
      fairlead_tool_usage (tool, "%s", error->message);
      return FALSE;
    }

  /* Ends the program wherever it stands, as GOption does for --help. */
  if (version)
    {
      printf ("fairlead %s\n", FAIRLEAD_VERSION);
      exit (FAIRLEAD_EXIT_DONE);
    }

  return TRUE;
}

/* Prints a mistake in how we were called and gives the exit code. */
int
fairlead_tool_usage (FairleadTool *tool,
                     const char   *format,
                     ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  fairlead_tool_complain ("%s; see '%s --help'", message, g_get_prgname ());

  return tool->verb && tool->verb->runs_command ? FAIRLEAD_EXIT_NOT_RUN : FAIRLEAD_EXIT_USAGE;
}

static FairleadConfig *
load_config (FairleadTool  *tool,
             GError       **error)
{
  g_autoptr (FairleadConfig) config = NULL;
  const char *dirs[] = { tool->config_dir, NULL };

  if (tool->config_dir && !g_file_test (tool->config_dir, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "configuration directory %s is not a directory", tool->config_dir);
      return NULL;
    }

  config = tool->config_dir ? fairlead_config_new_for_dirs (dirs, error) : fairlead_config_new_default (error);
  if (!config)
    return NULL;

  if (tool->state_dir && !fairlead_config_set (config, "core", "state-dir", tool->state_dir, error))
    return NULL;

  return g_steal_pointer (&config);
}

FairleadManager *
fairlead_tool_get_manager (FairleadTool  *tool,
                           GError       **error)
{
  g_autoptr (FairleadConfig) config = NULL;

  if (tool->manager)
    return tool->manager;

  config = load_config (tool, error);
  if (!config)
    return NULL;

  tool->manager = fairlead_manager_new (config);

  return tool->manager;
}

/* A request from the texts of --network and --publish, either of which may be NULL. */
FairleadRequest *
fairlead_tool_dup_request (FairleadTool  *tool,
                           const char    *container_id,
                           char         **networks,
                           char         **ports,
                           GError       **error)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (container_id);

  for (guint i = 0; networks && networks[i]; i++)
    if (!fairlead_request_add_network_from_string (request, networks[i], error))
      return NULL;

  for (guint i = 0; ports && ports[i]; i++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (ports[i], error);

      if (!mapping)
        return NULL;
      fairlead_request_add_port_mapping (request, mapping);
    }

  return g_steal_pointer (&request);
}

static const char *
get_code_name (const GError *error)
{
  g_autoptr (GEnumClass) codes = g_type_class_ref (FAIRLEAD_TYPE_ERROR);
  GEnumValue *code = error->domain == FAIRLEAD_ERROR ? g_enum_get_value (codes, error->code) : NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return "cancelled";

  return code ? code->value_nick : "failed";
}

static GVariant *
describe_outcome (const char   *container_id,
                  const GError *error)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariant *details = error ? fairlead_error_get_details (error) : NULL;

  fairlead_tool_add_string (&dict, "Id", container_id);
  g_variant_builder_add (&dict, "{sv}", "Ok", g_variant_new_boolean (error == NULL));
  fairlead_tool_add_string (&dict, "Code", error ? get_code_name (error) : NULL);
  fairlead_tool_add_string (&dict, "Error", error ? error->message : NULL);
  g_variant_builder_add (&dict, "{sv}", "Details", details ? details : g_variant_new ("a{sv}", NULL));

  return g_variant_builder_end (&dict);
}

/* That something was not found may be about a plugin as well. */
gboolean
fairlead_tool_has_gone (FairleadTool *tool,
                        const char   *container_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container =
    fairlead_manager_lookup_container (tool->manager, container_id, NULL, &error);

  return !container && g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

gboolean
fairlead_tool_has_network (FairleadTool *tool,
                           const char   *name)
{
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (tool->manager, NULL, NULL);

  for (guint i = 0; networks && i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (g_str_equal (fairlead_network_get_name (network), name))
        return TRUE;
    }

  return FALSE;
}

gboolean
fairlead_tool_has_backend (FairleadTool *tool,
                           const char   *name)
{
  g_autoptr (GListModel) modules = fairlead_manager_list_modules (tool->manager);

  for (guint i = 0; i < g_list_model_get_n_items (modules); i++)
    {
      g_autoptr (FairleadModule) module = g_list_model_get_item (modules, i);

      if (g_str_equal (fairlead_module_get_name (module), name))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_known (FairleadTool *tool,
          const char   *name,
          gpointer      user_data)
{
  if (!tool->manager)
    return TRUE;

  return tool->verb->is_known ? tool->verb->is_known (tool, name, user_data) : !fairlead_tool_has_gone (tool, name);
}

static gboolean
set_not_begun (const char  *container_id,
               GError     **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: interrupted before it was begun", container_id);

  return FALSE;
}

static int
call_for_each (FairleadTool      *tool,
               char             **ids,
               FairleadToolFunc   func,
               gpointer           user_data,
               gboolean           print_outcomes,
               gboolean           may_go,
               gboolean           begun)
{
  g_auto (GVariantBuilder) outcomes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  int status = FAIRLEAD_EXIT_DONE;

  for (guint i = 0; ids[i]; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!begun && tool->stop_signal != 0 ? !set_not_begun (ids[i], &error) : !func (tool, ids[i], user_data, &error))
        {
          int failure;

          if (may_go && fairlead_tool_has_gone (tool, ids[i]))
            continue;

          failure = fairlead_tool_fail_about (tool, error, is_known (tool, ids[i], user_data));
          if (status == FAIRLEAD_EXIT_DONE)
            status = failure;
        }
      g_variant_builder_add_value (&outcomes, describe_outcome (ids[i], error));
    }

  if (print_outcomes && tool->json)
    fairlead_tool_print_json (g_variant_builder_end (&outcomes), TRUE);

  return status;
}

/* Calls @func for each container, prints what fails and goes on; the first failure gives the exit code. With
 * @print_outcomes and --json the outcomes are printed as [{"Id": …, "Ok": …, "Code": …, "Error": …, "Details": …}]. */
int
fairlead_tool_for_each (FairleadTool      *tool,
                        char             **ids,
                        FairleadToolFunc   func,
                        gpointer           user_data,
                        gboolean           print_outcomes)
{
  if (!ids[0])
    return fairlead_tool_usage (tool, "no container is named");

  return call_for_each (tool, ids, func, user_data, print_outcomes, FALSE, FALSE);
}

/* As fairlead_tool_for_each() with outcomes, for what was begun for all of them at once. */
int
fairlead_tool_finish_each (FairleadTool      *tool,
                           char             **ids,
                           FairleadToolFunc   func,
                           gpointer           user_data)
{
  return call_for_each (tool, ids, func, user_data, TRUE, FALSE, TRUE);
}

/* The containers that are set up, and those of which that cannot be known; the others have nothing that could be looked
 * at. */
char **
fairlead_tool_dup_all_ids (FairleadTool  *tool,
                           GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  g_autoptr (GListModel) containers = manager ? fairlead_manager_list_containers (manager, NULL, error) : NULL;
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  if (!containers)
    return NULL;

  for (guint i = 0; i < g_list_model_get_n_items (containers); i++)
    {
      g_autoptr (FairleadContainer) container = g_list_model_get_item (containers, i);

      if (fairlead_container_get_state (container) == FAIRLEAD_STATE_READY ||
          fairlead_container_get_state (container) == FAIRLEAD_STATE_DAMAGED)
        g_strv_builder_add (ids, fairlead_container_get_id (container));
    }

  return g_strv_builder_end (ids);
}

/* As fairlead_tool_for_each() with outcomes; if none is named, for all that are set up. Of those one that goes away
 * meanwhile is no failure, but one whose state is damaged is. */
int
fairlead_tool_for_each_or_all (FairleadTool      *tool,
                               char             **ids,
                               FairleadToolFunc   func,
                               gpointer           user_data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) all = NULL;

  if (ids[0])
    return call_for_each (tool, ids, func, user_data, TRUE, FALSE, FALSE);

  all = fairlead_tool_dup_all_ids (tool, &error);
  if (!all)
    return fairlead_tool_fail (tool, error);

  return call_for_each (tool, all, func, user_data, TRUE, TRUE, FALSE);
}

/* Prints an error and gives its exit code. */
int
fairlead_tool_fail (FairleadTool *tool,
                    const GError *error)
{
  fairlead_tool_complain ("%s", error->message);

  if (tool->verb && tool->verb->runs_command)
    return FAIRLEAD_EXIT_NOT_RUN;

  if (error->domain != FAIRLEAD_ERROR)
    return FAIRLEAD_EXIT_FAILED;

  switch ((FairleadError) error->code)
    {
    case FAIRLEAD_ERROR_INVALID_ARGUMENT:
    case FAIRLEAD_ERROR_INVALID_CONFIGURATION:
    case FAIRLEAD_ERROR_NOT_SUPPORTED:
      return FAIRLEAD_EXIT_USAGE;
    case FAIRLEAD_ERROR_NOT_FOUND:
    case FAIRLEAD_ERROR_BACKEND_NOT_FOUND:
    case FAIRLEAD_ERROR_FAILED:
    case FAIRLEAD_ERROR_ABI_MISMATCH:
    case FAIRLEAD_ERROR_ALREADY_EXISTS:
    case FAIRLEAD_ERROR_BUSY:
    case FAIRLEAD_ERROR_EXHAUSTED:
    case FAIRLEAD_ERROR_PERMISSION_DENIED:
    case FAIRLEAD_ERROR_TIMED_OUT:
    case FAIRLEAD_ERROR_HELPER_FAILED:
    case FAIRLEAD_ERROR_TRY_AGAIN:
    case FAIRLEAD_ERROR_STATE_DAMAGED:
    default:
      return FAIRLEAD_EXIT_FAILED;
    }
}

/* As fairlead_tool_fail(). Something that was not found is what the caller named, unless that @is_known: then it is
 * something that this needs, or has lost. */
int
fairlead_tool_fail_about (FairleadTool *tool,
                          const GError *error,
                          gboolean      is_known)
{
  int status = fairlead_tool_fail (tool, error);

  if (!is_known && status == FAIRLEAD_EXIT_FAILED &&
      (g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND) ||
       g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND)))
    return FAIRLEAD_EXIT_NOT_FOUND;

  return status;
}

/* Text of foreign origin (an identifier, a plugin's output) must not drive the terminal. */
static char *
dup_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *printable = g_string_new (NULL);

  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' || c == '\t' || !g_unichar_iscntrl (c))
        g_string_append_unichar (printable, c);
      else
        g_string_append_printf (printable, "\\x%02x", c);
    }

  return g_string_free (printable, FALSE);
}

void
fairlead_tool_complain (const char *format,
                        ...)
{
  g_autofree char *message = NULL;
  g_autofree char *printable = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  printable = dup_printable (message);
  fprintf (stderr, "fairlead: %s\n", printable);
}

/* Takes a floating reference. */
void
fairlead_tool_print_json (GVariant *value,
                          gboolean  pretty)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autofree char *text = fairlead_json_print (sunk, pretty);

  fputs (text, stdout);
  if (!g_str_has_suffix (text, "\n"))
    fputc ('\n', stdout);
}

/* Adds a member to an a{sv} that becomes a JSON object; NULL is written as the empty string, so that members do not
 * come and go. What is not UTF-8 is made so. */
void
fairlead_tool_add_string (GVariantBuilder *dict,
                          const char      *key,
                          const char      *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);

  g_variant_builder_add (dict, "{sv}", key, g_variant_new_string (valid));
}

const char *
fairlead_tool_state_name (FairleadState state)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (FAIRLEAD_TYPE_STATE);
  GEnumValue *value = g_enum_get_value (states, (int) state);

  return value ? value->value_nick : "unknown";
}

/* In UTC, to the second; NULL if unknown. */
char *
fairlead_tool_dup_time (GDateTime *time)
{
  g_autoptr (GDateTime) utc = time ? g_date_time_to_utc (time) : NULL;

  return utc ? g_date_time_format (utc, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}
