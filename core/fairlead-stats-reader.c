/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-stats-reader.h>

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fairlead/fairlead-error.h>

#include "fairlead-netlink-private.h"
#include "fairlead-stats-private.h"

/**
 * FairleadStatsReader:
 *
 * Reads the counters of one network namespace again and again, for programs that watch containers. It keeps sockets
 * inside the namespace, so that a read is one question to the kernel: no process, no thread, no privilege, also where
 * the namespace belongs to another user namespace.
 *
 * The sockets keep the network namespace alive, and with it the other ends of its links: drop the reader, or close it,
 * when the container ends ([signal@Fairlead.Manager::container-removed]). For a single look
 * [method@Fairlead.Manager.stats] is the better choice.
 *
 * A reader belongs to one thread at a time.
 *
 * Since: 1.0
 */
struct _FairleadStatsReader
{
  GObject      parent_instance;

  int          fd;       /* (owned) for questions; -1 when closed */
  int          news_fd;  /* (owned) tells of interfaces that come, go and are renamed */
  guint32      sequence;
  GHashTable  *names;    /* (owned) ifindex → name, a GRefString; the loopback interface is not in it */
};

/* Each read is a dump by RTM_GETSTATS (Linux 4.7 and newer): counters alone, by interface index. RTM_GETLINK brings all
 * that is known of a link and takes four times as long. */

G_DEFINE_FINAL_TYPE (FairleadStatsReader, fairlead_stats_reader, G_TYPE_OBJECT)

/* What the kernel puts into one message of a dump at most (NLMSG_GOODSIZE, and more for large dumps). */
#define BUFFER_SIZE 32768

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
fairlead_stats_reader_finalize (GObject *object)
{
  FairleadStatsReader *self = FAIRLEAD_STATS_READER (object);

  close_fd (&self->fd);
  close_fd (&self->news_fd);
  g_hash_table_unref (self->names);

  G_OBJECT_CLASS (fairlead_stats_reader_parent_class)->finalize (object);
}

static void
fairlead_stats_reader_class_init (FairleadStatsReaderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fairlead_stats_reader_finalize;
}

static void
fairlead_stats_reader_init (FairleadStatsReader *self)
{
  self->fd = -1;
  self->news_fd = -1;
  self->names = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ref_string_release);
}

static void
on_link (int                ifindex,
         FairleadInterface *interface,
         guint              flags,
         gpointer           user_data)
{
  FairleadStatsReader *self = user_data;

  if (interface != NULL && (flags & IFF_LOOPBACK) == 0)
    g_hash_table_replace (self->names, GINT_TO_POINTER (ifindex), g_ref_string_new (fairlead_interface_get_name (interface)));
  else
    g_hash_table_remove (self->names, GINT_TO_POINTER (ifindex));
}

static void
on_address (int            ifindex,
            GInetAddress  *address,
            guint          prefix_length,
            gboolean       present,
            gpointer       user_data)
{
}

/* On the other socket: answers to a dump must not be mixed with news. */
static gboolean
fairlead_stats_reader_read_names (FairleadStatsReader  *self,
                                  GError              **error)
{
  const FairleadNetlinkHandler handler = { .on_link = on_link, .on_address = on_address, .user_data = self };

  g_hash_table_remove_all (self->names);
  return fairlead_netlink_dump (self->fd, NULL, &handler, error);
}

static gboolean
fairlead_stats_reader_update_names (FairleadStatsReader  *self,
                                    GError              **error)
{
  const FairleadNetlinkHandler handler = { .on_link = on_link, .on_address = on_address, .user_data = self };
  gboolean lost = FALSE;
  char byte;

  if (recv (self->news_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) < 0 && errno == EAGAIN)
    return TRUE;
  return fairlead_netlink_receive (self->news_fd, NULL, &handler, &lost, error) &&
         (!lost || fairlead_stats_reader_read_names (self, error));
}

static gboolean
fairlead_stats_reader_ask (FairleadStatsReader  *self,
                           GError              **error)
{
  struct
  {
    struct nlmsghdr     header;
    struct if_stats_msg stats;
  } request = {
    .header = {
      .nlmsg_len = sizeof request,
      .nlmsg_type = RTM_GETSTATS,
      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
      .nlmsg_seq = ++self->sequence,
    },
    .stats = { .filter_mask = IFLA_STATS_FILTER_BIT (IFLA_STATS_LINK_64) },
  };
  const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

  if (sendto (self->fd, &request, sizeof request, 0, (const struct sockaddr *) &kernel, sizeof kernel) >= 0)
    return TRUE;
  fairlead_error_set_errno (error, errno, "Cannot ask for the counters");
  return FALSE;
}

/* The kernel's macros for the next message and the next attribute cast away alignment that there is. */

static struct rtattr *
next_attribute (struct rtattr *attribute)
{
  return (struct rtattr *) (void *) ((char *) attribute + RTA_ALIGN (attribute->rta_len));
}

static struct nlmsghdr *
next_message (struct nlmsghdr *header)
{
  return (struct nlmsghdr *) (void *) ((char *) header + NLMSG_ALIGN (header->nlmsg_len));
}

static gboolean
is_message (struct nlmsghdr *header,
            const char      *end)
{
  const gssize left = end - (char *) header;

  return left >= (gssize) sizeof *header && header->nlmsg_len >= sizeof *header && (gssize) header->nlmsg_len <= left;
}

