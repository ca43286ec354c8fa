/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "backend-test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A setup with more checkpoints than this would be a loop. */
#define MAX_CHECKPOINTS 200
#define N_PARALLEL      3

static int
wait_for (pid_t  pid,
          int   *signal_number)
{
  int status;

  *signal_number = 0;
  while (waitpid (pid, &status, 0) < 0)
    ;
  if (WIFEXITED (status))
    return WEXITSTATUS (status);
  *signal_number = WTERMSIG (status);
  return FAILED;
}

static int
fork_step (Step           step,
           gconstpointer  data,
           int           *signal_number)
{
  pid_t pid;

  fflush (NULL);
  pid = fork ();
  if (pid == 0)
    {
      int result = step (data);

      fflush (NULL);
      _exit (result);
    }
  return wait_for (pid, signal_number);
}

int
run_step (Step          step,
          gconstpointer data)
{
  int signal_number;
  int result = fork_step (step, data, &signal_number);

  return signal_number != 0 ? violation ("the process crashed: %s", g_strsignal (signal_number)) : result;
}

int
run_deadly_step (Step          step,
                 gconstpointer data)
{
  int signal_number;
  int result = fork_step (step, data, &signal_number);

  if (signal_number == SIGKILL)
    return PASSED;
  return signal_number != 0 ? violation ("the process crashed: %s", g_strsignal (signal_number)) : result;
}

/* Errors are ours, or a cancellation, and say something. */
static int
check_error (const char   *what,
             const GError *error)
{
  if (error->message == NULL || *error->message == '\0')
    return violation ("%s failed with an empty message", what);
  if (error->domain != FAIRLEAD_ERROR && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return violation ("%s failed with an error of the domain %s (%s); it has to be FAIRLEAD_ERROR, or "
                      "G_IO_ERROR_CANCELLED", what, g_quark_to_string (error->domain), error->message);
  return PASSED;
}

static int
open_lab (Lab      *lab,
          gboolean  with_configuration)
{
  g_autoptr (GError) error = NULL;

  if (lab_open (lab, with_configuration, &error))
    return PASSED;
  return violation ("%s", error->message);
}

int
step_tear_down (gconstpointer id)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  if (lab_tear_down (&lab, id, &error) || g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    return PASSED;
  return violation ("teardown failed: %s", error->message);
}

static int
step_set_up (gconstpointer id)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  container = lab_set_up (&lab, id, &error);
  return container != NULL ? PASSED : violation ("setup failed: %s", error->message);
}

static int
check_stats (Lab *lab)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadStats) stats = fairlead_manager_stats (lab->manager, "life", NULL, &error);

  return stats != NULL ? PASSED : violation ("stats failed: %s", error->message);
}

static int
check_inspect (Lab *lab)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) details = fairlead_manager_inspect (lab->manager, "life", NULL, &error);

  return details != NULL ? PASSED : violation ("inspect failed: %s", error->message);
}

static char *
dup_addresses (FairleadContainer *container)
{
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      g_autofree char *one = fairlead_interface_address_to_string (address);

      g_string_append_printf (text, "%s ", one);
    }
  return g_string_free (text, FALSE);
}

static int
check_reload (Lab               *lab,
              FairleadContainer *container)
{
  g_autofree char *before = dup_addresses (container);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  if (!fairlead_manager_reload (lab->manager, "life", NULL, &error))
    return g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED)
             ? PASSED : violation ("reload failed: %s", error->message);
  after = dup_addresses (container);
  if (strcmp (before, after) != 0)
    return violation ("reload changed the addresses from %s to %s", before, after);
  return fairlead_manager_check (lab->manager, "life", NULL, &error)
           ? PASSED : violation ("check failed after reload: %s", error->message);
}

static int
live (Lab *lab)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = lab_set_up (lab, "life", &error);
  int result = PASSED;

  if (container == NULL)
    {
      check_error ("setup", error);
      return violation ("setup failed: %s", error->message);
    }
  if (!fairlead_manager_check (lab->manager, "life", NULL, &error))
    result = violation ("check failed just after setup: %s", error->message);
  result = MAX (result, check_stats (lab));
  result = MAX (result, check_inspect (lab));
  result = MAX (result, check_reload (lab, container));
  g_clear_error (&error);
  if (!lab_tear_down (lab, "life", &error))
    result = violation ("teardown failed: %s", error->message);
  return result;
}

