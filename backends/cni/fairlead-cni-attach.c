/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-attach.h"

#include "fairlead-cni-request.h"
#include "fairlead-cni-value.h"

#include <glib/gstdio.h>

#include <string.h>

#define DEFAULT_IFNAME "eth0"

/* Plugins that take a MAC address from CNI_ARGS, whatever they declare. */
static const char * const mac_plugins[] = { "bridge", "macvlan", "tuning", NULL };

static gboolean
has_ipam (FairleadCniConfig *config,
          const char        *type)
{
  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    if (g_strcmp0 (fairlead_cni_config_get_ipam_type (config, i), type) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
takes_mac_argument (FairleadCniConfig *config)
{
  for (gsize i = 0; mac_plugins[i] != NULL; i++)
    if (fairlead_cni_config_has_plugin (config, mac_plugins[i]))
      return TRUE;
  return FALSE;
}

FairleadBackendCapabilities
fairlead_cni_attach_get_capabilities (FairleadCniConfig *config)
{
  FairleadBackendCapabilities capabilities = FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_MULTIPLE |
                                             FAIRLEAD_BACKEND_CAP_IPV6 | FAIRLEAD_BACKEND_CAP_INTERFACE_NAME |
                                             FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK;

  if (fairlead_cni_config_declares (config, "portMappings"))
    capabilities |= FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_PORTS_UDP |
                    FAIRLEAD_BACKEND_CAP_PORTS_SCTP | FAIRLEAD_BACKEND_CAP_PORTS_IPV6;
  if (fairlead_cni_config_declares (config, "ips") || has_ipam (config, "host-local") || has_ipam (config, "static"))
    capabilities |= FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS;
  if (fairlead_cni_config_declares (config, "mac") || takes_mac_argument (config))
    capabilities |= FAIRLEAD_BACKEND_CAP_STATIC_MAC;
  return capabilities;
}

/* The network that @address is in, without the host's bits. */
static GInetAddressMask *
new_subnet (GInetAddress *address,
            guint         prefix_length)
{
  gsize size = g_inet_address_get_native_size (address);
  g_autofree guint8 *bytes = g_memdup2 (g_inet_address_to_bytes (address), size);
  g_autoptr (GInetAddress) base = NULL;

  for (gsize i = 0; i < size; i++)
    {
      guint kept = prefix_length > 8 * i ? MIN (prefix_length - 8 * (guint) i, 8) : 0;

      bytes[i] &= (guint8) (0xff00 >> kept);
    }
  base = g_inet_address_new_from_bytes (bytes, g_inet_address_get_family (address));
  return g_inet_address_mask_new (base, prefix_length, NULL);
}

/* The prefix length of the subnet that the member @key of @object names, if @address is in it; -1 otherwise. */
static int
match_subnet (GVariant     *object,
              const char   *key,
              GInetAddress *address)
{
  g_autoptr (FairleadInterfaceAddress) named = NULL;
  g_autoptr (GInetAddressMask) subnet = NULL;
  g_autofree char *text = NULL;

  if (!fairlead_cni_value_is_object (object) || !fairlead_cni_value_read_string (object, key, &text, NULL) ||
      text == NULL)
    return -1;
  named = fairlead_interface_address_new_from_string (NULL, text, NULL, NULL);
  if (named == NULL)
    return -1;

  subnet = new_subnet (fairlead_interface_address_get_address (named),
                       fairlead_interface_address_get_prefix_length (named));
  return g_inet_address_mask_matches (subnet, address) ? (int) g_inet_address_mask_get_length (subnet) : -1;
}

static int
match_each (GVariant     *object,
            const char   *list_key,
            const char   *key,
            GInetAddress *address)
{
  g_autoptr (GVariant) list = NULL;
  int length = -1;

  if (!fairlead_cni_value_read_array (object, list_key, &list, NULL) || list == NULL)
    return -1;

  for (gsize i = 0; length < 0 && i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) element = fairlead_cni_value_get_element (list, i);

      if (fairlead_cni_value_is_object (element))
        length = match_subnet (element, key, address);

      /* The ranges of host-local are sets of ranges. */
      for (gsize j = 0; length < 0 && fairlead_cni_value_is_array (element) && j < g_variant_n_children (element); j++)
        {
          g_autoptr (GVariant) range = fairlead_cni_value_get_element (element, j);

          length = match_subnet (range, key, address);
        }
    }
  return length;
}

/* The address as ADDRESS/LENGTH, with the length of the subnet of the list's IPAM that it belongs to; without one if the
 * IPAM names no such subnet. */
static char *
dup_address_text (FairleadCniConfig *config,
                  GInetAddress      *address)
{
  g_autofree char *text = g_inet_address_to_string (address);

  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      GVariant *plugin = fairlead_cni_config_get_plugin (config, i);
      g_autoptr (GVariant) ipam = NULL;
      int length;

      if (!fairlead_cni_value_read_object (plugin, "ipam", &ipam, NULL) || ipam == NULL)
        continue;
      length = match_subnet (ipam, "subnet", address);
      if (length < 0)
        length = match_each (ipam, "ranges", "subnet", address);
      if (length < 0)
        length = match_each (ipam, "addresses", "address", address);
      if (length >= 0)
        return g_strdup_printf ("%s/%d", text, length);
    }
  return g_steal_pointer (&text);
}

