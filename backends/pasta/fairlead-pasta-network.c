/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-pasta-network.h"

#include <string.h>

/*
 * A network that pasta makes: a tap interface whose packets a process of the user turns into connections of the host's.
 * Every container has one of its own, with the same addresses; the network file or the request sets the options.
 */
struct _FairleadPastaNetwork
{
  FairleadHelperNetwork parent_instance;

  FairleadPastaKeys     keys; /* (owned) */
};

enum
{
  PROP_0,
  PROP_MTU,
  PROP_FAMILY,
  PROP_ADDRESSES,
  PROP_CIDR,
  PROP_CIDR6,
  PROP_GATEWAY,
  PROP_GATEWAY6,
  PROP_DISABLE_DNS,
  PROP_DNS_FORWARD,
  PROP_DNS_FORWARD6,
  PROP_MAP_HOST_LOOPBACK,
  PROP_MAP_HOST_LOOPBACK6,
  PROP_MAP_GUEST_ADDR,
  PROP_MAP_GUEST_ADDR6,
  PROP_TCP_PORTS,
  PROP_UDP_PORTS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (FairleadPastaNetwork, fairlead_pasta_network, FAIRLEAD_TYPE_HELPER_NETWORK)

/* What the kernel takes for a tap interface with IPv4, and the most that pasta reads at once. */
#define MIN_MTU     68
#define MAX_MTU     65520
#define DEFAULT_MTU 65520

/* The networks that a container has if none is set, and that slirp4netns has. The container is host number 100. */
#define DEFAULT_CIDR      "10.0.2.0/24"
#define DEFAULT_CIDR6     "fd00::/64"
#define MAX_PREFIX_LENGTH 25
/* pasta knows no other. */
#define PREFIX_LENGTH6    64

static GType
fairlead_pasta_family_get_type (void)
{
  static const GEnumValue values[] = {
    { FAIRLEAD_PASTA_FAMILY_AUTO, "FAIRLEAD_PASTA_FAMILY_AUTO", "auto" },
    { FAIRLEAD_PASTA_FAMILY_IPV4, "FAIRLEAD_PASTA_FAMILY_IPV4", "ipv4" },
    { FAIRLEAD_PASTA_FAMILY_IPV6, "FAIRLEAD_PASTA_FAMILY_IPV6", "ipv6" },
    { 0, NULL, NULL }
  };
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("FairleadPastaFamily", values));
  return type;
}

static GType
fairlead_pasta_addresses_get_type (void)
{
  static const GEnumValue values[] = {
    { FAIRLEAD_PASTA_ADDRESSES_PRIVATE, "FAIRLEAD_PASTA_ADDRESSES_PRIVATE", "private" },
    { FAIRLEAD_PASTA_ADDRESSES_HOST, "FAIRLEAD_PASTA_ADDRESSES_HOST", "host" },
    { 0, NULL, NULL }
  };
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("FairleadPastaAddresses", values));
  return type;
}

GSocketFamily
fairlead_pasta_family (int index)
{
  return index == FAIRLEAD_PASTA_IPV6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;
}

const char *
fairlead_pasta_family_to_string (int index)
{
  return index == FAIRLEAD_PASTA_IPV6 ? "IPv6" : "IPv4";
}

int
fairlead_pasta_family_index (GInetAddress *address)
{
  return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? FAIRLEAD_PASTA_IPV6 : FAIRLEAD_PASTA_IPV4;
}

/* Where the value of a key is kept that is an address, a network, or text. */
static gpointer
get_pointer (FairleadPastaNetwork *self,
             guint                 prop_id)
{
  FairleadPastaKeys *keys = &self->keys;

  switch (prop_id)
    {
    case PROP_CIDR:
    case PROP_CIDR6:
      return &keys->cidr[prop_id - PROP_CIDR];
    case PROP_GATEWAY:
    case PROP_GATEWAY6:
      return &keys->gateway[prop_id - PROP_GATEWAY];
    case PROP_DNS_FORWARD:
    case PROP_DNS_FORWARD6:
      return &keys->dns_forward[prop_id - PROP_DNS_FORWARD];
    case PROP_MAP_HOST_LOOPBACK:
    case PROP_MAP_HOST_LOOPBACK6:
      return &keys->map_host_loopback[prop_id - PROP_MAP_HOST_LOOPBACK];
    case PROP_MAP_GUEST_ADDR:
    case PROP_MAP_GUEST_ADDR6:
      return &keys->map_guest_addr[prop_id - PROP_MAP_GUEST_ADDR];
    case PROP_TCP_PORTS:
      return &keys->tcp_ports;
    case PROP_UDP_PORTS:
      return &keys->udp_ports;
    default:
      return NULL;
    }
}

