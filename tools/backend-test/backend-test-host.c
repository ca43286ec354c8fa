/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "backend-test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

static Snapshot *pristine; /* the host before the first container */

static gboolean
write_file (const char *path,
            const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written;

  if (fd < 0)
    return FALSE;
  written = write (fd, text, strlen (text)) == (gssize) strlen (text);
  close (fd);
  return written;
}

/* An ordinary user is root in a user namespace, and alone. */
static gboolean
unshare_all (void)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", (guint) getegid ());

  if (geteuid () == 0)
    return unshare (CLONE_NEWNS | CLONE_NEWNET) == 0;
  return unshare (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 && write_file ("/proc/self/setgroups", "deny") &&
         write_file ("/proc/self/uid_map", uid_map) && write_file ("/proc/self/gid_map", gid_map);
}

static gboolean
set_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean up = fd >= 0 && ioctl (fd, SIOCSIFFLAGS, &request) == 0;

  if (fd >= 0)
    close (fd);
  return up;
}

static gboolean
prepare (GError **error)
{
  const char *argv[] = { "/bin/sh", "-e", "-c", options.prepare, NULL };
  int status;

  return options.prepare == NULL ||
         (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, error) &&
          g_spawn_check_wait_status (status, error));
}

/* What Fairlead itself leaves where it has been used once; it is no backend's. */
static gboolean
make_own_directories (GError **error)
{
  g_autoptr (FairleadNetns) netns = NULL;

  if (g_mkdir_with_parents ("/run/fairlead/containers", 0700) < 0 || g_mkdir ("/run/fairlead/locks", 0700) < 0 ||
      g_mkdir_with_parents (CONFIG_DIRECTORY "/networks.d", 0700) < 0 || g_mkdir (EMPTY_CONFIG_DIRECTORY, 0700) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot make the directories of the state");
      return FALSE;
    }
  netns = fairlead_netns_new_pinned ("/run/netns/first", error);
  return netns != NULL && fairlead_netns_unpin ("/run/netns/first", error);
}

gboolean
host_enter (GError **error)
{
  if (!unshare_all ())
    {
      fairlead_error_set_errno (error, errno, "cannot make namespaces");
      return FALSE;
    }
  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
      mount ("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot mount an empty /run");
      return FALSE;
    }
  /* It shows the interfaces of the namespace it was mounted in; not every sandbox allows it, and few look there. */
  mount ("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  if (!set_loopback_up () || g_mkdir_with_parents ("/run/user/0", 0700) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot make a host ready");
      return FALSE;
    }
  g_setenv ("XDG_RUNTIME_DIR", "/run/user/0", TRUE);
  if (!make_own_directories (error))
    return FALSE;
  if (prepare (error))
    {
      pristine = host_snapshot (NULL);
      return TRUE;
    }
  g_prefix_error (error, "--prepare: ");
  return FALSE;
}

G_GNUC_PRINTF (2, 3)
static void
add (Snapshot   *snapshot,
     const char *format,
     ...)
{
  va_list args;

  va_start (args, format);
  g_hash_table_add (snapshot, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Link-local IPv6 addresses come and go by the kernel's own time. */
static void
add_netns (Snapshot      *snapshot,
           const char    *where,
           FairleadNetns *netns)
{
  g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, NULL);
  g_autoptr (GListModel) addresses = fairlead_netns_list_addresses (netns, NULL);

  for (guint i = 0; interfaces != NULL && i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      add (snapshot, "%s interface %s", where, fairlead_interface_get_name (interface));
    }
  for (guint i = 0; addresses != NULL && i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      g_autofree char *text = fairlead_interface_address_to_string (address);

      if (!g_inet_address_get_is_link_local (fairlead_interface_address_get_address (address)))
        add (snapshot, "%s address %s on %s", where, text, fairlead_interface_address_get_interface_name (address));
    }
}

static void
add_lines (Snapshot   *snapshot,
           const char *what,
           const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0')
      add (snapshot, "%s %s", what, g_strstrip (*line));
}

static void
add_routes (Snapshot *snapshot)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/thread-self/net/route", &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, "\t", -1);

      if (g_strv_length (fields) > 7)
        add (snapshot, "route on %s to %s/%s by %s", fields[0], fields[1], fields[7], fields[2]);
    }
}

/* Without counters, which change by themselves. */
static void
add_firewall (Snapshot *snapshot)
{
  g_autofree char *nft = g_find_program_in_path ("nft");
  const char *argv[] = { nft, "--stateless", "list", "ruleset", NULL };
  g_autofree char *text = NULL;

  if (nft != NULL &&
      g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text, NULL, NULL, NULL))
    add_lines (snapshot, "rule", text);
}

