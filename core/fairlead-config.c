/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-config-private.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fairlead-container-file-private.h"
#include "fairlead-keyfile-private.h"
#include "fairlead-module-private.h"
#include "fairlead-network-private.h"
#include "fairlead-param-private.h"

/**
 * FairleadConfig:
 *
 * The merged configuration: `fairlead.conf`, its drop-ins, and network files.
 *
 * In each configuration directory there can be `fairlead.conf`, of which the one in the directory of the highest
 * precedence counts, `fairlead.conf.d/ *.conf`, which are read in the order of their names wherever they are, and
 * `networks.d/NAME.network` and `containers/ID.container`. A file hides one of the same name in a directory of lower precedence; an empty one, or a
 * link to `/dev/null`, only hides. For root the directories are those of the distribution (`/usr/lib/fairlead`),
 * `/run/fairlead` and `/etc/fairlead`, the last with the highest precedence; for an ordinary user `fairlead` in
 * `XDG_CONFIG_DIRS` and in `XDG_CONFIG_HOME`. The environment variable `FAIRLEAD_CONFIG_DIR` takes the place of all.
 *
 * Its own properties are the keys of the group `[core]`. Every key is checked when it is read; an error names file,
 * group, key and what is allowed.
 *
 * A configuration is not changed any more once a manager has it; reading it is safe from any thread then.
 *
 * Since: 1.0
 */
struct _FairleadConfig
{
  GObject parent_instance;

  GPtrArray  *entries;  /* (owned) (element-type FairleadKeyfileEntry), later ones win */
  GMutex      lock;
  GHashTable *networks; /* (owned) (mutex lock) name → file; what no network can be called is among them */
  char      **dirs;     /* (nullable) (owned) that it was read from; network files are written to the last */
  GHashTable *containers; /* (owned) id → file, as networks */
  GPtrArray  *files;    /* (owned) (element-type utf8), in the order in which they were read */

  char  *default_network;
  char  *default_network_rootless;
  char **backend_dirs;
  char  *first_dirs;  /* (nullable) directories of modules that the environment gives, parted by colons */
  char **search_dirs; /* (owned) backend_dirs behind those of the environment */
  char **auto_networks;
  char **discover;
  FairleadIdMap id_map;
  guint  lock_timeout;
  char  *netns_dir;
  gboolean netns_dir_is_default;
  char  *state_dir;   /* (nullable) */
};

G_DEFINE_FINAL_TYPE (FairleadConfig, fairlead_config, G_TYPE_OBJECT)

enum
{
  PROP_DEFAULT_NETWORK = 1,
  PROP_DEFAULT_NETWORK_ROOTLESS,
  PROP_BACKEND_DIRS,
  PROP_AUTO_NETWORKS,
  PROP_DISCOVER,
  PROP_ID_MAP,
  PROP_LOCK_TIMEOUT,
  PROP_NETNS_DIR,
  PROP_STATE_DIR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

#define MAX_LOCK_TIMEOUT 86400

static void fairlead_config_constructed (GObject        *object);
static void update_search_dirs          (FairleadConfig *self);
static void update_netns_dir            (FairleadConfig *self);

static void
replace_string (char        **target,
                const GValue *value)
{
  g_free (*target);
  *target = g_value_dup_string (value);
}

static void
replace_strv (char      ***target,
              const GValue *value)
{
  char **list = g_value_dup_boxed (value);

  g_strfreev (*target);
  *target = list != NULL ? list : g_new0 (char *, 1);
}

static void
fairlead_config_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  FairleadConfig *self = FAIRLEAD_CONFIG (object);