static int
step_life (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };

  return open_lab (&lab, TRUE) == PASSED ? live (&lab) : FAILED;
}

Snapshot *
begin_case (void)
{
  g_autoptr (GError) error = NULL;

  if (!host_enter (&error))
    {
      violation ("%s", error->message);
      return NULL;
    }
  return run_step (step_life, NULL) == PASSED ? host_snapshot (NULL) : NULL;
}

int
end_case (Snapshot *before,
          int       result)
{
  g_autofree char *difference = host_compare_settled (before);

  return difference == NULL ? result : violation ("the host is not as before: %s", difference);
}

/* The keys that all requests can have are described among the backend's: one of the same name would never be set. */
static int
check_request_key (GHashTable *seen,
                   GVariant   *dict,
                   const char *key)
{
  gboolean is_request = FALSE;

  g_variant_lookup (dict, "Request", "b", &is_request);
  if (!is_request || g_hash_table_add (seen, g_strdup (key)))
    return PASSED;
  return violation ("the key %s cannot be given in a request, as all requests have one of that name", key);
}

static int
step_load (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GVariant) keys = NULL;
  GVariantIter iter;
  GVariant *dict;
  int result = PASSED;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  keys = fairlead_backend_dup_keys (lab.backend);
  g_variant_iter_init (&iter, keys);
  while (g_variant_iter_loop (&iter, "@a{sv}", &dict))
    {
      const char *key = "", *description = "", *type = "";

      g_variant_lookup (dict, "Key", "&s", &key);
      g_variant_lookup (dict, "Description", "&s", &description);
      g_variant_lookup (dict, "Type", "&s", &type);
      if (*description == '\0')
        result = violation ("the key %s has no description (the blurb of its property)", key);
      if (strcmp (type, "unknown") == 0)
        result = violation ("the key %s has a type that cannot stand in a keyfile", key);
      if (check_request_key (seen, dict, key) != PASSED)
        result = FAILED;
    }
  return result;
}

int
case_load (void)
{
  g_autoptr (GError) error = NULL;

  return host_enter (&error) ? run_step (step_load, NULL) : violation ("%s", error->message);
}

/* Once more than begin_case(): what the first life left has not to grow, which is told. */
int
case_life (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Snapshot) pristine = NULL;
  g_autoptr (Snapshot) before = NULL;
  g_autofree char *stays = NULL;

  if (!host_enter (&error))
    return violation ("%s", error->message);
  pristine = host_snapshot (NULL);
  if (run_step (step_life, NULL) != PASSED)
    return FAILED;
  before = host_snapshot (NULL);
  stays = host_compare (pristine, before);
  if (stays != NULL)
    remark ("left after the first container is gone, taken for the network's: %s", stays);
  return end_case (before, run_step (step_life, NULL));
}

static int
step_teardown_twice (gconstpointer data)
{
  plan.n_teardowns = 2;
  return step_life (NULL);
}

static int
step_teardown_nothing (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;

  plan.skip_setup = TRUE;
  plan.n_teardowns = 2;
  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  container = lab_set_up (&lab, "nothing", &error);
  if (container != NULL)
    return violation ("a container was set up although its network was not");
  return plan.teardown_error == NULL
           ? PASSED : violation ("teardown failed where nothing had been set up: %s", plan.teardown_error->message);
}

int
case_teardown (void)
{
  g_autoptr (Snapshot) before = begin_case ();
  int result;

  if (before == NULL)
    return FAILED;
  result = run_step (step_teardown_twice, NULL);
  return end_case (before, MAX (result, run_step (step_teardown_nothing, NULL)));
}

static int
step_unconfigured (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&options.settings, g_strfreev);
  if (open_lab (&lab, FALSE) != PASSED)
    return FAILED;
  return lab_tear_down (&lab, "forgotten", &error)
           ? PASSED : violation ("teardown failed when the configuration was gone: %s", error->message);
}

/* Settings may say where a helper is, so without them a teardown may fail, if it can be tried again with them. */
int
case_unconfigured (void)
{
  g_autoptr (Snapshot) before = begin_case ();
  int result = before != NULL ? run_step (step_set_up, "forgotten") : FAILED;

  if (result != PASSED)
    return result;
  if (options.settings == NULL)
    result = run_step (step_unconfigured, NULL);
  return end_case (before, MAX (result, run_step (step_tear_down, "forgotten")));
}