static void
add_mounts (Snapshot *snapshot)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, " ", 6);

      if (g_strv_length (fields) == 6)
        add (snapshot, "mount of %s at %s", fields[3], fields[4]);
    }
}

static Snapshot *walked; /* nftw() has no user data */

static int
add_file (const char        *path,
          const struct stat *info,
          int                kind,
          struct FTW        *walk)
{
  if (!g_str_has_prefix (path, CONFIG_DIRECTORY))
    add (walked, "file %s", path);
  return 0;
}

static void
add_files (Snapshot   *snapshot,
           const char *directory)
{
  walked = snapshot;
  nftw (directory, add_file, 16, FTW_PHYS);
}

/* Processes of the backend's share our mount namespace; ours are our ancestors and ourselves. */
static void
add_processes (Snapshot *snapshot)
{
  g_autofree char *own = g_file_read_link ("/proc/self/ns/mnt", NULL);
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *link = g_build_filename ("/proc", name, "ns", "mnt", NULL);
      g_autofree char *comm_file = g_build_filename ("/proc", name, "comm", NULL);
      g_autofree char *namespace = g_ascii_isdigit (*name) ? g_file_read_link (link, NULL) : NULL;
      g_autofree char *comm = NULL;

      if (namespace == NULL || g_strcmp0 (own, namespace) != 0 || atoi (name) == getpid () || atoi (name) == getppid ())
        continue;
      if (g_file_get_contents (comm_file, &comm, NULL, NULL))
        add (snapshot, "process %s %s", name, g_strchomp (comm));
    }
}

Snapshot *
host_snapshot (FairleadNetns *inner)
{
  Snapshot *snapshot = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (FairleadNetns) host = fairlead_netns_new_current (NULL);

  if (host != NULL)
    add_netns (snapshot, "host's", host);
  if (inner != NULL)
    add_netns (snapshot, "container's", inner);
  add_routes (snapshot);
  add_firewall (snapshot);
  add_mounts (snapshot);
  add_files (snapshot, "/run");
  for (char **directory = options.watch; directory != NULL && *directory != NULL; directory++)
    add_files (snapshot, *directory);
  add_processes (snapshot);
  return snapshot;
}

static void
describe_missing (GString    *text,
                  const char *what,
                  Snapshot   *in,
                  Snapshot   *not_in)
{
  g_autoptr (GList) lines = g_list_sort (g_hash_table_get_keys (in), (GCompareFunc) (void (*) (void)) strcmp);

  for (GList *line = lines; line != NULL; line = line->next)
    if (!g_hash_table_contains (not_in, line->data))
      g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "; " : "", what, (char *) line->data);
}

char *
host_compare (Snapshot *before,
              Snapshot *after)
{
  GString *text = g_string_new (NULL);

  describe_missing (text, "new", after, before);
  describe_missing (text, "gone", before, after);
  return g_string_free (text, text->len == 0);
}

/* Setup may take back what it has made itself, and nothing else. */
char *
host_compare_failed (Snapshot *at_start,
                     Snapshot *at_failure,
                     Snapshot *after)
{
  g_autoptr (Snapshot) had_before = g_hash_table_new (g_str_hash, g_str_equal);
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer line;

  g_hash_table_iter_init (&iter, at_failure);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (g_hash_table_contains (at_start, line))
      g_hash_table_add (had_before, line);
  describe_missing (text, "new", after, at_failure);
  describe_missing (text, "gone", had_before, after);
  return g_string_free (text, text->len == 0);
}

/* What the host had before the first container has to stay; what came with it is the network's, and may go again. */
static char *
compare_with_start (Snapshot *before,
                    Snapshot *now)
{
  GString *text = g_string_new (NULL);

  describe_missing (text, "new", now, before);
  describe_missing (text, "gone", pristine, now);
  return g_string_free (text, text->len == 0);
}

char *
host_compare_settled (Snapshot *before)
{
  const gint64 deadline = g_get_monotonic_time () + options.patience * G_TIME_SPAN_SECOND;

  for (;;)
    {
      g_autoptr (Snapshot) now = host_snapshot (NULL);
      g_autofree char *difference = compare_with_start (before, now);

      if (difference == NULL || g_get_monotonic_time () > deadline)
        return g_steal_pointer (&difference);
      g_usleep (20000);
    }
}

static guint
count_entries (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

guint
host_count_descriptors (void)
{
  return count_entries ("/proc/self/fd");
}

guint
host_count_threads (void)
{
  return count_entries ("/proc/self/task");
}
