/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-attachment-struct-private.h"

#include <stdio.h>
#include <string.h>

#include "fairlead-network-private.h"
#include "fairlead-param-private.h"
#include "fairlead-random-private.h"
#include "fairlead-replace-private.h"

/**
 * FairleadAttachment:
 *
 * One container on one network: the unit that backends set up and tear down.
 *
 * What a program gets from a [class@Fairlead.Container] shows how things are and changes only in the main context of
 * the manager, with a notify signal. What a method of a backend is given is a working copy of its own, which the
 * backend fills; it becomes visible when the verb is done.
 *
 * Everything that a teardown needs is in the attachment and its document, never only in the configuration.
 *
 * An attachment belongs to the thread that it was given to.
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (FairleadAttachment, fairlead_attachment, G_TYPE_OBJECT)

GParamSpec *fairlead_attachment_props[N_PROPS];

static void
fairlead_attachment_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  FairleadAttachment *self = FAIRLEAD_ATTACHMENT (object);

  switch (prop_id)
    {
    case PROP_CONTAINER_ID:
      g_value_set_string (value, self->container_id);
      break;
    case PROP_NETWORK_NAME:
      g_value_set_string (value, self->network_name);
      break;
    case PROP_BACKEND_NAME:
      g_value_set_string (value, self->backend_name);
      break;
    case PROP_NETWORK:
      g_value_set_object (value, self->network);
      break;
    case PROP_NETNS_PATH:
      g_value_set_string (value, self->netns_path);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_CREATED:
      g_value_set_boxed (value, self->created);
      break;
    case PROP_INTERFACE:
      g_value_set_string (value, self->interface);
      break;
    case PROP_IP:
      g_value_set_object (value, self->ip);
      break;
    case PROP_IP6:
      g_value_set_object (value, self->ip6);
      break;
    case PROP_MAC:
      g_value_set_string (value, self->mac);
      break;
    case PROP_DEFAULT_ROUTE:
      g_value_set_boolean (value, self->default_route);
      break;
    case PROP_ROUTE_METRIC:
      g_value_set_uint (value, self->route_metric);
      break;
    case PROP_PORT_MAPPINGS:
      g_value_set_object (value, self->port_mappings);
      break;
    case PROP_INTERFACES:
      g_value_set_object (value, self->interfaces);
      break;
    case PROP_ADDRESSES:
      g_value_set_object (value, self->addresses);
      break;
    case PROP_ROUTES:
      g_value_set_object (value, self->routes);
      break;
    case PROP_DNS_SERVERS:
      g_value_set_boxed (value, self->dns_servers);
      break;
    case PROP_DNS_SEARCHES:
      g_value_set_boxed (value, self->dns_searches);
      break;
    case PROP_DNS_OPTIONS:
      g_value_set_boxed (value, self->dns_options);
      break;
    case PROP_DOCUMENT:
      g_value_set_variant (value, self->document);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Only the names that identify an attachment, and what a request may ask for, are set as properties. */
