/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "backend-test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* fairlead-backend-test: whether a module keeps the contract of the vtable. Its output is TAP. */

Options options;

static const Case cases[] = {
  { "load: the module loads, and its keys are described", case_load },
  { "life: set up, check, stats, inspect, reload, tear down", case_life },
  { "teardown: twice, and where nothing was set up", case_teardown },
  { "unconfigured: teardown needs no configuration", case_unconfigured },
  { "checkpoints: nothing is made after one that failed", case_checkpoints },
  { "killed: teardown works after a crash at any checkpoint", case_killed },
  { "cancelled: at each checkpoint, and at random moments", case_cancelled },
  { "netns-gone: teardown works without the network namespace", case_netns_gone },
  { "second: a second container does not harm the first", case_second },
  { "parallel: several containers at once", case_parallel },
  { "collect: what lives is left alone", case_collect },
  { "leaks: no descriptor, no thread", case_leaks },
  { "capability interface-name", case_interface_name },
  { "capability static-mac", case_static_mac },
  { "capability static-address", case_static_address },
  { "capability ports-tcp", case_ports_tcp },
  { "capability ports-udp", case_ports_udp },
};

static void
print_comment (const char *format,
               va_list     args) G_GNUC_PRINTF (1, 0);

static void
print_comment (const char *format,
               va_list     args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    printf ("# %s\n", *line);
  fflush (stdout);
}

int
violation (const char *format,
           ...)
{
  va_list args;

  va_start (args, format);
  print_comment (format, args);
  va_end (args);
  return FAILED;
}

void
remark (const char *format,
        ...)
{
  va_list args;

  va_start (args, format);
  print_comment (format, args);
  va_end (args);
}

/* MODULE is a file, or a name to be found where the configuration says. */
static gboolean
find_module (const char  *module,
             GError     **error)
{
  g_autofree char *base_name = g_path_get_basename (module);
  g_autofree char *file = NULL;
  g_autoptr (FairleadConfig) config = NULL;

  if (strchr (module, '/') != NULL || g_str_has_suffix (module, ".so"))
    {
      if (!g_str_has_prefix (base_name, "libfairlead-backend-") || !g_str_has_suffix (base_name, ".so"))
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "%s: a module is called libfairlead-backend-NAME.so", module);
          return FALSE;
        }
      file = g_canonicalize_filename (module, NULL);
      options.directory = g_path_get_dirname (file);
      options.name = g_strndup (base_name + strlen ("libfairlead-backend-"),
                                strlen (base_name) - strlen ("libfairlead-backend-.so"));
      return TRUE;
    }
  config = fairlead_config_new_default (error);
  if (config == NULL)
    return FALSE;
  base_name = (g_free (base_name), g_strdup_printf ("libfairlead-backend-%s.so", module));
  for (const char * const *dir = fairlead_config_get_backend_dirs (config); *dir != NULL; dir++)
    {
      g_autofree char *candidate = g_build_filename (*dir, base_name, NULL);

      if (g_file_test (candidate, G_FILE_TEST_EXISTS))
        return find_module (candidate, error);
    }
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "there is no module %s", module);
  return FALSE;
}

/* A CRITICAL is a mistake in a program, whatever comes of it. Shared by all processes of a case. */
static gint *critical_logged;

static GLogWriterOutput
write_log (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  if ((level & G_LOG_LEVEL_CRITICAL) != 0)
    g_atomic_int_set (critical_logged, TRUE);
  return g_log_writer_default (level, fields, n_fields, NULL);
}