static int
step_checkpoint_fails (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;

  plan.act = ACT_FAIL;
  plan.at = *(const guint *) data;
  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  container = lab_set_up (&lab, "unwritten", &error);
  if (plan.n_checkpoints < plan.at)
    return container != NULL && !lab_tear_down (&lab, "unwritten", &error) ? FAILED : NO_SUCH_CHECKPOINT;
  if (plan.setup_returned)
    return violation ("setup succeeded although checkpoint %u had failed", plan.at);
  if (plan.changed != NULL)
    return violation ("after checkpoint %u had failed, setup still changed: %s", plan.at, plan.changed);
  if (plan.teardown_error != NULL)
    return violation ("after checkpoint %u had failed, teardown failed: %s", plan.at, plan.teardown_error->message);
  return check_error ("setup", error);
}

int
case_checkpoints (void)
{
  g_autoptr (Snapshot) before = begin_case ();
  int result = before != NULL ? PASSED : FAILED;

  for (guint i = 1; result == PASSED && i <= MAX_CHECKPOINTS; i++)
    {
      result = run_step (step_checkpoint_fails, &i);
      if (result == NO_SUCH_CHECKPOINT)
        {
          remark ("setup has %u checkpoints", i - 1);
          return end_case (before, PASSED);
        }
      if (result == PASSED)
        result = end_case (before, result);
    }
  return result;
}

static int
step_die (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;

  plan = *(const Plan *) data;
  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  container = lab_set_up (&lab, "killed", &error);
  if (container == NULL)
    return violation ("setup failed: %s", error->message);
  return lab_tear_down (&lab, "killed", &error) ? NO_SUCH_CHECKPOINT : violation ("teardown: %s", error->message);
}

static int
die_at (Snapshot *before,
        Act       act,
        guint     at)
{
  Plan wanted = { .act = act, .at = at };
  int result = run_deadly_step (step_die, &wanted);

  if (result != PASSED)
    return result;
  result = end_case (before, run_step (step_tear_down, "killed"));
  if (result == FAILED)
    remark ("the process was killed %s checkpoint %u", act == ACT_DIE_BEFORE ? "before" : "after", at);
  return result;
}

int
case_killed (void)
{
  g_autoptr (Snapshot) before = begin_case ();
  int result = before != NULL ? PASSED : FAILED;

  for (guint i = 0; result == PASSED && i <= MAX_CHECKPOINTS; i++)
    {
      result = i > 0 ? die_at (before, ACT_DIE_BEFORE, i) : PASSED;
      if (result == PASSED)
        result = die_at (before, ACT_DIE_AFTER, i);
    }
  return result == NO_SUCH_CHECKPOINT ? PASSED : result;
}

typedef struct
{
  GCancellable *cancellable;
  guint         delay; /* microseconds */
} Cancellation;

static gpointer
cancel_later (gpointer data)
{
  Cancellation *cancellation = data;

  g_usleep (cancellation->delay);
  g_cancellable_cancel (cancellation->cancellable);
  return NULL;
}

/* Sets up while it is being cancelled, and takes what came of it away. */
static int
set_up_cancelled (Lab          *lab,
                  GCancellable *cancellable)
{
  g_autoptr (FairleadRequest) request = lab_new_request (lab, "cancelled", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_setup (lab->manager, request, cancellable, &error);

  if (container != NULL)
    return lab_tear_down (lab, "cancelled", &error) ? PASSED : violation ("teardown failed: %s", error->message);
  if (plan.teardown_error != NULL)
    return violation ("teardown failed after a cancelled setup: %s", plan.teardown_error->message);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return violation ("a cancelled setup failed with another error than G_IO_ERROR_CANCELLED: %s", error->message);
  return PASSED;
}

static int
step_cancel_at (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  int result;

  plan.act = ACT_CANCEL;
  plan.at = *(const guint *) data;
  plan.cancellable = cancellable;
  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  result = set_up_cancelled (&lab, cancellable);
  return result == PASSED && plan.n_checkpoints < plan.at ? NO_SUCH_CHECKPOINT : result;
}

static int
step_cancel_randomly (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  gint64 start = g_get_monotonic_time ();
  gint64 duration;
  int result;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  result = live (&lab);
  duration = g_get_monotonic_time () - start;
  for (int i = 0; result == PASSED && i < options.rounds; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Cancellation cancellation = { cancellable, (guint) g_random_int_range (0, (gint32) CLAMP (duration, 1, 5000000)) };
      GThread *thread = g_thread_new ("cancel", cancel_later, &cancellation);

      result = set_up_cancelled (&lab, cancellable);
      g_thread_join (thread);
    }
  return result;
}

int
case_cancelled (void)
{
  g_autoptr (Snapshot) before = begin_case ();
  int result = before != NULL ? PASSED : FAILED;

  for (guint i = 1; result == PASSED && i <= MAX_CHECKPOINTS; i++)
    result = run_step (step_cancel_at, &i);
  if (result == NO_SUCH_CHECKPOINT)
    result = run_step (step_cancel_randomly, NULL);
  return before != NULL ? end_case (before, result) : FAILED;
}

static int
step_remove_netns (gconstpointer id)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  container = fairlead_manager_lookup_container (lab.manager, id, NULL, &error);
  if (container == NULL)
    return violation ("%s", error->message);
  if (fairlead_container_get_netns_path (container) == NULL)
    return SKIPPED;
  return fairlead_netns_unpin (fairlead_container_get_netns_path (container), &error)
           ? PASSED : violation ("%s", error->message);
}

