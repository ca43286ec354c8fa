/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-network.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "fairlead-bridge-dns.h"

/*
 * A network of the backend: the keys of its file, and what they come to. That they fit one another is checked as soon as
 * the network is looked up, by `networks` too.
 */
struct _FairleadBridgeNetwork
{
  FairleadNetwork parent_instance;

  char *interface;      /* (nullable) */
  FairleadBridgeMode mode;
  char **subnets;       /* (nullable) */
  char **gateways;      /* (nullable) */
  char **ranges;        /* (nullable) */
  char **routes;        /* (nullable) */
  guint mtu;
  FairleadBridgeIsolate isolate;
  gboolean internal;
  gboolean masquerade;
  guint metric;
  char *host_interface; /* (nullable) */
  guint vlan;
  GInetAddress *outbound;  /* (nullable) (owned) */
  GInetAddress *outbound6; /* (nullable) (owned) */
  gboolean mac_pool;
  gboolean dns;
  char **dns_servers;   /* (nullable) */
};

G_DEFINE_FINAL_TYPE (FairleadBridgeNetwork, fairlead_bridge_network, FAIRLEAD_TYPE_NETWORK)

#define MAX_NAME   (FAIRLEAD_BRIDGE_NAME_SIZE - 1)
#define MAX_MTU    65521
#define MIN_MTU    68
#define MIN_MTU6   1280
#define MAX_VLAN   4094

/* The name of the built-in network, which is the backend's, and of its bridge. */
#define BUILTIN_NETWORK   "bridge"
#define BUILTIN_INTERFACE "fairlead0"

enum
{
  PROP_INTERFACE = 1,
  PROP_MODE,
  PROP_SUBNETS,
  PROP_GATEWAYS,
  PROP_RANGES,
  PROP_ROUTES,
  PROP_MTU,
  PROP_ISOLATE,
  PROP_INTERNAL,
  PROP_MASQUERADE,
  PROP_METRIC,
  PROP_HOST_INTERFACE,
  PROP_VLAN,
  PROP_OUTBOUND_ADDRESS,
  PROP_OUTBOUND_ADDRESS6,
  PROP_MAC_POOL,
  PROP_DNS,
  PROP_DNS_SERVERS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GType
mode_get_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    { FAIRLEAD_BRIDGE_MODE_MANAGED, "FAIRLEAD_BRIDGE_MODE_MANAGED", "managed" },
    { FAIRLEAD_BRIDGE_MODE_UNMANAGED, "FAIRLEAD_BRIDGE_MODE_UNMANAGED", "unmanaged" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&once))
    g_once_init_leave (&once, g_enum_register_static ("FairleadBridgeMode", values));
  return once;
}

static GType
isolate_get_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    { FAIRLEAD_BRIDGE_ISOLATE_NO, "FAIRLEAD_BRIDGE_ISOLATE_NO", "no" },
    { FAIRLEAD_BRIDGE_ISOLATE_YES, "FAIRLEAD_BRIDGE_ISOLATE_YES", "yes" },
    { FAIRLEAD_BRIDGE_ISOLATE_STRICT, "FAIRLEAD_BRIDGE_ISOLATE_STRICT", "strict" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&once))
    g_once_init_leave (&once, g_enum_register_static ("FairleadBridgeIsolate", values));
  return once;
}

/* Where the value of a property is, by its type. */
static gpointer
get_field (FairleadBridgeNetwork *self,
           guint                  prop_id)
{
  const gpointer fields[N_PROPS] = {
    [PROP_INTERFACE] = &self->interface,
    [PROP_MODE] = &self->mode,
    [PROP_SUBNETS] = &self->subnets,
    [PROP_GATEWAYS] = &self->gateways,
    [PROP_RANGES] = &self->ranges,
    [PROP_ROUTES] = &self->routes,
    [PROP_MTU] = &self->mtu,
    [PROP_ISOLATE] = &self->isolate,
    [PROP_INTERNAL] = &self->internal,
    [PROP_MASQUERADE] = &self->masquerade,
    [PROP_METRIC] = &self->metric,
    [PROP_HOST_INTERFACE] = &self->host_interface,
    [PROP_VLAN] = &self->vlan,
    [PROP_OUTBOUND_ADDRESS] = &self->outbound,
    [PROP_OUTBOUND_ADDRESS6] = &self->outbound6,
    [PROP_MAC_POOL] = &self->mac_pool,
    [PROP_DNS] = &self->dns,
    [PROP_DNS_SERVERS] = &self->dns_servers,
  };

  return fields[prop_id];
}

