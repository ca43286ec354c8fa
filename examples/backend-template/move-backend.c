/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A complete backend for Fairlead, to be copied: it moves an interface of the host into the container, and back.
 *
 * What it makes is one thing, the move. It writes down what it is about to move (the document), checkpoints, and moves.
 * Teardown looks where the interface is now, so that it works after a crash anywhere, twice, and without the namespace. */

#include <fairlead/fairlead-backend-module.h>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "move-link.h"
#include "move-network.h"

#define MOVE_TYPE_BACKEND (move_backend_get_type ())
G_DECLARE_FINAL_TYPE (MoveBackend, move_backend, MOVE, BACKEND, FairleadBackend)

struct _MoveBackend
{
  FairleadBackend parent_instance;
};

G_DEFINE_FINAL_TYPE (MoveBackend, move_backend, FAIRLEAD_TYPE_BACKEND)

/* The document of an attachment. All that teardown needs stands here: the network's keyfile may be gone by then. */
#define DOCUMENT_HOST_NAME "host-name"
#define DOCUMENT_MAC       "mac"
#define DOCUMENT_UP        "up"

/* A descriptor that is closed with its scope. */
typedef int Fd;

static void
fd_clear (Fd *fd)
{
  if (*fd >= 0)
    close (*fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fd, fd_clear)

static int
open_host_socket (GError **error)
{
  g_autoptr (FairleadNetns) host = fairlead_netns_new_current (error);

  return host != NULL ? fairlead_netns_open_socket (host, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error) : -1;
}

static int
open_inner_socket (FairleadAttachment  *attachment,
                   GError             **error)
{
  return fairlead_netns_open_socket (fairlead_attachment_get_netns (attachment), AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
                                     error);
}

static gboolean
check_is_free (const char      *name,
               const MoveLink  *link,
               GError         **error)
{
  g_autoptr (FairleadNetns) host = fairlead_netns_new_current (error);
  g_autoptr (GListModel) addresses = host != NULL ? fairlead_netns_list_addresses (host, error) : NULL;

  if (addresses == NULL)
    return FALSE;
  if (link->loopback)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                   "the interface %s is the loopback interface, which cannot be moved", name);
      return FALSE;
    }
  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      g_autofree char *text = fairlead_interface_address_to_string (address);

      if (!g_str_equal (fairlead_interface_address_get_interface_name (address), name) ||
          g_inet_address_get_is_link_local (fairlead_interface_address_get_address (address)))
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
                   "the host uses the interface %s itself: it has the address %s, which a move would lose; remove the "
                   "address first", name, text);
      return FALSE;
    }
  return TRUE;
}

/* Checks all that can be checked before something is made. Nothing is made here. What the keys say was looked at before,
 * by the network itself. */
static gboolean
move_backend_plan (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
  MoveNetwork *network = MOVE_NETWORK (fairlead_attachment_get_network (attachment));
  const char *name = move_network_get_host_interface (network);
  g_auto (Fd) fd = -1;
  MoveLink link;

  if (*name == '\0')
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                           "the key host-interface is missing");
      return FALSE;
    }
  fd = open_host_socket (error);
  if (fd < 0 || !move_link_find (fd, name, &link, error))
    return FALSE;
  if (link.index == 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "the host has no interface %s; another container may have it", name);
      return FALSE;
    }
  return check_is_free (name, &link, error);
}

static gboolean
write_down (FairleadAttachment  *attachment,
            const char          *host_name,
            const MoveLink      *link,
            GError             **error)
{
  GVariantDict document;

  g_variant_dict_init (&document, NULL);
  g_variant_dict_insert (&document, DOCUMENT_HOST_NAME, "s", host_name);
  g_variant_dict_insert (&document, DOCUMENT_MAC, "s", link->mac);
  g_variant_dict_insert (&document, DOCUMENT_UP, "b", link->up);
  fairlead_attachment_set_document (attachment, g_variant_dict_end (&document));
  return fairlead_attachment_checkpoint (attachment, error);
}