static GVariant *
port_mapping_to_variant (FairleadPortMapping *mapping,
                         guint                offset)
{
  GInetAddress *host_address = fairlead_port_mapping_get_host_address (mapping);
  g_autofree char *host_ip = host_address != NULL ? g_inet_address_to_string (host_address) : g_strdup ("");
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "hostPort", "x", (gint64) (fairlead_port_mapping_get_host_port (mapping) + offset));
  g_variant_dict_insert (&dict, "containerPort", "x",
                         (gint64) (fairlead_port_mapping_get_container_port (mapping) + offset));
  g_variant_dict_insert (&dict, "protocol", "s",
                         fairlead_protocol_to_string (fairlead_port_mapping_get_protocol (mapping)));
  g_variant_dict_insert (&dict, "hostIP", "s", host_ip);
  return g_variant_dict_end (&dict);
}

/* CNI has no ranges: one entry a port. */
static GVariant *
port_mappings_to_variant (GListModel *mappings)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      for (guint offset = 0; offset < fairlead_port_mapping_get_length (mapping); offset++)
        g_variant_builder_add (&builder, "v", port_mapping_to_variant (mapping, offset));
    }
  return g_variant_builder_end (&builder);
}

static gboolean
has_key (GPtrArray  *args,
         const char *key)
{
  for (guint i = 0; i < args->len; i++)
    {
      const char *arg = g_ptr_array_index (args, i);

      if (strncmp (arg, key, strlen (key)) == 0 && arg[strlen (key)] == '=')
        return TRUE;
    }
  return FALSE;
}

static gboolean
add_argument (GPtrArray   *args,
              const char  *key,
              const char  *value,
              GError     **error)
{
  if (has_key (args, key))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "%s=%s cannot be passed to the CNI plugins: args has a %s of its own", key, value, key);
      return FALSE;
    }
  g_ptr_array_add (args, g_strdup_printf ("%s=%s", key, value));
  return TRUE;
}

/* The static IPAM must be told the length of each prefix. */
static gboolean
check_lengths (FairleadCniConfig  *config,
               char              **addresses,
               GError            **error)
{
  const char *name = fairlead_cni_config_get_name (config);

  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      if (strchr (addresses[i], '/') != NULL)
        continue;
      if (fairlead_cni_config_declares (config, "ips"))
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                     "%s is in no subnet that the static IPAM of CNI network “%s” names; pass "
                     "capability.ips=[\"%s/LENGTH\"]", addresses[i], name, addresses[i]);
      else
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                     "%s is in no subnet that the static IPAM of CNI network “%s” names; pass args=IP=%s/LENGTH",
                     addresses[i], name, addresses[i]);
      return FALSE;
    }
  return TRUE;
}

/* host-local takes one address from CNI_ARGS, and not its length in all versions; static takes several, with length. */
static gboolean
add_address_arguments (GPtrArray          *args,
                       FairleadCniConfig  *config,
                       char              **addresses,
                       GError            **error)
{
  g_autofree char *joined = g_strjoinv (",", addresses);
  gboolean is_static = has_ipam (config, "static");

  if (!is_static && g_strv_length (addresses) > 1)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                   "CNI network “%s” can take one requested address, not %s; with the capability “ips” at its IPAM "
                   "plugin it takes several", fairlead_cni_config_get_name (config), joined);
      return FALSE;
    }

  if (is_static)
    return check_lengths (config, addresses, error) && add_argument (args, "IP", joined, error);

  for (gsize i = 0; addresses[i] != NULL; i++)
    addresses[i][strcspn (addresses[i], "/")] = '\0';
  return add_argument (args, "IP", addresses[0], error);
}

