/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-tool.h"

#include <stdio.h>

#include <glib-unix.h>

/* fairlead reload: puts back what a firewall flush removed. */

#define FIREWALLD           "org.fedoraproject.FirewallD1"
#define FIREWALLD_PATH      "/org/fedoraproject/FirewallD1"
#define FIREWALLD_INTERFACE "org.fedoraproject.FirewallD1"

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

typedef struct
{
  FairleadTool *tool;
  char **ids;
  GMainLoop *loop;
  gboolean lost; /* the bus */
} Watch;

/* What fails is printed; the next time it may work. */
static void
reload_again (Watch *watch)
{
  fairlead_tool_for_each_or_all (watch->tool, watch->ids, reload_container, NULL);
  fflush (stdout);
  if (watch->tool->stop_signal != 0)
    g_main_loop_quit (watch->loop);
}

/* Also at the beginning, if firewalld runs: nobody knows what it did before. */
static void
on_appeared (GDBusConnection *bus,
             const char      *name,
             const char      *owner,
             gpointer         watch)
{
  reload_again (watch);
}

static void
on_reloaded (GDBusConnection *bus,
             const char      *sender,
             const char      *path,
             const char      *interface,
             const char      *signal,
             GVariant        *parameters,
             gpointer         watch)
{
  reload_again (watch);
}

static void
on_closed (GDBusConnection *bus,
           gboolean         vanished,
           GError          *reason,
           Watch           *watch)
{
  watch->lost = TRUE;
  g_main_loop_quit (watch->loop);
}

static gboolean
on_signal (int          fd,
           GIOCondition condition,
           gpointer     watch)
{
  g_main_loop_quit (((Watch *) watch)->loop);

  return G_SOURCE_REMOVE;
}

static void
watch_bus (Watch           *watch,
           GDBusConnection *bus)
{
  const guint reloaded = g_dbus_connection_signal_subscribe (bus, FIREWALLD, FIREWALLD_INTERFACE, "Reloaded", FIREWALLD_PATH,
                                                             NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_reloaded, watch, NULL);
  const guint appeared = g_bus_watch_name_on_connection (bus, FIREWALLD, G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared, NULL,
                                                         watch, NULL);
  const gulong closed = g_signal_connect (bus, "closed", G_CALLBACK (on_closed), watch);
  g_autoptr (GSource) signals = g_unix_fd_source_new (watch->tool->signals.fd, G_IO_IN);

  g_source_set_callback (signals, G_SOURCE_FUNC (on_signal), watch, NULL);
  g_source_attach (signals, NULL);
  g_main_loop_run (watch->loop);

  g_source_destroy (signals);
  g_signal_handler_disconnect (bus, closed);
  g_bus_unwatch_name (appeared);
  g_dbus_connection_signal_unsubscribe (bus, reloaded);
}

/* Until a signal ends it. */
static int
reload_after_firewalld (FairleadTool  *tool,
                        char         **ids)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Watch watch = { .tool = tool, .ids = ids, .loop = loop };

  if (!fairlead_tool_get_manager (tool, &error))
    return fairlead_tool_fail (tool, error);

  bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
  if (!bus)
    {
      g_prefix_error (&error, "firewalld cannot be watched without the system bus: ");
      return fairlead_tool_fail (tool, error);
    }

  g_dbus_connection_set_exit_on_close (bus, FALSE);
  watch_bus (&watch, bus);
  if (!watch.lost)
    return FAIRLEAD_EXIT_DONE;

  fairlead_tool_complain ("the system bus is gone, and so nothing tells of firewalld any more");

  return FAIRLEAD_EXIT_FAILED;
}

static int
reload (FairleadTool  *tool,
        int            argc,
        char         **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean watch = FALSE;
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watch, "Stay, and do so each time that firewalld starts or reloads", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!fairlead_tool_parse (tool, &argc, &argv, entries,
                            "Without ID: all containers. Addresses and connections are kept."))
    return FAIRLEAD_EXIT_USAGE;

  if (!fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, &error))
    return fairlead_tool_fail (tool, error);

  return watch ? reload_after_firewalld (tool, argv + 1)
               : fairlead_tool_for_each_or_all (tool, argv + 1, reload_container, NULL);
}

const FairleadVerb fairlead_verb_reload = {
  .name = "reload",
  .parameters = "[ID…]",
  .summary = "Put back what a firewall flush removed",
  .func = reload,
};
