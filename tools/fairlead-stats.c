/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fairlead-table.h"
#include "fairlead-tool.h"

/* fairlead stats: the traffic counters of containers, once or again and again. */

#define DEFAULT_INTERVAL "2"

typedef enum
{
  FORMAT_TABLE,
  FORMAT_JSON,
  FORMAT_PROMETHEUS,
} Format;

typedef struct
{
  char *id;
  FairleadStats *stats;
} Sample;

typedef struct
{
  const char *name;
  const char *help;
  guint64 (*get) (FairleadInterfaceStats *stats);
} Metric;

static const Metric metrics[] = {
  { "container_network_receive_bytes_total", "Bytes received", fairlead_interface_stats_get_rx_bytes },
  { "container_network_receive_packets_total", "Packets received", fairlead_interface_stats_get_rx_packets },
  { "container_network_receive_errors_total", "Errors while receiving", fairlead_interface_stats_get_rx_errors },
  { "container_network_receive_packets_dropped_total", "Packets dropped while receiving",
    fairlead_interface_stats_get_rx_dropped },
  { "container_network_transmit_bytes_total", "Bytes transmitted", fairlead_interface_stats_get_tx_bytes },
  { "container_network_transmit_packets_total", "Packets transmitted", fairlead_interface_stats_get_tx_packets },
  { "container_network_transmit_errors_total", "Errors while transmitting", fairlead_interface_stats_get_tx_errors },
  { "container_network_transmit_packets_dropped_total", "Packets dropped while transmitting",
    fairlead_interface_stats_get_tx_dropped },
};

static void
sample_free (gpointer data)
{
  Sample *sample = data;

  g_free (sample->id);
  g_object_unref (sample->stats);
  g_free (sample);
}

static gboolean
take_sample (FairleadTool  *tool,
             const char    *container_id,
             gpointer       samples,
             GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  FairleadStats *stats;
  Sample *sample;

  if (!manager)
    return FALSE;

  fairlead_tool_begin (tool, "Reading the counters of", container_id);
  stats = fairlead_manager_stats (manager, container_id, tool->cancellable, error);
  fairlead_tool_end (tool);
  if (!stats)
    return FALSE;

  sample = g_new (Sample, 1);
  sample->id = g_strdup (container_id);
  sample->stats = stats;
  g_ptr_array_add (samples, sample);

  return TRUE;
}

/* Of all containers; one that goes away meanwhile is no failure. */
static int
sample_all (FairleadTool *tool,
            GPtrArray    *samples)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = fairlead_tool_dup_all_ids (tool, &error);
  int status = FAIRLEAD_EXIT_DONE;

  if (!ids)
    return fairlead_tool_fail (tool, error);

  for (guint i = 0; ids[i] && tool->stop_signal == 0; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (!take_sample (tool, ids[i], samples, &local_error) &&
          !g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND) && tool->stop_signal == 0)
        status = fairlead_tool_fail (tool, local_error);
    }

  return status;
}

static void
add_table_row (FairleadTable          *table,
               const char             *id,
               const char             *name,
               FairleadInterfaceStats *stats)
{
  char *cells[G_N_ELEMENTS (metrics)];

  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    cells[i] = g_strdup_printf ("%" G_GUINT64_FORMAT, metrics[i].get (stats));

  fairlead_table_add (table, g_strdup (id), g_strdup (name), cells[0], cells[1], cells[2], cells[3], cells[4],
                      cells[5], cells[6], cells[7]);
}

static void
print_table (GPtrArray *samples)
{
  const char * const headings[] = { "ID", "INTERFACE", ">RX BYTES", ">RX PACKETS", ">RX ERRORS", ">RX DROPPED",
                                    ">TX BYTES", ">TX PACKETS", ">TX ERRORS", ">TX DROPPED", NULL };
  g_autoptr (FairleadTable) table = fairlead_table_new (headings);

  for (guint i = 0; i < samples->len; i++)
    {
      Sample *sample = samples->pdata[i];
      GListModel *interfaces = fairlead_stats_get_interfaces (sample->stats);

      for (guint j = 0; j < g_list_model_get_n_items (interfaces); j++)
        {
          g_autoptr (FairleadInterfaceStats) interface = g_list_model_get_item (interfaces, j);

          add_table_row (table, sample->id, fairlead_interface_stats_get_name (interface), interface);
        }
      if (g_list_model_get_n_items (interfaces) > 1)
        add_table_row (table, sample->id, "total", fairlead_stats_get_total (sample->stats));
    }

  fairlead_table_print (table);
}

static GVariant *
describe_sample (Sample *sample)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) stats = g_variant_ref_sink (fairlead_stats_to_variant (sample->stats));

  fairlead_tool_add_string (&dict, "Id", sample->id);
  for (gsize i = 0; i < g_variant_n_children (stats); i++)
    {
      g_autoptr (GVariant) member = g_variant_get_child_value (stats, i);

      g_variant_builder_add_value (&dict, member);
    }

  return g_variant_builder_end (&dict);
}

static void
print_json (GPtrArray *samples,
            gboolean   pretty)
{
  g_auto (GVariantBuilder) array = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < samples->len; i++)
    g_variant_builder_add_value (&array, describe_sample (samples->pdata[i]));

  fairlead_tool_print_json (g_variant_builder_end (&array), pretty);
}

/* A label's value in the text exposition format: backslash, quote and line feed are escaped, nothing else is. */
static void
print_label (const char *text)
{
  for (const char *p = text; *p; p++)
    if (*p == '\n')
      fputs ("\\n", stdout);
    else if (*p == '\\' || *p == '"')
      printf ("\\%c", *p);
    else
      fputc (*p, stdout);
}

