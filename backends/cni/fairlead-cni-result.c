/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-result.h"

#include "fairlead-cni-value.h"
#include "fairlead-cni-version.h"

#include <fairlead/fairlead.h>

#include <string.h>

/*
 * Three shapes: up to 0.2.0 one address a family with its routes, `ip4` and `ip6`; from 0.3.0 lists of interfaces, ips
 * (with a `version`) and routes; from 1.0.0 the same without that `version`, but with more about interfaces. All are read
 * into one structure, from which any of them can be written.
 */

#define IPV4_MAPPED_BITS 96

static void
interface_free (FairleadCniResultInterface *interface)
{
  g_free (interface->name);
  g_free (interface->mac);
  g_free (interface->sandbox);
  g_free (interface->socket_path);
  g_free (interface->pci_id);
  g_free (interface);
}

static void
address_free (FairleadCniResultAddress *address)
{
  g_clear_object (&address->address);
  g_clear_object (&address->gateway);
  g_free (address);
}

static void
route_free (FairleadCniResultRoute *route)
{
  g_clear_object (&route->destination);
  g_clear_object (&route->gateway);
  g_free (route);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniResultInterface, interface_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniResultAddress, address_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniResultRoute, route_free)

static gboolean
is_old_shape (const char *version)
{
  return fairlead_cni_version_compare (version, "0.3.0") < 0;
}

/* An IPv4 address in IPv6 clothes is the IPv4 address; *@mapped_bits says how much of a prefix that takes away. */
static GInetAddress *
parse_address (const char *text,
               guint      *mapped_bits)
{
  static const guint8 mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  const guint8 *bytes;

  *mapped_bits = 0;
  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return g_steal_pointer (&address);

  bytes = g_inet_address_to_bytes (address);
  if (memcmp (bytes, mapped_prefix, sizeof mapped_prefix) != 0)
    return g_steal_pointer (&address);

  *mapped_bits = IPV4_MAPPED_BITS;
  return g_inet_address_new_from_bytes (bytes + sizeof mapped_prefix, G_SOCKET_FAMILY_IPV4);
}

static gboolean
parse_cidr (const char    *text,
            GInetAddress **address,
            guint         *prefix_length)
{
  const char *slash = strchr (text, '/');
  g_autofree char *host = slash != NULL ? g_strndup (text, slash - text) : NULL;
  g_autoptr (GInetAddress) parsed = NULL;
  guint mapped_bits;
  guint64 length;

  if (slash == NULL || (slash[1] == '0' && slash[2] != '\0'))
    return FALSE;
  parsed = parse_address (host, &mapped_bits);
  if (parsed == NULL ||
      !g_ascii_string_to_unsigned (slash + 1, 10, mapped_bits,
                                   mapped_bits + 8 * g_inet_address_get_native_size (parsed), &length, NULL))
    return FALSE;

  *address = g_steal_pointer (&parsed);
  *prefix_length = (guint) length - mapped_bits;
  return TRUE;
}

static char *
format_cidr (GInetAddress *address,
             guint         prefix_length)
{
  g_autofree char *text = g_inet_address_to_string (address);

  return g_strdup_printf ("%s/%u", text, prefix_length);
}

static gboolean
read_cidr (GVariant      *object,
           const char    *key,
           GInetAddress **address,
           guint         *prefix_length,
           GError       **error)
{
  g_autofree char *text = NULL;

  if (!fairlead_cni_value_read_string (object, key, &text, error))
    return FALSE;
  if (text != NULL && parse_cidr (text, address, prefix_length))
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "“%s” is “%s”, not an address with the length of its prefix, as in “10.1.2.3/24”", key,
               text != NULL ? text : "");
  return FALSE;
}

static gboolean
read_address (GVariant      *object,
              const char    *key,
              GInetAddress **address,
              GError       **error)
{
  g_autofree char *text = NULL;
  guint mapped_bits;

  if (!fairlead_cni_value_read_string (object, key, &text, error))
    return FALSE;
  if (text == NULL || *text == '\0')
    return TRUE;

  *address = parse_address (text, &mapped_bits);
  if (*address != NULL)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "“%s” is “%s”, not an IP address", key, text);
  return FALSE;
}