static void
fairlead_attachment_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  FairleadAttachment *self = FAIRLEAD_ATTACHMENT (object);

  switch (prop_id)
    {
    case PROP_CONTAINER_ID:
      self->container_id = g_value_dup_string (value);
      break;
    case PROP_NETWORK_NAME:
      self->network_name = g_value_dup_string (value);
      break;
    case PROP_BACKEND_NAME:
      self->backend_name = g_value_dup_string (value);
      break;
    case PROP_INTERFACE:
      fairlead_attachment_set_interface (self, g_value_get_string (value));
      break;
    case PROP_IP:
      if (g_set_object (&self->ip, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_IP6:
      if (g_set_object (&self->ip6, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_MAC:
      g_free (self->mac);
      self->mac = g_value_dup_string (value);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_attachment_finalize (GObject *object)
{
  FairleadAttachment *self = FAIRLEAD_ATTACHMENT (object);

  g_free (self->container_id);
  g_free (self->network_name);
  g_free (self->backend_name);
  g_clear_object (&self->network);
  g_variant_unref (self->options);
  g_clear_object (&self->netns);
  g_free (self->netns_path);
  g_clear_pointer (&self->created, g_date_time_unref);
  g_free (self->interface);
  g_clear_object (&self->ip);
  g_clear_object (&self->ip6);
  g_free (self->mac);
  g_object_unref (self->port_mappings);
  g_object_unref (self->interfaces);
  g_object_unref (self->addresses);
  g_object_unref (self->routes);
  g_strfreev (self->dns_servers);
  g_strfreev (self->dns_searches);
  g_strfreev (self->dns_options);
  g_free (self->directory);
  g_free (self->directory_path);
  g_free (self->directories);
  g_variant_unref (self->document);

  G_OBJECT_CLASS (fairlead_attachment_parent_class)->finalize (object);
}

#define IDENTITY  (G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS)
#define READ_ONLY (G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)
#define REQUEST   (G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_REQUEST)

static void
install_identity (void)
{
  /**
   * FairleadAttachment:container-id:
   *
   * The id of the container.
   *
   * Since: 1.0
   */
  props[PROP_CONTAINER_ID] = g_param_spec_string ("container-id", NULL, NULL, NULL, IDENTITY);
  /**
   * FairleadAttachment:network-name:
   *
   * The name of the network.
   *
   * Since: 1.0
   */
  props[PROP_NETWORK_NAME] = g_param_spec_string ("network-name", NULL, NULL, NULL, IDENTITY);
  /**
   * FairleadAttachment:backend-name:
   *
   * The name of the backend that made it.
   *
   * Since: 1.0
   */
  props[PROP_BACKEND_NAME] = g_param_spec_string ("backend-name", NULL, NULL, NULL, IDENTITY);
  /**
   * FairleadAttachment:network: (getter get_network)
   *
   * The network with the values that this attachment uses, or %NULL if the backend's module is not loaded.
   *
   * Since: 1.0
   */
  props[PROP_NETWORK] = g_param_spec_object ("network", NULL, NULL, FAIRLEAD_TYPE_NETWORK, READ_ONLY);
  /**
   * FairleadAttachment:netns-path: (getter get_netns_path)
   *
   * The path of the network namespace, or %NULL if the container uses the caller's.
   *
   * Since: 1.0
   */
  props[PROP_NETNS_PATH] = g_param_spec_string ("netns-path", NULL, NULL, NULL, READ_ONLY);
  /**
   * FairleadAttachment:state: (getter get_state)
   *
   * Where the attachment is in its life.
   *
   * Since: 1.0
   */
  props[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, FAIRLEAD_TYPE_STATE, FAIRLEAD_STATE_PLANNED, READ_ONLY);
  /**
   * FairleadAttachment:created: (getter get_created)
   *
   * When it was set up, in UTC.
   *
   * Since: 1.0
   */
  props[PROP_CREATED] = g_param_spec_boxed ("created", NULL, NULL, G_TYPE_DATE_TIME, READ_ONLY);
}

static void
install_requested (void)
{
  /**
   * FairleadAttachment:interface: (getter get_interface)
   *
   * The name of the interface inside the namespace: as requested, then as made.
   *
   * Since: 1.0
   */
  props[PROP_INTERFACE] =
    g_param_spec_string ("interface", NULL, "Name of the interface inside the namespace", NULL, REQUEST);
  /**
   * FairleadAttachment:ip: (getter get_ip)
   *
   * The IPv4 address that was asked for, if one was.
   *
   * Since: 1.0
   */
  props[PROP_IP] = g_param_spec_object ("ip", NULL, "IPv4 address to get", G_TYPE_INET_ADDRESS, REQUEST);
  /**
   * FairleadAttachment:ip6: (getter get_ip6)
   *
   * The IPv6 address that was asked for, if one was.
   *
   * Since: 1.0
   */
  props[PROP_IP6] = g_param_spec_object ("ip6", NULL, "IPv6 address to get", G_TYPE_INET_ADDRESS, REQUEST);
  /**
   * FairleadAttachment:mac: (getter get_mac)
   *
   * The MAC address that was asked for, if one was, as `02:00:00:00:00:01`.
   *
   * Since: 1.0
   */
  props[PROP_MAC] = g_param_spec_string ("mac", NULL, "MAC address to get", NULL, REQUEST);
}

static void
install_result (void)
{
  /**
   * FairleadAttachment:default-route: (getter get_default_route)
   *
   * Whether this network is to give the container its default route.
   *
   * Since: 1.0
   */
  props[PROP_DEFAULT_ROUTE] = g_param_spec_boolean ("default-route", NULL, NULL, FALSE, READ_ONLY);
  /**
   * FairleadAttachment:route-metric: (getter get_route_metric)
   *
   * The metric for routes of this network; 0 leaves it to the kernel. It rises from network to network.
   *
   * Since: 1.0
   */
  props[PROP_ROUTE_METRIC] = g_param_spec_uint ("route-metric", NULL, NULL, 0, G_MAXUINT, 0, READ_ONLY);
  /**
   * FairleadAttachment:port-mappings: (getter get_port_mappings)
   *
   * The ports that are published through this network.
   *
   * Since: 1.0
   */
  props[PROP_PORT_MAPPINGS] = g_param_spec_object ("port-mappings", NULL, NULL, G_TYPE_LIST_MODEL, READ_ONLY);
  /**
   * FairleadAttachment:interfaces: (getter get_interfaces)
   *
   * The interfaces that were made, inside and outside.
   *
   * Since: 1.0
   */
  props[PROP_INTERFACES] = g_param_spec_object ("interfaces", NULL, NULL, G_TYPE_LIST_MODEL, READ_ONLY);
  /**
   * FairleadAttachment:addresses: (getter get_addresses)
   *
   * The container's addresses on this network.
   *
   * Since: 1.0
   */
  props[PROP_ADDRESSES] = g_param_spec_object ("addresses", NULL, NULL, G_TYPE_LIST_MODEL, READ_ONLY);
  /**
   * FairleadAttachment:routes: (getter get_routes)
   *
   * The routes that this network gave the container.
   *
   * Since: 1.0
   */
  props[PROP_ROUTES] = g_param_spec_object ("routes", NULL, NULL, G_TYPE_LIST_MODEL, READ_ONLY);
  /**
   * FairleadAttachment:dns-servers: (getter get_dns_servers)
   *
   * The addresses of the network's DNS servers.
   *
   * Since: 1.0
   */
  props[PROP_DNS_SERVERS] = g_param_spec_boxed ("dns-servers", NULL, NULL, G_TYPE_STRV, READ_ONLY);
  /**
   * FairleadAttachment:dns-searches: (getter get_dns_searches)
   *
   * The network's DNS search domains.
   *
   * Since: 1.0
   */
  props[PROP_DNS_SEARCHES] = g_param_spec_boxed ("dns-searches", NULL, NULL, G_TYPE_STRV, READ_ONLY);
  /**
   * FairleadAttachment:dns-options: (getter get_dns_options)
   *
   * The network's options for resolv.conf(5).
   *
   * Since: 1.0
   */
  props[PROP_DNS_OPTIONS] = g_param_spec_boxed ("dns-options", NULL, NULL, G_TYPE_STRV, READ_ONLY);
  /**
   * FairleadAttachment:document: (getter get_document)
   *
   * The backend's private document, `a{sv}`. The core does not look into it.
   *
   * Since: 1.0
   */
  props[PROP_DOCUMENT] =
    g_param_spec_variant ("document", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, READ_ONLY);
}

static void
fairlead_attachment_class_init (FairleadAttachmentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fairlead_attachment_get_property;
  object_class->set_property = fairlead_attachment_set_property;
  object_class->finalize = fairlead_attachment_finalize;

  install_identity ();
  install_requested ();
  install_result ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_attachment_init (FairleadAttachment *self)
{
  self->exit_fd = -1;
  self->options = g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
  self->document = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  self->port_mappings = g_list_store_new (FAIRLEAD_TYPE_PORT_MAPPING);
  self->interfaces = g_list_store_new (FAIRLEAD_TYPE_INTERFACE);
  self->addresses = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_ADDRESS);
  self->routes = g_list_store_new (FAIRLEAD_TYPE_ROUTE);
  self->dns_servers = g_new0 (char *, 1);
  self->dns_searches = g_new0 (char *, 1);
  self->dns_options = g_new0 (char *, 1);
}

FairleadAttachment *
fairlead_attachment_new (const char *container_id,
                         const char *network_name,
                         const char *backend_name)
{
  return g_object_new (FAIRLEAD_TYPE_ATTACHMENT,
                       "container-id", container_id,
                       "network-name", network_name,
                       "backend-name", backend_name,
                       NULL);
}

static gboolean
check_family (GInetAddress   *address,
              const char     *key,
              GSocketFamily   family,
              GError        **error)
{
  if (address == NULL || g_inet_address_get_family (address) == family)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "%s: an %s address is wanted", key, family == G_SOCKET_FAMILY_IPV4 ? "IPv4" : "IPv6");
  return FALSE;
}

static gboolean
mac_is_valid (const char *mac)
{
  guint octets[6];
  int end = 0;

  /* Unicast: the lowest bit of the first octet is the group bit (IEEE 802). */
  return strlen (mac) == 17 &&
         sscanf (mac, "%2x:%2x:%2x:%2x:%2x:%2x%n", &octets[0], &octets[1], &octets[2], &octets[3], &octets[4],
                 &octets[5], &end) == 6 &&
         end == 17 && strspn (mac, "0123456789abcdefABCDEF:") == 17 && (octets[0] & 1) == 0 &&
         strcmp (mac, "00:00:00:00:00:00") != 0;
}

static gboolean
check_requested (FairleadAttachment  *self,
                 GError             **error)
{
  if (self->interface != NULL && !fairlead_interface_name_is_valid (self->interface))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "interface: \"%.80s\" is not an interface name (1 to 15 bytes, no \"/\", \":\" or space)",
                   self->interface);
      return FALSE;
    }
  if (self->mac != NULL && !mac_is_valid (self->mac))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "mac: \"%.80s\" is not a unicast MAC address like 02:00:00:00:00:01", self->mac);
      return FALSE;
    }
  return check_family (self->ip, "ip", G_SOCKET_FAMILY_IPV4, error) &&
         check_family (self->ip6, "ip6", G_SOCKET_FAMILY_IPV6, error);
}

