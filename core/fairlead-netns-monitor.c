/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-netns-monitor.h>

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-interface-address.h>
#include <fairlead/fairlead-interface.h>

#include "fairlead-netlink-private.h"

/**
 * FairleadNetnsMonitor:
 *
 * Tells what happens to the links and addresses inside a network namespace, as the kernel reports it; nothing is polled.
 *
 * What is there when the monitor is made can be listed with [method@Fairlead.Netns.list_interfaces] and
 * [method@Fairlead.Netns.list_addresses]; the signals tell what changes after that. When so much happens at once that
 * the kernel drops messages, the monitor looks again, so that the sum of the signals is right all the same.
 *
 * A monitor keeps its namespace alive, and with it what is inside, also when the container is gone: close it in time,
 * at the latest when [signal@Fairlead.Manager::container-removed] tells so.
 *
 * A monitor belongs to the thread that made it, and emits its signals in the main context that was the thread's default
 * then.
 *
 * Since: 1.0
 */
struct _FairleadNetnsMonitor
{
  GObject parent_instance;

  FairleadNetns *netns;
  GHashTable    *links;      /* (owned) ifindex → Link */
  GHashTable    *addresses;  /* (owned) key of dup_key() → FairleadInterfaceAddress */
  int            news_fd;    /* (owned) subscribed; -1 when closed */
  int            dump_fd;    /* (owned) for questions; -1 when closed */
  GSource       *source;     /* (nullable) (owned) */
  gboolean       silent;     /* while the tables are filled for the first time */
};

G_DEFINE_FINAL_TYPE (FairleadNetnsMonitor, fairlead_netns_monitor, G_TYPE_OBJECT)

enum
{
  PROP_NETNS = 1,
  N_PROPS
};

enum
{
  SIGNAL_LINK_CHANGED,
  SIGNAL_LINK_REMOVED,
  SIGNAL_ADDRESS_ADDED,
  SIGNAL_ADDRESS_REMOVED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

typedef struct
{
  FairleadInterface *interface;
  guint              flags;
} Link;

static void
link_free (gpointer data)
{
  Link *link = data;

  g_object_unref (link->interface);
  g_free (link);
}

static void
fairlead_netns_monitor_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  FairleadNetnsMonitor *self = FAIRLEAD_NETNS_MONITOR (object);

