/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-make.h"

#include <errno.h>
#include <string.h>

#include "fairlead-bridge-firewalld.h"
#include "fairlead-bridge-pool.h"
#include "fairlead-bridge-settings.h"
#include "fairlead-bridge-subnet.h"
#include "fairlead-bridge-sysctl.h"
#include "fairlead-bridge-table.h"

/* As for containers: everything is in the document before it is made. A bridge is known for ours by its name and its MAC
 * address, so that one which somebody else made under that name in between is not removed. */

static gboolean
check_bridge (FairleadBridgeHost          *host,
              const FairleadBridgeLayout  *layout,
              GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (GError) local_error = NULL;
  FairleadBridgeLinkInfo info;
  gboolean exists = socket != NULL && fairlead_bridge_link_look (socket, layout->bridge, &info, &local_error);

  if (socket == NULL)
    return FALSE;
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (fairlead_bridge_layout_is_managed (layout) ? !exists : exists && info.is_bridge)
    return TRUE;
  if (fairlead_bridge_layout_is_managed (layout))
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
                 "a link %s exists that is not ours; give the network another interface name, or mode=unmanaged to use a "
                 "bridge that is somebody else's", layout->bridge);
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "mode=unmanaged, but %s %s", layout->bridge,
                 exists ? "is not a bridge" : "does not exist; make the bridge first");
  return FALSE;
}

static gboolean
check_other (const FairleadBridgeLayout  *other,
             const char                  *network,
             gpointer                     user_data,
             GError                     **error)
{
  if (fairlead_bridge_layout_check_other (user_data, other, error))
    return TRUE;
  g_prefix_error (error, "containers are on the network %s: ", network);
  return FALSE;
}

gboolean
fairlead_bridge_check_free (FairleadBridgeHost          *host,
                            const FairleadBridgeLayout  *layout,
                            GError                     **error)
{
  return fairlead_bridge_host_each_layout (host, check_other, (gpointer) layout, error) &&
         (!fairlead_bridge_layout_is_managed (layout) ||
          (check_bridge (host, layout, error) && fairlead_bridge_subnet_check (host, layout, error)));
}

static gboolean
write_layout (FairleadSharedState         *state,
              const FairleadBridgeLayout  *layout,
              GError                     **error)
{
  return fairlead_shared_state_set_document (state, fairlead_bridge_layout_to_variant (layout), error);
}

static gboolean
is_set (const char *name)
{
  int value;

  return fairlead_bridge_sysctl_read (name, &value) && value != 0;
}

/* br_netfilter translates the answer to ::1 on the bridge already, so that it is dropped like what claims to be for
 * ::1. */
gboolean
fairlead_bridge_loopback6_is_closed (void)
{
  return is_set ("net/bridge/bridge-nf-call-ip6tables");
}

static void
look_at_netfilter (FairleadBridgeLayout *layout)
{
  layout->closed6 = fairlead_bridge_loopback6_is_closed ();
  layout->hairpin = layout->closed6 || is_set ("net/bridge/bridge-nf-call-iptables");
}

/* Into an internal network leads no published port. */
static gboolean
has_loopback_route (const FairleadBridgeLayout *layout)
{
  return !layout->closed6 && !layout->internal && fairlead_bridge_layout_has_family (layout, AF_INET6);
}

/* Before it is up: no router advertisement is listened to, and strict checks of the way back do not drop what comes in by
 * another network. For those the kernel takes the higher one of two settings. */
static gboolean
set_bridge_settings (const FairleadBridgeLayout  *layout,
                     GError                     **error)
{
  gboolean has_ipv6 = fairlead_bridge_layout_has_family (layout, AF_INET6);
  g_autofree char *name = g_strdup_printf ("net/ipv4/conf/%s/rp_filter", layout->bridge);
  int of_all = 0, own = 0;

  if (!fairlead_bridge_sysctl_set ("ipv6", layout->bridge, "accept_ra", 0, error) ||
      !fairlead_bridge_sysctl_set ("ipv6", layout->bridge, "disable_ipv6", !has_ipv6, error))
    return FALSE;
  fairlead_bridge_sysctl_read ("net/ipv4/conf/all/rp_filter", &of_all);
  fairlead_bridge_sysctl_read (name, &own);
  return MAX (of_all, own) != 1 || fairlead_bridge_sysctl_write (name, 2, error);
}

