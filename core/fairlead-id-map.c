/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-userns-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* Which ids there are in a user namespace that an ordinary user made: the kernel lets him map his own; for more the
 * set-uid programs newuidmap(1) and newgidmap(1) map what subuid(5) and subgid(5) grant him. */

/* Inside, the user is root, and his subordinate ids follow from 1. */
static void
append_range (GPtrArray *argv,
              guint64    inner,
              guint64    outer,
              guint64    count)
{
  g_ptr_array_add (argv, g_strdup_printf ("%" G_GUINT64_FORMAT, inner));
  g_ptr_array_add (argv, g_strdup_printf ("%" G_GUINT64_FORMAT, outer));
  g_ptr_array_add (argv, g_strdup_printf ("%" G_GUINT64_FORMAT, count));
}

static gboolean
parse_range (const char *line,
             const char *user,
             const char *uid,
             guint64    *first,
             guint64    *count)
{
  g_auto (GStrv) fields = g_strsplit (line, ":", -1);

  return g_strv_length (fields) == 3 && (strcmp (fields[0], user) == 0 || strcmp (fields[0], uid) == 0) &&
         g_ascii_string_to_unsigned (fields[1], 10, 1, G_MAXUINT32 - 1, first, NULL) &&
         g_ascii_string_to_unsigned (g_strchomp (fields[2]), 10, 1, G_MAXUINT32 - *first, count, NULL);
}

/* The ranges of @file that are the caller's, after his own id. */
static gboolean
append_subordinate (GPtrArray   *argv,
                    const char  *file,
                    GError     **error)
{
  g_autofree char *uid = g_strdup_printf ("%u", (guint) geteuid ());
  const struct passwd *entry = getpwuid (geteuid ());
  const char *user = entry != NULL ? entry->pw_name : uid;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint64 inner = 1;

  if (g_file_get_contents (file, &text, NULL, NULL))
    lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      guint64 first, count;

      if (!parse_range (lines[i], user, uid, &first, &count))
        continue;
      append_range (argv, inner, first, count);
      inner += count;
    }

  if (inner > 1)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the user %s has no subordinate ids: %s grants none (root can, with \"usermod --add-subuids "
               "FIRST-LAST --add-subgids FIRST-LAST %s\")", user, file, user);
  return FALSE;
}

static char *
find_program (const char  *name,
              GError     **error)
{
  static const char * const directories[] = { "/usr/local/bin", "/usr/bin", "/bin" };

  for (gsize i = 0; i < G_N_ELEMENTS (directories); i++)
    {
      g_autofree char *path = g_build_filename (directories[i], name, NULL);

      if (access (path, X_OK) == 0)
        return g_steal_pointer (&path);
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "the program %s is missing, which maps subordinate ids (Debian's package uidmap has it, elsewhere it is "
               "part of shadow-utils)", name);
  return NULL;
}

static gboolean
run_mapper (const char    *name,
            const char    *file,
            int            pid,
            guint          own_id,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autofree char *path = find_program (name, error);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (FairleadProcess) process = NULL;
  g_autofree char *said = NULL;

  if (path == NULL)
    return FALSE;
  g_ptr_array_add (argv, g_strdup (path));
  g_ptr_array_add (argv, g_strdup_printf ("%d", pid));
  append_range (argv, 0, own_id, 1);
  if (!append_subordinate (argv, file, error))
    return FALSE;
  g_ptr_array_add (argv, NULL);

  process = fairlead_process_new ((const char * const *) argv->pdata);
  if (!fairlead_process_run (process, cancellable, error))
    return FALSE;
  if (fairlead_process_get_exit_status (process) == 0)
    return TRUE;

  said = g_strndup (g_bytes_get_data (fairlead_process_get_error_output (process), NULL),
                    g_bytes_get_size (fairlead_process_get_error_output (process)));
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "%s failed: %s", path, g_strchomp (said));
  return FALSE;
}

static gboolean
write_proc_file (int          pid,
                 const char  *name,
                 const char  *text,
                 GError     **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (!written)
    fairlead_error_set_errno (error, errno, "cannot write %s", path);
  if (fd >= 0)
    close (fd);
  return written;
}

/* That groups cannot be dropped inside is the kernel's condition for mapping without a privilege. */
static gboolean
map_user (int      pid,
          GError **error)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", (guint) getegid ());

  return write_proc_file (pid, "setgroups", "deny", error) && write_proc_file (pid, "uid_map", uid_map, error) &&
         write_proc_file (pid, "gid_map", gid_map, error);
}

gboolean
fairlead_id_map_apply (FairleadIdMap   id_map,
                       int             pid,
                       GCancellable   *cancellable,
                       GError        **error)
{
  gboolean mapped;

  if (id_map == FAIRLEAD_ID_MAP_SUBIDS)
    mapped = run_mapper ("newuidmap", "/etc/subuid", pid, geteuid (), cancellable, error) &&
             run_mapper ("newgidmap", "/etc/subgid", pid, getegid (), cancellable, error);
  else
    mapped = map_user (pid, error);

  if (!mapped)
    g_prefix_error (error, "Cannot map user ids into the user namespace: ");
  return mapped;
}
