/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-command.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fairlead-tool.h"

/* What a command sees: the container's network namespace, and nothing else changes, except that where the networks
 * bring DNS servers it gets a mount namespace of its own in which /etc/resolv.conf names them. An ordinary user's is in
 * the user namespace that the network namespace belongs to besides, so that he seems to be root. /sys stays the caller's,
 * so /sys/class/net shows the caller's interfaces; netlink and /proc/net show the container's. */

#define RESOLV_CONF "/etc/resolv.conf"

struct _FairleadCommand
{
  char **argv;
  char **candidates; /* where the program may be, in the order to try */
  char **environment;
  int userns_fd;     /* to join first; -1: none */
  int netns_fd;      /* -1: stay in the caller's */
  char *resolv_conf; /* (nullable) */
};

/* As execvp() looks, but without its fallback: a file that is not a program is not given to a shell. */
static char **
dup_candidates (const char *name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *path = g_getenv ("PATH");
  g_auto (GStrv) directories = NULL;

  if (*name == '\0' || strchr (name, '/'))
    {
      g_strv_builder_add (builder, name);
      return g_strv_builder_end (builder);
    }

  directories = g_strsplit (path ? path : "/bin:/usr/bin", ":", -1);
  for (guint i = 0; directories[i]; i++)
    {
      g_autofree char *candidate = g_build_filename (*directories[i] ? directories[i] : ".", name, NULL);

      g_strv_builder_add (builder, candidate);
    }

  return g_strv_builder_end (builder);
}

static void
append_new (GPtrArray          *list,
            const char * const *items)
{
  for (guint i = 0; items && items[i]; i++)
    if (!g_ptr_array_find_with_equal_func (list, items[i], g_str_equal, NULL))
      g_ptr_array_add (list, (gpointer) items[i]);
}

static void
append_line (GString    *text,
             const char *keyword,
             GPtrArray  *words)
{
  if (words->len == 0)
    return;

  g_string_append (text, keyword);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (text, " %s", (const char *) words->pdata[i]);
  g_string_append_c (text, '\n');
}

/* NULL if no network brings a DNS server, or if there is no file to replace. */
static char *
dup_resolv_conf (FairleadContainer *container)
{
  GListModel *attachments = fairlead_container_get_attachments (container);
  g_autoptr (GPtrArray) servers = g_ptr_array_new ();
  g_autoptr (GPtrArray) searches = g_ptr_array_new ();
  g_autoptr (GPtrArray) options = g_ptr_array_new ();
  GString *text;

  for (guint i = 0; i < g_list_model_get_n_items (attachments); i++)
    {
      /* The list keeps the attachment, and with it the strings. */
      g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (attachments, i);

      append_new (servers, fairlead_attachment_get_dns_servers (attachment));
      append_new (searches, fairlead_attachment_get_dns_searches (attachment));
      append_new (options, fairlead_attachment_get_dns_options (attachment));
    }

  if (servers->len == 0 || !g_file_test (RESOLV_CONF, G_FILE_TEST_EXISTS))
    return NULL;

  text = g_string_new (NULL);
  append_line (text, "search", searches);
  append_line (text, "options", options);
  for (guint i = 0; i < servers->len; i++)
    g_string_append_printf (text, "nameserver %s\n", (const char *) servers->pdata[i]);

  return g_string_free (text, FALSE);
}

FairleadCommand *
fairlead_command_new (FairleadContainer  *container,
                      char              **argv,
                      GError            **error)
{
  g_autoptr (FairleadCommand) self = g_new0 (FairleadCommand, 1);

  g_assert (FAIRLEAD_IS_CONTAINER (container));

  self->userns_fd = -1;
  self->netns_fd = -1;
  self->argv = g_strdupv (argv);
  self->candidates = dup_candidates (argv[0]);
  self->environment = g_get_environ ();

  if (fairlead_container_get_netns_path (container))
    {
      g_autoptr (FairleadNetns) netns = fairlead_container_dup_netns (container, error);

      if (!netns)
        return NULL;

      self->userns_fd = fairlead_netns_dup_userns_fd (netns);
      self->netns_fd = fairlead_netns_dup_fd (netns, error);
      if (self->netns_fd < 0)
        return NULL;

      self->resolv_conf = dup_resolv_conf (container);
    }

  return g_steal_pointer (&self);
}

