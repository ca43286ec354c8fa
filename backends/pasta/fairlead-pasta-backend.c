/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

#include <errno.h>
#include <unistd.h>

#include "fairlead-pasta-command.h"
#include "fairlead-pasta-result.h"

/*
 * Networks without a privilege, by pasta(1).
 *
 * The document of an attachment is that of FairleadHelperBackend. pasta runs in the foreground, so that the process that
 * was started is the one to end, and inside the user namespace that owns the container's network namespace. That comes in
 * by a descriptor, through a link in the attachment's directory which tells people whose process it is. It writes its
 * number, as to a file, when it is ready.
 */

/* In the attachment's directory. */
#define NETNS_NAME "netns"

#define FAIRLEAD_TYPE_PASTA_BACKEND (fairlead_pasta_backend_get_type ())
G_DECLARE_FINAL_TYPE (FairleadPastaBackend, fairlead_pasta_backend, FAIRLEAD, PASTA_BACKEND, FairleadHelperBackend)

struct _FairleadPastaBackend
{
  FairleadHelperBackend parent_instance;
};

G_DEFINE_FINAL_TYPE (FairleadPastaBackend, fairlead_pasta_backend, FAIRLEAD_TYPE_HELPER_BACKEND)

static FairleadBackendCapabilities
fairlead_pasta_backend_get_capabilities (FairleadBackend *backend,
                                         FairleadNetwork *network)
{
  FairleadBackendCapabilities capabilities =
    FAIRLEAD_BACKEND_CLASS (fairlead_pasta_backend_parent_class)->get_capabilities (backend, network);
  const FairleadPastaKeys *keys;
  gboolean forwards;

  if (network == NULL || !FAIRLEAD_IS_PASTA_NETWORK (network))
    return capabilities;
  keys = fairlead_pasta_network_get_keys (FAIRLEAD_PASTA_NETWORK (network));
  forwards = fairlead_pasta_network_forwards (FAIRLEAD_PASTA_NETWORK (network));
  if (keys->family == FAIRLEAD_PASTA_FAMILY_IPV4)
    capabilities &= ~FAIRLEAD_BACKEND_CAP_IPV6;
  if (forwards && keys->family == FAIRLEAD_PASTA_FAMILY_IPV4)
    capabilities &= ~FAIRLEAD_BACKEND_CAP_PORTS_IPV6;
  if (forwards)
    capabilities &= ~FAIRLEAD_BACKEND_CAP_LIVE_PORTS;
  if (keys->addresses == FAIRLEAD_PASTA_ADDRESSES_HOST)
    capabilities &= ~FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS;
  return capabilities;
}

static gboolean
forwards_ports (FairleadAttachment *attachment)
{
  return fairlead_pasta_network_forwards (FAIRLEAD_PASTA_NETWORK (fairlead_attachment_get_network (attachment)));
}

/* The attachment's ports with host addresses, if they are pasta's to publish. Each was free a moment ago. */
static GPtrArray *
dup_mappings (FairleadAttachment         *attachment,
              const FairleadPastaLayout  *layout,
              GError                    **error)
{
  GListModel *model = fairlead_attachment_get_port_mappings (attachment);
  g_autoptr (GPtrArray) mappings = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; forwards_ports (attachment) && i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (FairleadPortMapping) asked = g_list_model_get_item (model, i);
      g_autoptr (FairleadPortMapping) mapping = fairlead_pasta_layout_dup_mapping (layout, asked, error);

      if (mapping == NULL || !fairlead_port_mapping_check_free (mapping, error))
        return NULL;
      g_ptr_array_add (mappings, g_steal_pointer (&mapping));
    }
  return g_steal_pointer (&mappings);
}

