/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_PASTA_NETWORK (fairlead_pasta_network_get_type ())
G_DECLARE_FINAL_TYPE (FairleadPastaNetwork, fairlead_pasta_network, FAIRLEAD, PASTA_NETWORK, FairleadHelperNetwork)

/* What there is once for each address family is an array with these indexes. */
enum
{
  FAIRLEAD_PASTA_IPV4,
  FAIRLEAD_PASTA_IPV6,
  FAIRLEAD_PASTA_N_FAMILIES
};

typedef enum
{
  FAIRLEAD_PASTA_FAMILY_AUTO,
  FAIRLEAD_PASTA_FAMILY_IPV4,
  FAIRLEAD_PASTA_FAMILY_IPV6,
} FairleadPastaFamily;

typedef enum
{
  FAIRLEAD_PASTA_ADDRESSES_PRIVATE,
  FAIRLEAD_PASTA_ADDRESSES_HOST,
} FairleadPastaAddresses;

/* The values of the keys. */
typedef struct
{
  guint                   mtu;
  FairleadPastaFamily     family;
  FairleadPastaAddresses  addresses;
  GInetAddressMask       *cidr[FAIRLEAD_PASTA_N_FAMILIES];              /* (nullable) */
  GInetAddress           *gateway[FAIRLEAD_PASTA_N_FAMILIES];           /* (nullable) */
  gboolean                disable_dns;
  GInetAddress           *dns_forward[FAIRLEAD_PASTA_N_FAMILIES];       /* (nullable) */
  GInetAddress           *map_host_loopback[FAIRLEAD_PASTA_N_FAMILIES]; /* (nullable) */
  GInetAddress           *map_guest_addr[FAIRLEAD_PASTA_N_FAMILIES];    /* (nullable) */
  char                   *tcp_ports;                                    /* (nullable) */
  char                   *udp_ports;                                    /* (nullable) */
} FairleadPastaKeys;

/* Whether a machine in the network can have the address. */
gboolean                 fairlead_pasta_is_host           (GInetAddressMask     *cidr,
                                                           GInetAddress         *address);
const FairleadPastaKeys *fairlead_pasta_network_get_keys (FairleadPastaNetwork *self);
/* Whether pasta publishes ports of requests; else they are FairleadHelperBackend's. */
gboolean                 fairlead_pasta_network_forwards (FairleadPastaNetwork *self);

GSocketFamily            fairlead_pasta_family           (int                   index);
const char              *fairlead_pasta_family_to_string (int                   index);
int                      fairlead_pasta_family_index     (GInetAddress         *address);

G_END_DECLS
