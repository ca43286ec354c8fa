/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge-testlib.h"
#include "fairlead-bridge-dns.h"

/* What other programs do for containers if they are there: aardvark-dns, and firewalld, which is played by this one. */

#define PATIENCE_US (10 * G_USEC_PER_SEC)

#define BUS_SOCKET     "/run/test-bus"
#define BUS_ADDRESS    "unix:path=" BUS_SOCKET

#define FIREWALLD      "org.fedoraproject.FirewallD1"
#define FIREWALLD_PATH "/org/fedoraproject/FirewallD1"

static const char firewalld_xml[] =
  "<node><interface name='org.fedoraproject.FirewallD1.zone'>"
  "<method name='changeZoneOfInterface'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='s' direction='out'/></method>"
  "<method name='removeInterface'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='s' direction='out'/></method>"
  "<method name='getZoneOfInterface'><arg type='s' direction='in'/><arg type='s' direction='out'/></method>"
  "</interface></node>";

/* A bus, and on it a firewalld that notes what it is told to do, and knows of one interface. */
typedef struct
{
  GPid pid;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GDBusConnection *connection;
  GMutex lock;
  GString *calls; /* (mutex lock) */
  char *zone;     /* (mutex lock) (owned) of the interface, "" for none */
  gboolean ready; /* (mutex lock) */
  gboolean refuses; /* (mutex lock) */
} Firewalld;

static Firewalld firewalld;

static void
move (const char *zone)
{
  g_mutex_lock (&firewalld.lock);
  g_free (firewalld.zone);
  firewalld.zone = g_strdup (zone);
  g_mutex_unlock (&firewalld.lock);
}

static void
on_method_call (GDBusConnection       *connection,
                const char            *sender,
                const char            *path,
                const char            *interface,
                const char            *method,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  const char *zone, *link;
  gboolean refuses, conflicts;

  if (g_str_equal (method, "getZoneOfInterface"))
    {
      g_mutex_lock (&firewalld.lock);
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", firewalld.zone));
      g_mutex_unlock (&firewalld.lock);
      return;
    }

  g_variant_get (parameters, "(&s&s)", &zone, &link);
  g_mutex_lock (&firewalld.lock);
  conflicts = g_str_equal (method, "removeInterface") && *firewalld.zone != '\0' && !g_str_equal (firewalld.zone, zone);
  g_string_append_printf (firewalld.calls, "%s %s %s;", method, zone, link);
  refuses = firewalld.refuses;
  g_mutex_unlock (&firewalld.lock);
  if (!conflicts)
    move (g_str_equal (method, "removeInterface") ? "" : zone);
  if (conflicts)
    g_dbus_method_invocation_return_dbus_error (invocation, FIREWALLD ".Exception", "ZONE_CONFLICT: remove_interface()");
  else if (refuses)
    g_dbus_method_invocation_return_dbus_error (invocation, FIREWALLD ".Exception", "COMMAND_FAILED: the test says no");
  else
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", zone));
}

static void
on_name_acquired (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  g_mutex_lock (&firewalld.lock);
  firewalld.ready = TRUE;
  g_mutex_unlock (&firewalld.lock);
}

static gpointer
serve (gpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_method_call };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (firewalld_xml, NULL);
  g_autoptr (GError) error = NULL;
  guint object, name;

  g_main_context_push_thread_default (firewalld.context);
  firewalld.connection =
    g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SYSTEM_BUS_ADDRESS"),
                                            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, &error);
  g_assert_no_error (error);
  object = g_dbus_connection_register_object (firewalld.connection, FIREWALLD_PATH, info->interfaces[0], &vtable, NULL,
                                              NULL, &error);
  g_assert_no_error (error);
  name = g_bus_own_name_on_connection (firewalld.connection, FIREWALLD, G_BUS_NAME_OWNER_FLAGS_NONE, on_name_acquired, NULL,
                                       NULL, NULL);
  g_main_loop_run (firewalld.loop);
  g_bus_unown_name (name);
  g_dbus_connection_unregister_object (firewalld.connection, object);
  g_main_context_pop_thread_default (firewalld.context);
  return NULL;
}

