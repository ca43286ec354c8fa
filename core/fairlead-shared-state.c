/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-shared-state-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fairlead-container-private.h"
#include "fairlead-dict-private.h"
#include "fairlead-netns-private.h"

/**
 * FairleadSharedState:
 *
 * What several containers on a network share, or several networks of a backend: a bridge, a pool of addresses, a setting
 * of the host. For backends, who get it from [method@Fairlead.Network.open_shared_state] and
 * [method@Fairlead.Backend.open_shared_state].
 *
 * It is a document that only the backend looks into, and the set of its users: ids of containers, or names of networks.
 * There is no count that could be wrong: each user is a name, so that what a dead process left is found by comparing.
 * A directory beside it is the backend's own, for example for leases.
 *
 * Opening it takes a lock, which [method@Fairlead.SharedState.close] or the last reference gives back. With
 * %FAIRLEAD_SHARED_ACCESS_USE many can have it open, and users come and go; with %FAIRLEAD_SHARED_ACCESS_CHANGE one has
 * it alone, and can write the document. What is shared is made and removed by one that has it alone: written down before
 * it is made, as in attachments. The order of locks is container, network, backend; never two of a kind.
 *
 * A document is about the network namespace in which it was written. From another one, as a container's, it cannot be
 * opened as long as a user of it lives.
 *
 * An object is used by one thread at a time. Threads that share a state open it each for themselves: the lock parts
 * them as it parts processes.
 *
 * Since: 1.0
 */

/* The files of the network N, and likewise of a backend under backends/:
 *
 *   networks/N.json       the document, replaced as a whole; none if there is nothing to share
 *   networks/N.lock       the lock
 *   networks/N.d/         the backend's own
 *   networks/N.d/users/   an empty file for each user
 */

#define VERSION 1

struct _FairleadSharedState
{
  GObject parent_instance;

  FairleadStore        *store;
  FairleadSharedKind    kind;
  FairleadSharedAccess  access;
  char                 *name;
  char                 *backend_name; /* (nullable) */
  char                 *file;
  char                 *directory;
  char                 *users;
  gboolean              is_read;  /* what cannot be read is left as it is */
  GVariant             *document; /* (nullable) (owned) */
  guint64               netns_inode; /* of the namespace that the document is about; 0 if it is not known */
  FairleadLock         *lock;     /* (nullable) (owned) NULL once closed */
};

G_DEFINE_FINAL_TYPE (FairleadSharedState, fairlead_shared_state, G_TYPE_OBJECT)

static const char *
kind_directory (FairleadSharedKind kind)
{
  return kind == FAIRLEAD_SHARED_KIND_NETWORK ? "networks" : "backends";
}

static void
fairlead_shared_state_finalize (GObject *object)
{
  FairleadSharedState *self = FAIRLEAD_SHARED_STATE (object);

  fairlead_shared_state_close (self);
  g_clear_pointer (&self->store, fairlead_store_unref);
  g_free (self->name);
  g_free (self->backend_name);
  g_free (self->file);
  g_free (self->directory);
  g_free (self->users);
  g_clear_pointer (&self->document, g_variant_unref);

  G_OBJECT_CLASS (fairlead_shared_state_parent_class)->finalize (object);
}

static void
fairlead_shared_state_class_init (FairleadSharedStateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fairlead_shared_state_finalize;
}

static void
fairlead_shared_state_init (FairleadSharedState *self)
{
}

static gboolean
set_damaged (FairleadSharedState  *self,
             const char           *what,
             GError              **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "the state file %s cannot be used: %s", self->file,
               what);
  return FALSE;
}

static gboolean
check_header (FairleadSharedState  *self,
              JsonObject           *dict,
              GError              **error)
{
  g_autofree char *name = NULL;
  g_autofree char *backend_name = NULL;
  guint64 version = 0;

  if (!fairlead_dict_get_uint (dict, "version", G_MAXUINT32, &version, error) ||
      !fairlead_dict_get_string (dict, "name", &name, error) ||
      !fairlead_dict_get_string (dict, "backend", &backend_name, error))
    {
      g_prefix_error (error, "the state file %s cannot be used: ", self->file);
      return FALSE;
    }
  if (version != VERSION)
    return set_damaged (self, "it was written by another version of the library", error);
  if (g_strcmp0 (name, self->name) != 0)
    return set_damaged (self, "it is about something else than its name says", error);
  if (g_strcmp0 (backend_name, self->backend_name) == 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY,
               "the network %s is in use as one of the backend %s; tear its containers down first", self->name,
               backend_name != NULL ? backend_name : "(none)");
  return FALSE;
}

