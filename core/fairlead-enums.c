/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-enums.h>

/* The nicks are public: they are the words of keyfiles, of state files and of the command's output. */

G_DEFINE_FLAGS_TYPE (FairleadBackendCapabilities, fairlead_backend_capabilities,
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_NETNS, "netns"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_PORTS_TCP, "ports-tcp"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_PORTS_UDP, "ports-udp"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_PORTS_SCTP, "ports-sctp"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_PORTS_IPV6, "ports-ipv6"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS, "static-address"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_STATIC_MAC, "static-mac"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_MULTIPLE, "multiple"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_UNPRIVILEGED, "unprivileged"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_IPV6, "ipv6"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK, "builtin-network"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_LIVE_PORTS, "live-ports"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_BACKEND_CAP_INTERFACE_NAME, "interface-name"))

G_DEFINE_ENUM_TYPE (FairleadDefaultRoute, fairlead_default_route,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_DEFAULT_ROUTE_AUTO, "auto"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_DEFAULT_ROUTE_YES, "yes"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_DEFAULT_ROUTE_NO, "no"))

G_DEFINE_ENUM_TYPE (FairleadIdMap, fairlead_id_map,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ID_MAP_USER, "user"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ID_MAP_SUBIDS, "subids"))

G_DEFINE_ENUM_TYPE (FairleadNetnsOrigin, fairlead_netns_origin,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_NETNS_ORIGIN_HOST, "host"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_NETNS_ORIGIN_CREATED, "created"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_NETNS_ORIGIN_PATH, "path"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_NETNS_ORIGIN_PID, "pid"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_NETNS_ORIGIN_SHARED, "shared"))

G_DEFINE_ENUM_TYPE (FairleadPortForwarder, fairlead_port_forwarder,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_PORT_FORWARDER_BACKEND, "backend"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_PORT_FORWARDER_NATIVE, "native"))

G_DEFINE_ENUM_TYPE (FairleadProtocol, fairlead_protocol,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_PROTOCOL_TCP, "tcp"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_PROTOCOL_UDP, "udp"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_PROTOCOL_SCTP, "sctp"))

G_DEFINE_ENUM_TYPE (FairleadRouteType, fairlead_route_type,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ROUTE_TYPE_UNICAST, "unicast"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ROUTE_TYPE_BLACKHOLE, "blackhole"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ROUTE_TYPE_UNREACHABLE, "unreachable"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ROUTE_TYPE_PROHIBIT, "prohibit"))

G_DEFINE_ENUM_TYPE (FairleadSharedAccess, fairlead_shared_access,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_SHARED_ACCESS_USE, "use"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_SHARED_ACCESS_CHANGE, "change"))

G_DEFINE_ENUM_TYPE (FairleadState, fairlead_state,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_STATE_PLANNED, "planned"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_STATE_SETTING_UP, "setting-up"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_STATE_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_STATE_TEARING_DOWN, "tearing-down"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_STATE_GONE, "gone"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_STATE_DAMAGED, "damaged"))

G_DEFINE_FLAGS_TYPE (FairleadTeardownFlags, fairlead_teardown_flags,
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_TEARDOWN_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (FAIRLEAD_TEARDOWN_FORCE, "force"))