static gboolean
move_in (FairleadAttachment  *attachment,
         const char          *host_name,
         GError             **error)
{
  g_auto (Fd) fd = open_host_socket (error);
  g_auto (Fd) netns_fd = fd >= 0 ? fairlead_netns_dup_fd (fairlead_attachment_get_netns (attachment), error) : -1;
  MoveLink link;

  if (netns_fd < 0 || !move_link_find (fd, host_name, &link, error))
    return FALSE;
  if (link.index == 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the host's interface %s is gone", host_name);
      return FALSE;
    }
  /* From here on a crash can happen at any instruction: first the record, then the effect. */
  return write_down (attachment, host_name, &link, error) &&
         move_link_move (fd, link.index, netns_fd, fairlead_attachment_get_interface (attachment), error);
}

static gboolean
add_address (FairleadAttachment  *attachment,
             int                  fd,
             int                  index,
             const char          *text,
             const char          *gateway,
             GError             **error)
{
  g_autoptr (FairleadInterfaceAddress) address =
    fairlead_interface_address_new_from_string (fairlead_attachment_get_interface (attachment), text, NULL, error);
  g_autoptr (GInetAddress) via = *gateway != '\0' ? g_inet_address_new_from_string (gateway) : NULL;

  if (address == NULL || !move_link_add_address (fd, index, address, error))
    return FALSE;
  if (via != NULL &&
      g_inet_address_get_family (via) == g_inet_address_get_family (fairlead_interface_address_get_address (address)))
    {
      g_autoptr (FairleadInterfaceAddress) routed =
        fairlead_interface_address_new (fairlead_attachment_get_interface (attachment),
                                        fairlead_interface_address_get_address (address),
                                        fairlead_interface_address_get_prefix_length (address), via);

      fairlead_attachment_add_address (attachment, routed);
    }
  else
    fairlead_attachment_add_address (attachment, address);
  return TRUE;
}

/* The interface is inside; what is set there goes with the move back, so it needs no record. */
static gboolean
configure (FairleadAttachment  *attachment,
           MoveNetwork         *network,
           GError             **error)
{
  const char *name = fairlead_attachment_get_interface (attachment);
  const char *gateway = move_network_get_gateway (network);
  g_auto (Fd) fd = open_inner_socket (attachment, error);
  g_autoptr (FairleadInterface) interface = NULL;
  MoveLink link;

  if (fd < 0 || !move_link_find (fd, name, &link, error))
    return FALSE;
  for (const char * const *text = move_network_get_addresses (network); *text != NULL; text++)
    if (!add_address (attachment, fd, link.index, *text, gateway, error))
      return FALSE;
  if (!move_link_set_up (fd, link.index, error))
    return FALSE;
  if (*gateway != '\0' && fairlead_attachment_get_default_route (attachment))
    {
      g_autoptr (GInetAddress) via = g_inet_address_new_from_string (gateway);

      if (!move_link_add_gateway (fd, link.index, via, fairlead_attachment_get_route_metric (attachment), error))
        return FALSE;
    }
  interface = fairlead_interface_new (name, link.mac, 0, fairlead_attachment_get_netns_path (attachment));
  fairlead_attachment_add_interface (attachment, interface);
  return TRUE;
}

static gboolean
move_backend_setup (FairleadBackend     *backend,
                    FairleadAttachment  *attachment,
                    GCancellable        *cancellable,
                    GError             **error)
{
  MoveNetwork *network = MOVE_NETWORK (fairlead_attachment_get_network (attachment));

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !move_in (attachment, move_network_get_host_interface (network), error))
    return FALSE;
  /* Whatever fails from here on, core calls teardown. */
  return !g_cancellable_set_error_if_cancelled (cancellable, error) && configure (attachment, network, error);
}

