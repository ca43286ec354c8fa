/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-attachment-struct-private.h"

#include <string.h>

#include "fairlead-dict-private.h"
#include "fairlead-replace-private.h"

/* How an attachment is written down and read again, and how one takes over what another has become. */

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
  if (fairlead_route_get_route_type (item) != FAIRLEAD_ROUTE_TYPE_UNICAST)
    fairlead_json_writer_add_enum (writer, "type", FAIRLEAD_TYPE_ROUTE_TYPE, fairlead_route_get_route_type (item));
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
  int type = FAIRLEAD_ROUTE_TYPE_UNICAST;

  if (!fairlead_dict_require (item, "destination", error) ||
      !fairlead_dict_get_enum (item, "type", FAIRLEAD_TYPE_ROUTE_TYPE, &type, error) ||
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
                        "route-type", (FairleadRouteType) type, "destination", destination, "gateway", gateway, "metric", (guint) metric,
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
  fairlead_replace_string (&self->netns_path, other->netns_path);
  fairlead_replace_string (&self->directory, other->directory);
  self->state = other->state;
  g_clear_pointer (&self->created, g_date_time_unref);
  self->created = other->created != NULL ? g_date_time_ref (other->created) : NULL;
  fairlead_replace_string (&self->interface, other->interface);
  g_set_object (&self->ip, other->ip);
  g_set_object (&self->ip6, other->ip6);
  fairlead_replace_string (&self->mac, other->mac);
  self->default_route = other->default_route;
  self->route_metric = other->route_metric;
  fairlead_replace_strv (&self->dns_servers, other->dns_servers);
  fairlead_replace_strv (&self->dns_searches, other->dns_searches);
  fairlead_replace_strv (&self->dns_options, other->dns_options);
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