/* The attachment's own, then those of its network. */
static GParamSpec **
list_options (FairleadAttachment *self,
              guint              *n_pspecs)
{
  guint n_own, n_others;
  GParamSpec **pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), FAIRLEAD_PARAM_REQUEST, &n_own);
  g_autofree GParamSpec **others =
    fairlead_param_list (G_OBJECT_GET_CLASS (self->network), FAIRLEAD_PARAM_REQUEST, &n_others);

  *n_pspecs = n_own + n_others;
  pspecs = g_renew (GParamSpec *, pspecs, *n_pspecs);
  for (guint i = 0; i < n_others; i++)
    pspecs[n_own + i] = others[i];
  return pspecs;
}

/* An option of a request: one of the attachment's own, else one of its network's. */
gboolean
fairlead_attachment_set_option (FairleadAttachment  *self,
                                const char          *key,
                                const char          *text,
                                GError             **error)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs = list_options (self, &n_pspecs);
  GParamSpec *pspec = fairlead_param_find (pspecs, n_pspecs, key, error);
  gboolean is_own = pspec != NULL && pspec->owner_type == FAIRLEAD_TYPE_ATTACHMENT;
  gpointer object = is_own ? (gpointer) self : (gpointer) self->network;

  if (pspec == NULL || !fairlead_param_set_text (object, pspec, key, text, error))
    {
      g_prefix_error (error, "%s: ", key);
      return FALSE;
    }
  if (is_own)
    return check_requested (self, error);
  fairlead_attachment_set_network (self, self->network);
  return TRUE;
}