static void
print_metric (const Metric *metric,
              GPtrArray    *samples)
{
  printf ("# HELP %s %s.\n# TYPE %s counter\n", metric->name, metric->help, metric->name);

  for (guint i = 0; i < samples->len; i++)
    {
      Sample *sample = samples->pdata[i];
      GListModel *interfaces = fairlead_stats_get_interfaces (sample->stats);

      for (guint j = 0; j < g_list_model_get_n_items (interfaces); j++)
        {
          g_autoptr (FairleadInterfaceStats) interface = g_list_model_get_item (interfaces, j);

          printf ("%s{id=\"", metric->name);
          print_label (sample->id);
          fputs ("\",interface=\"", stdout);
          print_label (fairlead_interface_stats_get_name (interface));
          printf ("\"} %" G_GUINT64_FORMAT "\n", metric->get (interface));
        }
    }
}

static void
print_samples (GPtrArray *samples,
               Format     format,
               gboolean   watch)
{
  switch (format)
    {
    case FORMAT_JSON:
      print_json (samples, !watch);
      break;

    case FORMAT_PROMETHEUS:
      for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
        print_metric (&metrics[i], samples);
      break;

    case FORMAT_TABLE:
    default:
      if (watch && isatty (STDOUT_FILENO))
        fputs ("\033[H\033[J", stdout);
      print_table (samples);
    }
}

static int
print_round (FairleadTool  *tool,
             char         **ids,
             Format         format,
             gboolean       watch)
{
  g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func (sample_free);
  int status = ids[0] ? fairlead_tool_for_each (tool, ids, take_sample, samples, FALSE) : sample_all (tool, samples);

  /* An interrupted round is not shown: it would lack containers. */
  if (tool->stop_signal != 0)
    return FAIRLEAD_EXIT_DONE;

  print_samples (samples, format, watch);

  return status;
}

static gboolean
sleep_unless_stopped (FairleadTool *tool,
                      guint         seconds)
{
  struct pollfd signals = { .fd = tool->signals.fd, .events = POLLIN };

  return tool->stop_signal == 0 && poll (&signals, 1, (int) seconds * 1000) == 0;
}

/* Until a signal or the reader ends it. With containers named, also once none of them is left. */
static int
print_rounds (FairleadTool  *tool,
              char         **ids,
              Format         format,
              guint          interval)
{
  do
    {
      int status = print_round (tool, ids, format, TRUE);

      if (fflush (stdout) != 0)
        return FAIRLEAD_EXIT_FAILED;
      if (status != FAIRLEAD_EXIT_DONE)
        return status;
    }
  while (sleep_unless_stopped (tool, interval));

  return FAIRLEAD_EXIT_DONE;
}

static gboolean
parse_format (FairleadTool *tool,
              const char   *text,
              Format       *format)
{
  const char * const names[] = { "table", "json", "prometheus" };

  *format = tool->json ? FORMAT_JSON : FORMAT_TABLE;
  if (!text)
    return TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i]))
      {
        *format = (Format) i;
        return TRUE;
      }

  return FALSE;
}

/* GOption would take the word after a bare --watch or -w, which is a container, for its value, and knows no value behind a
 * letter. */
static char *
dup_argument (const char *argument)
{
  if (g_str_equal (argument, "--watch") || g_str_equal (argument, "-w"))
    return g_strdup ("--watch=" DEFAULT_INTERVAL);
  if (g_str_has_prefix (argument, "-w"))
    return g_strconcat ("--watch=", argument + strlen ("-w"), NULL);

  return g_strdup (argument);
}

static char **
dup_arguments (int    argc,
               char **argv)
{
  char **copy = g_new0 (char *, (gsize) argc + 1);
  gboolean options = TRUE;

  for (int i = 0; i < argc; i++)
    {
      options = options && !g_str_equal (argv[i], "--");
      copy[i] = options ? dup_argument (argv[i]) : g_strdup (argv[i]);
    }

  return copy;
}

static int
stats (FairleadTool  *tool,
       int            argc,
       char         **argv)
{
  g_auto (GStrv) arguments = dup_arguments (argc, argv);
  g_autofree char **parsed = g_memdup2 (arguments, sizeof (char *) * ((gsize) argc + 1));
  g_autofree char *format_name = NULL;
  g_autofree char *watch = NULL;
  g_autoptr (GError) error = NULL;
  guint64 interval = 0;
  Format format;
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_STRING, &watch, "Repeat every SECONDS, written as -w5 or --watch=5 (default "
      DEFAULT_INTERVAL ")", "SECONDS" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format_name, "Print as table, json or prometheus", "FORMAT" },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &parsed, entries, "Without ID: all containers."))
    return FAIRLEAD_EXIT_USAGE;

  if (!parse_format (tool, format_name, &format))
    return fairlead_tool_usage (tool, "there is no format '%s', but table, json and prometheus", format_name);

  if (watch && !g_ascii_string_to_unsigned (watch, 10, 1, 86400, &interval, NULL))
    return fairlead_tool_usage (tool, "--watch=%s: the interval is 1 to 86400 seconds", watch);

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return watch ? print_rounds (tool, parsed + 1, format, (guint) interval)
               : print_round (tool, parsed + 1, format, FALSE);
}

const FairleadVerb fairlead_verb_stats = {
  .name = "stats",
  .parameters = "[ID…]",
  .summary = "Show the traffic counters of containers",
  .func = stats,
};
