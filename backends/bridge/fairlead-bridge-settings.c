/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fairlead-bridge-sysctl.h"

#define TABLE "fairlead"

#define FORWARDING4 "net/ipv4/ip_forward"
#define FORWARDING6 "net/ipv6/conf/all/forwarding"

/* Flags of /proc/net/ipv6_route: a default route that a router announced. */
#define ROUTE_DEFAULT  0x00010000
#define ROUTE_ADDRCONF 0x00040000

typedef struct
{
  char *name;
  int   before;
  int   ours;
} Setting;

/* The document of the backend's shared state. */
typedef struct
{
  char   *table;
  GArray *settings; /* (element-type Setting) in the order in which they were set */
} Record;

static void
setting_clear (gpointer data)
{
  g_free (((Setting *) data)->name);
}

static void
record_clear (Record *record)
{
  g_free (record->table);
  g_clear_pointer (&record->settings, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Record, record_clear)

static void
record_read (Record   *record,
             GVariant *document)
{
  g_autoptr (GVariant) settings = NULL;
  GVariantIter iter;
  Setting setting;

  record->settings = g_array_new (FALSE, FALSE, sizeof (Setting));
  g_array_set_clear_func (record->settings, setting_clear);
  if (document == NULL)
    return;
  g_variant_lookup (document, "table", "s", &record->table);
  settings = g_variant_lookup_value (document, "settings", G_VARIANT_TYPE ("a(sii)"));
  if (settings == NULL)
    return;
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "(sii)", &setting.name, &setting.before, &setting.ours))
    g_array_append_val (record->settings, setting);
}

static gboolean
record_write (Record               *record,
              FairleadSharedState  *state,
              GError              **error)
{
  GVariantBuilder settings = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sii)"));
  GVariantDict dict;

  for (guint i = 0; i < record->settings->len; i++)
    {
      const Setting *setting = &g_array_index (record->settings, Setting, i);

      g_variant_builder_add (&settings, "(sii)", setting->name, setting->before, setting->ours);
    }
  g_variant_dict_init (&dict, NULL);
  if (record->table != NULL)
    g_variant_dict_insert (&dict, "table", "s", record->table);
  g_variant_dict_insert_value (&dict, "settings", g_variant_builder_end (&settings));
  return fairlead_shared_state_set_document (state, g_variant_dict_end (&dict), error);
}

/* A table of our usual name may be somebody else's: another state directory's, for example. */
static char *
choose_table (FairleadBridgeHost  *host,
              GError             **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autofree char *name = g_strdup (TABLE);
  gboolean taken = TRUE;

  while (socket != NULL && fairlead_bridge_nft_has_table (socket, name, &taken, error))
    {
      if (!taken)
        return g_steal_pointer (&name);
      g_free (name);
      name = g_strdup_printf (TABLE "-%08x", fairlead_bridge_random ());
    }
  return NULL;
}

