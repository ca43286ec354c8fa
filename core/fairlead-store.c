/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fairlead-container-private.h"

/* A container with a hundred networks fills some 100 KiB; what is far beyond was not written by us. */
#define MAX_STATE_SIZE (16 * 1024 * 1024)

/* Of a file that is being written. */
#define NEW_SUFFIX ".new"

struct _FairleadStore
{
  gatomicrefcount ref_count; /* networks and backends keep it, and may outlive the manager */
  char *state_dir; /* (nullable) */
  guint lock_timeout;
};

FairleadStore *
fairlead_store_new (const char *state_dir,
                    guint       lock_timeout)
{
  FairleadStore *self = g_new0 (FairleadStore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->state_dir = g_strdup (state_dir);
  self->lock_timeout = lock_timeout;
  return self;
}

FairleadStore *
fairlead_store_ref (FairleadStore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
fairlead_store_unref (FairleadStore *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->state_dir);
  g_free (self);
}

int
fairlead_store_get_timeout (FairleadStore *self)
{
  return self->lock_timeout != 0 ? (int) self->lock_timeout : -1;
}

static char *
container_path (FairleadStore *self,
                const char    *id)
{
  g_autofree char *name = g_strconcat (id, ".json", NULL);

  return g_build_filename (self->state_dir, "containers", name, NULL);
}

/* A directory that others can write is one where they can plant state. */
static gboolean
ensure_directory (const char  *path,
                  GError     **error)
{
  struct stat st;
  int result = lstat (path, &st);

  if (result < 0 && errno == ENOENT)
    {
      if (g_mkdir_with_parents (path, 0700) < 0)
        {
          fairlead_error_set_errno (error, errno, "cannot create the directory %s", path);
          return FALSE;
        }
      result = lstat (path, &st);
    }
  if (result < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot look at %s", path);
      return FALSE;
    }
  if (!S_ISDIR (st.st_mode))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED, "%s is not a directory", path);
      return FALSE;
    }
  if (st.st_uid != geteuid () || (st.st_mode & 022) != 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
                   "the state directory %s belongs to user %u with mode %04o; it has to belong to user %u and be "
                   "writable by nobody else", path, st.st_uid, st.st_mode & 07777, geteuid ());
      return FALSE;
    }
  return TRUE;
}

static gboolean
has_state_dir (FairleadStore  *self,
               GError        **error)
{
  if (self->state_dir != NULL)
    return TRUE;
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                       "there is no state directory: set XDG_RUNTIME_DIR to a directory of mode 0700 that belongs to "
                       "you, or [core] state-dir");
  return FALSE;
}

char *
fairlead_store_ensure_dir (FairleadStore  *self,
                           const char     *name,
                           GError        **error)
{
  g_autofree char *path = NULL;

  if (!has_state_dir (self, error))
    return NULL;
  path = g_build_filename (self->state_dir, name, NULL);
  if (!ensure_directory (self->state_dir, error) || !ensure_directory (path, error))
    return NULL;
  return g_steal_pointer (&path);
}

char *
fairlead_store_dup_dir (FairleadStore *self,
                        const char    *name)
{
  return self->state_dir != NULL ? g_build_filename (self->state_dir, name, NULL) : NULL;
}

static FairleadLock *
acquire_lock (FairleadStore  *self,
              const char     *id,
              int             timeout,
              GCancellable   *cancellable,
              GError        **error)
{
  g_autofree char *directory = fairlead_store_ensure_dir (self, "locks", error);
  g_autofree char *path = NULL;
  g_autoptr (FairleadLock) lock = NULL;

  g_assert (fairlead_container_id_is_valid (id));

  if (directory == NULL)
    return NULL;
  path = g_build_filename (directory, id, NULL);
  lock = fairlead_lock_acquire (path, FAIRLEAD_LOCK_EXCLUSIVE, timeout, cancellable, error);
  if (lock == NULL)
    g_prefix_error (error, "container %s: ", id);
  return g_steal_pointer (&lock);
}

FairleadLock *
fairlead_store_lock (FairleadStore  *self,
                     const char     *id,
                     GCancellable   *cancellable,
                     GError        **error)
{
  return acquire_lock (self, id, fairlead_store_get_timeout (self), cancellable, error);
}

FairleadLock *
fairlead_store_try_lock (FairleadStore  *self,
                         const char     *id,
                         GError        **error)
{
  return acquire_lock (self, id, 0, NULL, error);
}

static char *
read_file (const char  *path,
           GError     **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  g_autofree char *text = NULL;
  gsize length = 0;

  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot open %s", path);
      return NULL;
    }
  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_size > MAX_STATE_SIZE)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                   "%s is not a regular file of at most %d MiB", path, MAX_STATE_SIZE / (1024 * 1024));
      close (fd);
      return NULL;
    }

  text = g_malloc (st.st_size + 1);
  while (length < (gsize) st.st_size)
    {
      gssize n_read = read (fd, text + length, st.st_size - length);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        {
          fairlead_error_set_errno (error, errno, "cannot read %s", path);
          close (fd);
          return NULL;
        }
      if (n_read == 0)
        break;
      length += n_read;
    }
  text[length] = '\0';
  close (fd);
  return g_steal_pointer (&text);
}

