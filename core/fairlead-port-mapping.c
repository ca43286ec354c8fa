/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-port-mapping.h>

#include <string.h>

#define MAX_PORT 65535

/**
 * FairleadPortMapping:
 *
 * Ports of the host that lead to ports of a container. Immutable.
 *
 * A mapping covers one port or a range: [property@Fairlead.PortMapping:length] ports from
 * [property@Fairlead.PortMapping:host-port] upwards lead, one by one, to as many from
 * [property@Fairlead.PortMapping:container-port] upwards.
 *
 * It is immutable, and can be used from any thread.
 *
 * Since: 1.0
 */
struct _FairleadPortMapping
{
  GObject           parent_instance;

  GInetAddress     *host_address;
  FairleadProtocol  protocol;
  guint             host_port;
  guint             container_port;
  guint             length;
};

G_DEFINE_FINAL_TYPE (FairleadPortMapping, fairlead_port_mapping, G_TYPE_OBJECT)

enum
{
  PROP_PROTOCOL = 1,
  PROP_HOST_ADDRESS,
  PROP_HOST_PORT,
  PROP_CONTAINER_PORT,
  PROP_LENGTH,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static gboolean
fairlead_port_mapping_parse_port (const char  *text,
                                  guint       *port,
                                  GError     **error)
{
  guint64 number;

  /* A leading zero is refused as well: some programs would read the number as octal. */
  if (*text == '0' || !g_ascii_string_to_unsigned (text, 10, 1, MAX_PORT, &number, NULL))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "\"%s\" is not a port number from 1 to %d", text, MAX_PORT);
      return FALSE;
    }

  *port = number;
  return TRUE;
}

/* Reads PORT or FIRST-LAST. */
static gboolean
fairlead_port_mapping_parse_range (const char  *text,
                                   guint       *first,
                                   guint       *length,
                                   GError     **error)
{
  g_auto(GStrv) ends = g_strsplit (text, "-", 2);
  guint last;

  /* g_strsplit() makes no element at all of an empty text. */
  if (!fairlead_port_mapping_parse_port (ends[0] != NULL ? ends[0] : "", first, error))
    return FALSE;

  last = *first;
  if (ends[1] != NULL && !fairlead_port_mapping_parse_port (ends[1], &last, error))
    return FALSE;

  if (last < *first)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the range %s is reversed; write %u-%u", text, last, *first);
      return FALSE;
    }

  *length = last - *first + 1;
  return TRUE;
}

static gboolean
fairlead_port_mapping_parse_protocol (const char        *text,
                                      FairleadProtocol  *protocol,
                                      GError           **error)
{
  g_autoptr(GEnumClass) enum_class = g_type_class_ref (FAIRLEAD_TYPE_PROTOCOL);
  const GEnumValue *value = g_enum_get_value_by_nick (enum_class, text);

  if (value == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "protocol \"%s\" is none of tcp, udp and sctp", text);
      return FALSE;
    }

  *protocol = value->value;
  return TRUE;
}

static GInetAddress *
fairlead_port_mapping_parse_host_address (const char     *text,
                                          GSocketFamily   family,
                                          GError        **error)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (text);

  if (address != NULL && g_inet_address_get_family (address) == family)
    return g_steal_pointer (&address);

  if (address != NULL && family == G_SOCKET_FAMILY_IPV4)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                 "an IPv6 host address needs brackets; write [%s]:", text);
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                 "host address \"%s\" is not an %s address", text,
                 family == G_SOCKET_FAMILY_IPV4 ? "IPv4" : "IPv6");
  return NULL;
}

/* No host has an address that is a group's or everybody's, so that nothing would ever come to it. */
static gboolean
fairlead_port_mapping_check_host_address (GInetAddress  *address,
                                          GError       **error)
{
  static const guint8 broadcast[] = { 255, 255, 255, 255 };
  g_autofree char *text = NULL;

  if (address == NULL ||
      !(g_inet_address_get_is_multicast (address) ||
        (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 &&
         memcmp (g_inet_address_to_bytes (address), broadcast, sizeof broadcast) == 0)))
    return TRUE;

  text = g_inet_address_to_string (address);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "host address %s is not one that a host can have", text);
  return FALSE;
}

