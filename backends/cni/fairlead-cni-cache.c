/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-cache.h"

#include "fairlead-cni-value.h"

#include <fairlead/fairlead.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/*
 * One file an attachment, DIR/results/NETWORK-ID-IFNAME. The name is ambiguous (network “a-b” with id “c” is network “a”
 * with id “b-c”), so a file counts only if what it says inside is what was looked for. It is replaced as a whole: after a
 * crash there is the old one or the new one, never half of one.
 *
 * One key is not the reference runtime's: `fairlead`, in files of ours, the id of the boot that they were written in.
 * Collecting garbage must not touch what another runtime attached. And the path of a namespace of an earlier boot, such as
 * /proc/PID/ns/net, may be a stranger's by now, so what is read of it is an attachment without a namespace.
 */

#define CACHE_KIND "cniCacheV1"

/* Of a file that is being written and has not got its name yet. */
#define TEMPORARY_PREFIX ".fairlead-"

void
fairlead_cni_cache_entry_free (FairleadCniCacheEntry *entry)
{
  g_free (entry->network);
  g_free (entry->config_text);
  g_clear_pointer (&entry->target, fairlead_cni_target_unref);
  g_clear_pointer (&entry->result, fairlead_cni_result_unref);
  g_free (entry);
}

/* The list to undo @entry with: the one that ADD worked on. Other runtimes cache the bytes of a file, without the plugins of
 * its fragments, so @current, the network's list of today, is better for theirs; it may be NULL. */
FairleadCniConfig *
fairlead_cni_cache_entry_choose_config (FairleadCniCacheEntry  *entry,
                                        FairleadCniConfig      *current,
                                        GError                **error)
{
  if (current != NULL && (!entry->ours || entry->config_text == NULL))
    return fairlead_cni_config_ref (current);
  if (entry->config_text != NULL)
    return fairlead_cni_config_new_from_text (entry->config_text, -1, "CNI cache", error);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
               "the CNI cache does not say what container “%s” was attached to network “%s” with",
               entry->target->container_id, entry->network);
  return NULL;
}

/* Where the container's end is, by what the plugins said. */
static const char *
result_get_sandbox (FairleadCniResult *result)
{
  for (guint i = 0; result != NULL && i < result->interfaces->len; i++)
    {
      FairleadCniResultInterface *interface = g_ptr_array_index (result->interfaces, i);

      if (interface->sandbox != NULL && *interface->sandbox != '\0')
        return interface->sandbox;
    }
  return NULL;
}

/* Whether the namespace of the attachment may still be there. Other runtimes did not always write down its path. */
gboolean
fairlead_cni_cache_entry_has_namespace (FairleadCniCacheEntry *entry)
{
  const char *path = *entry->target->netns != '\0' ? entry->target->netns : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = NULL;

  if (path == NULL && !entry->ours)
    path = result_get_sandbox (entry->result);
  if (path == NULL)
    return !entry->ours;
  netns = fairlead_netns_new_for_path (path, &error);
  return netns != NULL || !g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

char *
fairlead_cni_cache_dup_boot_id (GError **error)
{
  char *boot_id = NULL;

  return g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, error) ? g_strchomp (boot_id) : NULL;
}

static char *
dup_results_dir (const char *cache_dir)
{
  return g_build_filename (cache_dir, "results", NULL);
}

char *
fairlead_cni_cache_dup_path (const char         *cache_dir,
                             const char         *network,
                             FairleadCniTarget  *target,
                             GError            **error)
{
  g_autofree char *directory = dup_results_dir (cache_dir);
  g_autofree char *name = NULL;

  if (!fairlead_cni_config_check_name (network, error) || !fairlead_cni_target_validate (target, error))
    return NULL;

  name = g_strdup_printf ("%s-%s-%s", network, target->container_id, target->ifname);
  if (strlen (name) > NAME_MAX)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the names of the network, the container and the interface have %" G_GSIZE_FORMAT " bytes together; "
                   "CNI keeps them in one file name, which allows %d", strlen (name), NAME_MAX);
      return NULL;
    }
  return g_build_filename (directory, name, NULL);
}

gboolean
fairlead_cni_cache_make_directory (const char  *directory,
                                   GError     **error)
{
  if (g_mkdir_with_parents (directory, 0700) == 0)
    return TRUE;
  fairlead_error_set_errno (error, errno, "mkdir %s", directory);
  return FALSE;
}

static GVariant *
args_to_variant (char **args)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (gsize i = 0; args[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (args[i], "=", 2);

      g_variant_builder_add (&builder, "v", fairlead_cni_value_new_array ((const char * const *) pair));
    }
  return g_variant_builder_end (&builder);
}