static void
fairlead_pasta_network_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  FairleadPastaNetwork *self = FAIRLEAD_PASTA_NETWORK (object);
  gpointer pointer = get_pointer (self, prop_id);

  if (prop_id == PROP_MTU)
    g_value_set_uint (value, self->keys.mtu);
  else if (prop_id == PROP_FAMILY)
    g_value_set_enum (value, self->keys.family);
  else if (prop_id == PROP_ADDRESSES)
    g_value_set_enum (value, self->keys.addresses);
  else if (prop_id == PROP_DISABLE_DNS)
    g_value_set_boolean (value, self->keys.disable_dns);
  else if (pointer == NULL)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (G_IS_PARAM_SPEC_STRING (pspec))
    g_value_set_string (value, *(char **) pointer);
  else
    g_value_set_object (value, *(GObject **) pointer);
}

static void
fairlead_pasta_network_set_property (GObject      *object,
                                     guint         prop_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  FairleadPastaNetwork *self = FAIRLEAD_PASTA_NETWORK (object);
  gpointer pointer = get_pointer (self, prop_id);

  if (prop_id == PROP_MTU)
    self->keys.mtu = g_value_get_uint (value);
  else if (prop_id == PROP_FAMILY)
    self->keys.family = g_value_get_enum (value);
  else if (prop_id == PROP_ADDRESSES)
    self->keys.addresses = g_value_get_enum (value);
  else if (prop_id == PROP_DISABLE_DNS)
    self->keys.disable_dns = g_value_get_boolean (value);
  else if (pointer == NULL)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (G_IS_PARAM_SPEC_STRING (pspec))
    {
      g_free (*(char **) pointer);
      *(char **) pointer = g_value_dup_string (value);
    }
  else
    g_set_object ((GObject **) pointer, g_value_get_object (value));

  /* A key of this type has no default of its own. */
  if (prop_id == PROP_CIDR && self->keys.cidr[FAIRLEAD_PASTA_IPV4] == NULL)
    self->keys.cidr[FAIRLEAD_PASTA_IPV4] = g_inet_address_mask_new_from_string (DEFAULT_CIDR, NULL);
  if (prop_id == PROP_CIDR6 && self->keys.cidr[FAIRLEAD_PASTA_IPV6] == NULL)
    self->keys.cidr[FAIRLEAD_PASTA_IPV6] = g_inet_address_mask_new_from_string (DEFAULT_CIDR6, NULL);
}

static void
fairlead_pasta_network_finalize (GObject *object)
{
  FairleadPastaNetwork *self = FAIRLEAD_PASTA_NETWORK (object);

  for (guint i = PROP_CIDR; i <= PROP_MAP_GUEST_ADDR6; i++)
    if (i != PROP_DISABLE_DNS)
      g_clear_object ((GObject **) get_pointer (self, i));
  g_free (self->keys.tcp_ports);
  g_free (self->keys.udp_ports);

  G_OBJECT_CLASS (fairlead_pasta_network_parent_class)->finalize (object);
}

static gboolean
set_bad (GError     **error,
         const char  *key,
         const char  *text,
         const char  *wanted)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s: %s is not %s", key, text, wanted);
  return FALSE;
}

static gboolean
check_cidr (GInetAddressMask  *cidr,
            int                index,
            GError           **error)
{
  const guint length = g_inet_address_mask_get_length (cidr);
  g_autofree char *text = NULL;

  if (g_inet_address_mask_get_family (cidr) == fairlead_pasta_family (index) &&
      (index == FAIRLEAD_PASTA_IPV6 ? length == PREFIX_LENGTH6 : length >= 1 && length <= MAX_PREFIX_LENGTH))
    return TRUE;
  text = g_inet_address_mask_to_string (cidr);
  return index == FAIRLEAD_PASTA_IPV6
         ? set_bad (error, "cidr6", text, "an IPv6 network with a prefix length of 64, such as " DEFAULT_CIDR6)
         : set_bad (error, "cidr", text, "an IPv4 network with a prefix length of 1 to 25, such as " DEFAULT_CIDR);
}