static void
fairlead_bridge_network_get_property (GObject    *object,
                                      guint       prop_id,
                                      GValue     *value,
                                      GParamSpec *pspec)
{
  gpointer field = get_field (FAIRLEAD_BRIDGE_NETWORK (object), prop_id);

  if (G_IS_PARAM_SPEC_STRING (pspec))
    g_value_set_string (value, *(char **) field);
  else if (G_IS_PARAM_SPEC_BOXED (pspec))
    g_value_set_boxed (value, *(char ***) field);
  else if (G_IS_PARAM_SPEC_OBJECT (pspec))
    g_value_set_object (value, *(GObject **) field);
  else if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    g_value_set_boolean (value, *(gboolean *) field);
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    g_value_set_enum (value, *(int *) field);
  else
    g_value_set_uint (value, *(guint *) field);
}

static void
fairlead_bridge_network_set_property (GObject      *object,
                                      guint         prop_id,
                                      const GValue *value,
                                      GParamSpec   *pspec)
{
  gpointer field = get_field (FAIRLEAD_BRIDGE_NETWORK (object), prop_id);

  if (G_IS_PARAM_SPEC_STRING (pspec))
    {
      g_free (*(char **) field);
      *(char **) field = g_value_dup_string (value);
    }
  else if (G_IS_PARAM_SPEC_BOXED (pspec))
    {
      g_strfreev (*(char ***) field);
      *(char ***) field = g_value_dup_boxed (value);
    }
  else if (G_IS_PARAM_SPEC_OBJECT (pspec))
    {
      g_set_object ((GObject **) field, g_value_get_object (value));
    }
  else if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    {
      *(gboolean *) field = g_value_get_boolean (value);
    }
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      *(int *) field = g_value_get_enum (value);
    }
  else
    {
      *(guint *) field = g_value_get_uint (value);
    }
}

static void
fairlead_bridge_network_finalize (GObject *object)
{
  FairleadBridgeNetwork *self = FAIRLEAD_BRIDGE_NETWORK (object);

  g_free (self->interface);
  g_strfreev (self->subnets);
  g_strfreev (self->gateways);
  g_strfreev (self->ranges);
  g_strfreev (self->routes);
  g_free (self->host_interface);
  g_clear_object (&self->outbound);
  g_clear_object (&self->outbound6);
  g_strfreev (self->dns_servers);

  G_OBJECT_CLASS (fairlead_bridge_network_parent_class)->finalize (object);
}

static const char * const *
get_list (char **list)
{
  static const char * const empty[] = { NULL };

  return list != NULL ? (const char * const *) list : empty;
}

static gboolean
fail (GError     **error,
      const char  *format,
      ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError     **error,
      const char  *format,
      ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, message);
  return FALSE;
}

/* A name that the kernel takes, and that is no part of a path. Those of all links' settings it takes as well, but then the
 * settings of such a link cannot be told from them. */
static gboolean
check_link_name (const char  *key,
                 const char  *name,
                 GError     **error)
{
  if (strcmp (name, "all") == 0 || strcmp (name, "default") == 0)
    return fail (error, "%s: \"%s\" stands for all links in /proc/sys/net, and cannot be the name of one", key, name);
  if (*name == '\0' || strlen (name) > MAX_NAME || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    return fail (error, "%s: \"%.80s\" is not a name for a link (1 to %d bytes)", key, name, MAX_NAME);
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || strchr ("/:%", *p) != NULL)
      return fail (error, "%s: \"%.80s\" is not a name for a link (no space, \"/\", \":\" or \"%%\")", key, name);
  return TRUE;
}

