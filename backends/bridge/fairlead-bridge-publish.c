/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fairlead-bridge-conntrack.h"
#include "fairlead-bridge-make.h"
#include "fairlead-bridge-pool.h"
#include "fairlead-bridge-table.h"

/* Which map a port goes into. */
typedef struct
{
  int family;
  gboolean has_address; /* one host address, not all */
} Target;

static gboolean
is_any (GInetAddress *address)
{
  return address == NULL || g_inet_address_get_is_any (address);
}

/* Without an address ports are published on those of both kinds, as far as the container has them. */
static guint
get_targets (FairleadPortMapping *mapping,
             Target              *targets)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);
  guint n = 0;

  if (address == NULL || g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    targets[n++] = (Target) { AF_INET, !is_any (address) };
  if (address == NULL || g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    targets[n++] = (Target) { AF_INET6, !is_any (address) };
  return n;
}

/* The order of the maps is that of these bits. */
static FairleadBridgeSetId
get_map (const Target *target,
         gboolean      is_range)
{
  return FAIRLEAD_BRIDGE_MAP_PORTS + (is_range ? 4 : 0) + (target->has_address ? 2 : 0) +
         (target->family == AF_INET6 ? 1 : 0);
}

static void
put_port (guint8 *target,
          guint   port)
{
  target[0] = port >> 8;
  target[1] = port & 0xff;
}

/* Fields of a key, and of data, are padded to 4 bytes. */
static void
fill_key (guint8              *key,
          const Target        *target,
          FairleadPortMapping *mapping,
          guint                host_port)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);

  if (target->has_address)
    {
      memcpy (key, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
      key += g_inet_address_get_native_size (address);
    }
  key[0] = fairlead_port_mapping_get_protocol (mapping);
  put_port (key + 4, host_port);
}

static void
append_element (GArray                      *elements,
                const Target                *target,
                FairleadPortMapping         *mapping,
                const FairleadBridgeAddress *address,
                guint                        offset,
                gboolean                     is_range)
{
  FairleadBridgeElement element = { .set = get_map (target, is_range) };
  guint host_port = fairlead_port_mapping_get_host_port (mapping) + offset;
  gsize size = fairlead_bridge_address_size (address);

  fill_key (element.key, target, mapping, host_port);
  if (is_range)
    fill_key (element.key_end, target, mapping, host_port + fairlead_port_mapping_get_length (mapping) - 1);
  memcpy (element.data, address->bytes, size);
  if (!is_range)
    put_port (element.data + size, fairlead_port_mapping_get_container_port (mapping) + offset);
  g_array_append_val (elements, element);
}

/* A range with the same ports on both sides is one element; another one has an element for each port. */
static void
append_mapping (GArray                      *elements,
                const Target                *target,
                FairleadPortMapping         *mapping,
                const FairleadBridgeAddress *address)
{
  guint length = fairlead_port_mapping_get_length (mapping);

  if (length > 1 &&
      fairlead_port_mapping_get_host_port (mapping) == fairlead_port_mapping_get_container_port (mapping))
    append_element (elements, target, mapping, address, 0, TRUE);
  else
    for (guint offset = 0; offset < length; offset++)
      append_element (elements, target, mapping, address, offset, FALSE);
}

static gboolean
add_mapping (GArray                    *elements,
             FairleadPortMapping       *mapping,
             const FairleadBridgePort  *port,
             GError                   **error)
{
  Target targets[2];
  guint n_targets = get_targets (mapping, targets);
  guint n_before = elements->len;
  g_autofree char *text = NULL;

  for (guint i = 0; i < n_targets; i++)
    {
      const FairleadBridgeAddress *address = fairlead_bridge_port_get_address (port, targets[i].family);

      if (address != NULL)
        append_mapping (elements, &targets[i], mapping, address);
    }
  if (elements->len > n_before)
    return TRUE;
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "port %s: the container has no %s address on the network", text,
               n_targets == 2 ? "IP" : targets[0].family == AF_INET ? "IPv4" : "IPv6");
  return FALSE;
}

static int
compare_sets (gconstpointer a,
              gconstpointer b)
{
  return (int) ((const FairleadBridgeElement *) a)->set - (int) ((const FairleadBridgeElement *) b)->set;
}

static GArray *
dup_elements (const FairleadBridgePort  *port,
              GListModel                *mappings,
              GError                   **error)
{
  g_autoptr (GArray) elements = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));

  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!add_mapping (elements, mapping, port, error))
        return NULL;
    }
  /* Those of one map go in one message. */
  g_array_sort (elements, compare_sets);
  return g_steal_pointer (&elements);
}

