/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-verbs-private.h"

#include "fairlead-attachment-private.h"
#include "fairlead-container-private.h"
#include "fairlead-log-private.h"
#include "fairlead-netns-private.h"
#include "fairlead-process-private.h"
#include "fairlead-random-private.h"
#include "fairlead-request-private.h"
#include "fairlead-userns-private.h"

#include <unistd.h>

/* The order is what makes a crash harmless: everything is planned and written down, with the names that it is going to
 * have, before it is made. A teardown after a crash at any instruction finds a state file that names at least all that
 * exists. If you change this code, keep it that way. */

#define MAX_NAME_TRIES 8

/* More containers sharing from one another than this is a mistake, or a circle. */
#define MAX_SHARE_DEPTH 64

gboolean
fairlead_verbs_check_id (const char  *id,
                         GError     **error)
{
  g_autofree char *shown = NULL;

  if (id != NULL && fairlead_container_id_is_valid (id))
    return TRUE;
  shown = g_strescape (id != NULL ? id : "", NULL);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "\"%.140s\" is not a container id (a letter or digit, then letters, digits, \".\", \"_\" or \"-\", at "
               "most 128 together)", shown);
  return FALSE;
}

static gboolean
check_is_new (FairleadVerbs  *verbs,
              const char     *id,
              GError        **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_store_read (verbs->store, id, &local_error);

  if (container == NULL && g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    return TRUE;
  if (container == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (fairlead_container_get_state (container) == FAIRLEAD_STATE_READY)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS, "the container %s is set up already", id);
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS,
                 "the container %s exists, but its setup or teardown did not finish; tear it down first", id);
  return FALSE;
}

static char *
dup_pin_path (FairleadVerbs      *verbs,
              FairleadContainer  *container,
              GError            **error)
{
  const char *directory = fairlead_config_get_netns_dir (fairlead_registry_get_config (verbs->registry));
  g_autofree char *name = NULL;

  if (directory == NULL || *directory == '\0')
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                           "there is no directory for network namespaces: set [core] netns-dir");
      return NULL;
    }
  /* Random, so that a file of that name is ours even if we died before noting that we made it. */
  name = g_strdup_printf ("%s-%08x", fairlead_container_get_id (container), fairlead_random ());
  return g_build_filename (directory, name, NULL);
}

/* A path that somebody else keeps is used as it is. What only a process keeps, or nobody, gets a path of ours, if we may
 * mount; an ordinary user's lives as long as its process. */
static gboolean
needs_pin (FairleadNetns *netns)
{
  const char *path = fairlead_netns_get_path (netns);

  return geteuid () == 0 && (path == NULL || g_str_has_prefix (path, "/proc/"));
}

static gboolean
has_netns (FairleadVerbs     *verbs,
           FairleadContainer *container)
{
  FairleadAttachment *attachment = fairlead_container_peek_attachment (container, 0);
  g_autoptr (FairleadBackend) backend =
    fairlead_registry_load_backend (verbs->registry, fairlead_attachment_get_backend_name (attachment), NULL);

  return (fairlead_backend_get_capabilities (backend, fairlead_attachment_get_network (attachment)) &
          FAIRLEAD_BACKEND_CAP_NETNS) != 0;
}

/* The container at the end of the chain of sharing, the one that has a namespace of its own. */
static FairleadContainer *
find_netns_owner (FairleadVerbs  *verbs,
                  const char     *id,
                  const char     *other_id,
                  GError        **error)
{
  g_autofree char *current = g_strdup (other_id);

  for (guint depth = 0; depth < MAX_SHARE_DEPTH; depth++)
    {
      g_autoptr (FairleadContainer) owner = NULL;

      if (strcmp (current, id) == 0)
        break;
      owner = fairlead_store_read (verbs->store, current, error);
      if (owner == NULL)
        return NULL;
      if (fairlead_container_get_state (owner) != FAIRLEAD_STATE_READY)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
                       "the namespace of container %s cannot be shared, as the container is not ready", current);
          return NULL;
        }
      if (fairlead_container_get_netns_path (owner) == NULL)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "the container %s has no network namespace that could be shared", current);
          return NULL;
        }
      if (fairlead_container_get_netns_origin (owner) != FAIRLEAD_NETNS_ORIGIN_SHARED)
        return g_steal_pointer (&owner);
      g_free (current);
      current = g_strdup (fairlead_container_get_shared_container_id (owner));
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "the container %s would share its own namespace, by way of container %s", id, other_id);
  return NULL;
}

