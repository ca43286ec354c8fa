/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge-floor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFIX  22
#define PREFIX6 64

typedef struct
{
  char buffer[8192] __attribute__ ((aligned (8)));
  size_t length;
  size_t message;   /* where the one that is being built begins */
  unsigned answers; /* how many messages are answered */
} Batch;

static struct nlmsghdr *
header (Batch *batch)
{
  return (void *) (batch->buffer + batch->message);
}

static void
begin (Batch      *batch,
       int         type,
       int         flags,
       const void *data,
       size_t      length)
{
  batch->message = batch->length;
  memset (batch->buffer + batch->length, 0, NLMSG_SPACE (length));
  header (batch)->nlmsg_type = type;
  header (batch)->nlmsg_flags = NLM_F_REQUEST | flags;
  memcpy (batch->buffer + batch->length + NLMSG_HDRLEN, data, length);
  batch->length += NLMSG_SPACE (length);
  batch->answers += (flags & NLM_F_ACK) != 0;
}

static void
end (Batch *batch)
{
  header (batch)->nlmsg_len = batch->length - batch->message;
}

static void
put (Batch      *batch,
     int         type,
     const void *data,
     size_t      length)
{
  struct nlattr *attribute = (void *) (batch->buffer + batch->length);

  memset (attribute, 0, NLA_HDRLEN + NLA_ALIGN (length));
  attribute->nla_type = type;
  attribute->nla_len = NLA_HDRLEN + length;
  memcpy (attribute + 1, data, length);
  batch->length += NLA_HDRLEN + NLA_ALIGN (length);
}

static void
put_u32 (Batch   *batch,
         int      type,
         uint32_t value)
{
  put (batch, type, &value, sizeof value);
}

static void
put_string (Batch      *batch,
            int         type,
            const char *text)
{
  put (batch, type, text, strlen (text) + 1);
}

static size_t
nest (Batch *batch,
      int    type)
{
  size_t offset = batch->length;

  put (batch, type | NLA_F_NESTED, "", 0);
  return offset;
}

static void
unnest (Batch *batch,
        size_t offset)
{
  struct nlattr *attribute = (void *) (batch->buffer + offset);

  attribute->nla_len = batch->length - offset;
}

/* The first error of the answers. */
static int
transact (int    fd,
          Batch *batch)
{
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  char answer[8192] __attribute__ ((aligned (8)));
  int problem = 0;

  if (sendto (fd, batch->buffer, batch->length, 0, (struct sockaddr *) &kernel, sizeof kernel) < 0)
    return -1;
  /* Each answer is a packet by itself. */
  for (unsigned n = 0; n < batch->answers; n++)
    {
      struct nlmsghdr *message = (void *) answer;

      if (recv (fd, answer, sizeof answer, 0) < 0)
        return -1;
      if (message->nlmsg_type == NLMSG_ERROR && problem == 0)
        problem = -((struct nlmsgerr *) NLMSG_DATA (message))->error;
    }
  errno = problem;
  return problem == 0 ? 0 : -1;
}

static int
get_index (int         fd,
           const char *name)
{
  struct ifreq request = { 0 };

  strncpy (request.ifr_name, name, sizeof request.ifr_name - 1);
  return ioctl (fd, SIOCGIFINDEX, &request) < 0 ? -1 : request.ifr_ifindex;
}

int
floor_open (Floor *floor)
{
  floor->route_fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  floor->nft_fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  return floor->route_fd < 0 || floor->nft_fd < 0 ? -1 : 0;
}

