/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-firewalld.h"

#include <string.h>
#include <unistd.h>

#define BUS_NAME       "org.fedoraproject.FirewallD1"
#define OBJECT_PATH    "/org/fedoraproject/FirewallD1"
#define ZONE_INTERFACE "org.fedoraproject.FirewallD1.zone"
#define ZONE           "trusted"

/* firewalld answers within milliseconds, or not at all while it loads its rules anew. */
#define TIME_LIMIT_MS  10000

/* What firewalld's errors begin with. */
#define ERROR_NAME     "org.fedoraproject.FirewallD1.Exception"

#define DEFAULT_SOCKET "/run/dbus/system_bus_socket"

/* For the bus itself, which answers at once, or does not work: each answer that a connection begins with. */
#define BUS_TIME_LIMIT 5

/* A connection of our own: the program's shared one may be in use on its main context, and must not be made by us. GDBus
 * waits for the bus without limit, unless the socket has one. */
static GDBusConnection *
connect_to_bus (GCancellable  *cancellable,
                GError       **error)
{
  g_autofree char *address = NULL;
  g_autofree char *guid = NULL;
  g_autoptr (GIOStream) stream = NULL;

  /* Where there is no bus, which is the rule in a container host's minimal system, nothing of GDBus is started. */
  if (g_getenv ("DBUS_SYSTEM_BUS_ADDRESS") == NULL && access (DEFAULT_SOCKET, F_OK) < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no system bus");
      return NULL;
    }
  address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, cancellable, error);
  stream = address != NULL ? g_dbus_address_get_stream_sync (address, &guid, cancellable, error) : NULL;
  if (stream == NULL)
    return NULL;
  if (G_IS_SOCKET_CONNECTION (stream))
    g_socket_set_timeout (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), BUS_TIME_LIMIT);
  return g_dbus_connection_new_sync (stream, guid,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, cancellable, error);
}

static gboolean
has_owner (GDBusConnection *connection,
           GCancellable    *cancellable)
{
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                 "NameHasOwner", g_variant_new ("(s)", BUS_NAME), G_VARIANT_TYPE ("(b)"),
                                 G_DBUS_CALL_FLAGS_NO_AUTO_START, TIME_LIMIT_MS, cancellable, NULL);
  gboolean owned = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &owned);
  return owned;
}

static void
disconnect_from_bus (GDBusConnection *connection)
{
  g_dbus_connection_close_sync (connection, NULL, NULL);
}

gboolean
fairlead_bridge_firewalld_is_running (GCancellable *cancellable)
{
  g_autoptr (GDBusConnection) connection = connect_to_bus (cancellable, NULL);
  gboolean running;

  if (connection == NULL)
    return FALSE;
  running = has_owner (connection, cancellable);
  disconnect_from_bus (connection);
  return running;
}

static gboolean
has_prefix (const char  *text,
            const char **prefixes)
{
  while (*prefixes != NULL && !g_str_has_prefix (text, *prefixes))
    prefixes++;
  return *prefixes != NULL;
}

/* firewalld's own errors are told apart by the word that its message begins with. */
static gboolean
call_zone (GDBusConnection  *connection,
           const char       *method,
           const char       *link,
           const char      **accepted,
           GCancellable     *cancellable,
           GError          **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_sync (connection, BUS_NAME, OBJECT_PATH, ZONE_INTERFACE, method,
                                 g_variant_new ("(ss)", ZONE, link), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                 TIME_LIMIT_MS, cancellable, &local_error);
  g_autofree char *name = reply == NULL ? g_dbus_error_get_remote_error (local_error) : NULL;

  if (reply != NULL)
    return TRUE;
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  g_dbus_error_strip_remote_error (local_error);
  if (g_strcmp0 (name, ERROR_NAME) == 0 && has_prefix (local_error->message, accepted))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
               "firewalld: %s of %s in the zone %s failed: %s (with [backend bridge] firewalld=no it is left alone)",
               method, link, ZONE, local_error->message);
  return FALSE;
}

gboolean
fairlead_bridge_firewalld_add (const char    *link,
                               GCancellable  *cancellable,
                               GError       **error)
{
  static const char *accepted[] = { "ZONE_ALREADY_SET", NULL };
  g_autoptr (GDBusConnection) connection = connect_to_bus (cancellable, error);
  gboolean succeeded;

  if (connection == NULL)
    return FALSE;
  succeeded = call_zone (connection, "changeZoneOfInterface", link, accepted, cancellable, error);
  disconnect_from_bus (connection);
  return succeeded;
}

static gboolean
verify_zone (GDBusConnection  *connection,
             const char       *link,
             GCancellable     *cancellable,
             GError          **error)
{
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_sync (connection, BUS_NAME, OBJECT_PATH, ZONE_INTERFACE, "getZoneOfInterface",
                                 g_variant_new ("(s)", link), G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                 TIME_LIMIT_MS, cancellable, error);
  const char *zone;

  if (reply == NULL)
    {
      g_prefix_error (error, "firewalld does not tell which zone %s is in: ", link);
      return FALSE;
    }
  g_variant_get (reply, "(&s)", &zone);
  if (g_str_equal (zone, ZONE))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "for firewalld the bridge %s is in %s%s instead of the zone " ZONE "; \"fairlead reload\" puts it there "
               "(with [backend bridge] firewalld=no it is left alone)", link, *zone != '\0' ? "the zone " : "no zone", zone);
  return FALSE;
}

gboolean
fairlead_bridge_firewalld_verify (const char    *link,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_autoptr (GDBusConnection) connection = connect_to_bus (cancellable, NULL);
  gboolean succeeded;

  if (connection == NULL)
    return TRUE;
  succeeded = !has_owner (connection, cancellable) || verify_zone (connection, link, cancellable, error);
  disconnect_from_bus (connection);
  return succeeded && !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Where somebody moved it to another zone, it is his. */
gboolean
fairlead_bridge_firewalld_remove (const char  *link,
                                  GError     **error)
{
  static const char *accepted[] = { "UNKNOWN_INTERFACE", "ZONE_CONFLICT", NULL };
  g_autoptr (GDBusConnection) connection = connect_to_bus (NULL, NULL);
  gboolean succeeded = TRUE;

  if (connection == NULL)
    return TRUE;
  if (has_owner (connection, NULL))
    succeeded = call_zone (connection, "removeInterface", link, accepted, NULL, error);
  disconnect_from_bus (connection);
  return succeeded;
}
