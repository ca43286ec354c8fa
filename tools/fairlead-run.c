/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fairlead-command.h"
#include "fairlead-tool.h"

/* fairlead run: a command in a network of its own, which goes when the command ends.
 *
 * The command stays in our process group, so a key such as Ctrl-C reaches it from the terminal; only signals that a
 * process sent are passed on. If we are killed outright, the kernel kills the command: it shall not outlive the
 * supervision of its network, and helper programs of the network end with us too, as they watch a pipe of which we have
 * the other end. What is left then, `fairlead teardown` or `fairlead gc` takes away.
 *
 * An ordinary user's network namespace belongs to a user namespace of the command's own. We hold both, and nobody else. */

typedef struct
{
  char **networks;
  char **ports;
  char *id;
  char *id_map;
} RunOptions;

static void
run_options_clear (RunOptions *options)
{
  g_strfreev (options->networks);
  g_strfreev (options->ports);
  g_free (options->id);
  g_free (options->id_map);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunOptions, run_options_clear)

/* The other end stays open, and ours alone, for as long as we live. */
static gboolean
tie_to_us (FairleadRequest  *request,
           GError          **error)
{
  gboolean tied;
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot make a pipe");
      return FALSE;
    }

  tied = fairlead_request_set_exit_fd (request, ends[0], error);
  close (ends[0]);

  return tied;
}

static gboolean
parse_id_map (FairleadTool   *tool,
              const char     *text,
              FairleadIdMap  *id_map,
              GError        **error)
{
  g_autoptr (GEnumClass) maps = g_type_class_ref (FAIRLEAD_TYPE_ID_MAP);
  const GEnumValue *value = text ? g_enum_get_value_by_nick (maps, text) : NULL;

  *id_map = value ? (FairleadIdMap) value->value
                  : fairlead_config_get_id_map (fairlead_manager_get_config (tool->manager));
  if (value || !text)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "--id-map=%s: there is no such map, but 'user' and 'subids'", text);
  return FALSE;
}

/* Whether there has to be a namespace is known when the networks are. */
static gboolean
needs_netns (FairleadTool     *tool,
             FairleadRequest  *request,
             gboolean         *needs,
             GError          **error)
{
  g_autoptr (FairleadContainer) planned = NULL;

  fairlead_tool_begin (tool, "Planning", fairlead_request_get_container_id (request));
  planned = fairlead_manager_plan (tool->manager, request, tool->cancellable, error);
  fairlead_tool_end (tool);
  if (!planned)
    return FALSE;

  *needs = fairlead_container_get_netns_origin (planned) == FAIRLEAD_NETNS_ORIGIN_CREATED;

  return TRUE;
}

/* As root the manager makes a namespace and pins it, so that ip-netns(8) knows it. */
static gboolean
choose_netns (FairleadTool     *tool,
              FairleadRequest  *request,
              const char       *id_map_name,
              GError          **error)
{
  g_autoptr (FairleadNetns) netns = NULL;
  FairleadIdMap id_map;
  gboolean needs = FALSE;

  if (geteuid () == 0 && id_map_name)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                           "--id-map is for ordinary users; root needs no user namespace");
      return FALSE;
    }
  if (geteuid () == 0)
    return TRUE;

  if (!parse_id_map (tool, id_map_name, &id_map, error) || !needs_netns (tool, request, &needs, error))
    return FALSE;
  if (!needs)
    return TRUE;

  netns = fairlead_netns_new_in_userns (id_map, tool->cancellable, error);
  if (!netns)
    return FALSE;
  fairlead_request_set_netns (request, netns);

  return TRUE;
}

static FairleadContainer *
setup_container (FairleadTool     *tool,
                 FairleadRequest  *request,
                 const char       *id_map,
                 GError          **error)
{
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);
  FairleadContainer *container;

  if (!manager || !tie_to_us (request, error) || !choose_netns (tool, request, id_map, error))
    return NULL;

  fairlead_tool_begin (tool, "Setting up", fairlead_request_get_container_id (request));
  container = fairlead_manager_setup (manager, request, tool->cancellable, error);
  fairlead_tool_end (tool);

  return container;
}

/* Runs in the child. */
static void G_GNUC_NORETURN
become_command (FairleadTool    *tool,
                FairleadCommand *command,
                pid_t            parent,
                int              report_fd)
{
  FairleadCommandFailure failure;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (FAIRLEAD_EXIT_NOT_RUN);

  fairlead_signals_restore (&tool->signals);
  failure = fairlead_command_exec (command);
  if (write (report_fd, &failure, sizeof failure) < 0)
    _exit (FAIRLEAD_EXIT_NOT_RUN);

  _exit (FAIRLEAD_EXIT_NOT_RUN);
}

/* Starts the command; 0 if it did not start, with the exit code in @status. */
static pid_t
start_command (FairleadTool    *tool,
               FairleadCommand *command,
               int             *status)
{
  FairleadCommandFailure failure;
  pid_t parent = getpid ();
  gssize n_read;
  int pipe_fds[2];
  pid_t pid;

  *status = FAIRLEAD_EXIT_NOT_RUN;
  if (pipe2 (pipe_fds, O_CLOEXEC) < 0)
    {
      fairlead_tool_complain ("cannot make a pipe: %s", g_strerror (errno));
      return 0;
    }

  pid = fork ();
  if (pid == 0)
    become_command (tool, command, parent, pipe_fds[1]);
  close (pipe_fds[1]);
  if (pid < 0)
    fairlead_tool_complain ("cannot start a process: %s", g_strerror (errno));

  /* Ends without a byte when the command runs. */
  n_read = pid > 0 ? TEMP_FAILURE_RETRY (read (pipe_fds[0], &failure, sizeof failure)) : 0;
  close (pipe_fds[0]);
  if (n_read != (gssize) sizeof failure)
    return MAX (pid, 0);

  waitpid (pid, NULL, 0);
  *status = fairlead_command_report (command, &failure);

  return 0;
}