static gboolean
firewalld_is_ready (void)
{
  gboolean ready;

  g_mutex_lock (&firewalld.lock);
  ready = firewalld.ready;
  g_mutex_unlock (&firewalld.lock);
  return ready;
}

/* Once for the whole program, as GLib keeps what it needs for D-Bus. FALSE if there is no dbus-daemon. */
static gboolean
start_firewalld (void)
{
  const char *argv[] = { "setpriv", "--pdeathsig", "TERM", "dbus-daemon", "--session", "--nofork", "--nosyslog",
                         "--address=" BUS_ADDRESS, NULL };

  const GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                            G_SPAWN_STDERR_TO_DEV_NULL;
  g_autofree char *program = g_find_program_in_path ("dbus-daemon");

  if (program == NULL || !g_spawn_async (NULL, (char **) argv, NULL, flags, NULL, NULL, &firewalld.pid, NULL))
    return FALSE;
  while (access (BUS_SOCKET, F_OK) < 0)
    g_thread_yield ();
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", BUS_ADDRESS, TRUE);
  g_mutex_init (&firewalld.lock);
  firewalld.calls = g_string_new (NULL);
  firewalld.zone = g_strdup ("");
  firewalld.context = g_main_context_new ();
  firewalld.loop = g_main_loop_new (firewalld.context, FALSE);
  firewalld.thread = g_thread_new ("firewalld", serve, NULL);
  while (!firewalld_is_ready ())
    g_thread_yield ();
  return TRUE;
}

static void
stop_firewalld (void)
{
  int status;

  if (firewalld.pid == 0)
    return;
  g_main_loop_quit (firewalld.loop);
  g_thread_join (firewalld.thread);
  g_dbus_connection_close_sync (firewalld.connection, NULL, NULL);
  g_clear_object (&firewalld.connection);
  g_main_loop_unref (firewalld.loop);
  g_main_context_unref (firewalld.context);
  g_string_free (firewalld.calls, TRUE);
  g_free (firewalld.zone);
  kill (firewalld.pid, SIGTERM);
  g_assert_cmpint (waitpid (firewalld.pid, &status, 0), ==, firewalld.pid);
}

static void
assert_calls (const char *wanted)
{
  g_mutex_lock (&firewalld.lock);
  g_assert_cmpstr (firewalld.calls->str, ==, wanted);
  g_string_truncate (firewalld.calls, 0);
  g_mutex_unlock (&firewalld.lock);
}

static void
refuse (gboolean refuses)
{
  g_mutex_lock (&firewalld.lock);
  firewalld.refuses = refuses;
  g_mutex_unlock (&firewalld.lock);
}

static void
test_firewalld (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Where firewalld runs, a bridge joins its zone when it is made or reloaded, and leaves it when it goes");

  if (firewalld.pid == 0)
    {
      g_test_skip ("there is no dbus-daemon");
      return;
    }
  first = bridge_setup (fixture, "c1", "bridge", "");
  assert_calls ("changeZoneOfInterface trusted fairlead0;");
  second = bridge_setup (fixture, "c2", "bridge", "");
  assert_calls ("");
  fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  assert_calls ("changeZoneOfInterface trusted fairlead0;");
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
  assert_calls ("removeInterface trusted fairlead0;");

  refuse (TRUE);
  g_assert_null (bridge_try_setup (fixture, "c1", "bridge", "", &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "the test says no"));
  refuse (FALSE);
  /* What made it undoes it, and so does the undoing of the setup. */
  assert_calls ("changeZoneOfInterface trusted fairlead0;removeInterface trusted fairlead0;"
                "removeInterface trusted fairlead0;");
  bridge_collect (fixture);
  assert_calls ("removeInterface trusted fairlead0;");
}

