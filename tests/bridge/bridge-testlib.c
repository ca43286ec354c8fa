/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bridge-testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel removes a namespace, and the links in it, a moment after the last who held it let go. */
#define PATIENCE_US (20 * G_USEC_PER_SEC)

/* For what must not answer there is no event to wait for. */
#define SILENCE_MS 250

char *
bridge_run (const char *format,
            ...)
{
  g_autofree char *command = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  g_spawn_command_line_sync (command, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", command, error->message);
  return output;
}

static void
run_all (const char * const *commands,
         const char         *path)
{
  for (guint i = 0; commands[i] != NULL; i++)
    {
      g_autoptr (GString) command = g_string_new (commands[i]);

      g_string_replace (command, "@", path, 0);
      g_free (bridge_run ("%s", command->str));
    }
}

static char *
read_settings (void)
{
  static const char * const names[] = {
    "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/all/rp_filter",
    "net/ipv4/conf/all/route_localnet", "net/ipv4/conf/default/rp_filter", "net/ipv6/conf/all/accept_ra",
    "net/ipv4/conf/uplink/route_localnet", "net/ipv6/conf/uplink/accept_ra",
  };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/proc/sys/", names[i], NULL);
      g_autofree char *value = NULL;

      g_assert_true (g_file_get_contents (path, &value, NULL, NULL));
      g_string_append_printf (text, "%s = %s", names[i], value);
    }
  return g_string_free (text, FALSE);
}

static char *
list_host (BridgeFixture *fixture)
{
  g_autofree char *links = bridge_run ("ip -o link show");
  g_autofree char *addresses = bridge_run ("ip -o addr show");
  g_autofree char *routes = bridge_run ("ip route show table all");
  g_autofree char *routes6 = bridge_run ("ip -6 route show table all");
  g_autofree char *rules = bridge_run ("nft list ruleset");
  g_autofree char *settings = read_settings ();
  g_autofree char *files = bridge_run ("find %s -mindepth 2", fixture->state_dir);
  g_auto (GStrv) lines = g_strsplit (addresses, "\n", -1);
  GString *text = g_string_new (links);

  /* Life times of addresses go by. */
  for (char **line = lines; *line != NULL; line++)
    g_string_append_printf (text, "%.*s\n", (int) strcspn (*line, "\\"), *line);
  g_string_append_printf (text, "%s%s%s%s%s", routes, routes6, rules, settings, files);
  return g_string_free (text, FALSE);
}

FairleadManager *
bridge_new_manager (BridgeFixture *fixture)
{
  const char *dirs[] = { fixture->config_dir, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadConfig) config = fairlead_config_new_for_dirs (dirs, &error);

  g_assert_no_error (error);
  fairlead_config_set (config, "core", "state-dir", fixture->state_dir, &error);
  g_assert_no_error (error);
  fairlead_config_set (config, "core", "netns-dir", fixture->netns_dir, &error);
  g_assert_no_error (error);
  return fairlead_manager_new (config);
}

void
bridge_write_network (BridgeFixture *fixture,
                      const char    *name,
                      const char    *keys)
{
  g_autofree char *directory = g_build_filename (fixture->config_dir, "networks.d", NULL);
  g_autofree char *base_name = g_strconcat (name, ".network", NULL);
  g_autofree char *path = g_build_filename (directory, base_name, NULL);
  g_autofree char *contents = g_strdup_printf ("[network]\nbackend=bridge\n\n[bridge]\n%s\n", keys);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents_full (path, contents, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  g_clear_object (&fixture->manager);
  fixture->manager = bridge_new_manager (fixture);
}

/* The kernel notices a moment later that the other end is up as well, which would then look like a change. */
static void
wait_for_carrier (void)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  g_autofree char *link = bridge_run ("ip -o link show uplink");

  while (strstr (link, " state UP ") == NULL && g_get_monotonic_time () < deadline)
    {
      g_free (link);
      link = bridge_run ("ip -o link show uplink");
    }
}

