/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "fairlead-listing.h"

/* fairlead setup: gives a container its network and leaves it in place. */

typedef struct
{
  char **networks;
  char **ports;
  char *netns;
  char *share;
  gboolean dry_run;
  char *link;
  int pid;
} SetupOptions;

static void
setup_options_clear (SetupOptions *options)
{
  g_strfreev (options->networks);
  g_strfreev (options->ports);
  g_free (options->netns);
  g_free (options->share);
  g_free (options->link);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SetupOptions, setup_options_clear)

/* What the container's file asks for, unless options do: they take the place of the whole file. */
static gboolean
is_described (FairleadTool *tool,
              const char   *container_id,
              SetupOptions *options)
{
  g_auto (GStrv) described = fairlead_config_dup_containers (fairlead_manager_get_config (tool->manager));

  return !options->networks && !options->ports && !options->netns && !options->share && options->pid < 1 &&
         g_strv_contains ((const char * const *) described, container_id);
}

static FairleadRequest *
dup_request (FairleadTool  *tool,
             const char    *container_id,
             SetupOptions  *options,
             GError       **error)
{
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (FairleadNetns) netns = NULL;

  if (is_described (tool, container_id, options))
    return fairlead_config_new_request (fairlead_manager_get_config (tool->manager), container_id, error);

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

/* Whether all that the request names exists: else that is what was not found. */
static gboolean
is_all_known (FairleadTool    *tool,
              FairleadRequest *request)
{
  const char *other = fairlead_request_get_share_with (request);
  GVariant *networks = fairlead_request_get_networks (request);
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, networks);
  while (g_variant_iter_next (&iter, "(&s@a{ss})", &name, NULL))
    if (!fairlead_tool_has_network (tool, name))
      return FALSE;

  return !other || !fairlead_tool_has_gone (tool, other);
}

static FairleadRequest *
prepare_request (FairleadTool  *tool,
                 const char    *container_id,
                 SetupOptions  *options,
                 GError       **error)
{
  /* The signals come first: all threads must start with them blocked. */
  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, error) || !fairlead_tool_get_manager (tool, error))
    return NULL;

  return dup_request (tool, container_id, options, error);
}

static FairleadContainer *
setup_container (FairleadTool     *tool,
                 FairleadRequest  *request,
                 SetupOptions     *options,
                 GError          **error)
{
  FairleadManager *manager = tool->manager;
  FairleadContainer *container;

  fairlead_tool_begin (tool, options->dry_run ? "Planning" : "Setting up",
                       fairlead_request_get_container_id (request));
  container = options->dry_run ? fairlead_manager_plan (manager, request, tool->cancellable, error)
                               : fairlead_manager_setup (manager, request, tool->cancellable, error);
  fairlead_tool_end (tool);

  return container;
}

/* The path of a namespace that we make is another one each time; a link can be written into a configuration. */
static gboolean
make_link (FairleadTool       *tool,
           FairleadContainer  *container,
           const char         *link,
           GError            **error)
{
  const char *path = fairlead_container_get_netns_path (container);
  g_autofree char *temporary = g_strconcat (link, ".new", NULL);

  if (!path)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "container %s has no network namespace of its own, so nothing to link to",
                   fairlead_container_get_id (container));
      return FALSE;
    }
  if ((unlink (temporary) == 0 || errno == ENOENT) && symlink (path, temporary) == 0 && rename (temporary, link) == 0)
    return TRUE;

  fairlead_error_set_errno (error, errno, "cannot make the link %s", link);
  return FALSE;
}

static GVariant *
describe (FairleadTool       *tool,
          FairleadContainer  *container,
          gboolean            is_planned,
          GError            **error)
{
  if (is_planned)
    return g_variant_ref_sink (fairlead_list_describe (container));

  return fairlead_manager_inspect (tool->manager, fairlead_container_get_id (container), NULL, error);
}