  switch (prop_id)
    {
    case PROP_DEFAULT_NETWORK:
      replace_string (&self->default_network, value);
      break;
    case PROP_DEFAULT_NETWORK_ROOTLESS:
      replace_string (&self->default_network_rootless, value);
      break;
    case PROP_BACKEND_DIRS:
      replace_strv (&self->backend_dirs, value);
      update_search_dirs (self);
      break;
    case PROP_DISCOVER:
      replace_strv (&self->discover, value);
      break;
    case PROP_AUTO_NETWORKS:
      replace_strv (&self->auto_networks, value);
      break;
    case PROP_ID_MAP:
      self->id_map = g_value_get_enum (value);
      break;
    case PROP_LOCK_TIMEOUT:
      self->lock_timeout = g_value_get_uint (value);
      break;
    case PROP_NETNS_DIR:
      replace_string (&self->netns_dir, value);
      self->netns_dir_is_default = self->netns_dir == NULL;
      break;
    case PROP_STATE_DIR:
      replace_string (&self->state_dir, value);
      update_netns_dir (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_config_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  FairleadConfig *self = FAIRLEAD_CONFIG (object);

  switch (prop_id)
    {
    case PROP_DEFAULT_NETWORK:
      g_value_set_string (value, self->default_network);
      break;
    case PROP_DEFAULT_NETWORK_ROOTLESS:
      g_value_set_string (value, self->default_network_rootless);
      break;
    case PROP_BACKEND_DIRS:
      g_value_set_boxed (value, self->backend_dirs);
      break;
    case PROP_DISCOVER:
      g_value_set_boxed (value, self->discover);
      break;
    case PROP_AUTO_NETWORKS:
      g_value_set_boxed (value, self->auto_networks);
      break;
    case PROP_ID_MAP:
      g_value_set_enum (value, self->id_map);
      break;
    case PROP_LOCK_TIMEOUT:
      g_value_set_uint (value, self->lock_timeout);
      break;
    case PROP_NETNS_DIR:
      g_value_set_string (value, self->netns_dir);
      break;
    case PROP_STATE_DIR:
      g_value_set_string (value, self->state_dir);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_config_finalize (GObject *object)
{
  FairleadConfig *self = FAIRLEAD_CONFIG (object);

  g_ptr_array_unref (self->entries);
  g_hash_table_unref (self->networks);
  g_hash_table_unref (self->containers);
  g_mutex_clear (&self->lock);
  g_strfreev (self->dirs);
  g_ptr_array_unref (self->files);
  g_free (self->default_network);
  g_free (self->default_network_rootless);
  g_strfreev (self->backend_dirs);
  g_free (self->first_dirs);
  g_strfreev (self->search_dirs);
  g_strfreev (self->auto_networks);
  g_strfreev (self->discover);
  g_free (self->netns_dir);
  g_free (self->state_dir);

  G_OBJECT_CLASS (fairlead_config_parent_class)->finalize (object);
}

#define KEY (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | FAIRLEAD_PARAM_CONFIG)

static void
fairlead_config_class_init (FairleadConfigClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = fairlead_config_set_property;
  object_class->get_property = fairlead_config_get_property;
  object_class->constructed = fairlead_config_constructed;
  object_class->finalize = fairlead_config_finalize;

  /**
   * FairleadConfig:default-network: (getter get_default_network)
   *
   * The network of containers for which none is named, for root. Empty: the first that is found.
   *
   * Since: 1.0
   */
  props[PROP_DEFAULT_NETWORK] =
    g_param_spec_string ("default-network", NULL,
                         "Network of containers for which none is named; empty for the first that is found", "bridge",
                         KEY);
  /**
   * FairleadConfig:default-network-rootless:
   *
   * The same for an ordinary user.
   *
   * Since: 1.0
   */
  props[PROP_DEFAULT_NETWORK_ROOTLESS] =
    g_param_spec_string ("default-network-rootless", NULL, "The same for an ordinary user", "auto", KEY);
  /**
   * FairleadConfig:backend-dirs: (getter get_backend_dirs)
   *
   * The directories of modules; the first that has a module counts.
   *
   * Since: 1.0
   */
  props[PROP_BACKEND_DIRS] = g_param_spec_boxed ("backend-dirs", NULL, "Directories of backend modules", G_TYPE_STRV,
                                                 KEY | FAIRLEAD_PARAM_PATH);
  /**
   * FairleadConfig:auto-networks: (getter get_auto_networks)
   *
   * The networks of which the first that works is taken where `auto` is the default.
   *
   * Since: 1.0
   */
  props[PROP_AUTO_NETWORKS] =
    g_param_spec_boxed ("auto-networks", NULL, "Networks of which default-network=auto takes the first that works",
                        G_TYPE_STRV, KEY);
  /**
   * FairleadConfig:discover: (getter get_discover)
   *
   * The backends that are asked for networks which no file describes.
   *
   * Since: 1.0
   */
  props[PROP_DISCOVER] =
    g_param_spec_boxed ("discover", NULL, "Backends that are asked for networks which no file describes", G_TYPE_STRV, KEY);
  /**
   * FairleadConfig:id-map: (getter get_id_map)
   *
   * Which user ids there are in the user namespace that an ordinary user's network namespaces belong to.
   *
   * Since: 1.0
   */
  props[PROP_ID_MAP] =
    g_param_spec_enum ("id-map", NULL, "User ids in an ordinary user's user namespace", FAIRLEAD_TYPE_ID_MAP,
                       FAIRLEAD_ID_MAP_USER, KEY);
  /**
   * FairleadConfig:lock-timeout: (getter get_lock_timeout)
   *
   * How long a verb waits for another one on the same container, in seconds; 0 for ever.
   *
   * Since: 1.0
   */
  props[PROP_LOCK_TIMEOUT] =
    g_param_spec_uint ("lock-timeout", NULL,
                       "Seconds to wait for another call on the same container; 0 to wait for ever", 0, MAX_LOCK_TIMEOUT,
                       120, KEY);
  /**
   * FairleadConfig:netns-dir: (getter get_netns_dir)
   *
   * Where network namespaces are pinned.
   *
   * Since: 1.0
   */
  props[PROP_NETNS_DIR] = g_param_spec_string ("netns-dir", NULL, "Directory where namespaces are pinned", NULL,
                                               KEY | FAIRLEAD_PARAM_PATH);
  /**
   * FairleadConfig:state-dir: (getter get_state_dir)
   *
   * Where the state of containers is kept.
   *
   * Since: 1.0
   */
  props[PROP_STATE_DIR] = g_param_spec_string ("state-dir", NULL, "Directory where state is kept", NULL,
                                               KEY | FAIRLEAD_PARAM_PATH);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

/* The runtime directory of an ordinary user, if it is fit to keep state in; NULL if there is none. */
static char *
dup_user_runtime_dir (void)
{
  const char *variable = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *path = NULL;
  struct stat st;

  if (variable != NULL && g_path_is_absolute (variable))
    path = g_strdup (variable);
  else
    path = g_strdup_printf ("/run/user/%u", geteuid ());
  if (lstat (path, &st) < 0 || !S_ISDIR (st.st_mode) || st.st_uid != geteuid () || (st.st_mode & 077) != 0)
    return NULL;
  return g_build_filename (path, "fairlead", NULL);
}

static void
update_search_dirs (FairleadConfig *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) dirs = self->first_dirs != NULL ? g_strsplit (self->first_dirs, ":", -1) : NULL;

  for (char **dir = dirs; dir != NULL && *dir != NULL; dir++)
    if (g_path_is_absolute (*dir))
      g_strv_builder_add (builder, *dir);
  g_strv_builder_addv (builder, (const char **) self->backend_dirs);
  g_strfreev (self->search_dirs);
  self->search_dirs = g_strv_builder_end (builder);
}

static void
fairlead_config_init (FairleadConfig *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) fairlead_keyfile_entry_unref);
  g_mutex_init (&self->lock);
  self->networks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->containers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->files = g_ptr_array_new_with_free_func (g_free);
}

static FairleadKeyfileEntry *
find_entry (FairleadConfig *self,
            const char     *group,
            const char     *key)
{
  for (guint i = self->entries->len; i > 0; i--)
    {
      FairleadKeyfileEntry *entry = self->entries->pdata[i - 1];

      if (g_str_equal (entry->group, group) && g_str_equal (entry->key, key))
        return entry;
    }
  return NULL;
}

/* Where nobody sets it: root's is that of ip-netns(8), so that `ip netns` shows our namespaces; that of an ordinary user
 * goes with the state directory, wherever that is. */
static void
update_netns_dir (FairleadConfig *self)
{
  if (!self->netns_dir_is_default)
    return;
  g_clear_pointer (&self->netns_dir, g_free);
  if (geteuid () == 0)
    self->netns_dir = g_strdup ("/run/netns");
  else if (self->state_dir != NULL)
    self->netns_dir = g_build_filename (self->state_dir, "netns", NULL);
}

/* Defaults that depend on who we are, and so cannot stand in a GParamSpec. What the program gave stays. */
static void
fairlead_config_constructed (GObject *object)
{
  FairleadConfig *self = FAIRLEAD_CONFIG (object);
  const char *backend_dirs[] = { FAIRLEAD_BACKEND_DIR, NULL };
  const char *auto_networks[] = { "slirp4netns", "pasta", NULL };
  const char *discover[] = { "cni", NULL };

  G_OBJECT_CLASS (fairlead_config_parent_class)->constructed (object);

  if (self->backend_dirs[0] == NULL)
    g_object_set (self, "backend-dirs", backend_dirs, NULL);
  if (self->auto_networks[0] == NULL)
    g_object_set (self, "auto-networks", auto_networks, NULL);
  if (self->discover[0] == NULL)
    g_object_set (self, "discover", discover, NULL);
  if (self->state_dir == NULL)
    self->state_dir = geteuid () == 0 ? g_strdup ("/run/fairlead") : dup_user_runtime_dir ();
  update_netns_dir (self);
}

static gboolean
set_location (const FairleadKeyfileEntry  *entry,
              GError                     **error)
{
  if (error != NULL && *error != NULL)
    {
      if (g_error_matches (*error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT))
        (*error)->code = FAIRLEAD_ERROR_INVALID_CONFIGURATION;
      g_prefix_error (error, "%s: [%s] %s: ", entry->origin, entry->group, entry->key);
    }
  return FALSE;
}

/* A default network may be none, which is the empty name. */
static gboolean
check_names (GParamSpec    *pspec,
             const GValue  *value,
             GError       **error)
{
  gboolean is_default = pspec == props[PROP_DEFAULT_NETWORK] || pspec == props[PROP_DEFAULT_NETWORK_ROOTLESS];
  gboolean of_backends = pspec == props[PROP_DISCOVER];
  const char *single[] = { is_default ? g_value_get_string (value) : NULL, NULL };
  const char * const *names = single;

  if (of_backends || pspec == props[PROP_AUTO_NETWORKS])
    names = g_value_get_boxed (value);
  for (; *names != NULL; names++)
    if (!(of_backends ? fairlead_module_name_is_valid (*names) : fairlead_network_name_is_valid (*names)) &&
        !(is_default && **names == '\0'))
      {
        g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "\"%s\" is not the name of a %s", *names,
                     of_backends ? "backend" : "network");
        return FALSE;
      }
  return TRUE;
}

static gboolean
apply_core_entry (FairleadConfig              *self,
                  const FairleadKeyfileEntry  *entry,
                  GError                     **error)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), FAIRLEAD_PARAM_CONFIG, &n_pspecs);
  GParamSpec *pspec = fairlead_param_find (pspecs, n_pspecs, entry->key, error);
  g_auto (GValue) value = G_VALUE_INIT;

  if (pspec == NULL || !fairlead_param_parse (pspec, entry->text, &value, error) ||
      !check_names (pspec, &value, error))
    return set_location (entry, error);
  g_object_set_property (G_OBJECT (self), entry->key, &value);
  return TRUE;
}

