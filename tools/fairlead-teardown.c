/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

/* fairlead teardown: takes the network of containers away. */

static gboolean
teardown_container (FairleadTool  *tool,
                    const char    *container_id,
                    gpointer       user_data,
                    GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  FairleadTeardownFlags flags = *(gboolean *) user_data ? FAIRLEAD_TEARDOWN_FORCE : FAIRLEAD_TEARDOWN_NONE;

  if (!manager)
    return FALSE;

  fairlead_manager_teardown_async (manager, container_id, flags, tool->cancellable, fairlead_tool_done, tool);
  result = fairlead_tool_wait (tool, "Tearing down", container_id);

  return fairlead_manager_teardown_finish (manager, result, error);
}

static int
teardown (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Forget the container even if something could not be removed", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "What could not be removed is kept on record and can be tried again."))
    return FAIRLEAD_EXIT_USAGE;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return fairlead_tool_for_each (tool, argv + 1, teardown_container, &force, TRUE);
}

const FairleadVerb fairlead_verb_teardown = {
  .name = "teardown",
  .parameters = "ID…",
  .summary = "Take the network of containers away",
  .func = teardown,
};