  switch (prop_id)
    {
    case PROP_NETNS:
      g_value_set_object (value, self->netns);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_netns_monitor_finalize (GObject *object)
{
  FairleadNetnsMonitor *self = FAIRLEAD_NETNS_MONITOR (object);

  fairlead_netns_monitor_close (self);
  g_clear_object (&self->netns);
  g_hash_table_unref (self->links);
  g_hash_table_unref (self->addresses);

  G_OBJECT_CLASS (fairlead_netns_monitor_parent_class)->finalize (object);
}

static guint
new_signal (const char *name,
            GType       type)
{
  return g_signal_new (name, FAIRLEAD_TYPE_NETNS_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, type);
}

static void
fairlead_netns_monitor_class_init (FairleadNetnsMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fairlead_netns_monitor_get_property;
  object_class->finalize = fairlead_netns_monitor_finalize;

  /**
   * FairleadNetnsMonitor:netns: (getter get_netns)
   *
   * The network namespace.
   *
   * Since: 1.0
   */
  props[PROP_NETNS] =
    g_param_spec_object ("netns", NULL, NULL, FAIRLEAD_TYPE_NETNS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * FairleadNetnsMonitor::link-changed:
   * @self: the monitor
   * @interface: the link as it is now
   * @flags: its flags, `IFF_UP` and so on of netdevice(7)
   *
   * A link is new, or its name, hardware address, MTU or flags changed. One that was renamed is first told as removed
   * under its old name.
   *
   * Since: 1.0
   */
  signals[SIGNAL_LINK_CHANGED] =
    g_signal_new ("link-changed", FAIRLEAD_TYPE_NETNS_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                  FAIRLEAD_TYPE_INTERFACE, G_TYPE_UINT);
  /**
   * FairleadNetnsMonitor::link-removed:
   * @self: the monitor
   * @interface: the link as it was
   *
   * A link is gone, to another namespace perhaps.
   *
   * Since: 1.0
   */
  signals[SIGNAL_LINK_REMOVED] = new_signal ("link-removed", FAIRLEAD_TYPE_INTERFACE);
  /**
   * FairleadNetnsMonitor::address-added:
   * @self: the monitor
   * @address: the address, without a gateway
   *
   * An interface has a new address. An IPv6 address may still be under duplicate address detection.
   *
   * Since: 1.0
   */
  signals[SIGNAL_ADDRESS_ADDED] = new_signal ("address-added", FAIRLEAD_TYPE_INTERFACE_ADDRESS);
  /**
   * FairleadNetnsMonitor::address-removed:
   * @self: the monitor
   * @address: the address
   *
   * An interface lost an address.
   *
   * Since: 1.0
   */
  signals[SIGNAL_ADDRESS_REMOVED] = new_signal ("address-removed", FAIRLEAD_TYPE_INTERFACE_ADDRESS);
}

static void
fairlead_netns_monitor_init (FairleadNetnsMonitor *self)
{
  self->links = g_hash_table_new_full (NULL, NULL, NULL, link_free);
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->news_fd = -1;
  self->dump_fd = -1;
}

static char *
dup_key (int           ifindex,
         GInetAddress *address,
         guint         prefix_length)
{
  g_autofree char *text = g_inet_address_to_string (address);

  return g_strdup_printf ("%d %s/%u", ifindex, text, prefix_length);
}

static void
emit (FairleadNetnsMonitor *self,
      guint                 signal,
      gpointer              object)
{
  if (!self->silent)
    g_signal_emit (self, signals[signal], 0, object);
}

static void
remove_address (FairleadNetnsMonitor *self,
                const char           *key)
{
  g_autofree char *stolen_key = NULL;
  g_autoptr (FairleadInterfaceAddress) address = NULL;

  if (g_hash_table_steal_extended (self->addresses, key, (gpointer *) &stolen_key, (gpointer *) &address))
    emit (self, SIGNAL_ADDRESS_REMOVED, address);
}

/* The keys of @addresses that begin with the number @ifindex, or all for 0. */
static GPtrArray *
list_keys (FairleadNetnsMonitor *self,
           int                   ifindex)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *prefix = ifindex != 0 ? g_strdup_printf ("%d ", ifindex) : g_strdup ("");
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->addresses);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (g_str_has_prefix (key, prefix))
      g_ptr_array_add (keys, g_strdup (key));
  return keys;
}

static void
remove_link (FairleadNetnsMonitor *self,
             int                   ifindex)
{
  g_autoptr (GPtrArray) keys = list_keys (self, ifindex);
  Link *link = NULL;

  for (guint i = 0; i < keys->len; i++)
    remove_address (self, keys->pdata[i]);
  if (!g_hash_table_steal_extended (self->links, GINT_TO_POINTER (ifindex), NULL, (gpointer *) &link))
    return;
  emit (self, SIGNAL_LINK_REMOVED, link->interface);
  link_free (link);
}

static gboolean
interface_equal (FairleadInterface *a,
                 FairleadInterface *b)
{
  return g_strcmp0 (fairlead_interface_get_name (a), fairlead_interface_get_name (b)) == 0 &&
         g_strcmp0 (fairlead_interface_get_mac_address (a), fairlead_interface_get_mac_address (b)) == 0 &&
         fairlead_interface_get_mtu (a) == fairlead_interface_get_mtu (b);
}

static void
on_link (int                ifindex,
         FairleadInterface *interface,
         guint              flags,
         gpointer           user_data)
{
  FairleadNetnsMonitor *self = user_data;
  Link *link = g_hash_table_lookup (self->links, GINT_TO_POINTER (ifindex));

  if (interface == NULL)
    {
      remove_link (self, ifindex);
      return;
    }
  if (link != NULL && link->flags == flags && interface_equal (link->interface, interface))
    return;
  if (link != NULL && strcmp (fairlead_interface_get_name (link->interface), fairlead_interface_get_name (interface)) != 0)
    emit (self, SIGNAL_LINK_REMOVED, link->interface);

  link = g_new (Link, 1);
  link->interface = g_object_ref (interface);
  link->flags = flags;
  g_hash_table_insert (self->links, GINT_TO_POINTER (ifindex), link);
  if (!self->silent)
    g_signal_emit (self, signals[SIGNAL_LINK_CHANGED], 0, interface, flags);
}

static void
on_address (int           ifindex,
            GInetAddress *inet_address,
            guint         prefix_length,
            gboolean      present,
            gpointer      user_data)
{
  FairleadNetnsMonitor *self = user_data;
  g_autofree char *key = dup_key (ifindex, inet_address, prefix_length);
  Link *link = g_hash_table_lookup (self->links, GINT_TO_POINTER (ifindex));
  g_autoptr (FairleadInterfaceAddress) address = NULL;

  if (!present)
    {
      remove_address (self, key);
      return;
    }
  /* News of an address on a link that is gone already are followed by its removal. */
  if (link == NULL || g_hash_table_contains (self->addresses, key))
    return;
  address = fairlead_interface_address_new (fairlead_interface_get_name (link->interface), inet_address, prefix_length,
                                            NULL);
  g_hash_table_insert (self->addresses, g_steal_pointer (&key), g_object_ref (address));
  emit (self, SIGNAL_ADDRESS_ADDED, address);
}

/* What a dump shows beside what we knew. */
typedef struct
{
  FairleadNetnsMonitor *self;
  GHashTable           *links;
  GHashTable           *addresses;
} Comparison;

static void
compare_link (int                ifindex,
              FairleadInterface *interface,
              guint              flags,
              gpointer           user_data)
{
  Comparison *comparison = user_data;

  g_hash_table_add (comparison->links, GINT_TO_POINTER (ifindex));
  on_link (ifindex, interface, flags, comparison->self);
}

static void
compare_address (int           ifindex,
                 GInetAddress *address,
                 guint         prefix_length,
                 gboolean      present,
                 gpointer      user_data)
{
  Comparison *comparison = user_data;

  g_hash_table_add (comparison->addresses, dup_key (ifindex, address, prefix_length));
  on_address (ifindex, address, prefix_length, present, comparison->self);
}

static gboolean
look_at_all (FairleadNetnsMonitor  *self,
             GError               **error)
{
  g_autoptr (GHashTable) links = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Comparison comparison = { self, links, addresses };
  const FairleadNetlinkHandler handler = { compare_link, compare_address, &comparison };
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GList) indexes = NULL;