static void
forward_signals (FairleadTool *tool,
                 pid_t         pid,
                 gboolean      from_terminal)
{
  struct signalfd_siginfo info;

  while (fairlead_signals_read (&tool->signals, &info))
    if (from_terminal || info.ssi_code != SI_KERNEL)
      kill (pid, (int) info.ssi_signo);
}

static int
wait_for_command (FairleadTool *tool,
                  pid_t         pid)
{
  int pidfd = pidfd_open (pid, 0);
  struct pollfd fds[] = { { .fd = tool->signals.fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
  int status = 0;
  pid_t waited;

  /* What the terminal sent until now may have come before the child existed, and so have missed it. */
  forward_signals (tool, pid, TRUE);

  while (pidfd >= 0 && (poll (fds, G_N_ELEMENTS (fds), -1) < 0 || !(fds[1].revents & POLLIN)))
    forward_signals (tool, pid, FALSE);

  waited = TEMP_FAILURE_RETRY (waitpid (pid, &status, 0));
  if (pidfd >= 0)
    close (pidfd);
  if (waited < 0)
    {
      fairlead_tool_complain ("how the command ended is lost: %s", g_strerror (errno));
      return FAIRLEAD_EXIT_NOT_RUN;
    }

  return WIFSIGNALED (status) ? FAIRLEAD_EXIT_SIGNAL + WTERMSIG (status) : WEXITSTATUS (status);
}

static int
supervise_command (FairleadTool       *tool,
                   FairleadContainer  *container,
                   char              **argv)
{
  g_autoptr (FairleadCommand) command = NULL;
  g_autoptr (GError) error = NULL;
  int status;
  pid_t pid;

  command = fairlead_command_new (container, argv, &error);
  if (!command)
    return fairlead_tool_fail (tool, error);

  pid = start_command (tool, command, &status);

  return pid > 0 ? wait_for_command (tool, pid) : status;
}

/* Not interruptible: the promise is that the network goes. Each step has a time limit of its own. */
static int
teardown_container (FairleadTool *tool,
                    const char   *container_id,
                    int           status)
{
  g_autoptr (GError) error = NULL;
  gboolean succeeded;

  fairlead_tool_begin (tool, "Tearing down", container_id);
  succeeded = fairlead_manager_teardown (tool->manager, container_id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  fairlead_tool_end (tool);
  if (succeeded || fairlead_tool_has_gone (tool, container_id))
    return status;

  g_prefix_error (&error, "the network of %s could not be taken away; try 'fairlead teardown %s': ", container_id,
                  container_id);
  fairlead_tool_fail (tool, error);

  return status == 0 ? FAIRLEAD_EXIT_NOT_RUN : status;
}

static int
run_request (FairleadTool     *tool,
             FairleadRequest  *request,
             const char       *id_map,
             char            **argv)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  container = setup_container (tool, request, id_map, &error);
  if (!container)
    {
      fairlead_tool_fail (tool, error);
      return tool->stop_signal ? FAIRLEAD_EXIT_SIGNAL + tool->stop_signal : FAIRLEAD_EXIT_NOT_RUN;
    }

  status = tool->stop_signal ? FAIRLEAD_EXIT_SIGNAL + tool->stop_signal : supervise_command (tool, container, argv);

  return teardown_container (tool, fairlead_container_get_id (container), status);
}

static int
run (FairleadTool  *tool,
     int            argc,
     char         **argv)
{
  g_auto (RunOptions) options = { 0 };
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "network", 'n', 0, G_OPTION_ARG_STRING_ARRAY, &options.networks, "Attach to NETWORK; may be repeated",
      "NETWORK[:KEY=VALUE…]" },
    { "publish", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.ports, "Publish a port; may be repeated",
      "[HOSTIP:]HPORT[-HEND]:CPORT[-CEND][/PROTOCOL]" },
    { "id", 0, 0, G_OPTION_ARG_STRING, &options.id, "Name the container ID instead of run-…", "ID" },
    { "id-map", 0, 0, G_OPTION_ARG_STRING, &options.id_map, "User ids that an ordinary user's command has: user or subids",
      "MAP" },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries, NULL))
    return FAIRLEAD_EXIT_NOT_RUN;

  argv += argc > 1 && g_str_equal (argv[1], "--") ? 2 : 1;
  if (!argv[0])
    return fairlead_tool_usage (tool, "no command is given");

  if (!options.id)
    options.id = g_strdup_printf ("run-%08x", g_random_int ());

  request = fairlead_tool_dup_request (tool, options.id, options.networks, options.ports, &error);
  if (!request || !fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_FORWARD, &error))
    return fairlead_tool_fail (tool, error);

  return run_request (tool, request, options.id_map, argv);
}

const FairleadVerb fairlead_verb_run = {
  .name = "run",
  .parameters = "[--] COMMAND [ARGUMENT…]",
  .summary = "Run a command in a network of its own",
  .runs_command = TRUE,
  .func = run,
};