/* Where messages need it: which mapping an element belongs to. */
static char *
dup_element_text (const FairleadBridgeElement *element)
{
  gsize length = fairlead_bridge_sets[element->set].key_length;
  const guint8 *key = element->key + length - 8;

  return g_strdup_printf ("%u/%s", (guint) key[4] << 8 | key[5], fairlead_protocol_to_string (key[0]));
}

/* What would be the same ports in the other kind of map: single ports in ranges, ranges as single ports. */
static void
append_others (GArray                      *others,
               const FairleadBridgeElement *element)
{
  FairleadBridgeElement other = *element;
  gsize port = fairlead_bridge_sets[element->set].key_length - 4;
  guint first = (guint) element->key[port] << 8 | element->key[port + 1];
  guint last = first;

  if (fairlead_bridge_set_has_ranges (element->set))
    {
      other.set -= 4;
      last = (guint) element->key_end[port] << 8 | element->key_end[port + 1];
    }
  else
    {
      other.set += 4;
    }
  for (guint number = first; number <= last; number++)
    {
      put_port (other.key + port, number);
      memcpy (other.key_end, other.key, sizeof other.key);
      g_array_append_val (others, other);
    }
}

/* The kernel does not see an overlap of single ports with ranges, as they are in maps of their own, nor a range around
 * another one. It is looked for afterwards, so that of two who come at a time each sees the other. */
static gboolean
check_overlaps (FairleadBridgeHost  *host,
                const char          *table,
                GArray              *elements,
                GError             **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GArray) others = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));

  if (socket == NULL)
    return FALSE;
  for (guint i = 0; i < elements->len; i++)
    {
      const FairleadBridgeElement *element = &g_array_index (elements, FairleadBridgeElement, i);

      append_others (others, element);
      if (fairlead_bridge_set_has_ranges (element->set) &&
          !fairlead_bridge_table_check_free (host, table, element, 1, error))
        return FALSE;
    }
  return !fairlead_bridge_nft_has_any (socket, table, fairlead_bridge_elements (others), others->len) ||
         fairlead_bridge_table_check_free (host, table, fairlead_bridge_elements (others), others->len, error);
}

gboolean
fairlead_bridge_publish_is_loopback6 (FairleadPortMapping *mapping)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);

  return address != NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
         g_inet_address_get_is_loopback (address);
}

gboolean
fairlead_bridge_publish_check (FairleadPortMapping  *mapping,
                               gboolean              closed6,
                               GError              **error)
{
  g_autofree char *text = NULL;

  if (!closed6 || !fairlead_bridge_publish_is_loopback6 (mapping))
    return TRUE;
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "port %s: with net.bridge.bridge-nf-call-ip6tables=1 no answer of a container finds the way to the "
               "host's ::1; publish the port on 127.0.0.1, or set that to 0 if nothing on the host needs it (then "
               "\"fairlead reload\" containers that are there)", text);
  return FALSE;
}

static gboolean
is_loopback (FairleadPortMapping *mapping)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);

  return address == NULL || (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 &&
                             (g_inet_address_get_is_any (address) || g_inet_address_get_is_loopback (address)));
}