static int
add_pair (Floor                *floor,
          const FloorContainer *container,
          int                   netns_fd)
{
  const struct ifinfomsg info = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP }, zero = { 0 };
  const uint8_t mac[6] = { 0xfa, 0x1e, container->address[0], container->address[1], container->address[2],
                           container->address[3] };
  const uint8_t yes = 1;
  Batch batch = { .length = 0 };
  size_t link, data, peer;

  begin (&batch, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
  put_string (&batch, IFLA_IFNAME, container->host_name);
  put_u32 (&batch, IFLA_MASTER, get_index (floor->route_fd, floor->bridge));
  link = nest (&batch, IFLA_LINKINFO);
  put_string (&batch, IFLA_INFO_KIND, "veth");
  data = nest (&batch, IFLA_INFO_DATA);
  peer = nest (&batch, VETH_INFO_PEER);
  memcpy (batch.buffer + batch.length, &zero, sizeof zero);
  batch.length += NLMSG_ALIGN (sizeof zero);
  put_string (&batch, IFLA_IFNAME, "eth0");
  put (&batch, IFLA_ADDRESS, mac, sizeof mac);
  put_u32 (&batch, IFLA_NET_NS_FD, netns_fd);
  unnest (&batch, peer);
  unnest (&batch, data);
  unnest (&batch, link);
  end (&batch);
  if (floor->hairpin)
    {
      begin (&batch, RTM_NEWLINK, NLM_F_ACK, &zero, sizeof zero);
      put_string (&batch, IFLA_IFNAME, container->host_name);
      link = nest (&batch, IFLA_LINKINFO);
      put_string (&batch, IFLA_INFO_SLAVE_KIND, "bridge");
      data = nest (&batch, IFLA_INFO_SLAVE_DATA);
      put (&batch, IFLA_BRPORT_MODE, &yes, sizeof yes);
      unnest (&batch, data);
      unnest (&batch, link);
      end (&batch);
    }
  return transact (floor->route_fd, &batch);
}

/* A thread that enters and goes back: what a program with nothing else to lose may do. */
static int
open_inside (int netns_fd)
{
  int own_fd = open ("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  int fd = -1, setting;

  if (own_fd < 0 || setns (netns_fd, CLONE_NEWNET) < 0)
    return -1;
  setting = open ("/proc/sys/net/ipv6/conf/eth0/accept_ra", O_WRONLY | O_CLOEXEC);
  if (setting >= 0 && write (setting, "0", 1) == 1)
    fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  close (setting);
  if (setns (own_fd, CLONE_NEWNET) < 0)
    _exit (1);
  close (own_fd);
  return fd;
}

static void
put_up (Batch *batch,
        int    index)
{
  const struct ifinfomsg info = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };

  begin (batch, RTM_NEWLINK, NLM_F_ACK, &info, sizeof info);
  end (batch);
}