static gboolean
read_interface (FairleadBridgeNetwork *self,
                FairleadBridgeLayout  *layout,
                GError               **error)
{
  const char *name = fairlead_network_get_name (FAIRLEAD_NETWORK (self));
  g_autofree char *bridge = NULL;

  if (self->interface != NULL)
    bridge = g_strdup (self->interface);
  else if (self->mode == FAIRLEAD_BRIDGE_MODE_UNMANAGED)
    return fail (error, "interface: with mode=unmanaged the bridge has to be named");
  else if (strcmp (name, BUILTIN_NETWORK) == 0)
    bridge = g_strdup (BUILTIN_INTERFACE);
  else if (strlen (name) + 3 <= MAX_NAME)
    bridge = g_strconcat ("fl-", name, NULL);
  else
    bridge = g_strdup_printf ("fl-%08x", g_str_hash (name));
  if (!check_link_name ("interface", bridge, error))
    return FALSE;
  g_strlcpy (layout->bridge, bridge, sizeof layout->bridge);
  return TRUE;
}

/* What hosts cannot have as their addresses. */
static gboolean
check_usable (const FairleadBridgeSubnet  *subnet,
              GError                     **error)
{
  static const struct { const char *subnet; const char *reason; } reserved[] = {
    { "0.0.0.0/8", "which stands for no address" }, { "127.0.0.0/8", "where each host is itself" },
    { "224.0.0.0/4", "of multicast" }, { "::/96", "which stands for no address, or each host itself" },
    { "ff00::/8", "of multicast" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (reserved); i++)
    {
      FairleadBridgeSubnet other;
      g_autofree char *text = NULL;

      if (!fairlead_bridge_subnet_parse (&other, reserved[i].subnet, NULL) || !fairlead_bridge_subnet_overlaps (subnet, &other))
        continue;
      text = fairlead_bridge_subnet_to_string (subnet);
      return fail (error, "%s overlaps %s, %s", text, reserved[i].subnet, reserved[i].reason);
    }
  return TRUE;
}

static gboolean
read_subnets (FairleadBridgeNetwork *self,
              FairleadBridgeLayout  *layout,
              GError               **error)
{
  for (const char * const *text = get_list (self->subnets); *text != NULL; text++)
    {
      FairleadBridgeSubnet *subnet = &layout->subnets[layout->n_subnets];

      if (layout->n_subnets == FAIRLEAD_BRIDGE_MAX_SUBNETS)
        return fail (error, "subnets: a network has at most %d", FAIRLEAD_BRIDGE_MAX_SUBNETS);
      if (!fairlead_bridge_subnet_parse (subnet, *text, error) || !check_usable (subnet, error))
        {
          g_prefix_error (error, "subnets: ");
          return FALSE;
        }
      for (guint i = 0; i < layout->n_subnets; i++)
        if (fairlead_bridge_subnet_overlaps (subnet, &layout->subnets[i]))
          return fail (error, "subnets: %s overlaps another one", *text);
      /* On somebody else's bridge there is no gateway unless one is named. */
      if (self->mode == FAIRLEAD_BRIDGE_MODE_UNMANAGED)
        memset (&subnet->gateway, 0, sizeof subnet->gateway);
      layout->n_subnets++;
    }
  return TRUE;
}

static FairleadBridgeSubnet *
find_subnet (FairleadBridgeLayout        *layout,
             const FairleadBridgeAddress *address)
{
  return (FairleadBridgeSubnet *) fairlead_bridge_layout_find_subnet (layout, address);
}

/* What a later entry said would count alone. */
static gboolean
take_once (const FairleadBridgeLayout  *layout,
           const FairleadBridgeSubnet  *subnet,
           gboolean                    *named,
           const char                  *key,
           GError                     **error)
{
  g_autofree char *text = NULL;

  if (!named[subnet - layout->subnets])
    {
      named[subnet - layout->subnets] = TRUE;
      return TRUE;
    }
  text = fairlead_bridge_subnet_to_string (subnet);
  return fail (error, "%s: there are two of the subnet %s", key, text);
}

static gboolean
read_gateways (FairleadBridgeNetwork *self,
               FairleadBridgeLayout  *layout,
               GError               **error)
{
  gboolean named[FAIRLEAD_BRIDGE_MAX_SUBNETS] = { FALSE };

  for (const char * const *text = get_list (self->gateways); *text != NULL; text++)
    {
      FairleadBridgeAddress gateway;
      FairleadBridgeSubnet *subnet = NULL;

      if (fairlead_bridge_address_parse (&gateway, *text))
        subnet = find_subnet (layout, &gateway);
      if (subnet == NULL || !fairlead_bridge_subnet_is_host (subnet, &gateway))
        return fail (error, "gateways: \"%.80s\" is not an address of a host in one of the subnets", *text);
      if (!take_once (layout, subnet, named, "gateways", error))
        return FALSE;
      subnet->gateway = gateway;
      subnet->first = subnet->base;
      fairlead_bridge_address_step (&subnet->first, 1);
    }
  return TRUE;
}

static gboolean
read_range (FairleadBridgeLayout  *layout,
            const char            *text,
            gboolean              *named,
            GError               **error)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  FairleadBridgeAddress first, last;
  FairleadBridgeSubnet *subnet = NULL;

  if (g_strv_length (ends) == 2 && fairlead_bridge_address_parse (&first, g_strstrip (ends[0])) &&
      fairlead_bridge_address_parse (&last, g_strstrip (ends[1])))
    subnet = find_subnet (layout, &first);
  if (subnet == NULL || !fairlead_bridge_subnet_contains (subnet, &last) ||
      fairlead_bridge_address_compare (&first, &last) > 0)
    return fail (error, "ranges: \"%.80s\" is not FIRST-LAST in one of the subnets", text);
  if (fairlead_bridge_address_equal (&first, &last) && fairlead_bridge_address_equal (&first, &subnet->gateway))
    return fail (error, "ranges: \"%.80s\" is the gateway alone, and leaves no address for containers", text);
  if (!take_once (layout, subnet, named, "ranges", error))
    return FALSE;
  subnet->first = first;
  subnet->last = last;
  return TRUE;
}

