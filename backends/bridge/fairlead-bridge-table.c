/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-table.h"

#include <errno.h>
#include <string.h>

static gboolean
try_elements (FairleadBridgeSocket         *socket,
              const char                   *table,
              gboolean                      add_table,
              const FairleadBridgeElement  *elements,
              guint                         n_elements,
              int                          *saved_errno,
              GError                      **error)
{
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  FairleadBridgeFailure failure;
  gboolean succeeded;

  fairlead_bridge_nft_begin (batch);
  if (add_table)
    fairlead_bridge_nft_add_table (batch, table);
  fairlead_bridge_nft_add_elements (batch, table, elements, n_elements);
  fairlead_bridge_nft_end (batch);
  succeeded = fairlead_bridge_socket_try (socket, batch, &failure);
  *saved_errno = failure.saved_errno;
  if (!succeeded)
    fairlead_bridge_set_failure (batch, &failure, error);
  return succeeded;
}

static gboolean
contains (GArray                      *elements,
          const FairleadBridgeElement *element)
{
  for (guint i = 0; i < elements->len; i++)
    {
      const FairleadBridgeElement *other = &g_array_index (elements, FairleadBridgeElement, i);

      if (other->set == element->set && memcmp (other->key, element->key, sizeof element->key) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
append_missing (GArray                      *elements,
                const FairleadBridgeElement *more,
                guint                        n_more)
{
  for (guint i = 0; i < n_more; i++)
    if (!contains (elements, &more[i]))
      g_array_append_val (elements, more[i]);
}

/* What networks have by themselves, as far as they are there. A document that cannot be read shows its error elsewhere. */
static GArray *
dup_known_elements (FairleadBridgeHost  *host,
                    const char          *table,
                    GError             **error)
{
  g_autoptr (GListModel) networks = fairlead_backend_list_shared_networks (host->backend, error);
  g_autoptr (GArray) known = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));

  if (networks == NULL)
    return NULL;
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      g_autoptr (GVariant) document = fairlead_network_dup_shared_document (network, NULL);
      g_auto (FairleadBridgeLayout) layout = { 0 };
      g_autoptr (GArray) elements = NULL;

      if (document == NULL || !fairlead_bridge_layout_read (&layout, document, NULL) || !layout.made ||
          g_strcmp0 (layout.table, table) != 0)
        continue;
      elements = fairlead_bridge_layout_dup_elements (&layout);
      append_missing (known, fairlead_bridge_elements (elements), elements->len);
    }
  return g_steal_pointer (&known);
}

/* One at a time: whoever comes second finds the table. */
static gboolean
make_table (FairleadBridgeHost           *host,
            FairleadBridgeSocket         *socket,
            const FairleadBridgeLayout   *layout,
            const FairleadBridgeElement  *elements,
            guint                         n_elements,
            int                          *saved_errno,
            GError                      **error)
{
  g_autoptr (FairleadSharedState) state =
    fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_CHANGE, NULL, error);
  g_autoptr (GArray) known = NULL;

  if (state == NULL)
    return FALSE;
  if (try_elements (socket, layout->table, FALSE, elements, n_elements, saved_errno, NULL))
    return TRUE;
  known = *saved_errno == ENOENT ? dup_known_elements (host, layout->table, error) : NULL;
  if (known == NULL)
    return FALSE;
  append_missing (known, elements, n_elements);
  return try_elements (socket, layout->table, TRUE, fairlead_bridge_elements (known), known->len,
                       saved_errno, error);
}

gboolean
fairlead_bridge_table_add (FairleadBridgeHost           *host,
                           const FairleadBridgeLayout   *layout,
                           const FairleadBridgeElement  *elements,
                           guint                         n_elements,
                           gboolean                     *exists,
                           GError                      **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GError) local_error = NULL;
  int saved_errno = 0;

  *exists = FALSE;
  if (socket == NULL)
    return FALSE;
  if (n_elements == 0 || try_elements (socket, layout->table, FALSE, elements, n_elements, &saved_errno, &local_error))
    return TRUE;
  if (saved_errno == ENOENT)
    {
      g_clear_error (&local_error);
      if (make_table (host, socket, layout, elements, n_elements, &saved_errno, &local_error))
        return TRUE;
    }
  *exists = saved_errno == EEXIST;
  if (local_error == NULL)
    fairlead_error_set_errno (&local_error, saved_errno, "cannot add to the table %s of nf_tables", layout->table);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
