/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-stats.h>

#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "fairlead-netlink-private.h"
#include "fairlead-stats-private.h"

/**
 * FairleadInterfaceStats:
 *
 * The counters of one network interface, as the kernel keeps them since the interface exists. Immutable.
 *
 * They are seen from inside the network namespace that the interface is in: what a container received is `rx`.
 *
 * They are immutable, and can be used from any thread.
 *
 * Since: 1.0
 */

typedef enum
{
  PROP_RX_BYTES = 1,
  PROP_RX_PACKETS,
  PROP_RX_ERRORS,
  PROP_RX_DROPPED,
  PROP_TX_BYTES,
  PROP_TX_PACKETS,
  PROP_TX_ERRORS,
  PROP_TX_DROPPED,
  PROP_NAME,
  N_INTERFACE_PROPS,
} FairleadInterfaceStatsProperty;

#define N_COUNTERS (PROP_TX_DROPPED + 1)

struct _FairleadInterfaceStats
{
  GObject  parent_instance;

  char    *name;
  guint64  counters[N_COUNTERS]; /* by number of the property; the first is not used */
};

G_DEFINE_FINAL_TYPE (FairleadInterfaceStats, fairlead_interface_stats, G_TYPE_OBJECT)

static GParamSpec *interface_properties[N_INTERFACE_PROPS];

static void
fairlead_interface_stats_finalize (GObject *object)
{
  FairleadInterfaceStats *self = FAIRLEAD_INTERFACE_STATS (object);

  g_free (self->name);

  G_OBJECT_CLASS (fairlead_interface_stats_parent_class)->finalize (object);
}

