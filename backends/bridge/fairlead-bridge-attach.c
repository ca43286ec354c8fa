/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-attach.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fairlead-bridge-make.h"
#include "fairlead-bridge-pool.h"
#include "fairlead-bridge-publish.h"
#include "fairlead-bridge-sysctl.h"

#define LOOPBACK_INDEX 1

/* How often an address that was free a moment ago may be gone. Each time somebody else got one. */
#define MAX_TRIES 1000

static FairleadBridgeNetwork *
get_network (FairleadAttachment *attachment)
{
  return FAIRLEAD_BRIDGE_NETWORK (fairlead_attachment_get_network (attachment));
}

/* The first of the attachment's own addresses that it asks for. */
static GInetAddress *
get_requested (FairleadAttachment *attachment,
               int                 family)
{
  return family == AF_INET ? fairlead_attachment_get_ip (attachment) : fairlead_attachment_get_ip6 (attachment);
}

gboolean
fairlead_bridge_attach_plan (FairleadBridgeHost  *host,
                             FairleadAttachment  *attachment,
                             GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);
  g_auto (FairleadBridgeLayout) layout = { 0 };
  const int families[] = { AF_INET, AF_INET6 };

  if (!fairlead_bridge_network_read_layout (get_network (attachment), &layout, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      GInetAddress *requested = get_requested (attachment, families[i]);

      if (requested == NULL || layout.n_subnets > 0 || fairlead_bridge_layout_is_managed (&layout))
        continue;
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                           "an address can only be asked for on a network with subnets");
      return FALSE;
    }
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if ((fairlead_bridge_publish_is_loopback6 (mapping) &&
           !fairlead_bridge_publish_check (mapping, fairlead_bridge_loopback6_is_closed (), error)) ||
          !fairlead_bridge_publish_probe (host, mapping, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_requested (const FairleadBridgeLayout   *layout,
                 const FairleadBridgeAddress  *address,
                 GError                      **error)
{
  const FairleadBridgeSubnet *subnet = fairlead_bridge_layout_find_subnet (layout, address);
  g_autofree char *text = NULL;

  if (subnet != NULL && fairlead_bridge_subnet_is_host (subnet, address) &&
      !fairlead_bridge_address_equal (address, &subnet->gateway))
    return TRUE;
  text = fairlead_bridge_address_to_string (address);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "the address %s is %s", text,
               subnet == NULL ? "in none of the network's subnets"
                              : "not one that a container can have: it is the gateway's, the network's, or the broadcast's");
  return FALSE;
}

/* An address asked for goes to its subnet; where none is, the subnet's next free one is taken. */
static gboolean
choose_addresses (FairleadAttachment          *attachment,
                  const char                  *directory,
                  const FairleadBridgeLayout  *layout,
                  FairleadBridgePort          *port,
                  GError                     **error)
{
  const int families[] = { AF_INET, AF_INET6 };
  FairleadBridgeAddress requested[2] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (get_requested (attachment, families[i]) != NULL)
      {
        fairlead_bridge_address_set (&requested[i], get_requested (attachment, families[i]));
        if (!check_requested (layout, &requested[i], error))
          return FALSE;
      }
  port->n_addresses = layout->n_subnets;
  for (guint i = 0; i < layout->n_subnets; i++)
    {
      const FairleadBridgeSubnet *subnet = &layout->subnets[i];
      const FairleadBridgeAddress *wanted = &requested[subnet->base.family == AF_INET ? 0 : 1];

      port->prefixes[i] = subnet->prefix;
      if (wanted->family != 0 && fairlead_bridge_subnet_contains (subnet, wanted))
        port->addresses[i] = *wanted;
      else if (!fairlead_bridge_pool_find (directory, subnet, &port->addresses[i], error))
        return FALSE;
    }
  return TRUE;
}

/* Derived from the address, so that whoever gets the address next has the same one, and no neighbour's cache is wrong. */
static void
choose_mac (FairleadAttachment *attachment,
            FairleadBridgePort *port)
{
  const char *requested = fairlead_attachment_get_mac (attachment);
  const FairleadBridgeAddress *address = port->n_addresses > 0 ? &port->addresses[0] : NULL;

  port->announce = TRUE;
  if (requested != NULL && fairlead_bridge_mac_parse (port->mac, requested))
    return;
  if (address == NULL || !fairlead_bridge_network_get_mac_pool (get_network (attachment)))
    {
      fairlead_bridge_mac_randomize (port->mac);
      return;
    }
  port->announce = FALSE;
  port->mac[0] = 0xfa;
  port->mac[1] = 0x1e;
  if (address->family == AF_INET)
    {
      memcpy (port->mac + 2, address->bytes, 4);
    }
  else
    {
      g_autofree char *text = fairlead_bridge_address_to_string (address);
      guint32 hash = g_str_hash (text);

      memcpy (port->mac + 2, &hash, 4);
    }
}

static void
choose_names (FairleadAttachment         *attachment,
              const FairleadBridgeLayout *layout,
              FairleadBridgePort         *port)
{
  const char *host_name = fairlead_bridge_network_get_host_interface (get_network (attachment));

  g_strlcpy (port->bridge, layout->bridge, sizeof port->bridge);
  port->table = g_strdup (layout->table);
  port->dns = fairlead_bridge_network_get_dns (get_network (attachment));
  if (host_name != NULL)
    g_strlcpy (port->host_name, host_name, sizeof port->host_name);
  else
    g_snprintf (port->host_name, sizeof port->host_name, "fl%08x", fairlead_bridge_random ());
  fairlead_bridge_mac_randomize (port->host_mac);
}

static gboolean
is_requested (FairleadAttachment          *attachment,
              const FairleadBridgeAddress *address)
{
  GInetAddress *requested = get_requested (attachment, address->family);
  FairleadBridgeAddress wanted;

  if (requested == NULL)
    return FALSE;
  fairlead_bridge_address_set (&wanted, requested);
  return fairlead_bridge_address_equal (&wanted, address);
}

/* FALSE with @try_again if another container was faster with an address that nobody asked for. */
static gboolean
take_addresses (FairleadAttachment          *attachment,
                const char                  *directory,
                const FairleadBridgeLayout  *layout,
                const FairleadBridgePort    *port,
                gboolean                    *try_again,
                GError                     **error)
{
  *try_again = FALSE;
  for (guint i = 0; i < port->n_addresses; i++)
    {
      const FairleadBridgeAddress *address = &port->addresses[i];
      g_autoptr (GError) local_error = NULL;

      if (fairlead_bridge_pool_take (directory, &layout->subnets[i], address,
                                     fairlead_attachment_get_container_id (attachment), &local_error))
        continue;
      *try_again = g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY) &&
                   !is_requested (attachment, address);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return TRUE;
}

static gboolean
give_addresses (FairleadAttachment        *attachment,
                const char                *directory,
                const FairleadBridgePort  *port,
                GError                   **error)
{
  for (guint i = 0; i < port->n_addresses; i++)
    if (!fairlead_bridge_pool_give (directory, &port->addresses[i], fairlead_attachment_get_container_id (attachment),
                                    error))
      return FALSE;
  return TRUE;
}

static gboolean
checkpoint (FairleadAttachment        *attachment,
            const FairleadBridgePort  *port,
            GError                   **error)
{
  fairlead_attachment_set_document (attachment, fairlead_bridge_port_to_variant (port));
  return fairlead_attachment_checkpoint (attachment, error);
}

gboolean
fairlead_bridge_attach_prepare (FairleadAttachment          *attachment,
                                FairleadSharedState         *state,
                                const FairleadBridgeLayout  *layout,
                                FairleadBridgePort          *port,
                                GError                     **error)
{
  const char *directory = fairlead_shared_state_get_directory (state);

  choose_names (attachment, layout, port);
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      g_autoptr (GError) local_error = NULL;
      gboolean try_again;

      if (!choose_addresses (attachment, directory, layout, port, error))
        return FALSE;
      choose_mac (attachment, port);
      if (!checkpoint (attachment, port, error))
        return FALSE;
      if (take_addresses (attachment, directory, layout, port, &try_again, &local_error))
        return TRUE;
      if (!give_addresses (attachment, directory, port, error))
        return FALSE;
      if (!try_again)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TRY_AGAIN,
                       "other containers took each address a moment before");
  return FALSE;
}

