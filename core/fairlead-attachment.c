/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-attachment-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-dict-private.h"
#include "fairlead-network-private.h"
#include "fairlead-param-private.h"
#include "fairlead-random-private.h"

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
struct _FairleadAttachment
{
  GObject parent_instance;

  char            *container_id;
  char            *network_name;
  char            *backend_name;
  FairleadNetwork *network;       /* (nullable) (owned), unless the module is gone */
  GVariant        *options;       /* (owned) the network's values as set up, a{ss} */
  FairleadNetns   *netns;         /* (nullable) (owned), in a working copy only */
  char            *netns_path;    /* (nullable) */
  FairleadState    state;
  GDateTime       *created;       /* (nullable) */
  char            *interface;     /* (nullable) */
  GInetAddress    *ip;            /* (nullable), as requested */
  GInetAddress    *ip6;           /* (nullable), as requested */
  char            *mac;           /* (nullable), as requested */
  gboolean         default_route;
  guint            route_metric;
  GListStore      *port_mappings; /* (owned) (element-type FairleadPortMapping) */
  GListStore      *interfaces;    /* (owned) (element-type FairleadInterface) */
  GListStore      *addresses;     /* (owned) (element-type FairleadInterfaceAddress) */
  GListStore      *routes;        /* (owned) (element-type FairleadRoute) */
  char           **dns_servers;
  char           **dns_searches;
  char           **dns_options;
  GVariant        *document;      /* (owned) a{sv} */
  char            *directory;     /* (nullable) the name of the directory for its files */
  char            *directory_path; /* (nullable) */
  int              exit_fd;       /* in a working copy only, and not owned; -1 if there is none */

  FairleadCheckpointFunc checkpoint_func; /* (nullable) */
  gpointer               checkpoint_data;
  char                  *directories;     /* (nullable) where the directories of attachments are */
};

G_DEFINE_FINAL_TYPE (FairleadAttachment, fairlead_attachment, G_TYPE_OBJECT)

enum
{
  PROP_CONTAINER_ID = 1,
  PROP_NETWORK_NAME,
  PROP_BACKEND_NAME,
  PROP_NETWORK,
  PROP_NETNS_PATH,
  PROP_STATE,
  PROP_CREATED,
  PROP_INTERFACE,
  PROP_IP,
  PROP_IP6,
  PROP_MAC,
  PROP_DEFAULT_ROUTE,
  PROP_ROUTE_METRIC,
  PROP_PORT_MAPPINGS,
  PROP_INTERFACES,
  PROP_ADDRESSES,
  PROP_ROUTES,
  PROP_DNS_SERVERS,
  PROP_DNS_SEARCHES,
  PROP_DNS_OPTIONS,
  PROP_DOCUMENT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* The keys of the state file are the property names, so that a difference between two states names the property. */

typedef void (*WriteItemFunc) (gpointer            item,
                               FairleadJsonWriter *writer);

static void
write_list (FairleadJsonWriter *writer,
            const char         *key,
            GListStore         *list,
            WriteItemFunc       func)
{
  fairlead_json_writer_begin_list (writer, key);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (list), i);

      func (item, writer);
    }
  fairlead_json_writer_end_list (writer);
}

static void
write_port_mapping (gpointer            item,
                    FairleadJsonWriter *writer)
{
  g_autofree char *text = fairlead_port_mapping_to_string (item);

  fairlead_json_writer_add_string (writer, NULL, text);
}

static void
write_interface (gpointer            item,
                 FairleadJsonWriter *writer)
{
  fairlead_json_writer_begin_object (writer, NULL);
  fairlead_json_writer_add_string (writer, "name", fairlead_interface_get_name (item));
  fairlead_json_writer_add_string (writer, "mac-address", fairlead_interface_get_mac_address (item));
  fairlead_json_writer_add_uint (writer, "mtu", fairlead_interface_get_mtu (item));
  fairlead_json_writer_add_string (writer, "sandbox", fairlead_interface_get_sandbox (item));
  fairlead_json_writer_end_object (writer);
}

