/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-plugin.h"

#include "fairlead-cni-error.h"
#include "fairlead-cni-value.h"

#include <fairlead/fairlead.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_LIMIT (8 * 1024 * 1024)
#define STDERR_TAIL 4096
#define QUOTE_MAX 200

#define DEFAULT_SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Passed on where it is found, so that a plugin that cannot be run is known before the one before it has run. */
static char *
take_if_executable (char        *path,
                    const char  *type,
                    GError     **error)
{
  g_autofree char *owned = path;

  if (access (owned, X_OK) == 0)
    return g_steal_pointer (&owned);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED,
               "CNI plugin %s: %s cannot be executed (%s), and hides any of that name in later directories", type, owned,
               g_strerror (errno));
  return NULL;
}

/* A plugin is the first regular file of its name; as in the reference runtime, one that cannot be executed hides a good
 * one in a later directory rather than being passed over in silence. */
char *
fairlead_cni_plugin_find (const char * const  *dirs,
                          const char          *type,
                          GError             **error)
{
  g_autofree char *searched = NULL;

  for (gsize i = 0; dirs != NULL && dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (*dirs[i] != '\0' ? dirs[i] : ".", type, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return take_if_executable (g_canonicalize_filename (path, NULL), type, error);
    }

  searched = dirs != NULL ? g_strjoinv (", ", (char **) dirs) : g_strdup ("");
  if (*searched == '\0')
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "CNI plugin %s: there are no directories to look in", type);
  else
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
                 "CNI plugin %s is not in %s; install it there, or have its directory searched too", type, searched);
  return NULL;
}

static char **
set_variable (char       **environment,
              const char  *name,
              const char  *value)
{
  return g_environ_setenv (environment, name, value != NULL ? value : "", TRUE);
}

/* Plugins get the caller's environment: portmap looks for iptables in PATH, and some read variables of their own. */
static char **
call_dup_environment (const FairleadCniCall *call)
{
  g_autofree char *args = call->args != NULL ? g_strjoinv (";", (char **) call->args) : NULL;
  char **environment = g_get_environ ();

  environment = set_variable (environment, "CNI_COMMAND", call->verb);
  environment = set_variable (environment, "CNI_CONTAINERID", call->container_id);
  environment = set_variable (environment, "CNI_NETNS", call->netns);
  environment = set_variable (environment, "CNI_IFNAME", call->ifname);
  environment = set_variable (environment, "CNI_ARGS", args);
  environment = set_variable (environment, "CNI_PATH", call->cni_path);
  if (g_environ_getenv (environment, "PATH") == NULL)
    environment = set_variable (environment, "PATH", DEFAULT_SEARCH_PATH);
  return environment;
}

static char *
dup_tail (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  gsize kept = MIN (length, STDERR_TAIL);

  /* The data of no bytes may be NULL. */
  return kept > 0 ? g_strchomp (g_utf8_make_valid (text + length - kept, (gssize) kept)) : g_strdup ("");
}

static FairleadProcess *
call_new_process (const FairleadCniCall *call)
{
  const char * const argv[] = { call->path, NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_auto (GStrv) environment = call_dup_environment (call);
  char *text = fairlead_json_print (call->request, FALSE);
  g_autoptr (GBytes) input = g_bytes_new_take (text, strlen (text));

  fairlead_process_set_environment (process, (const char * const *) environment);
  fairlead_process_set_input (process, input);
  fairlead_process_set_time_limit (process, call->timeout * 1000);
  fairlead_process_set_output_limit (process, OUTPUT_LIMIT);
  return g_steal_pointer (&process);
}

/* Whether what is there cannot be run, now or later: neither a shortage, nor a plugin that is being written. What a process
 * that did run said would be in the details. */
static gboolean
is_no_program (const GError *error)
{
  return fairlead_error_get_details (error) == NULL &&
         (g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_PERMISSION_DENIED) ||
          g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND) ||
          g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED));
}

