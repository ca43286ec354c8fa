/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-helper-backend.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-helper-network.h>

#include "fairlead-forwarder-private.h"
#include "fairlead-process-private.h"
#include "fairlead-random-private.h"

#define TUN_DEVICE        "/dev/net/tun"
#define DEFAULT_INTERFACE "tap0"
#define DEFAULT_TIMEOUT   30

/* A new interface inherits it. */
#define ACCEPT_DAD "/proc/sys/net/ipv6/conf/default/accept_dad"

/* In the attachment's directory. */
#define EXIT_FIFO "exit"

/* How long to wait for the end of a program of which only the FIFO is known. */
#define END_TIME_LIMIT_MS 5000
#define END_INTERVAL_MS   5

/* Keys of the document. */
#define KEY_MAC        "mac"
#define KEY_PID        "pid"
#define KEY_START_TIME "start-time"

/**
 * FairleadHelperBackend:
 *
 * A backend whose attachments are kept by a helper program each, which is started at setup and goes on until teardown:
 * user-mode networks and tunnels, for example.
 *
 * It has the keys `path` and `timeout`, finds the program, starts it, ends it, and tells whether it runs: its `teardown`,
 * `check`, `reload` and `inspect` are complete for a backend that makes nothing besides. A subclass provides `plan`, and
 * `setup`, which builds the command line and calls [method@Fairlead.HelperBackend.start].
 *
 * The program is found again whatever happens to the program that called: it is recorded in the attachment's document,
 * under `pid` and `start-time`, before it does anything. One that ends when a descriptor hangs up may start at once, with
 * the FIFO of [method@Fairlead.HelperBackend.open_exit_fd], by which it is ended even if it was not yet recorded.
 *
 * Its functions may be called from any thread, as the methods of a backend are; those that take an attachment from the
 * method that was given it.
 *
 * If the networks of the backend are of a subclass of [class@Fairlead.HelperNetwork], its users can choose to have ports
 * published by a program of Fairlead's own instead of the helper program. Then `plan` chains up, `setup` calls
 * [method@Fairlead.HelperBackend.forward_ports] at its end, and what the backend itself does about ports it does only
 * where [method@Fairlead.HelperNetwork.get_port_forwarder] says so; `publish` and `unpublish` chain up otherwise. The
 * module declares %FAIRLEAD_BACKEND_CAP_PORTS_TCP, %FAIRLEAD_BACKEND_CAP_PORTS_UDP, %FAIRLEAD_BACKEND_CAP_PORTS_IPV6 and
 * %FAIRLEAD_BACKEND_CAP_LIVE_PORTS, and `get_capabilities` takes away what the helper program cannot do by itself. Our
 * program too is recorded, and ends with the helper program.
 *
 * Since: 1.0
 */

typedef struct
{
  char  *path; /* (nullable) */
  guint  timeout;
} FairleadHelperBackendPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (FairleadHelperBackend, fairlead_helper_backend, FAIRLEAD_TYPE_BACKEND)