static void
write_address (gpointer            item,
               FairleadJsonWriter *writer)
{
  g_autofree char *text = fairlead_interface_address_to_string (item);

  fairlead_json_writer_begin_object (writer, NULL);
  fairlead_json_writer_add_string (writer, "interface", fairlead_interface_address_get_interface_name (item));
  fairlead_json_writer_add_string (writer, "address", text);
  fairlead_json_writer_add_inet (writer, "gateway", fairlead_interface_address_get_gateway (item));
  fairlead_json_writer_end_object (writer);
}

static void
write_route (gpointer            item,
             FairleadJsonWriter *writer)
{
  g_autofree char *destination = g_inet_address_mask_to_string (fairlead_route_get_destination (item));

  fairlead_json_writer_begin_object (writer, NULL);
  fairlead_json_writer_add_string (writer, "destination", destination);
  fairlead_json_writer_add_inet (writer, "gateway", fairlead_route_get_gateway (item));
  fairlead_json_writer_add_uint (writer, "metric", fairlead_route_get_metric (item));
  fairlead_json_writer_add_uint (writer, "table", fairlead_route_get_table (item));
  fairlead_json_writer_add_int (writer, "scope", fairlead_route_get_scope (item));
  fairlead_json_writer_add_uint (writer, "mtu", fairlead_route_get_mtu (item));
  fairlead_json_writer_add_uint (writer, "advmss", fairlead_route_get_advmss (item));
  fairlead_json_writer_end_object (writer);
}

static void
write_options (FairleadAttachment *self,
               FairleadJsonWriter *writer)
{
  GVariantIter iter;
  const char *key, *value;

  fairlead_json_writer_begin_object (writer, "options");
  g_variant_iter_init (&iter, self->options);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    fairlead_json_writer_add_string (writer, key, value);
  fairlead_json_writer_end_object (writer);
}

static void
write_property (FairleadAttachment *self,
                guint               prop_id,
                FairleadJsonWriter *writer)
{
  const char *key = g_param_spec_get_name (props[prop_id]);

  switch (prop_id)
    {
    case PROP_NETWORK_NAME:
      fairlead_json_writer_add_string (writer, key, self->network_name);
      break;
    case PROP_BACKEND_NAME:
      fairlead_json_writer_add_string (writer, key, self->backend_name);
      break;
    case PROP_NETNS_PATH:
      fairlead_json_writer_add_string (writer, key, self->netns_path);
      break;
    case PROP_STATE:
      fairlead_json_writer_add_enum (writer, key, FAIRLEAD_TYPE_STATE, self->state);
      break;
    case PROP_CREATED:
      fairlead_json_writer_add_date (writer, key, self->created);
      break;
    case PROP_INTERFACE:
      fairlead_json_writer_add_string (writer, key, self->interface);
      break;
    case PROP_IP:
      fairlead_json_writer_add_inet (writer, key, self->ip);
      break;
    case PROP_IP6:
      fairlead_json_writer_add_inet (writer, key, self->ip6);
      break;
    case PROP_MAC:
      fairlead_json_writer_add_string (writer, key, self->mac);
      break;
    case PROP_DEFAULT_ROUTE:
      fairlead_json_writer_add_boolean (writer, key, self->default_route);
      break;
    case PROP_ROUTE_METRIC:
      fairlead_json_writer_add_uint (writer, key, self->route_metric);
      break;
    case PROP_PORT_MAPPINGS:
      write_list (writer, key, self->port_mappings, write_port_mapping);
      break;
    case PROP_INTERFACES:
      write_list (writer, key, self->interfaces, write_interface);
      break;
    case PROP_ADDRESSES:
      write_list (writer, key, self->addresses, write_address);
      break;
    case PROP_ROUTES:
      write_list (writer, key, self->routes, write_route);
      break;
    case PROP_DNS_SERVERS:
      fairlead_json_writer_add_strv (writer, key, self->dns_servers);
      break;
    case PROP_DNS_SEARCHES:
      fairlead_json_writer_add_strv (writer, key, self->dns_searches);
      break;
    case PROP_DNS_OPTIONS:
      fairlead_json_writer_add_strv (writer, key, self->dns_options);
      break;
    case PROP_DOCUMENT:
      fairlead_json_writer_add_document (writer, key, self->document);
      break;
    default:
      /* The container's own, and what is found by its name. */
      break;
    }
}