static gboolean
plan_shared_netns (FairleadVerbs      *verbs,
                   FairleadContainer  *container,
                   const char         *other_id,
                   GError            **error)
{
  g_autoptr (FairleadContainer) owner = NULL;

  if (!fairlead_verbs_check_id (other_id, error))
    return FALSE;
  owner = find_netns_owner (verbs, fairlead_container_get_id (container), other_id, error);
  if (owner == NULL)
    return FALSE;
  fairlead_container_plan_netns (container, FAIRLEAD_NETNS_ORIGIN_SHARED, fairlead_container_get_netns_path (owner),
                                 FALSE, fairlead_container_get_id (owner));
  return TRUE;
}

static gboolean
plan_netns (FairleadVerbs      *verbs,
            FairleadContainer  *container,
            FairleadRequest    *request,
            GError            **error)
{
  FairleadNetns *netns = fairlead_request_get_netns (request);
  g_autofree char *path = NULL;

  if (!has_netns (verbs, container))
    {
      fairlead_container_plan_netns (container, FAIRLEAD_NETNS_ORIGIN_HOST, NULL, FALSE, NULL);
      return TRUE;
    }
  if (fairlead_request_get_share_with (request) != NULL)
    return plan_shared_netns (verbs, container, fairlead_request_get_share_with (request), error);

  if (netns == NULL || needs_pin (netns))
    {
      path = dup_pin_path (verbs, container, error);
      if (path == NULL)
        return FALSE;
      fairlead_container_plan_netns (container,
                                     netns != NULL ? FAIRLEAD_NETNS_ORIGIN_PID : FAIRLEAD_NETNS_ORIGIN_CREATED,
                                     path, TRUE, NULL);
      return TRUE;
    }
  if (fairlead_netns_get_path (netns) == NULL)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
                           "an ordinary user cannot pin a network namespace that has no path; give it by its path or by "
                           "a process");
      return FALSE;
    }
  path = g_canonicalize_filename (fairlead_netns_get_path (netns), NULL);
  fairlead_container_plan_netns (container,
                                 fairlead_netns_get_origin (netns) == FAIRLEAD_NETNS_ORIGIN_PID
                                 ? FAIRLEAD_NETNS_ORIGIN_PID : FAIRLEAD_NETNS_ORIGIN_PATH,
                                 path, FALSE, NULL);
  return TRUE;
}

/* The mark is made first, then our state, and then the owner is looked at again: its teardown writes down that it has
 * begun before it looks for marks, so one of the two sees the other. */
static gboolean
mark_as_user (FairleadVerbs      *verbs,
              FairleadContainer  *container,
              GError            **error)
{
  const char *owner_id = fairlead_container_get_shared_container_id (container);

  return owner_id == NULL ||
         fairlead_store_add_user (verbs->store, owner_id, fairlead_container_get_id (container), error);
}

static gboolean
open_shared_netns (FairleadVerbs      *verbs,
                   FairleadContainer  *container,
                   GError            **error)
{
  g_autoptr (FairleadContainer) owner =
    find_netns_owner (verbs, fairlead_container_get_id (container),
                      fairlead_container_get_shared_container_id (container), error);

  if (owner == NULL || !fairlead_container_open_netns (owner, error))
    return FALSE;
  fairlead_netns_set_origin (fairlead_container_get_netns (owner), FAIRLEAD_NETNS_ORIGIN_SHARED);
  fairlead_container_set_netns (container, fairlead_container_get_netns (owner));
  return TRUE;
}