static gboolean
set_pair_error (const FairleadBridgePort     *port,
                const char                   *interface,
                FairleadBridgeBatch          *batch,
                const FairleadBridgeFailure  *failure,
                GError                      **error)
{
  switch (failure->saved_errno)
    {
    case EXFULL:
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED,
                   "the bridge %s is full: a bridge has at most 1023 ports; use another network", port->bridge);
      return FALSE;
    case EEXIST:
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS,
                   "a link %s exists in the container's namespace, or a link %s on the host", interface, port->host_name);
      return FALSE;
    default:
      fairlead_bridge_set_failure (batch, failure, error);
      g_prefix_error (error, "link %s on bridge %s: ", port->host_name, port->bridge);
      return FALSE;
    }
}

static gboolean
add_pair (FairleadBridgeHost          *host,
          FairleadAttachment          *attachment,
          const FairleadBridgeLayout  *layout,
          const FairleadBridgePort    *port,
          GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  FairleadBridgeLinkPair pair = {
    .host_name = port->host_name,
    .host_mac = port->host_mac,
    .peer_name = fairlead_attachment_get_interface (attachment),
    .peer_mac = port->mac,
    .mtu = layout->mtu,
  };
  FairleadBridgeFailure failure;
  FairleadBridgeLinkInfo bridge;
  gboolean succeeded;

  if (socket == NULL || !fairlead_bridge_find (host, layout, &bridge, error))
    return FALSE;
  pair.bridge_index = bridge.index;
  pair.netns_fd = fairlead_netns_dup_fd (fairlead_attachment_get_netns (attachment), error);
  if (pair.netns_fd < 0)
    return FALSE;
  fairlead_bridge_link_add_pair (batch, &pair);
  if (layout->hairpin)
    fairlead_bridge_link_set_hairpin (batch, port->host_name);
  succeeded = fairlead_bridge_socket_try (socket, batch, &failure);
  close (pair.netns_fd);
  return succeeded || set_pair_error (port, pair.peer_name, batch, &failure, error);
}

