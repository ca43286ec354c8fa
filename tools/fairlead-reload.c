/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

/* fairlead reload: puts back what a firewall flush removed. */

static gboolean
reload_container (FairleadTool  *tool,
                  const char    *container_id,
                  gpointer       user_data,
                  GError       **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  gboolean succeeded;

  if (!manager)
    return FALSE;

  fairlead_tool_begin (tool, "Reloading", container_id);
  succeeded = fairlead_manager_reload (manager, container_id, tool->cancellable, error);
  fairlead_tool_end (tool);

  return succeeded;
}

static int
reload (FairleadTool  *tool,
        int            argc,
        char         **argv)
{
  g_autoptr (GError) error = NULL;

  if (!fairlead_tool_parse (tool, &argc, &argv, NULL,
                            "Without ID: all containers. Addresses and connections are kept."))
    return FAIRLEAD_EXIT_USAGE;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return fairlead_tool_for_each_or_all (tool, argv + 1, reload_container, NULL);
}

const FairleadVerb fairlead_verb_reload = {
  .name = "reload",
  .parameters = "[ID…]",
  .summary = "Put back what a firewall flush removed",
  .func = reload,
};
