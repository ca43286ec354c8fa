/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-port.h"

#include <string.h>

void
fairlead_bridge_port_clear (FairleadBridgePort *self)
{
  g_clear_pointer (&self->table, g_free);
}

GVariant *
fairlead_bridge_port_to_variant (const FairleadBridgePort *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder addresses = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(su)"));
  g_autofree char *host_mac = fairlead_bridge_mac_to_string (self->host_mac);
  g_autofree char *mac = fairlead_bridge_mac_to_string (self->mac);

  for (guint i = 0; i < self->n_addresses; i++)
    {
      g_autofree char *text = fairlead_bridge_address_to_string (&self->addresses[i]);

      g_variant_builder_add (&addresses, "(su)", text, self->prefixes[i]);
    }
  g_variant_dict_insert (&dict, "bridge", "s", self->bridge);
  if (self->table != NULL)
    g_variant_dict_insert (&dict, "table", "s", self->table);
  g_variant_dict_insert (&dict, "host-interface", "s", self->host_name);
  g_variant_dict_insert (&dict, "host-mac", "s", host_mac);
  g_variant_dict_insert (&dict, "mac", "s", mac);
  g_variant_dict_insert_value (&dict, "addresses", g_variant_builder_end (&addresses));
  g_variant_dict_insert (&dict, "dns", "b", self->dns);
  g_variant_dict_insert (&dict, "made", "b", self->made);
  return g_variant_dict_end (&dict);
}

static gboolean
read_name (char        *target,
           GVariant    *document,
           const char  *key)
{
  const char *text;

  return g_variant_lookup (document, key, "&s", &text) && *text != '\0' &&
         g_strlcpy (target, text, FAIRLEAD_BRIDGE_NAME_SIZE) < FAIRLEAD_BRIDGE_NAME_SIZE;
}

static gboolean
read_mac (guint8      *mac,
          GVariant    *document,
          const char  *key)
{
  const char *text;

  return g_variant_lookup (document, key, "&s", &text) && fairlead_bridge_mac_parse (mac, text);
}

static gboolean
read_addresses (FairleadBridgePort *self,
                GVariant           *document)
{
  g_autoptr (GVariant) addresses = g_variant_lookup_value (document, "addresses", G_VARIANT_TYPE ("a(su)"));
  GVariantIter iter;
  const char *text;
  guint prefix;

  if (addresses == NULL || g_variant_n_children (addresses) > FAIRLEAD_BRIDGE_MAX_SUBNETS)
    return FALSE;
  g_variant_iter_init (&iter, addresses);
  while (g_variant_iter_next (&iter, "(&su)", &text, &prefix))
    {
      FairleadBridgeAddress *address = &self->addresses[self->n_addresses];

      if (!fairlead_bridge_address_parse (address, text) || prefix > fairlead_bridge_address_size (address) * 8)
        return FALSE;
      self->prefixes[self->n_addresses++] = prefix;
    }
  return TRUE;
}

gboolean
fairlead_bridge_port_read (FairleadBridgePort  *self,
                           GVariant            *document,
                           GError             **error)
{
  memset (self, 0, sizeof *self);
  if (document == NULL || g_variant_n_children (document) == 0)
    return FALSE;
  g_variant_lookup (document, "table", "s", &self->table);
  g_variant_lookup (document, "dns", "b", &self->dns);
  g_variant_lookup (document, "made", "b", &self->made);
  if (read_name (self->bridge, document, "bridge") && read_name (self->host_name, document, "host-interface") &&
      read_mac (self->host_mac, document, "host-mac") && read_mac (self->mac, document, "mac") &&
      read_addresses (self, document))
    return TRUE;
  fairlead_bridge_port_clear (self);
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                       "what the state says of the container's place on the bridge is incomplete");
  return FALSE;
}

const FairleadBridgeAddress *
fairlead_bridge_port_get_address (const FairleadBridgePort *self,
                                  int                       family)
{
  for (guint i = 0; i < self->n_addresses; i++)
    if (self->addresses[i].family == family)
      return &self->addresses[i];
  return NULL;
}
