/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-registry-private.h"

#include "fairlead-backend-private.h"
#include "fairlead-config-private.h"
#include "fairlead-module-private.h"
#include "fairlead-network-private.h"

/* Networks out of order that a message gives the reasons of. */
#define MAX_TOLD 3

typedef struct
{
  FairleadBackend *backend; /* (owned) */
  GError          *problem; /* (nullable) (owned) what is wrong with the keys of its group */
  gboolean         told;    /* of the problem */
} Loaded;

struct _FairleadRegistry
{
  FairleadConfig *config;   /* (owned), not changed any more */
  FairleadStore  *store;    /* (owned) where backends and networks keep what is shared */
  GMutex          lock;
  GHashTable     *backends; /* (owned) (mutex lock) name → Loaded */
};

static void
loaded_free (gpointer data)
{
  Loaded *self = data;

  g_object_unref (self->backend);
  g_clear_error (&self->problem);
  g_free (self);
}

FairleadRegistry *
fairlead_registry_new (FairleadConfig *config,
                       FairleadStore  *store)
{
  FairleadRegistry *self = g_new0 (FairleadRegistry, 1);

  self->config = g_object_ref (config);
  self->store = fairlead_store_ref (store);
  g_mutex_init (&self->lock);
  self->backends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, loaded_free);
  return self;
}

void
fairlead_registry_free (FairleadRegistry *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->backends);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    fairlead_backend_set_registry (((Loaded *) value)->backend, NULL);
  g_object_unref (self->config);
  fairlead_store_unref (self->store);
  g_hash_table_unref (self->backends);
  g_mutex_clear (&self->lock);
  g_free (self);
}

FairleadConfig *
fairlead_registry_get_config (FairleadRegistry *self)
{
  return self->config;
}

/* Takes over @problem. */
static Loaded *
keep_backend (FairleadRegistry *self,
              FairleadBackend  *backend,
              GError           *problem)
{
  Loaded *loaded = g_new0 (Loaded, 1);

  loaded->backend = g_object_ref (backend);
  loaded->problem = problem;
  fairlead_backend_set_store (backend, self->store);
  fairlead_backend_set_registry (backend, self);
  g_hash_table_insert (self->backends, g_strdup (fairlead_backend_get_name (backend)), loaded);
  return loaded;
}

gboolean
fairlead_registry_add_backend (FairleadRegistry  *self,
                               FairleadBackend   *backend,
                               GError           **error)
{
  const char *name = fairlead_backend_get_name (backend);
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = NULL;

  if (name == NULL || !fairlead_module_name_is_valid (name))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "\"%.80s\" is not a name for a backend (lower-case letters, digits and \"-\")",
                   name != NULL ? name : "");
      return FALSE;
    }
  if (!fairlead_backend_check_class (backend, error) ||
      !fairlead_config_apply_backend (self->config, backend, error))
    return FALSE;

  locker = g_mutex_locker_new (&self->lock);
  if (g_hash_table_contains (self->backends, name))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_ALREADY_EXISTS, "the backend %s is there already", name);
      return FALSE;
    }
  keep_backend (self, backend, NULL);
  return TRUE;
}

static FairleadBackend *
load_from_module (FairleadRegistry  *self,
                  const char        *name,
                  GError           **error)
{
  const char * const *dirs = fairlead_config_get_backend_dirs (self->config);
  g_autofree char *file = fairlead_module_find (dirs, name);
  g_autoptr (FairleadModule) module = NULL;

  if (file == NULL)
    {
      g_autofree char *searched = g_strjoinv (", ", (char **) dirs);

      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND,
                   "there is no backend \"%.80s\": no libfairlead-backend-%.80s.so in %s", name, name,
                   *searched != '\0' ? searched : "any directory, as [core] backend-dirs is empty");
      return NULL;
    }
  module = fairlead_module_open (file, name, error);
  return module != NULL ? fairlead_backend_new (module, error) : NULL;
}

