/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-netlink-private.h"
#include "fairlead-stats-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

/* The only file of core that knows libnl. Every function here works through a socket that somebody else opened,
 * usually inside another network namespace: a netlink socket stays in the namespace that it was opened in, so
 * nothing here ever has to enter one. Keep it that way: no function opens a socket of its own.
 */

/* The loopback interface is the first of each network namespace; the kernel calls this number LOOPBACK_IFINDEX. */
#define LOOPBACK_IFINDEX 1

typedef struct nl_cache        NlCache;
typedef struct rtnl_link       RtnlLink;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NlCache, nl_cache_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RtnlLink, rtnl_link_put)

typedef struct
{
  struct nl_sock *sk;            /* (owned) */
  int             kernel_errno;  /* of the last message of failure, or 0 */
  char           *kernel_text;   /* (owned) (nullable) the kernel's own words for it */
} FairleadNetlink;

static void
fairlead_netlink_free (FairleadNetlink *self)
{
  nl_socket_free (self->sk);
  g_free (self->kernel_text);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadNetlink, fairlead_netlink_free)

/* The kernel's words follow what it quotes of the request, unless it was asked not to quote it. */
static char *
dup_extended_ack (const struct nlmsghdr *header,
                  const struct nlmsgerr *message)
{
  struct nlattr *attributes[NLMSGERR_ATTR_MAX + 1];
  int skip = sizeof *message;

  if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
    return NULL;

  if (!(header->nlmsg_flags & NLM_F_CAPPED))
    skip += (int) message->msg.nlmsg_len - NLMSG_HDRLEN;

  if (nla_parse (attributes, NLMSGERR_ATTR_MAX, nlmsg_attrdata (header, skip), nlmsg_attrlen (header, skip), NULL) < 0 ||
      attributes[NLMSGERR_ATTR_MSG] == NULL)
    return NULL;

  return nla_strdup (attributes[NLMSGERR_ATTR_MSG]);
}

static int
on_kernel_error (struct sockaddr_nl *address,
                 struct nlmsgerr    *message,
                 void               *user_data)
{
  FairleadNetlink *self = user_data;
  const struct nlmsghdr *header = (const struct nlmsghdr *) (const void *) ((const char *) message - NLMSG_HDRLEN);
  char *text = dup_extended_ack (header, message);

  g_free (self->kernel_text);
  self->kernel_text = g_strdup (text);
  free (text);
  self->kernel_errno = -message->error;

  return NL_STOP;
}

/* libnl keeps some of the kernel's answers to itself and returns only its own number for them. */
static int
errno_from_nl (int nl_result)
{
  switch (-nl_result)
    {
    case NLE_NODEV:
      return ENODEV;
    case NLE_PERM:
      return EPERM;
    case NLE_NOACCESS:
      return EACCES;
    case NLE_OPNOTSUPP:
      return EOPNOTSUPP;
    case NLE_NOMEM:
      return ENOMEM;
    case NLE_AGAIN:
    case NLE_DUMP_INTR: /* the list changed while it was read */
      return EAGAIN;
    default:
      return 0;
    }
}

/* Turns what libnl returned, and what the kernel said before it, into an error. */
static void
fairlead_netlink_set_error (FairleadNetlink  *self,
                            int               nl_result,
                            GError          **error,
                            const char       *what)
{
  const int saved_errno = self->kernel_errno != 0 ? self->kernel_errno : errno_from_nl (nl_result);
  g_autofree char *message = NULL;

  g_assert (nl_result < 0);

  message = self->kernel_text != NULL ? g_strdup_printf ("%s (%s)", what, self->kernel_text) : g_strdup (what);

  if (saved_errno != 0)
    fairlead_error_set_errno (error, saved_errno, "%s", message);
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "%s: %s", message, nl_geterror (nl_result));
}

