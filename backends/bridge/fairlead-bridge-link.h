/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-address.h"
#include "fairlead-bridge-socket.h"

G_BEGIN_DECLS

/* Requests about links, addresses and routes. Those that begin with add_ or set_ go into a batch; links are named by
 * name, or by index where the kernel wants that. */

#define FAIRLEAD_BRIDGE_MAC_SIZE 6

typedef struct
{
  const char   *name;
  const guint8 *mac;
  guint         mtu;        /* 0 for the kernel's own choice */
  guint         vlan;       /* of all ports, 0 for none */
} FairleadBridgeLinkBridge;

typedef struct
{
  const char   *host_name;
  const guint8 *host_mac;
  guint         bridge_index;
  const char   *peer_name;
  const guint8 *peer_mac;
  int           netns_fd;   /* where the peer is born */
  guint         mtu;        /* 0 for the kernel's own choice */
} FairleadBridgeLinkPair;

/* What there is to know about a link. */
typedef struct
{
  guint    index;
  guint    master;
  guint    mtu;
  gboolean is_up;
  gboolean is_bridge;
  guint    default_vlan; /* of a bridge's ports, 0 for none */
  gboolean hairpin;    /* it is a port that sends back what came in by it */
  guint8   mac[FAIRLEAD_BRIDGE_MAC_SIZE];
} FairleadBridgeLinkInfo;

typedef struct
{
  guint8                type;        /* RTN_UNICAST, RTN_BLACKHOLE, ... */
  FairleadBridgeAddress destination;
  guint                 prefix;
  FairleadBridgeAddress gateway;     /* of family 0 if there is none */
  guint                 metric;
} FairleadBridgeRoute;

typedef gboolean (*FairleadBridgeAddressFunc) (const FairleadBridgeSubnet *subnet,
                                               guint                       index,
                                               gpointer                    user_data);

void      fairlead_bridge_link_add_bridge     (FairleadBridgeBatch             *batch,
                                               const FairleadBridgeLinkBridge  *bridge);
/* Both ends in one message: a link that is made inside needs no move, which would cost another grace period. */
void      fairlead_bridge_link_add_pair       (FairleadBridgeBatch             *batch,
                                               const FairleadBridgeLinkPair    *pair);
void      fairlead_bridge_link_set_up         (FairleadBridgeBatch             *batch,
                                               guint                            index);
void      fairlead_bridge_link_set_hairpin    (FairleadBridgeBatch             *batch,
                                               const char                      *name);
/* Instead of the one that the bridge gives to all its ports. */
void      fairlead_bridge_link_set_port_vlan  (FairleadBridgeBatch             *batch,
                                               guint                            index,
                                               guint                            default_vlan,
                                               guint                            vlan);
/* Makes a link a port of a bridge, or with 0 takes it out of the bridge that it is a port of. */
void      fairlead_bridge_link_set_master     (FairleadBridgeBatch             *batch,
                                               const char                      *name,
                                               guint                            bridge_index);
void      fairlead_bridge_link_delete         (FairleadBridgeBatch             *batch,
                                               const char                      *name);
void      fairlead_bridge_link_add_address    (FairleadBridgeBatch             *batch,
                                               guint                            index,
                                               const FairleadBridgeAddress     *address,
                                               guint                            prefix);
void      fairlead_bridge_link_add_route      (FairleadBridgeBatch             *batch,
                                               guint                            index,
                                               const FairleadBridgeRoute       *route);

/* Of a route that leads nowhere: the others go with their link. */
void      fairlead_bridge_link_delete_route   (FairleadBridgeBatch             *batch,
                                               const FairleadBridgeRoute       *route);
/* As the network's key routes has it. */
char     *fairlead_bridge_route_to_string     (const FairleadBridgeRoute       *self);

/* The kernel takes what comes for ::1 only where a route of that link says so: with this one the answer of a container
 * to the host's ::1 comes in by the bridge @index, once it is translated back. Whatever comes with that address on the
 * wire is dropped before. EEXIST if it is there. */
void      fairlead_bridge_link_add_loopback_route (FairleadBridgeBatch         *batch,
                                                   guint                        index);
/* Whether it is there. */
gboolean  fairlead_bridge_link_has_loopback_route (FairleadBridgeSocket        *socket,
                                                   guint                        index);
/* 0 with errno if there is no such link in the namespace of @fd, any socket. */
guint     fairlead_bridge_link_get_index      (FairleadBridgeSocket            *socket,
                                               const char                      *name);
/* FALSE without an error if there is no such link. */
gboolean  fairlead_bridge_link_look           (FairleadBridgeSocket            *socket,
                                               const char                      *name,
                                               FairleadBridgeLinkInfo          *info,
                                               GError                         **error);
/* Whether exactly this route is there. */
gboolean  fairlead_bridge_link_has_route      (FairleadBridgeSocket            *socket,
                                               guint                            index,
                                               const FairleadBridgeRoute       *route);
/* The subnets of all addresses of the host, with their links; and those of all its routes. These are dumps: for the making
 * of a network, not for containers. */
gboolean  fairlead_bridge_link_each_address   (FairleadBridgeSocket            *socket,
                                               FairleadBridgeAddressFunc        func,
                                               gpointer                         user_data,
                                               GError                         **error);
gboolean  fairlead_bridge_link_each_route     (FairleadBridgeSocket            *socket,
                                               FairleadBridgeAddressFunc        func,
                                               gpointer                         user_data,
                                               GError                         **error);

G_END_DECLS
