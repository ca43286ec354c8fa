/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-host.h"

#include <linux/netlink.h>
#include <unistd.h>

typedef enum
{
  KIND_ROUTE,
  KIND_NFT,
  N_KINDS
} Kind;

struct _FairleadBridgeSockets
{
  GMutex     lock;
  GPtrArray *idle[N_KINDS]; /* (mutex lock) (element-type FairleadBridgeSocket) */
  pid_t      pid;           /* (mutex lock) whose they are: a child of fork() shares them, and must not use them */
};

static const int protocols[N_KINDS] = { NETLINK_ROUTE, NETLINK_NETFILTER };

FairleadBridgeSockets *
fairlead_bridge_sockets_new (void)
{
  FairleadBridgeSockets *self = g_new0 (FairleadBridgeSockets, 1);

  g_mutex_init (&self->lock);
  for (guint i = 0; i < N_KINDS; i++)
    self->idle[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) fairlead_bridge_socket_free);
  return self;
}

void
fairlead_bridge_sockets_free (FairleadBridgeSockets *self)
{
  for (guint i = 0; i < N_KINDS; i++)
    g_ptr_array_unref (self->idle[i]);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static FairleadBridgeSocket *
take (FairleadBridgeSockets  *self,
      Kind                    kind,
      GError                **error)
{
  FairleadBridgeSocket *socket = NULL;

  g_mutex_lock (&self->lock);
  if (self->pid != getpid ())
    {
      for (guint i = 0; i < N_KINDS; i++)
        g_ptr_array_set_size (self->idle[i], 0);
      self->pid = getpid ();
    }
  if (self->idle[kind]->len > 0)
    socket = g_ptr_array_steal_index_fast (self->idle[kind], self->idle[kind]->len - 1);
  g_mutex_unlock (&self->lock);
  return socket != NULL ? socket : fairlead_bridge_socket_new (protocols[kind], error);
}

static void
give (FairleadBridgeSockets *self,
      Kind                   kind,
      FairleadBridgeSocket  *socket)
{
  if (socket == NULL)
    return;
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->idle[kind], socket);
  g_mutex_unlock (&self->lock);
}

void
fairlead_bridge_host_init (FairleadBridgeHost    *self,
                           FairleadBackend       *backend,
                           FairleadBridgeSockets *sockets)
{
  self->backend = backend;
  self->sockets = sockets;
}

void
fairlead_bridge_host_clear (FairleadBridgeHost *self)
{
  give (self->sockets, KIND_ROUTE, g_steal_pointer (&self->route));
  give (self->sockets, KIND_NFT, g_steal_pointer (&self->nft));
}

FairleadBridgeSocket *
fairlead_bridge_host_get_route (FairleadBridgeHost  *self,
                                GError             **error)
{
  if (self->route == NULL)
    self->route = take (self->sockets, KIND_ROUTE, error);
  return self->route;
}

FairleadBridgeSocket *
fairlead_bridge_host_get_nft (FairleadBridgeHost  *self,
                              GError             **error)
{
  if (self->nft == NULL)
    self->nft = take (self->sockets, KIND_NFT, error);
  return self->nft;
}

gboolean
fairlead_bridge_host_each_layout (FairleadBridgeHost        *self,
                                  FairleadBridgeLayoutFunc   func,
                                  gpointer                   user_data,
                                  GError                   **error)
{
  g_autoptr (GListModel) networks = fairlead_backend_list_shared_networks (self->backend, error);

  for (guint i = 0; networks != NULL && i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      g_autoptr (GVariant) document = fairlead_network_dup_shared_document (network, NULL);
      g_auto (FairleadBridgeLayout) layout = { 0 };

      if (document != NULL && fairlead_bridge_layout_read (&layout, document, NULL) &&
          !func (&layout, fairlead_network_get_name (network), user_data, error))
        return FALSE;
    }
  return networks != NULL;
}