/* Documents that were read before. A file is replaced as a whole, so that one which is the same file, unchanged, says the
 * same; every container of a network reads its document, and parsing costs more than all else about it. */
typedef struct
{
  dev_t           device;
  ino_t           inode;
  off_t           size;
  struct timespec changed;
  char           *backend_name; /* (nullable) */
  GVariant       *document;     /* (owned) */
  guint64         netns_inode;
} CachedDocument;

static GMutex cache_lock;
static GHashTable *cache; /* (owned) (mutex cache_lock) file → CachedDocument */

static void
cached_document_free (gpointer data)
{
  CachedDocument *cached = data;

  g_free (cached->backend_name);
  g_variant_unref (cached->document);
  g_free (cached);
}

static gboolean
find_cached (FairleadSharedState *self,
             const struct stat   *st)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cache_lock);
  CachedDocument *cached = cache != NULL ? g_hash_table_lookup (cache, self->file) : NULL;

  if (cached == NULL || cached->device != st->st_dev || cached->inode != st->st_ino || cached->size != st->st_size ||
      cached->changed.tv_sec != st->st_mtim.tv_sec || cached->changed.tv_nsec != st->st_mtim.tv_nsec ||
      g_strcmp0 (cached->backend_name, self->backend_name) != 0)
    return FALSE;
  self->document = g_variant_ref (cached->document);
  self->netns_inode = cached->netns_inode;
  return TRUE;
}

static void
keep_cached (FairleadSharedState *self,
             const struct stat   *st)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cache_lock);
  CachedDocument *cached = g_new0 (CachedDocument, 1);

  if (cache == NULL)
    cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cached_document_free);
  cached->device = st->st_dev;
  cached->inode = st->st_ino;
  cached->size = st->st_size;
  cached->changed = st->st_mtim;
  cached->backend_name = g_strdup (self->backend_name);
  cached->document = g_variant_ref (self->document);
  cached->netns_inode = self->netns_inode;
  g_hash_table_insert (cache, g_strdup (self->file), cached);
}

static void
drop_cached (FairleadSharedState *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cache_lock);

  if (cache != NULL)
    g_hash_table_remove (cache, self->file);
}

/* What the kernel had before this machine was started is gone, and the document with it. */
static gboolean
parse_document (FairleadSharedState  *self,
                GError              **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonObject) dict = fairlead_store_read_file (self->file, &local_error);
  const char *this_boot_id = fairlead_get_boot_id (error);
  g_autofree char *boot_id = NULL;

  if (this_boot_id == NULL)
    return FALSE;
  if (dict == NULL && g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    return TRUE;
  if (dict == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!check_header (self, dict, error))
    return FALSE;
  if (fairlead_dict_get_string (dict, "boot-id", &boot_id, error) &&
      fairlead_dict_get_uint (dict, "netns-inode", G_MAXUINT64, &self->netns_inode, error) &&
      fairlead_dict_require (dict, "document", error) &&
      (g_strcmp0 (boot_id, this_boot_id) != 0 ||
       fairlead_dict_get_document (dict, "document", &self->document, error)))
    return TRUE;
  g_prefix_error (error, "the state file %s cannot be used: ", self->file);
  return FALSE;
}

static gboolean
read_document (FairleadSharedState  *self,
               GError              **error)
{
  struct stat st;
  gboolean exists = stat (self->file, &st) == 0;

  if (exists && find_cached (self, &st))
    return TRUE;
  if (!parse_document (self, error))
    return FALSE;
  /* If it was replaced in between, the next one sees another file than this. */
  if (exists && self->document != NULL)
    keep_cached (self, &st);
  else
    drop_cached (self);
  return TRUE;
}

