/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* A network of this backend: its properties are the keys of the group [move] in network files. */
#define MOVE_TYPE_NETWORK (move_network_get_type ())
G_DECLARE_FINAL_TYPE (MoveNetwork, move_network, MOVE, NETWORK, FairleadNetwork)

const char         *move_network_get_host_interface (MoveNetwork *self);
const char * const *move_network_get_addresses      (MoveNetwork *self);
const char         *move_network_get_gateway        (MoveNetwork *self);

G_END_DECLS
