/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-process.h>

#include <unistd.h>

#include <fairlead/fairlead-error.h>

#include "fairlead-process-private.h"

/**
 * FairleadProcess:
 *
 * Runs a helper program to its end: input in, output back, within limits. Or starts one that goes on.
 *
 * The program gets a process group of its own, an environment exactly as given, default signal handling, and no
 * descriptors but its standard ones and those given by [method@Fairlead.Process.take_fd]. It is in the network
 * namespace of the thread that calls [method@Fairlead.Process.run] or [method@Fairlead.Process.start], or in the one
 * that [method@Fairlead.Process.join_netns] chose for a program that is started.
 *
 * The cost of starting it does not grow with the size of the calling program, which is not forked. It is waited for
 * through a pidfd, without a main context, a thread or a handler of `SIGCHLD`. If the calling program is killed meanwhile,
 * it is killed too.
 *
 * A program that goes on is started by [method@Fairlead.Process.start]. It is not a child of the calling program, and
 * is in a session of its own. Only a calling program that is a child subreaper (see prctl(2)), or process 1 of its PID
 * namespace, becomes its parent, as that of all orphans below it, and has to wait for it when it ends, as for those.
 * [method@Fairlead.Process.get_pid] and [method@Fairlead.Process.get_start_time] identify it for as long as the system
 * runs: write both down, and end it by [func@Fairlead.Process.stop], from any program of the same user.
 *
 * An object is used for one run, by one thread.
 *
 * Since: 1.0
 */
struct _FairleadProcess
{
  GObject             parent_instance;

  FairleadProcessJob      job;
  FairleadProcessStarted  background;
  gboolean                started;
};

G_DEFINE_FINAL_TYPE (FairleadProcess, fairlead_process, G_TYPE_OBJECT)

enum
{
  PROP_ARGV = 1,
  PROP_ENVIRONMENT,
  PROP_INPUT,
  PROP_TIME_LIMIT,
  PROP_OUTPUT_LIMIT,
  PROP_PRIVATE_MOUNTS,
  PROP_HELD,
  PROP_EXIT_STATUS,
  PROP_TERM_SIGNAL,
  PROP_OUTPUT,
  PROP_ERROR_OUTPUT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

#define DEFAULT_TIME_LIMIT_MS 60000
#define DEFAULT_OUTPUT_LIMIT  (1024 * 1024)
#define MAX_TARGET_FD         255

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
fairlead_process_check_runnable (FairleadProcess  *self,
                                 GError          **error)
{
  if (self->started)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "A FairleadProcess runs its program once; make a new one");
      return FALSE;
    }

  if (self->job.argv == NULL || self->job.argv[0] == NULL || !g_path_is_absolute (self->job.argv[0]))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Cannot run \"%s\": a program is given by its absolute path",
                   self->job.argv != NULL && self->job.argv[0] != NULL ? self->job.argv[0] : "");
      return FALSE;
    }

  return TRUE;
}

static void
fairlead_process_finalize (GObject *object)
{
  FairleadProcess *self = FAIRLEAD_PROCESS (object);

  g_strfreev (self->job.argv);
  g_strfreev (self->job.environment);
  g_clear_pointer (&self->job.input, g_bytes_unref);
  g_clear_pointer (&self->job.fds, g_array_unref);
  close_fd (&self->job.userns_fd);
  close_fd (&self->job.netns_fd);
  close_fd (&self->background.pidfd);
  close_fd (&self->background.ready_fd);
  close_fd (&self->background.go_fd);
  close_fd (&self->background.log_fd);
  g_clear_pointer (&self->job.output, g_bytes_unref);
  g_clear_pointer (&self->job.error_output, g_bytes_unref);

  G_OBJECT_CLASS (fairlead_process_parent_class)->finalize (object);
}

