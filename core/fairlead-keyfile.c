/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-keyfile-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <glib-unix.h>

#include "fairlead-trust-private.h"

/*
 * One keyfile, read strictly.
 *
 * GKeyFile merges groups and keys that appear twice, drops what it cannot use and does not tell lines. Here each of
 * these is an error that names the file and the place. The format is a part of GKeyFile's: `[group]`, `key=value`,
 * lines that begin with '#', empty lines; no localised keys. Values stay as they are written; fairlead-param.c
 * understands their escapes.
 */

/* Nobody writes such a file by hand; it is something else by mistake. */
#define MAX_SIZE (1024 * 1024)

FairleadKeyfileEntry *
fairlead_keyfile_entry_new (const char *group,
                            const char *key,
                            const char *text,
                            const char *origin)
{
  FairleadKeyfileEntry *self = g_atomic_rc_box_new0 (FairleadKeyfileEntry);

  self->group = g_strdup (group);
  self->key = g_strdup (key);
  self->text = g_strdup (text);
  self->origin = g_strdup (origin);
  return self;
}

FairleadKeyfileEntry *
fairlead_keyfile_entry_ref (FairleadKeyfileEntry *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_entry (gpointer data)
{
  FairleadKeyfileEntry *self = data;

  g_free (self->group);
  g_free (self->key);
  g_free (self->text);
  g_free (self->origin);
}

void
fairlead_keyfile_entry_unref (FairleadKeyfileEntry *self)
{
  g_atomic_rc_box_release_full (self, clear_entry);
}

static FairleadKeyfile *
fairlead_keyfile_new (const char *file)
{
  FairleadKeyfile *self = g_new0 (FairleadKeyfile, 1);

  self->file = g_strdup (file);
  self->groups = g_ptr_array_new_with_free_func (g_free);
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) fairlead_keyfile_entry_unref);
  return self;
}

void
fairlead_keyfile_free (FairleadKeyfile *self)
{
  g_free (self->file);
  g_ptr_array_unref (self->groups);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

G_GNUC_PRINTF (3, 4)
static gboolean
set_error (FairleadKeyfile  *self,
           GError          **error,
           const char       *format,
           ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "%s: %s", self->file, message);
  return FALSE;
}

static gboolean
read_group (FairleadKeyfile  *self,
            char             *line,
            guint             number,
            GHashTable       *seen,
            GError          **error)
{
  char *end = line + strlen (line) - 1;
  const char *name = line + 1;

  if (*end != ']' || end == name || strcspn (name, "[]") != (gsize) (end - name))
    return set_error (self, error, "line %u: \"%s\" is not a group, as [core]", number, line);

  if (!g_hash_table_add (seen, g_strdup (line)))
    return set_error (self, error, "%s: the group is there a second time in line %u", line, number);

  g_ptr_array_add (self->groups, g_strndup (name, end - name));
  return TRUE;
}

static gboolean
read_key (FairleadKeyfile  *self,
          char             *line,
          guint             number,
          GHashTable       *seen,
          GError          **error)
{
  char *equals = strchr (line, '=');
  const char *group, *key, *text;
  g_autofree char *place = NULL;

  if (equals == NULL)
    return set_error (self, error, "line %u: \"%s\" is neither a group nor KEY=VALUE", number, line);

  *equals = '\0';
  key = g_strchomp (line);
  text = g_strchug (equals + 1);
  if (!fairlead_keyfile_is_key (key))
    return set_error (self, error, "line %u: \"%s\" is not a key: lower-case letters, digits and hyphens", number, key);
  if (self->groups->len == 0)
    return set_error (self, error, "line %u: the key %s stands before any group", number, key);

  group = g_ptr_array_index (self->groups, self->groups->len - 1);
  place = g_strdup_printf ("[%s] %s", group, key);
  if (g_hash_table_contains (seen, place))
    return set_error (self, error, "%s: the key is there a second time in line %u", place, number);

  g_hash_table_add (seen, g_steal_pointer (&place));
  g_ptr_array_add (self->entries, fairlead_keyfile_entry_new (group, key, text, self->file));
  return TRUE;
}

/*
 * fairlead_keyfile_parse:
 * @file: where the text comes from
 * @data: (array length=length): the text; it need not end with a zero byte
 * @length: how many bytes
 *
 * Reads the text of a keyfile.
 *
 * Returns: (transfer full): what it says
 */
