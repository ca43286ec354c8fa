/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-layout.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define MAX_VLAN 4094

void
fairlead_bridge_layout_clear (FairleadBridgeLayout *self)
{
  g_clear_pointer (&self->settings, g_free);
  g_clear_pointer (&self->table, g_free);
}

char *
fairlead_bridge_mac_to_string (const guint8 *mac)
{
  return g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

gboolean
fairlead_bridge_mac_parse (guint8     *mac,
                           const char *text)
{
  guint octets[FAIRLEAD_BRIDGE_MAC_SIZE];

  if (strlen (text) != 17 || sscanf (text, "%2x:%2x:%2x:%2x:%2x:%2x", &octets[0], &octets[1], &octets[2], &octets[3],
                                     &octets[4], &octets[5]) != FAIRLEAD_BRIDGE_MAC_SIZE)
    return FALSE;
  for (guint i = 0; i < FAIRLEAD_BRIDGE_MAC_SIZE; i++)
    mac[i] = octets[i];
  return TRUE;
}

guint32
fairlead_bridge_random (void)
{
  guint32 number;

  while (getrandom (&number, sizeof number, 0) != sizeof number)
    ;
  return number;
}

/* Locally administered, unicast. */
void
fairlead_bridge_mac_randomize (guint8 *mac)
{
  guint32 random = fairlead_bridge_random ();

  mac[0] = 0xfa;
  mac[1] = fairlead_bridge_random ();
  memcpy (mac + 2, &random, sizeof random);
}

gboolean
fairlead_bridge_layout_is_managed (const FairleadBridgeLayout *self)
{
  return self->mode == FAIRLEAD_BRIDGE_MODE_MANAGED;
}

gboolean
fairlead_bridge_layout_has_family (const FairleadBridgeLayout *self,
                                   int                         family)
{
  for (guint i = 0; i < self->n_subnets; i++)
    if (self->subnets[i].base.family == family)
      return TRUE;
  return FALSE;
}

const FairleadBridgeSubnet *
fairlead_bridge_layout_find_subnet (const FairleadBridgeLayout  *self,
                                    const FairleadBridgeAddress *address)
{
  for (guint i = 0; i < self->n_subnets; i++)
    if (fairlead_bridge_subnet_contains (&self->subnets[i], address))
      return &self->subnets[i];
  return NULL;
}

/* On a bridge that is somebody else's others may be as well. */
gboolean
fairlead_bridge_layout_check_other (const FairleadBridgeLayout  *self,
                                    const FairleadBridgeLayout  *other,
                                    GError                     **error)
{
  gboolean both_managed = fairlead_bridge_layout_is_managed (self) && fairlead_bridge_layout_is_managed (other);

  if (strcmp (self->bridge, other->bridge) == 0 &&
      (fairlead_bridge_layout_is_managed (self) || fairlead_bridge_layout_is_managed (other)))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "it has the bridge %s", self->bridge);
      return FALSE;
    }
  for (guint i = 0; both_managed && i < self->n_subnets; i++)
    for (guint j = 0; j < other->n_subnets; j++)
      if (fairlead_bridge_subnet_overlaps (&self->subnets[i], &other->subnets[j]))
        {
          g_autofree char *subnet = fairlead_bridge_subnet_to_string (&self->subnets[i]);
          g_autofree char *taken = fairlead_bridge_subnet_to_string (&other->subnets[j]);

          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "the subnet %s overlaps its %s", subnet, taken);
          return FALSE;
        }
  return TRUE;
}

static char *
address_text (const FairleadBridgeAddress *address)
{
  return address->family != 0 ? fairlead_bridge_address_to_string (address) : g_strdup ("");
}

static gboolean
read_address (FairleadBridgeAddress *address,
              const char            *text)
{
  if (*text != '\0')
    return fairlead_bridge_address_parse (address, text);
  memset (address, 0, sizeof *address);
  return TRUE;
}

