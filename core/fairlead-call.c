/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-call-private.h"

#include "fairlead-container-private.h"
#include "fairlead-netns-private.h"
#include "fairlead-request-private.h"

/* More verbs than this at a time only wait for one another's plugins and for the kernel's rtnl lock. */
#define MAX_THREADS 32

struct _FairleadCalls
{
  FairleadVerbs     verbs;
  GMainContext     *context;     /* where objects change */
  FairleadPresence *presence;
  GThreadPool      *pool;        /* (nullable) (owned), made at the first asynchronous verb */
  guint64           netns_inode; /* of the thread that made us; 0 if it is not known */
};

/* A verb under way. What is done on a worker touches only the call and the verbs' context, never an object that others
 * can see; finish makes the outcome visible and runs in the manager's thread. */
struct _FairleadCall
{
  FairleadCalls        *calls;       /* of the manager, which the task keeps alive */
  gpointer            (*work)   (FairleadCalls  *self,
                                 FairleadCall   *call,
                                 GCancellable   *cancellable,
                                 GError        **error);
  gpointer            (*finish) (FairleadCalls  *self,
                                 FairleadCall   *call,
                                 gpointer        result);
  GDestroyNotify        free_result; /* (nullable) */
  gboolean              changes;     /* whether it does more than look */
  char                 *id;          /* (nullable) */
  FairleadRequest      *request;     /* (nullable) (owned) the worker's copy */
  FairleadRequest      *original;    /* (nullable) (owned) the caller's, which learns of errors */
  FairleadTeardownFlags flags;
  FairleadPortMapping  *mapping;     /* (nullable) (owned) */
  char                 *network_name; /* (nullable) */
  char                 *backend_name; /* (nullable) */
  GVariant             *options;     /* (nullable) (owned) */
  FairleadContainer    *container;   /* (nullable) (owned) what the worker knows of the container */
  gpointer              result;      /* (nullable) */
  GError               *error;       /* (nullable) */
};

static void
call_free (FairleadCall *call)
{
  g_free (call->id);
  g_clear_object (&call->request);
  g_clear_object (&call->original);
  g_clear_object (&call->mapping);
  g_free (call->network_name);
  g_free (call->backend_name);
  g_clear_pointer (&call->options, g_variant_unref);
  g_clear_object (&call->container);
  if (call->result != NULL && call->free_result != NULL)
    call->free_result (call->result);
  g_clear_error (&call->error);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCall, call_free)

/* What the worker saw of the container becomes visible in the object that others hold, if there is one. */
static void
publish (FairleadCalls *self,
         FairleadCall  *call)
{
  if (call->container != NULL)
    fairlead_presence_show (self->presence, call->container, call->error);
  else if (call->id != NULL && call->error != NULL)
    fairlead_presence_show_error (self->presence, call->id, call->error);
}

/* Children and new threads get the network namespace of the thread that makes them, so a host program whose thread
 * wandered into a container would have all our work done there. */
static gboolean
check_netns (FairleadCalls *self,
             GError       **error)
{
  if (fairlead_netns_is_current (self->netns_inode))
    return TRUE;
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                       "this thread is in another network namespace than the one that made the manager; the program "
                       "must not call setns() on a thread that it goes on using");
  return FALSE;
}

static void
call_work (FairleadCalls *self,
           FairleadCall  *call,
           GCancellable  *cancellable)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, &call->error) ||
      (call->changes && !check_netns (self, &call->error)))
    return;
  call->result = call->work (self, call, cancellable, &call->error);
  g_assert ((call->result == NULL) == (call->error != NULL));
}

/* In the manager's thread. */
static void
call_finish (FairleadCalls *self,
             FairleadCall  *call)
{
  publish (self, call);
  if (call->error != NULL && call->original != NULL)
    fairlead_request_set_error_details (call->original, fairlead_error_get_details (call->error));
  if (call->result != NULL && call->finish != NULL)
    call->result = call->finish (self, call, call->result);
}

gpointer
fairlead_calls_run (FairleadCalls *self,
                    FairleadCall  *call,
                    GCancellable  *cancellable,
                    GError       **error)
{
  G_GNUC_UNUSED g_autoptr (FairleadCall) owned_call = call;

  call_work (self, call, cancellable);
  call_finish (self, call);
  if (call->error != NULL)
    g_propagate_error (error, g_steal_pointer (&call->error));
  return g_steal_pointer (&call->result);
}

static gboolean
return_call (gpointer user_data)
{
  GTask *task = user_data;
  FairleadCall *call = g_task_get_task_data (task);

  call_finish (call->calls, call);
  if (call->error != NULL)
    g_task_return_error (task, g_steal_pointer (&call->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&call->result), call->free_result);
  return G_SOURCE_REMOVE;
}