FairleadKeyfile *
fairlead_keyfile_parse (const char  *file,
                        const char  *data,
                        gsize        length,
                        GError     **error)
{
  g_autoptr (FairleadKeyfile) self = fairlead_keyfile_new (file);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *text = NULL;
  char *line, *next;

  /* This finds zero bytes too. */
  if (!g_utf8_validate_len (data, length, NULL))
    {
      set_error (self, error, "not UTF-8 text");
      return NULL;
    }

  self->is_mask = length == 0;
  text = g_strndup (data, length);
  next = text;
  for (guint number = 1; (line = strsep (&next, "\n")) != NULL; number++)
    {
      gboolean is_group;

      line = g_strstrip (line);
      if (*line == '\0' || *line == '#')
        continue;

      is_group = *line == '[';
      if (is_group ? !read_group (self, line, number, seen, error) : !read_key (self, line, number, seen, error))
        return NULL;
    }

  return g_steal_pointer (&self);
}

static gboolean
is_null_device (const struct stat *st)
{
  return S_ISCHR (st->st_mode) && st->st_rdev == makedev (1, 3);
}

static gboolean
check_file (const char         *file,
            const struct stat  *st,
            GError            **error)
{
  if (!S_ISREG (st->st_mode))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "%s: not a regular file", file);
      return FALSE;
    }
  return fairlead_trust_check (file, st, error);
}

/* Reads a byte more than is allowed, so that a file that grows meanwhile is noticed. */
static GByteArray *
read_bytes (const char  *file,
            int          fd,
            GError     **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new (4096);
  guint8 buffer[4096];
  ssize_t n_read;

  while ((n_read = TEMP_FAILURE_RETRY (read (fd, buffer, sizeof buffer))) != 0)
    {
      if (n_read < 0)
        {
          fairlead_error_set_errno (error, errno, "%s: cannot be read", file);
          return NULL;
        }
      g_byte_array_append (bytes, buffer, n_read);
      if (bytes->len > MAX_SIZE)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                       "%s: larger than a keyfile may be (1 MiB)", file);
          return NULL;
        }
    }

  return g_steal_pointer (&bytes);
}

static FairleadKeyfile *
read_from_fd (const char  *file,
              int          fd,
              GError     **error)
{
  g_autoptr (GByteArray) bytes = NULL;
  struct stat st;

  if (fstat (fd, &st) < 0)
    {
      fairlead_error_set_errno (error, errno, "%s: cannot be read", file);
      return NULL;
    }
  if (is_null_device (&st))
    return fairlead_keyfile_parse (file, "", 0, error);
  if (!check_file (file, &st, error))
    return NULL;

  bytes = read_bytes (file, fd, error);
  return bytes ? fairlead_keyfile_parse (file, (const char *) bytes->data, bytes->len, error) : NULL;
}

/*
 * fairlead_keyfile_read:
 * @file: an absolute path
 *
 * Reads a keyfile, if only root or the caller can write it.
 *
 * Returns: (transfer full): what it says
 */
FairleadKeyfile *
fairlead_keyfile_read (const char  *file,
                       GError     **error)
{
  FairleadKeyfile *self;
  int fd;

  /* O_NONBLOCK: a FIFO is refused and not waited for. */
  fd = open (file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "%s: cannot be opened", file);
      return NULL;
    }

  self = read_from_fd (file, fd, error);
  close (fd);
  return self;
}

/*
 * fairlead_keyfile_get_text:
 * @self: a keyfile
 * @group: a group
 * @key: a key
 *
 * Returns: (nullable): the text of one value
 */
const char *
fairlead_keyfile_get_text (FairleadKeyfile *self,
                           const char      *group,
                           const char      *key)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const FairleadKeyfileEntry *entry = g_ptr_array_index (self->entries, i);

      if (g_str_equal (entry->group, group) && g_str_equal (entry->key, key))
        return entry->text;
    }

  return NULL;
}

/*
 * fairlead_keyfile_is_key:
 * @key: a string
 *
 * Returns: whether it can be a key: lower-case letters, digits and hyphens, no hyphen first; then perhaps a dot and the
 *   name of a member: letters, digits, dots, underscores and hyphens
 */
gboolean
fairlead_keyfile_is_key (const char *key)
{
  const char *rest = key + strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789-");

  if (rest == key || *key == '-')
    return FALSE;
  if (*rest == '.' && rest[1] != '\0')
    rest += strspn (rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
  return *rest == '\0';
}