/* On a bridge of ours all ports have its VLAN by default. */
static gboolean
set_vlan (FairleadBridgeHost          *host,
          const FairleadBridgeLayout  *layout,
          const FairleadBridgePort    *port,
          GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  FairleadBridgeLinkInfo bridge;

  if (socket == NULL)
    return FALSE;
  if (layout->vlan == 0 || fairlead_bridge_layout_is_managed (layout))
    return TRUE;
  if (!fairlead_bridge_find (host, layout, &bridge, error))
    return FALSE;
  fairlead_bridge_link_set_port_vlan (batch, fairlead_bridge_link_get_index (socket, port->host_name), bridge.default_vlan,
                                      layout->vlan);
  return fairlead_bridge_socket_send (socket, batch, error);
}

/* What has to be done by a thread inside the namespace. */
typedef struct
{
  const char *interface;
  gboolean    has_ipv6;
  gboolean    announce;
  const char *loose;     /* (nullable) of the interfaces for which answers may go out by another one */
  int         fd;
} Inside;

/* One setting in the usual case: each costs more with every namespace there is. A container listens to no router
 * advertisement, which its neighbours could send (CVE-2020-10749); without an IPv6 address it has no IPv6 at all. */
static gboolean
set_inside (const Inside  *inside,
            GError       **error)
{
  if (!fairlead_bridge_sysctl_set ("ipv6", inside->interface, inside->has_ipv6 ? "accept_ra" : "disable_ipv6",
                                   inside->has_ipv6 ? 0 : 1, error))
    return FALSE;
  if (inside->announce && (!fairlead_bridge_sysctl_set ("ipv4", inside->interface, "arp_notify", 1, error) ||
                           !fairlead_bridge_sysctl_set ("ipv6", inside->interface, "ndisc_notify", 1, error)))
    return FALSE;
  return inside->loose == NULL || fairlead_bridge_sysctl_set ("ipv4", inside->loose, "rp_filter", 2, error);
}

