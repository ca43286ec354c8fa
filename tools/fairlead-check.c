/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

/* fairlead check: is what setup made still there? */

static gboolean
check_container (FairleadTool  *tool,
                 const char    *container_id,
                 gpointer       user_data,
                 GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  gboolean succeeded;

  if (!manager)
    return FALSE;

  fairlead_tool_begin (tool, "Checking", container_id);
  succeeded = fairlead_manager_check (manager, container_id, tool->cancellable, error);
  fairlead_tool_end (tool);

  return succeeded;
}

static int
check (FairleadTool  *tool,
       int            argc,
       char         **argv)
{
  g_autoptr (GError) error = NULL;

  if (!fairlead_tool_parse (tool, &argc, &argv, NULL,
                            "Without ID: all containers. Prints the first thing that is missing of each."))
    return FAIRLEAD_EXIT_USAGE;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return fairlead_tool_for_each_or_all (tool, argv + 1, check_container, NULL);
}

const FairleadVerb fairlead_verb_check = {
  .name = "check",
  .parameters = "[ID…]",
  .summary = "Check that what was set up is still there",
  .func = check,
};