/* Back to the host, under its old name. The interface is known by its name inside and its hardware address. */
static gboolean
move_out (FairleadAttachment  *attachment,
          const char          *name,
          const char          *mac,
          const char          *host_name,
          GError             **error)
{
  g_autoptr (FairleadNetns) host = fairlead_netns_new_current (error);
  g_auto (Fd) fd = open_inner_socket (attachment, error);
  g_auto (Fd) host_fd = fd >= 0 && host != NULL ? fairlead_netns_dup_fd (host, error) : -1;
  MoveLink link;

  if (host_fd < 0 || !move_link_find (fd, name, &link, error))
    return FALSE;
  if (link.index == 0 || !g_str_equal (link.mac, mac))
    return TRUE;
  return move_link_move (fd, link.index, host_fd, host_name, error);
}

/* When a namespace ends, the kernel gives a device of hardware back to the first namespace, under the name it had
 * inside; devices of software end with it. */
static gboolean
restore (FairleadAttachment  *attachment,
         const char          *host_name,
         const char          *mac,
         gboolean             up,
         GError             **error)
{
  const char *name = fairlead_attachment_get_interface (attachment);
  g_auto (Fd) fd = open_host_socket (error);
  MoveLink link;

  if (fd < 0 || !move_link_find (fd, host_name, &link, error))
    return FALSE;
  if (link.index == 0)
    {
      if (!move_link_find (fd, name, &link, error))
        return FALSE;
      if (link.index == 0 || !g_str_equal (link.mac, mac))
        return TRUE;
      if (!move_link_rename (fd, link.index, host_name, error))
        return FALSE;
    }
  return !up || link.up || !g_str_equal (link.mac, mac) || move_link_set_up (fd, link.index, error);
}

static gboolean
move_backend_teardown (FairleadBackend        *backend,
                       FairleadAttachment     *attachment,
                       FairleadTeardownFlags   flags,
                       GCancellable           *cancellable,
                       GError                **error)
{
  GVariant *document = fairlead_attachment_get_document (attachment);
  const char *host_name, *mac;
  gboolean up;

  /* Nothing was written down, so nothing was moved. */
  if (!g_variant_lookup (document, DOCUMENT_HOST_NAME, "&s", &host_name) ||
      !g_variant_lookup (document, DOCUMENT_MAC, "&s", &mac) ||
      !g_variant_lookup (document, DOCUMENT_UP, "b", &up))
    return TRUE;
  if (fairlead_attachment_get_netns (attachment) != NULL &&
      !move_out (attachment, fairlead_attachment_get_interface (attachment), mac, host_name, error))
    return FALSE;
  return restore (attachment, host_name, mac, up, error);
}

/* Adds to what the parent class tells. */
static GVariant *
move_backend_inspect (FairleadBackend     *backend,
                      FairleadAttachment  *attachment,
                      GCancellable        *cancellable,
                      GError             **error)
{
  g_autoptr (GVariant) common =
    FAIRLEAD_BACKEND_CLASS (move_backend_parent_class)->inspect (backend, attachment, cancellable, error);
  GVariantDict dict;
  const char *host_name;

  if (common == NULL)
    return NULL;
  g_variant_dict_init (&dict, common);
  if (g_variant_lookup (fairlead_attachment_get_document (attachment), DOCUMENT_HOST_NAME, "&s", &host_name))
    g_variant_dict_insert (&dict, "HostInterface", "s", host_name);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
move_backend_class_init (MoveBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  backend_class->network_type = MOVE_TYPE_NETWORK;
  backend_class->plan = move_backend_plan;
  backend_class->setup = move_backend_setup;
  backend_class->teardown = move_backend_teardown;
  backend_class->inspect = move_backend_inspect;
}

static void
move_backend_init (MoveBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("move", MOVE_VERSION, "An interface of the host, moved into the container",
                         "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_MULTIPLE | FAIRLEAD_BACKEND_CAP_IPV6 |
                         FAIRLEAD_BACKEND_CAP_INTERFACE_NAME,
                         MoveBackend, move_backend)