/* Where there are several interfaces, a strict check of the way back would drop what comes in by one whose answer goes out by
 * another. In a namespace of ours that begins with the second network, and for all; in another one it is always so, and
 * others' interfaces are their business. The kernel takes the higher one of a link's setting and that of all. */
static const char *
get_loose (FairleadAttachment *attachment)
{
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);

  if (fairlead_netns_get_origin (netns) != FAIRLEAD_NETNS_ORIGIN_CREATED)
    return fairlead_attachment_get_interface (attachment);
  return fairlead_attachment_get_route_metric (attachment) > 0 ? "all" : NULL;
}

static gboolean
enter (gpointer   user_data,
       GError   **error)
{
  Inside *inside = user_data;

  if (!set_inside (inside, error))
    return FALSE;
  inside->fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (inside->fd >= 0)
    return TRUE;
  fairlead_error_set_errno (error, errno, "cannot open a netlink socket in the network namespace");
  return FALSE;
}

static FairleadBridgeRoute
default_route (const FairleadBridgeAddress *gateway,
               guint                        metric)
{
  FairleadBridgeRoute route = { .type = RTN_UNICAST, .gateway = *gateway, .metric = metric };

  route.destination.family = gateway->family;
  return route;
}

/* (element-type FairleadBridgeRoute): the network's own. The same one of a container's second network ranks behind the
 * first one's, as default routes do. */
static GArray *
dup_own_routes (FairleadAttachment  *attachment,
                GError             **error)
{
  GArray *routes = fairlead_bridge_network_dup_routes (get_network (attachment), error);

  for (guint i = 0; routes != NULL && i < routes->len; i++)
    {
      FairleadBridgeRoute *route = &g_array_index (routes, FairleadBridgeRoute, i);

      if (route->metric == 0)
        route->metric = fairlead_attachment_get_route_metric (attachment);
    }
  return routes;
}

/* (element-type FairleadBridgeRoute): the default routes and the network's own. */
static GArray *
dup_routes (FairleadAttachment          *attachment,
            const FairleadBridgeLayout  *layout,
            GError                     **error)
{
  GArray *routes = dup_own_routes (attachment, error);
  guint metric = fairlead_attachment_get_route_metric (attachment) +
                 fairlead_bridge_network_get_metric (get_network (attachment));
  gboolean has_default[2] = { FALSE, FALSE };

  if (routes == NULL || layout->internal || !fairlead_attachment_get_default_route (attachment))
    return routes;
  for (guint i = 0; i < layout->n_subnets; i++)
    {
      const FairleadBridgeAddress *gateway = &layout->subnets[i].gateway;
      gboolean *has = &has_default[gateway->family == AF_INET ? 0 : 1];
      FairleadBridgeRoute route = default_route (gateway, metric);

      if (gateway->family == 0 || *has)
        continue;
      *has = TRUE;
      g_array_append_val (routes, route);
    }
  return routes;
}

/* Prefixes the error with the route, and says what can be done about it. */
static void
set_route_error (FairleadBridgeBatch          *batch,
                 const FairleadBridgeFailure  *failure,
                 const FairleadBridgeRoute    *route,
                 GError                      **error)
{
  g_autofree char *text = fairlead_bridge_route_to_string (route);

  fairlead_bridge_set_failure (batch, failure, error);
  g_prefix_error (error, "route %s%s: ", text,
                  failure->saved_errno == EEXIST ? ", which is there already (a metric of its own parts two of them)" : "");
}