enum
{
  PROP_PATH = 1,
  PROP_TIMEOUT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* Modules are compiled with it. */
G_STATIC_ASSERT (sizeof (FairleadHelperBackendClass) == sizeof (FairleadBackendClass) + 10 * sizeof (gpointer));

static const char *
get_program (FairleadHelperBackend *self)
{
  return FAIRLEAD_HELPER_BACKEND_GET_CLASS (self)->program;
}

static gboolean
get_identity (FairleadAttachment *attachment,
              int                *pid,
              guint64            *start_time)
{
  GVariant *document = fairlead_attachment_get_document (attachment);

  *pid = 0;
  return g_variant_lookup (document, KEY_PID, "i", pid) && g_variant_lookup (document, KEY_START_TIME, "t", start_time);
}

static char *
dup_fifo_path (FairleadAttachment *attachment)
{
  g_autofree char *directory = fairlead_attachment_dup_directory (attachment);

  return directory != NULL ? g_build_filename (directory, EXIT_FIFO, NULL) : NULL;
}

/* Makes the exit descriptor of its reader hang up. FALSE if there is none. */
static gboolean
hang_up (const char *fifo)
{
  const int fd = open (fifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

/* Of a program whose number was never written down, only that it let go of the FIFO tells that it ended. */
static gboolean
end_by_fifo (FairleadHelperBackend  *self,
             FairleadAttachment     *attachment,
             GError                **error)
{
  const gint64 deadline = g_get_monotonic_time () + END_TIME_LIMIT_MS * G_TIME_SPAN_MILLISECOND;
  g_autofree char *fifo = dup_fifo_path (attachment);

  while (fifo != NULL && hang_up (fifo))
    {
      if (g_get_monotonic_time () >= deadline)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT, "%s, which reads the FIFO %s, does not end",
                       get_program (self), fifo);
          return FALSE;
        }
      g_usleep (END_INTERVAL_MS * 1000);
    }
  return TRUE;
}

/* Whether ports are published by a program of ours. */
static gboolean
is_native (FairleadNetwork *network)
{
  return network != NULL && FAIRLEAD_IS_HELPER_NETWORK (network) &&
         fairlead_helper_network_get_port_forwarder (FAIRLEAD_HELPER_NETWORK (network)) == FAIRLEAD_PORT_FORWARDER_NATIVE;
}

static FairleadBackendCapabilities
fairlead_helper_backend_get_capabilities (FairleadBackend *backend,
                                          FairleadNetwork *network)
{
  const FairleadBackendCapabilities capabilities =
    FAIRLEAD_BACKEND_CLASS (fairlead_helper_backend_parent_class)->get_capabilities (backend, network);

  return is_native (network) ? capabilities & ~FAIRLEAD_BACKEND_CAP_PORTS_SCTP : capabilities;
}

static gboolean
check_free (FairleadPortMapping  *mapping,
            GError              **error)
{
  g_autoptr (GPtrArray) parts = fairlead_forwarder_split (mapping);

  for (guint i = 0; i < parts->len; i++)
    if (!fairlead_port_mapping_check_free (parts->pdata[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
fairlead_helper_backend_plan (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  if (!is_native (fairlead_attachment_get_network (attachment)))
    return TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!check_free (mapping, error))
        return FALSE;
    }
  return TRUE;
}

/* The forwarder would end with the helper by itself, but its ports have to be free when this returns. */
static gboolean
fairlead_helper_backend_teardown (FairleadBackend        *backend,
                                  FairleadAttachment     *attachment,
                                  FairleadTeardownFlags   flags,
                                  GCancellable           *cancellable,
                                  GError                **error)
{
  const gboolean stopped = fairlead_forwarder_stop (attachment, error);
  guint64 start_time;
  int pid;

  return (get_identity (attachment, &pid, &start_time)
          ? fairlead_process_stop (pid, start_time, SIGTERM, stopped ? error : NULL)
          : end_by_fifo (FAIRLEAD_HELPER_BACKEND (backend), attachment, stopped ? error : NULL)) && stopped;
}

static gboolean
has_ports (FairleadAttachment *attachment)
{
  return g_list_model_get_n_items (fairlead_attachment_get_port_mappings (attachment)) > 0;
}

static gboolean
check_forwarder_running (FairleadAttachment  *attachment,
                         GError             **error)
{
  int pid;

  if (fairlead_forwarder_is_running (attachment))
    return TRUE;
  if (fairlead_forwarder_is_recorded (attachment, &pid))
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "its port forwarder (process %d) has ended; a reload "
                 "starts it again", pid);
  else
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "its port forwarder was not started; a reload "
                         "starts it");
  return FALSE;
}

/* Without ports there need not be one. */
static gboolean
check_forwarder (FairleadAttachment  *attachment,
                 GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  if (!is_native (fairlead_attachment_get_network (attachment)) || !has_ports (attachment))
    return TRUE;
  if (!check_forwarder_running (attachment, error))
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!fairlead_forwarder_check (attachment, mapping, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fairlead_helper_backend_check (FairleadBackend     *backend,
                               FairleadAttachment  *attachment,
                               GCancellable        *cancellable,
                               GError             **error)
{
  return fairlead_helper_backend_check_running (FAIRLEAD_HELPER_BACKEND (backend), attachment, error) &&
         FAIRLEAD_BACKEND_CLASS (fairlead_helper_backend_parent_class)->check (backend, attachment, cancellable, error) &&
         check_forwarder (attachment, error);
}

static gboolean
start_forwarder (FairleadHelperBackend  *self,
                 FairleadAttachment     *attachment,
                 GCancellable           *cancellable,
                 GError                **error)
{
  FairleadHelperBackendPrivate *priv = fairlead_helper_backend_get_instance_private (self);
  g_autoptr (GError) local_error = NULL;
  guint64 start_time = 0;
  int pid;
  const int pidfd = get_identity (attachment, &pid, &start_time)
                      ? fairlead_process_open_recorded (pid, start_time, &local_error) : -1;

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (pidfd < 0)
    return fairlead_helper_backend_check_running (self, attachment, error);
  return fairlead_forwarder_start (attachment, pidfd, priv->timeout * 1000, cancellable, error);
}

/* Ports that are not there, or only some of the range. */
static gboolean
restore_ports (FairleadAttachment  *attachment,
               GCancellable        *cancellable,
               GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!fairlead_forwarder_check (attachment, mapping, NULL) &&
          (!fairlead_forwarder_remove (attachment, mapping, error) ||
           !fairlead_forwarder_add (attachment, mapping, cancellable, error)))
        return FALSE;
    }
  return TRUE;
}

/* There is no firewall rule of ours that a flush could have removed. */
static gboolean
fairlead_helper_backend_reload (FairleadBackend     *backend,
                                FairleadAttachment  *attachment,
                                GCancellable        *cancellable,
                                GError             **error)
{
  FairleadHelperBackend *self = FAIRLEAD_HELPER_BACKEND (backend);

  return fairlead_helper_backend_check_running (self, attachment, error) &&
         fairlead_helper_backend_forward_ports (self, attachment, cancellable, error);
}

static gboolean
fairlead_helper_backend_publish (FairleadBackend      *backend,
                                 FairleadAttachment   *attachment,
                                 FairleadPortMapping  *mapping,
                                 GCancellable         *cancellable,
                                 GError              **error)
{
  FairleadHelperBackend *self = FAIRLEAD_HELPER_BACKEND (backend);
  int pid;

  if (!is_native (fairlead_attachment_get_network (attachment)))
    return FAIRLEAD_BACKEND_CLASS (fairlead_helper_backend_parent_class)->publish (backend, attachment, mapping,
                                                                                   cancellable, error);
  /* The first port may come late. */
  if (!fairlead_helper_backend_check_running (self, attachment, error) ||
      !check_free (mapping, error) ||
      (!fairlead_forwarder_is_recorded (attachment, &pid) && !start_forwarder (self, attachment, cancellable, error)))
    return FALSE;
  return check_forwarder_running (attachment, error) &&
         fairlead_forwarder_add (attachment, mapping, cancellable, error);
}

/* With the forwarder its ports are gone. */
static gboolean
fairlead_helper_backend_unpublish (FairleadBackend      *backend,
                                   FairleadAttachment   *attachment,
                                   FairleadPortMapping  *mapping,
                                   GCancellable         *cancellable,
                                   GError              **error)
{
  if (!is_native (fairlead_attachment_get_network (attachment)))
    return FAIRLEAD_BACKEND_CLASS (fairlead_helper_backend_parent_class)->unpublish (backend, attachment, mapping,
                                                                                     cancellable, error);
  return !fairlead_forwarder_is_running (attachment) || fairlead_forwarder_remove (attachment, mapping, error);
}

static void
add_forwarder (GVariantBuilder    *builder,
               FairleadAttachment *attachment)
{
  FairleadNetwork *network = fairlead_attachment_get_network (attachment);
  int pid;

  if (!FAIRLEAD_IS_HELPER_NETWORK (network))
    return;
  g_variant_builder_add (builder, "{sv}", "PortForwarder",
                         g_variant_new_string (is_native (network) ? "native" : "backend"));
  if (!fairlead_forwarder_is_recorded (attachment, &pid))
    return;
  g_variant_builder_add (builder, "{sv}", "ForwarderPid", g_variant_new_uint32 ((guint32) pid));
  g_variant_builder_add (builder, "{sv}", "ForwarderRunning",
                         g_variant_new_boolean (fairlead_forwarder_is_running (attachment)));
}

static GVariant *
fairlead_helper_backend_inspect (FairleadBackend     *backend,
                                 FairleadAttachment  *attachment,
                                 GCancellable        *cancellable,
                                 GError             **error)
{
  g_autoptr (GVariant) base =
    FAIRLEAD_BACKEND_CLASS (fairlead_helper_backend_parent_class)->inspect (backend, attachment, cancellable, error);
  const gboolean running = fairlead_helper_backend_is_running (FAIRLEAD_HELPER_BACKEND (backend), attachment);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint64 start_time;
  int pid;

  if (base == NULL)
    {
      g_variant_builder_clear (&builder);
      return NULL;
    }
  /* In the order that they have for every backend. */
  for (gsize i = 0; i < g_variant_n_children (base); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (base, i);

      g_variant_builder_add_value (&builder, entry);
    }
  get_identity (attachment, &pid, &start_time);
  g_variant_builder_add (&builder, "{sv}", "HelperPid", g_variant_new_uint32 ((guint32) pid));
  g_variant_builder_add (&builder, "{sv}", "HelperRunning", g_variant_new_boolean (running));
  add_forwarder (&builder, attachment);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
fairlead_helper_backend_get_property (GObject    *object,
                                      guint       prop_id,
                                      GValue     *value,
                                      GParamSpec *pspec)
{
  FairleadHelperBackendPrivate *priv =
    fairlead_helper_backend_get_instance_private (FAIRLEAD_HELPER_BACKEND (object));

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, priv->path);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, priv->timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_helper_backend_set_property (GObject      *object,
                                      guint         prop_id,
                                      const GValue *value,
                                      GParamSpec   *pspec)
{
  FairleadHelperBackendPrivate *priv =
    fairlead_helper_backend_get_instance_private (FAIRLEAD_HELPER_BACKEND (object));

  switch (prop_id)
    {
    case PROP_PATH:
      g_free (priv->path);
      priv->path = g_value_dup_string (value);
      break;
    case PROP_TIMEOUT:
      priv->timeout = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_helper_backend_finalize (GObject *object)
{
  FairleadHelperBackendPrivate *priv =
    fairlead_helper_backend_get_instance_private (FAIRLEAD_HELPER_BACKEND (object));

  g_free (priv->path);

  G_OBJECT_CLASS (fairlead_helper_backend_parent_class)->finalize (object);
}

static void
fairlead_helper_backend_class_init (FairleadHelperBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG;

  object_class->get_property = fairlead_helper_backend_get_property;
  object_class->set_property = fairlead_helper_backend_set_property;
  object_class->finalize = fairlead_helper_backend_finalize;

  backend_class->get_capabilities = fairlead_helper_backend_get_capabilities;
  backend_class->plan = fairlead_helper_backend_plan;
  backend_class->teardown = fairlead_helper_backend_teardown;
  backend_class->check = fairlead_helper_backend_check;
  backend_class->reload = fairlead_helper_backend_reload;
  backend_class->inspect = fairlead_helper_backend_inspect;
  backend_class->publish = fairlead_helper_backend_publish;
  backend_class->unpublish = fairlead_helper_backend_unpublish;

  /**
   * FairleadHelperBackend:path:
   *
   * The absolute path of the helper program; unset, it is looked for in the system's directories.
   *
   * Since: 1.0
   */
  props[PROP_PATH] = g_param_spec_string ("path", "Program", "path of the helper program; unset, it is looked for in the "
                                          "system's directories", NULL, flags | FAIRLEAD_PARAM_PATH);
  /**
   * FairleadHelperBackend:timeout:
   *
   * How many seconds the helper program may take to be ready.
   *
   * Since: 1.0
   */
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Time limit", "seconds that the helper program may take to be ready",
                                           1, 3600, DEFAULT_TIMEOUT, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_helper_backend_init (FairleadHelperBackend *self)
{
}

/**
 * fairlead_helper_backend_find_program:
 * @self: a backend
 * @cancellable: (nullable): to give up, or %NULL
 * @error: where to put the error
 *
 * Finds the helper program, where the key `path` says or in the system's directories, and which options it has. The
 * errors are those of [method@Fairlead.Backend.find_program].
 *
 * Returns: (transfer full): the program, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadProgram *
fairlead_helper_backend_find_program (FairleadHelperBackend  *self,
                                      GCancellable           *cancellable,
                                      GError                **error)
{
  FairleadHelperBackendPrivate *priv = fairlead_helper_backend_get_instance_private (self);
  g_autoptr (GError) local_error = NULL;
  FairleadProgram *program;

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), NULL);

  program = fairlead_backend_find_program (FAIRLEAD_BACKEND (self), get_program (self), priv->path, cancellable,
                                           &local_error);
  if (g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    g_prefix_error (&local_error, "install %s, or set [backend %s] path: ", get_program (self),
                    fairlead_backend_get_name (FAIRLEAD_BACKEND (self)));
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return program;
}

/**
 * fairlead_helper_backend_check_tun:
 * @self: a backend
 * @error: where to put the error
 *
 * Checks that `/dev/net/tun` can be opened, which programs need that make a tap interface. The error says how root can
 * allow it.
 *
 * Returns: %TRUE if it can be opened, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_helper_backend_check_tun (FairleadHelperBackend  *self,
                                   GError                **error)
{
  int fd;
  int saved_errno;

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), FALSE);

  fd = open (TUN_DEVICE, O_RDWR | O_CLOEXEC);
  saved_errno = errno;
  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  fairlead_error_set_errno (error, saved_errno, "%s needs " TUN_DEVICE ", which cannot be opened%s", get_program (self),
                            saved_errno == EACCES || saved_errno == EPERM
                            ? " (on most systems everybody may; root can allow it with \"chmod 0666 " TUN_DEVICE "\")"
                            : saved_errno == ENOENT || saved_errno == ENODEV
                            ? " (the kernel module is called tun; root can load it with \"modprobe tun\")" : "");
  return FALSE;
}

/* Of this attachment alone: locally administered, and not a group's. */
static char *
dup_random_mac (void)
{
  const guint32 number = fairlead_random ();

  return g_strdup_printf ("02:%02x:%02x:%02x:%02x:%02x", fairlead_random () & 0xff, number >> 24,
                          number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
}

/**
 * fairlead_helper_backend_plan_tap:
 * @self: a backend
 * @attachment: the attachment that plan was given
 *
 * Chooses the name of the tap interface, `tap0` unless the request names it, and its MAC address, at random unless the
 * request has one.
 *
 * Since: 1.0
 */
void
fairlead_helper_backend_plan_tap (FairleadHelperBackend *self,
                                  FairleadAttachment    *attachment)
{
  const char *asked;
  g_autofree char *mac = NULL;

  g_return_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self));
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment));

  asked = fairlead_attachment_get_mac (attachment);
  mac = asked != NULL ? g_strdup (asked) : dup_random_mac ();
  if (fairlead_attachment_get_interface (attachment) == NULL)
    fairlead_attachment_set_interface (attachment, DEFAULT_INTERFACE);
  fairlead_attachment_set_document_value (attachment, KEY_MAC, g_variant_new_string (mac));
}

/**
 * fairlead_helper_backend_get_mac:
 * @self: a backend
 * @attachment: an attachment
 *
 * Gets the MAC address that [method@Fairlead.HelperBackend.plan_tap] chose.
 *
 * Returns: (nullable): the address, or %NULL if none was chosen
 *
 * Since: 1.0
 */
const char *
fairlead_helper_backend_get_mac (FairleadHelperBackend *self,
                                 FairleadAttachment    *attachment)
{
  const char *mac = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), NULL);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), NULL);

  g_variant_lookup (fairlead_attachment_get_document (attachment), KEY_MAC, "&s", &mac);
  return mac;
}