static gboolean
check_store (FairleadStore       *store,
             FairleadSharedKind   kind,
             const char          *name,
             GError             **error)
{
  if (store != NULL)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "the %s %s has no shared state, as no manager knows it",
               kind == FAIRLEAD_SHARED_KIND_NETWORK ? "network" : "backend", name);
  return FALSE;
}

static FairleadSharedState *
shared_state_new (FairleadStore        *store,
                  FairleadSharedKind    kind,
                  const char           *directory,
                  const char           *name,
                  const char           *backend_name,
                  FairleadSharedAccess  access)
{
  FairleadSharedState *self = g_object_new (FAIRLEAD_TYPE_SHARED_STATE, NULL);

  self->store = fairlead_store_ref (store);
  self->kind = kind;
  self->access = access;
  self->name = g_strdup (name);
  self->backend_name = g_strdup (backend_name);
  self->file = g_strdup_printf ("%s/%s.json", directory, name);
  self->directory = g_strdup_printf ("%s/%s.d", directory, name);
  self->users = g_build_filename (self->directory, "users", NULL);
  return self;
}

GVariant *
fairlead_shared_state_read (FairleadStore  *store,
                            const char     *name,
                            const char     *backend_name,
                            GError        **error)
{
  g_autofree char *directory = fairlead_store_dup_dir (store, kind_directory (FAIRLEAD_SHARED_KIND_NETWORK));
  g_autoptr (FairleadSharedState) self = NULL;

  if (directory == NULL)
    return NULL;
  self = shared_state_new (store, FAIRLEAD_SHARED_KIND_NETWORK, directory, name, backend_name,
                           FAIRLEAD_SHARED_ACCESS_USE);
  if (!read_document (self, error) || !fairlead_netns_is_current (self->netns_inode))
    return NULL;
  return g_steal_pointer (&self->document);
}

static gboolean
has_attachment (FairleadContainer *container,
                const char        *network_name)
{
  for (guint i = 0; i < fairlead_container_get_n_attachments (container); i++)
    if (strcmp (fairlead_attachment_get_network_name (fairlead_container_peek_attachment (container, i)),
                network_name) == 0)
      return TRUE;
  return FALSE;
}

/* Whoever is a user has its state written before it is noted. What cannot be read may live. */
static gboolean
is_alive (FairleadSharedState *self,
          const char          *user)
{
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  if (self->kind == FAIRLEAD_SHARED_KIND_BACKEND)
    {
      g_autofree char *directory =
        fairlead_store_dup_dir (self->store, kind_directory (FAIRLEAD_SHARED_KIND_NETWORK));
      g_autofree char *file = g_strdup_printf ("%s/%s.json", directory, user);

      return g_file_test (file, G_FILE_TEST_EXISTS);
    }
  container = fairlead_store_read (self->store, user, &error);
  if (container == NULL)
    return !g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  return has_attachment (container, self->name);
}

/* (nullable) (transfer full): a container that lives on what was made in the network namespace @netns_inode; of a backend,
 * on one of its networks. */
static char *
find_living (FairleadSharedState  *self,
             guint64               netns_inode)
{
  g_auto (GStrv) users = fairlead_store_list_dir (self->users, "", NULL);
  g_autofree char *directory = fairlead_store_dup_dir (self->store, kind_directory (FAIRLEAD_SHARED_KIND_NETWORK));
  char *found = NULL;

  for (char **user = users; user != NULL && *user != NULL && found == NULL; user++)
    if (self->kind == FAIRLEAD_SHARED_KIND_BACKEND)
      {
        g_autoptr (FairleadSharedState) network =
          shared_state_new (self->store, FAIRLEAD_SHARED_KIND_NETWORK, directory, *user, self->name,
                            FAIRLEAD_SHARED_ACCESS_USE);

        if (read_document (network, NULL) && network->netns_inode == netns_inode)
          found = find_living (network, netns_inode);
      }
    else if (is_alive (self, *user))
      found = g_strdup (*user);
  return found;
}

/* Nobody lives on what was made in another network namespace, and that one may be gone as well. */
static gboolean
forget (FairleadSharedState  *self,
        GError              **error)
{
  g_auto (GStrv) users = NULL;

  g_clear_pointer (&self->document, g_variant_unref);
  if (self->access == FAIRLEAD_SHARED_ACCESS_USE)
    return TRUE;
  users = fairlead_store_list_dir (self->users, "", error);
  for (char **user = users; user != NULL && *user != NULL; user++)
    if (!fairlead_shared_state_remove_user (self, *user, error))
      return FALSE;
  return users != NULL;
}

