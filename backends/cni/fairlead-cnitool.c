/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-error.h"
#include "fairlead-cni-request.h"
#include "fairlead-cni-runtime.h"
#include "fairlead-cni-scan.h"
#include "fairlead-cni-value.h"
#include "fairlead-cni-version.h"

#include <fairlead/fairlead.h>

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * fairlead-cnitool: the verbs of CNI on one network and one namespace, in the place of the reference runtime's cnitool. It
 * knows the runtime layer and nothing of Fairlead's containers; what it attaches is only in CNI's own cache.
 */

/* How cnitool makes a container's id of the path of a namespace. */
#define ID_PREFIX "cnitool-"
#define ID_DIGITS 20

/* CNI's code for what has none of its own. */
#define CODE_INTERNAL 999
#define CODE_INVALID_CONFIGURATION 7

typedef struct
{
  const char *network;
  guint timeout;
  char *ifname;                  /* (owned) */
  GCancellable *cancellable;     /* (owned) */
  FairleadCniRuntime *runtime;   /* (owned) */
  FairleadCniTarget *target;     /* (owned) */
  FairleadCniConfig *config;     /* (owned) (nullable) of today */
  GError *config_error;          /* (owned) (nullable) why there is no @config */

  guint n_started;               /* plugins that ADD was called of */
  FairleadCniResult *result;     /* (owned) (nullable) of the last one that succeeded */
} Tool;

static void
tool_clear (Tool *self)
{
  g_free (self->ifname);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->runtime);
  g_clear_pointer (&self->target, fairlead_cni_target_unref);
  g_clear_pointer (&self->config, fairlead_cni_config_unref);
  g_clear_pointer (&self->result, fairlead_cni_result_unref);
  g_clear_error (&self->config_error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tool, tool_clear)

static const char *
get_variable (const char *name,
              const char *fallback)
{
  const char *value = g_getenv (name);

  return value != NULL && *value != '\0' ? value : fallback;
}

static const char *
get_cache_dir (void)
{
  return get_variable ("CNI_CACHE_DIR", FAIRLEAD_CNI_DEFAULT_CACHE_DIR);
}

static void
print_note (const char *text,
            gpointer    user_data)
{
  g_printerr ("%s\n", text);
}

/* Indented by four spaces a level, as cnitool prints it. In the text a line begins with no other spaces than those of its
 * level: a line break within a string is written otherwise. */
static void
print_json (GVariant *value)
{
  g_autofree char *text = fairlead_json_print (value, TRUE);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    printf ("%.*s%s\n", (int) strspn (*line, " "), *line, *line);
}

static char *
dup_container_id (const char *netns)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA512, netns, -1);

  return g_strdup_printf (ID_PREFIX "%.*s", ID_DIGITS, digest);
}

static char **
parse_args (const char  *text,
            GError     **error)
{
  g_auto (GStrv) pairs = g_strsplit (text, ";", -1);

  for (char **pair = pairs; *pair != NULL; pair++)
    {
      const char *equals = strchr (*pair, '=');

      if (equals != NULL && equals != *pair && equals[1] != '\0')
        continue;
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "CNI_ARGS: “%s” is not KEY=VALUE; pairs are separated by semicolons", *pair);
      return NULL;
    }
  return g_steal_pointer (&pairs);
}

static GVariant *
parse_capability_args (const char  *text,
                       GError     **error)
{
  g_autoptr (GVariant) value = fairlead_json_parse (text, -1, error);

  if (value == NULL)
    {
      g_prefix_error (error, "CAP_ARGS: ");
      return NULL;
    }
  if (fairlead_cni_value_is_object (value))
    return g_steal_pointer (&value);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "CAP_ARGS is not a JSON object");
  return NULL;
}

/* GLib keeps two slashes at the beginning, as POSIX allows; here they are one. */
static char *
dup_clean_path (const char *netns)
{
  g_autofree char *path = NULL;

  if (netns == NULL)
    return g_strdup ("");
  path = g_canonicalize_filename (netns, NULL);
  return g_strdup (path + strspn (path, "/") - 1);
}