static gboolean
fairlead_pasta_backend_plan (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  FairleadHelperBackend *helper = FAIRLEAD_HELPER_BACKEND (backend);
  FairleadNetwork *network = fairlead_attachment_get_network (attachment);
  g_autoptr (FairleadProgram) program = NULL;
  g_autoptr (FairleadPastaLayout) layout = NULL;
  g_autoptr (GPtrArray) mappings = NULL;

  if (fairlead_network_get_default_route (network) == FAIRLEAD_DEFAULT_ROUTE_NO)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                           "default-route: pasta always gives the container its default route");
      return FALSE;
    }
  program = fairlead_helper_backend_find_program (helper, cancellable, error);
  if (program != NULL)
    layout = fairlead_pasta_layout_new (attachment, program, error);
  if (layout == NULL || !fairlead_pasta_command_check (program, attachment, layout, error) ||
      !fairlead_helper_backend_check_tun (helper, error))
    return FALSE;
  mappings = dup_mappings (attachment, layout, error);
  if (mappings == NULL ||
      !FAIRLEAD_BACKEND_CLASS (fairlead_pasta_backend_parent_class)->plan (backend, attachment, cancellable, error))
    return FALSE;
  fairlead_helper_backend_plan_tap (helper, attachment);
  return TRUE;
}

static char *
make_netns_link (FairleadAttachment  *attachment,
                 GError             **error)
{
  const char *directory = fairlead_attachment_ensure_directory (attachment, error);
  g_autofree char *path = directory != NULL ? g_build_filename (directory, NETNS_NAME, NULL) : NULL;

  if (path == NULL || symlink ("/proc/self/fd/" G_STRINGIFY (FAIRLEAD_PASTA_NETNS_FD), path) == 0)
    return g_steal_pointer (&path);
  fairlead_error_set_errno (error, errno, "cannot create the link %s", path);
  return NULL;
}

/* pasta does not watch a descriptor; where the container's end is told by one, somebody else does for it. */
static gboolean
tie_to_container (FairleadAttachment  *attachment,
                  FairleadProcess     *process,
                  GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  int fd = fairlead_attachment_dup_exit_fd (attachment, &local_error);
  gboolean tied = TRUE;

  if (fd >= 0)
    {
      tied = fairlead_process_end_with (process, fd, error);
      close (fd);
    }
  else if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      tied = FALSE;
    }
  return tied;
}

static gboolean
start (FairleadHelperBackend  *helper,
       FairleadAttachment     *attachment,
       GPtrArray              *argv,
       gboolean                skip_dad,
       GCancellable           *cancellable,
       GError                **error)
{
  g_autoptr (FairleadProcess) process = fairlead_process_new ((const char * const *) argv->pdata);
  int fd = fairlead_netns_dup_fd (fairlead_attachment_get_netns (attachment), error);

  if (fd < 0)
    return FALSE;
  fairlead_process_take_fd (process, fd, FAIRLEAD_PASTA_NETNS_FD);
  fairlead_process_set_ready_fd (process, FAIRLEAD_PASTA_READY_FD);
  return fairlead_helper_backend_start (helper, attachment, process, skip_dad, cancellable, error) &&
         tie_to_container (attachment, process, error);
}

/* Versions of 2023 bind those ports of a range that they can, or none, and say nothing. */
static gboolean
verify_ports (GPtrArray  *mappings,
              GError    **error)
{
  for (guint i = 0; i < mappings->len; i++)
    if (!fairlead_port_mapping_check_taken (g_ptr_array_index (mappings, i), error))
      {
        g_prefix_error (error, "pasta does not publish what it was told to: ");
        return FALSE;
      }
  return TRUE;
}