gboolean
fairlead_pasta_is_host (GInetAddressMask *cidr,
                        GInetAddress     *address)
{
  const guint length = g_inet_address_mask_get_length (cidr);
  g_autoptr (GInetAddress) base = fairlead_inet_address_nth (cidr, 0);
  g_autoptr (GInetAddress) broadcast = NULL;

  if (!g_inet_address_mask_matches (cidr, address) || g_inet_address_equal (address, base))
    return FALSE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    return TRUE;
  broadcast = fairlead_inet_address_nth (cidr, G_MAXUINT32 >> length);
  return !g_inet_address_equal (address, broadcast);
}

/* pasta would make the network large enough for the gateway and the container. */
static gboolean
check_gateway (const FairleadPastaKeys  *keys,
               int                       index,
               GError                  **error)
{
  GInetAddress *gateway = keys->gateway[index];
  g_autofree char *text = NULL;

  if (gateway == NULL || keys->addresses == FAIRLEAD_PASTA_ADDRESSES_HOST ||
      fairlead_pasta_is_host (keys->cidr[index], gateway))
    return TRUE;
  text = g_inet_address_to_string (gateway);
  return index == FAIRLEAD_PASTA_IPV6 ? set_bad (error, "gateway6", text, "an address of a host in cidr6")
                                      : set_bad (error, "gateway", text, "an address of a host in cidr");
}

/* The keys of IPv4 and IPv6 alternate. */
static gboolean
check_address (FairleadPastaNetwork  *self,
               guint                  prop_id,
               int                    index,
               GError               **error)
{
  GInetAddress *address = *(GInetAddress **) get_pointer (self, prop_id);
  g_autofree char *text = NULL;

  if (address == NULL || (g_inet_address_get_family (address) == fairlead_pasta_family (index) &&
                          !g_inet_address_get_is_any (address) && !g_inet_address_get_is_loopback (address) &&
                          !g_inet_address_get_is_multicast (address)))
    return TRUE;
  text = g_inet_address_to_string (address);
  return set_bad (error, g_param_spec_get_name (props[prop_id]), text,
                  index == FAIRLEAD_PASTA_IPV6 ? "an IPv6 address that a machine can have"
                                               : "an IPv4 address that a machine can have");
}

static gboolean
check_addresses (FairleadPastaNetwork  *self,
                 GError               **error)
{
  static const guint firsts[] = { PROP_GATEWAY, PROP_DNS_FORWARD, PROP_MAP_HOST_LOOPBACK, PROP_MAP_GUEST_ADDR };

  for (gsize i = 0; i < G_N_ELEMENTS (firsts); i++)
    for (int index = 0; index < FAIRLEAD_PASTA_N_FAMILIES; index++)
      if (!check_address (self, firsts[i] + index, index, error))
        return FALSE;
  return TRUE;
}

/* It goes into an argument of its own, so pasta is the one to understand it; but an empty one would mean "auto". */
static gboolean
check_ports (const char  *key,
             const char  *text,
             GError     **error)
{
  static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:-~/%[]_";

  return text == NULL || *text == '\0' || text[strspn (text, allowed)] == '\0' ||
         set_bad (error, key, text, "a specification of ports for pasta(1)");
}

static gboolean
fairlead_pasta_network_check (FairleadNetwork  *network,
                              GError          **error)
{
  FairleadPastaNetwork *self = FAIRLEAD_PASTA_NETWORK (network);
  const FairleadPastaKeys *keys = &self->keys;

  return check_cidr (keys->cidr[FAIRLEAD_PASTA_IPV4], FAIRLEAD_PASTA_IPV4, error) &&
         check_cidr (keys->cidr[FAIRLEAD_PASTA_IPV6], FAIRLEAD_PASTA_IPV6, error) && check_addresses (self, error) &&
         check_gateway (keys, FAIRLEAD_PASTA_IPV4, error) && check_gateway (keys, FAIRLEAD_PASTA_IPV6, error) &&
         check_ports ("tcp-ports", keys->tcp_ports, error) && check_ports ("udp-ports", keys->udp_ports, error);
}

#define KEY (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG | FAIRLEAD_PARAM_REQUEST)

static GParamSpec *
param_spec_address (const char *name,
                    const char *blurb)
{
  return g_param_spec_object (name, NULL, blurb, G_TYPE_INET_ADDRESS, KEY);
}

