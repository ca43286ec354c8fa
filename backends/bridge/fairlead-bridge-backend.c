/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

#include <string.h>

#include "fairlead-bridge-attach.h"
#include "fairlead-bridge-dns.h"
#include "fairlead-bridge-make.h"
#include "fairlead-bridge-pool.h"
#include "fairlead-bridge-publish.h"
#include "fairlead-bridge-resolv.h"
#include "fairlead-bridge-subnet.h"

/*
 * Containers on a bridge of the host, with nothing but the kernel's own interfaces: no plugin, no daemon, no program.
 *
 * What belongs to one container is in its attachment's document (FairleadBridgePort), what belongs to a network in the
 * network's shared state (FairleadBridgeLayout), what belongs to the host in the backend's. Each is written before it is
 * made. A container's setup holds the network's lock together with others; only the first and the last container of a
 * network have it alone, to make and remove the bridge.
 */

typedef struct
{
  FairleadBackend parent_instance;

  FairleadBridgeSockets *sockets;
  char **subnet_pools;
  guint subnet_size;
  gboolean firewalld;
  char *dns_program; /* (nullable) */
} FairleadBridgeBackend;

typedef struct
{
  FairleadBackendClass parent_class;
} FairleadBridgeBackendClass;

#define FAIRLEAD_BRIDGE_BACKEND(obj) ((FairleadBridgeBackend *) (obj))

static GType fairlead_bridge_backend_get_type (void);

G_DEFINE_FINAL_TYPE (FairleadBridgeBackend, fairlead_bridge_backend, FAIRLEAD_TYPE_BACKEND)

enum
{
  PROP_SUBNET_POOLS = 1,
  PROP_SUBNET_SIZE,
  PROP_FIREWALLD,
  PROP_DNS_PROGRAM,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* As many addresses as a bridge has ports. */
#define DEFAULT_SIZE 22

static const char * const default_pools[] = { "10.90.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", NULL };

#define PORTS (FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_PORTS_UDP | FAIRLEAD_BACKEND_CAP_PORTS_SCTP | \
               FAIRLEAD_BACKEND_CAP_PORTS_IPV6 | FAIRLEAD_BACKEND_CAP_LIVE_PORTS)

static void
open_host (FairleadBackend    *backend,
           FairleadBridgeHost *host)
{
  fairlead_bridge_host_init (host, backend, FAIRLEAD_BRIDGE_BACKEND (backend)->sockets);
}

static FairleadBridgeChoices
get_choices (FairleadBackend *backend)
{
  FairleadBridgeBackend *self = FAIRLEAD_BRIDGE_BACKEND (backend);

  return (FairleadBridgeChoices) {
    .subnet_pools = (const char * const *) self->subnet_pools,
    .subnet_size = self->subnet_size,
    .use_firewalld = self->firewalld,
  };
}

static FairleadBackendCapabilities
fairlead_bridge_backend_get_capabilities (FairleadBackend *backend,
                                          FairleadNetwork *network)
{
  FairleadBackendCapabilities all =
    FAIRLEAD_BACKEND_CLASS (fairlead_bridge_backend_parent_class)->get_capabilities (backend, network);

  /* Into an internal network leads no way, and on a bridge that is somebody else's we have no rules. */
  if (network != NULL && (!fairlead_bridge_network_is_managed (FAIRLEAD_BRIDGE_NETWORK (network)) ||
                          fairlead_bridge_network_is_internal (FAIRLEAD_BRIDGE_NETWORK (network))))
    all &= ~PORTS;
  return all;
}

static gboolean
fairlead_bridge_backend_plan (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  FairleadBridgeBackend *self = FAIRLEAD_BRIDGE_BACKEND (backend);
  FairleadBridgeNetwork *network = FAIRLEAD_BRIDGE_NETWORK (fairlead_attachment_get_network (attachment));
  g_auto (FairleadBridgeHost) host = { 0 };
  g_autofree char *program = NULL;

  if (fairlead_bridge_network_get_dns (network))
    {
      program = fairlead_bridge_dns_dup_program (self->dns_program, error);
      if (program == NULL)
        return FALSE;
    }
  open_host (backend, &host);
  return fairlead_bridge_attach_plan (&host, attachment, error);
}

