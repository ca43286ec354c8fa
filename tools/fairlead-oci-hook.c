/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fairlead-tool.h"

/* fairlead oci-hook: the createRuntime and poststop hook of an OCI runtime. The runtime gives the container's state on
 * standard input; its annotations choose the networks and ports. */

#define ANNOTATION_NETWORKS "org.fairlead.networks"
#define ANNOTATION_PORTS    "org.fairlead.ports"

/* A state with annotations beyond this is not one. */
#define MAX_STATE_SIZE (1024 * 1024)

static GByteArray *
read_input (GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 buffer[4096];
  gssize n_read;

  while ((n_read = read (STDIN_FILENO, buffer, sizeof buffer)) != 0)
    {
      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        {
          fairlead_error_set_errno (error, errno, "cannot read the container's state from standard input");
          return NULL;
        }
      g_byte_array_append (bytes, buffer, (guint) n_read);
      if (bytes->len > MAX_STATE_SIZE)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "the container's state on standard input is larger than 1 MiB");
          return NULL;
        }
    }

  return g_steal_pointer (&bytes);
}

static GVariant *
read_state (GError **error)
{
  g_autoptr (GByteArray) bytes = read_input (error);
  g_autoptr (GVariant) state = NULL;

  /* The data of no bytes is NULL. */
  if (bytes)
    state = fairlead_json_parse (bytes->len > 0 ? (const char *) bytes->data : "", bytes->len, error);
  if (bytes && !state)
    g_prefix_error (error, "the container's state on standard input is not JSON: ");
  if (state && !g_variant_is_of_type (state, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the container's state on standard input is not a JSON object");
      return NULL;
    }

  return g_steal_pointer (&state);
}

static gboolean
require_string (GVariant    *state,
                const char  *key,
                const char **text,
                GError     **error)
{
  if (g_variant_lookup (state, key, "&s", text))
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "the container's state has no \"%s\", or it is not a string", key);
  return FALSE;
}

/* An annotation is a list of words, parted by white space. */
static char **
dup_words (GVariant    *state,
           const char  *annotation,
           GError     **error)
{
  g_autoptr (GVariant) annotations = g_variant_lookup_value (state, "annotations", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GVariant) value = annotations ? g_variant_lookup_value (annotations, annotation, NULL) : NULL;
  g_auto (GStrv) words = NULL;
  const char *text = "";

  if (value && !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "the annotation %s is not a string", annotation);
      return NULL;
    }
  if (value)
    text = g_variant_get_string (value, NULL);
  words = g_strsplit_set (text, " \t\n", -1);
  for (char **word = words; *word; word++)
    if (**word)
      g_strv_builder_add (builder, *word);

  return g_strv_builder_end (builder);
}

/* Of the process that is going to be the container. */
static FairleadNetns *
open_netns (GVariant  *state,
            GError   **error)
{
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (FairleadNetns) own = NULL;
  gint64 pid;

  if (!g_variant_lookup (state, "pid", "x", &pid) || pid < 1 || pid > G_MAXINT)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the container's state has no \"pid\" of a process; the hook for setting up is createRuntime");
      return NULL;
    }

  netns = fairlead_netns_new_for_pid ((int) pid, error);
  own = netns ? fairlead_netns_new_current (error) : NULL;
  if (!own)
    return NULL;
  if (fairlead_netns_equal (netns, own))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "the container has no network namespace of its own; add {\"type\": \"network\"} to "
                   "linux.namespaces of its config.json");
      return NULL;
    }

  return g_steal_pointer (&netns);
}

static gboolean
set_up (FairleadTool  *tool,
        GVariant      *state,
        const char    *id,
        GError       **error)
{
  g_auto (GStrv) networks = dup_words (state, ANNOTATION_NETWORKS, error);
  g_auto (GStrv) ports = networks ? dup_words (state, ANNOTATION_PORTS, error) : NULL;
  g_autoptr (FairleadNetns) netns = ports ? open_netns (state, error) : NULL;
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  FairleadManager *manager;

  if (!netns || !fairlead_tool_catch_signals (tool, FAIRLEAD_SIGNALS_STOP, error))
    return FALSE;
  manager = fairlead_tool_get_manager (tool, error);
  request = manager ? fairlead_tool_dup_request (tool, id, networks, ports, error) : NULL;
  if (!request)
    return FALSE;

  fairlead_request_set_netns (request, netns);
  fairlead_tool_begin (tool, "Setting up", id);
  container = fairlead_manager_setup (manager, request, tool->cancellable, error);
  fairlead_tool_end (tool);

  return container != NULL;
}

/* A runtime calls poststop also when setup has failed, or more than once. */
static gboolean
tear_down (FairleadTool  *tool,
           const char    *id,
           GError       **error)
{
  g_autoptr (GError) local_error = NULL;
  FairleadManager *manager = fairlead_tool_get_manager (tool, error);

  if (!manager)
    return FALSE;
  if (fairlead_manager_teardown (manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &local_error) ||
      fairlead_tool_has_gone (tool, id))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
serve (FairleadTool  *tool,
       GError       **error)
{
  g_autoptr (GVariant) state = read_state (error);
  const char *id, *status;

  if (!state || !require_string (state, "id", &id, error) || !require_string (state, "status", &status, error))
    return FALSE;

  /* createRuntime is called while the container is being created; runtimes differ in what they call that. */
  if (g_str_equal (status, "stopped"))
    return tear_down (tool, id, error);
  if (g_str_equal (status, "creating") || g_str_equal (status, "created"))
    return set_up (tool, state, id, error);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "the container's status is \"%s\", but this is a hook for createRuntime (creating, created) and poststop "
               "(stopped)", status);
  return FALSE;
}

static int
oci_hook (FairleadTool  *tool,
          int            argc,
          char         **argv)
{
  g_autoptr (GError) error = NULL;

  if (!fairlead_tool_parse (tool, &argc, &argv, NULL,
                            "For createRuntime and poststop of an OCI runtime; reads the container's state from standard "
                            "input. The annotations " ANNOTATION_NETWORKS " and " ANNOTATION_PORTS " choose networks "
                            "and ports, as for --network and --publish, parted by spaces."))
    return FAIRLEAD_EXIT_USAGE;

  if (argc > 1)
    return fairlead_tool_usage (tool, "there is nothing to name, but '%s' is given", argv[1]);

  return serve (tool, &error) ? FAIRLEAD_EXIT_DONE : fairlead_tool_fail (tool, error);
}

const FairleadVerb fairlead_verb_oci_hook = {
  .name = "oci-hook",
  .parameters = "",
  .summary = "Serve an OCI runtime as a hook",
  .func = oci_hook,
};
