/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-verbs-private.h"

#include "fairlead-attachment-private.h"
#include "fairlead-container-private.h"

/* Published ports of a living container. The order is that of setup and teardown: a port is in the state before it is
 * published, and until it is withdrawn. After a crash in between the state names a port that is not there; check finds
 * it missing, reload puts it back and unpublish takes it out. */

static gboolean
check_is_free (FairleadContainer    *container,
               FairleadPortMapping  *mapping,
               GError              **error)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      GListModel *others =
        fairlead_attachment_get_port_mappings (fairlead_container_peek_attachment (container, i));

      for (guint j = 0; j < g_list_model_get_n_items (others); j++)
        {
          g_autoptr (FairleadPortMapping) other = g_list_model_get_item (others, j);
          g_autofree char *text = NULL;

          if (!fairlead_port_mapping_overlaps (mapping, other))
            continue;
          text = fairlead_port_mapping_to_string (other);
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS,
                       "container %s already publishes port %s", fairlead_container_get_id (container), text);
          return FALSE;
        }
    }
  return TRUE;
}

static FairleadAttachment *
find_attachment (FairleadContainer    *container,
                 FairleadPortMapping  *mapping,
                 GError              **error)
{
  g_autofree char *text = NULL;

  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);
      GListModel *others = fairlead_attachment_get_port_mappings (attachment);

      for (guint j = 0; j < g_list_model_get_n_items (others); j++)
        {
          g_autoptr (FairleadPortMapping) other = g_list_model_get_item (others, j);

          if (fairlead_port_mapping_equal (mapping, other))
            return attachment;
        }
    }
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "container %s does not publish port %s",
               fairlead_container_get_id (container), text);
  return NULL;
}

/* Without the caller's cancellable, which may be why we are here. What cannot be withdrawn stays in the state. */
static gboolean
withdraw (FairleadVerbs        *verbs,
          FairleadContainer    *container,
          FairleadAttachment   *attachment,
          FairleadPortMapping  *mapping,
          GCancellable         *cancellable,
          GError              **error)
{
  g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, error);

  if (backend == NULL || !fairlead_backend_unpublish (backend, attachment, mapping, cancellable, error))
    return FALSE;
  fairlead_attachment_remove_port_mapping (attachment, mapping);
  return fairlead_store_write (verbs->store, container, error);
}

static void
undo_publish (FairleadVerbs        *verbs,
              FairleadContainer    *container,
              FairleadAttachment   *attachment,
              FairleadPortMapping  *mapping,
              GError              **error)
{
  g_autoptr (GError) undo_error = NULL;

  if (!withdraw (verbs, container, attachment, mapping, NULL, &undo_error))
    g_prefix_error (error, "the port could not be published, and what was made could not be removed (%s; withdraw it "
                    "again): ", undo_error->message);
}

static gboolean
publish (FairleadVerbs      *verbs,
         FairleadContainer  *container,
         gpointer            user_data,
         GCancellable       *cancellable,
         GError            **error)
{
  FairleadPortMapping *mapping = user_data;
  FairleadAttachment *attachment = NULL;
  g_autoptr (FairleadBackend) backend = NULL;

  if (!fairlead_port_mapping_validate (mapping, error) || !check_is_free (container, mapping, error))
    return FALSE;
  attachment = fairlead_verbs_find_publisher (verbs, container, mapping, FAIRLEAD_BACKEND_CAP_LIVE_PORTS, error);
  backend = attachment != NULL ? fairlead_verbs_load_backend (verbs, attachment, error) : NULL;
  if (backend == NULL)
    return FALSE;

  fairlead_attachment_add_port_mapping (attachment, mapping);
  if (!fairlead_store_write (verbs->store, container, error))
    {
      fairlead_attachment_remove_port_mapping (attachment, mapping);
      return FALSE;
    }
  if (fairlead_backend_publish (backend, attachment, mapping, cancellable, error))
    return TRUE;
  undo_publish (verbs, container, attachment, mapping, error);
  return FALSE;
}

gboolean
fairlead_verbs_publish (FairleadVerbs        *verbs,
                        const char           *id,
                        FairleadPortMapping  *mapping,
                        FairleadContainer   **container,
                        GCancellable         *cancellable,
                        GError              **error)
{
  return fairlead_verbs_with_ready (verbs, id, publish, mapping, container, cancellable, error);
}

static gboolean
unpublish (FairleadVerbs      *verbs,
           FairleadContainer  *container,
           gpointer            user_data,
           GCancellable       *cancellable,
           GError            **error)
{
  FairleadPortMapping *mapping = user_data;
  FairleadAttachment *attachment = find_attachment (container, mapping, error);

  return attachment != NULL && withdraw (verbs, container, attachment, mapping, cancellable, error);
}

gboolean
fairlead_verbs_unpublish (FairleadVerbs        *verbs,
                          const char           *id,
                          FairleadPortMapping  *mapping,
                          FairleadContainer   **container,
                          GCancellable         *cancellable,
                          GError              **error)
{
  return fairlead_verbs_with_ready (verbs, id, unpublish, mapping, container, cancellable, error);
}
