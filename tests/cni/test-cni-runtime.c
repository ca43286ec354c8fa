/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-testlib.h"

#include "fairlead-cni-cache.h"
#include "fairlead-cni-lock.h"
#include "fairlead-cni-request.h"
#include "fairlead-cni-runtime.h"

#include <glib/gstdio.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every test has the plugins “one”, “two” and “three”, which are the recorder. */

#define RESULT_ONE "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"}]}"
#define RESULT_TWO "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/c1\"}]," \
                   "\"ips\":[{\"address\":\"10.1.0.2/24\",\"interface\":0}]}"

typedef struct
{
  CniFixture cni;
  FairleadCniRuntime *runtime;
  FairleadCniTarget *target;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  static const char * const args[] = { "IgnoreUnknown=1", "K=v=w", NULL };
  const char *dirs[] = { NULL, NULL, NULL };
  g_autoptr (GVariant) capability_args = cni_parse ("{\"portMappings\":[{\"hostPort\":8080}],\"mac\":\"02:00:00:00:00:01\"}");
  g_autofree char *missing = NULL;

  cni_fixture_set_up (&fixture->cni, data);
  cni_fixture_add_plugin (&fixture->cni, "one");
  cni_fixture_add_plugin (&fixture->cni, "two");
  cni_fixture_add_plugin (&fixture->cni, "three");
  missing = g_build_filename (fixture->cni.root, "missing", NULL);
  dirs[0] = missing;
  dirs[1] = fixture->cni.plugin_dir;
  fixture->runtime = fairlead_cni_runtime_new (dirs, fixture->cni.cache_dir, 20);
  fixture->target = fairlead_cni_target_new ("c1", "eth0", "/run/netns/c1", args, capability_args);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_finalize_object (fixture->runtime);
  fairlead_cni_target_unref (fixture->target);
  cni_fixture_tear_down (&fixture->cni, data);
}

static FairleadCniConfig *
parse_config (const char *text)
{
  g_autoptr (GError) error = NULL;
  FairleadCniConfig *config = fairlead_cni_config_new_from_text (text, -1, "test.conflist", &error);

  g_assert_no_error (error);
  return config;
}

static FairleadCniConfig *
new_config (const char *version)
{
  g_autofree char *text =
    g_strdup_printf ("{\"name\":\"net\",\"cniVersion\":\"%s\",\"plugins\":[{\"type\":\"one\",\"name\":\"mine\",\"x\":[1,2.5],"
                     "\"prevResult\":{\"old\":1}},{\"type\":\"two\",\"capabilities\":{\"portMappings\":true,\"mac\":false},"
                     "\"runtimeConfig\":{\"old\":1}},{\"type\":\"three\",\"runtimeConfig\":{\"kept\":1}}]}", version);

  return parse_config (text);
}

static FairleadCniResult *
add (Fixture            *fixture,
     FairleadCniConfig  *config,
     GError            **error)
{
  return fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, NULL, NULL, NULL, error);
}

static gboolean
del (Fixture            *fixture,
     FairleadCniConfig  *config,
     gboolean            force,
     GError            **error)
{
  return fairlead_cni_runtime_del (fixture->runtime, config, fixture->target, NULL, G_MAXUINT, force, NULL, error);
}

/* ADD that must succeed; its calls are forgotten. */
static void
add_ok (Fixture           *fixture,
        FairleadCniConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadCniResult) result = NULL;

  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout", RESULT_ONE);
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", RESULT_TWO);
  cni_fixture_tell (&fixture->cni, "three-ADD", "stdout", RESULT_TWO);
  result = add (fixture, config, &error);
  g_assert_no_error (error);
  g_assert_nonnull (result);
}

static gboolean
is_cached (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "results", "net-c1-eth0", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
assert_stdin (Fixture    *fixture,
              guint       call,
              const char *json)
{
  g_autoptr (GVariant) value = cni_fixture_get_stdin (&fixture->cni, call);

  cni_assert_json (value, json);
}

static void
assert_target_env (Fixture    *fixture,
                   guint       call,
                   const char *verb)
{
  g_autofree char *path = g_strdup_printf ("%s/missing:%s", fixture->cni.root, fixture->cni.plugin_dir);

  cni_fixture_assert_env (&fixture->cni, call, "CNI_COMMAND", verb);
  cni_fixture_assert_env (&fixture->cni, call, "CNI_CONTAINERID", "c1");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_NETNS", "/run/netns/c1");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_IFNAME", "eth0");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_ARGS", "IgnoreUnknown=1;K=v=w");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_PATH", path);
}

