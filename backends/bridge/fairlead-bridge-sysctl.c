/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
open_setting (const char *name,
              int         flags)
{
  g_autofree char *path = g_strconcat ("/proc/sys/", name, NULL);

  return open (path, flags | O_CLOEXEC);
}

gboolean
fairlead_bridge_sysctl_read (const char *name,
                             int        *value)
{
  int fd = open_setting (name, O_RDONLY);
  char text[32];
  gssize length;

  if (fd < 0)
    return FALSE;
  length = read (fd, text, sizeof text - 1);
  close (fd);
  if (length <= 0)
    return FALSE;
  text[length] = '\0';
  *value = atoi (text);
  return TRUE;
}

gboolean
fairlead_bridge_sysctl_write (const char  *name,
                              int          value,
                              GError     **error)
{
  g_autofree char *text = g_strdup_printf ("%d", value);
  int fd = open_setting (name, O_WRONLY);
  gboolean written = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  if (written)
    return TRUE;
  fairlead_error_set_errno (error, saved_errno, "cannot set %s to %d", name, value);
  return FALSE;
}

gboolean
fairlead_bridge_sysctl_set (const char  *family,
                            const char  *link,
                            const char  *name,
                            int          value,
                            GError     **error)
{
  g_autofree char *path = g_strdup_printf ("net/%s/conf/%s/%s", family, link, name);
  g_autoptr (GError) local_error = NULL;

  if (fairlead_bridge_sysctl_write (path, value, &local_error))
    return TRUE;
  if (strcmp (family, "ipv6") == 0 && g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