void
fairlead_attachment_plan_directory (FairleadAttachment *self)
{
  g_free (self->directory);
  self->directory = g_strdup_printf ("%08x", fairlead_random ());
}

void
fairlead_attachment_set_network (FairleadAttachment *self,
                                 FairleadNetwork    *network)
{
  g_autoptr (GVariant) options = fairlead_network_dup_options (network);

  g_set_object (&self->network, network);
  g_variant_unref (self->options);
  self->options = g_steal_pointer (&options);
}

/* The network that was set before, made from the options; they stay as they are. */
void
fairlead_attachment_restore_network (FairleadAttachment *self,
                                     FairleadNetwork    *network)
{
  g_set_object (&self->network, network);
}

GVariant *
fairlead_attachment_get_options (FairleadAttachment *self)
{
  return self->options;
}

void
fairlead_attachment_set_netns (FairleadAttachment *self,
                               FairleadNetns      *netns,
                               const char         *path)
{
  g_set_object (&self->netns, netns);
  fairlead_replace_string (&self->netns_path, path);
}

void
fairlead_attachment_set_state (FairleadAttachment *self,
                               FairleadState       state)
{
  self->state = state;
  if (state == FAIRLEAD_STATE_SETTING_UP && self->created == NULL)
    self->created = g_date_time_new_now_utc ();
}

