/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-host.h"

G_BEGIN_DECLS

/* Subnets for a network that is about to be made. */

/* Those that the keys name must not overlap what a link of the host has. */
gboolean  fairlead_bridge_subnet_check   (FairleadBridgeHost          *host,
                                          const FairleadBridgeLayout  *layout,
                                          GError                     **error);
/* Whether each of @pools is an IPv4 subnet, and one has room for a subnet of @size bits. */
gboolean  fairlead_bridge_subnet_check_pools (const char * const  *pools,
                                              guint                size,
                                              GError             **error);
/* One of IPv4, of @size bits from @pools, and one of IPv6 that is this machine's and this network's own (RFC 4193), that
 * overlap no address and no route of the host, and no other network, used or not. */
gboolean  fairlead_bridge_subnet_choose  (FairleadBridgeHost          *host,
                                          const char                  *network,
                                          const char * const          *pools,
                                          guint                        size,
                                          FairleadBridgeLayout        *layout,
                                          GError                     **error);

G_END_DECLS
