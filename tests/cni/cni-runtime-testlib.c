/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-runtime-testlib.h"

void
cni_runtime_set_up (CniRuntimeFixture *fixture,
                    gconstpointer      data)
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

void
cni_runtime_tear_down (CniRuntimeFixture *fixture,
                       gconstpointer      data)
{
  g_assert_finalize_object (fixture->runtime);
  fairlead_cni_target_unref (fixture->target);
  cni_fixture_tear_down (&fixture->cni, data);
}

FairleadCniConfig *
cni_parse_config (const char *text)
{
  g_autoptr (GError) error = NULL;
  FairleadCniConfig *config = fairlead_cni_config_new_from_text (text, -1, "test.conflist", &error);

  g_assert_no_error (error);
  return config;
}

FairleadCniConfig *
cni_new_config (const char *version)
{
  g_autofree char *text =
    g_strdup_printf ("{\"name\":\"net\",\"cniVersion\":\"%s\",\"plugins\":[{\"type\":\"one\",\"name\":\"mine\",\"x\":[1,2.5],"
                     "\"prevResult\":{\"old\":1}},{\"type\":\"two\",\"capabilities\":{\"portMappings\":true,\"mac\":false},"
                     "\"runtimeConfig\":{\"old\":1}},{\"type\":\"three\",\"runtimeConfig\":{\"kept\":1}}]}", version);

  return cni_parse_config (text);
}

FairleadCniResult *
cni_add (CniRuntimeFixture  *fixture,
         FairleadCniConfig  *config,
         GError            **error)
{
  return fairlead_cni_runtime_add (fixture->runtime, config, fixture->target, NULL, NULL, NULL, error);
}

gboolean
cni_del (CniRuntimeFixture  *fixture,
         FairleadCniConfig  *config,
         gboolean            force,
         GError            **error)
{
  return fairlead_cni_runtime_del (fixture->runtime, config, fixture->target, NULL, G_MAXUINT, force, NULL, error);
}

void
cni_add_ok (CniRuntimeFixture *fixture,
            FairleadCniConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadCniResult) result = NULL;

  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout", CNI_RESULT_ONE);
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", CNI_RESULT_TWO);
  cni_fixture_tell (&fixture->cni, "three-ADD", "stdout", CNI_RESULT_TWO);
  result = cni_add (fixture, config, &error);
  g_assert_no_error (error);
  g_assert_nonnull (result);
}

gboolean
cni_is_cached (CniRuntimeFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "results", "net-c1-eth0", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
cni_assert_stdin (CniRuntimeFixture *fixture,
                  guint              call,
                  const char        *json)
{
  g_autoptr (GVariant) value = cni_fixture_get_stdin (&fixture->cni, call);

  cni_assert_json (value, json);
}

void
cni_assert_target (CniRuntimeFixture *fixture,
                   guint              call,
                   const char        *verb)
{
  g_autofree char *path = g_strdup_printf ("%s/missing:%s", fixture->cni.root, fixture->cni.plugin_dir);

  cni_fixture_assert_env (&fixture->cni, call, "CNI_COMMAND", verb);
  cni_fixture_assert_env (&fixture->cni, call, "CNI_CONTAINERID", "c1");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_NETNS", "/run/netns/c1");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_IFNAME", "eth0");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_ARGS", "IgnoreUnknown=1;K=v=w");
  cni_fixture_assert_env (&fixture->cni, call, "CNI_PATH", path);
}