static gboolean
set_damaged (const char    *path,
             const GError  *reason,
             GError       **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "the state file %s cannot be used: %s (nothing was removed; repair the file, or remove it when nothing "
               "of what it describes is left)", path, reason->message);
  return FALSE;
}

JsonObject *
fairlead_store_read_file (const char  *path,
                          GError     **error)
{
  g_autofree char *text = read_file (path, error);
  g_autoptr (GError) local_error = NULL;
  JsonObject *dict = text != NULL ? fairlead_json_parse_object (text, &local_error) : NULL;

  if (local_error != NULL)
    set_damaged (path, local_error, error);
  return dict;
}

static gboolean
write_all (int         fd,
           const char *text)
{
  gsize length = strlen (text);

  while (length > 0)
    {
      gssize written = write (fd, text, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      text += written;
      length -= written;
    }
  return TRUE;
}

/* Whoever writes a file has its lock, so that the new one can have a name that is known: what a writer that was killed left
 * is found by the next, and by fairlead_store_remove_file(). */
static char *
dup_new_path (const char *path)
{
  return g_strconcat (path, NEW_SUFFIX, NULL);
}

/* What could not be read again would have to be repaired by hand. */
static gboolean
check_size (const char  *path,
            const char  *json,
            GError     **error)
{
  const gsize size = strlen (json);

  if (size <= MAX_STATE_SIZE)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the state file %s would have %" G_GSIZE_FORMAT " bytes; it can have %d MiB", path, size,
               MAX_STATE_SIZE / (1024 * 1024));
  return FALSE;
}

gboolean
fairlead_store_write_file (const char  *path,
                           const char  *json,
                           GError     **error)
{
  g_autofree char *new_path = dup_new_path (path);
  gboolean written;
  int saved_errno;
  int fd;

  if (!check_size (path, json, error))
    return FALSE;
  fd = open (new_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  written = fd >= 0 && write_all (fd, json) && fsync (fd) == 0;
  saved_errno = errno;
  if (fd >= 0)
    close (fd);
  if (written)
    {
      written = rename (new_path, path) == 0;
      saved_errno = errno;
    }
  if (written)
    return TRUE;
  g_unlink (new_path);
  fairlead_error_set_errno (error, saved_errno, "cannot write the state file %s", path);
  return FALSE;
}

gboolean
fairlead_store_remove_file (const char  *path,
                            GError     **error)
{
  g_autofree char *new_path = dup_new_path (path);

  g_unlink (new_path);
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  fairlead_error_set_errno (error, errno, "cannot remove %s", path);
  return FALSE;
}

static gboolean
set_not_found (const char  *id,
               GError     **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "there is no container %s", id);
  return FALSE;
}

gboolean
fairlead_store_check_exists (FairleadStore  *self,
                             const char     *id,
                             GError        **error)
{
  g_autofree char *path = NULL;

  g_assert (fairlead_container_id_is_valid (id));

  if (!has_state_dir (self, error))
    return FALSE;
  path = container_path (self, id);
  if (access (path, F_OK) == 0)
    return TRUE;
  if (errno == ENOENT)
    return set_not_found (id, error);
  fairlead_error_set_errno (error, errno, "cannot look at %s", path);
  return FALSE;
}