static gboolean
needs_loopback (const FairleadBridgePort *port,
                GListModel               *mappings)
{
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (is_loopback (mapping) && fairlead_bridge_port_get_address (port, AF_INET) != NULL)
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_all (const FairleadBridgeLayout  *layout,
           GListModel                  *mappings,
           GError                     **error)
{
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!fairlead_bridge_publish_check (mapping, layout->closed6, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
prepare_loopback (const FairleadBridgeLayout  *layout,
                  const FairleadBridgePort    *port,
                  GListModel                  *mappings,
                  GError                     **error)
{
  if (!check_all (layout, mappings, error))
    return FALSE;
  return !needs_loopback (port, mappings) || fairlead_bridge_allow_loopback (layout, error);
}

gboolean
fairlead_bridge_publish (FairleadBridgeHost          *host,
                         const FairleadBridgeLayout  *layout,
                         const FairleadBridgePort    *port,
                         GListModel                  *mappings,
                         GError                     **error)
{
  g_autoptr (GArray) elements = NULL;

  if (g_list_model_get_n_items (mappings) == 0)
    return TRUE;
  elements = dup_elements (port, mappings, error);
  return elements != NULL && prepare_loopback (layout, port, mappings, error) &&
         fairlead_bridge_table_add (host, layout, fairlead_bridge_elements (elements), elements->len, error) &&
         check_overlaps (host, layout->table, elements, error) &&
         fairlead_bridge_conntrack_forget (host, port, mappings, FALSE, error);
}

gboolean
fairlead_bridge_unpublish (FairleadBridgeHost        *host,
                           const FairleadBridgePort  *port,
                           GListModel                *mappings,
                           GError                   **error)
{
  g_autoptr (GArray) elements = NULL;

  if (g_list_model_get_n_items (mappings) == 0 || port->table == NULL)
    return TRUE;
  /* What has no element of its own was refused, and never made. */
  elements = dup_elements (port, mappings, NULL);
  return elements == NULL ||
         (fairlead_bridge_table_remove (host, port->table, fairlead_bridge_elements (elements), elements->len, error) &&
          fairlead_bridge_conntrack_forget (host, port, mappings, TRUE, error));
}

gboolean
fairlead_bridge_publish_verify (FairleadBridgeHost          *host,
                                const FairleadBridgeLayout  *layout,
                                const FairleadBridgePort    *port,
                                GListModel                  *mappings,
                                GError                     **error)
{
  g_autoptr (GArray) elements = NULL;
  FairleadBridgeSocket *socket;

  if (g_list_model_get_n_items (mappings) == 0)
    return TRUE;
  if (!check_all (layout, mappings, error) ||
      (needs_loopback (port, mappings) && !fairlead_bridge_verify_loopback (layout, error)))
    return FALSE;
  socket = fairlead_bridge_host_get_nft (host, error);
  elements = socket != NULL ? dup_elements (port, mappings, error) : NULL;
  if (elements == NULL ||
      !fairlead_bridge_table_check_free (host, port->table, fairlead_bridge_elements (elements), elements->len, error) ||
      !check_overlaps (host, port->table, elements, error))
    return FALSE;
  for (guint i = 0; i < elements->len; i++)
    {
      const FairleadBridgeElement *element = &g_array_index (elements, FairleadBridgeElement, i);
      guint8 data[FAIRLEAD_BRIDGE_MAX_DATA];
      g_autofree char *text = NULL;

      if (fairlead_bridge_nft_get_element (socket, port->table, element, data) &&
          memcmp (data, element->data, fairlead_bridge_sets[element->set].data_length) == 0)
        continue;
      text = dup_element_text (element);
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "the port %s is no longer published: it is not in \"%s\" of the table inet %s of nf_tables; "
                   "\"fairlead reload\" puts it back", text, fairlead_bridge_sets[element->set].name, port->table);
      return FALSE;
    }
  return TRUE;
}

/* Who has taken the port meanwhile keeps it. */
gboolean
fairlead_bridge_publish_restore (FairleadBridgeHost          *host,
                                 const FairleadBridgeLayout  *layout,
                                 const FairleadBridgePort    *port,
                                 GListModel                  *mappings,
                                 GError                     **error)
{
  g_autoptr (GArray) elements = NULL;
  g_autoptr (GArray) added = NULL;

  if (g_list_model_get_n_items (mappings) == 0)
    return TRUE;
  elements = dup_elements (port, mappings, error);
  if (elements == NULL || !prepare_loopback (layout, port, mappings, error) ||
      !fairlead_bridge_table_restore (host, layout, fairlead_bridge_elements (elements), elements->len, &added, error))
    return FALSE;
  if (check_overlaps (host, layout->table, elements, error))
    return added->len == 0 || fairlead_bridge_conntrack_forget (host, port, mappings, FALSE, error);
  fairlead_bridge_table_remove (host, layout->table, fairlead_bridge_elements (added), added->len, NULL);
  return FALSE;
}

/* Whether a port leads to an address of the network that no container has. */
static gboolean
leads_nowhere (const FairleadBridgeElement *element,
               const FairleadBridgeLayout  *layout,
               const char                  *directory)
{
  FairleadBridgeAddress address = { .family = fairlead_bridge_set_get_family (element->set) };
  const FairleadBridgeSubnet *subnet;
  g_autofree char *owner = NULL;

  memcpy (address.bytes, element->data, fairlead_bridge_address_size (&address));
  subnet = fairlead_bridge_layout_find_subnet (layout, &address);
  owner = fairlead_bridge_pool_dup_owner (directory, &address);
  /* To the gateway lead questions for names. */
  return subnet != NULL && owner == NULL && !fairlead_bridge_address_equal (&address, &subnet->gateway);
}

gboolean
fairlead_bridge_publish_collect (FairleadBridgeHost          *host,
                                 const FairleadBridgeLayout  *layout,
                                 const char                  *directory,
                                 GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GArray) lost = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));

  if (socket == NULL)
    return FALSE;
  for (guint set = FAIRLEAD_BRIDGE_MAP_PORTS; set < FAIRLEAD_BRIDGE_N_SETS; set++)
    {
      g_autoptr (GArray) elements = fairlead_bridge_nft_dup_elements (socket, layout->table, set);

      for (guint i = 0; i < elements->len; i++)
        if (leads_nowhere (&g_array_index (elements, FairleadBridgeElement, i), layout, directory))
          g_array_append_val (lost, g_array_index (elements, FairleadBridgeElement, i));
    }
  return fairlead_bridge_table_remove (host, layout->table, fairlead_bridge_elements (lost), lost->len, error);
}

