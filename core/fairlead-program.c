/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-program-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-dict-private.h"
#include "fairlead-log-private.h"
#include "fairlead-trust-private.h"

/**
 * FairleadProgram:
 *
 * An installed helper program: where it is, and which options its version has. It is immutable, and can be used from
 * any thread.
 *
 * What the program says of itself (`--version` and `--help`) is asked for once. It is kept in a file of the state
 * directory with the program's path, inode, size and time of change, and asked for again when one of these differs.
 *
 * Get one by [method@Fairlead.Backend.find_program].
 *
 * Since: 1.0
 */
struct _FairleadProgram
{
  GObject   parent_instance;

  char     *path;
  char     *version;  /* the first line of what --version prints */
  char    **options;  /* sorted by nothing; a few dozen at most */
  GVariant *identity; /* (owned) what describe_file() said */
};

G_DEFINE_FINAL_TYPE (FairleadProgram, fairlead_program, G_TYPE_OBJECT)

enum
{
  PROP_PATH = 1,
  PROP_VERSION,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

#define ASK_TIME_LIMIT_MS 20000
#define ASK_OUTPUT_LIMIT  (64 * 1024)

/* Fixed, as PATH is anybody's. */
static const char * const directories[] = {
  "/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin",
};

static void
fairlead_program_finalize (GObject *object)
{
  FairleadProgram *self = FAIRLEAD_PROGRAM (object);

  g_free (self->path);
  g_free (self->version);
  g_strfreev (self->options);
  g_clear_pointer (&self->identity, g_variant_unref);

  G_OBJECT_CLASS (fairlead_program_parent_class)->finalize (object);
}

static void
fairlead_program_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FairleadProgram *self = FAIRLEAD_PROGRAM (object);

  switch (property_id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_VERSION:
      g_value_set_string (value, self->version);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_program_class_init (FairleadProgramClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = fairlead_program_finalize;
  object_class->get_property = fairlead_program_get_property;

  /**
   * FairleadProgram:path:
   *
   * The absolute path of the program.
   *
   * Since: 1.0
   */
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);

  /**
   * FairleadProgram:version:
   *
   * The first line of what the program prints when it is asked for its version.
   *
   * Since: 1.0
   */
  properties[PROP_VERSION] = g_param_spec_string ("version", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_program_init (FairleadProgram *self)
{
}

static char *
find_path (const char  *name,
           GError     **error)
{
  g_autofree char *searched = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (directories); i++)
    {
      g_autofree char *path = g_build_filename (directories[i], name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  searched = g_strjoin (", ", "/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin", NULL);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND,
               "the program %s is not installed: it is in none of %s", name, searched);
  return NULL;
}

/* A program that others can replace would run with our privileges. */
static gboolean
check_file (const char   *path,
            struct stat  *info,
            GError      **error)
{
  if (!g_path_is_absolute (path))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "\"%s\" is not an absolute path", path);
      return FALSE;
    }
  if (stat (path, info) < 0)
    {
      fairlead_error_set_errno (error, errno, "the program %s cannot be used", path);
      return FALSE;
    }
  if (S_ISREG (info->st_mode) && access (path, X_OK) == 0)
    return fairlead_trust_check (path, info, error);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "%s is not a program that can be run", path);
  return FALSE;
}

/* What identifies the file that was asked. */
static GVariant *
describe_file (const char        *path,
               const struct stat *info)
{
  return g_variant_new ("(sttttt)", path, (guint64) info->st_dev, (guint64) info->st_ino, (guint64) info->st_size,
                        (guint64) info->st_mtim.tv_sec, (guint64) info->st_mtim.tv_nsec);
}

/* There are programs that call it a failure to be asked for their help, and give it all the same. */
static gboolean
is_help (FairleadProcess *process,
         const char      *option,
         const char      *output)
{
  return g_str_equal (option, "--help") && fairlead_process_get_exit_status (process) == 1 &&
         strstr (output, option) != NULL;
}

/* Some programs print their help to standard error. */
static char *
ask (const char    *path,
     const char    *option,
     GCancellable  *cancellable,
     GError       **error)
{
  const char *argv[] = { path, option, NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_autofree char *output = NULL;
  GBytes *bytes;

  fairlead_process_set_time_limit (process, ASK_TIME_LIMIT_MS);
  fairlead_process_set_output_limit (process, ASK_OUTPUT_LIMIT);
  if (!fairlead_process_run (process, cancellable, error))
    return NULL;

  bytes = fairlead_process_get_output (process);
  if (g_bytes_get_size (bytes) == 0)
    bytes = fairlead_process_get_error_output (process);
  if (g_bytes_get_size (bytes) > 0)
    output = g_utf8_make_valid (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (output != NULL && (fairlead_process_get_exit_status (process) == 0 || is_help (process, option, output)))
    return g_steal_pointer (&output);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "%s %s failed with exit status %d%s%s", path, option,
               fairlead_process_get_exit_status (process), output != NULL ? ": " : "",
               output != NULL ? g_strchomp (output) : "");
  return NULL;
}

static gboolean
is_option_character (char c)
{
  return g_ascii_isalnum (c) || c == '-';
}

/* All words of the help that begin with two hyphens, up to what cannot be part of an option's name. */
static char **
parse_options (const char *help)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (const char *p = strstr (help, "--"); p != NULL; p = strstr (p, "--"))
    {
      const char *end = p;

      while (is_option_character (*end))
        end++;
      if (end > p + 2 && (p == help || !is_option_character (p[-1])))
        {
          g_autofree char *option = g_strndup (p, end - p);

          g_strv_builder_add (builder, option);
        }
      p = end;
    }
  return g_strv_builder_end (builder);
}

