/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-inspect-private.h"

#include "fairlead-container-private.h"

/* NULL is written as the empty string, so that members do not come and go. */
static void
add_string (GVariantBuilder *builder,
            const char      *key,
            const char      *value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (value != NULL ? value : ""));
}

static char *
inet_to_string (GInetAddress *address)
{
  return address != NULL ? g_inet_address_to_string (address) : g_strdup ("");
}

static void
add_inet (GVariantBuilder *builder,
          const char      *key,
          GInetAddress    *value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_take_string (inet_to_string (value)));
}

static void
add_uint (GVariantBuilder *builder,
          const char      *key,
          guint            value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint32 (value));
}

static void
add_strv (GVariantBuilder    *builder,
          const char         *key,
          const char * const *value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_strv (value, -1));
}

static void
add_time (GVariantBuilder *builder,
          const char      *key,
          GDateTime       *value)
{
  g_autofree char *text = value != NULL ? g_date_time_format_iso8601 (value) : NULL;

  add_string (builder, key, text);
}

static void
add_enum (GVariantBuilder *builder,
          const char      *key,
          GType            enum_type,
          int              value)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (enum_type);

  add_string (builder, key, g_enum_get_value (enum_class, value)->value_nick);
}

static GInetAddress *
get_default_gateway (FairleadAttachment *attachment,
                     GSocketFamily       family)
{
  GListModel *routes = fairlead_attachment_get_routes (attachment);

  for (guint i = 0; i < g_list_model_get_n_items (routes); i++)
    {
      g_autoptr (FairleadRoute) route = g_list_model_get_item (routes, i);
      GInetAddressMask *destination = fairlead_route_get_destination (route);

      if (g_inet_address_mask_get_length (destination) == 0 && g_inet_address_mask_get_family (destination) == family)
        return fairlead_route_get_gateway (route);
    }
  return NULL;
}

typedef struct
{
  GSocketFamily  family;
  const char    *address_key;
  const char    *prefix_key;
  const char    *gateway_key;
  const char    *secondary_key;
} FamilyKeys;

static const FamilyKeys families[] = {
  { G_SOCKET_FAMILY_IPV4, "IPAddress", "IPPrefixLen", "Gateway", "SecondaryIPAddresses" },
  { G_SOCKET_FAMILY_IPV6, "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPv6Gateway", "SecondaryIPv6Addresses" },
};

/* The first global address of a family is the address, the others are secondary. */
static void
add_family (GVariantBuilder    *builder,
            FairleadAttachment *attachment,
            const FamilyKeys   *keys)
{
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);
  GVariantBuilder secondary = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (FairleadInterfaceAddress) first = NULL;
  GInetAddress *gateway;

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);
      GInetAddress *address = fairlead_interface_address_get_address (item);

      if (g_inet_address_get_family (address) != keys->family || g_inet_address_get_is_loopback (address) ||
          (keys->family == G_SOCKET_FAMILY_IPV6 && g_inet_address_get_is_link_local (address)))
        continue;
      if (first == NULL)
        {
          first = g_steal_pointer (&item);
          continue;
        }
      g_variant_builder_open (&secondary, G_VARIANT_TYPE_VARDICT);
      add_inet (&secondary, "Addr", address);
      add_uint (&secondary, "PrefixLength", fairlead_interface_address_get_prefix_length (item));
      g_variant_builder_close (&secondary);
    }

  gateway = first != NULL ? fairlead_interface_address_get_gateway (first) : NULL;
  if (gateway == NULL)
    gateway = get_default_gateway (attachment, keys->family);
  add_inet (builder, keys->address_key, first != NULL ? fairlead_interface_address_get_address (first) : NULL);
  add_uint (builder, keys->prefix_key, first != NULL ? fairlead_interface_address_get_prefix_length (first) : 0);
  add_inet (builder, keys->gateway_key, gateway);
  g_variant_builder_add (builder, "{sv}", keys->secondary_key, g_variant_builder_end (&secondary));
}

/* The interface that the container sees: the one that carries the name, else the first that is inside. */
static FairleadInterface *
dup_inner_interface (FairleadAttachment *attachment)
{
  GListModel *interfaces = fairlead_attachment_get_interfaces (attachment);
  const char *name = fairlead_attachment_get_interface (attachment);
  const char *sandbox = fairlead_attachment_get_netns_path (attachment);
  g_autoptr (FairleadInterface) found = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (g_strcmp0 (fairlead_interface_get_sandbox (interface), sandbox) != 0)
        continue;
      if (g_strcmp0 (fairlead_interface_get_name (interface), name) == 0)
        return g_steal_pointer (&interface);
      if (found == NULL)
        found = g_steal_pointer (&interface);
    }
  return g_steal_pointer (&found);
}