try_removal (FairleadBridgeSocket         *socket,
             const char                   *table,
             const FairleadBridgeElement  *elements,
             guint                         n_elements,
             gboolean                     *missing,
             GError                      **error)
{
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  FairleadBridgeFailure failure;

  fairlead_bridge_nft_begin (batch);
  fairlead_bridge_nft_delete_elements (batch, table, elements, n_elements);
  fairlead_bridge_nft_end (batch);
  *missing = FALSE;
  if (fairlead_bridge_socket_try (socket, batch, &failure))
    return TRUE;
  *missing = failure.saved_errno == ENOENT;
  if (!*missing)
    fairlead_bridge_set_failure (batch, &failure, error);
  return *missing;
}

gboolean
fairlead_bridge_table_remove (FairleadBridgeHost           *host,
                              const char                   *table,
                              const FairleadBridgeElement  *elements,
                              guint                         n_elements,
                              GError                      **error)
{
  FairleadBridgeSocket *socket = n_elements > 0 ? fairlead_bridge_host_get_nft (host, error) : NULL;
  gboolean missing;

  if (n_elements == 0)
    return TRUE;
  if (socket == NULL || !try_removal (socket, table, elements, n_elements, &missing, error))
    return FALSE;
  /* One that is missing kept the others from being removed. */
  for (guint i = 0; missing && i < n_elements && n_elements > 1; i++)
    {
      gboolean is_missing;

      if (!try_removal (socket, table, &elements[i], 1, &is_missing, error))
        return FALSE;
    }
  return TRUE;
}

/* More than ours are no harm. */
static gboolean
has_all_rules (FairleadBridgeSocket *socket,
               const char           *table)
{
  g_autoptr (FairleadBridgeBatch) rules = fairlead_bridge_batch_new ();

  return fairlead_bridge_nft_count_rules (socket, table) >= fairlead_bridge_rules_add (rules, table);
}

gboolean
fairlead_bridge_table_verify (FairleadBridgeHost  *host,
                              const char          *table,
                              GError             **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);

  if (socket == NULL)
    return FALSE;
  if (has_all_rules (socket, table))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "rules of the table inet %s of nf_tables are gone; \"fairlead reload\" puts them back", table);
  return FALSE;
}

/* Where the table is gone as a whole, it comes back with the elements. */
static gboolean
restore_rules (FairleadBridgeSocket  *socket,
               const char            *table,
               GError               **error)
{
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  gboolean exists;

  if (has_all_rules (socket, table))
    return TRUE;
  if (!fairlead_bridge_nft_has_table (socket, table, &exists, error))
    return FALSE;
  if (!exists)
    return TRUE;
  fairlead_bridge_nft_begin (batch);
  fairlead_bridge_nft_renew_rules (batch, table);
  fairlead_bridge_nft_end (batch);
  return fairlead_bridge_socket_send (socket, batch, error);
}

gboolean
fairlead_bridge_table_restore (FairleadBridgeHost           *host,
                               const FairleadBridgeLayout   *layout,
                               const FairleadBridgeElement  *elements,
                               guint                         n_elements,
                               GError                      **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GArray) missing = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));
  gboolean exists;

  if (socket == NULL || !restore_rules (socket, layout->table, error))
    return FALSE;
  for (guint i = 0; i < n_elements; i++)
    {
      guint8 data[FAIRLEAD_BRIDGE_MAX_DATA];
      gsize length = fairlead_bridge_sets[elements[i].set].data_length;

      if (!fairlead_bridge_nft_get_element (socket, layout->table, &elements[i], data) ||
          memcmp (data, elements[i].data, length) != 0)
        g_array_append_val (missing, elements[i]);
    }
  if (missing->len == 0)
    return TRUE;
  return fairlead_bridge_table_add (host, layout, fairlead_bridge_elements (missing), missing->len,
                                    &exists, error);
}