/* With the lock. */
static Loaded *
ensure_backend (FairleadRegistry  *self,
                const char        *name,
                GError           **error)
{
  Loaded *loaded = g_hash_table_lookup (self->backends, name);
  g_autoptr (FairleadBackend) backend = NULL;
  GError *problem = NULL;

  if (loaded != NULL)
    return loaded;
  backend = load_from_module (self, name, error);
  if (backend == NULL)
    return NULL;
  fairlead_config_apply_backend (self->config, backend, &problem);
  return keep_backend (self, backend, problem);
}

FairleadBackend *
fairlead_registry_load_backend (FairleadRegistry  *self,
                                const char        *name,
                                GError           **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Loaded *loaded = ensure_backend (self, name, error);

  if (loaded == NULL)
    return NULL;
  if (loaded->problem == NULL)
    return g_object_ref (loaded->backend);
  if (error != NULL)
    *error = g_error_copy (loaded->problem);
  return NULL;
}

FairleadBackend *
fairlead_registry_load_backend_anyway (FairleadRegistry  *self,
                                       const char        *name,
                                       GError           **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Loaded *loaded = ensure_backend (self, name, error);

  if (loaded == NULL)
    return NULL;
  if (loaded->problem != NULL && !loaded->told)
    {
      loaded->told = TRUE;
      g_message ("%s; for what is set up already the default does", loaded->problem->message);
    }
  return g_object_ref (loaded->backend);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

char **
fairlead_registry_list_backends (FairleadRegistry *self)
{
  g_autoptr (GListModel) modules = fairlead_module_list (fairlead_config_get_backend_dirs (self->config));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->backends);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (names, g_strdup (key));
  for (guint i = 0; i < g_list_model_get_n_items (modules); i++)
    {
      g_autoptr (FairleadModule) module = g_list_model_get_item (modules, i);

      if (!g_hash_table_contains (self->backends, fairlead_module_get_name (module)))
        g_ptr_array_add (names, g_strdup (fairlead_module_get_name (module)));
    }
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_steal (names, NULL);
}

/* Whether a backend of that name exists, without loading it. */
static gboolean
has_backend (FairleadRegistry *self,
             const char       *name)
{
  g_autofree char *file = NULL;

  g_mutex_lock (&self->lock);
  if (g_hash_table_contains (self->backends, name))
    {
      g_mutex_unlock (&self->lock);
      return TRUE;
    }
  g_mutex_unlock (&self->lock);
  file = fairlead_module_find (fairlead_config_get_backend_dirs (self->config), name);
  return file != NULL;
}

/* A network that a file describes. */
static FairleadNetwork *
load_configured_network (FairleadRegistry  *self,
                         const char        *name,
                         const char        *backend_name,
                         GError           **error)
{
  g_autoptr (FairleadBackend) backend = fairlead_registry_load_backend (self, backend_name, error);

  if (backend == NULL)
    {
      g_prefix_error (error, "network %s: ", name);
      return NULL;
    }
  return fairlead_config_load_network (self->config, name, fairlead_backend_get_network_type (backend), error);
}

/* The network that a backend has without any file, under its own name; NULL without an error if it has none. */
static FairleadNetwork *
load_builtin_network (FairleadRegistry  *self,
                      const char        *name,
                      GError           **error)
{
  g_autoptr (FairleadBackend) backend = NULL;

  if (!has_backend (self, name))
    return NULL;
  backend = fairlead_registry_load_backend (self, name, error);
  if (backend == NULL ||
      (fairlead_backend_get_capabilities (backend, NULL) & FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK) == 0)
    return NULL;
  return fairlead_network_new (fairlead_backend_get_network_type (backend), name, name, NULL);
}

/* The network that the backend's configuration chose as its default, if it has such a key and it is set. */
static char *
dup_chosen_network (FairleadBackend *backend)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (backend), "default-network");
  g_autofree char *name = NULL;

  if (pspec == NULL || !G_IS_PARAM_SPEC_STRING (pspec) || (pspec->flags & FAIRLEAD_PARAM_CONFIG) == 0)
    return NULL;
  g_object_get (backend, "default-network", &name, NULL);
  return name != NULL && *name != '\0' ? g_steal_pointer (&name) : NULL;
}