static gboolean
read_port_mappings (FairleadAttachment  *self,
                    JsonObject          *dict,
                    GError             **error)
{
  g_auto (GStrv) texts = NULL;

  if (!fairlead_dict_get_strv (dict, "port-mappings", &texts, error))
    return FALSE;
  for (char **text = texts; *text != NULL; text++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (*text, error);

      if (mapping == NULL)
        {
          g_prefix_error (error, "\"port-mappings\": ");
          return FALSE;
        }
      g_list_store_append (self->port_mappings, mapping);
    }
  return TRUE;
}

static gboolean
read_interface (JsonObject  *item,
                gpointer     user_data,
                GError     **error)
{
  FairleadAttachment *self = user_data;
  g_autofree char *name = NULL;
  g_autofree char *mac_address = NULL;
  g_autofree char *sandbox = NULL;
  guint64 mtu = 0;
  g_autoptr (FairleadInterface) interface = NULL;

  if (!fairlead_dict_require (item, "name", error) ||
      !fairlead_dict_get_string (item, "name", &name, error) ||
      !fairlead_dict_get_string (item, "mac-address", &mac_address, error) ||
      !fairlead_dict_get_uint (item, "mtu", G_MAXUINT32, &mtu, error) ||
      !fairlead_dict_get_string (item, "sandbox", &sandbox, error))
    return FALSE;

  interface = fairlead_interface_new (name, mac_address, (guint) mtu, sandbox);
  g_list_store_append (self->interfaces, interface);
  return TRUE;
}

static gboolean
read_address (JsonObject  *item,
              gpointer     user_data,
              GError     **error)
{
  FairleadAttachment *self = user_data;
  g_autofree char *interface = NULL;
  g_autofree char *text = NULL;
  g_autofree char *gateway = NULL;
  g_autoptr (FairleadInterfaceAddress) address = NULL;

  if (!fairlead_dict_require (item, "address", error) ||
      !fairlead_dict_get_string (item, "interface", &interface, error) ||
      !fairlead_dict_get_string (item, "address", &text, error) ||
      !fairlead_dict_get_string (item, "gateway", &gateway, error))
    return FALSE;

  address = fairlead_interface_address_new_from_string (interface, text, gateway, error);
  if (address == NULL)
    return FALSE;
  g_list_store_append (self->addresses, address);
  return TRUE;
}

static gboolean
read_route (JsonObject  *item,
            gpointer     user_data,
            GError     **error)
{
  FairleadAttachment *self = user_data;
  g_autofree char *text = NULL;
  g_autoptr (GInetAddressMask) destination = NULL;
  g_autoptr (GInetAddress) gateway = NULL;
  g_autoptr (FairleadRoute) route = NULL;
  guint64 metric = 0, table = 0, mtu = 0, advmss = 0;
  gint64 scope = -1;

  if (!fairlead_dict_require (item, "destination", error) ||
      !fairlead_dict_get_string (item, "destination", &text, error) ||
      !fairlead_dict_get_inet (item, "gateway", &gateway, error) ||
      !fairlead_dict_get_uint (item, "metric", G_MAXUINT32, &metric, error) ||
      !fairlead_dict_get_uint (item, "table", G_MAXUINT32, &table, error) ||
      !fairlead_dict_get_int (item, "scope", &scope, error) ||
      !fairlead_dict_get_uint (item, "mtu", G_MAXUINT32, &mtu, error) ||
      !fairlead_dict_get_uint (item, "advmss", G_MAXUINT32, &advmss, error))
    return FALSE;

  destination = g_inet_address_mask_new_from_string (text, error);
  if (destination == NULL)
    return FALSE;
  route = g_object_new (FAIRLEAD_TYPE_ROUTE,
                        "destination", destination, "gateway", gateway, "metric", (guint) metric,
                        "table", (guint) table, "scope", (int) CLAMP (scope, -1, 255),
                        "mtu", (guint) mtu, "advmss", (guint) advmss, NULL);
  g_list_store_append (self->routes, route);
  return TRUE;
}

/* Eight hexadecimal digits, so that it cannot lead elsewhere. */
static gboolean
read_directory (FairleadAttachment  *self,
                JsonObject          *dict,
                GError             **error)
{
  if (!fairlead_dict_get_string (dict, "directory", &self->directory, error))
    return FALSE;
  if (self->directory == NULL || (strlen (self->directory) == 8 && strspn (self->directory, "0123456789abcdef") == 8))
    return TRUE;
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "\"directory\" is not a name that we give");
  return FALSE;
}