static gboolean
read_interface (FairleadCniResult  *self,
                GVariant           *object,
                GError            **error)
{
  g_autoptr (FairleadCniResultInterface) interface = g_new0 (FairleadCniResultInterface, 1);
  gint64 mtu = 0;

  if (!fairlead_cni_value_read_string (object, "name", &interface->name, error) ||
      !fairlead_cni_value_read_string (object, "mac", &interface->mac, error) ||
      !fairlead_cni_value_read_string (object, "sandbox", &interface->sandbox, error) ||
      !fairlead_cni_value_read_string (object, "socketPath", &interface->socket_path, error) ||
      !fairlead_cni_value_read_string (object, "pciID", &interface->pci_id, error) ||
      !fairlead_cni_value_read_int (object, "mtu", 0, G_MAXINT32, NULL, &mtu, error))
    return FALSE;

  interface->mtu = (guint) mtu;
  if (interface->name == NULL)
    interface->name = g_strdup ("");
  g_ptr_array_add (self->interfaces, g_steal_pointer (&interface));
  return TRUE;
}

static gboolean
read_ip (FairleadCniResult  *self,
         GVariant           *object,
         GError            **error)
{
  g_autoptr (FairleadCniResultAddress) address = g_new0 (FairleadCniResultAddress, 1);
  gint64 interface = -1;

  if (!read_cidr (object, "address", &address->address, &address->prefix_length, error) ||
      !read_address (object, "gateway", &address->gateway, error) ||
      !fairlead_cni_value_read_int (object, "interface", G_MININT32, G_MAXINT32, NULL, &interface, error))
    return FALSE;

  address->interface = (int) interface;
  g_ptr_array_add (self->addresses, g_steal_pointer (&address));
  return TRUE;
}

static gboolean
read_route (FairleadCniResult  *self,
            GVariant           *object,
            GSocketFamily       under,
            GError            **error)
{
  g_autoptr (FairleadCniResultRoute) route = g_new0 (FairleadCniResultRoute, 1);

  route->under = under;
  if (!read_cidr (object, "dst", &route->destination, &route->prefix_length, error) ||
      !read_address (object, "gw", &route->gateway, error) ||
      !fairlead_cni_value_read_int (object, "mtu", G_MININT64, G_MAXINT64, NULL, &route->mtu, error) ||
      !fairlead_cni_value_read_int (object, "advmss", G_MININT64, G_MAXINT64, NULL, &route->advmss, error) ||
      !fairlead_cni_value_read_int (object, "priority", G_MININT64, G_MAXINT64, NULL, &route->priority, error) ||
      !fairlead_cni_value_read_int (object, "table", G_MININT64, G_MAXINT64, &route->has_table, &route->table,
                                    error) ||
      !fairlead_cni_value_read_int (object, "scope", G_MININT64, G_MAXINT64, &route->has_scope, &route->scope,
                                    error))
    return FALSE;

  g_ptr_array_add (self->routes, g_steal_pointer (&route));
  return TRUE;
}

static gboolean
read_list_route (FairleadCniResult  *self,
                 GVariant           *object,
                 GError            **error)
{
  return read_route (self, object, G_SOCKET_FAMILY_INVALID, error);
}