static gboolean
tool_read_target (Tool        *self,
                  const char  *netns,
                  GError     **error)
{
  g_autofree char *path = dup_clean_path (netns);
  g_autofree char *own_id = dup_container_id (path);
  g_auto (GStrv) args = NULL;
  g_autoptr (GVariant) capability_args = NULL;
  const char *text = get_variable ("CNI_ARGS", NULL);

  args = text != NULL ? parse_args (text, error) : g_new0 (char *, 1);
  if (args == NULL)
    return FALSE;
  capability_args = parse_capability_args (get_variable ("CAP_ARGS", "{}"), error);
  if (capability_args == NULL)
    return FALSE;

  self->target = fairlead_cni_target_new (get_variable ("CNI_CONTAINERID", own_id),
                                          self->ifname != NULL ? self->ifname : get_variable ("CNI_IFNAME", "eth0"), path,
                                          (const char * const *) args, capability_args);
  return TRUE;
}

static FairleadCniConfig *
load_file (const char  *file,
           const char  *network,
           GError     **error)
{
  g_autoptr (FairleadCniConfig) config = fairlead_cni_config_new_for_file (file, error);

  if (config == NULL || g_str_equal (fairlead_cni_config_get_name (config), network))
    return g_steal_pointer (&config);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "%s is the CNI network “%s”, not “%s”", file,
               fairlead_cni_config_get_name (config), network);
  return NULL;
}

static FairleadCniConfig *
tool_load_config (Tool    *self,
                  GError **error)
{
  const char *path = get_variable ("NETCONFPATH", FAIRLEAD_CNI_DEFAULT_CONF_DIR);
  const char *dirs[] = { path, NULL };
  g_autoptr (FairleadCniConfig) config = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    config = load_file (path, self->network, error);
  else
    config = fairlead_cni_scan_lookup (dirs, self->network, error);
  return config != NULL ? fairlead_cni_runtime_negotiate (self->runtime, config, self->cancellable, error) : NULL;
}

/* What there was when the container was attached, arguments included, goes before what is said today. */
static FairleadCniConfig *
tool_recall (Tool    *self,
             GError **error)
{
  g_autoptr (FairleadCniCacheEntry) entry =
    fairlead_cni_cache_read (get_cache_dir (), self->network, self->target, NULL);
  g_autoptr (FairleadCniTarget) given = NULL;

  if (entry == NULL || (self->config == NULL && entry->config_text == NULL))
    {
      if (self->config != NULL)
        return fairlead_cni_config_ref (self->config);
      g_propagate_error (error, g_steal_pointer (&self->config_error));
      return NULL;
    }

  given = g_steal_pointer (&self->target);
  self->target = fairlead_cni_target_new (given->container_id, given->ifname, given->netns,
                                          (const char * const *) entry->target->args, entry->target->capability_args);
  return fairlead_cni_cache_entry_choose_config (entry, self->config, error);
}

static gboolean
tool_require_config (Tool    *self,
                     GError **error)
{
  if (self->config != NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->config_error));
  return FALSE;
}

static gboolean
note_progress (guint               n_started,
               FairleadCniResult  *result,
               gpointer            user_data,
               GError            **error)
{
  Tool *self = user_data;

  self->n_started = n_started;
  g_clear_pointer (&self->result, fairlead_cni_result_unref);
  self->result = result != NULL ? fairlead_cni_result_ref (result) : NULL;
  return TRUE;
}

/* Without the cancellable, which may be why we are here. */
static void
tool_undo_add (Tool   *self,
               GError *error)
{
  g_autoptr (GError) del_error = NULL;

  if (self->n_started > 0 &&
      !fairlead_cni_runtime_del (self->runtime, self->config, self->target, self->result, self->n_started, FALSE, NULL,
                                 &del_error))
    {
      g_autofree char *text = g_strdup_printf ("; what was done could not all be undone: %s", del_error->message);

      fairlead_cni_error_append (error, text);
    }
}

