/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-interface-address.h>
#include <fairlead/fairlead-interface.h>

#include <string.h>

/**
 * FairleadInterfaceAddress:
 *
 * An address of an interface, with the length of its network's prefix and the network's gateway. Immutable.
 *
 * [class@Gio.InetAddressMask] cannot express it, since that refuses bits beyond the prefix, as in `10.88.0.5/16`.
 *
 * It is immutable, and can be used from any thread.
 *
 * Since: 1.0
 */
struct _FairleadInterfaceAddress
{
  GObject       parent_instance;

  char         *interface_name;
  GInetAddress *address;
  GInetAddress *gateway;
  guint         prefix_length;
};

G_DEFINE_FINAL_TYPE (FairleadInterfaceAddress, fairlead_interface_address, G_TYPE_OBJECT)

enum
{
  PROP_INTERFACE_NAME = 1,
  PROP_ADDRESS,
  PROP_PREFIX_LENGTH,
  PROP_GATEWAY,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static guint
fairlead_interface_address_get_bits (GInetAddress *address)
{
  return 8 * g_inet_address_get_native_size (address);
}

static GInetAddress *
fairlead_interface_address_parse_gateway (const char  *text,
                                          GError     **error)
{
  GInetAddress *gateway = g_inet_address_new_from_string (text);

  if (gateway == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                 "Gateway \"%s\" is not an IP address", text);
  return gateway;
}

static GInetAddress *
fairlead_interface_address_parse_cidr (const char  *cidr,
                                       guint       *prefix_length,
                                       GError     **error)
{
  const char *slash = strchr (cidr, '/');
  g_autofree char *text = NULL;
  g_autoptr(GInetAddress) address = NULL;
  guint64 length;

  if (slash == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Address \"%s\" lacks its prefix length; write ADDRESS/LENGTH", cidr);
      return NULL;
    }

  text = g_strndup (cidr, slash - cidr);
  address = g_inet_address_new_from_string (text);
  if (address == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Address \"%s\": \"%s\" is not an IP address", cidr, text);
      return NULL;
    }

  if (!g_ascii_string_to_unsigned (slash + 1, 10, 0, fairlead_interface_address_get_bits (address), &length, NULL))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Address \"%s\": prefix length \"%s\" is not a number from 0 to %u",
                   cidr, slash + 1, fairlead_interface_address_get_bits (address));
      return NULL;
    }

  *prefix_length = length;
  return g_steal_pointer (&address);
}

static void
fairlead_interface_address_finalize (GObject *object)
{
  FairleadInterfaceAddress *self = FAIRLEAD_INTERFACE_ADDRESS (object);

  g_free (self->interface_name);
  g_clear_object (&self->address);
  g_clear_object (&self->gateway);

  G_OBJECT_CLASS (fairlead_interface_address_parent_class)->finalize (object);
}