static FairleadProcess *
call_run (const FairleadCniCall  *call,
          GCancellable           *cancellable,
          GError                **error)
{
  g_autoptr (FairleadProcess) process = call_new_process (call);
  g_autoptr (GError) local_error = NULL;
  g_autofree char *stderr_tail = NULL;
  FairleadCniFailure failure = { call->verb, call->type, call->path, call->network, .code = -1, .exit_status = -1 };

  if (fairlead_process_run (process, cancellable, &local_error))
    return g_steal_pointer (&process);

  if (local_error->domain == FAIRLEAD_ERROR)
    {
      failure.unstarted = is_no_program (local_error);
      failure.reason = local_error->message;
      failure.stderr_tail = stderr_tail = dup_tail (fairlead_process_get_error_output (process));
      failure.signal = fairlead_process_get_term_signal (process);
      fairlead_cni_error_set_failure (error, local_error->code, &failure);
    }
  else
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "CNI plugin %s at %s: ", call->type,
                                  call->verb);
    }
  return NULL;
}

/* An error object has a code; a result that happens to have one too is still a result. */
static gboolean
is_error_object (GVariant *answer)
{
  static const char * const result_keys[] = { "interfaces", "ips", "routes", "dns", "ip4", "ip6" };
  g_autoptr (GVariant) code = NULL;

  if (answer == NULL || !fairlead_cni_value_is_object (answer))
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (result_keys); i++)
    {
      g_autoptr (GVariant) member = g_variant_lookup_value (answer, result_keys[i], NULL);

      if (member != NULL)
        return FALSE;
    }
  code = fairlead_cni_value_lookup_typed (answer, "code");
  return code != NULL;
}

static void
set_failure_from_answer (GError             **error,
                         FairleadCniFailure  *failure,
                         GVariant            *answer,
                         const char          *output,
                         const char          *parse_problem)
{
  g_autofree char *msg = NULL;
  g_autofree char *details = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *quoted = g_utf8_make_valid (output, (gssize) MIN (strlen (output), QUOTE_MAX));
  gint64 code = -1;

  if (*output == '\0')
    reason = g_strdup ("it gave no reason");
  else if (answer == NULL)
    reason = g_strdup_printf ("its answer is not JSON (%s): %s", parse_problem, quoted);
  else if (!is_error_object (answer) ||
           !fairlead_cni_value_read_int (answer, "code", 0, G_MAXUINT32, NULL, &code, NULL) ||
           !fairlead_cni_value_read_string (answer, "msg", &msg, NULL) ||
           !fairlead_cni_value_read_string (answer, "details", &details, NULL))
    reason = g_strdup_printf ("its answer is not an error of CNI: %s", quoted);

  failure->reason = reason;
  failure->msg = msg;
  failure->details = details;
  failure->code = code;
  fairlead_cni_error_set_failure (error,
                                  code == FAIRLEAD_CNI_CODE_TRY_AGAIN ? FAIRLEAD_ERROR_TRY_AGAIN
                                                                      : FAIRLEAD_ERROR_HELPER_FAILED, failure);
}

/* The plugin ended well, but *@error is what is wrong with its answer: a failure of the plugin like any other. */
void
fairlead_cni_plugin_refuse_answer (const FairleadCniCall  *call,
                                   GError                **error)
{
  g_autoptr (GError) cause = NULL;
  FairleadCniFailure failure = { call->verb, call->type, call->path, call->network, .code = -1 };

  if (error == NULL)
    return;
  cause = g_steal_pointer (error);
  failure.reason = cause->message;
  fairlead_cni_error_set_failure (error, FAIRLEAD_ERROR_HELPER_FAILED, &failure);
}

static char *
dup_output (FairleadProcess *process)
{
  gsize length;
  const char *data = g_bytes_get_data (fairlead_process_get_output (process), &length);

  return g_strstrip (g_strndup (length > 0 ? data : "", length));
}