static gboolean
check_settings (FairleadBridgeNetwork       *network,
                const FairleadBridgeLayout  *layout,
                GError                     **error)
{
  g_auto (FairleadBridgeLayout) wanted = { 0 };

  if (!fairlead_bridge_network_read_layout (network, &wanted, error))
    return FALSE;
  if (g_strcmp0 (wanted.settings, layout->settings) == 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
               "the settings of the network have changed since its bridge %s was made; tear its containers down first",
               layout->bridge);
  return FALSE;
}

static gboolean
read_made (FairleadSharedState   *state,
           FairleadBridgeLayout  *layout,
           GError               **error)
{
  GVariant *document = fairlead_shared_state_get_document (state);

  if (document == NULL || !fairlead_bridge_layout_read (layout, document, error))
    return FALSE;
  if (layout->made)
    return TRUE;
  fairlead_bridge_layout_clear (layout);
  return FALSE;
}

/* Users and names are ids of containers, so that each can be there once. */
static gboolean
check_once (FairleadAttachment   *attachment,
            FairleadSharedState  *state,
            GError              **error)
{
  const char *id = fairlead_attachment_get_container_id (attachment);

  if (!fairlead_shared_state_has_user (state, id))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "a container can be on the network once, and one with the id %s is (\"fairlead gc\" forgets it if it is gone)",
               id);
  return FALSE;
}

/* The network's shared state, with its bridge there and the container noted as a user: the first container makes it. */
static FairleadSharedState *
join_network (FairleadBridgeHost    *host,
              FairleadAttachment    *attachment,
              FairleadBridgeLayout  *layout,
              GCancellable          *cancellable,
              GError               **error)
{
  FairleadNetwork *network = fairlead_attachment_get_network (attachment);
  FairleadBridgeChoices choices = get_choices (host->backend);
  g_autoptr (FairleadSharedState) state =
    fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_USE, cancellable, error);
  g_autoptr (GError) local_error = NULL;
  gboolean made = state != NULL && read_made (state, layout, &local_error);

  if (state != NULL && local_error == NULL && !made)
    {
      fairlead_shared_state_close (state);
      g_clear_object (&state);
      state = fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);
      made = state != NULL && (read_made (state, layout, &local_error) ||
                               (local_error == NULL &&
                                fairlead_bridge_make (host, state, FAIRLEAD_BRIDGE_NETWORK (network), &choices, layout,
                                                      cancellable, error)));
    }
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  if (!made || !check_settings (FAIRLEAD_BRIDGE_NETWORK (network), layout, error) ||
      !check_once (attachment, state, error) ||
      !fairlead_shared_state_add_user (state, fairlead_attachment_get_container_id (attachment), error))
    return NULL;
  return g_steal_pointer (&state);
}

static void
set_dns (FairleadAttachment         *attachment,
         const FairleadBridgeLayout *layout)
{
  FairleadBridgeNetwork *network = FAIRLEAD_BRIDGE_NETWORK (fairlead_attachment_get_network (attachment));
  const char * const *own = fairlead_bridge_network_get_dns_servers (network);
  g_auto (FairleadBridgeResolv) resolv = { 0 };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) servers = NULL;

  if (!layout->internal || fairlead_bridge_network_get_dns (network))
    fairlead_bridge_resolv_read (&resolv);
  else
    fairlead_bridge_resolv_parse (&resolv, "");
  for (guint i = 0; fairlead_bridge_network_get_dns (network) && i < layout->n_subnets; i++)
    {
      g_autofree char *gateway = fairlead_bridge_address_to_string (&layout->subnets[i].gateway);

      g_strv_builder_add (builder, gateway);
    }
  if (!fairlead_bridge_network_get_dns (network))
    g_strv_builder_addv (builder, *own != NULL ? (const char **) own : (const char **) resolv.servers);
  servers = g_strv_builder_end (builder);
  fairlead_attachment_set_dns (attachment, (const char * const *) servers, (const char * const *) resolv.searches,
                               (const char * const *) resolv.options);
}

