/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* IP addresses as the bytes that netlink wants, and the arithmetic of a pool. */
typedef struct
{
  int    family; /* AF_INET or AF_INET6; 0 for none */
  guint8 bytes[16];
} FairleadBridgeAddress;

typedef struct
{
  FairleadBridgeAddress base;
  guint                 prefix;
  FairleadBridgeAddress gateway; /* the bridge's own address; none on a bridge that is somebody else's, perhaps */
  FairleadBridgeAddress first;   /* of the pool */
  FairleadBridgeAddress last;
} FairleadBridgeSubnet;

gsize     fairlead_bridge_address_size        (const FairleadBridgeAddress  *self);
gboolean  fairlead_bridge_address_parse       (FairleadBridgeAddress        *self,
                                               const char                   *text);
void      fairlead_bridge_address_set         (FairleadBridgeAddress        *self,
                                               GInetAddress                 *address);
char     *fairlead_bridge_address_to_string   (const FairleadBridgeAddress  *self);
int       fairlead_bridge_address_compare     (const FairleadBridgeAddress  *self,
                                               const FairleadBridgeAddress  *other);
gboolean  fairlead_bridge_address_equal       (const FairleadBridgeAddress  *self,
                                               const FairleadBridgeAddress  *other);
/* The next address, or the previous one; FALSE if there is none. */
gboolean  fairlead_bridge_address_step        (FairleadBridgeAddress        *self,
                                               int                           step);

/* "ADDRESS/PREFIX" without host bits; the gateway is the first address, the pool all others that hosts can have. */
gboolean  fairlead_bridge_subnet_parse        (FairleadBridgeSubnet         *self,
                                               const char                   *text,
                                               GError                      **error);
char     *fairlead_bridge_subnet_to_string    (const FairleadBridgeSubnet   *self);
gboolean  fairlead_bridge_subnet_contains     (const FairleadBridgeSubnet   *self,
                                               const FairleadBridgeAddress  *address);
gboolean  fairlead_bridge_subnet_overlaps     (const FairleadBridgeSubnet   *self,
                                               const FairleadBridgeSubnet   *other);
/* Whether a host in the subnet can have the address: not those of the network itself and of its broadcasts. */
gboolean  fairlead_bridge_subnet_is_host      (const FairleadBridgeSubnet   *self,
                                               const FairleadBridgeAddress  *address);
void      fairlead_bridge_subnet_get_end      (const FairleadBridgeSubnet   *self,
                                               FairleadBridgeAddress        *end);

G_END_DECLS
