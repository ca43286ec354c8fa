/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-address.h"

#include <arpa/inet.h>
#include <string.h>

gsize
fairlead_bridge_address_size (const FairleadBridgeAddress *self)
{
  return self->family == AF_INET ? 4 : 16;
}

gboolean
fairlead_bridge_address_parse (FairleadBridgeAddress *self,
                               const char            *text)
{
  memset (self, 0, sizeof *self);
  self->family = strchr (text, ':') != NULL ? AF_INET6 : AF_INET;
  return inet_pton (self->family, text, self->bytes) == 1;
}

void
fairlead_bridge_address_set (FairleadBridgeAddress *self,
                             GInetAddress          *address)
{
  memset (self, 0, sizeof *self);
  self->family = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 ? AF_INET : AF_INET6;
  memcpy (self->bytes, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
}

char *
fairlead_bridge_address_to_string (const FairleadBridgeAddress *self)
{
  char text[INET6_ADDRSTRLEN] = "";

  inet_ntop (self->family, self->bytes, text, sizeof text);
  return g_strdup (text);
}

int
fairlead_bridge_address_compare (const FairleadBridgeAddress *self,
                                 const FairleadBridgeAddress *other)
{
  if (self->family != other->family)
    return self->family < other->family ? -1 : 1;
  return memcmp (self->bytes, other->bytes, fairlead_bridge_address_size (self));
}

gboolean
fairlead_bridge_address_equal (const FairleadBridgeAddress *self,
                               const FairleadBridgeAddress *other)
{
  return fairlead_bridge_address_compare (self, other) == 0;
}

gboolean
fairlead_bridge_address_step (FairleadBridgeAddress *self,
                              int                    step)
{
  guint8 carry = step > 0 ? 0xff : 0;

  for (gssize i = fairlead_bridge_address_size (self) - 1; i >= 0; i--)
    {
      gboolean carries = self->bytes[i] == carry;

      self->bytes[i] += step;
      if (!carries)
        return TRUE;
    }
  return FALSE;
}

static void
set_host_bits (const FairleadBridgeSubnet *self,
               FairleadBridgeAddress      *address,
               gboolean                    ones)
{
  *address = self->base;
  for (guint bit = self->prefix; ones && bit < fairlead_bridge_address_size (&self->base) * 8; bit++)
    address->bytes[bit / 8] |= 0x80 >> (bit % 8);
}

/* In a subnet of two addresses (RFC 3021, RFC 6164) and of one all are hosts'. */
static gboolean
has_reserved (const FairleadBridgeSubnet *self)
{
  return self->prefix + 2 <= fairlead_bridge_address_size (&self->base) * 8;
}

gboolean
fairlead_bridge_subnet_parse (FairleadBridgeSubnet  *self,
                              const char            *text,
                              GError               **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (text, &local_error);

  if (mask == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "%.80s: %s", text, local_error->message);
      return FALSE;
    }
  memset (self, 0, sizeof *self);
  fairlead_bridge_address_set (&self->base, g_inet_address_mask_get_address (mask));
  self->prefix = g_inet_address_mask_get_length (mask);
  if (!has_reserved (self) || self->prefix < 4)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                   "%s is too %s for a network of containers", text, self->prefix < 4 ? "large" : "small");
      return FALSE;
    }
  self->gateway = self->base;
  fairlead_bridge_address_step (&self->gateway, 1);
  self->first = self->gateway;
  fairlead_bridge_address_step (&self->first, 1);
  set_host_bits (self, &self->last, TRUE);
  if (self->base.family == AF_INET)
    fairlead_bridge_address_step (&self->last, -1);
  return TRUE;
}

char *
fairlead_bridge_subnet_to_string (const FairleadBridgeSubnet *self)
{
  g_autofree char *base = fairlead_bridge_address_to_string (&self->base);

  return g_strdup_printf ("%s/%u", base, self->prefix);
}

static gboolean
has_prefix (const FairleadBridgeAddress *address,
            const FairleadBridgeAddress *base,
            guint                        prefix)
{
  guint whole = prefix / 8;
  guint8 mask = 0xff00 >> (prefix % 8);

  return address->family == base->family && memcmp (address->bytes, base->bytes, whole) == 0 &&
         (prefix % 8 == 0 || ((address->bytes[whole] ^ base->bytes[whole]) & mask) == 0);
}

gboolean
fairlead_bridge_subnet_contains (const FairleadBridgeSubnet  *self,
                                 const FairleadBridgeAddress *address)
{
  return has_prefix (address, &self->base, self->prefix);
}

gboolean
fairlead_bridge_subnet_overlaps (const FairleadBridgeSubnet *self,
                                 const FairleadBridgeSubnet *other)
{
  return has_prefix (&self->base, &other->base, MIN (self->prefix, other->prefix));
}

gboolean
fairlead_bridge_subnet_is_host (const FairleadBridgeSubnet  *self,
                                const FairleadBridgeAddress *address)
{
  FairleadBridgeAddress broadcast;

  set_host_bits (self, &broadcast, TRUE);
  return fairlead_bridge_subnet_contains (self, address) && !fairlead_bridge_address_equal (address, &self->base) &&
         (address->family == AF_INET6 || !fairlead_bridge_address_equal (address, &broadcast));
}

/* The first address behind the subnet, as an interval of nf_tables ends there. */
void
fairlead_bridge_subnet_get_end (const FairleadBridgeSubnet *self,
                                FairleadBridgeAddress      *end)
{
  set_host_bits (self, end, TRUE);
  fairlead_bridge_address_step (end, 1);
}
