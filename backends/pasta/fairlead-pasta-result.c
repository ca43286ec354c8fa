/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-pasta-result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the routes, the one with the gateway comes early: there are a handful. */
#define MAX_ROUTES 16384

typedef struct
{
  const char *file;
  char        text[MAX_ROUTES];
} Routes;

/* Runs inside the network namespace, which this file follows. */
static gboolean
read_func (gpointer   user_data,
           GError   **error)
{
  Routes *routes = user_data;
  int fd = open (routes->file, O_RDONLY | O_CLOEXEC);
  gssize length = fd >= 0 ? read (fd, routes->text, sizeof routes->text - 1) : -1;

  if (length < 0)
    fairlead_error_set_errno (error, errno, "cannot read %s", routes->file);
  else
    routes->text[length] = '\0';
  if (fd >= 0)
    close (fd);
  return length >= 0;
}

/* Interface, destination, gateway, flags, three counts and the mask; the numbers as they are in memory. */
static GInetAddress *
parse_ipv4_route (const char *line,
                  const char *interface_name)
{
  char name[64];
  guint32 destination, gateway, mask;

  if (sscanf (line, "%63s %x %x %*s %*s %*s %*s %x", name, &destination, &gateway, &mask) != 4 ||
      strcmp (name, interface_name) != 0 || destination != 0 || mask != 0 || gateway == 0)
    return NULL;
  return g_inet_address_new_from_bytes ((const guint8 *) &gateway, G_SOCKET_FAMILY_IPV4);
}

/* Destination and its length, source and its length, gateway, four numbers and the interface. */
static GInetAddress *
parse_ipv6_route (const char *line,
                  const char *interface_name)
{
  char name[64];
  char text[33];
  guint length;
  guint8 bytes[16];
  gboolean any = TRUE;

  if (sscanf (line, "%*s %x %*s %*s %32[0-9a-f] %*s %*s %*s %*s %63s", &length, text, name) != 3 ||
      strcmp (name, interface_name) != 0 || length != 0 || strlen (text) != 32)
    return NULL;
  for (gsize i = 0; i < sizeof bytes; i++)
    {
      bytes[i] = g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]);
      any = any && bytes[i] == 0;
    }
  return any ? NULL : g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);
}

/* NULL without an error if there is none. */
static GInetAddress *
find_gateway (FairleadAttachment  *attachment,
              int                  index,
              GError             **error)
{
  const char *interface_name = fairlead_attachment_get_interface (attachment);
  g_autofree Routes *routes = g_new0 (Routes, 1);
  g_auto (GStrv) lines = NULL;
  GInetAddress *gateway = NULL;

  routes->file = index == FAIRLEAD_PASTA_IPV6 ? "/proc/thread-self/net/ipv6_route" : "/proc/thread-self/net/route";
  if (!fairlead_netns_run (fairlead_attachment_get_netns (attachment), read_func, routes, error))
    return NULL;
  lines = g_strsplit (routes->text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && gateway == NULL; i++)
    gateway = index == FAIRLEAD_PASTA_IPV6 ? parse_ipv6_route (lines[i], interface_name)
                                           : parse_ipv4_route (lines[i], interface_name);
  return gateway;
}

static gboolean
has_address (FairleadAttachment *attachment,
             int                 index)
{
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);

      if (fairlead_pasta_family_index (fairlead_interface_address_get_address (item)) == index)
        return TRUE;
    }
  return FALSE;
}

/* The addresses of the family that the interface has. */
static gboolean
add_found (FairleadAttachment  *attachment,
           int                  index,
           GInetAddress        *gateway,
           GError             **error)
{
  const char *interface_name = fairlead_attachment_get_interface (attachment);
  g_autoptr (GListModel) addresses =
    fairlead_netns_list_addresses (fairlead_attachment_get_netns (attachment), error);

  if (addresses == NULL)
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) item = g_list_model_get_item (addresses, i);
      GInetAddress *address = fairlead_interface_address_get_address (item);
      g_autoptr (FairleadInterfaceAddress) found = NULL;

      if (!g_str_equal (fairlead_interface_address_get_interface_name (item), interface_name) ||
          fairlead_pasta_family_index (address) != index || g_inet_address_get_is_link_local (address))
        continue;
      found = fairlead_interface_address_new (interface_name, address,
                                              fairlead_interface_address_get_prefix_length (item), gateway);
      fairlead_attachment_add_address (attachment, found);
    }
  if (has_address (attachment, index))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "pasta gave the interface %s no %s address",
               interface_name, fairlead_pasta_family_to_string (index));
  return FALSE;
}

static gboolean
add_family (FairleadAttachment         *attachment,
            const FairleadPastaLayout  *layout,
            int                         index,
            GError                    **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GInetAddress) gateway = layout->gateway[index] != NULL ? g_object_ref (layout->gateway[index])
                                                                   : find_gateway (attachment, index, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!add_found (attachment, index, gateway, error))
    return FALSE;
  if (gateway != NULL)
    fairlead_attachment_add_default_route (attachment, gateway);
  return TRUE;
}

static void
set_dns (FairleadAttachment        *attachment,
         const FairleadPastaLayout *layout)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) servers = NULL;

  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    if (layout->dns[i] != NULL)
      {
        g_autofree char *text = g_inet_address_to_string (layout->dns[i]);

        g_strv_builder_add (builder, text);
      }
  servers = g_strv_builder_end (builder);
  fairlead_attachment_set_dns (attachment, (const char * const *) servers, NULL, NULL);
}

gboolean
fairlead_pasta_result_add (FairleadAttachment         *attachment,
                           const FairleadPastaLayout  *layout,
                           const char                 *mac,
                           GError                    **error)
{
  FairleadPastaNetwork *network = FAIRLEAD_PASTA_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new (fairlead_attachment_get_interface (attachment), mac,
                            fairlead_pasta_network_get_keys (network)->mtu,
                            fairlead_attachment_get_netns_path (attachment));

  fairlead_attachment_add_interface (attachment, interface);
  set_dns (attachment, layout);
  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    if (layout->enabled[i] && !add_family (attachment, layout, i, error))
      return FALSE;
  return TRUE;
}

FairleadPortMapping *
fairlead_pasta_result_dup_mapping (FairleadAttachment  *attachment,
                                   FairleadPortMapping *mapping)
{
  return fairlead_pasta_dup_mapping (mapping, has_address (attachment, FAIRLEAD_PASTA_IPV4) ? FAIRLEAD_PASTA_IPV4
                                                                                           : FAIRLEAD_PASTA_IPV6);
}