static void
add_subnet (GVariantBuilder            *builder,
            const FairleadBridgeSubnet *subnet)
{
  g_autofree char *text = fairlead_bridge_subnet_to_string (subnet);
  g_autofree char *gateway = address_text (&subnet->gateway);
  g_autofree char *first = address_text (&subnet->first);
  g_autofree char *last = address_text (&subnet->last);

  g_variant_builder_add (builder, "(ssss)", text, gateway, first, last);
}

GVariant *
fairlead_bridge_layout_to_variant (const FairleadBridgeLayout *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder subnets = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssss)"));
  g_autofree char *mac = fairlead_bridge_mac_to_string (self->mac);
  g_autofree char *outbound = address_text (&self->outbound);
  g_autofree char *outbound6 = address_text (&self->outbound6);

  for (guint i = 0; i < self->n_subnets; i++)
    add_subnet (&subnets, &self->subnets[i]);
  if (self->settings != NULL)
    g_variant_dict_insert (&dict, "settings", "s", self->settings);
  g_variant_dict_insert (&dict, "bridge", "s", self->bridge);
  g_variant_dict_insert (&dict, "mode", "u", self->mode);
  g_variant_dict_insert_value (&dict, "subnets", g_variant_builder_end (&subnets));
  g_variant_dict_insert (&dict, "mtu", "u", self->mtu);
  g_variant_dict_insert (&dict, "vlan", "u", self->vlan);
  g_variant_dict_insert (&dict, "isolate", "u", self->isolate);
  g_variant_dict_insert (&dict, "internal", "b", self->internal);
  g_variant_dict_insert (&dict, "masquerade", "b", self->masquerade);
  g_variant_dict_insert (&dict, "dns", "b", self->dns);
  g_variant_dict_insert (&dict, "outbound", "s", outbound);
  g_variant_dict_insert (&dict, "outbound6", "s", outbound6);
  g_variant_dict_insert (&dict, "mac", "s", mac);
  if (self->table != NULL)
    g_variant_dict_insert (&dict, "table", "s", self->table);
  g_variant_dict_insert (&dict, "hairpin", "b", self->hairpin);
  g_variant_dict_insert (&dict, "closed6", "b", self->closed6);
  g_variant_dict_insert (&dict, "zone", "b", self->zone);
  g_variant_dict_insert (&dict, "made", "b", self->made);
  return g_variant_dict_end (&dict);
}

static gboolean
read_subnets (FairleadBridgeLayout *self,
              GVariant             *document)
{
  g_autoptr (GVariant) subnets = g_variant_lookup_value (document, "subnets", G_VARIANT_TYPE ("a(ssss)"));
  GVariantIter iter;
  const char *text, *gateway, *first, *last;

  if (subnets == NULL || g_variant_n_children (subnets) > FAIRLEAD_BRIDGE_MAX_SUBNETS)
    return FALSE;
  g_variant_iter_init (&iter, subnets);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &text, &gateway, &first, &last))
    {
      FairleadBridgeSubnet *subnet = &self->subnets[self->n_subnets];

      if (!fairlead_bridge_subnet_parse (subnet, text, NULL) || !read_address (&subnet->gateway, gateway) ||
          !fairlead_bridge_address_parse (&subnet->first, first) ||
          !fairlead_bridge_address_parse (&subnet->last, last))
        return FALSE;
      self->n_subnets++;
    }
  return TRUE;
}