static gboolean
configure_bridge (FairleadBridgeSocket        *socket,
                  const FairleadBridgeLayout  *layout,
                  GError                     **error)
{
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  guint index = fairlead_bridge_link_get_index (socket, layout->bridge);

  for (guint i = 0; i < layout->n_subnets; i++)
    if (layout->subnets[i].gateway.family != 0)
      fairlead_bridge_link_add_address (batch, index, &layout->subnets[i].gateway, layout->subnets[i].prefix);
  fairlead_bridge_link_set_up (batch, index);
  if (has_loopback_route (layout))
    fairlead_bridge_link_add_loopback_route (batch, index);
  return fairlead_bridge_socket_send (socket, batch, error);
}

static gboolean
make_bridge (FairleadBridgeHost          *host,
             const FairleadBridgeLayout  *layout,
             GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  const FairleadBridgeLinkBridge bridge = { layout->bridge, layout->mac, layout->mtu, layout->vlan };

  if (socket == NULL)
    return FALSE;
  fairlead_bridge_link_add_bridge (batch, &bridge);
  if (fairlead_bridge_socket_send (socket, batch, error) && set_bridge_settings (layout, error) &&
      configure_bridge (socket, layout, error))
    return TRUE;
  g_prefix_error (error, "bridge %s%s: ", layout->bridge,
                  layout->vlan != 0 ? " with a VLAN, which not every kernel's bridges can have" : "");
  return FALSE;
}

static gboolean
add_rules (FairleadBridgeHost          *host,
           const FairleadBridgeLayout  *layout,
           GError                     **error)
{
  g_autoptr (GArray) elements = fairlead_bridge_layout_dup_elements (layout);

  return fairlead_bridge_table_add (host, layout, fairlead_bridge_elements (elements), elements->len, error);
}

static gboolean
join_zone (FairleadSharedState          *state,
           const FairleadBridgeChoices  *choices,
           FairleadBridgeLayout         *layout,
           GCancellable                 *cancellable,
           GError                      **error)
{
  if (!choices->use_firewalld || !fairlead_bridge_firewalld_is_running (cancellable))
    return TRUE;
  layout->zone = TRUE;
  return write_layout (state, layout, error) &&
         fairlead_bridge_firewalld_add (layout->bridge, cancellable, error);
}

static gboolean
make_managed (FairleadBridgeHost           *host,
              FairleadSharedState          *state,
              const FairleadBridgeChoices  *choices,
              FairleadBridgeLayout         *layout,
              GCancellable                 *cancellable,
              GError                      **error)
{
  return make_bridge (host, layout, error) && add_rules (host, layout, error) &&
         join_zone (state, choices, layout, cancellable, error);
}

static gboolean
plan_layout (FairleadBridgeHost           *host,
             FairleadSharedState          *state,
             FairleadBridgeNetwork        *network,
             const FairleadBridgeChoices  *choices,
             FairleadBridgeLayout         *layout,
             GError                      **error)
{
  const char *name = fairlead_shared_state_get_name (state);

  if (!fairlead_bridge_network_read_layout (network, layout, error))
    return FALSE;
  if (!fairlead_bridge_layout_is_managed (layout))
    return check_bridge (host, layout, error);
  if (!fairlead_bridge_check_free (host, layout, error) ||
      (layout->n_subnets == 0 && !fairlead_bridge_subnet_choose (host, name, choices->subnet_pools, choices->subnet_size,
                                                                 layout, error)))
    return FALSE;
  fairlead_bridge_mac_randomize (layout->mac);
  look_at_netfilter (layout);
  return TRUE;
}

/* One network at a time, so that each sees what the others are about to be: their bridges need not be there yet, or no
 * longer. */