static void
fairlead_process_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FairleadProcess *self = FAIRLEAD_PROCESS (object);

  switch (property_id)
    {
    case PROP_ARGV:
      g_value_set_boxed (value, self->job.argv);
      break;
    case PROP_ENVIRONMENT:
      g_value_set_boxed (value, self->job.environment);
      break;
    case PROP_INPUT:
      g_value_set_boxed (value, self->job.input);
      break;
    case PROP_TIME_LIMIT:
      g_value_set_uint (value, self->job.time_limit);
      break;
    case PROP_OUTPUT_LIMIT:
      g_value_set_uint64 (value, self->job.output_limit);
      break;
    case PROP_PRIVATE_MOUNTS:
      g_value_set_boolean (value, self->job.private_mounts);
      break;
    case PROP_HELD:
      g_value_set_boolean (value, self->job.held);
      break;
    case PROP_EXIT_STATUS:
      g_value_set_int (value, self->job.exit_status);
      break;
    case PROP_TERM_SIGNAL:
      g_value_set_int (value, self->job.term_signal);
      break;
    case PROP_OUTPUT:
      g_value_set_boxed (value, self->job.output);
      break;
    case PROP_ERROR_OUTPUT:
      g_value_set_boxed (value, self->job.error_output);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_process_set_property (GObject      *object,
                               guint         property_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FairleadProcess *self = FAIRLEAD_PROCESS (object);

  switch (property_id)
    {
    case PROP_ARGV:
      self->job.argv = g_value_dup_boxed (value);
      break;
    case PROP_ENVIRONMENT:
      fairlead_process_set_environment (self, g_value_get_boxed (value));
      break;
    case PROP_INPUT:
      fairlead_process_set_input (self, g_value_get_boxed (value));
      break;
    case PROP_TIME_LIMIT:
      fairlead_process_set_time_limit (self, g_value_get_uint (value));
      break;
    case PROP_OUTPUT_LIMIT:
      fairlead_process_set_output_limit (self, g_value_get_uint64 (value));
      break;
    case PROP_PRIVATE_MOUNTS:
      fairlead_process_set_private_mounts (self, g_value_get_boolean (value));
      break;
    case PROP_HELD:
      fairlead_process_set_held (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
install_result_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * FairleadProcess:exit-status:
   *
   * The program's exit status, 0 to 255; -1 before it ended and if a signal ended it.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_STATUS] = g_param_spec_int ("exit-status", NULL, NULL, -1, 255, -1, flags);

  /**
   * FairleadProcess:term-signal:
   *
   * The number of the signal that ended the program; 0 if none did.
   *
   * Since: 1.0
   */
  properties[PROP_TERM_SIGNAL] = g_param_spec_int ("term-signal", NULL, NULL, 0, G_MAXINT, 0, flags);

  /**
   * FairleadProcess:output:
   *
   * What the program wrote to its standard output.
   *
   * Since: 1.0
   */
  properties[PROP_OUTPUT] = g_param_spec_boxed ("output", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * FairleadProcess:error-output:
   *
   * The end of what the program wrote to its standard error.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR_OUTPUT] = g_param_spec_boxed ("error-output", NULL, NULL, G_TYPE_BYTES, flags);
}

static void
fairlead_process_class_init (FairleadProcessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = fairlead_process_finalize;
  object_class->get_property = fairlead_process_get_property;
  object_class->set_property = fairlead_process_set_property;

  /**
   * FairleadProcess:argv:
   *
   * The absolute path of the program, and its arguments.
   *
   * Since: 1.0
   */
  properties[PROP_ARGV] = g_param_spec_boxed ("argv", NULL, NULL, G_TYPE_STRV,
                                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * FairleadProcess:environment:
   *
   * The whole environment of the program, as `KEY=value`; %NULL for `LANG=C` and a `PATH` of the usual directories.
   *
   * Since: 1.0
   */
  properties[PROP_ENVIRONMENT] = g_param_spec_boxed ("environment", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * FairleadProcess:input:
   *
   * What the program reads from its standard input; %NULL for nothing.
   *
   * Since: 1.0
   */
  properties[PROP_INPUT] = g_param_spec_boxed ("input", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * FairleadProcess:time-limit:
   *
   * How long the program may run or, if it is started, take to be ready, in milliseconds; 0 for as long as it likes.
   *
   * Since: 1.0
   */
  properties[PROP_TIME_LIMIT] =
    g_param_spec_uint ("time-limit", NULL, NULL, 0, G_MAXUINT, DEFAULT_TIME_LIMIT_MS, flags);

  /**
   * FairleadProcess:output-limit:
   *
   * How much the program may write to its standard output, in bytes, and how much of the end of its standard error is
   * kept.
   *
   * Since: 1.0
   */
  properties[PROP_OUTPUT_LIMIT] =
    g_param_spec_uint64 ("output-limit", NULL, NULL, 0, G_MAXINT32, DEFAULT_OUTPUT_LIMIT, flags);

  /**
   * FairleadProcess:private-mounts:
   *
   * Whether a program that is started gets a mount namespace of its own.
   *
   * Since: 1.0
   */
  properties[PROP_PRIVATE_MOUNTS] = g_param_spec_boolean ("private-mounts", NULL, NULL, FALSE, flags);

  /**
   * FairleadProcess:held:
   *
   * Whether a program that is started does nothing before it is waited for.
   *
   * Since: 1.0
   */
  properties[PROP_HELD] = g_param_spec_boolean ("held", NULL, NULL, FALSE, flags);

  install_result_properties (object_class);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_process_init (FairleadProcess *self)
{
  self->job.time_limit = DEFAULT_TIME_LIMIT_MS;
  self->job.output_limit = DEFAULT_OUTPUT_LIMIT;
  self->job.fds = fairlead_process_fds_new ();
  self->job.userns_fd = -1;
  self->job.netns_fd = -1;
  self->background = (FairleadProcessStarted) { .pidfd = -1, .ready_fd = -1, .go_fd = -1, .log_fd = -1 };
  self->job.exit_status = -1;
  self->job.output = g_bytes_new (NULL, 0);
  self->job.error_output = g_bytes_new (NULL, 0);
}

/**
 * fairlead_process_new:
 * @argv: (array zero-terminated=1): the absolute path of the program, and its arguments
 *
 * Creates a process that has not been started.
 *
 * Returns: (transfer full): a new process
 *
 * Since: 1.0
 */
FairleadProcess *
fairlead_process_new (const char * const *argv)
{
  g_return_val_if_fail (argv != NULL && argv[0] != NULL, NULL);

  return g_object_new (FAIRLEAD_TYPE_PROCESS, "argv", argv, NULL);
}

/**
 * fairlead_process_set_environment:
 * @self: a process that has not been started
 * @environment: (nullable) (array zero-terminated=1): the whole environment, as `KEY=value`, or %NULL
 *
 * Sets the environment of the program, exactly: nothing is inherited. %NULL, the default, stands for `LANG=C` and
 * `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`.
 *
 * Since: 1.0
 */
void
fairlead_process_set_environment (FairleadProcess     *self,
                                  const char * const  *environment)
{
  char **copy;

  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));

  copy = g_strdupv ((char **) environment);
  g_strfreev (self->job.environment);
  self->job.environment = copy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENVIRONMENT]);
}

/**
 * fairlead_process_set_input:
 * @self: a process that has not been started
 * @input: (nullable): the input, or %NULL for none
 *
 * Sets what the program reads from its standard input. It need not read it. With %NULL, the default, the standard
 * input is `/dev/null`.
 *
 * Since: 1.0
 */
void
fairlead_process_set_input (FairleadProcess *self,
                            GBytes          *input)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));

  if (input != NULL)
    g_bytes_ref (input);
  g_clear_pointer (&self->job.input, g_bytes_unref);
  self->job.input = input;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INPUT]);
}