void
fairlead_attachment_set_default_route (FairleadAttachment *self,
                                       gboolean            default_route,
                                       guint               metric)
{
  self->default_route = default_route;
  self->route_metric = metric;
}

void
fairlead_attachment_add_port_mapping (FairleadAttachment  *self,
                                      FairleadPortMapping *mapping)
{
  g_list_store_append (self->port_mappings, mapping);
}

void
fairlead_attachment_remove_port_mapping (FairleadAttachment  *self,
                                         FairleadPortMapping *mapping)
{
  guint position;

  if (g_list_store_find_with_equal_func (self->port_mappings, mapping, (GEqualFunc) fairlead_port_mapping_equal,
                                         &position))
    g_list_store_remove (self->port_mappings, position);
}

/**
 * fairlead_attachment_get_container_id:
 * @self: an attachment
 *
 * Gets the id of the container.
 *
 * Returns: the id
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_get_container_id (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->container_id;
}

/**
 * fairlead_attachment_get_network_name:
 * @self: an attachment
 *
 * Gets the name of the network.
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_get_network_name (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->network_name;
}

/**
 * fairlead_attachment_get_backend_name:
 * @self: an attachment
 *
 * Gets the name of the backend.
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_get_backend_name (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->backend_name;
}

/**
 * fairlead_attachment_get_network:
 * @self: an attachment
 *
 * Gets the network with the values that this attachment uses.
 *
 * Returns: (transfer none) (nullable): the network, or %NULL if the backend's module is not loaded
 *
 * Since: 1.0
 */
FairleadNetwork *
fairlead_attachment_get_network (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->network;
}

/**
 * fairlead_attachment_get_netns:
 * @self: an attachment
 *
 * Gets the open network namespace. Backends have it while one of their methods runs.
 *
 * Returns: (transfer none) (nullable): the namespace, or %NULL outside of a method, or if it is gone
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_attachment_get_netns (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->netns;
}

/**
 * fairlead_attachment_get_netns_path:
 * @self: an attachment
 *
 * Gets the path of the network namespace, for people and for helpers that take a path.
 *
 * Returns: (nullable): the path, or %NULL if the container uses the caller's namespace
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_get_netns_path (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->netns_path;
}

/**
 * fairlead_attachment_get_state:
 * @self: an attachment
 *
 * Gets where the attachment is in its life.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
FairleadState
fairlead_attachment_get_state (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), FAIRLEAD_STATE_GONE);

  return self->state;
}

/**
 * fairlead_attachment_get_created:
 * @self: an attachment
 *
 * Gets when the attachment was set up, in UTC.
 *
 * Returns: (transfer none) (nullable): the time, or %NULL before
 *
 * Since: 1.0
 */
GDateTime *
fairlead_attachment_get_created (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->created;
}

/**
 * fairlead_attachment_get_interface:
 * @self: an attachment
 *
 * Gets the name of the interface inside the namespace.
 *
 * Returns: (nullable): the name, or %NULL if none was asked for or made
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_get_interface (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->interface;
}

/**
 * fairlead_attachment_get_ip:
 * @self: an attachment
 *
 * Gets the IPv4 address that was asked for.
 *
 * Returns: (transfer none) (nullable): the address, or %NULL
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_attachment_get_ip (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->ip;
}

/**
 * fairlead_attachment_get_ip6:
 * @self: an attachment
 *
 * Gets the IPv6 address that was asked for.
 *
 * Returns: (transfer none) (nullable): the address, or %NULL
 *
 * Since: 1.0
 */
