/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-network.h"

#include <string.h>

/*
 * A network that slirp4netns makes: a tap interface whose packets a process of the user turns into connections of the
 * host's. Every container has one of its own, with the same addresses; the network file or the request sets the options.
 */
struct _FairleadSlirpNetwork
{
  FairleadHelperNetwork parent_instance;

  guint     mtu;
  char     *cidr;
  gboolean  enable_ipv6;
  char     *outbound_addr;  /* (nullable) */
  char     *outbound_addr6; /* (nullable) */
  gboolean  allow_host_loopback;
  gboolean  disable_dns;
};

enum
{
  PROP_0,
  PROP_MTU,
  PROP_CIDR,
  PROP_ENABLE_IPV6,
  PROP_OUTBOUND_ADDR,
  PROP_OUTBOUND_ADDR6,
  PROP_ALLOW_HOST_LOOPBACK,
  PROP_DISABLE_DNS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (FairleadSlirpNetwork, fairlead_slirp_network, FAIRLEAD_TYPE_HELPER_NETWORK)

/* What the kernel takes for a tap interface with IPv4, and what slirp4netns takes. */
#define MIN_MTU     68
#define MAX_MTU     65521
#define DEFAULT_MTU 65520
/* RFC 8200, section 5. */
#define MIN_MTU_IPV6 1280

#define DEFAULT_CIDR "10.0.2.0/24"
/* The guest is host number 100, so a smaller network has no place for it. */
#define MAX_PREFIX_LENGTH 25

static void
fairlead_slirp_network_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  FairleadSlirpNetwork *self = FAIRLEAD_SLIRP_NETWORK (object);