/* Takes `HOSTIP:` off @text and moves @ports behind it. */
static gboolean
fairlead_port_mapping_split_host_address (char          *text,
                                          char         **ports,
                                          GInetAddress **address,
                                          GError       **error)
{
  char *container, *end;

  *ports = text;

  if (*text == '[')
    {
      end = strchr (text, ']');
      if (end == NULL || end[1] != ':')
        {
          g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                               "the bracket is not closed by \"]:\"");
          return FALSE;
        }

      *end = '\0';
      *ports = end + 2;
      *address = fairlead_port_mapping_parse_host_address (text + 1, G_SOCKET_FAMILY_IPV6, error);
      return *address != NULL;
    }

  /* The last two parts are ports; what stands before them, if anything, is the address. */
  container = strrchr (text, ':');
  end = container != NULL ? memrchr (text, ':', container - text) : NULL;
  if (end == NULL)
    return TRUE;

  *end = '\0';
  *ports = end + 1;
  *address = fairlead_port_mapping_parse_host_address (text, G_SOCKET_FAMILY_IPV4, error);
  return *address != NULL;
}

static FairleadPortMapping *
fairlead_port_mapping_parse (char    *text,
                             GError **error)
{
  g_autoptr(GInetAddress) host_address = NULL;
  FairleadProtocol protocol = FAIRLEAD_PROTOCOL_TCP;
  guint host_port, container_port, host_length, container_length;
  char *slash, *ports;
  g_auto(GStrv) parts = NULL;

  slash = strrchr (text, '/');
  if (slash != NULL)
    {
      *slash = '\0';
      if (!fairlead_port_mapping_parse_protocol (slash + 1, &protocol, error))
        return NULL;
    }

  if (!fairlead_port_mapping_split_host_address (text, &ports, &host_address, error))
    return NULL;

  parts = g_strsplit (ports, ":", -1);
  if (g_strv_length (parts) != 2)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                           "a host port and a container port are needed; "
                           "write [HOSTIP:]HOSTPORT:CONTAINERPORT[/PROTOCOL]");
      return NULL;
    }

  if (!fairlead_port_mapping_parse_range (parts[0], &host_port, &host_length, error) ||
      !fairlead_port_mapping_parse_range (parts[1], &container_port, &container_length, error))
    return NULL;

  if (host_length != container_length)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "%s has a length of %u and %s one of %u; both sides need the same length",
                   parts[0], host_length, parts[1], container_length);
      return NULL;
    }

  if (!fairlead_port_mapping_check_host_address (host_address, error))
    return NULL;

  return fairlead_port_mapping_new (protocol, host_address, host_port, container_port, host_length);
}

/* A mapping without an address takes the port on every address of both families. */
static gboolean
fairlead_port_mapping_host_addresses_conflict (GInetAddress *a,
                                               GInetAddress *b)
{
  if (a == NULL || b == NULL)
    return TRUE;
  if (g_inet_address_get_family (a) != g_inet_address_get_family (b))
    return FALSE;

  return g_inet_address_get_is_any (a) || g_inet_address_get_is_any (b) || g_inet_address_equal (a, b);
}

static gboolean
fairlead_port_mapping_validate_range (FairleadPortMapping  *self,
                                      const char           *side,
                                      guint                 first,
                                      GError              **error)
{
  const guint last = first + self->length - 1;
  g_autofree char *text = NULL;

  if (first >= 1 && last <= MAX_PORT)
    return TRUE;

  text = fairlead_port_mapping_to_string (self);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "Port mapping \"%s\": %s ports %u to %u are not within 1 to %d", text, side, first, last, MAX_PORT);
  return FALSE;
}

static void
fairlead_port_mapping_append_range (GString *string,
                                    guint    first,
                                    guint    length)
{
  g_string_append_printf (string, "%u", first);
  if (length != 1)
    g_string_append_printf (string, "-%u", first + length - 1);
}