static gboolean
read_dict (FairleadAttachment  *self,
           JsonObject          *dict,
           GError             **error)
{
  int state = self->state;
  guint64 metric = 0;

  if (!fairlead_dict_get_string (dict, "netns-path", &self->netns_path, error) ||
      !fairlead_dict_get_enum (dict, "state", FAIRLEAD_TYPE_STATE, &state, error) ||
      !fairlead_dict_get_date (dict, "created", &self->created, error) ||
      !fairlead_dict_get_strings (dict, "options", &self->options, error) ||
      !fairlead_dict_get_string (dict, "interface", &self->interface, error) ||
      !fairlead_dict_get_inet (dict, "ip", &self->ip, error) ||
      !fairlead_dict_get_inet (dict, "ip6", &self->ip6, error) ||
      !fairlead_dict_get_string (dict, "mac", &self->mac, error) ||
      !fairlead_dict_get_boolean (dict, "default-route", &self->default_route, error) ||
      !fairlead_dict_get_uint (dict, "route-metric", G_MAXUINT32, &metric, error) ||
      !read_port_mappings (self, dict, error) ||
      !fairlead_dict_foreach_item (dict, "interfaces", read_interface, self, error) ||
      !fairlead_dict_foreach_item (dict, "addresses", read_address, self, error) ||
      !fairlead_dict_foreach_item (dict, "routes", read_route, self, error) ||
      !fairlead_dict_get_strv (dict, "dns-servers", &self->dns_servers, error) ||
      !fairlead_dict_get_strv (dict, "dns-searches", &self->dns_searches, error) ||
      !fairlead_dict_get_strv (dict, "dns-options", &self->dns_options, error) ||
      !read_directory (self, dict, error) ||
      !fairlead_dict_get_document (dict, "document", &self->document, error))
    return FALSE;

  self->state = state;
  self->route_metric = (guint) metric;
  return TRUE;
}

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

FairleadAttachment *
fairlead_attachment_new_from_dict (const char  *container_id,
                                   JsonObject  *dict,
                                   GError     **error)
{
  g_autoptr (FairleadAttachment) self = NULL;
  g_autofree char *network_name = NULL;
  g_autofree char *backend_name = NULL;

  if (!fairlead_dict_require (dict, "network-name", error) ||
      !fairlead_dict_get_string (dict, "network-name", &network_name, error) ||
      !fairlead_dict_require (dict, "backend-name", error) ||
      !fairlead_dict_get_string (dict, "backend-name", &backend_name, error))
    return NULL;

  self = fairlead_attachment_new (container_id, network_name, backend_name);
  if (!read_dict (self, dict, error))
    {
      g_prefix_error (error, "network %s: ", network_name);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
fairlead_attachment_write (FairleadAttachment *self,
                           FairleadJsonWriter *writer)
{
  g_assert (FAIRLEAD_IS_ATTACHMENT (self));

  fairlead_json_writer_begin_object (writer, NULL);
  for (guint i = PROP_NETWORK_NAME; i < N_PROPS; i++)
    write_property (self, i, writer);
  write_options (self, writer);
  fairlead_json_writer_add_string (writer, "directory", self->directory);
  fairlead_json_writer_end_object (writer);
}

static void
replace_string (char       **target,
                const char  *value)
{
  char *copy = g_strdup (value);

  g_free (*target);
  *target = copy;
}

static void
replace_strv (char ***target,
              char  **value)
{
  char **copy = g_strdupv (value);

  g_strfreev (*target);
  *target = copy;
}

static void
replace_variant (GVariant **target,
                 GVariant  *value)
{
  GVariant *copy = g_variant_ref (value);

  g_variant_unref (*target);
  *target = copy;
}

static void
replace_list (GListStore *target,
              GListStore *source)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (source));
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_items; i++)
    g_ptr_array_add (items, g_list_model_get_item (G_LIST_MODEL (source), i));
  g_list_store_splice (target, 0, g_list_model_get_n_items (G_LIST_MODEL (target)), items->pdata, n_items);
}