/* libnl takes bound sockets only; a fresh one is not. */
static gboolean
ensure_bound (int      fd,
              GError **error)
{
  struct sockaddr_nl address = { 0 };
  socklen_t length = sizeof address;

  if (getsockname (fd, (struct sockaddr *) &address, &length) == 0 && address.nl_family == AF_NETLINK &&
      address.nl_pid != 0)
    return TRUE;

  address = (struct sockaddr_nl) { .nl_family = AF_NETLINK };
  if (bind (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;

  fairlead_error_set_errno (error, errno, "Cannot bind the netlink socket");
  return FALSE;
}

/* Freeing libnl's socket closes the descriptor, so it is given a copy. */
static FairleadNetlink *
fairlead_netlink_new (int      fd,
                      GError **error)
{
  g_autoptr (FairleadNetlink) self = g_new0 (FairleadNetlink, 1);
  const int on = 1;
  int copy;
  int result;

  if (!ensure_bound (fd, error))
    return NULL;

  self->sk = nl_socket_alloc ();
  if (self->sk == NULL)
    g_error ("nl_socket_alloc: out of memory");

  copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot copy the netlink socket");
      return NULL;
    }

  result = nl_socket_set_fd (self->sk, NETLINK_ROUTE, copy);
  if (result < 0)
    {
      close (copy);
      fairlead_netlink_set_error (self, result, error, "This is not a raw NETLINK_ROUTE socket");
      return NULL;
    }

  /* Without it the kernel's answer is a bare errno, which is all that old kernels have. */
  setsockopt (copy, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  nl_socket_modify_err_cb (self->sk, NL_CB_CUSTOM, on_kernel_error, self);

  return g_steal_pointer (&self);
}

static NlCache *
fairlead_netlink_dump_links (FairleadNetlink  *self,
                             GError          **error)
{
  NlCache *links = NULL;
  int result = rtnl_link_alloc_cache (self->sk, AF_UNSPEC, &links);

  if (result >= 0)
    return links;

  fairlead_netlink_set_error (self, result, error, "Cannot list the network interfaces");
  return NULL;
}

static FairleadInterface *
interface_new_from_link (struct rtnl_link *link,
                         const char       *sandbox)
{
  struct nl_addr *address = rtnl_link_get_addr (link);
  char mac_address[64] = "";

  /* Tunnels have an IP address in this place, and devices such as tun have none. */
  if (address != NULL && nl_addr_get_len (address) > 0 &&
      (rtnl_link_get_arptype (link) == ARPHRD_ETHER || rtnl_link_get_arptype (link) == ARPHRD_LOOPBACK))
    nl_addr2str (address, mac_address, sizeof mac_address);

  return fairlead_interface_new (rtnl_link_get_name (link),
                                 mac_address[0] != '\0' ? mac_address : NULL,
                                 rtnl_link_get_mtu (link),
                                 sandbox);
}

static GInetAddress *
inet_address_new_from_nl (struct nl_addr *address)
{
  int family;

  if (address == NULL)
    return NULL;

  family = nl_addr_get_family (address);
  if ((family == AF_INET && nl_addr_get_len (address) == 4) || (family == AF_INET6 && nl_addr_get_len (address) == 16))
    return g_inet_address_new_from_bytes (nl_addr_get_binary_addr (address), (GSocketFamily) family);

  return NULL;
}

/* The next hop of @route on the interface @ifindex that can be reached from @local directly; NULL if there is none. */
static struct nl_addr *
route_get_gateway_for (struct rtnl_route *route,
                       int                ifindex,
                       struct nl_addr    *local)
{
  const int n_hops = rtnl_route_get_nnexthops (route);

  for (int i = 0; i < n_hops; i++)
    {
      struct rtnl_nexthop *hop = rtnl_route_nexthop_n (route, i);
      struct nl_addr *gateway = rtnl_route_nh_get_gateway (hop);

      if (gateway != NULL && rtnl_route_nh_get_ifindex (hop) == ifindex &&
          nl_addr_get_family (gateway) == nl_addr_get_family (local) && nl_addr_cmp_prefix (local, gateway) == 0)
        return gateway;
    }

  return NULL;
}

static gboolean
route_is_default (struct rtnl_route *route)
{
  return rtnl_route_get_type (route) == RTN_UNICAST && rtnl_route_get_table (route) == RT_TABLE_MAIN &&
         nl_addr_get_prefixlen (rtnl_route_get_dst (route)) == 0;
}

/* The gateway of the default route with the lowest metric that lies in the subnet of @local; NULL if there is none. */
static GInetAddress *
find_gateway (NlCache        *routes,
              int             ifindex,
              struct nl_addr *local)
{
  struct nl_addr *best = NULL;
  guint32 best_metric = 0;

  for (struct nl_object *object = nl_cache_get_first (routes); object != NULL; object = nl_cache_get_next (object))
    {
      struct rtnl_route *route = (struct rtnl_route *) object;
      struct nl_addr *gateway;

      if (!route_is_default (route))
        continue;

      gateway = route_get_gateway_for (route, ifindex, local);
      if (gateway != NULL && (best == NULL || rtnl_route_get_priority (route) < best_metric))
        {
          best = gateway;
          best_metric = rtnl_route_get_priority (route);
        }
    }

  return inet_address_new_from_nl (best);
}

/* NULL for what is neither IPv4 nor IPv6, and for an address whose interface went away between the two dumps. */
static FairleadInterfaceAddress *
interface_address_new_from_nl (struct rtnl_addr *object,
                               NlCache          *links,
                               NlCache          *routes)
{
  struct nl_addr *local = rtnl_addr_get_local (object);
  g_autoptr (GInetAddress) address = inet_address_new_from_nl (local);
  g_autoptr (RtnlLink) link = rtnl_link_get (links, rtnl_addr_get_ifindex (object));
  g_autoptr (GInetAddress) gateway = NULL;

  if (address == NULL || link == NULL)
    return NULL;

  nl_addr_set_prefixlen (local, rtnl_addr_get_prefixlen (object));
  gateway = find_gateway (routes, rtnl_addr_get_ifindex (object), local);

  return fairlead_interface_address_new (rtnl_link_get_name (link),
                                         address,
                                         (guint) rtnl_addr_get_prefixlen (object),
                                         gateway);
}

static FairleadInterfaceStats *
interface_stats_new_from_link (struct rtnl_link *link)
{
  static const rtnl_link_stat_id_t ids[FAIRLEAD_N_COUNTERS] = {
    RTNL_LINK_RX_BYTES, RTNL_LINK_RX_PACKETS, RTNL_LINK_RX_ERRORS, RTNL_LINK_RX_DROPPED,
    RTNL_LINK_TX_BYTES, RTNL_LINK_TX_PACKETS, RTNL_LINK_TX_ERRORS, RTNL_LINK_TX_DROPPED,
  };
  guint64 counters[FAIRLEAD_N_COUNTERS];

  for (gsize i = 0; i < FAIRLEAD_N_COUNTERS; i++)
    counters[i] = rtnl_link_get_stat (link, ids[i]);
  return fairlead_interface_stats_new (rtnl_link_get_name (link), counters);
}

static gboolean
append_named_stats (FairleadNetlink  *self,
                    const char       *name,
                    GListStore       *stats,
                    GError          **error)
{
  g_autoptr (RtnlLink) link = NULL;
  g_autoptr (FairleadInterfaceStats) item = NULL;
  g_autofree char *what = NULL;
  int result;

  if (!fairlead_interface_name_is_valid (name))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "\"%s\" is not an interface name", name);
      return FALSE;
    }

  result = rtnl_link_get_kernel (self->sk, 0, name, &link);
  if (result == -NLE_NODEV)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "There is no interface \"%s\" in the network namespace", name);
      return FALSE;
    }
  if (result < 0)
    {
      what = g_strdup_printf ("Cannot read the statistics of interface %s", name);
      fairlead_netlink_set_error (self, result, error, what);
      return FALSE;
    }

  item = interface_stats_new_from_link (link);
  g_list_store_append (stats, item);
  return TRUE;
}