static void
fairlead_port_mapping_finalize (GObject *object)
{
  FairleadPortMapping *self = FAIRLEAD_PORT_MAPPING (object);

  g_clear_object (&self->host_address);

  G_OBJECT_CLASS (fairlead_port_mapping_parent_class)->finalize (object);
}

static void
fairlead_port_mapping_get_property (GObject    *object,
                                    guint       property_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  FairleadPortMapping *self = FAIRLEAD_PORT_MAPPING (object);

  switch (property_id)
    {
    case PROP_PROTOCOL:
      g_value_set_enum (value, self->protocol);
      break;
    case PROP_HOST_ADDRESS:
      g_value_set_object (value, self->host_address);
      break;
    case PROP_HOST_PORT:
      g_value_set_uint (value, self->host_port);
      break;
    case PROP_CONTAINER_PORT:
      g_value_set_uint (value, self->container_port);
      break;
    case PROP_LENGTH:
      g_value_set_uint (value, self->length);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_port_mapping_set_property (GObject      *object,
                                    guint         property_id,
                                    const GValue *value,
                                    GParamSpec   *pspec)
{
  FairleadPortMapping *self = FAIRLEAD_PORT_MAPPING (object);

  switch (property_id)
    {
    case PROP_PROTOCOL:
      self->protocol = g_value_get_enum (value);
      break;
    case PROP_HOST_ADDRESS:
      self->host_address = g_value_dup_object (value);
      break;
    case PROP_HOST_PORT:
      self->host_port = g_value_get_uint (value);
      break;
    case PROP_CONTAINER_PORT:
      self->container_port = g_value_get_uint (value);
      break;
    case PROP_LENGTH:
      self->length = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_port_mapping_class_init (FairleadPortMappingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = fairlead_port_mapping_finalize;
  object_class->get_property = fairlead_port_mapping_get_property;
  object_class->set_property = fairlead_port_mapping_set_property;

  /**
   * FairleadPortMapping:protocol:
   *
   * The protocol whose ports are mapped.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] =
    g_param_spec_enum ("protocol", NULL, NULL, FAIRLEAD_TYPE_PROTOCOL, FAIRLEAD_PROTOCOL_TCP, flags);

  /**
   * FairleadPortMapping:host-address:
   *
   * The host's address that the ports are taken on; %NULL for all addresses, IPv4 and IPv6.
   *
   * Since: 1.0
   */
  properties[PROP_HOST_ADDRESS] = g_param_spec_object ("host-address", NULL, NULL, G_TYPE_INET_ADDRESS, flags);

  /**
   * FairleadPortMapping:host-port:
   *
   * The first port on the host, 1 to 65535. It must be given: a mapping with the default, 0, is not valid.
   *
   * Since: 1.0
   */
  properties[PROP_HOST_PORT] = g_param_spec_uint ("host-port", NULL, NULL, 0, MAX_PORT, 0, flags);

  /**
   * FairleadPortMapping:container-port:
   *
   * The first port in the container, 1 to 65535. It must be given: a mapping with the default, 0, is not valid.
   *
   * Since: 1.0
   */
  properties[PROP_CONTAINER_PORT] = g_param_spec_uint ("container-port", NULL, NULL, 0, MAX_PORT, 0, flags);

  /**
   * FairleadPortMapping:length:
   *
   * The number of ports, 1 to 65535.
   *
   * Since: 1.0
   */
  properties[PROP_LENGTH] = g_param_spec_uint ("length", NULL, NULL, 1, MAX_PORT, 1, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_port_mapping_init (FairleadPortMapping *self)
{
}

/**
 * fairlead_port_mapping_new:
 * @protocol: the protocol whose ports are mapped
 * @host_address: (nullable): the host's address that the ports are taken on, or %NULL for all addresses
 * @host_port: the first port on the host
 * @container_port: the first port in the container
 * @length: the number of ports, at least 1
 *
 * Creates a port mapping. Ports out of range are found by [method@Fairlead.PortMapping.validate].
 *
 * Returns: (transfer full): a new port mapping
 *
 * Since: 1.0
 */
FairleadPortMapping *
fairlead_port_mapping_new (FairleadProtocol  protocol,
                           GInetAddress     *host_address,
                           guint16           host_port,
                           guint16           container_port,
                           guint16           length)
{
  g_return_val_if_fail (host_address == NULL || G_IS_INET_ADDRESS (host_address), NULL);
  g_return_val_if_fail (length >= 1, NULL);

  return g_object_new (FAIRLEAD_TYPE_PORT_MAPPING,
                       "protocol", protocol,
                       "host-address", host_address,
                       "host-port", (guint) host_port,
                       "container-port", (guint) container_port,
                       "length", (guint) length,
                       NULL);
}

/**
 * fairlead_port_mapping_new_from_string:
 * @text: a port mapping as people write it
 * @error: return location for an error
 *
 * Creates a port mapping from `[HOSTIP:]HOSTPORT[-LAST]:CONTAINERPORT[-LAST][/PROTOCOL]`, for example `8080:80`,
 * `127.0.0.1:8000-8010:80-90` or `[::1]:5353:53/udp`.
 *
 * An IPv6 address stands in brackets. Both ranges have the same length. The protocol is `tcp`, which is the default,
 * `udp` or `sctp`. Anything else is %FAIRLEAD_ERROR_INVALID_ARGUMENT.
 *
 * Returns: (transfer full): a new port mapping, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadPortMapping *
fairlead_port_mapping_new_from_string (const char  *text,
                                       GError     **error)
{
  g_autofree char *copy = NULL;
  g_autoptr(FairleadPortMapping) self = NULL;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                           "Port mapping: the text is not UTF-8");
      return NULL;
    }

  copy = g_strdup (text);
  self = fairlead_port_mapping_parse (copy, error);
  if (self == NULL)
    g_prefix_error (error, "Port mapping \"%s\": ", text);

  return g_steal_pointer (&self);
}

/**
 * fairlead_port_mapping_to_string:
 * @self: a port mapping
 *
 * Gets the port mapping as text that [ctor@Fairlead.PortMapping.new_from_string] reads; the protocol is always
 * written, for example `127.0.0.1:8080:80/tcp`.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
fairlead_port_mapping_to_string (FairleadPortMapping *self)
{
  g_autoptr(GString) string = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), NULL);

  string = g_string_new (NULL);
  if (self->host_address != NULL)
    {
      g_autofree char *address = g_inet_address_to_string (self->host_address);
      gboolean is_ipv6 = g_inet_address_get_family (self->host_address) == G_SOCKET_FAMILY_IPV6;

      g_string_append_printf (string, is_ipv6 ? "[%s]:" : "%s:", address);
    }

  fairlead_port_mapping_append_range (string, self->host_port, self->length);
  g_string_append_c (string, ':');
  fairlead_port_mapping_append_range (string, self->container_port, self->length);
  g_string_append_printf (string, "/%s", fairlead_protocol_to_string (self->protocol));

  return g_string_free (g_steal_pointer (&string), FALSE);
}

/**
 * fairlead_port_mapping_get_protocol:
 * @self: a port mapping
 *
 * Gets the protocol whose ports are mapped.
 *
 * Returns: the protocol
 *
 * Since: 1.0
 */
FairleadProtocol
fairlead_port_mapping_get_protocol (FairleadPortMapping *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), FAIRLEAD_PROTOCOL_TCP);

  return self->protocol;
}

/**
 * fairlead_port_mapping_get_host_address:
 * @self: a port mapping
 *
 * Gets the host's address that the ports are taken on.
 *
 * Returns: (nullable) (transfer none): the address, or %NULL for all addresses, IPv4 and IPv6
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_port_mapping_get_host_address (FairleadPortMapping *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), NULL);

  return self->host_address;
}

/**
 * fairlead_port_mapping_get_host_port:
 * @self: a port mapping
 *
 * Gets the first port on the host.
 *
 * Returns: the port, 1 to 65535 in a valid mapping
 *
 * Since: 1.0
 */
guint
fairlead_port_mapping_get_host_port (FairleadPortMapping *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), 0);

  return self->host_port;
}

/**
 * fairlead_port_mapping_get_container_port:
 * @self: a port mapping
 *
 * Gets the first port in the container.
 *
 * Returns: the port, 1 to 65535 in a valid mapping
 *
 * Since: 1.0
 */
guint
fairlead_port_mapping_get_container_port (FairleadPortMapping *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), 0);

  return self->container_port;
}

