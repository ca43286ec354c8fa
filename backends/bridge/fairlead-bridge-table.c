/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-table.h"

#include <errno.h>
#include <string.h>

/* How often what is to be put back may be there a moment later, as another process puts back the same. */
#define MAX_TRIES 10

/* The fields of a key of ports are padded to 4 bytes: an address, perhaps, the protocol, and the port. */
#define PROTOCOL_SIZE 8
#define PORT_SIZE     4

/* What the table has under the key of an element: the element itself, or what is another container's or network's. Of
 * ranges, which can overlap, both may be there. */
typedef struct
{
  gboolean is_there;
  gboolean is_taken;
  FairleadBridgeElement other; /* what has it, if it is taken */
} Presence;

static gboolean
is_same (const FairleadBridgeElement *element,
         const FairleadBridgeElement *other)
{
  const FairleadBridgeSetInfo *info = &fairlead_bridge_sets[element->set];

  return memcmp (element->key, other->key, info->key_length) == 0 &&
         memcmp (element->key_end, other->key_end, info->key_length) == 0 &&
         memcmp (element->data, other->data, info->data_length) == 0;
}

/* The ports are last in a key, with the most significant byte first. */
static gboolean
ranges_overlap (const FairleadBridgeElement *range,
                const FairleadBridgeElement *other)
{
  gsize length = fairlead_bridge_sets[range->set].key_length;

  return memcmp (range->key, other->key, length - PORT_SIZE) == 0 && memcmp (range->key, other->key_end, length) <= 0 &&
         memcmp (other->key, range->key_end, length) <= 0;
}

/* A range is found by its first port alone, and by each port that another one has as well: all are looked at. */
static void
find_range (FairleadBridgeSocket        *socket,
            const char                  *table,
            const FairleadBridgeElement *range,
            Presence                    *presence)
{
  g_autoptr (GArray) all = fairlead_bridge_nft_dup_elements (socket, table, range->set);

  for (guint i = 0; i < all->len; i++)
    {
      const FairleadBridgeElement *found = &g_array_index (all, FairleadBridgeElement, i);

      if (is_same (range, found))
        presence->is_there = TRUE;
      else if (ranges_overlap (range, found))
        {
          presence->is_taken = TRUE;
          presence->other = *found;
        }
    }
}

static void
find (FairleadBridgeSocket        *socket,
      const char                  *table,
      const FairleadBridgeElement *element,
      Presence                    *presence)
{
  FairleadBridgeElement found = *element;

  memset (presence, 0, sizeof *presence);
  if (fairlead_bridge_set_has_ranges (element->set))
    find_range (socket, table, element, presence);
  else if (!fairlead_bridge_nft_get_element (socket, table, element, found.data))
    return;
  else if (is_same (element, &found))
    presence->is_there = TRUE;
  else
    {
      presence->is_taken = TRUE;
      presence->other = found;
    }
}

/* The port that both have. */
static char *
dup_port_text (const FairleadBridgeElement *element,
               const FairleadBridgeElement *other)
{
  gsize length = fairlead_bridge_sets[element->set].key_length;
  const guint8 *key = memcmp (element->key, other->key, length) > 0 ? element->key : other->key;
  const guint8 *protocol = key + length - PROTOCOL_SIZE, *port = key + length - PORT_SIZE;

  return g_strdup_printf ("%u/%s", (guint) port[0] << 8 | port[1], fairlead_protocol_to_string (*protocol));
}

static gboolean
set_taken (const FairleadBridgeElement  *element,
           const FairleadBridgeElement  *other,
           GError                      **error)
{
  const FairleadBridgeSetInfo *info = &fairlead_bridge_sets[element->set];
  FairleadBridgeAddress address = { .family = info->data_length < sizeof address.bytes ? AF_INET : AF_INET6 };
  g_autofree char *target = NULL;
  g_autofree char *port = NULL;

  memcpy (address.bytes, other->data, fairlead_bridge_address_size (&address));
  target = fairlead_bridge_address_to_string (&address);
  if (element->set < FAIRLEAD_BRIDGE_MAP_PORTS)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "\"%s\" of the table of nf_tables leads the network's subnet "
                   "to %s", info->name, target);
      return FALSE;
    }
  port = dup_port_text (element, other);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
               "the port %s of the host is published by another container: it leads to %s", port, target);
  return FALSE;
}

gboolean
fairlead_bridge_table_check_free (FairleadBridgeHost           *host,
                                  const char                   *table,
                                  const FairleadBridgeElement  *elements,
                                  guint                         n_elements,
                                  GError                      **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);

  if (socket == NULL)
    return FALSE;
  for (guint i = 0; i < n_elements; i++)
    {
      Presence presence;

      find (socket, table, &elements[i], &presence);
      if (presence.is_taken)
        return set_taken (&elements[i], &presence.other, error);
    }
  return TRUE;
}

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

