/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "move-network.h"

struct _MoveNetwork
{
  FairleadNetwork parent_instance;

  char  *host_interface;
  char **addresses; /* (nullable) */
  char  *gateway;
};

G_DEFINE_FINAL_TYPE (MoveNetwork, move_network, FAIRLEAD_TYPE_NETWORK)

enum
{
  PROP_HOST_INTERFACE = 1,
  PROP_ADDRESSES,
  PROP_GATEWAY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
move_network_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  MoveNetwork *self = MOVE_NETWORK (object);

  switch (prop_id)
    {
    case PROP_HOST_INTERFACE:
      g_free (self->host_interface);
      self->host_interface = g_value_dup_string (value);
      break;
    case PROP_ADDRESSES:
      g_strfreev (self->addresses);
      self->addresses = g_value_dup_boxed (value);
      break;
    case PROP_GATEWAY:
      g_free (self->gateway);
      self->gateway = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
move_network_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  MoveNetwork *self = MOVE_NETWORK (object);

  switch (prop_id)
    {
    case PROP_HOST_INTERFACE:
      g_value_set_string (value, self->host_interface);
      break;
    case PROP_ADDRESSES:
      g_value_set_boxed (value, self->addresses);
      break;
    case PROP_GATEWAY:
      g_value_set_string (value, self->gateway);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
move_network_finalize (GObject *object)
{
  MoveNetwork *self = MOVE_NETWORK (object);

  g_free (self->host_interface);
  g_strfreev (self->addresses);
  g_free (self->gateway);

  G_OBJECT_CLASS (move_network_parent_class)->finalize (object);
}

/* Each value by itself is of its type; this looks at what they say. It is asked when a file is read, and again with the
 * options of a request, so `fairlead config check` finds a mistake as well as a setup does. The interface may be
 * missing: a request can name it. */
static gboolean
move_network_check (FairleadNetwork  *network,
                    GError          **error)
{
  MoveNetwork *self = MOVE_NETWORK (network);

  if (!FAIRLEAD_NETWORK_CLASS (move_network_parent_class)->check (network, error))
    return FALSE;
  if (*self->gateway != '\0')
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->gateway);

      if (address == NULL)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                       "gateway: \"%s\" is not an IP address", self->gateway);
          return FALSE;
        }
    }
  for (const char * const *text = move_network_get_addresses (self); *text != NULL; text++)
    {
      g_autoptr (FairleadInterfaceAddress) address =
        fairlead_interface_address_new_from_string (NULL, *text, NULL, error);

      if (address == NULL)
        {
          g_prefix_error (error, "addresses: ");
          return FALSE;
        }
    }
  return TRUE;
}

/* CONFIG makes a property a key, REQUEST lets a request override it (--network NAME:KEY=VALUE), and CONSTRUCT makes the
 * declared default count. Core reads the text, checks type and range, and shows the description to operators. */
#define KEY (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG | \
             FAIRLEAD_PARAM_REQUEST)

static void
move_network_class_init (MoveNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = move_network_set_property;
  object_class->get_property = move_network_get_property;
  object_class->finalize = move_network_finalize;
  FAIRLEAD_NETWORK_CLASS (klass)->check = move_network_check;

  props[PROP_HOST_INTERFACE] =
    g_param_spec_string ("host-interface", NULL, "The host's interface that the container gets", "", KEY);
  props[PROP_ADDRESSES] =
    g_param_spec_boxed ("addresses", NULL, "Addresses inside the container, each with its prefix length", G_TYPE_STRV,
                        KEY);
  props[PROP_GATEWAY] =
    g_param_spec_string ("gateway", NULL, "The next hop of the container's default route; empty for none", "", KEY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
move_network_init (MoveNetwork *self)
{
}

const char *
move_network_get_host_interface (MoveNetwork *self)
{
  return self->host_interface;
}

const char * const *
move_network_get_addresses (MoveNetwork *self)
{
  static const char * const none[] = { NULL };

  return self->addresses != NULL ? (const char * const *) self->addresses : none;
}

const char *
move_network_get_gateway (MoveNetwork *self)
{
  return self->gateway;
}