static gboolean
add_name (FairleadBridgeHost          *host,
          FairleadAttachment          *attachment,
          const FairleadBridgeLayout  *layout,
          const FairleadBridgePort    *port,
          GCancellable                *cancellable,
          GError                     **error)
{
  FairleadBridgeNetwork *network = FAIRLEAD_BRIDGE_NETWORK (fairlead_attachment_get_network (attachment));
  g_autofree char *program = NULL;

  if (!port->dns)
    return TRUE;
  program = fairlead_bridge_dns_dup_program (FAIRLEAD_BRIDGE_BACKEND (host->backend)->dns_program, error);
  return program != NULL && fairlead_bridge_dns_add (host, program, fairlead_attachment_get_network_name (attachment),
                                                     fairlead_attachment_get_container_id (attachment), layout,
                                                     fairlead_bridge_network_get_dns_servers (network), port,
                                                     cancellable, error);
}

static gboolean
fairlead_bridge_backend_setup (FairleadBackend     *backend,
                               FairleadAttachment  *attachment,
                               GCancellable        *cancellable,
                               GError             **error)
{
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_auto (FairleadBridgePort) port = { 0 };
  g_autoptr (FairleadSharedState) state = NULL;

  open_host (backend, &host);
  state = join_network (&host, attachment, &layout, cancellable, error);
  if (state == NULL || !fairlead_bridge_attach_prepare (attachment, state, &layout, &port, error) ||
      g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !fairlead_bridge_attach_links (&host, attachment, &layout, &port, error) ||
      !fairlead_bridge_publish (&host, &layout, &port, fairlead_attachment_get_port_mappings (attachment), error) ||
      !add_name (&host, attachment, &layout, &port, cancellable, error) ||
      g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !fairlead_bridge_attach_result (attachment, &layout, &port, error))
    return FALSE;
  set_dns (attachment, &layout);
  port.made = TRUE;
  fairlead_attachment_set_document (attachment, fairlead_bridge_port_to_variant (&port));
  return TRUE;
}

/* The last container takes the bridge with it. That nobody uses it any more has to be seen again with the lock alone. */
static gboolean
leave_network (FairleadBridgeHost  *host,
               FairleadNetwork     *network,
               GError             **error)
{
  FairleadBridgeChoices choices = get_choices (host->backend);
  g_autoptr (FairleadSharedState) state =
    fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE, NULL, error);

  return state != NULL &&
         (fairlead_shared_state_has_users (state) || fairlead_bridge_remove (host, state, &choices, error));
}

static gboolean
give_back (FairleadAttachment        *attachment,
           FairleadSharedState       *state,
           const FairleadBridgePort  *port,
           GError                   **error)
{
  const char *id = fairlead_attachment_get_container_id (attachment);

  for (guint i = 0; i < port->n_addresses; i++)
    if (!fairlead_bridge_pool_give (fairlead_shared_state_get_directory (state), &port->addresses[i], id, error))
      return FALSE;
  return fairlead_shared_state_remove_user (state, id, error);
}

/* A step that fails does not stop the next; the first error is kept. */
static void
note_failure (GError **failure,
              GError  *error)
{
  if (error == NULL)
    return;
  if (*failure == NULL)
    *failure = error;
  else
    g_error_free (error);
}

/* Published ports lead nowhere first; then the container is off the bridge; then the address can be another's. */
static gboolean
detach (FairleadBridgeHost        *host,
        FairleadAttachment        *attachment,
        FairleadSharedState       *state,
        const FairleadBridgePort  *port,
        GError                   **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);
  GError *failure = NULL;
  GError *step_error = NULL;

  fairlead_bridge_unpublish (host, port, mappings, &step_error);
  note_failure (&failure, g_steal_pointer (&step_error));
  if (port->dns)
    fairlead_bridge_dns_remove (host, fairlead_attachment_get_network_name (attachment),
                                fairlead_attachment_get_container_id (attachment), &step_error);
  note_failure (&failure, g_steal_pointer (&step_error));
  fairlead_bridge_detach_links (host, attachment, port, &step_error);
  note_failure (&failure, g_steal_pointer (&step_error));
  /* What still works keeps its address. */
  if (failure == NULL && give_back (attachment, state, port, &failure))
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