static gboolean
watch_log (void)
{
  gpointer page = mmap (NULL, sizeof *critical_logged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  if (page == MAP_FAILED)
    return FALSE;
  critical_logged = page;
  g_log_set_writer_func (write_log, NULL, NULL);
  return TRUE;
}

static int
run_case (const Case *test)
{
  pid_t pid;
  int status;

  g_atomic_int_set (critical_logged, FALSE);
  fflush (NULL);
  pid = fork ();
  if (pid < 0)
    return violation ("fork: %s", g_strerror (errno));
  if (pid == 0)
    {
      int result = test->func ();

      fflush (NULL);
      _exit (result);
    }
  while (waitpid (pid, &status, 0) < 0)
    ;
  if (!WIFEXITED (status))
    return violation ("the test crashed: %s", g_strsignal (WTERMSIG (status)));
  return g_atomic_int_get (critical_logged) ? violation ("a CRITICAL was logged, see standard error")
                                            : WEXITSTATUS (status);
}

static gboolean
is_called (const Case *test,
           const char *name,
           gsize       length)
{
  return strncmp (test->name, name, length) == 0 && (test->name[length] == ':' || test->name[length] == '\0');
}

static const Case *
find_case (const char *name,
           gsize       length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (is_called (&cases[i], name, length))
      return &cases[i];
  return NULL;
}

static gsize
get_name_length (const char *skip)
{
  const char *equals = strchr (skip, '=');

  return equals != NULL ? (gsize) (equals - skip) : strlen (skip);
}

/* A name that is misspelt would leave nothing out, or everything. */
static gboolean
check_names (GError **error)
{
  const char *unknown = NULL;

  for (char **name = options.only; name != NULL && *name != NULL; name++)
    unknown = find_case (*name, strlen (*name)) != NULL ? unknown : *name;
  for (char **skip = options.skip; skip != NULL && *skip != NULL; skip++)
    unknown = find_case (*skip, get_name_length (*skip)) != NULL ? unknown : *skip;
  if (unknown != NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "there is no case %s", unknown);
  return unknown == NULL;
}

/* Why the operator wants a case left out; NULL if he does not. */
static const char *
find_skip (const Case *test)
{
  for (char **skip = options.skip; skip != NULL && *skip != NULL; skip++)
    {
      gsize length = get_name_length (*skip);

      if (is_called (test, *skip, length))
        return (*skip)[length] == '=' ? *skip + length + 1 : "asked for by --skip";
    }
  return NULL;
}

static gboolean
is_wanted (const Case *test)
{
  gboolean wanted = options.only == NULL;

  for (char **name = options.only; name != NULL && *name != NULL; name++)
    wanted = wanted || is_called (test, *name, strlen (*name));
  return wanted;
}

static gboolean
report (const Case *test,
        guint       number)
{
  const char *skip = find_skip (test);
  int result = skip != NULL ? SKIPPED : run_case (test);
  gboolean passed = result == PASSED || result == SKIPPED;

  printf ("%sok %u %s%s%s\n", passed ? "" : "not ", number, test->name, result == SKIPPED ? " # SKIP " : "",
          skip != NULL ? skip : result == SKIPPED ? "the backend does not declare it" : "");
  fflush (stdout);
  return passed;
}

static gboolean
can_be_opened (const char *file)
{
  int fd = open (file, O_RDWR | O_CLOEXEC);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

static int
run_cases (void)
{
  guint n_cases = 0, n_failed = 0;

  if (options.needs != NULL && !can_be_opened (options.needs))
    {
      printf ("1..0 # SKIP cannot open %s: %s\n", options.needs, g_strerror (errno));
      return PASSED;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (is_wanted (&cases[i]) && !report (&cases[i], ++n_cases))
      n_failed++;
  printf ("1..%u\n", n_cases);
  if (n_failed > 0)
    printf ("# the backend %s breaks the contract in %u of %u cases\n", options.name, n_failed, n_cases);
  return n_failed > 0 ? FAILED : PASSED;
}

int
main (int    argc,
      char **argv)
{
  const GOptionEntry entries[] = {
    { "option", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &options.options, "Give the network a key; may be repeated",
      "KEY=VALUE" },
    { "setting", 's', 0, G_OPTION_ARG_STRING_ARRAY, &options.settings,
      "Give the backend a key of [backend NAME]; may be repeated", "KEY=VALUE" },
    { "needs", 0, 0, G_OPTION_ARG_FILENAME, &options.needs,
      "Leave all out where FILE, a device for example, cannot be opened for reading and writing", "FILE" },
    { "prepare", 'p', 0, G_OPTION_ARG_STRING, &options.prepare,
      "Run a shell command on the host of each case, to make what the backend needs", "COMMAND" },
    { "watch", 'w', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.watch,
      "Expect no new files in DIR afterwards, as in /run; may be repeated", "DIR" },
    { "rounds", 'r', 0, G_OPTION_ARG_INT, &options.rounds, "How often to repeat what is repeated; 25", "N" },
    { "patience", 0, 0, G_OPTION_ARG_INT, &options.patience,
      "How long the kernel may take to remove what hung on a namespace that has ended; 5", "SECONDS" },
    { "case", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &options.only, "Run only CASE, the word before the colon; may be repeated",
      "CASE" },
    { "skip", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.skip, "Leave a case out, and say why; may be repeated",
      "CASE=REASON" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("MODULE");
  g_autoptr (GError) error = NULL;

  options.rounds = 25;
  options.patience = 5;
  g_option_context_set_summary (context, "Tries the contract of all Fairlead backends on one module");
  g_option_context_set_description (context, "Each case has a host of its own: network and mount namespaces, an empty "
                                    "/run. The output is TAP.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2 || !check_names (&error) ||
      !find_module (argv[1], &error))
    {
      fprintf (stderr, "fairlead-backend-test: %s\n", error != NULL ? error->message : "name one module; see --help");
      return 2;
    }
  if (!watch_log ())
    {
      fprintf (stderr, "fairlead-backend-test: mmap: %s\n", g_strerror (errno));
      return FAILED;
    }
  return run_cases ();
}