static gboolean
read_ranges (FairleadBridgeNetwork *self,
             FairleadBridgeLayout  *layout,
             GError               **error)
{
  gboolean named[FAIRLEAD_BRIDGE_MAX_SUBNETS] = { FALSE };

  for (const char * const *text = get_list (self->ranges); *text != NULL; text++)
    if (!read_range (layout, *text, named, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_outbound (const char    *key,
                GInetAddress  *address,
                GSocketFamily  family,
                GError       **error)
{
  if (address == NULL || g_inet_address_get_family (address) == family)
    return TRUE;
  return fail (error, "%s: an %s address is wanted", key, family == G_SOCKET_FAMILY_IPV4 ? "IPv4" : "IPv6");
}

static gboolean
check_combinations (FairleadBridgeNetwork *self,
                    FairleadBridgeLayout  *layout,
                    GError               **error)
{
  gboolean unmanaged = self->mode == FAIRLEAD_BRIDGE_MODE_UNMANAGED;
  gboolean has_outbound = self->outbound != NULL || self->outbound6 != NULL;

  if (self->mtu != 0 && self->mtu < MIN_MTU6 && (layout->n_subnets == 0 || fairlead_bridge_layout_has_family (layout, AF_INET6)))
    return fail (error, "mtu: IPv6 needs at least %d; name IPv4 subnets alone to have less", MIN_MTU6);
  if (self->mtu != 0 && self->mtu < MIN_MTU)
    return fail (error, "mtu: IPv4 needs at least %d", MIN_MTU);
  if (unmanaged && (self->internal || has_outbound))
    return fail (error, "mode=unmanaged leaves the bridge and the host's rules alone, so that internal and "
                 "outbound-address cannot be had");
  if (self->internal && has_outbound)
    return fail (error, "outbound-address: there is no way out of an internal network");
  if (!self->masquerade && has_outbound)
    return fail (error, "outbound-address: with masquerade=no containers go out with their own addresses");
  return check_outbound ("outbound-address", self->outbound, G_SOCKET_FAMILY_IPV4, error) &&
         check_outbound ("outbound-address6", self->outbound6, G_SOCKET_FAMILY_IPV6, error);
}

static gboolean
check_dns (FairleadBridgeNetwork *self,
           GError               **error)
{
  FairleadBridgeAddress address;

  if (self->dns && self->mode == FAIRLEAD_BRIDGE_MODE_UNMANAGED)
    return fail (error, "dns: names are resolved on the bridge's address, so that mode=unmanaged cannot have it");
  if (self->dns && !fairlead_bridge_dns_can_name (fairlead_network_get_name (FAIRLEAD_NETWORK (self))))
    return fail (error, "dns: aardvark-dns has a file of its own where that of a network with this name would be; give the "
                 "network another name");
  for (const char * const *text = get_list (self->dns_servers); *text != NULL; text++)
    if (!fairlead_bridge_address_parse (&address, *text))
      return fail (error, "dns-servers: \"%.80s\" is not an IP address", *text);
  return TRUE;
}

static void
append_words (GString *text,
              char   **words)
{
  for (const char * const *word = get_list (words); *word != NULL; word++)
    g_string_append_printf (text, "%s,", *word);
  g_string_append_c (text, ' ');
}

static void
append_address (GString      *text,
                GInetAddress *address)
{
  g_autofree char *shown = address != NULL ? g_inet_address_to_string (address) : NULL;

  g_string_append_printf (text, "%s ", shown != NULL ? shown : "-");
}

/* All that containers on the network have in common. Order and form matter to nobody but to what compares it. */
static char *
dup_settings (FairleadBridgeNetwork      *self,
              const FairleadBridgeLayout *layout)
{
  GString *text = g_string_new (layout->bridge);

  g_string_append_printf (text, " %d %u %u %d %d %d %d ", self->mode, self->mtu, self->vlan, self->isolate,
                          self->internal, self->masquerade, self->dns);
  append_words (text, self->subnets);
  append_words (text, self->gateways);
  append_words (text, self->ranges);
  append_address (text, self->outbound);
  append_address (text, self->outbound6);
  return g_string_free (text, FALSE);
}

gboolean
fairlead_bridge_network_read_layout (FairleadBridgeNetwork *self,
                                     FairleadBridgeLayout  *layout,
                                     GError               **error)
{
  memset (layout, 0, sizeof *layout);
  layout->mode = self->mode;
  layout->mtu = self->mtu;
  layout->vlan = self->vlan;
  layout->isolate = self->isolate;
  layout->internal = self->internal;
  layout->masquerade = self->masquerade;
  layout->dns = self->dns;
  if (self->outbound != NULL)
    fairlead_bridge_address_set (&layout->outbound, self->outbound);
  if (self->outbound6 != NULL)
    fairlead_bridge_address_set (&layout->outbound6, self->outbound6);
  if (!read_interface (self, layout, error) || !read_subnets (self, layout, error) ||
      !read_gateways (self, layout, error) || !read_ranges (self, layout, error) ||
      !check_combinations (self, layout, error))
    return FALSE;
  layout->settings = dup_settings (self, layout);
  return TRUE;
}

static gboolean
read_metric (char         **words,
             guint         *metric,
             GError       **error)
{
  guint64 number = 0;

  if (words[0] == NULL)
    return TRUE;
  if (strcmp (words[0], "metric") != 0 || words[1] == NULL || words[2] != NULL ||
      !g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXUINT32, &number, NULL))
    return fail (error, "behind the destination only \"metric NUMBER\" can stand");
  *metric = number;
  return TRUE;
}

static gboolean
read_destination (FairleadBridgeRoute  *route,
                  const char           *text,
                  GError              **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (text, &local_error);

  if (mask == NULL)
    return fail (error, "%.80s: %s", text, local_error->message);
  fairlead_bridge_address_set (&route->destination, g_inet_address_mask_get_address (mask));
  route->prefix = g_inet_address_mask_get_length (mask);
  return TRUE;
}

static char **
split_words (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " \t", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      g_strv_builder_add (words, *part);
  return g_strv_builder_end (words);
}

/* "SUBNET via GATEWAY [metric N]", or "TYPE SUBNET [metric N]" for what is to go nowhere. */
static gboolean
read_route (FairleadBridgeRoute  *route,
            const char           *text,
            GError              **error)
{
  static const struct { const char *name; guint8 type; } types[] = {
    { "blackhole", RTN_BLACKHOLE }, { "unreachable", RTN_UNREACHABLE }, { "prohibit", RTN_PROHIBIT },
  };
  g_auto (GStrv) words = split_words (text);
  guint n_words = g_strv_length (words);

  memset (route, 0, sizeof *route);
  route->type = RTN_UNICAST;
  for (guint i = 0; i < G_N_ELEMENTS (types) && n_words >= 2; i++)
    if (strcmp (words[0], types[i].name) == 0)
      {
        route->type = types[i].type;
        return read_destination (route, words[1], error) && read_metric (words + 2, &route->metric, error);
      }
  if (n_words < 3 || strcmp (words[1], "via") != 0)
    return fail (error, "SUBNET via GATEWAY is wanted, or blackhole, unreachable or prohibit and a subnet");
  if (!read_destination (route, words[0], error))
    return FALSE;
  if (!fairlead_bridge_address_parse (&route->gateway, words[2]) ||
      route->gateway.family != route->destination.family)
    return fail (error, "\"%.80s\" is not an address of the kind of %s", words[2], words[0]);
  return read_metric (words + 3, &route->metric, error);
}

GArray *
fairlead_bridge_network_dup_routes (FairleadBridgeNetwork *self,
                                    GError               **error)
{
  g_autoptr (GArray) routes = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeRoute));

  for (const char * const *text = get_list (self->routes); *text != NULL; text++)
    {
      FairleadBridgeRoute route;

      if (!read_route (&route, *text, error))
        {
          g_prefix_error (error, "routes: \"%.80s\": ", *text);
          return NULL;
        }
      g_array_append_val (routes, route);
    }
  return g_steal_pointer (&routes);
}