static gboolean
fairlead_bridge_backend_teardown (FairleadBackend        *backend,
                                  FairleadAttachment     *attachment,
                                  FairleadTeardownFlags   flags,
                                  GCancellable           *cancellable,
                                  GError                **error)
{
  FairleadNetwork *network = fairlead_attachment_get_network (attachment);
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgePort) port = { 0 };
  g_autoptr (FairleadSharedState) state = NULL;
  g_autoptr (GError) local_error = NULL;
  gboolean has_port, is_used;

  open_host (backend, &host);
  has_port = fairlead_bridge_port_read (&port, fairlead_attachment_get_document (attachment), &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  state = fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_USE, cancellable, error);
  if (state == NULL)
    return FALSE;
  if (has_port ? !detach (&host, attachment, state, &port, error)
               : !fairlead_shared_state_remove_user (state, fairlead_attachment_get_container_id (attachment), error))
    return FALSE;
  is_used = fairlead_shared_state_has_users (state);
  fairlead_shared_state_close (state);
  return is_used || leave_network (&host, network, error);
}

/* What check, reload and the ports of a living container begin with. */
static gboolean
read_attachment (FairleadAttachment    *attachment,
                 FairleadSharedState   *state,
                 FairleadBridgeLayout  *layout,
                 FairleadBridgePort    *port,
                 GError               **error)
{
  GVariant *document = fairlead_shared_state_get_document (state);
  g_autoptr (GError) local_error = NULL;

  if (document == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "what the containers on the network share is gone");
      return FALSE;
    }
  if (!fairlead_bridge_layout_read (layout, document, error))
    return FALSE;
  if (fairlead_bridge_port_read (port, fairlead_attachment_get_document (attachment), &local_error))
    return TRUE;
  if (local_error == NULL)
    g_set_error_literal (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                         "the state says nothing of the container's place on the bridge");
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
check_leases (FairleadAttachment        *attachment,
              FairleadSharedState       *state,
              const FairleadBridgePort  *port,
              GError                   **error)
{
  for (guint i = 0; i < port->n_addresses; i++)
    {
      g_autofree char *owner =
        fairlead_bridge_pool_dup_owner (fairlead_shared_state_get_directory (state), &port->addresses[i]);
      g_autofree char *text = NULL;

      if (g_strcmp0 (owner, fairlead_attachment_get_container_id (attachment)) == 0)
        continue;
      text = fairlead_bridge_address_to_string (&port->addresses[i]);
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the lease of the address %s is %s%s", text,
                   owner != NULL ? "that of container " : "gone", owner != NULL ? owner : "");
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_name (FairleadBridgeHost          *host,
            FairleadAttachment          *attachment,
            const FairleadBridgeLayout  *layout,
            const FairleadBridgePort    *port,
            GError                     **error)
{
  return !port->dns ||
         fairlead_bridge_dns_verify (host, fairlead_attachment_get_network_name (attachment),
                                     fairlead_attachment_get_container_id (attachment), layout, error);
}

static gboolean
fairlead_bridge_backend_check (FairleadBackend     *backend,
                               FairleadAttachment  *attachment,
                               GCancellable        *cancellable,
                               GError             **error)
{
  FairleadBridgeChoices choices = get_choices (backend);
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_auto (FairleadBridgePort) port = { 0 };
  g_autoptr (FairleadSharedState) state = NULL;

  open_host (backend, &host);
  if (!FAIRLEAD_BACKEND_CLASS (fairlead_bridge_backend_parent_class)->check (backend, attachment, cancellable, error))
    return FALSE;
  state = fairlead_network_open_shared_state (fairlead_attachment_get_network (attachment), FAIRLEAD_SHARED_ACCESS_USE,
                                              cancellable, error);
  return state != NULL && read_attachment (attachment, state, &layout, &port, error) &&
         fairlead_bridge_verify (&host, &choices, &layout, cancellable, error) &&
         fairlead_bridge_attach_verify (&host, attachment, &layout, &port, error) &&
         check_leases (attachment, state, &port, error) && check_name (&host, attachment, &layout, &port, error) &&
         fairlead_bridge_publish_verify (&host, &layout, &port, fairlead_attachment_get_port_mappings (attachment),
                                         error);
}

static gboolean
fairlead_bridge_backend_reload (FairleadBackend     *backend,
                                FairleadAttachment  *attachment,
                                GCancellable        *cancellable,
                                GError             **error)
{
  FairleadBridgeChoices choices = get_choices (backend);
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_auto (FairleadBridgePort) port = { 0 };
  g_autoptr (FairleadSharedState) state = NULL;

  open_host (backend, &host);
  state = fairlead_network_open_shared_state (fairlead_attachment_get_network (attachment),
                                              FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);
  return state != NULL && read_attachment (attachment, state, &layout, &port, error) &&
         fairlead_bridge_restore (&host, state, &choices, &layout, cancellable, error) &&
         fairlead_bridge_attach_restore (&host, &layout, &port, error) &&
         fairlead_bridge_publish_restore (&host, &layout, &port, fairlead_attachment_get_port_mappings (attachment),
                                          error) &&
         add_name (&host, attachment, &layout, &port, cancellable, error);
}

static GListModel *
list_of (FairleadPortMapping *mapping)
{
  GListStore *list = g_list_store_new (FAIRLEAD_TYPE_PORT_MAPPING);

  g_list_store_append (list, mapping);
  return G_LIST_MODEL (list);
}

static gboolean
fairlead_bridge_backend_publish (FairleadBackend      *backend,
                                 FairleadAttachment   *attachment,
                                 FairleadPortMapping  *mapping,
                                 GCancellable         *cancellable,
                                 GError              **error)
{
  g_autoptr (GListModel) mappings = list_of (mapping);
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_auto (FairleadBridgePort) port = { 0 };
  g_autoptr (FairleadSharedState) state = NULL;

  open_host (backend, &host);
  if (!fairlead_bridge_publish_probe (&host, mapping, error))
    return FALSE;
  state = fairlead_network_open_shared_state (fairlead_attachment_get_network (attachment), FAIRLEAD_SHARED_ACCESS_USE,
                                              cancellable, error);
  return state != NULL && read_attachment (attachment, state, &layout, &port, error) &&
         fairlead_bridge_publish (&host, &layout, &port, mappings, error);
}

static gboolean
fairlead_bridge_backend_unpublish (FairleadBackend      *backend,
                                   FairleadAttachment   *attachment,
                                   FairleadPortMapping  *mapping,
                                   GCancellable         *cancellable,
                                   GError              **error)
{
  g_autoptr (GListModel) mappings = list_of (mapping);
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgePort) port = { 0 };
  g_autoptr (GError) local_error = NULL;

  open_host (backend, &host);
  if (fairlead_bridge_port_read (&port, fairlead_attachment_get_document (attachment), &local_error))
    return fairlead_bridge_unpublish (&host, &port, mappings, error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static GVariant *
fairlead_bridge_backend_inspect (FairleadBackend     *backend,
                                 FairleadAttachment  *attachment,
                                 GCancellable        *cancellable,
                                 GError             **error)
{
  g_autoptr (GVariant) base =
    FAIRLEAD_BACKEND_CLASS (fairlead_bridge_backend_parent_class)->inspect (backend, attachment, cancellable, error);
  g_auto (FairleadBridgePort) port = { 0 };
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (base == NULL)
    return NULL;
  g_variant_dict_clear (&dict);
  g_variant_dict_init (&dict, base);
  if (fairlead_bridge_port_read (&port, fairlead_attachment_get_document (attachment), NULL))
    {
      g_variant_dict_insert (&dict, "Bridge", "s", port.bridge);
      g_variant_dict_insert (&dict, "HostInterface", "s", port.host_name);
      if (port.table != NULL)
        g_variant_dict_insert (&dict, "NftTable", "s", port.table);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
check_file (const FairleadBridgeLayout  *layout,
            FairleadNetwork             *other,
            GError                     **error)
{
  g_auto (FairleadBridgeLayout) other_layout = { 0 };

  if (!fairlead_bridge_network_read_layout (FAIRLEAD_BRIDGE_NETWORK (other), &other_layout, NULL) ||
      fairlead_bridge_layout_check_other (layout, &other_layout, error))
    return TRUE;
  g_prefix_error (error, "another network is %s: ", fairlead_network_get_name (other));
  return FALSE;
}

/* Containers may be on it, whether a file describes it or not. */
static gboolean
check_unused (FairleadNetwork  *network,
              GError          **error)
{
  g_autoptr (GVariant) document = fairlead_network_dup_shared_document (network, NULL);

  if (document == NULL)
    return TRUE;
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
                       "containers are on a network of that name; tear them down first");
  return FALSE;
}

/* The built-in network is there without a file, unless one describes it. */
static gboolean
check_builtin (FairleadBackend             *backend,
               const FairleadBridgeLayout  *layout,
               GListModel                  *others,
               GError                     **error)
{
  const char *name = fairlead_backend_get_name (backend);
  g_autoptr (FairleadNetwork) builtin = fairlead_network_new (FAIRLEAD_TYPE_BRIDGE_NETWORK, name, name, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (others); i++)
    {
      g_autoptr (FairleadNetwork) other = g_list_model_get_item (others, i);

      if (strcmp (fairlead_network_get_name (other), name) == 0)
        return TRUE;
    }
  return check_file (layout, builtin, error);
}

static gboolean
fairlead_bridge_backend_check_new_network (FairleadBackend  *backend,
                                           FairleadNetwork  *network,
                                           GListModel       *others,
                                           GCancellable     *cancellable,
                                           GError          **error)
{
  gboolean is_builtin = strcmp (fairlead_network_get_name (network), fairlead_backend_get_name (backend)) == 0;
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgeLayout) layout = { 0 };

  open_host (backend, &host);
  if (!fairlead_bridge_network_read_layout (FAIRLEAD_BRIDGE_NETWORK (network), &layout, error) ||
      !check_unused (network, error) || (!is_builtin && !check_builtin (backend, &layout, others, error)))
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (others); i++)
    {
      g_autoptr (FairleadNetwork) other = g_list_model_get_item (others, i);

      if (!check_file (&layout, other, error))
        return FALSE;
    }
  return fairlead_bridge_check_free (&host, &layout, error);
}

static gboolean
has_room (FairleadSharedState         *state,
          const FairleadBridgeLayout  *layout,
          GError                     **error)
{
  FairleadBridgeAddress address;

  for (guint i = 0; i < layout->n_subnets; i++)
    if (!fairlead_bridge_pool_find (fairlead_shared_state_get_directory (state), &layout->subnets[i], &address, error))
      return FALSE;
  return TRUE;
}

/* A bridge of ours must be free to be made, somebody else's has to be there. */
static gboolean
check_makeable (FairleadBridgeHost     *host,
                FairleadBridgeNetwork  *network,
                GError                **error)
{
  g_auto (FairleadBridgeLayout) layout = { 0 };
  FairleadBridgeLinkInfo info;

  if (!fairlead_bridge_network_read_layout (network, &layout, error))
    return FALSE;
  return fairlead_bridge_layout_is_managed (&layout) ? fairlead_bridge_check_free (host, &layout, error)
                                                     : fairlead_bridge_find (host, &layout, &info, error);
}

/* What containers are on must be whole and have an address left. */
static gboolean
fairlead_bridge_backend_check_network (FairleadBackend  *backend,
                                       FairleadNetwork  *network,
                                       GCancellable     *cancellable,
                                       GError          **error)
{
  g_autoptr (GVariant) document = fairlead_network_dup_shared_document (network, NULL);
  FairleadBridgeChoices choices = get_choices (backend);
  g_auto (FairleadBridgeHost) host = { 0 };
  g_auto (FairleadBridgeLayout) layout = { 0 };
  g_autoptr (FairleadSharedState) state = NULL;

  open_host (backend, &host);
  if (document == NULL)
    return check_makeable (&host, FAIRLEAD_BRIDGE_NETWORK (network), error);
  state = fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_USE, cancellable, error);
  return state != NULL && fairlead_bridge_layout_read (&layout, document, error) &&
         fairlead_bridge_verify (&host, &choices, &layout, cancellable, error) && has_room (state, &layout, error);
}