static gboolean
is_backend_group (const char *group)
{
  return g_str_has_prefix (group, "backend ") && fairlead_module_name_is_valid (group + strlen ("backend "));
}

static gboolean
add_entry (FairleadConfig        *self,
           FairleadKeyfileEntry  *entry,
           GError               **error)
{
  if (g_str_equal (entry->group, "core") && !apply_core_entry (self, entry, error))
    return FALSE;
  g_ptr_array_add (self->entries, fairlead_keyfile_entry_ref (entry));
  return TRUE;
}

static gboolean
add_keyfile (FairleadConfig   *self,
             FairleadKeyfile  *keyfile,
             GError          **error)
{
  for (guint i = 0; i < keyfile->groups->len; i++)
    {
      const char *group = keyfile->groups->pdata[i];

      if (!g_str_equal (group, "core") && !is_backend_group (group))
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                       "%s: [%s]: there is no such group; there are [core] and [backend NAME]", keyfile->file, group);
          return FALSE;
        }
    }
  for (guint i = 0; i < keyfile->entries->len; i++)
    if (!add_entry (self, keyfile->entries->pdata[i], error))
      return FALSE;
  if (!keyfile->is_mask)
    g_ptr_array_add (self->files, g_strdup (keyfile->file));
  return TRUE;
}