/**
 * fairlead_port_mapping_get_length:
 * @self: a port mapping
 *
 * Gets the number of ports.
 *
 * Returns: the number, 1 to 65535
 *
 * Since: 1.0
 */
guint
fairlead_port_mapping_get_length (FairleadPortMapping *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), 0);

  return self->length;
}

/**
 * fairlead_port_mapping_validate:
 * @self: a port mapping
 * @error: return location for an error
 *
 * Checks that all ports on both sides are within 1 to 65535, and that the host address is one that a host can have. A
 * mapping that was made from properties may have others; one from text never has.
 *
 * Returns: %TRUE if the mapping is valid, %FALSE with %FAIRLEAD_ERROR_INVALID_ARGUMENT if not
 *
 * Since: 1.0
 */
gboolean
fairlead_port_mapping_validate (FairleadPortMapping  *self,
                                GError              **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return fairlead_port_mapping_check_host_address (self->host_address, error) &&
         fairlead_port_mapping_validate_range (self, "host", self->host_port, error) &&
         fairlead_port_mapping_validate_range (self, "container", self->container_port, error);
}

/**
 * fairlead_port_mapping_overlaps:
 * @self: a port mapping
 * @other: another one
 *
 * Whether both mappings want the same port of the host, so that only one of them can be had.
 *
 * No host address means all addresses of both IP versions, `0.0.0.0` all IPv4 addresses and `::` all IPv6 addresses.
 *
 * Returns: %TRUE if they want the same port
 *
 * Since: 1.0
 */