/* The object is the caller's, who may have made the namespace; for a container it is one that does not end with it. */
static gboolean
set_given_netns (FairleadContainer  *container,
                 FairleadNetns      *netns,
                 GError            **error)
{
  const FairleadNetnsOrigin origin = fairlead_container_get_netns_origin (container);
  g_autoptr (FairleadNetns) own = NULL;
  int fd;

  if (fairlead_netns_get_origin (netns) == origin)
    {
      fairlead_container_set_netns (container, netns);
      return TRUE;
    }
  fd = fairlead_netns_dup_fd (netns, error);
  if (fd < 0)
    return FALSE;
  own = fairlead_netns_new_for_fd (fd, error);
  close (fd);
  if (own == NULL)
    return FALSE;
  fairlead_netns_set_origin (own, origin);
  fairlead_container_set_netns (container, own);
  return TRUE;
}

/* A name of ours for the namespace, written down. @userns is that of an ordinary user, or NULL. */
static gboolean
choose_path (FairleadVerbs      *verbs,
             FairleadContainer  *container,
             FairleadUserns     *userns,
             GError            **error)
{
  g_autofree char *path = dup_pin_path (verbs, container, error);
  g_autofree char *outer = path != NULL && userns != NULL ? fairlead_userns_dup_outer (userns, path) : NULL;

  if (path == NULL)
    return FALSE;
  fairlead_container_plan_netns (container, FAIRLEAD_NETNS_ORIGIN_CREATED, outer != NULL ? outer : path, TRUE, NULL);
  return fairlead_store_write (verbs->store, container, error);
}

static gboolean
create_netns (FairleadVerbs      *verbs,
              FairleadContainer  *container,
              FairleadUserns     *userns,
              GError            **error)
{
  for (guint i = 0;; i++)
    {
      const char *path = fairlead_container_get_netns_path (container);
      g_autoptr (GError) local_error = NULL;
      g_autoptr (FairleadNetns) netns = userns != NULL ? fairlead_userns_create_netns (userns, path, &local_error)
                                                       : fairlead_netns_new_pinned (path, &local_error);

      if (netns != NULL)
        {
          fairlead_container_set_netns (container, netns);
          return TRUE;
        }
      if (!g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS) || i == MAX_NAME_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      /* Somebody else's: it must not stand in our state. */
      if (!choose_path (verbs, container, userns, error))
        return FALSE;
    }
}

/* An ordinary user's namespace is pinned in his user namespace. From outside it is seen by way of the process that keeps
 * that one, so its path is known, and written down, only now. */
static gboolean
create_netns_in_userns (FairleadVerbs      *verbs,
                        FairleadContainer  *container,
                        GCancellable       *cancellable,
                        GError            **error)
{
  FairleadConfig *config = fairlead_registry_get_config (verbs->registry);
  g_autoptr (FairleadUserns) userns = fairlead_userns_open (verbs->store, cancellable, error);

  if (userns == NULL || !fairlead_userns_ensure (userns, fairlead_config_get_id_map (config), cancellable, error))
    return FALSE;
  if (choose_path (verbs, container, userns, error) && create_netns (verbs, container, userns, error))
    return TRUE;
  fairlead_userns_end_if_unused (userns, fairlead_config_get_netns_dir (config));
  return FALSE;
}