/* The route that containers get by themselves, if they are to have one and the gateways are known. */
static gboolean
is_default_route (FairleadBridgeNetwork      *self,
                  const FairleadBridgeLayout *layout,
                  const FairleadBridgeRoute  *route)
{
  if (route->prefix != 0 || route->metric != self->metric || layout->internal ||
      fairlead_network_get_default_route (FAIRLEAD_NETWORK (self)) == FAIRLEAD_DEFAULT_ROUTE_NO)
    return FALSE;
  for (guint i = 0; i < layout->n_subnets; i++)
    if (layout->subnets[i].gateway.family == route->destination.family)
      return TRUE;
  return layout->n_subnets == 0 && fairlead_bridge_layout_is_managed (layout);
}

/* The kernel takes a gateway only if one of the interface's own subnets leads there. */
static gboolean
check_route (FairleadBridgeNetwork       *self,
             const FairleadBridgeLayout  *layout,
             const FairleadBridgeRoute   *route,
             GError                     **error)
{
  g_autofree char *text = fairlead_bridge_route_to_string (route);
  const gboolean is_link_local = route->gateway.family == AF_INET6 && route->gateway.bytes[0] == 0xfe &&
                                 (route->gateway.bytes[1] & 0xc0) == 0x80;

  if (is_default_route (self, layout, route))
    return fail (error, "routes: \"%s\": containers have a default route already; name its gateway in gateways, give this one "
                 "another metric, or set default-route=no", text);
  if (route->type != RTN_UNICAST || is_link_local || layout->n_subnets == 0 ||
      fairlead_bridge_layout_find_subnet (layout, &route->gateway) != NULL)
    return TRUE;
  return fail (error, "routes: \"%s\": the gateway is in none of the subnets", text);
}

