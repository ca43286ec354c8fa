/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-container-private.h"

#include <sys/stat.h>

#include "fairlead-attachment-private.h"
#include "fairlead-dict-private.h"
#include "fairlead-netns-private.h"
#include "fairlead-replace-private.h"
#include "fairlead-userns-private.h"

/**
 * FairleadContainer:
 *
 * Whatever owns a network namespace, known by an id, and its attachments.
 *
 * A [class@Fairlead.Manager] gives one object for one container as long as somebody holds it. Its properties change,
 * with notify signals, when a verb of the manager is done, and when a verb finds that another process changed the
 * container. After teardown the object stays valid, in the state `gone`.
 *
 * A container belongs to the thread of its manager.
 *
 * Since: 1.0
 */
struct _FairleadContainer
{
  GObject parent_instance;

  char                *id;
  FairleadState        state;
  char                *netns_path;          /* (nullable) */
  FairleadNetnsOrigin  netns_origin;
  gboolean             netns_pinned;        /* netns_path is a file of ours */
  guint64              netns_inode;         /* 0 until it was opened */
  guint64              mountns_inode;       /* of the mount namespace that netns_path is in; 0 if not known */
  guint64              host_netns_inode;    /* of the namespace that it was set up from; 0 if it is not known */
  char                *shared_container_id; /* (nullable) */
  char                *boot_id;
  GDateTime           *created;             /* (nullable) */
  GListStore          *attachments;         /* (owned) (element-type FairleadAttachment) */
  char                *problem;             /* (nullable) */
  GVariant            *error_details;       /* (nullable) (owned) a{sv} */
  FairleadNetns       *netns;               /* (nullable) (owned), in a working copy only */
};

G_DEFINE_FINAL_TYPE (FairleadContainer, fairlead_container, G_TYPE_OBJECT)

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