/* Takes the task. */
static void
return_later (GTask *task)
{
  FairleadCall *call = g_task_get_task_data (task);
  g_autoptr (GSource) source = g_idle_source_new ();
  g_autoptr (GMainContext) context = g_main_context_ref (call->calls->context);

  /* Not g_main_context_invoke(): it would run here if nobody runs the context at this moment. */
  g_source_set_priority (source, g_task_get_priority (task));
  g_source_set_callback (source, return_call, task, g_object_unref);
  g_source_attach (source, context);
}

static void
work_on_call (gpointer data,
              gpointer user_data)
{
  GTask *task = data;
  FairleadCall *call = g_task_get_task_data (task);

  call_work (call->calls, call, g_task_get_cancellable (task));
  return_later (task);
}

/* A pool that can start no thread keeps the task for those that it has. If there are none, this is the only task in it,
 * and would stay there. */
static gboolean
is_stuck (GThreadPool *pool)
{
  return g_thread_pool_get_num_threads (pool) == 0 && g_thread_pool_unprocessed (pool) > 0;
}

/* Takes the task. */
static void
queue (FairleadCalls *self,
       GTask         *task)
{
  FairleadCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  /* Not at construction: threads do not survive a fork() of the host program. */
  if (self->pool == NULL)
    self->pool = g_thread_pool_new (work_on_call, NULL, MAX_THREADS, FALSE, NULL);
  if (g_thread_pool_push (self->pool, task, &error) || !is_stuck (self->pool))
    return;
  g_thread_pool_free (g_steal_pointer (&self->pool), TRUE, FALSE);
  g_set_error (&call->error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED, "cannot start a thread for it: %s", error->message);
  return_later (task);
}

static FairleadRequest *
copy_request (FairleadRequest *request)
{
  FairleadRequest *copy = g_object_new (FAIRLEAD_TYPE_REQUEST,
                                        "container-id", fairlead_request_get_container_id (request), NULL);
  GListModel *mappings = fairlead_request_get_port_mappings (request);
  GVariantIter iter;
  const char *name;
  GVariant *options;

  fairlead_request_set_netns (copy, fairlead_request_get_netns (request));
  fairlead_request_set_share_with (copy, fairlead_request_get_share_with (request));
  g_variant_iter_init (&iter, fairlead_request_get_networks (request));
  fairlead_request_share_exit_fd (copy, request);
  while (g_variant_iter_loop (&iter, "(&s@a{ss})", &name, &options))
    fairlead_request_add_network (copy, name, options);
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      fairlead_request_add_port_mapping (copy, mapping);
    }
  return copy;
}

void
fairlead_calls_start (FairleadCalls      *self,
                      GObject            *source,
                      FairleadCall       *call,
                      gpointer            source_tag,
                      GCancellable       *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer            user_data)
{
  GTask *task = g_task_new (source, cancellable, callback, user_data);

  call->calls = self;
  /* The caller may change his own meanwhile. */
  if (call->original != NULL)
    {
      g_object_unref (call->request);
      call->request = copy_request (call->original);
    }

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, call, (GDestroyNotify) call_free);
  /* What has been done is told even if the cancellation came too late to prevent it. */
  g_task_set_check_cancellable (task, FALSE);
  queue (self, task);
}

static FairleadCall *
call_new_for_id (const char *id)
{
  FairleadCall *call = g_new0 (FairleadCall, 1);

  call->id = g_strdup (id);
  return call;
}

static gpointer
take_container (FairleadCalls *self,
                FairleadCall  *call,
                gpointer       result)
{
  g_autoptr (FairleadContainer) container = result;

  return fairlead_presence_adopt (self->presence, container);
}

static gpointer
take_new_container (FairleadCalls *self,
                    FairleadCall  *call,
                    gpointer       result)
{
  FairleadContainer *container = take_container (self, call, result);

  fairlead_presence_announce (self->presence, container);
  return container;
}

/* Verbs that only look first read the state, which publish() then shows. */
static gboolean
read_container (FairleadCalls *self,
                FairleadCall  *call,
                GError       **error)
{
  call->container = fairlead_verbs_lookup (&self->verbs, call->id, error);
  return call->container != NULL;
}

static gpointer
work_plan (FairleadCalls *self,
           FairleadCall  *call,
           GCancellable  *cancellable,
           GError       **error)
{
  return fairlead_verbs_preview (&self->verbs, call->request, cancellable, error);
}

static gpointer
work_setup (FairleadCalls *self,
            FairleadCall  *call,
            GCancellable  *cancellable,
            GError       **error)
{
  return fairlead_verbs_setup (&self->verbs, call->request, cancellable, error);
}

static gpointer
work_teardown (FairleadCalls *self,
               FairleadCall  *call,
               GCancellable  *cancellable,
               GError       **error)
{
  return GINT_TO_POINTER (fairlead_verbs_teardown (&self->verbs, call->id, call->flags, &call->container, cancellable,
                                                   error));
}