/* The first @n of @routes that lead nowhere. */
static gboolean
remove_dead_ends (FairleadBridgeSocket  *socket,
                  GArray                *routes,
                  guint                  n,
                  GError               **error)
{
  for (guint i = 0; i < n; i++)
    {
      const FairleadBridgeRoute *route = &g_array_index (routes, FairleadBridgeRoute, i);
      g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
      FairleadBridgeFailure failure;

      if (route->type == RTN_UNICAST)
        continue;
      fairlead_bridge_link_delete_route (batch, route);
      if (fairlead_bridge_socket_try (socket, batch, &failure) || failure.saved_errno == ESRCH)
        continue;
      set_route_error (batch, &failure, route, error);
      return FALSE;
    }
  return TRUE;
}

/* Routes that lead nowhere belong to no link, so that one of another container in the namespace looks like ours. Each is
 * added by itself, and after a failure those that were are taken back here, where it is known which. */
static gboolean
add_dead_ends (FairleadBridgeSocket  *socket,
               GArray                *routes,
               GError               **error)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const FairleadBridgeRoute *route = &g_array_index (routes, FairleadBridgeRoute, i);
      g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
      FairleadBridgeFailure failure;

      if (route->type == RTN_UNICAST)
        continue;
      fairlead_bridge_link_add_route (batch, 0, route);
      if (fairlead_bridge_socket_try (socket, batch, &failure))
        continue;
      set_route_error (batch, &failure, route, error);
      remove_dead_ends (socket, routes, i, NULL);
      return FALSE;
    }
  return TRUE;
}

/* (nullable): number @n of those that lead somewhere. */
static const FairleadBridgeRoute *
find_unicast (GArray *routes,
              guint   n)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const FairleadBridgeRoute *route = &g_array_index (routes, FairleadBridgeRoute, i);

      if (route->type == RTN_UNICAST && n-- == 0)
        return route;
    }
  return NULL;
}

static gboolean
configure_inside (FairleadBridgeSocket      *socket,
                  const char                *interface,
                  const FairleadBridgePort  *port,
                  GArray                    *routes,
                  GError                   **error)
{
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  guint index = fairlead_bridge_link_get_index (socket, interface);
  const FairleadBridgeRoute *route;
  FairleadBridgeFailure failure;
  guint first_route;

  fairlead_bridge_link_set_up (batch, LOOPBACK_INDEX);
  for (guint i = 0; i < port->n_addresses; i++)
    fairlead_bridge_link_add_address (batch, index, &port->addresses[i], port->prefixes[i]);
  fairlead_bridge_link_set_up (batch, index);
  first_route = batch->purposes->len;
  for (guint i = 0; (route = find_unicast (routes, i)) != NULL; i++)
    fairlead_bridge_link_add_route (batch, index, route);
  if (fairlead_bridge_socket_try (socket, batch, &failure))
    return TRUE;
  route = failure.index >= first_route ? find_unicast (routes, failure.index - first_route) : NULL;
  if (route != NULL)
    set_route_error (batch, &failure, route, error);
  else
    fairlead_bridge_set_failure (batch, &failure, error);
  /* Nothing else here needs a permission that we might not have. */
  g_prefix_error (error, "interface %s: %s", interface,
                  failure.saved_errno == EACCES ? "IPv6 is turned off in the network namespace; turn it on there, or "
                                                  "take a network that has IPv4 subnets alone: " : "");
  return FALSE;
}

