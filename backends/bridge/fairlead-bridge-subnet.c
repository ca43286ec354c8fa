/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-subnet.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "fairlead-bridge-network.h"
#include "fairlead-bridge-sysctl.h"

#define ULA_PREFIX    64
#define MAX_TRIES     65536

/* Shorter prefixes are those of default routes, and of what VPNs set to come before them: 0.0.0.0/1 and 128.0.0.0/1, for
 * example. They lead anywhere, and are in nobody's way. */
#define MIN_PREFIX    4

typedef struct
{
  const FairleadBridgeLayout *layout;
  FairleadBridgeSubnet found;
  const FairleadBridgeSubnet *subnet; /* (nullable) that it overlaps */
  guint index;
} Overlap;

static gboolean
find_overlap (const FairleadBridgeSubnet *used,
              guint                       index,
              gpointer                    user_data)
{
  Overlap *overlap = user_data;

  for (guint i = 0; i < overlap->layout->n_subnets && overlap->subnet == NULL; i++)
    if (fairlead_bridge_subnet_overlaps (used, &overlap->layout->subnets[i]))
      {
        overlap->found = *used;
        overlap->subnet = &overlap->layout->subnets[i];
        overlap->index = index;
      }
  return TRUE;
}

gboolean
fairlead_bridge_subnet_check (FairleadBridgeHost          *host,
                              const FairleadBridgeLayout  *layout,
                              GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  Overlap overlap = { .layout = layout };
  g_autofree char *subnet = NULL;
  g_autofree char *found = NULL;
  char link[IF_NAMESIZE] = "?";

  if (socket == NULL || !fairlead_bridge_link_each_address (socket, find_overlap, &overlap, error))
    return FALSE;
  if (overlap.subnet == NULL)
    return TRUE;
  subnet = fairlead_bridge_subnet_to_string (overlap.subnet);
  found = fairlead_bridge_subnet_to_string (&overlap.found);
  if_indextoname (overlap.index, link);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
               "the subnet %s overlaps %s, which the link %s of the host has; give the network another one", subnet,
               found, link);
  return FALSE;
}

static gboolean
note_used (const FairleadBridgeSubnet *used,
           guint                       index,
           gpointer                    user_data)
{
  GArray *all = user_data;

  if (used->prefix >= MIN_PREFIX)
    g_array_append_val (all, *used);
  return TRUE;
}

static gboolean
note_network (const FairleadBridgeLayout  *layout,
              const char                  *network,
              gpointer                     user_data,
              GError                     **error)
{
  if (fairlead_bridge_layout_is_managed (layout))
    g_array_append_vals (user_data, layout->subnets, layout->n_subnets);
  return TRUE;
}

/* Those of files as well, which would be refused once the subnet is taken. */
static void
note_configured (FairleadBridgeHost *host,
                 GArray             *all)
{
  g_autoptr (GListModel) networks = fairlead_backend_list_configured_networks (host->backend);

  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      g_auto (FairleadBridgeLayout) layout = { 0 };

      if (fairlead_bridge_network_read_layout (FAIRLEAD_BRIDGE_NETWORK (network), &layout, NULL))
        note_network (&layout, fairlead_network_get_name (network), all, NULL);
    }
}

static gboolean
is_unused (GArray                     *all,
           const FairleadBridgeSubnet *subnet)
{
  for (guint i = 0; i < all->len; i++)
    if (fairlead_bridge_subnet_overlaps (&g_array_index (all, FairleadBridgeSubnet, i), subnet))
      return FALSE;
  return TRUE;
}

static gboolean
take_subnet (GArray                      *all,
             const FairleadBridgeAddress *base,
             guint                        prefix,
             FairleadBridgeLayout        *layout)
{
  g_autofree char *address = fairlead_bridge_address_to_string (base);
  g_autofree char *text = g_strdup_printf ("%s/%u", address, prefix);
  FairleadBridgeSubnet *subnet = &layout->subnets[layout->n_subnets];

  if (!fairlead_bridge_subnet_parse (subnet, text, NULL) || !is_unused (all, subnet))
    return FALSE;
  layout->n_subnets++;
  return TRUE;
}