/* Calls @func for each object of the array @key, if there is one. */
static gboolean
read_each (FairleadCniResult  *self,
           GVariant           *value,
           const char         *key,
           gboolean          (*func) (FairleadCniResult *, GVariant *, GError **),
           GError            **error)
{
  g_autoptr (GVariant) array = NULL;

  if (!fairlead_cni_value_read_array (value, key, &array, error))
    return FALSE;

  for (gsize i = 0; array != NULL && i < g_variant_n_children (array); i++)
    {
      g_autoptr (GVariant) object = fairlead_cni_value_get_element (array, i);
      gboolean is_object = fairlead_cni_value_is_object (object);

      if (!is_object)
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "it is not an object");
      if (!is_object || !func (self, object, error))
        {
          g_prefix_error (error, "%s[%" G_GSIZE_FORMAT "]: ", key, i);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
read_v4_route (FairleadCniResult  *self,
               GVariant           *object,
               GError            **error)
{
  return read_route (self, object, G_SOCKET_FAMILY_IPV4, error);
}

static gboolean
read_v6_route (FairleadCniResult  *self,
               GVariant           *object,
               GError            **error)
{
  return read_route (self, object, G_SOCKET_FAMILY_IPV6, error);
}

static gboolean
read_old_family (FairleadCniResult  *self,
                 GVariant           *value,
                 const char         *key,
                 gboolean          (*route_func) (FairleadCniResult *, GVariant *, GError **),
                 GError            **error)
{
  g_autoptr (FairleadCniResultAddress) address = g_new0 (FairleadCniResultAddress, 1);
  g_autoptr (GVariant) object = NULL;

  if (!fairlead_cni_value_read_object (value, key, &object, error))
    return FALSE;
  if (object == NULL)
    return TRUE;

  address->interface = -1;
  if (!read_cidr (object, "ip", &address->address, &address->prefix_length, error) ||
      !read_address (object, "gateway", &address->gateway, error) ||
      !read_each (self, object, "routes", route_func, error))
    {
      g_prefix_error (error, "%s: ", key);
      return FALSE;
    }
  g_ptr_array_add (self->addresses, g_steal_pointer (&address));
  return TRUE;
}

static gboolean
read_dns (FairleadCniResult  *self,
          GVariant           *value,
          GError            **error)
{
  g_autoptr (GVariant) dns = NULL;
  g_autoptr (GVariant) empty = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  if (!fairlead_cni_value_read_object (value, "dns", &dns, error))
    return FALSE;

  if (!fairlead_cni_value_read_strv (dns != NULL ? dns : empty, "nameservers", &self->nameservers, error) ||
      !fairlead_cni_value_read_strv (dns != NULL ? dns : empty, "search", &self->searches, error) ||
      !fairlead_cni_value_read_strv (dns != NULL ? dns : empty, "options", &self->options, error) ||
      !fairlead_cni_value_read_string (dns != NULL ? dns : empty, "domain", &self->domain, error))
    {
      g_prefix_error (error, "dns: ");
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_shape (FairleadCniResult  *self,
            GVariant           *value,
            GError            **error)
{
  if (!read_dns (self, value, error))
    return FALSE;

  if (is_old_shape (self->version))
    return read_old_family (self, value, "ip4", read_v4_route, error) &&
           read_old_family (self, value, "ip6", read_v6_route, error);

  return read_each (self, value, "interfaces", read_interface, error) &&
         read_each (self, value, "ips", read_ip, error) &&
         read_each (self, value, "routes", read_list_route, error);
}

static gboolean
read_version (FairleadCniResult  *self,
              GVariant           *value,
              const char         *default_version,
              GError            **error)
{
  if (!fairlead_cni_value_read_string (value, "cniVersion", &self->version, error))
    return FALSE;
  if (self->version == NULL || *self->version == '\0')
    {
      g_free (self->version);
      self->version = g_strdup (*default_version != '\0' ? default_version : "0.1.0");
    }
  if (fairlead_cni_version_is_known (self->version))
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "its version is “%s”; known are versions 0.1.0 to " FAIRLEAD_CNI_VERSION_NEWEST, self->version);
  return FALSE;
}

/* A JSON null counts as an empty result, as the reference runtime has it. */
FairleadCniResult *
fairlead_cni_result_new (GVariant    *value,
                         const char  *default_version,
                         GError     **error)
{
  g_autoptr (FairleadCniResult) self = g_atomic_rc_box_new0 (FairleadCniResult);
  g_autoptr (GVariant) object = fairlead_cni_value_is_null (value) ? g_variant_ref_sink (g_variant_new ("a{sv}", NULL))
                                                                   : g_variant_ref (value);

  self->interfaces = g_ptr_array_new_with_free_func ((GDestroyNotify) interface_free);
  self->addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) address_free);
  self->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) route_free);

  if (!fairlead_cni_value_is_object (object))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "the CNI result is not an object");
      return NULL;
    }
  if (!read_version (self, object, default_version, error) || !read_shape (self, object, error))
    {
      g_prefix_error (error, "CNI result: ");
      return NULL;
    }
  return g_steal_pointer (&self);
}

