/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The fairlead command: a front end of FairleadManager that knows no more than the public API. This file finds the
 * verb; each verb has a file of its own. */

static const FairleadVerb * const verbs[] = {
  &fairlead_verb_run,
  &fairlead_verb_setup,
  &fairlead_verb_teardown,
  &fairlead_verb_exec,
  &fairlead_verb_list,
  &fairlead_verb_inspect,
  &fairlead_verb_stats,
  &fairlead_verb_ports,
  &fairlead_verb_check,
  &fairlead_verb_reload,
  &fairlead_verb_gc,
  &fairlead_verb_network,
  &fairlead_verb_networks,
  &fairlead_verb_backends,
  &fairlead_verb_config,
  &fairlead_verb_oci_hook,
};

static char *
dup_verb_list (void)
{
  GString *list = g_string_new ("Verbs:\n");

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (list, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
  g_string_append (list, "\n'fairlead VERB --help' describes a verb, fairlead(1) all of them.");

  return g_string_free (list, FALSE);
}

static const FairleadVerb *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i]->name, name))
      return verbs[i];

  return NULL;
}

/* In a build tree the command uses the backends and programs beside it: the build writes their directories into a file
 * next to the executable, which an installation does not have. */
static void
use_uninstalled_files (void)
{
  g_autofree char *executable = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *file = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (getauxval (AT_SECURE))
    return;

  executable = g_file_read_link ("/proc/self/exe", NULL);
  if (!executable)
    return;

  directory = g_path_get_dirname (executable);
  file = g_build_filename (directory, "fairlead-uninstalled.path", NULL);
  if (!g_file_get_contents (file, &text, NULL, NULL))
    return;

  lines = g_strsplit (text, "\n", -1);
  if (g_strv_length (lines) < 2)
    return;
  g_setenv ("FAIRLEAD_BACKEND_PATH", lines[0], FALSE);
  g_setenv ("FAIRLEAD_LIBEXEC_DIR", lines[1], FALSE);
}

static void
use_environment (FairleadTool *tool)
{
  const char *config_dir = g_getenv ("FAIRLEAD_CONFIG_DIR");
  const char *state_dir = g_getenv ("FAIRLEAD_STATE_DIR");

  if (getauxval (AT_SECURE))
    return;

  if (config_dir && *config_dir)
    tool->config_dir = g_canonicalize_filename (config_dir, NULL);
  if (state_dir && *state_dir)
    tool->state_dir = g_canonicalize_filename (state_dir, NULL);
}

/* With --debug: what Fairlead and its backends say, and no other library. */
static GLogWriterOutput
write_log (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  FairleadTool *tool = user_data;

  for (gsize i = 0; tool->debug && i < n_fields; i++)
    if (g_str_equal (fields[i].key, "GLIB_DOMAIN") && g_str_has_prefix (fields[i].value, "Fairlead"))
      return g_log_writer_standard_streams (level, fields, n_fields, NULL);

  return g_log_writer_default (level, fields, n_fields, NULL);
}

static int
run_verb (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autofree char *program = NULL;

  tool->verb = find_verb (argv[0]);
  if (!tool->verb)
    return fairlead_tool_usage (tool, "there is no verb '%s'", argv[0]);

  program = g_strdup_printf ("fairlead %s", tool->verb->name);
  g_set_prgname (program);

  return tool->verb->func (tool, argc, argv);
}

/* What was printed counts only when it has arrived. Who failed has said so. */
static int
close_output (int status)
{
  if ((fflush (stdout) == 0 && !ferror (stdout)) || status != FAIRLEAD_EXIT_DONE)
    return status;

  fairlead_tool_complain ("cannot write to standard output: %s", g_strerror (errno));

  return FAIRLEAD_EXIT_FAILED;
}

static int
run (FairleadTool  *tool,
     int            argc,
     char         **argv)
{
  g_autofree char *verb_list = dup_verb_list ();

  if (!fairlead_tool_parse (tool, &argc, &argv, NULL, verb_list))
    return FAIRLEAD_EXIT_USAGE;

  if (argc < 2)
    return fairlead_tool_usage (tool, "no verb is given");

  return run_verb (tool, argc - 1, argv + 1);
}

/* What else is opened must not become standard output, and children must not be reaped by the kernel: both depend on who
 * started us. */
static void
repair_inheritance (void)
{
  while (fcntl (STDERR_FILENO, F_GETFD) < 0 || fcntl (STDOUT_FILENO, F_GETFD) < 0 || fcntl (STDIN_FILENO, F_GETFD) < 0)
    if (open ("/dev/null", O_RDWR) < 0)
      exit (FAIRLEAD_EXIT_FAILED);
  signal (SIGCHLD, SIG_DFL);
}

int
main (int    argc,
      char **argv)
{
  /* The thread that waits for signals has it until the process ends, which is later than the end of this function. */
  static FairleadTool tool;
  int status;

  repair_inheritance ();
  /* For text in the terminal's encoding. What we print is in English, and so are the system's reasons in it. */
  setlocale (LC_CTYPE, "");
  g_set_prgname ("fairlead");
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (write_log, &tool, NULL);
  use_uninstalled_files ();
  use_environment (&tool);

  status = close_output (run (&tool, argc, argv));

  g_clear_object (&tool.manager);
  g_clear_object (&tool.cancellable);
  g_free (tool.config_dir);
  g_free (tool.state_dir);

  return status;
}