static gboolean
read_file (FairleadConfig  *self,
           const char      *file,
           GError         **error)
{
  g_autoptr (FairleadKeyfile) keyfile = fairlead_keyfile_read (file, error);

  return keyfile != NULL && add_keyfile (self, keyfile, error);
}

/* Name → file for all files with @suffix in the subdirectory; a later directory hides an earlier one's file. */
static gboolean
scan_directories (const char * const  *dirs,
                  const char          *subdirectory,
                  const char          *suffix,
                  GHashTable          *found,
                  GError             **error)
{
  for (; *dirs != NULL; dirs++)
    {
      g_autofree char *path = g_build_filename (*dirs, subdirectory, NULL);
      g_autoptr (GError) local_error = NULL;
      g_autoptr (GDir) directory = g_dir_open (path, 0, &local_error);
      const char *name;

      if (directory == NULL && !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "%s", local_error->message);
          return FALSE;
        }
      while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
        if (g_str_has_suffix (name, suffix) && name[0] != '.')
          g_hash_table_insert (found, g_strdup (name), g_build_filename (path, name, NULL));
    }
  return TRUE;
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* (transfer container) */
static GPtrArray *
list_sorted_keys (GHashTable *table)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, key);
  g_ptr_array_sort (keys, compare_strings);
  return keys;
}

static gboolean
read_main_file (FairleadConfig      *self,
                const char * const  *dirs,
                GError             **error)
{
  g_autofree char *file = NULL;

  for (; *dirs != NULL; dirs++)
    {
      g_autofree char *candidate = g_build_filename (*dirs, "fairlead.conf", NULL);

      if (g_file_test (candidate, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
        {
          g_free (file);
          file = g_steal_pointer (&candidate);
        }
    }
  return file == NULL || read_file (self, file, error);
}

static gboolean
read_drop_ins (FairleadConfig      *self,
               const char * const  *dirs,
               GError             **error)
{
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GPtrArray) names = NULL;

  if (!scan_directories (dirs, "fairlead.conf.d", ".conf", found, error))
    return FALSE;
  names = list_sorted_keys (found);
  for (guint i = 0; i < names->len; i++)
    if (!read_file (self, g_hash_table_lookup (found, names->pdata[i]), error))
      return FALSE;
  return TRUE;
}

/* Network and container files are read when one is asked for: a broken one does not stop the others, nor does one whose
 * name is wrong, as an editor's copy. That name is escaped, so that it can be shown. */
static gboolean
find_named_files (const char * const  *dirs,
                  const char          *subdirectory,
                  const char          *suffix,
                  gboolean           (*name_is_valid) (const char *name),
                  GHashTable          *files,
                  GError             **error)
{
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer base_name, file;

  if (!scan_directories (dirs, subdirectory, suffix, found, error))
    return FALSE;
  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &base_name, &file))
    {
      g_autofree char *name = g_strndup (base_name, strlen (base_name) - strlen (suffix));
      struct stat st;

      /* An empty file, or a link to /dev/null, only hides. */
      if (stat (file, &st) == 0 && st.st_size == 0 && !S_ISDIR (st.st_mode))
        continue;
      if (name_is_valid (name))
        g_hash_table_insert (files, g_steal_pointer (&name), g_strdup (file));
      else
        g_hash_table_insert (files, g_strescape (name, NULL), g_strescape (file, NULL));
    }
  return TRUE;
}

