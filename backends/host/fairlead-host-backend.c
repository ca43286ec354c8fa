/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

/* The caller's own network namespace. Nothing is made, so there is nothing to undo; what can be told is what the
 * namespace has at the moment of asking. */

#define FAIRLEAD_TYPE_HOST_BACKEND (fairlead_host_backend_get_type ())
G_DECLARE_FINAL_TYPE (FairleadHostBackend, fairlead_host_backend, FAIRLEAD, HOST_BACKEND, FairleadBackend)

struct _FairleadHostBackend
{
  FairleadBackend parent_instance;
};

G_DEFINE_FINAL_TYPE (FairleadHostBackend, fairlead_host_backend, FAIRLEAD_TYPE_BACKEND)

static gboolean
fairlead_host_backend_setup (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  return TRUE;
}

static gboolean
fairlead_host_backend_teardown (FairleadBackend        *backend,
                                FairleadAttachment     *attachment,
                                FairleadTeardownFlags   flags,
                                GCancellable           *cancellable,
                                GError                **error)
{
  return TRUE;
}

static FairleadStats *
fairlead_host_backend_stats (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  return fairlead_stats_new_for_netns (fairlead_attachment_get_netns (attachment), NULL, error);
}

/* The links and addresses of this moment take the place of a result. */
static gboolean
add_live_result (FairleadAttachment  *attachment,
                 GError             **error)
{
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);
  g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, error);
  g_autoptr (GListModel) addresses = interfaces != NULL ? fairlead_netns_list_addresses (netns, error) : NULL;

  if (addresses == NULL)
    return FALSE;

  fairlead_attachment_clear_result (attachment);
  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (!g_str_equal (fairlead_interface_get_name (interface), "lo"))
        {
          g_autoptr (FairleadInterface) host_interface =
            fairlead_interface_new (fairlead_interface_get_name (interface),
                                    fairlead_interface_get_mac_address (interface),
                                    fairlead_interface_get_mtu (interface), NULL);

          fairlead_attachment_add_interface (attachment, host_interface);
        }
    }
  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);

      if (!g_inet_address_get_is_loopback (fairlead_interface_address_get_address (address)))
        fairlead_attachment_add_address (attachment, address);
    }
  return TRUE;
}

static GVariant *
fairlead_host_backend_inspect (FairleadBackend     *backend,
                               FairleadAttachment  *attachment,
                               GCancellable        *cancellable,
                               GError             **error)
{
  if (!add_live_result (attachment, error))
    return NULL;
  return FAIRLEAD_BACKEND_CLASS (fairlead_host_backend_parent_class)->inspect (backend, attachment, cancellable, error);
}

/* There is nothing that could have been lost, or that a reload could put back. */
static gboolean
fairlead_host_backend_check (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  return TRUE;
}

static void
fairlead_host_backend_class_init (FairleadHostBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  backend_class->setup = fairlead_host_backend_setup;
  backend_class->teardown = fairlead_host_backend_teardown;
  backend_class->stats = fairlead_host_backend_stats;
  backend_class->inspect = fairlead_host_backend_inspect;
  backend_class->check = fairlead_host_backend_check;
  backend_class->reload = fairlead_host_backend_check;
}

static void
fairlead_host_backend_init (FairleadHostBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("host", FAIRLEAD_VERSION_S, "The caller's own network namespace", "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_UNPRIVILEGED | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK,
                         FairleadHostBackend, fairlead_host_backend)
