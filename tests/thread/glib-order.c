/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "glib-order.h"

#include <dlfcn.h>
#include <gio/gio.h>
#include <sanitizer/tsan_interface.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the thread sanitizer has to know of GLib.
 *
 * It finds a race where two threads touch the same memory and nothing orders them. GLib as the distributions build it
 * is not instrumented, and its locks are futexes, so the sanitizer sees none of the order that GLib makes. The functions
 * here take the place of GLib's in test programs of that build: each calls GLib's own, and tells what it orders:
 *
 *   a lock, of any kind  unlock → the next lock
 *   g_once_init          leave → enter, wherever it returns
 *   a thread pool        push → the pool's function, for that item
 *   a main context       attach → each dispatch of that source
 *   references           each unref → the following ones, and so what the last one frees
 *   a class              the end of class_init → whoever makes an object or takes a reference on the class
 *   a GCancellable       connect → the callbacks, and they → disconnect
 *
 * Nothing else is declared to be in order. Of Fairlead itself only what runs on a task's own stack is not watched
 * (FAIRLEAD_TASK_CODE). GLib's containers are not instrumented either: for those that are used in several places here,
 * reading and changing is told as reading and writing memory.
 *
 * Threads need nothing: GLib makes and joins them by functions that the sanitizer knows. */

