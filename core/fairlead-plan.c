/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-verbs-private.h"

#include <unistd.h>

#include "fairlead-attachment-private.h"
#include "fairlead-container-private.h"
#include "fairlead-log-private.h"
#include "fairlead-network-private.h"
#include "fairlead-shared-state-private.h"

/* Routes of the second network and of later ones rank behind the first one's. */
#define ROUTE_METRIC_STEP 100

/* Interfaces are called eth0, eth1, ... where nobody says otherwise. */
#define MAX_INTERFACES 10000

/* A network that stands alone names its interface itself. */
#define NAMED_BY_US (FAIRLEAD_BACKEND_CAP_INTERFACE_NAME | FAIRLEAD_BACKEND_CAP_MULTIPLE)

static gboolean
apply_options (FairleadAttachment  *attachment,
               GVariant            *options,
               GError             **error)
{
  GVariantIter iter;
  const char *key;
  const char *text;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &text))
    if (!fairlead_attachment_set_option (attachment, key, text, error))
      {
        g_prefix_error (error, "network %s: ", fairlead_attachment_get_network_name (attachment));
        return FALSE;
      }
  return TRUE;
}

/* What a request overrides has to fit the network's other values. */
static gboolean
check_options (FairleadAttachment  *attachment,
               GError             **error)
{
  g_autoptr (GError) local_error = NULL;

  if (fairlead_network_check (fairlead_attachment_get_network (attachment), &local_error))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "network %s: %s",
               fairlead_attachment_get_network_name (attachment), local_error->message);
  return FALSE;
}

static gboolean
add_attachment (FairleadVerbs      *verbs,
                FairleadContainer  *container,
                const char         *network_name,
                GVariant           *options,
                GCancellable       *cancellable,
                GError            **error)
{
  g_autoptr (FairleadNetwork) network =
    fairlead_registry_find_network (verbs->registry, network_name, cancellable, error);
  g_autoptr (FairleadAttachment) attachment = NULL;

  if (network == NULL)
    return FALSE;

  /* The values are this attachment's from now on: a changed keyfile never changes what teardown does. */
  attachment = fairlead_attachment_new (fairlead_container_get_id (container), fairlead_network_get_name (network),
                                        fairlead_network_get_backend_name (network));
  fairlead_attachment_set_network (attachment, network);
  fairlead_attachment_plan_directory (attachment);
  fairlead_container_add_attachment (container, attachment);
  return options == NULL || (apply_options (attachment, options, error) && check_options (attachment, error));
}

