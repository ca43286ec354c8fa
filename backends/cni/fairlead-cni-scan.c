/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-scan.h"

#include <fairlead/fairlead.h>

#include <string.h>

/*
 * The directories in the order given, in each the files by name, byte by byte. Of several networks of one name, one
 * from an earlier directory wins, then one from a `.conflist`, then the first by file name. Listing and looking up go by
 * the same rule, so that what is shown is what is used. What cannot be read, be it a file or a directory, is listed with
 * the reason, under the name that it gives its network if that can be read, and keeps nothing else from being found.
 */

static void
found_free (FairleadCniFound *found)
{
  g_free (found->name);
  g_free (found->file);
  g_clear_pointer (&found->config, fairlead_cni_config_unref);
  g_clear_error (&found->error);
  g_free (found);
}

static gboolean
has_config_suffix (const char *name)
{
  return g_str_has_suffix (name, ".conflist") || g_str_has_suffix (name, ".conf") || g_str_has_suffix (name, ".json");
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static FairleadCniFound *
found_new (const char *file,
           guint       dir_index)
{
  FairleadCniFound *found = g_new0 (FairleadCniFound, 1);

  found->file = g_strdup (file);
  found->rank = 2 * dir_index + (g_str_has_suffix (file, ".conflist") ? 0 : 1);
  found->config = fairlead_cni_config_new_for_file (file, &found->error);
  found->name = found->config != NULL ? g_strdup (fairlead_cni_config_get_name (found->config))
                                      : fairlead_cni_config_dup_name_in_file (file);
  if (found->name == NULL)
    {
      found->name = g_path_get_basename (file);
      *strrchr (found->name, '.') = '\0';
    }
  return found;
}

/* Goes by its whole path, which no network is called like. Takes @error. */
static FairleadCniFound *
found_new_for_directory (const char *directory,
                         guint       dir_index,
                         GError     *error)
{
  FairleadCniFound *found = g_new0 (FairleadCniFound, 1);

  found->name = g_strdup (g_path_skip_root (directory) != NULL ? g_path_skip_root (directory) : directory);
  found->file = g_strdup (directory);
  found->rank = 2 * dir_index;
  found->error = error;
  return found;
}

/* Such a name can stand in no message and in no JSON. */
static FairleadCniFound *
found_new_for_unreadable_name (const char *file,
                               guint       dir_index)
{
  FairleadCniFound *found = g_new0 (FairleadCniFound, 1);

  found->file = g_filename_display_name (file);
  found->name = g_path_get_basename (found->file);
  found->rank = 2 * dir_index;
  g_set_error (&found->error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "%s: the name of the file is not UTF-8", found->file);
  return found;
}

static void
list_directory (const char *directory,
                guint       dir_index,
                GPtrArray  *all)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &local_error);
  const char *name;

  if (dir == NULL)
    {
      if (!g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_ptr_array_add (all, found_new_for_directory (directory, dir_index, g_steal_pointer (&local_error)));
      return;
    }

  while ((name = g_dir_read_name (dir)) != NULL)
    if (has_config_suffix (name))
      g_ptr_array_add (files, g_build_filename (directory, name, NULL));
  g_ptr_array_sort (files, compare_names);

  for (guint i = 0; i < files->len; i++)
    {
      const char *file = g_ptr_array_index (files, i);

      if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (all, g_utf8_validate (file, -1, NULL) ? found_new (file, dir_index)
                                                               : found_new_for_unreadable_name (file, dir_index));
    }
}

static gboolean
is_shadowed (GPtrArray *all,
             guint      index)
{
  FairleadCniFound *found = g_ptr_array_index (all, index);

  for (guint i = 0; i < all->len && found->config != NULL; i++)
    {
      FairleadCniFound *other = g_ptr_array_index (all, i);

      if (i != index && other->config != NULL && g_str_equal (other->name, found->name) &&
          (other->rank < found->rank || (other->rank == found->rank && i < index)))
        {
          g_debug ("%s is not used: %s defines the network “%s” too", found->file, other->file, found->name);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_name_of_network (GPtrArray  *all,
                    const char *name)
{
  for (guint i = 0; i < all->len; i++)
    {
      FairleadCniFound *found = g_ptr_array_index (all, i);

      if (found->config != NULL && g_str_equal (found->name, name))
        return TRUE;
    }
  return FALSE;
}

/* A file that cannot be used must not be taken for a network that is in another one. */
static void
keep_names_apart (GPtrArray *all)
{
  for (guint i = 0; i < all->len; i++)
    {
      FairleadCniFound *found = g_ptr_array_index (all, i);

      if (found->config != NULL || !is_name_of_network (all, found->name))
        continue;
      g_free (found->name);
      found->name = g_path_get_basename (found->file);
    }
}

/* All files, good and bad, but those whose network another file defines. */
GPtrArray *
fairlead_cni_scan_list (const char * const *dirs)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) found_free);
  g_autoptr (GArray) shadowed = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; dirs != NULL && dirs[i] != NULL; i++)
    list_directory (dirs[i], i, all);

  for (guint i = 0; i < all->len; i++)
    if (is_shadowed (all, i))
      g_array_append_val (shadowed, i);
  for (guint i = shadowed->len; i > 0; i--)
    g_ptr_array_remove_index (all, g_array_index (shadowed, guint, i - 1));
  keep_names_apart (all);

  return g_steal_pointer (&all);
}

static void
set_not_found (GPtrArray           *networks,
               const char * const  *dirs,
               const char          *name,
               GError             **error)
{
  g_autofree char *directories = dirs != NULL ? g_strjoinv (", ", (char **) dirs) : g_strdup ("");
  g_autoptr (GString) bad = g_string_new (NULL);

  for (guint i = 0; i < networks->len; i++)
    {
      FairleadCniFound *found = g_ptr_array_index (networks, i);

      if (found->error != NULL)
        g_string_append_printf (bad, "%s%s", bad->len > 0 ? "; " : "; these cannot be used: ",
                                found->error->message);
    }

  if (networks->len == 0)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "no CNI network “%s”: there is no configuration file in %s", name, directories);
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "no CNI network “%s” in %s%s", name, directories, bad->str);
}

FairleadCniConfig *
fairlead_cni_scan_lookup (const char * const  *dirs,
                          const char          *name,
                          GError             **error)
{
  g_autoptr (GPtrArray) networks = fairlead_cni_scan_list (dirs);

  for (guint i = 0; i < networks->len; i++)
    {
      FairleadCniFound *found = g_ptr_array_index (networks, i);

      if (found->config != NULL && g_str_equal (found->name, name))
        return fairlead_cni_config_ref (found->config);
    }

  set_not_found (networks, dirs, name, error);
  return NULL;
}
