/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-runtime-testlib.h"

#include <string.h>

/* One call of a plugin: its answers, its failures, its time limit, and the versions that it supports. */

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
  { "", "first\nlast\n\n", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "standard error: last (exit status 1)" },
  { "", "note\npanic: nil\n\ngoroutine 1\n\tmain.go:1\n", "2", 0, FAIRLEAD_ERROR_HELPER_FAILED,
    "standard error: panic: nil (exit status 2)" },
  { "boom", "", "2", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not JSON" },
  { "{\"x\":1}", "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an error of CNI: {\"x\":1}" },
  { "{\"code\":-1,\"msg\":\"m\"}", "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an error of CNI" },
  { "{\"code\":11,\"msg\":\"later\"}", "", "1", 0, FAIRLEAD_ERROR_TRY_AGAIN, "later (CNI code 11, exit status 1)" },
  { "{\"code\":50,\"msg\":\"down\"}", "noise", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "down (CNI code 50" },
  { "{\"code\":7,\"msg\":\"odd\"}", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "odd (CNI code 7, exit status 0)" },
  { CNI_RESULT_ONE, "", "1", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an error of CNI" },
  { "", "", "0", 9, FAIRLEAD_ERROR_HELPER_FAILED, "ended by signal 9, Killed" },
  { "", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "no result" },
  { "[]", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an object" },
  { "{} x", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not JSON" },
  { "{\"ips\":[{\"address\":\"x\"}]}", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "not an address" },
  { "{\"cniVersion\":\"9.9.9\"}", "", "0", 0, FAIRLEAD_ERROR_HELPER_FAILED, "9.9.9" },
};

static void
test_failures (CniRuntimeFixture *fixture,
               gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");

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
      result = cni_add (fixture, config, &error);
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
test_details (CniRuntimeFixture *fixture,
              gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
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
  result = cni_add (fixture, config, &error);
  g_assert_null (result);
  {
    g_autofree char *text = fairlead_json_print (fairlead_error_get_details (error), FALSE);
    g_autoptr (GVariant) details = cni_parse (text);

    cni_assert_json (details, expected);
  }
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
test_version (CniRuntimeFixture *fixture,
              gconstpointer      data)
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
      cni_assert_stdin (fixture, 0, "{\"cniVersion\":\"1.1.0\"}");
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
test_negotiate (CniRuntimeFixture *fixture,
                gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) offered =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"0.4.0\",\"cniVersions\":[\"1.0.0\",\"1.1.0\"],"
                      "\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
  g_autoptr (FairleadCniConfig) fixed = cni_new_config ("1.1.0");
  g_autoptr (FairleadCniConfig) unsuited =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"cniVersions\":[\"1.1.0\"],"
                      "\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
  g_autoptr (FairleadCniConfig) broken =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"cniVersions\":[\"1.1.0\"],\"plugins\":[{\"type\":\"absent\"},{\"type\":\"one\"},{\"type\":\"missing\"}]}");
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
test_large (CniRuntimeFixture *fixture,
            gconstpointer      data)
{
  g_autofree char *filler = g_strnfill (300000, 'x');
  g_autofree char *text =
    g_strdup_printf ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\",\"filler\":\"%s\"}]}", filler);
  g_autoptr (FairleadCniConfig) config = cni_parse_config (text);
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GVariant) request = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("300 kB in each direction at once do not block, whether or not the plugin reads its input");

  cni_fixture_tell (&fixture->cni, "one-ADD", "stderr", filler);
  cni_fixture_tell (&fixture->cni, "one-DEL", "deaf", "");
  result = cni_add (fixture, config, &error);
  g_assert_no_error (error);
  request = cni_fixture_get_stdin (&fixture->cni, 0);
  g_assert_cmpuint (g_variant_n_children (request), ==, 4);
  g_assert_true (cni_del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
}

static void
test_hang (CniRuntimeFixture *fixture,
           gconstpointer      data)
{
  const char * const dirs[] = { fixture->cni.plugin_dir, NULL };
  g_autoptr (FairleadCniRuntime) runtime = fairlead_cni_runtime_new (dirs, fixture->cni.cache_dir, 1);
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
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

static gpointer
cancel_when_called (gpointer data)
{
  CniRuntimeFixture *fixture = g_object_get_data (data, "fixture");
  g_autofree char *log = g_build_filename (fixture->cni.record_dir, "0.stdin", NULL);

  while (!g_file_test (log, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (CniRuntimeFixture *fixture,
             gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
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
test_not_executable (CniRuntimeFixture *fixture,
                     gconstpointer      data)
{
  g_autofree char *path = g_build_filename (fixture->cni.root, "missing", "one", NULL);
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that cannot be executed is not passed over in silence");

  cni_write_file (path, "#!/bin/sh\n");
  result = cni_add (fixture, config, &error);
  g_assert_null (result);
  cni_assert_error (&error, FAIRLEAD_ERROR_PERMISSION_DENIED, "missing/one");
}

#define TEST(path, func) \
  g_test_add ("/fairlead/cni/call/" path, CniRuntimeFixture, NULL, cni_runtime_set_up, func, cni_runtime_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("failures", test_failures);
  TEST ("details", test_details);
  TEST ("version", test_version);
  TEST ("negotiate", test_negotiate);
  TEST ("large", test_large);
  TEST ("hang", test_hang);
  TEST ("cancel", test_cancel);
  TEST ("not-executable", test_not_executable);
  return g_test_run ();
}