void
bridge_set_up (BridgeFixture *fixture,
               gconstpointer  data)
{
  static const char * const commands[] = {
    "ip link add uplink type veth peer name eth0",
    "ip link set eth0 netns @",
    "nsenter --net=@ ip addr add 192.0.2.2/24 dev eth0",
    "nsenter --net=@ ip addr add 2001:db8::2/64 dev eth0 nodad",
    "nsenter --net=@ ip link set eth0 up",
    "ip addr add 192.0.2.1/24 dev uplink",
    "ip addr add 2001:db8::1/64 dev uplink nodad",
    /* Its link-local address would appear at some moment. */
    "ip link set uplink addrgenmode none",
    "ip link set uplink up",
    NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) host = NULL;

  fairlead_test_set_up (&fixture->base, data);
  fixture->config_dir = fairlead_test_path (&fixture->base, "config");
  fixture->state_dir = fairlead_test_path (&fixture->base, "state");
  fixture->netns_dir = fairlead_test_path (&fixture->base, "netns");
  fixture->outside_path = fairlead_test_path (&fixture->base, "outside/ns");
  g_assert_cmpint (g_mkdir (fixture->config_dir, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->state_dir, 0700), ==, 0);
  fixture->outside = fairlead_netns_new_pinned (fixture->outside_path, &error);
  g_assert_no_error (error);
  fixture->outside_fd = fairlead_netns_dup_fd (fixture->outside, &error);
  host = fairlead_netns_new_current (&error);
  g_assert_no_error (error);
  fixture->host_fd = fairlead_netns_dup_fd (host, &error);
  run_all (commands, fixture->outside_path);
  wait_for_carrier ();
  fixture->before = list_host (fixture);
  fixture->manager = bridge_new_manager (fixture);
}

void
bridge_wait_for_links (const char *prefix)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  g_autofree char *wanted = g_strconcat (": ", prefix, NULL);

  while (g_get_monotonic_time () < deadline)
    {
      g_autofree char *links = bridge_run ("ip -o link show");

      if (strstr (links, wanted) == NULL)
        return;
    }
}

void
bridge_tear_down (BridgeFixture *fixture,
                  gconstpointer  data)
{
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_object (&fixture->manager);
  bridge_wait_for_links ("fl");
  after = list_host (fixture);
  if (strcmp (fixture->before, after) != 0)
    g_error ("something is left; before:\n%s\nafter:\n%s", fixture->before, after);
  g_free (bridge_run ("ip link delete uplink"));
  close (fixture->outside_fd);
  close (fixture->host_fd);
  g_clear_object (&fixture->outside);
  fairlead_netns_unpin (fixture->outside_path, &error);
  g_assert_no_error (error);
  g_free (fixture->before);
  g_free (fixture->config_dir);
  g_free (fixture->state_dir);
  g_free (fixture->netns_dir);
  g_free (fixture->outside_path);
  fairlead_test_tear_down (&fixture->base, data);
}

FairleadContainer *
bridge_try_setup (BridgeFixture  *fixture,
                  const char     *id,
                  const char     *networks,
                  const char     *ports,
                  GError        **error)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new (id);
  g_auto (GStrv) network_list = g_strsplit (networks, " ", -1);
  g_auto (GStrv) port_list = g_strsplit (ports, " ", -1);

  for (char **network = network_list; *network != NULL; network++)
    if (!fairlead_request_add_network_from_string (request, *network, error))
      return NULL;
  for (char **port = port_list; *port != NULL; port++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (*port, error);

      if (mapping == NULL)
        return NULL;
      fairlead_request_add_port_mapping (request, mapping);
    }
  return fairlead_manager_setup (fixture->manager, request, NULL, error);
}

FairleadContainer *
bridge_setup (BridgeFixture *fixture,
              const char    *id,
              const char    *networks,
              const char    *ports)
{
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = bridge_try_setup (fixture, id, networks, ports, &error);

  g_assert_no_error (error);
  return container;
}

void
bridge_setup_fails (BridgeFixture *fixture,
                    const char    *id,
                    const char    *networks,
                    const char    *ports,
                    FairleadError  code,
                    const char    *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bridge_try_setup (fixture, id, networks, ports, &error));
  g_assert_error (error, FAIRLEAD_ERROR, (int) code);
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, text);
  g_test_message ("%s", error->message);
}

