/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-layout.h"

G_BEGIN_DECLS

/* Sockets to the host's kernel, kept for the next call: to open one is cheap, but to close one of nf_tables waits until all
 * that was removed through it is destroyed. */
typedef struct _FairleadBridgeSockets FairleadBridgeSockets;

/* What a method of the backend works with. */
typedef struct
{
  FairleadBackend       *backend;
  FairleadBridgeSockets *sockets;
  FairleadBridgeSocket  *route;   /* (nullable) (owned) taken at first use */
  FairleadBridgeSocket  *nft;     /* (nullable) (owned) likewise */
} FairleadBridgeHost;

/* FALSE with an error ends the round. */
typedef gboolean (*FairleadBridgeLayoutFunc) (const FairleadBridgeLayout  *layout,
                                              const char                  *network,
                                              gpointer                     user_data,
                                              GError                     **error);

FairleadBridgeSockets *fairlead_bridge_sockets_new     (void);
void                   fairlead_bridge_sockets_free    (FairleadBridgeSockets  *self);

void                   fairlead_bridge_host_init       (FairleadBridgeHost     *self,
                                                        FairleadBackend        *backend,
                                                        FairleadBridgeSockets  *sockets);
void                   fairlead_bridge_host_clear      (FairleadBridgeHost     *self);
/* (transfer none): NULL with an error */
FairleadBridgeSocket  *fairlead_bridge_host_get_route  (FairleadBridgeHost     *self,
                                                        GError                **error);
FairleadBridgeSocket  *fairlead_bridge_host_get_nft    (FairleadBridgeHost     *self,
                                                        GError                **error);

/* The networks that are there, or about to be: no other one is as long as the backend's shared state is held. One whose
 * document cannot be read shows its error elsewhere. */
gboolean               fairlead_bridge_host_each_layout (FairleadBridgeHost        *self,
                                                         FairleadBridgeLayoutFunc   func,
                                                         gpointer                   user_data,
                                                         GError                   **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FairleadBridgeHost, fairlead_bridge_host_clear)

G_END_DECLS