static void
test_add (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");

  g_test_summary ("ADD calls the plugins in order, each with the result of the one before, and caches the last result");

  add_ok (fixture, config);
  for (guint i = 0; i < 3; i++)
    assert_target_env (fixture, i, "ADD");
  assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"x\":[1,2.5],\"prevResult\":{\"old\":1}}");
  assert_stdin (fixture, 1, "{\"type\":\"two\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"capabilities\":{\"portMappings\":true,"
                            "\"mac\":false},\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":8080}]},\"prevResult\":"
                            RESULT_ONE "}");
  assert_stdin (fixture, 2, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                            "\"prevResult\":" RESULT_TWO "}");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (is_cached (fixture));
}

static void
test_environment (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = parse_config ("{\"name\":\"net\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autofree char *path = g_strdup (g_getenv ("PATH"));

  g_test_summary ("A plugin has the caller's environment, with a search path even if the caller has none");

  g_setenv ("CNI_IFNAME", "theirs", TRUE);
  g_setenv ("TRACEPARENT", "00-1-2-3", TRUE);
  g_unsetenv ("PATH");
  add_ok (fixture, config);
  g_setenv ("PATH", path, TRUE);
  g_unsetenv ("TRACEPARENT");
  g_unsetenv ("CNI_IFNAME");

  cni_fixture_assert_env (&fixture->cni, 0, "CNI_IFNAME", "eth0");
  cni_fixture_assert_env (&fixture->cni, 0, "TRACEPARENT", "00-1-2-3");
  cni_fixture_assert_env (&fixture->cni, 0, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"\"}");
}

static void
test_del (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("0.4.0");
  g_autoptr (GError) error = NULL;
  static const char prev_result[] =
    "{\"cniVersion\":\"0.4.0\",\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/c1\"}],"
    "\"ips\":[{\"version\":\"4\",\"address\":\"10.1.0.2/24\",\"interface\":0}],\"dns\":{}}";
  g_autofree char *third =
    g_strdup_printf ("{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"0.4.0\",\"runtimeConfig\":{\"kept\":1},"
                     "\"prevResult\":%s}", prev_result);
  g_autofree char *first =
    g_strdup_printf ("{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"0.4.0\",\"x\":[1,2.5],\"prevResult\":%s}", prev_result);

  g_test_summary ("DEL calls the plugins in reverse, each with the final result in the list's version; then the cache goes");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  assert_target_env (fixture, 0, "DEL");
  assert_stdin (fixture, 0, third);
  assert_stdin (fixture, 2, first);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_false (is_cached (fixture));

  g_assert_true (del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  assert_stdin (fixture, 0, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"0.4.0\",\"runtimeConfig\":{\"kept\":1}}");
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
}

static void
test_del_old (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("0.3.1");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Before 0.4.0 DEL has no prevResult");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  assert_stdin (fixture, 0, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"runtimeConfig\":{\"kept\":1}}");
}

static void
test_del_fails (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (GError) error = NULL;

  g_test_summary ("DEL stops at the first error and keeps the cache; forced, it goes on and tells all errors");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  cni_fixture_tell (&fixture->cni, "two-DEL", "exit", "1");
  cni_fixture_tell (&fixture->cni, "two-DEL", "stdout", "{\"code\":7,\"msg\":\"no way\",\"details\":\"none at all\"}");
  cni_fixture_tell (&fixture->cni, "one-DEL", "exit", "3");
  g_assert_false (del (fixture, config, FALSE, &error));
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL");
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "no way; none at all (CNI code 7, exit status 1)");
  g_assert_true (is_cached (fixture));

  g_assert_false (del (fixture, config, TRUE, &error));
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_nonnull (strstr (error->message, "exit status 3"));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "no way");
  g_assert_true (is_cached (fixture));
}

