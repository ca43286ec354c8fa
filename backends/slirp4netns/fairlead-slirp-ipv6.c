/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-ipv6.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fairlead-slirp-network.h"

/* slirp4netns sends an advertisement as soon as the interface asks for one. */
#define WAIT_TIME_LIMIT_MS 5000

/* NULL without an error if it is not there yet. */
static FairleadInterfaceAddress *
find_address (FairleadNetns  *netns,
              const char     *interface_name,
              GError        **error)
{
  g_autoptr (GListModel) addresses = fairlead_netns_list_addresses (netns, error);
  g_autoptr (GInetAddress) gateway = g_inet_address_new_from_string (FAIRLEAD_SLIRP_GATEWAY6);

  for (guint i = 0; addresses != NULL && i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);
      GInetAddress *address = fairlead_interface_address_get_address (item);

      if (g_str_equal (fairlead_interface_address_get_interface_name (item), interface_name) &&
          g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 && !g_inet_address_get_is_link_local (address))
        return fairlead_interface_address_new (interface_name, address,
                                               fairlead_interface_address_get_prefix_length (item), gateway);
    }
  return NULL;
}

/* Something was told of an IPv6 address; what, is looked up. */
static void
drain (int fd)
{
  char buffer[8192];

  while (recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
    ;
}

static FairleadInterfaceAddress *
wait_for_address (FairleadNetns  *netns,
                  const char     *interface_name,
                  int             fd,
                  GCancellable   *cancellable,
                  GError        **error)
{
  const gint64 deadline = g_get_monotonic_time () + WAIT_TIME_LIMIT_MS * G_TIME_SPAN_MILLISECOND;
  GPollFD fds[2] = { { .fd = fd, .events = G_IO_IN }, { .fd = -1, .events = G_IO_IN } };
  const gboolean polled = g_cancellable_make_pollfd (cancellable, &fds[1]);
  FairleadInterfaceAddress *address;
  GError *failure = NULL;
  gint64 left;

  while ((address = find_address (netns, interface_name, &failure)) == NULL && failure == NULL &&
         (left = deadline - g_get_monotonic_time ()) > 0)
    {
      g_poll (fds, polled ? 2 : 1, (int) ((left + 999) / 1000));
      if (g_cancellable_set_error_if_cancelled (cancellable, &failure))
        break;
      drain (fd);
    }
  if (polled)
    g_cancellable_release_fd (cancellable);

  if (address == NULL && failure == NULL)
    failure = g_error_new (FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT,
                           "enable-ipv6: the interface %s got no IPv6 address within %d ms; see the sysctls "
                           "net.ipv6.conf.%s.disable_ipv6 and accept_ra in the network namespace", interface_name,
                           WAIT_TIME_LIMIT_MS, interface_name);
  if (failure != NULL)
    g_propagate_error (error, failure);
  return address;
}

FairleadInterfaceAddress *
fairlead_slirp_ipv6_wait (FairleadNetns  *netns,
                          const char     *interface_name,
                          GCancellable   *cancellable,
                          GError        **error)
{
  const int group = RTNLGRP_IPV6_IFADDR;
  int fd = fairlead_netns_open_socket (netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
  FairleadInterfaceAddress *address = NULL;

  if (fd < 0)
    return NULL;
  if (setsockopt (fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0)
    address = wait_for_address (netns, interface_name, fd, cancellable, error);
  else
    fairlead_error_set_errno (error, errno, "cannot watch the addresses of interface %s", interface_name);
  close (fd);
  return address;
}