static gboolean
add_attachments (FairleadVerbs      *verbs,
                 FairleadContainer  *container,
                 FairleadRequest    *request,
                 const char         *default_network,
                 GCancellable       *cancellable,
                 GError            **error)
{
  GVariant *networks = fairlead_request_get_networks (request);
  GVariantIter iter;
  const char *name;
  GVariant *options;

  if (g_variant_n_children (networks) == 0)
    return add_attachment (verbs, container, default_network, NULL, cancellable, error);

  g_variant_iter_init (&iter, networks);
  while (g_variant_iter_next (&iter, "(&s@a{ss})", &name, &options))
    {
      g_autoptr (GVariant) owned_options = options;

      if (!add_attachment (verbs, container, name, owned_options, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static FairleadBackendCapabilities
get_capabilities (FairleadVerbs      *verbs,
                  FairleadAttachment *attachment)
{
  g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, NULL);

  /* At setup it was loaded a moment ago, to find the network. Later its module may be gone. */
  if (backend == NULL)
    return FAIRLEAD_BACKEND_CAP_NONE;
  return fairlead_backend_get_capabilities (backend, fairlead_attachment_get_network (attachment));
}

static gboolean
require_capability (FairleadVerbs                *verbs,
                    FairleadAttachment           *attachment,
                    FairleadBackendCapabilities   capability,
                    const char                   *what,
                    GError                      **error)
{
  g_autoptr (GFlagsClass) flags = NULL;

  if ((get_capabilities (verbs, attachment) & capability) == capability)
    return TRUE;
  flags = g_type_class_ref (FAIRLEAD_TYPE_BACKEND_CAPABILITIES);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the network %s cannot %s: its backend %s lacks the capability %s",
               fairlead_attachment_get_network_name (attachment), what,
               fairlead_attachment_get_backend_name (attachment),
               g_flags_get_first_value (flags, capability)->value_nick);
  return FALSE;
}

static gboolean
check_attachment (FairleadVerbs       *verbs,
                  FairleadContainer   *container,
                  FairleadAttachment  *attachment,
                  GError             **error)
{
  if (geteuid () != 0 &&
      !require_capability (verbs, attachment, FAIRLEAD_BACKEND_CAP_UNPRIVILEGED, "be used by an ordinary user", error))
    return FALSE;
  if (fairlead_container_get_n_attachments (container) > 1 &&
      !require_capability (verbs, attachment, FAIRLEAD_BACKEND_CAP_MULTIPLE, "stand beside other networks", error))
    return FALSE;
  if ((fairlead_attachment_get_ip (attachment) != NULL || fairlead_attachment_get_ip6 (attachment) != NULL) &&
      !require_capability (verbs, attachment, FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS, "give a requested address", error))
    return FALSE;
  if (fairlead_attachment_get_mac (attachment) != NULL &&
      !require_capability (verbs, attachment, FAIRLEAD_BACKEND_CAP_STATIC_MAC, "give a requested MAC address", error))
    return FALSE;
  if (fairlead_attachment_get_interface (attachment) != NULL &&
      !require_capability (verbs, attachment, FAIRLEAD_BACKEND_CAP_INTERFACE_NAME, "name its interface", error))
    return FALSE;
  /* Once begun, a setup in the wrong place could not be undone there either. */
  return fairlead_shared_state_check_netns (verbs->store, fairlead_attachment_get_network_name (attachment),
                                            fairlead_attachment_get_backend_name (attachment), error);
}

/* Either all networks are inside a namespace of the container's, or it has none and uses the caller's. */
static gboolean
check_netns (FairleadVerbs      *verbs,
             FairleadContainer  *container,
             FairleadRequest    *request,
             GError            **error)
{
  guint n_attachments = fairlead_container_get_n_attachments (container);
  const char *without = NULL;
  guint n_with = 0;

  for (guint i = 0; i < n_attachments; i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);

      if ((get_capabilities (verbs, attachment) & FAIRLEAD_BACKEND_CAP_NETNS) != 0)
        n_with++;
      else
        without = fairlead_attachment_get_network_name (attachment);
    }
  if (without != NULL && n_with > 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the network %s is the caller's own, so no other network can stand beside it", without);
      return FALSE;
    }
  if (without != NULL &&
      (fairlead_request_get_netns (request) != NULL || fairlead_request_get_share_with (request) != NULL))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the network %s is the caller's own; it cannot be given to another network namespace", without);
      return FALSE;
    }
  if (fairlead_request_get_netns (request) != NULL && fairlead_request_get_share_with (request) != NULL)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                           "a container either has a network namespace given or shares one, not both");
      return FALSE;
    }
  return TRUE;
}

static gboolean
claim_name (GHashTable          *names,
            FairleadAttachment  *attachment,
            GError             **error)
{
  const char *name = fairlead_attachment_get_interface (attachment);

  if (g_hash_table_add (names, g_strdup (name)))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "two networks ask for the interface name %s", name);
  return FALSE;
}

/* Names that were asked for are reserved first; the other interfaces get the first free ethN in order. */
static gboolean
assign_interface_names (FairleadVerbs      *verbs,
                        FairleadContainer  *container,
                        GError            **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_attachments = fairlead_container_get_n_attachments (container);

  for (guint i = 0; i < n_attachments; i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);

      if (fairlead_attachment_get_interface (attachment) != NULL && !claim_name (names, attachment, error))
        return FALSE;
    }
  for (guint i = 0; i < n_attachments; i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);

      if (fairlead_attachment_get_interface (attachment) != NULL ||
          (get_capabilities (verbs, attachment) & NAMED_BY_US) != NAMED_BY_US)
        continue;
      for (guint n = 0; n < MAX_INTERFACES && fairlead_attachment_get_interface (attachment) == NULL; n++)
        {
          g_autofree char *name = g_strdup_printf ("eth%u", n);

          if (g_hash_table_add (names, g_strdup (name)))
            fairlead_attachment_set_interface (attachment, name);
        }
    }
  return TRUE;
}

