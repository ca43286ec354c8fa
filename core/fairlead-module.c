/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-module-private.h"

#include <errno.h>
#include <fairlead/fairlead-backend-module.h>
#include <gmodule.h>
#include <string.h>
#include <sys/stat.h>

#include "fairlead-backend-private.h"
#include "fairlead-trust-private.h"

/**
 * FairleadModule:
 *
 * The shared object that carries one backend.
 *
 * Modules are files named `libfairlead-backend-NAME.so` in the directories that the configuration lists. A module is
 * loaded only from a directory and a file that nobody but root and the caller can write, and only if its descriptor
 * fits this library. Once loaded it stays.
 *
 * A module is immutable and can be used from any thread.
 *
 * Since: 1.0
 */
struct _FairleadModule
{
  GObject parent_instance;

  char                        *name;
  char                        *file;
  char                        *problem; /* (nullable) */
  const FairleadBackendModule *descriptor; /* (nullable) points into the resident module */
  GType                        backend_type; /* (mutex modules_lock), 0 until asked for */
};

G_DEFINE_FINAL_TYPE (FairleadModule, fairlead_module, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_FILE,
  PROP_PROBLEM,
  PROP_VERSION,
  PROP_DESCRIPTION,
  PROP_LICENCE,
  PROP_CAPABILITIES,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* A GType's name is the process's, so what is loaded is remembered for the process. */
static GMutex modules_lock;
static GHashTable *modules_by_file; /* (mutex modules_lock) (owned) file → FairleadModule */
static GHashTable *modules_by_type; /* (mutex modules_lock) (owned) type name → FairleadModule */

#define PREFIX "libfairlead-backend-"
#define SUFFIX "." G_MODULE_SUFFIX

static void
fairlead_module_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  FairleadModule *self = FAIRLEAD_MODULE (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_FILE:
      g_value_set_string (value, self->file);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    case PROP_VERSION:
      g_value_set_string (value, fairlead_module_get_version (self));
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, fairlead_module_get_description (self));
      break;
    case PROP_LICENCE:
      g_value_set_string (value, fairlead_module_get_licence (self));
      break;
    case PROP_CAPABILITIES:
      g_value_set_flags (value, fairlead_module_get_capabilities (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_module_finalize (GObject *object)
{
  FairleadModule *self = FAIRLEAD_MODULE (object);

  g_free (self->name);
  g_free (self->file);
  g_free (self->problem);

  G_OBJECT_CLASS (fairlead_module_parent_class)->finalize (object);
}

static void
fairlead_module_class_init (FairleadModuleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = fairlead_module_get_property;
  object_class->finalize = fairlead_module_finalize;

  /**
   * FairleadModule:name: (getter get_name)
   *
   * The name of its backend.
   *
   * Since: 1.0
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * FairleadModule:file: (getter get_file)
   *
   * The path of the shared object.
   *
   * Since: 1.0
   */
  props[PROP_FILE] = g_param_spec_string ("file", NULL, NULL, NULL, flags);
  /**
   * FairleadModule:problem: (getter get_problem)
   *
   * Why it cannot be loaded, or %NULL.
   *
   * Since: 1.0
   */
  props[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  /**
   * FairleadModule:version: (getter get_version)
   *
   * The module's own version.
   *
   * Since: 1.0
   */
  props[PROP_VERSION] = g_param_spec_string ("version", NULL, NULL, NULL, flags);
  /**
   * FairleadModule:description: (getter get_description)
   *
   * One line about the backend.
   *
   * Since: 1.0
   */
  props[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL, flags);
  /**
   * FairleadModule:licence: (getter get_licence)
   *
   * An SPDX licence expression.
   *
   * Since: 1.0
   */
  props[PROP_LICENCE] = g_param_spec_string ("licence", NULL, NULL, NULL, flags);
  /**
   * FairleadModule:capabilities: (getter get_capabilities)
   *
   * The most that the backend can do.
   *
   * Since: 1.0
   */
  props[PROP_CAPABILITIES] =
    g_param_spec_flags ("capabilities", NULL, NULL, FAIRLEAD_TYPE_BACKEND_CAPABILITIES, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
fairlead_module_init (FairleadModule *self)
{
}

/* The name becomes part of a file name, a type name and a keyfile group. */
gboolean
fairlead_module_name_is_valid (const char *name)
{
  gsize length = strlen (name);

  if (length < 1 || length > 64 || !(g_ascii_islower (name[0]) || g_ascii_isdigit (name[0])))
    return FALSE;
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_islower (name[i]) && !g_ascii_isdigit (name[i]) && name[i] != '-')
      return FALSE;
  return TRUE;
}

char *
fairlead_module_find (const char * const *dirs,
                      const char         *name)
{
  g_autofree char *base_name = NULL;

  if (!fairlead_module_name_is_valid (name))
    return NULL;
  base_name = g_strconcat (PREFIX, name, SUFFIX, NULL);
  for (; *dirs != NULL; dirs++)
    {
      g_autofree char *file = g_build_filename (*dirs, base_name, NULL);

      if (g_file_test (file, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&file);
    }
  return NULL;
}

/* Code of the module runs with our privileges: whoever can write it, or its directory, would have them. */
static gboolean
check_trust (const char  *file,
             GError     **error)
{
  g_autofree char *directory = g_path_get_dirname (file);
  struct stat st;

  if (!g_path_is_absolute (file))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
                   "%s: not loaded, as the directory of modules is not an absolute path", file);
      return FALSE;
    }
  if (stat (directory, &st) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot look at %s", directory);
      return FALSE;
    }
  if (!fairlead_trust_check (directory, &st, error))
    return FALSE;
  if (stat (file, &st) < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot look at %s", file);
      return FALSE;
    }
  if (!S_ISREG (st.st_mode))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
                   "%s: not loaded, as it is not a regular file", file);
      return FALSE;
    }
  return fairlead_trust_check (file, &st, error);
}

static gboolean
check_abi (const char                   *file,
           const FairleadBackendModule  *descriptor,
           GError                      **error)
{
  if (descriptor->struct_size < G_STRUCT_OFFSET (FairleadBackendModule, _reserved) ||
      descriptor->abi_major != FAIRLEAD_BACKEND_ABI_MAJOR || descriptor->abi_minor > FAIRLEAD_BACKEND_ABI_MINOR)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: built for backend ABI %u.%u, this is %u.%u; build the module against this library", file,
                   descriptor->abi_major, descriptor->abi_minor, FAIRLEAD_BACKEND_ABI_MAJOR,
                   FAIRLEAD_BACKEND_ABI_MINOR);
      return FALSE;
    }
  if (descriptor->class_size != sizeof (FairleadBackendClass) ||
      descriptor->network_class_size != sizeof (FairleadNetworkClass))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: built with class structures of %" G_GSIZE_FORMAT " and %" G_GSIZE_FORMAT " bytes, this library "
                   "has %" G_GSIZE_FORMAT " and %" G_GSIZE_FORMAT, file, descriptor->class_size,
                   descriptor->network_class_size, sizeof (FairleadBackendClass), sizeof (FairleadNetworkClass));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_descriptor (const char                   *file,
                  const char                   *name,
                  const FairleadBackendModule  *descriptor,
                  GError                      **error)
{
  if (!check_abi (file, descriptor, error))
    return FALSE;
  if (descriptor->name == NULL || descriptor->version == NULL || descriptor->description == NULL ||
      descriptor->licence == NULL || descriptor->type_name == NULL || descriptor->get_type == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: its descriptor is incomplete; use FAIRLEAD_BACKEND_MODULE()", file);
      return FALSE;
    }
  if (strcmp (descriptor->name, name) != 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: it says that it is the backend \"%s\", its file name says \"%s\"", file, descriptor->name, name);
      return FALSE;
    }
  return TRUE;
}