static gboolean
reserve (FairleadBridgeHost           *host,
         FairleadSharedState          *state,
         FairleadBridgeNetwork        *network,
         const FairleadBridgeChoices  *choices,
         FairleadBridgeLayout         *layout,
         GCancellable                 *cancellable,
         GError                      **error)
{
  g_autoptr (FairleadSharedState) shared =
    fairlead_backend_open_shared_state (host->backend, FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);

  if (shared == NULL || !plan_layout (host, state, network, choices, layout, error) ||
      !write_layout (state, layout, error))
    return FALSE;
  return !fairlead_bridge_layout_is_managed (layout) ||
         (fairlead_bridge_settings_acquire (host, shared, fairlead_shared_state_get_name (state), layout, error) &&
          write_layout (state, layout, error));
}

gboolean
fairlead_bridge_make (FairleadBridgeHost           *host,
                      FairleadSharedState          *state,
                      FairleadBridgeNetwork        *network,
                      const FairleadBridgeChoices  *choices,
                      FairleadBridgeLayout         *layout,
                      GCancellable                 *cancellable,
                      GError                      **error)
{
  static const char * const nobody[] = { NULL };
  g_autoptr (GError) undo_error = NULL;

  /* What an interrupted attempt left; and addresses of containers of another network namespace, or from before a start of
   * the machine. */
  if ((fairlead_shared_state_get_document (state) != NULL && !fairlead_bridge_remove (host, state, choices, error)) ||
      !fairlead_bridge_pool_collect (fairlead_shared_state_get_directory (state), nobody, error))
    return FALSE;
  if (reserve (host, state, network, choices, layout, cancellable, error) &&
      (!fairlead_bridge_layout_is_managed (layout) || make_managed (host, state, choices, layout, cancellable, error)))
    {
      layout->made = TRUE;
      if (write_layout (state, layout, error))
        return TRUE;
    }
  if (!fairlead_bridge_remove (host, state, choices, &undo_error))
    g_prefix_error (error, "the network could not be made, and what was made could not all be removed (%s): ",
                    undo_error->message);
  return FALSE;
}

static gboolean
is_our_bridge (const FairleadBridgeLayout    *layout,
               const FairleadBridgeLinkInfo  *info)
{
  return info->is_bridge && memcmp (info->mac, layout->mac, sizeof info->mac) == 0;
}

static gboolean
remove_bridge (FairleadBridgeHost          *host,
               const FairleadBridgeLayout  *layout,
               GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  g_autoptr (GError) local_error = NULL;
  FairleadBridgeFailure failure;
  FairleadBridgeLinkInfo info;

  if (socket == NULL)
    return FALSE;
  if (!fairlead_bridge_link_look (socket, layout->bridge, &info, &local_error) && local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!is_our_bridge (layout, &info))
    return TRUE;
  fairlead_bridge_link_delete (batch, layout->bridge);
  if (fairlead_bridge_socket_try (socket, batch, &failure) || failure.saved_errno == ENODEV)
    return TRUE;
  fairlead_bridge_set_failure (batch, &failure, error);
  g_prefix_error (error, "bridge %s: ", layout->bridge);
  return FALSE;
}

/* A step that fails does not stop the next; the first error is kept. */
static gboolean
remove_managed (FairleadBridgeHost           *host,
                FairleadSharedState          *state,
                const FairleadBridgeChoices  *choices,
                const FairleadBridgeLayout   *layout,
                GError                      **error)
{
  g_autoptr (GArray) elements = fairlead_bridge_layout_dup_elements (layout);
  gboolean removed = !layout->zone || !choices->use_firewalld || fairlead_bridge_firewalld_remove (layout->bridge, error);

  if (layout->table != NULL)
    removed = fairlead_bridge_table_remove (host, layout->table, fairlead_bridge_elements (elements), elements->len,
                                            removed ? error : NULL) && removed;
  removed = remove_bridge (host, layout, removed ? error : NULL) && removed;
  return fairlead_bridge_settings_release (host, fairlead_shared_state_get_name (state), removed ? error : NULL) && removed;
}