static gboolean
fairlead_bridge_network_check (FairleadNetwork  *network,
                               GError          **error)
{
  FairleadBridgeNetwork *self = FAIRLEAD_BRIDGE_NETWORK (network);
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_autoptr (GArray) routes = NULL;

  if (!fairlead_bridge_network_read_layout (self, &layout, error) || !check_dns (self, error) ||
      (self->host_interface != NULL && !check_link_name ("host-interface", self->host_interface, error)))
    return FALSE;
  routes = fairlead_bridge_network_dup_routes (self, error);
  for (guint i = 0; routes != NULL && i < routes->len; i++)
    if (!check_route (self, &layout, &g_array_index (routes, FairleadBridgeRoute, i), error))
      return FALSE;
  return routes != NULL;
}

static void
describe_subnets (const FairleadBridgeLayout *layout,
                  GVariantBuilder            *builder)
{
  g_auto (GVariantBuilder) subnets = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);
  g_auto (GVariantBuilder) gateways = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < layout->n_subnets; i++)
    {
      const FairleadBridgeSubnet *subnet = &layout->subnets[i];

      g_variant_builder_add_value (&subnets, g_variant_new_take_string (fairlead_bridge_subnet_to_string (subnet)));
      if (subnet->gateway.family != 0)
        g_variant_builder_add_value (&gateways,
                                     g_variant_new_take_string (fairlead_bridge_address_to_string (&subnet->gateway)));
    }
  g_variant_builder_add (builder, "{sv}", "Subnets", g_variant_builder_end (&subnets));
  g_variant_builder_add (builder, "{sv}", "Gateways", g_variant_builder_end (&gateways));
}