static GVariant *
interfaces_to_variant (GListModel *interfaces)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      add_string (&builder, "Name", fairlead_interface_get_name (interface));
      add_string (&builder, "MacAddress", fairlead_interface_get_mac_address (interface));
      add_uint (&builder, "Mtu", fairlead_interface_get_mtu (interface));
      add_string (&builder, "Sandbox", fairlead_interface_get_sandbox (interface));
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
addresses_to_variant (GListModel *addresses)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      g_autofree char *text = fairlead_interface_address_to_string (address);

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      add_string (&builder, "Interface", fairlead_interface_address_get_interface_name (address));
      add_string (&builder, "Address", text);
      add_inet (&builder, "Gateway", fairlead_interface_address_get_gateway (address));
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
routes_to_variant (GListModel *routes)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < g_list_model_get_n_items (routes); i++)
    {
      g_autoptr (FairleadRoute) route = g_list_model_get_item (routes, i);
      g_autofree char *destination = g_inet_address_mask_to_string (fairlead_route_get_destination (route));

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      add_enum (&builder, "Type", FAIRLEAD_TYPE_ROUTE_TYPE, fairlead_route_get_route_type (route));
      add_string (&builder, "Destination", destination);
      add_inet (&builder, "Gateway", fairlead_route_get_gateway (route));
      add_uint (&builder, "Metric", fairlead_route_get_metric (route));
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

/* { "80/tcp": [ { "HostIp": "", "HostPort": "8080" } ] }; one container port may have several host ports. */
static void
collect_ports (GHashTable *ports,
               GPtrArray  *order,
               GListModel *mappings)
{
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);
      GInetAddress *host_address = fairlead_port_mapping_get_host_address (mapping);
      g_autofree char *host_ip = inet_to_string (host_address);

      for (guint j = 0; j < fairlead_port_mapping_get_length (mapping); j++)
        {
          g_autofree char *key = g_strdup_printf ("%u/%s", fairlead_port_mapping_get_container_port (mapping) + j,
                                                  fairlead_protocol_to_string (fairlead_port_mapping_get_protocol (mapping)));
          g_autofree char *host_port = g_strdup_printf ("%u", fairlead_port_mapping_get_host_port (mapping) + j);
          GVariantBuilder *bindings = g_hash_table_lookup (ports, key);

          if (bindings == NULL)
            {
              bindings = g_variant_builder_new (G_VARIANT_TYPE ("aa{ss}"));
              g_ptr_array_add (order, g_strdup (key));
              g_hash_table_insert (ports, g_steal_pointer (&key), bindings);
            }
          g_variant_builder_open (bindings, G_VARIANT_TYPE ("a{ss}"));
          g_variant_builder_add (bindings, "{ss}", "HostIp", host_ip);
          g_variant_builder_add (bindings, "{ss}", "HostPort", host_port);
          g_variant_builder_close (bindings);
        }
    }
}

static GVariant *
ports_to_variant (GListModel **mappings,
                  guint        n_mappings)
{
  g_autoptr (GHashTable) ports =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_builder_unref);
  g_autoptr (GPtrArray) order = g_ptr_array_new_with_free_func (g_free);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < n_mappings; i++)
    collect_ports (ports, order, mappings[i]);
  for (guint i = 0; i < order->len; i++)
    g_variant_builder_add (&builder, "{sv}", order->pdata[i],
                           g_variant_builder_end (g_hash_table_lookup (ports, order->pdata[i])));
  return g_variant_builder_end (&builder);
}

GVariant *
fairlead_inspect_attachment (FairleadAttachment *attachment)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (FairleadInterface) interface = dup_inner_interface (attachment);
  const char *mac_address = interface != NULL ? fairlead_interface_get_mac_address (interface) : NULL;
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  g_assert (FAIRLEAD_IS_ATTACHMENT (attachment));

  add_string (&builder, "NetworkID", fairlead_attachment_get_network_name (attachment));
  add_string (&builder, "Backend", fairlead_attachment_get_backend_name (attachment));
  add_enum (&builder, "State", FAIRLEAD_TYPE_STATE, fairlead_attachment_get_state (attachment));
  add_time (&builder, "Created", fairlead_attachment_get_created (attachment));
  add_string (&builder, "Interface",
                            interface != NULL ? fairlead_interface_get_name (interface)
                                              : fairlead_attachment_get_interface (attachment));
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    add_family (&builder, attachment, &families[i]);
  add_string (&builder, "MacAddress", mac_address);
  g_variant_builder_add (&builder, "{sv}", "Ports", ports_to_variant (&mappings, 1));
  g_variant_builder_add (&builder, "{sv}", "Interfaces",
                         interfaces_to_variant (fairlead_attachment_get_interfaces (attachment)));
  g_variant_builder_add (&builder, "{sv}", "Addresses",
                         addresses_to_variant (fairlead_attachment_get_addresses (attachment)));
  g_variant_builder_add (&builder, "{sv}", "Routes", routes_to_variant (fairlead_attachment_get_routes (attachment)));
  add_strv (&builder, "DNSServers", fairlead_attachment_get_dns_servers (attachment));
  add_strv (&builder, "DNSSearches", fairlead_attachment_get_dns_searches (attachment));
  add_strv (&builder, "DNSOptions", fairlead_attachment_get_dns_options (attachment));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static gboolean
