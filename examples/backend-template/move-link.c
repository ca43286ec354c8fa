/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "move-link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

typedef struct nl_sock          NlSock;
typedef struct nl_addr          NlAddr;
typedef struct rtnl_addr        RtnlAddr;
typedef struct rtnl_link        RtnlLink;
typedef struct rtnl_route       RtnlRoute;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NlSock, nl_socket_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NlAddr, nl_addr_put)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RtnlAddr, rtnl_addr_put)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RtnlLink, rtnl_link_put)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RtnlRoute, rtnl_route_put)

static gboolean
set_error (int          result,
           GError     **error,
           const char  *what)
{
  FairleadError code = FAIRLEAD_ERROR_FAILED;

  if (result == -NLE_PERM)
    code = FAIRLEAD_ERROR_PERMISSION_DENIED;
  else if (result == -NLE_EXIST)
    code = FAIRLEAD_ERROR_ALREADY_EXISTS;
  g_set_error (error, FAIRLEAD_ERROR, code, "cannot %s: %s", what, nl_geterror (result));
  return FALSE;
}

/* libnl closes the socket that it is given, so it gets a copy; and it wants it bound. */
static NlSock *
open_socket (int      fd,
             GError **error)
{
  g_autoptr (NlSock) sock = nl_socket_alloc ();
  struct sockaddr_nl address = { .nl_family = AF_NETLINK };
  int copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  int result;

  if (copy < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot copy the netlink socket");
      return NULL;
    }
  /* It fails if the socket is bound already. */
  bind (copy, (struct sockaddr *) &address, sizeof address);
  result = nl_socket_set_fd (sock, NETLINK_ROUTE, copy);
  if (result < 0)
    {
      close (copy);
      set_error (result, error, "use the netlink socket");
      return NULL;
    }
  return g_steal_pointer (&sock);
}

gboolean
move_link_find (int          fd,
                const char  *name,
                MoveLink    *link,
                GError     **error)
{
  g_autoptr (NlSock) sock = open_socket (fd, error);
  g_autoptr (RtnlLink) found = NULL;
  int result;

  *link = (MoveLink) { 0 };
  if (sock == NULL)
    return FALSE;
  result = rtnl_link_get_kernel (sock, 0, name, &found);
  if (result == -NLE_NODEV || result == -NLE_OBJ_NOTFOUND)
    return TRUE;
  if (result < 0)
    return set_error (result, error, "look for the interface");
  link->index = rtnl_link_get_ifindex (found);
  link->up = (rtnl_link_get_flags (found) & IFF_UP) != 0;
  link->loopback = (rtnl_link_get_flags (found) & IFF_LOOPBACK) != 0;
  if (rtnl_link_get_addr (found) != NULL)
    nl_addr2str (rtnl_link_get_addr (found), link->mac, sizeof link->mac);
  return TRUE;
}

static gboolean
change (int          fd,
        int          index,
        RtnlLink    *changes,
        const char  *what,
        GError     **error)
{
  g_autoptr (NlSock) sock = open_socket (fd, error);
  g_autoptr (RtnlLink) original = rtnl_link_alloc ();
  int result;

  if (sock == NULL)
    return FALSE;
  rtnl_link_set_ifindex (original, index);
  result = rtnl_link_change (sock, original, changes, 0);
  return result >= 0 || set_error (result, error, what);
}

gboolean
move_link_move (int          fd,
                int          index,
                int          netns_fd,
                const char  *name,
                GError     **error)
{
  g_autoptr (RtnlLink) changes = rtnl_link_alloc ();

  rtnl_link_set_ns_fd (changes, netns_fd);
  rtnl_link_set_name (changes, name);
  return change (fd, index, changes, "move the interface", error);
}

gboolean
move_link_rename (int          fd,
                  int          index,
                  const char  *name,
                  GError     **error)
{
  g_autoptr (RtnlLink) changes = rtnl_link_alloc ();

  rtnl_link_set_name (changes, name);
  return change (fd, index, changes, "rename the interface", error);
}

gboolean
move_link_set_up (int      fd,
                  int      index,
                  GError **error)
{
  g_autoptr (RtnlLink) changes = rtnl_link_alloc ();

  rtnl_link_set_flags (changes, IFF_UP);
  return change (fd, index, changes, "set the interface up", error);
}

static NlAddr *
new_address (GInetAddress *address)
{
  return nl_addr_build (g_inet_address_get_family (address), g_inet_address_to_bytes (address),
                        g_inet_address_get_native_size (address));
}

gboolean
move_link_add_address (int                        fd,
                       int                        index,
                       FairleadInterfaceAddress  *address,
                       GError                   **error)
{
  g_autoptr (NlSock) sock = open_socket (fd, error);
  g_autoptr (RtnlAddr) object = rtnl_addr_alloc ();
  g_autoptr (NlAddr) local = new_address (fairlead_interface_address_get_address (address));
  int result;

  if (sock == NULL)
    return FALSE;
  nl_addr_set_prefixlen (local, (int) fairlead_interface_address_get_prefix_length (address));
  rtnl_addr_set_ifindex (object, index);
  rtnl_addr_set_local (object, local);
  result = rtnl_addr_add (sock, object, 0);
  return result >= 0 || set_error (result, error, "add the address");
}

gboolean
move_link_add_gateway (int            fd,
                       int            index,
                       GInetAddress  *gateway,
                       guint          metric,
                       GError       **error)
{
  g_autoptr (NlSock) sock = open_socket (fd, error);
  g_autoptr (RtnlRoute) route = rtnl_route_alloc ();
  g_autoptr (NlAddr) via = new_address (gateway);
  g_autoptr (NlAddr) any = NULL;
  struct rtnl_nexthop *hop = rtnl_route_nh_alloc ();
  int result;

  nl_addr_parse ("default", g_inet_address_get_family (gateway), &any);
  rtnl_route_set_dst (route, any);
  rtnl_route_set_priority (route, metric);
  rtnl_route_nh_set_ifindex (hop, index);
  rtnl_route_nh_set_gateway (hop, via);
  rtnl_route_add_nexthop (route, hop);
  if (sock == NULL)
    return FALSE;
  result = rtnl_route_add (sock, route, 0);
  return result >= 0 || set_error (result, error, "add the default route");
}