/* What containers are on now, if there are any: that may have been chosen, or be of keys that have been changed since. */
static GVariant *
fairlead_bridge_network_inspect (FairleadNetwork *network)
{
  g_autoptr (GVariant) base = FAIRLEAD_NETWORK_CLASS (fairlead_bridge_network_parent_class)->inspect (network);
  g_autoptr (GVariant) document = fairlead_network_dup_shared_document (network, NULL);
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (document != NULL ? !fairlead_bridge_layout_read (&layout, document, NULL)
                       : !fairlead_bridge_network_read_layout (FAIRLEAD_BRIDGE_NETWORK (network), &layout, NULL))
    return g_steal_pointer (&base);

  for (gsize i = 0; i < g_variant_n_children (base); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (base, i);

      g_variant_builder_add_value (&builder, entry);
    }
  g_variant_builder_add (&builder, "{sv}", "Interface", g_variant_new_string (layout.bridge));
  describe_subnets (&layout, &builder);
  return g_variant_builder_end (&builder);
}

#define FLAGS         (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG)
#define REQUEST_FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_REQUEST)

static void
install_addressing (void)
{
  props[PROP_INTERFACE] = g_param_spec_string ("interface", NULL, "Name of the bridge (default: fl-NAME)", NULL, FLAGS);
  props[PROP_MODE] = g_param_spec_enum ("mode", NULL, "Whether the bridge is ours or somebody else's", mode_get_type (),
                                        FAIRLEAD_BRIDGE_MODE_MANAGED, FLAGS);
  props[PROP_SUBNETS] = g_param_spec_boxed ("subnets", NULL, "Subnets (default: one of each kind is chosen)", G_TYPE_STRV,
                                            FLAGS);
  props[PROP_GATEWAYS] = g_param_spec_boxed ("gateways", NULL, "Gateways in the subnets (default: the first address)",
                                             G_TYPE_STRV, FLAGS);
  props[PROP_RANGES] = g_param_spec_boxed ("ranges", NULL, "Addresses for containers, FIRST-LAST (default: all)",
                                           G_TYPE_STRV, FLAGS);
  props[PROP_ROUTES] = g_param_spec_boxed ("routes", NULL, "Routes of containers besides the default one", G_TYPE_STRV,
                                           FLAGS);
  props[PROP_METRIC] = g_param_spec_uint ("metric", NULL, "What is added to the metric of the default route", 0,
                                          G_MAXINT32, 0, FLAGS | FAIRLEAD_PARAM_REQUEST);
  props[PROP_MAC_POOL] = g_param_spec_boolean ("mac-pool", NULL, "Whether a container's MAC address follows from its IP "
                                               "address", TRUE, FLAGS);
}