/* A dictionary, as each look into the variant would begin anew. */
static gboolean
read_values (FairleadBridgeLayout *self,
             GVariant             *document)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (document);
  const char *bridge, *mac, *outbound, *outbound6;

  g_variant_dict_lookup (&dict, "settings", "s", &self->settings);
  g_variant_dict_lookup (&dict, "table", "s", &self->table);
  if (!g_variant_dict_lookup (&dict, "bridge", "&s", &bridge) || *bridge == '\0' ||
      g_strlcpy (self->bridge, bridge, sizeof self->bridge) >= sizeof self->bridge ||
      !g_variant_dict_lookup (&dict, "mac", "&s", &mac) || !fairlead_bridge_mac_parse (self->mac, mac) ||
      !g_variant_dict_lookup (&dict, "outbound", "&s", &outbound) || !read_address (&self->outbound, outbound) ||
      !g_variant_dict_lookup (&dict, "outbound6", "&s", &outbound6) || !read_address (&self->outbound6, outbound6))
    return FALSE;
  return g_variant_dict_lookup (&dict, "mode", "u", &self->mode) && self->mode <= FAIRLEAD_BRIDGE_MODE_UNMANAGED &&
         g_variant_dict_lookup (&dict, "mtu", "u", &self->mtu) &&
         g_variant_dict_lookup (&dict, "vlan", "u", &self->vlan) && self->vlan <= MAX_VLAN &&
         g_variant_dict_lookup (&dict, "isolate", "u", &self->isolate) &&
         self->isolate <= FAIRLEAD_BRIDGE_ISOLATE_STRICT &&
         g_variant_dict_lookup (&dict, "internal", "b", &self->internal) &&
         g_variant_dict_lookup (&dict, "masquerade", "b", &self->masquerade) &&
         g_variant_dict_lookup (&dict, "dns", "b", &self->dns) &&
         g_variant_dict_lookup (&dict, "hairpin", "b", &self->hairpin) &&
         g_variant_dict_lookup (&dict, "closed6", "b", &self->closed6) &&
         g_variant_dict_lookup (&dict, "zone", "b", &self->zone) &&
         g_variant_dict_lookup (&dict, "made", "b", &self->made);
}

/* A state file is as trustworthy as whoever could write it, which the core has checked; that it is whole is checked here. */
gboolean
fairlead_bridge_layout_read (FairleadBridgeLayout  *self,
                             GVariant              *document,
                             GError               **error)
{
  memset (self, 0, sizeof *self);
  if (read_values (self, document) && read_subnets (self, document))
    return TRUE;
  fairlead_bridge_layout_clear (self);
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                       "what the network's state file says of its bridge is incomplete");
  return FALSE;
}

static FairleadBridgeElement *
append (GArray              *elements,
        FairleadBridgeSetId  set)
{
  g_array_set_size (elements, elements->len + 1);
  g_array_index (elements, FairleadBridgeElement, elements->len - 1).set = set;
  return &g_array_index (elements, FairleadBridgeElement, elements->len - 1);
}

static void
append_link (GArray                     *elements,
             FairleadBridgeSetId         set,
             const FairleadBridgeLayout *layout)
{
  memcpy (append (elements, set)->key, layout->bridge, FAIRLEAD_BRIDGE_NAME_SIZE);
}

/* The bridge with itself; and with no link, which is what postrouting sees of traffic that br_netfilter shows it. */
static void
append_same (GArray                     *elements,
             const FairleadBridgeLayout *layout)
{
  FairleadBridgeElement *itself = append (elements, FAIRLEAD_BRIDGE_SET_SAME);

  memcpy (itself->key, layout->bridge, FAIRLEAD_BRIDGE_NAME_SIZE);
  memcpy (itself->key + FAIRLEAD_BRIDGE_NAME_SIZE, layout->bridge, FAIRLEAD_BRIDGE_NAME_SIZE);
  memcpy (append (elements, FAIRLEAD_BRIDGE_SET_SAME)->key + FAIRLEAD_BRIDGE_NAME_SIZE, layout->bridge,
          FAIRLEAD_BRIDGE_NAME_SIZE);
}

static FairleadBridgeElement *
append_subnet (GArray                     *elements,
               FairleadBridgeSetId         set,
               const FairleadBridgeSubnet *subnet)
{
  FairleadBridgeElement *element = append (elements, set);
  gsize size = fairlead_bridge_address_size (&subnet->base);
  FairleadBridgeAddress end;

  fairlead_bridge_subnet_get_end (subnet, &end);
  memcpy (element->key, subnet->base.bytes, size);
  memcpy (element->key_end, end.bytes, size);
  return element;
}