gboolean
fairlead_config_find_networks (FairleadConfig  *self,
                               GError         **error)
{
  const char * const none[] = { NULL };
  const char * const *dirs = self->dirs != NULL ? (const char * const *) self->dirs : none;
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = NULL;
  GHashTable *before;

  if (!find_named_files (dirs, "networks.d", ".network", fairlead_network_name_is_valid, found, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  before = self->networks;
  self->networks = g_steal_pointer (&found);
  g_hash_table_unref (before);
  return TRUE;
}

static gboolean
read_directories (FairleadConfig      *self,
                  const char * const  *dirs,
                  GError             **error)
{
  self->dirs = g_strdupv ((char **) dirs);
  return read_main_file (self, dirs, error) && read_drop_ins (self, dirs, error) &&
         fairlead_config_find_networks (self, error) &&
         find_named_files (dirs, "containers", ".container", fairlead_container_id_is_valid, self->containers, error);
}

/* What is lower comes first. */
static char **
dup_default_dirs (const char *override)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char * const *system_dirs = g_get_system_config_dirs ();

  if (override != NULL)
    g_strv_builder_add (builder, override);
  else if (geteuid () == 0)
    g_strv_builder_add_many (builder, FAIRLEAD_VENDOR_DIR, "/run/fairlead", FAIRLEAD_SYSCONF_DIR "/fairlead", NULL);
  else
    {
      g_autofree char *own = g_build_filename (g_get_user_config_dir (), "fairlead", NULL);

      for (guint i = g_strv_length ((char **) system_dirs); i > 0; i--)
        {
          g_autofree char *dir = g_build_filename (system_dirs[i - 1], "fairlead", NULL);

          g_strv_builder_add (builder, dir);
        }
      g_strv_builder_add (builder, own);
    }
  return g_strv_builder_end (builder);
}

/* The environment is the caller's; a program that has more rights than its caller must not follow it. */
static const char *
get_variable (const char *name)
{
  const char *value = getauxval (AT_SECURE) == 0 ? g_getenv (name) : NULL;

  return value != NULL && *value != '\0' ? value : NULL;
}

static gboolean
set_entry (FairleadConfig  *self,
           const char      *group,
           const char      *key,
           const char      *text,
           const char      *origin,
           GError         **error)
{
  g_autoptr (FairleadKeyfileEntry) entry = fairlead_keyfile_entry_new (group, key, text, origin);

  return add_entry (self, entry, error);
}

static gboolean
apply_environment (FairleadConfig  *self,
                   GError         **error)
{
  const char *state_dir = get_variable ("FAIRLEAD_STATE_DIR");

  self->first_dirs = g_strdup (get_variable ("FAIRLEAD_BACKEND_PATH"));
  update_search_dirs (self);
  return state_dir == NULL || set_entry (self, "core", "state-dir", state_dir, "the environment", error);
}

static gboolean
apply_backend_entry (FairleadBackend             *backend,
                     const FairleadKeyfileEntry  *entry,
                     GError                     **error)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs =
    fairlead_param_list (G_OBJECT_GET_CLASS (backend), FAIRLEAD_PARAM_CONFIG, &n_pspecs);
  GParamSpec *pspec = fairlead_param_find (pspecs, n_pspecs, entry->key, error);

  return (pspec != NULL && fairlead_param_set_text (G_OBJECT (backend), pspec, entry->key, entry->text, error)) ||
         set_location (entry, error);
}

static gboolean
check_backend_entry (FairleadBackend             *backend,
                     const FairleadKeyfileEntry  *entry,
                     GError                     **error)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs =
    fairlead_param_list (G_OBJECT_GET_CLASS (backend), FAIRLEAD_PARAM_CONFIG, &n_pspecs);
  GParamSpec *pspec = fairlead_param_find (pspecs, n_pspecs, entry->key, NULL);

  /* What is no key was told of when it was to be set. */
  if (pspec == NULL || fairlead_backend_check_key (backend, entry->key, error))
    return TRUE;
  g_object_set_property (G_OBJECT (backend), pspec->name, g_param_spec_get_default_value (pspec));
  return set_location (entry, error);
}

gboolean
fairlead_config_apply_backend (FairleadConfig   *self,
                               FairleadBackend  *backend,
                               GError          **error)
{
  g_autofree char *group = g_strconcat ("backend ", fairlead_backend_get_name (backend), NULL);
  g_autoptr (GError) first_error = NULL;

  g_assert (FAIRLEAD_IS_CONFIG (self));
  g_assert (FAIRLEAD_IS_BACKEND (backend));

  for (guint i = 0; i < self->entries->len; i++)
    {
      const FairleadKeyfileEntry *entry = self->entries->pdata[i];

      if (g_str_equal (entry->group, group))
        apply_backend_entry (backend, entry, first_error == NULL ? &first_error : NULL);
    }
  for (guint i = 0; i < self->entries->len; i++)
    {
      const FairleadKeyfileEntry *entry = self->entries->pdata[i];

      if (g_str_equal (entry->group, group) && entry == find_entry (self, group, entry->key))
        check_backend_entry (backend, entry, first_error == NULL ? &first_error : NULL);
    }
  if (first_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first_error));
  return FALSE;
}

char *
fairlead_config_dup_network_file (FairleadConfig *self,
                                  const char     *name)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (g_hash_table_lookup (self->networks, name));
}

char *
fairlead_config_dup_own_file (FairleadConfig *self,
                              const char     *name)
{
  const guint n_dirs = self->dirs != NULL ? g_strv_length (self->dirs) : 0;
  g_autofree char *base_name = g_strconcat (name, ".network", NULL);

  return n_dirs > 0 ? g_build_filename (self->dirs[n_dirs - 1], "networks.d", base_name, NULL) : NULL;
}

void
fairlead_config_set_network_file (FairleadConfig *self,
                                  const char     *name,
                                  const char     *file)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (file != NULL)
    g_hash_table_insert (self->networks, g_strdup (name), g_strdup (file));
  else
    g_hash_table_remove (self->networks, name);
}