/* With an object of its own: fairlead_netns_pin() would change the caller's, and this may be another thread than his. */
static gboolean
pin_netns (FairleadContainer  *container,
           FairleadNetns      *netns,
           GError            **error)
{
  const char *path = fairlead_container_get_netns_path (container);
  g_autoptr (FairleadNetns) pinned = NULL;
  int fd = fairlead_netns_dup_fd (netns, error);

  if (fd < 0)
    return FALSE;
  if (fairlead_netns_pin_fd (fd, path, error))
    pinned = fairlead_netns_new_created (fd, path, error);
  else
    g_prefix_error (error, "Cannot pin the network namespace at %s: ", path);
  close (fd);
  if (pinned == NULL)
    return FALSE;
  fairlead_netns_set_origin (pinned, FAIRLEAD_NETNS_ORIGIN_PID);
  fairlead_container_set_netns (container, pinned);
  return TRUE;
}

static gboolean
open_netns (FairleadVerbs      *verbs,
            FairleadContainer  *container,
            FairleadRequest    *request,
            GCancellable       *cancellable,
            GError            **error)
{
  FairleadNetns *netns = fairlead_request_get_netns (request);

  switch (fairlead_container_get_netns_origin (container))
    {
    case FAIRLEAD_NETNS_ORIGIN_HOST:
      return fairlead_container_open_netns (container, error);
    case FAIRLEAD_NETNS_ORIGIN_CREATED:
      return geteuid () == 0 ? create_netns (verbs, container, NULL, error)
                             : create_netns_in_userns (verbs, container, cancellable, error);
    case FAIRLEAD_NETNS_ORIGIN_SHARED:
      return open_shared_netns (verbs, container, error);
    case FAIRLEAD_NETNS_ORIGIN_PID:
      return fairlead_container_get_netns_pinned (container) ? pin_netns (container, netns, error)
                                                              : set_given_netns (container, netns, error);
    case FAIRLEAD_NETNS_ORIGIN_PATH:
      return set_given_netns (container, netns, error);
    default:
      g_assert_not_reached ();
    }
}

static gboolean
has_gateway (FairleadAttachment *attachment)
{
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);

      if (fairlead_interface_address_get_gateway (address) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* That a backend is called is written down before, or nobody would ask it to undo what it did before its first
 * checkpoint for a network that many share. It costs no write of its own: something is written at that moment. */
static void
announce (FairleadContainer *container,
          guint              position)
{
  if (position < fairlead_container_get_n_attachments (container))
    fairlead_attachment_set_state (fairlead_container_peek_attachment (container, position), FAIRLEAD_STATE_SETTING_UP);
}

static gboolean
attach (FairleadVerbs       *verbs,
        FairleadAttachment  *attachment,
        GCancellable        *cancellable,
        GError             **error)
{
  g_autoptr (FairleadBackend) backend = fairlead_verbs_load_backend (verbs, attachment, error);

  if (backend == NULL)
    return FALSE;
  if (!fairlead_backend_setup (backend, attachment, cancellable, error))
    return FALSE;
  fairlead_attachment_set_state (attachment, FAIRLEAD_STATE_READY);
  return TRUE;
}

/* What helper programs of the backends are to watch. A pidfd does only where the kernel makes it hang up. */
static void
set_exit_fd (FairleadContainer *container,
             FairleadRequest   *request)
{
  FairleadNetns *netns = fairlead_request_get_netns (request);
  int fd = fairlead_request_get_exit_fd (request);

  if (fd < 0 && netns != NULL && fairlead_netns_get_pidfd (netns) >= 0 && fairlead_process_pidfd_hangs_up ())
    fd = fairlead_netns_get_pidfd (netns);
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    fairlead_attachment_set_exit_fd (fairlead_container_peek_attachment (container, i), fd);
}

static void
clear_exit_fd (FairleadContainer *container)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    fairlead_attachment_set_exit_fd (fairlead_container_peek_attachment (container, i), -1);
}

