/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "fairlead-command.h"
#include "fairlead-tool.h"

/* fairlead exec: becomes the command, inside the namespace of a container that is set up. */

static FairleadCommand *
prepare_command (FairleadTool  *tool,
                 const char    *container_id,
                 char         **argv,
                 GError       **error)
{
  g_autoptr (FairleadContainer) container = NULL;
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);

  if (!manager)
    return NULL;

  container = fairlead_manager_lookup_container (manager, container_id, NULL, error);
  if (!container)
    return NULL;

  if (fairlead_container_get_state (container) != FAIRLEAD_STATE_READY)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "container %s is not ready but %s", container_id,
                   fairlead_tool_state_name (fairlead_container_get_state (container)));
      return NULL;
    }

  return fairlead_command_new (container, argv, error);
}

/* Splits "[--] ID [--] COMMAND…"; GOption leaves the marks in some cases. */
static gboolean
split_words (char        **words,
             const char  **container_id,
             char       ***command)
{
  if (*words && g_str_equal (*words, "--"))
    words++;
  *container_id = *words;
  if (!*words)
    return FALSE;

  words++;
  if (*words && g_str_equal (*words, "--"))
    words++;
  else if (*words && **words == '-')
    return FALSE;
  *command = words;

  return *words != NULL;
}

static int
exec_command (FairleadTool  *tool,
              int            argc,
              char         **argv)
{
  g_autoptr (FairleadCommand) command = NULL;
  g_autoptr (GError) error = NULL;
  const char *container_id = NULL;
  FairleadCommandFailure failure;
  char **words = NULL;

  if (!fairlead_tool_parse (tool, &argc, &argv, NULL, "The command runs with the caller's privileges."))
    return FAIRLEAD_EXIT_NOT_RUN;

  if (!split_words (argv + 1, &container_id, &words))
    return fairlead_tool_usage (tool, container_id ? "no command is given after the container"
                                                   : "no container is named");

  command = prepare_command (tool, container_id, words, &error);
  if (!command)
    return fairlead_tool_fail (tool, error);

  failure = fairlead_command_exec (command);

  return fairlead_command_report (command, &failure);
}

const FairleadVerb fairlead_verb_exec = {
  .name = "exec",
  .parameters = "ID [--] COMMAND [ARGUMENT…]",
  .summary = "Run a command in the network namespace of a container",
  .runs_command = TRUE,
  .func = exec_command,
};