static void
take_over (FairleadAttachment *self,
           FairleadAttachment *other)
{
  g_set_object (&self->network, other->network);
  replace_variant (&self->options, other->options);
  replace_string (&self->netns_path, other->netns_path);
  replace_string (&self->directory, other->directory);
  self->state = other->state;
  g_clear_pointer (&self->created, g_date_time_unref);
  self->created = other->created != NULL ? g_date_time_ref (other->created) : NULL;
  replace_string (&self->interface, other->interface);
  g_set_object (&self->ip, other->ip);
  g_set_object (&self->ip6, other->ip6);
  replace_string (&self->mac, other->mac);
  self->default_route = other->default_route;
  self->route_metric = other->route_metric;
  replace_strv (&self->dns_servers, other->dns_servers);
  replace_strv (&self->dns_searches, other->dns_searches);
  replace_strv (&self->dns_options, other->dns_options);
  replace_variant (&self->document, other->document);
}

static char *
property_to_text (FairleadAttachment *self,
                  guint               prop_id)
{
  FairleadJsonWriter writer;

  fairlead_json_writer_begin (&writer);
  write_property (self, prop_id, &writer);
  return fairlead_json_writer_end (&writer);
}

/* Makes @self equal to @other, of the same container and network, notifies of what changed, and tells whether anything
 * did. */
gboolean
fairlead_attachment_update (FairleadAttachment *self,
                            FairleadAttachment *other)
{
  GListStore *mine[] = { self->port_mappings, self->interfaces, self->addresses, self->routes };
  GListStore *theirs[] = { other->port_mappings, other->interfaces, other->addresses, other->routes };
  static const guint list_props[] = { PROP_PORT_MAPPINGS, PROP_INTERFACES, PROP_ADDRESSES, PROP_ROUTES };
  gboolean is_changed[N_PROPS] = { FALSE };
  gboolean changed = FALSE;

  for (guint i = PROP_NETNS_PATH; i < N_PROPS; i++)
    {
      g_autofree char *before = property_to_text (self, i);
      g_autofree char *after = property_to_text (other, i);

      is_changed[i] = strcmp (before, after) != 0;
      changed |= is_changed[i];
    }
  g_object_freeze_notify (G_OBJECT (self));
  take_over (self, other);
  for (guint i = 0; i < G_N_ELEMENTS (list_props); i++)
    if (is_changed[list_props[i]])
      replace_list (mine[i], theirs[i]);
  for (guint i = PROP_NETNS_PATH; i < N_PROPS; i++)
    if (is_changed[i])
      g_object_notify_by_pspec (G_OBJECT (self), props[i]);
  g_object_thaw_notify (G_OBJECT (self));
  return changed;
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

/* An option of a request: one of the attachment's own, else one of its network's. */
gboolean
fairlead_attachment_set_option (FairleadAttachment  *self,
                                const char          *key,
                                const char          *text,
                                GError             **error)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (self), key);

  if (pspec != NULL && (pspec->flags & FAIRLEAD_PARAM_REQUEST) != 0)
    {
      if (!fairlead_param_set_text (G_OBJECT (self), pspec, key, text, error))
        {
          g_prefix_error (error, "%s: ", key);
          return FALSE;
        }
      return check_requested (self, error);
    }
  if (!fairlead_network_set_option (self->network, FAIRLEAD_PARAM_REQUEST, key, text, error))
    return FALSE;
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
  replace_variant (&self->options, options);
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
  replace_string (&self->netns_path, path);
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

void
fairlead_attachment_set_checkpoint (FairleadAttachment     *self,
                                    FairleadCheckpointFunc  func,
                                    gpointer                user_data,
                                    const char             *directories)
{
  self->checkpoint_func = func;
  self->checkpoint_data = user_data;
  replace_string (&self->directories, directories);
}

void
fairlead_attachment_set_exit_fd (FairleadAttachment *self,
                                 int                 fd)
{
  self->exit_fd = fd;
}

static char *
dup_directory_path (FairleadAttachment *self)
{
  return g_build_filename (self->directories, self->directory, NULL);
}

static gboolean
remove_files (int      directory_fd,
              GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", directory_fd);
  g_autoptr (GDir) directory = g_dir_open (path, 0, error);
  const char *name;

  if (directory == NULL)
    return FALSE;
  while ((name = g_dir_read_name (directory)) != NULL)
    if (unlinkat (directory_fd, name, 0) < 0 && errno != ENOENT)
      {
        fairlead_error_set_errno (error, errno, "cannot remove %s", name);
        return FALSE;
      }
  return TRUE;
}