/* The functions run inside the network namespace, which /proc/sys/net follows. @user_data is the value, of MAX_DAD. */
#define MAX_DAD 16

static gboolean
write_dad_func (gpointer   user_data,
                GError   **error)
{
  const char *value = user_data;
  int fd = open (ACCEPT_DAD, O_WRONLY | O_CLOEXEC);
  gboolean written = fd >= 0 && write (fd, value, strlen (value)) == (gssize) strlen (value);

  if (!written)
    fairlead_error_set_errno (error, errno, "cannot set the sysctl " ACCEPT_DAD);
  if (fd >= 0)
    close (fd);
  return written;
}

static gboolean
disable_dad_func (gpointer   user_data,
                  GError   **error)
{
  char *value = user_data;
  char off[] = "0";
  int fd = open (ACCEPT_DAD, O_RDONLY | O_CLOEXEC);
  gssize n = fd >= 0 ? read (fd, value, MAX_DAD - 1) : -1;

  if (n < 0)
    fairlead_error_set_errno (error, errno, "this system has no IPv6, as there is no " ACCEPT_DAD);
  if (fd >= 0)
    close (fd);
  value[MAX (n, 0)] = '\0';
  return n >= 0 && write_dad_func (off, error);
}

/**
 * fairlead_helper_backend_open_exit_fd:
 * @self: a backend
 * @attachment: the attachment that setup was given
 * @error: where to put the error
 *
 * Opens a descriptor for a helper program that ends when one hangs up (`POLLHUP`): the one of
 * [method@Fairlead.Attachment.dup_exit_fd] or, if there is none, the reading end of a FIFO in the attachment's directory,
 * which nobody writes to before teardown. A program that holds the FIFO is found by it. It is closed on exec.
 *
 * Returns: a descriptor that is the caller's, or -1 with @error set
 *
 * Since: 1.0
 */