static void
test_del_missing (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autofree char *path = g_build_filename (fixture->cni.plugin_dir, "two", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A plugin that is missing does not keep the others from their DEL; never started, it is no error");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_false (del (fixture, config, FALSE, &error));
  cni_fixture_assert_calls (&fixture->cni, "three DEL, one DEL");
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "plugin two is not in");
  g_assert_true (is_cached (fixture));

  g_assert_true (fairlead_cni_runtime_del (fixture->runtime, config, fixture->target, NULL, 1, FALSE, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, one DEL");
}

typedef struct
{
  guint n_calls;
  guint n_started;
  gboolean had_result;
  guint fail_at;
} Progress;

static gboolean
note_progress (guint               n_started,
               FairleadCniResult  *result,
               gpointer            user_data,
               GError            **error)
{
  Progress *progress = user_data;

  progress->n_calls++;
  progress->n_started = n_started;
  progress->had_result = result != NULL;
  if (n_started != progress->fail_at)
    return TRUE;
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED, "disk full");
  return FALSE;
}

static void
test_progress (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Progress progress = { 0 };

  g_test_summary ("Before each plugin the caller hears what is about to be done; if it cannot note it, nothing is done");

  cni_fixture_tell (&fixture->cni, "two-ADD", "exit", "1");
  result = fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, note_progress, &progress, NULL, &error);
  g_assert_null (result);
  g_clear_error (&error);
  g_assert_cmpuint (progress.n_started, ==, 2);
  g_assert_true (progress.had_result);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  g_assert_false (is_cached (fixture));

  progress.fail_at = 1;
  result = fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, note_progress, &progress, NULL, &error);
  g_assert_null (result);
  cni_assert_error (&error, FAIRLEAD_ERROR_EXHAUSTED, "disk full");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_add_missing (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"absent\"}]}");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("If one plugin of the list is not installed, none is called");

  result = add (fixture, config, &error);
  g_assert_null (result);
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "absent is not in");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static const struct
{
  const char *answer;
  const char *complaint;
  const char *status;
  int signal;
  int code;
  const char *part;
} failures[] = {
  { "", "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "it gave no reason (exit status 1)" },
  { "", "boom\n", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "standard error: boom (exit status 1)" },
  { "boom", "", "2", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not JSON" },
  { "{\"x\":1}", "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an error of CNI: {\"x\":1}" },
  { "{\"code\":-1,\"msg\":\"m\"}", "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an error of CNI" },
  { "{\"code\":11,\"msg\":\"later\"}", "", "1", 0, FAIRLEAD_ERROR_TRY_AGAIN, "later (CNI code 11, exit status 1)" },
  { "{\"code\":50,\"msg\":\"down\"}", "noise", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "down (CNI code 50" },
  { "{\"code\":7,\"msg\":\"odd\"}", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "odd (CNI code 7, exit status 0)" },
  { RESULT_ONE, "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an error of CNI" },
  { "", "", "0", 9, FAIRLEAD_ERROR_HELPER_FAILED, "ended by signal 9, Killed" },
  { "", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "no result" },
  { "[]", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an object" },
  { "{} x", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not JSON" },
  { "{\"ips\":[{\"address\":\"x\"}]}", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an address" },
  { "{\"cniVersion\":\"9.9.9\"}", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "9.9.9" },
};

static void
test_failures (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");

  g_test_summary ("However a plugin fails, the error says which, at what, on which network and why");

  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *signal = failures[i].signal != 0 ? g_strdup_printf ("%d", failures[i].signal) : NULL;
      g_autoptr (FairleadCniResult) result = NULL;
      g_autoptr (GError) error = NULL;
      const char *plugin;

      g_test_message ("%s", failures[i].part);
      cni_fixture_tell (&fixture->cni, "one-ADD", "stdout", failures[i].answer);
      cni_fixture_tell (&fixture->cni, "one-ADD", "stderr", failures[i].complaint);
      cni_fixture_tell (&fixture->cni, "one-ADD", "exit", failures[i].status);
      if (signal != NULL)
        cni_fixture_tell (&fixture->cni, "one-ADD", "signal", signal);
      result = add (fixture, config, &error);
      if (signal != NULL)
        cni_fixture_untell (&fixture->cni, "one-ADD", "signal");
      g_assert_null (result);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "plugin one"));
      g_assert_nonnull (strstr (error->message, "ADD"));
      g_assert_nonnull (strstr (error->message, "“net”"));
      g_assert_true (g_variant_lookup (fairlead_error_get_details (error), "plugin", "&s", &plugin));
      g_assert_true (g_str_has_suffix (plugin, "/one"));
      cni_assert_error (&error, failures[i].code, failures[i].part);
      cni_fixture_assert_calls (&fixture->cni, "one ADD");
    }
}

static void
test_details (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->cni.plugin_dir, "one", NULL);
  g_autofree char *expected =
    g_strdup_printf ("{\"plugin\":\"%s\",\"verb\":\"ADD\",\"network\":\"net\",\"cni-code\":101,\"cni-msg\":\"m\","
                     "\"cni-details\":\"d\",\"exit-status\":1,\"stderr\":\"e\"}", path);

  g_test_summary ("The error of a plugin has its parts as details, for programs");

  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout", "{\"code\":101,\"msg\":\"m\",\"details\":\"d\"}");
  cni_fixture_tell (&fixture->cni, "one-ADD", "stderr", "e\n");
  cni_fixture_tell (&fixture->cni, "one-ADD", "exit", "1");
  result = add (fixture, config, &error);
  g_assert_null (result);
  {
    g_autofree char *text = fairlead_json_print (fairlead_error_get_details (error), FALSE);
    g_autoptr (GVariant) details = cni_parse (text);

    cni_assert_json (details, expected);
  }
}

static void
test_result_version (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A result of another known version is passed on and cached as it is; DEL gets it in the list's");

  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout",
                    "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.2/24\"},\"dns\":{}}");
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", "null");
  cni_fixture_tell (&fixture->cni, "three-ADD", "stdout",
                    "{\"cniVersion\":\"0.3.1\",\"ips\":[{\"version\":\"4\",\"address\":\"10.1.0.2/24\"}]}");
  result = add (fixture, config, &error);
  g_assert_no_error (error);
  assert_stdin (fixture, 1, "{\"type\":\"two\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"capabilities\":{\"portMappings\":true,"
                            "\"mac\":false},\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":8080}]},\"prevResult\":"
                            "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.2/24\"},\"dns\":{}}}");
  assert_stdin (fixture, 2, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                            "\"prevResult\":{\"cniVersion\":\"1.0.0\"}}");
  g_assert_cmpstr (result->version, ==, "0.3.1");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");

  g_assert_true (del (fixture, config, FALSE, &error));
  assert_stdin (fixture, 0, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                            "\"prevResult\":{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"}]}}");
}

