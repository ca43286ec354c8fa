/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A module of backend ABI 1.0. It has a key, a network of its own with a key, all methods that there were, and a
 * document. It is built against the headers beside it, and never changed. */

#include <fairlead/fairlead-backend-module.h>

#define OLD_TYPE_NETWORK (old_network_get_type ())
G_DECLARE_FINAL_TYPE (OldNetwork, old_network, OLD, NETWORK, FairleadNetwork)

struct _OldNetwork
{
  FairleadNetwork parent_instance;

  guint colour;
};

G_DEFINE_FINAL_TYPE (OldNetwork, old_network, FAIRLEAD_TYPE_NETWORK)

static void
old_network_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  OLD_NETWORK (object)->colour = g_value_get_uint (value);
}

static void
old_network_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  g_value_set_uint (value, OLD_NETWORK (object)->colour);
}

static GVariant *
old_network_inspect (FairleadNetwork *network)
{
  g_autoptr (GVariant) common = FAIRLEAD_NETWORK_CLASS (old_network_parent_class)->inspect (network);
  GVariantDict dict;

  g_variant_dict_init (&dict, common);
  g_variant_dict_insert (&dict, "Colour", "u", OLD_NETWORK (network)->colour);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* One of all colours cannot be had, so that the method shows. */
static gboolean
old_network_check (FairleadNetwork  *network,
                   GError          **error)
{
  if (!FAIRLEAD_NETWORK_CLASS (old_network_parent_class)->check (network, error))
    return FALSE;
  if (OLD_NETWORK (network)->colour != 9)
    return TRUE;
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "colour 9 is sold out");
  return FALSE;
}

static void
old_network_class_init (OldNetworkClass *klass)
{
  G_OBJECT_CLASS (klass)->set_property = old_network_set_property;
  G_OBJECT_CLASS (klass)->get_property = old_network_get_property;
  FAIRLEAD_NETWORK_CLASS (klass)->inspect = old_network_inspect;
  FAIRLEAD_NETWORK_CLASS (klass)->check = old_network_check;
  g_object_class_install_property (G_OBJECT_CLASS (klass), 1,
                                   g_param_spec_uint ("colour", NULL, "A number", 1, 9, 5,
                                                      G_PARAM_READWRITE | G_PARAM_CONSTRUCT | FAIRLEAD_PARAM_CONFIG |
                                                      FAIRLEAD_PARAM_REQUEST));
}

static void
old_network_init (OldNetwork *self)
{
}

#define OLD_TYPE_BACKEND (old_backend_get_type ())
G_DECLARE_FINAL_TYPE (OldBackend, old_backend, OLD, BACKEND, FairleadBackend)

struct _OldBackend
{
  FairleadBackend parent_instance;

  char *directory;
};

G_DEFINE_FINAL_TYPE (OldBackend, old_backend, FAIRLEAD_TYPE_BACKEND)

static FairleadBackendCapabilities
old_backend_get_capabilities (FairleadBackend *backend,
                              FairleadNetwork *network)
{
  return FAIRLEAD_BACKEND_CLASS (old_backend_parent_class)->get_capabilities (backend, network);
}

static gboolean
old_backend_plan (FairleadBackend     *backend,
                  FairleadAttachment  *attachment,
                  GCancellable        *cancellable,
                  GError             **error)
{
  return FAIRLEAD_BACKEND_CLASS (old_backend_parent_class)->plan (backend, attachment, cancellable, error);
}

static gboolean
old_backend_setup (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
  OldNetwork *network = OLD_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new ("lo", NULL, 0, fairlead_attachment_get_netns_path (attachment));
  g_autofree char *path =
    g_build_filename (OLD_BACKEND (backend)->directory, fairlead_attachment_get_container_id (attachment), NULL);
  GVariantDict document;

  g_variant_dict_init (&document, NULL);
  g_variant_dict_insert (&document, "path", "s", path);
  g_variant_dict_insert (&document, "colour", "u", network->colour);
  fairlead_attachment_set_document (attachment, g_variant_dict_end (&document));
  if (!fairlead_attachment_checkpoint (attachment, error) || !g_file_set_contents (path, "", 0, error))
    return FALSE;
  fairlead_attachment_add_interface (attachment, interface);
  return TRUE;
}

static gboolean
old_backend_teardown (FairleadBackend        *backend,
                      FairleadAttachment     *attachment,
                      FairleadTeardownFlags   flags,
                      GCancellable           *cancellable,
                      GError                **error)
{
  const char *path;

  if (g_variant_lookup (fairlead_attachment_get_document (attachment), "path", "&s", &path))
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);

      g_file_delete (file, NULL, NULL);
    }
  return TRUE;
}

