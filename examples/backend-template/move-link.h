/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The few things that this backend asks of the kernel. Each takes a NETLINK_ROUTE socket, which stays in the network
 * namespace that it was opened in: so nothing here ever enters a namespace. */

/* What there is to know of a link. */
typedef struct
{
  int      index; /* 0 if there is no such link */
  char     mac[18];
  gboolean up;
  gboolean loopback;
} MoveLink;

/* FALSE is a failure; a link that is not there is not one. */
gboolean move_link_find        (int                        fd,
                                const char                *name,
                                MoveLink                  *link,
                                GError                   **error);
/* Moves link @index into the namespace @netns_fd, where it is called @name. */
gboolean move_link_move        (int                        fd,
                                int                        index,
                                int                        netns_fd,
                                const char                *name,
                                GError                   **error);
gboolean move_link_rename      (int                        fd,
                                int                        index,
                                const char                *name,
                                GError                   **error);
gboolean move_link_set_up      (int                        fd,
                                int                        index,
                                GError                   **error);
gboolean move_link_add_address (int                        fd,
                                int                        index,
                                FairleadInterfaceAddress  *address,
                                GError                   **error);
gboolean move_link_add_gateway (int                        fd,
                                int                        index,
                                GInetAddress              *gateway,
                                guint                      metric,
                                GError                   **error);

G_END_DECLS
