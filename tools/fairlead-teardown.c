/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

/* fairlead teardown: takes the network of containers away. */

/* All are begun at once: what the kernel waits for when links go, it waits for once for all of them. Only those that share
 * another's network namespace come before the others, as an owner goes last. */
typedef struct
{
  FairleadTool *tool;
  GPtrArray *results; /* (element-type GAsyncResult) (nullable) in the order of the command line */
  guint next;         /* whose outcome is told next */
  gboolean waiting;   /* for that one */
} Teardowns;

typedef struct
{
  Teardowns *all;
  guint number;
} Teardown;

static void
unref_if_any (gpointer result)
{
  if (result)
    g_object_unref (result);
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Teardown *one = user_data;

  one->all->results->pdata[one->number] = g_object_ref (result);
  if (one->number == one->all->next && one->all->waiting)
    fairlead_tool_done (source, result, one->all->tool);
}

static void
begin_one (Teardowns             *all,
           FairleadManager       *manager,
           const char            *container_id,
           guint                  number,
           FairleadTeardownFlags  flags)
{
  Teardown *one = g_new0 (Teardown, 1);

  one->all = all;
  one->number = number;
  fairlead_manager_teardown_async (manager, container_id, flags, all->tool->cancellable, on_done, one);
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
begin (Teardowns             *all,
       FairleadManager       *manager,
       char                 **container_ids,
       FairleadTeardownFlags  flags)
{
  const guint n_ids = g_strv_length (container_ids);
  g_autofree gboolean *begun = g_new0 (gboolean, n_ids + 1);

  g_ptr_array_set_size (all->results, n_ids);
  for (guint i = 0; n_ids > 1 && i < n_ids; i++)
    if ((begun[i] = shares (manager, container_ids[i])))
      begin_one (all, manager, container_ids[i], i, flags);
  for (guint i = 0; i < n_ids; i++)
    while (begun[i] && !all->results->pdata[i])
      g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < n_ids; i++)
    if (!begun[i])
      begin_one (all, manager, container_ids[i], i, flags);
}

static gboolean
finish_teardown (FairleadTool  *tool,
                 const char    *container_id,
                 gpointer       user_data,
                 GError       **error)
{
  Teardowns *all = user_data;
  g_autoptr (GAsyncResult) result = NULL;

  if (all->results->pdata[all->next])
    result = g_object_ref (all->results->pdata[all->next]);
  else
    {
      all->waiting = TRUE;
      result = fairlead_tool_wait (tool, "Tearing down", container_id);
      all->waiting = FALSE;
    }
  all->next++;

  return fairlead_manager_teardown_finish (tool->manager, result, error);
}

/* After a signal the rest is cancelled, which still has to come to its end. */
static void
wait_for_all (Teardowns *all)
{
  all->next = all->results->len;
  for (guint i = 0; i < all->results->len; i++)
    while (!all->results->pdata[i])
      g_main_context_iteration (NULL, TRUE);
}

static int
teardown (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (unref_if_any);
  g_autoptr (GError) error = NULL;
  Teardowns all = { .tool = tool, .results = results };
  FairleadManager *manager;
  gboolean force = FALSE;
  int status;
  const GOptionEntry entries[] = {
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Forget the container even if something could not be removed", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "What could not be removed is kept on record and can be tried again."))
    return FAIRLEAD_EXIT_USAGE;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  manager = fairlead_tool_get_manager (tool, &error);
  if (!manager)
    return fairlead_tool_fail (tool, error);

  begin (&all, manager, argv + 1, force ? FAIRLEAD_TEARDOWN_FORCE : FAIRLEAD_TEARDOWN_NONE);
  status = fairlead_tool_for_each (tool, argv + 1, finish_teardown, &all, TRUE);
  wait_for_all (&all);

  return status;
}

const FairleadVerb fairlead_verb_teardown = {
  .name = "teardown",
  .parameters = "ID…",
  .summary = "Take the network of containers away",
  .func = teardown,
};
