/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-route.h>

/**
 * FairleadRoute:
 *
 * A route that an attachment gives its container. Immutable.
 *
 * What [ctor@Fairlead.Route.new] does not take is left to the kernel unless it is given as a property.
 *
 * It is immutable, and can be used from any thread.
 *
 * Since: 1.0
 */
struct _FairleadRoute
{
  GObject           parent_instance;

  FairleadRouteType route_type;
  GInetAddressMask *destination;
  GInetAddress     *gateway;
  guint             metric;
  guint             table;
  int               scope;
  guint             mtu;
  guint             advmss;
};

G_DEFINE_FINAL_TYPE (FairleadRoute, fairlead_route, G_TYPE_OBJECT)

enum
{
  PROP_ROUTE_TYPE = 1,
  PROP_DESTINATION,
  PROP_GATEWAY,
  PROP_METRIC,
  PROP_TABLE,
  PROP_SCOPE,
  PROP_MTU,
  PROP_ADVMSS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
fairlead_route_finalize (GObject *object)
{
  FairleadRoute *self = FAIRLEAD_ROUTE (object);

  g_clear_object (&self->destination);
  g_clear_object (&self->gateway);

  G_OBJECT_CLASS (fairlead_route_parent_class)->finalize (object);
}

static void
fairlead_route_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  FairleadRoute *self = FAIRLEAD_ROUTE (object);

