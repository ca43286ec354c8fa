/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-document.h"

#include "fairlead-cni-value.h"

/*
 * Keys:
 *
 *   config           s      the list with all plugins, as JSON
 *   ifname, netns    s
 *   args             as     CNI_ARGS
 *   capability-args  a{sv}
 *   plugin-dirs      as
 *   cache-dir        s
 *   timeout          u      seconds
 *   skip-check       as
 *   started          u      plugins that ADD was or is about to be called of
 *   complete         b      all of them succeeded, and the result is the final one
 *   result           a{sv}  of the last plugin that succeeded, as it gave it
 */

void
fairlead_cni_document_free (FairleadCniDocument *self)
{
  g_clear_pointer (&self->config, fairlead_cni_config_unref);
  g_free (self->config_text);
  g_clear_pointer (&self->target, fairlead_cni_target_unref);
  g_clear_pointer (&self->result, fairlead_cni_result_unref);
  g_strfreev (self->plugin_dirs);
  g_strfreev (self->skip_check);
  g_free (self->cache_dir);
  g_free (self);
}

gboolean
fairlead_cni_document_exists (FairleadAttachment *attachment)
{
  return g_variant_n_children (fairlead_attachment_get_document (attachment)) > 0;
}

FairleadCniRuntime *
fairlead_cni_document_new_runtime (FairleadCniDocument *self)
{
  return fairlead_cni_runtime_new ((const char * const *) self->plugin_dirs, self->cache_dir, self->timeout);
}

/* Makes it the attachment's document, which the core writes when setup or reload is done. */
gboolean
fairlead_cni_document_put (FairleadCniDocument  *self,
                           FairleadAttachment   *attachment,
                           GError              **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) result = NULL;

  if (self->result != NULL)
    {
      result = fairlead_cni_result_to_variant (self->result, self->result->version, error);
      if (result == NULL)
        return FALSE;
      g_variant_dict_insert_value (&dict, "result", result);
    }

  if (self->config_text == NULL)
    self->config_text = fairlead_cni_config_to_text (self->config);
  g_variant_dict_insert (&dict, "config", "s", self->config_text);
  g_variant_dict_insert (&dict, "ifname", "s", self->target->ifname);
  g_variant_dict_insert (&dict, "netns", "s", self->target->netns);
  g_variant_dict_insert (&dict, "args", "^as", self->target->args);
  g_variant_dict_insert_value (&dict, "capability-args", self->target->capability_args);
  g_variant_dict_insert (&dict, "plugin-dirs", "^as", self->plugin_dirs);
  g_variant_dict_insert (&dict, "cache-dir", "s", self->cache_dir);
  g_variant_dict_insert (&dict, "timeout", "u", self->timeout);
  g_variant_dict_insert (&dict, "skip-check", "^as", self->skip_check);
  g_variant_dict_insert (&dict, "started", "u", self->n_started);
  g_variant_dict_insert (&dict, "complete", "b", self->complete);

  fairlead_attachment_set_document (attachment, g_variant_dict_end (&dict));
  return TRUE;
}

/* Writes it into the attachment's state now; what it says may be done afterwards. */
gboolean
fairlead_cni_document_store (FairleadCniDocument  *self,
                             FairleadAttachment   *attachment,
                             GError              **error)
{
  return fairlead_cni_document_put (self, attachment, error) && fairlead_attachment_checkpoint (attachment, error);
}

static gboolean
set_damaged (GError **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "the state does not say how CNI attached the container; a teardown goes by the CNI cache");
  return FALSE;
}

static gboolean
load_target (FairleadCniDocument  *self,
             FairleadAttachment   *attachment,
             GVariant             *document,
             GError              **error)
{
  g_autoptr (GVariant) capability_args = NULL;
  g_auto (GStrv) args = NULL;
  const char *ifname = NULL;
  const char *netns = NULL;

  if (!g_variant_lookup (document, "ifname", "&s", &ifname) || !g_variant_lookup (document, "netns", "&s", &netns) ||
      !g_variant_lookup (document, "args", "^as", &args))
    return set_damaged (error);

  capability_args = g_variant_lookup_value (document, "capability-args", G_VARIANT_TYPE_VARDICT);
  self->target = fairlead_cni_target_new (fairlead_attachment_get_container_id (attachment), ifname, netns,
                                          (const char * const *) args, capability_args);
  return TRUE;
}

FairleadCniDocument *
fairlead_cni_document_load (FairleadAttachment  *attachment,
                            GError             **error)
{
  GVariant *document = fairlead_attachment_get_document (attachment);
  g_autoptr (FairleadCniDocument) self = g_new0 (FairleadCniDocument, 1);
  g_autoptr (GVariant) result = NULL;
  const char *config = NULL;

  if (!load_target (self, attachment, document, error))
    return NULL;
  if (!g_variant_lookup (document, "config", "&s", &config) ||
      !g_variant_lookup (document, "plugin-dirs", "^as", &self->plugin_dirs) ||
      !g_variant_lookup (document, "cache-dir", "s", &self->cache_dir) ||
      !g_variant_lookup (document, "timeout", "u", &self->timeout) ||
      !g_variant_lookup (document, "skip-check", "^as", &self->skip_check) ||
      !g_variant_lookup (document, "started", "u", &self->n_started) ||
      !g_variant_lookup (document, "complete", "b", &self->complete))
    {
      set_damaged (error);
      return NULL;
    }

  self->config = fairlead_cni_config_new_from_text (config, -1, "the attachment's state", error);
  if (self->config == NULL)
    return NULL;

  result = g_variant_lookup_value (document, "result", G_VARIANT_TYPE_VARDICT);
  if (result != NULL)
    {
      self->result = fairlead_cni_result_new (result, "", error);
      if (self->result == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}