/* The type of another module, or of the program itself, has the name that this one's would get. */
static gboolean
check_type_name (const char                   *file,
                 const FairleadBackendModule  *descriptor,
                 GError                      **error)
{
  FairleadModule *other = g_hash_table_lookup (modules_by_type, descriptor->type_name);

  if (other == NULL && g_type_from_name (descriptor->type_name) == 0)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS,
               "%s: its type %s exists in this process already, from %s", file, descriptor->type_name,
               other != NULL ? other->file : "the program itself");
  return FALSE;
}

static FairleadModule *
load_module (const char  *file,
             const char  *name,
             GError     **error)
{
  g_autoptr (FairleadModule) self = g_object_new (FAIRLEAD_TYPE_MODULE, NULL);
  g_autoptr (GError) local_error = NULL;
  GModule *library;
  gpointer symbol = NULL;

  if (!check_trust (file, error))
    return NULL;

  /* Not lazy: a symbol that is missing shows here and not in the middle of a setup. */
  library = g_module_open_full (file, G_MODULE_BIND_LOCAL, &local_error);
  if (library == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "cannot load %s: %s", file,
                   local_error->message);
      return NULL;
    }
  if (!g_module_symbol (library, "fairlead_backend_module", &symbol) || symbol == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                 "%s: no backend module, as it has no symbol fairlead_backend_module", file);
  else if (check_descriptor (file, name, symbol, error) && check_type_name (file, symbol, error))
    self->descriptor = symbol;

  if (self->descriptor == NULL)
    {
      g_module_close (library);
      return NULL;
    }

  /* GTypes cannot be taken back. */
  g_module_make_resident (library);
  self->name = g_strdup (name);
  self->file = g_strdup (file);
  return g_steal_pointer (&self);
}