static gboolean
append_all_stats (FairleadNetlink  *self,
                  GListStore       *stats,
                  GError          **error)
{
  g_autoptr (NlCache) links = fairlead_netlink_dump_links (self, error);

  if (links == NULL)
    return FALSE;

  for (struct nl_object *object = nl_cache_get_first (links); object != NULL; object = nl_cache_get_next (object))
    {
      struct rtnl_link *link = (struct rtnl_link *) object;
      g_autoptr (FairleadInterfaceStats) item = NULL;

      if (rtnl_link_get_flags (link) & IFF_LOOPBACK)
        continue;

      item = interface_stats_new_from_link (link);
      g_list_store_append (stats, item);
    }

  return TRUE;
}

/* Sets the loopback interface up, which gives it 127.0.0.1 and ::1. */
gboolean
fairlead_netlink_set_loopback_up (int      fd,
                                  GError **error)
{
  g_autoptr (FairleadNetlink) self = fairlead_netlink_new (fd, error);
  g_autoptr (RtnlLink) loopback = rtnl_link_alloc ();
  g_autoptr (RtnlLink) changes = rtnl_link_alloc ();
  int result;

  if (self == NULL)
    return FALSE;

  rtnl_link_set_ifindex (loopback, LOOPBACK_IFINDEX);
  rtnl_link_set_flags (changes, IFF_UP);
  result = rtnl_link_change (self->sk, loopback, changes, 0);
  if (result >= 0)
    return TRUE;

  fairlead_netlink_set_error (self, result, error, "Cannot set the loopback interface up");
  return FALSE;
}