typedef union
{
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
} SocketAddress;

static socklen_t
fill_address (SocketAddress *address,
              int            family,
              GInetAddress  *host_address,
              guint          port)
{
  memset (address, 0, sizeof *address);
  address->any.sa_family = family;
  if (family == AF_INET)
    {
      address->ipv4.sin_port = htons (port);
      if (host_address != NULL)
        memcpy (&address->ipv4.sin_addr, g_inet_address_to_bytes (host_address), 4);
      return sizeof address->ipv4;
    }
  address->ipv6.sin6_port = htons (port);
  if (host_address != NULL)
    memcpy (&address->ipv6.sin6_addr, g_inet_address_to_bytes (host_address), 16);
  return sizeof address->ipv6;
}

/* What only binding finds: a listener on such a port. Whatever else binding says, that the host has no such address, or no
 * such protocol, is no reason against publishing. */
static gboolean
is_in_use (int           family,
           gboolean      both_families,
           int           protocol,
           GInetAddress *host_address,
           guint         port)
{
  int type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
  int fd = socket (family, type | SOCK_CLOEXEC, protocol);
  const int yes = 1, v6_only = !both_families;
  SocketAddress address;
  socklen_t length = fill_address (&address, family, host_address, port);
  gboolean in_use;

  if (fd < 0 && both_families && family == AF_INET6)
    return is_in_use (AF_INET, FALSE, protocol, host_address, port);
  if (fd < 0)
    return FALSE;
  /* What is only on its way out does not count; what listens does. */
  if (type == SOCK_STREAM)
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  in_use = bind (fd, &address.any, length) < 0 && errno == EADDRINUSE;
  close (fd);
  return in_use;
}

typedef struct
{
  GArray   *gateways; /* (element-type FairleadBridgeAddress) on which names are resolved */
  int       family;   /* 0 for both */
  int       protocol;
  gboolean  in_use;
} DnsSearch;

static gboolean
note_gateways (const FairleadBridgeLayout  *layout,
               const char                  *network,
               gpointer                     user_data,
               GError                     **error)
{
  for (guint i = 0; layout->dns && i < layout->n_subnets; i++)
    g_array_append_val (((DnsSearch *) user_data)->gateways, layout->subnets[i].gateway);
  return TRUE;
}

static gboolean
probe_address (const FairleadBridgeSubnet *subnet,
               guint                       index,
               gpointer                    user_data)
{
  DnsSearch *search = user_data;
  const FairleadBridgeAddress *address = &subnet->base;
  GSocketFamily family = address->family == AF_INET ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_bytes (address->bytes, family);

  if (search->family != 0 && search->family != address->family)
    return TRUE;
  for (guint i = 0; i < search->gateways->len; i++)
    if (fairlead_bridge_address_equal (&g_array_index (search->gateways, FairleadBridgeAddress, i), address))
      return TRUE;
  search->in_use |= is_in_use (address->family, FALSE, search->protocol, inet, FAIRLEAD_BRIDGE_DNS_PORT);
  return TRUE;
}

/* Where names of containers are resolved, the port is still reached by them if it is published on all addresses: who
 * listens there is asked for on each of the others. */
static gboolean
is_only_ours (FairleadBridgeHost *host,
              int                 family,
              int                 protocol)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, NULL);
  g_autoptr (GArray) gateways = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeAddress));
  DnsSearch search = { gateways, family, protocol, FALSE };

  return socket != NULL && fairlead_bridge_host_each_layout (host, note_gateways, &search, NULL) && gateways->len > 0 &&
         fairlead_bridge_link_each_address (socket, probe_address, &search, NULL) && !search.in_use;
}

gboolean
fairlead_bridge_publish_probe (FairleadBridgeHost   *host,
                               FairleadPortMapping  *mapping,
                               GError              **error)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);
  Target targets[2];
  guint n_targets = get_targets (mapping, targets);
  int protocol = fairlead_port_mapping_get_protocol (mapping);
  guint first = fairlead_port_mapping_get_host_port (mapping);

  for (guint port = first; port < first + fairlead_port_mapping_get_length (mapping); port++)
    {
      if (!is_in_use (targets[n_targets - 1].family, n_targets == 2, protocol, address, port) ||
          (port == FAIRLEAD_BRIDGE_DNS_PORT && is_any (address) &&
           is_only_ours (host, n_targets == 2 ? 0 : targets[0].family, protocol)))
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "the port %u/%s of the host is in use by a program "
                   "there, which could no longer be reached", port, fairlead_protocol_to_string (protocol));
      return FALSE;
    }
  return TRUE;
}