static void
test_firewalld_refuses (BridgeFixture *fixture,
                        gconstpointer  data)
{
  g_autofree char *file = g_build_filename (fixture->config_dir, "fairlead.conf", NULL);
  g_autoptr (FairleadContainer) container = NULL;
  g_autofree char *links = NULL;
  g_autofree char *rules = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("All but the zone goes where firewalld refuses; the rest with firewalld=no, or when it no longer does");

  if (firewalld.pid == 0)
    {
      g_test_skip ("there is no dbus-daemon");
      return;
    }
  container = bridge_setup (fixture, "c1", "bridge", "");
  refuse (TRUE);
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  g_assert_nonnull (strstr (error->message, "with [backend bridge] firewalld=no it is left alone"));
  links = bridge_run ("ip -o link show");
  rules = bridge_dup_rules ();
  g_assert_null (strstr (links, "fairlead0"));
  g_assert_cmpstr (rules, ==, "");

  g_assert_true (g_file_set_contents_full (file, "[backend bridge]\nfirewalld=no\n", -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                           NULL));
  g_clear_object (&fixture->manager);
  fixture->manager = bridge_new_manager (fixture);
  bridge_teardown (fixture, "c1");
  refuse (FALSE);
  assert_calls ("changeZoneOfInterface trusted fairlead0;removeInterface trusted fairlead0;");
}

/* Accepts, and says nothing. */
static void
test_silent_bus (BridgeFixture *fixture,
                 gconstpointer  data)
{
  g_autofree char *before = g_strdup (g_getenv ("DBUS_SYSTEM_BUS_ADDRESS"));
  g_autofree char *path = fairlead_test_path (&fixture->base, "bus");
  g_autofree char *address = g_strdup_printf ("unix:path=%s", path);
  g_autoptr (GSocketAddress) socket_address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A bus that does not answer keeps nobody waiting for ever");

  g_assert_true (g_socket_bind (socket, socket_address, FALSE, &error));
  g_assert_true (g_socket_listen (socket, &error));
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", address, TRUE);
  container = bridge_setup (fixture, "c1", "bridge", "");
  if (before != NULL)
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", before, TRUE);
  else
    g_unsetenv ("DBUS_SYSTEM_BUS_ADDRESS");
  bridge_teardown (fixture, "c1");
  g_unlink (path);
}

static void
test_zone (BridgeFixture *fixture,
           gconstpointer  data)
{
  static const char * const others[] = { "public", "" };
  g_autoptr (FairleadContainer) container = NULL;

  g_test_summary ("check tells of a bridge that firewalld has in another zone or in none, and reload puts it back; it is "
                  "no hindrance to teardown");

  if (firewalld.pid == 0)
    {
      g_test_skip ("there is no dbus-daemon");
      return;
    }
  container = bridge_setup (fixture, "c1", "bridge", "");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
      g_assert_no_error (error);
      move (others[i]);
      g_assert_false (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
      g_assert_nonnull (strstr (error->message, i == 0 ? "the zone public" : "no zone"));
      g_clear_error (&error);
      fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
      g_assert_no_error (error);
    }
  move ("public");
  bridge_teardown (fixture, "c1");
  assert_calls ("changeZoneOfInterface trusted fairlead0;changeZoneOfInterface trusted fairlead0;"
                "changeZoneOfInterface trusted fairlead0;removeInterface trusted fairlead0;");
  move ("");
}

static void
wait_for_calls (const char *wanted)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  gboolean arrived = FALSE;

  while (!arrived && g_get_monotonic_time () < deadline)
    {
      g_mutex_lock (&firewalld.lock);
      arrived = g_str_equal (firewalld.calls->str, wanted);
      g_mutex_unlock (&firewalld.lock);
      if (!arrived)
        g_usleep (1000);
    }
  assert_calls (wanted);
}

static GSubprocess *
start_watch (BridgeFixture *fixture,
             const char    *bus)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "DBUS_SYSTEM_BUS_ADDRESS", bus, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, TEST_COMMAND, "reload", "--watch", "--config-dir",
                                         fixture->config_dir, "--state-dir", fixture->state_dir, NULL);

  g_assert_no_error (error);
  return process;
}

