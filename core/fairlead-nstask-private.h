/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Namespaces to enter, in this order; -1 for those to stay out of. */
typedef struct
{
  int user_fd;
  int mount_fd;
  int netns_fd;
} FairleadNamespaces;

#define FAIRLEAD_NAMESPACES_INIT { -1, -1, -1 }

/* For what runs on a task's own stack, of which sanitizers know nothing. */
#define FAIRLEAD_TASK_CODE __attribute__ ((no_sanitize ("address", "undefined", "thread")))

/* What a kernel task without the C library's knowledge may be told to do: system calls, and functions that are no more
 * than that. */
typedef int (*FairleadTaskFunc) (void *data);

/* Starts a task and waits until it has ended or become another program. 0 or an errno. */
int      fairlead_task_start        (FairleadTaskFunc           func,
                                     void                      *data,
                                     int                        flags,
                                     pid_t                     *pid,
                                     int                       *pidfd);
void     fairlead_task_exit         (int                        status) G_GNUC_NORETURN;

/* An errno, or 0. Async-signal-safe. */
int      fairlead_namespaces_enter  (const FairleadNamespaces  *self);

/* Runs @func inside @namespaces, in a task of its own that ends, and waits for it. Unlike a thread, such a task can
 * join a user namespace and a mount namespace. It shares the caller's memory and descriptors, so what @func opens is
 * open afterwards. @func is held to the rules of FairleadNetnsFunc. */
gboolean fairlead_namespaces_run    (const FairleadNamespaces  *self,
                                     FairleadNetnsFunc          func,
                                     gpointer                   user_data,
                                     GError                   **error);
/* What came of a FairleadNetnsFunc, which is a stranger's and may fail without saying why. Takes @failure. */
gboolean fairlead_netns_func_finish (gboolean                   succeeded,
                                     GError                    *failure,
                                     GError                   **error);

G_END_DECLS