static gboolean
attach_all (FairleadVerbs      *verbs,
            FairleadContainer  *container,
            GCancellable       *cancellable,
            GError            **error)
{
  gboolean routed = FALSE;

  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (container, i);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (routed)
        fairlead_attachment_set_default_route (attachment, FALSE,
                                               fairlead_attachment_get_route_metric (attachment));
      if (!attach (verbs, attachment, cancellable, error))
        return FALSE;
      announce (container, i + 1);
      /* That the last one is ready is written with the container's own state. */
      if (i + 1 < fairlead_container_get_n_attachments (container) &&
          !fairlead_attachment_checkpoint (attachment, error))
        return FALSE;
      routed = routed || (fairlead_attachment_get_default_route (attachment) && has_gateway (attachment));
    }
  return TRUE;
}

static gboolean
make (FairleadVerbs      *verbs,
      FairleadContainer  *container,
      FairleadRequest    *request,
      GCancellable       *cancellable,
      GError            **error)
{
  fairlead_container_set_state (container, FAIRLEAD_STATE_SETTING_UP);
  announce (container, 0);
  if (!mark_as_user (verbs, container, error) ||
      !fairlead_store_write (verbs->store, container, error) ||
      !open_netns (verbs, container, request, cancellable, error) ||
      !attach_all (verbs, container, cancellable, error))
    return FALSE;
  fairlead_container_set_state (container, FAIRLEAD_STATE_READY);
  return fairlead_store_write (verbs->store, container, error);
}

/* Without the caller's cancellable, which may be why we are here. Each step has a time limit of its own. */
static void
undo (FairleadVerbs      *verbs,
      FairleadContainer  *container,
      GError            **error)
{
  g_autoptr (GError) undo_error = NULL;

  if (fairlead_verbs_teardown_container (verbs, container, FAIRLEAD_TEARDOWN_NONE, NULL, &undo_error))
    return;
  g_prefix_error (error, "container %s could not be set up, and what was made could not all be removed (%s; "
                  "tear it down again): ", fairlead_container_get_id (container), undo_error->message);
}

FairleadContainer *
fairlead_verbs_preview (FairleadVerbs    *verbs,
                        FairleadRequest  *request,
                        GCancellable     *cancellable,
                        GError          **error)
{
  const char *id = fairlead_request_get_container_id (request);
  g_autoptr (FairleadContainer) container = NULL;

  if (!fairlead_verbs_check_id (id, error) || !check_is_new (verbs, id, error))
    return NULL;
  container = fairlead_verbs_plan (verbs, request, cancellable, error);
  return container != NULL && plan_netns (verbs, container, request, error) ? g_steal_pointer (&container) : NULL;
}

FairleadContainer *
fairlead_verbs_setup (FairleadVerbs    *verbs,
                      FairleadRequest  *request,
                      GCancellable     *cancellable,
                      GError          **error)
{
  const char *id = fairlead_request_get_container_id (request);
  g_autoptr (FairleadLock) lock = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  gboolean succeeded;

  if (!fairlead_verbs_check_id (id, error))
    return NULL;
  lock = fairlead_store_lock (verbs->store, id, cancellable, error);
  if (lock == NULL)
    return NULL;
  if (check_is_new (verbs, id, error) && fairlead_get_boot_id (error) != NULL)
    container = fairlead_verbs_plan (verbs, request, cancellable, error);
  if (container == NULL || !plan_netns (verbs, container, request, error))
    {
      fairlead_store_remove_spare_lock (verbs->store, id, lock);
      return NULL;
    }

  fairlead_debug (id, "setting up %s with its network namespace at %s", id,
                  fairlead_container_get_netns_path (container));
  fairlead_verbs_allow_checkpoints (container, verbs->store);
  set_exit_fd (container, request);
  succeeded = make (verbs, container, request, cancellable, error);
  clear_exit_fd (container);
  if (!succeeded)
    {
      undo (verbs, container, error);
      if (fairlead_container_get_state (container) == FAIRLEAD_STATE_GONE)
        fairlead_lock_remove (lock);
    }
  fairlead_verbs_allow_checkpoints (container, NULL);
  fairlead_container_close_netns (container);
  return succeeded ? g_steal_pointer (&container) : NULL;
}
