/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_SLIRP_NETWORK (fairlead_slirp_network_get_type ())
G_DECLARE_FINAL_TYPE (FairleadSlirpNetwork, fairlead_slirp_network, FAIRLEAD, SLIRP_NETWORK, FairleadHelperNetwork)

/* The values of the keys, by the names of the keys. Strings are NULL where the key is not set. */
guint       fairlead_slirp_network_get_mtu                 (FairleadSlirpNetwork *self);
const char *fairlead_slirp_network_get_cidr                (FairleadSlirpNetwork *self);
gboolean    fairlead_slirp_network_get_enable_ipv6         (FairleadSlirpNetwork *self);
const char *fairlead_slirp_network_get_outbound_addr       (FairleadSlirpNetwork *self);
const char *fairlead_slirp_network_get_outbound_addr6      (FairleadSlirpNetwork *self);
gboolean    fairlead_slirp_network_get_allow_host_loopback (FairleadSlirpNetwork *self);
gboolean    fairlead_slirp_network_get_disable_dns         (FairleadSlirpNetwork *self);

/* An address that slirp4netns gives: number @host of the network. NULL with @error set if cidr is no network. */
GInetAddress *fairlead_slirp_network_dup_address           (FairleadSlirpNetwork  *self,
                                                            guint                  host,
                                                            GError               **error);
guint         fairlead_slirp_network_get_prefix_length     (FairleadSlirpNetwork  *self);
gboolean      fairlead_slirp_network_check                 (FairleadSlirpNetwork  *self,
                                                            GError               **error);

/* Numbers of the IPv4 network that are fixed in slirp4netns(1). */
#define FAIRLEAD_SLIRP_HOST_GATEWAY 2
#define FAIRLEAD_SLIRP_HOST_DNS     3
#define FAIRLEAD_SLIRP_HOST_GUEST   100

/* And its whole IPv6 network. */
#define FAIRLEAD_SLIRP_DNS6     "fd00::3"
#define FAIRLEAD_SLIRP_GATEWAY6 "fe80::2"

G_END_DECLS
