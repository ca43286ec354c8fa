/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-dns.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM       "aardvark-dns"
#define PORT          G_STRINGIFY (FAIRLEAD_BRIDGE_DNS_PORT)
#define TIME_LIMIT_MS 10000

/* How often it is looked whether the server listens. */
#define POLL_US 2000

/* Of a name's parts (RFC 1035), and of the name of a container whose identifier is longer. */
#define MAX_LABEL 63
#define SHORT_ID  12

/* aardvark-dns writes its process id here. */
#define PID_FILE "aardvark.pid"

/* By this ending of a file newer versions of aardvark-dns know an internal network, for which they ask nobody. */
#define INTERNAL_ENDING "%int"

/* For the older ones: a server to which the kernel lets nobody send without a special wish. */
#define NO_SERVER "255.255.255.255"

static const char * const directories[] = {
  "/usr/local/libexec/podman", "/usr/local/lib/podman", "/usr/libexec/podman", "/usr/lib/podman", "/usr/bin",
};

gboolean
fairlead_bridge_dns_can_name (const char *network)
{
  return strcmp (network, PID_FILE) != 0;
}

char *
fairlead_bridge_dns_dup_program (const char  *configured,
                                 GError     **error)
{
  for (guint i = 0; configured == NULL && i < G_N_ELEMENTS (directories); i++)
    {
      g_autofree char *path = g_build_filename (directories[i], PROGRAM, NULL);

      if (access (path, X_OK) == 0)
        return g_steal_pointer (&path);
    }
  if (configured != NULL && access (configured, X_OK) == 0)
    return g_strdup (configured);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the network has dns=yes, but %s; install aardvark-dns, or name it by an absolute path in dns-program of "
               "[backend bridge]", configured != NULL ? "dns-program cannot be executed" : "no aardvark-dns was found");
  return NULL;
}

static char *
dup_directory (FairleadSharedState *state)
{
  return g_build_filename (fairlead_shared_state_get_directory (state), "aardvark", NULL);
}

static char *
dup_file (const char *directory,
          const char *network,
          gboolean    internal)
{
  g_autofree char *name = g_strconcat (network, internal ? INTERNAL_ENDING : "", NULL);

  return g_build_filename (directory, name, NULL);
}

/* The server that reads @directory, as a pidfd and its number; -1 if there is none. A number in a file may be another process
 * by now. */
static int
open_server (const char *directory,
             int        *server_pid)
{
  g_autofree char *file = g_build_filename (directory, PID_FILE, NULL);
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  g_autofree char *command = NULL;
  gsize length = 0;
  int pid, fd;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return -1;
  pid = atoi (text);
  fd = pid > 1 ? syscall (SYS_pidfd_open, pid, 0) : -1;
  if (fd < 0)
    return -1;
  path = g_strdup_printf ("/proc/%d/cmdline", pid);
  if (g_file_get_contents (path, &command, &length, NULL) &&
      memmem (command, length, directory, strlen (directory) + 1) != NULL)
    {
      *server_pid = pid;
      return fd;
    }
  close (fd);
  return -1;
}

/* Whether the process has that socket; also if that cannot be seen. */
static gboolean
has_socket (int     pid,
            guint64 inode)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autofree char *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
  g_autoptr (GDir) fds = g_dir_open (path, 0, NULL);
  const char *name;

  while (fds != NULL && (name = g_dir_read_name (fds)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *target = g_file_read_link (file, NULL);

      if (g_strcmp0 (target, wanted) == 0)
        return TRUE;
    }
  return fds == NULL;
}

/* A line of the kernel's table of sockets. It writes addresses as numbers of 32 bits in the machine's own order. */
static gboolean
is_socket_on (const char                  *line,
              const FairleadBridgeAddress *address,
              guint64                     *inode)
{
  char digits[33];
  guint port;

  if (sscanf (line, " %*u: %32[0-9A-F]:%4x %*s %*s %*s %*s %*s %*s %*s %" G_GUINT64_FORMAT, digits, &port, inode) != 3 ||
      port != FAIRLEAD_BRIDGE_DNS_PORT || strlen (digits) != 2 * fairlead_bridge_address_size (address))
    return FALSE;
  for (gsize i = 0; i < fairlead_bridge_address_size (address); i += sizeof (guint32))
    {
      g_autofree char *word_digits = g_strndup (digits + 2 * i, 2 * sizeof (guint32));
      const guint32 word = g_ascii_strtoull (word_digits, NULL, 16);

      if (memcmp (&word, address->bytes + i, sizeof word) != 0)
        return FALSE;
    }
  return TRUE;
}