gboolean
fairlead_bridge_remove (FairleadBridgeHost           *host,
                        FairleadSharedState          *state,
                        const FairleadBridgeChoices  *choices,
                        GError                      **error)
{
  GVariant *document = fairlead_shared_state_get_document (state);
  g_auto (FairleadBridgeLayout) layout = { 0 };

  fairlead_bridge_pool_remove (fairlead_shared_state_get_directory (state));
  /* Of a network whose document was lost, what it has in common with others can still be given back. */
  if (document == NULL)
    return fairlead_bridge_settings_release (host, fairlead_shared_state_get_name (state), error);
  if (!fairlead_bridge_layout_read (&layout, document, error))
    return FALSE;
  if (fairlead_bridge_layout_is_managed (&layout) && !remove_managed (host, state, choices, &layout, error))
    {
      /* The next container makes it anew, after the rest of this. */
      layout.made = FALSE;
      write_layout (state, &layout, NULL);
      return FALSE;
    }
  return fairlead_shared_state_set_document (state, NULL, error);
}

gboolean
fairlead_bridge_find (FairleadBridgeHost          *host,
                      const FairleadBridgeLayout  *layout,
                      FairleadBridgeLinkInfo      *info,
                      GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  const gboolean managed = fairlead_bridge_layout_is_managed (layout);
  g_autoptr (GError) local_error = NULL;
  gboolean found;

  if (socket == NULL)
    return FALSE;
  found = fairlead_bridge_link_look (socket, layout->bridge, info, &local_error);
  if (found && (managed ? is_our_bridge (layout, info) : info->is_bridge))
    return TRUE;
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the bridge %s is gone%s", layout->bridge,
                 found     ? ": the link of that name is another one"
                 : managed ? "; \"fairlead reload\" brings it back"
                           : "");
  return FALSE;
}

static gboolean
verify_bridge (FairleadBridgeHost          *host,
               const FairleadBridgeLayout  *layout,
               GError                     **error)
{
  FairleadBridgeLinkInfo info;

  if (!fairlead_bridge_find (host, layout, &info, error))
    return FALSE;
  if (info.is_up || !fairlead_bridge_layout_is_managed (layout))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "the bridge %s is down; \"fairlead reload\" brings it back", layout->bridge);
  return FALSE;
}

/* What matters is only what was turned on: what was turned off leaves more than is needed. */
static gboolean
verify_netfilter (const FairleadBridgeLayout  *layout,
                  GError                     **error)
{
  FairleadBridgeLayout now = { 0 };

  look_at_netfilter (&now);
  if (now.hairpin <= layout->hairpin && now.closed6 <= layout->closed6)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "br_netfilter has come since the bridge %s was made, and keeps containers from their own published "
               "ports; \"fairlead reload\" sets the ports of the bridge to it", layout->bridge);
  return FALSE;
}

static gboolean
verify_loopback (FairleadBridgeHost          *host,
                 const FairleadBridgeLayout  *layout,
                 GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);

  if (socket == NULL)
    return FALSE;
  if (!has_loopback_route (layout) ||
      fairlead_bridge_link_has_loopback_route (socket, fairlead_bridge_link_get_index (socket, layout->bridge)))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "the route \"local ::1 dev %s\" is gone; \"fairlead reload\" puts it back", layout->bridge);
  return FALSE;
}

typedef struct
{
  const FairleadBridgeLayout *layout;
  guint index;
  guint found; /* a bit for each subnet */
} GatewaySearch;

static gboolean
note_gateway (const FairleadBridgeSubnet *address,
              guint                       index,
              gpointer                    user_data)
{
  GatewaySearch *search = user_data;

  for (guint i = 0; i < search->layout->n_subnets; i++)
    if (index == search->index && fairlead_bridge_address_equal (&address->base, &search->layout->subnets[i].gateway))
      search->found |= 1u << i;
  return TRUE;
}

