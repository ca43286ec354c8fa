/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-container-file-private.h"

#include "fairlead-keyfile-private.h"
#include "fairlead-param-private.h"

/* What a container file says, declared as all keys are: as properties. */

#define FAIRLEAD_TYPE_CONTAINER_FILE (fairlead_container_file_get_type ())
G_DECLARE_FINAL_TYPE (FairleadContainerFile, fairlead_container_file, FAIRLEAD, CONTAINER_FILE, GObject)

struct _FairleadContainerFile
{
  GObject parent_instance;

  char **networks; /* (nullable) */
  char **ports;    /* (nullable) */
  char  *netns;    /* (nullable) */
  char  *share;    /* (nullable) */
};

G_DEFINE_FINAL_TYPE (FairleadContainerFile, fairlead_container_file, G_TYPE_OBJECT)

enum
{
  PROP_NETWORKS = 1,
  PROP_PORTS,
  PROP_NETNS,
  PROP_SHARE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
fairlead_container_file_set_property (GObject      *object,
                                      guint         prop_id,
                                      const GValue *value,
                                      GParamSpec   *pspec)
{
  FairleadContainerFile *self = FAIRLEAD_CONTAINER_FILE (object);

  switch (prop_id)
    {
    case PROP_NETWORKS:
      g_strfreev (self->networks);
      self->networks = g_value_dup_boxed (value);
      break;
    case PROP_PORTS:
      g_strfreev (self->ports);
      self->ports = g_value_dup_boxed (value);
      break;
    case PROP_NETNS:
      g_free (self->netns);
      self->netns = g_value_dup_string (value);
      break;
    case PROP_SHARE:
      g_free (self->share);
      self->share = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_container_file_finalize (GObject *object)
{
  FairleadContainerFile *self = FAIRLEAD_CONTAINER_FILE (object);

  g_strfreev (self->networks);
  g_strfreev (self->ports);
  g_free (self->netns);
  g_free (self->share);

  G_OBJECT_CLASS (fairlead_container_file_parent_class)->finalize (object);
}

#define KEY (G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG)

static void
fairlead_container_file_class_init (FairleadContainerFileClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = fairlead_container_file_set_property;
  object_class->finalize = fairlead_container_file_finalize;

  props[PROP_NETWORKS] =
    g_param_spec_boxed ("networks", NULL, "Networks, each NAME[:KEY=VALUE...]; unset for the default one", G_TYPE_STRV,
                        KEY);
  props[PROP_PORTS] =
    g_param_spec_boxed ("ports", NULL, "Ports to publish, each [ADDRESS:]PORT[-LAST]:PORT[-LAST][/PROTOCOL]",
                        G_TYPE_STRV, KEY);
  props[PROP_NETNS] =
    g_param_spec_string ("netns", NULL, "Network namespace to join", NULL, KEY | FAIRLEAD_PARAM_PATH);
  props[PROP_SHARE] = g_param_spec_string ("share", NULL, "Container whose network namespace to share", NULL, KEY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_container_file_init (FairleadContainerFile *self)
{
}

static gboolean
set_place (const char  *file,
           const char  *key,
           GError     **error)
{
  if (error != NULL && *error != NULL && (*error)->domain == FAIRLEAD_ERROR &&
      (*error)->code == FAIRLEAD_ERROR_INVALID_ARGUMENT)
    (*error)->code = FAIRLEAD_ERROR_INVALID_CONFIGURATION;
  g_prefix_error (error, "%s: [container] %s: ", file, key);
  return FALSE;
}

static gboolean
load (FairleadContainerFile  *self,
      FairleadKeyfile        *keyfile,
      GError                **error)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), FAIRLEAD_PARAM_CONFIG, &n_pspecs);

  for (guint i = 0; i < keyfile->groups->len; i++)
    if (!g_str_equal (keyfile->groups->pdata[i], "container"))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                     "%s: [%s]: there is no such group; there is [container]", keyfile->file,
                     (char *) keyfile->groups->pdata[i]);
        return FALSE;
      }
  for (guint i = 0; i < keyfile->entries->len; i++)
    {
      const FairleadKeyfileEntry *entry = keyfile->entries->pdata[i];
      GParamSpec *pspec = fairlead_param_find (pspecs, n_pspecs, entry->key, error);

      if (pspec == NULL || !fairlead_param_set_text (G_OBJECT (self), pspec, entry->key, entry->text, error))
        return set_place (keyfile->file, entry->key, error);
    }
  return TRUE;
}

static gboolean
add_networks (FairleadContainerFile  *self,
              FairleadRequest        *request,
              const char             *file,
              GError                **error)
{
  for (char **network = self->networks; network != NULL && *network != NULL; network++)
    if (!fairlead_request_add_network_from_string (request, *network, error))
      return set_place (file, "networks", error);
  return TRUE;
}

static gboolean
add_ports (FairleadContainerFile  *self,
           FairleadRequest        *request,
           const char             *file,
           GError                **error)
{
  for (char **port = self->ports; port != NULL && *port != NULL; port++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (*port, error);

      if (mapping == NULL)
        return set_place (file, "ports", error);
      fairlead_request_add_port_mapping (request, mapping);
    }
  return TRUE;
}

static gboolean
add_netns (FairleadContainerFile  *self,
           FairleadRequest        *request,
           const char             *file,
           GError                **error)
{
  g_autoptr (FairleadNetns) netns = NULL;

  fairlead_request_set_share_with (request, self->share);
  if (self->netns == NULL)
    return TRUE;
  netns = fairlead_netns_new_for_path (self->netns, error);
  if (netns == NULL)
    return set_place (file, "netns", error);
  fairlead_request_set_netns (request, netns);
  return TRUE;
}

FairleadRequest *
fairlead_container_file_read (const char  *file,
                              const char  *container_id,
                              GError     **error)
{
  g_autoptr (FairleadKeyfile) keyfile = fairlead_keyfile_read (file, error);
  g_autoptr (FairleadContainerFile) self = g_object_new (FAIRLEAD_TYPE_CONTAINER_FILE, NULL);
  g_autoptr (FairleadRequest) request = fairlead_request_new (container_id);

  if (keyfile == NULL || !load (self, keyfile, error) || !add_networks (self, request, file, error) ||
      !add_ports (self, request, file, error) || !add_netns (self, request, file, error))
    return NULL;
  return g_steal_pointer (&request);
}

void
fairlead_container_file_describe (GVariantBuilder *builder)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (FAIRLEAD_TYPE_CONTAINER_FILE);

  fairlead_param_describe (builder, G_OBJECT_CLASS (klass), "container");
}
