/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-forwarder-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fairlead-forward-private.h"
#include "fairlead-port-probe-private.h"
#include "fairlead-process-private.h"

/* The library's side of fairlead-forward.
 *
 * The library itself listens on the host: it gets the kernel's reason when that cannot be, in the namespace of who asked,
 * and hands the sockets over. The program knows only what it was handed. */

/* In libexec; see its first lines. */
#define PROGRAM "fairlead-forward"

/* It answers at once, however busy it is. */
#define ANSWER_SECONDS 10

/* A Unix socket's address is short, so the directory is named by a descriptor. */
static void
set_path (struct sockaddr_un *address,
          int                 directory_fd)
{
  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  g_snprintf (address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" FAIRLEAD_FORWARD_SOCKET, directory_fd);
}

static int
open_directory (const char  *path,
                GError     **error)
{
  const int fd = open (path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot open the directory %s", path);
  return fd;
}

/* On which the program hears of ports. One that a former program left is in the way. */
static int
listen_for_requests (const char  *directory,
                     GError     **error)
{
  struct sockaddr_un address;
  int directory_fd = open_directory (directory, error);
  int fd;

  if (directory_fd < 0)
    return -1;
  set_path (&address, directory_fd);
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || (unlinkat (directory_fd, FAIRLEAD_FORWARD_SOCKET, 0) < 0 && errno != ENOENT) ||
      bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, SOMAXCONN) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot make a socket in %s", directory);
      if (fd >= 0)
        close (fd);
      fd = -1;
    }
  close (directory_fd);
  return fd;
}

/* Made by setup, and still there when the program is started later. */
static char *
ensure_directory (FairleadAttachment  *attachment,
                  GError             **error)
{
  g_autofree char *path = fairlead_attachment_dup_directory (attachment);

  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&path);
  return g_strdup (fairlead_attachment_ensure_directory (attachment, error));
}

static FairleadProcess *
prepare (FairleadAttachment  *attachment,
         int                  helper_pidfd,
         GError             **error)
{
  g_autofree char *directory = ensure_directory (attachment, error);
  g_autofree char *path = fairlead_process_dup_own_path (PROGRAM);
  const char *argv[] = { path, directory, NULL };
  const int control_fd = directory != NULL ? listen_for_requests (directory, error) : -1;
  g_autoptr (FairleadProcess) process = NULL;

  if (control_fd < 0)
    {
      close (helper_pidfd);
      return NULL;
    }
  process = fairlead_process_new (argv);
  fairlead_process_take_fd (process, control_fd, FAIRLEAD_FORWARD_CONTROL_FD);
  fairlead_process_take_fd (process, helper_pidfd, FAIRLEAD_FORWARD_HELPER_FD);
  fairlead_process_set_ready_fd (process, FAIRLEAD_FORWARD_READY_FD);
  if (!fairlead_process_join_netns (process, fairlead_attachment_get_netns (attachment), error))
    return NULL;
  return g_steal_pointer (&process);
}

gboolean
fairlead_forwarder_start (FairleadAttachment  *attachment,
                          int                  helper_pidfd,
                          guint                time_limit,
                          GCancellable        *cancellable,
                          GError             **error)
{
  g_autoptr (FairleadProcess) process = prepare (attachment, helper_pidfd, error);

  if (process == NULL)
    return FALSE;
  fairlead_process_set_held (process, TRUE);
  fairlead_process_set_time_limit (process, time_limit);
  if (!fairlead_process_start (process, error))
    return FALSE;
  fairlead_attachment_set_document_value (attachment, FAIRLEAD_FORWARDER_KEY_PID,
                                          g_variant_new_int32 (fairlead_process_get_pid (process)));
  fairlead_attachment_set_document_value (attachment, FAIRLEAD_FORWARDER_KEY_START_TIME,
                                          g_variant_new_uint64 (fairlead_process_get_start_time (process)));
  return fairlead_attachment_checkpoint (attachment, error) &&
         fairlead_process_wait_ready (process, cancellable, error);
}

static gboolean
get_identity (FairleadAttachment *attachment,
              int                *pid,
              guint64            *start_time)
{
  GVariant *document = fairlead_attachment_get_document (attachment);

  *pid = 0;
  return g_variant_lookup (document, FAIRLEAD_FORWARDER_KEY_PID, "i", pid) &&
         g_variant_lookup (document, FAIRLEAD_FORWARDER_KEY_START_TIME, "t", start_time);
}

gboolean
fairlead_forwarder_is_recorded (FairleadAttachment *attachment,
                                int                *pid)
{
  guint64 start_time;

  return get_identity (attachment, pid, &start_time);
}

gboolean
fairlead_forwarder_is_running (FairleadAttachment *attachment)
{
  guint64 start_time;
  int pid;

  return get_identity (attachment, &pid, &start_time) && fairlead_process_is_running (pid, start_time);
}

gboolean
fairlead_forwarder_stop (FairleadAttachment  *attachment,
                         GError             **error)
{
  guint64 start_time;
  int pid;

  return !get_identity (attachment, &pid, &start_time) || fairlead_process_stop (pid, start_time, SIGTERM, error);
}