static void
fairlead_interface_stats_get_property (GObject    *object,
                                       guint       property_id,
                                       GValue     *value,
                                       GParamSpec *pspec)
{
  FairleadInterfaceStats *self = FAIRLEAD_INTERFACE_STATS (object);

  if (property_id == PROP_NAME)
    g_value_set_string (value, self->name);
  else if (property_id < N_COUNTERS)
    g_value_set_uint64 (value, self->counters[property_id]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
fairlead_interface_stats_set_property (GObject      *object,
                                       guint         property_id,
                                       const GValue *value,
                                       GParamSpec   *pspec)
{
  FairleadInterfaceStats *self = FAIRLEAD_INTERFACE_STATS (object);

  if (property_id == PROP_NAME)
    self->name = g_value_dup_string (value);
  else if (property_id < N_COUNTERS)
    self->counters[property_id] = g_value_get_uint64 (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static GParamSpec *
counter_param_spec (const char *name)
{
  return g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0,
                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
}

static void
fairlead_interface_stats_class_init (FairleadInterfaceStatsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = fairlead_interface_stats_finalize;
  object_class->get_property = fairlead_interface_stats_get_property;
  object_class->set_property = fairlead_interface_stats_set_property;

  /**
   * FairleadInterfaceStats:name:
   *
   * The interface's name; `total` for the sum over all interfaces.
   *
   * Since: 1.0
   */
  interface_properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadInterfaceStats:rx-bytes:
   *
   * Bytes received.
   *
   * Since: 1.0
   */
  interface_properties[PROP_RX_BYTES] = counter_param_spec ("rx-bytes");

  /**
   * FairleadInterfaceStats:rx-packets:
   *
   * Packets received.
   *
   * Since: 1.0
   */
  interface_properties[PROP_RX_PACKETS] = counter_param_spec ("rx-packets");

  /**
   * FairleadInterfaceStats:rx-errors:
   *
   * Packets that were received damaged.
   *
   * Since: 1.0
   */
  interface_properties[PROP_RX_ERRORS] = counter_param_spec ("rx-errors");

  /**
   * FairleadInterfaceStats:rx-dropped:
   *
   * Packets that were received and not processed, for want of room or because nobody wanted them.
   *
   * Since: 1.0
   */
  interface_properties[PROP_RX_DROPPED] = counter_param_spec ("rx-dropped");

  /**
   * FairleadInterfaceStats:tx-bytes:
   *
   * Bytes sent.
   *
   * Since: 1.0
   */
  interface_properties[PROP_TX_BYTES] = counter_param_spec ("tx-bytes");

  /**
   * FairleadInterfaceStats:tx-packets:
   *
   * Packets sent.
   *
   * Since: 1.0
   */
  interface_properties[PROP_TX_PACKETS] = counter_param_spec ("tx-packets");

  /**
   * FairleadInterfaceStats:tx-errors:
   *
   * Packets that could not be sent.
   *
   * Since: 1.0
   */
  interface_properties[PROP_TX_ERRORS] = counter_param_spec ("tx-errors");

  /**
   * FairleadInterfaceStats:tx-dropped:
   *
   * Packets that were dropped before they were sent.
   *
   * Since: 1.0
   */
  interface_properties[PROP_TX_DROPPED] = counter_param_spec ("tx-dropped");

  g_object_class_install_properties (object_class, N_INTERFACE_PROPS, interface_properties);
}

static void
fairlead_interface_stats_init (FairleadInterfaceStats *self)
{
}

G_STATIC_ASSERT (N_COUNTERS == FAIRLEAD_N_COUNTERS + 1);

FairleadInterfaceStats *
fairlead_interface_stats_new (const char    *name,
                              const guint64 *counters)
{
  FairleadInterfaceStats *self = g_object_new (FAIRLEAD_TYPE_INTERFACE_STATS, NULL);

  g_free (self->name);
  self->name = g_strdup (name);
  memcpy (self->counters + 1, counters, sizeof (guint64) * FAIRLEAD_N_COUNTERS);
  return self;
}

/**
 * fairlead_interface_stats_get_name:
 * @self: statistics of an interface
 *
 * Gets the interface's name.
 *
 * Returns: (transfer none): the name; `total` for the sum over all interfaces
 *
 * Since: 1.0
 */
const char *
fairlead_interface_stats_get_name (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), NULL);

  return self->name;
}

/**
 * fairlead_interface_stats_get_rx_bytes:
 * @self: statistics of an interface
 *
 * Gets how much the interface received.
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_rx_bytes (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_RX_BYTES];
}

/**
 * fairlead_interface_stats_get_rx_packets:
 * @self: statistics of an interface
 *
 * Gets how many packets the interface received.
 *
 * Returns: packets
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_rx_packets (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_RX_PACKETS];
}

/**
 * fairlead_interface_stats_get_rx_errors:
 * @self: statistics of an interface
 *
 * Gets how many packets the interface received damaged.
 *
 * Returns: packets
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_rx_errors (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_RX_ERRORS];
}

/**
 * fairlead_interface_stats_get_rx_dropped:
 * @self: statistics of an interface
 *
 * Gets how many packets the interface received that were not processed.
 *
 * Returns: packets
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_rx_dropped (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_RX_DROPPED];
}

/**
 * fairlead_interface_stats_get_tx_bytes:
 * @self: statistics of an interface
 *
 * Gets how much the interface sent.
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_tx_bytes (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_TX_BYTES];
}

/**
 * fairlead_interface_stats_get_tx_packets:
 * @self: statistics of an interface
 *
 * Gets how many packets the interface sent.
 *
 * Returns: packets
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_tx_packets (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_TX_PACKETS];
}

/**
 * fairlead_interface_stats_get_tx_errors:
 * @self: statistics of an interface
 *
 * Gets how many packets the interface could not send.
 *
 * Returns: packets
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_tx_errors (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_TX_ERRORS];
}

/**
 * fairlead_interface_stats_get_tx_dropped:
 * @self: statistics of an interface
 *
 * Gets how many packets were dropped before the interface sent them.
 *
 * Returns: packets
 *
 * Since: 1.0
 */
guint64
fairlead_interface_stats_get_tx_dropped (FairleadInterfaceStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE_STATS (self), 0);

  return self->counters[PROP_TX_DROPPED];
}

/**
 * FairleadStats:
 *
 * The counters of a container's network interfaces at one moment, and their sum. Immutable.
 *
 * They are immutable, and can be used from any thread.
 *
 * Since: 1.0
 */
struct _FairleadStats
{
  GObject                 parent_instance;

  gint64                  time; /* in microseconds of UTC */
  GArray                 *rows; /* (nullable) (owned) what interfaces is made of when it is asked for */

  /* Made when they are asked for, by whichever thread comes first, and then the same for ever. */
  GDateTime              *timestamp;  /* (nullable) (owned) (atomic) */
  GListModel             *interfaces; /* (nullable) (owned) (atomic) of FairleadInterfaceStats, sorted by name */
  FairleadInterfaceStats *total;      /* (nullable) (owned) (atomic) */
};

G_DEFINE_FINAL_TYPE (FairleadStats, fairlead_stats, G_TYPE_OBJECT)

enum
{
  PROP_TIMESTAMP = 1,
  PROP_INTERFACES,
  PROP_TOTAL,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* In the order of FairleadInterfaceStatsProperty. */
static const char * const counter_keys[N_COUNTERS] = {
  [PROP_RX_BYTES] = "RxBytes",
  [PROP_RX_PACKETS] = "RxPackets",
  [PROP_RX_ERRORS] = "RxErrors",
  [PROP_RX_DROPPED] = "RxDropped",
  [PROP_TX_BYTES] = "TxBytes",
  [PROP_TX_PACKETS] = "TxPackets",
  [PROP_TX_ERRORS] = "TxErrors",
  [PROP_TX_DROPPED] = "TxDropped",
};

static GVariant *
fairlead_interface_stats_to_variant (FairleadInterfaceStats *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_assert (FAIRLEAD_IS_INTERFACE_STATS (self));

  g_variant_dict_insert (&dict, "Name", "s", self->name);
  for (guint i = PROP_RX_BYTES; i < N_COUNTERS; i++)
    g_variant_dict_insert (&dict, counter_keys[i], "t", self->counters[i]);

  return g_variant_dict_end (&dict);
}

static int
compare_names (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  const FairleadInterfaceStats *first = a;
  const FairleadInterfaceStats *second = b;

  return g_strcmp0 (first->name, second->name);
}

static FairleadInterfaceStats *
sum_new (FairleadStats *self)
{
  guint64 sum[FAIRLEAD_N_COUNTERS] = { 0 };

  for (guint i = 0; self->rows != NULL && i < self->rows->len; i++)
    {
      const FairleadCounters *row = &g_array_index (self->rows, FairleadCounters, i);

      for (guint j = 0; j < FAIRLEAD_N_COUNTERS && strcmp (row->name, "lo") != 0; j++)
        sum[j] += row->counters[j];
    }
  for (guint i = 0; self->rows == NULL && i < g_list_model_get_n_items (fairlead_stats_get_interfaces (self)); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (self->interfaces, i);

      for (guint j = 0; j < FAIRLEAD_N_COUNTERS && g_strcmp0 (item->name, "lo") != 0; j++)
        sum[j] += item->counters[j + 1];
    }
  return fairlead_interface_stats_new ("total", sum);
}

/* A list of its own, so that nobody changes it behind the sum. */
static GListModel *
sort_interfaces (GListModel *interfaces)
{
  GListStore *sorted = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_STATS);

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (interfaces, i);

      g_list_store_insert_sorted (sorted, item, compare_names, NULL);
    }

  return G_LIST_MODEL (sorted);
}