static char *
format_entry (FairleadCniConfig  *config,
              FairleadCniTarget  *target,
              FairleadCniResult  *result,
              GError            **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) result_value = fairlead_cni_result_to_variant (result, result->version, error);
  g_autoptr (GVariant) entry = NULL;
  g_autofree char *text = fairlead_cni_config_to_text (config);
  g_autofree char *encoded = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *boot_id = result_value != NULL ? fairlead_cni_cache_dup_boot_id (error) : NULL;

  if (boot_id == NULL)
    return NULL;

  g_variant_dict_insert (&dict, "kind", "s", CACHE_KIND);
  g_variant_dict_insert (&dict, "containerId", "s", target->container_id);
  g_variant_dict_insert (&dict, "config", "s", encoded);
  g_variant_dict_insert (&dict, "ifName", "s", target->ifname);
  g_variant_dict_insert (&dict, "networkName", "s", fairlead_cni_config_get_name (config));
  g_variant_dict_insert (&dict, "fairlead", "s", boot_id);
  if (*target->netns != '\0')
    g_variant_dict_insert (&dict, "netns", "s", target->netns);
  if (target->args[0] != NULL)
    g_variant_dict_insert_value (&dict, "cniArgs", args_to_variant (target->args));
  if (g_variant_n_children (target->capability_args) > 0)
    g_variant_dict_insert_value (&dict, "capabilityArgs", target->capability_args);
  g_variant_dict_insert_value (&dict, "result", result_value);

  entry = g_variant_ref_sink (g_variant_dict_end (&dict));
  return fairlead_json_print (entry, FALSE);
}

static gboolean
write_all (int         fd,
           const char *text)
{
  gsize length = strlen (text);

  while (length > 0)
    {
      ssize_t written = write (fd, text, length);

      if (written < 0 && errno != EINTR)
        return FALSE;
      text += MAX (written, 0);
      length -= (gsize) MAX (written, 0);
    }
  return TRUE;
}

/* What was written goes to the disk from now on, and nobody waits for it. That is enough: the file gets its name after it got
 * its place on the disk, so that a loss of power leaves it whole or not there, as it may leave the address that a plugin
 * has noted a moment before in a file of its own. To wait would cost each attachment the time of a disk's write. */
static gboolean
start_write_back (int fd)
{
  return sync_file_range (fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0 || fsync (fd) == 0;
}

/* g_file_set_contents_full() makes its temporary file of the name and seven bytes more, which a name that just fits has
 * no room for. */
static gboolean
replace_file (const char  *path,
              const char  *text,
              GError     **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *temporary = g_build_filename (directory, TEMPORARY_PREFIX "XXXXXX", NULL);
  int saved_errno = 0;
  int fd;

  if (!fairlead_cni_cache_make_directory (directory, error))
    return FALSE;

  fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "create %s", temporary);
      return FALSE;
    }

  if (!write_all (fd, text) || !start_write_back (fd))
    saved_errno = errno;
  if (close (fd) < 0 && saved_errno == 0)
    saved_errno = errno;
  if (saved_errno == 0 && g_rename (temporary, path) < 0)
    saved_errno = errno;
  if (saved_errno == 0)
    return TRUE;

  g_unlink (temporary);
  fairlead_error_set_errno (error, saved_errno, "write %s", path);
  return FALSE;
}

gboolean
fairlead_cni_cache_write (const char         *cache_dir,
                          FairleadCniConfig  *config,
                          FairleadCniTarget  *target,
                          FairleadCniResult  *result,
                          GError            **error)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;

  path = fairlead_cni_cache_dup_path (cache_dir, fairlead_cni_config_get_name (config), target, error);
  if (path == NULL)
    return FALSE;

  text = format_entry (config, target, result, error);
  return text != NULL && replace_file (path, text, error);
}

static gboolean
read_args (GVariant   *object,
           char     ***args,
           GError    **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GVariant) pairs = NULL;

  if (!fairlead_cni_value_read_array (object, "cniArgs", &pairs, error))
    return FALSE;

  for (gsize i = 0; pairs != NULL && i < g_variant_n_children (pairs); i++)
    {
      g_autoptr (GVariant) pair = fairlead_cni_value_get_element (pairs, i);
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
      g_autoptr (GVariant) wrapped = NULL;
      g_auto (GStrv) words = NULL;
      g_autofree char *arg = NULL;

      g_variant_dict_insert_value (&dict, "cniArgs", pair);
      wrapped = g_variant_ref_sink (g_variant_dict_end (&dict));
      if (!fairlead_cni_value_read_strv (wrapped, "cniArgs", &words, error))
        return FALSE;
      if (g_strv_length (words) != 2)
        continue;
      arg = g_strjoinv ("=", words);
      g_strv_builder_add (builder, arg);
    }
  *args = g_strv_builder_end (builder);
  return TRUE;
}