void
fairlead_command_free (FairleadCommand *self)
{
  if (self->userns_fd >= 0)
    close (self->userns_fd);
  if (self->netns_fd >= 0)
    close (self->netns_fd);
  g_strfreev (self->argv);
  g_strfreev (self->candidates);
  g_strfreev (self->environment);
  g_free (self->resolv_conf);
  g_free (self);
}

static gboolean
write_resolv_conf (const char *text)
{
  size_t length = strlen (text);
  int fd = open (RESOLV_CONF, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  gboolean written;

  if (fd < 0)
    return FALSE;

  /* The caller's umask must not keep the command's other users from reading it. */
  written = write (fd, text, length) == (ssize_t) length && fchmod (fd, 0644) == 0;
  close (fd);

  return written;
}

/* In a mount namespace that nobody else sees: a file system in memory is laid over /etc just long enough to bind its
 * resolv.conf over the real one. So nothing is written to disk, and nothing is left when the command ends. */
static gboolean
replace_resolv_conf (const char *text)
{
  char target[sizeof "/proc/self/fd/" + 10];
  gboolean replaced;
  int fd;

  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
    return FALSE;

  /* Opened in the new namespace, before /etc is covered; follows a symbolic link to where the file really is. */
  fd = open (RESOLV_CONF, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  snprintf (target, sizeof target, "/proc/self/fd/%d", fd);

  if (mount ("fairlead", "/etc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=64k") < 0)
    {
      close (fd);
      return FALSE;
    }
  replaced = write_resolv_conf (text) && mount (RESOLV_CONF, target, NULL, MS_BIND, NULL) == 0;
  close (fd);

  return umount2 ("/etc", MNT_DETACH) == 0 && replaced;
}

static FairleadCommandFailure
failed (FairleadCommandStep step)
{
  return (FairleadCommandFailure){ .step = step, .saved_errno = errno };
}

/* Becomes the command; returns only if that failed. Async-signal-safe. */
FairleadCommandFailure
fairlead_command_exec (FairleadCommand *self)
{
  gboolean refused = FALSE;

  if (self->userns_fd >= 0 && setns (self->userns_fd, CLONE_NEWUSER) < 0)
    return failed (FAIRLEAD_COMMAND_STEP_NETNS);

  if (self->netns_fd >= 0 && setns (self->netns_fd, CLONE_NEWNET) < 0)
    return failed (FAIRLEAD_COMMAND_STEP_NETNS);

  if (self->resolv_conf && !replace_resolv_conf (self->resolv_conf))
    return failed (FAIRLEAD_COMMAND_STEP_DNS);

  for (guint i = 0; self->candidates[i]; i++)
    {
      execve (self->candidates[i], self->argv, self->environment);
      if (errno == EACCES)
        refused = TRUE;
      else if (errno != ENOENT && errno != ENOTDIR)
        return failed (FAIRLEAD_COMMAND_STEP_EXEC);
    }

  errno = refused ? EACCES : ENOENT;

  return failed (FAIRLEAD_COMMAND_STEP_EXEC);
}

/* Prints why the command did not start and gives the exit code. */
int
fairlead_command_report (FairleadCommand              *self,
                         const FairleadCommandFailure *failure)
{
  const char *reason = g_strerror (failure->saved_errno);

  switch (failure->step)
    {
    case FAIRLEAD_COMMAND_STEP_NETNS:
      fairlead_tool_complain ("cannot enter the container's network namespace: %s%s", reason,
                              failure->saved_errno == EPERM ? "; run as root, or as who set it up" : "");
      return FAIRLEAD_EXIT_NOT_RUN;

    case FAIRLEAD_COMMAND_STEP_DNS:
      fairlead_tool_complain ("cannot put the network's DNS servers into the command's " RESOLV_CONF ": %s", reason);
      return FAIRLEAD_EXIT_NOT_RUN;

    case FAIRLEAD_COMMAND_STEP_EXEC:
    default:
      fairlead_tool_complain ("cannot run '%s': %s", self->argv[0], reason);
      return failure->saved_errno == ENOENT ? FAIRLEAD_EXIT_NO_COMMAND : FAIRLEAD_EXIT_NOT_EXECUTABLE;
    }
}
