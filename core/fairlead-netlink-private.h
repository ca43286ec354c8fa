/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* All of core's netlink. Each function takes a NETLINK_ROUTE socket, wherever it was opened, and leaves it open. */

gboolean    fairlead_netlink_set_loopback_up (int                  fd,
                                              GError             **error);
GListModel *fairlead_netlink_list_interfaces (int                  fd,
                                              const char          *sandbox,
                                              GError             **error);
GListModel *fairlead_netlink_list_addresses  (int                  fd,
                                              GError             **error);
GListModel *fairlead_netlink_list_stats      (int                  fd,
                                              const char * const  *names,
                                              GError             **error);

G_END_DECLS
