/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-testlib.h"

#include "fairlead-cni-cache.h"

#include <glib/gstdio.h>

#include <string.h>

static FairleadCniConfig *
new_config (const char *name)
{
  g_autofree char *text = g_strdup_printf ("{\"name\":\"%s\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"t\"}]}", name);
  g_autoptr (GError) error = NULL;
  FairleadCniConfig *config = fairlead_cni_config_new_from_text (text, -1, "test", &error);

  g_assert_no_error (error);
  return config;
}

static FairleadCniResult *
new_result (void)
{
  g_autoptr (GVariant) value = cni_parse ("{\"cniVersion\":\"0.4.0\",\"ips\":[{\"address\":\"10.1.2.3/24\"}]}");
  g_autoptr (GError) error = NULL;
  FairleadCniResult *result = fairlead_cni_result_new (value, "1.0.0", &error);

  g_assert_no_error (error);
  return result;
}

static char *
dup_path (CniFixture *fixture,
          const char *name)
{
  return g_build_filename (fixture->cache_dir, "results", name, NULL);
}

static void
write_entry (CniFixture *fixture,
             const char *network,
             const char *container_id,
             const char *ifname)
{
  const char * const args[] = { "IgnoreUnknown=1", "A=b=c", NULL };
  g_autoptr (GVariant) capability_args = cni_parse ("{\"mac\":\"02:00:00:00:00:01\",\"n\":18446744073709551615}");
  g_autoptr (FairleadCniConfig) config = new_config (network);
  g_autoptr (FairleadCniTarget) target = fairlead_cni_target_new (container_id, ifname, "/run/n", args, capability_args);
  g_autoptr (FairleadCniResult) result = new_result ();
  g_autoptr (GError) error = NULL;

  g_assert_true (fairlead_cni_cache_write (fixture->cache_dir, config, target, result, &error));
  g_assert_no_error (error);
}

static FairleadCniCacheEntry *
read_entry (CniFixture  *fixture,
            const char  *network,
            const char  *container_id,
            const char  *ifname,
            GError     **error)
{
  g_autoptr (FairleadCniTarget) target = fairlead_cni_target_new (container_id, ifname, NULL, NULL, NULL);

  return fairlead_cni_cache_read (fixture->cache_dir, network, target, error);
}

static void
test_shape (CniFixture    *fixture,
            gconstpointer  data)
{
  g_autofree char *path = dup_path (fixture, "net-c1-eth0");
  g_autofree char *directory = dup_path (fixture, NULL);
  g_autofree char *text = NULL;
  g_autofree char *encoded = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *boot_id = fairlead_cni_cache_dup_boot_id (NULL);
  g_autoptr (FairleadCniConfig) config = new_config ("net");
  g_autofree char *config_text = fairlead_cni_config_to_text (config);
  g_autoptr (GVariant) value = NULL;
  GStatBuf info;

  g_test_summary ("Name, shape and mode of a cache file are the reference runtime's, with a mark of our own");

  write_entry (fixture, "net", "c1", "eth0");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  value = cni_parse (text);
  encoded = g_base64_encode ((const guchar *) config_text, strlen (config_text));
  expected = g_strdup_printf ("{\"kind\":\"cniCacheV1\",\"containerId\":\"c1\",\"config\":\"%s\",\"ifName\":\"eth0\","
                              "\"networkName\":\"net\",\"netns\":\"/run/n\",\"cniArgs\":[[\"IgnoreUnknown\",\"1\"],"
                              "[\"A\",\"b=c\"]],\"capabilityArgs\":{\"mac\":\"02:00:00:00:00:01\","
                              "\"n\":18446744073709551615},\"fairlead\":\"%s\",\"result\":{\"cniVersion\":\"0.4.0\","
                              "\"ips\":[{\"version\":\"4\",\"address\":\"10.1.2.3/24\"}],\"dns\":{}}}", encoded, boot_id);
  cni_assert_json (value, expected);

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (directory, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0700);
}

