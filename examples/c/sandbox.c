/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sandbox: runs a command under bubblewrap, in a network of its own that Fairlead makes and takes away again.
 *
 *   cc sandbox.c -o sandbox $(pkg-config --cflags --libs fairlead-1 gio-unix-2.0)
 *   sandbox --network none -- ip address
 *
 * It shows how a GLib program embeds Fairlead: one asynchronous operation of its own (sandbox_run_async) is made of
 * Fairlead's, nothing blocks the main loop, and Ctrl-C cancels wherever it is, with nothing left behind. */

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <fairlead/fairlead.h>
#include <glib-unix.h>

/* What one run needs; the task owns it. */
typedef struct
{
  FairleadRequest *request;
  char           **argv;
  int              netns_fd; /* -1 until the network is set up */
  int              status;   /* of the command, as a shell shows it */
  GError          *error;    /* why the command did not run, or NULL */
} Run;

static void
run_free (Run *run)
{
  g_object_unref (run->request);
  g_strfreev (run->argv);
  if (run->netns_fd >= 0)
    close (run->netns_fd);
  g_clear_error (&run->error);
  g_free (run);
}

/* The network is gone, or not quite: either way this is the end, and the only place where the task returns. */
static void
on_torn_down (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!fairlead_manager_teardown_finish (FAIRLEAD_MANAGER (source), result, &error) && run->error == NULL)
    run->error = g_steal_pointer (&error);
  if (run->error != NULL)
    g_task_return_error (task, g_steal_pointer (&run->error));
  else
    g_task_return_int (task, run->status);
}

/* Without the caller's cancellable: what was set up has to go, all the more if he has cancelled. */
static void
tear_down (GTask *task)
{
  FairleadManager *manager = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);

  fairlead_manager_teardown_async (manager, fairlead_request_get_container_id (run->request), FAIRLEAD_TEARDOWN_NONE,
                                   NULL, on_torn_down, task);
}

static void
on_command_ended (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GSubprocess *command = G_SUBPROCESS (source);
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);

  /* Cancelled: the command has to end before its network does. This second wait has no cancellable. */
  if (!g_subprocess_wait_finish (command, result, &run->error))
    {
      g_subprocess_force_exit (command);
      g_subprocess_wait (command, NULL, NULL);
    }
  else if (g_subprocess_get_if_exited (command))
    run->status = g_subprocess_get_exit_status (command);
  else
    run->status = 128 + g_subprocess_get_term_sig (command);
  tear_down (task);
}

/* In the child, between fork and exec: system calls only. No thread of this program ever leaves its network namespace. */
static void
enter_netns (gpointer user_data)
{
  if (setns (GPOINTER_TO_INT (user_data), CLONE_NEWNET) < 0)
    _exit (126);
}

static GSubprocess *
spawn (Run     *run,
       GError **error)
{
  static const char * const bwrap[] = {
    "bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--unshare-pid",
    "--unshare-ipc", "--die-with-parent", "--", NULL,
  };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;

  g_strv_builder_addv (builder, (const char **) bwrap);
  g_strv_builder_addv (builder, (const char **) run->argv);
  argv = g_strv_builder_end (builder);
  g_subprocess_launcher_set_child_setup (launcher, enter_netns, GINT_TO_POINTER (run->netns_fd), NULL);
  return g_subprocess_launcher_spawnv (launcher, (const char * const *) argv, error);
}

static void
on_set_up (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (GSubprocess) command = NULL;
  GError *error = NULL;

  container = fairlead_manager_setup_finish (FAIRLEAD_MANAGER (source), result, &error);
  if (container == NULL)
    {
      /* Fairlead has removed what it had made. */
      g_task_return_error (task, error);
      return;
    }

  netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &run->error);
  run->netns_fd = netns != NULL ? fairlead_netns_dup_fd (netns, &run->error) : -1;
  command = run->netns_fd >= 0 ? spawn (run, &run->error) : NULL;
  if (command == NULL)
    tear_down (g_steal_pointer (&task));
  else
    {
      GCancellable *cancellable = g_task_get_cancellable (task);

      g_subprocess_wait_async (command, cancellable, on_command_ended, g_steal_pointer (&task));
    }
}