FairleadModule *
fairlead_module_open (const char  *file,
                      const char  *name,
                      GError     **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&modules_lock);
  FairleadModule *self;

  if (modules_by_file == NULL)
    {
      modules_by_file = g_hash_table_new (g_str_hash, g_str_equal);
      modules_by_type = g_hash_table_new (g_str_hash, g_str_equal);
    }

  self = g_hash_table_lookup (modules_by_file, file);
  if (self != NULL)
    return g_object_ref (self);
  self = load_module (file, name, error);
  if (self == NULL)
    return NULL;
  g_hash_table_insert (modules_by_file, self->file, self);
  g_hash_table_insert (modules_by_type, (char *) self->descriptor->type_name, self);
  return g_object_ref (self);
}

static FairleadModule *
new_broken (const char   *file,
            const char   *name,
            const GError *problem)
{
  FairleadModule *self = g_object_new (FAIRLEAD_TYPE_MODULE, NULL);

  self->name = g_strdup (name);
  self->file = g_strdup (file);
  self->problem = g_strdup (problem->message);
  return self;
}

static char *
dup_module_name (const char *base_name)
{
  g_autofree char *name = NULL;

  if (!g_str_has_prefix (base_name, PREFIX) || !g_str_has_suffix (base_name, SUFFIX) ||
      strlen (base_name) <= strlen (PREFIX SUFFIX))
    return NULL;
  name = g_strndup (base_name + strlen (PREFIX), strlen (base_name) - strlen (PREFIX SUFFIX));
  return fairlead_module_name_is_valid (name) ? g_steal_pointer (&name) : NULL;
}

static int
compare_modules (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  return strcmp (((FairleadModule *) a)->name, ((FairleadModule *) b)->name);
}

GListModel *
fairlead_module_list (const char * const *dirs)
{
  g_autoptr (GListStore) modules = g_list_store_new (FAIRLEAD_TYPE_MODULE);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (; *dirs != NULL; dirs++)
    {
      g_autoptr (GDir) directory = g_dir_open (*dirs, 0, NULL);
      const char *base_name;

      while (directory != NULL && (base_name = g_dir_read_name (directory)) != NULL)
        {
          g_autofree char *name = dup_module_name (base_name);
          g_autofree char *file = NULL;
          g_autoptr (GError) error = NULL;
          g_autoptr (FairleadModule) module = NULL;
          g_autoptr (FairleadBackend) backend = NULL;

          if (name == NULL || !g_hash_table_add (seen, g_strdup (name)))
            continue;
          file = g_build_filename (*dirs, base_name, NULL);
          module = fairlead_module_open (file, name, &error);
          backend = module != NULL ? fairlead_backend_new (module, &error) : NULL;
          if (backend == NULL)
            {
              g_clear_object (&module);
              module = new_broken (file, name, error);
            }
          g_list_store_insert_sorted (modules, module, compare_modules, NULL);
        }
    }
  return G_LIST_MODEL (g_steal_pointer (&modules));
}