static gboolean
verify_gateways (FairleadBridgeHost          *host,
                 const FairleadBridgeLayout  *layout,
                 GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  GatewaySearch search = { .layout = layout };

  if (socket == NULL)
    return FALSE;
  search.index = fairlead_bridge_link_get_index (socket, layout->bridge);
  if (!fairlead_bridge_link_each_address (socket, note_gateway, &search, error))
    return FALSE;
  for (guint i = 0; i < layout->n_subnets; i++)
    if ((search.found & 1u << i) == 0)
      {
        g_autofree char *gateway = fairlead_bridge_address_to_string (&layout->subnets[i].gateway);

        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                     "the bridge %s no longer has the address %s; \"fairlead reload\" puts it back", layout->bridge, gateway);
        return FALSE;
      }
  return TRUE;
}

static gboolean
verify_rules (FairleadBridgeHost          *host,
              const FairleadBridgeLayout  *layout,
              GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_nft (host, error);
  g_autoptr (GArray) elements = fairlead_bridge_layout_dup_elements (layout);

  if (socket == NULL || !fairlead_bridge_table_verify (host, layout->table, error))
    return FALSE;
  for (guint i = 0; i < elements->len; i++)
    {
      const FairleadBridgeElement *element = &g_array_index (elements, FairleadBridgeElement, i);
      guint8 data[FAIRLEAD_BRIDGE_MAX_DATA];

      if (fairlead_bridge_nft_get_element (socket, layout->table, element, data) &&
          memcmp (data, element->data, fairlead_bridge_sets[element->set].data_length) == 0)
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                   "the bridge %s is no longer in \"%s\" of the table inet %s of nf_tables; \"fairlead reload\" puts it "
                   "back", layout->bridge, fairlead_bridge_sets[element->set].name, layout->table);
      return FALSE;
    }
  return TRUE;
}

gboolean
fairlead_bridge_verify (FairleadBridgeHost           *host,
                        const FairleadBridgeChoices  *choices,
                        const FairleadBridgeLayout   *layout,
                        GCancellable                 *cancellable,
                        GError                      **error)
{
  return verify_bridge (host, layout, error) &&
         (!fairlead_bridge_layout_is_managed (layout) ||
          (verify_gateways (host, layout, error) && verify_loopback (host, layout, error) &&
           verify_rules (host, layout, error) && verify_netfilter (layout, error) &&
           fairlead_bridge_settings_check (layout, error) &&
           (!choices->use_firewalld || fairlead_bridge_firewalld_verify (layout->bridge, cancellable, error))));
}

static gboolean
open_loopback6 (FairleadBridgeHost          *host,
                const FairleadBridgeLayout  *layout,
                GError                     **error)
{
  g_autoptr (GArray) elements = fairlead_bridge_layout_dup_elements (layout);

  for (guint i = 0; i < elements->len; i++)
    {
      const FairleadBridgeElement *element = &g_array_index (elements, FairleadBridgeElement, i);

      if (element->set == FAIRLEAD_BRIDGE_SET_CLOSED6 &&
          !fairlead_bridge_table_remove (host, layout->table, element, 1, error))
        return FALSE;
    }
  return TRUE;
}

/* br_netfilter may have come or gone since the bridge was made. What an interruption leaves is found by the next
 * check. */
static gboolean
restore_netfilter (FairleadBridgeHost    *host,
                   FairleadSharedState   *state,
                   FairleadBridgeLayout  *layout,
                   GError               **error)
{
  FairleadBridgeLayout now = { 0 };

  look_at_netfilter (&now);
  if (now.hairpin == layout->hairpin && now.closed6 == layout->closed6)
    return TRUE;
  if (!now.closed6 && !open_loopback6 (host, layout, error))
    return FALSE;
  layout->hairpin = now.hairpin;
  layout->closed6 = now.closed6;
  return write_layout (state, layout, error);
}