int
case_netns_gone (void)
{
  g_autoptr (Snapshot) before = begin_case ();
  int result = before != NULL ? run_step (step_set_up, "gone") : FAILED;
  int torn_down;

  if (result != PASSED)
    return result;
  result = run_step (step_remove_netns, "gone");
  torn_down = run_step (step_tear_down, "gone");
  if (result == SKIPPED && torn_down == PASSED)
    return SKIPPED;
  if (torn_down != PASSED)
    remark ("the network namespace was gone");
  return end_case (before, MAX (result, torn_down));
}

/* A second container may be refused, but must not harm the first. */
static int
step_second (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) second_error = NULL;
  g_autoptr (FairleadContainer) first = NULL;
  g_autoptr (FairleadContainer) second = NULL;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  first = lab_set_up (&lab, "first", &error);
  if (first == NULL)
    return violation ("setup failed: %s", error->message);
  second = lab_set_up (&lab, "second", &second_error);
  if (second == NULL)
    remark ("a second container is refused: %s", second_error->message);
  if (second == NULL && check_error ("setup of a second container", second_error) != PASSED)
    return FAILED;
  if (!fairlead_manager_check (lab.manager, "first", NULL, &error))
    return violation ("a second container broke the first: %s", error->message);
  if (second != NULL && !lab_tear_down (&lab, "second", &error))
    return violation ("teardown of the second container failed: %s", error->message);
  if (!fairlead_manager_check (lab.manager, "first", NULL, &error))
    return violation ("teardown of a second container broke the first: %s", error->message);
  return lab_tear_down (&lab, "first", &error) ? PASSED : violation ("teardown failed: %s", error->message);
}

int
case_second (void)
{
  g_autoptr (Snapshot) before = begin_case ();

  return before != NULL ? end_case (before, run_step (step_second, NULL)) : FAILED;
}

/* Containers whose methods run side by side, on threads of the manager. */
typedef struct
{
  FairleadManager *manager;
  guint            n_running;
  guint            n_up;
  gboolean         up[N_PARALLEL];
  int              result;
} Parallel;

typedef struct
{
  Parallel *all;
  guint     number;
  char      id[16];
} ParallelOne;

static void
on_parallel_set_up (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  ParallelOne *one = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_setup_finish (one->all->manager, result, &error);

  one->all->up[one->number] = container != NULL;
  one->all->n_up += container != NULL;
  one->all->n_running--;
  if (container == NULL)
    {
      remark ("one of several containers at once is refused: %s", error->message);
      one->all->result = MAX (one->all->result, check_error ("setup of one of several containers", error));
    }
}

static void
on_parallel_checked (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  ParallelOne *one = user_data;
  g_autoptr (GError) error = NULL;

  one->all->n_running--;
  if (!fairlead_manager_check_finish (one->all->manager, result, &error))
    one->all->result = violation ("check failed where several were set up at once: %s", error->message);
}

static void
on_parallel_torn_down (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  ParallelOne *one = user_data;
  g_autoptr (GError) error = NULL;

  one->all->n_running--;
  if (!fairlead_manager_teardown_finish (one->all->manager, result, &error))
    one->all->result = violation ("teardown failed where several were torn down at once: %s", error->message);
}