static void
add_note (const char *text,
          gpointer    user_data)
{
  g_ptr_array_add (user_data, g_strdup (text));
}

static void
test_notes (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "results", "net-c1-eth0", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("What a plugin that succeeds complains of, and a cache that cannot be read, are told but stop nothing");

  fairlead_cni_runtime_set_note_func (fixture->runtime, add_note, notes);
  cni_fixture_tell (&fixture->cni, "two-ADD", "stderr", "this is deprecated\n");
  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (notes, 0), ==, "this is deprecated");

  cni_write_file (path, "");
  g_assert_true (del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_cmpuint (notes->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (notes, 1), path));
  g_assert_false (is_cached (fixture));
}

static void
test_check (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const skipped[] = { "two", NULL };
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniConfig) old = new_config ("0.3.1");
  g_autoptr (FairleadCniConfig) disabled =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"disableCheck\":true,\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (GError) error = NULL;

  g_test_summary ("CHECK needs an ADD before, goes in order, and leaves out what it is told to");

  g_assert_false (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "is not attached to CNI network “net” as eth0");
  g_assert_false (fairlead_cni_runtime_check (fixture->runtime, old, fixture->target, NULL, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_SUPPORTED, "does not support CHECK");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, disabled, fixture->target, NULL, NULL, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  assert_target_env (fixture, 0, "CHECK");
  assert_stdin (fixture, 2, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                            "\"prevResult\":" RESULT_TWO "}");
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, two CHECK, three CHECK");

  cni_fixture_tell (&fixture->cni, "two-CHECK", "exit", "1");
  g_assert_false (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "plugin two");
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, two CHECK");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, skipped, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, three CHECK");
}

static void
cache_stale (Fixture           *fixture,
             FairleadCniConfig *config)
{
  static const char * const args[] = { "A=1", NULL };
  g_autoptr (FairleadCniTarget) stale = fairlead_cni_target_new ("c2", "eth1", "/gone", args, NULL);
  g_autoptr (GVariant) value = cni_parse (RESULT_ONE);
  g_autoptr (FairleadCniResult) result = fairlead_cni_result_new (value, "1.0.0", NULL);

  g_assert_true (fairlead_cni_cache_write (fixture->cni.cache_dir, config, stale, result, NULL));
}

