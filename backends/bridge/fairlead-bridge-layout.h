/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-link.h"
#include "fairlead-bridge-nft.h"

G_BEGIN_DECLS

typedef enum
{
  FAIRLEAD_BRIDGE_MODE_MANAGED,
  FAIRLEAD_BRIDGE_MODE_UNMANAGED,
} FairleadBridgeMode;

typedef enum
{
  FAIRLEAD_BRIDGE_ISOLATE_NO,
  FAIRLEAD_BRIDGE_ISOLATE_YES,
  FAIRLEAD_BRIDGE_ISOLATE_STRICT,
} FairleadBridgeIsolate;

#define FAIRLEAD_BRIDGE_MAX_SUBNETS 16
#define FAIRLEAD_BRIDGE_NAME_SIZE   16
#define FAIRLEAD_BRIDGE_DNS_PORT    53

/* What a network consists of on the host: what its keys say, and what was chosen when it was made. It is the document that
 * its containers share. */
typedef struct
{
  char                  *settings;  /* what the keys said, to see whether they have changed */
  char                   bridge[FAIRLEAD_BRIDGE_NAME_SIZE];
  FairleadBridgeMode     mode;
  FairleadBridgeSubnet   subnets[FAIRLEAD_BRIDGE_MAX_SUBNETS];
  guint                  n_subnets;
  guint                  mtu;       /* 0 for the kernel's own choice */
  guint                  vlan;      /* 0 for none */
  FairleadBridgeIsolate  isolate;
  gboolean               internal;
  gboolean               masquerade;
  gboolean               dns;       /* names are resolved on the gateways' addresses */
  FairleadBridgeAddress  outbound;  /* of family 0 for whatever the host would take */
  FairleadBridgeAddress  outbound6;

  /* Chosen. */
  guint8                 mac[FAIRLEAD_BRIDGE_MAC_SIZE]; /* by which we know a bridge for ours */
  char                  *table;     /* of nf_tables; NULL for none */
  gboolean               hairpin;   /* the host's bridges show their traffic to the IP rules */
  gboolean               closed6;   /* no way leads from the host's ::1 to the containers */
  gboolean               zone;      /* the bridge is in a zone of firewalld */
  gboolean               made;
} FairleadBridgeLayout;

void                        fairlead_bridge_layout_clear        (FairleadBridgeLayout         *self);
GVariant                   *fairlead_bridge_layout_to_variant   (const FairleadBridgeLayout   *self);
gboolean                    fairlead_bridge_layout_read         (FairleadBridgeLayout         *self,
                                                                 GVariant                     *document,
                                                                 GError                      **error);
gboolean                    fairlead_bridge_layout_is_managed   (const FairleadBridgeLayout   *self);
gboolean                    fairlead_bridge_layout_has_family   (const FairleadBridgeLayout   *self,
                                                                 int                           family);
const FairleadBridgeSubnet *fairlead_bridge_layout_find_subnet  (const FairleadBridgeLayout   *self,
                                                                 const FairleadBridgeAddress  *address);
/* BUSY if two networks cannot be there at the same time: they have one bridge, or subnets that overlap. */
gboolean                    fairlead_bridge_layout_check_other  (const FairleadBridgeLayout   *self,
                                                                 const FairleadBridgeLayout   *other,
                                                                 GError                      **error);
/* The elements of the rules that the network has as long as it is there; (element-type FairleadBridgeElement). */
GArray                     *fairlead_bridge_layout_dup_elements (const FairleadBridgeLayout   *self);

/* "FA:1E:..." and back. */
char                       *fairlead_bridge_mac_to_string       (const guint8                 *mac);
gboolean                    fairlead_bridge_mac_parse           (guint8                       *mac,
                                                                 const char                   *text);
void                        fairlead_bridge_mac_randomize       (guint8                       *mac);
/* The kernel's, not GLib's: that of two processes that were forked from one is the same. */
guint32                     fairlead_bridge_random              (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FairleadBridgeLayout, fairlead_bridge_layout_clear)

G_END_DECLS