/* What became of a plugin that wrote @output and @stderr_tail. @answer, if wanted, is the output as a value, or NULL if it is
 * empty; without @answer anything will do that is not an error. */
gboolean
fairlead_cni_plugin_read_answer (const FairleadCniCall  *call,
                                 const char             *output,
                                 const char             *stderr_tail,
                                 int                     exit_status,
                                 int                     term_signal,
                                 GVariant              **answer,
                                 GError                **error)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) parse_error = NULL;
  FairleadCniFailure failure = { call->verb, call->type, call->path, call->network, .stderr_tail = stderr_tail, .code = -1,
                                 .exit_status = exit_status, .signal = term_signal };

  if (*output != '\0')
    value = fairlead_json_parse (output, -1, &parse_error);

  if (failure.exit_status != 0 || failure.signal != 0 || is_error_object (value) ||
      (answer != NULL && *output != '\0' && value == NULL))
    {
      set_failure_from_answer (error, &failure, value, output, parse_error != NULL ? parse_error->message : "");
      return FALSE;
    }

  if (call->note != NULL && *stderr_tail != '\0')
    call->note (stderr_tail, call->note_data);
  if (answer != NULL)
    *answer = g_steal_pointer (&value);
  return TRUE;
}

/* Runs the plugin; @answer as for fairlead_cni_plugin_read_answer(). */
gboolean
fairlead_cni_plugin_call (const FairleadCniCall  *call,
                          GVariant              **answer,
                          GCancellable           *cancellable,
                          GError                **error)
{
  g_autoptr (FairleadProcess) process = call_run (call, cancellable, error);
  g_autofree char *output = NULL;
  g_autofree char *stderr_tail = NULL;
  int exit_status, term_signal;

  if (process == NULL)
    return FALSE;

  exit_status = fairlead_process_get_exit_status (process);
  term_signal = fairlead_process_get_term_signal (process);
  stderr_tail = dup_tail (fairlead_process_get_error_output (process));
  output = dup_output (process);
  g_debug ("CNI %s %s, network %s, container %s: exit status %d, signal %d%s%s", call->verb, call->path,
           call->network != NULL ? call->network : "-", call->container_id != NULL ? call->container_id : "-",
           exit_status, term_signal, *stderr_tail != '\0' ? ", standard error: " : "", stderr_tail);
  return fairlead_cni_plugin_read_answer (call, output, stderr_tail, exit_status, term_signal, answer, error);
}

/* A plugin of the very first version does not know the question. */
static gboolean
is_unknown_verb (const GError *error)
{
  GVariant *details = fairlead_error_get_details (error);
  const char *msg = NULL;

  return details != NULL && g_variant_lookup (details, "cni-msg", "&s", &msg) &&
         g_str_equal (msg, "unknown CNI_COMMAND: VERSION");
}

/* The versions that a plugin supports; @call says VERSION. */
char **
fairlead_cni_plugin_read_versions (const FairleadCniCall  *call,
                                   GCancellable           *cancellable,
                                   GError                **error)
{
  static const char * const first[] = { "0.1.0", NULL };
  static const char * const second[] = { "0.1.0", "0.2.0", NULL };
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *version = NULL;
  g_auto (GStrv) versions = NULL;

  if (!fairlead_cni_plugin_call (call, &answer, cancellable, &local_error))
    {
      if (is_unknown_verb (local_error))
        return g_strdupv ((char **) first);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  if (answer != NULL && fairlead_cni_value_is_object (answer) &&
      fairlead_cni_value_read_string (answer, "cniVersion", &version, NULL) && version != NULL &&
      fairlead_cni_value_read_strv (answer, "supportedVersions", &versions, NULL))
    {
      if (versions[0] != NULL)
        return g_steal_pointer (&versions);
      if (g_str_equal (version, "0.2.0"))
        return g_strdupv ((char **) second);
    }

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED,
               "CNI plugin %s (%s) does not say which versions it supports", call->type, call->path);
  return NULL;
}
