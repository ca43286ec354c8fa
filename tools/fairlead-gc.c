/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "fairlead-tool.h"

/* fairlead gc: removes what no living container owns. */

static char **
collect (FairleadTool  *tool,
         GError       **error)
{
  FairleadManager *manager;
  char **removed;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, error))
    return NULL;

  manager = fairlead_tool_get_manager (tool, error);
  if (!manager)
    return NULL;

  fairlead_tool_begin (tool, "Collecting garbage", NULL);
  removed = fairlead_manager_collect (manager, tool->cancellable, error);
  fairlead_tool_end (tool);

  return removed;
}

static int
gc (FairleadTool  *tool,
    int            argc,
    char         **argv)
{
  g_auto (GStrv) removed = NULL;
  g_autoptr (GError) error = NULL;

  if (!fairlead_tool_parse (tool, &argc, &argv, NULL, "Prints what was removed, one thing a line."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc > 1)
    return fairlead_tool_usage (tool, "there is nothing to name, but '%s' is given", argv[1]);

  removed = collect (tool, &error);
  if (!removed)
    return fairlead_tool_fail (tool, error);

  if (tool->json)
    fairlead_tool_print_json (g_variant_new_strv ((const char * const *) removed, -1), TRUE);
  else
    for (guint i = 0; removed[i]; i++)
      puts (removed[i]);

  return FAIRLEAD_EXIT_DONE;
}

const FairleadVerb fairlead_verb_gc = {
  .name = "gc",
  .parameters = "",
  .summary = "Remove what no living container owns",
  .func = gc,
};