/* What the request says in the library's words; neither the argument of that capability nor the one in CNI_ARGS that says
 * the same, @key, can be given beside it. */
static gboolean
add_derived (GVariantDict  *capability_args,
             GPtrArray     *args,
             const char    *capability,
             const char    *key,
             GVariant      *value,
             const char    *what,
             GError       **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);

  if (key != NULL && has_key (args, key))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "%s cannot be passed to the CNI plugins: args has %s=; give one of both", what, key);
      return FALSE;
    }
  if (g_variant_dict_contains (capability_args, capability))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "%s cannot be passed to the CNI plugins beside capability.%s; give one of both", what, capability);
      return FALSE;
    }
  g_variant_dict_insert_value (capability_args, capability, owned);
  return TRUE;
}

static gboolean
request_addresses (GVariantDict       *capability_args,
                   GPtrArray          *args,
                   char              **addresses,
                   FairleadCniConfig  *config,
                   GError            **error)
{
  if (!fairlead_cni_config_declares (config, "ips"))
    return add_address_arguments (args, config, addresses, error);
  if (has_ipam (config, "static") && !check_lengths (config, addresses, error))
    return FALSE;
  return add_derived (capability_args, args, "ips", "IP", fairlead_cni_value_new_array ((const char * const *) addresses),
                      "the requested address", error);
}

static gboolean
add_addresses (GVariantDict       *capability_args,
               GPtrArray          *args,
               FairleadAttachment *attachment,
               FairleadCniConfig  *config,
               GError            **error)
{
  GInetAddress *requested[] = { fairlead_attachment_get_ip (attachment), fairlead_attachment_get_ip6 (attachment) };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) addresses = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (requested); i++)
    if (requested[i] != NULL)
      {
        g_autofree char *text = dup_address_text (config, requested[i]);

        g_strv_builder_add (builder, text);
      }
  addresses = g_strv_builder_end (builder);
  return addresses[0] == NULL || request_addresses (capability_args, args, addresses, config, error);
}

static gboolean
add_mac (GVariantDict       *capability_args,
         GPtrArray          *args,
         const char         *mac,
         FairleadCniConfig  *config,
         GError            **error)
{
  if (mac == NULL)
    return TRUE;
  if (!fairlead_cni_config_declares (config, "mac"))
    return add_argument (args, "MAC", mac, error);
  return add_derived (capability_args, args, "mac", "MAC", g_variant_new_string (mac), "the requested MAC address", error);
}

/* The network's own arguments, in their order. */
static GPtrArray *
dup_arguments (FairleadCniNetwork  *network,
               GError             **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  const char * const *own = network != NULL ? fairlead_cni_network_get_args (network) : NULL;

  for (gsize i = 0; own != NULL && own[i] != NULL; i++)
    {
      if (*own[i] == '=' || strchr (own[i], '=') == NULL || strchr (own[i], ';') != NULL)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "args: “%s” is not KEY=VALUE without a semicolon", own[i]);
          return NULL;
        }
      g_ptr_array_add (args, g_strdup (own[i]));
    }
  return g_steal_pointer (&args);
}

/* A plugin refuses arguments that it does not know unless it is told that they may be for another one. */
static void
finish_arguments (GPtrArray *args)
{
  if (args->len > 0 && !has_key (args, "IgnoreUnknown"))
    g_ptr_array_insert (args, 0, g_strdup ("IgnoreUnknown=1"));
  g_ptr_array_add (args, NULL);
}

static gboolean
check_all_used (FairleadCniConfig  *config,
                GVariant           *capability_args,
                GError            **error)
{
  g_auto (GStrv) unused = fairlead_cni_request_list_unused (config, capability_args);

  if (unused[0] == NULL)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "no plugin of CNI network “%s” (%s) declares the capability “%s”, so nobody would act on what was asked "
               "for", fairlead_cni_config_get_name (config), fairlead_cni_config_get_file (config), unused[0]);
  return FALSE;
}

