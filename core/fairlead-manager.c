/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-call-private.h"
#include "fairlead-module-private.h"

/**
 * FairleadManager:
 *
 * The way in: sets containers up, tears them down, and tells about them.
 *
 * Each verb comes as a synchronous function, which blocks and never runs a main context, and as an asynchronous pair.
 * The work of an asynchronous verb is done on a thread of the manager's own; its callback runs in the main context that
 * was the thread's default when the verb was called, exactly once.
 *
 * A manager, and the containers and attachments that it gives, belong to the thread that made the manager: they change
 * only in the main context that was this thread's default then, which therefore has to run while asynchronous verbs
 * are under way, and in synchronous verbs. Threads that want to work side by side make a manager each; processes and
 * managers are kept apart by lock files, one a container.
 *
 * A verb that is cancelled fails with `G_IO_ERROR_CANCELLED`; a setup that is cancelled, or fails, undoes what it made.
 *
 * Since: 1.0
 */
struct _FairleadManager
{
  GObject parent_instance;

  FairleadConfig *config;
  FairleadCalls  *calls;
};

G_DEFINE_FINAL_TYPE (FairleadManager, fairlead_manager, G_TYPE_OBJECT)

enum
{
  PROP_CONFIG = 1,
  PROP_WATCHING,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void install_signals (FairleadManagerClass *klass);

static gpointer
end_call (FairleadManager *self,
          GAsyncResult    *result,
          gpointer         source_tag,
          GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, source_tag), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fairlead_manager_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FairleadManager *self = FAIRLEAD_MANAGER (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      g_value_set_object (value, self->config);
      break;
    case PROP_WATCHING:
      g_value_set_boolean (value, fairlead_manager_get_watching (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_manager_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FairleadManager *self = FAIRLEAD_MANAGER (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      self->config = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
fairlead_manager_constructed (GObject *object)
{
  FairleadManager *self = FAIRLEAD_MANAGER (object);

  G_OBJECT_CLASS (fairlead_manager_parent_class)->constructed (object);

  if (self->config == NULL)
    self->config = fairlead_config_new ();
  self->calls = fairlead_calls_new (self->config, G_OBJECT (self));
}

static void
fairlead_manager_finalize (GObject *object)
{
  FairleadManager *self = FAIRLEAD_MANAGER (object);

  fairlead_calls_free (self->calls);
  g_object_unref (self->config);

  G_OBJECT_CLASS (fairlead_manager_parent_class)->finalize (object);
}

static void
fairlead_manager_class_init (FairleadManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fairlead_manager_get_property;
  object_class->set_property = fairlead_manager_set_property;
  object_class->constructed = fairlead_manager_constructed;
  object_class->finalize = fairlead_manager_finalize;

  /**
   * FairleadManager:config: (getter get_config)
   *
   * The configuration. It is not changed once a manager has it.
   *
   * Since: 1.0
   */
  props[PROP_CONFIG] = g_param_spec_object ("config", NULL, NULL, FAIRLEAD_TYPE_CONFIG,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * FairleadManager:watching: (getter get_watching)
   *
   * Whether the state directory is watched for what other managers and other processes do.
   *
   * Since: 1.0
   */
  props[PROP_WATCHING] =
    g_param_spec_boolean ("watching", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals (klass);
}

static void
install_signals (FairleadManagerClass *klass)
{
  /**
   * FairleadManager::container-added:
   * @self: the manager
   * @container: a container that is set up
   *
   * A container was set up, by this manager or, if it is watching, by anybody else.
   *
   * Since: 1.0
   */
  g_signal_new ("container-added", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, FAIRLEAD_TYPE_CONTAINER);
  /**
   * FairleadManager::container-removed:
   * @self: the manager
   * @container: a container in the state `gone`
   *
   * A container was torn down, by this manager or, if it is watching, by anybody else.
   *
   * Since: 1.0
   */
  g_signal_new ("container-removed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, FAIRLEAD_TYPE_CONTAINER);
  /**
   * FairleadManager::attachment-changed:
   * @self: the manager
   * @container: a container
   * @attachment: its attachment that changed, or is new
   *
   * What is known of an attachment changed, for example its state or its ports. It is emitted for containers that somebody
   * holds and, if the manager is watching, for all that are set up. The attachment's properties notify too.
   *
   * Since: 1.0
   */
  g_signal_new ("attachment-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 2, FAIRLEAD_TYPE_CONTAINER, FAIRLEAD_TYPE_ATTACHMENT);
}

static void
fairlead_manager_init (FairleadManager *self)
{
}

/**
 * fairlead_manager_new:
 * @config: (nullable): the configuration, or %NULL for the built-in defaults, without any file
 *
 * Creates a manager. It belongs to the calling thread and to the thread's default main context.
 *
 * Returns: (transfer full): a manager
 *
 * Since: 1.0
 */
FairleadManager *
fairlead_manager_new (FairleadConfig *config)
{
  g_return_val_if_fail (config == NULL || FAIRLEAD_IS_CONFIG (config), NULL);

  return g_object_new (FAIRLEAD_TYPE_MANAGER, "config", config, NULL);
}

/**
 * fairlead_manager_get_config:
 * @self: a manager
 *
 * Gets the configuration.
 *
 * Returns: (transfer none): the configuration
 *
 * Since: 1.0
 */
FairleadConfig *
fairlead_manager_get_config (FairleadManager *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return self->config;
}

/**
 * fairlead_manager_start_watching:
 * @self: a manager
 * @error: where to put the error
 *
 * Watches the state directory from now on, so that the manager's signals, and the objects it gave, tell what other managers
 * and other processes do. It takes no polling, and holds an object for each container that is set up.
 *
 * Call it before [method@Fairlead.Manager.list_containers], and nothing is missed in between.
 *
 * Returns: %TRUE on success, %FALSE with @error set, for example if the state directory cannot be made
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_start_watching (FairleadManager *self,
                                 GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return fairlead_presence_start_watching (fairlead_calls_get_presence (self->calls), error);
}

/**
 * fairlead_manager_stop_watching:
 * @self: a manager
 *
 * Ends what [method@Fairlead.Manager.start_watching] began.
 *
 * Since: 1.0
 */
void
fairlead_manager_stop_watching (FairleadManager *self)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));

  fairlead_presence_stop_watching (fairlead_calls_get_presence (self->calls));
}

/**
 * fairlead_manager_get_watching:
 * @self: a manager
 *
 * Gets whether the state directory is watched.
 *
 * Returns: %TRUE if it is
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_get_watching (FairleadManager *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return fairlead_presence_is_watching (fairlead_calls_get_presence (self->calls));
}

/**
 * fairlead_manager_add_backend:
 * @self: a manager
 * @backend: a backend with a name
 * @error: where to put the error
 *
 * Adds a backend that the program brings itself, rather than a module. Its keys are set from the configuration.
 *
 * Returns: %TRUE on success, %FALSE with @error set, for example if there is a backend of that name
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_add_backend (FairleadManager *self,
                              FairleadBackend *backend,
                              GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_BACKEND (backend), FALSE);

  return fairlead_registry_add_backend (fairlead_calls_get_registry (self->calls), backend, error);
}

/**
 * fairlead_manager_load_backend:
 * @self: a manager
 * @name: the backend's name
 * @error: where to put the error
 *
 * Gets a backend, from its module if it is not loaded yet.
 *
 * Returns: (transfer full): the backend, or %NULL with @error set: `BACKEND_NOT_FOUND`, `ABI_MISMATCH`,
 *   `PERMISSION_DENIED` for a module that others can write, `INVALID_CONFIGURATION` for its keyfile group
 *
 * Since: 1.0
 */
FairleadBackend *
fairlead_manager_load_backend (FairleadManager *self,
                               const char      *name,
                               GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return fairlead_registry_load_backend (fairlead_calls_get_registry (self->calls), name, error);
}

/**
 * fairlead_manager_list_modules:
 * @self: a manager
 *
 * Lists all modules in the configured directories. Those that cannot be loaded say why.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Module], sorted by name
 *
 * Since: 1.0
 */
GListModel *
fairlead_manager_list_modules (FairleadManager *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return fairlead_module_list (fairlead_config_get_backend_dirs (self->config));
}

/**
 * fairlead_manager_plan:
 * @self: a manager
 * @request: what would be set up
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Finds out what [method@Fairlead.Manager.setup] would do, and makes nothing: all of the request is checked that can be
 * checked beforehand.
 *
 * The container that this returns is in the state %FAIRLEAD_STATE_PLANNED and stays in it; it is not one of the
 * manager's. Its origin tells where its network namespace would come from, and its attachments which networks it would
 * be on.
 *
 * Returns: (transfer full): what the container would be, or %NULL with @error set, the errors of setup
 *
 * Since: 1.0
 */
FairleadContainer *
fairlead_manager_plan (FairleadManager *self,
                       FairleadRequest *request,
                       GCancellable    *cancellable,
                       GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (request), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_plan (request), cancellable, error);
}

/**
 * fairlead_manager_plan_async:
 * @self: a manager
 * @request: what would be set up
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.plan] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_plan_async (FairleadManager    *self,
                             FairleadRequest    *request,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (FAIRLEAD_IS_REQUEST (request));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_plan (request), fairlead_manager_plan_async,
                        cancellable, callback, user_data);
}

/**
 * fairlead_manager_plan_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.plan_async].
 *
 * Returns: (transfer full): what the container would be, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadContainer *
fairlead_manager_plan_finish (FairleadManager *self,
                              GAsyncResult    *result,
                              GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_plan_async, error);
}

/**
 * fairlead_manager_setup:
 * @self: a manager
 * @request: what to set up
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Sets a container up: makes or joins its network namespace and attaches it to the networks, in the order of the request.
 *
 * Nothing is made unless the whole request can be served. If something fails afterwards, or the call is cancelled, what
 * was made is removed again before the call returns.
 *
 * Returns: (transfer full): the container, or %NULL with @error set: `INVALID_ARGUMENT`, `INVALID_CONFIGURATION`, `NOT_FOUND`,
 *   `NOT_SUPPORTED`, `ALREADY_EXISTS`, `BUSY`, `EXHAUSTED`, `PERMISSION_DENIED`, `TIMED_OUT`, `HELPER_FAILED` and others
 *
 * Since: 1.0
 */
FairleadContainer *
fairlead_manager_setup (FairleadManager *self,
                        FairleadRequest *request,
                        GCancellable    *cancellable,
                        GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (request), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_setup (request), cancellable, error);
}

/**
 * fairlead_manager_setup_async:
 * @self: a manager
 * @request: what to set up
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.setup] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_setup_async (FairleadManager    *self,
                              FairleadRequest    *request,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (FAIRLEAD_IS_REQUEST (request));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_setup (request), fairlead_manager_setup_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_setup_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.setup_async].
 *
 * Returns: (transfer full): the container, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadContainer *
fairlead_manager_setup_finish (FairleadManager *self,
                               GAsyncResult    *result,
                               GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_setup_async, error);
}

/**
 * fairlead_manager_teardown:
 * @self: a manager
 * @container_id: the id of a container
 * @flags: how thorough to be
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Tears a container down: its attachments in reverse order, then its network namespace if we made it, then its state.
 *
 * A step that fails does not stop the next one. What is left is kept in the state, so that it can be tried again.
 *
 * Returns: %TRUE if nothing is left, %FALSE with @error set: `NOT_FOUND` if there is no such container, `BUSY` if
 *   another container shares its namespace, or how the first step failed
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_teardown (FairleadManager      *self,
                           const char           *container_id,
                           FairleadTeardownFlags flags,
                           GCancellable         *cancellable,
                           GError              **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (container_id != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_teardown (container_id, flags), cancellable, error) != NULL;
}

/**
 * fairlead_manager_teardown_async:
 * @self: a manager
 * @container_id: the id of a container
 * @flags: how thorough to be
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.teardown] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_teardown_async (FairleadManager      *self,
                                 const char           *container_id,
                                 FairleadTeardownFlags flags,
                                 GCancellable         *cancellable,
                                 GAsyncReadyCallback   callback,
                                 gpointer              user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_teardown (container_id, flags), fairlead_manager_teardown_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_teardown_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.teardown_async].
 *
 * Returns: %TRUE if nothing is left, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_teardown_finish (FairleadManager *self,
                                  GAsyncResult    *result,
                                  GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_teardown_async, error) != NULL;
}

/**
 * fairlead_manager_stats:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Reads the counters of a container's interfaces.
 *
 * Returns: (transfer full): the statistics, or %NULL with @error set; `NOT_FOUND` if there is no such container
 *
 * Since: 1.0
 */
FairleadStats *
fairlead_manager_stats (FairleadManager *self,
                        const char      *container_id,
                        GCancellable    *cancellable,
                        GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (container_id != NULL, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_stats (container_id), cancellable, error);
}

/**
 * fairlead_manager_stats_async:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.stats] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_stats_async (FairleadManager    *self,
                              const char         *container_id,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_stats (container_id), fairlead_manager_stats_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_stats_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.stats_async].
 *
 * Returns: (transfer full): the statistics, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadStats *
fairlead_manager_stats_finish (FairleadManager *self,
                               GAsyncResult    *result,
                               GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_stats_async, error);
}

/**
 * fairlead_manager_inspect:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Tells what there is to know about a container, as `fairlead inspect` prints it.
 *
 * The `a{sv}` has `Id`, `State`, `Created`, `Netns`, `NetnsOrigin`, `SharedWith`, `Backend`, `Problem` and `NetworkSettings`;
 * the latter has the key names of `podman inspect`, all addresses, and an entry for each network in `Networks`: by its name,
 * and by `NAME@INTERFACE` for another attachment to the same network. A text that is not known is the empty string.
 *
 * Returns: (transfer full): an `a{sv}`, or %NULL with @error set; `NOT_FOUND` if there is no such container
 *
 * Since: 1.0
 */
GVariant *
fairlead_manager_inspect (FairleadManager *self,
                          const char      *container_id,
                          GCancellable    *cancellable,
                          GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (container_id != NULL, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_inspect (container_id), cancellable, error);
}

/**
 * fairlead_manager_inspect_async:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.inspect] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_inspect_async (FairleadManager    *self,
                                const char         *container_id,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_inspect (container_id), fairlead_manager_inspect_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_inspect_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.inspect_async].
 *
 * Returns: (transfer full): an `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
fairlead_manager_inspect_finish (FairleadManager *self,
                                 GAsyncResult    *result,
                                 GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_inspect_async, error);
}

/**
 * fairlead_manager_check:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Checks whether all that was set up for a container is still there.
 *
 * Returns: %TRUE if it is, %FALSE with @error set to the first thing that is not; `NOT_FOUND` if there is no such container
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_check (FairleadManager *self,
                        const char      *container_id,
                        GCancellable    *cancellable,
                        GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (container_id != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_check (container_id), cancellable, error) != NULL;
}

/**
 * fairlead_manager_check_async:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.check] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_check_async (FairleadManager    *self,
                              const char         *container_id,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_check (container_id), fairlead_manager_check_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_check_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.check_async].
 *
 * Returns: %TRUE if it is, %FALSE with @error set to the first thing that is not
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_check_finish (FairleadManager *self,
                               GAsyncResult    *result,
                               GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_check_async, error) != NULL;
}

/**
 * fairlead_manager_reload:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Puts back what a firewall flush removed from a container's network, keeping its addresses.
 *
 * Returns: %TRUE on success, %FALSE with @error set; `NOT_SUPPORTED` if a backend cannot do it
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_reload (FairleadManager *self,
                         const char      *container_id,
                         GCancellable    *cancellable,
                         GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (container_id != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_reload (container_id), cancellable, error) != NULL;
}

/**
 * fairlead_manager_reload_async:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.reload] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_reload_async (FairleadManager    *self,
                               const char         *container_id,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_reload (container_id), fairlead_manager_reload_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_reload_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.reload_async].
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_reload_finish (FairleadManager *self,
                                GAsyncResult    *result,
                                GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_reload_async, error) != NULL;
}

/**
 * fairlead_manager_publish:
 * @self: a manager
 * @container_id: the id of a container
 * @mapping: the port
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Publishes one more port of a container that is set up, through the first of its networks that can do so. The container's
 * state follows; after a failure nothing is changed.
 *
 * Returns: %TRUE on success, %FALSE with @error set; `NOT_SUPPORTED` if no network of the container has the capability
 *   %FAIRLEAD_BACKEND_CAP_LIVE_PORTS for such a port, `BUSY` if the port is taken, `ALREADY_EXISTS` if the container
 *   publishes it, `NOT_FOUND` if there is no such container
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_publish (FairleadManager     *self,
                          const char          *container_id,
                          FairleadPortMapping *mapping,
                          GCancellable        *cancellable,
                          GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (container_id != NULL, FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_publish (container_id, mapping), cancellable, error) != NULL;
}

/**
 * fairlead_manager_publish_async:
 * @self: a manager
 * @container_id: the id of a container
 * @mapping: the port
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.publish] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_publish_async (FairleadManager     *self,
                                const char          *container_id,
                                FairleadPortMapping *mapping,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_publish (container_id, mapping),
                        fairlead_manager_publish_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_publish_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.publish_async].
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_publish_finish (FairleadManager *self,
                                 GAsyncResult    *result,
                                 GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_publish_async, error) != NULL;
}

/**
 * fairlead_manager_unpublish:
 * @self: a manager
 * @container_id: the id of a container
 * @mapping: the port
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Withdraws a published port of a container that is set up: one from its setup or one from
 * [method@Fairlead.Manager.publish]. It has to be named as a whole; a part of a range cannot be withdrawn.
 *
 * Returns: %TRUE on success, %FALSE with @error set; `NOT_FOUND` if there is no such container, or if it does not publish
 *   the port, `NOT_SUPPORTED` if the port's network lacks %FAIRLEAD_BACKEND_CAP_LIVE_PORTS
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_unpublish (FairleadManager     *self,
                            const char          *container_id,
                            FairleadPortMapping *mapping,
                            GCancellable        *cancellable,
                            GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (container_id != NULL, FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_unpublish (container_id, mapping), cancellable, error) != NULL;
}

/**
 * fairlead_manager_unpublish_async:
 * @self: a manager
 * @container_id: the id of a container
 * @mapping: the port
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.unpublish] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_unpublish_async (FairleadManager     *self,
                                  const char          *container_id,
                                  FairleadPortMapping *mapping,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_unpublish (container_id, mapping),
                        fairlead_manager_unpublish_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_unpublish_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.unpublish_async].
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_unpublish_finish (FairleadManager *self,
                                   GAsyncResult    *result,
                                   GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_unpublish_async, error) != NULL;
}

/**
 * fairlead_manager_lookup_container:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Gets a container by its id, as its state file says now.
 *
 * Returns: (transfer full): the container, or %NULL with @error set; `NOT_FOUND` if there is no such container
 *
 * Since: 1.0
 */
FairleadContainer *
fairlead_manager_lookup_container (FairleadManager *self,
                                   const char      *container_id,
                                   GCancellable    *cancellable,
                                   GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (container_id != NULL, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_lookup_container (container_id), cancellable, error);
}

/**
 * fairlead_manager_lookup_container_async:
 * @self: a manager
 * @container_id: the id of a container
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.lookup_container] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_lookup_container_async (FairleadManager    *self,
                                         const char         *container_id,
                                         GCancellable       *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (container_id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_lookup_container (container_id), fairlead_manager_lookup_container_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_lookup_container_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.lookup_container_async].
 *
 * Returns: (transfer full): the container, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadContainer *
fairlead_manager_lookup_container_finish (FairleadManager *self,
                                          GAsyncResult    *result,
                                          GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_lookup_container_async, error);
}

/**
 * fairlead_manager_list_containers:
 * @self: a manager
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Lists all containers, sorted by id. One whose state file cannot be read is in the state `damaged` and says why.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Container], or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_manager_list_containers (FairleadManager *self,
                                  GCancellable    *cancellable,
                                  GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_list_containers (), cancellable, error);
}

/**
 * fairlead_manager_list_containers_async:
 * @self: a manager
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.list_containers] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_list_containers_async (FairleadManager    *self,
                                        GCancellable       *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_list_containers (), fairlead_manager_list_containers_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_list_containers_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.list_containers_async].
 *
 * Returns: (transfer full): a list of [class@Fairlead.Container], or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_manager_list_containers_finish (FairleadManager *self,
                                         GAsyncResult    *result,
                                         GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_list_containers_async, error);
}

/**
 * fairlead_manager_list_networks:
 * @self: a manager
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Lists all networks: those of network files, those that backends have by themselves, and those that they find. One that
 * cannot be used says why.
 *
 * Returns: (transfer full): a list of [class@Fairlead.Network], or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_manager_list_networks (FairleadManager *self,
                                GCancellable    *cancellable,
                                GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_list_networks (), cancellable, error);
}

/**
 * fairlead_manager_list_networks_async:
 * @self: a manager
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.list_networks] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_list_networks_async (FairleadManager    *self,
                                      GCancellable       *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_list_networks (), fairlead_manager_list_networks_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_list_networks_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.list_networks_async].
 *
 * Returns: (transfer full): a list of [class@Fairlead.Network], or %NULL with @error set
 *
 * Since: 1.0
 */
GListModel *
fairlead_manager_list_networks_finish (FairleadManager *self,
                                       GAsyncResult    *result,
                                       GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_list_networks_async, error);
}

/**
 * fairlead_manager_check_network:
 * @self: a manager
 * @name: what it is called
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Checks whether a network could take a container now. The backend asks whoever makes the network, for example the plugins
 * of a CNI network of version 1.1.0, and waits for them; nothing is made. Whether a network can be used at all is seen in
 * [method@Fairlead.Manager.list_networks] as well, without asking anybody.
 *
 * Returns: %TRUE if it could, %FALSE with @error set to the first thing in its way
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_check_network (FairleadManager  *self,
                                const char       *name,
                                GCancellable     *cancellable,
                                GError          **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_check_network (name), cancellable, error) != NULL;
}

/**
 * fairlead_manager_check_network_async:
 * @self: a manager
 * @name: what it is called
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.check_network] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_check_network_async (FairleadManager     *self,
                                      const char          *name,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_check_network (name),
                        fairlead_manager_check_network_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_check_network_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.check_network_async].
 *
 * Returns: %TRUE if it could take a container, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_check_network_finish (FairleadManager *self,
                                       GAsyncResult    *result,
                                       GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_check_network_async, error) != NULL;
}

/**
 * fairlead_manager_create_network:
 * @self: a manager
 * @name: what it is to be called
 * @backend_name: the name of its backend
 * @options: (nullable): an `a{ss}` of keys of network files and their text; consumed if it is floating
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Writes the file of a network, `networks.d/NAME.network`, in the configuration directory of the highest precedence, after all
 * checks that reading it would do, and that of the backend whether it goes together with its other networks and with
 * the host. The manager knows the network from then on.
 *
 * Returns: (transfer full): the network, or %NULL with @error set; `ALREADY_EXISTS` if a file describes such a network,
 *   `BUSY` if another one, or the host, has what it would need
 *
 * Since: 1.0
 */
FairleadNetwork *
fairlead_manager_create_network (FairleadManager     *self,
                                 const char          *name,
                                 const char          *backend_name,
                                 GVariant            *options,
                                 GCancellable        *cancellable,
                                 GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (backend_name != NULL, NULL);
  g_return_val_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE ("a{ss}")), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_create_network (name, backend_name, options), cancellable, error);
}

/**
 * fairlead_manager_create_network_async:
 * @self: a manager
 * @name: what it is to be called
 * @backend_name: the name of its backend
 * @options: (nullable): an `a{ss}` of keys of network files and their text; consumed if it is floating
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.create_network] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_create_network_async (FairleadManager     *self,
                                       const char          *name,
                                       const char          *backend_name,
                                       GVariant            *options,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (backend_name != NULL);
  g_return_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE ("a{ss}")));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_create_network (name, backend_name, options),
                        fairlead_manager_create_network_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_create_network_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.create_network_async].
 *
 * Returns: (transfer full): the network, or %NULL with @error set
 *
 * Since: 1.0
 */
FairleadNetwork *
fairlead_manager_create_network_finish (FairleadManager *self,
                                        GAsyncResult    *result,
                                        GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_create_network_async, error);
}

