/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "fairlead-tool.h"

/* fairlead setup: gives a container its network and leaves it in place. */

typedef struct
{
  char **networks;
  char **ports;
  char *netns;
  char *share;
  gboolean dry_run;
  int pid;
} SetupOptions;

static void
setup_options_clear (SetupOptions *options)
{
  g_strfreev (options->networks);
  g_strfreev (options->ports);
  g_free (options->netns);
  g_free (options->share);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SetupOptions, setup_options_clear)

static FairleadRequest *
dup_request (FairleadTool  *tool,
             const char    *container_id,
             SetupOptions  *options,
             GError       **error)
{
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (FairleadNetns) netns = NULL;

  request = fairlead_tool_dup_request (tool, container_id, options->networks, options->ports, error);
  if (!request)
    return NULL;

  if (options->netns)
    netns = fairlead_netns_new_for_path (options->netns, error);
  else if (options->pid > 0)
    netns = fairlead_netns_new_for_pid (options->pid, error);

  if (netns)
    fairlead_request_set_netns (request, netns);
  else if (options->netns || options->pid > 0)
    return NULL;

  if (options->share)
    fairlead_request_set_share_with (request, options->share);

  return g_steal_pointer (&request);
}

static FairleadContainer *
setup_container (FairleadTool  *tool,
                 const char    *container_id,
                 SetupOptions  *options,
                 GError       **error)
{
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  FairleadManager *manager;

  /* The signals come first: all threads must start with them blocked. */
  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, error))
    return NULL;

  manager = fairlead_tool_get_manager (tool, error);
  request = manager ? dup_request (tool, container_id, options, error) : NULL;
  if (!request)
    return NULL;

  if (options->dry_run)
    {
      fairlead_manager_plan_async (manager, request, tool->cancellable, fairlead_tool_done, tool);
      result = fairlead_tool_wait (tool, "Planning", container_id);

      return fairlead_manager_plan_finish (manager, result, error);
    }

  fairlead_manager_setup_async (manager, request, tool->cancellable, fairlead_tool_done, tool);
  result = fairlead_tool_wait (tool, "Setting up", container_id);

  return fairlead_manager_setup_finish (manager, result, error);
}

static gboolean
print_container (FairleadTool       *tool,
                 FairleadContainer  *container,
                 GError            **error)
{
  const char *path = fairlead_container_get_netns_path (container);
  g_autoptr (GVariant) document = NULL;

  if (!tool->json)
    {
      if (path)
        puts (path);
      return TRUE;
    }

  document = fairlead_manager_inspect (tool->manager, fairlead_container_get_id (container), NULL, error);
  if (!document)
    return FALSE;

  fairlead_tool_print_json (g_variant_new_array (G_VARIANT_TYPE_VARDICT, &document, 1), TRUE);

  return TRUE;
}

static int
setup (FairleadTool  *tool,
       int            argc,
       char         **argv)
{
  g_auto (SetupOptions) options = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "network", 'n', 0, G_OPTION_ARG_STRING_ARRAY, &options.networks, "Attach to NETWORK; may be repeated",
      "NETWORK[:KEY=VALUE…]" },
    { "publish", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.ports, "Publish a port; may be repeated",
      "[HOSTIP:]HPORT[-HEND]:CPORT[-CEND][/PROTOCOL]" },
    { "netns", 0, 0, G_OPTION_ARG_FILENAME, &options.netns, "Join the network namespace at PATH", "PATH" },
    { "pid", 0, 0, G_OPTION_ARG_INT, &options.pid, "Join the network namespace of process PID", "PID" },
    { "share", 0, 0, G_OPTION_ARG_STRING, &options.share, "Join the network namespace of container ID", "ID" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Check the request and make nothing", NULL },
    G_OPTION_ENTRY_NULL,
  };

  options.pid = -1;
  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "Prints the path of the container's network namespace, if it has one of its own."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc != 2)
    return fairlead_tool_usage (tool, argc < 2 ? "no container is named" : "more than one container is named");

  if ((options.netns != NULL) + (options.pid != -1) + (options.share != NULL) > 1)
    return fairlead_tool_usage (tool, "only one of --netns, --pid and --share can be given");

  if (options.pid != -1 && options.pid < 1)
    return fairlead_tool_usage (tool, "process %d is not a process; --pid takes a number of 1 or more", options.pid);

  container = setup_container (tool, argv[1], &options, &error);
  if (!container || (!options.dry_run && !print_container (tool, container, &error)))
    return fairlead_tool_fail (tool, error);

  return FAIRLEAD_EXIT_DONE;
}

const FairleadVerb fairlead_verb_setup = {
  .name = "setup",
  .parameters = "ID",
  .summary = "Set up the network of a container",
  .func = setup,
};
