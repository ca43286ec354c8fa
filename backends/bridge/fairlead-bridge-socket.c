/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Written by hand and not on libnl's sockets: those turn the kernel's errno into a number of their own, of which several
 * stand for one, and cannot send several messages at once. */

/* The kernel's largest reply to a question about one thing is a link with all its attributes, some 2 KiB. */
#define BUFFER_SIZE (32 * 1024)

struct _FairleadBridgeSocket
{
  int     fd;
  guint32 sequence; /* of the last message; what is not numbered has 0 */
  char   *buffer;
};

FairleadBridgeBatch *
fairlead_bridge_batch_new (void)
{
  FairleadBridgeBatch *self = g_new0 (FairleadBridgeBatch, 1);

  self->bytes = g_byte_array_sized_new (2048);
  self->purposes = g_ptr_array_new ();
  self->offsets = g_array_new (FALSE, FALSE, sizeof (guint));
  return self;
}

void
fairlead_bridge_batch_free (FairleadBridgeBatch *self)
{
  g_byte_array_unref (self->bytes);
  g_ptr_array_unref (self->purposes);
  g_array_unref (self->offsets);
  g_free (self);
}

void
fairlead_bridge_batch_add (FairleadBridgeBatch   *self,
                           const struct nlmsghdr *message,
                           const char            *purpose)
{
  static const guint8 padding[NLMSG_ALIGNTO] = { 0 };
  guint offset = self->bytes->len;

  g_byte_array_append (self->bytes, (const guint8 *) message, message->nlmsg_len);
  g_byte_array_append (self->bytes, padding, NLMSG_ALIGN (message->nlmsg_len) - message->nlmsg_len);
  if (purpose == NULL)
    return;
  g_ptr_array_add (self->purposes, (gpointer) purpose);
  g_array_append_val (self->offsets, offset);
}