/**
 * fairlead_process_set_time_limit:
 * @self: a process that has not been started
 * @milliseconds: the limit in milliseconds, or 0 for none
 *
 * Sets how long the program may run; 60 seconds is the default. A program that takes longer gets `SIGTERM`, and two
 * seconds later `SIGKILL`, with its process group. For a program that is started, it is how long
 * [method@Fairlead.Process.wait_ready] waits.
 *
 * Since: 1.0
 */
void
fairlead_process_set_time_limit (FairleadProcess *self,
                                 guint            milliseconds)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));

  self->job.time_limit = milliseconds;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIME_LIMIT]);
}

/**
 * fairlead_process_set_output_limit:
 * @self: a process that has not been started
 * @bytes: the limit in bytes, up to 2 GiB
 *
 * Sets how much the program may write to its standard output; 1 MiB is the default. A program that writes more is
 * stopped. Of the standard error as much is kept, from the end, and the program may write as much as it likes.
 *
 * Since: 1.0
 */
void
fairlead_process_set_output_limit (FairleadProcess *self,
                                   gsize            bytes)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));
  g_return_if_fail (bytes <= G_MAXINT32);

  self->job.output_limit = bytes;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OUTPUT_LIMIT]);
}

/**
 * fairlead_process_take_fd:
 * @self: a process that has not been started
 * @source_fd: a descriptor, which is taken: it is closed when the program was started, or with @self
 * @target_fd: its number in the program, 3 to 255, each only once; in a program that is started, 0 and 1 too
 *
 * Gives the program a descriptor.
 *
 * Since: 1.0
 */
