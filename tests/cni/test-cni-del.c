/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-runtime-testlib.h"

#include <glib/gstdio.h>

#include <string.h>

/* DEL and CHECK: the verbs that go by what ADD left. */

static void
test_del (CniRuntimeFixture *fixture,
          gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("0.4.0");
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

  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (cni_del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  cni_assert_target (fixture, 0, "DEL");
  cni_assert_stdin (fixture, 0, third);
  cni_assert_stdin (fixture, 2, first);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_false (cni_is_cached (fixture));

  g_assert_true (cni_del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  cni_assert_stdin (fixture, 0, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"0.4.0\",\"runtimeConfig\":{\"kept\":1}}");
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
}

static void
test_del_old (CniRuntimeFixture *fixture,
              gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("0.3.1");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Before 0.4.0 DEL has no prevResult");

  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (cni_del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  cni_assert_stdin (fixture, 0, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"0.3.1\",\"runtimeConfig\":{\"kept\":1}}");
}

static void
test_del_fails (CniRuntimeFixture *fixture,
                gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (GError) error = NULL;

  g_test_summary ("DEL stops at the first error and keeps the cache; forced, it goes on and tells all errors");

  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  cni_fixture_tell (&fixture->cni, "two-DEL", "exit", "1");
  cni_fixture_tell (&fixture->cni, "two-DEL", "stdout", "{\"code\":7,\"msg\":\"no way\",\"details\":\"none at all\"}");
  cni_fixture_tell (&fixture->cni, "one-DEL", "exit", "3");
  g_assert_false (cni_del (fixture, config, FALSE, &error));
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL");
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "no way; none at all (CNI code 7, exit status 1)");
  g_assert_true (cni_is_cached (fixture));

  g_assert_false (cni_del (fixture, config, TRUE, &error));
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_nonnull (strstr (error->message, "exit status 3"));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "no way");
  g_assert_true (cni_is_cached (fixture));
}

static void
test_del_missing (CniRuntimeFixture *fixture,
                  gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autofree char *path = g_build_filename (fixture->cni.plugin_dir, "two", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A plugin that is missing does not keep the others from their DEL; never started, neither that nor its "
                  "failure is an error");

  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_false (cni_del (fixture, config, FALSE, &error));
  cni_fixture_assert_calls (&fixture->cni, "three DEL, one DEL");
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "plugin two is not in");
  g_assert_true (cni_is_cached (fixture));

  g_assert_true (fairlead_cni_runtime_del (fixture->runtime, config, fixture->target, NULL, 1, FALSE, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, one DEL");

  cni_fixture_tell (&fixture->cni, "three-DEL", "exit", "1");
  g_assert_true (fairlead_cni_runtime_del (fixture->runtime, config, fixture->target, NULL, 1, FALSE, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, one DEL");
}

static void
add_note (const char *text,
          gpointer    user_data)
{
  g_ptr_array_add (user_data, g_strdup (text));
}

static void
test_notes (CniRuntimeFixture *fixture,
            gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "results", "net-c1-eth0", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("What a plugin that succeeds complains of, and a cache that cannot be read, are told but stop nothing");

  fairlead_cni_runtime_set_note_func (fixture->runtime, add_note, notes);
  cni_fixture_tell (&fixture->cni, "two-ADD", "stderr", "this is deprecated\n");
  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (notes, 0), ==, "this is deprecated");

  cni_write_file (path, "");
  g_assert_true (cni_del (fixture, config, FALSE, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "three DEL, two DEL, one DEL");
  g_assert_cmpuint (notes->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (notes, 1), path));
  g_assert_false (cni_is_cached (fixture));
}

static void
test_check (CniRuntimeFixture *fixture,
            gconstpointer      data)
{
  static const char * const skipped[] = { "two", NULL };
  g_autoptr (FairleadCniConfig) config = cni_new_config ("1.0.0");
  g_autoptr (FairleadCniConfig) old = cni_new_config ("0.3.1");
  g_autoptr (FairleadCniConfig) disabled =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"disableCheck\":true,\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (GError) error = NULL;

  g_test_summary ("CHECK needs an ADD before, goes in order, and leaves out what it is told to");

  g_assert_false (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "is not attached to CNI network “net” as eth0");
  g_assert_false (fairlead_cni_runtime_check (fixture->runtime, old, fixture->target, NULL, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_SUPPORTED, "does not support CHECK");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, disabled, fixture->target, NULL, NULL, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "");

  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, three ADD");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  cni_assert_target (fixture, 0, "CHECK");
  cni_assert_stdin (fixture, 2, "{\"type\":\"three\",\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"runtimeConfig\":{\"kept\":1},"
                                "\"prevResult\":" CNI_RESULT_TWO "}");
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, two CHECK, three CHECK");

  cni_fixture_tell (&fixture->cni, "two-CHECK", "exit", "1");
  g_assert_false (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, NULL, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "plugin two");
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, two CHECK");
  g_assert_true (fairlead_cni_runtime_check (fixture->runtime, config, fixture->target, NULL, skipped, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, three CHECK");
}

#define TEST(path, func) \
  g_test_add ("/fairlead/cni/del/" path, CniRuntimeFixture, NULL, cni_runtime_set_up, func, cni_runtime_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("order", test_del);
  TEST ("old", test_del_old);
  TEST ("fails", test_del_fails);
  TEST ("missing", test_del_missing);
  TEST ("notes", test_notes);
  TEST ("check", test_check);
  return g_test_run ();
}
