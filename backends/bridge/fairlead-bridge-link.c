/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-link.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/ioctl.h>

/* libnl's attributes in messages of our own: its link objects know neither of namespaces by descriptor for both ends nor
 * of hairpin mode and VLANs of a port in the message that we want. A message has 4 KiB, and none here needs a tenth
 * of it, so that adding an attribute cannot fail. */

typedef struct nl_msg Message;

/* Of routes that no link of ours takes along when it goes, so that they are not taken for somebody else's. Those below 16
 * are the kernel's, and none that rt_protos of iproute2 knows is this one. */
#define PROTOCOL 70

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, nlmsg_free)

static Message *
link_message_new (int                     type,
                  int                     flags,
                  const struct ifinfomsg *header)
{
  Message *message = nlmsg_alloc_simple (type, NLM_F_REQUEST | NLM_F_ACK | flags);

  g_assert (message != NULL);
  nlmsg_append (message, (void *) header, sizeof *header, NLMSG_ALIGNTO);
  return message;
}

static void
put (Message       *message,
     int            type,
     gconstpointer  data,
     gsize          length)
{
  int result = nla_put (message, type, length, data);

  g_assert (result == 0);
}

static void
put_u32 (Message *message,
         int      type,
         guint32  value)
{
  put (message, type, &value, sizeof value);
}

static void
put_u16 (Message *message,
         int      type,
         guint16  value)
{
  put (message, type, &value, sizeof value);
}

static void
put_u8 (Message *message,
        int      type,
        guint8   value)
{
  put (message, type, &value, sizeof value);
}

static void
put_string (Message    *message,
            int         type,
            const char *text)
{
  put (message, type, text, strlen (text) + 1);
}

static void
put_address (Message                     *message,
             int                          type,
             const FairleadBridgeAddress *address)
{
  put (message, type, address->bytes, fairlead_bridge_address_size (address));
}

static void
add (FairleadBridgeBatch *batch,
     Message             *message,
     const char          *purpose)
{
  fairlead_bridge_batch_add (batch, nlmsg_hdr (message), purpose);
}

void
fairlead_bridge_link_add_bridge (FairleadBridgeBatch            *batch,
                                 const FairleadBridgeLinkBridge *bridge)
{
  const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  g_autoptr (Message) message = link_message_new (RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);
  struct nlattr *info, *data;

  put_string (message, IFLA_IFNAME, bridge->name);
  /* A bridge without one takes the lowest of its ports', which changes as they come and go. */
  put (message, IFLA_ADDRESS, bridge->mac, FAIRLEAD_BRIDGE_MAC_SIZE);
  if (bridge->mtu != 0)
    put_u32 (message, IFLA_MTU, bridge->mtu);
  info = nla_nest_start (message, IFLA_LINKINFO);
  put_string (message, IFLA_INFO_KIND, "bridge");
  data = nla_nest_start (message, IFLA_INFO_DATA);
  if (bridge->vlan != 0)
    {
      put_u8 (message, IFLA_BR_VLAN_FILTERING, 1);
      put_u16 (message, IFLA_BR_VLAN_DEFAULT_PVID, bridge->vlan);
    }
  nla_nest_end (message, data);
  nla_nest_end (message, info);
  add (batch, message, "make the bridge");
}

/* IFF_UP in the peer's header would fail, as the ends are not tied yet when it is looked at; it goes up from inside. */
void
fairlead_bridge_link_add_pair (FairleadBridgeBatch          *batch,
                               const FairleadBridgeLinkPair *pair)
{
  const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
  struct ifinfomsg peer_header = { .ifi_family = AF_UNSPEC };
  g_autoptr (Message) message = link_message_new (RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);
  struct nlattr *info, *data, *peer;

  put_string (message, IFLA_IFNAME, pair->host_name);
  put (message, IFLA_ADDRESS, pair->host_mac, FAIRLEAD_BRIDGE_MAC_SIZE);
  put_u32 (message, IFLA_MASTER, pair->bridge_index);
  if (pair->mtu != 0)
    put_u32 (message, IFLA_MTU, pair->mtu);
  info = nla_nest_start (message, IFLA_LINKINFO);
  put_string (message, IFLA_INFO_KIND, "veth");
  data = nla_nest_start (message, IFLA_INFO_DATA);
  peer = nla_nest_start (message, VETH_INFO_PEER);
  nlmsg_append (message, &peer_header, sizeof peer_header, NLMSG_ALIGNTO);
  put_string (message, IFLA_IFNAME, pair->peer_name);
  put (message, IFLA_ADDRESS, pair->peer_mac, FAIRLEAD_BRIDGE_MAC_SIZE);
  put_u32 (message, IFLA_NET_NS_FD, pair->netns_fd);
  if (pair->mtu != 0)
    put_u32 (message, IFLA_MTU, pair->mtu);
  nla_nest_end (message, peer);
  nla_nest_end (message, data);
  nla_nest_end (message, info);
  add (batch, message, "make the pair of links");
}