/* For NULL, the network that was chosen, even if it cannot be used, and the first that can be used if none was. */
static FairleadNetwork *
pick_network (FairleadBackend  *backend,
              GListModel       *networks,
              const char       *name,
              GError          **error)
{
  g_autofree char *chosen = name == NULL ? dup_chosen_network (backend) : NULL;
  const char *wanted = name != NULL ? name : chosen;

  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (wanted != NULL ? strcmp (fairlead_network_get_name (network), wanted) == 0
                         : fairlead_network_get_problem (network) == NULL)
        return g_steal_pointer (&network);
    }
  if (chosen != NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "no network was asked for, and there is no network %s, which is the default-network in [backend %s]",
                 chosen, fairlead_backend_get_name (backend));
  return NULL;
}

/* The names of all, and of a few why: more would not be read. */
static void
add_names_out_of_order (GString    *names,
                        GListModel *networks)
{
  guint n_told = 0;

  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);
      const char *problem = fairlead_network_get_problem (network);

      if (problem == NULL)
        continue;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", fairlead_network_get_name (network));
      if (n_told++ < MAX_TOLD)
        g_string_append_printf (names, " (%s)", problem);
    }
}

/* Asks the backends that find networks by themselves; for NULL, the first network that can be used. To @out_of_order is
 * added what was found but cannot be used: a broken file may be the one that was meant. */
static FairleadNetwork *
discover_network (FairleadRegistry  *self,
                  const char        *name,
                  GString           *out_of_order,
                  GCancellable      *cancellable,
                  GError           **error)
{
  for (const char * const *discover = fairlead_config_get_discover (self->config); *discover != NULL; discover++)
    {
      g_autoptr (FairleadBackend) backend = NULL;
      g_autoptr (GListModel) networks = NULL;
      g_autoptr (FairleadNetwork) network = NULL;
      g_autoptr (GError) local_error = NULL;

      if (!has_backend (self, *discover))
        continue;
      backend = fairlead_registry_load_backend (self, *discover, error);
      networks = backend != NULL ? fairlead_backend_list_networks (backend, cancellable, error) : NULL;
      if (networks == NULL)
        return NULL;
      network = pick_network (backend, networks, name, &local_error);
      /* The backend may have kept it for others, and the caller is going to change his. */
      if (network != NULL)
        return fairlead_network_get_problem (network) == NULL ? fairlead_network_copy (network)
                                                              : g_steal_pointer (&network);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      add_names_out_of_order (out_of_order, networks);
    }
  if (out_of_order->len > 0)
    g_string_prepend (out_of_order, "; found, but out of order: ");
  return NULL;
}