  if (!fairlead_netlink_dump (self->dump_fd, fairlead_netns_get_path (self->netns), &handler, error))
    return FALSE;

  keys = list_keys (self, 0);
  for (guint i = 0; i < keys->len; i++)
    if (!g_hash_table_contains (addresses, keys->pdata[i]))
      remove_address (self, keys->pdata[i]);
  indexes = g_hash_table_get_keys (self->links);
  for (GList *index = indexes; index != NULL; index = index->next)
    if (!g_hash_table_contains (links, index->data))
      remove_link (self, GPOINTER_TO_INT (index->data));
  return TRUE;
}

static gboolean
on_readable (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  g_autoptr (FairleadNetnsMonitor) self = g_object_ref (user_data);
  const FairleadNetlinkHandler handler = { on_link, on_address, self };
  g_autoptr (GError) error = NULL;
  gboolean lost;

  if (!fairlead_netlink_receive (fd, fairlead_netns_get_path (self->netns), &handler, &lost, &error) ||
      (lost && self->dump_fd >= 0 && !look_at_all (self, &error)))
    {
      g_warning ("a network namespace is not watched any more: %s", error->message);
      fairlead_netns_monitor_close (self);
    }
  return self->source != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
open_sockets (FairleadNetnsMonitor  *self,
              GError               **error)
{
  self->news_fd = fairlead_netns_open_socket (self->netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
  if (self->news_fd < 0)
    return FALSE;
  self->dump_fd = fairlead_netns_open_socket (self->netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
  return self->dump_fd >= 0;
}

/**
 * fairlead_netns_monitor_new:
 * @netns: a network namespace
 * @error: where to put the error
 *
 * Watches a network namespace from now on.
 *
 * Returns: (transfer full): a monitor, or %NULL with @error set, for example `PERMISSION_DENIED` if the caller may not
 *   enter the namespace
 *
 * Since: 1.0
 */
FairleadNetnsMonitor *
fairlead_netns_monitor_new (FairleadNetns  *netns,
                            GError        **error)
{
  g_autoptr (FairleadNetnsMonitor) self = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (netns), NULL);

  self = g_object_new (FAIRLEAD_TYPE_NETNS_MONITOR, NULL);
  self->netns = g_object_ref (netns);
  /* First the news, then the dump: what changes in between is seen twice, which does no harm. */
  self->silent = TRUE;
  if (!open_sockets (self, error) || !fairlead_netlink_subscribe (self->news_fd, error) || !look_at_all (self, error))
    {
      g_prefix_error (error, "Cannot watch the network namespace%s%s: ",
                      fairlead_netns_get_path (netns) != NULL ? " " : "",
                      fairlead_netns_get_path (netns) != NULL ? fairlead_netns_get_path (netns) : "");
      return NULL;
    }
  self->silent = FALSE;

  self->source = g_unix_fd_source_new (self->news_fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return g_steal_pointer (&self);
}

/**
 * fairlead_netns_monitor_get_netns:
 * @self: a monitor
 *
 * Gets the network namespace.
 *
 * Returns: (transfer none): the network namespace
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_netns_monitor_get_netns (FairleadNetnsMonitor *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_NETNS_MONITOR (self), NULL);

  return self->netns;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/**
 * fairlead_netns_monitor_close:
 * @self: a monitor
 *
 * Ends the monitor: it emits no more signals and no longer keeps the namespace alive by itself. To close it twice does
 * no harm.
 *
 * Since: 1.0
 */
void
fairlead_netns_monitor_close (FairleadNetnsMonitor *self)
{
  g_return_if_fail (FAIRLEAD_IS_NETNS_MONITOR (self));

  self->silent = TRUE;
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  close_fd (&self->news_fd);
  close_fd (&self->dump_fd);
}