/* What was made in another network namespace cannot be reached from this one, and is not to be made once more here. */
static gboolean
check_netns (FairleadSharedState  *self,
             GError              **error)
{
  g_autofree char *living = NULL;

  if (self->document == NULL || fairlead_netns_is_current (self->netns_inode))
    return TRUE;
  living = find_living (self, self->netns_inode);
  if (living == NULL)
    return forget (self, error);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
               "what containers on the %s %s share was made in another network namespace than this one, for the container "
               "%s and others; work from there, or with another state directory here",
               self->kind == FAIRLEAD_SHARED_KIND_NETWORK ? "network" : "backend", self->name, living);
  return FALSE;
}

static gboolean
check_kind (FairleadStore       *store,
            FairleadSharedKind   kind,
            const char          *name,
            const char          *backend_name,
            GError             **error)
{
  g_autofree char *directory = fairlead_store_dup_dir (store, kind_directory (kind));
  g_autoptr (FairleadSharedState) self = NULL;

  if (directory == NULL)
    return TRUE;
  self = shared_state_new (store, kind, directory, name, backend_name, FAIRLEAD_SHARED_ACCESS_USE);
  return !read_document (self, NULL) || check_netns (self, error);
}

gboolean
fairlead_shared_state_check_netns (FairleadStore  *store,
                                   const char     *name,
                                   const char     *backend_name,
                                   GError        **error)
{
  return check_kind (store, FAIRLEAD_SHARED_KIND_NETWORK, name, backend_name, error) &&
         check_kind (store, FAIRLEAD_SHARED_KIND_BACKEND, backend_name, backend_name, error);
}

FairleadSharedState *
fairlead_shared_state_open (FairleadStore         *store,
                            FairleadSharedKind     kind,
                            const char            *name,
                            const char            *backend_name,
                            FairleadSharedAccess   access,
                            GCancellable          *cancellable,
                            GError               **error)
{
  g_autoptr (FairleadSharedState) self = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *lock_file = NULL;

  g_assert (fairlead_network_name_is_valid (name));

  directory = check_store (store, kind, name, error) ? fairlead_store_ensure_dir (store, kind_directory (kind), error)
                                                     : NULL;
  if (directory == NULL)
    return NULL;

  self = shared_state_new (store, kind, directory, name, backend_name, access);
  lock_file = g_strdup_printf ("%s/%s.lock", directory, name);
  self->lock = fairlead_lock_acquire (lock_file,
                                      access == FAIRLEAD_SHARED_ACCESS_USE ? FAIRLEAD_LOCK_SHARED
                                                                           : FAIRLEAD_LOCK_EXCLUSIVE,
                                      fairlead_store_get_timeout (store), cancellable, error);
  self->is_read = self->lock != NULL && read_document (self, error) && check_netns (self, error);
  return self->is_read ? g_steal_pointer (&self) : NULL;
}

static gboolean
is_of_backend (const char *directory,
               const char *name,
               const char *backend_name)
{
  g_autofree char *file = g_strdup_printf ("%s/%s.json", directory, name);
  g_autoptr (JsonObject) dict = fairlead_store_read_file (file, NULL);
  g_autofree char *found = NULL;

  /* What cannot be read shows its error when it is opened. */
  return dict == NULL || !fairlead_dict_get_string (dict, "backend", &found, NULL) || found == NULL ||
         strcmp (found, backend_name) == 0;
}

/* The lock is there before the document, and may be all that a killed process left. */
char **
fairlead_shared_state_list (FairleadStore  *store,
                            const char     *backend_name,
                            GError        **error)
{
  g_autofree char *directory = fairlead_store_dup_dir (store, kind_directory (FAIRLEAD_SHARED_KIND_NETWORK));
  g_auto (GStrv) names = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  names = directory != NULL ? fairlead_store_list_dir (directory, ".lock", error) : g_new0 (char *, 1);
  if (names == NULL)
    return NULL;
  for (char **name = names; *name != NULL; name++)
    if (is_of_backend (directory, *name, backend_name))
      g_strv_builder_add (builder, *name);
  return g_strv_builder_end (builder);
}