GType
fairlead_module_get_backend_type (FairleadModule  *self,
                                  GError         **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&modules_lock);

  g_assert (FAIRLEAD_IS_MODULE (self) && self->descriptor != NULL);

  if (self->backend_type == 0)
    self->backend_type = self->descriptor->get_type ();
  if (!g_type_is_a (self->backend_type, FAIRLEAD_TYPE_BACKEND) || G_TYPE_IS_ABSTRACT (self->backend_type))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: its type %s is not a concrete subclass of FairleadBackend", self->file,
                   self->backend_type != 0 ? g_type_name (self->backend_type) : self->descriptor->type_name);
      return G_TYPE_INVALID;
    }
  if (strcmp (g_type_name (self->backend_type), self->descriptor->type_name) != 0)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ABI_MISMATCH,
                   "%s: its type is %s, its descriptor says %s", self->file, g_type_name (self->backend_type),
                   self->descriptor->type_name);
      return G_TYPE_INVALID;
    }
  return self->backend_type;
}

/**
 * fairlead_module_get_name:
 * @self: a module
 *
 * Gets the name of the module's backend.
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
fairlead_module_get_name (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), NULL);

  return self->name;
}

/**
 * fairlead_module_get_file:
 * @self: a module
 *
 * Gets the path of the shared object.
 *
 * Returns: the path
 *
 * Since: 1.0
 */
const char *
fairlead_module_get_file (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), NULL);

  return self->file;
}

/**
 * fairlead_module_get_problem:
 * @self: a module
 *
 * Gets why the module cannot be loaded.
 *
 * Returns: (nullable): the message, or %NULL if it is loaded
 *
 * Since: 1.0
 */
const char *
fairlead_module_get_problem (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), NULL);

  return self->problem;
}

/**
 * fairlead_module_get_version:
 * @self: a module
 *
 * Gets the module's own version.
 *
 * Returns: (nullable): the version, or %NULL if it cannot be loaded
 *
 * Since: 1.0
 */
const char *
fairlead_module_get_version (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), NULL);

  return self->descriptor != NULL ? self->descriptor->version : NULL;
}

/**
 * fairlead_module_get_description:
 * @self: a module
 *
 * Gets one line about the backend.
 *
 * Returns: (nullable): the line, or %NULL if the module cannot be loaded
 *
 * Since: 1.0
 */
const char *
fairlead_module_get_description (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), NULL);

  return self->descriptor != NULL ? self->descriptor->description : NULL;
}

/**
 * fairlead_module_get_licence:
 * @self: a module
 *
 * Gets the module's licence.
 *
 * Returns: (nullable): an SPDX licence expression, or %NULL if the module cannot be loaded
 *
 * Since: 1.0
 */
const char *
fairlead_module_get_licence (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), NULL);

  return self->descriptor != NULL ? self->descriptor->licence : NULL;
}

/**
 * fairlead_module_get_capabilities:
 * @self: a module
 *
 * Gets the most that the backend can do; what it can do here may be less
 * ([method@Fairlead.Backend.get_capabilities]).
 *
 * Returns: the capabilities
 *
 * Since: 1.0
 */
FairleadBackendCapabilities
fairlead_module_get_capabilities (FairleadModule *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MODULE (self), FAIRLEAD_BACKEND_CAP_NONE);

  return self->descriptor != NULL ? self->descriptor->capabilities : FAIRLEAD_BACKEND_CAP_NONE;
}
