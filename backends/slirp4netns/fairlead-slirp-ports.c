/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-ports.h"

#include "fairlead-slirp-api.h"

/* slirp4netns listens on IPv4 addresses only. */
#define ANY_ADDRESS "0.0.0.0"

/* "tcp 0.0.0.0:8080" → id of the forward */
#define FORWARDS_KEY  "forwards"
#define FORWARDS_TYPE G_VARIANT_TYPE ("a{st}")

static char *
dup_host_address (FairleadPortMapping *mapping)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);

  return address != NULL ? g_inet_address_to_string (address) : g_strdup (ANY_ADDRESS);
}

/* With the host's loopback closed to the container, slirp4netns drops what a container answers to it. For TCP it keeps
 * the connection; a UDP port would look published and never answer. If it cannot listen, it does not say why. */
gboolean
fairlead_slirp_ports_check (FairleadSlirpNetwork  *network,
                            FairleadPortMapping   *mapping,
                            GError               **error)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);
  g_autofree char *text = NULL;

  if (fairlead_port_mapping_get_protocol (mapping) != FAIRLEAD_PROTOCOL_UDP || address == NULL ||
      !g_inet_address_get_is_loopback (address) || fairlead_slirp_network_get_allow_host_loopback (network))
    return fairlead_port_mapping_check_free (mapping, error);
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "port %s: slirp4netns cannot answer UDP from the host's loopback address while the container may not "
               "reach that; set port-forwarder=native or allow-host-loopback, or publish the port on another address",
               text);
  return FALSE;
}

static char *
dup_forward_key (FairleadPortMapping *mapping,
                 const char          *host_address,
                 guint                host_port)
{
  return g_strdup_printf ("%s %s:%u", fairlead_protocol_to_string (fairlead_port_mapping_get_protocol (mapping)),
                          host_address, host_port);
}

static GVariant *
dup_forwards (FairleadAttachment *attachment)
{
  GVariant *document = fairlead_attachment_get_document (attachment);
  GVariant *forwards = g_variant_lookup_value (document, FORWARDS_KEY, FORWARDS_TYPE);

  return forwards != NULL ? forwards : g_variant_ref_sink (g_variant_new ("a{st}", NULL));
}

/* Without @key, and then with it if @id is not NULL. */
static void
set_forward (FairleadAttachment *attachment,
             const char         *key,
             const guint64      *id)
{
  g_autoptr (GVariant) forwards = dup_forwards (attachment);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (FORWARDS_TYPE);
  GVariantIter iter;
  const char *known;
  guint64 known_id;

  g_variant_iter_init (&iter, forwards);
  while (g_variant_iter_next (&iter, "{&st}", &known, &known_id))
    if (!g_str_equal (known, key))
      g_variant_builder_add (&builder, "{st}", known, known_id);
  if (id != NULL)
    g_variant_builder_add (&builder, "{st}", key, *id);
  fairlead_attachment_set_document_value (attachment, FORWARDS_KEY, g_variant_builder_end (&builder));
}

static gboolean
publish_one (FairleadAttachment          *attachment,
             const char                  *api_path,
             const char                  *key,
             const FairleadSlirpForward  *forward,
             GCancellable                *cancellable,
             GError                     **error)
{
  guint64 id;

  if (!fairlead_slirp_api_add_hostfwd (api_path, forward, &id, cancellable, error))
    return FALSE;
  set_forward (attachment, key, &id);
  return TRUE;
}

gboolean
fairlead_slirp_ports_publish (FairleadAttachment   *attachment,
                              const char           *api_path,
                              FairleadPortMapping  *mapping,
                              GCancellable         *cancellable,
                              GError              **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (GInetAddress) guest = fairlead_slirp_network_dup_address (network, FAIRLEAD_SLIRP_HOST_GUEST, error);
  g_autofree char *guest_address = guest != NULL ? g_inet_address_to_string (guest) : NULL;
  g_autofree char *host_address = dup_host_address (mapping);

  if (guest == NULL)
    return FALSE;
  for (guint i = 0; i < fairlead_port_mapping_get_length (mapping); i++)
    {
      const FairleadSlirpForward forward = {
        .protocol = fairlead_port_mapping_get_protocol (mapping),
        .host_address = host_address,
        .host_port = fairlead_port_mapping_get_host_port (mapping) + i,
        .guest_address = guest_address,
        .guest_port = fairlead_port_mapping_get_container_port (mapping) + i,
      };
      g_autofree char *key = dup_forward_key (mapping, host_address, forward.host_port);

      if (!publish_one (attachment, api_path, key, &forward, cancellable, error))
        {
          g_autofree char *text = fairlead_port_mapping_to_string (mapping);

          g_prefix_error (error, "port %s: ", text);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
has_id (GArray  *ids,
        guint64  id)
{
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint64, i) == id)
      return TRUE;
  return FALSE;
}

gboolean
fairlead_slirp_ports_unpublish (FairleadAttachment   *attachment,
                                const char           *api_path,
                                FairleadPortMapping  *mapping,
                                GCancellable         *cancellable,
                                GError              **error)
{
  g_autofree char *host_address = dup_host_address (mapping);
  g_autoptr (GArray) ids = fairlead_slirp_api_list_hostfwd (api_path, cancellable, error);

  if (ids == NULL)
    return FALSE;
  for (guint i = 0; i < fairlead_port_mapping_get_length (mapping); i++)
    {
      g_autofree char *key = dup_forward_key (mapping, host_address, fairlead_port_mapping_get_host_port (mapping) + i);
      g_autoptr (GVariant) forwards = dup_forwards (attachment);
      guint64 id;

      if (!g_variant_lookup (forwards, key, "t", &id))
        continue;
      if (has_id (ids, id) && !fairlead_slirp_api_remove_hostfwd (api_path, id, cancellable, error))
        return FALSE;
      set_forward (attachment, key, NULL);
    }
  return TRUE;
}

gboolean
fairlead_slirp_ports_verify (FairleadAttachment  *attachment,
                             const char          *api_path,
                             GCancellable        *cancellable,
                             GError             **error)
{
  g_autoptr (GVariant) forwards = dup_forwards (attachment);
  g_autoptr (GArray) ids = NULL;
  GVariantIter iter;
  const char *key;
  guint64 id;

  if (g_variant_n_children (forwards) == 0)
    return TRUE;
  ids = fairlead_slirp_api_list_hostfwd (api_path, cancellable, error);
  if (ids == NULL)
    return FALSE;
  g_variant_iter_init (&iter, forwards);
  while (g_variant_iter_next (&iter, "{&st}", &key, &id))
    if (!has_id (ids, id))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "slirp4netns does not forward %s any more", key);
        return FALSE;
      }
  return TRUE;
}