/* As with cnitool it is no error, but not a secret either. */
static void
tool_note_unused (Tool *self)
{
  g_auto (GStrv) unused = fairlead_cni_request_list_unused (self->config, self->target->capability_args);

  for (char **capability = unused; *capability != NULL; capability++)
    g_printerr ("CAP_ARGS: no plugin of network “%s” declares the capability “%s”; its argument is not used\n",
                self->network, *capability);
}

static gboolean
tool_add (Tool    *self,
          GError **error)
{
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GVariant) value = NULL;
  GError *local_error = NULL;
  gboolean was_attached;

  if (!tool_require_config (self, error))
    return FALSE;
  tool_note_unused (self);
  was_attached = fairlead_cni_runtime_is_attached (self->runtime, self->config, self->target);
  result = fairlead_cni_runtime_add (self->runtime, self->config, self->target, note_progress, self, self->cancellable,
                                     &local_error);
  if (result == NULL)
    {
      /* A DEL would take away what was there before. */
      if (!was_attached)
        tool_undo_add (self, local_error);
      g_propagate_error (error, local_error);
      return FALSE;
    }

  value = fairlead_cni_result_to_variant (result, result->version, error);
  if (value == NULL)
    return FALSE;
  print_json (value);
  return TRUE;
}

static gboolean
tool_del (Tool    *self,
          GError **error)
{
  g_autoptr (FairleadCniConfig) config = tool_recall (self, error);

  return config != NULL &&
         fairlead_cni_runtime_del (self->runtime, config, self->target, NULL, G_MAXUINT, FALSE, self->cancellable, error);
}

static gboolean
tool_check (Tool    *self,
            GError **error)
{
  g_autoptr (FairleadCniConfig) config = tool_recall (self, error);

  return config != NULL &&
         fairlead_cni_runtime_check (self->runtime, config, self->target, NULL, NULL, self->cancellable, error);
}

/* As with cnitool nothing counts as alive. */
static gboolean
tool_gc (Tool    *self,
         GError **error)
{
  return tool_require_config (self, error) &&
         fairlead_cni_runtime_gc (self->runtime, self->config, NULL, self->cancellable, error);
}

static gboolean
tool_status (Tool    *self,
             GError **error)
{
  return tool_require_config (self, error) &&
         fairlead_cni_runtime_status (self->runtime, self->config, self->cancellable, error);
}

static const struct
{
  const char *name;
  gboolean needs_netns;
  gboolean (*func) (Tool *self, GError **error);
} verbs[] = {
  { "add", TRUE, tool_add },
  { "check", TRUE, tool_check },
  { "del", TRUE, tool_del },
  { "gc", FALSE, tool_gc },
  { "status", FALSE, tool_status },
};

static guint32
get_code (const GError *error)
{
  GVariant *details = fairlead_error_get_details (error);
  guint32 code = 0;

  if (details != NULL && g_variant_lookup (details, "cni-code", "u", &code) && code != 0)
    return code;
  return g_error_matches (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION) ? CODE_INVALID_CONFIGURATION
                                                                                      : CODE_INTERNAL;
}

static void
print_error (Tool         *self,
             const GError *error)
{
  GVariant *details = fairlead_error_get_details (error);
  const char *version = self->config != NULL ? fairlead_cni_config_get_version (self->config) : FAIRLEAD_CNI_VERSION_NEWEST;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) object = NULL;
  const char *cni_details;

  g_variant_builder_add (&builder, "{sv}", "cniVersion", g_variant_new_string (version));
  g_variant_builder_add (&builder, "{sv}", "code", g_variant_new_int64 (get_code (error)));
  g_variant_builder_add (&builder, "{sv}", "msg", g_variant_new_string (error->message));
  if (details != NULL && g_variant_lookup (details, "cni-details", "&s", &cni_details))
    g_variant_builder_add (&builder, "{sv}", "details", g_variant_new_string (cni_details));

  object = g_variant_ref_sink (g_variant_builder_end (&builder));
  print_json (object);
  g_printerr ("%s\n", error->message);
}