FairleadCniResult *
fairlead_cni_result_ref (FairleadCniResult *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
result_clear (FairleadCniResult *self)
{
  g_free (self->version);
  g_clear_pointer (&self->interfaces, g_ptr_array_unref);
  g_clear_pointer (&self->addresses, g_ptr_array_unref);
  g_clear_pointer (&self->routes, g_ptr_array_unref);
  g_strfreev (self->nameservers);
  g_strfreev (self->searches);
  g_strfreev (self->options);
  g_free (self->domain);
}

void
fairlead_cni_result_unref (FairleadCniResult *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) result_clear);
}

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  if (text != NULL && *text != '\0')
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static void
add_number (GVariantBuilder *builder,
            const char      *key,
            gint64           number,
            gboolean         wanted)
{
  if (wanted)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_int64 (number));
}

static void
add_address (GVariantBuilder *builder,
             const char      *key,
             GInetAddress    *address)
{
  g_autofree char *text = address != NULL ? g_inet_address_to_string (address) : NULL;

  add_text (builder, key, text);
}

static void
add_cidr (GVariantBuilder *builder,
          const char      *key,
          GInetAddress    *address,
          guint            prefix_length)
{
  g_autofree char *text = format_cidr (address, prefix_length);

  add_text (builder, key, text);
}

static void
add_strv (GVariantBuilder  *builder,
          const char       *key,
          char            **strv)
{
  if (*strv != NULL)
    g_variant_builder_add (builder, "{sv}", key, fairlead_cni_value_new_array ((const char * const *) strv));
}

/* Version 1.0.0 leaves an empty `dns` out, the ones before write it. */
static void
add_dns (FairleadCniResult *self,
         GVariantBuilder   *builder,
         const char        *version)
{
  g_auto (GVariantBuilder) dns = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) value = NULL;

  add_strv (&dns, "nameservers", self->nameservers);
  add_text (&dns, "domain", self->domain);
  add_strv (&dns, "search", self->searches);
  add_strv (&dns, "options", self->options);

  value = g_variant_ref_sink (g_variant_builder_end (&dns));
  if (g_variant_n_children (value) > 0 || fairlead_cni_version_compare (version, "1.0.0") < 0)
    g_variant_builder_add (builder, "{sv}", "dns", value);
}

static GVariant *
interface_to_variant (FairleadCniResultInterface *interface,
                      const char                 *version)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  gboolean modern = fairlead_cni_version_compare (version, "1.0.0") >= 0;

  g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (interface->name));
  add_text (&builder, "mac", interface->mac);
  add_number (&builder, "mtu", interface->mtu, modern && interface->mtu != 0);
  add_text (&builder, "sandbox", interface->sandbox);
  add_text (&builder, "socketPath", modern ? interface->socket_path : NULL);
  add_text (&builder, "pciID", modern ? interface->pci_id : NULL);
  return g_variant_builder_end (&builder);
}

static GVariant *
address_to_variant (FairleadCniResultAddress *address,
                    const char               *version)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (fairlead_cni_version_compare (version, "1.0.0") < 0)
    add_text (&builder, "version",
              g_inet_address_get_family (address->address) == G_SOCKET_FAMILY_IPV4 ? "4" : "6");
  add_number (&builder, "interface", address->interface, address->interface >= 0);
  add_cidr (&builder, "address", address->address, address->prefix_length);
  add_address (&builder, "gateway", address->gateway);
  return g_variant_builder_end (&builder);
}