/**
 * fairlead_shared_state_get_name:
 * @self: a shared state
 *
 * Gets the name of the network or backend that it belongs to.
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
fairlead_shared_state_get_name (FairleadSharedState *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), NULL);

  return self->name;
}

/**
 * fairlead_shared_state_get_document:
 * @self: a shared state
 *
 * Gets what was written down last.
 *
 * Returns: (transfer none) (nullable): an `a{sv}`; %NULL if nothing is shared yet, or no more
 *
 * Since: 1.0
 */
GVariant *
fairlead_shared_state_get_document (FairleadSharedState *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), NULL);

  return self->document;
}

static gboolean
write_document (FairleadSharedState  *self,
                GVariant             *document,
                GError              **error)
{
  const char *boot_id = fairlead_get_boot_id (error);
  FairleadJsonWriter writer;
  g_autofree char *json = NULL;

  if (boot_id == NULL)
    return FALSE;
  fairlead_json_writer_begin (&writer);
  fairlead_json_writer_add_uint (&writer, "version", VERSION);
  fairlead_json_writer_add_string (&writer, "name", self->name);
  fairlead_json_writer_add_string (&writer, "backend", self->backend_name);
  fairlead_json_writer_add_string (&writer, "boot-id", boot_id);
  fairlead_json_writer_add_uint (&writer, "netns-inode", fairlead_netns_read_current_inode ());
  fairlead_json_writer_add_document (&writer, "document", document);
  json = fairlead_json_writer_end (&writer);
  return fairlead_store_write_file (self->file, json, error);
}

/**
 * fairlead_shared_state_set_document:
 * @self: a shared state that was opened with %FAIRLEAD_SHARED_ACCESS_CHANGE
 * @document: (nullable): an `a{sv}`, consumed if it is floating; %NULL if nothing is shared any more
 * @error: where to put the error
 *
 * Writes down what is shared, or is about to be made, at once. If that fails, it must not be made.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_shared_state_set_document (FairleadSharedState  *self,
                                    GVariant             *document,
                                    GError              **error)
{
  g_autoptr (GVariant) owned_document = document != NULL ? g_variant_ref_sink (document) : NULL;

  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), FALSE);
  g_return_val_if_fail (document == NULL || g_variant_is_of_type (document, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (self->lock != NULL && self->access == FAIRLEAD_SHARED_ACCESS_CHANGE, FALSE);

  if (document != NULL ? !write_document (self, document, error) : !fairlead_store_remove_file (self->file, error))
    return FALSE;
  g_clear_pointer (&self->document, g_variant_unref);
  self->document = g_steal_pointer (&owned_document);
  self->netns_inode = fairlead_netns_read_current_inode ();
  return TRUE;
}

static gboolean
ensure_directory (const char  *path,
                  GError     **error)
{
  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  fairlead_error_set_errno (error, errno, "cannot create the directory %s", path);
  return FALSE;
}

/**
 * fairlead_shared_state_add_user:
 * @self: a shared state
 * @user: the id of a container that is on the network, or the name of a network of the backend
 * @error: where to put the error
 *
 * Notes a user, before it uses anything. One that is noted already stays.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_shared_state_add_user (FairleadSharedState  *self,
                                const char           *user,
                                GError              **error)
{
  g_autofree char *path = NULL;
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), FALSE);
  g_return_val_if_fail (user != NULL && fairlead_container_id_is_valid (user), FALSE);
  g_return_val_if_fail (self->lock != NULL, FALSE);

  path = g_build_filename (self->users, user, NULL);
  /* Whoever finds the directory empty removes it, perhaps at this moment. */
  while ((fd = open (path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0 && errno == ENOENT)
    if (!ensure_directory (self->users, error))
      return FALSE;
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot create %s", path);
      return FALSE;
    }
  close (fd);
  return TRUE;
}