static gboolean
parse_pool (const char            *text,
            FairleadBridgeSubnet  *pool,
            GError               **error)
{
  if (!fairlead_bridge_subnet_parse (pool, text, error))
    return FALSE;
  if (pool->base.family == AF_INET)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "%s is not an IPv4 subnet", text);
  return FALSE;
}

/* The same order every time, so that as a rule the network has the same subnet whenever it is made. */
static gboolean
choose_from_pool (GArray               *all,
                  const char           *text,
                  guint                 size,
                  FairleadBridgeLayout *layout)
{
  FairleadBridgeSubnet pool;
  FairleadBridgeAddress base;
  guint32 number;

  if (!parse_pool (text, &pool, NULL) || pool.prefix > size)
    return FALSE;
  base = pool.base;
  memcpy (&number, base.bytes, sizeof number);
  for (guint64 i = 0; i < MAX_TRIES && i < G_GUINT64_CONSTANT (1) << (size - pool.prefix); i++)
    {
      guint32 candidate = htonl (ntohl (number) + (guint32) (i << (32 - size)));

      memcpy (base.bytes, &candidate, sizeof candidate);
      if (take_subnet (all, &base, size, layout))
        return TRUE;
    }
  return FALSE;
}

static gboolean
choose_ipv4 (GArray                *all,
             const char * const    *pools,
             guint                  size,
             FairleadBridgeLayout  *layout,
             GError               **error)
{
  g_autofree char *text = NULL;

  for (const char * const *pool = pools; *pool != NULL; pool++)
    if (choose_from_pool (all, *pool, size, layout))
      return TRUE;
  text = g_strjoinv (", ", (char **) pools);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED,
               "no subnet of size /%u is free in %s; give the network subnets of its own, or [backend bridge] other "
               "subnet-pools", size, text);
  return FALSE;
}

static gboolean
has_ipv6 (void)
{
  int disabled;

  return fairlead_bridge_sysctl_read ("net/ipv6/conf/all/disable_ipv6", &disabled) && disabled == 0;
}

/* fd00::/8, 40 bits of the machine's, then 16 of the network's. */
static void
choose_ipv6 (GArray               *all,
             const char           *network,
             FairleadBridgeLayout *layout)
{
  g_autofree char *machine_id = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  FairleadBridgeAddress base = { .family = AF_INET6, .bytes = { 0xfd } };
  guint8 digest[32];
  gsize length = sizeof digest;
  guint16 number = g_str_hash (network);

  if (!g_file_get_contents ("/etc/machine-id", &machine_id, NULL, NULL))
    machine_id = g_strdup (g_get_host_name ());
  g_checksum_update (checksum, (const guchar *) "fairlead", -1);
  g_checksum_update (checksum, (const guchar *) machine_id, -1);
  g_checksum_get_digest (checksum, digest, &length);
  memcpy (base.bytes + 1, digest, 5);
  for (guint i = 0; i < MAX_TRIES; i++, number++)
    {
      base.bytes[6] = number >> 8;
      base.bytes[7] = number & 0xff;
      if (take_subnet (all, &base, ULA_PREFIX, layout))
        return;
    }
}

gboolean
fairlead_bridge_subnet_check_pools (const char * const  *pools,
                                    guint                size,
                                    GError             **error)
{
  gboolean has_room = FALSE;

  for (const char * const *text = pools; *text != NULL; text++)
    {
      FairleadBridgeSubnet pool;

      if (!parse_pool (*text, &pool, error))
        return FALSE;
      has_room |= pool.prefix <= size;
    }
  if (has_room)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "none of them has room for a subnet of subnet-size %u", size);
  return FALSE;
}

gboolean
fairlead_bridge_subnet_choose (FairleadBridgeHost    *host,
                               const char            *network,
                               const char * const    *pools,
                               guint                  size,
                               FairleadBridgeLayout  *layout,
                               GError               **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeSubnet));

  if (socket == NULL || !fairlead_bridge_link_each_address (socket, note_used, all, error) ||
      !fairlead_bridge_link_each_route (socket, note_used, all, error) ||
      !fairlead_bridge_host_each_layout (host, note_network, all, error))
    return FALSE;
  note_configured (host, all);
  if (!choose_ipv4 (all, pools, size, layout, error))
    return FALSE;
  if (has_ipv6 ())
    choose_ipv6 (all, network, layout);
  return TRUE;
}