/* Whether the server has bound the port on @gateway. It tells nobody when it could not. */
static gboolean
is_served (int                          pid,
           const FairleadBridgeAddress *gateway)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/net/%s", pid, gateway->family == AF_INET ? "udp" : "udp6");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint64 inode;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return TRUE;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (is_socket_on (*line, gateway, &inode) && has_socket (pid, inode))
      return TRUE;
  return FALSE;
}

typedef gboolean (*GatewayFunc) (const FairleadBridgeAddress  *gateway,
                                 GError                      **error);

/* Calls @func for each gateway on which the server does not listen, until it returns FALSE. */
static gboolean
each_unserved (const char                  *directory,
               const FairleadBridgeLayout  *layout,
               GatewayFunc                  func,
               GError                     **error)
{
  gboolean succeeded = TRUE;
  int pid;
  int fd = open_server (directory, &pid);

  for (guint i = 0; i < layout->n_subnets && succeeded; i++)
    if (fd < 0 || !is_served (pid, &layout->subnets[i].gateway))
      succeeded = func (&layout->subnets[i].gateway, error);
  if (fd >= 0)
    close (fd);
  return succeeded;
}

static gboolean
check_port (const FairleadBridgeAddress  *gateway,
            GError                      **error)
{
  g_autofree char *text = fairlead_bridge_address_to_string (gateway);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  g_autoptr (FairleadPortMapping) mapping =
    fairlead_port_mapping_new (FAIRLEAD_PROTOCOL_UDP, address, FAIRLEAD_BRIDGE_DNS_PORT, FAIRLEAD_BRIDGE_DNS_PORT, 1);
  g_autoptr (GError) local_error = NULL;

  if (fairlead_port_mapping_check_free (mapping, &local_error) ||
      !g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
               "dns=yes: another program has the port " PORT "/udp of the gateway %s, or of all addresses of the host, so that "
               PROGRAM " cannot answer there", text);
  return FALSE;
}

static gboolean
set_unserved (const FairleadBridgeAddress  *gateway,
              GError                      **error)
{
  g_autofree char *text = fairlead_bridge_address_to_string (gateway);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT,
               PROGRAM " does not listen on the gateway %s; the system's log may say why", text);
  return FALSE;
}

static gboolean
wait_until_served (const char                  *directory,
                   const FairleadBridgeLayout  *layout,
                   GCancellable                *cancellable,
                   GError                     **error)
{
  const gint64 deadline = g_get_monotonic_time () + TIME_LIMIT_MS * G_TIME_SPAN_MILLISECOND;

  while (!each_unserved (directory, layout, set_unserved, NULL))
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (g_get_monotonic_time () > deadline)
        return each_unserved (directory, layout, set_unserved, error);
      g_usleep (POLL_US);
    }
  return TRUE;
}

static gboolean
start_server (const char    *program,
              const char    *directory,
              GCancellable  *cancellable,
              GError       **error)
{
  const char * const argv[] = { program, "--config", directory, "-p", PORT, "run", NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);

  fairlead_process_set_time_limit (process, TIME_LIMIT_MS);
  if (fairlead_process_run (process, cancellable, error))
    return TRUE;
  g_prefix_error (error, "%s: ", program);
  return FALSE;
}

/* Without a program it is only told, if it runs. */
static gboolean
tell_server (const char    *program,
             const char    *directory,
             GCancellable  *cancellable,
             GError       **error)
{
  int pid;
  int fd = open_server (directory, &pid);
  gboolean told = fd >= 0 && syscall (SYS_pidfd_send_signal, fd, SIGHUP, NULL, 0) == 0;

  if (fd >= 0)
    close (fd);
  return told || program == NULL || start_server (program, directory, cancellable, error);
}

static gboolean
has_networks (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strcmp (name, PID_FILE) != 0)
      return TRUE;
  return FALSE;
}

/* After the last network it ends by itself, and its directory goes. */
static gboolean
end_server (const char  *directory,
            GError     **error)
{
  g_autofree char *pid_file = g_build_filename (directory, PID_FILE, NULL);
  int pid;
  int fd = open_server (directory, &pid);
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  gboolean ended = fd < 0 || (syscall (SYS_pidfd_send_signal, fd, SIGHUP, NULL, 0) == 0 &&
                              poll (&poll_fd, 1, TIME_LIMIT_MS) == 1);

  if (fd >= 0)
    close (fd);
  if (!ended)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT, "%s does not end although no network in %s is left",
                   PROGRAM, directory);
      return FALSE;
    }
  g_unlink (pid_file);
  g_rmdir (directory);
  return TRUE;
}