/**
 * fairlead_shared_state_remove_user:
 * @self: a shared state
 * @user: the id of a container, or the name of a network
 * @error: where to put the error
 *
 * Forgets a user, after it has stopped using anything. One that is not noted counts as forgotten.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_shared_state_remove_user (FairleadSharedState  *self,
                                   const char           *user,
                                   GError              **error)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), FALSE);
  g_return_val_if_fail (user != NULL && fairlead_container_id_is_valid (user), FALSE);
  g_return_val_if_fail (self->lock != NULL, FALSE);

  path = g_build_filename (self->users, user, NULL);
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  fairlead_error_set_errno (error, errno, "cannot remove %s", path);
  return FALSE;
}

/**
 * fairlead_shared_state_has_user:
 * @self: a shared state
 * @user: the id of a container, or the name of a network
 *
 * Whether a user is noted, perhaps one that no longer exists.
 *
 * Returns: whether it is noted
 *
 * Since: 1.0
 */
gboolean
fairlead_shared_state_has_user (FairleadSharedState *self,
                                const char          *user)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), FALSE);
  g_return_val_if_fail (user != NULL && fairlead_container_id_is_valid (user), FALSE);

  path = g_build_filename (self->users, user, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/**
 * fairlead_shared_state_has_users:
 * @self: a shared state
 *
 * Whether any user is noted, dead ones included. This does not read their names, so it is as quick with a thousand of them.
 *
 * Returns: whether there is one
 *
 * Since: 1.0
 */
gboolean
fairlead_shared_state_has_users (FairleadSharedState *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), FALSE);

  /* The directory of nobody goes; that it cannot is the answer. */
  return g_rmdir (self->users) < 0 && errno != ENOENT;
}

/**
 * fairlead_shared_state_list_users:
 * @self: a shared state that was opened with %FAIRLEAD_SHARED_ACCESS_CHANGE
 * @error: where to put the error
 *
 * Lists the users, sorted. Those that no longer exist are forgotten: containers without a state file, or no longer on the
 * network; networks that share nothing any more. This reads each user's state; it is meant for collecting.
 *
 * Returns: (transfer full): their names, or %NULL with @error set
 *
 * Since: 1.0
 */
char **
fairlead_shared_state_list_users (FairleadSharedState  *self,
                                  GError              **error)
{
  g_auto (GStrv) noted = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), NULL);
  g_return_val_if_fail (self->lock != NULL && self->access == FAIRLEAD_SHARED_ACCESS_CHANGE, NULL);

  noted = fairlead_store_list_dir (self->users, "", error);
  if (noted == NULL)
    return NULL;
  for (char **user = noted; *user != NULL; user++)
    {
      if (is_alive (self, *user))
        g_strv_builder_add (builder, *user);
      else if (!fairlead_shared_state_remove_user (self, *user, error))
        return NULL;
    }
  return g_strv_builder_end (builder);
}

/**
 * fairlead_shared_state_get_directory:
 * @self: a shared state
 *
 * Gets the directory that is the backend's own. It need not exist; the backend makes it, of mode 0700, and what it puts
 * there it also removes. The name `users` in it is taken.
 *
 * Returns: a path
 *
 * Since: 1.0
 */
const char *
fairlead_shared_state_get_directory (FairleadSharedState *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_SHARED_STATE (self), NULL);

  return self->directory;
}

/* The lock file goes too when it locks nothing any more. */
static void
remove_traces (FairleadSharedState *self)
{
  if (!self->is_read || self->document != NULL || fairlead_shared_state_has_users (self))
    return;
  if (self->access == FAIRLEAD_SHARED_ACCESS_USE &&
      (!fairlead_lock_try_exclusive (self->lock) || g_file_test (self->file, G_FILE_TEST_EXISTS)))
    return;
  fairlead_store_remove_file (self->file, NULL);
  g_rmdir (self->directory);
  fairlead_lock_remove (self->lock);
}

/**
 * fairlead_shared_state_close:
 * @self: a shared state
 *
 * Gives the lock back. What was read can still be looked at, but nothing changed any more.
 *
 * Since: 1.0
 */
void
fairlead_shared_state_close (FairleadSharedState *self)
{
  g_return_if_fail (FAIRLEAD_IS_SHARED_STATE (self));

  if (self->lock == NULL)
    return;
  remove_traces (self);
  g_clear_pointer (&self->lock, fairlead_lock_release);
}
