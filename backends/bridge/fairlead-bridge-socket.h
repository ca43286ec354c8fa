/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>
#include <linux/netlink.h>

G_BEGIN_DECLS

/* Messages that go to the kernel in one send. They are done in order; each is answered by itself, and one that fails does
 * not stop the next, except in a transaction of nf_tables. */
typedef struct
{
  GByteArray *bytes;
  GPtrArray  *purposes; /* (element-type utf8) one for each message that is answered, to complete "cannot ..." */
  GArray     *offsets;  /* (element-type guint) of those messages */
} FairleadBridgeBatch;

/* The first message that failed. */
typedef struct
{
  guint n_failed;
  guint index;
  int   saved_errno;
  char  text[160];   /* the kernel's own sentence, or empty */
} FairleadBridgeFailure;

/* A netlink socket, of one network namespace and for one thread at a time. The kernel answers before the send returns, so
 * nothing is ever waited for. */
typedef struct _FairleadBridgeSocket FairleadBridgeSocket;

typedef gboolean (*FairleadBridgeReplyFunc) (const struct nlmsghdr  *message,
                                             gpointer                user_data,
                                             GError                **error);

FairleadBridgeBatch  *fairlead_bridge_batch_new    (void);
void                  fairlead_bridge_batch_free   (FairleadBridgeBatch        *self);
/* @purpose is NULL for a message that is not answered. It is kept, not copied. */
void                  fairlead_bridge_batch_add    (FairleadBridgeBatch        *self,
                                                    const struct nlmsghdr      *message,
                                                    const char                 *purpose);

FairleadBridgeSocket *fairlead_bridge_socket_new   (int                         protocol,
                                                    GError                    **error);
/* Takes @fd, a netlink socket. */
FairleadBridgeSocket *fairlead_bridge_socket_new_for_fd (int                    fd);
void                  fairlead_bridge_socket_free  (FairleadBridgeSocket       *self);
int                   fairlead_bridge_socket_get_fd (FairleadBridgeSocket      *self);
/* FALSE with @failure filled in; fairlead_bridge_set_failure() makes an error of it. */
gboolean              fairlead_bridge_socket_try   (FairleadBridgeSocket       *self,
                                                    FairleadBridgeBatch        *batch,
                                                    FairleadBridgeFailure      *failure);
gboolean              fairlead_bridge_socket_send  (FairleadBridgeSocket       *self,
                                                    FairleadBridgeBatch        *batch,
                                                    GError                    **error);
/* Sends a question and calls @func for each answer, if there are any. */
gboolean              fairlead_bridge_socket_ask   (FairleadBridgeSocket       *self,
                                                    struct nlmsghdr            *question,
                                                    const char                 *purpose,
                                                    FairleadBridgeReplyFunc     func,
                                                    gpointer                    user_data,
                                                    GError                    **error);
void                  fairlead_bridge_set_failure  (FairleadBridgeBatch         *batch,
                                                    const FairleadBridgeFailure *failure,
                                                    GError                     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadBridgeBatch, fairlead_bridge_batch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadBridgeSocket, fairlead_bridge_socket_free)

G_END_DECLS