static gpointer
work_stats (FairleadCalls *self,
            FairleadCall  *call,
            GCancellable  *cancellable,
            GError       **error)
{
  return read_container (self, call, error) ? fairlead_verbs_stats (&self->verbs, call->container, cancellable, error)
                                            : NULL;
}

static gpointer
work_inspect (FairleadCalls *self,
              FairleadCall  *call,
              GCancellable  *cancellable,
              GError       **error)
{
  return read_container (self, call, error) ? fairlead_verbs_inspect (&self->verbs, call->container, cancellable, error)
                                            : NULL;
}

static gpointer
work_check (FairleadCalls *self,
            FairleadCall  *call,
            GCancellable  *cancellable,
            GError       **error)
{
  return GINT_TO_POINTER (fairlead_verbs_check (&self->verbs, call->id, &call->container, cancellable, error));
}

static gpointer
work_reload (FairleadCalls *self,
             FairleadCall  *call,
             GCancellable  *cancellable,
             GError       **error)
{
  return GINT_TO_POINTER (fairlead_verbs_reload (&self->verbs, call->id, &call->container, cancellable, error));
}

static gpointer
work_publish (FairleadCalls *self,
              FairleadCall  *call,
              GCancellable  *cancellable,
              GError       **error)
{
  return GINT_TO_POINTER (fairlead_verbs_publish (&self->verbs, call->id, call->mapping, &call->container, cancellable,
                                                  error));
}

static gpointer
work_unpublish (FairleadCalls *self,
                FairleadCall  *call,
                GCancellable  *cancellable,
                GError       **error)
{
  return GINT_TO_POINTER (fairlead_verbs_unpublish (&self->verbs, call->id, call->mapping, &call->container,
                                                    cancellable, error));
}

static gpointer
work_lookup (FairleadCalls *self,
             FairleadCall  *call,
             GCancellable  *cancellable,
             GError       **error)
{
  return fairlead_verbs_lookup (&self->verbs, call->id, error);
}

static gpointer
work_list_containers (FairleadCalls *self,
                      FairleadCall  *call,
                      GCancellable  *cancellable,
                      GError       **error)
{
  return fairlead_verbs_list (&self->verbs, cancellable, error);
}

static gpointer
finish_list_containers (FairleadCalls *self,
                        FairleadCall  *call,
                        gpointer       result)
{
  g_autoptr (GPtrArray) containers = result;
  GListStore *list = g_list_store_new (FAIRLEAD_TYPE_CONTAINER);

  for (guint i = 0; i < containers->len; i++)
    {
      g_autoptr (FairleadContainer) container = fairlead_presence_adopt (self->presence, containers->pdata[i]);

      g_list_store_append (list, container);
    }
  call->free_result = g_object_unref;
  return list;
}

static gpointer
work_list_networks (FairleadCalls *self,
                    FairleadCall  *call,
                    GCancellable  *cancellable,
                    GError       **error)
{
  return fairlead_registry_list_networks (self->verbs.registry, cancellable, error);
}

static gpointer
work_check_network (FairleadCalls *self,
                    FairleadCall  *call,
                    GCancellable  *cancellable,
                    GError       **error)
{
  return GINT_TO_POINTER (fairlead_registry_check_network (self->verbs.registry, call->network_name, cancellable, error));
}

static gpointer
work_create_network (FairleadCalls *self,
                     FairleadCall  *call,
                     GCancellable  *cancellable,
                     GError       **error)
{
  return fairlead_verbs_create_network (&self->verbs, call->network_name, call->backend_name, call->options,
                                        cancellable, error);
}

static gpointer
work_remove_network (FairleadCalls *self,
                     FairleadCall  *call,
                     GCancellable  *cancellable,
                     GError       **error)
{
  return GINT_TO_POINTER (fairlead_verbs_remove_network (&self->verbs, call->network_name, cancellable, error));
}

static gpointer
work_collect (FairleadCalls *self,
              FairleadCall  *call,
              GCancellable  *cancellable,
              GError       **error)
{
  return fairlead_verbs_collect (&self->verbs, cancellable, error);
}

static gpointer
finish_collect (FairleadCalls *self,
                FairleadCall  *call,
                gpointer       result)
{
  for (char **id = result; *id != NULL; id++)
    fairlead_presence_show_gone (self->presence, *id);
  return result;
}

FairleadCall *
fairlead_call_new_plan (FairleadRequest *request)
{
  FairleadCall *call = call_new_for_id (fairlead_request_get_container_id (request));

  call->work = work_plan;
  call->free_result = g_object_unref;
  call->request = g_object_ref (request);
  call->original = g_object_ref (request);
  return call;
}