void
bridge_teardown (BridgeFixture *fixture,
                 const char    *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (fixture->manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

void
bridge_collect (BridgeFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  G_GNUC_UNUSED g_auto (GStrv) collected = fairlead_manager_collect (fixture->manager, NULL, &error);

  g_assert_no_error (error);
}

char *
bridge_dup_address (FairleadContainer *container,
                    guint              i,
                    GSocketFamily      family)
{
  g_autoptr (FairleadAttachment) attachment =
    g_list_model_get_item (fairlead_container_get_attachments (container), i);
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);

  for (guint j = 0; j < g_list_model_get_n_items (addresses); j++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, j);
      GInetAddress *inet = fairlead_interface_address_get_address (address);

      if (g_inet_address_get_family (inet) == family)
        return g_inet_address_to_string (inet);
    }
  return NULL;
}

int
bridge_open_netns (FairleadContainer *container)
{
  int fd = open (fairlead_container_get_netns_path (container), O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static const char *
any_address (const char *address)
{
  return strchr (address, ':') != NULL ? "::" : "0.0.0.0";
}

void
bridge_assert_reaches (int         server_fd,
                       guint16     server_port,
                       int         client_fd,
                       int         type,
                       const char *address,
                       guint16     port,
                       const char *peer)
{
  g_autoptr (FairleadTestEcho) echo = fairlead_test_echo_start (server_fd, type, any_address (address), server_port);
  g_autoptr (GError) error = NULL;
  g_autofree char *seen = NULL;

  if (!fairlead_test_exchange (client_fd, type, address, port, 4000, &error))
    {
      g_autofree char *rules = bridge_dup_rules ();

      g_error ("[%s]:%u is not reached: %s\n%s", address, port, error->message, rules);
    }
  seen = fairlead_test_echo_dup_peer (echo);
  if (peer != NULL)
    g_assert_cmpstr (seen, ==, peer);
}

static int
open_client (int netns_fd,
             int family)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_fd (netns_fd, &error);
  int fd;

  g_assert_no_error (error);
  fd = fairlead_netns_open_socket (netns, family, SOCK_STREAM | SOCK_NONBLOCK, 0, &error);
  g_assert_no_error (error);
  return fd;
}

/* 0, or why it could not connect. */
static int
try_connect (int         client_fd,
             const char *address,
             guint16     port,
             int         time_limit_ms)
{
  g_autoptr (GSocketAddress) target = g_inet_socket_address_new_from_string (address, port);
  int fd = open_client (client_fd, g_socket_address_get_family (target));
  struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
  char native[128];
  int problem = 0;
  socklen_t length = sizeof problem;

  g_assert_true (g_socket_address_to_native (target, native, sizeof native, NULL));
  if (connect (fd, (struct sockaddr *) native, g_socket_address_get_native_size (target)) < 0 && errno != EINPROGRESS)
    problem = errno;
  else if (poll (&poll_fd, 1, time_limit_ms) == 1)
    g_assert_cmpint (getsockopt (fd, SOL_SOCKET, SO_ERROR, &problem, &length), ==, 0);
  else
    problem = ETIMEDOUT;
  close (fd);
  return problem;
}

void
bridge_assert_blocked (int         server_fd,
                       guint16     server_port,
                       int         client_fd,
                       const char *address,
                       guint16     port)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) echo =
    fairlead_test_echo_start (server_fd, SOCK_STREAM, any_address (address), server_port);

  if (try_connect (client_fd, address, port, SILENCE_MS) == 0)
    g_error ("[%s]:%u is reached, and should not be", address, port);
}

void
bridge_assert_refused (int         client_fd,
                       const char *address,
                       guint16     port)
{
  g_assert_cmpint (try_connect (client_fd, address, port, PATIENCE_US / 1000), ==, ECONNREFUSED);
}

void
bridge_check_says (BridgeFixture *fixture,
                   const char    *id,
                   const char    *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fairlead_manager_check (fixture->manager, id, NULL, &error));
  if (strstr (error->message, text) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, text);
}

void
bridge_reload (BridgeFixture *fixture,
               const char    *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_reload (fixture->manager, id, NULL, &error);
  g_assert_no_error (error);
  fairlead_manager_check (fixture->manager, id, NULL, &error);
  g_assert_no_error (error);
}

gboolean
bridge_set_netfilter (gboolean on)
{
  if (access ("/proc/sys/net/bridge", F_OK) < 0)
    return FALSE;
  g_free (bridge_run ("sh -c 'for i in ip ip6; do echo %d >/proc/sys/net/bridge/bridge-nf-call-${i}tables; done'", on));
  return TRUE;
}

char *
bridge_dup_rules (void)
{
  return bridge_run ("nft list ruleset");
}