void
fairlead_bridge_link_set_up (FairleadBridgeBatch *batch,
                             guint                index)
{
  const struct ifinfomsg header = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
  g_autoptr (Message) message = link_message_new (RTM_NEWLINK, 0, &header);

  add (batch, message, "set the link up");
}

void
fairlead_bridge_link_set_hairpin (FairleadBridgeBatch *batch,
                                  const char          *name)
{
  const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  g_autoptr (Message) message = link_message_new (RTM_NEWLINK, 0, &header);
  struct nlattr *info, *data;

  put_string (message, IFLA_IFNAME, name);
  info = nla_nest_start (message, IFLA_LINKINFO);
  put_string (message, IFLA_INFO_SLAVE_KIND, "bridge");
  data = nla_nest_start (message, IFLA_INFO_SLAVE_DATA);
  put_u8 (message, IFLA_BRPORT_MODE, 1);
  nla_nest_end (message, data);
  nla_nest_end (message, info);
  add (batch, message, "set the hairpin mode of the port");
}

static void
add_port_vlan (FairleadBridgeBatch *batch,
               int                  type,
               guint                index,
               guint                vlan,
               guint16              flags)
{
  const struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = index };
  const struct bridge_vlan_info vlan_info = { .vid = vlan, .flags = flags };
  g_autoptr (Message) message = link_message_new (type, 0, &header);
  struct nlattr *spec = nla_nest_start (message, IFLA_AF_SPEC);

  put (message, IFLA_BRIDGE_VLAN_INFO, &vlan_info, sizeof vlan_info);
  nla_nest_end (message, spec);
  add (batch, message, "set the VLAN of the port");
}