void
fairlead_process_take_fd (FairleadProcess *self,
                          int              source_fd,
                          int              target_fd)
{
  FairleadProcessFd fd = { .source = source_fd, .target = target_fd };

  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));
  g_return_if_fail (source_fd >= 0);
  g_return_if_fail (target_fd >= 0 && target_fd != STDERR_FILENO && target_fd <= MAX_TARGET_FD);

  g_array_append_val (self->job.fds, fd);
}

/**
 * fairlead_process_run:
 * @self: a process that has not been started
 * @cancellable: (nullable): to stop the program, or %NULL
 * @error: where to put the error
 *
 * Starts the program and waits until it has ended. Whatever its exit status is, that is success; see
 * [method@Fairlead.Process.get_exit_status].
 *
 * What the program leaves running in the background goes on if it let go of the program's standard output and
 * standard error; otherwise it is killed, if it is in the program's process group.
 *
 * The error is %FAIRLEAD_ERROR_INVALID_ARGUMENT for a second run and for a path that is not absolute,
 * %FAIRLEAD_ERROR_NOT_FOUND or %FAIRLEAD_ERROR_PERMISSION_DENIED if the program cannot be run,
 * %FAIRLEAD_ERROR_TRY_AGAIN if it is still being written, %FAIRLEAD_ERROR_TIMED_OUT after the time limit,
 * %FAIRLEAD_ERROR_HELPER_FAILED if it wrote too much or its exit status cannot be known, and `G_IO_ERROR_CANCELLED`.
 * What it wrote until then is there in these cases too.
 *
 * Returns: %TRUE if the program ran to its end, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_process_run (FairleadProcess  *self,
                      GCancellable     *cancellable,
                      GError          **error)
{
  gboolean success;

  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!fairlead_process_check_runnable (self, error))
    return FALSE;

  self->started = TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  success = fairlead_process_job_run (&self->job, cancellable, error);
  g_array_set_size (self->job.fds, 0);
  return success;
}

/**
 * fairlead_process_set_private_mounts:
 * @self: a process that has not been started
 * @private_mounts: whether it gets a mount namespace of its own
 *
 * Gives a program that is started a mount namespace of its own, all of it private: nothing that it mounts or unmounts
 * shows anywhere else. That takes `CAP_SYS_ADMIN`.
 *
 * Since: 1.0
 */
void
fairlead_process_set_private_mounts (FairleadProcess *self,
                                     gboolean         private_mounts)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));

  self->job.private_mounts = private_mounts;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRIVATE_MOUNTS]);
}

