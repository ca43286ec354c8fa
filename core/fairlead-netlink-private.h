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

/* What comes of links and addresses, from a dump or as news. */
typedef struct
{
  /* @interface is NULL when the link is gone; @flags are those of netdevice(7). */
  void (*on_link)    (int                ifindex,
                      FairleadInterface *interface,
                      guint              flags,
                      gpointer           user_data);
  void (*on_address) (int                ifindex,
                      GInetAddress      *address,
                      guint              prefix_length,
                      gboolean           present,
                      gpointer           user_data);
  gpointer user_data;
} FairleadNetlinkHandler;

/* Makes @fd, which is used for nothing else from then on, receive news of links and addresses. */
gboolean    fairlead_netlink_subscribe       (int                            fd,
                                              GError                       **error);
/* Hands out the news that have arrived, without waiting. If some were lost, @lost is set, and all has to be dumped. */
gboolean    fairlead_netlink_receive         (int                            fd,
                                              const char                    *sandbox,
                                              const FairleadNetlinkHandler  *handler,
                                              gboolean                      *lost,
                                              GError                       **error);
/* Hands out all links, and then all addresses. */
gboolean    fairlead_netlink_dump            (int                            fd,
                                              const char                    *sandbox,
                                              const FairleadNetlinkHandler  *handler,
                                              GError                       **error);

G_END_DECLS