static void
install_links (void)
{
  props[PROP_MTU] = g_param_spec_uint ("mtu", NULL, "MTU of the links, 0 for the kernel's own", 0, MAX_MTU, 0, FLAGS);
  props[PROP_VLAN] = g_param_spec_uint ("vlan", NULL, "VLAN of the containers' ports, 0 for none", 0, MAX_VLAN, 0, FLAGS);
  props[PROP_HOST_INTERFACE] = g_param_spec_string ("host-interface", NULL, "Name of the container's link on the host",
                                                    NULL, REQUEST_FLAGS);
}

static void
install_rules (void)
{
  props[PROP_ISOLATE] = g_param_spec_enum ("isolate", NULL, "Whether other networks are kept out", isolate_get_type (),
                                           FAIRLEAD_BRIDGE_ISOLATE_YES, FLAGS);
  props[PROP_INTERNAL] = g_param_spec_boolean ("internal", NULL, "Whether there is no way out", FALSE, FLAGS);
  props[PROP_MASQUERADE] = g_param_spec_boolean ("masquerade", NULL, "Whether containers go out with the host's address",
                                                 TRUE, FLAGS);
  props[PROP_OUTBOUND_ADDRESS] = g_param_spec_object ("outbound-address", NULL, "The host's IPv4 address to go out with",
                                                      G_TYPE_INET_ADDRESS, FLAGS);
  props[PROP_OUTBOUND_ADDRESS6] = g_param_spec_object ("outbound-address6", NULL, "The host's IPv6 address to go out with",
                                                       G_TYPE_INET_ADDRESS, FLAGS);
  props[PROP_DNS] = g_param_spec_boolean ("dns", NULL, "Whether containers find one another by name (aardvark-dns)", FALSE,
                                          FLAGS);
  props[PROP_DNS_SERVERS] = g_param_spec_boxed ("dns-servers", NULL, "DNS servers (default: the host's)", G_TYPE_STRV,
                                                FLAGS);
}

static void
fairlead_bridge_network_class_init (FairleadBridgeNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = fairlead_bridge_network_finalize;
  object_class->get_property = fairlead_bridge_network_get_property;
  object_class->set_property = fairlead_bridge_network_set_property;
  FAIRLEAD_NETWORK_CLASS (klass)->inspect = fairlead_bridge_network_inspect;
  FAIRLEAD_NETWORK_CLASS (klass)->check = fairlead_bridge_network_check;

  install_addressing ();
  install_links ();
  install_rules ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_bridge_network_init (FairleadBridgeNetwork *self)
{
}

guint
fairlead_bridge_network_get_metric (FairleadBridgeNetwork *self)
{
  return self->metric;
}

const char *
fairlead_bridge_network_get_host_interface (FairleadBridgeNetwork *self)
{
  return self->host_interface;
}

gboolean
fairlead_bridge_network_get_mac_pool (FairleadBridgeNetwork *self)
{
  return self->mac_pool;
}

gboolean
fairlead_bridge_network_get_dns (FairleadBridgeNetwork *self)
{
  return self->dns;
}

const char * const *
fairlead_bridge_network_get_dns_servers (FairleadBridgeNetwork *self)
{
  return get_list (self->dns_servers);
}

gboolean
fairlead_bridge_network_is_managed (FairleadBridgeNetwork *self)
{
  return self->mode == FAIRLEAD_BRIDGE_MODE_MANAGED;
}

gboolean
fairlead_bridge_network_is_internal (FairleadBridgeNetwork *self)
{
  return self->internal;
}