static const struct rtnl_link_stats64 *
find_counters (struct nlmsghdr *header)
{
  struct if_stats_msg *message = NLMSG_DATA (header);
  struct rtattr *attribute = (struct rtattr *) (void *) ((char *) message + NLMSG_ALIGN (sizeof *message));
  const char *end = (char *) header + header->nlmsg_len;

  for (; end - (char *) attribute >= (gssize) sizeof *attribute; attribute = next_attribute (attribute))
    {
      if (attribute->rta_len < sizeof *attribute || attribute->rta_len > end - (char *) attribute)
        return NULL;
      if (attribute->rta_type == IFLA_STATS_LINK_64 &&
          RTA_PAYLOAD (attribute) >= offsetof (struct rtnl_link_stats64, multicast))
        return RTA_DATA (attribute);
    }
  return NULL;
}

static void
fairlead_stats_reader_add (FairleadStatsReader *self,
                           struct nlmsghdr     *header,
                           GArray              *rows)
{
  const struct if_stats_msg *message = NLMSG_DATA (header);
  const struct rtnl_link_stats64 *found;
  FairleadCounters row;
  char *name;
  guint64 values[8];

  if (header->nlmsg_len < NLMSG_LENGTH (sizeof *message) || (found = find_counters (header)) == NULL)
    return;
  name = g_hash_table_lookup (self->names, GINT_TO_POINTER ((int) message->ifindex));
  if (name == NULL)
    return;

  /* Aligned to four bytes only, so copied; the kernel's order is packets before bytes, and rx before tx in each pair. */
  memcpy (values, found, sizeof values);
  row = (FairleadCounters) {
    .name = g_ref_string_acquire (name),
    .counters = { values[2], values[0], values[4], values[6], values[3], values[1], values[5], values[7] },
  };
  g_array_append_val (rows, row);
}

static int
compare_rows (gconstpointer a,
              gconstpointer b)
{
  return strcmp (((const FairleadCounters *) a)->name, ((const FairleadCounters *) b)->name);
}

/* One buffer of the dump. -1 on failure, 0 when it was the last. */
static int
fairlead_stats_reader_receive (FairleadStatsReader  *self,
                               GArray               *rows,
                               GError              **error)
{
  _Alignas (struct nlmsghdr) char buffer[BUFFER_SIZE];
  struct nlmsghdr *header = (struct nlmsghdr *) (void *) buffer;
  ssize_t n = recv (self->fd, buffer, sizeof buffer, 0);

  if (n < 0 && errno == EINTR)
    return 1;
  if (n < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot read the counters");
      return -1;
    }

  for (; is_message (header, buffer + n); header = next_message (header))
    {
      if (header->nlmsg_seq != self->sequence)
        continue;
      if (header->nlmsg_type == RTM_NEWSTATS)
        {
          fairlead_stats_reader_add (self, header, rows);
          continue;
        }
      /* The end carries an error number too. */
      if (header->nlmsg_len >= NLMSG_LENGTH (sizeof (int)) && *(int *) NLMSG_DATA (header) < 0)
        {
          fairlead_error_set_errno (error, -*(int *) NLMSG_DATA (header), "Cannot read the counters");
          return -1;
        }
      if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
        return 0;
    }
  return 1;
}

/**
 * fairlead_stats_reader_new:
 * @netns: the network namespace
 * @error: where to put the error
 *
 * Opens a reader for the counters of a network namespace. Its user may do so, and root.
 *
 * Returns: (transfer full): a new reader, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadStatsReader *
fairlead_stats_reader_new (FairleadNetns  *netns,
                           GError        **error)
{
  g_autoptr (FairleadStatsReader) self = g_object_new (FAIRLEAD_TYPE_STATS_READER, NULL);

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (netns), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  self->fd = fairlead_netns_open_socket (netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
  if (self->fd >= 0)
    self->news_fd = fairlead_netns_open_socket (netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
  if (self->news_fd < 0 || !fairlead_netlink_subscribe (self->news_fd, error) ||
      !fairlead_stats_reader_read_names (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * fairlead_stats_reader_read:
 * @self: a reader
 * @error: where to put the error
 *
 * Reads the counters of all interfaces in the namespace but `lo`.
 *
 * Returns: (transfer full): new statistics, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadStats *
fairlead_stats_reader_read (FairleadStatsReader  *self,
                            GError              **error)
{
  g_autoptr (GArray) rows = NULL;
  int more = 1;

  g_return_val_if_fail (FAIRLEAD_IS_STATS_READER (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (self->fd < 0)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "The reader has been closed");
      return NULL;
    }
  if (!fairlead_stats_reader_update_names (self, error) || !fairlead_stats_reader_ask (self, error))
    return NULL;
  rows = fairlead_counters_new ();
  while (more > 0)
    more = fairlead_stats_reader_receive (self, rows, error);
  if (more < 0)
    return NULL;
  g_array_sort (rows, compare_rows);
  return fairlead_stats_new_of_rows (g_steal_pointer (&rows));
}

/**
 * fairlead_stats_reader_close:
 * @self: a reader
 *
 * Lets go of the network namespace. Later reads fail; to close again does nothing.
 *
 * Since: 1.0
 */
void
fairlead_stats_reader_close (FairleadStatsReader *self)
{
  g_return_if_fail (FAIRLEAD_IS_STATS_READER (self));

  close_fd (&self->fd);
  close_fd (&self->news_fd);
}
