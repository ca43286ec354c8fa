/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-trust-private.h"

#include <unistd.h>

/*
 * The host's root as this process sees it.
 *
 * In a user namespace that does not map the host's root, its files seem to belong to the overflow user. procfs gives
 * /proc/sys to the host's root everywhere, so its owner is the uid to expect. Files of other users that are not mapped
 * look the same; we look at directories of root's and of the caller's alone, where only these two can put them.
 */
static uid_t
get_root_uid (void)
{
  struct stat st;

  return stat ("/proc/sys", &st) == 0 ? st.st_uid : 0;
}

/*
 * fairlead_trust_check:
 * @path: a file or directory, for the error
 * @st: what stat() says of it
 *
 * Checks that nobody but root and the caller can write the file or directory.
 */
gboolean
fairlead_trust_check (const char         *path,
                      const struct stat  *st,
                      GError            **error)
{
  if (st->st_uid != 0 && st->st_uid != geteuid () && st->st_uid != get_root_uid ())
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
                   "%s: not trusted, as it belongs to user %u, neither to root nor to the caller", path, st->st_uid);
      return FALSE;
    }
  if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
                   "%s: not trusted, as others than its owner can write it (mode %04o); use \"chmod go-w\"", path,
                   st->st_mode & 07777);
      return FALSE;
    }
  return TRUE;
}