static GVariant *
route_to_variant (FairleadCniResultRoute *route,
                  gboolean                with_extras)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_cidr (&builder, "dst", route->destination, route->prefix_length);
  add_address (&builder, "gw", route->gateway);
  add_number (&builder, "mtu", route->mtu, with_extras && route->mtu != 0);
  add_number (&builder, "advmss", route->advmss, with_extras && route->advmss != 0);
  add_number (&builder, "priority", route->priority, with_extras && route->priority != 0);
  add_number (&builder, "table", route->table, with_extras && route->has_table);
  add_number (&builder, "scope", route->scope, with_extras && route->has_scope);
  return g_variant_builder_end (&builder);
}

static void
add_array (GVariantBuilder *builder,
           const char      *key,
           GVariant        *array)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (array);

  if (g_variant_n_children (owned) > 0)
    g_variant_builder_add (builder, "{sv}", key, owned);
}

static void
add_lists (FairleadCniResult *self,
           GVariantBuilder   *builder,
           const char        *version)
{
  g_auto (GVariantBuilder) interfaces = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) addresses = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) routes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < self->interfaces->len; i++)
    g_variant_builder_add (&interfaces, "v",
                           interface_to_variant (g_ptr_array_index (self->interfaces, i), version));
  for (guint i = 0; i < self->addresses->len; i++)
    g_variant_builder_add (&addresses, "v", address_to_variant (g_ptr_array_index (self->addresses, i), version));
  for (guint i = 0; i < self->routes->len; i++)
    g_variant_builder_add (&routes, "v", route_to_variant (g_ptr_array_index (self->routes, i), TRUE));

  add_array (builder, "interfaces", g_variant_builder_end (&interfaces));
  add_array (builder, "ips", g_variant_builder_end (&addresses));
  add_array (builder, "routes", g_variant_builder_end (&routes));
}

/* The first address of a family with the routes that belong to it. */
static gboolean
add_old_family (FairleadCniResult *self,
                GVariantBuilder   *builder,
                GSocketFamily      family,
                const char        *key)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) routes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  FairleadCniResultAddress *first = NULL;

  for (guint i = 0; i < self->addresses->len && first == NULL; i++)
    {
      FairleadCniResultAddress *address = g_ptr_array_index (self->addresses, i);

      if (g_inet_address_get_family (address->address) == family)
        first = address;
    }
  if (first == NULL)
    return FALSE;

  for (guint i = 0; i < self->routes->len; i++)
    {
      FairleadCniResultRoute *route = g_ptr_array_index (self->routes, i);
      gboolean was_old = route->under != G_SOCKET_FAMILY_INVALID;

      if (family == (was_old ? route->under : g_inet_address_get_family (route->destination)))
        g_variant_builder_add (&routes, "v", route_to_variant (route, was_old));
    }

  add_cidr (&object, "ip", first->address, first->prefix_length);
  add_address (&object, "gateway", first->gateway);
  add_array (&object, "routes", g_variant_builder_end (&routes));
  g_variant_builder_add (builder, "{sv}", key, g_variant_builder_end (&object));
  return TRUE;
}

/* The result in the shape of @version; “” is 0.1.0. Fails if that shape cannot hold it. */
GVariant *
fairlead_cni_result_to_variant (FairleadCniResult  *self,
                                const char         *version,
                                GError            **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *wanted = *version != '\0' ? version : "0.1.0";

  if (!fairlead_cni_version_is_known (wanted))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                   "a CNI result cannot be converted to version “%s”; known are versions 0.1.0 to "
                   FAIRLEAD_CNI_VERSION_NEWEST, wanted);
      return NULL;
    }

  g_variant_builder_add (&builder, "{sv}", "cniVersion", g_variant_new_string (wanted));
  if (!is_old_shape (wanted))
    {
      add_lists (self, &builder, wanted);
    }
  else
    {
      gboolean has_v4 = add_old_family (self, &builder, G_SOCKET_FAMILY_IPV4, "ip4");
      gboolean has_v6 = add_old_family (self, &builder, G_SOCKET_FAMILY_IPV6, "ip6");

      if (!has_v4 && !has_v6 && !is_old_shape (self->version))
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                       "a CNI result without an address cannot be converted from version %s to %s", self->version,
                       wanted);
          return NULL;
        }
    }
  add_dns (self, &builder, wanted);

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