static void
test_gc (Fixture       *fixture,
         gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\",\"y\":1}]}");
  g_autoptr (FairleadCniConfig) other =
    parse_config ("{\"name\":\"other\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (GPtrArray) valid = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("GC makes DELs of cached attachments that are not valid, then tells all plugins which are");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  cache_stale (fixture, config);
  cache_stale (fixture, other);
  g_ptr_array_add (valid, fixture->target);

  cni_fixture_tell (&fixture->cni, "one-GC", "exit", "1");
  g_assert_false (fairlead_cni_runtime_gc (fixture->runtime, config, valid, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "plugin one");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", "c2");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_NETNS", "/gone");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "A=1");
  cni_fixture_assert_env (&fixture->cni, 2, "CNI_COMMAND", "GC");
  cni_fixture_assert_env (&fixture->cni, 2, "CNI_CONTAINERID", "");
  cni_fixture_assert_env (&fixture->cni, 2, "CNI_NETNS", "");
  cni_fixture_assert_env (&fixture->cni, 2, "CNI_IFNAME", "");
  cni_fixture_assert_env (&fixture->cni, 2, "CNI_ARGS", "");
  assert_stdin (fixture, 3, "{\"type\":\"two\",\"y\":1,\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"cni.dev/valid-attachments\":"
                            "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}],\"cni.dev/attachments\":"
                            "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}]}");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one GC, two GC");
  g_assert_true (is_cached (fixture));

  cni_fixture_untell (&fixture->cni, "one-GC", "exit");
  g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, config, NULL, NULL, &error));
  assert_stdin (fixture, 2, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.1.0\"}");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one GC, two GC");
  g_assert_false (is_cached (fixture));
}

static void
test_gc_foreign (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) current =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
  g_autofree char *list = g_strdup ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autofree char *encoded = g_base64_encode ((const guchar *) list, strlen (list));
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "results", "net-c9-eth0", NULL);
  const char *markers[] = { "", "\"fairlead\":\"1\"," };
  const char *calls[] = { "two DEL, one DEL", "one DEL" };
  g_autoptr (GError) error = NULL;

  g_test_summary ("What another runtime cached lacks the plugins of fragments, so DEL takes the list of today; for ours not");

  for (gsize i = 0; i < G_N_ELEMENTS (markers); i++)
    {
      g_autofree char *text =
        g_strdup_printf ("{\"kind\":\"cniCacheV1\",\"containerId\":\"c9\",\"ifName\":\"eth0\",\"networkName\":\"net\",%s"
                         "\"config\":\"%s\",\"result\":" RESULT_ONE "}", markers[i], encoded);

      cni_write_file (path, text);
      g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, current, NULL, NULL, &error));
      g_assert_no_error (error);
      cni_fixture_assert_calls (&fixture->cni, calls[i]);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_gc_old (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (FairleadCniConfig) disabled =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"disableGC\":true,\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Before 1.1.0 GC is only the DELs, and with disableGC it is nothing");

  cache_stale (fixture, config);
  g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, disabled, NULL, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, config, NULL, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one DEL");
}

static void
test_status (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"},{\"type\":\"three\"}]}");
  g_autoptr (FairleadCniConfig) old = new_config ("1.0.0");
  g_autoptr (GError) error = NULL;

  g_test_summary ("STATUS asks the plugins in order until one says no; before 1.1.0 it asks none");

  g_assert_true (fairlead_cni_runtime_status (fixture->runtime, old, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "");

  cni_fixture_tell (&fixture->cni, "two-STATUS", "stdout", "{\"code\":50,\"msg\":\"not ready\"}");
  cni_fixture_tell (&fixture->cni, "two-STATUS", "exit", "1");
  g_assert_false (fairlead_cni_runtime_status (fixture->runtime, config, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "not ready");
  assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.1.0\"}");
  cni_fixture_assert_calls (&fixture->cni, "one STATUS, two STATUS");
}

static const struct
{
  const char *answer;
  const char *status;
  const char *versions;
} version_answers[] = {
  { "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.4.0\",\"1.0.0\"]}", "0", "0.4.0 1.0.0" },
  { "{\"cniVersion\":\"0.2.0\"}", "0", "0.1.0 0.2.0" },
  { "{\"cniVersion\":\"1.0.0\"}", "0", NULL },
  { "{\"supportedVersions\":[\"1.0.0\"]}", "0", NULL },
  { "{\"code\":4,\"msg\":\"unknown CNI_COMMAND: VERSION\"}", "1", "0.1.0" },
  { "{\"code\":4,\"msg\":\"unknown CNI_COMMAND\"}", "1", NULL },
  { "", "0", NULL },
};

