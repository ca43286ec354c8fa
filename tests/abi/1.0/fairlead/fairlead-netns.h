/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_NETNS (fairlead_netns_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadNetns, fairlead_netns, FAIRLEAD, NETNS, GObject)

/**
 * FairleadNetnsFunc:
 * @user_data: what was given to [method@Fairlead.Netns.run]
 * @error: where to put the error
 *
 * Runs inside a network namespace, on a thread of its own that ends afterwards, with all signals blocked.
 * It makes system calls only: nothing of GLib that starts threads, queues work or spawns.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
typedef gboolean (*FairleadNetnsFunc) (gpointer   user_data,
                                       GError   **error);

FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_pinned      (const char           *path,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_for_path    (const char           *path,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_for_pid     (int                   pid,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_for_pidfd   (int                   pidfd,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_for_fd      (int                   fd,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_current     (GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_netns_new_in_userns   (FairleadIdMap         id_map,
                                                     GCancellable         *cancellable,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetnsOrigin  fairlead_netns_get_origin      (FairleadNetns        *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char          *fairlead_netns_get_path        (FairleadNetns        *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64              fairlead_netns_get_inode       (FairleadNetns        *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_netns_equal           (FairleadNetns        *self,
                                                     FairleadNetns        *other);
FAIRLEAD_AVAILABLE_IN_1_0
int                  fairlead_netns_dup_fd          (FairleadNetns        *self,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
int                  fairlead_netns_dup_userns_fd   (FairleadNetns        *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_netns_run             (FairleadNetns        *self,
                                                     FairleadNetnsFunc     func,
                                                     gpointer              user_data,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
int                  fairlead_netns_open_socket     (FairleadNetns        *self,
                                                     int                   domain,
                                                     int                   type,
                                                     int                   protocol,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_netns_set_loopback_up (FairleadNetns        *self,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel          *fairlead_netns_list_interfaces (FairleadNetns        *self,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel          *fairlead_netns_list_addresses  (FairleadNetns        *self,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_netns_pin             (FairleadNetns        *self,
                                                     const char           *path,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_netns_unpin           (const char           *path,
                                                     GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
void                 fairlead_netns_close           (FairleadNetns        *self);

G_END_DECLS