static gboolean
start_with_ports (FairleadHelperBackend      *helper,
                  FairleadAttachment         *attachment,
                  FairleadProgram            *program,
                  const FairleadPastaLayout  *layout,
                  GCancellable               *cancellable,
                  GError                    **error)
{
  g_autoptr (GPtrArray) mappings = dup_mappings (attachment, layout, error);
  g_autofree char *netns_path = mappings != NULL ? make_netns_link (attachment, error) : NULL;
  g_autoptr (GPtrArray) argv = NULL;

  if (netns_path == NULL)
    return FALSE;
  argv = fairlead_pasta_command_build (program, attachment, layout, mappings, netns_path,
                                       fairlead_helper_backend_get_mac (helper, attachment));
  /* The question for duplicates is asked without an address, and versions of 2023 then take that for the container's. */
  return start (helper, attachment, argv, layout->enabled[FAIRLEAD_PASTA_IPV6], cancellable, error) &&
         verify_ports (mappings, error);
}

/* Of two that start at once and want one port, the later one has to notice: pasta would not. */
static gboolean
lock_ports (FairleadBackend      *backend,
            FairleadAttachment   *attachment,
            FairleadSharedState **lock,
            GCancellable         *cancellable,
            GError              **error)
{
  if (!forwards_ports (attachment) ||
      g_list_model_get_n_items (fairlead_attachment_get_port_mappings (attachment)) == 0)
    return TRUE;
  *lock = fairlead_backend_open_shared_state (backend, FAIRLEAD_SHARED_ACCESS_CHANGE, cancellable, error);
  return *lock != NULL;
}

static gboolean
fairlead_pasta_backend_setup (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  FairleadHelperBackend *helper = FAIRLEAD_HELPER_BACKEND (backend);
  g_autoptr (FairleadProgram) program = fairlead_helper_backend_find_program (helper, cancellable, error);
  g_autoptr (FairleadPastaLayout) layout =
    program != NULL ? fairlead_pasta_layout_new (attachment, program, error) : NULL;
  g_autoptr (FairleadSharedState) lock = NULL;

  if (layout == NULL || !lock_ports (backend, attachment, &lock, cancellable, error) ||
      !start_with_ports (helper, attachment, program, layout, cancellable, error))
    return FALSE;
  return fairlead_pasta_result_add (attachment, layout, fairlead_helper_backend_get_mac (helper, attachment), error) &&
         fairlead_helper_backend_forward_ports (helper, attachment, cancellable, error);
}

static gboolean
fairlead_pasta_backend_check (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  if (!FAIRLEAD_BACKEND_CLASS (fairlead_pasta_backend_parent_class)->check (backend, attachment, cancellable, error))
    return FALSE;
  for (guint i = 0; forwards_ports (attachment) && i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) asked = g_list_model_get_item (mappings, i);
      g_autoptr (FairleadPortMapping) mapping = fairlead_pasta_result_dup_mapping (attachment, asked);

      if (!fairlead_port_mapping_check_taken (mapping, error))
        return FALSE;
    }
  return TRUE;
}

static void
fairlead_pasta_backend_class_init (FairleadPastaBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  backend_class->network_type = FAIRLEAD_TYPE_PASTA_NETWORK;
  backend_class->get_capabilities = fairlead_pasta_backend_get_capabilities;
  backend_class->plan = fairlead_pasta_backend_plan;
  backend_class->setup = fairlead_pasta_backend_setup;
  backend_class->check = fairlead_pasta_backend_check;

  FAIRLEAD_HELPER_BACKEND_CLASS (klass)->program = "pasta";
}

static void
fairlead_pasta_backend_init (FairleadPastaBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("pasta", FAIRLEAD_VERSION_S, "Networks without a privilege, by pasta", "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_PORTS_UDP |
                         FAIRLEAD_BACKEND_CAP_PORTS_IPV6 | FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS |
                         FAIRLEAD_BACKEND_CAP_STATIC_MAC | FAIRLEAD_BACKEND_CAP_UNPRIVILEGED | FAIRLEAD_BACKEND_CAP_IPV6 |
                         FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK | FAIRLEAD_BACKEND_CAP_LIVE_PORTS |
                         FAIRLEAD_BACKEND_CAP_INTERFACE_NAME,
                         FairleadPastaBackend, fairlead_pasta_backend)