/* What is only planned has no path yet. */
static gboolean
print_container (FairleadTool       *tool,
                 FairleadContainer  *container,
                 gboolean            is_planned,
                 GError            **error)
{
  const char *path = fairlead_container_get_netns_path (container);
  g_autoptr (GVariant) document = tool->json ? describe (tool, container, is_planned, error) : NULL;

  if (tool->json && !document)
    return FALSE;

  if (document)
    fairlead_tool_print_json (g_variant_new_array (G_VARIANT_TYPE_VARDICT, &document, 1), TRUE);
  else if (path && !is_planned)
    puts (path);
  if (fflush (stdout) == 0 && !ferror (stdout))
    return TRUE;

  fairlead_error_set_errno (error, errno, "cannot write to standard output");
  return FALSE;
}

static gboolean
hand_over (FairleadTool       *tool,
           FairleadContainer  *container,
           const char         *link,
           GError            **error)
{
  if (link && !make_link (tool, container, link, error))
    return FALSE;
  if (print_container (tool, container, FALSE, error))
    return TRUE;

  if (link)
    unlink (link);
  return FALSE;
}

/* Without its link, or its path, the container is of no use to whoever asked for it. */
static gboolean
hand_over_or_tear_down (FairleadTool       *tool,
                        FairleadContainer  *container,
                        const char         *link,
                        GError            **error)
{
  g_autoptr (GError) undo_error = NULL;

  if (hand_over (tool, container, link, error))
    return TRUE;
  if (!fairlead_manager_teardown (tool->manager, fairlead_container_get_id (container), FAIRLEAD_TEARDOWN_NONE, NULL,
                                  &undo_error))
    g_prefix_error (error, "the container could not be torn down again (%s): ", undo_error->message);
  return FALSE;
}

static int
setup (FairleadTool  *tool,
       int            argc,
       char         **argv)
{
  g_auto (SetupOptions) options = { 0 };
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "network", 'n', 0, G_OPTION_ARG_STRING_ARRAY, &options.networks, "Attach to NETWORK; may be repeated",
      "NETWORK[:KEY=VALUE…]" },
    { "publish", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.ports, "Publish a port; may be repeated",
      "[HOSTIP:]HPORT[-HEND]:CPORT[-CEND][/PROTOCOL]" },
    { "netns", 0, 0, G_OPTION_ARG_FILENAME, &options.netns, "Join the network namespace at PATH", "PATH" },
    { "pid", 0, 0, G_OPTION_ARG_INT, &options.pid, "Join the network namespace of process PID", "PID" },
    { "link", 0, 0, G_OPTION_ARG_FILENAME, &options.link, "Make PATH a link to the network namespace", "PATH" },
    { "share", 0, 0, G_OPTION_ARG_STRING, &options.share, "Join the network namespace of container ID", "ID" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Check the request and make nothing", NULL },
    G_OPTION_ENTRY_NULL,
  };

  options.pid = -1;
  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "Prints the path of the container's network namespace, if it has one of its own. Without options, "
                            "the file containers/ID.container says what is wanted, if there is one."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc != 2)
    return fairlead_tool_usage (tool, argc < 2 ? "no container is named" : "more than one container is named");

  if ((options.netns != NULL) + (options.pid != -1) + (options.share != NULL) > 1)
    return fairlead_tool_usage (tool, "only one of --netns, --pid and --share can be given");

  if (options.pid != -1 && options.pid < 1)
    return fairlead_tool_usage (tool, "process %d is not a process; --pid takes a number of 1 or more", options.pid);

  request = prepare_request (tool, argv[1], &options, &error);
  if (!request)
    return fairlead_tool_fail (tool, error);

  container = setup_container (tool, request, &options, &error);
  if (!container)
    return fairlead_tool_fail_about (tool, error, is_all_known (tool, request));

  if (options.dry_run ? !print_container (tool, container, TRUE, &error)
                      : !hand_over_or_tear_down (tool, container, options.link, &error))
    return fairlead_tool_fail (tool, error);

  return FAIRLEAD_EXIT_DONE;
}

const FairleadVerb fairlead_verb_setup = {
  .name = "setup",
  .parameters = "ID",
  .summary = "Set up the network of a container",
  .func = setup,
};
