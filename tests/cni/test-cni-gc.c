/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-runtime-testlib.h"

#include "fairlead-cni-cache.h"
#include "fairlead-cni-lock.h"

#include <string.h>

/* GC and STATUS: the verbs that are about a network. */

static void
cache_stale (CniRuntimeFixture *fixture,
             FairleadCniConfig *config)
{
  static const char * const args[] = { "A=1", NULL };
  g_autoptr (FairleadCniTarget) stale = fairlead_cni_target_new ("c2", "eth1", "/gone", args, NULL);
  g_autoptr (GVariant) value = cni_parse (CNI_RESULT_ONE);
  g_autoptr (FairleadCniResult) result = fairlead_cni_result_new (value, "1.0.0", NULL);

  g_assert_true (fairlead_cni_cache_write (fixture->cni.cache_dir, config, stale, result, NULL));
}

static void
test_gc (CniRuntimeFixture *fixture,
         gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\",\"y\":1}]}");
  g_autoptr (FairleadCniConfig) other =
    cni_parse_config ("{\"name\":\"other\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (GPtrArray) valid = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("GC makes DELs of cached attachments that are not valid, then tells all plugins which are");

  cni_add_ok (fixture, config);
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
  cni_assert_stdin (fixture, 3, "{\"type\":\"two\",\"y\":1,\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"cni.dev/valid-attachments\":"
                                "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}],\"cni.dev/attachments\":"
                                "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}]}");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one GC, two GC");
  g_assert_true (cni_is_cached (fixture));

  cni_fixture_untell (&fixture->cni, "one-GC", "exit");
  g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, config, NULL, NULL, &error));
  cni_assert_stdin (fixture, 2, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.1.0\"}");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one GC, two GC");
  g_assert_false (cni_is_cached (fixture));
}

static void
test_gc_foreign (CniRuntimeFixture *fixture,
                 gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) current =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
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
                         "\"config\":\"%s\",\"result\":" CNI_RESULT_ONE "}", markers[i], encoded);

      cni_write_file (path, text);
      g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, current, NULL, NULL, &error));
      g_assert_no_error (error);
      cni_fixture_assert_calls (&fixture->cni, calls[i]);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_gc_old (CniRuntimeFixture *fixture,
             gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (FairleadCniConfig) disabled =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"disableGC\":true,\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Before 1.1.0 GC is only the DELs, and with disableGC it is nothing");

  cache_stale (fixture, config);
  g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, disabled, NULL, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_true (fairlead_cni_runtime_gc (fixture->runtime, config, NULL, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one DEL");
}

static gboolean
is_c2 (FairleadCniCacheEntry *entry,
       gpointer               user_data)
{
  return g_str_equal (entry->target->container_id, "c2");
}

static void
test_gc_where (CniRuntimeFixture *fixture,
               gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config = cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"}]}");
  g_autoptr (FairleadCniLock) lock = NULL;
  g_autoptr (GPtrArray) living = g_ptr_array_new_with_free_func ((GDestroyNotify) fairlead_cni_target_unref);
  g_autoptr (GError) error = NULL;

  g_test_summary ("GC asks what is garbage, and not while an ADD or a DEL is at work; ADD waits for it, but not for ever");

  cni_add_ok (fixture, config);
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
  cache_stale (fixture, config);

  lock = fairlead_cni_lock_shared (fixture->cni.cache_dir, 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (fairlead_cni_runtime_gc_where (fixture->runtime, config, is_c2, NULL, living, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_BUSY, "right now");
  cni_fixture_assert_calls (&fixture->cni, "");
  g_clear_pointer (&lock, fairlead_cni_lock_release);

  /* What is known to live counts although the cache has lost it, and once if it has not. */
  g_ptr_array_add (living, fairlead_cni_target_new ("c3", "eth1", NULL, NULL, NULL));
  g_ptr_array_add (living, fairlead_cni_target_new ("c1", "eth0", NULL, NULL, NULL));
  g_assert_true (fairlead_cni_runtime_gc_where (fixture->runtime, config, is_c2, NULL, living, NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", "c2");
  cni_assert_stdin (fixture, 1, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"cni.dev/valid-attachments\":"
                                "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"},"
                                "{\"containerID\":\"c3\",\"ifname\":\"eth1\"}],\"cni.dev/attachments\":"
                                "[{\"containerID\":\"c1\",\"ifname\":\"eth0\"},"
                                "{\"containerID\":\"c3\",\"ifname\":\"eth1\"}]}");
  cni_fixture_assert_calls (&fixture->cni, "one DEL, one GC");

  lock = fairlead_cni_lock_exclusive (fixture->cni.cache_dir, &error);
  g_assert_no_error (error);
  g_assert_null (fairlead_cni_lock_shared (fixture->cni.cache_dir, 1, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_TRY_AGAIN, "1 seconds");
}

static void
test_status (CniRuntimeFixture *fixture,
             gconstpointer      data)
{
  g_autoptr (FairleadCniConfig) config =
    cni_parse_config ("{\"name\":\"net\",\"cniVersion\":\"1.1.0\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"},{\"type\":\"three\"}]}");
  g_autoptr (FairleadCniConfig) old = cni_new_config ("1.0.0");
  g_autoptr (GError) error = NULL;

  g_test_summary ("STATUS asks the plugins in order until one says no; before 1.1.0 it asks none");

  g_assert_true (fairlead_cni_runtime_status (fixture->runtime, old, NULL, &error));
  cni_fixture_assert_calls (&fixture->cni, "");

  cni_fixture_tell (&fixture->cni, "two-STATUS", "stdout", "{\"code\":50,\"msg\":\"not ready\"}");
  cni_fixture_tell (&fixture->cni, "two-STATUS", "exit", "1");
  g_assert_false (fairlead_cni_runtime_status (fixture->runtime, config, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "not ready");
  cni_assert_stdin (fixture, 0, "{\"type\":\"one\",\"name\":\"net\",\"cniVersion\":\"1.1.0\"}");
  cni_fixture_assert_calls (&fixture->cni, "one STATUS, two STATUS");
}

#define TEST(path, func) \
  g_test_add ("/fairlead/cni/gc/" path, CniRuntimeFixture, NULL, cni_runtime_set_up, func, cni_runtime_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("order", test_gc);
  TEST ("foreign", test_gc_foreign);
  TEST ("old", test_gc_old);
  TEST ("where", test_gc_where);
  TEST ("status", test_status);
  return g_test_run ();
}