/* All interfaces, the loopback interface too, in the kernel's order: a list of FairleadInterface. */
GListModel *
fairlead_netlink_list_interfaces (int          fd,
                                  const char  *sandbox,
                                  GError     **error)
{
  g_autoptr (FairleadNetlink) self = fairlead_netlink_new (fd, error);
  g_autoptr (NlCache) links = self != NULL ? fairlead_netlink_dump_links (self, error) : NULL;
  g_autoptr (GListStore) interfaces = NULL;

  if (links == NULL)
    return NULL;

  interfaces = g_list_store_new (FAIRLEAD_TYPE_INTERFACE);
  for (struct nl_object *object = nl_cache_get_first (links); object != NULL; object = nl_cache_get_next (object))
    {
      g_autoptr (FairleadInterface) item = interface_new_from_link ((struct rtnl_link *) object, sandbox);

      g_list_store_append (interfaces, item);
    }

  return G_LIST_MODEL (g_steal_pointer (&interfaces));
}

/* All IPv4 and IPv6 addresses of all interfaces, in the kernel's order: a list of FairleadInterfaceAddress. */
GListModel *
fairlead_netlink_list_addresses (int      fd,
                                 GError **error)
{
  g_autoptr (FairleadNetlink) self = fairlead_netlink_new (fd, error);
  g_autoptr (NlCache) links = self != NULL ? fairlead_netlink_dump_links (self, error) : NULL;
  g_autoptr (NlCache) addresses = NULL;
  g_autoptr (NlCache) routes = NULL;
  g_autoptr (GListStore) list = NULL;
  int result;

  if (links == NULL)
    return NULL;

  result = rtnl_addr_alloc_cache (self->sk, &addresses);
  if (result >= 0)
    result = rtnl_route_alloc_cache (self->sk, AF_UNSPEC, 0, &routes);
  if (result < 0)
    {
      fairlead_netlink_set_error (self, result, error, "Cannot list the addresses and routes");
      return NULL;
    }

  list = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_ADDRESS);
  for (struct nl_object *object = nl_cache_get_first (addresses); object != NULL; object = nl_cache_get_next (object))
    {
      g_autoptr (FairleadInterfaceAddress) item =
        interface_address_new_from_nl ((struct rtnl_addr *) object, links, routes);

      if (item != NULL)
        g_list_store_append (list, item);
    }

  return G_LIST_MODEL (g_steal_pointer (&list));
}

/* The counters of the interfaces @names, or of all but the loopback interface: a list of FairleadInterfaceStats.
 * A question for one interface costs half of a dump of three, so names are asked for one by one.
 */
GListModel *
fairlead_netlink_list_stats (int                  fd,
                             const char * const  *names,
                             GError             **error)
{
  g_autoptr (FairleadNetlink) self = fairlead_netlink_new (fd, error);
  g_autoptr (GListStore) stats = NULL;

  if (self == NULL)
    return NULL;

  stats = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_STATS);
  if (names == NULL && !append_all_stats (self, stats, error))
    return NULL;

  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    if (!append_named_stats (self, names[i], stats, error))
      return NULL;

  return G_LIST_MODEL (g_steal_pointer (&stats));
}

gboolean
fairlead_netlink_subscribe (int      fd,
                            GError **error)
{
  static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR };

  if (!ensure_bound (fd, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    if (setsockopt (fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]) < 0)
      {
        fairlead_error_set_errno (error, errno, "Cannot subscribe to changes of links and addresses");
        return FALSE;
      }
  return TRUE;
}

typedef struct
{
  const FairleadNetlinkHandler *handler; /* (nullable) NULL to hand nothing out */
  const char                   *sandbox;
  gboolean                      gone;    /* whether the message is one of removal */
} FairleadNetlinkNews;