static void
test_version (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("A plugin is asked for its versions once, and old ones that do not know the question are understood");

  for (gsize i = 0; i < G_N_ELEMENTS (version_answers); i++)
    {
      const char * const dirs[] = { fixture->cni.plugin_dir, NULL };
      g_autoptr (FairleadCniRuntime) runtime = fairlead_cni_runtime_new (dirs, fixture->cni.cache_dir, 20);
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) versions = NULL;
      g_autofree char *joined = NULL;

      cni_fixture_tell (&fixture->cni, "one-VERSION", "stdout", version_answers[i].answer);
      cni_fixture_tell (&fixture->cni, "one-VERSION", "exit", version_answers[i].status);
      versions = fairlead_cni_runtime_version (runtime, "one", NULL, &error);
      joined = versions != NULL ? g_strjoinv (" ", versions) : NULL;
      g_assert_cmpstr (joined, ==, version_answers[i].versions);
      g_assert_true ((versions == NULL) == (error != NULL));
      cni_fixture_assert_env (&fixture->cni, 0, "CNI_NETNS", "dummy");
      cni_fixture_assert_env (&fixture->cni, 0, "CNI_IFNAME", "dummy");
      cni_fixture_assert_env (&fixture->cni, 0, "CNI_PATH", "dummy");
      cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", "");
      assert_stdin (fixture, 0, "{\"cniVersion\":\"1.1.0\"}");
      cni_fixture_assert_calls (&fixture->cni, "one VERSION");

      if (versions != NULL)
        {
          g_auto (GStrv) again = fairlead_cni_runtime_version (runtime, "one", NULL, &error);

          g_assert_true (g_strv_equal ((const char * const *) versions, (const char * const *) again));
          cni_fixture_assert_calls (&fixture->cni, "");
        }
    }
}

static void
test_negotiate (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) offered =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"0.4.0\",\"cniVersions\":[\"1.0.0\",\"1.1.0\"],"
                  "\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
  g_autoptr (FairleadCniConfig) fixed = new_config ("1.1.0");
  g_autoptr (FairleadCniConfig) unsuited =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"cniVersions\":[\"1.1.0\"],"
                  "\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
  g_autoptr (FairleadCniConfig) broken =
    parse_config ("{\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"cniVersions\":[\"1.1.0\"],\"plugins\":[{\"type\":\"absent\"},{\"type\":\"one\"},{\"type\":\"missing\"}]}");
  g_autoptr (FairleadCniConfig) chosen = NULL;
  g_autoptr (FairleadCniConfig) none = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The newest version that the list offers and all its plugins support is taken, and the only one kept; a "
                  "list that offers one version has nobody asked");

  cni_fixture_tell (&fixture->cni, "two-VERSION", "stdout",
                    "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.4.0\",\"1.0.0\"]}");
  chosen = fairlead_cni_runtime_negotiate (fixture->runtime, offered, NULL, &error);
  g_assert_no_error (error);
  text = fairlead_cni_config_to_text (chosen);
  value = cni_parse (text);
  cni_assert_json (value, "{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");

  cni_fixture_assert_calls (&fixture->cni, "one VERSION, two VERSION");

  none = fairlead_cni_runtime_negotiate (fixture->runtime, unsuited, NULL, &error);
  g_assert_null (none);
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_SUPPORTED, "two supports 0.4.0, 1.0.0");
  g_clear_pointer (&chosen, fairlead_cni_config_unref);
  chosen = fairlead_cni_runtime_negotiate (fixture->runtime, fixed, NULL, &error);
  g_assert_true (chosen == fixed);
  cni_fixture_assert_calls (&fixture->cni, "");

  none = fairlead_cni_runtime_negotiate (fixture->runtime, broken, NULL, &error);
  g_assert_null (none);
  g_assert_nonnull (strstr (error->message, "plugin missing"));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "plugin absent");
}