GInetAddress *
fairlead_attachment_get_ip6 (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->ip6;
}

/**
 * fairlead_attachment_get_mac:
 * @self: an attachment
 *
 * Gets the MAC address that was asked for.
 *
 * Returns: (nullable): the address as `02:00:00:00:00:01`, or %NULL
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_get_mac (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->mac;
}

/**
 * fairlead_attachment_get_default_route:
 * @self: an attachment
 *
 * Gets whether this network is to give the container its default route.
 *
 * Returns: %TRUE if it is
 *
 * Since: 1.0
 */
gboolean
fairlead_attachment_get_default_route (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), FALSE);

  return self->default_route;
}

/**
 * fairlead_attachment_get_route_metric:
 * @self: an attachment
 *
 * Gets the metric for routes of this network.
 *
 * Returns: the metric; 0 leaves it to the kernel
 *
 * Since: 1.0
 */
guint
fairlead_attachment_get_route_metric (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), 0);

  return self->route_metric;
}

/**
 * fairlead_attachment_get_port_mappings:
 * @self: an attachment
 *
 * Gets the ports that are published through this network.
 *
 * Returns: (transfer none): a list of [class@Fairlead.PortMapping]
 *
 * Since: 1.0
 */
GListModel *
fairlead_attachment_get_port_mappings (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return G_LIST_MODEL (self->port_mappings);
}

/**
 * fairlead_attachment_get_interfaces:
 * @self: an attachment
 *
 * Gets the interfaces that were made, inside and outside of the namespace.
 *
 * Returns: (transfer none): a list of [class@Fairlead.Interface]
 *
 * Since: 1.0
 */
GListModel *
fairlead_attachment_get_interfaces (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return G_LIST_MODEL (self->interfaces);
}

/**
 * fairlead_attachment_get_addresses:
 * @self: an attachment
 *
 * Gets the container's addresses on this network.
 *
 * Returns: (transfer none): a list of [class@Fairlead.InterfaceAddress]
 *
 * Since: 1.0
 */
GListModel *
fairlead_attachment_get_addresses (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return G_LIST_MODEL (self->addresses);
}

/**
 * fairlead_attachment_get_routes:
 * @self: an attachment
 *
 * Gets the routes that this network gave the container.
 *
 * Returns: (transfer none): a list of [class@Fairlead.Route]
 *
 * Since: 1.0
 */
GListModel *
fairlead_attachment_get_routes (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return G_LIST_MODEL (self->routes);
}

/**
 * fairlead_attachment_get_dns_servers:
 * @self: an attachment
 *
 * Gets the addresses of the network's DNS servers.
 *
 * Returns: (transfer none): the addresses, possibly none
 *
 * Since: 1.0
 */
const char * const *
fairlead_attachment_get_dns_servers (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return (const char * const *) self->dns_servers;
}

/**
 * fairlead_attachment_get_dns_searches:
 * @self: an attachment
 *
 * Gets the network's DNS search domains.
 *
 * Returns: (transfer none): the domains, possibly none
 *
 * Since: 1.0
 */
const char * const *
fairlead_attachment_get_dns_searches (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return (const char * const *) self->dns_searches;
}

/**
 * fairlead_attachment_get_dns_options:
 * @self: an attachment
 *
 * Gets the network's options for resolv.conf(5).
 *
 * Returns: (transfer none): the options, possibly none
 *
 * Since: 1.0
 */
const char * const *
fairlead_attachment_get_dns_options (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return (const char * const *) self->dns_options;
}

/**
 * fairlead_attachment_get_document:
 * @self: an attachment
 *
 * Gets the backend's private document.
 *
 * Returns: (transfer none): an `a{sv}`, empty if nothing was set
 *
 * Since: 1.0
 */
GVariant *
fairlead_attachment_get_document (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->document;
}