has_address (GVariant *network)
{
  const char *text;

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_variant_lookup (network, families[i].address_key, "&s", &text) && *text != '\0')
      return TRUE;
  return FALSE;
}

/* The top level shows the network that programs mean which know of one only: the first that has an address. */
static void
add_main_network (GVariantBuilder *builder,
                  GPtrArray       *networks)
{
  static const char * const keys[] = { "MacAddress", "Interface" };
  GVariant *shown = networks->len > 0 ? networks->pdata[0] : NULL;

  for (guint i = 0; i < networks->len; i++)
    if (has_address (networks->pdata[i]))
      {
        shown = networks->pdata[i];
        break;
      }
  if (shown == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      const char *family_keys[] = { families[i].address_key, families[i].prefix_key, families[i].gateway_key,
                                    families[i].secondary_key };

      for (guint j = 0; j < G_N_ELEMENTS (family_keys); j++)
        {
          g_autoptr (GVariant) value = g_variant_lookup_value (shown, family_keys[j], NULL);

          if (value != NULL)
            g_variant_builder_add (builder, "{sv}", family_keys[j], value);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (shown, keys[i], NULL);

      if (value != NULL)
        g_variant_builder_add (builder, "{sv}", keys[i], value);
    }
}

static GVariant *
networks_to_variant (FairleadContainer *container,
                     GPtrArray         *networks)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < networks->len; i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);
      const char *name = fairlead_attachment_get_network_name (attachment);
      const char *interface = fairlead_attachment_get_interface (attachment);

      /* A container can be on one network twice; then the interface parts the entries. */
      if (g_hash_table_add (seen, (char *) name) || interface == NULL)
        g_variant_builder_add (&builder, "{sv}", name, networks->pdata[i]);
      else
        {
          g_autofree char *key = g_strconcat (name, "@", interface, NULL);

          g_variant_builder_add (&builder, "{sv}", key, networks->pdata[i]);
        }
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
network_settings_to_variant (FairleadContainer *container,
                             GPtrArray         *networks)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree GListModel **mappings = g_new (GListModel *, networks->len + 1);
  const char *path = fairlead_container_get_netns_path (container);

  for (guint i = 0; i < networks->len; i++)
    mappings[i] = fairlead_attachment_get_port_mappings (fairlead_container_peek_attachment (container, i));

  add_main_network (&builder, networks);
  add_string (&builder, "SandboxKey", path);
  g_variant_builder_add (&builder, "{sv}", "Ports", ports_to_variant (mappings, networks->len));
  g_variant_builder_add (&builder, "{sv}", "Networks", networks_to_variant (container, networks));
  return g_variant_builder_end (&builder);
}

GVariant *
fairlead_inspect_container (FairleadContainer *container,
                            GPtrArray         *networks)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *path = fairlead_container_get_netns_path (container);
  const char *backend = NULL;

  g_assert (FAIRLEAD_IS_CONTAINER (container));
  g_assert (networks->len == fairlead_container_get_n_attachments (container));

  if (networks->len > 0)
    backend = fairlead_attachment_get_backend_name (fairlead_container_peek_attachment (container, 0));

  add_string (&builder, "Id", fairlead_container_get_id (container));
  add_enum (&builder, "State", FAIRLEAD_TYPE_STATE, fairlead_container_get_state (container));
  add_time (&builder, "Created", fairlead_container_get_created (container));
  add_string (&builder, "Netns", path);
  add_enum (&builder, "NetnsOrigin", FAIRLEAD_TYPE_NETNS_ORIGIN, fairlead_container_get_netns_origin (container));
  add_string (&builder, "SharedWith", fairlead_container_get_shared_container_id (container));
  add_string (&builder, "Backend", backend);
  add_string (&builder, "Problem", fairlead_container_get_problem (container));
  g_variant_builder_add (&builder, "{sv}", "NetworkSettings", network_settings_to_variant (container, networks));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