static char *
decode_config (const char *encoded)
{
  g_autofree guchar *bytes = NULL;
  gsize length;

  if (encoded == NULL)
    return NULL;
  bytes = g_base64_decode (encoded, &length);
  return length > 0 && g_utf8_validate_len ((const char *) bytes, length, NULL)
           ? g_strndup ((const char *) bytes, length) : NULL;
}

/* The result is what a file is mostly for, but one that cannot be understood must not stop a DEL. */
static FairleadCniResult *
read_result (GVariant *object)
{
  g_autoptr (GVariant) value = fairlead_cni_value_lookup (object, "result");
  g_autoptr (GError) local_error = NULL;
  FairleadCniResult *result;

  if (value == NULL)
    return NULL;
  result = fairlead_cni_result_new (value, "", &local_error);
  if (result == NULL)
    g_debug ("CNI cache: %s", local_error->message);
  return result;
}

static gboolean
is_earlier_boot (const char *written_in)
{
  g_autofree char *boot_id = fairlead_cni_cache_dup_boot_id (NULL);

  return boot_id != NULL && !g_str_equal (boot_id, written_in);
}

static FairleadCniCacheEntry *
entry_new (GVariant  *object,
           GError   **error)
{
  g_autoptr (FairleadCniCacheEntry) entry = g_new0 (FairleadCniCacheEntry, 1);
  g_autoptr (GVariant) capability_args = NULL;
  g_autofree char *container_id = NULL;
  g_autofree char *ifname = NULL;
  g_autofree char *netns = NULL;
  g_autofree char *encoded = NULL;
  const char *written_in = NULL;
  g_auto (GStrv) args = NULL;

  if (!fairlead_cni_value_read_string (object, "containerId", &container_id, error) ||
      !fairlead_cni_value_read_string (object, "ifName", &ifname, error) ||
      !fairlead_cni_value_read_string (object, "networkName", &entry->network, error) ||
      !fairlead_cni_value_read_string (object, "netns", &netns, error) ||
      !fairlead_cni_value_read_string (object, "config", &encoded, error) ||
      !fairlead_cni_value_read_object (object, "capabilityArgs", &capability_args, error) ||
      !read_args (object, &args, error))
    return NULL;

  if (container_id == NULL || ifname == NULL || entry->network == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                   "“containerId”, “ifName” or “networkName” is missing");
      return NULL;
    }

  entry->ours = g_variant_lookup (object, "fairlead", "&s", &written_in);
  if (entry->ours && is_earlier_boot (written_in))
    g_clear_pointer (&netns, g_free);
  entry->target = fairlead_cni_target_new (container_id, ifname, netns, (const char * const *) args, capability_args);
  entry->config_text = decode_config (encoded);
  entry->result = read_result (object);
  return g_steal_pointer (&entry);
}

static gboolean
is_cache_kind (GVariant *object)
{
  g_autofree char *kind = NULL;

  return fairlead_cni_value_read_string (object, "kind", &kind, NULL) && g_strcmp0 (kind, CACHE_KIND) == 0;
}

static char *
load_text (const char  *path,
           gsize       *length,
           GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  char *text = fairlead_cni_value_load_text (path, length, &local_error);

  if (text == NULL)
    g_set_error_literal (error, FAIRLEAD_ERROR,
                         g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND)
                           ? FAIRLEAD_ERROR_NOT_FOUND : FAIRLEAD_ERROR_STATE_DAMAGED, local_error->message);
  return text;
}

static GVariant *
parse_object (const char  *text,
              gssize       length,
              GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) object = fairlead_json_parse (text, length, &local_error);

  if (object != NULL && fairlead_cni_value_is_object (object))
    return g_steal_pointer (&object);
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED,
                       object == NULL ? local_error->message : "it is not a JSON object");
  return NULL;
}

static GVariant *
load_object (const char  *path,
             GError     **error)
{
  gsize length;
  g_autofree char *text = load_text (path, &length, error);
  GVariant *object;

  if (text == NULL)
    return NULL;
  object = parse_object (text, (gssize) length, error);
  if (object == NULL)
    g_prefix_error (error, "%s: ", path);
  return object;
}