gboolean
fairlead_bridge_attach_links (FairleadBridgeHost          *host,
                              FairleadAttachment          *attachment,
                              const FairleadBridgeLayout  *layout,
                              const FairleadBridgePort    *port,
                              GError                     **error)
{
  Inside inside = {
    .interface = fairlead_attachment_get_interface (attachment),
    .has_ipv6 = fairlead_bridge_port_get_address (port, AF_INET6) != NULL || port->n_addresses == 0,
    .announce = port->announce && port->n_addresses > 0,
    .loose = get_loose (attachment),
    .fd = -1,
  };
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  g_autoptr (FairleadBridgeSocket) socket = NULL;
  g_autoptr (GArray) routes = dup_routes (attachment, layout, error);

  if (routes == NULL || !add_pair (host, attachment, layout, port, error) || !set_vlan (host, layout, port, error) ||
      !fairlead_netns_run (fairlead_attachment_get_netns (attachment), enter, &inside, error))
    return FALSE;
  socket = fairlead_bridge_socket_new_for_fd (inside.fd);
  if (configure_inside (socket, inside.interface, port, routes, error) && add_dead_ends (socket, routes, error))
    return TRUE;
  /* As long as our interface is there, so are our routes. */
  fairlead_bridge_link_delete (batch, inside.interface);
  fairlead_bridge_socket_send (socket, batch, NULL);
  return FALSE;
}

static void
add_addresses (FairleadAttachment         *attachment,
               const FairleadBridgeLayout *layout,
               const FairleadBridgePort   *port)
{
  const char *interface = fairlead_attachment_get_interface (attachment);

  for (guint i = 0; i < port->n_addresses; i++)
    {
      const FairleadBridgeAddress *address = &port->addresses[i];
      const FairleadBridgeSubnet *subnet = fairlead_bridge_layout_find_subnet (layout, address);
      GSocketFamily family = address->family == AF_INET ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
      g_autoptr (GInetAddress) inet = g_inet_address_new_from_bytes (address->bytes, family);
      g_autoptr (GInetAddress) gateway = NULL;
      g_autoptr (FairleadInterfaceAddress) result = NULL;

      if (subnet != NULL && subnet->gateway.family != 0 && !layout->internal)
        gateway = g_inet_address_new_from_bytes (subnet->gateway.bytes, family);
      result = fairlead_interface_address_new (interface, inet, port->prefixes[i], gateway);
      fairlead_attachment_add_address (attachment, result);
    }
}

static void
add_routes (FairleadAttachment *attachment,
            GArray             *routes)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const FairleadBridgeRoute *route = &g_array_index (routes, FairleadBridgeRoute, i);
      GSocketFamily family = route->destination.family == AF_INET ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
      g_autoptr (GInetAddress) base = g_inet_address_new_from_bytes (route->destination.bytes, family);
      g_autoptr (GInetAddressMask) destination = g_inet_address_mask_new (base, route->prefix, NULL);
      g_autoptr (GInetAddress) gateway = NULL;
      g_autoptr (FairleadRoute) result = NULL;

      if (route->gateway.family != 0)
        gateway = g_inet_address_new_from_bytes (route->gateway.bytes, family);
      result = gateway != NULL ? fairlead_route_new (destination, gateway, route->metric)
                               : fairlead_route_new_for_type ((FairleadRouteType) route->type, destination, route->metric);
      fairlead_attachment_add_route (attachment, result);
    }
}

gboolean
fairlead_bridge_attach_result (FairleadAttachment          *attachment,
                               const FairleadBridgeLayout  *layout,
                               const FairleadBridgePort    *port,
                               GError                     **error)
{
  g_autofree char *mac = fairlead_bridge_mac_to_string (port->mac);
  g_autofree char *host_mac = fairlead_bridge_mac_to_string (port->host_mac);
  g_autoptr (FairleadInterface) inner =
    fairlead_interface_new (fairlead_attachment_get_interface (attachment), mac, layout->mtu,
                            fairlead_attachment_get_netns_path (attachment));
  g_autoptr (FairleadInterface) outer = fairlead_interface_new (port->host_name, host_mac, layout->mtu, NULL);
  g_autoptr (GArray) routes = dup_routes (attachment, layout, error);

  if (routes == NULL)
    return FALSE;
  fairlead_attachment_add_interface (attachment, inner);
  fairlead_attachment_add_interface (attachment, outer);
  add_addresses (attachment, layout, port);
  add_routes (attachment, routes);
  return TRUE;
}