static void
test_watch (BridgeFixture *fixture,
            gconstpointer  data)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("reload --watch puts bridges back when firewalld is there, and each time that it has reloaded");

  if (firewalld.pid == 0)
    {
      g_test_skip ("there is no dbus-daemon");
      return;
    }
  container = bridge_setup (fixture, "c1", "bridge", "");
  assert_calls ("changeZoneOfInterface trusted fairlead0;");
  process = start_watch (fixture, BUS_ADDRESS);
  for (guint i = 0; i < 3; i++)
    {
      wait_for_calls ("changeZoneOfInterface trusted fairlead0;");
      g_dbus_connection_emit_signal (firewalld.connection, NULL, FIREWALLD_PATH, FIREWALLD, "Reloaded", NULL, &error);
      g_assert_no_error (error);
    }
  wait_for_calls ("changeZoneOfInterface trusted fairlead0;");
  g_subprocess_send_signal (process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
  bridge_teardown (fixture, "c1");
  assert_calls ("removeInterface trusted fairlead0;");
}

static void
test_watch_without_bus (BridgeFixture *fixture,
                        gconstpointer  data)
{
  g_autoptr (GSubprocess) process = start_watch (fixture, "unix:path=/run/no-bus");
  g_autofree char *complaint = NULL;

  g_test_summary ("Without a system bus, reload --watch says so and ends");

  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &complaint, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 1);
  g_assert_nonnull (strstr (complaint, "without the system bus"));
}

/* The last four bytes of the answer for @name, as an address; NULL if there is none in time, or it says that there is none. */
static char *
resolve (FairleadContainer *container,
         const char        *server,
         const char        *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (server, 53);
  int fd = fairlead_netns_open_socket (netns, AF_INET, SOCK_DGRAM, 0, &error);
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  g_autoptr (GByteArray) question = g_byte_array_new ();
  static const guint8 head[] = { 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, tail[] = { 0, 0, 1, 0, 1 };
  g_auto (GStrv) labels = g_strsplit (name, ".", -1);
  guint8 answer[512];
  char native[128];
  gssize n_read = 0;

  g_assert_true (g_socket_address_to_native (address, native, sizeof native, NULL));
  g_byte_array_append (question, head, sizeof head);
  for (char **label = labels; *label != NULL; label++)
    {
      guint8 length = strlen (*label);

      g_byte_array_append (question, &length, 1);
      g_byte_array_append (question, (const guint8 *) *label, length);
    }
  g_byte_array_append (question, tail, sizeof tail);
  if (connect (fd, (struct sockaddr *) native, g_socket_address_get_native_size (address)) == 0 &&
      send (fd, question->data, question->len, 0) > 0 && poll (&poll_fd, 1, 500) == 1)
    n_read = recv (fd, answer, sizeof answer, 0);
  close (fd);
  if (n_read < 16 || answer[7] == 0)
    return NULL;
  return g_strdup_printf ("%u.%u.%u.%u", answer[n_read - 4], answer[n_read - 3], answer[n_read - 2], answer[n_read - 1]);
}

static void
assert_resolves (FairleadContainer *container,
                 const char        *server,
                 const char        *name,
                 const char        *wanted)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  g_autofree char *found = resolve (container, server, name);

  /* aardvark-dns is told by a signal, and tells nobody when it has read what has changed. */
  while (g_strcmp0 (found, wanted) != 0 && g_get_monotonic_time () < deadline)
    {
      g_free (found);
      found = resolve (container, server, name);
    }
  g_assert_cmpstr (found, ==, wanted);
}

