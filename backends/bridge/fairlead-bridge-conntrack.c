/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-conntrack.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

typedef struct nl_msg Message;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, nlmsg_free)

typedef struct
{
  FairleadBridgeAddress source;
  FairleadBridgeAddress destination;
  guint8                protocol;
  guint                 port; /* of the destination */
} Tuple;

typedef struct
{
  const FairleadBridgePort *port;
  GListModel *mappings;
  gboolean translated;
  FairleadBridgeBatch *deletions;
} Search;

static void
read_ip (FairleadBridgeAddress *address,
         struct nlattr        **attributes,
         int                    attribute4,
         int                    attribute6)
{
  struct nlattr *attribute = attributes[attribute4] != NULL ? attributes[attribute4] : attributes[attribute6];

  memset (address, 0, sizeof *address);
  if (attribute == NULL)
    return;
  address->family = attribute == attributes[attribute4] ? AF_INET : AF_INET6;
  memcpy (address->bytes, nla_data (attribute), MIN (nla_len (attribute), 16));
}

static gboolean
read_tuple (Tuple         *tuple,
            struct nlattr *attribute)
{
  struct nlattr *parts[CTA_TUPLE_MAX + 1];
  struct nlattr *ip[CTA_IP_MAX + 1];
  struct nlattr *protocol[CTA_PROTO_MAX + 1];

  if (attribute == NULL || nla_parse_nested (parts, CTA_TUPLE_MAX, attribute, NULL) < 0 || parts[CTA_TUPLE_IP] == NULL ||
      parts[CTA_TUPLE_PROTO] == NULL || nla_parse_nested (ip, CTA_IP_MAX, parts[CTA_TUPLE_IP], NULL) < 0 ||
      nla_parse_nested (protocol, CTA_PROTO_MAX, parts[CTA_TUPLE_PROTO], NULL) < 0 || protocol[CTA_PROTO_NUM] == NULL)
    return FALSE;
  read_ip (&tuple->source, ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
  read_ip (&tuple->destination, ip, CTA_IP_V4_DST, CTA_IP_V6_DST);
  tuple->protocol = nla_get_u8 (protocol[CTA_PROTO_NUM]);
  tuple->port = protocol[CTA_PROTO_DST_PORT] != NULL ? ntohs (nla_get_u16 (protocol[CTA_PROTO_DST_PORT])) : 0;
  return TRUE;
}

static gboolean
is_published (Search      *search,
              const Tuple *original)
{
  for (guint i = 0; i < g_list_model_get_n_items (search->mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (search->mappings, i);
      guint first = fairlead_port_mapping_get_host_port (mapping);

      if (fairlead_port_mapping_get_protocol (mapping) == FAIRLEAD_PROTOCOL_UDP && original->port >= first &&
          original->port < first + fairlead_port_mapping_get_length (mapping))
        return TRUE;
    }
  return FALSE;
}

/* Translated ones lead to our address. The others went to the host itself: nothing about them was translated. */
static gboolean
is_wanted (Search      *search,
           const Tuple *original,
           const Tuple *reply)
{
  if (original->protocol != IPPROTO_UDP || !is_published (search, original))
    return FALSE;
  for (guint i = 0; search->translated && i < search->port->n_addresses; i++)
    if (fairlead_bridge_address_equal (&reply->source, &search->port->addresses[i]))
      return TRUE;
  return !search->translated && fairlead_bridge_address_equal (&reply->source, &original->destination) &&
         fairlead_bridge_address_equal (&reply->destination, &original->source);
}

static gboolean
note_entry (const struct nlmsghdr  *message,
            gpointer                user_data,
            GError                **error)
{
  Search *search = user_data;
  struct nlattr *attributes[CTA_MAX + 1];
  g_autoptr (Message) deletion = NULL;
  Tuple original, reply;

  if (nlmsg_parse ((struct nlmsghdr *) message, sizeof (struct nfgenmsg), attributes, CTA_MAX, NULL) < 0 ||
      !read_tuple (&original, attributes[CTA_TUPLE_ORIG]) || !read_tuple (&reply, attributes[CTA_TUPLE_REPLY]) ||
      !is_wanted (search, &original, &reply))
    return TRUE;
  deletion = nlmsg_alloc_simple (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST | NLM_F_ACK);
  nlmsg_append (deletion, nlmsg_data (message), sizeof (struct nfgenmsg), NLMSG_ALIGNTO);
  nla_put (deletion, CTA_TUPLE_ORIG | NLA_F_NESTED, nla_len (attributes[CTA_TUPLE_ORIG]),
           nla_data (attributes[CTA_TUPLE_ORIG]));
  if (attributes[CTA_ID] != NULL)
    nla_put (deletion, CTA_ID, nla_len (attributes[CTA_ID]), nla_data (attributes[CTA_ID]));
  if (attributes[CTA_ZONE] != NULL)
    nla_put (deletion, CTA_ZONE, nla_len (attributes[CTA_ZONE]), nla_data (attributes[CTA_ZONE]));
  fairlead_bridge_batch_add (search->deletions, nlmsg_hdr (deletion), "forget a connection");
  return TRUE;
}

static gboolean
has_udp (GListModel *mappings)
{
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (fairlead_port_mapping_get_protocol (mapping) == FAIRLEAD_PROTOCOL_UDP)
        return TRUE;
    }
  return FALSE;
}

gboolean
fairlead_bridge_conntrack_forget (FairleadBridgeHost        *host,
                                  const FairleadBridgePort  *port,
                                  GListModel                *mappings,
                                  gboolean                   translated,
                                  GError                   **error)
{
  const struct nfgenmsg header = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 };
  g_autoptr (FairleadBridgeBatch) deletions = fairlead_bridge_batch_new ();
  g_autoptr (Message) message = NULL;
  Search search = { port, mappings, translated, deletions };
  FairleadBridgeFailure failure;
  FairleadBridgeSocket *socket;

  if (!has_udp (mappings))
    return TRUE;
  socket = fairlead_bridge_host_get_nft (host, error);
  if (socket == NULL)
    return FALSE;
  message = nlmsg_alloc_simple (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP);
  nlmsg_append (message, (void *) &header, sizeof header, NLMSG_ALIGNTO);
  /* A kernel that cannot tell its connections has them run out by themselves, in half a minute. */
  if (!fairlead_bridge_socket_ask (socket, nlmsg_hdr (message), "read the connections", note_entry, &search, NULL))
    return TRUE;
  /* One that has ended meanwhile is no failure. */
  if (deletions->purposes->len > 0)
    fairlead_bridge_socket_try (socket, deletions, &failure);
  return TRUE;
}