gboolean
fairlead_attachment_remove_directory (FairleadAttachment  *self,
                                      GError             **error)
{
  g_autofree char *path = NULL;
  gboolean emptied;
  int fd;

  if (self->directory == NULL || self->directories == NULL)
    return TRUE;
  path = dup_directory_path (self);
  fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  emptied = fd >= 0 ? remove_files (fd, error) : FALSE;
  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot open it");
  else
    close (fd);
  if (emptied && g_rmdir (path) == 0)
    return TRUE;
  if (emptied)
    fairlead_error_set_errno (error, errno, "cannot remove it");
  g_prefix_error (error, "the directory %s: ", path);
  return FALSE;
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

/**
 * fairlead_attachment_set_interface:
 * @self: an attachment
 * @name: (nullable): a valid interface name
 *
 * Says what the interface inside the namespace is called.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_interface (FairleadAttachment *self,
                                   const char         *name)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));

  if (g_strcmp0 (self->interface, name) == 0)
    return;
  replace_string (&self->interface, name);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_INTERFACE]);
}

/**
 * fairlead_attachment_add_interface:
 * @self: an attachment
 * @interface: an interface that setup made
 *
 * Adds to the result of setup. Its sandbox is the path of the namespace if it is inside.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_interface (FairleadAttachment *self,
                                   FairleadInterface  *interface)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (FAIRLEAD_IS_INTERFACE (interface));

  g_list_store_append (self->interfaces, interface);
}

/**
 * fairlead_attachment_add_address:
 * @self: an attachment
 * @address: an address of the container's
 *
 * Adds to the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_address (FairleadAttachment       *self,
                                 FairleadInterfaceAddress *address)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (address));

  g_list_store_append (self->addresses, address);
}

/**
 * fairlead_attachment_add_route:
 * @self: an attachment
 * @route: a route inside the namespace
 *
 * Adds to the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_route (FairleadAttachment *self,
                               FairleadRoute      *route)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (FAIRLEAD_IS_ROUTE (route));

  g_list_store_append (self->routes, route);
}

/**
 * fairlead_attachment_add_default_route:
 * @self: an attachment
 * @gateway: the address of a gateway
 *
 * Adds the route to everywhere of the gateway's address family to the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_default_route (FairleadAttachment *self,
                                       GInetAddress       *gateway)
{
  g_autoptr (GInetAddress) any = NULL;
  g_autoptr (GInetAddressMask) destination = NULL;
  g_autoptr (FairleadRoute) route = NULL;

  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (G_IS_INET_ADDRESS (gateway));

  any = g_inet_address_new_any (g_inet_address_get_family (gateway));
  destination = g_inet_address_mask_new (any, 0, NULL);
  route = fairlead_route_new (destination, gateway, 0);
  fairlead_attachment_add_route (self, route);
}

/**
 * fairlead_attachment_set_dns:
 * @self: an attachment
 * @servers: (nullable) (array zero-terminated=1): addresses of DNS servers
 * @searches: (nullable) (array zero-terminated=1): search domains
 * @options: (nullable) (array zero-terminated=1): options for resolv.conf(5)
 *
 * Sets the DNS part of the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_dns (FairleadAttachment *self,
                             const char * const *servers,
                             const char * const *searches,
                             const char * const *options)
{
  static const char * const none[] = { NULL };

  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));

  replace_strv (&self->dns_servers, (char **) (servers != NULL ? servers : none));
  replace_strv (&self->dns_searches, (char **) (searches != NULL ? searches : none));
  replace_strv (&self->dns_options, (char **) (options != NULL ? options : none));
}

/**
 * fairlead_attachment_clear_result:
 * @self: an attachment
 *
 * Removes interfaces, addresses, routes and DNS servers, for a backend that sets the attachment up anew.
 *
 * Since: 1.0
 */
void
fairlead_attachment_clear_result (FairleadAttachment *self)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));

  g_list_store_remove_all (self->interfaces);
  g_list_store_remove_all (self->addresses);
  g_list_store_remove_all (self->routes);
  fairlead_attachment_set_dns (self, NULL, NULL, NULL);
}