static void
test_dns (BridgeFixture *fixture,
          gconstpointer  data)
{
  g_autofree char *program = fairlead_bridge_dns_dup_program (NULL, NULL);
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;
  g_autoptr (FairleadContainer) other = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (FairleadTestEcho) server = NULL;
  g_autoptr (GError) error = NULL;
  int other_fd;

  g_test_summary ("Containers on a network with dns=yes find one another by name, as long as they are there, whatever "
                  "ports others publish");

  bridge_write_network (fixture, "names", "subnets=10.1.0.0/24\ndns=yes");
  if (program == NULL)
    {
      bridge_setup_fails (fixture, "c1", "names", "", FAIRLEAD_ERROR_NOT_SUPPORTED, "install aardvark-dns");
      g_test_skip ("there is no aardvark-dns");
      return;
    }
  other = bridge_setup (fixture, "c3", "bridge", "10.1.0.1:53:5353/udp");
  bridge_setup_fails (fixture, "c1", "names", "", FAIRLEAD_ERROR_BUSY, "53/udp of the host is published");
  fairlead_manager_check (fixture->manager, "c3", NULL, &error);
  g_assert_no_error (error);
  bridge_teardown (fixture, "c3");
  g_clear_object (&other);

  other = bridge_setup (fixture, "c3", "bridge", "53:5353/udp 53:5353");
  first = bridge_setup (fixture, "c1", "names", "");
  second = bridge_setup (fixture, "c2", "names", "");
  attachment = g_list_model_get_item (fairlead_container_get_attachments (first), 0);
  g_assert_cmpstr (fairlead_attachment_get_dns_servers (attachment)[0], ==, "10.1.0.1");
  assert_resolves (first, "10.1.0.1", "c2", "10.1.0.3");
  assert_resolves (second, "10.1.0.1", "c1", "10.1.0.2");
  bridge_teardown (fixture, "c2");
  assert_resolves (first, "10.1.0.1", "c2", NULL);
  other_fd = bridge_open_netns (other);
  bridge_assert_reaches (other_fd, 5353, fixture->outside_fd, SOCK_DGRAM, "192.0.2.1", 53, "192.0.2.2");
  close (other_fd);
  bridge_teardown (fixture, "c3");
  g_clear_object (&other);

  /* The same, when the server is there before. */
  server = fairlead_test_echo_start (-1, SOCK_DGRAM, "192.0.2.1", 53);
  bridge_setup_fails (fixture, "c3", "bridge", "53:5353/udp", FAIRLEAD_ERROR_BUSY, "53/udp of the host is in use");
  g_clear_pointer (&server, fairlead_test_echo_stop);
  other = bridge_setup (fixture, "c3", "bridge", "53:5353/udp 53:5353");
  other_fd = bridge_open_netns (other);
  bridge_assert_reaches (other_fd, 5353, fixture->outside_fd, SOCK_DGRAM, "192.0.2.1", 53, "192.0.2.2");
  assert_resolves (first, "10.1.0.1", "c1", "10.1.0.2");
  close (other_fd);
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c3");
}

static void
kill_server (BridgeFixture *fixture)
{
  g_autofree char *file = g_build_filename (fixture->state_dir, "backends/bridge.d/aardvark/aardvark.pid", NULL);
  g_autofree char *text = NULL;
  struct pollfd poll_fd = { .events = POLLIN };

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  poll_fd.fd = syscall (SYS_pidfd_open, atoi (text), 0);
  g_assert_cmpint (syscall (SYS_pidfd_send_signal, poll_fd.fd, SIGKILL, NULL, 0), ==, 0);
  g_assert_cmpint (poll (&poll_fd, 1, PATIENCE_US / 1000), ==, 1);
  close (poll_fd.fd);
}

static void
test_dns_servers (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_autofree char *program = fairlead_bridge_dns_dup_program (NULL, NULL);
  g_autoptr (FairleadTestEcho) upstream = NULL;
  g_autoptr (FairleadContainer) inner = NULL;
  g_autoptr (FairleadContainer) outer = NULL;
  g_autofree char *nobody = NULL;
  g_autofree char *host = NULL;

  g_test_summary ("Other names are asked of the network's servers, or of nobody; a server that ended comes back");

  if (program == NULL)
    {
      g_test_skip ("there is no aardvark-dns");
      return;
    }
  bridge_write_network (fixture, "names", "subnets=10.1.0.0/24\ndns=yes\ndns-servers=192.0.2.2");
  bridge_write_network (fixture, "in", "subnets=10.2.0.0/24\ndns=yes\ndns-servers=192.0.2.2\ninternal=yes");
  upstream = fairlead_test_echo_start (fixture->outside_fd, SOCK_DGRAM, "192.0.2.2", 53);
  inner = bridge_setup (fixture, "c1", "in", "");
  outer = bridge_setup (fixture, "c2", "names", "");
  assert_resolves (inner, "10.2.0.1", "c1", "10.2.0.2");
  g_free (resolve (inner, "10.2.0.1", "www.example"));
  nobody = fairlead_test_echo_dup_peer (upstream);
  g_assert_cmpstr (nobody, ==, NULL);
  assert_resolves (outer, "10.1.0.1", "c2", "10.1.0.2");
  g_free (resolve (outer, "10.1.0.1", "www.example"));
  host = fairlead_test_echo_dup_peer (upstream);
  g_assert_cmpstr (host, ==, "192.0.2.1");

  kill_server (fixture);
  bridge_check_says (fixture, "c1", "aardvark-dns no longer runs");
  bridge_reload (fixture, "c2");
  assert_resolves (outer, "10.1.0.1", "c2", "10.1.0.2");
  bridge_teardown (fixture, "c1");
  bridge_teardown (fixture, "c2");
}