  switch (prop_id)
    {
    case PROP_MTU:
      g_value_set_uint (value, self->mtu);
      break;
    case PROP_CIDR:
      g_value_set_string (value, self->cidr);
      break;
    case PROP_ENABLE_IPV6:
      g_value_set_boolean (value, self->enable_ipv6);
      break;
    case PROP_OUTBOUND_ADDR:
      g_value_set_string (value, self->outbound_addr);
      break;
    case PROP_OUTBOUND_ADDR6:
      g_value_set_string (value, self->outbound_addr6);
      break;
    case PROP_ALLOW_HOST_LOOPBACK:
      g_value_set_boolean (value, self->allow_host_loopback);
      break;
    case PROP_DISABLE_DNS:
      g_value_set_boolean (value, self->disable_dns);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_string (char        **target,
            const GValue *value)
{
  g_free (*target);
  *target = g_value_dup_string (value);
}

static void
fairlead_slirp_network_set_property (GObject      *object,
                                     guint         prop_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  FairleadSlirpNetwork *self = FAIRLEAD_SLIRP_NETWORK (object);

  switch (prop_id)
    {
    case PROP_MTU:
      self->mtu = g_value_get_uint (value);
      break;
    case PROP_CIDR:
      set_string (&self->cidr, value);
      break;
    case PROP_ENABLE_IPV6:
      self->enable_ipv6 = g_value_get_boolean (value);
      break;
    case PROP_OUTBOUND_ADDR:
      set_string (&self->outbound_addr, value);
      break;
    case PROP_OUTBOUND_ADDR6:
      set_string (&self->outbound_addr6, value);
      break;
    case PROP_ALLOW_HOST_LOOPBACK:
      self->allow_host_loopback = g_value_get_boolean (value);
      break;
    case PROP_DISABLE_DNS:
      self->disable_dns = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_slirp_network_finalize (GObject *object)
{
  FairleadSlirpNetwork *self = FAIRLEAD_SLIRP_NETWORK (object);

  g_free (self->cidr);
  g_free (self->outbound_addr);
  g_free (self->outbound_addr6);

  G_OBJECT_CLASS (fairlead_slirp_network_parent_class)->finalize (object);
}

static void
fairlead_slirp_network_class_init (FairleadSlirpNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG |
                            FAIRLEAD_PARAM_REQUEST;

  object_class->get_property = fairlead_slirp_network_get_property;
  object_class->set_property = fairlead_slirp_network_set_property;
  object_class->finalize = fairlead_slirp_network_finalize;

  props[PROP_MTU] = g_param_spec_uint ("mtu", "MTU", "largest packet on the tap interface, in bytes", MIN_MTU, MAX_MTU,
                                       DEFAULT_MTU, flags);
  props[PROP_CIDR] = g_param_spec_string ("cidr", "IPv4 network",
                                          "network of the tap interface, with a prefix length of 1 to 25; the container "
                                          "is host 100 of it, the gateway host 2, the DNS server host 3", DEFAULT_CIDR,
                                          flags);
  props[PROP_ENABLE_IPV6] = g_param_spec_boolean ("enable-ipv6", "IPv6", "whether the container gets an IPv6 address in "
                                                  "fd00::/64 too", FALSE, flags);
  props[PROP_OUTBOUND_ADDR] = g_param_spec_string ("outbound-addr", "Outbound IPv4 address",
                                                   "address of the host, or interface with one, that outgoing IPv4 "
                                                   "connections are made from; unset, the host's routes decide", NULL,
                                                   flags);
  props[PROP_OUTBOUND_ADDR6] = g_param_spec_string ("outbound-addr6", "Outbound IPv6 address",
                                                    "the same for outgoing IPv6 connections", NULL, flags);
  props[PROP_ALLOW_HOST_LOOPBACK] = g_param_spec_boolean ("allow-host-loopback", "Host loopback",
                                                          "whether the gateway's address leads to servers on the host's "
                                                          "127.0.0.1", FALSE, flags);
  props[PROP_DISABLE_DNS] = g_param_spec_boolean ("disable-dns", "No DNS", "whether the network is without a DNS server; "
                                                  "with it, the host's is reached, even on its loopback address", FALSE,
                                                  flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_slirp_network_init (FairleadSlirpNetwork *self)
{
}

static const char *
unless_empty (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

guint
fairlead_slirp_network_get_mtu (FairleadSlirpNetwork *self)
{
  return self->mtu;
}

const char *
fairlead_slirp_network_get_cidr (FairleadSlirpNetwork *self)
{
  return self->cidr;
}

gboolean
fairlead_slirp_network_get_enable_ipv6 (FairleadSlirpNetwork *self)
{
  return self->enable_ipv6;
}

const char *
fairlead_slirp_network_get_outbound_addr (FairleadSlirpNetwork *self)
{
  return unless_empty (self->outbound_addr);
}

const char *
fairlead_slirp_network_get_outbound_addr6 (FairleadSlirpNetwork *self)
{
  return unless_empty (self->outbound_addr6);
}

gboolean
fairlead_slirp_network_get_allow_host_loopback (FairleadSlirpNetwork *self)
{
  return self->allow_host_loopback;
}

gboolean
fairlead_slirp_network_get_disable_dns (FairleadSlirpNetwork *self)
{
  return self->disable_dns;
}

static GInetAddressMask *
parse_cidr (FairleadSlirpNetwork  *self,
            GError               **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (self->cidr != NULL ? self->cidr : "",
                                                                           &local_error);

  if (mask != NULL && g_inet_address_mask_get_family (mask) == G_SOCKET_FAMILY_IPV4 &&
      g_inet_address_mask_get_length (mask) >= 1 && g_inet_address_mask_get_length (mask) <= MAX_PREFIX_LENGTH &&
      strchr (self->cidr, '/') != NULL)
    return g_steal_pointer (&mask);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "cidr: \"%s\" is not an IPv4 network with a prefix length of 1 to %d, such as " DEFAULT_CIDR "%s%s%s",
               self->cidr != NULL ? self->cidr : "", MAX_PREFIX_LENGTH, local_error != NULL ? " (" : "",
               local_error != NULL ? local_error->message : "", local_error != NULL ? ")" : "");
  return NULL;
}

GInetAddress *
fairlead_slirp_network_dup_address (FairleadSlirpNetwork  *self,
                                    guint                  host,
                                    GError               **error)
{
  g_autoptr (GInetAddressMask) mask = parse_cidr (self, error);

  return mask != NULL ? fairlead_inet_address_nth (mask, host) : NULL;
}

guint
fairlead_slirp_network_get_prefix_length (FairleadSlirpNetwork *self)
{
  g_autoptr (GInetAddressMask) mask = parse_cidr (self, NULL);

  return mask != NULL ? g_inet_address_mask_get_length (mask) : 0;
}

/* What the range of each key cannot say. */
gboolean
fairlead_slirp_network_check (FairleadSlirpNetwork  *self,
                              GError               **error)
{
  g_autoptr (GInetAddressMask) mask = parse_cidr (self, error);

  if (mask == NULL)
    return FALSE;
  if (self->enable_ipv6 && self->mtu < MIN_MTU_IPV6)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "mtu: %u is too small for enable-ipv6, which needs %d", self->mtu, MIN_MTU_IPV6);
      return FALSE;
    }
  if (fairlead_network_get_default_route (FAIRLEAD_NETWORK (self)) == FAIRLEAD_DEFAULT_ROUTE_NO)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                           "default-route: slirp4netns always gives the container its default route");
      return FALSE;
    }
  return TRUE;
}