/* What @attachment asks for, in the words of CNI. A request that no plugin would act on is refused. */
FairleadCniTarget *
fairlead_cni_attach_new_target (FairleadAttachment  *attachment,
                                FairleadCniConfig   *config,
                                const char          *netns_path,
                                GError             **error)
{
  FairleadCniNetwork *network = FAIRLEAD_CNI_NETWORK (fairlead_attachment_get_network (attachment));
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);
  const char *ifname = fairlead_attachment_get_interface (attachment);
  g_autoptr (GPtrArray) args = dup_arguments (network, error);
  g_autoptr (GVariant) own_args = NULL;
  g_autoptr (GVariant) capability_args = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (args == NULL)
    return NULL;
  own_args = fairlead_cni_network_dup_capability_args (network, error);
  if (own_args == NULL)
    return NULL;
  g_variant_dict_clear (&dict);
  g_variant_dict_init (&dict, own_args);

  if (g_list_model_get_n_items (mappings) > 0 &&
      !add_derived (&dict, args, "portMappings", NULL, port_mappings_to_variant (mappings), "the ports to publish", error))
    return NULL;
  if (!add_addresses (&dict, args, attachment, config, error) ||
      !add_mac (&dict, args, fairlead_attachment_get_mac (attachment), config, error))
    return NULL;

  finish_arguments (args);
  capability_args = g_variant_ref_sink (g_variant_dict_end (&dict));
  if (!check_all_used (config, capability_args, error))
    return NULL;
  return fairlead_cni_target_new (fairlead_attachment_get_container_id (attachment),
                                  ifname != NULL ? ifname : DEFAULT_IFNAME, netns_path,
                                  (const char * const *) args->pdata, capability_args);
}

static const char *
get_own_mac (FairleadCniTarget *target,
             FairleadCniResult *result)
{
  for (guint i = 0; i < result->interfaces->len; i++)
    {
      FairleadCniResultInterface *interface = g_ptr_array_index (result->interfaces, i);

      if (g_str_equal (interface->name, target->ifname) && interface->sandbox != NULL && *interface->sandbox != '\0')
        return interface->mac;
    }
  return NULL;
}

/* What the plugins did not tell was found in the namespace; see publish_interface(). */
static char *
dup_mac (FairleadAttachment *attachment,
         FairleadCniTarget  *target,
         FairleadCniResult  *result)
{
  GListModel *interfaces = fairlead_attachment_get_interfaces (attachment);
  const char *mac = get_own_mac (target, result);

  if (mac != NULL && *mac != '\0')
    return g_strdup (mac);
  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (g_str_equal (fairlead_interface_get_name (interface), target->ifname) &&
          fairlead_interface_get_sandbox (interface) != NULL)
        return g_strdup (fairlead_interface_get_mac_address (interface));
    }
  return NULL;
}

/* The arguments without those that a fixed request gives anew. */
static GPtrArray *
dup_other_arguments (FairleadCniTarget *target,
                     gboolean           without_ip,
                     gboolean           without_mac)
{
  GPtrArray *args = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; target->args[i] != NULL; i++)
    if (!(without_ip && g_str_has_prefix (target->args[i], "IP=")) &&
        !(without_mac && g_str_has_prefix (target->args[i], "MAC=")))
      g_ptr_array_add (args, g_strdup (target->args[i]));
  return args;
}

static gboolean
lists_address (GVariant     *ipam,
               GInetAddress *address)
{
  g_autoptr (GVariant) list = NULL;

  if (!fairlead_cni_value_read_array (ipam, "addresses", &list, NULL) || list == NULL)
    return FALSE;

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) element = fairlead_cni_value_get_element (list, i);
      g_autoptr (FairleadInterfaceAddress) listed = NULL;
      g_autofree char *text = NULL;

      if (!fairlead_cni_value_is_object (element) || !fairlead_cni_value_read_string (element, "address", &text, NULL) ||
          text == NULL)
        continue;
      listed = fairlead_interface_address_new_from_string (NULL, text, NULL, NULL);
      if (listed != NULL && g_inet_address_equal (fairlead_interface_address_get_address (listed), address))
        return TRUE;
    }
  return FALSE;
}

/* Whether a static IPAM of the list has the address in its configuration: it adds what is requested in CNI_ARGS to these,
 * and so must not be asked for them. */
static gboolean
is_configured (FairleadCniConfig *config,
               GInetAddress      *address)
{
  for (guint i = 0; i < fairlead_cni_config_get_n_plugins (config); i++)
    {
      g_autoptr (GVariant) ipam = NULL;

      if (g_strcmp0 (fairlead_cni_config_get_ipam_type (config, i), "static") == 0 &&
          fairlead_cni_value_read_object (fairlead_cni_config_get_plugin (config, i), "ipam", &ipam, NULL) &&
          ipam != NULL && lists_address (ipam, address))
        return TRUE;
    }
  return FALSE;
}