enum
{
  PROP_ID = 1,
  PROP_STATE,
  PROP_NETNS_PATH,
  PROP_NETNS_ORIGIN,
  PROP_SHARED_CONTAINER_ID,
  PROP_CREATED,
  PROP_ATTACHMENTS,
  PROP_PROBLEM,
  PROP_ERROR_DETAILS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* What was read once stays true, and what could not be read may be readable the next time. */
const char *
fairlead_get_boot_id (GError **error)
{
  static GMutex lock;
  static char *boot_id = NULL; /* (mutex lock) */
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autoptr (GError) local_error = NULL;

  if (boot_id == NULL && g_file_get_contents (BOOT_ID_FILE, &boot_id, NULL, &local_error))
    g_strstrip (boot_id);
  if (boot_id == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                 "what belongs to this start of the machine cannot be told from what is older: %s", local_error->message);
  return boot_id;
}

static void
fairlead_container_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  FairleadContainer *self = FAIRLEAD_CONTAINER (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_NETNS_PATH:
      g_value_set_string (value, self->netns_path);
      break;
    case PROP_NETNS_ORIGIN:
      g_value_set_enum (value, self->netns_origin);
      break;
    case PROP_SHARED_CONTAINER_ID:
      g_value_set_string (value, self->shared_container_id);
      break;
    case PROP_CREATED:
      g_value_set_boxed (value, self->created);
      break;
    case PROP_ATTACHMENTS:
      g_value_set_object (value, self->attachments);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    case PROP_ERROR_DETAILS:
      g_value_set_variant (value, self->error_details);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_container_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  FairleadContainer *self = FAIRLEAD_CONTAINER (object);

  switch (prop_id)
    {
    case PROP_ID:
      self->id = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_container_finalize (GObject *object)
{
  FairleadContainer *self = FAIRLEAD_CONTAINER (object);

  g_free (self->id);
  g_free (self->netns_path);
  g_free (self->shared_container_id);
  g_free (self->boot_id);
  g_clear_pointer (&self->created, g_date_time_unref);
  g_object_unref (self->attachments);
  g_free (self->problem);
  g_clear_pointer (&self->error_details, g_variant_unref);
  g_clear_object (&self->netns);

  G_OBJECT_CLASS (fairlead_container_parent_class)->finalize (object);
}

#define READ_ONLY (G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)

static void
install_netns_properties (void)
{
  /**
   * FairleadContainer:netns-path: (getter get_netns_path)
   *
   * The path of the network namespace, or %NULL if the container uses the caller's.
   *
   * Since: 1.0
   */
  props[PROP_NETNS_PATH] = g_param_spec_string ("netns-path", NULL, NULL, NULL, READ_ONLY);
  /**
   * FairleadContainer:netns-origin: (getter get_netns_origin)
   *
   * Where the network namespace comes from.
   *
   * Since: 1.0
   */
  props[PROP_NETNS_ORIGIN] = g_param_spec_enum ("netns-origin", NULL, NULL, FAIRLEAD_TYPE_NETNS_ORIGIN,
                                                FAIRLEAD_NETNS_ORIGIN_HOST, READ_ONLY);
  /**
   * FairleadContainer:shared-container-id: (getter get_shared_container_id)
   *
   * The id of the container whose namespace this one shares, or %NULL.
   *
   * Since: 1.0
   */
  props[PROP_SHARED_CONTAINER_ID] = g_param_spec_string ("shared-container-id", NULL, NULL, NULL, READ_ONLY);
}

static void
fairlead_container_class_init (FairleadContainerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fairlead_container_get_property;
  object_class->set_property = fairlead_container_set_property;
  object_class->finalize = fairlead_container_finalize;

  /**
   * FairleadContainer:id: (getter get_id)
   *
   * The id.
   *
   * Since: 1.0
   */
  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL,
                                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * FairleadContainer:state: (getter get_state)
   *
   * Where the container is in its life.
   *
   * Since: 1.0
   */
  props[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, FAIRLEAD_TYPE_STATE, FAIRLEAD_STATE_PLANNED, READ_ONLY);
  install_netns_properties ();
  /**
   * FairleadContainer:created: (getter get_created)
   *
   * When setup began, in UTC.
   *
   * Since: 1.0
   */
  props[PROP_CREATED] = g_param_spec_boxed ("created", NULL, NULL, G_TYPE_DATE_TIME, READ_ONLY);
  /**
   * FairleadContainer:attachments: (getter get_attachments)
   *
   * The container's attachments, in the order in which they were set up.
   *
   * Since: 1.0
   */
  props[PROP_ATTACHMENTS] = g_param_spec_object ("attachments", NULL, NULL, G_TYPE_LIST_MODEL, READ_ONLY);
  /**
   * FairleadContainer:problem: (getter get_problem)
   *
   * Why the last verb on the container failed or, in the state `damaged`, why its state file cannot be read.
   *
   * Since: 1.0
   */
  props[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, READ_ONLY);
  /**
   * FairleadContainer:error-details: (getter get_error_details)
   *
   * The details of that failure, as [func@Fairlead.Error.get_details] gives them, or %NULL.
   *
   * Since: 1.0
   */
  props[PROP_ERROR_DETAILS] =
    g_param_spec_variant ("error-details", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, READ_ONLY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_container_init (FairleadContainer *self)
{
  self->attachments = g_list_store_new (FAIRLEAD_TYPE_ATTACHMENT);
  self->boot_id = g_strdup (fairlead_get_boot_id (NULL));
}

FairleadContainer *
fairlead_container_new (const char *id)
{
  FairleadContainer *self = g_object_new (FAIRLEAD_TYPE_CONTAINER, "id", id, NULL);

  self->created = g_date_time_new_now_utc ();
  self->host_netns_inode = fairlead_netns_read_current_inode ();
  return self;
}

FairleadContainer *
fairlead_container_new_damaged (const char   *id,
                                const GError *problem)
{
  FairleadContainer *self = g_object_new (FAIRLEAD_TYPE_CONTAINER, "id", id, NULL);

  self->state = FAIRLEAD_STATE_DAMAGED;
  self->problem = g_strdup (problem->message);
  return self;
}

static gboolean
read_attachment (JsonObject  *item,
                 gpointer     user_data,
                 GError     **error)
{
  FairleadContainer *self = user_data;
  g_autoptr (FairleadAttachment) attachment = fairlead_attachment_new_from_dict (self->id, item, error);

  if (attachment == NULL)
    return FALSE;
  g_list_store_append (self->attachments, attachment);
  return TRUE;
}

static gboolean
check_header (FairleadContainer  *self,
              JsonObject         *dict,
              GError            **error)
{
  guint64 version = 0;
  g_autofree char *id = NULL;

  if (!fairlead_dict_require (dict, "version", error) ||
      !fairlead_dict_get_uint (dict, "version", G_MAXUINT64, &version, error))
    return FALSE;
  if (version != FAIRLEAD_STATE_VERSION)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                   "it has the version %" G_GUINT64_FORMAT ", this program reads version %d; use the program that wrote it",
                   version, FAIRLEAD_STATE_VERSION);
      return FALSE;
    }
  if (!fairlead_dict_require (dict, "id", error) || !fairlead_dict_get_string (dict, "id", &id, error))
    return FALSE;
  if (strcmp (id, self->id) != 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "it is about container \"%.128s\"", id);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_netns (FairleadContainer  *self,
            JsonObject         *dict,
            GError            **error)
{
  int origin = FAIRLEAD_NETNS_ORIGIN_HOST;

  if (!fairlead_dict_require (dict, "netns-origin", error) ||
      !fairlead_dict_get_enum (dict, "netns-origin", FAIRLEAD_TYPE_NETNS_ORIGIN, &origin, error) ||
      !fairlead_dict_get_string (dict, "netns-path", &self->netns_path, error) ||
      !fairlead_dict_get_boolean (dict, "netns-pinned", &self->netns_pinned, error) ||
      !fairlead_dict_get_uint (dict, "netns-inode", G_MAXUINT64, &self->netns_inode, error) ||
      !fairlead_dict_get_uint (dict, "mountns-inode", G_MAXUINT64, &self->mountns_inode, error) ||
      !fairlead_dict_get_uint (dict, "host-netns-inode", G_MAXUINT64, &self->host_netns_inode, error) ||
      !fairlead_dict_get_string (dict, "shared-container-id", &self->shared_container_id, error))
    return FALSE;

  self->netns_origin = origin;
  if (origin != FAIRLEAD_NETNS_ORIGIN_HOST && (self->netns_path == NULL || !g_path_is_absolute (self->netns_path)))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                           "\"netns-path\" is missing or not absolute");
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_dict (FairleadContainer  *self,
           JsonObject         *dict,
           GError            **error)
{
  int state = FAIRLEAD_STATE_PLANNED;

  if (!check_header (self, dict, error) ||
      !fairlead_dict_require (dict, "state", error) ||
      !fairlead_dict_get_enum (dict, "state", FAIRLEAD_TYPE_STATE, &state, error) ||
      !read_netns (self, dict, error) ||
      !fairlead_dict_get_string (dict, "boot-id", &self->boot_id, error) ||
      !fairlead_dict_get_date (dict, "created", &self->created, error) ||
      !fairlead_dict_get_string (dict, "problem", &self->problem, error) ||
      !fairlead_dict_foreach_item (dict, "attachments", read_attachment, self, error))
    return FALSE;

  self->state = state;
  return TRUE;
}

FairleadContainer *
fairlead_container_new_from_dict (const char  *id,
                                  JsonObject  *dict,
                                  GError     **error)
{
  g_autoptr (FairleadContainer) self = g_object_new (FAIRLEAD_TYPE_CONTAINER, "id", id, NULL);

  return read_dict (self, dict, error) ? g_steal_pointer (&self) : NULL;
}

char *
fairlead_container_to_json (FairleadContainer *self)
{
  FairleadJsonWriter writer;

  g_assert (FAIRLEAD_IS_CONTAINER (self));

  fairlead_json_writer_begin (&writer);
  fairlead_json_writer_add_uint (&writer, "version", FAIRLEAD_STATE_VERSION);
  fairlead_json_writer_add_string (&writer, "id", self->id);
  fairlead_json_writer_add_enum (&writer, "state", FAIRLEAD_TYPE_STATE, self->state);
  fairlead_json_writer_add_string (&writer, "boot-id", self->boot_id);
  fairlead_json_writer_add_date (&writer, "created", self->created);
  fairlead_json_writer_add_enum (&writer, "netns-origin", FAIRLEAD_TYPE_NETNS_ORIGIN, self->netns_origin);
  fairlead_json_writer_add_string (&writer, "netns-path", self->netns_path);
  fairlead_json_writer_add_boolean (&writer, "netns-pinned", self->netns_pinned);
  fairlead_json_writer_add_uint (&writer, "netns-inode", self->netns_inode);
  fairlead_json_writer_add_uint (&writer, "mountns-inode", self->mountns_inode);
  fairlead_json_writer_add_uint (&writer, "host-netns-inode", self->host_netns_inode);
  fairlead_json_writer_add_string (&writer, "shared-container-id", self->shared_container_id);
  fairlead_json_writer_add_string (&writer, "problem", self->problem);

  fairlead_json_writer_begin_list (&writer, "attachments");
  for (guint i = 0; i < fairlead_container_get_n_attachments (self); i++)
    fairlead_attachment_write (fairlead_container_peek_attachment (self, i), &writer);
  fairlead_json_writer_end_list (&writer);
  return fairlead_json_writer_end (&writer);
}

static void
notify_if_changed (FairleadContainer *self,
                   guint              prop_id,
                   gboolean           changed)
{
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[prop_id]);
}

static FairleadAttachment *
find_same_attachment (FairleadContainer  *self,
                      FairleadAttachment *wanted)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (self); i++)
    {
      FairleadAttachment *attachment = fairlead_container_peek_attachment (self, i);

      if (strcmp (fairlead_attachment_get_network_name (attachment),
                  fairlead_attachment_get_network_name (wanted)) == 0 &&
          g_strcmp0 (fairlead_attachment_get_interface (attachment), fairlead_attachment_get_interface (wanted)) == 0)
        return attachment;
    }
  return NULL;
}

/* An attachment that was there stays the same object. */
static void
update_attachments (FairleadContainer *self,
                    FairleadContainer *other,
                    GPtrArray         *changed)
{
  g_autoptr (GPtrArray) wanted = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean same = fairlead_container_get_n_attachments (self) == fairlead_container_get_n_attachments (other);

  for (guint i = 0; i < fairlead_container_get_n_attachments (other); i++)
    {
      FairleadAttachment *theirs = fairlead_container_peek_attachment (other, i);
      FairleadAttachment *mine = find_same_attachment (self, theirs);

      if (mine == NULL || fairlead_attachment_update (mine, theirs))
        g_ptr_array_add (changed, g_object_ref (mine != NULL ? mine : theirs));
      same = same && mine != NULL && mine == fairlead_container_peek_attachment (self, i);
      g_ptr_array_add (wanted, g_object_ref (mine != NULL ? mine : theirs));
    }
  if (!same)
    g_list_store_splice (self->attachments, 0, fairlead_container_get_n_attachments (self), wanted->pdata, wanted->len);
}

/* Makes @self equal to @other, of the same id, and notifies of what changed. */
GPtrArray *
fairlead_container_update (FairleadContainer *self,
                           FairleadContainer *other)
{
  gboolean state = self->state != other->state;
  gboolean path = g_strcmp0 (self->netns_path, other->netns_path) != 0;
  gboolean origin = self->netns_origin != other->netns_origin;
  gboolean shared = g_strcmp0 (self->shared_container_id, other->shared_container_id) != 0;
  gboolean problem = g_strcmp0 (self->problem, other->problem) != 0;
  GPtrArray *changed = g_ptr_array_new_with_free_func (g_object_unref);

  g_assert (strcmp (self->id, other->id) == 0);

  self->state = other->state;
  fairlead_replace_string (&self->netns_path, other->netns_path);
  self->netns_origin = other->netns_origin;
  self->netns_pinned = other->netns_pinned;
  self->netns_inode = other->netns_inode;
  self->mountns_inode = other->mountns_inode;
  self->host_netns_inode = other->host_netns_inode;
  fairlead_replace_string (&self->shared_container_id, other->shared_container_id);
  fairlead_replace_string (&self->boot_id, other->boot_id);
  fairlead_replace_string (&self->problem, other->problem);

  g_object_freeze_notify (G_OBJECT (self));
  update_attachments (self, other, changed);
  notify_if_changed (self, PROP_STATE, state);
  notify_if_changed (self, PROP_NETNS_PATH, path);
  notify_if_changed (self, PROP_NETNS_ORIGIN, origin);
  notify_if_changed (self, PROP_SHARED_CONTAINER_ID, shared);
  notify_if_changed (self, PROP_PROBLEM, problem);
  g_object_thaw_notify (G_OBJECT (self));
  return changed;
}

void
fairlead_container_set_state (FairleadContainer *self,
                              FairleadState      state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

void
fairlead_container_set_error (FairleadContainer *self,
                              const GError      *error)
{
  GVariant *details = error != NULL ? fairlead_error_get_details (error) : NULL;

  fairlead_replace_string (&self->problem, error != NULL ? error->message : NULL);
  g_clear_pointer (&self->error_details, g_variant_unref);
  self->error_details = details != NULL ? g_variant_ref (details) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROBLEM]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ERROR_DETAILS]);
}