int
fairlead_helper_backend_open_exit_fd (FairleadHelperBackend  *self,
                                      FairleadAttachment     *attachment,
                                      GError                **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *fifo = NULL;
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), -1);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), -1);

  fd = fairlead_attachment_dup_exit_fd (attachment, &local_error);
  if (fd >= 0)
    return fd;
  if (local_error != NULL || fairlead_attachment_ensure_directory (attachment, &local_error) == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return -1;
    }
  fifo = dup_fifo_path (attachment);
  if (mkfifo (fifo, 0600) == 0)
    fd = open (fifo, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot create the FIFO %s", fifo);
  return fd;
}

static gboolean
start_recorded (FairleadHelperBackend  *self,
                FairleadAttachment     *attachment,
                FairleadProcess        *process,
                GCancellable           *cancellable,
                GError                **error)
{
  FairleadHelperBackendPrivate *priv = fairlead_helper_backend_get_instance_private (self);
  FairleadHelperBackendClass *klass = FAIRLEAD_HELPER_BACKEND_GET_CLASS (self);
  g_autofree char *fifo = dup_fifo_path (attachment);

  fairlead_process_set_held (process, fifo == NULL || access (fifo, F_OK) < 0);
  fairlead_process_set_time_limit (process, priv->timeout * 1000);
  fairlead_process_join_userns_of (process, fairlead_attachment_get_netns (attachment));
  if (!fairlead_process_start (process, error))
    return FALSE;

  fairlead_attachment_set_document_value (attachment, KEY_PID, g_variant_new_int32 (fairlead_process_get_pid (process)));
  fairlead_attachment_set_document_value (attachment, KEY_START_TIME,
                                          g_variant_new_uint64 (fairlead_process_get_start_time (process)));
  if (fairlead_attachment_checkpoint (attachment, error) &&
      (klass->started == NULL || klass->started (self, attachment, error)))
    return fairlead_process_wait_ready (process, cancellable, error);
  fairlead_process_stop (fairlead_process_get_pid (process), fairlead_process_get_start_time (process), SIGTERM, NULL);
  return FALSE;
}

