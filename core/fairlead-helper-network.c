/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-helper-network.h>

/**
 * FairleadHelperNetwork:
 *
 * A network of a [class@Fairlead.HelperBackend]: a program makes it for each container.
 *
 * It has the key `port-forwarder`. A backend whose networks are of a subclass of this one gets published ports from
 * [class@Fairlead.HelperBackend] where that key says `native`, and publishes them by its program otherwise.
 *
 * Like any network it is not changed any more once it was given, and can then be used from any thread.
 *
 * Since: 1.0
 */

typedef struct
{
  FairleadPortForwarder port_forwarder;
} FairleadHelperNetworkPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (FairleadHelperNetwork, fairlead_helper_network, FAIRLEAD_TYPE_NETWORK)

enum
{
  PROP_PORT_FORWARDER = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* Modules are compiled with it. */
G_STATIC_ASSERT (sizeof (FairleadHelperNetworkClass) == sizeof (FairleadNetworkClass) + 8 * sizeof (gpointer));

static void
fairlead_helper_network_get_property (GObject    *object,
                                      guint       prop_id,
                                      GValue     *value,
                                      GParamSpec *pspec)
{
  FairleadHelperNetworkPrivate *priv =
    fairlead_helper_network_get_instance_private (FAIRLEAD_HELPER_NETWORK (object));

  switch (prop_id)
    {
    case PROP_PORT_FORWARDER:
      g_value_set_enum (value, priv->port_forwarder);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_helper_network_set_property (GObject      *object,
                                      guint         prop_id,
                                      const GValue *value,
                                      GParamSpec   *pspec)
{
  FairleadHelperNetworkPrivate *priv =
    fairlead_helper_network_get_instance_private (FAIRLEAD_HELPER_NETWORK (object));

  switch (prop_id)
    {
    case PROP_PORT_FORWARDER:
      priv->port_forwarder = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_helper_network_class_init (FairleadHelperNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fairlead_helper_network_get_property;
  object_class->set_property = fairlead_helper_network_set_property;

  /**
   * FairleadHelperNetwork:port-forwarder: (getter get_port_forwarder)
   *
   * Who passes connections to published ports on: the program that makes the network, or one of Fairlead's own.
   *
   * Since: 1.0
   */
  props[PROP_PORT_FORWARDER] =
    g_param_spec_enum ("port-forwarder", "Port forwarder", "who passes connections to published ports on: the program "
                       "that makes the network, or one of Fairlead's own", FAIRLEAD_TYPE_PORT_FORWARDER,
                       FAIRLEAD_PORT_FORWARDER_BACKEND,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG |
                       FAIRLEAD_PARAM_REQUEST);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_helper_network_init (FairleadHelperNetwork *self)
{
}

/**
 * fairlead_helper_network_get_port_forwarder:
 * @self: a network
 *
 * Gets who passes connections to published ports on.
 *
 * Returns: the forwarder
 *
 * Since: 1.0
 */
FairleadPortForwarder
fairlead_helper_network_get_port_forwarder (FairleadHelperNetwork *self)
{
  FairleadHelperNetworkPrivate *priv = fairlead_helper_network_get_instance_private (self);

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_NETWORK (self), FAIRLEAD_PORT_FORWARDER_BACKEND);

  return priv->port_forwarder;
}