static void
propagate_netns (FairleadContainer *self)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (self); i++)
    fairlead_attachment_set_netns (fairlead_container_peek_attachment (self, i), self->netns, self->netns_path);
}

static guint64
read_mountns_inode (void)
{
  struct stat info;

  return stat ("/proc/thread-self/ns/mnt", &info) == 0 ? info.st_ino : 0;
}

void
fairlead_container_plan_netns (FairleadContainer   *self,
                               FairleadNetnsOrigin  origin,
                               const char          *path,
                               gboolean             pinned,
                               const char          *shared_container_id)
{
  self->netns_origin = origin;
  fairlead_replace_string (&self->netns_path, path);
  self->netns_pinned = pinned;
  fairlead_replace_string (&self->shared_container_id, shared_container_id);
  propagate_netns (self);
}

gboolean
fairlead_container_get_netns_pinned (FairleadContainer *self)
{
  return self->netns_pinned;
}

void
fairlead_container_set_netns (FairleadContainer *self,
                              FairleadNetns     *netns)
{
  g_set_object (&self->netns, netns);
  self->netns_inode = fairlead_netns_get_inode (netns);
  self->mountns_inode = read_mountns_inode ();
  propagate_netns (self);
}

FairleadNetns *
fairlead_container_get_netns (FairleadContainer *self)
{
  return self->netns;
}