/**
 * fairlead_helper_backend_start:
 * @self: a backend
 * @attachment: the attachment that setup was given
 * @process: the program, with its arguments, its descriptors and one to say that it is ready; not started
 * @skip_dad: whether the IPv6 addresses of the interface that it makes can be used at once, without the kernel looking
 *   for duplicates first
 * @cancellable: (nullable): to stop the program, or %NULL
 * @error: where to put the error
 *
 * Starts the helper program in the user namespace that owns the container's network namespace, writes it down, and
 * waits until it is ready, for as long as the key `timeout` says. If that fails, it has ended. The errors are those of
 * [method@Fairlead.Process.start] and [method@Fairlead.Process.wait_ready].
 *
 * Returns: %TRUE if the program is ready, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_helper_backend_start (FairleadHelperBackend  *self,
                               FairleadAttachment     *attachment,
                               FairleadProcess        *process,
                               gboolean                skip_dad,
                               GCancellable           *cancellable,
                               GError                **error)
{
  FairleadNetns *netns;
  char dad[MAX_DAD] = "";
  gboolean started;

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (process), FALSE);

  netns = fairlead_attachment_get_netns (attachment);
  if (skip_dad && !fairlead_netns_run (netns, disable_dad_func, dad, error))
    return FALSE;
  started = start_recorded (self, attachment, process, cancellable, error);
  /* Put back whatever became of the start; the interface has inherited it by then. */
  return (*dad == '\0' || fairlead_netns_run (netns, write_dad_func, dad, started ? error : NULL)) && started;
}