/**
 * fairlead_manager_remove_network:
 * @self: a manager
 * @name: what it is called
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Removes the file of a network from the configuration directory of the highest precedence.
 *
 * Returns: %TRUE on success, %FALSE with @error set; `BUSY` if a container is on the network, `NOT_FOUND` if no file describes
 *   it, `NOT_SUPPORTED` if the file is in another directory
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_remove_network (FairleadManager     *self,
                                 const char          *name,
                                 GCancellable        *cancellable,
                                 GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  return fairlead_calls_run (self->calls, fairlead_call_new_remove_network (name), cancellable, error) != NULL;
}

/**
 * fairlead_manager_remove_network_async:
 * @self: a manager
 * @name: what it is called
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.remove_network] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_remove_network_async (FairleadManager     *self,
                                       const char          *name,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_remove_network (name),
                        fairlead_manager_remove_network_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_remove_network_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.remove_network_async].
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_manager_remove_network_finish (FairleadManager *self,
                                        GAsyncResult    *result,
                                        GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), FALSE);

  return end_call (self, result, fairlead_manager_remove_network_async, error) != NULL;
}

/**
 * fairlead_manager_collect:
 * @self: a manager
 * @cancellable: (nullable): to cancel with
 * @error: where to put the error
 *
 * Removes what is left of containers whose setup or teardown did not finish, of those whose network namespace is gone, and
 * what backends keep for containers that no longer exist.
 *
 * Returns: (transfer full): the ids of the containers that were removed, or %NULL with @error set
 *
 * Since: 1.0
 */
char **
fairlead_manager_collect (FairleadManager *self,
                          GCancellable    *cancellable,
                          GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return fairlead_calls_run (self->calls, fairlead_call_new_collect (), cancellable, error);
}

/**
 * fairlead_manager_collect_async:
 * @self: a manager
 * @cancellable: (nullable): to cancel with
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Does what [method@Fairlead.Manager.collect] does, without blocking.
 *
 * Since: 1.0
 */
void
fairlead_manager_collect_async (FairleadManager    *self,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data)
{
  g_return_if_fail (FAIRLEAD_IS_MANAGER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  fairlead_calls_start (self->calls, G_OBJECT (self), fairlead_call_new_collect (), fairlead_manager_collect_async, cancellable, callback, user_data);
}

/**
 * fairlead_manager_collect_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: where to put the error
 *
 * Ends [method@Fairlead.Manager.collect_async].
 *
 * Returns: (transfer full): the ids of the containers that were removed, or %NULL with @error set
 *
 * Since: 1.0
 */
char **
fairlead_manager_collect_finish (FairleadManager *self,
                                 GAsyncResult    *result,
                                 GError         **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_MANAGER (self), NULL);

  return end_call (self, result, fairlead_manager_collect_async, error);
}

