/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-port.h"

#include <string.h>

void
fairlead_bridge_port_clear (FairleadBridgePort *self)
{
  g_clear_pointer (&self->table, g_free);
}

/* Not by g_variant_dict_insert(): a format string takes as long again for each value, and each setup writes all of them. */
static void
add (GVariantBuilder *document,
     const char      *key,
     GVariant        *value)
{
  g_variant_builder_add_value (document,
                               g_variant_new_dict_entry (g_variant_new_string (key), g_variant_new_variant (value)));
}

static GVariant *
address_to_variant (const FairleadBridgeAddress *address,
                    guint                        prefix)
{
  GVariant *values[] = { g_variant_new_take_string (fairlead_bridge_address_to_string (address)),
                         g_variant_new_uint32 (prefix) };

  return g_variant_new_tuple (values, G_N_ELEMENTS (values));
}

GVariant *
fairlead_bridge_port_to_variant (const FairleadBridgePort *self)
{
  GVariantBuilder document = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariant *addresses[FAIRLEAD_BRIDGE_MAX_SUBNETS];

  for (guint i = 0; i < self->n_addresses; i++)
    addresses[i] = address_to_variant (&self->addresses[i], self->prefixes[i]);
  add (&document, "bridge", g_variant_new_string (self->bridge));
  if (self->table != NULL)
    add (&document, "table", g_variant_new_string (self->table));
  add (&document, "host-interface", g_variant_new_string (self->host_name));
  add (&document, "host-mac", g_variant_new_take_string (fairlead_bridge_mac_to_string (self->host_mac)));
  add (&document, "mac", g_variant_new_take_string (fairlead_bridge_mac_to_string (self->mac)));
  add (&document, "addresses", g_variant_new_array (G_VARIANT_TYPE ("(su)"), addresses, self->n_addresses));
  add (&document, "dns", g_variant_new_boolean (self->dns));
  add (&document, "made", g_variant_new_boolean (self->made));
  return g_variant_builder_end (&document);
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