static void
sandbox_run_async (FairleadManager     *manager,
                   FairleadRequest     *request,
                   char               **argv,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (manager, cancellable, callback, user_data);
  Run *run = g_new0 (Run, 1);

  run->request = g_object_ref (request);
  run->argv = g_strdupv (argv);
  run->netns_fd = -1;
  g_task_set_source_tag (task, sandbox_run_async);
  g_task_set_task_data (task, run, (GDestroyNotify) run_free);
  /* What has happened is told, even if the cancellation came too late to prevent it. */
  g_task_set_check_cancellable (task, FALSE);
  fairlead_manager_setup_async (manager, request, cancellable, on_set_up, g_steal_pointer (&task));
}

/* The command's exit status, or -1 with @error set. */
static int
sandbox_run_finish (FairleadManager  *manager,
                    GAsyncResult     *result,
                    GError          **error)
{
  g_return_val_if_fail (g_task_is_valid (result, manager), -1);

  return (int) g_task_propagate_int (G_TASK (result), error);
}

typedef struct
{
  GMainLoop    *loop;
  GCancellable *cancellable;
  int           status;
} Program;

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Program *program = user_data;
  g_autoptr (GError) error = NULL;

  program->status = sandbox_run_finish (FAIRLEAD_MANAGER (source), result, &error);
  if (error != NULL)
    {
      g_printerr ("sandbox: %s\n", error->message);
      program->status = 125;
    }
  g_main_loop_quit (program->loop);
}

static gboolean
on_signal (gpointer user_data)
{
  Program *program = user_data;

  g_cancellable_cancel (program->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
on_container_added (FairleadManager   *manager,
                    FairleadContainer *container,
                    gpointer           user_data)
{
  GListModel *attachments = fairlead_container_get_attachments (container);

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);

      g_printerr ("sandbox: %s is on network %s\n", fairlead_container_get_id (container),
                  fairlead_attachment_get_network_name (attachment));
    }
}

static void
on_container_removed (FairleadManager   *manager,
                      FairleadContainer *container,
                      gpointer           user_data)
{
  g_printerr ("sandbox: %s is gone\n", fairlead_container_get_id (container));
}

static FairleadRequest *
new_request (char   **networks,
             char   **ports,
             GError **error)
{
  g_autofree char *id = g_strdup_printf ("sandbox-%d", (int) getpid ());
  g_autoptr (FairleadRequest) request = fairlead_request_new (id);

  for (; networks != NULL && *networks != NULL; networks++)
    if (!fairlead_request_add_network_from_string (request, *networks, error))
      return NULL;
  for (; ports != NULL && *ports != NULL; ports++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (*ports, error);

      if (mapping == NULL)
        return NULL;
      fairlead_request_add_port_mapping (request, mapping);
    }
  return g_steal_pointer (&request);
}

static int
run_program (char   **networks,
             char   **ports,
             char   **argv,
             GError **error)
{
  g_autoptr (FairleadConfig) config = fairlead_config_new_default (error);
  g_autoptr (FairleadRequest) request = config != NULL ? new_request (networks, ports, error) : NULL;
  g_autoptr (FairleadManager) manager = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Program program = { loop, cancellable, 0 };

  if (request == NULL)
    return -1;
  manager = fairlead_manager_new (config);
  g_signal_connect (manager, "container-added", G_CALLBACK (on_container_added), NULL);
  g_signal_connect (manager, "container-removed", G_CALLBACK (on_container_removed), NULL);
  g_unix_signal_add (SIGINT, on_signal, &program);
  g_unix_signal_add (SIGTERM, on_signal, &program);

  sandbox_run_async (manager, request, argv, cancellable, on_done, &program);
  g_main_loop_run (loop);
  return program.status;
}

int
main (int    argc,
      char **argv)
{
  g_auto (GStrv) networks = NULL;
  g_auto (GStrv) ports = NULL;
  const GOptionEntry entries[] = {
    { "network", 'n', 0, G_OPTION_ARG_STRING_ARRAY, &networks, "Attach to NETWORK; may be repeated", "NETWORK" },
    { "publish", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &ports, "Publish a port; may be repeated", "HOST:CONTAINER" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("-- COMMAND…");
  g_autoptr (GError) error = NULL;
  int status = -1;
  char **command;

  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("sandbox: %s\n", error->message);
      return 125;
    }
  command = argv + 1;
  if (*command != NULL && g_str_equal (*command, "--"))
    command++;
  if (*command == NULL)
    {
      g_printerr ("sandbox: no command is given\n");
      return 125;
    }

  status = run_program (networks, ports, command, &error);
  if (error != NULL)
    g_printerr ("sandbox: %s\n", error->message);
  return status >= 0 ? status : 125;
}
