/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fairlead/fairlead-backend-module.h>

/* A network namespace with nothing in it but its loopback interface. */

#define FAIRLEAD_TYPE_NONE_BACKEND (fairlead_none_backend_get_type ())
G_DECLARE_FINAL_TYPE (FairleadNoneBackend, fairlead_none_backend, FAIRLEAD, NONE_BACKEND, FairleadBackend)

struct _FairleadNoneBackend
{
  FairleadBackend parent_instance;
};

G_DEFINE_FINAL_TYPE (FairleadNoneBackend, fairlead_none_backend, FAIRLEAD_TYPE_BACKEND)

static gboolean
fairlead_none_backend_plan (FairleadBackend     *backend,
                            FairleadAttachment  *attachment,
                            GCancellable        *cancellable,
                            GError             **error)
{
  fairlead_attachment_set_interface (attachment, "lo");
  return TRUE;
}

static gboolean
fairlead_none_backend_setup (FairleadBackend     *backend,
                             FairleadAttachment  *attachment,
                             GCancellable        *cancellable,
                             GError             **error)
{
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);
  g_autoptr (GListModel) interfaces = NULL;

  if (!fairlead_netns_set_loopback_up (netns, error))
    return FALSE;
  interfaces = fairlead_netns_list_interfaces (netns, error);
  if (interfaces == NULL)
    return FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (g_str_equal (fairlead_interface_get_name (interface), "lo"))
        {
          g_autoptr (FairleadInterface) inner =
            fairlead_interface_new ("lo", NULL, fairlead_interface_get_mtu (interface),
                                    fairlead_attachment_get_netns_path (attachment));

          fairlead_attachment_add_interface (attachment, inner);
        }
    }
  return TRUE;
}

/* The namespace goes with its loopback interface; one that was joined keeps it up, as others may use it by now. */
static gboolean
fairlead_none_backend_teardown (FairleadBackend        *backend,
                                FairleadAttachment     *attachment,
                                FairleadTeardownFlags   flags,
                                GCancellable           *cancellable,
                                GError                **error)
{
  return TRUE;
}

/* No firewall rule is this backend's, so there is none to put back. */
static gboolean
fairlead_none_backend_reload (FairleadBackend     *backend,
                              FairleadAttachment  *attachment,
                              GCancellable        *cancellable,
                              GError             **error)
{
  return TRUE;
}

static void
fairlead_none_backend_class_init (FairleadNoneBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  backend_class->plan = fairlead_none_backend_plan;
  backend_class->setup = fairlead_none_backend_setup;
  backend_class->teardown = fairlead_none_backend_teardown;
  backend_class->reload = fairlead_none_backend_reload;
}

static void
fairlead_none_backend_init (FairleadNoneBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("none", FAIRLEAD_VERSION_S, "A network namespace with only its loopback interface",
                         "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_MULTIPLE |
                         FAIRLEAD_BACKEND_CAP_UNPRIVILEGED | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK,
                         FairleadNoneBackend, fairlead_none_backend)