  switch (property_id)
    {
    case PROP_ROUTE_TYPE:
      g_value_set_enum (value, self->route_type);
      break;
    case PROP_DESTINATION:
      g_value_set_object (value, self->destination);
      break;
    case PROP_GATEWAY:
      g_value_set_object (value, self->gateway);
      break;
    case PROP_METRIC:
      g_value_set_uint (value, self->metric);
      break;
    case PROP_TABLE:
      g_value_set_uint (value, self->table);
      break;
    case PROP_SCOPE:
      g_value_set_int (value, self->scope);
      break;
    case PROP_MTU:
      g_value_set_uint (value, self->mtu);
      break;
    case PROP_ADVMSS:
      g_value_set_uint (value, self->advmss);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_route_set_property (GObject      *object,
                             guint         property_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  FairleadRoute *self = FAIRLEAD_ROUTE (object);

  switch (property_id)
    {
    case PROP_ROUTE_TYPE:
      self->route_type = (FairleadRouteType) g_value_get_enum (value);
      break;
    case PROP_DESTINATION:
      self->destination = g_value_dup_object (value);
      break;
    case PROP_GATEWAY:
      self->gateway = g_value_dup_object (value);
      break;
    case PROP_METRIC:
      self->metric = g_value_get_uint (value);
      break;
    case PROP_TABLE:
      self->table = g_value_get_uint (value);
      break;
    case PROP_SCOPE:
      self->scope = g_value_get_int (value);
      break;
    case PROP_MTU:
      self->mtu = g_value_get_uint (value);
      break;
    case PROP_ADVMSS:
      self->advmss = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_route_install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * FairleadRoute:route-type:
   *
   * What becomes of the packets.
   *
   * Since: 1.0
   */
  properties[PROP_ROUTE_TYPE] = g_param_spec_enum ("route-type", NULL, NULL, FAIRLEAD_TYPE_ROUTE_TYPE,
                                                   FAIRLEAD_ROUTE_TYPE_UNICAST, flags);

  /**
   * FairleadRoute:destination:
   *
   * The network that the route leads to; `0.0.0.0/0` and `::/0` are default routes. Required.
   *
   * Since: 1.0
   */
  properties[PROP_DESTINATION] = g_param_spec_object ("destination", NULL, NULL, G_TYPE_INET_ADDRESS_MASK, flags);

  /**
   * FairleadRoute:gateway:
   *
   * The next hop; %NULL if the destination is reached directly, or not at all.
   *
   * Since: 1.0
   */
  properties[PROP_GATEWAY] = g_param_spec_object ("gateway", NULL, NULL, G_TYPE_INET_ADDRESS, flags);

  /**
   * FairleadRoute:metric:
   *
   * Of several routes to one destination, the one with the lowest metric is taken; 0 leaves it to the kernel.
   *
   * Since: 1.0
   */
  properties[PROP_METRIC] = g_param_spec_uint ("metric", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * FairleadRoute:table:
   *
   * The number of the routing table; 0 is the main table.
   *
   * Since: 1.0
   */
  properties[PROP_TABLE] = g_param_spec_uint ("table", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * FairleadRoute:scope:
   *
   * The kernel's number of the route's scope, 0 to 255, for example 253 for `link`; -1 leaves it to the kernel.
   *
   * Since: 1.0
   */
  properties[PROP_SCOPE] = g_param_spec_int ("scope", NULL, NULL, -1, 255, -1, flags);

  /**
   * FairleadRoute:mtu:
   *
   * The largest packet on the route in bytes; 0 leaves it to the interface.
   *
   * Since: 1.0
   */
  properties[PROP_MTU] = g_param_spec_uint ("mtu", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * FairleadRoute:advmss:
   *
   * The largest TCP segment to advertise on the route in bytes; 0 leaves it to the kernel.
   *
   * Since: 1.0
   */
  properties[PROP_ADVMSS] = g_param_spec_uint ("advmss", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_route_class_init (FairleadRouteClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = fairlead_route_finalize;
  object_class->get_property = fairlead_route_get_property;
  object_class->set_property = fairlead_route_set_property;

  fairlead_route_install_properties (object_class);
}

static void
fairlead_route_init (FairleadRoute *self)
{
}

/**
 * fairlead_route_new:
 * @destination: the network that the route leads to
 * @gateway: (nullable): the next hop, or %NULL if the destination is reached directly
 * @metric: the metric, or 0 to leave it to the kernel
 *
 * Creates a route.
 *
 * Returns: (transfer full): a new route
 *
 * Since: 1.0
 */
FairleadRoute *
fairlead_route_new (GInetAddressMask *destination,
                    GInetAddress     *gateway,
                    guint             metric)
{
  g_return_val_if_fail (G_IS_INET_ADDRESS_MASK (destination), NULL);
  g_return_val_if_fail (gateway == NULL || G_IS_INET_ADDRESS (gateway), NULL);

  return g_object_new (FAIRLEAD_TYPE_ROUTE,
                       "destination", destination,
                       "gateway", gateway,
                       "metric", metric,
                       NULL);
}

/**
 * fairlead_route_new_for_type:
 * @type: what becomes of the packets
 * @destination: the network that they would go to
 * @metric: the metric, or 0 to leave it to the kernel
 *
 * Creates a route without a gateway, such as one that leads nowhere.
 *
 * Returns: (transfer full): a new route
 *
 * Since: 1.0
 */
FairleadRoute *
fairlead_route_new_for_type (FairleadRouteType  type,
                             GInetAddressMask  *destination,
                             guint              metric)
{
  g_return_val_if_fail (G_IS_INET_ADDRESS_MASK (destination), NULL);

  return g_object_new (FAIRLEAD_TYPE_ROUTE,
                       "route-type", type,
                       "destination", destination,
                       "metric", metric,
                       NULL);
}

/**
 * fairlead_route_get_route_type:
 * @self: a route
 *
 * Gets what becomes of the packets that the route is chosen for.
 *
 * Returns: the type
 *
 * Since: 1.0
 */
FairleadRouteType
fairlead_route_get_route_type (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), FAIRLEAD_ROUTE_TYPE_UNICAST);

  return self->route_type;
}

/**
 * fairlead_route_get_destination:
 * @self: a route
 *
 * Gets the network that the route leads to.
 *
 * Returns: (transfer none): the destination
 *
 * Since: 1.0
 */
GInetAddressMask *
fairlead_route_get_destination (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), NULL);

  return self->destination;
}

/**
 * fairlead_route_get_gateway:
 * @self: a route
 *
 * Gets the next hop.
 *
 * Returns: (nullable) (transfer none): the gateway, or %NULL if the destination is reached directly
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_route_get_gateway (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), NULL);

  return self->gateway;
}

/**
 * fairlead_route_get_metric:
 * @self: a route
 *
 * Gets the route's metric.
 *
 * Returns: the metric, or 0 if it is left to the kernel
 *
 * Since: 1.0
 */
guint
fairlead_route_get_metric (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), 0);

  return self->metric;
}

/**
 * fairlead_route_get_table:
 * @self: a route
 *
 * Gets the routing table that the route is in.
 *
 * Returns: the table's number, or 0 for the main table
 *
 * Since: 1.0
 */
guint
fairlead_route_get_table (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), 0);

  return self->table;
}

/**
 * fairlead_route_get_scope:
 * @self: a route
 *
 * Gets the route's scope.
 *
 * Returns: the scope, 0 to 255, or -1 if it is left to the kernel
 *
 * Since: 1.0
 */
int
fairlead_route_get_scope (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), -1);

  return self->scope;
}

/**
 * fairlead_route_get_mtu:
 * @self: a route
 *
 * Gets the route's MTU.
 *
 * Returns: the largest packet in bytes, or 0 if it is left to the interface
 *
 * Since: 1.0
 */
guint
fairlead_route_get_mtu (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), 0);

  return self->mtu;
}

/**
 * fairlead_route_get_advmss:
 * @self: a route
 *
 * Gets the largest TCP segment to advertise on the route.
 *
 * Returns: the size in bytes, or 0 if it is left to the kernel
 *
 * Since: 1.0
 */
guint
fairlead_route_get_advmss (FairleadRoute *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ROUTE (self), 0);

  return self->advmss;
}