/* Those that have to be asked for. */
static char **
dup_result_addresses (FairleadCniConfig *config,
                      FairleadCniResult *result)
{
  gboolean replaces = fairlead_cni_config_declares (config, "ips");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < result->addresses->len; i++)
    {
      FairleadCniResultAddress *address = g_ptr_array_index (result->addresses, i);
      g_autofree char *text = g_inet_address_to_string (address->address);
      g_autofree char *cidr = g_strdup_printf ("%s/%u", text, address->prefix_length);

      if (replaces || !is_configured (config, address->address))
        g_strv_builder_add (builder, cidr);
    }
  return g_strv_builder_end (builder);
}

static gboolean
require (FairleadCniConfig            *config,
         FairleadBackendCapabilities   capability,
         const char                   *what,
         GError                      **error)
{
  if ((fairlead_cni_attach_get_capabilities (config) & capability) != 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the plugins of CNI network “%s” cannot be asked for %s that the container has, so a reload would change "
               "it; set the container up anew", fairlead_cni_config_get_name (config), what);
  return FALSE;
}

/* @target with a request for the addresses that @result says it has, and for the MAC address. Where nobody says what they
 * are, what was asked for before stays. */
FairleadCniTarget *
fairlead_cni_attach_fix_target (FairleadAttachment  *attachment,
                                FairleadCniConfig   *config,
                                FairleadCniTarget   *target,
                                FairleadCniResult   *result,
                                GError             **error)
{
  g_auto (GStrv) addresses = dup_result_addresses (config, result);
  g_autofree char *mac = dup_mac (attachment, target, result);
  g_autoptr (GPtrArray) args = dup_other_arguments (target, result->addresses->len > 0, mac != NULL);
  g_autoptr (GVariant) capability_args = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (target->capability_args);

  if (result->addresses->len > 0)
    g_variant_dict_remove (&dict, "ips");
  if (mac != NULL)
    g_variant_dict_remove (&dict, "mac");
  if (addresses[0] != NULL &&
      (!require (config, FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS, "the addresses", error) ||
       !request_addresses (&dict, args, addresses, config, error)))
    return NULL;
  if (mac != NULL && (!require (config, FAIRLEAD_BACKEND_CAP_STATIC_MAC, "the MAC address", error) ||
                      !add_mac (&dict, args, mac, config, error)))
    return NULL;

  finish_arguments (args);
  capability_args = g_variant_ref_sink (g_variant_dict_end (&dict));
  return fairlead_cni_target_new (target->container_id, target->ifname, target->netns,
                                  (const char * const *) args->pdata, capability_args);
}

static FairleadInterface *
find_interface (GListModel *interfaces,
                const char *name)
{
  for (guint i = 0; interfaces != NULL && i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (g_str_equal (fairlead_interface_get_name (interface), name))
        return g_steal_pointer (&interface);
    }
  return NULL;
}

/* Plugins may write the path of the namespace in another way than it was given to them. */
static gboolean
is_own_sandbox (FairleadCniTarget *target,
                const char        *sandbox)
{
  GStatBuf ours, theirs;

  if (g_str_equal (sandbox, target->netns))
    return TRUE;
  return g_stat (target->netns, &ours) == 0 && g_stat (sandbox, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
         ours.st_ino == theirs.st_ino;
}

/* Most plugins say nothing of the MTU, and some nothing of the MAC address; @live is what is in the namespace. */
static void
publish_interface (FairleadAttachment         *attachment,
                   FairleadCniTarget          *target,
                   FairleadCniResultInterface *interface,
                   GListModel                 *live)
{
  gboolean inside = interface->sandbox != NULL && *interface->sandbox != '\0';
  gboolean is_own = inside && is_own_sandbox (target, interface->sandbox);
  g_autoptr (FairleadInterface) found = is_own ? find_interface (live, interface->name) : NULL;
  g_autoptr (FairleadInterface) object = NULL;
  const char *mac = interface->mac;
  guint mtu = interface->mtu;

  if (!fairlead_interface_name_is_valid (interface->name))
    return;
  if (mtu == 0 && found != NULL)
    mtu = fairlead_interface_get_mtu (found);
  if ((mac == NULL || *mac == '\0') && found != NULL)
    mac = fairlead_interface_get_mac_address (found);

  object = fairlead_interface_new (interface->name, mac, mtu,
                                   is_own ? fairlead_attachment_get_netns_path (attachment)
                                          : inside ? interface->sandbox : NULL);
  fairlead_attachment_add_interface (attachment, object);
}

/* Versions before 0.3.0 name no interfaces, but the one that was asked for is there. */
static void
publish_interfaces (FairleadAttachment *attachment,
                    FairleadCniTarget  *target,
                    FairleadCniResult  *result)
{
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);
  g_autoptr (GListModel) live = netns != NULL ? fairlead_netns_list_interfaces (netns, NULL) : NULL;
  FairleadCniResultInterface asked = { .name = target->ifname, .sandbox = target->netns };

  for (guint i = 0; i < result->interfaces->len; i++)
    publish_interface (attachment, target, g_ptr_array_index (result->interfaces, i), live);
  if (result->interfaces->len == 0)
    publish_interface (attachment, target, &asked, live);
}