/**
 * fairlead_process_join_userns_of:
 * @self: a process that has not been started
 * @netns: a network namespace
 *
 * Makes a program that is started a member of the user namespace that owns @netns, if an ordinary user has to join that
 * before he can enter @netns (see [method@Fairlead.Netns.dup_userns_fd]). The program stays in the network namespace
 * that it is in.
 *
 * Since: 1.0
 */
void
fairlead_process_join_userns_of (FairleadProcess *self,
                                 FairleadNetns   *netns)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));
  g_return_if_fail (FAIRLEAD_IS_NETNS (netns));

  close_fd (&self->job.userns_fd);
  self->job.userns_fd = fairlead_netns_dup_userns_fd (netns);
}

/**
 * fairlead_process_join_netns:
 * @self: a process that has not been started
 * @netns: a network namespace
 * @error: where to put the error
 *
 * Makes a program that is started a member of @netns, and of the user namespace that owns it as
 * [method@Fairlead.Process.join_userns_of] does.
 *
 * Returns: %TRUE if it will be, %FALSE with @error set if @netns is gone
 *
 * Since: 1.0
 */
gboolean
fairlead_process_join_netns (FairleadProcess  *self,
                             FairleadNetns    *netns,
                             GError          **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (FAIRLEAD_IS_NETNS (netns), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  fairlead_process_join_userns_of (self, netns);
  close_fd (&self->job.netns_fd);
  self->job.netns_fd = fairlead_netns_dup_fd (netns, error);
  return self->job.netns_fd >= 0;
}

/**
 * fairlead_process_set_ready_fd:
 * @self: a process that has not been started
 * @target_fd: the number of a descriptor in the program, 1 or 3 to 255
 *
 * Says by which descriptor a program that is started tells that it is ready: it writes a byte to it. The descriptor is
 * made for it; that it is closed without a byte means that the program failed.
 *
 * Since: 1.0
 */
void
fairlead_process_set_ready_fd (FairleadProcess *self,
                               int              target_fd)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));
  g_return_if_fail (target_fd > 0 && target_fd != STDERR_FILENO && target_fd <= MAX_TARGET_FD);

  self->job.ready_target = target_fd;
}

/**
 * fairlead_process_set_held:
 * @self: a process that has not been started
 * @held: whether it waits
 *
 * Makes a program that is started wait until [method@Fairlead.Process.wait_ready] is called, before it does anything. If
 * the calling program ends before that, so does this one. So what is written down in between is written down in any
 * case. That the program cannot be run shows then, and not when it is started.
 *
 * Since: 1.0
 */
void
fairlead_process_set_held (FairleadProcess *self,
                           gboolean         held)
{
  g_return_if_fail (FAIRLEAD_IS_PROCESS (self));

  self->job.held = held;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HELD]);
}

