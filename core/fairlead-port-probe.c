/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-port-probe-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fairlead/fairlead-error.h>

/* Listens on ports of the host, or tries whether that is possible: what bind() and listen() say. Programs that publish
 * ports often do not say why they cannot, or not even that they cannot. */

static gboolean
set_options (int           fd,
             GInetAddress *address,
             gboolean      listens)
{
  const int on = 1;

  /* As those who publish do: connections of a former listener that linger do not count. UDP sockets that share a port
   * with it would all succeed. */
  return (!listens || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0) &&
         (g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6 ||
          setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
}

/* A descriptor, or a negative errno. */
static int
listen_on (GInetAddress     *address,
           guint             port,
           FairleadProtocol  protocol)
{
  const gboolean listens = protocol != FAIRLEAD_PROTOCOL_UDP;
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new (address, (guint16) port);
  const gssize size = g_socket_address_get_native_size (socket_address);
  struct sockaddr_storage native;
  int fd = socket (g_inet_address_get_family (address), (listens ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC,
                   (int) protocol);
  int result;

  if (fd < 0)
    return -errno;
  if (!g_socket_address_to_native (socket_address, &native, sizeof native, NULL) ||
      !set_options (fd, address, listens) || bind (fd, (struct sockaddr *) &native, size) < 0 ||
      (listens && listen (fd, SOMAXCONN) < 0))
    {
      result = -errno;
      close (fd);
      return result;
    }
  return fd;
}

/* 0 or an errno. */
static int
try_port (GInetAddress     *address,
          guint             port,
          FairleadProtocol  protocol)
{
  const int fd = listen_on (address, port, protocol);

  if (fd < 0)
    return -fd;
  close (fd);
  return 0;
}

static GInetAddress *
dup_address (FairleadPortMapping *self)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (self);

  return address != NULL ? g_object_ref (address) : g_inet_address_new_any (G_SOCKET_FAMILY_IPV4);
}

typedef gboolean (*JudgeFunc) (const char  *address,
                               guint        port,
                               int          result,
                               GError     **error);

/* Gives what became of each port to @judge, until one displeases it. */
static gboolean
try_ports (FairleadPortMapping  *self,
           JudgeFunc             judge,
           GError              **error)
{
  g_autoptr (GInetAddress) address = dup_address (self);
  g_autofree char *address_text = g_inet_address_to_string (address);
  g_autofree char *text = fairlead_port_mapping_to_string (self);

  for (guint i = 0; i < fairlead_port_mapping_get_length (self); i++)
    {
      const guint port = fairlead_port_mapping_get_host_port (self) + i;

      if (!judge (address_text, port, try_port (address, port, fairlead_port_mapping_get_protocol (self)), error))
        {
          g_prefix_error (error, "port %s: ", text);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
require_free (const char  *address,
              guint        port,
              int          result,
              GError     **error)
{
  if (result == 0)
    return TRUE;
  fairlead_error_set_errno (error, result, "cannot listen on %s port %u of the host%s", address, port,
                            result == EACCES ? " (the sysctl net.ipv4.ip_unprivileged_port_start says from which port "
                                               "on an ordinary user may)" : "");
  return FALSE;
}

static gboolean
require_taken (const char  *address,
               guint        port,
               int          result,
               GError     **error)
{
  if (result == EADDRINUSE)
    return TRUE;
  if (result == 0)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "nobody listens on %s port %u of the host", address,
                 port);
  else
    fairlead_error_set_errno (error, result, "cannot tell whether somebody listens on %s port %u of the host", address,
                              port);
  return FALSE;
}

int
fairlead_port_mapping_listen (FairleadPortMapping  *self,
                              guint                 number,
                              GError              **error)
{
  const guint port = fairlead_port_mapping_get_host_port (self) + number;
  g_autoptr (GInetAddress) address = dup_address (self);
  g_autofree char *address_text = g_inet_address_to_string (address);
  const int fd = listen_on (address, port, fairlead_port_mapping_get_protocol (self));

  if (fd < 0)
    require_free (address_text, port, -fd, error);
  return fd;
}

/**
 * fairlead_port_mapping_check_free:
 * @self: a port mapping
 * @error: where to put the error
 *
 * Checks that the caller could listen on each of the host's ports now, in the network namespace of the calling thread.
 * A mapping without a host address stands for `0.0.0.0`.
 *
 * The error names the first port that is not free: %FAIRLEAD_ERROR_BUSY if somebody listens on it,
 * %FAIRLEAD_ERROR_PERMISSION_DENIED if the caller may not, or %FAIRLEAD_ERROR_FAILED with the kernel's reason, for
 * example that the host has no such address.
 *
 * Returns: %TRUE if all are free, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_port_mapping_check_free (FairleadPortMapping  *self,
                                  GError              **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return try_ports (self, require_free, error);
}

/**
 * fairlead_port_mapping_check_taken:
 * @self: a port mapping
 * @error: where to put the error
 *
 * Checks that somebody listens on each of the host's ports, in the network namespace of the calling thread. Together
 * with [method@Fairlead.PortMapping.check_free] before it was started, this tells whether a program publishes what it
 * was told to.
 *
 * Returns: %TRUE if all are taken; %FALSE with @error set, to %FAIRLEAD_ERROR_NOT_FOUND for a port that is free
 *
 * Since: 1.0
 */
gboolean
fairlead_port_mapping_check_taken (FairleadPortMapping  *self,
                                   GError              **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return try_ports (self, require_taken, error);
}
