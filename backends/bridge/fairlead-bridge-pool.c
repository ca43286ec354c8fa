/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAST_PREFIX "last-"

static char *
dup_lease_path (const char                  *directory,
                const FairleadBridgeAddress *address)
{
  g_autofree char *text = fairlead_bridge_address_to_string (address);

  return g_build_filename (directory, "leases", text, NULL);
}

/* A link "last-SUBNET" to the address that was taken last. It is a hint: whoever finds it stale or missing only searches
 * for longer. */
static char *
dup_last_path (const char                 *directory,
               const FairleadBridgeSubnet *subnet)
{
  g_autofree char *base = fairlead_bridge_address_to_string (&subnet->base);
  g_autofree char *name = g_strconcat (LAST_PREFIX, base, NULL);

  return g_build_filename (directory, name, NULL);
}

static gboolean
is_in_pool (const FairleadBridgeSubnet  *subnet,
            const FairleadBridgeAddress *address)
{
  return fairlead_bridge_address_compare (address, &subnet->first) >= 0 &&
         fairlead_bridge_address_compare (address, &subnet->last) <= 0;
}

static void
get_last (const char                 *directory,
          const FairleadBridgeSubnet *subnet,
          FairleadBridgeAddress      *last)
{
  g_autofree char *path = dup_last_path (directory, subnet);
  char text[64];
  gssize length = readlink (path, text, sizeof text - 1);

  text[MAX (length, 0)] = '\0';
  if (length <= 0 || !fairlead_bridge_address_parse (last, text) || !is_in_pool (subnet, last))
    *last = subnet->last;
}

static void
set_last (const char                  *directory,
          const FairleadBridgeSubnet  *subnet,
          const FairleadBridgeAddress *last)
{
  g_autofree char *path = dup_last_path (directory, subnet);
  g_autofree char *text = fairlead_bridge_address_to_string (last);

  unlink (path);
  if (symlink (text, path) < 0)
    g_debug ("cannot write %s: %s", path, g_strerror (errno));
}

static void
step_in_pool (const FairleadBridgeSubnet *subnet,
              FairleadBridgeAddress      *address)
{
  if (fairlead_bridge_address_equal (address, &subnet->last))
    *address = subnet->first;
  else
    fairlead_bridge_address_step (address, 1);
}

static gboolean
is_free (const char                  *directory,
         const FairleadBridgeSubnet  *subnet,
         const FairleadBridgeAddress *address)
{
  g_autofree char *path = dup_lease_path (directory, address);
  struct stat st;

  return !fairlead_bridge_address_equal (address, &subnet->gateway) &&
         fairlead_bridge_subnet_is_host (subnet, address) && lstat (path, &st) < 0;
}

guint
fairlead_bridge_pool_count (const char                 *directory,
                            const FairleadBridgeSubnet *subnet)
{
  g_autofree char *path = g_build_filename (directory, "leases", NULL);
  g_autoptr (GDir) leases = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (leases != NULL && (name = g_dir_read_name (leases)) != NULL)
    {
      FairleadBridgeAddress address;

      if (fairlead_bridge_address_parse (&address, name) && fairlead_bridge_subnet_contains (subnet, &address))
        n++;
    }
  return n;
}

static gboolean
set_exhausted (const char                  *directory,
               const FairleadBridgeSubnet  *subnet,
               GError                     **error)
{
  g_autofree char *text = fairlead_bridge_subnet_to_string (subnet);
  g_autofree char *first = fairlead_bridge_address_to_string (&subnet->first);
  g_autofree char *last = fairlead_bridge_address_to_string (&subnet->last);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED,
               "no address from %s to %s in %s is free: %u of the subnet are taken by containers (\"fairlead gc\" gives "
               "back those of containers that are gone)", first, last, text,
               fairlead_bridge_pool_count (directory, subnet));
  return FALSE;
}

gboolean
fairlead_bridge_pool_find (const char                  *directory,
                           const FairleadBridgeSubnet  *subnet,
                           FairleadBridgeAddress       *address,
                           GError                     **error)
{
  FairleadBridgeAddress last;

  get_last (directory, subnet, &last);
  *address = last;
  do
    {
      step_in_pool (subnet, address);
      if (is_free (directory, subnet, address))
        return TRUE;
    }
  while (!fairlead_bridge_address_equal (address, &last));
  return set_exhausted (directory, subnet, error);
}

char *
fairlead_bridge_pool_dup_owner (const char                  *directory,
                                const FairleadBridgeAddress *address)
{
  g_autofree char *path = dup_lease_path (directory, address);

  return g_file_read_link (path, NULL);
}

static gboolean
set_taken (const char                   *directory,
           const FairleadBridgeAddress  *address,
           const char                   *container_id,
           GError                      **error)
{
  g_autofree char *text = fairlead_bridge_address_to_string (address);
  g_autofree char *owner = fairlead_bridge_pool_dup_owner (directory, address);

  if (g_strcmp0 (owner, container_id) == 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "the address %s is taken by container %s", text,
               owner != NULL ? owner : "(gone a moment ago; try again)");
  return FALSE;
}

gboolean
fairlead_bridge_pool_take (const char                   *directory,
                           const FairleadBridgeSubnet   *subnet,
                           const FairleadBridgeAddress  *address,
                           const char                   *container_id,
                           GError                      **error)
{
  g_autofree char *path = dup_lease_path (directory, address);

  while (symlink (container_id, path) < 0)
    {
      g_autofree char *leases = g_path_get_dirname (path);

      if (errno == EEXIST)
        return set_taken (directory, address, container_id, error);
      if (errno != ENOENT || g_mkdir_with_parents (leases, 0700) < 0)
        {
          fairlead_error_set_errno (error, errno, "cannot write the lease %s", path);
          return FALSE;
        }
    }
  if (is_in_pool (subnet, address))
    set_last (directory, subnet, address);
  return TRUE;
}

gboolean
fairlead_bridge_pool_give (const char                   *directory,
                           const FairleadBridgeAddress  *address,
                           const char                   *container_id,
                           GError                      **error)
{
  g_autofree char *path = dup_lease_path (directory, address);
  g_autofree char *owner = fairlead_bridge_pool_dup_owner (directory, address);

  if (g_strcmp0 (owner, container_id) != 0 || g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  fairlead_error_set_errno (error, errno, "cannot remove the lease %s", path);
  return FALSE;
}

gboolean
fairlead_bridge_pool_collect (const char          *directory,
                              const char * const  *owners,
                              GError             **error)
{
  g_autofree char *path = g_build_filename (directory, "leases", NULL);
  g_autoptr (GDir) leases = g_dir_open (path, 0, NULL);
  const char *name;

  while (leases != NULL && (name = g_dir_read_name (leases)) != NULL)
    {
      g_autofree char *lease = g_build_filename (path, name, NULL);
      g_autofree char *owner = g_file_read_link (lease, NULL);

      if (owner != NULL && g_strv_contains (owners, owner))
        continue;
      if (g_unlink (lease) < 0 && errno != ENOENT)
        {
          fairlead_error_set_errno (error, errno, "cannot remove the lease %s", lease);
          return FALSE;
        }
    }
  return TRUE;
}

void
fairlead_bridge_pool_remove (const char *directory)
{
  g_autofree char *leases = g_build_filename (directory, "leases", NULL);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, LAST_PREFIX))
      {
        g_autofree char *last = g_build_filename (directory, name, NULL);

        g_unlink (last);
      }
  g_rmdir (leases);
}
