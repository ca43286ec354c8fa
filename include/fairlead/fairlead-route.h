/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"
#include "fairlead-types.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_ROUTE (fairlead_route_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadRoute, fairlead_route, FAIRLEAD, ROUTE, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadRoute    *fairlead_route_new             (GInetAddressMask  *destination,
                                                  GInetAddress      *gateway,
                                                  guint              metric);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadRoute    *fairlead_route_new_for_type    (FairleadRouteType  type,
                                                  GInetAddressMask  *destination,
                                                  guint              metric);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadRouteType fairlead_route_get_route_type  (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddressMask *fairlead_route_get_destination (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress     *fairlead_route_get_gateway     (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint             fairlead_route_get_metric      (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint             fairlead_route_get_table       (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
int               fairlead_route_get_scope       (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint             fairlead_route_get_mtu         (FairleadRoute     *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint             fairlead_route_get_advmss      (FairleadRoute     *self);

G_END_DECLS