static void
fill_signals (sigset_t *signals)
{
  sigemptyset (signals);
  sigaddset (signals, SIGHUP);
  sigaddset (signals, SIGINT);
  sigaddset (signals, SIGTERM);
}

/* The signals that ask the program to end cancel what it does, so that it is undone. */
static gpointer
wait_for_signal (gpointer cancellable)
{
  sigset_t signals;
  int number;

  fill_signals (&signals);
  sigwait (&signals, &number);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Blocked here, the signals are blocked in all threads that come after. The thread ends with the process. */
static void
tool_catch_signals (Tool *self)
{
  sigset_t signals;

  fill_signals (&signals);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  g_thread_unref (g_thread_new ("signals", wait_for_signal, g_object_ref (self->cancellable)));
}

static FairleadCniRuntime *
new_runtime (guint timeout)
{
  const char *path = get_variable ("CNI_PATH", NULL);
  g_auto (GStrv) dirs = path != NULL ? g_strsplit (path, ":", -1) : NULL;
  FairleadCniRuntime *runtime =
    fairlead_cni_runtime_new (dirs != NULL ? (const char * const *) dirs : fairlead_cni_default_plugin_dirs,
                              get_cache_dir (), timeout);

  fairlead_cni_runtime_set_note_func (runtime, print_note, NULL);
  return runtime;
}

static int
tool_run (Tool       *self,
          const char *verb,
          const char *netns)
{
  g_autoptr (GError) error = NULL;
  gboolean succeeded = FALSE;

  self->cancellable = g_cancellable_new ();
  tool_catch_signals (self);
  self->runtime = new_runtime (self->timeout);
  if (tool_read_target (self, netns, &error))
    {
      self->config = tool_load_config (self, &self->config_error);
      for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        if (g_str_equal (verbs[i].name, verb))
          succeeded = verbs[i].func (self, &error);
    }

  if (succeeded)
    return EXIT_SUCCESS;
  print_error (self, error);
  return EXIT_FAILURE;
}

/* Whether @argv is a verb with what it needs. */
static gboolean
check_arguments (int    argc,
                 char **argv)
{
  for (gsize i = 0; argc > 2 && i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i].name, argv[1]))
      return argc == 4 || (argc == 3 && !verbs[i].needs_netns);
  return FALSE;
}

int
main (int    argc,
      char **argv)
{
  g_auto (Tool) tool = { 0 };
  int timeout = FAIRLEAD_CNI_DEFAULT_TIMEOUT;
  const GOptionEntry entries[] = {
    { "ifname", 'i', 0, G_OPTION_ARG_STRING, &tool.ifname, "Name of the interface, instead of CNI_IFNAME", "NAME" },
    { "timeout", 't', 0, G_OPTION_ARG_INT, &timeout, "Seconds that one call of a plugin may take", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("add|check|del|gc|status NETWORK NETNS");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  /* Whoever started us may ignore it, and then how plugins ended would be lost. */
  signal (SIGCHLD, SIG_DFL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s: %s\n", g_get_prgname (), error->message);
      return EXIT_FAILURE;
    }
  if (!check_arguments (argc, argv) || timeout < 1 || timeout > FAIRLEAD_CNI_MAX_TIMEOUT)
    {
      g_printerr ("Usage: %s [--ifname=NAME] [--timeout=1-%d] add|check|del|gc|status NETWORK NETNS\n", g_get_prgname (),
                  FAIRLEAD_CNI_MAX_TIMEOUT);
      return EXIT_FAILURE;
    }

  tool.network = argv[2];
  tool.timeout = (guint) timeout;
  return tool_run (&tool, argv[1], argc > 3 ? argv[3] : NULL);
}