static void
set_misnamed_error (const char  *file,
                    const char  *kind,
                    GError     **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "%s: its name is not that of a %s (a letter or digit, then letters, digits, \".\", \"_\" or \"-\", at most "
               "128 together)", file, kind);
}

static FairleadKeyfile *
read_network_file (FairleadConfig  *self,
                   const char      *name,
                   GError         **error)
{
  g_autofree char *file = fairlead_config_dup_network_file (self, name);

  if (file != NULL && fairlead_network_name_is_valid (name))
    return fairlead_keyfile_read (file, error);
  if (file != NULL)
    {
      set_misnamed_error (file, "network", error);
      return NULL;
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "no file describes the network %s", name);
  return NULL;
}

char *
fairlead_config_dup_network_backend (FairleadConfig  *self,
                                     const char      *name,
                                     GError         **error)
{
  g_autoptr (FairleadKeyfile) keyfile = read_network_file (self, name, error);
  const char *backend_name;

  if (keyfile == NULL)
    return NULL;
  backend_name = fairlead_keyfile_get_text (keyfile, "network", "backend");
  if (backend_name != NULL && fairlead_module_name_is_valid (backend_name))
    return g_strdup (backend_name);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "%s: [network] backend: %s", keyfile->file,
               backend_name != NULL ? "this is not the name of a backend" : "the key is missing");
  return NULL;
}

/* [network] has the keys of all networks, and the backend's name; [BACKEND] has those of the backend's networks. */
static GParamSpec **
list_group_keys (FairleadNetwork *network,
                 const char      *group,
                 guint           *n_pspecs)
{
  gboolean is_common_group = g_str_equal (group, "network");
  guint n_all;
  GParamSpec **pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (network), FAIRLEAD_PARAM_CONFIG, &n_all);

  *n_pspecs = 0;
  for (guint i = 0; i < n_all; i++)
    if ((pspecs[i]->owner_type == FAIRLEAD_TYPE_NETWORK) == is_common_group)
      pspecs[(*n_pspecs)++] = pspecs[i];
  return pspecs;
}

static gboolean
apply_network_entry (FairleadNetwork             *network,
                     const FairleadKeyfileEntry  *entry,
                     GError                     **error)
{
  guint n_pspecs;
  g_autofree GParamSpec **pspecs = NULL;
  GParamSpec *pspec;

  if (g_str_equal (entry->group, "network") && g_str_equal (entry->key, "backend"))
    return TRUE;
  pspecs = list_group_keys (network, entry->group, &n_pspecs);
  pspec = fairlead_param_find (pspecs, n_pspecs, entry->key, error);
  return (pspec != NULL && fairlead_param_set_text (G_OBJECT (network), pspec, entry->key, entry->text, error)) ||
         set_location (entry, error);
}

FairleadNetwork *
fairlead_config_load_network (FairleadConfig  *self,
                              const char      *name,
                              GType            type,
                              GError         **error)
{
  g_autoptr (FairleadKeyfile) keyfile = read_network_file (self, name, error);
  g_autoptr (FairleadNetwork) network = NULL;
  const char *backend_name;

  if (keyfile == NULL)
    return NULL;
  backend_name = fairlead_keyfile_get_text (keyfile, "network", "backend");
  network = fairlead_network_new (type, name, backend_name, keyfile->file);
  for (guint i = 0; i < keyfile->groups->len; i++)
    {
      const char *group = keyfile->groups->pdata[i];

      if (g_str_equal (group, "network") || g_strcmp0 (group, backend_name) == 0)
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                   "%s: [%s]: there is no such group; there are [network] and [%s]", keyfile->file, group, backend_name);
      return NULL;
    }
  for (guint i = 0; i < keyfile->entries->len; i++)
    if (!apply_network_entry (network, keyfile->entries->pdata[i], error))
      return NULL;
  if (!fairlead_network_check (network, error))
    {
      g_prefix_error (error, "%s: ", keyfile->file);
      return NULL;
    }
  return g_steal_pointer (&network);
}

/**
 * fairlead_config_new:
 *
 * Creates a configuration of built-in defaults. No file and no environment variable is read, except that the
 * runtime directory of an ordinary user is found.
 *
 * Returns: (transfer full): a configuration
 *
 * Since: 1.0
 */
FairleadConfig *
fairlead_config_new (void)
{
  return g_object_new (FAIRLEAD_TYPE_CONFIG, NULL);
}

/**
 * fairlead_config_new_default:
 * @error: where to put the error
 *
 * Reads the configuration of this machine or user, and the environment.
 *
 * Returns: (transfer full): a configuration, or %NULL with @error set: `INVALID_CONFIGURATION`, or
 *   `PERMISSION_DENIED` for a file that cannot be read or that others can write
 *
 * Since: 1.0
 */