static void
append_list (GString                  *line,
             const FairleadBridgePort *port,
             int                       family)
{
  gsize start = line->len;

  for (guint i = 0; i < port->n_addresses; i++)
    if (port->addresses[i].family == family)
      {
        g_autofree char *text = fairlead_bridge_address_to_string (&port->addresses[i]);

        g_string_append_printf (line, "%s%s", line->len > start ? "," : "", text);
      }
}

/* The identifier, unless it cannot be a name because a part of it has more than a label's 63 bytes: then what Docker would
 * take, too. */
static char *
dup_name (const char *container_id)
{
  g_auto (GStrv) labels = g_strsplit (container_id, ".", -1);

  for (char **label = labels; *label != NULL; label++)
    if (strlen (*label) > MAX_LABEL)
      return g_strndup (container_id, SHORT_ID);
  return g_strdup (container_id);
}

/* "ID IPV4,... IPV6,... NAME,..." */
static char *
dup_line (const char               *container_id,
          const FairleadBridgePort *port)
{
  g_autofree char *name = dup_name (container_id);
  GString *line = g_string_new (container_id);

  g_string_append_c (line, ' ');
  append_list (line, port, AF_INET);
  g_string_append_c (line, ' ');
  append_list (line, port, AF_INET6);
  g_string_append_printf (line, " %s", name);
  return g_string_free (line, FALSE);
}

/* "GATEWAY,... SERVER,..." */
static char *
dup_head (const FairleadBridgeLayout *layout,
          const char * const         *servers)
{
  g_autofree char *text = layout->internal ? g_strdup (NO_SERVER) : g_strjoinv (",", (char **) servers);
  GString *line = g_string_new (NULL);

  for (guint i = 0; i < layout->n_subnets; i++)
    {
      g_autofree char *gateway = fairlead_bridge_address_to_string (&layout->subnets[i].gateway);

      g_string_append_printf (line, "%s%s", line->len > 0 ? "," : "", gateway);
    }
  if (*text != '\0')
    g_string_append_printf (line, " %s", text);
  return g_string_free (line, FALSE);
}

/* The lines of a network's file behind the first, which is left to the caller. */
static GPtrArray *
read_lines (const char  *file,
            char       **head)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return list;
  lines = g_strsplit (text, "\n", -1);
  *head = g_strdup (lines[0]);
  for (char **line = lines + 1; lines[0] != NULL && *line != NULL; line++)
    if (**line != '\0')
      g_ptr_array_add (list, g_strdup (*line));
  return list;
}

static char *
dup_line_id (const char *line)
{
  return g_strndup (line, strcspn (line, " "));
}

static gboolean
write_lines (const char  *file,
             const char  *head,
             GPtrArray   *lines,
             GError     **error)
{
  g_autoptr (GString) text = g_string_new (head);
  g_autoptr (GError) local_error = NULL;

  if (lines->len == 0)
    {
      g_unlink (file);
      return TRUE;
    }
  g_string_append_c (text, '\n');
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", (char *) lines->pdata[i]);
  if (g_file_set_contents_full (file, text->str, text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local_error))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "cannot write the names of containers: %s",
               local_error->message);
  return FALSE;
}

static void
remove_line (GPtrArray  *lines,
             const char *container_id)
{
  for (guint i = lines->len; i > 0; i--)
    {
      g_autofree char *id = dup_line_id (lines->pdata[i - 1]);

      if (strcmp (id, container_id) == 0)
        g_ptr_array_remove_index (lines, i - 1);
    }
}