/**
 * fairlead_helper_backend_forward_ports:
 * @self: a backend
 * @attachment: the attachment that setup was given, with its addresses
 * @cancellable: (nullable): to give up, or %NULL
 * @error: where to put the error
 *
 * Publishes the attachment's ports where the key `port-forwarder` of its network says `native`, and does nothing
 * otherwise. For that it starts Fairlead's own forwarder inside the container's network namespace, if there are ports
 * and it does not run; the key `timeout` says how long that may take. Ports that are published already stay.
 *
 * The errors are those of [method@Fairlead.PortMapping.check_free] for a port that cannot be had, and those of
 * [method@Fairlead.Process.start] and [method@Fairlead.Process.wait_ready].
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_helper_backend_forward_ports (FairleadHelperBackend  *self,
                                       FairleadAttachment     *attachment,
                                       GCancellable           *cancellable,
                                       GError                **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  if (!is_native (fairlead_attachment_get_network (attachment)) || !has_ports (attachment))
    return TRUE;
  return (fairlead_forwarder_is_running (attachment) || start_forwarder (self, attachment, cancellable, error)) &&
         restore_ports (attachment, cancellable, error);
}

/**
 * fairlead_helper_backend_is_running:
 * @self: a backend
 * @attachment: an attachment
 *
 * Tells whether the attachment's helper program runs.
 *
 * Returns: %TRUE if it runs
 *
 * Since: 1.0
 */
gboolean
fairlead_helper_backend_is_running (FairleadHelperBackend *self,
                                    FairleadAttachment    *attachment)
{
  guint64 start_time;
  int pid;

  g_return_val_if_fail (FAIRLEAD_IS_HELPER_BACKEND (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (attachment), FALSE);

  return get_identity (attachment, &pid, &start_time) && fairlead_process_is_running (pid, start_time);
}

/**
 * fairlead_helper_backend_check_running:
 * @self: a backend
 * @attachment: an attachment
 * @error: where to put the error
 *
 * Checks that the attachment's helper program runs; %FAIRLEAD_ERROR_NOT_FOUND if it has ended.
 *
 * Returns: %TRUE if it runs, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_helper_backend_check_running (FairleadHelperBackend  *self,
                                       FairleadAttachment     *attachment,
                                       GError                **error)
{
  guint64 start_time;
  int pid;

  if (fairlead_helper_backend_is_running (self, attachment))
    return TRUE;
  get_identity (attachment, &pid, &start_time);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "its %s (process %d) has ended", get_program (self), pid);
  return FALSE;
}