static FairleadBackendCapabilities
get_port_capabilities (FairleadPortMapping *mapping)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);
  FairleadBackendCapabilities wanted = FAIRLEAD_BACKEND_CAP_NONE;

  switch (fairlead_port_mapping_get_protocol (mapping))
    {
    case FAIRLEAD_PROTOCOL_TCP:
      wanted = FAIRLEAD_BACKEND_CAP_PORTS_TCP;
      break;
    case FAIRLEAD_PROTOCOL_UDP:
      wanted = FAIRLEAD_BACKEND_CAP_PORTS_UDP;
      break;
    case FAIRLEAD_PROTOCOL_SCTP:
      wanted = FAIRLEAD_BACKEND_CAP_PORTS_SCTP;
      break;
    default:
      g_assert_not_reached ();
    }
  if (address != NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    wanted |= FAIRLEAD_BACKEND_CAP_PORTS_IPV6;
  return wanted;
}

FairleadAttachment *
fairlead_verbs_find_publisher (FairleadVerbs                *verbs,
                               FairleadContainer            *container,
                               FairleadPortMapping          *mapping,
                               FairleadBackendCapabilities   capabilities,
                               GError                      **error)
{
  FairleadBackendCapabilities wanted = get_port_capabilities (mapping) | capabilities;
  g_autofree char *text = fairlead_port_mapping_to_string (mapping);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);

      if ((get_capabilities (verbs, attachment) & wanted) == wanted)
        return attachment;
      g_string_append_printf (names, "%s%s (%s)", names->len > 0 ? ", " : "",
                              fairlead_attachment_get_network_name (attachment),
                              fairlead_attachment_get_backend_name (attachment));
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "port %s: %s ports%s%s cannot be published through %s", text,
               fairlead_protocol_to_string (fairlead_port_mapping_get_protocol (mapping)),
               (wanted & FAIRLEAD_BACKEND_CAP_PORTS_IPV6) != 0 ? " on IPv6 addresses" : "",
               (wanted & FAIRLEAD_BACKEND_CAP_LIVE_PORTS) != 0 ? " of a living container" : "", names->str);
  return NULL;
}

/* A port is published through the first network that can publish it. */
static gboolean
assign_port (FairleadVerbs        *verbs,
             FairleadContainer    *container,
             FairleadPortMapping  *mapping,
             GError              **error)
{
  FairleadAttachment *attachment =
    fairlead_verbs_find_publisher (verbs, container, mapping, FAIRLEAD_BACKEND_CAP_NONE, error);

  if (attachment == NULL)
    return FALSE;
  fairlead_attachment_add_port_mapping (attachment, mapping);
  return TRUE;
}

static gboolean
assign_ports (FairleadVerbs      *verbs,
              FairleadContainer  *container,
              FairleadRequest    *request,
              GError            **error)
{
  GListModel *mappings = fairlead_request_get_port_mappings (request);

  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!fairlead_port_mapping_validate (mapping, error))
        return FALSE;
      for (guint j = 0; j < i; j++)
        {
          g_autoptr (FairleadPortMapping) other = g_list_model_get_item (mappings, j);
          g_autofree char *text = NULL;
          g_autofree char *other_text = NULL;

          if (!fairlead_port_mapping_overlaps (mapping, other))
            continue;
          text = fairlead_port_mapping_to_string (mapping);
          other_text = fairlead_port_mapping_to_string (other);
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "ports %s and %s overlap on the host", other_text, text);
          return FALSE;
        }
      if (!assign_port (verbs, container, mapping, error))
        return FALSE;
    }
  return TRUE;
}