/* What remains of a namespace that was pinned is a file. In another mount namespace nothing else is seen of one that is
 * there; an outer path leads into that where it was pinned. */
static gboolean
is_unmounted (FairleadContainer *self,
              const GError      *error)
{
  return (self->netns_pinned || self->netns_origin == FAIRLEAD_NETNS_ORIGIN_SHARED) &&
         g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT) &&
         (fairlead_userns_is_outer (self->netns_path) ||
          (self->mountns_inode != 0 && self->mountns_inode == read_mountns_inode ()));
}

/**
 * fairlead_container_dup_netns:
 * @self: a container that was set up
 * @error: where to put the error
 *
 * Opens the container's network namespace, so that it can be entered. A path may lead to another namespace by now than the
 * one that was set up; that is %FAIRLEAD_ERROR_NOT_FOUND.
 *
 * For a container on the host's network it is the one that the calling thread is in.
 *
 * Returns: (transfer full): the namespace, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_container_dup_netns (FairleadContainer  *self,
                              GError            **error)
{
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (self->netns_origin == FAIRLEAD_NETNS_ORIGIN_HOST)
    return fairlead_netns_new_current (error);
  if (self->netns_path == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "container %s has no network namespace yet", self->id);
      return NULL;
    }
  netns = fairlead_netns_new_for_path (self->netns_path, &local_error);
  if (netns == NULL)
    {
      if (is_unmounted (self, local_error))
        local_error->code = FAIRLEAD_ERROR_NOT_FOUND;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (self->netns_inode == 0 ||
      (self->netns_inode == fairlead_netns_get_inode (netns) && !fairlead_container_is_from_other_boot (self)))
    return g_steal_pointer (&netns);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "%s is another network namespace than the one that was set up, which is gone", self->netns_path);
  return NULL;
}

gboolean
fairlead_container_open_netns (FairleadContainer  *self,
                               GError            **error)
{
  g_autoptr (FairleadNetns) netns = fairlead_container_dup_netns (self, error);

  if (netns == NULL)
    return FALSE;
  fairlead_netns_set_origin (netns, self->netns_origin);
  g_set_object (&self->netns, netns);
  propagate_netns (self);
  return TRUE;
}

void
fairlead_container_close_netns (FairleadContainer *self)
{
  g_clear_object (&self->netns);
  propagate_netns (self);
}

/* After another start of the machine the number says nothing any more. */
gboolean
fairlead_container_is_from_other_netns (FairleadContainer *self)
{
  return !fairlead_container_is_from_other_boot (self) && !fairlead_netns_is_current (self->host_netns_inode);
}