static gboolean
collect_ports (FairleadBridgeHost   *host,
               FairleadSharedState  *state,
               GError              **error)
{
  GVariant *document = fairlead_shared_state_get_document (state);
  g_auto (FairleadBridgeLayout) layout = { 0 };

  if (document == NULL)
    return TRUE;
  return fairlead_bridge_layout_read (&layout, document, error) &&
         (layout.table == NULL ||
          fairlead_bridge_publish_collect (host, &layout, fairlead_shared_state_get_directory (state), error));
}

/* What is left on a network of containers that are gone: users, leases, ports, names; and the network itself after the
 * last. */
static gboolean
collect_network (FairleadBridgeHost  *host,
                 FairleadNetwork     *network,
                 GCancellable        *cancellable,
                 GError             **error)
{
  FairleadBridgeChoices choices = get_choices (host->backend);
  g_autoptr (FairleadSharedState) state =
    fairlead_network_open_shared_state (network, FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);
  g_auto (GStrv) users = state != NULL ? fairlead_shared_state_list_users (state, error) : NULL;

  return users != NULL &&
         fairlead_bridge_pool_collect (fairlead_shared_state_get_directory (state), (const char * const *) users,
                                       error) &&
         collect_ports (host, state, error) &&
         fairlead_bridge_dns_collect (host, fairlead_network_get_name (network), (const char * const *) users, error) &&
         (users[0] != NULL || fairlead_bridge_remove (host, state, &choices, error));
}