static const char *
get_interface_name (FairleadCniResult        *result,
                    FairleadCniResultAddress *address,
                    FairleadCniTarget        *target)
{
  FairleadCniResultInterface *interface;

  if (address->interface < 0 || (guint) address->interface >= result->interfaces->len)
    return target->ifname;
  interface = g_ptr_array_index (result->interfaces, address->interface);
  return fairlead_interface_name_is_valid (interface->name) ? interface->name : target->ifname;
}

/* A route without a gateway goes to that of the container's first address of its family: so do the plugins. */
static GInetAddress *
get_route_gateway (FairleadCniResult      *result,
                   FairleadCniResultRoute *route)
{
  GSocketFamily family = g_inet_address_get_family (route->destination);

  if (route->gateway != NULL)
    return route->gateway;

  for (guint i = 0; i < result->addresses->len; i++)
    {
      FairleadCniResultAddress *address = g_ptr_array_index (result->addresses, i);

      if (address->gateway != NULL && g_inet_address_get_family (address->gateway) == family)
        return address->gateway;
    }
  return NULL;
}

static guint
clamp_to_uint (gint64 number)
{
  return (guint) CLAMP (number, 0, G_MAXUINT);
}

static void
publish_route (FairleadAttachment     *attachment,
               FairleadCniResult      *result,
               FairleadCniResultRoute *route)
{
  g_autoptr (GInetAddressMask) destination = new_subnet (route->destination, route->prefix_length);
  g_autoptr (FairleadRoute) object =
    g_object_new (FAIRLEAD_TYPE_ROUTE, "destination", destination, "gateway", get_route_gateway (result, route),
                  "metric", clamp_to_uint (route->priority), "table", clamp_to_uint (route->table), "scope",
                  route->has_scope ? (int) CLAMP (route->scope, 0, G_MAXUINT8) : -1, "mtu",
                  clamp_to_uint (route->mtu), "advmss", clamp_to_uint (route->advmss), NULL);

  fairlead_attachment_add_route (attachment, object);
}

static void
publish_dns (FairleadAttachment *attachment,
             FairleadCniResult  *result)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) searches = NULL;

  if (result->domain != NULL && *result->domain != '\0' &&
      !g_strv_contains ((const char * const *) result->searches, result->domain))
    g_strv_builder_add (builder, result->domain);
  g_strv_builder_addv (builder, (const char **) result->searches);
  searches = g_strv_builder_end (builder);

  fairlead_attachment_set_dns (attachment, (const char * const *) result->nameservers,
                               (const char * const *) searches, (const char * const *) result->options);
}

/* Puts the result of ADD in the place of what the attachment showed before. */
void
fairlead_cni_attach_publish (FairleadAttachment *attachment,
                             FairleadCniTarget  *target,
                             FairleadCniResult  *result)
{
  fairlead_attachment_clear_result (attachment);
  fairlead_attachment_set_interface (attachment, target->ifname);

  publish_interfaces (attachment, target, result);
  for (guint i = 0; i < result->addresses->len; i++)
    {
      FairleadCniResultAddress *address = g_ptr_array_index (result->addresses, i);
      g_autoptr (FairleadInterfaceAddress) object =
        fairlead_interface_address_new (get_interface_name (result, address, target), address->address,
                                        address->prefix_length, address->gateway);

      fairlead_attachment_add_address (attachment, object);
    }
  for (guint i = 0; i < result->routes->len; i++)
    publish_route (attachment, result, g_ptr_array_index (result->routes, i));
  publish_dns (attachment, result);
}