/* Only if that is certain. */
gboolean
fairlead_container_is_from_other_boot (FairleadContainer *self)
{
  const char *boot_id = fairlead_get_boot_id (NULL);

  return boot_id != NULL && self->boot_id != NULL && strcmp (self->boot_id, boot_id) != 0;
}

void
fairlead_container_add_attachment (FairleadContainer  *self,
                                   FairleadAttachment *attachment)
{
  g_list_store_append (self->attachments, attachment);
}

void
fairlead_container_remove_attachment (FairleadContainer  *self,
                                      FairleadAttachment *attachment)
{
  guint position;

  if (g_list_store_find (self->attachments, attachment, &position))
    g_list_store_remove (self->attachments, position);
}

guint
fairlead_container_get_n_attachments (FairleadContainer *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->attachments));
}

/* (transfer none): the list keeps it alive. */
FairleadAttachment *
fairlead_container_peek_attachment (FairleadContainer *self,
                                    guint              position)
{
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (G_LIST_MODEL (self->attachments), position);

  return attachment;
}

/**
 * fairlead_container_get_id:
 * @self: a container
 *
 * Gets the id.
 *
 * Returns: the id
 *
 * Since: 1.0
 */
const char *
fairlead_container_get_id (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return self->id;
}

/**
 * fairlead_container_get_state:
 * @self: a container
 *
 * Gets where the container is in its life.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
FairleadState
fairlead_container_get_state (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), FAIRLEAD_STATE_GONE);

  return self->state;
}

/**
 * fairlead_container_get_netns_path:
 * @self: a container
 *
 * Gets the path of the network namespace.
 *
 * Returns: (nullable): the path, or %NULL if the container uses the caller's namespace
 *
 * Since: 1.0
 */