static void
hand_out_link (FairleadNetlinkNews *news,
               struct rtnl_link    *link)
{
  g_autoptr (FairleadInterface) interface = NULL;

  if (!news->gone)
    interface = interface_new_from_link (link, news->sandbox);
  news->handler->on_link (rtnl_link_get_ifindex (link), interface, rtnl_link_get_flags (link),
                          news->handler->user_data);
}

static void
hand_out_address (FairleadNetlinkNews *news,
                  struct rtnl_addr    *object)
{
  g_autoptr (GInetAddress) address = inet_address_new_from_nl (rtnl_addr_get_local (object));

  if (address != NULL)
    news->handler->on_address (rtnl_addr_get_ifindex (object), address, (guint) rtnl_addr_get_prefixlen (object),
                               !news->gone, news->handler->user_data);
}

static void
hand_out_object (struct nl_object *object,
                 void             *user_data)
{
  const char *type = nl_object_get_type (object);

  if (g_strcmp0 (type, "route/link") == 0)
    hand_out_link (user_data, (struct rtnl_link *) object);
  else if (g_strcmp0 (type, "route/addr") == 0)
    hand_out_address (user_data, (struct rtnl_addr *) object);
}

static int
on_news (struct nl_msg *message,
         void          *user_data)
{
  FairleadNetlinkNews *news = user_data;
  struct nlmsghdr *header = nlmsg_hdr (message);
  const int type = header->nlmsg_type;

  /* What is said of a bridge's port is not said of the link: it may leave the bridge and live on. libnl's link does not
   * tell one from a bridge. */
  if ((type == RTM_NEWLINK || type == RTM_DELLINK) && nlmsg_valid_hdr (header, sizeof (struct ifinfomsg)) &&
      ((struct ifinfomsg *) nlmsg_data (header))->ifi_family == AF_BRIDGE)
    return NL_OK;
  if (news->handler == NULL)
    return NL_OK;
  news->gone = type == RTM_DELLINK || type == RTM_DELADDR;
  /* A message that libnl does not understand is one that a later kernel sends: no reason to miss the others. */
  nl_msg_parse (message, hand_out_object, news);
  return NL_OK;
}

gboolean
fairlead_netlink_receive (int                            fd,
                          const char                    *sandbox,
                          const FairleadNetlinkHandler  *handler,
                          gboolean                      *lost,
                          GError                       **error)
{
  g_autoptr (FairleadNetlink) self = fairlead_netlink_new (fd, error);
  FairleadNetlinkNews news = { handler, sandbox, FALSE };
  int result;

  *lost = FALSE;
  if (self == NULL)
    return FALSE;
  nl_socket_disable_seq_check (self->sk);
  nl_socket_set_nonblocking (self->sk);
  nl_socket_modify_cb (self->sk, NL_CB_VALID, NL_CB_CUSTOM, on_news, &news);
  do
    {
      result = nl_recvmsgs_default (self->sk);
      /* Also libnl's word for ENOBUFS. The kernel says so before it gives what it kept, which is older than what it
       * dropped: a link that came and went would seem to have stayed. */
      if (result == -NLE_NOMEM)
        {
          *lost = TRUE;
          news.handler = NULL;
        }
    }
  while (result >= 0 || result == -NLE_NOMEM);

  if (result == -NLE_AGAIN)
    return TRUE;
  fairlead_netlink_set_error (self, result, error, "Cannot receive changes of links and addresses");
  return FALSE;
}

gboolean
fairlead_netlink_dump (int                            fd,
                       const char                    *sandbox,
                       const FairleadNetlinkHandler  *handler,
                       GError                       **error)
{
  g_autoptr (FairleadNetlink) self = fairlead_netlink_new (fd, error);
  g_autoptr (NlCache) links = self != NULL ? fairlead_netlink_dump_links (self, error) : NULL;
  g_autoptr (NlCache) addresses = NULL;
  FairleadNetlinkNews news = { handler, sandbox, FALSE };
  int result;

  if (links == NULL)
    return FALSE;
  result = rtnl_addr_alloc_cache (self->sk, &addresses);
  if (result < 0)
    {
      fairlead_netlink_set_error (self, result, error, "Cannot list the addresses");
      return FALSE;
    }
  nl_cache_foreach (links, hand_out_object, &news);
  nl_cache_foreach (addresses, hand_out_object, &news);
  return TRUE;
}
