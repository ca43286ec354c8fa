/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-process.h>

#include <unistd.h>

#include <fairlead/fairlead-error.h>

#include "fairlead-process-private.h"

/**
 * FairleadProcess:
 *
 * Runs a helper program to its end: input in, output back, within limits.
 *
 * The program gets a process group of its own, an environment exactly as given, default signal handling, and no
 * descriptors but its standard ones and those given by [method@Fairlead.Process.take_fd]. It is in the network
 * namespace of the thread that calls [method@Fairlead.Process.run].
 *
 * It is started by posix_spawn(), so that the cost does not grow with the size of the calling program, and none of
 * this library's code runs between fork and exec. It is waited for through a pidfd, without a main context, a thread
 * or a handler of `SIGCHLD`.
 *
 * An object is used for one run, by one thread.
 *
 * Since: 1.0
 */
struct _FairleadProcess
{
  GObject             parent_instance;

  FairleadProcessJob  job;
  gboolean            started;
};

G_DEFINE_FINAL_TYPE (FairleadProcess, fairlead_process, G_TYPE_OBJECT)

enum
{
  PROP_ARGV = 1,
  PROP_ENVIRONMENT,
  PROP_INPUT,
  PROP_TIME_LIMIT,
  PROP_OUTPUT_LIMIT,
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
   * How long the program may run, in milliseconds; 0 for as long as it likes.
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

  install_result_properties (object_class);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_process_init (FairleadProcess *self)
{
  self->job.time_limit = DEFAULT_TIME_LIMIT_MS;
  self->job.output_limit = DEFAULT_OUTPUT_LIMIT;
  self->job.fds = fairlead_process_fds_new ();
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
 * seconds later `SIGKILL`, with its process group.
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
 * @target_fd: its number in the program, 3 to 255, each only once
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
  g_return_if_fail (target_fd > STDERR_FILENO && target_fd <= MAX_TARGET_FD);

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