typedef struct
{
  const char *table;
  GArray *elements; /* (element-type FairleadBridgeElement) */
} Known;

static gboolean
note_known (const FairleadBridgeLayout  *layout,
            const char                  *network,
            gpointer                     user_data,
            GError                     **error)
{
  Known *known = user_data;
  g_autoptr (GArray) elements = fairlead_bridge_layout_dup_elements (layout);

  if (layout->made && g_strcmp0 (layout->table, known->table) == 0)
    append_missing (known->elements, fairlead_bridge_elements (elements), elements->len);
  return TRUE;
}

/* What networks have by themselves, as far as they are there. */
static GArray *
dup_known_elements (FairleadBridgeHost  *host,
                    const char          *table,
                    GError             **error)
{
  g_autoptr (GArray) elements = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));
  Known known = { table, elements };

  return fairlead_bridge_host_each_layout (host, note_known, &known, error) ? g_steal_pointer (&elements) : NULL;
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

static gboolean
add (FairleadBridgeHost           *host,
     const FairleadBridgeLayout   *layout,
     const FairleadBridgeElement  *elements,
     guint                         n_elements,
     int                          *saved_errno,
     GError                      **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GError) local_error = NULL;

  *saved_errno = 0;
  if (socket == NULL)
    return FALSE;
  if (n_elements == 0 || try_elements (socket, layout->table, FALSE, elements, n_elements, saved_errno, &local_error))
    return TRUE;
  if (*saved_errno == ENOENT)
    {
      g_clear_error (&local_error);
      if (make_table (host, socket, layout, elements, n_elements, saved_errno, &local_error))
        return TRUE;
    }
  if (local_error == NULL)
    fairlead_error_set_errno (&local_error, *saved_errno, "cannot add to the table %s of nf_tables", layout->table);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
fairlead_bridge_table_add (FairleadBridgeHost           *host,
                           const FairleadBridgeLayout   *layout,
                           const FairleadBridgeElement  *elements,
                           guint                         n_elements,
                           GError                      **error)
{
  g_autoptr (GError) local_error = NULL;
  int saved_errno;

  if (add (host, layout, elements, n_elements, &saved_errno, &local_error))
    return TRUE;
  if (saved_errno != EEXIST || fairlead_bridge_table_check_free (host, layout->table, elements, n_elements, error))
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

/* Those of @elements that are there, or those that are not. */
static GArray *
filter (FairleadBridgeSocket        *socket,
        const char                  *table,
        const FairleadBridgeElement *elements,
        guint                        n_elements,
        gboolean                     are_there)
{
  GArray *filtered = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));

  for (guint i = 0; i < n_elements; i++)
    {
      Presence presence;

      find (socket, table, &elements[i], &presence);
      if (presence.is_there == are_there)
        g_array_append_val (filtered, elements[i]);
    }
  return filtered;
}

gboolean
fairlead_bridge_table_remove (FairleadBridgeHost           *host,
                              const char                   *table,
                              const FairleadBridgeElement  *elements,
                              guint                         n_elements,
                              GError                      **error)
{
  FairleadBridgeSocket *socket = n_elements > 0 ? fairlead_bridge_host_get_nft (host, error) : NULL;
  g_autoptr (GArray) own = NULL;
  gboolean missing;

  if (socket == NULL)
    return n_elements == 0;
  own = filter (socket, table, elements, n_elements, TRUE);
  if (own->len == 0)
    return TRUE;
  if (!try_removal (socket, table, fairlead_bridge_elements (own), own->len, &missing, error))
    return FALSE;
  /* One that went in between kept the others from being removed. */
  for (guint i = 0; missing && i < own->len && own->len > 1; i++)
    {
      gboolean is_missing;

      if (!try_removal (socket, table, &g_array_index (own, FairleadBridgeElement, i), 1, &is_missing, error))
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
                               GArray                      **added,
                               GError                      **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GError) local_error = NULL;
  int saved_errno = EEXIST;

  if (socket == NULL || !restore_rules (socket, layout->table, error))
    return FALSE;
  for (guint i = 0; i < MAX_TRIES && saved_errno == EEXIST; i++)
    {
      g_autoptr (GArray) missing = filter (socket, layout->table, elements, n_elements, FALSE);

      g_clear_error (&local_error);
      if (!fairlead_bridge_table_check_free (host, layout->table, fairlead_bridge_elements (missing), missing->len, error))
        return FALSE;
      if (add (host, layout, fairlead_bridge_elements (missing), missing->len, &saved_errno, &local_error))
        {
          if (added != NULL)
            *added = g_steal_pointer (&missing);
          return TRUE;
        }
    }
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