static FairleadBridgeSocket *
open_inside (FairleadAttachment  *attachment,
             GError             **error)
{
  int fd = fairlead_netns_open_socket (fairlead_attachment_get_netns (attachment), AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
                                       error);

  return fd >= 0 ? fairlead_bridge_socket_new_for_fd (fd) : NULL;
}

/* Whether the namespace ends as soon as we let go of it, and the kernel removes the links in it with both their ends. */
static gboolean
is_about_to_end (FairleadAttachment *attachment)
{
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);

  return netns != NULL && fairlead_netns_get_origin (netns) == FAIRLEAD_NETNS_ORIGIN_CREATED;
}

/* A link of that name that has another MAC address is somebody else's: it kept ours from being made, or came after it. */
static gboolean
is_ours (FairleadBridgeSocket      *socket,
         const FairleadBridgePort  *port,
         GError                   **error)
{
  FairleadBridgeLinkInfo info;

  return fairlead_bridge_link_look (socket, port->host_name, &info, error) &&
         memcmp (info.mac, port->host_mac, sizeof info.mac) == 0;
}

/* To remove a link waits for a grace period, some 20 ms; to take it out of the bridge, which isolates the container at once
 * even if a process goes on in there, does not. A name that somebody chose has to be free for the next container. */
static gboolean
detach_host_link (FairleadBridgeHost        *host,
                  FairleadAttachment        *attachment,
                  const FairleadBridgePort  *port,
                  GError                   **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  g_autoptr (GError) local_error = NULL;
  FairleadBridgeFailure failure;

  if (socket == NULL)
    return FALSE;
  if (!is_ours (socket, port, &local_error))
    {
      if (local_error == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (port->made && is_about_to_end (attachment) &&
      fairlead_bridge_network_get_host_interface (get_network (attachment)) == NULL)
    fairlead_bridge_link_set_master (batch, port->host_name, 0);
  else
    fairlead_bridge_link_delete (batch, port->host_name);
  if (fairlead_bridge_socket_try (socket, batch, &failure) || failure.saved_errno == ENODEV)
    return TRUE;
  fairlead_bridge_set_failure (batch, &failure, error);
  g_prefix_error (error, "link %s: ", port->host_name);
  return FALSE;
}

/* Those that lead nowhere go with no link, and stay in a namespace that does not end. If the setup was interrupted, our
 * interface tells whether they are ours. */
static gboolean
detach_routes (FairleadAttachment        *attachment,
               const FairleadBridgePort  *port,
               GError                   **error)
{
  g_autoptr (GArray) routes = dup_own_routes (attachment, NULL);
  g_autoptr (FairleadBridgeSocket) socket = NULL;
  FairleadBridgeLinkInfo info;
  gboolean has_dead_ends = FALSE;

  for (guint i = 0; routes != NULL && i < routes->len; i++)
    has_dead_ends = has_dead_ends || g_array_index (routes, FairleadBridgeRoute, i).type != RTN_UNICAST;
  if (!has_dead_ends)
    return TRUE;
  socket = open_inside (attachment, error);
  if (socket == NULL)
    return FALSE;
  if (!port->made && (!fairlead_bridge_link_look (socket, fairlead_attachment_get_interface (attachment), &info, NULL) ||
                      memcmp (info.mac, port->mac, sizeof info.mac) != 0))
    return TRUE;
  return remove_dead_ends (socket, routes, routes->len, error);
}

gboolean
fairlead_bridge_detach_links (FairleadBridgeHost        *host,
                              FairleadAttachment        *attachment,
                              const FairleadBridgePort  *port,
                              GError                   **error)
{
  gboolean detached = fairlead_attachment_get_netns (attachment) == NULL || is_about_to_end (attachment) ||
                      detach_routes (attachment, port, error);

  return detach_host_link (host, attachment, port, detached ? error : NULL) && detached;
}

/* FALSE with an error also if there is none of that name, or it is somebody else's. */
static gboolean
look_at_host_link (FairleadBridgeSocket      *socket,
                   const FairleadBridgePort  *port,
                   FairleadBridgeLinkInfo    *info,
                   GError                   **error)
{
  g_autoptr (GError) local_error = NULL;

  if (fairlead_bridge_link_look (socket, port->host_name, info, &local_error) &&
      memcmp (info->mac, port->host_mac, sizeof info->mac) == 0)
    return TRUE;
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "the link %s on the host is gone: tear the container down, and set it up again", port->host_name);
  return FALSE;
}

static gboolean
verify_host_link (FairleadBridgeHost          *host,
                  const FairleadBridgeLayout  *layout,
                  const FairleadBridgePort    *port,
                  GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  FairleadBridgeLinkInfo info;

  if (socket == NULL || !look_at_host_link (socket, port, &info, error))
    return FALSE;
  if (!info.is_up || info.master != fairlead_bridge_link_get_index (socket, port->bridge))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "the link %s on the host is down, or no longer a port of the bridge %s; \"fairlead reload\" makes it one "
                   "again", port->host_name, port->bridge);
      return FALSE;
    }
  if (info.hairpin || !layout->hairpin)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "the link %s has lost its hairpin mode, without which the container cannot reach its own published "
               "ports; \"fairlead reload\" sets it again", port->host_name);
  return FALSE;
}