FairleadBridgeSocket *
fairlead_bridge_socket_new_for_fd (int fd)
{
  FairleadBridgeSocket *self = g_new0 (FairleadBridgeSocket, 1);
  const int yes = 1;

  self->fd = fd;
  self->buffer = g_malloc (BUFFER_SIZE);
  /* The kernel's own sentences, and no copy of what was asked in each answer. */
  setsockopt (fd, SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof yes);
  setsockopt (fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
  return self;
}

FairleadBridgeSocket *
fairlead_bridge_socket_new (int      protocol,
                            GError **error)
{
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

  if (fd >= 0)
    return fairlead_bridge_socket_new_for_fd (fd);
  fairlead_error_set_errno (error, errno, "cannot open a netlink socket");
  return NULL;
}

void
fairlead_bridge_socket_free (FairleadBridgeSocket *self)
{
  close (self->fd);
  g_free (self->buffer);
  g_free (self);
}

int
fairlead_bridge_socket_get_fd (FairleadBridgeSocket *self)
{
  return self->fd;
}

static gboolean
set_failure (FairleadBridgeFailure *failure,
             guint                  index,
             int                    saved_errno)
{
  failure->index = index;
  failure->saved_errno = saved_errno;
  failure->text[0] = '\0';
  return FALSE;
}

static void
count_failure (FairleadBridgeFailure *failure,
               guint                  index,
               int                    saved_errno)
{
  failure->n_failed++;
  if (failure->saved_errno == 0 || index < failure->index)
    set_failure (failure, index, saved_errno);
}

/* What is sent at once has to fit the socket's buffer: thousands of ports do not fit the usual one. Beyond what the
 * host allows to all, only its root may go. */
static gboolean
enlarge (FairleadBridgeSocket *self,
         gsize                 length)
{
  const int size = MIN (length, G_MAXINT / 4) + 4096;

  return setsockopt (self->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == 0 ||
         setsockopt (self->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0;
}

static gboolean
send_bytes (FairleadBridgeSocket *self,
            gconstpointer         bytes,
            gsize                 length)
{
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  gboolean enlarged = FALSE;
  gssize sent;

  do
    sent = sendto (self->fd, bytes, length, 0, (struct sockaddr *) &kernel, sizeof kernel);
  while (sent < 0 && (errno == EINTR || (errno == EMSGSIZE && !enlarged && (enlarged = enlarge (self, length)))));
  return sent == (gssize) length;
}

/* What is there; -1 with errno if nothing is, and EIO for what does not come from the kernel. */
static gssize
receive (FairleadBridgeSocket *self)
{
  struct sockaddr_nl sender = { 0 };
  socklen_t length = sizeof sender;
  gssize n_read;

  do
    n_read = recvfrom (self->fd, self->buffer, BUFFER_SIZE, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *) &sender, &length);
  while (n_read < 0 && errno == EINTR);
  if (n_read > BUFFER_SIZE || (n_read >= 0 && sender.nl_pid != 0))
    {
      errno = EIO;
      return -1;
    }
  return n_read;
}

/* NLMSG_NEXT() casts away what is known of alignment. */
static const struct nlmsghdr *
next_message (const struct nlmsghdr *message,
              gssize                *length)
{
  gsize step = NLMSG_ALIGN (message->nlmsg_len);

  *length -= step;
  return (gconstpointer) ((const char *) message + step);
}

static void
read_error_text (const struct nlmsghdr *message,
                 char                  *text,
                 gsize                  size)
{
  const struct nlmsgerr *reply = NLMSG_DATA (message);
  gsize offset = sizeof *reply;

  text[0] = '\0';
  if ((message->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
    return;
  if ((message->nlmsg_flags & NLM_F_CAPPED) == 0)
    offset += NLMSG_ALIGN (reply->msg.nlmsg_len) - sizeof reply->msg;
  while (offset + sizeof (struct nlattr) <= message->nlmsg_len - NLMSG_HDRLEN)
    {
      const struct nlattr *attribute = (gconstpointer) ((const char *) reply + offset);

      if (attribute->nla_len < sizeof *attribute || offset + attribute->nla_len > message->nlmsg_len - NLMSG_HDRLEN)
        return;
      if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
        g_strlcpy (text, (const char *) (attribute + 1), MIN (size, attribute->nla_len - sizeof *attribute));
      offset += NLA_ALIGN (attribute->nla_len);
    }
}

/* TRUE once the last message is answered, by its acknowledgement or by what was asked for; of the others only failures are
 * told. */
static gboolean
read_answers (FairleadBridgeSocket  *self,
              gssize                 length,
              guint32                first,
              guint32                count,
              FairleadBridgeFailure *failure)
{
  gboolean is_last = FALSE;

  for (const struct nlmsghdr *message = (gconstpointer) self->buffer; NLMSG_OK (message, length);
       message = next_message (message, &length))
    {
      const struct nlmsgerr *reply = NLMSG_DATA (message);
      gboolean is_error = message->nlmsg_type == NLMSG_ERROR && message->nlmsg_len >= NLMSG_LENGTH (sizeof *reply) &&
                          reply->error != 0;
      guint32 index = message->nlmsg_seq - first;

      /* A transaction that is refused as a whole. */
      if (message->nlmsg_seq == 0 && is_error)
        {
          count_failure (failure, 0, -reply->error);
          return TRUE;
        }
      if (index >= count)
        continue;
      is_last = is_last || index == count - 1;
      if (!is_error)
        continue;
      count_failure (failure, index, -reply->error);
      if (failure->index == index)
        read_error_text (message, failure->text, sizeof failure->text);
    }
  return is_last;
}

gboolean
fairlead_bridge_socket_try (FairleadBridgeSocket  *self,
                            FairleadBridgeBatch   *batch,
                            FairleadBridgeFailure *failure)
{
  guint count = batch->purposes->len;
  guint32 first = self->sequence + 1;
  gssize length;

  memset (failure, 0, sizeof *failure);
  self->sequence += count;
  for (guint i = 0; i < count; i++)
    {
      struct nlmsghdr *message = (gpointer) (batch->bytes->data + g_array_index (batch->offsets, guint, i));

      message->nlmsg_seq = first + i;
      if (i < count - 1)
        message->nlmsg_flags &= ~NLM_F_ACK;
    }
  if (!send_bytes (self, batch->bytes->data, batch->bytes->len))
    {
      count_failure (failure, 0, errno);
      return FALSE;
    }
  do
    length = receive (self);
  while (length >= 0 && !read_answers (self, length, first, count, failure));
  if (length < 0)
    count_failure (failure, count - 1, errno == EAGAIN ? EIO : errno);
  return failure->n_failed == 0;
}

void
fairlead_bridge_set_failure (FairleadBridgeBatch         *batch,
                             const FairleadBridgeFailure *failure,
                             GError                     **error)
{
  const char *purpose = batch->purposes->pdata[MIN (failure->index, batch->purposes->len - 1)];

  if (failure->text[0] != '\0')
    fairlead_error_set_errno (error, failure->saved_errno, "cannot %s (%s)", purpose, failure->text);
  else
    fairlead_error_set_errno (error, failure->saved_errno, "cannot %s", purpose);
}

gboolean
fairlead_bridge_socket_send (FairleadBridgeSocket  *self,
                             FairleadBridgeBatch   *batch,
                             GError               **error)
{
  FairleadBridgeFailure failure;

  if (fairlead_bridge_socket_try (self, batch, &failure))
    return TRUE;
  fairlead_bridge_set_failure (batch, &failure, error);
  return FALSE;
}

/* TRUE if that was the last one. */
static gboolean
read_replies (FairleadBridgeSocket     *self,
              gssize                    length,
              const char               *purpose,
              FairleadBridgeReplyFunc   func,
              gpointer                  user_data,
              GError                  **error)
{
  for (const struct nlmsghdr *message = (gconstpointer) self->buffer; NLMSG_OK (message, length);
       message = next_message (message, &length))
    {
      const struct nlmsgerr *reply = NLMSG_DATA (message);

      if (message->nlmsg_seq != self->sequence)
        continue;
      if (message->nlmsg_type == NLMSG_DONE)
        return TRUE;
      if (message->nlmsg_type == NLMSG_ERROR)
        {
          if (message->nlmsg_len >= NLMSG_LENGTH (sizeof *reply) && reply->error != 0)
            fairlead_error_set_errno (error, -reply->error, "cannot %s", purpose);
          return TRUE;
        }
      if (!func (message, user_data, error) || (message->nlmsg_flags & NLM_F_MULTI) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
fairlead_bridge_socket_ask (FairleadBridgeSocket     *self,
                            struct nlmsghdr          *question,
                            const char               *purpose,
                            FairleadBridgeReplyFunc   func,
                            gpointer                  user_data,
                            GError                  **error)
{
  g_autoptr (GError) local_error = NULL;

  question->nlmsg_seq = ++self->sequence;
  question->nlmsg_flags |= NLM_F_REQUEST;
  if (!send_bytes (self, question, question->nlmsg_len))
    {
      fairlead_error_set_errno (error, errno, "cannot %s", purpose);
      return FALSE;
    }
  while (TRUE)
    {
      gssize length = receive (self);

      if (length < 0)
        {
          fairlead_error_set_errno (error, errno, "cannot %s", purpose);
          return FALSE;
        }
      if (read_replies (self, length, purpose, func, user_data, &local_error))
        break;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