static void
test_round_trip (CniFixture    *fixture,
                 gconstpointer  data)
{
  g_autoptr (FairleadCniCacheEntry) entry = NULL;
  g_autoptr (FairleadCniCacheEntry) none = NULL;
  g_autoptr (FairleadCniTarget) target = fairlead_cni_target_new ("c1", "eth0", NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *args = NULL;

  g_test_summary ("What is written is read, and is not there once it is removed, however often");

  write_entry (fixture, "net", "c1", "eth0");
  entry = read_entry (fixture, "net", "c1", "eth0", &error);
  g_assert_no_error (error);
  args = g_strjoinv (";", entry->target->args);
  g_assert_cmpstr (args, ==, "IgnoreUnknown=1;A=b=c");
  g_assert_cmpstr (entry->target->netns, ==, "/run/n");
  g_assert_true (entry->ours);
  cni_assert_json (entry->target->capability_args, "{\"mac\":\"02:00:00:00:00:01\",\"n\":18446744073709551615}");
  g_assert_cmpstr (entry->result->version, ==, "0.4.0");
  g_assert_nonnull (strstr (entry->config_text, "\"net\""));

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (fairlead_cni_cache_remove (fixture->cache_dir, "net", target, &error));
      g_assert_no_error (error);
    }
  none = read_entry (fixture, "net", "c1", "eth0", &error);
  g_assert_null (none);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

static void
test_earlier_boot (CniFixture    *fixture,
                   gconstpointer  data)
{
  g_autofree char *path = dup_path (fixture, "net-c1-eth0");
  g_autofree char *boot_id = fairlead_cni_cache_dup_boot_id (NULL);
  g_autofree char *text = NULL;
  g_autofree char *other_text = NULL;
  g_autoptr (FairleadCniCacheEntry) entry = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = NULL;

  g_test_summary ("What was written in an earlier boot has no namespace, as its path may be another one's by now");

  write_entry (fixture, "net", "c1", "eth0");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  parts = g_strsplit (text, boot_id, -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  other_text = g_strjoinv ("00000000-0000-4000-8000-000000000000", parts);
  cni_write_file (path, other_text);

  entry = read_entry (fixture, "net", "c1", "eth0", &error);
  g_assert_no_error (error);
  g_assert_true (entry->ours);
  g_assert_cmpstr (entry->target->netns, ==, "");
}

static void
test_collision (CniFixture    *fixture,
                gconstpointer  data)
{
  g_autoptr (FairleadCniCacheEntry) entry = NULL;
  g_autoptr (FairleadCniTarget) other = fairlead_cni_target_new ("b-c", "eth0", NULL, NULL, NULL);
  g_autofree char *path = dup_path (fixture, "a-b-c-eth0");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Two attachments whose names join to one file name are not mistaken for each other");

  write_entry (fixture, "a-b", "c", "eth0");
  entry = read_entry (fixture, "a", "b-c", "eth0", &error);
  g_assert_null (entry);
  cni_assert_error (&error, FAIRLEAD_ERROR_ALREADY_EXISTS, "container “c”");
  g_assert_true (fairlead_cni_cache_remove (fixture->cache_dir, "a", other, &error));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_damaged (CniFixture    *fixture,
              gconstpointer  data)
{
  static const char * const texts[] = {
    "", "{", "[]", "{\"kind\":\"cniCacheV1\"}", "{\"kind\":\"cniCacheV1\",\"containerId\":7}",
    "{\"kind\":\"cniCacheV1\",\"containerId\":\"c1\",\"ifName\":\"eth0\",\"networkName\":\"net\",\"cniArgs\":[7]}",
  };
  g_autofree char *path = dup_path (fixture, "net-c1-eth0");

  g_test_summary ("An empty or broken file is an error when read, and is removed like another");

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (FairleadCniTarget) target = fairlead_cni_target_new ("c1", "eth0", NULL, NULL, NULL);
      g_autoptr (FairleadCniCacheEntry) entry = NULL;
      g_autoptr (GError) error = NULL;

      cni_write_file (path, texts[i]);
      entry = read_entry (fixture, "net", "c1", "eth0", &error);
      g_assert_null (entry);
      g_assert_nonnull (error);
      g_clear_error (&error);
      g_assert_true (fairlead_cni_cache_remove (fixture->cache_dir, "net", target, &error));
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_legacy (CniFixture    *fixture,
             gconstpointer  data)
{
  g_autofree char *path = dup_path (fixture, "net-c1-eth0");
  g_autoptr (FairleadCniCacheEntry) entry = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file without a kind is a result, as it was in the beginning");

  cni_write_file (path, "{\"cniVersion\":\"0.3.1\",\"ips\":[{\"address\":\"10.1.2.3/24\"}]}");
  entry = read_entry (fixture, "net", "c1", "eth0", &error);
  g_assert_no_error (error);
  g_assert_null (entry->config_text);
  g_assert_false (entry->ours);
  g_assert_cmpuint (entry->result->addresses->len, ==, 1);
}

static void
test_names (CniFixture    *fixture,
            gconstpointer  data)
{
  static const struct
  {
    const char *network;
    const char *container_id;
    const char *ifname;
  } names[] = {
    { "../n", "c", "eth0" }, { "n", "", "eth0" }, { "n", "a/b", "eth0" }, { "n", "-c", "eth0" }, { "n", "c\n", "eth0" },
    { "n", "c", "" }, { "n", "c", "." }, { "n", "c", ".." }, { "n", "c", "a/b" }, { "n", "c", "a:b" },
    { "n", "c", "a b" }, { "n", "c", "a\302\240b" }, { "n", "c", "\377" }, { "n", "c", "0123456789abcdef" },
  };
  g_autofree char *exact = g_strnfill (255 - strlen ("n--eth0"), 'c');
  g_autofree char *longer = g_strconcat (exact, "c", NULL);
  g_autoptr (FairleadCniTarget) too_long = fairlead_cni_target_new (longer, "eth0", NULL, NULL, NULL);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("No path is made of names that CNI does not allow, or that do not fit a file name");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (FairleadCniTarget) target =
        fairlead_cni_target_new (names[i].container_id, names[i].ifname, NULL, NULL, NULL);

      path = fairlead_cni_cache_dup_path (fixture->cache_dir, names[i].network, target, &error);
      g_assert_null (path);
      g_assert_nonnull (error);
      g_clear_error (&error);
    }

  write_entry (fixture, "n", exact, "eth0");
  path = fairlead_cni_cache_dup_path (fixture->cache_dir, "n", too_long, &error);
  g_assert_null (path);
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_ARGUMENT, "256 bytes");
}

static void
test_ifnames (void)
{
  static const char * const names[] = { "-", "eth0.1", "e\303\251", "0123456789abcde" };

  g_test_summary ("Unusual names of interfaces that the kernel takes are taken");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (FairleadCniTarget) target = fairlead_cni_target_new ("c", names[i], NULL, NULL, NULL);
      g_autoptr (GError) error = NULL;

      fairlead_cni_target_validate (target, &error);
      g_assert_no_error (error);
    }
}

static void
test_list (CniFixture    *fixture,
           gconstpointer  data)
{
  g_autofree char *broken = dup_path (fixture, "z-c-eth0");
  g_autofree char *temporary = dup_path (fixture, ".fairlead-ABCDEF");
  g_autofree char *foreign = dup_path (fixture, "elsewhere");
  g_autofree char *path = dup_path (fixture, "a-c1-eth0");
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The list has what is whole and where it belongs, by file name; no cache is an empty one");

  entries = fairlead_cni_cache_list (fixture->cache_dir, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 0);
  g_clear_pointer (&entries, g_ptr_array_unref);

  write_entry (fixture, "b", "c1", "eth0");
  write_entry (fixture, "a", "c1", "eth0");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  cni_write_file (temporary, text);
  cni_write_file (foreign, text);
  cni_write_file (broken, "");

  entries = fairlead_cni_cache_list (fixture->cache_dir, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 2);
  g_assert_cmpstr (((FairleadCniCacheEntry *) g_ptr_array_index (entries, 0))->network, ==, "a");
  g_assert_cmpstr (((FairleadCniCacheEntry *) g_ptr_array_index (entries, 1))->network, ==, "b");
}

#define TEST(path, func) g_test_add ("/fairlead/cni/cache/" path, CniFixture, NULL, cni_fixture_set_up, func, cni_fixture_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("shape", test_shape);
  TEST ("round-trip", test_round_trip);
  TEST ("earlier-boot", test_earlier_boot);
  TEST ("collision", test_collision);
  TEST ("damaged", test_damaged);
  TEST ("legacy", test_legacy);
  TEST ("names", test_names);
  TEST ("list", test_list);
  g_test_add_func ("/fairlead/cni/cache/interface-names", test_ifnames);
  return g_test_run ();
}
