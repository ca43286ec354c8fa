/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-runtime-testlib.h"

#include "fairlead-cni-request.h"

#include <glib/gstdio.h>

#include <string.h>

/* ADD over a list: what each plugin is given, what becomes of the results, and what is refused before. */

static void
test_add (CniRuntimeFixture *fixture,
          gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");

  g_test_summary ("ADD calls the plugins in order, each with the result of the one before, and caches the last result");

  cni_add_ok (fixture, config);
  for (guint i = 0; i < 3; i++)
    cni_assert_target (fixture, i, "ADD");
  cni_assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"x\":[1,2.5],\"prevResult\":{\"old\":1}}");
  cni_assert_stdin (fixture, 1, "{\"type\":\"two\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"capabilities\":{\"portMappings\":true,"
                                "\"mac\":false},\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":8080}]},\"prevResult\":"
                                CNI_RESULT_ONE "}");
  cni_assert_stdin (fixture, 2, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                                "\"prevResult\":" CNI_RESULT_TWO "}");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (cni_is_cached (fixture));
}

static void
test_environment (CniRuntimeFixture *fixture,
                  gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_parse_config ("{\"name\":\"net\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autofree char *path = g_strdup (g_getenv ("PATH"));

  g_test_summary ("A plugin has the caller's environment, with a search path even if the caller has none");

  g_setenv ("CNI_IFNAME", "theirs", TRUE);
  g_setenv ("TRACEPARENT", "00-1-2-3", TRUE);
  g_unsetenv ("PATH");
  cni_add_ok (fixture, config);
  g_setenv ("PATH", path, TRUE);
  g_unsetenv ("TRACEPARENT");
  g_unsetenv ("CNI_IFNAME");

  cni_fixture_assert_env (&fixture->cni, 0, "CNI_IFNAME", "eth0");
  cni_fixture_assert_env (&fixture->cni, 0, "TRACEPARENT", "00-1-2-3");
  cni_fixture_assert_env (&fixture->cni, 0, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  cni_assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"\"}");
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
test_progress (CniRuntimeFixture *fixture,
               gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autofree char *second = g_build_filename (fixture->cni.plugin_dir, "two", NULL);
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
  g_assert_false (cni_is_cached (fixture));

  /* One that is no program has not been started. */
  g_assert_cmpint (g_unlink (second), ==, 0);
  cni_write_file (second, "not a program");
  g_assert_cmpint (g_chmod (second, 0755), ==, 0);
  result = fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, note_progress, &progress, NULL, &error);
  g_assert_null (result);
  g_clear_error (&error);
  g_assert_cmpuint (progress.n_started, ==, 1);
  cni_fixture_assert_calls (&fixture->cni, "one ADD");

  progress.fail_at = 1;
  result = fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, note_progress, &progress, NULL, &error);
  g_assert_null (result);
  cni_assert_error (&error, FAIRLEAD_ERROR_EXHAUSTED, "disk full");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_add_missing (CniRuntimeFixture *fixture,
                  gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"absent\"}]}");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("If one plugin of the list is not installed, none is called");

  result = cni_add (fixture, config, &error);
  g_assert_null (result);
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "absent is not in");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_version_unknown (CniRuntimeFixture *fixture,
                      gconstpointer      data)
{
  static const char * const versions[] = { "1.2.0", "2", "one", "1.0.0.0" };

  g_test_summary ("A list in a version that is not known yet, or is none, is refused before any plugin is called");

  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_autoptr (FairleadCniConfig) config = cni_new_config (versions[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (cni_add (fixture, config, &error));
      cni_assert_error (&error, i < 2 ? FAIRLEAD_ERROR_NOT_SUPPORTED : FAIRLEAD_ERROR_INVALID_CONFIGURATION, versions[i]);
    }
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_result_version (CniRuntimeFixture *fixture,
                     gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A result of another known version is passed on and cached as it is; DEL gets it in the list's");

  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout",
                    "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.2/24\"},\"dns\":{}}");
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", "null");
  cni_fixture_tell (&fixture->cni, "three-ADD", "stdout",
                    "{\"cniVersion\":\"0.3.1\",\"ips\":[{\"version\":\"4\",\"address\":\"10.1.0.2/24\"}]}");
  result = cni_add (fixture, config, &error);
  g_assert_no_error (error);
  cni_assert_stdin (fixture, 1, "{\"type\":\"two\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"capabilities\":{\"portMappings\":true,"
                                "\"mac\":false},\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":8080}]},\"prevResult\":"
                                "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.2/24\"},\"dns\":{}}}");
  cni_assert_stdin (fixture, 2, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                                "\"prevResult\":{\"cniVersion\":\"1.0.0\"}}");
  g_assert_cmpstr (result->version, ==, "0.3.1");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");

  g_assert_true (cni_del (fixture, config, FALSE, &error));
  cni_assert_stdin (fixture, 0, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                                "\"prevResult\":{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"}]}}");
}

static void
test_invalid (CniRuntimeFixture *fixture,
              gconstpointer      data)
{
  static const struct
  {
    const char *container_id;
    const char *ifname;
    guint32 code;
  } targets[] = { { "", "eth0", 3 }, { "a/b", "eth0", 4 }, { "c1", "a/b", 4 }, { "c1", "", 4 } };
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");

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
test_collision (CniRuntimeFixture *fixture,
                gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (FairleadCniConfig) other =
    cni_parse_config ("{\"name\":\"net-c1\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"}]}");
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
  cni_assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net-c1\",\"cniVersion\":\"1.0.0\"}");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, config, first, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_cache_fails (CniRuntimeFixture *fixture,
                  gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *results = g_build_filename (fixture->cni.cache_dir, "results", NULL);

  g_test_summary ("If the cache cannot be written ADD has failed; if there can be none, ADD calls nobody, but DEL does");

  cni_write_file (fixture->cni.cache_dir, "not a directory");
  result = cni_add (fixture, config, &error);
  g_assert_null (result);
  g_clear_error (&error);
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_false (cni_del (fixture, config, FALSE, &error));
  g_clear_error (&error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_cmpint (g_unlink (fixture->cni.cache_dir), ==, 0);

  cni_write_file (results, "not a directory");
  result = cni_add (fixture, config, &error);
  g_assert_null (result);
  g_assert_nonnull (strstr (error->message, "CNI cache"));
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
}

static void
test_unused (CniRuntimeFixture *fixture,
             gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_auto (GStrv) unused = fairlead_cni_request_list_unused (config, fixture->target->capability_args);
  g_autofree char *joined = g_strjoinv (" ", unused);

  g_test_summary ("Arguments for capabilities that no plugin declares are known");
  g_assert_cmpstr (joined, ==, "mac");
}

#define TEST(path, func) \
  g_test_add ("/fairlead/cni/add/" path, CniRuntimeFixture, NULL, cni_runtime_set_up, func, cni_runtime_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("order", test_add);
  TEST ("environment", test_environment);
  TEST ("progress", test_progress);
  TEST ("missing", test_add_missing);
  TEST ("version-unknown", test_version_unknown);
  TEST ("result-version", test_result_version);
  TEST ("invalid", test_invalid);
  TEST ("collision", test_collision);
  TEST ("cache-fails", test_cache_fails);
  TEST ("unused", test_unused);
  return g_test_run ();
}