static gboolean
verify_routes (FairleadBridgeSocket  *socket,
               guint                  index,
               GArray                *routes,
               GError               **error)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const FairleadBridgeRoute *route = &g_array_index (routes, FairleadBridgeRoute, i);
      g_autofree char *text = NULL;

      if (fairlead_bridge_link_has_route (socket, index, route))
        continue;
      text = fairlead_bridge_route_to_string (route);
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the route %s is gone", text);
      return FALSE;
    }
  return TRUE;
}

gboolean
fairlead_bridge_attach_verify (FairleadBridgeHost          *host,
                               FairleadAttachment          *attachment,
                               const FairleadBridgeLayout  *layout,
                               const FairleadBridgePort    *port,
                               GError                     **error)
{
  g_autoptr (GArray) routes = dup_routes (attachment, layout, error);
  g_autoptr (FairleadBridgeSocket) socket = NULL;
  const char *interface = fairlead_attachment_get_interface (attachment);
  FairleadBridgeLinkInfo info;

  if (routes == NULL || !verify_host_link (host, layout, port, error))
    return FALSE;
  socket = open_inside (attachment, error);
  if (socket == NULL)
    return FALSE;
  if (!fairlead_bridge_link_look (socket, interface, &info, error) || !info.is_up ||
      memcmp (info.mac, port->mac, sizeof info.mac) != 0)
    {
      if (error == NULL || *error == NULL)
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                     "the interface %s is gone, down, or has another MAC address", interface);
      return FALSE;
    }
  if (layout->mtu != 0 && info.mtu != layout->mtu)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "the MTU of the interface %s is %u, and no longer %u", interface, info.mtu, layout->mtu);
      return FALSE;
    }
  return verify_routes (socket, info.index, routes, error);
}

gboolean
fairlead_bridge_attach_restore (FairleadBridgeHost          *host,
                                const FairleadBridgeLayout  *layout,
                                const FairleadBridgePort    *port,
                                GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  FairleadBridgeLinkInfo info;
  guint bridge_index;

  if (socket == NULL || !look_at_host_link (socket, port, &info, error))
    return FALSE;
  bridge_index = fairlead_bridge_link_get_index (socket, port->bridge);
  if (info.master != bridge_index)
    fairlead_bridge_link_set_master (batch, port->host_name, bridge_index);
  fairlead_bridge_link_set_up (batch, info.index);
  if (layout->hairpin)
    fairlead_bridge_link_set_hairpin (batch, port->host_name);
  if (fairlead_bridge_socket_send (socket, batch, error))
    return info.master == bridge_index || set_vlan (host, layout, port, error);
  g_prefix_error (error, "link %s: ", port->host_name);
  return FALSE;
}