/**
 * fairlead_process_start:
 * @self: a process that has not been started
 * @error: where to put the error
 *
 * Starts a program that goes on, also after the calling program. It is in a session of its own, nobody's child but
 * init's (or a child subreaper's), its standard input and output are `/dev/null`, and the first 64 KiB of its standard
 * error are kept for errors. Its umask is 077, its working directory `/`.
 *
 * The program runs when this returns: write [method@Fairlead.Process.get_pid] and
 * [method@Fairlead.Process.get_start_time] down, then call [method@Fairlead.Process.wait_ready]. The errors are those
 * of [method@Fairlead.Process.run] for a program that cannot be run, and %FAIRLEAD_ERROR_PERMISSION_DENIED if it cannot
 * get the namespaces that it is to have.
 *
 * Returns: %TRUE if the program was started, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_process_start (FairleadProcess  *self,
                        GError          **error)
{
  gboolean success;

  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!fairlead_process_check_runnable (self, error))
    return FALSE;

  self->started = TRUE;
  success = fairlead_process_job_start (&self->job, &self->background, error);
  g_array_set_size (self->job.fds, 0);
  return success;
}

/**
 * fairlead_process_wait_ready:
 * @self: a process that was started, with a descriptor to say that it is ready
 * @cancellable: (nullable): to stop the program, or %NULL
 * @error: where to put the error
 *
 * Waits until a started program says that it is ready. If it fails to, within the time limit or at all, it has ended
 * when this returns, and the error quotes what it said: %FAIRLEAD_ERROR_HELPER_FAILED if it ended by itself,
 * %FAIRLEAD_ERROR_TIMED_OUT, or `G_IO_ERROR_CANCELLED`.
 *
 * Returns: %TRUE if the program is ready, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_process_wait_ready (FairleadProcess  *self,
                             GCancellable     *cancellable,
                             GError          **error)
{
  gboolean success;

  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  g_return_val_if_fail (self->background.ready_fd >= 0, FALSE);

  success = fairlead_process_job_wait (&self->job, &self->background, cancellable, error);
  close_fd (&self->background.ready_fd);
  close_fd (&self->background.go_fd);
  return success;
}

/**
 * fairlead_process_end_with:
 * @self: a process that was started
 * @fd: a descriptor, which stays the caller's
 * @error: where to put the error
 *
 * Has a program that was started end, by `SIGTERM`, when a descriptor hangs up: one end of a pipe of which the other is
 * closed, for example. It is for programs that cannot watch a descriptor themselves. Another small process watches
 * it, which ends with the program.
 *
 * Returns: %TRUE if the descriptor is watched, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_process_end_with (FairleadProcess  *self,
                           int               fd,
                           GError          **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (fd >= 0, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  g_return_val_if_fail (self->background.pidfd >= 0, FALSE);

  return fairlead_process_watch_fd (self->background.pidfd, fd, error);
}

/**
 * fairlead_process_get_pid:
 * @self: a process
 *
 * Gets the number of a program that was started.
 *
 * Returns: the process number, or 0 if none was started
 *
 * Since: 1.0
 */
int
fairlead_process_get_pid (FairleadProcess *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), 0);

  return self->background.pid;
}

/**
 * fairlead_process_get_start_time:
 * @self: a process
 *
 * Gets when a program that was started began, in clock ticks since the system started (proc(5), field 22 of
 * `/proc/PID/stat`). Together with the process number it identifies the program for as long as the system runs.
 *
 * Returns: clock ticks; 0 if none was started, or it ended at once
 *
 * Since: 1.0
 */
guint64
fairlead_process_get_start_time (FairleadProcess *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), 0);

  return self->background.start_time;
}

/**
 * fairlead_process_get_exit_status:
 * @self: a process
 *
 * Gets the program's exit status.
 *
 * Returns: 0 to 255; -1 before the program ended and if a signal ended it
 *
 * Since: 1.0
 */
int
fairlead_process_get_exit_status (FairleadProcess *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), -1);

  return self->job.exit_status;
}

/**
 * fairlead_process_get_term_signal:
 * @self: a process
 *
 * Gets the signal that ended the program.
 *
 * Returns: the number of the signal; 0 if none did
 *
 * Since: 1.0
 */
int
fairlead_process_get_term_signal (FairleadProcess *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), 0);

  return self->job.term_signal;
}

/**
 * fairlead_process_get_output:
 * @self: a process
 *
 * Gets what the program wrote to its standard output.
 *
 * Returns: (transfer none): the output, empty before the program ended
 *
 * Since: 1.0
 */
GBytes *
fairlead_process_get_output (FairleadProcess *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), NULL);

  return self->job.output;
}

/**
 * fairlead_process_get_error_output:
 * @self: a process
 *
 * Gets the end of what the program wrote to its standard error, as much as the output limit allows.
 *
 * Returns: (transfer none): the output, empty before the program ended
 *
 * Since: 1.0
 */
GBytes *
fairlead_process_get_error_output (FairleadProcess *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROCESS (self), NULL);

  return self->job.error_output;
}