static void
put_address (Batch         *batch,
             int            index,
             int            family,
             const uint8_t *address)
{
  const struct ifaddrmsg info = { .ifa_family = family, .ifa_prefixlen = family == AF_INET ? PREFIX : PREFIX6,
                                  .ifa_index = index };
  size_t length = family == AF_INET ? 4 : 16;

  begin (batch, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
  put (batch, IFA_LOCAL, address, length);
  put (batch, IFA_ADDRESS, address, length);
  if (family == AF_INET6)
    put_u32 (batch, IFA_FLAGS, IFA_F_NODAD);
  end (batch);
}

static void
put_route (Batch         *batch,
           int            index,
           int            family,
           const uint8_t *gateway)
{
  const struct rtmsg info = { .rtm_family = family, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
                              .rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST };

  begin (batch, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
  put (batch, RTA_GATEWAY, gateway, family == AF_INET ? 4 : 16);
  put_u32 (batch, RTA_OIF, index);
  end (batch);
}

static int
configure_inside (Floor                *floor,
                  const FloorContainer *container,
                  int                   netns_fd)
{
  int fd = open_inside (netns_fd);
  int index = fd >= 0 ? get_index (fd, "eth0") : -1;
  Batch batch = { .length = 0 };
  int result;

  if (index < 0)
    return -1;
  put_up (&batch, 1);
  put_address (&batch, index, AF_INET, container->address);
  put_address (&batch, index, AF_INET6, container->address6);
  put_up (&batch, index);
  put_route (&batch, index, AF_INET, floor->gateway);
  put_route (&batch, index, AF_INET6, floor->gateway6);
  result = transact (fd, &batch);
  close (fd);
  return result;
}

static void
put_mark (Batch *batch,
          int    type)
{
  const struct nfgenmsg info = { .nfgen_family = AF_UNSPEC, .res_id = htons (NFNL_SUBSYS_NFTABLES) };

  begin (batch, type, 0, &info, sizeof info);
  end (batch);
}

static void
put_elements (Batch                *batch,
              Floor                *floor,
              const FloorContainer *container,
              int                   family,
              int                   type,
              int                   flags)
{
  const struct nfgenmsg info = { .nfgen_family = NFPROTO_INET };
  const uint8_t *address = family == AF_INET ? container->address : container->address6;
  size_t size = family == AF_INET ? 4 : 16;
  size_t list;

  begin (batch, NFNL_SUBSYS_NFTABLES << 8 | type, flags | NLM_F_ACK, &info, sizeof info);
  put_string (batch, NFTA_SET_ELEM_LIST_TABLE, floor->table);
  put_string (batch, NFTA_SET_ELEM_LIST_SET, family == AF_INET ? "ports" : "ports6");
  list = nest (batch, NFTA_SET_ELEM_LIST_ELEMENTS);
  for (int i = 0; i < 2; i++)
    {
      uint8_t key[8] = { IPPROTO_TCP, 0, 0, 0, container->ports[i] >> 8, container->ports[i] & 0xff };
      uint8_t data[20] = { 0 };
      size_t element = nest (batch, NFTA_LIST_ELEM), value;

      memcpy (data, address, size);
      data[size + 1] = 80 + i;
      value = nest (batch, NFTA_SET_ELEM_KEY);
      put (batch, NFTA_DATA_VALUE, key, sizeof key);
      unnest (batch, value);
      if (type == NFT_MSG_NEWSETELEM)
        {
          value = nest (batch, NFTA_SET_ELEM_DATA);
          put (batch, NFTA_DATA_VALUE, data, size + 4);
          unnest (batch, value);
        }
      unnest (batch, element);
    }
  unnest (batch, list);
  end (batch);
}

static int
change_elements (Floor                *floor,
                 const FloorContainer *container,
                 int                   type,
                 int                   flags)
{
  Batch batch = { .length = 0 };

  put_mark (&batch, NFNL_MSG_BATCH_BEGIN);
  put_elements (&batch, floor, container, AF_INET, type, flags);
  put_elements (&batch, floor, container, AF_INET6, type, flags);
  put_mark (&batch, NFNL_MSG_BATCH_END);
  return transact (floor->nft_fd, &batch);
}

int
floor_attach (Floor                *floor,
              const FloorContainer *container,
              int                   netns_fd)
{
  if (add_pair (floor, container, netns_fd) < 0 || configure_inside (floor, container, netns_fd) < 0)
    return -1;
  return change_elements (floor, container, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL);
}

int
floor_withdraw (Floor                *floor,
                const FloorContainer *container)
{
  return change_elements (floor, container, NFT_MSG_DELSETELEM, 0);
}

static int
change_link (Floor                *floor,
             const FloorContainer *container,
             int                   type)
{
  const struct ifinfomsg info = { 0 };
  Batch batch = { .length = 0 };

  begin (&batch, type, NLM_F_ACK, &info, sizeof info);
  put_string (&batch, IFLA_IFNAME, container->host_name);
  if (type == RTM_NEWLINK)
    put_u32 (&batch, IFLA_MASTER, 0);
  end (&batch);
  return transact (floor->route_fd, &batch);
}

int
floor_release (Floor                *floor,
               const FloorContainer *container)
{
  return change_link (floor, container, RTM_NEWLINK);
}

int
floor_delete (Floor                *floor,
              const FloorContainer *container)
{
  return change_link (floor, container, RTM_DELLINK);
}