static void
append_outward (GArray                     *elements,
                const FairleadBridgeLayout *layout,
                const FairleadBridgeSubnet *subnet)
{
  gboolean is_ipv4 = subnet->base.family == AF_INET;
  const FairleadBridgeAddress *outbound = is_ipv4 ? &layout->outbound : &layout->outbound6;
  FairleadBridgeElement *element;

  if (layout->masquerade)
    append_subnet (elements, is_ipv4 ? FAIRLEAD_BRIDGE_SET_SUBNETS : FAIRLEAD_BRIDGE_SET_SUBNETS6, subnet);
  if (!layout->masquerade || outbound->family == 0)
    return;
  element = append_subnet (elements, is_ipv4 ? FAIRLEAD_BRIDGE_MAP_OUTBOUND : FAIRLEAD_BRIDGE_MAP_OUTBOUND6, subnet);
  memcpy (element->data, outbound->bytes, fairlead_bridge_address_size (outbound));
}

/* A container that publishes port 53 on all addresses must not get what others ask the gateway: that leads to where it
 * goes anyway. */
static void
append_dns (GArray                     *elements,
            const FairleadBridgeSubnet *subnet)
{
  static const guint8 protocols[] = { FAIRLEAD_PROTOCOL_UDP, FAIRLEAD_PROTOCOL_TCP };
  const FairleadBridgeAddress *gateway = &subnet->gateway;
  gsize size = fairlead_bridge_address_size (gateway);
  FairleadBridgeSetId map =
    gateway->family == AF_INET ? FAIRLEAD_BRIDGE_MAP_ADDRESS_PORTS : FAIRLEAD_BRIDGE_MAP_ADDRESS_PORTS6;

  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    {
      FairleadBridgeElement *element = append (elements, map);

      memcpy (element->key, gateway->bytes, size);
      element->key[size] = protocols[i];
      element->key[size + 5] = FAIRLEAD_BRIDGE_DNS_PORT;
      memcpy (element->data, gateway->bytes, size);
      element->data[size + 1] = FAIRLEAD_BRIDGE_DNS_PORT;
    }
}

GArray *
fairlead_bridge_layout_dup_elements (const FairleadBridgeLayout *self)
{
  GArray *elements = g_array_new (FALSE, TRUE, sizeof (FairleadBridgeElement));

  if (!fairlead_bridge_layout_is_managed (self))
    return elements;
  append_link (elements, FAIRLEAD_BRIDGE_SET_BRIDGES, self);
  append_same (elements, self);
  if (self->internal)
    append_link (elements, FAIRLEAD_BRIDGE_SET_INTERNAL, self);
  if (self->isolate != FAIRLEAD_BRIDGE_ISOLATE_NO)
    append_link (elements, FAIRLEAD_BRIDGE_SET_ISOLATED, self);
  if (self->isolate == FAIRLEAD_BRIDGE_ISOLATE_STRICT)
    append_link (elements, FAIRLEAD_BRIDGE_SET_STRICT, self);
  if (!self->masquerade && !self->internal)
    append_link (elements, FAIRLEAD_BRIDGE_SET_ROUTED, self);
  for (guint i = 0; i < self->n_subnets && !self->internal; i++)
    append_outward (elements, self, &self->subnets[i]);
  for (guint i = 0; i < self->n_subnets && self->closed6; i++)
    if (self->subnets[i].base.family == AF_INET6)
      append_subnet (elements, FAIRLEAD_BRIDGE_SET_CLOSED6, &self->subnets[i]);
  for (guint i = 0; i < self->n_subnets && self->dns; i++)
    append_dns (elements, &self->subnets[i]);
  return elements;
}