static void
test_dns_taken (BridgeFixture *fixture,
                gconstpointer  data)
{
  g_autofree char *program = fairlead_bridge_dns_dup_program (NULL, NULL);
  g_autoptr (FairleadTestEcho) other = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Where another program has the port of the DNS server, setup, check and reload say so");

  if (program == NULL)
    {
      g_test_skip ("there is no aardvark-dns");
      return;
    }
  bridge_write_network (fixture, "names", "subnets=10.1.0.0/24;fd01::/64\ndns=yes");
  other = fairlead_test_echo_start (-1, SOCK_DGRAM, "0.0.0.0", 53);
  bridge_setup_fails (fixture, "c1", "names", "", FAIRLEAD_ERROR_BUSY, "53/udp of the gateway 10.1.0.1");
  g_clear_pointer (&other, fairlead_test_echo_stop);
  container = bridge_setup (fixture, "c1", "names", "");
  assert_resolves (container, "10.1.0.1", "c1", "10.1.0.2");
  kill_server (fixture);
  other = fairlead_test_echo_start (-1, SOCK_DGRAM, "fd01::1", 53);
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "53/udp of the gateway fd01::1"));
  g_clear_pointer (&other, fairlead_test_echo_stop);
  bridge_reload (fixture, "c1");
  bridge_teardown (fixture, "c1");
}

static void
test_dns_long_id (BridgeFixture *fixture,
                  gconstpointer  data)
{
  static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  g_autofree char *program = fairlead_bridge_dns_dup_program (NULL, NULL);
  g_autoptr (FairleadContainer) container = NULL;

  g_test_summary ("A container whose identifier is too long for a name is found by the beginning of it");

  if (program == NULL)
    {
      g_test_skip ("there is no aardvark-dns");
      return;
    }
  bridge_write_network (fixture, "names", "subnets=10.1.0.0/24\ndns=yes");
  container = bridge_setup (fixture, id, "names", "");
  assert_resolves (container, "10.1.0.1", "0123456789ab", "10.1.0.2");
  bridge_teardown (fixture, id);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;
  int status;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  start_firewalld ();
  bridge_test_add ("/fairlead/bridge/services/firewalld", test_firewalld);
  bridge_test_add ("/fairlead/bridge/services/firewalld-refuses", test_firewalld_refuses);
  bridge_test_add ("/fairlead/bridge/services/zone", test_zone);
  bridge_test_add ("/fairlead/bridge/services/silent-bus", test_silent_bus);
  bridge_test_add ("/fairlead/bridge/services/watch", test_watch);
  bridge_test_add ("/fairlead/bridge/services/watch-without-bus", test_watch_without_bus);
  bridge_test_add ("/fairlead/bridge/services/dns", test_dns);
  bridge_test_add ("/fairlead/bridge/services/dns-servers", test_dns_servers);
  bridge_test_add ("/fairlead/bridge/services/dns-taken", test_dns_taken);
  bridge_test_add ("/fairlead/bridge/services/dns-long-id", test_dns_long_id);
  status = g_test_run ();
  stop_firewalld ();
  return status;
}