static FairleadProgram *
ask_all (const char    *path,
         GCancellable  *cancellable,
         GError       **error)
{
  g_autofree char *version = ask (path, "--version", cancellable, error);
  g_autofree char *help = version != NULL ? ask (path, "--help", cancellable, error) : NULL;
  FairleadProgram *self;

  if (help == NULL)
    return NULL;
  self = g_object_new (FAIRLEAD_TYPE_PROGRAM, NULL);
  self->path = g_strdup (path);
  self->version = g_strndup (version, strcspn (version, "\n"));
  self->options = parse_options (help);
  return self;
}

/* NULL if nothing is known, or something else. */
static FairleadProgram *
read_cache (const char *file,
            const char *path,
            GVariant   *identity)
{
  g_autofree char *wanted = g_variant_print (identity, FALSE);
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) dict = NULL;
  g_autofree char *found = NULL;
  g_autoptr (FairleadProgram) self = g_object_new (FAIRLEAD_TYPE_PROGRAM, NULL);

  if (file == NULL || !g_file_get_contents (file, &text, NULL, NULL))
    return NULL;
  dict = fairlead_json_parse_object (text, NULL);
  if (dict == NULL || !fairlead_dict_get_string (dict, "file", &found, NULL) || g_strcmp0 (found, wanted) != 0 ||
      !fairlead_dict_get_string (dict, "version", &self->version, NULL) || self->version == NULL ||
      !fairlead_dict_get_strv (dict, "options", &self->options, NULL) || self->options == NULL)
    return NULL;
  self->path = g_strdup (path);
  return g_steal_pointer (&self);
}

/* That it cannot be kept costs time at the next call and nothing else. */
static void
write_cache (FairleadProgram *self,
             const char      *file,
             GVariant        *identity)
{
  g_autofree char *directory = g_path_get_dirname (file);
  g_autofree char *shown = g_variant_print (identity, FALSE);
  g_autofree char *text = NULL;
  FairleadJsonWriter writer;
  g_autoptr (GError) error = NULL;

  fairlead_json_writer_begin (&writer);
  fairlead_json_writer_add_string (&writer, "file", shown);
  fairlead_json_writer_add_string (&writer, "version", self->version);
  fairlead_json_writer_add_strv (&writer, "options", self->options);
  text = fairlead_json_writer_end (&writer);
  if (g_mkdir_with_parents (directory, 0700) < 0 ||
      !g_file_set_contents_full (file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    fairlead_debug (NULL, "cannot keep what is known of %s: %s", self->path,
                    error != NULL ? error->message : g_strerror (errno));
}

FairleadProgram *
fairlead_program_find (const char       *name,
                       const char       *path,
                       const char       *cache_dir,
                       FairleadProgram  *known,
                       GCancellable     *cancellable,
                       GError          **error)
{
  g_autofree char *found = path != NULL && *path != '\0' ? g_strdup (path) : find_path (name, error);
  g_autofree char *file = NULL;
  g_autoptr (GVariant) identity = NULL;
  g_autoptr (FairleadProgram) self = NULL;
  struct stat info;

  if (found == NULL || !check_file (found, &info, error))
    return NULL;
  identity = g_variant_ref_sink (describe_file (found, &info));
  if (known != NULL && g_variant_equal (known->identity, identity))
    return g_object_ref (known);
  if (cache_dir != NULL)
    {
      g_autofree char *file_name = g_strconcat (name, ".json", NULL);

      file = g_build_filename (cache_dir, file_name, NULL);
    }
  self = read_cache (file, found, identity);
  if (self == NULL)
    {
      self = ask_all (found, cancellable, error);
      if (self != NULL && file != NULL)
        write_cache (self, file, identity);
    }
  if (self != NULL)
    self->identity = g_steal_pointer (&identity);
  return g_steal_pointer (&self);
}

/**
 * fairlead_program_get_path:
 * @self: a program
 *
 * Gets the path of the program.
 *
 * Returns: (transfer none): an absolute path
 *
 * Since: 1.0
 */
const char *
fairlead_program_get_path (FairleadProgram *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROGRAM (self), NULL);

  return self->path;
}

/**
 * fairlead_program_get_version:
 * @self: a program
 *
 * Gets the first line of what the program prints when it is asked for its version.
 *
 * Returns: (transfer none): a line of text
 *
 * Since: 1.0
 */
const char *
fairlead_program_get_version (FairleadProgram *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROGRAM (self), NULL);

  return self->version;
}

/**
 * fairlead_program_has_option:
 * @self: a program
 * @option: a long option, for example `--enable-seccomp`
 *
 * Tells whether the program's help names an option.
 *
 * Returns: %TRUE if it does
 *
 * Since: 1.0
 */
gboolean
fairlead_program_has_option (FairleadProgram *self,
                             const char      *option)
{
  g_return_val_if_fail (FAIRLEAD_IS_PROGRAM (self), FALSE);
  g_return_val_if_fail (option != NULL, FALSE);

  return g_strv_contains ((const char * const *) self->options, option);
}

/**
 * fairlead_program_require:
 * @self: a program
 * @option: a long option
 * @purpose: what asks for it, for the error; for example `the key "sandbox"`
 * @error: where to put the error
 *
 * Checks that the program has an option, and says which version lacks it with %FAIRLEAD_ERROR_NOT_SUPPORTED if not.
 *
 * Returns: %TRUE if the program has the option, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_program_require (FairleadProgram  *self,
                          const char       *option,
                          const char       *purpose,
                          GError          **error)
{
  if (fairlead_program_has_option (self, option))
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED, "%s (%s) has no option %s, which %s needs",
               self->path, self->version, option, purpose);
  return FALSE;
}