#define REAL(function)                                                                \
  ({                                                                                  \
    static gpointer cached;                                                           \
    gpointer found = __atomic_load_n (&cached, __ATOMIC_RELAXED);                     \
                                                                                      \
    if (found == NULL)                                                                \
      {                                                                               \
        found = dlsym (RTLD_NEXT, #function);                                         \
        __atomic_store_n (&cached, found, __ATOMIC_RELAXED);                          \
      }                                                                               \
    (__typeof__ (&function)) found;                                                   \
  })

/* Of the sanitizer; no header has them. */
void __tsan_read8  (void *address);
void __tsan_write8 (void *address);
const char *__tsan_default_options      (void);
const char *__tsan_default_suppressions (void);

const char *
__tsan_default_options (void)
{
  return "halt_on_error=1:exitcode=66:second_deadlock_stack=1:die_after_fork=0";
}

/* What these libraries do to their own memory by functions that the sanitizer watches (memcpy, strlen, read). Code of
 * ours that they call is watched as ever. */
const char *
__tsan_default_suppressions (void)
{
  return "called_from_lib:libglib-2.0.so\n"
         "called_from_lib:libgobject-2.0.so\n"
         "called_from_lib:libgio-2.0.so\n"
         "called_from_lib:libgmodule-2.0.so\n"
         "called_from_lib:libjson-glib-1.0.so\n"
         "called_from_lib:libnl-3.so\n"
         "called_from_lib:libnl-route-3.so\n";
}

/* The slices of GLib before 2.76 hand memory from thread to thread unseen. GLib asks the environment before main(). */
void
fairlead_test_glib_order_init (char **argv)
{
  const char *slices = g_getenv ("G_SLICE");

  if (slices != NULL && strcmp (slices, "always-malloc") == 0)
    return;
  g_setenv ("G_SLICE", "always-malloc", TRUE);
  execv ("/proc/self/exe", argv);
  g_error ("The program cannot be started again: %s", g_strerror (errno));
}

/* The sanitizer takes every clone for a fork. The library's share memory with the thread that waits for them, and are
 * no other thread to the sanitizer either (core/fairlead-nstask.c). */
int
clone (int  (*func) (void *),
       void  *stack,
       int    flags,
       void  *arg,
       ...)
{
  va_list args;
  void *parent_tid, *tls, *child_tid;

  va_start (args, arg);
  parent_tid = va_arg (args, void *);
  tls = va_arg (args, void *);
  child_tid = va_arg (args, void *);
  va_end (args);
  g_assert ((flags & (CLONE_VM | CLONE_VFORK)) == (CLONE_VM | CLONE_VFORK));
  return REAL (clone) (func, stack, flags, arg, parent_tid, tls, child_tid);
}

/* What several threads do one after the other, each with what the ones before did. */
static void
pass_on (gconstpointer object)
{
  __tsan_release ((gpointer) object);
  __tsan_acquire ((gpointer) object);
}

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked = REAL (g_mutex_trylock) (mutex);

  if (locked)
    __tsan_acquire (mutex);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

void
g_rec_mutex_lock (GRecMutex *mutex)
{
  REAL (g_rec_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_rec_mutex_unlock) (mutex);
}

void
g_rw_lock_reader_lock (GRWLock *lock)
{
  REAL (g_rw_lock_reader_lock) (lock);
  __tsan_acquire (lock);
}

void
g_rw_lock_reader_unlock (GRWLock *lock)
{
  __tsan_release (lock);
  REAL (g_rw_lock_reader_unlock) (lock);
}

void
g_rw_lock_writer_lock (GRWLock *lock)
{
  REAL (g_rw_lock_writer_lock) (lock);
  __tsan_acquire (lock);
}

void
g_rw_lock_writer_unlock (GRWLock *lock)
{
  __tsan_release (lock);
  REAL (g_rw_lock_writer_unlock) (lock);
}

void
g_cond_wait (GCond  *cond,
             GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond  *cond,
                   GMutex *mutex,
                   gint64  end_time)
{
  gboolean signalled;

  __tsan_release (mutex);
  signalled = REAL (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

gboolean
(g_once_init_enter) (volatile void *location)
{
  gboolean first = REAL (g_once_init_enter) (location);

  __tsan_acquire ((gpointer) location);
  return first;
}

void
(g_once_init_leave) (volatile void *location,
                     gsize          result)
{
  __tsan_release ((gpointer) location);
  REAL (g_once_init_leave) (location, result);
}

typedef struct
{
  GFunc    func;
  gpointer user_data;
} PoolFunction;

static void
work (gpointer data,
      gpointer user_data)
{
  const PoolFunction *function = user_data;

  __tsan_acquire (data);
  function->func (data, function->user_data);
}

/* As long as the program, like the pools of GIO. */
GThreadPool *
g_thread_pool_new (GFunc     func,
                   gpointer  user_data,
                   gint      max_threads,
                   gboolean  exclusive,
                   GError  **error)
{
  PoolFunction *function = g_new (PoolFunction, 1);

  *function = (PoolFunction) { func, user_data };
  return REAL (g_thread_pool_new) (work, function, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool  *pool,
                    gpointer      data,
                    GError      **error)
{
  __tsan_release (data);
  return REAL (g_thread_pool_push) (pool, data, error);
}

/* GLib asks for the callback just before it calls it, in the thread that does. */
typedef struct
{
  gatomicrefcount ref_count;
  GSourceFunc     func;
  gpointer        data;
  GDestroyNotify  notify;
} SourceCallback;

static void
ref_callback (gpointer data)
{
  SourceCallback *callback = data;

  REAL (g_atomic_ref_count_inc) (&callback->ref_count);
}

static void
unref_callback (gpointer data)
{
  SourceCallback *callback = data;

  pass_on (callback);
  if (!REAL (g_atomic_ref_count_dec) (&callback->ref_count))
    return;
  if (callback->notify != NULL)
    callback->notify (callback->data);
  g_free (callback);
}

static void
get_callback (gpointer     data,
              GSource     *source,
              GSourceFunc *func,
              gpointer    *user_data)
{
  const SourceCallback *callback = data;

  __tsan_acquire (source);
  *func = callback->func;
  *user_data = callback->data;
}

void
g_source_set_callback (GSource        *source,
                       GSourceFunc     func,
                       gpointer        data,
                       GDestroyNotify  notify)
{
  static GSourceCallbackFuncs functions = { ref_callback, unref_callback, get_callback };
  SourceCallback *callback = g_new (SourceCallback, 1);

  g_atomic_ref_count_init (&callback->ref_count);
  callback->func = func;
  callback->data = data;
  callback->notify = notify;
  __tsan_release (source);
  g_source_set_callback_indirect (source, callback, &functions);
}

guint
g_source_attach (GSource      *source,
                 GMainContext *context)
{
  __tsan_release (source);
  return REAL (g_source_attach) (source, context);
}

static guint
add_source (GSource        *source,
            gint            priority,
            GSourceFunc     func,
            gpointer        data,
            GDestroyNotify  notify)
{
  guint id;

  g_source_set_priority (source, priority);
  g_source_set_callback (source, func, data, notify);
  id = g_source_attach (source, NULL);
  g_source_unref (source);
  return id;
}

guint
g_idle_add (GSourceFunc func,
            gpointer    data)
{
  return add_source (g_idle_source_new (), G_PRIORITY_DEFAULT_IDLE, func, data, NULL);
}

guint
g_idle_add_full (gint            priority,
                 GSourceFunc     func,
                 gpointer        data,
                 GDestroyNotify  notify)
{
  return add_source (g_idle_source_new (), priority, func, data, notify);
}

guint
g_timeout_add (guint       interval,
               GSourceFunc func,
               gpointer    data)
{
  return add_source (g_timeout_source_new (interval), G_PRIORITY_DEFAULT, func, data, NULL);
}

guint
g_timeout_add_full (gint            priority,
                    guint           interval,
                    GSourceFunc     func,
                    gpointer        data,
                    GDestroyNotify  notify)
{
  return add_source (g_timeout_source_new (interval), priority, func, data, notify);
}

void
(g_object_unref) (gpointer object)
{
  pass_on (object);
  REAL (g_object_unref) (object);
}

gboolean
(g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  pass_on (count);
  return REAL (g_atomic_ref_count_dec) (count);
}

void
g_atomic_rc_box_release (gpointer box)
{
  pass_on (box);
  REAL (g_atomic_rc_box_release) (box);
}

void
g_atomic_rc_box_release_full (gpointer       box,
                              GDestroyNotify clear)
{
  pass_on (box);
  REAL (g_atomic_rc_box_release_full) (box, clear);
}

static void
init_class (gpointer klass,
            gpointer class_data)
{
  const GClassInitFunc *func = class_data;

  (*func) (klass, NULL);
  __tsan_release (klass);
}

GType
g_type_register_static_simple (GType             parent_type,
                               const gchar      *name,
                               guint             class_size,
                               GClassInitFunc    class_init,
                               guint             instance_size,
                               GInstanceInitFunc instance_init,
                               GTypeFlags        flags)
{
  GTypeInfo info = { .class_size = (guint16) class_size, .class_init = class_init,
                     .instance_size = (guint16) instance_size, .instance_init = instance_init };

  /* Interfaces have none; a type stays as long as the program. */
  if (class_init != NULL)
    {
      GClassInitFunc *func = g_new (GClassInitFunc, 1);

      *func = class_init;
      info.class_init = init_class;
      info.class_data = func;
    }
  return g_type_register_static (parent_type, name, &info, flags);
}

gpointer
g_type_class_ref (GType type)
{
  gpointer klass = REAL (g_type_class_ref) (type);

  for (gpointer one = klass; one != NULL; one = g_type_class_peek_parent (one))
    __tsan_acquire (one);
  return klass;
}

gpointer
(g_object_new) (GType        type,
                const gchar *first_property,
                ...)
{
  gpointer klass = g_type_class_ref (type);
  GObject *object;
  va_list args;

  va_start (args, first_property);
  object = first_property != NULL ? g_object_new_valist (type, first_property, args)
                                  : REAL (g_object_new_with_properties) (type, 0, NULL, NULL);
  va_end (args);
  g_type_class_unref (klass);
  return object;
}

GObject *
g_object_new_with_properties (GType         type,
                              guint         n_properties,
                              const char   *names[],
                              const GValue  values[])
{
  gpointer klass = g_type_class_ref (type);
  GObject *object = REAL (g_object_new_with_properties) (type, n_properties, names, values);

  g_type_class_unref (klass);
  return object;
}

gulong
g_cancellable_connect (GCancellable   *cancellable,
                       GCallback       callback,
                       gpointer        data,
                       GDestroyNotify  notify)
{
  __tsan_release (cancellable);
  return REAL (g_cancellable_connect) (cancellable, callback, data, notify);
}

void
g_cancellable_cancel (GCancellable *cancellable)
{
  if (cancellable != NULL)
    pass_on (cancellable);
  REAL (g_cancellable_cancel) (cancellable);
  if (cancellable != NULL)
    __tsan_release (cancellable);
}

void
g_cancellable_disconnect (GCancellable *cancellable,
                          gulong        handler)
{
  REAL (g_cancellable_disconnect) (cancellable, handler);
  if (cancellable != NULL)
    __tsan_acquire (cancellable);
}

gpointer
g_hash_table_lookup (GHashTable    *table,
                     gconstpointer  key)
{
  __tsan_read8 (table);
  return REAL (g_hash_table_lookup) (table, key);
}

gboolean
g_hash_table_contains (GHashTable    *table,
                       gconstpointer  key)
{
  __tsan_read8 (table);
  return REAL (g_hash_table_contains) (table, key);
}

void
g_hash_table_iter_init (GHashTableIter *iter,
                        GHashTable     *table)
{
  __tsan_read8 (table);
  REAL (g_hash_table_iter_init) (iter, table);
}

gboolean
g_hash_table_insert (GHashTable *table,
                     gpointer    key,
                     gpointer    value)
{
  __tsan_write8 (table);
  return REAL (g_hash_table_insert) (table, key, value);
}

gboolean
g_hash_table_replace (GHashTable *table,
                      gpointer    key,
                      gpointer    value)
{
  __tsan_write8 (table);
  return REAL (g_hash_table_replace) (table, key, value);
}

gboolean
g_hash_table_add (GHashTable *table,
                  gpointer    key)
{
  __tsan_write8 (table);
  return REAL (g_hash_table_add) (table, key);
}

gboolean
g_hash_table_remove (GHashTable    *table,
                     gconstpointer  key)
{
  __tsan_write8 (table);
  return REAL (g_hash_table_remove) (table, key);
}

void
g_ptr_array_add (GPtrArray *array,
                 gpointer   data)
{
  __tsan_write8 (array);
  REAL (g_ptr_array_add) (array, data);
}

void
g_list_store_append (GListStore *store,
                     gpointer    item)
{
  __tsan_write8 (store);
  REAL (g_list_store_append) (store, item);
}

void
g_list_store_remove (GListStore *store,
                     guint       position)
{
  __tsan_write8 (store);
  REAL (g_list_store_remove) (store, position);
}

void
g_list_store_splice (GListStore *store,
                     guint       position,
                     guint       n_removals,
                     gpointer   *additions,
                     guint       n_additions)
{
  __tsan_write8 (store);
  REAL (g_list_store_splice) (store, position, n_removals, additions, n_additions);
}

guint
g_list_model_get_n_items (GListModel *list)
{
  __tsan_read8 (list);
  return REAL (g_list_model_get_n_items) (list);
}

gpointer
g_list_model_get_item (GListModel *list,
                       guint       position)
{
  __tsan_read8 (list);
  return REAL (g_list_model_get_item) (list, position);
}