static FairleadNetwork *
find_named_network (FairleadRegistry  *self,
                    const char        *name,
                    GCancellable      *cancellable,
                    GError           **error)
{
  g_autofree char *backend_name = NULL;
  g_autoptr (GString) out_of_order = g_string_new (NULL);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (FairleadNetwork) network = NULL;

  backend_name = fairlead_config_dup_network_backend (self->config, name, &local_error);
  if (backend_name != NULL)
    return load_configured_network (self, name, backend_name, error);
  if (!g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  g_clear_error (&local_error);

  network = load_builtin_network (self, name, &local_error);
  if (network == NULL && local_error == NULL)
    network = discover_network (self, name, out_of_order, cancellable, &local_error);
  if (network == NULL && local_error == NULL)
    g_set_error (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "there is no network %s: no file networks.d/%s.network describes it, no backend of that name has one, "
                 "and none was found in the directories of other tools%s", name, name, out_of_order->str);
  if (network == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return g_steal_pointer (&network);
}

static FairleadNetwork *
find_default_network (FairleadRegistry  *self,
                      GCancellable      *cancellable,
                      GError           **error)
{
  const char *name = fairlead_config_get_default_network (self->config);
  g_autoptr (GString) out_of_order = g_string_new (NULL);
  g_autoptr (FairleadNetwork) network = NULL;
  g_autoptr (GError) local_error = NULL;

  if (name != NULL && *name != '\0')
    {
      network = find_named_network (self, name, cancellable, error);
      if (network == NULL)
        g_prefix_error (error, "the default network: ");
      return g_steal_pointer (&network);
    }
  network = discover_network (self, NULL, out_of_order, cancellable, &local_error);
  if (network == NULL && local_error == NULL)
    g_set_error (&local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "no network was asked for, the configuration names no default-network, and none was found; name one%s",
                 out_of_order->str);
  if (network == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return g_steal_pointer (&network);
}

FairleadNetwork *
fairlead_registry_find_network (FairleadRegistry  *self,
                                const char        *name,
                                GCancellable      *cancellable,
                                GError           **error)
{
  g_autoptr (FairleadNetwork) network = NULL;
  const char *problem;

  if (name != NULL && !fairlead_network_name_is_valid (name))
    {
      g_autofree char *shown = g_strescape (name, NULL);

      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "\"%.140s\" is not a network name (a letter or digit, then letters, digits, \".\", \"_\" or \"-\", "
                   "at most 128 together)", shown);
      return NULL;
    }
  network = name != NULL ? find_named_network (self, name, cancellable, error)
                         : find_default_network (self, cancellable, error);
  problem = network != NULL ? fairlead_network_get_problem (network) : NULL;
  if (problem != NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "the network %s cannot be used: %s",
                   fairlead_network_get_name (network), problem);
      return NULL;
    }
  if (network != NULL)
    fairlead_network_set_store (network, self->store);
  return g_steal_pointer (&network);
}

gboolean
fairlead_registry_check_network (FairleadRegistry  *self,
                                 const char        *name,
                                 GCancellable      *cancellable,
                                 GError           **error)
{
  g_autoptr (FairleadNetwork) network = fairlead_registry_find_network (self, name, cancellable, error);
  g_autoptr (FairleadBackend) backend = NULL;

  if (network == NULL)
    return FALSE;
  backend = fairlead_registry_load_backend (self, fairlead_network_get_backend_name (network), error);
  return backend != NULL && fairlead_backend_check_network (backend, network, cancellable, error);
}

static int
compare_networks (gconstpointer a,
                  gconstpointer b,
                  gpointer      user_data)
{
  return strcmp (fairlead_network_get_name ((FairleadNetwork *) a), fairlead_network_get_name ((FairleadNetwork *) b));
}

/* The first of a name counts, as in find_named_network(). */
static void
add_network (FairleadRegistry *self,
             GListStore       *networks,
             GHashTable       *seen,
             FairleadNetwork  *network)
{
  fairlead_network_set_store (network, self->store);
  if (g_hash_table_add (seen, g_strdup (fairlead_network_get_name (network))))
    g_list_store_insert_sorted (networks, network, compare_networks, NULL);
  else if (fairlead_network_get_file (network) != NULL)
    g_debug ("%s is not listed: there is another network %s", fairlead_network_get_file (network),
             fairlead_network_get_name (network));
}

/* Whole, or else with its problem. */
static FairleadNetwork *
read_configured_network (FairleadRegistry *self,
                         const char       *name,
                         GCancellable     *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *backend_name = fairlead_config_dup_network_backend (self->config, name, &error);
  g_autoptr (FairleadNetwork) network =
    backend_name != NULL ? load_configured_network (self, name, backend_name, &error) : NULL;
  g_autoptr (FairleadBackend) backend =
    network != NULL ? fairlead_registry_load_backend (self, backend_name, &error) : NULL;

  if (backend != NULL)
    fairlead_backend_read_network (backend, network, cancellable, &error);
  if (network == NULL)
    {
      g_autofree char *file = fairlead_config_dup_network_file (self->config, name);

      network = fairlead_network_new (FAIRLEAD_TYPE_NETWORK, name, backend_name, file);
    }
  if (error != NULL)
    fairlead_network_set_problem (network, error->message);
  return g_steal_pointer (&network);
}

/* A network that cannot be used is listed with the reason. */
static gboolean
add_configured_networks (FairleadRegistry  *self,
                         GListStore        *networks,
                         GHashTable        *seen,
                         GCancellable      *cancellable,
                         GError           **error)
{
  g_auto (GStrv) names = fairlead_config_dup_networks (self->config);

  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (FairleadNetwork) network = read_configured_network (self, *name, cancellable);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      add_network (self, networks, seen, network);
    }
  return TRUE;
}