static gboolean
has_setting (Record     *record,
             const char *name)
{
  for (guint i = 0; i < record->settings->len; i++)
    if (strcmp (g_array_index (record->settings, Setting, i).name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Written down before it is set. A value that is another one than @before is somebody's choice. */
static gboolean
set_and_record (Record               *record,
                FairleadSharedState  *state,
                const char           *name,
                int                   before,
                int                   ours,
                GError              **error)
{
  Setting setting = { NULL, before, ours };
  int value;

  if (!fairlead_bridge_sysctl_read (name, &value) || value != before)
    return TRUE;
  if (!has_setting (record, name))
    {
      setting.name = g_strdup (name);
      g_array_append_val (record->settings, setting);
      if (!record_write (record, state, error))
        return FALSE;
    }
  return fairlead_bridge_sysctl_write (name, ours, error);
}

/* A host that forwards IPv6 ignores router advertisements unless accept_ra is 2, and drops the default route that it has
 * from one: those of its links that have one are told to go on listening before forwarding is turned on. */
static gboolean
keep_default_routes (Record               *record,
                     FairleadSharedState  *state,
                     GError              **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/net/ipv6_route", &text, NULL, NULL))
    return TRUE;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_autofree char *name = NULL;
      unsigned flags;
      char link[64];

      if (sscanf (*line, "%*s %*s %*s %*s %*s %*s %*s %*s %x %63s", &flags, link) != 2 ||
          (flags & (ROUTE_DEFAULT | ROUTE_ADDRCONF)) != (ROUTE_DEFAULT | ROUTE_ADDRCONF))
        continue;
      name = g_strdup_printf ("net/ipv6/conf/%s/accept_ra", link);
      if (!set_and_record (record, state, name, 1, 2, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
needs_forwarding (const FairleadBridgeLayout *layout,
                  int                         family)
{
  return fairlead_bridge_layout_is_managed (layout) && !layout->internal &&
         fairlead_bridge_layout_has_family (layout, family);
}

static gboolean
turn_on_forwarding (Record                      *record,
                    FairleadSharedState         *state,
                    const FairleadBridgeLayout  *layout,
                    GError                     **error)
{
  if (needs_forwarding (layout, AF_INET) && !set_and_record (record, state, FORWARDING4, 0, 1, error))
    return FALSE;
  return !needs_forwarding (layout, AF_INET6) ||
         (keep_default_routes (record, state, error) && set_and_record (record, state, FORWARDING6, 0, 1, error));
}

gboolean
fairlead_bridge_settings_acquire (FairleadBridgeHost    *host,
                                  FairleadSharedState   *state,
                                  const char            *network,
                                  FairleadBridgeLayout  *layout,
                                  GError               **error)
{
  g_auto (Record) record = { 0 };

  record_read (&record, fairlead_shared_state_get_document (state));
  if (record.table == NULL)
    {
      record.table = choose_table (host, error);
      if (record.table == NULL || !record_write (&record, state, error))
        return FALSE;
    }
  layout->table = g_strdup (record.table);
  return fairlead_shared_state_add_user (state, network, error) && turn_on_forwarding (&record, state, layout, error);
}

static gboolean
put_back (Record  *record,
          GError **error)
{
  for (guint i = record->settings->len; i > 0; i--)
    {
      const Setting *setting = &g_array_index (record->settings, Setting, i - 1);
      int value;

      /* A link that is gone has taken its settings along. */
      if (fairlead_bridge_sysctl_read (setting->name, &value) && value == setting->ours &&
          !fairlead_bridge_sysctl_write (setting->name, setting->before, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
delete_table (FairleadBridgeHost  *host,
              const char          *table,
              GError             **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  FairleadBridgeFailure failure;

  if (socket == NULL)
    return FALSE;
  fairlead_bridge_nft_begin (batch);
  fairlead_bridge_nft_delete_table (batch, table);
  fairlead_bridge_nft_end (batch);
  if (fairlead_bridge_socket_try (socket, batch, &failure) || failure.saved_errno == ENOENT)
    return TRUE;
  fairlead_bridge_set_failure (batch, &failure, error);
  return FALSE;
}

gboolean
fairlead_bridge_settings_release (FairleadBridgeHost  *host,
                                  const char          *network,
                                  GError             **error)
{
  g_autoptr (FairleadSharedState) state =
    fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_CHANGE, NULL, error);
  g_auto (Record) record = { 0 };

  if (state == NULL || !fairlead_shared_state_remove_user (state, network, error))
    return FALSE;
  if (fairlead_shared_state_has_users (state))
    return TRUE;
  record_read (&record, fairlead_shared_state_get_document (state));
  return (record.table == NULL || delete_table (host, record.table, error)) && put_back (&record, error) &&
         fairlead_shared_state_set_document (state, NULL, error);
}

gboolean
fairlead_bridge_settings_check (const FairleadBridgeLayout  *layout,
                                GError                     **error)
{
  static const struct { int family; const char *name; } settings[] = {
    { AF_INET, FORWARDING4 }, { AF_INET6, FORWARDING6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      int value;

      if (!needs_forwarding (layout, settings[i].family) ||
          (fairlead_bridge_sysctl_read (settings[i].name, &value) && value != 0))
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "the host no longer forwards: %s is 0; \"fairlead reload\" sets it again", settings[i].name);
      return FALSE;
    }
  return TRUE;
}

gboolean
fairlead_bridge_settings_restore (FairleadBridgeHost          *host,
                                  const FairleadBridgeLayout  *layout,
                                  GCancellable                *cancellable,
                                  GError                     **error)
{
  g_autoptr (FairleadSharedState) state = NULL;
  g_auto (Record) record = { 0 };

  if (fairlead_bridge_settings_check (layout, NULL))
    return TRUE;
  state = fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);
  if (state == NULL)
    return FALSE;
  record_read (&record, fairlead_shared_state_get_document (state));
  return turn_on_forwarding (&record, state, layout, error);
}
