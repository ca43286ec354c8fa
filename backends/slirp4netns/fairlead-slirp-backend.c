/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

#include "fairlead-slirp-helper.h"
#include "fairlead-slirp-ipv6.h"
#include "fairlead-slirp-network.h"
#include "fairlead-slirp-ports.h"

/*
 * Networks without a privilege, by slirp4netns(1).
 *
 * In the document of an attachment, besides what FairleadHelperBackend puts there:
 *
 *   forwards    a{st}  published ports; see fairlead-slirp-ports.c
 */

#define FAIRLEAD_TYPE_SLIRP_BACKEND (fairlead_slirp_backend_get_type ())
G_DECLARE_FINAL_TYPE (FairleadSlirpBackend, fairlead_slirp_backend, FAIRLEAD, SLIRP_BACKEND, FairleadHelperBackend)

struct _FairleadSlirpBackend
{
  FairleadHelperBackend parent_instance;

  gboolean sandbox;
  gboolean seccomp;
};

G_DEFINE_FINAL_TYPE (FairleadSlirpBackend, fairlead_slirp_backend, FAIRLEAD_TYPE_HELPER_BACKEND)

enum
{
  PROP_0,
  PROP_SANDBOX,
  PROP_SECCOMP,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static FairleadProgram *
fairlead_slirp_backend_find_program (FairleadSlirpBackend  *self,
                                     FairleadSlirpSettings *settings,
                                     GCancellable          *cancellable,
                                     GError               **error)
{
  *settings = (FairleadSlirpSettings) {
    .backend = FAIRLEAD_HELPER_BACKEND (self),
    .program = fairlead_helper_backend_find_program (FAIRLEAD_HELPER_BACKEND (self), cancellable, error),
    .sandbox = self->sandbox,
    .seccomp = self->seccomp,
  };
  return settings->program;
}

/* Else ports are FairleadHelperBackend's. */
static gboolean
is_forwarder_of (FairleadNetwork *network)
{
  return fairlead_helper_network_get_port_forwarder (FAIRLEAD_HELPER_NETWORK (network)) == FAIRLEAD_PORT_FORWARDER_BACKEND;
}

static gboolean
forwards_ports (FairleadAttachment *attachment)
{
  return is_forwarder_of (fairlead_attachment_get_network (attachment));
}

/* slirp4netns itself listens on IPv4 addresses only. */
static FairleadBackendCapabilities
fairlead_slirp_backend_get_capabilities (FairleadBackend *backend,
                                         FairleadNetwork *network)
{
  const FairleadBackendCapabilities capabilities =
    FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->get_capabilities (backend, network);

  if (network == NULL || !FAIRLEAD_IS_SLIRP_NETWORK (network) || !is_forwarder_of (network))
    return capabilities;
  return capabilities & ~FAIRLEAD_BACKEND_CAP_PORTS_IPV6;
}

static gboolean
check_ports (FairleadAttachment  *attachment,
             GError             **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  if (!forwards_ports (attachment))
    return TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!fairlead_slirp_ports_check (network, mapping, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fairlead_slirp_backend_plan (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (FairleadProgram) program = NULL;
  FairleadSlirpSettings settings;

  if (!fairlead_slirp_network_check (network, error) || !check_ports (attachment, error) ||
      !FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->plan (backend, attachment, cancellable, error))
    return FALSE;
  program = fairlead_slirp_backend_find_program (FAIRLEAD_SLIRP_BACKEND (backend), &settings, cancellable, error);
  if (program == NULL || !fairlead_slirp_helper_check (&settings, network, error))
    return FALSE;
  fairlead_helper_backend_plan_tap (FAIRLEAD_HELPER_BACKEND (backend), attachment);
  return TRUE;
}

static gboolean
add_ipv4_result (FairleadAttachment    *attachment,
                 FairleadSlirpNetwork  *network,
                 GError               **error)
{
  const char *interface_name = fairlead_attachment_get_interface (attachment);
  g_autoptr (GInetAddress) guest = fairlead_slirp_network_dup_address (network, FAIRLEAD_SLIRP_HOST_GUEST, error);
  g_autoptr (GInetAddress) gateway = NULL;
  g_autoptr (FairleadInterfaceAddress) address = NULL;

  if (guest == NULL)
    return FALSE;
  gateway = fairlead_slirp_network_dup_address (network, FAIRLEAD_SLIRP_HOST_GATEWAY, NULL);
  address = fairlead_interface_address_new (interface_name, guest, fairlead_slirp_network_get_prefix_length (network),
                                            gateway);
  fairlead_attachment_add_address (attachment, address);
  fairlead_attachment_add_default_route (attachment, gateway);
  return TRUE;
}

static gboolean
add_ipv6_result (FairleadAttachment  *attachment,
                 GCancellable        *cancellable,
                 GError             **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (FairleadInterfaceAddress) address = NULL;

  if (!fairlead_slirp_network_get_enable_ipv6 (network))
    return TRUE;
  address = fairlead_slirp_ipv6_wait (fairlead_attachment_get_netns (attachment),
                                      fairlead_attachment_get_interface (attachment), cancellable, error);
  if (address == NULL)
    return FALSE;
  fairlead_attachment_add_address (attachment, address);
  fairlead_attachment_add_default_route (attachment, fairlead_interface_address_get_gateway (address));
  return TRUE;
}

static void
set_dns (FairleadAttachment   *attachment,
         FairleadSlirpNetwork *network)
{
  g_autoptr (GInetAddress) server = fairlead_slirp_network_dup_address (network, FAIRLEAD_SLIRP_HOST_DNS, NULL);
  g_autofree char *text = server != NULL ? g_inet_address_to_string (server) : NULL;
  const char *servers[] = { text, NULL, NULL };

  if (fairlead_slirp_network_get_disable_dns (network))
    return;
  if (fairlead_slirp_network_get_enable_ipv6 (network))
    servers[1] = FAIRLEAD_SLIRP_DNS6;
  fairlead_attachment_set_dns (attachment, servers, NULL, NULL);
}

/* All but the IPv6 address is what slirp4netns was told. */
static gboolean
fairlead_slirp_backend_started (FairleadHelperBackend  *backend,
                                FairleadAttachment     *attachment,
                                GError                **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new (fairlead_attachment_get_interface (attachment),
                            fairlead_helper_backend_get_mac (backend, attachment),
                            fairlead_slirp_network_get_mtu (network), fairlead_attachment_get_netns_path (attachment));

  fairlead_attachment_add_interface (attachment, interface);
  set_dns (attachment, network);
  return add_ipv4_result (attachment, network, error);
}

static gboolean
publish_all (FairleadAttachment  *attachment,
             GCancellable        *cancellable,
             GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);
  g_autofree char *api_path = fairlead_slirp_helper_dup_api (attachment);

  if (!forwards_ports (attachment))
    return TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!fairlead_slirp_ports_publish (attachment, api_path, mapping, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fairlead_slirp_backend_setup (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  FairleadHelperBackend *helper = FAIRLEAD_HELPER_BACKEND (backend);
  FairleadSlirpSettings settings;
  g_autoptr (FairleadProgram) program =
    fairlead_slirp_backend_find_program (FAIRLEAD_SLIRP_BACKEND (backend), &settings, cancellable, error);

  return program != NULL && fairlead_slirp_helper_start (&settings, attachment, cancellable, error) &&
         publish_all (attachment, cancellable, error) && add_ipv6_result (attachment, cancellable, error) &&
         fairlead_helper_backend_forward_ports (helper, attachment, cancellable, error);
}

static gboolean
fairlead_slirp_backend_check (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  g_autofree char *api_path = fairlead_slirp_helper_dup_api (attachment);

  return FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->check (backend, attachment, cancellable, error) &&
         fairlead_slirp_ports_verify (attachment, api_path, cancellable, error);
}

static gboolean
fairlead_slirp_backend_publish (FairleadBackend      *backend,
                                FairleadAttachment   *attachment,
                                FairleadPortMapping  *mapping,
                                GCancellable         *cancellable,
                                GError              **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autofree char *api_path = fairlead_slirp_helper_dup_api (attachment);

  if (!forwards_ports (attachment))
    return FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->publish (backend, attachment, mapping,
                                                                                  cancellable, error);
  return fairlead_helper_backend_check_running (FAIRLEAD_HELPER_BACKEND (backend), attachment, error) &&
         fairlead_slirp_ports_check (network, mapping, error) &&
         fairlead_slirp_ports_publish (attachment, api_path, mapping, cancellable, error) &&
         fairlead_attachment_checkpoint (attachment, error);
}

/* With slirp4netns its ports are gone. */
static gboolean
fairlead_slirp_backend_unpublish (FairleadBackend      *backend,
                                  FairleadAttachment   *attachment,
                                  FairleadPortMapping  *mapping,
                                  GCancellable         *cancellable,
                                  GError              **error)
{
  g_autofree char *api_path = fairlead_slirp_helper_dup_api (attachment);

  if (!forwards_ports (attachment))
    return FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->unpublish (backend, attachment, mapping,
                                                                                    cancellable, error);
  return !fairlead_helper_backend_is_running (FAIRLEAD_HELPER_BACKEND (backend), attachment) ||
         fairlead_slirp_ports_unpublish (attachment, api_path, mapping, cancellable, error);
}

static void
fairlead_slirp_backend_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  FairleadSlirpBackend *self = FAIRLEAD_SLIRP_BACKEND (object);

  switch (prop_id)
    {
    case PROP_SANDBOX:
      g_value_set_boolean (value, self->sandbox);
      break;
    case PROP_SECCOMP:
      g_value_set_boolean (value, self->seccomp);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_slirp_backend_set_property (GObject      *object,
                                     guint         prop_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  FairleadSlirpBackend *self = FAIRLEAD_SLIRP_BACKEND (object);

  switch (prop_id)
    {
    case PROP_SANDBOX:
      self->sandbox = g_value_get_boolean (value);
      break;
    case PROP_SECCOMP:
      self->seccomp = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG;

  props[PROP_SANDBOX] = g_param_spec_boolean ("sandbox", "Sandbox", "whether slirp4netns sees no files of the host but "
                                              "/etc and /run, and keeps no capability", TRUE, flags);
  props[PROP_SECCOMP] = g_param_spec_boolean ("seccomp", "System call filter", "whether slirp4netns may make only the "
                                              "system calls that it needs", TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_slirp_backend_class_init (FairleadSlirpBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  object_class->get_property = fairlead_slirp_backend_get_property;
  object_class->set_property = fairlead_slirp_backend_set_property;

  backend_class->network_type = FAIRLEAD_TYPE_SLIRP_NETWORK;
  backend_class->get_capabilities = fairlead_slirp_backend_get_capabilities;
  backend_class->plan = fairlead_slirp_backend_plan;
  backend_class->setup = fairlead_slirp_backend_setup;
  backend_class->check = fairlead_slirp_backend_check;
  backend_class->publish = fairlead_slirp_backend_publish;
  backend_class->unpublish = fairlead_slirp_backend_unpublish;

  FAIRLEAD_HELPER_BACKEND_CLASS (klass)->program = "slirp4netns";
  FAIRLEAD_HELPER_BACKEND_CLASS (klass)->started = fairlead_slirp_backend_started;

  install_properties (object_class);
}

static void
fairlead_slirp_backend_init (FairleadSlirpBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("slirp4netns", FAIRLEAD_VERSION_S, "Networks without a privilege, by slirp4netns",
                         "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_PORTS_UDP |
                         FAIRLEAD_BACKEND_CAP_PORTS_IPV6 | FAIRLEAD_BACKEND_CAP_STATIC_MAC |
                         FAIRLEAD_BACKEND_CAP_UNPRIVILEGED | FAIRLEAD_BACKEND_CAP_IPV6 |
                         FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK |
                         FAIRLEAD_BACKEND_CAP_LIVE_PORTS | FAIRLEAD_BACKEND_CAP_INTERFACE_NAME,
                         FairleadSlirpBackend, fairlead_slirp_backend)