FairleadConfig *
fairlead_config_new_default (GError **error)
{
  g_autoptr (FairleadConfig) self = fairlead_config_new ();
  g_auto (GStrv) dirs = dup_default_dirs (get_variable ("FAIRLEAD_CONFIG_DIR"));

  if (!read_directories (self, (const char * const *) dirs, error) || !apply_environment (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * fairlead_config_new_for_dirs:
 * @dirs: (array zero-terminated=1): configuration directories, the one of the highest precedence last
 * @error: where to put the error
 *
 * Reads the configuration from other directories than the usual ones, and the environment.
 *
 * Returns: (transfer full): a configuration, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadConfig *
fairlead_config_new_for_dirs (const char * const  *dirs,
                              GError             **error)
{
  g_autoptr (FairleadConfig) self = NULL;

  g_return_val_if_fail (dirs != NULL, NULL);

  self = fairlead_config_new ();
  if (!read_directories (self, dirs, error) || !apply_environment (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * fairlead_config_set:
 * @self: a configuration that no manager has yet
 * @group: `core`, or `backend NAME`
 * @key: a key
 * @text: its value, as it would stand in a keyfile
 * @error: where to put the error
 *
 * Sets a value, over those of all files. A key of a backend is checked when the backend is loaded.
 *
 * Returns: %TRUE on success, %FALSE with @error set: `INVALID_CONFIGURATION`
 *
 * Since: 1.0
 */
gboolean
fairlead_config_set (FairleadConfig  *self,
                     const char      *group,
                     const char      *key,
                     const char      *text,
                     GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (group != NULL && key != NULL && text != NULL, FALSE);

  if (!g_str_equal (group, "core") && !is_backend_group (group))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
                   "[%s]: there is no such group; there are [core] and [backend NAME]", group);
      return FALSE;
    }
  return set_entry (self, group, key, text, "the program", error);
}

/**
 * fairlead_config_get_text:
 * @self: a configuration
 * @group: a group
 * @key: a key
 *
 * Gets what is set for a key, by a file, the environment or the program.
 *
 * Returns: (nullable): the text, or %NULL if nothing sets it
 *
 * Since: 1.0
 */
const char *
fairlead_config_get_text (FairleadConfig *self,
                          const char     *group,
                          const char     *key)
{
  FairleadKeyfileEntry *entry;

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);
  g_return_val_if_fail (group != NULL && key != NULL, NULL);

  entry = find_entry (self, group, key);
  return entry != NULL ? entry->text : NULL;
}

/**
 * fairlead_config_get_origin:
 * @self: a configuration
 * @group: a group
 * @key: a key
 *
 * Gets where the value of a key comes from.
 *
 * Returns: (nullable): a file, `the environment` or `the program`, or %NULL if it is the built-in default
 *
 * Since: 1.0
 */
const char *
fairlead_config_get_origin (FairleadConfig *self,
                            const char     *group,
                            const char     *key)
{
  FairleadKeyfileEntry *entry;

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);
  g_return_val_if_fail (group != NULL && key != NULL, NULL);

  entry = find_entry (self, group, key);
  return entry != NULL ? entry->origin : NULL;
}

/**
 * fairlead_config_get_default_network:
 * @self: a configuration
 *
 * Gets the network of containers for which none is named: `default-network` for root, `default-network-rootless` for
 * an ordinary user.
 *
 * Returns: its name; empty for the first network that is found, `auto` for the first of `auto-networks` that works
 *
 * Since: 1.0
 */
const char *
fairlead_config_get_default_network (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  return geteuid () == 0 ? self->default_network : self->default_network_rootless;
}

/**
 * fairlead_config_get_backend_dirs:
 * @self: a configuration
 *
 * Gets the directories that are searched for modules: those of `FAIRLEAD_BACKEND_PATH`, then `backend-dirs`.
 *
 * Returns: (transfer none) (array zero-terminated=1): the directories
 *
 * Since: 1.0
 */
const char * const *
fairlead_config_get_backend_dirs (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  return (const char * const *) self->search_dirs;
}

/**
 * fairlead_config_get_auto_networks:
 * @self: a configuration
 *
 * Gets the networks of which the first that works is taken where the default network is `auto`.
 *
 * Returns: (transfer none) (array zero-terminated=1): their names
 *
 * Since: 1.0
 */
const char * const *
fairlead_config_get_auto_networks (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  return (const char * const *) self->auto_networks;
}

/**
 * fairlead_config_get_discover:
 * @self: a configuration
 *
 * Gets the backends that are asked for networks which no file describes.
 *
 * Returns: (transfer none) (array zero-terminated=1): their names
 *
 * Since: 1.0
 */
const char * const *
fairlead_config_get_discover (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  return (const char * const *) self->discover;
}

/**
 * fairlead_config_get_id_map:
 * @self: a configuration
 *
 * Gets which user ids there are in the user namespace that an ordinary user's network namespaces belong to.
 *
 * Returns: the choice
 *
 * Since: 1.0
 */
FairleadIdMap
fairlead_config_get_id_map (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), FAIRLEAD_ID_MAP_USER);

  return self->id_map;
}

/**
 * fairlead_config_get_lock_timeout:
 * @self: a configuration
 *
 * Gets how long a verb waits for another one on the same container.
 *
 * Returns: seconds, or 0 for ever
 *
 * Since: 1.0
 */
guint
fairlead_config_get_lock_timeout (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), 0);

  return self->lock_timeout;
}

/**
 * fairlead_config_get_netns_dir:
 * @self: a configuration
 *
 * Gets the directory where network namespaces are pinned.
 *
 * Returns: (nullable): the directory, or %NULL for an ordinary user without a runtime directory
 *
 * Since: 1.0
 */
const char *
fairlead_config_get_netns_dir (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  return self->netns_dir;
}