/* What is there already is as good. */
static gboolean
send_unless_there (FairleadBridgeSocket  *socket,
                   FairleadBridgeBatch   *batch,
                   GError               **error)
{
  FairleadBridgeFailure failure;

  if (fairlead_bridge_socket_try (socket, batch, &failure) || failure.saved_errno == EEXIST)
    return TRUE;
  fairlead_bridge_set_failure (batch, &failure, error);
  return FALSE;
}

/* The addresses, and then what the kernel had to forget with them. */
static gboolean
restore_addresses (FairleadBridgeSocket        *socket,
                   const FairleadBridgeLayout  *layout,
                   guint                        index,
                   GError                     **error)
{
  g_autoptr (FairleadBridgeBatch) route = fairlead_bridge_batch_new ();

  for (guint i = 0; i < layout->n_subnets; i++)
    {
      g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();

      if (layout->subnets[i].gateway.family == 0)
        continue;
      fairlead_bridge_link_add_address (batch, index, &layout->subnets[i].gateway, layout->subnets[i].prefix);
      if (!send_unless_there (socket, batch, error))
        return FALSE;
    }
  if (!has_loopback_route (layout))
    return TRUE;
  fairlead_bridge_link_add_loopback_route (route, index);
  return send_unless_there (socket, route, error);
}

/* One that somebody removed is made again, with the same hardware address, so that the containers notice nothing; their links
 * come back with each one's own reload. A link of that name which is not ours is not touched. */
static gboolean
restore_bridge (FairleadBridgeHost          *host,
                const FairleadBridgeLayout  *layout,
                GError                     **error)
{
  FairleadBridgeSocket *socket = fairlead_bridge_host_get_route (host, error);
  g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
  g_autoptr (GError) local_error = NULL;
  FairleadBridgeLinkInfo info;

  if (socket == NULL)
    return FALSE;
  if (!fairlead_bridge_link_look (socket, layout->bridge, &info, &local_error))
    {
      if (local_error == NULL)
        return make_bridge (host, layout, error);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!is_our_bridge (layout, &info))
    return verify_bridge (host, layout, error);
  /* Before it is up: an earlier attempt may have been interrupted after the bridge itself. */
  fairlead_bridge_link_set_up (batch, info.index);
  return set_bridge_settings (layout, error) && (info.is_up || fairlead_bridge_socket_send (socket, batch, error)) &&
         restore_addresses (socket, layout, info.index, error);
}

gboolean
fairlead_bridge_restore (FairleadBridgeHost           *host,
                         FairleadSharedState          *state,
                         const FairleadBridgeChoices  *choices,
                         FairleadBridgeLayout         *layout,
                         GCancellable                 *cancellable,
                         GError                      **error)
{
  g_autoptr (GArray) elements = NULL;

  if (!fairlead_bridge_layout_is_managed (layout))
    return verify_bridge (host, layout, error);
  if (!restore_netfilter (host, state, layout, error) || !restore_bridge (host, layout, error) ||
      !fairlead_bridge_settings_restore (host, layout, cancellable, error))
    return FALSE;
  elements = fairlead_bridge_layout_dup_elements (layout);
  return fairlead_bridge_table_restore (host, layout, fairlead_bridge_elements (elements), elements->len, NULL,
                                        error) &&
         join_zone (state, choices, layout, cancellable, error);
}

static char *
dup_loopback_setting (const FairleadBridgeLayout *layout)
{
  return g_strdup_printf ("net/ipv4/conf/%s/route_localnet", layout->bridge);
}

gboolean
fairlead_bridge_allow_loopback (const FairleadBridgeLayout  *layout,
                                GError                     **error)
{
  g_autofree char *name = dup_loopback_setting (layout);

  return is_set (name) || fairlead_bridge_sysctl_write (name, 1, error);
}

gboolean
fairlead_bridge_verify_loopback (const FairleadBridgeLayout  *layout,
                                 GError                     **error)
{
  g_autofree char *name = dup_loopback_setting (layout);

  if (is_set (name))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "published ports no longer answer on 127.0.0.1: %s is 0; \"fairlead reload\" sets it again", name);
  return FALSE;
}