const char *
fairlead_container_get_netns_path (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return self->netns_path;
}

/**
 * fairlead_container_get_netns_origin:
 * @self: a container
 *
 * Gets where the network namespace comes from.
 *
 * Returns: the origin
 *
 * Since: 1.0
 */
FairleadNetnsOrigin
fairlead_container_get_netns_origin (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), FAIRLEAD_NETNS_ORIGIN_HOST);

  return self->netns_origin;
}

/**
 * fairlead_container_get_shared_container_id:
 * @self: a container
 *
 * Gets the container whose network namespace this one shares.
 *
 * Returns: (nullable): its id, or %NULL if the namespace is not shared
 *
 * Since: 1.0
 */
const char *
fairlead_container_get_shared_container_id (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return self->shared_container_id;
}

/**
 * fairlead_container_get_attachments:
 * @self: a container
 *
 * Gets the attachments, in the order in which they were set up.
 *
 * Returns: (transfer none): a list of [class@Fairlead.Attachment]
 *
 * Since: 1.0
 */
GListModel *
fairlead_container_get_attachments (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return G_LIST_MODEL (self->attachments);
}

/**
 * fairlead_container_get_created:
 * @self: a container
 *
 * Gets when setup began, in UTC.
 *
 * Returns: (transfer none) (nullable): the time, or %NULL if it is not known
 *
 * Since: 1.0
 */
GDateTime *
fairlead_container_get_created (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return self->created;
}

/**
 * fairlead_container_get_problem:
 * @self: a container
 *
 * Gets why the last verb on the container failed or, in the state `damaged`, why its state file cannot be read.
 *
 * Returns: (nullable): the message, or %NULL if there is no problem
 *
 * Since: 1.0
 */
const char *
fairlead_container_get_problem (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return self->problem;
}

/**
 * fairlead_container_get_error_details:
 * @self: a container
 *
 * Gets the details of the last failure, for bindings whose errors carry only domain, code and message.
 *
 * Returns: (transfer none) (nullable): an `a{sv}` as of [func@Fairlead.Error.get_details], or %NULL
 *
 * Since: 1.0
 */
GVariant *
fairlead_container_get_error_details (FairleadContainer *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONTAINER (self), NULL);

  return self->error_details;
}

/**
 * fairlead_container_id_is_valid:
 * @id: a string
 *
 * Checks whether a string can be a container id: a letter or digit, then letters, digits, `.`, `_` and `-`, together
 * 1 to 128 bytes (the CNI specification's characters, and a length that leaves room in file names).
 *
 * Returns: %TRUE if it can
 *
 * Since: 1.0
 */
gboolean
fairlead_container_id_is_valid (const char *id)
{
  gsize length;

  g_return_val_if_fail (id != NULL, FALSE);

  length = strlen (id);
  if (length < 1 || length > 128 || !g_ascii_isalnum (id[0]))
    return FALSE;
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_isalnum (id[i]) && strchr ("._-", id[i]) == NULL)
      return FALSE;
  return TRUE;
}