/* The entry that is the text of a file. */
FairleadCniCacheEntry *
fairlead_cni_cache_parse (const char  *text,
                          gssize       length,
                          GError     **error)
{
  g_autoptr (GVariant) object = parse_object (text, length, error);

  if (object == NULL)
    return NULL;
  if (is_cache_kind (object))
    return entry_new (object, error);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_STATE_DAMAGED, "“kind” is not “" CACHE_KIND "”");
  return NULL;
}

/* Fails with NOT_FOUND if there is no file, and with STATE_DAMAGED if it cannot be read or is another attachment's. */
FairleadCniCacheEntry *
fairlead_cni_cache_read (const char         *cache_dir,
                         const char         *network,
                         FairleadCniTarget  *target,
                         GError            **error)
{
  g_autofree char *path = fairlead_cni_cache_dup_path (cache_dir, network, target, error);
  g_autoptr (FairleadCniCacheEntry) entry = NULL;
  g_autoptr (GVariant) object = NULL;

  if (path == NULL)
    return NULL;
  object = load_object (path, error);
  if (object == NULL)
    return NULL;

  if (!is_cache_kind (object))
    {
      /* Before there was a kind, the file was the result and nothing else. */
      entry = g_new0 (FairleadCniCacheEntry, 1);
      entry->network = g_strdup (network);
      entry->target = fairlead_cni_target_ref (target);
      entry->result = fairlead_cni_result_new (object, "", error);
      return entry->result != NULL ? g_steal_pointer (&entry) : NULL;
    }

  entry = entry_new (object, error);
  if (entry == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (!g_str_equal (entry->network, network) || !g_str_equal (entry->target->container_id, target->container_id) ||
      !g_str_equal (entry->target->ifname, target->ifname))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS,
                   "%s belongs to network “%s”, container “%s”, interface “%s”, whose names join to the same file name",
                   path, entry->network, entry->target->container_id, entry->target->ifname);
      return NULL;
    }
  return g_steal_pointer (&entry);
}

/* Leaves a file alone that belongs to another attachment. */
gboolean
fairlead_cni_cache_remove (const char         *cache_dir,
                           const char         *network,
                           FairleadCniTarget  *target,
                           GError            **error)
{
  g_autofree char *path = fairlead_cni_cache_dup_path (cache_dir, network, target, error);
  g_autoptr (FairleadCniCacheEntry) entry = NULL;
  g_autoptr (GError) local_error = NULL;

  if (path == NULL)
    return FALSE;

  entry = fairlead_cni_cache_read (cache_dir, network, target, &local_error);
  if (g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS))
    return TRUE;
  if (g_unlink (path) < 0 && errno != ENOENT)
    {
      fairlead_error_set_errno (error, errno, "remove %s", path);
      return FALSE;
    }
  return TRUE;
}

/* What a crash left of files that were being written, as paths. Somebody may be writing them right now. */
GPtrArray *
fairlead_cni_cache_list_temporary (const char *cache_dir)
{
  g_autofree char *directory = dup_results_dir (cache_dir);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, TEMPORARY_PREFIX))
      g_ptr_array_add (paths, g_build_filename (directory, name, NULL));
  return paths;
}

static FairleadCniCacheEntry *
load_listed (const char *directory,
             const char *name)
{
  gsize length;
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *text = load_text (path, &length, NULL);
  g_autofree char *expected = NULL;
  g_autoptr (FairleadCniCacheEntry) entry = NULL;

  entry = text != NULL ? fairlead_cni_cache_parse (text, (gssize) length, NULL) : NULL;
  if (entry == NULL)
    return NULL;

  expected = g_strdup_printf ("%s-%s-%s", entry->network, entry->target->container_id, entry->target->ifname);
  return g_str_equal (expected, name) ? g_steal_pointer (&entry) : NULL;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* All attachments of all networks, by file name. What cannot be understood is not listed. */
GPtrArray *
fairlead_cni_cache_list (const char  *cache_dir,
                         GError     **error)
{
  g_autofree char *directory = dup_results_dir (cache_dir);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &local_error);
  const char *name;

  if (dir == NULL && !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "CNI cache: %s", local_error->message);
      return NULL;
    }

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);

  entries = g_ptr_array_new_with_free_func ((GDestroyNotify) fairlead_cni_cache_entry_free);
  for (guint i = 0; i < names->len; i++)
    {
      FairleadCniCacheEntry *entry = load_listed (directory, g_ptr_array_index (names, i));

      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }
  return g_steal_pointer (&entries);
}
