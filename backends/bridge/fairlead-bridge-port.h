/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-layout.h"

G_BEGIN_DECLS

/* A container's place on a bridge: what its attachment's document says. Teardown needs nothing else. */
typedef struct
{
  char                   bridge[FAIRLEAD_BRIDGE_NAME_SIZE];
  char                  *table;      /* (nullable) of nf_tables, as in the layout */
  char                   host_name[FAIRLEAD_BRIDGE_NAME_SIZE];
  guint8                 host_mac[FAIRLEAD_BRIDGE_MAC_SIZE]; /* by which we know the link for ours */
  guint8                 mac[FAIRLEAD_BRIDGE_MAC_SIZE];
  gboolean               announce;   /* neighbours may know the address by another MAC address */
  FairleadBridgeAddress  addresses[FAIRLEAD_BRIDGE_MAX_SUBNETS];
  guint                  prefixes[FAIRLEAD_BRIDGE_MAX_SUBNETS];
  guint                  n_addresses;
  gboolean               dns;        /* it has a name among its neighbours */
  gboolean               made;       /* all of it, so that nothing of the names can be somebody else's */
} FairleadBridgePort;

void                          fairlead_bridge_port_clear       (FairleadBridgePort        *self);
GVariant                     *fairlead_bridge_port_to_variant  (const FairleadBridgePort  *self);
/* FALSE without an error if nothing was planned yet. */
gboolean                      fairlead_bridge_port_read        (FairleadBridgePort        *self,
                                                                GVariant                  *document,
                                                                GError                   **error);
/* The first one of a family, or NULL. */
const FairleadBridgeAddress  *fairlead_bridge_port_get_address (const FairleadBridgePort  *self,
                                                                int                        family);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FairleadBridgePort, fairlead_bridge_port_clear)

G_END_DECLS