static gboolean
fairlead_bridge_backend_collect (FairleadBackend  *backend,
                                 GListModel       *attachments,
                                 GCancellable     *cancellable,
                                 GError          **error)
{
  g_autoptr (GListModel) networks = fairlead_backend_list_shared_networks (backend, error);
  g_auto (FairleadBridgeHost) host = { 0 };

  open_host (backend, &host);
  for (guint i = 0; networks != NULL && i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (!collect_network (&host, network, cancellable, error))
        {
          g_prefix_error (error, "network %s: ", fairlead_network_get_name (network));
          return FALSE;
        }
    }
  return networks != NULL;
}

static gboolean
fairlead_bridge_backend_check_key (FairleadBackend  *backend,
                                   const char       *key,
                                   GError          **error)
{
  FairleadBridgeChoices choices = get_choices (backend);

  return strcmp (key, "subnet-pools") != 0 ||
         fairlead_bridge_subnet_check_pools (choices.subnet_pools, choices.subnet_size, error);
}

static void
fairlead_bridge_backend_get_property (GObject    *object,
                                      guint       prop_id,
                                      GValue     *value,
                                      GParamSpec *pspec)
{
  FairleadBridgeBackend *self = FAIRLEAD_BRIDGE_BACKEND (object);

  switch (prop_id)
    {
    case PROP_SUBNET_POOLS:
      g_value_set_boxed (value, self->subnet_pools);
      break;
    case PROP_SUBNET_SIZE:
      g_value_set_uint (value, self->subnet_size);
      break;
    case PROP_FIREWALLD:
      g_value_set_boolean (value, self->firewalld);
      break;
    case PROP_DNS_PROGRAM:
      g_value_set_string (value, self->dns_program);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static char **
dup_pools (const char * const *pools)
{
  return g_strdupv ((char **) (pools != NULL && *pools != NULL ? pools : default_pools));
}

static void
fairlead_bridge_backend_set_property (GObject      *object,
                                      guint         prop_id,
                                      const GValue *value,
                                      GParamSpec   *pspec)
{
  FairleadBridgeBackend *self = FAIRLEAD_BRIDGE_BACKEND (object);

  switch (prop_id)
    {
    case PROP_SUBNET_POOLS:
      g_strfreev (self->subnet_pools);
      self->subnet_pools = dup_pools (g_value_get_boxed (value));
      break;
    case PROP_SUBNET_SIZE:
      self->subnet_size = g_value_get_uint (value);
      break;
    case PROP_FIREWALLD:
      self->firewalld = g_value_get_boolean (value);
      break;
    case PROP_DNS_PROGRAM:
      g_free (self->dns_program);
      self->dns_program = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_bridge_backend_finalize (GObject *object)
{
  FairleadBridgeBackend *self = FAIRLEAD_BRIDGE_BACKEND (object);

  fairlead_bridge_sockets_free (self->sockets);
  g_strfreev (self->subnet_pools);
  g_free (self->dns_program);

  G_OBJECT_CLASS (fairlead_bridge_backend_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG;

  props[PROP_SUBNET_POOLS] = g_param_spec_boxed ("subnet-pools", NULL,
                                                 "IPv4 subnets from which those of networks without any are chosen "
                                                 "(default: 10.90.0.0/16;10.0.0.0/8;172.16.0.0/12;192.168.0.0/16)",
                                                 G_TYPE_STRV, flags);
  props[PROP_SUBNET_SIZE] = g_param_spec_uint ("subnet-size", NULL, "Prefix length of such subnets", 8, 30, DEFAULT_SIZE,
                                               flags);
  props[PROP_FIREWALLD] = g_param_spec_boolean ("firewalld", NULL,
                                                "Whether bridges join the zone trusted of firewalld if it runs", TRUE,
                                                flags);
  props[PROP_DNS_PROGRAM] = g_param_spec_string ("dns-program", NULL, "Path of aardvark-dns (default: it is looked for)",
                                                 NULL, flags | FAIRLEAD_PARAM_PATH);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_bridge_backend_class_init (FairleadBridgeBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  object_class->get_property = fairlead_bridge_backend_get_property;
  object_class->set_property = fairlead_bridge_backend_set_property;
  object_class->finalize = fairlead_bridge_backend_finalize;

  backend_class->network_type = FAIRLEAD_TYPE_BRIDGE_NETWORK;
  backend_class->get_capabilities = fairlead_bridge_backend_get_capabilities;
  backend_class->plan = fairlead_bridge_backend_plan;
  backend_class->setup = fairlead_bridge_backend_setup;
  backend_class->teardown = fairlead_bridge_backend_teardown;
  backend_class->inspect = fairlead_bridge_backend_inspect;
  backend_class->check = fairlead_bridge_backend_check;
  backend_class->reload = fairlead_bridge_backend_reload;
  backend_class->collect = fairlead_bridge_backend_collect;
  backend_class->publish = fairlead_bridge_backend_publish;
  backend_class->unpublish = fairlead_bridge_backend_unpublish;
  backend_class->check_network = fairlead_bridge_backend_check_network;
  backend_class->check_new_network = fairlead_bridge_backend_check_new_network;
  backend_class->check_key = fairlead_bridge_backend_check_key;

  install_properties (object_class);
}

static void
fairlead_bridge_backend_init (FairleadBridgeBackend *self)
{
  self->sockets = fairlead_bridge_sockets_new ();
}

FAIRLEAD_BACKEND_MODULE ("bridge", FAIRLEAD_VERSION_S, "Containers on a bridge, by the kernel's own interfaces alone",
                         "LGPL-2.1-or-later",
                         PORTS | FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS |
                           FAIRLEAD_BACKEND_CAP_STATIC_MAC | FAIRLEAD_BACKEND_CAP_MULTIPLE | FAIRLEAD_BACKEND_CAP_IPV6 |
                           FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK | FAIRLEAD_BACKEND_CAP_INTERFACE_NAME,
                         FairleadBridgeBackend, fairlead_bridge_backend)