static gboolean
is_ours (int fd)
{
  struct ucred peer;
  socklen_t length = sizeof peer;

  return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid ();
}

/* A descriptor, or a negative errno. */
static int
connect_to (const char *directory)
{
  const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
  const int directory_fd = open_directory (directory, NULL);
  struct sockaddr_un address;
  int fd;
  int result = 0;

  if (directory_fd < 0)
    return -ENOENT;
  set_path (&address, directory_fd);
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ||
      setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
      connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    result = -errno;
  else if (!is_ours (fd))
    result = -EPERM;
  close (directory_fd);
  if (result == 0)
    return fd;
  if (fd >= 0)
    close (fd);
  return result;
}

static int
send_request (int                           fd,
              const FairleadForwardRequest *request,
              const int                    *fds,
              guint                         n_fds)
{
  union
  {
    char           bytes[CMSG_SPACE (FAIRLEAD_FORWARD_MAX_SOCKETS * sizeof (int))];
    struct cmsghdr alignment;
  } control = { { 0 } };
  struct iovec vector = { .iov_base = (void *) request, .iov_len = sizeof *request };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      control.alignment.cmsg_level = SOL_SOCKET;
      control.alignment.cmsg_type = SCM_RIGHTS;
      control.alignment.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (&control.alignment), fds, n_fds * sizeof (int));
    }
  return sendmsg (fd, &message, MSG_NOSIGNAL) == sizeof *request ? 0 : errno;
}

static int
receive_reply (int                   fd,
               guint                 n_ports,
               FairleadForwardReply *reply)
{
  const gssize n = recv (fd, reply, sizeof *reply, MSG_TRUNC);

  if (n < 0)
    return errno == EAGAIN ? ETIMEDOUT : errno;
  if (n != sizeof *reply || reply->version != FAIRLEAD_FORWARD_VERSION || reply->error < 0 || reply->n_ports > n_ports)
    return EPROTO;
  return reply->error;
}

/* 0 or an errno. */
static int
exchange (FairleadAttachment           *attachment,
          const FairleadForwardRequest *request,
          const int                    *fds,
          guint                         n_fds,
          FairleadForwardReply         *reply)
{
  g_autofree char *directory = fairlead_attachment_dup_directory (attachment);
  const int fd = directory != NULL ? connect_to (directory) : -ENOENT;
  int result;

  if (fd < 0)
    return -fd;
  result = send_request (fd, request, fds, n_fds);
  if (result == 0)
    result = receive_reply (fd, request->n_ports, reply);
  close (fd);
  return result;
}

static void
set_error (GError              **error,
           FairleadPortMapping  *mapping,
           int                   result)
{
  g_autofree char *text = fairlead_port_mapping_to_string (mapping);

  if (result == EMFILE)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED,
                 "port %s: the port forwarder may not have so many descriptors (see RLIMIT_NOFILE in getrlimit(2))", text);
  else
    fairlead_error_set_errno (error, result, "port %s: the port forwarder does not do what it was told to", text);
}

/* What the two kinds of request have in common. */
static FairleadForwardRequest
make_request (guint16              operation,
              FairleadPortMapping *mapping,
              GInetAddress        *address,
              guint                port,
              guint                n_ports)
{
  FairleadForwardRequest request = {
    .version = FAIRLEAD_FORWARD_VERSION,
    .operation = operation,
    .protocol = fairlead_port_mapping_get_protocol (mapping),
    .family = g_inet_address_get_family (address),
    .port = port,
    .n_ports = n_ports,
  };

  memcpy (request.address, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
  return request;
}

static FairleadPortMapping *
dup_for_any (FairleadPortMapping *mapping,
             GSocketFamily        family)
{
  g_autoptr (GInetAddress) any = g_inet_address_new_any (family);

  return fairlead_port_mapping_new (fairlead_port_mapping_get_protocol (mapping), any,
                                    fairlead_port_mapping_get_host_port (mapping),
                                    fairlead_port_mapping_get_container_port (mapping),
                                    fairlead_port_mapping_get_length (mapping));
}

static gboolean
host_has_ipv6 (void)
{
  const int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return errno != EAFNOSUPPORT;
  close (fd);
  return TRUE;
}

GPtrArray *
fairlead_forwarder_split (FairleadPortMapping *mapping)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_object_unref);

  if (fairlead_port_mapping_get_host_address (mapping) != NULL)
    g_ptr_array_add (parts, g_object_ref (mapping));
  else
    g_ptr_array_add (parts, dup_for_any (mapping, G_SOCKET_FAMILY_IPV4));
  if (fairlead_port_mapping_get_host_address (mapping) == NULL && host_has_ipv6 ())
    g_ptr_array_add (parts, dup_for_any (mapping, G_SOCKET_FAMILY_IPV6));
  return parts;
}