void
fairlead_bridge_link_set_port_vlan (FairleadBridgeBatch *batch,
                                    guint                index,
                                    guint                default_vlan,
                                    guint                vlan)
{
  if (default_vlan != vlan && default_vlan != 0)
    add_port_vlan (batch, RTM_DELLINK, index, default_vlan, 0);
  add_port_vlan (batch, RTM_SETLINK, index, vlan, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
}

void
fairlead_bridge_link_set_master (FairleadBridgeBatch *batch,
                                 const char          *name,
                                 guint                bridge_index)
{
  const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  g_autoptr (Message) message = link_message_new (RTM_NEWLINK, 0, &header);

  put_string (message, IFLA_IFNAME, name);
  put_u32 (message, IFLA_MASTER, bridge_index);
  add (batch, message, bridge_index != 0 ? "make the link a port of the bridge" : "take the port out of the bridge");
}

void
fairlead_bridge_link_delete (FairleadBridgeBatch *batch,
                             const char          *name)
{
  const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  g_autoptr (Message) message = link_message_new (RTM_DELLINK, 0, &header);

  put_string (message, IFLA_IFNAME, name);
  add (batch, message, "remove the link");
}

/* Nobody else has the address, since the pool says so; looking for duplicates would only keep it from being used. */
void
fairlead_bridge_link_add_address (FairleadBridgeBatch         *batch,
                                  guint                        index,
                                  const FairleadBridgeAddress *address,
                                  guint                        prefix)
{
  struct ifaddrmsg header = { .ifa_family = address->family, .ifa_prefixlen = prefix, .ifa_index = index };
  g_autoptr (Message) message = nlmsg_alloc_simple (RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);

  g_assert (message != NULL);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  put_address (message, IFA_LOCAL, address);
  put_address (message, IFA_ADDRESS, address);
  if (address->family == AF_INET6)
    put_u32 (message, IFA_FLAGS, IFA_F_NODAD);
  add (batch, message, "add the address");
}

static Message *
route_message_new (int                        type,
                   int                        flags,
                   guint                      index,
                   const FairleadBridgeRoute *route)
{
  struct rtmsg header = {
    .rtm_family = route->destination.family,
    .rtm_dst_len = route->prefix,
    .rtm_table = RT_TABLE_MAIN,
    .rtm_protocol = route->type == RTN_UNICAST ? RTPROT_STATIC : PROTOCOL,
    .rtm_scope = RT_SCOPE_UNIVERSE,
    .rtm_type = route->type,
  };
  Message *message = nlmsg_alloc_simple (type, NLM_F_REQUEST | flags);

  g_assert (message != NULL);
  if (route->type == RTN_UNICAST && route->gateway.family == 0 && route->destination.family == AF_INET)
    header.rtm_scope = RT_SCOPE_LINK;
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  if (route->prefix > 0)
    put_address (message, RTA_DST, &route->destination);
  if (route->gateway.family != 0)
    put_address (message, RTA_GATEWAY, &route->gateway);
  if (route->type == RTN_UNICAST)
    put_u32 (message, RTA_OIF, index);
  if (route->metric != 0)
    put_u32 (message, RTA_PRIORITY, route->metric);
  return message;
}

void
fairlead_bridge_link_add_route (FairleadBridgeBatch       *batch,
                                guint                      index,
                                const FairleadBridgeRoute *route)
{
  g_autoptr (Message) message = route_message_new (RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, index, route);

  add (batch, message, "add the route");
}

void
fairlead_bridge_link_delete_route (FairleadBridgeBatch       *batch,
                                   const FairleadBridgeRoute *route)
{
  g_autoptr (Message) message = route_message_new (RTM_DELROUTE, NLM_F_ACK, 0, route);

  add (batch, message, "remove the route");
}

char *
fairlead_bridge_route_to_string (const FairleadBridgeRoute *self)
{
  static const char * const types[] = { [RTN_BLACKHOLE] = "blackhole ", [RTN_UNREACHABLE] = "unreachable ",
                                        [RTN_PROHIBIT] = "prohibit " };
  g_autofree char *destination = fairlead_bridge_address_to_string (&self->destination);
  GString *text = g_string_new (self->type != RTN_UNICAST ? types[self->type] : NULL);

  g_string_append_printf (text, "%s/%u", destination, self->prefix);
  if (self->gateway.family != 0)
    {
      g_autofree char *gateway = fairlead_bridge_address_to_string (&self->gateway);

      g_string_append_printf (text, " via %s", gateway);
    }
  if (self->metric != 0)
    g_string_append_printf (text, " metric %u", self->metric);
  return g_string_free (text, FALSE);
}

static Message *
loopback_message_new (int type,
                      int flags,
                      int link_attribute,
                      guint index)
{
  struct rtmsg header = {
    .rtm_family = AF_INET6,
    .rtm_dst_len = 128,
    .rtm_table = RT_TABLE_LOCAL,
    .rtm_protocol = RTPROT_STATIC,
    .rtm_type = RTN_LOCAL,
  };
  Message *message = nlmsg_alloc_simple (type, NLM_F_REQUEST | flags);

  g_assert (message != NULL);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  put (message, RTA_DST, &in6addr_loopback, sizeof in6addr_loopback);
  put_u32 (message, link_attribute, index);
  return message;
}

/* Without NLM_F_EXCL, as bridges have such a route each. */
void
fairlead_bridge_link_add_loopback_route (FairleadBridgeBatch *batch,
                                         guint                index)
{
  g_autoptr (Message) message = loopback_message_new (RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE, RTA_OIF, index);

  add (batch, message, "let the host's ::1 lead to the bridge");
}

static gboolean
note_local (const struct nlmsghdr  *message,
            gpointer                user_data,
            GError                **error)
{
  const struct rtmsg *header = nlmsg_data (message);

  *(gboolean *) user_data = message->nlmsg_type == RTM_NEWROUTE && header->rtm_type == RTN_LOCAL;
  return TRUE;
}

/* As the kernel itself asks for what comes in by the link. */
gboolean
fairlead_bridge_link_has_loopback_route (FairleadBridgeSocket *socket,
                                         guint                 index)
{
  g_autoptr (Message) message = loopback_message_new (RTM_GETROUTE, 0, RTA_IIF, index);
  gboolean found = FALSE;

  return fairlead_bridge_socket_ask (socket, nlmsg_hdr (message), "look for the route of ::1", note_local, &found,
                                     NULL) && found;
}

guint
fairlead_bridge_link_get_index (FairleadBridgeSocket *socket,
                                const char           *name)
{
  struct ifreq request = { 0 };

  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  if (ioctl (fairlead_bridge_socket_get_fd (socket), SIOCGIFINDEX, &request) < 0)
    return 0;
  return request.ifr_ifindex;
}

static gboolean
read_link (const struct nlmsghdr  *message,
           gpointer                user_data,
           GError                **error)
{
  FairleadBridgeLinkInfo *info = user_data;
  const struct ifinfomsg *header = nlmsg_data (message);
  struct nlattr *attributes[IFLA_MAX + 1];
  struct nlattr *kinds[IFLA_INFO_MAX + 1];
  struct nlattr *bridge[IFLA_BR_MAX + 1];
  struct nlattr *port[IFLA_BRPORT_MAX + 1];

  if (message->nlmsg_type != RTM_NEWLINK || nlmsg_parse ((struct nlmsghdr *) message, sizeof *header, attributes, IFLA_MAX, NULL) < 0)
    return TRUE;
  info->index = header->ifi_index;
  info->is_up = (header->ifi_flags & IFF_UP) != 0;
  if (attributes[IFLA_MASTER] != NULL)
    info->master = nla_get_u32 (attributes[IFLA_MASTER]);
  if (attributes[IFLA_MTU] != NULL)
    info->mtu = nla_get_u32 (attributes[IFLA_MTU]);
  if (attributes[IFLA_ADDRESS] != NULL && nla_len (attributes[IFLA_ADDRESS]) == FAIRLEAD_BRIDGE_MAC_SIZE)
    memcpy (info->mac, nla_data (attributes[IFLA_ADDRESS]), FAIRLEAD_BRIDGE_MAC_SIZE);
  if (attributes[IFLA_LINKINFO] == NULL || nla_parse_nested (kinds, IFLA_INFO_MAX, attributes[IFLA_LINKINFO], NULL) < 0)
    return TRUE;
  info->is_bridge = kinds[IFLA_INFO_KIND] != NULL && nla_strcmp (kinds[IFLA_INFO_KIND], "bridge") == 0;
  if (info->is_bridge && kinds[IFLA_INFO_DATA] != NULL &&
      nla_parse_nested (bridge, IFLA_BR_MAX, kinds[IFLA_INFO_DATA], NULL) == 0 && bridge[IFLA_BR_VLAN_DEFAULT_PVID] != NULL)
    info->default_vlan = nla_get_u16 (bridge[IFLA_BR_VLAN_DEFAULT_PVID]);
  if (kinds[IFLA_INFO_SLAVE_DATA] != NULL && kinds[IFLA_INFO_SLAVE_KIND] != NULL &&
      nla_strcmp (kinds[IFLA_INFO_SLAVE_KIND], "bridge") == 0 &&
      nla_parse_nested (port, IFLA_BRPORT_MAX, kinds[IFLA_INFO_SLAVE_DATA], NULL) == 0 &&
      port[IFLA_BRPORT_MODE] != NULL)
    info->hairpin = nla_get_u8 (port[IFLA_BRPORT_MODE]) != 0;
  return TRUE;
}

gboolean
fairlead_bridge_link_look (FairleadBridgeSocket    *socket,
                           const char              *name,
                           FairleadBridgeLinkInfo  *info,
                           GError                 **error)
{
  const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  g_autoptr (Message) message = link_message_new (RTM_GETLINK, 0, &header);
  g_autoptr (GError) local_error = NULL;

  memset (info, 0, sizeof *info);
  nlmsg_hdr (message)->nlmsg_flags &= ~NLM_F_ACK;
  put_string (message, IFLA_IFNAME, name);
  /* Counters are half of the answer, and of the work. */
  put_u32 (message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  if (fairlead_bridge_socket_ask (socket, nlmsg_hdr (message), "look at the link", read_link, info, &local_error))
    return info->index != 0;
  if (!g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "link %s: ", name);
  return FALSE;
}

static gboolean
get_destination (const struct nlmsghdr *message,
                 struct nlattr        **attributes,
                 FairleadBridgeSubnet  *subnet,
                 guint                 *index)
{
  const struct rtmsg *header = nlmsg_data (message);

  if (message->nlmsg_type != RTM_NEWROUTE || nlmsg_parse ((struct nlmsghdr *) message, sizeof *header, attributes, RTA_MAX, NULL) < 0 ||
      (header->rtm_family != AF_INET && header->rtm_family != AF_INET6))
    return FALSE;
  memset (subnet, 0, sizeof *subnet);
  subnet->base.family = header->rtm_family;
  subnet->prefix = header->rtm_dst_len;
  if (attributes[RTA_DST] != NULL)
    memcpy (subnet->base.bytes, nla_data (attributes[RTA_DST]), MIN (nla_len (attributes[RTA_DST]), 16));
  *index = attributes[RTA_OIF] != NULL ? nla_get_u32 (attributes[RTA_OIF]) : 0;
  return TRUE;
}

typedef struct
{
  const FairleadBridgeRoute *route;
  guint index;
  gboolean found;
} RouteSearch;

static gboolean
compare_route (const struct nlmsghdr  *message,
               gpointer                user_data,
               GError                **error)
{
  RouteSearch *search = user_data;
  const FairleadBridgeRoute *route = search->route;
  const struct rtmsg *header = nlmsg_data (message);
  struct nlattr *attributes[RTA_MAX + 1];
  FairleadBridgeSubnet subnet;
  guint index;

  if (!get_destination (message, attributes, &subnet, &index) || header->rtm_type != route->type ||
      subnet.prefix != route->prefix || !fairlead_bridge_address_equal (&subnet.base, &route->destination) ||
      (route->type == RTN_UNICAST && index != search->index))
    return TRUE;
  if (route->gateway.family != 0 &&
      (attributes[RTA_GATEWAY] == NULL ||
       memcmp (nla_data (attributes[RTA_GATEWAY]), route->gateway.bytes, nla_len (attributes[RTA_GATEWAY])) != 0))
    return TRUE;
  if (route->metric != 0 &&
      (attributes[RTA_PRIORITY] == NULL || nla_get_u32 (attributes[RTA_PRIORITY]) != route->metric))
    return TRUE;
  search->found = TRUE;
  return TRUE;
}

/* A container's own routes are few, and it may have changed them, so they are read as they are. */
gboolean
fairlead_bridge_link_has_route (FairleadBridgeSocket      *socket,
                                guint                      index,
                                const FairleadBridgeRoute *route)
{
  struct rtmsg header = { .rtm_family = route->destination.family };
  g_autoptr (Message) message = nlmsg_alloc_simple (RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP);
  RouteSearch search = { .route = route, .index = index };

  g_assert (message != NULL);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  return fairlead_bridge_socket_ask (socket, nlmsg_hdr (message), "read the routes", compare_route, &search, NULL) &&
         search.found;
}

typedef struct
{
  FairleadBridgeAddressFunc func;
  gpointer user_data;
} Visitor;

static gboolean
visit_address (const struct nlmsghdr  *message,
               gpointer                user_data,
               GError                **error)
{
  Visitor *visitor = user_data;
  const struct ifaddrmsg *header = nlmsg_data (message);
  struct nlattr *attributes[IFA_MAX + 1];
  struct nlattr *address;
  FairleadBridgeSubnet subnet = { 0 };

  if (message->nlmsg_type != RTM_NEWADDR || nlmsg_parse ((struct nlmsghdr *) message, sizeof *header, attributes, IFA_MAX, NULL) < 0)
    return TRUE;
  address = attributes[IFA_LOCAL] != NULL ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
  if (address == NULL || (header->ifa_family != AF_INET && header->ifa_family != AF_INET6))
    return TRUE;
  subnet.base.family = header->ifa_family;
  subnet.prefix = header->ifa_prefixlen;
  memcpy (subnet.base.bytes, nla_data (address), MIN (nla_len (address), 16));
  visitor->func (&subnet, header->ifa_index, visitor->user_data);
  return TRUE;
}

gboolean
fairlead_bridge_link_each_address (FairleadBridgeSocket       *socket,
                                   FairleadBridgeAddressFunc   func,
                                   gpointer                    user_data,
                                   GError                    **error)
{
  struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
  g_autoptr (Message) message = nlmsg_alloc_simple (RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);
  Visitor visitor = { func, user_data };

  g_assert (message != NULL);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  return fairlead_bridge_socket_ask (socket, nlmsg_hdr (message), "read the addresses of the host", visit_address,
                                     &visitor, error);
}

static gboolean
visit_route (const struct nlmsghdr  *message,
             gpointer                user_data,
             GError                **error)
{
  Visitor *visitor = user_data;
  struct nlattr *attributes[RTA_MAX + 1];
  FairleadBridgeSubnet subnet;
  guint index;

  if (get_destination (message, attributes, &subnet, &index))
    visitor->func (&subnet, index, visitor->user_data);
  return TRUE;
}

gboolean
fairlead_bridge_link_each_route (FairleadBridgeSocket       *socket,
                                 FairleadBridgeAddressFunc   func,
                                 gpointer                    user_data,
                                 GError                    **error)
{
  struct rtmsg header = { .rtm_family = AF_UNSPEC };
  g_autoptr (Message) message = nlmsg_alloc_simple (RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP);
  Visitor visitor = { func, user_data };

  g_assert (message != NULL);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  return fairlead_bridge_socket_ask (socket, nlmsg_hdr (message), "read the routes of the host", visit_route, &visitor,
                                     error);
}