static GListModel *
make_interfaces (GArray *rows)
{
  GListStore *list = g_list_store_new (FAIRLEAD_TYPE_INTERFACE_STATS);

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      const FairleadCounters *row = &g_array_index (rows, FairleadCounters, i);
      g_autoptr (FairleadInterfaceStats) item = fairlead_interface_stats_new (row->name, row->counters);

      g_list_store_append (list, item);
    }

  return G_LIST_MODEL (list);
}

/* Puts @made, which is consumed, at @place unless another thread was quicker. */
static gpointer
settle (gpointer       *place,
        gpointer        made,
        GDestroyNotify  destroy)
{
  if (!g_atomic_pointer_compare_and_exchange (place, NULL, made))
    destroy (made);
  return g_atomic_pointer_get (place);
}

static void
fairlead_stats_finalize (GObject *object)
{
  FairleadStats *self = FAIRLEAD_STATS (object);

  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->timestamp, g_date_time_unref);
  g_clear_object (&self->interfaces);
  g_clear_object (&self->total);

  G_OBJECT_CLASS (fairlead_stats_parent_class)->finalize (object);
}

static void
fairlead_stats_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  FairleadStats *self = FAIRLEAD_STATS (object);

  switch (property_id)
    {
    case PROP_TIMESTAMP:
      g_value_set_boxed (value, fairlead_stats_get_timestamp (self));
      break;
    case PROP_INTERFACES:
      g_value_set_object (value, fairlead_stats_get_interfaces (self));
      break;
    case PROP_TOTAL:
      g_value_set_object (value, fairlead_stats_get_total (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_stats_set_property (GObject      *object,
                             guint         property_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  FairleadStats *self = FAIRLEAD_STATS (object);

  switch (property_id)
    {
    case PROP_INTERFACES:
      if (g_value_get_object (value) != NULL)
        self->interfaces = sort_interfaces (g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_stats_class_init (FairleadStatsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = fairlead_stats_finalize;
  object_class->get_property = fairlead_stats_get_property;
  object_class->set_property = fairlead_stats_set_property;

  /**
   * FairleadStats:timestamp:
   *
   * When the counters were read, in UTC.
   *
   * Since: 1.0
   */
  properties[PROP_TIMESTAMP] =
    g_param_spec_boxed ("timestamp", NULL, NULL, G_TYPE_DATE_TIME, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadStats:interfaces:
   *
   * The counters of each interface, a list of [class@Fairlead.InterfaceStats], sorted by name.
   *
   * Since: 1.0
   */
  properties[PROP_INTERFACES] =
    g_param_spec_object ("interfaces", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadStats:total:
   *
   * The sum over all interfaces but `lo`.
   *
   * Since: 1.0
   */
  properties[PROP_TOTAL] =
    g_param_spec_object ("total", NULL, NULL, FAIRLEAD_TYPE_INTERFACE_STATS,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_stats_init (FairleadStats *self)
{
  self->time = g_get_real_time ();
}

static void
clear_counters (gpointer data)
{
  FairleadCounters *row = data;

  g_ref_string_release (row->name);
}

GArray *
fairlead_counters_new (void)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (FairleadCounters));

  g_array_set_clear_func (rows, clear_counters);
  return rows;
}

FairleadStats *
fairlead_stats_new_of_rows (GArray *rows)
{
  FairleadStats *self = g_object_new (FAIRLEAD_TYPE_STATS, NULL);

  self->rows = rows;
  return self;
}

/**
 * fairlead_stats_new:
 * @interfaces: the counters of each interface, a list of [class@Fairlead.InterfaceStats]
 *
 * Puts counters that were read just now together. The list is copied and sorted.
 *
 * Returns: (transfer full): new statistics
 *
 * Since: 1.0
 */
FairleadStats *
fairlead_stats_new (GListModel *interfaces)
{
  g_return_val_if_fail (G_IS_LIST_MODEL (interfaces), NULL);
  g_return_val_if_fail (g_type_is_a (g_list_model_get_item_type (interfaces), FAIRLEAD_TYPE_INTERFACE_STATS), NULL);

  return g_object_new (FAIRLEAD_TYPE_STATS, "interfaces", interfaces, NULL);
}

/**
 * fairlead_stats_new_for_netns:
 * @netns: the network namespace that the interfaces are in
 * @interface_names: (nullable) (array zero-terminated=1): the interfaces' names, or %NULL for all but `lo`
 * @error: where to put the error
 *
 * Reads the counters of interfaces in a network namespace. An interface that does not exist is
 * %FAIRLEAD_ERROR_NOT_FOUND.
 *
 * Returns: (transfer full): new statistics, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadStats *
fairlead_stats_new_for_netns (FairleadNetns       *netns,
                              const char * const  *interface_names,
                              GError             **error)
{
  g_autoptr (GListModel) interfaces = NULL;
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_NETNS (netns), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  fd = fairlead_netns_open_socket (netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, error);
  if (fd < 0)
    return NULL;

  interfaces = fairlead_netlink_list_stats (fd, interface_names, error);
  close (fd);
  if (interfaces == NULL)
    return NULL;

  return fairlead_stats_new (interfaces);
}

/**
 * fairlead_stats_get_timestamp:
 * @self: statistics
 *
 * Gets when the counters were read.
 *
 * Returns: (transfer none): the time, in UTC
 *
 * Since: 1.0
 */
GDateTime *
fairlead_stats_get_timestamp (FairleadStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_STATS (self), NULL);

  if (g_atomic_pointer_get (&self->timestamp) == NULL)
    {
      g_autoptr (GDateTime) whole = g_date_time_new_from_unix_utc (self->time / G_USEC_PER_SEC);

      settle ((gpointer *) &self->timestamp, g_date_time_add (whole, self->time % G_USEC_PER_SEC),
              (GDestroyNotify) g_date_time_unref);
    }
  return g_atomic_pointer_get (&self->timestamp);
}

/**
 * fairlead_stats_get_interfaces:
 * @self: statistics
 *
 * Gets the counters of each interface.
 *
 * Returns: (transfer none): a list of [class@Fairlead.InterfaceStats], sorted by name
 *
 * Since: 1.0
 */
GListModel *
fairlead_stats_get_interfaces (FairleadStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_STATS (self), NULL);

  if (g_atomic_pointer_get (&self->interfaces) == NULL)
    settle ((gpointer *) &self->interfaces, make_interfaces (self->rows), g_object_unref);
  return g_atomic_pointer_get (&self->interfaces);
}

/**
 * fairlead_stats_get_total:
 * @self: statistics
 *
 * Gets the sum over all interfaces but `lo`. Its name is `total`.
 *
 * Returns: (transfer none): the sum
 *
 * Since: 1.0
 */
FairleadInterfaceStats *
fairlead_stats_get_total (FairleadStats *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_STATS (self), NULL);

  if (g_atomic_pointer_get (&self->total) == NULL)
    settle ((gpointer *) &self->total, sum_new (self), g_object_unref);
  return g_atomic_pointer_get (&self->total);
}

/**
 * fairlead_stats_to_variant:
 * @self: statistics
 *
 * Describes the statistics for programs: a dictionary `a{sv}`.
 *
 * | key          | type     | meaning                                                    |
 * |--------------|----------|------------------------------------------------------------|
 * | `Timestamp`  | `s`      | when the counters were read, ISO 8601 in UTC               |
 * | `Interfaces` | `aa{sv}` | each interface, sorted by name                             |
 * | `Total`      | `a{sv}`  | the sum over all interfaces but `lo`; its name is `total`  |
 *
 * An interface has `Name` (`s`) and the counters `RxBytes`, `RxPackets`, `RxErrors`, `RxDropped`, `TxBytes`,
 * `TxPackets`, `TxErrors` and `TxDropped` (each `t`).
 *
 * Returns: (transfer full): a dictionary, `a{sv}`, without a floating reference
 *
 * Since: 1.0
 */
GVariant *
fairlead_stats_to_variant (FairleadStats *self)
{
  g_autofree char *timestamp = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder interfaces;
  GListModel *list;
  guint n_interfaces;

  g_return_val_if_fail (FAIRLEAD_IS_STATS (self), NULL);

  list = fairlead_stats_get_interfaces (self);
  n_interfaces = g_list_model_get_n_items (list);
  g_variant_builder_init (&interfaces, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n_interfaces; i++)
    {
      g_autoptr (FairleadInterfaceStats) item = g_list_model_get_item (list, i);

      g_variant_builder_add_value (&interfaces, fairlead_interface_stats_to_variant (item));
    }

  timestamp = g_date_time_format_iso8601 (fairlead_stats_get_timestamp (self));
  g_variant_dict_insert (&dict, "Timestamp", "s", timestamp);
  g_variant_dict_insert_value (&dict, "Interfaces", g_variant_builder_end (&interfaces));
  g_variant_dict_insert_value (&dict, "Total", fairlead_interface_stats_to_variant (fairlead_stats_get_total (self)));

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