gboolean
fairlead_bridge_dns_add (FairleadBridgeHost          *host,
                         const char                  *program,
                         const char                  *network,
                         const char                  *container_id,
                         const FairleadBridgeLayout  *layout,
                         const char * const          *servers,
                         const FairleadBridgePort    *port,
                         GCancellable                *cancellable,
                         GError                     **error)
{
  g_autoptr (FairleadSharedState) state =
    fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);
  g_autofree char *directory = NULL;
  g_autofree char *file = NULL;
  g_autofree char *old_head = NULL;
  g_autofree char *head = dup_head (layout, servers);
  g_autoptr (GPtrArray) lines = NULL;

  if (state == NULL)
    return FALSE;
  directory = dup_directory (state);
  file = dup_file (directory, network, layout->internal);
  if (g_mkdir_with_parents (directory, 0700) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot create the directory %s", directory);
      return FALSE;
    }
  /* Before the server is told: it would find the port taken by us. */
  if (!each_unserved (directory, layout, check_port, error))
    return FALSE;
  lines = read_lines (file, &old_head);
  remove_line (lines, container_id);
  g_ptr_array_add (lines, dup_line (container_id, port));
  return write_lines (file, head, lines, error) && tell_server (program, directory, cancellable, error) &&
         wait_until_served (directory, layout, cancellable, error);
}

static gboolean
has_line (const char *file,
          const char *container_id)
{
  g_autofree char *head = NULL;
  g_autoptr (GPtrArray) lines = read_lines (file, &head);

  for (guint i = 0; i < lines->len; i++)
    {
      g_autofree char *id = dup_line_id (lines->pdata[i]);

      if (strcmp (id, container_id) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
fairlead_bridge_dns_verify (FairleadBridgeHost          *host,
                            const char                  *network,
                            const char                  *container_id,
                            const FairleadBridgeLayout  *layout,
                            GError                     **error)
{
  g_autoptr (FairleadSharedState) state =
    fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_USE, NULL, error);
  g_autofree char *directory = NULL;
  g_autofree char *file = NULL;
  const char *problem;
  int fd, pid;

  if (state == NULL)
    return FALSE;
  directory = dup_directory (state);
  file = dup_file (directory, network, layout->internal);
  fd = open_server (directory, &pid);
  if (fd >= 0)
    close (fd);
  if (fd < 0)
    problem = "no longer runs, and containers do not find one another; \"fairlead reload\" starts it";
  else if (!has_line (file, container_id))
    problem = "no longer knows the name of the container; \"fairlead reload\" puts it back";
  else if (!each_unserved (directory, layout, set_unserved, NULL))
    problem = "does not listen on all gateways of the network; \"fairlead reload\" tells why, or lets it try again";
  else
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, PROGRAM " %s", problem);
  return FALSE;
}

typedef gboolean (*StaysFunc) (const char    *id,
                               gconstpointer  user_data);

static gboolean
filter_file (const char     *file,
             StaysFunc       stays,
             gconstpointer   user_data,
             GError        **error)
{
  g_autofree char *head = NULL;
  g_autoptr (GPtrArray) lines = read_lines (file, &head);

  if (head == NULL)
    return TRUE;
  for (guint i = lines->len; i > 0; i--)
    {
      g_autofree char *id = dup_line_id (lines->pdata[i - 1]);

      if (!stays (id, user_data))
        g_ptr_array_remove_index (lines, i - 1);
    }
  return write_lines (file, head, lines, error);
}

/* Whether the network is internal is not known by then. */
static gboolean
filter_lines (FairleadBridgeHost  *host,
              const char          *network,
              StaysFunc            stays,
              gconstpointer        user_data,
              GError             **error)
{
  g_autoptr (FairleadSharedState) state =
    fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_CHANGE, NULL, error);
  g_autofree char *directory = NULL;

  if (state == NULL)
    return FALSE;
  directory = dup_directory (state);
  if (!g_file_test (directory, G_FILE_TEST_IS_DIR))
    return TRUE;
  for (int internal = FALSE; internal <= TRUE; internal++)
    {
      g_autofree char *file = dup_file (directory, network, internal);

      if (!filter_file (file, stays, user_data, error))
        return FALSE;
    }
  return has_networks (directory) ? tell_server (NULL, directory, NULL, error) : end_server (directory, error);
}

static gboolean
is_other (const char    *id,
          gconstpointer  user_data)
{
  return strcmp (id, user_data) != 0;
}

gboolean
fairlead_bridge_dns_remove (FairleadBridgeHost  *host,
                            const char          *network,
                            const char          *container_id,
                            GError             **error)
{
  return filter_lines (host, network, is_other, container_id, error);
}

static gboolean
is_among (const char    *id,
          gconstpointer  user_data)
{
  return g_strv_contains ((const char * const *) user_data, id);
}

gboolean
fairlead_bridge_dns_collect (FairleadBridgeHost  *host,
                             const char          *network,
                             const char * const  *container_ids,
                             GError             **error)
{
  return filter_lines (host, network, is_among, container_ids, error);
}