static GInetAddress *
dup_container_address (FairleadAttachment *attachment,
                       GSocketFamily       family)
{
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);
      GInetAddress *address = fairlead_interface_address_get_address (item);

      if (g_inet_address_get_family (address) == family && !g_inet_address_get_is_link_local (address))
        return g_object_ref (address);
    }
  return NULL;
}

/* Of the family of the host's address, if the container has one; a container of the other family is reached all the
 * same. */
static GInetAddress *
dup_target (FairleadAttachment   *attachment,
            FairleadPortMapping  *mapping,
            GError              **error)
{
  const GSocketFamily family = g_inet_address_get_family (fairlead_port_mapping_get_host_address (mapping));
  GInetAddress *target = dup_container_address (attachment, family);

  if (target == NULL)
    target = dup_container_address (attachment, family == G_SOCKET_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV6
                                                                              : G_SOCKET_FAMILY_IPV4);
  if (target == NULL)
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "the container has no address to pass ports on to");
  return target;
}

/* Ports of the mapping from number @first on. */
static gboolean
add_some (FairleadAttachment   *attachment,
          FairleadPortMapping  *mapping,
          GInetAddress         *target,
          guint                 first,
          guint                 n_ports,
          GError              **error)
{
  const guint port = fairlead_port_mapping_get_container_port (mapping) + first;
  const FairleadForwardRequest request = make_request (FAIRLEAD_FORWARD_ADD, mapping, target, port, n_ports);
  int fds[FAIRLEAD_FORWARD_MAX_SOCKETS];
  FairleadForwardReply reply;
  guint n_fds = 0;
  int result = 0;

  while (n_fds < n_ports && (fds[n_fds] = fairlead_port_mapping_listen (mapping, first + n_fds, error)) >= 0)
    n_fds++;
  if (n_fds == n_ports)
    {
      result = exchange (attachment, &request, fds, n_fds, &reply);
      if (result != 0)
        set_error (error, mapping, result);
    }
  for (guint i = 0; i < n_fds; i++)
    close (fds[i]);
  return n_fds == n_ports && result == 0;
}

static gboolean
add_part (FairleadAttachment   *attachment,
          FairleadPortMapping  *mapping,
          GCancellable         *cancellable,
          GError              **error)
{
  const guint length = fairlead_port_mapping_get_length (mapping);
  g_autoptr (GInetAddress) target = dup_target (attachment, mapping, error);

  if (target == NULL)
    return FALSE;
  for (guint first = 0; first < length; first += FAIRLEAD_FORWARD_MAX_SOCKETS)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
        !add_some (attachment, mapping, target, first, MIN (length - first, FAIRLEAD_FORWARD_MAX_SOCKETS), error))
      return FALSE;
  return TRUE;
}

gboolean
fairlead_forwarder_add (FairleadAttachment   *attachment,
                        FairleadPortMapping  *mapping,
                        GCancellable         *cancellable,
                        GError              **error)
{
  g_autoptr (GPtrArray) parts = fairlead_forwarder_split (mapping);

  for (guint i = 0; i < parts->len; i++)
    if (!add_part (attachment, parts->pdata[i], cancellable, error))
      return FALSE;
  return TRUE;
}

/* About all ports of a part. */
static gboolean
ask (FairleadAttachment    *attachment,
     FairleadPortMapping   *mapping,
     guint16                operation,
     FairleadForwardReply  *reply,
     GError               **error)
{
  const FairleadForwardRequest request =
    make_request (operation, mapping, fairlead_port_mapping_get_host_address (mapping),
                  fairlead_port_mapping_get_host_port (mapping), fairlead_port_mapping_get_length (mapping));
  const int result = exchange (attachment, &request, NULL, 0, reply);

  if (result != 0)
    set_error (error, mapping, result);
  return result == 0;
}

gboolean
fairlead_forwarder_remove (FairleadAttachment   *attachment,
                           FairleadPortMapping  *mapping,
                           GError              **error)
{
  g_autoptr (GPtrArray) parts = fairlead_forwarder_split (mapping);
  FairleadForwardReply reply;

  for (guint i = 0; i < parts->len; i++)
    if (!ask (attachment, parts->pdata[i], FAIRLEAD_FORWARD_REMOVE, &reply, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_part (FairleadAttachment   *attachment,
            FairleadPortMapping  *mapping,
            GError              **error)
{
  FairleadForwardReply reply;
  g_autofree char *text = NULL;

  if (!ask (attachment, mapping, FAIRLEAD_FORWARD_COUNT, &reply, error))
    return FALSE;
  if (reply.n_ports == fairlead_port_mapping_get_length (mapping))
    return TRUE;
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the port forwarder does not listen for port %s", text);
  return FALSE;
}

gboolean
fairlead_forwarder_check (FairleadAttachment   *attachment,
                          FairleadPortMapping  *mapping,
                          GError              **error)
{
  g_autoptr (GPtrArray) parts = fairlead_forwarder_split (mapping);

  for (guint i = 0; i < parts->len; i++)
    if (!check_part (attachment, parts->pdata[i], error))
      return FALSE;
  return TRUE;
}