/* Which network has a gateway shows when it is set up; setup turns the flag off then for those that follow. */
static gboolean
assign_default_route (FairleadContainer  *container,
                      GError            **error)
{
  const char *chosen = NULL;
  guint n_attachments = fairlead_container_get_n_attachments (container);

  for (guint i = 0; i < n_attachments; i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);

      if (fairlead_network_get_default_route (fairlead_attachment_get_network (attachment)) !=
          FAIRLEAD_DEFAULT_ROUTE_YES)
        continue;
      if (chosen != NULL)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "the networks %s and %s both say default-route=yes; a container has one", chosen,
                       fairlead_attachment_get_network_name (attachment));
          return FALSE;
        }
      chosen = fairlead_attachment_get_network_name (attachment);
    }
  for (guint i = 0; i < n_attachments; i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);
      FairleadDefaultRoute wanted =
        fairlead_network_get_default_route (fairlead_attachment_get_network (attachment));

      fairlead_attachment_set_default_route (attachment,
                                             wanted == FAIRLEAD_DEFAULT_ROUTE_YES ||
                                             (wanted == FAIRLEAD_DEFAULT_ROUTE_AUTO && chosen == NULL),
                                             i * ROUTE_METRIC_STEP);
    }
  return TRUE;
}

static gboolean
plan_backends (FairleadVerbs      *verbs,
               FairleadContainer  *container,
               GCancellable       *cancellable,
               GError            **error)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);
      g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, error);

      if (backend == NULL || !fairlead_backend_plan (backend, attachment, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* @default_network is for a request that names none; NULL for the one that is configured. */
static FairleadContainer *
plan_container (FairleadVerbs    *verbs,
                FairleadRequest  *request,
                const char       *default_network,
                GCancellable     *cancellable,
                GError          **error)
{
  g_autoptr (FairleadContainer) container = fairlead_container_new (fairlead_request_get_container_id (request));

  if (!add_attachments (verbs, container, request, default_network, cancellable, error) ||
      !check_netns (verbs, container, request, error))
    return NULL;
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    if (!check_attachment (verbs, container, fairlead_container_peek_attachment (container, i), error))
      return NULL;
  if (!assign_interface_names (verbs, container, error) ||
      !assign_ports (verbs, container, request, error) ||
      !assign_default_route (container, error) ||
      !plan_backends (verbs, container, cancellable, error))
    return NULL;
  return g_steal_pointer (&container);
}

/* Planning makes nothing, so each candidate can be tried with all that the request wants, until one can do it. */
static FairleadContainer *
plan_first_usable (FairleadVerbs       *verbs,
                   FairleadRequest     *request,
                   const char * const  *candidates,
                   GCancellable        *cancellable,
                   GError             **error)
{
  g_autoptr (GError) first_error = NULL;
  g_autoptr (GString) reasons = g_string_new (NULL);
  const char *id = fairlead_request_get_container_id (request);

  for (; *candidates != NULL; candidates++)
    {
      g_autoptr (GError) local_error = NULL;
      FairleadContainer *container = plan_container (verbs, request, *candidates, cancellable, &local_error);

      if (container != NULL)
        {
          fairlead_debug (id, "the network %s is used, the first of auto-networks that works", *candidates);
          return container;
        }
      if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      fairlead_debug (id, "the network %s of auto-networks is not used: %s", *candidates, local_error->message);
      g_string_append_printf (reasons, "%s%s: %s", reasons->len > 0 ? "; " : "", *candidates, local_error->message);
      if (first_error == NULL)
        first_error = g_steal_pointer (&local_error);
    }
  if (first_error != NULL)
    g_set_error (error, FAIRLEAD_ERROR, first_error->code, "no network was asked for, and none of [core] auto-networks can "
                 "be used: %s", reasons->str);
  else
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                         "no network was asked for, and [core] auto-networks is empty");
  return NULL;
}

FairleadContainer *
fairlead_verbs_plan (FairleadVerbs    *verbs,
                     FairleadRequest  *request,
                     GCancellable     *cancellable,
                     GError          **error)
{
  FairleadConfig *config = fairlead_registry_get_config (verbs->registry);
  const gboolean named = g_variant_n_children (fairlead_request_get_networks (request)) > 0;

  if (!named && g_strcmp0 (fairlead_config_get_default_network (config), "auto") == 0)
    return plan_first_usable (verbs, request, fairlead_config_get_auto_networks (config), cancellable, error);
  return plan_container (verbs, request, NULL, cancellable, error);
}