static void
test_invalid (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct
  {
    const char *container_id;
    const char *ifname;
    guint32 code;
  } targets[] = { { "", "eth0", 3 }, { "a/b", "eth0", 4 }, { "c1", "a/b", 4 }, { "c1", "", 4 } };
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");

  g_test_summary ("No verb calls a plugin for names that CNI does not allow; the error has CNI's code");

  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autoptr (FairleadCniTarget) target =
        fairlead_cni_target_new (targets[i].container_id, targets[i].ifname, "/n", NULL, NULL);
      g_autoptr (FairleadCniResult) result = NULL;
      g_autoptr (GError) error = NULL;
      guint32 code;

      result = fairlead_cni_runtime_add (fixture->runtime, config, target, NULL, NULL, NULL, &error);
      g_assert_null (result);
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_variant_lookup (fairlead_error_get_details (error), "cni-code", "u", &code));
      g_assert_cmpuint (code, ==, targets[i].code);
      g_clear_error (&error);
      g_assert_false (fairlead_cni_runtime_del (fixture->runtime, config, target, NULL, G_MAXUINT, TRUE, NULL, &error));
      g_clear_error (&error);
      g_assert_false (fairlead_cni_runtime_check (fixture->runtime, config, target, NULL, NULL, NULL, &error));
    }
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_collision (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniConfig) other =
    parse_config ("{\"name\":\"net-c1\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (FairleadCniTarget) first = fairlead_cni_target_new ("c1-x", "eth0", "/n", NULL, NULL);
  g_autoptr (FairleadCniTarget) second = fairlead_cni_target_new ("x", "eth0", "/n", NULL, NULL);
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (FairleadCniResult) none = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An attachment whose cache file is another's is refused before any plugin runs, and DEL leaves it alone");

  result = fairlead_cni_runtime_add (fixture->runtime, config, first, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  none = fairlead_cni_runtime_add (fixture->runtime, other, second, NULL, NULL, NULL, &error);
  g_assert_null (none);
  cni_assert_error (&error, FAIRLEAD_ERROR_ALREADY_EXISTS, "container “c1-x”");
  cni_fixture_assert_calls (&fixture->cni, "");

  g_assert_true (fairlead_cni_runtime_del (fixture->runtime, other, second, NULL, G_MAXUINT, FALSE, NULL, &error));
  assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net-c1\",\"cniVersion\":\"1.0.0\"}");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, config, first, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_cache_fails (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *results = g_build_filename (fixture->cni.cache_dir, "results", NULL);

  g_test_summary ("If the cache cannot be written ADD has failed; if there can be none, ADD calls nobody, but DEL does");

  cni_write_file (fixture->cni.cache_dir, "not a directory");
  result = add (fixture, config, &error);
  g_assert_null (result);
  g_clear_error (&error);
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_false (del (fixture, config, FALSE, &error));
  g_clear_error (&error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_cmpint (g_unlink (fixture->cni.cache_dir), ==, 0);

  cni_write_file (results, "not a directory");
  result = add (fixture, config, &error);
  g_assert_null (result);
  g_assert_nonnull (strstr (error->message, "CNI cache"));
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
}

static void
test_large (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *filler = g_strnfill (300000, 'x');
  g_autofree char *text =
    g_strdup_printf ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\",\"filler\":\"%s\"}]}", filler);
  g_autoptr (FairleadCniConfig) config = parse_config (text);
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GVariant) request = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("300 kB in each direction at once do not block, whether or not the plugin reads its input");

  cni_fixture_tell (&fixture->cni, "one-ADD", "stderr", filler);
  cni_fixture_tell (&fixture->cni, "one-DEL", "deaf", "");
  result = add (fixture, config, &error);
  g_assert_no_error (error);
  request = cni_fixture_get_stdin (&fixture->cni, 0);
  g_assert_cmpuint (g_variant_n_children (request), ==, 4);
  g_assert_true (del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
}

static void
test_hang (Fixture       *fixture,
           gconstpointer  data)
{
  const char * const dirs[] = { fixture->cni.plugin_dir, NULL };
  g_autoptr (FairleadCniRuntime) runtime = fairlead_cni_runtime_new (dirs, fixture->cni.cache_dir, 1);
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("A plugin that hangs, and a child of it that holds the pipes, are ended at the time limit");

  cni_fixture_tell (&fixture->cni, "one-ADD", "hang", "");
  cni_fixture_tell (&fixture->cni, "one-ADD", "stderr", "waiting for a lease");
  result = fairlead_cni_runtime_add (runtime, config, fixture->target, NULL, NULL, NULL, &error);
  g_assert_null (result);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 15 * G_USEC_PER_SEC);
  g_assert_nonnull (strstr (error->message, "plugin one"));
  cni_assert_error (&error, FAIRLEAD_ERROR_TIMED_OUT, "waiting for a lease");
}