gboolean
fairlead_port_mapping_overlaps (FairleadPortMapping *self,
                                FairleadPortMapping *other)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (other), FALSE);

  return self->protocol == other->protocol &&
         self->host_port < other->host_port + other->length &&
         other->host_port < self->host_port + self->length &&
         fairlead_port_mapping_host_addresses_conflict (self->host_address, other->host_address);
}

/**
 * fairlead_port_mapping_equal:
 * @self: a port mapping
 * @other: another one
 *
 * Whether all properties of both mappings are equal.
 *
 * Returns: %TRUE if they are
 *
 * Since: 1.0
 */
gboolean
fairlead_port_mapping_equal (FairleadPortMapping *self,
                             FairleadPortMapping *other)
{
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (other), FALSE);

  if (self->protocol != other->protocol ||
      self->host_port != other->host_port ||
      self->container_port != other->container_port ||
      self->length != other->length)
    return FALSE;

  if (self->host_address == NULL || other->host_address == NULL)
    return self->host_address == other->host_address;

  return g_inet_address_equal (self->host_address, other->host_address);
}

/**
 * fairlead_protocol_to_string:
 * @protocol: a protocol
 *
 * Gets the name of a protocol as it stands in keyfiles and port mappings.
 *
 * Returns: (transfer none): `tcp`, `udp` or `sctp`
 *
 * Since: 1.0
 */
const char *
fairlead_protocol_to_string (FairleadProtocol protocol)
{
  switch (protocol)
    {
    case FAIRLEAD_PROTOCOL_TCP:
      return "tcp";
    case FAIRLEAD_PROTOCOL_UDP:
      return "udp";
    case FAIRLEAD_PROTOCOL_SCTP:
      return "sctp";
    default:
      g_return_val_if_reached ("unknown");
    }
}