static GVariant *
old_backend_inspect (FairleadBackend     *backend,
                     FairleadAttachment  *attachment,
                     GCancellable        *cancellable,
                     GError             **error)
{
  return FAIRLEAD_BACKEND_CLASS (old_backend_parent_class)->inspect (backend, attachment, cancellable, error);
}

static FairleadStats *
old_backend_stats (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
  return FAIRLEAD_BACKEND_CLASS (old_backend_parent_class)->stats (backend, attachment, cancellable, error);
}

static gboolean
old_backend_check (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
  return FAIRLEAD_BACKEND_CLASS (old_backend_parent_class)->check (backend, attachment, cancellable, error);
}

static gboolean
old_backend_reload (FairleadBackend     *backend,
                    FairleadAttachment  *attachment,
                    GCancellable        *cancellable,
                    GError             **error)
{
  return FAIRLEAD_BACKEND_CLASS (old_backend_parent_class)->reload (backend, attachment, cancellable, error);
}

static GListModel *
old_backend_list_networks (FairleadBackend  *backend,
                           GCancellable     *cancellable,
                           GError          **error)
{
  GListStore *networks = g_list_store_new (FAIRLEAD_TYPE_NETWORK);
  g_autoptr (FairleadNetwork) network = fairlead_network_new (OLD_TYPE_NETWORK, "found", "old", NULL);

  g_list_store_append (networks, network);
  return G_LIST_MODEL (networks);
}

static char **
old_backend_list_network_dirs (FairleadBackend *backend)
{
  const char *dirs[] = { OLD_BACKEND (backend)->directory, NULL };

  return g_strdupv ((char **) dirs);
}

static char *
dup_port_path (FairleadBackend     *backend,
               FairleadPortMapping *mapping)
{
  g_autofree char *name = g_strdup_printf ("port-%u", fairlead_port_mapping_get_host_port (mapping));

  return g_build_filename (OLD_BACKEND (backend)->directory, name, NULL);
}

static gboolean
old_backend_publish (FairleadBackend      *backend,
                     FairleadAttachment   *attachment,
                     FairleadPortMapping  *mapping,
                     GCancellable         *cancellable,
                     GError              **error)
{
  g_autofree char *path = dup_port_path (backend, mapping);

  return g_file_set_contents (path, "", 0, error);
}

static gboolean
old_backend_unpublish (FairleadBackend      *backend,
                       FairleadAttachment   *attachment,
                       FairleadPortMapping  *mapping,
                       GCancellable         *cancellable,
                       GError              **error)
{
  g_autofree char *path = dup_port_path (backend, mapping);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_file_delete (file, NULL, NULL);
  return TRUE;
}

static gboolean
old_backend_collect (FairleadBackend  *backend,
                     GListModel       *attachments,
                     GCancellable     *cancellable,
                     GError          **error)
{
  return TRUE;
}

static void
old_backend_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  g_free (OLD_BACKEND (object)->directory);
  OLD_BACKEND (object)->directory = g_value_dup_string (value);
}

static void
old_backend_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  g_value_set_string (value, OLD_BACKEND (object)->directory);
}

static void
old_backend_finalize (GObject *object)
{
  g_free (OLD_BACKEND (object)->directory);
  G_OBJECT_CLASS (old_backend_parent_class)->finalize (object);
}

static void
old_backend_class_init (OldBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  object_class->set_property = old_backend_set_property;
  object_class->get_property = old_backend_get_property;
  object_class->finalize = old_backend_finalize;
  backend_class->network_type = OLD_TYPE_NETWORK;
  backend_class->get_capabilities = old_backend_get_capabilities;
  backend_class->plan = old_backend_plan;
  backend_class->setup = old_backend_setup;
  backend_class->teardown = old_backend_teardown;
  backend_class->stats = old_backend_stats;
  backend_class->inspect = old_backend_inspect;
  backend_class->check = old_backend_check;
  backend_class->reload = old_backend_reload;
  backend_class->list_networks = old_backend_list_networks;
  backend_class->list_network_dirs = old_backend_list_network_dirs;
  backend_class->collect = old_backend_collect;
  backend_class->publish = old_backend_publish;
  backend_class->unpublish = old_backend_unpublish;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_string ("directory", NULL, "Where its files are", "/run",
                                                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT |
                                                        FAIRLEAD_PARAM_CONFIG));
}

static void
old_backend_init (OldBackend *self)
{
}

FAIRLEAD_BACKEND_MODULE ("old", "1.0", "A module of backend ABI 1.0", "LGPL-2.1-or-later",
                         FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK |
                         FAIRLEAD_BACKEND_CAP_UNPRIVILEGED | FAIRLEAD_BACKEND_CAP_MULTIPLE |
                         FAIRLEAD_BACKEND_CAP_PORTS_TCP | FAIRLEAD_BACKEND_CAP_LIVE_PORTS,
                         OldBackend, old_backend)