static void
make_address_keys (void)
{
  props[PROP_CIDR] = g_param_spec_object ("cidr", NULL, "IPv4 network of a container with addresses=private, by default "
                                          DEFAULT_CIDR "; the container is host 100 of it unless the request has an ip, "
                                          "the gateway host 2, the DNS server host 3", G_TYPE_INET_ADDRESS_MASK, KEY);
  props[PROP_CIDR6] = g_param_spec_object ("cidr6", NULL, "the same for IPv6, by default " DEFAULT_CIDR6 "; the container "
                                           "is the address that ends in ::64", G_TYPE_INET_ADDRESS_MASK, KEY);
  props[PROP_GATEWAY] = param_spec_address ("gateway", "IPv4 gateway; unset, host 2 of cidr, or the host's own");
  props[PROP_GATEWAY6] = param_spec_address ("gateway6", "IPv6 gateway; unset, host 2 of cidr6, or the host's own");
  props[PROP_DNS_FORWARD] = param_spec_address ("dns-forward", "IPv4 address of the network's DNS server, which is the "
                                                "host's; unset, host 3 of cidr, or 169.254.1.1 with addresses=host");
  props[PROP_DNS_FORWARD6] = param_spec_address ("dns-forward6", "the same for IPv6; unset, there is one only where there "
                                                 "is no IPv4: host 3 of cidr6");
  props[PROP_MAP_HOST_LOOPBACK] = param_spec_address ("map-host-loopback", "IPv4 address that leads to servers on the "
                                                      "host's 127.0.0.1; unset, none does");
  props[PROP_MAP_HOST_LOOPBACK6] = param_spec_address ("map-host-loopback6", "IPv6 address that leads to servers on the "
                                                       "host's ::1; unset, none does");
  props[PROP_MAP_GUEST_ADDR] = param_spec_address ("map-guest-addr", "IPv4 address that leads to the host's own address, "
                                                   "for addresses=host, where that is the container's; unset, none does");
  props[PROP_MAP_GUEST_ADDR6] = param_spec_address ("map-guest-addr6", "the same for IPv6");
}

static void
fairlead_pasta_network_class_init (FairleadPastaNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fairlead_pasta_network_get_property;
  object_class->set_property = fairlead_pasta_network_set_property;
  object_class->finalize = fairlead_pasta_network_finalize;

  FAIRLEAD_NETWORK_CLASS (klass)->check = fairlead_pasta_network_check;

  props[PROP_MTU] = g_param_spec_uint ("mtu", NULL, "largest packet on the tap interface, in bytes", MIN_MTU, MAX_MTU,
                                       DEFAULT_MTU, KEY);
  props[PROP_FAMILY] = g_param_spec_enum ("family", NULL, "which addresses the container gets; auto: those for which the "
                                          "host has a default route", fairlead_pasta_family_get_type (),
                                          FAIRLEAD_PASTA_FAMILY_AUTO, KEY);
  props[PROP_ADDRESSES] = g_param_spec_enum ("addresses", NULL, "whether the container has addresses of a private network, "
                                             "or those of the host's interface with the default route",
                                             fairlead_pasta_addresses_get_type (), FAIRLEAD_PASTA_ADDRESSES_PRIVATE, KEY);
  make_address_keys ();
  props[PROP_DISABLE_DNS] = g_param_spec_boolean ("disable-dns", NULL, "whether the network is without a DNS server; with "
                                                  "it, the host's is reached, even on its loopback address", FALSE, KEY);
  props[PROP_TCP_PORTS] = g_param_spec_string ("tcp-ports", NULL, "TCP ports to publish besides those of the request, as "
                                               "pasta(1) wants them; \"auto\" publishes all on which a server listens",
                                               NULL, KEY);
  props[PROP_UDP_PORTS] = g_param_spec_string ("udp-ports", NULL, "the same for UDP", NULL, KEY);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_pasta_network_init (FairleadPastaNetwork *self)
{
}

const FairleadPastaKeys *
fairlead_pasta_network_get_keys (FairleadPastaNetwork *self)
{
  return &self->keys;
}

gboolean
fairlead_pasta_network_forwards (FairleadPastaNetwork *self)
{
  return fairlead_helper_network_get_port_forwarder (FAIRLEAD_HELPER_NETWORK (self)) == FAIRLEAD_PORT_FORWARDER_BACKEND;
}