/**
 * fairlead_attachment_set_document:
 * @self: an attachment
 * @document: an `a{sv}`; consumed if it is floating
 *
 * Replaces the backend's private document: whatever teardown will need. It is kept exactly, types included, once
 * [method@Fairlead.Attachment.checkpoint] was called.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_document (FairleadAttachment *self,
                                  GVariant           *document)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (g_variant_is_of_type (document, G_VARIANT_TYPE_VARDICT));

  g_variant_ref_sink (document);
  g_variant_unref (self->document);
  self->document = document;
}

/**
 * fairlead_attachment_set_document_value:
 * @self: an attachment
 * @key: a key
 * @value: (nullable): its value, consumed if it is floating; %NULL to remove the key
 *
 * Changes one entry of the backend's private document.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_document_value (FairleadAttachment *self,
                                        const char         *key,
                                        GVariant           *value)
{
  GVariantDict dict;

  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (key != NULL);

  g_variant_dict_init (&dict, self->document);
  if (value != NULL)
    g_variant_dict_insert_value (&dict, key, value);
  else
    g_variant_dict_remove (&dict, key);
  fairlead_attachment_set_document (self, g_variant_dict_end (&dict));
}

/**
 * fairlead_attachment_checkpoint:
 * @self: the attachment that a method of the backend was given
 * @error: where to put the error
 *
 * Writes the state down. A backend calls it with what it is about to make in the document, before it makes it; then
 * a teardown finds it even if the process dies at any instruction in between. If it fails, the backend makes nothing.
 *
 * Returns: %TRUE once the state is written, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_attachment_checkpoint (FairleadAttachment  *self,
                                GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), FALSE);

  if (self->checkpoint_func == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                   "container %s, network %s: a checkpoint is possible only while a backend's method runs",
                   self->container_id, self->network_name);
      return FALSE;
    }
  return self->checkpoint_func (self->checkpoint_data, error);
}

/**
 * fairlead_attachment_ensure_directory:
 * @self: the attachment that a method of the backend was given
 * @error: where to put the error
 *
 * Gives the backend a directory for files of this attachment: sockets, FIFOs, what a helper program is told in a file.
 * It is on the state directory's file system, of mode 0700, and its path is short. Its name is written down before it
 * is made, and after the attachment's teardown it is removed with all files in it.
 *
 * Returns: (transfer none): the path of the directory, which exists, or %NULL with @error set
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_ensure_directory (FairleadAttachment  *self,
                                      GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);
  g_return_val_if_fail (self->directory != NULL && self->directories != NULL, NULL);

  if (self->directory_path != NULL)
    return self->directory_path;
  self->directory_path = dup_directory_path (self);
  if (g_mkdir_with_parents (self->directories, 0700) == 0 && mkdir (self->directory_path, 0700) == 0)
    return self->directory_path;

  fairlead_error_set_errno (error, errno, "cannot create the directory %s", self->directory_path);
  g_clear_pointer (&self->directory_path, g_free);
  return NULL;
}

/**
 * fairlead_attachment_dup_directory:
 * @self: the attachment that a method of the backend was given
 *
 * Gets the path of the directory that [method@Fairlead.Attachment.ensure_directory] made, or was about to make.
 *
 * Returns: (transfer full) (nullable): the path of the directory, or %NULL if there is none
 *
 * Since: 1.0
 */
char *
fairlead_attachment_dup_directory (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->directory != NULL && self->directories != NULL ? dup_directory_path (self) : NULL;
}

/**
 * fairlead_attachment_dup_exit_fd:
 * @self: the attachment that setup was given
 * @error: where to put the error
 *
 * Gets a descriptor that hangs up when the container ends, if there is one: what the request gave
 * ([method@Fairlead.Request.set_exit_fd]) or, where the kernel reports it, a pidfd of the process that the network
 * namespace was taken from. A helper program that polls it for `POLLHUP` ends with the container. It is closed on exec.
 *
 * Returns: a descriptor that is the caller's; -1 without an error if there is none
 *
 * Since: 1.0
 */
int
fairlead_attachment_dup_exit_fd (FairleadAttachment  *self,
                                 GError             **error)
{
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), -1);

  if (self->exit_fd < 0)
    return -1;
  fd = fcntl (self->exit_fd, F_DUPFD_CLOEXEC, 3);
  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot copy the descriptor that ends with the container");
  return fd;
}