static void
add_builtin_networks (FairleadRegistry *self,
                      GListStore       *networks,
                      GHashTable       *seen)
{
  g_auto (GStrv) names = fairlead_registry_list_backends (self);

  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (FairleadNetwork) network = load_builtin_network (self, *name, NULL);

      if (network != NULL)
        add_network (self, networks, seen, network);
    }
}

static FairleadNetwork *
get_listed (GListStore *networks,
            const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (networks)); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (G_LIST_MODEL (networks), i);

      if (strcmp (fairlead_network_get_name (network), name) == 0)
        return network;
    }
  return NULL;
}

/* The networks that nobody can name now are represented by one of the backend's name. */
static void
add_backend_problem (FairleadRegistry *self,
                     GListStore       *networks,
                     GHashTable       *seen,
                     const char       *backend_name,
                     const char       *problem)
{
  FairleadNetwork *listed = get_listed (networks, backend_name);
  g_autoptr (FairleadNetwork) network = NULL;

  if (listed != NULL && fairlead_network_get_problem (listed) != NULL)
    return;
  if (listed != NULL)
    {
      fairlead_network_set_problem (listed, problem);
      return;
    }
  network = fairlead_network_new (FAIRLEAD_TYPE_NETWORK, backend_name, backend_name, NULL);
  fairlead_network_set_problem (network, problem);
  add_network (self, networks, seen, network);
}

/* A backend that cannot be loaded, or cannot look, keeps no other's networks from being listed. */
static gboolean
add_discovered_networks (FairleadRegistry  *self,
                         GListStore        *networks,
                         GHashTable        *seen,
                         GCancellable      *cancellable,
                         GError           **error)
{
  for (const char * const *discover = fairlead_config_get_discover (self->config); *discover != NULL; discover++)
    {
      g_autoptr (FairleadBackend) backend = NULL;
      g_autoptr (GListModel) found = NULL;
      g_autoptr (GError) local_error = NULL;

      if (!has_backend (self, *discover))
        continue;
      backend = fairlead_registry_load_backend (self, *discover, &local_error);
      found = backend != NULL ? fairlead_backend_list_networks (backend, cancellable, &local_error) : NULL;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (found == NULL)
        {
          add_backend_problem (self, networks, seen, *discover, local_error->message);
          continue;
        }
      for (guint i = 0; i < g_list_model_get_n_items (found); i++)
        {
          g_autoptr (FairleadNetwork) network = g_list_model_get_item (found, i);

          add_network (self, networks, seen, network);
        }
    }
  return TRUE;
}

GListModel *
fairlead_registry_list_networks (FairleadRegistry  *self,
                                 GCancellable      *cancellable,
                                 GError           **error)
{
  g_autoptr (GListStore) networks = g_list_store_new (FAIRLEAD_TYPE_NETWORK);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!add_configured_networks (self, networks, seen, cancellable, error))
    return NULL;
  add_builtin_networks (self, networks, seen);
  if (!add_discovered_networks (self, networks, seen, cancellable, error))
    return NULL;
  return G_LIST_MODEL (g_steal_pointer (&networks));
}

GListModel *
fairlead_registry_list_networks_of (FairleadRegistry *self,
                                    const char       *backend_name)
{
  g_auto (GStrv) names = fairlead_config_dup_networks (self->config);
  g_autoptr (GListStore) networks = g_list_store_new (FAIRLEAD_TYPE_NETWORK);

  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *backend = fairlead_config_dup_network_backend (self->config, *name, NULL);
      g_autoptr (FairleadNetwork) network =
        g_strcmp0 (backend, backend_name) == 0 ? load_configured_network (self, *name, backend, NULL) : NULL;

      if (network != NULL)
        g_list_store_append (networks, network);
    }
  return G_LIST_MODEL (g_steal_pointer (&networks));
}
