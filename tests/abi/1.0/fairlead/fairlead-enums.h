/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

/**
 * FairleadBackendCapabilities:
 * @FAIRLEAD_BACKEND_CAP_NONE: nothing beyond a network for one container
 * @FAIRLEAD_BACKEND_CAP_NETNS: needs a network namespace of the container's; without it the caller's is used
 * @FAIRLEAD_BACKEND_CAP_PORTS_TCP: publishes TCP ports
 * @FAIRLEAD_BACKEND_CAP_PORTS_UDP: publishes UDP ports
 * @FAIRLEAD_BACKEND_CAP_PORTS_SCTP: publishes SCTP ports
 * @FAIRLEAD_BACKEND_CAP_PORTS_IPV6: publishes ports on IPv6 host addresses too
 * @FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS: honours requested addresses
 * @FAIRLEAD_BACKEND_CAP_STATIC_MAC: honours a requested MAC address
 * @FAIRLEAD_BACKEND_CAP_MULTIPLE: can stand beside other networks on one container
 * @FAIRLEAD_BACKEND_CAP_UNPRIVILEGED: works for an ordinary user
 * @FAIRLEAD_BACKEND_CAP_IPV6: gives IPv6 addresses
 * @FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK: a network with the backend's name needs no keyfile
 * @FAIRLEAD_BACKEND_CAP_LIVE_PORTS: ports of a living container can be published and withdrawn
 * @FAIRLEAD_BACKEND_CAP_INTERFACE_NAME: the interface's name inside can be chosen
 *
 * What a backend can do. The core refuses a request that needs more before anything is created.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_BACKEND_CAP_NONE            = 0,
  FAIRLEAD_BACKEND_CAP_NETNS           = 1 << 0,
  FAIRLEAD_BACKEND_CAP_PORTS_TCP       = 1 << 1,
  FAIRLEAD_BACKEND_CAP_PORTS_UDP       = 1 << 2,
  FAIRLEAD_BACKEND_CAP_PORTS_SCTP      = 1 << 3,
  FAIRLEAD_BACKEND_CAP_PORTS_IPV6      = 1 << 4,
  FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS  = 1 << 5,
  FAIRLEAD_BACKEND_CAP_STATIC_MAC      = 1 << 6,
  FAIRLEAD_BACKEND_CAP_MULTIPLE        = 1 << 7,
  FAIRLEAD_BACKEND_CAP_UNPRIVILEGED    = 1 << 8,
  FAIRLEAD_BACKEND_CAP_IPV6            = 1 << 9,
  FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK = 1 << 10,
  FAIRLEAD_BACKEND_CAP_LIVE_PORTS      = 1 << 11,
  FAIRLEAD_BACKEND_CAP_INTERFACE_NAME  = 1 << 12,
} FairleadBackendCapabilities;

/**
 * FairleadDefaultRoute:
 * @FAIRLEAD_DEFAULT_ROUTE_AUTO: if it is the first network of the container that has a gateway
 * @FAIRLEAD_DEFAULT_ROUTE_YES: in any case
 * @FAIRLEAD_DEFAULT_ROUTE_NO: never
 *
 * Whether a network gives its containers their default route.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_DEFAULT_ROUTE_AUTO,
  FAIRLEAD_DEFAULT_ROUTE_YES,
  FAIRLEAD_DEFAULT_ROUTE_NO,
} FairleadDefaultRoute;

/**
 * FairleadIdMap:
 * @FAIRLEAD_ID_MAP_USER: the user alone, who is root inside; takes no privilege
 * @FAIRLEAD_ID_MAP_SUBIDS: besides, from 1, the subordinate ids that subuid(5) and subgid(5) grant the user; takes the
 *   set-uid programs newuidmap(1) and newgidmap(1)
 *
 * Which user and group ids there are in a user namespace that is made for an ordinary user.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_ID_MAP_USER,
  FAIRLEAD_ID_MAP_SUBIDS,
} FairleadIdMap;

/**
 * FairleadNetnsOrigin:
 * @FAIRLEAD_NETNS_ORIGIN_HOST: the caller's own; the container has none
 * @FAIRLEAD_NETNS_ORIGIN_CREATED: made and pinned by us, removed at teardown
 * @FAIRLEAD_NETNS_ORIGIN_PATH: joined by path
 * @FAIRLEAD_NETNS_ORIGIN_PID: taken from a process
 * @FAIRLEAD_NETNS_ORIGIN_SHARED: another container's
 *
 * Where a network namespace comes from. Only a created one is ever removed.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_NETNS_ORIGIN_HOST,
  FAIRLEAD_NETNS_ORIGIN_CREATED,
  FAIRLEAD_NETNS_ORIGIN_PATH,
  FAIRLEAD_NETNS_ORIGIN_PID,
  FAIRLEAD_NETNS_ORIGIN_SHARED,
} FairleadNetnsOrigin;

/**
 * FairleadPortForwarder:
 * @FAIRLEAD_PORT_FORWARDER_BACKEND: the program that makes the network
 * @FAIRLEAD_PORT_FORWARDER_NATIVE: a small program of Fairlead's own, which listens on the host and connects inside the
 *   container's network namespace
 *
 * Who passes connections to published ports on, in a network that a program makes for each container.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_PORT_FORWARDER_BACKEND,
  FAIRLEAD_PORT_FORWARDER_NATIVE,
} FairleadPortForwarder;

/**
 * FairleadProtocol:
 * @FAIRLEAD_PROTOCOL_TCP: TCP
 * @FAIRLEAD_PROTOCOL_UDP: UDP
 * @FAIRLEAD_PROTOCOL_SCTP: SCTP
 *
 * A transport protocol whose ports can be published. The values are those of the IP header (IANA).
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_PROTOCOL_TCP  = 6,
  FAIRLEAD_PROTOCOL_UDP  = 17,
  FAIRLEAD_PROTOCOL_SCTP = 132,
} FairleadProtocol;

/**
 * FairleadRouteType:
 * @FAIRLEAD_ROUTE_TYPE_UNICAST: it leads to its destination
 * @FAIRLEAD_ROUTE_TYPE_BLACKHOLE: what goes there is dropped without a word
 * @FAIRLEAD_ROUTE_TYPE_UNREACHABLE: what goes there is refused as unreachable
 * @FAIRLEAD_ROUTE_TYPE_PROHIBIT: what goes there is refused as prohibited
 *
 * What becomes of packets that a route is chosen for. The values are those of rtnetlink (`RTN_UNICAST`, …), the names those
 * of ip-route(8).
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_ROUTE_TYPE_UNICAST     = 1,
  FAIRLEAD_ROUTE_TYPE_BLACKHOLE   = 6,
  FAIRLEAD_ROUTE_TYPE_UNREACHABLE = 7,
  FAIRLEAD_ROUTE_TYPE_PROHIBIT    = 8,
} FairleadRouteType;

/**
 * FairleadSharedAccess:
 * @FAIRLEAD_SHARED_ACCESS_USE: beside others; users can be noted and forgotten
 * @FAIRLEAD_SHARED_ACCESS_CHANGE: alone; the document can be written too
 *
 * How a [class@Fairlead.SharedState] is opened.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_SHARED_ACCESS_USE,
  FAIRLEAD_SHARED_ACCESS_CHANGE,
} FairleadSharedAccess;

/**
 * FairleadState:
 * @FAIRLEAD_STATE_PLANNED: written down, nothing made yet
 * @FAIRLEAD_STATE_SETTING_UP: being set up, or what an interrupted setup left
 * @FAIRLEAD_STATE_READY: set up
 * @FAIRLEAD_STATE_TEARING_DOWN: being torn down, or what an interrupted or failed teardown left
 * @FAIRLEAD_STATE_GONE: torn down; the state file no longer exists
 * @FAIRLEAD_STATE_DAMAGED: the state file exists but cannot be read
 *
 * Where a container or an attachment is in its life.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_STATE_PLANNED,
  FAIRLEAD_STATE_SETTING_UP,
  FAIRLEAD_STATE_READY,
  FAIRLEAD_STATE_TEARING_DOWN,
  FAIRLEAD_STATE_GONE,
  FAIRLEAD_STATE_DAMAGED,
} FairleadState;

/**
 * FairleadTeardownFlags:
 * @FAIRLEAD_TEARDOWN_NONE: stop at nothing, but keep the state if a step failed, so that it can be tried again
 * @FAIRLEAD_TEARDOWN_FORCE: drop the state even if steps failed or it cannot be read; the error then says what may be left
 *
 * How thorough a teardown has to be before the state is dropped.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_TEARDOWN_NONE  = 0,
  FAIRLEAD_TEARDOWN_FORCE = 1 << 0,
} FairleadTeardownFlags;

#define FAIRLEAD_TYPE_BACKEND_CAPABILITIES (fairlead_backend_capabilities_get_type ())
#define FAIRLEAD_TYPE_DEFAULT_ROUTE        (fairlead_default_route_get_type ())
#define FAIRLEAD_TYPE_ID_MAP               (fairlead_id_map_get_type ())
#define FAIRLEAD_TYPE_NETNS_ORIGIN         (fairlead_netns_origin_get_type ())
#define FAIRLEAD_TYPE_PORT_FORWARDER       (fairlead_port_forwarder_get_type ())
#define FAIRLEAD_TYPE_PROTOCOL             (fairlead_protocol_get_type ())
#define FAIRLEAD_TYPE_ROUTE_TYPE           (fairlead_route_type_get_type ())
#define FAIRLEAD_TYPE_SHARED_ACCESS        (fairlead_shared_access_get_type ())
#define FAIRLEAD_TYPE_STATE                (fairlead_state_get_type ())
#define FAIRLEAD_TYPE_TEARDOWN_FLAGS       (fairlead_teardown_flags_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_backend_capabilities_get_type (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_default_route_get_type        (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_id_map_get_type               (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_netns_origin_get_type         (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_port_forwarder_get_type       (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_protocol_get_type             (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_route_type_get_type           (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_shared_access_get_type        (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_state_get_type                (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GType fairlead_teardown_flags_get_type       (void) G_GNUC_CONST;

G_END_DECLS