/**
 * fairlead_config_get_state_dir:
 * @self: a configuration
 *
 * Gets the directory where the state of containers is kept.
 *
 * Returns: (nullable): the directory, or %NULL for an ordinary user without a runtime directory
 *
 * Since: 1.0
 */
const char *
fairlead_config_get_state_dir (FairleadConfig *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  return self->state_dir;
}

/**
 * fairlead_config_dup_networks:
 * @self: a configuration
 *
 * Lists the networks that have a file, sorted by name. A file whose name no network can have is among them with its name
 * escaped, and cannot be used.
 *
 * Returns: (transfer full) (array zero-terminated=1): their names
 *
 * Since: 1.0
 */
char **
fairlead_config_dup_networks (FairleadConfig *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = NULL;
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  locker = g_mutex_locker_new (&self->lock);
  names = list_sorted_keys (self->networks);
  for (guint i = 0; i < names->len; i++)
    g_strv_builder_add (builder, names->pdata[i]);
  return g_strv_builder_end (builder);
}

/**
 * fairlead_config_dup_containers:
 * @self: a configuration
 *
 * Lists the containers that have a file, sorted by id. A file whose name is no id is among them with its name escaped, and
 * cannot be used.
 *
 * Returns: (transfer full) (array zero-terminated=1): their ids
 *
 * Since: 1.0
 */
char **
fairlead_config_dup_containers (FairleadConfig *self)
{
  g_autoptr (GPtrArray) ids = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  ids = list_sorted_keys (self->containers);
  for (guint i = 0; i < ids->len; i++)
    g_strv_builder_add (builder, ids->pdata[i]);
  return g_strv_builder_end (builder);
}

/**
 * fairlead_config_new_request:
 * @self: a configuration
 * @container_id: the id of a container
 * @error: where to put the error
 *
 * Makes a request of what the file `containers/ID.container` says.
 *
 * Returns: (transfer full): a request, or %NULL with @error set: `NOT_FOUND` if there is no such file,
 *   `INVALID_CONFIGURATION` for what is wrong in it
 *
 * Since: 1.0
 */
FairleadRequest *
fairlead_config_new_request (FairleadConfig  *self,
                             const char      *container_id,
                             GError         **error)
{
  const char *file;

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);
  g_return_val_if_fail (container_id != NULL, NULL);

  file = g_hash_table_lookup (self->containers, container_id);
  if (file != NULL && fairlead_container_id_is_valid (container_id))
    return fairlead_container_file_read (file, container_id, error);
  if (file != NULL)
    {
      set_misnamed_error (file, "container", error);
      return NULL;
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "no file containers/%s.container describes the container",
               container_id);
  return NULL;
}

/**
 * fairlead_config_dup_keys:
 * @self: a configuration
 *
 * Describes the keys of `[core]`, and of `[container]` in container files, as they are declared.
 *
 * Returns: (transfer full): an `aa{sv}` as of [method@Fairlead.Backend.dup_keys]
 *
 * Since: 1.0
 */
GVariant *
fairlead_config_dup_keys (FairleadConfig *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  fairlead_param_describe (&builder, G_OBJECT_GET_CLASS (self), "core");
  fairlead_container_file_describe (&builder);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
add_core_value (FairleadConfig  *self,
                GParamSpec      *pspec,
                GVariantBuilder *values)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  const FairleadKeyfileEntry *entry = find_entry (self, "core", pspec->name);
  g_autoptr (GVariant) texts = NULL;
  const char *text = "";

  fairlead_param_add_texts (G_OBJECT (self), pspec, &builder);
  texts = g_variant_ref_sink (g_variant_builder_end (&builder));
  g_variant_lookup (texts, pspec->name, "&s", &text);
  g_variant_builder_add (values, "(ssss)", "core", pspec->name, text, entry != NULL ? entry->origin : "");
}

/**
 * fairlead_config_dup_values:
 * @self: a configuration
 *
 * Gets the merged configuration: the value in effect of each key of `[core]`, and of each key of backends that
 * something sets, with where it comes from.
 *
 * Returns: (transfer full): an `a(ssss)` of group, key, text, and origin: a file, `the environment`, `the program`, or
 *   empty for the built-in default
 *
 * Since: 1.0
 */
GVariant *
fairlead_config_dup_values (FairleadConfig *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssss)"));
  guint n_pspecs;
  g_autofree GParamSpec **pspecs = NULL;

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  pspecs = fairlead_param_list (G_OBJECT_GET_CLASS (self), FAIRLEAD_PARAM_CONFIG, &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    add_core_value (self, pspecs[i], &builder);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const FairleadKeyfileEntry *entry = self->entries->pdata[i];

      if (!g_str_equal (entry->group, "core") && entry == find_entry (self, entry->group, entry->key))
        g_variant_builder_add (&builder, "(ssss)", entry->group, entry->key, entry->text, entry->origin);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/**
 * fairlead_config_dup_files:
 * @self: a configuration
 *
 * Lists the files that were read, in their order.
 *
 * Returns: (transfer full) (array zero-terminated=1): their paths
 *
 * Since: 1.0
 */
char **
fairlead_config_dup_files (FairleadConfig *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (FAIRLEAD_IS_CONFIG (self), NULL);

  for (guint i = 0; i < self->files->len; i++)
    g_strv_builder_add (builder, self->files->pdata[i]);
  return g_strv_builder_end (builder);
}