static gboolean
is_c2 (FairleadCniCacheEntry *entry,
       gpointer               user_data)
{
  return g_str_equal (entry->target->container_id, "c2");
}

static void
test_gc_where (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (FairleadCniLock) lock = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("GC asks what is garbage, and not while an ADD or a DEL is at work; ADD waits for it, but not for ever");

  add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
  cache_stale (fixture, config);

  lock = fairlead_cni_lock_shared (fixture->cni.cache_dir, 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (fairlead_cni_runtime_gc_where (fixture->runtime, config, is_c2, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_BUSY, "right now");
  cni_fixture_assert_calls (&fixture->cni, "");
  g_clear_pointer (&lock, fairlead_cni_lock_release);

  g_assert_true (fairlead_cni_runtime_gc_where (fixture->runtime, config, is_c2, NULL, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", "c2");
  assert_stdin (fixture, 1, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"cni.dev/valid-attachments\":"
                            "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}],\"cni.dev/attachments\":"
                            "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}]}");
  cni_fixture_assert_calls (&fixture->cni, "one DEL, one GC");

  lock = fairlead_cni_lock_exclusive (fixture->cni.cache_dir, &error);
  g_assert_no_error (error);
  g_assert_null (fairlead_cni_lock_shared (fixture->cni.cache_dir, 1, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_TRY_AGAIN, "1 seconds");
}

static gpointer
cancel_when_called (gpointer data)
{
  Fixture *fixture = g_object_get_data (data, "fixture");
  g_autofree char *log = g_build_filename (fixture->cni.record_dir, "0.stdin", NULL);

  while (!g_file_test (log, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  g_test_summary ("Cancelling ends the plugin that runs, and none is called after it");

  cni_fixture_tell (&fixture->cni, "one-ADD", "hang", "");
  g_object_set_data (G_OBJECT (cancellable), "fixture", fixture);
  thread = g_thread_new ("cancel", cancel_when_called, cancellable);
  result = fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, NULL, NULL, cancellable, &error);
  g_thread_join (thread);
  g_assert_null (result);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
}

static void
test_not_executable (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->cni.root, "missing", "one", NULL);
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that cannot be executed is not passed over in silence");

  cni_write_file (path, "#!/bin/sh\n");
  result = add (fixture, config, &error);
  g_assert_null (result);
  cni_assert_error (&error, FAIRLEAD_ERROR_PERMISSION_DENIED, "missing/one");
}

static void
test_unused (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FairleadCniConfig) config = new_config ("1.0.0");
  g_auto (GStrv) unused = fairlead_cni_request_list_unused (config, fixture->target->capability_args);
  g_autofree char *joined = g_strjoinv (" ", unused);

  g_test_summary ("Arguments for capabilities that no plugin declares are known");
  g_assert_cmpstr (joined, ==, "mac");
}

#define TEST(path, func) g_test_add ("/fairlead/cni/runtime/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("add", test_add);
  TEST ("add-missing", test_add_missing);
  TEST ("environment", test_environment);
  TEST ("progress", test_progress);
  TEST ("failures", test_failures);
  TEST ("details", test_details);
  TEST ("result-version", test_result_version);
  TEST ("del", test_del);
  TEST ("del-old", test_del_old);
  TEST ("del-fails", test_del_fails);
  TEST ("del-missing", test_del_missing);
  TEST ("notes", test_notes);
  TEST ("check", test_check);
  TEST ("gc", test_gc);
  TEST ("gc-foreign", test_gc_foreign);
  TEST ("gc-old", test_gc_old);
  TEST ("gc-where", test_gc_where);
  TEST ("status", test_status);
  TEST ("version", test_version);
  TEST ("negotiate", test_negotiate);
  TEST ("invalid", test_invalid);
  TEST ("collision", test_collision);
  TEST ("cache-fails", test_cache_fails);
  TEST ("large", test_large);
  TEST ("hang", test_hang);
  TEST ("cancel", test_cancel);
  TEST ("not-executable", test_not_executable);
  TEST ("unused", test_unused);
  return g_test_run ();
}