static void
parallel_wait (Parallel *self)
{
  while (self->n_running > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* How many of them there can be beside one another, found out one after the other. */
static guint
count_beside (Lab         *lab,
              ParallelOne *ones)
{
  guint n = 0;

  for (guint i = 0; i < N_PARALLEL; i++)
    {
      g_autoptr (FairleadContainer) container = lab_set_up (lab, ones[i].id, NULL);

      n += container != NULL;
    }
  for (guint i = 0; i < N_PARALLEL; i++)
    lab_tear_down (lab, ones[i].id, NULL);
  return n;
}

static void
parallel_set_up (Parallel    *self,
                 Lab         *lab,
                 ParallelOne *ones)
{
  for (guint i = 0; i < N_PARALLEL; i++)
    {
      g_autoptr (FairleadRequest) request = lab_new_request (lab, ones[i].id, NULL);

      self->n_running++;
      fairlead_manager_setup_async (self->manager, request, NULL, on_parallel_set_up, &ones[i]);
    }
  parallel_wait (self);
}

static void
parallel_check (Parallel    *self,
                ParallelOne *ones)
{
  for (guint i = 0; i < N_PARALLEL; i++)
    if (self->up[i])
      {
        self->n_running++;
        fairlead_manager_check_async (self->manager, ones[i].id, NULL, on_parallel_checked, &ones[i]);
      }
  parallel_wait (self);
}

static void
parallel_tear_down (Parallel    *self,
                    ParallelOne *ones)
{
  for (guint i = 0; i < N_PARALLEL; i++)
    if (self->up[i])
      {
        self->n_running++;
        fairlead_manager_teardown_async (self->manager, ones[i].id, FAIRLEAD_TEARDOWN_NONE, NULL, on_parallel_torn_down,
                                         &ones[i]);
      }
  parallel_wait (self);
}

static int
step_parallel (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  Parallel all = { .result = PASSED };
  ParallelOne ones[N_PARALLEL];
  guint n_beside;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  all.manager = lab.manager;
  for (guint i = 0; i < N_PARALLEL; i++)
    {
      ones[i] = (ParallelOne) { .all = &all, .number = i };
      g_snprintf (ones[i].id, sizeof ones[i].id, "parallel%u", i);
    }
  n_beside = count_beside (&lab, ones);
  parallel_set_up (&all, &lab, ones);
  parallel_check (&all, ones);
  if (all.n_up != n_beside)
    all.result = violation ("%u containers can be set up one after the other, but %u of them at once", n_beside,
                            all.n_up);
  parallel_tear_down (&all, ones);
  return all.result;
}

int
case_parallel (void)
{
  g_autoptr (Snapshot) before = begin_case ();

  return before != NULL ? end_case (before, run_step (step_parallel, NULL)) : FAILED;
}

static int
step_collect (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_auto (GStrv) collected = NULL;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  container = lab_set_up (&lab, "living", &error);
  if (container == NULL)
    return violation ("setup failed: %s", error->message);
  collected = fairlead_manager_collect (lab.manager, NULL, &error);
  if (collected == NULL)
    return violation ("collect failed: %s", error->message);
  if (!fairlead_manager_check (lab.manager, "living", NULL, &error))
    return violation ("collect broke a living container: %s", error->message);
  return lab_tear_down (&lab, "living", &error) ? PASSED : violation ("teardown failed: %s", error->message);
}

int
case_collect (void)
{
  g_autoptr (Snapshot) before = begin_case ();

  return before != NULL ? end_case (before, run_step (step_collect, NULL)) : FAILED;
}

static int
step_leaks (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  guint descriptors, threads;
  int result;

  if (open_lab (&lab, TRUE) != PASSED)
    return FAILED;
  result = live (&lab);
  descriptors = host_count_descriptors ();
  threads = host_count_threads ();
  for (int i = 0; result == PASSED && i < options.rounds; i++)
    result = live (&lab);
  if (result == PASSED && host_count_descriptors () > descriptors)
    result = violation ("%d lives leaked %u descriptors", options.rounds, host_count_descriptors () - descriptors);
  if (result == PASSED && host_count_threads () > threads)
    result = violation ("%d lives left %u threads", options.rounds, host_count_threads () - threads);
  return result;
}

int
case_leaks (void)
{
  g_autoptr (Snapshot) before = begin_case ();

  return before != NULL ? end_case (before, run_step (step_leaks, NULL)) : FAILED;
}
