/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

#include "fairlead-slirp-helper.h"
#include "fairlead-slirp-ipv6.h"
#include "fairlead-slirp-network.h"
#include "fairlead-slirp-ports.h"

/*
 * Networks without a privilege, by slirp4netns(1).
 *
 * The document of an attachment, all of which teardown can do without, as the directory has the FIFO:
 *
 *   mac         s      of the tap interface, chosen when it was planned
 *   pid         i      of slirp4netns, written when it was started
 *   start-time  t      likewise
 *   forwards    a{st}  published ports; see fairlead-slirp-ports.c
 */

#define FAIRLEAD_TYPE_SLIRP_BACKEND (fairlead_slirp_backend_get_type ())
G_DECLARE_FINAL_TYPE (FairleadSlirpBackend, fairlead_slirp_backend, FAIRLEAD, SLIRP_BACKEND, FairleadBackend)

struct _FairleadSlirpBackend
{
  FairleadBackend parent_instance;

  char     *path; /* (nullable) */
  gboolean  sandbox;
  gboolean  seccomp;
  guint     timeout;
};

G_DEFINE_FINAL_TYPE (FairleadSlirpBackend, fairlead_slirp_backend, FAIRLEAD_TYPE_BACKEND)

enum
{
  PROP_0,
  PROP_PATH,
  PROP_SANDBOX,
  PROP_SECCOMP,
  PROP_TIMEOUT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

#define PROGRAM           "slirp4netns"
#define DEFAULT_INTERFACE "tap0"
#define DEFAULT_TIMEOUT   30

static FairleadProgram *
fairlead_slirp_backend_find_program (FairleadSlirpBackend  *self,
                                     FairleadSlirpSettings *settings,
                                     GCancellable          *cancellable,
                                     GError               **error)
{
  g_autoptr (GError) local_error = NULL;
  FairleadProgram *program =
    fairlead_backend_find_program (FAIRLEAD_BACKEND (self), PROGRAM, self->path, cancellable, &local_error);

  *settings = (FairleadSlirpSettings) {
    .program = program,
    .sandbox = self->sandbox,
    .seccomp = self->seccomp,
    .timeout = self->timeout,
  };
  if (g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    g_prefix_error (&local_error, "install slirp4netns, or set [backend slirp4netns] path: ");
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return program;
}

/* Of this attachment alone: locally administered, and not a group's. */
static char *
dup_random_mac (void)
{
  const guint32 number = g_random_int ();

  return g_strdup_printf ("02:%02x:%02x:%02x:%02x:%02x", (guint) g_random_int_range (0, 256), number >> 24,
                          number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
}

static const char *
get_mac (FairleadAttachment *attachment)
{
  const char *mac = NULL;

  g_variant_lookup (fairlead_attachment_get_document (attachment), "mac", "&s", &mac);
  return mac;
}

static void
plan_names (FairleadAttachment *attachment)
{
  const char *asked = fairlead_attachment_get_mac (attachment);
  g_autofree char *mac = asked != NULL ? g_strdup (asked) : dup_random_mac ();

  if (fairlead_attachment_get_interface (attachment) == NULL)
    fairlead_attachment_set_interface (attachment, DEFAULT_INTERFACE);
  fairlead_slirp_document_set (attachment, "mac", g_variant_new_string (mac));
}

static gboolean
check_ports (FairleadAttachment  *attachment,
             GError             **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

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

  if (!fairlead_slirp_network_check (network, error) || !check_ports (attachment, error))
    return FALSE;
  program = fairlead_slirp_backend_find_program (FAIRLEAD_SLIRP_BACKEND (backend), &settings, cancellable, error);
  if (program == NULL || !fairlead_slirp_helper_check (&settings, network, error))
    return FALSE;
  plan_names (attachment);
  return TRUE;
}

static void
add_default_route (FairleadAttachment *attachment,
                   GInetAddress       *gateway)
{
  g_autoptr (GInetAddress) any = g_inet_address_new_any (g_inet_address_get_family (gateway));
  g_autoptr (GInetAddressMask) destination = g_inet_address_mask_new (any, 0, NULL);
  g_autoptr (FairleadRoute) route = fairlead_route_new (destination, gateway, 0);

  fairlead_attachment_add_route (attachment, route);
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
  add_default_route (attachment, gateway);
  return TRUE;
}

static gboolean
add_ipv6_result (FairleadAttachment  *attachment,
                 GCancellable        *cancellable,
                 GError             **error)
{
  g_autoptr (FairleadInterfaceAddress) address =
    fairlead_slirp_ipv6_wait (fairlead_attachment_get_netns (attachment), fairlead_attachment_get_interface (attachment),
                              cancellable, error);

  if (address == NULL)
    return FALSE;
  fairlead_attachment_add_address (attachment, address);
  add_default_route (attachment, fairlead_interface_address_get_gateway (address));
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

static gboolean
add_result (FairleadAttachment  *attachment,
            GCancellable        *cancellable,
            GError             **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new (fairlead_attachment_get_interface (attachment), get_mac (attachment),
                            fairlead_slirp_network_get_mtu (network), fairlead_attachment_get_netns_path (attachment));

  fairlead_attachment_add_interface (attachment, interface);
  set_dns (attachment, network);
  return add_ipv4_result (attachment, network, error) &&
         (!fairlead_slirp_network_get_enable_ipv6 (network) || add_ipv6_result (attachment, cancellable, error));
}

/* The sysctl is put back whatever becomes of the start; the tap interface has inherited it by then. */
static gboolean
start (const FairleadSlirpSettings  *settings,
       FairleadAttachment           *attachment,
       GCancellable                 *cancellable,
       GError                      **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);
  FairleadSlirpDad dad = { "" };
  gboolean started;

  if (fairlead_slirp_network_get_enable_ipv6 (network) && !fairlead_slirp_ipv6_disable_dad (netns, &dad, error))
    return FALSE;
  started = fairlead_slirp_helper_start (settings, attachment, get_mac (attachment), cancellable, error);
  return fairlead_slirp_ipv6_restore_dad (netns, &dad, started ? error : NULL) && started;
}

static gboolean
publish_all (FairleadAttachment  *attachment,
             GCancellable        *cancellable,
             GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);
  g_autofree char *api_path = fairlead_slirp_helper_dup_api (attachment);

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
  FairleadSlirpSettings settings;
  g_autoptr (FairleadProgram) program =
    fairlead_slirp_backend_find_program (FAIRLEAD_SLIRP_BACKEND (backend), &settings, cancellable, error);

  return program != NULL && start (&settings, attachment, cancellable, error) &&
         publish_all (attachment, cancellable, error) && add_result (attachment, cancellable, error);
}

static gboolean
fairlead_slirp_backend_teardown (FairleadBackend        *backend,
                                 FairleadAttachment     *attachment,
                                 FairleadTeardownFlags   flags,
                                 GCancellable           *cancellable,
                                 GError                **error)
{
  return fairlead_slirp_helper_stop (attachment, error);
}

static gboolean
check_running (FairleadAttachment  *attachment,
               GError             **error)
{
  if (fairlead_slirp_helper_is_running (attachment))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "its slirp4netns (process %d) has ended",
               fairlead_slirp_helper_get_pid (attachment));
  return FALSE;
}

static gboolean
fairlead_slirp_backend_check (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  g_autofree char *api_path = fairlead_slirp_helper_dup_api (attachment);

  return check_running (attachment, error) &&
         FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->check (backend, attachment, cancellable, error) &&
         fairlead_slirp_ports_verify (attachment, api_path, cancellable, error);
}

/* There is no firewall rule of ours that a flush could have removed. */
static gboolean
fairlead_slirp_backend_reload (FairleadBackend     *backend,
                               FairleadAttachment  *attachment,
                               GCancellable        *cancellable,
                               GError             **error)
{
  return check_running (attachment, error);
}

static GVariant *
fairlead_slirp_backend_inspect (FairleadBackend     *backend,
                                FairleadAttachment  *attachment,
                                GCancellable        *cancellable,
                                GError             **error)
{
  g_autoptr (GVariant) base =
    FAIRLEAD_BACKEND_CLASS (fairlead_slirp_backend_parent_class)->inspect (backend, attachment, cancellable, error);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  GVariant *entry;

  if (base == NULL)
    {
      g_variant_builder_clear (&builder);
      return NULL;
    }
  /* In the order that they have for every backend. */
  g_variant_iter_init (&iter, base);
  while ((entry = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_variant_builder_add_value (&builder, entry);
      g_variant_unref (entry);
    }
  g_variant_builder_add (&builder, "{sv}", "HelperPid",
                         g_variant_new_uint32 ((guint32) fairlead_slirp_helper_get_pid (attachment)));
  g_variant_builder_add (&builder, "{sv}", "HelperRunning",
                         g_variant_new_boolean (fairlead_slirp_helper_is_running (attachment)));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
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

  return check_running (attachment, error) && fairlead_slirp_ports_check (network, mapping, error) &&
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

  return !fairlead_slirp_helper_is_running (attachment) ||
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
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_SANDBOX:
      g_value_set_boolean (value, self->sandbox);
      break;
    case PROP_SECCOMP:
      g_value_set_boolean (value, self->seccomp);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
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
    case PROP_PATH:
      g_free (self->path);
      self->path = g_value_dup_string (value);
      break;
    case PROP_SANDBOX:
      self->sandbox = g_value_get_boolean (value);
      break;
    case PROP_SECCOMP:
      self->seccomp = g_value_get_boolean (value);
      break;
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_slirp_backend_finalize (GObject *object)
{
  FairleadSlirpBackend *self = FAIRLEAD_SLIRP_BACKEND (object);

  g_free (self->path);

  G_OBJECT_CLASS (fairlead_slirp_backend_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG;

  props[PROP_PATH] = g_param_spec_string ("path", "Program", "absolute path of slirp4netns; unset, it is looked for in the "
                                          "system's directories", NULL, flags);
  props[PROP_SANDBOX] = g_param_spec_boolean ("sandbox", "Sandbox", "whether slirp4netns sees no files of the host but "
                                              "/etc and /run, and keeps no capability", TRUE, flags);
  props[PROP_SECCOMP] = g_param_spec_boolean ("seccomp", "System call filter", "whether slirp4netns may make only the "
                                              "system calls that it needs", TRUE, flags);
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Time limit", "seconds that slirp4netns may take to be ready", 1,
                                           3600, DEFAULT_TIMEOUT, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_slirp_backend_class_init (FairleadSlirpBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  object_class->get_property = fairlead_slirp_backend_get_property;
  object_class->set_property = fairlead_slirp_backend_set_property;
  object_class->finalize = fairlead_slirp_backend_finalize;

  backend_class->network_type = FAIRLEAD_TYPE_SLIRP_NETWORK;
  backend_class->plan = fairlead_slirp_backend_plan;
  backend_class->setup = fairlead_slirp_backend_setup;
  backend_class->teardown = fairlead_slirp_backend_teardown;
  backend_class->check = fairlead_slirp_backend_check;
  backend_class->reload = fairlead_slirp_backend_reload;
  backend_class->inspect = fairlead_slirp_backend_inspect;
  backend_class->publish = fairlead_slirp_backend_publish;
  backend_class->unpublish = fairlead_slirp_backend_unpublish;

  install_properties (object_class);
}

static void
fairlead_slirp_backend_init (FairleadSlirpBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("slirp4netns", FAIRLEAD_VERSION_S, "Networks without a privilege, by slirp4netns",
                         "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_PORTS_UDP |
                         FAIRLEAD_BACKEND_CAP_STATIC_MAC | FAIRLEAD_BACKEND_CAP_UNPRIVILEGED |
                         FAIRLEAD_BACKEND_CAP_IPV6 | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK |
                         FAIRLEAD_BACKEND_CAP_LIVE_PORTS | FAIRLEAD_BACKEND_CAP_INTERFACE_NAME,
                         FairleadSlirpBackend, fairlead_slirp_backend)