FairleadCall *
fairlead_call_new_setup (FairleadRequest *request)
{
  FairleadCall *call = fairlead_call_new_plan (request);

  call->work = work_setup;
  call->finish = take_new_container;
  call->changes = TRUE;
  return call;
}

FairleadCall *
fairlead_call_new_teardown (const char           *container_id,
                            FairleadTeardownFlags flags)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_teardown;
  call->changes = TRUE;
  call->flags = flags;
  return call;
}

FairleadCall *
fairlead_call_new_stats (const char *container_id)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_stats;
  call->free_result = g_object_unref;
  return call;
}

FairleadCall *
fairlead_call_new_inspect (const char *container_id)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_inspect;
  call->free_result = (GDestroyNotify) g_variant_unref;
  return call;
}

FairleadCall *
fairlead_call_new_check (const char *container_id)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_check;
  call->changes = TRUE;
  return call;
}

FairleadCall *
fairlead_call_new_reload (const char *container_id)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_reload;
  call->changes = TRUE;
  return call;
}

FairleadCall *
fairlead_call_new_publish (const char          *container_id,
                           FairleadPortMapping *mapping)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_publish;
  call->changes = TRUE;
  call->mapping = g_object_ref (mapping);
  return call;
}

FairleadCall *
fairlead_call_new_unpublish (const char          *container_id,
                             FairleadPortMapping *mapping)
{
  FairleadCall *call = fairlead_call_new_publish (container_id, mapping);

  call->work = work_unpublish;
  return call;
}

FairleadCall *
fairlead_call_new_lookup_container (const char *container_id)
{
  FairleadCall *call = call_new_for_id (container_id);

  call->work = work_lookup;
  call->finish = take_container;
  call->free_result = g_object_unref;
  return call;
}

FairleadCall *
fairlead_call_new_list_containers (void)
{
  FairleadCall *call = call_new_for_id (NULL);

  call->work = work_list_containers;
  call->finish = finish_list_containers;
  call->free_result = (GDestroyNotify) g_ptr_array_unref;
  return call;
}

FairleadCall *
fairlead_call_new_list_networks (void)
{
  FairleadCall *call = call_new_for_id (NULL);

  call->work = work_list_networks;
  call->free_result = g_object_unref;
  return call;
}

FairleadCall *
fairlead_call_new_check_network (const char *name)
{
  FairleadCall *call = call_new_for_id (NULL);

  call->work = work_check_network;
  call->network_name = g_strdup (name);
  call->changes = TRUE;
  return call;
}

FairleadCall *
fairlead_call_new_create_network (const char *name,
                                  const char *backend_name,
                                  GVariant   *options)
{
  FairleadCall *call = call_new_for_id (NULL);

  call->work = work_create_network;
  call->free_result = g_object_unref;
  call->network_name = g_strdup (name);
  call->backend_name = g_strdup (backend_name);
  call->options = options != NULL ? g_variant_ref_sink (options)
                                  : g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  return call;
}

FairleadCall *
fairlead_call_new_remove_network (const char *name)
{
  FairleadCall *call = call_new_for_id (NULL);

  call->work = work_remove_network;
  call->network_name = g_strdup (name);
  return call;
}

FairleadCall *
fairlead_call_new_collect (void)
{
  FairleadCall *call = call_new_for_id (NULL);

  call->work = work_collect;
  call->finish = finish_collect;
  call->free_result = (GDestroyNotify) g_strfreev;
  call->changes = TRUE;
  return call;
}

FairleadCalls *
fairlead_calls_new (FairleadConfig *config,
                    GObject        *emitter)
{
  FairleadCalls *self = g_new0 (FairleadCalls, 1);

  self->netns_inode = fairlead_netns_read_current_inode ();
  self->context = g_main_context_ref_thread_default ();
  self->verbs.store = fairlead_store_new (fairlead_config_get_state_dir (config),
                                          fairlead_config_get_lock_timeout (config));
  self->verbs.registry = fairlead_registry_new (config, self->verbs.store);
  self->presence = fairlead_presence_new (self->verbs.store, self->context, emitter);
  return self;
}

/* No verb is under way: each keeps the manager alive. */
void
fairlead_calls_free (FairleadCalls *self)
{
  if (self->pool != NULL)
    g_thread_pool_free (self->pool, FALSE, FALSE);
  fairlead_presence_free (self->presence);
  fairlead_registry_free (self->verbs.registry);
  fairlead_store_unref (self->verbs.store);
  g_main_context_unref (self->context);
  g_free (self);
}

FairleadRegistry *
fairlead_calls_get_registry (FairleadCalls *self)
{
  return self->verbs.registry;
}

FairleadPresence *
fairlead_calls_get_presence (FairleadCalls *self)
{
  return self->presence;
}