static gboolean
is_absent (FairleadStore *self,
           const char    *id)
{
  g_autoptr (GError) error = NULL;

  return !fairlead_store_check_exists (self, id, &error) &&
         g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

void
fairlead_store_remove_spare_lock (FairleadStore *self,
                                  const char    *id,
                                  FairleadLock  *lock)
{
  if (is_absent (self, id))
    fairlead_lock_remove (lock);
}

FairleadContainer *
fairlead_store_read (FairleadStore  *self,
                     const char     *id,
                     GError        **error)
{
  g_autofree char *path = NULL;
  g_autoptr (JsonObject) dict = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) local_error = NULL;

  g_assert (fairlead_container_id_is_valid (id));

  if (!has_state_dir (self, error))
    return NULL;
  path = container_path (self, id);
  dict = fairlead_store_read_file (path, &local_error);
  if (dict == NULL)
    {
      if (g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
        set_not_found (id, error);
      else
        g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  container = fairlead_container_new_from_dict (id, dict, &local_error);
  if (container == NULL)
    set_damaged (path, local_error, error);
  return g_steal_pointer (&container);
}

gboolean
fairlead_store_write (FairleadStore      *self,
                      FairleadContainer  *container,
                      GError            **error)
{
  g_autofree char *path = container_path (self, fairlead_container_get_id (container));
  g_autofree char *directory = NULL;
  g_autofree char *json = fairlead_container_to_json (container);
  g_autoptr (GError) local_error = NULL;

  /* Whoever writes has the lock, and with it was looked at whose the state directory is. */
  if (fairlead_store_write_file (path, json, &local_error))
    return TRUE;
  directory = fairlead_store_ensure_dir (self, "containers", error);
  if (directory == NULL)
    return FALSE;
  if (fairlead_store_write_file (path, json, error))
    return TRUE;
  g_prefix_error (error, "container %s: ", fairlead_container_get_id (container));
  return FALSE;
}

gboolean
fairlead_store_remove (FairleadStore  *self,
                       const char     *id,
                       GError        **error)
{
  g_autofree char *path = container_path (self, id);
  g_autofree char *users = g_build_filename (self->state_dir, "users", id, NULL);

  g_rmdir (users);
  return fairlead_store_remove_file (path, error);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* GDir gives an error for the end of the directory; what is not seen would be taken for not being there. */
static const char *
read_name (GDir *directory)
{
  errno = 0;
  return g_dir_read_name (directory);
}

char **
fairlead_store_list_dir (const char  *path,
                         const char  *suffix,
                         GError     **error)
{
  g_autoptr (GDir) directory = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  const char *name;

  directory = g_dir_open (path, 0, &local_error);
  if (directory == NULL && !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED, "%s", local_error->message);
      return NULL;
    }
  while (directory != NULL && (name = read_name (directory)) != NULL)
    {
      g_autofree char *id = NULL;

      if (!g_str_has_suffix (name, suffix))
        continue;
      id = g_strndup (name, strlen (name) - strlen (suffix));
      if (fairlead_container_id_is_valid (id))
        g_ptr_array_add (found, g_steal_pointer (&id));
    }
  if (directory != NULL && errno != 0)
    {
      fairlead_error_set_errno (error, errno, "cannot read the directory %s", path);
      return NULL;
    }
  g_ptr_array_sort (found, compare_strings);
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_steal (found, NULL);
}

char **
fairlead_store_list (FairleadStore  *self,
                     GError        **error)
{
  g_autofree char *path = NULL;

  if (!has_state_dir (self, error))
    return NULL;
  path = g_build_filename (self->state_dir, "containers", NULL);
  return fairlead_store_list_dir (path, ".json", error);
}

/* What a process that was killed before its first state was complete left: a lock, and a half-written file. */
void
fairlead_store_clean (FairleadStore *self)
{
  g_autofree char *locks = fairlead_store_dup_dir (self, "locks");
  g_auto (GStrv) ids = locks != NULL ? fairlead_store_list_dir (locks, "", NULL) : NULL;

  for (char **id = ids; ids != NULL && *id != NULL; id++)
    {
      g_autofree char *path = container_path (self, *id);
      g_autofree char *new_path = dup_new_path (path);
      g_autoptr (FairleadLock) lock = NULL;

      if (!is_absent (self, *id))
        continue;
      lock = fairlead_store_try_lock (self, *id, NULL);
      if (lock == NULL || !is_absent (self, *id))
        continue;
      g_unlink (new_path);
      fairlead_lock_remove (lock);
    }
}

gboolean
fairlead_store_add_user (FairleadStore  *self,
                         const char     *id,
                         const char     *user_id,
                         GError        **error)
{
  g_autofree char *users = fairlead_store_ensure_dir (self, "users", error);
  g_autofree char *directory = NULL;
  g_autofree char *path = NULL;
  int fd;

  if (users == NULL)
    return FALSE;
  directory = g_build_filename (users, id, NULL);
  if (!ensure_directory (directory, error))
    return FALSE;
  path = g_build_filename (directory, user_id, NULL);
  fd = open (path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot create %s", path);
      return FALSE;
    }
  close (fd);
  return TRUE;
}

void
fairlead_store_remove_user (FairleadStore *self,
                            const char    *id,
                            const char    *user_id)
{
  g_autofree char *directory = g_build_filename (self->state_dir, "users", id, NULL);
  g_autofree char *path = g_build_filename (directory, user_id, NULL);

  g_unlink (path);
  g_rmdir (directory);
}

static gboolean
is_user (FairleadStore *self,
         const char    *id,
         const char    *user_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) user = fairlead_store_read (self, user_id, &error);

  if (user == NULL)
    return !g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  return g_strcmp0 (fairlead_container_get_shared_container_id (user), id) == 0;
}

/* A user may have died between its mark and its state, or its state may have been removed by hand. Nobody but who holds
 * its lock knows: he may be just between the two. */
static gboolean
remove_stale_user (FairleadStore *self,
                   const char    *id,
                   const char    *user_id)
{
  g_autoptr (FairleadLock) lock = fairlead_store_try_lock (self, user_id, NULL);

  if (lock == NULL || is_user (self, id, user_id))
    return FALSE;
  fairlead_store_remove_user (self, id, user_id);
  fairlead_store_remove_spare_lock (self, user_id, lock);
  return TRUE;
}

char **
fairlead_store_list_users (FairleadStore *self,
                           const char    *id)
{
  g_autofree char *directory = g_build_filename (self->state_dir, "users", id, NULL);
  g_auto (GStrv) marked = fairlead_store_list_dir (directory, "", NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (char **user = marked; user != NULL && *user != NULL; user++)
    {
      if (is_user (self, id, *user) || !remove_stale_user (self, id, *user))
        g_strv_builder_add (builder, *user);
    }
  return g_strv_builder_end (builder);
}