static void
fairlead_interface_address_get_property (GObject    *object,
                                         guint       property_id,
                                         GValue     *value,
                                         GParamSpec *pspec)
{
  FairleadInterfaceAddress *self = FAIRLEAD_INTERFACE_ADDRESS (object);

  switch (property_id)
    {
    case PROP_INTERFACE_NAME:
      g_value_set_string (value, self->interface_name);
      break;
    case PROP_ADDRESS:
      g_value_set_object (value, self->address);
      break;
    case PROP_PREFIX_LENGTH:
      g_value_set_uint (value, self->prefix_length);
      break;
    case PROP_GATEWAY:
      g_value_set_object (value, self->gateway);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_interface_address_set_property (GObject      *object,
                                         guint         property_id,
                                         const GValue *value,
                                         GParamSpec   *pspec)
{
  FairleadInterfaceAddress *self = FAIRLEAD_INTERFACE_ADDRESS (object);

  switch (property_id)
    {
    case PROP_INTERFACE_NAME:
      self->interface_name = g_value_dup_string (value);
      break;
    case PROP_ADDRESS:
      self->address = g_value_dup_object (value);
      break;
    case PROP_PREFIX_LENGTH:
      self->prefix_length = g_value_get_uint (value);
      break;
    case PROP_GATEWAY:
      self->gateway = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_interface_address_class_init (FairleadInterfaceAddressClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = fairlead_interface_address_finalize;
  object_class->get_property = fairlead_interface_address_get_property;
  object_class->set_property = fairlead_interface_address_set_property;

  /**
   * FairleadInterfaceAddress:interface-name:
   *
   * The name of the interface that has the address; %NULL if it is not known.
   *
   * Since: 1.0
   */
  properties[PROP_INTERFACE_NAME] = g_param_spec_string ("interface-name", NULL, NULL, NULL, flags);

  /**
   * FairleadInterfaceAddress:address:
   *
   * The address. Required.
   *
   * Since: 1.0
   */
  properties[PROP_ADDRESS] = g_param_spec_object ("address", NULL, NULL, G_TYPE_INET_ADDRESS, flags);

  /**
   * FairleadInterfaceAddress:prefix-length:
   *
   * The length of the network's prefix in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
   *
   * Since: 1.0
   */
  properties[PROP_PREFIX_LENGTH] = g_param_spec_uint ("prefix-length", NULL, NULL, 0, 128, 0, flags);

  /**
   * FairleadInterfaceAddress:gateway:
   *
   * The gateway of the address's network; %NULL if it has none. That of an IPv4 network may have an IPv6 address
   * (RFC 5549).
   *
   * Since: 1.0
   */
  properties[PROP_GATEWAY] = g_param_spec_object ("gateway", NULL, NULL, G_TYPE_INET_ADDRESS, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_interface_address_init (FairleadInterfaceAddress *self)
{
}

/**
 * fairlead_interface_address_new:
 * @interface_name: (nullable): the name of the interface, which must be a valid one, or %NULL if it is not known
 * @address: the address
 * @prefix_length: the length of the network's prefix in bits, at most that of the address
 * @gateway: (nullable): the network's gateway, or %NULL if it has none
 *
 * Creates an interface address.
 *
 * Returns: (transfer full): a new interface address
 *
 * Since: 1.0
 */
FairleadInterfaceAddress *
fairlead_interface_address_new (const char   *interface_name,
                                GInetAddress *address,
                                guint         prefix_length,
                                GInetAddress *gateway)
{
  g_return_val_if_fail (interface_name == NULL || fairlead_interface_name_is_valid (interface_name), NULL);
  g_return_val_if_fail (G_IS_INET_ADDRESS (address), NULL);
  g_return_val_if_fail (prefix_length <= fairlead_interface_address_get_bits (address), NULL);
  g_return_val_if_fail (gateway == NULL || G_IS_INET_ADDRESS (gateway), NULL);

  return g_object_new (FAIRLEAD_TYPE_INTERFACE_ADDRESS,
                       "interface-name", interface_name,
                       "address", address,
                       "prefix-length", prefix_length,
                       "gateway", gateway,
                       NULL);
}

/**
 * fairlead_interface_address_new_from_string:
 * @interface_name: (nullable): the name of the interface, or %NULL if it is not known
 * @cidr: the address and its prefix length, for example `10.88.0.5/16`
 * @gateway: (nullable): the network's gateway, or %NULL if it has none
 * @error: return location for an error
 *
 * Creates an interface address from text. Malformed text is %FAIRLEAD_ERROR_INVALID_ARGUMENT.
 *
 * Returns: (transfer full): a new interface address, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadInterfaceAddress *
fairlead_interface_address_new_from_string (const char  *interface_name,
                                            const char  *cidr,
                                            const char  *gateway,
                                            GError     **error)
{
  g_autoptr(GInetAddress) address = NULL;
  g_autoptr(GInetAddress) gateway_address = NULL;
  guint prefix_length;

  g_return_val_if_fail (cidr != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!g_utf8_validate (cidr, -1, NULL) || (gateway != NULL && !g_utf8_validate (gateway, -1, NULL)))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                           "Address: the text is not UTF-8");
      return NULL;
    }

  if (interface_name != NULL && !fairlead_interface_name_is_valid (interface_name))
    {
      g_autofree char *shown = g_utf8_make_valid (interface_name, -1);

      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Address \"%s\": \"%s\" cannot be the name of an interface", cidr, shown);
      return NULL;
    }

  address = fairlead_interface_address_parse_cidr (cidr, &prefix_length, error);
  if (address == NULL)
    return NULL;

  if (gateway != NULL)
    {
      gateway_address = fairlead_interface_address_parse_gateway (gateway, error);
      if (gateway_address == NULL)
        {
          g_prefix_error (error, "Address \"%s\": ", cidr);
          return NULL;
        }
    }

  return fairlead_interface_address_new (interface_name, address, prefix_length, gateway_address);
}

/**
 * fairlead_interface_address_to_string:
 * @self: an interface address
 *
 * Gets the address and its prefix length as text, for example `10.88.0.5/16`.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
fairlead_interface_address_to_string (FairleadInterfaceAddress *self)
{
  g_autofree char *address = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (self), NULL);
  g_return_val_if_fail (self->address != NULL, NULL);

  address = g_inet_address_to_string (self->address);
  return g_strdup_printf ("%s/%u", address, self->prefix_length);
}

/**
 * fairlead_interface_address_get_interface_name:
 * @self: an interface address
 *
 * Gets the name of the interface that has the address.
 *
 * Returns: (nullable) (transfer none): the name, or %NULL if it is not known
 *
 * Since: 1.0
 */
const char *
fairlead_interface_address_get_interface_name (FairleadInterfaceAddress *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (self), NULL);

  return self->interface_name;
}

/**
 * fairlead_interface_address_get_address:
 * @self: an interface address
 *
 * Gets the address alone.
 *
 * Returns: (transfer none): the address
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_interface_address_get_address (FairleadInterfaceAddress *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (self), NULL);

  return self->address;
}

/**
 * fairlead_interface_address_get_prefix_length:
 * @self: an interface address
 *
 * Gets the length of the network's prefix.
 *
 * Returns: the length in bits: 0 to 32 for IPv4, 0 to 128 for IPv6
 *
 * Since: 1.0
 */
guint
fairlead_interface_address_get_prefix_length (FairleadInterfaceAddress *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (self), 0);

  return self->prefix_length;
}

/**
 * fairlead_interface_address_get_gateway:
 * @self: an interface address
 *
 * Gets the gateway of the address's network.
 *
 * Returns: (nullable) (transfer none): the gateway, or %NULL if the network has none
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_interface_address_get_gateway (FairleadInterfaceAddress *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (self), NULL);

  return self->gateway;
}

/**
 * fairlead_inet_address_nth:
 * @network: a network
 * @number: which address of it
 *
 * Gets an address of a network by its number: 2 of 10.0.2.0/24 is 10.0.2.2, and 100 of fd00::/64 is fd00::64.
 *
 * Returns: (transfer full) (nullable): the address, or %NULL if the network has not so many
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_inet_address_nth (GInetAddressMask *network,
                           guint             number)
{
  GInetAddress *base;
  gsize size;
  guint n_bits;
  g_autofree guint8 *bytes = NULL;
  guint32 last;

  g_return_val_if_fail (G_IS_INET_ADDRESS_MASK (network), NULL);

  base = g_inet_address_mask_get_address (network);
  size = g_inet_address_get_native_size (base);
  n_bits = size * 8 - g_inet_address_mask_get_length (network);
  if (n_bits < 32 && number >> n_bits != 0)
    return NULL;

  /* The bits of the host are zero in a mask, so nothing is carried over. */
  bytes = g_memdup2 (g_inet_address_to_bytes (base), size);
  memcpy (&last, bytes + size - sizeof last, sizeof last);
  last |= g_htonl (number);
  memcpy (bytes + size - sizeof last, &last, sizeof last);
  return g_inet_address_new_from_bytes (bytes, g_inet_address_get_family (base));
}
