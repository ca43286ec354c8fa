/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

/* fairlead teardown: takes the network of containers away. */

/* Several are begun at once: what the kernel waits for when links go, it waits for once for all of them. Only those that
 * share another's network namespace come before the others, as an owner goes last. */
typedef struct
{
  FairleadTeardownFlags flags;
  GPtrArray *results; /* (element-type GAsyncResult) (nullable) in the order of the command line */
  guint next;         /* whose outcome is told next */
} Teardowns;

static void
unref_if_any (gpointer result)
{
  if (result)
    g_object_unref (result);
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      place)
{
  *(GAsyncResult **) place = g_object_ref (result);
}

static void
begin_one (Teardowns    *all,
           FairleadTool *tool,
           const char   *container_id,
           guint         number)
{
  fairlead_manager_teardown_async (tool->manager, container_id, all->flags, tool->cancellable, on_done,
                                   &all->results->pdata[number]);
}

/* One that does not exist shares nothing; its teardown says so. */
static gboolean
shares (FairleadManager *manager,
        const char      *container_id)
{
  g_autoptr (FairleadContainer) container = fairlead_manager_lookup_container (manager, container_id, NULL, NULL);

  return container && fairlead_container_get_shared_container_id (container);
}

static void
wait_for (Teardowns    *all,
          FairleadTool *tool,
          const char   *container_id,
          guint         number)
{
  fairlead_tool_begin (tool, "Tearing down", container_id);
  while (!all->results->pdata[number])
    g_main_context_iteration (NULL, TRUE);
  fairlead_tool_end (tool);
}

static void
begin (Teardowns     *all,
       FairleadTool  *tool,
       char         **container_ids)
{
  const guint n_ids = g_strv_length (container_ids);
  g_autofree gboolean *begun = g_new0 (gboolean, n_ids);

  g_ptr_array_set_size (all->results, n_ids);
  for (guint i = 0; i < n_ids; i++)
    if ((begun[i] = shares (tool->manager, container_ids[i])))
      begin_one (all, tool, container_ids[i], i);
  for (guint i = 0; i < n_ids; i++)
    if (begun[i])
      wait_for (all, tool, container_ids[i], i);
  for (guint i = 0; i < n_ids; i++)
    if (!begun[i])
      begin_one (all, tool, container_ids[i], i);
}

static gboolean
finish_one (FairleadTool  *tool,
            const char    *container_id,
            gpointer       user_data,
            GError       **error)
{
  Teardowns *all = user_data;
  const guint number = all->next++;

  wait_for (all, tool, container_id, number);

  return fairlead_manager_teardown_finish (tool->manager, all->results->pdata[number], error);
}

static int
teardown_several (FairleadTool           *tool,
                  char                  **container_ids,
                  FairleadTeardownFlags   flags)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (unref_if_any);
  Teardowns all = { .flags = flags, .results = results };

  begin (&all, tool, container_ids);

  return fairlead_tool_finish_each (tool, container_ids, finish_one, &all);
}

static gboolean
teardown_one (FairleadTool  *tool,
              const char    *container_id,
              gpointer       flags,
              GError       **error)
{
  gboolean succeeded;

  fairlead_tool_begin (tool, "Tearing down", container_id);
  succeeded = fairlead_manager_teardown (tool->manager, container_id, GPOINTER_TO_UINT (flags), tool->cancellable, error);
  fairlead_tool_end (tool);

  return succeeded;
}

static int
teardown (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autoptr (GError) error = NULL;
  FairleadTeardownFlags flags;
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

  if (!fairlead_tool_get_manager (tool, &error))
    return fairlead_tool_fail (tool, error);

  flags = force ? FAIRLEAD_TEARDOWN_FORCE : FAIRLEAD_TEARDOWN_NONE;

  return argc > 2 ? teardown_several (tool, argv + 1, flags)
                  : fairlead_tool_for_each (tool, argv + 1, teardown_one, GUINT_TO_POINTER (flags), TRUE);
}

const FairleadVerb fairlead_verb_teardown = {
  .name = "teardown",
  .parameters = "ID…",
  .summary = "Take the network of containers away",
  .func = teardown,
};
