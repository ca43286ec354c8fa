/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cni-testlib.h"
#include "fairlead-testlib.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* The backend behind the library, with plugins that write down how they were called. The network “web” is a chain of
 * “one” and “two”, and “old” is “one” in a version that has no CHECK. */

#define RESULT(address) \
  "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"mac\":\"02:00:00:00:00:07\",\"sandbox\":\"/run/x\"}]," \
  "\"ips\":[{\"address\":\"" address "/24\",\"interface\":0}]}"

typedef struct
{
  FairleadTestFixture base;
  CniFixture cni;
  FairleadManager *manager;
} Fixture;

static void
set_key (FairleadConfig *config,
         const char     *group,
         const char     *key,
         const char     *text)
{
  g_autoptr (GError) error = NULL;

  fairlead_config_set (config, group, key, text, &error);
  g_assert_no_error (error);
}

static FairleadConfig *
new_config (Fixture *fixture)
{
  g_autofree char *etc = g_build_filename (fixture->cni.root, "etc", NULL);
  const char *dirs[] = { etc, NULL };
  g_autoptr (GError) error = NULL;
  FairleadConfig *config = fairlead_config_new_for_dirs (dirs, &error);

  g_assert_no_error (error);
  set_key (config, "core", "backend-dirs", TEST_CNI_BACKEND_DIR);
  set_key (config, "core", "state-dir", "/run/fairlead");
  set_key (config, "core", "netns-dir", "/run/netns");
  set_key (config, "core", "default-network", "");
  set_key (config, "core", "default-network-rootless", "");
  set_key (config, "backend cni", "conf-dirs", fixture->cni.conf_dir);
  set_key (config, "backend cni", "plugin-dirs", fixture->cni.plugin_dir);
  set_key (config, "backend cni", "cache-dir", fixture->cni.cache_dir);
  return config;
}

/* A manager of the fixture's directories, with one more setting if @key is not NULL. */
static FairleadManager *
open_manager (Fixture    *fixture,
              const char *key,
              const char *text)
{
  g_autoptr (FairleadConfig) config = new_config (fixture);

  if (key != NULL)
    set_key (config, "backend cni", key, text);
  return fairlead_manager_new (config);
}

static void
write_conf (Fixture    *fixture,
            const char *name,
            const char *text)
{
  g_free (cni_fixture_write_conf (&fixture->cni, name, text));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *keyfile = NULL;

  fairlead_test_set_up (&fixture->base, data);
  cni_fixture_set_up (&fixture->cni, data);
  cni_fixture_add_plugin (&fixture->cni, "one");
  cni_fixture_add_plugin (&fixture->cni, "two");
  write_conf (fixture, "10-web.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"plugins\":[{\"type\":\"one\",\"capabilities\":{\"ips\":true,"
              "\"mac\":true,\"bandwidth\":true}},{\"type\":\"two\",\"capabilities\":{\"portMappings\":true,"
              "\"aliases\":true}}]}");
  write_conf (fixture, "20-old.conf", "{\"cniVersion\":\"0.3.1\",\"name\":\"old\",\"type\":\"one\"}");
  keyfile = g_build_filename (fixture->cni.root, "etc/networks.d/kept.network", NULL);
  cni_write_file (keyfile, "[network]\nbackend=cni\n[cni]\nconfig-name=web\nargs=A=1;B=2\n"
                           "capability.bandwidth={\"ingressRate\":1}\ncapability.aliases=[\"kept\"]\n");
  fixture->manager = open_manager (fixture, NULL, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->manager);
  umount2 ("/run/netns", MNT_DETACH);
  cni_fixture_tear_down (&fixture->cni, data);
  fairlead_test_tear_down (&fixture->base, data);
}

/* Sets “c1” up on @networks, texts as an operator writes them, ended by NULL. */
static gboolean
try_setup (Fixture             *fixture,
           const char          *port,
           GError             **error,
           const char * const  *networks)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("c1");
  g_autoptr (FairleadContainer) container = NULL;

  for (gsize i = 0; networks[i] != NULL; i++)
    g_assert_true (fairlead_request_add_network_from_string (request, networks[i], NULL));
  if (port != NULL)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (port, NULL);

      fairlead_request_add_port_mapping (request, mapping);
    }
  container = fairlead_manager_setup (fixture->manager, request, NULL, error);
  return container != NULL;
}

static void
setup_ok (Fixture    *fixture,
          const char *port,
          const char *network)
{
  const char * const networks[] = { network, NULL };
  g_autoptr (GError) error = NULL;

  try_setup (fixture, port, &error, networks);
  g_assert_no_error (error);
}

static void
teardown_ok (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
assert_runtime_config (Fixture    *fixture,
                       guint       call,
                       const char *json)
{
  g_autoptr (GVariant) request = cni_fixture_get_stdin (&fixture->cni, call);
  g_autoptr (GVariant) runtime_config = g_variant_lookup_value (request, "runtimeConfig", NULL);

  cni_assert_json (runtime_config, json);
}

static void
test_arguments (Fixture       *fixture,
                gconstpointer  data)
{
  g_test_summary ("Arguments of a request and of a network's file reach the plugins, and DEL gets the same as ADD");

  setup_ok (fixture, "8080:80",
            "web:args=K=v:w;URL=x\\:y=z:capability.bandwidth={\"ingressRate\":18446744073709551615}:"
            "capability.aliases=[\"db\",\"a\\\\\"b\"]:ip=10.1.0.9:mac=02:00:00:00:00:09");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "IgnoreUnknown=1;K=v:w;URL=x:y=z");
  assert_runtime_config (fixture, 0, "{\"bandwidth\":{\"ingressRate\":18446744073709551615},\"ips\":[\"10.1.0.9\"],"
                                     "\"mac\":\"02:00:00:00:00:09\"}");
  assert_runtime_config (fixture, 1, "{\"aliases\":[\"db\",\"a\\\"b\"],\"portMappings\":[{\"hostPort\":8080,"
                                     "\"containerPort\":80,\"protocol\":\"tcp\",\"hostIP\":\"\"}]}");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");

  /* Whatever the configuration says by now. */
  write_conf (fixture, "10-web.conflist", "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"plugins\":[{\"type\":\"one\"}]}");
  teardown_ok (fixture);
  assert_runtime_config (fixture, 0, "{\"aliases\":[\"db\",\"a\\\"b\"],\"portMappings\":[{\"hostPort\":8080,"
                                     "\"containerPort\":80,\"protocol\":\"tcp\",\"hostIP\":\"\"}]}");
  cni_fixture_assert_env (&fixture->cni, 1, "CNI_ARGS", "IgnoreUnknown=1;K=v:w;URL=x:y=z");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");
}

static void
test_keyfile (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("A capability that a request names replaces that of the network's file, and no other");

  setup_ok (fixture, NULL, "kept:capability.aliases=[\"mine\"]");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "IgnoreUnknown=1;A=1;B=2");
  assert_runtime_config (fixture, 0, "{\"bandwidth\":{\"ingressRate\":1}}");
  assert_runtime_config (fixture, 1, "{\"aliases\":[\"mine\"]}");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  teardown_ok (fixture);
}

static const struct
{
  const char *network;
  const char *port;
  int code;
  const char *part;
} refused[] = {
  { "web:capability.dns={}", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "declares the capability “dns”" },
  { "web:capability.bandwidth={", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "capability.bandwidth: “{” is not a JSON value" },
  { "web:capability=x", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "capability.NAME" },
  { "web:capability.ips=[\"10.1.0.9\"]:ip=10.1.0.8", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "beside capability.ips" },
  { "web:capability.mac=\"02:00:00:00:00:01\":mac=02:00:00:00:00:02", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT,
    "beside capability.mac" },
  { "web:args=IP=10.1.0.9:ip=10.1.0.8", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "args has IP=" },
  { "web:args=MAC=02:00:00:00:00:01:mac=02:00:00:00:00:02", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "args has MAC=" },
  { "web:capability.portMappings=[]", "80:80", FAIRLEAD_ERROR_INVALID_ARGUMENT, "beside capability.portMappings" },
  { "web:args=K", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "not KEY=VALUE" },
  { "web:arg=K=V", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "no such key" },
  { "web:interface=a/b", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "a/b" },
  { "old", "80:80", FAIRLEAD_ERROR_NOT_SUPPORTED, "cannot be published" },
  { "old:ip=10.1.0.9", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "requested address" },
  { "old:mac=02:00:00:00:00:09", NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "requested MAC address" },
  { "fixed:ip=10.1.0.9", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "capability.ips=[\"10.1.0.9/LENGTH\"]" },
  { "absent", NULL, FAIRLEAD_ERROR_NOT_FOUND, "absent" },
};

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("What no plugin would act on is refused before any plugin runs");

  write_conf (fixture, "50-fixed.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"fixed\",\"plugins\":[{\"type\":\"one\",\"ipam\":{\"type\":\"static\"},"
              "\"capabilities\":{\"ips\":true}}]}");
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      const char * const networks[] = { refused[i].network, NULL };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", refused[i].network);
      g_assert_false (try_setup (fixture, refused[i].port, &error, networks));
      cni_assert_error (&error, refused[i].code, refused[i].part);
    }
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_several (Fixture       *fixture,
              gconstpointer  data)
{
  const char * const networks[] = { "old", "web:interface=eth0", "old", NULL };
  static const char * const names[] = { "eth1", "eth0", "eth0", "eth2" };
  static const char * const reverse[] = { "eth2", "eth0", "eth0", "eth1" };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Networks are attached in order under names that do not collide, and detached in reverse");

  try_setup (fixture, NULL, &error, networks);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    cni_fixture_assert_env (&fixture->cni, i, "CNI_IFNAME", names[i]);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, one ADD, two ADD, one ADD");
  teardown_ok (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (reverse); i++)
    cni_fixture_assert_env (&fixture->cni, i, "CNI_IFNAME", reverse[i]);
  cni_fixture_assert_calls (&fixture->cni, "one DEL, two DEL, one DEL, one DEL");
}

/* What a program learns of a failure, however many levels have added to its message. */
static void
assert_details (const GError *error,
                const char   *plugin)
{
  g_autofree char *expected =
    g_strdup_printf ("{\"plugin\":\"%s\",\"verb\":\"ADD\",\"network\":\"web\",\"cni-code\":11,\"cni-msg\":\"m\","
                     "\"cni-details\":\"d\",\"exit-status\":1,\"stderr\":\"e\"}", plugin);
  g_autofree char *text = fairlead_json_print (fairlead_error_get_details (error), FALSE);
  g_autoptr (GVariant) details = cni_parse (text);

  cni_assert_json (details, expected);
}

static void
test_failed_add (Fixture       *fixture,
                 gconstpointer  data)
{
  const char * const networks[] = { "old", "web", NULL };
  g_autofree char *plugin = g_build_filename (fixture->cni.plugin_dir, "two", NULL);
  g_autoptr (GListModel) containers = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A failed ADD is followed by DEL, newest first; if that fails too both are told, and a teardown can retry");

  cni_fixture_tell (&fixture->cni, "two-ADD", "exit", "1");
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", "{\"code\":11,\"msg\":\"m\",\"details\":\"d\"}");
  cni_fixture_tell (&fixture->cni, "two-ADD", "stderr", "e");
  g_assert_false (try_setup (fixture, NULL, &error, networks));
  assert_details (error, plugin);
  cni_assert_error (&error, FAIRLEAD_ERROR_TRY_AGAIN, "failed at ADD");
  cni_fixture_untell (&fixture->cni, "two-ADD", "stdout");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, one ADD, two ADD, two DEL, one DEL, one DEL");
  containers = fairlead_manager_list_containers (fixture->manager, NULL, &error);
  g_assert_cmpuint (g_list_model_get_n_items (containers), ==, 0);

  cni_fixture_tell (&fixture->cni, "two-DEL", "exit", "1");
  g_assert_false (try_setup (fixture, NULL, &error, networks));
  g_assert_nonnull (strstr (error->message, "failed at ADD"));
  g_assert_nonnull (strstr (error->message, "failed at DEL"));
  g_clear_error (&error);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, one ADD, two ADD, two DEL, one DEL");

  cni_fixture_untell (&fixture->cni, "two-DEL", "exit");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");
}

static void
test_no_program (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->cni.plugin_dir, "data", NULL);
  const char * const networks[] = { "data", NULL };
  g_autoptr (GListModel) containers = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A plugin that turns out to be no program keeps nothing of the others from being undone");

  cni_write_file (path, "not a program");
  g_assert_cmpint (g_chmod (path, 0755), ==, 0);
  write_conf (fixture, "30-data.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"data\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"data\"}]}");
  g_assert_false (try_setup (fixture, NULL, &error, networks));
  g_assert_null (strstr (error->message, "could not all be removed"));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "not a program that this system can run");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, one DEL");
  containers = fairlead_manager_list_containers (fixture->manager, NULL, &error);
  g_assert_cmpuint (g_list_model_get_n_items (containers), ==, 0);

  /* One that was a program at ADD is an error, but stops no other. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  cni_fixture_add_plugin (&fixture->cni, "data");
  setup_ok (fixture, NULL, "data");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, data ADD");
  g_assert_cmpint (g_unlink (path), ==, 0);
  cni_write_file (path, "not a program");
  g_assert_cmpint (g_chmod (path, 0755), ==, 0);
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "not a program that this system can run");
  cni_fixture_assert_calls (&fixture->cni, "one DEL");
  g_assert_cmpint (g_unlink (path), ==, 0);
  cni_fixture_add_plugin (&fixture->cni, "data");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "data DEL, one DEL");
}

static void
test_crash (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *left = g_build_filename (fixture->cni.cache_dir, "results", ".fairlead-abc123", NULL);
  g_autofree char *other = g_build_filename (fixture->cni.cache_dir, "results", ".tmp-abc123", NULL);
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "fairlead.lock", NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) removed = NULL;
  g_auto (GStrv) again = NULL;
  int fd;

  g_test_summary ("A file that was being written when its writer died is removed, unless somebody could be writing it");

  setup_ok (fixture, NULL, "web");
  cni_write_file (left, "{");
  cni_write_file (other, "{");
  fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (flock (fd, LOCK_SH), ==, 0);
  removed = fairlead_manager_collect (fixture->manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (left, G_FILE_TEST_EXISTS));
  close (fd);

  again = fairlead_manager_collect (fixture->manager, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
  teardown_ok (fixture);
}

/* Makes the state of “c1” say nothing that the backend understands. */
static void
damage_state (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open ("/run/fairlead/containers", 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/run/fairlead/containers", name, NULL);
      g_autofree char *text = NULL;
      g_autofree char *damaged = NULL;
      g_auto (GStrv) parts = NULL;

      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      parts = g_strsplit (text, "plugin-dirs", -1);
      g_assert_cmpuint (g_strv_length (parts), ==, 2);
      damaged = g_strjoinv ("plug-in-dirs", parts);
      cni_write_file (path, damaged);
    }
}

static void
test_damaged_state (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *cached = g_build_filename (fixture->cni.cache_dir, "results", "web-c1-eth0", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("If the state does not say how a container was attached, the cache does; if neither does, that is an error");

  setup_ok (fixture, NULL, "web:args=K=v");
  damage_state ();
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  g_assert_false (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_STATE_DAMAGED, "goes by the CNI cache");
  teardown_ok (fixture);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "IgnoreUnknown=1;K=v");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");

  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  damage_state ();
  g_assert_cmpint (g_unlink (cached), ==, 0);
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_STATE_DAMAGED, "neither the state nor the CNI cache");
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_FORCE, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_STATE_DAMAGED, "neither the state nor the CNI cache");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_force (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) removed = NULL;

  g_test_summary ("A plugin that fails stops DEL; forced, the others run all the same and the message says what may be left; "
                  "a collection tries again what the cache remembers");

  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  cni_fixture_tell (&fixture->cni, "two-DEL", "exit", "1");
  cni_fixture_tell (&fixture->cni, "two-DEL", "stderr", "rules are busy");
  cni_fixture_tell (&fixture->cni, "one-DEL", "exit", "7");
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_NONE, NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "rules are busy");
  cni_fixture_assert_calls (&fixture->cni, "two DEL");
  g_assert_false (fairlead_manager_teardown (fixture->manager, "c1", FAIRLEAD_TEARDOWN_FORCE, NULL, &error));
  g_assert_nonnull (strstr (error->message, "exit status 7"));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "rules are busy");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");

  cni_fixture_untell (&fixture->cni, "two-DEL", "exit");
  cni_fixture_untell (&fixture->cni, "one-DEL", "exit");
  removed = fairlead_manager_collect (fixture->manager, NULL, &error);
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");
}

static void
test_default (Fixture       *fixture,
              gconstpointer  data)
{
  const char * const none[] = { NULL };
  const char * const builtin[] = { "cni", NULL };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a network's name the first that can be used is taken, or the chosen one and no other");

  write_conf (fixture, "00-broken.conflist", "{");
  write_conf (fixture, "01-absent.conflist", "{\"name\":\"a\",\"plugins\":[{\"type\":\"absent\"}]}");
  try_setup (fixture, NULL, &error, none);
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");

  g_set_object (&fixture->manager, NULL);
  fixture->manager = open_manager (fixture, "default-network", "old");
  try_setup (fixture, NULL, &error, none);
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
  teardown_ok (fixture);
  setup_ok (fixture, NULL, "cni");
  cni_fixture_assert_calls (&fixture->cni, "one DEL, one ADD");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "one DEL");

  g_set_object (&fixture->manager, NULL);
  fixture->manager = open_manager (fixture, "plugin-dirs", fixture->cni.conf_dir);
  g_assert_false (try_setup (fixture, NULL, &error, builtin));
  g_assert_nonnull (strstr (error->message, "; 00-broken: "));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "; web: CNI plugin one is not in");

  g_set_object (&fixture->manager, NULL);
  fixture->manager = open_manager (fixture, "default-network", "gone");
  g_assert_false (try_setup (fixture, NULL, &error, none));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "there is no network gone, which is the default-network");
  g_set_object (&fixture->manager, NULL);
  fixture->manager = open_manager (fixture, "default-network", "a");
  g_assert_false (try_setup (fixture, NULL, &error, none));
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "plugin absent");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_reload (Fixture       *fixture,
             gconstpointer  data)
{
  const char * const old[] = { "old", NULL };
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Reload is DEL and ADD with the addresses that the container has, and refused where they would change");

  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout", RESULT ("10.1.0.2"));
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", RESULT ("10.1.0.2"));
  setup_ok (fixture, "8080:80", "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  assert_runtime_config (fixture, 0, "{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\","
                                     "\"hostIP\":\"\"}]}");
  assert_runtime_config (fixture, 2, "{\"ips\":[\"10.1.0.2/24\"],\"mac\":\"02:00:00:00:00:07\"}");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one ADD, two ADD");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");

  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  cni_fixture_tell (&fixture->cni, "two-ADD", "exit", "1");
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "tries again");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one ADD, two ADD, two DEL, one DEL");
  g_assert_false (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "could not attach it again");
  container = fairlead_manager_lookup_container (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_cmpuint (g_list_model_get_n_items (fairlead_attachment_get_addresses (attachment)), ==, 0);
  cni_fixture_untell (&fixture->cni, "two-ADD", "exit");
  fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  assert_runtime_config (fixture, 2, "{\"ips\":[\"10.1.0.2/24\"],\"mac\":\"02:00:00:00:00:07\"}");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one ADD, two ADD");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");

  try_setup (fixture, NULL, &error, old);
  g_assert_no_error (error);
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_SUPPORTED, "would change");
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
  teardown_ok (fixture);
}

static void
test_reload_busy (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *lock = g_build_filename (fixture->cni.cache_dir, "fairlead.lock", NULL);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (FairleadAttachment) attachment = NULL;
  g_autoptr (GError) error = NULL;
  int fd;

  g_test_summary ("A reload that cannot begin, as somebody collects garbage, changes nothing");

  g_set_object (&fixture->manager, NULL);
  fixture->manager = open_manager (fixture, "timeout", "1");
  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", RESULT ("10.1.0.2"));
  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  fd = g_open (lock, O_RDWR | O_CLOEXEC, 0);
  g_assert_no_errno (flock (fd, LOCK_EX));
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_TRY_AGAIN, "1 seconds");
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_true (g_close (fd, NULL));

  container = fairlead_manager_lookup_container (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_cmpuint (g_list_model_get_n_items (fairlead_attachment_get_addresses (attachment)), ==, 1);
  g_assert_true (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
  g_assert_no_error (error);
  teardown_ok (fixture);
}

/* What the last ADD was called with in CNI_ARGS; two calls, DEL and ADD. */
static void
assert_reload_args (Fixture    *fixture,
                    const char *args)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  cni_fixture_assert_env (&fixture->cni, 1, "CNI_ARGS", args);
  cni_fixture_assert_calls (&fixture->cni, "one DEL, one ADD");
}

static void
test_reload_requests (Fixture       *fixture,
                      gconstpointer  data)
{
  g_test_summary ("Reload asks for what has to be asked for: not for what the list says itself, nor for less than setup did");

  write_conf (fixture, "30-fixed.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"fixed\",\"plugins\":[{\"type\":\"one\",\"ipam\":{\"type\":\"static\","
              "\"addresses\":[{\"address\":\"10.1.0.2/24\"}]}}]}");
  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout",
                    "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"},{\"address\":\"10.2.0.9/16\"}]}");
  setup_ok (fixture, NULL, "fixed:args=IP=10.2.0.9/16");
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
  assert_reload_args (fixture, "IgnoreUnknown=1;IP=10.2.0.9/16");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "one DEL");

  write_conf (fixture, "30-fixed.conflist",
              "{\"cniVersion\":\"0.2.0\",\"name\":\"fixed\",\"plugins\":[{\"type\":\"one\",\"ipam\":{\"type\":\"host-local\"}}]}");
  cni_fixture_tell (&fixture->cni, "one-ADD", "stdout", "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.2/24\"}}");
  setup_ok (fixture, NULL, "fixed:args=MAC=02:00:00:00:00:09");
  cni_fixture_assert_calls (&fixture->cni, "one ADD");
  assert_reload_args (fixture, "IgnoreUnknown=1;MAC=02:00:00:00:00:09;IP=10.1.0.2");
  teardown_ok (fixture);
}

static void
test_attached (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *file = g_build_filename (fixture->cni.cache_dir, "results", "web-c1-eth0", NULL);
  const char * const web[] = { "web", NULL };
  g_autoptr (FairleadNetns) netns = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What another runtime has attached, and lives, is not attached over; what is dead does not stop anybody");

  netns = fairlead_netns_new_pinned ("/run/netns/other", &error);
  g_assert_no_error (error);
  cni_write_file (file, "{\"kind\":\"cniCacheV1\",\"containerId\":\"c1\",\"ifName\":\"eth0\",\"networkName\":\"web\","
                        "\"netns\":\"/run/netns/other\"}");
  g_assert_false (try_setup (fixture, NULL, &error, web));
  cni_assert_error (&error, FAIRLEAD_ERROR_ALREADY_EXISTS, "attached to CNI network");
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));

  g_clear_object (&netns);
  g_assert_true (fairlead_netns_unpin ("/run/netns/other", &error));
  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  teardown_ok (fixture);
}

static void
test_other_family (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A gateway of the other IP version is kept, and read again");

  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout",
                    "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\",\"gateway\":\"fe80::1\"}]}");
  setup_ok (fixture, NULL, "web");
  g_assert_true (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
  g_assert_no_error (error);
  teardown_ok (fixture);
}

static void
test_huge_result (Fixture       *fixture,
                  gconstpointer  data)
{
  const char * const web[] = { "web", NULL };
  g_autofree char *backslashes = g_strnfill (7 * 1024 * 1024, '\\');
  g_autofree char *text = g_strdup_printf ("{\"cniVersion\":\"1.0.0\",\"dns\":{\"domain\":\"%s\"}}", backslashes);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A result that would make a state too large to be read is refused, and undone");

  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", text);
  g_assert_false (try_setup (fixture, NULL, &error, web));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_SUPPORTED, "16 MiB");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, two DEL, one DEL");
  g_assert_null (fairlead_manager_lookup_container (fixture->manager, "c1", NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
}

static void
test_check (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Check asks the plugins, all with the final result, and names the one that complains");

  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  fairlead_manager_check (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, two CHECK");
  cni_fixture_tell (&fixture->cni, "two-CHECK", "exit", "1");
  g_assert_false (fairlead_manager_check (fixture->manager, "c1", NULL, &error));
  g_assert_nonnull (strstr (error->message, "skip-check"));
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "plugin two");
  teardown_ok (fixture);
}

static void
on_checked (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static void
test_check_network (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint32 code;

  g_test_summary ("Whether a network could take a container is asked of its plugins, where the version has a verb for it");

  write_conf (fixture, "50-new.conflist",
              "{\"cniVersion\":\"1.1.0\",\"name\":\"new\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
  g_assert_true (fairlead_manager_check_network (fixture->manager, "web", NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "");
  g_assert_true (fairlead_manager_check_network (fixture->manager, "new", NULL, &error));
  g_assert_no_error (error);
  cni_fixture_assert_calls (&fixture->cni, "one STATUS, two STATUS");

  cni_fixture_tell (&fixture->cni, "one-STATUS", "stdout", "{\"code\":50,\"msg\":\"not ready\"}");
  cni_fixture_tell (&fixture->cni, "one-STATUS", "exit", "1");
  fairlead_manager_check_network_async (fixture->manager, "new", NULL, on_checked, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (fairlead_manager_check_network_finish (fixture->manager, result, &error));
  g_assert_true (g_variant_lookup (fairlead_error_get_details (error), "cni-code", "u", &code));
  g_assert_cmpuint (code, ==, 50);
  cni_assert_error (&error, FAIRLEAD_ERROR_HELPER_FAILED, "network new: CNI plugin one");
  cni_fixture_assert_calls (&fixture->cni, "one STATUS");

  g_assert_false (fairlead_manager_check_network (fixture->manager, "absent", NULL, &error));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "absent");
}

static void
test_reboot (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *boot_id = g_build_filename (fixture->cni.cache_dir, "fairlead-boot-id", NULL);
  g_autofree char *result = g_build_filename (fixture->cni.cache_dir, "results", "web-c1-eth0", NULL);
  g_autofree char *lost = g_build_filename (fixture->cni.cache_dir, "results", "web-c0-eth0", NULL);
  g_autofree char *text = NULL;
  g_autofree char *other_text = NULL;
  g_autofree char *this_boot = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *netns = NULL;
  g_auto (GStrv) paths = NULL;
  g_autofree char *taken_text = NULL;
  g_auto (GStrv) boots = NULL;

  g_test_summary ("What was attached before the last boot is detached once, before the first container, and without a "
                  "namespace even if there is one at its path now");

  setup_ok (fixture, NULL, "web");
  netns = cni_fixture_get_env (&fixture->cni, 0, "CNI_NETNS");
  g_assert_true (g_file_get_contents (result, &text, NULL, NULL));
  g_assert_true (g_file_get_contents (boot_id, &this_boot, NULL, NULL));
  parts = g_strsplit (text, "\"c1\"", -1);
  other_text = g_strjoinv ("\"c0\"", parts);
  paths = g_strsplit (other_text, netns, -1);
  g_assert_cmpuint (g_strv_length (paths), ==, 2);
  g_free (other_text);
  other_text = g_strjoinv ("/proc/self/ns/net", paths);
  boots = g_strsplit (other_text, this_boot, -1);
  g_assert_cmpuint (g_strv_length (boots), ==, 2);
  taken_text = g_strjoinv ("another boot", boots);
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, two DEL, one DEL");

  /* Of this boot it would belong to a namespace that lives. */
  cni_write_file (lost, other_text);
  cni_write_file (boot_id, "another boot");
  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");

  cni_write_file (lost, taken_text);
  cni_write_file (boot_id, "another boot");
  cni_fixture_tell (&fixture->cni, "two-DEL", "exit", "1");
  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", "c0");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_NETNS", "");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one ADD, two ADD");
  cni_fixture_untell (&fixture->cni, "two-DEL", "exit");
  teardown_ok (fixture);
  setup_ok (fixture, NULL, "web");
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one ADD, two ADD");
  teardown_ok (fixture);
}

static GVariant *
find_network (Fixture    *fixture,
              const char *name,
              char      **problem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) networks = fairlead_manager_list_networks (fixture->manager, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < g_list_model_get_n_items (networks); i++)
    {
      g_autoptr (FairleadNetwork) network = g_list_model_get_item (networks, i);

      if (!g_str_equal (fairlead_network_get_name (network), name))
        continue;
      *problem = g_strdup (fairlead_network_get_problem (network));
      return fairlead_network_inspect (network);
    }
  return NULL;
}

static void
test_networks (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *problem = NULL;
  g_autofree char *file = g_build_filename (fixture->cni.conf_dir, "10-web.conflist", NULL);
  g_autofree char *expected =
    g_strdup_printf ("{\"Name\":\"web\",\"Backend\":\"cni\",\"File\":\"%s\",\"Options\":{\"config-file\":\"%s\","
                     "\"default-route\":\"auto\"},\"CNIVersion\":\"1.0.0\",\"Plugins\":[\"one\",\"two\"],\"Capabilities\":"
                     "[\"ips\",\"mac\",\"bandwidth\",\"portMappings\",\"aliases\"]}", file, file);
  g_autoptr (GVariant) web = find_network (fixture, "web", &problem);
  g_autofree char *text = fairlead_json_print (web, FALSE);

  g_test_summary ("A network shows its file, version, plugins and capabilities, or why it cannot be used");

  g_assert_null (problem);
  g_assert_cmpstr (text, ==, expected);

  write_conf (fixture, "30-bad.conflist", "{\"name\":\"bad\",\"plugins\":[{\"type\":7}]}");
  write_conf (fixture, "40-lacking.conflist", "{\"name\":\"lacking\",\"plugins\":[{\"type\":\"absent\"}]}");
  g_variant_unref (find_network (fixture, "bad", &problem));
  g_assert_nonnull (strstr (problem, "30-bad.conflist: plugins[0]: “type” is not a string"));
  g_free (problem);
  g_variant_unref (find_network (fixture, "lacking", &problem));
  g_assert_nonnull (strstr (problem, "absent is not in"));
  g_assert_null (find_network (fixture, "no-such", &problem));
}

static void
assert_problem (Fixture    *fixture,
                const char *network,
                const char *part)
{
  g_autofree char *problem = NULL;
  g_autoptr (GVariant) found = find_network (fixture, network, &problem);

  g_assert_nonnull (found);
  if (problem == NULL || strstr (problem, part) == NULL)
    g_error ("“%s” is not in “%s”", part, problem != NULL ? problem : "");
}

/* What is out of order is listed with the reason, refused before any plugin runs, and keeps nothing else from use. */
static void
test_out_of_order (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *unreadable = g_build_filename (fixture->cni.root, "file", NULL);
  g_autofree char *dirs = g_strdup_printf ("%s;%s", unreadable, fixture->cni.conf_dir);
  g_autofree char *name = g_strcanon (g_strdup (unreadable + 1), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-", '-');
  g_autofree char *script = g_build_filename (fixture->cni.plugin_dir, "data", NULL);
  g_autofree char *problem = NULL;
  g_autoptr (GVariant) web = NULL;
  const char * const future[] = { "future", NULL };
  const char * const data_plugin[] = { "data", NULL };
  const char * const bad[] = { "bad", NULL };
  const char * const torn[] = { "torn", NULL };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Files, directories, versions and plugins that cannot be used are listed with the reason, and hide nothing");

  cni_write_file (unreadable, "");
  cni_write_file (script, "not a program");
  write_conf (fixture, "10-torn.conflist", "{");
  write_conf (fixture, "30-bad.conflist", "{\"name\":\"bad\",\"plugins\":[{\"type\":7}]}");
  write_conf (fixture, "40-future.conflist",
              "{\"cniVersion\":\"2.0.0\",\"name\":\"future\",\"plugins\":[{\"type\":\"one\"}]}");
  write_conf (fixture, "41-odd.conflist",
              "{\"cniVersion\":\"1.x\",\"name\":\"odd\",\"plugins\":[{\"type\":\"one\"}]}");
  write_conf (fixture, "42-data.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"data\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"data\"}]}");
  g_set_object (&fixture->manager, NULL);
  fixture->manager = open_manager (fixture, "conf-dirs", dirs);

  assert_problem (fixture, name, "Not a directory");
  assert_problem (fixture, "future", "“2.0.0” is not known yet");
  assert_problem (fixture, "odd", "“1.x” is not a CNI version");
  assert_problem (fixture, "data", "cannot be executed");
  web = find_network (fixture, "web", &problem);
  g_assert_nonnull (web);
  g_assert_null (problem);

  g_assert_false (try_setup (fixture, NULL, &error, future));
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "not known yet");
  g_assert_false (try_setup (fixture, NULL, &error, data_plugin));
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "cannot be executed");
  g_assert_false (try_setup (fixture, NULL, &error, bad));
  cni_assert_error (&error, FAIRLEAD_ERROR_INVALID_CONFIGURATION, "30-bad.conflist: ");
  g_assert_false (try_setup (fixture, NULL, &error, torn));
  g_assert_nonnull (strstr (error->message, "found, but out of order: "));
  cni_assert_error (&error, FAIRLEAD_ERROR_NOT_FOUND, "10-torn.conflist: ");
  cni_fixture_assert_calls (&fixture->cni, "");
  setup_ok (fixture, NULL, "web");
  teardown_ok (fixture);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, two DEL, one DEL");
}

/* Only the core knows that there is another backend. */
static void
test_broken_backend (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *modules = g_build_filename (fixture->cni.root, "modules", NULL);
  g_autofree char *module = g_build_filename (modules, "libfairlead-backend-bad.so", NULL);
  g_autofree char *dirs = g_strdup_printf ("%s;%s", TEST_CNI_BACKEND_DIR, modules);
  g_autofree char *problem = NULL;
  g_autoptr (FairleadConfig) config = new_config (fixture);
  g_autoptr (GVariant) web = NULL;

  g_test_summary ("A backend that cannot be loaded keeps no other's networks from being listed, and is listed itself");

  cni_write_file (module, "no module");
  set_key (config, "core", "backend-dirs", dirs);
  set_key (config, "core", "discover", "bad;cni");
  g_set_object (&fixture->manager, NULL);
  fixture->manager = fairlead_manager_new (config);
  web = find_network (fixture, "web", &problem);
  g_assert_nonnull (web);
  g_assert_null (problem);
  assert_problem (fixture, "bad", "libfairlead-backend-bad.so");
}

/* The command with the fixture's directories; gives what it prints, and fails unless it ends with @status. */
static char *
call_command (Fixture     *fixture,
              int          status,
              const char  *arguments,
              char       **complaint)
{
  g_autofree char *etc = g_build_filename (fixture->cni.root, "etc", NULL);
  g_autofree char *line = g_strdup_printf ("%s --config-dir %s %s", TEST_COMMAND, etc, arguments);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int wait_status;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, &error));
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, complaint, &wait_status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (WEXITSTATUS (wait_status), ==, status);
  return output;
}

static void
write_main_file (Fixture *fixture)
{
  g_autofree char *file = g_build_filename (fixture->cni.root, "etc/fairlead.conf", NULL);
  g_autofree char *text =
    g_strdup_printf ("[core]\nbackend-dirs=%s\nstate-dir=/run/fairlead\nnetns-dir=/run/netns\n[backend cni]\n"
                     "conf-dirs=%s\nplugin-dirs=%s\ncache-dir=%s\n", TEST_CNI_BACKEND_DIR, fixture->cni.conf_dir,
                     fixture->cni.plugin_dir, fixture->cni.cache_dir);

  cni_write_file (file, text);
}

static void
write_network_file (Fixture    *fixture,
                    const char *name,
                    const char *keys)
{
  g_autofree char *file = g_strdup_printf ("%s/etc/networks.d/%s.network", fixture->cni.root, name);
  g_autofree char *text = g_strdup_printf ("[network]\nbackend=cni\n[cni]\n%s\n", keys);
  g_autofree char *directory = g_path_get_dirname (file);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0755), ==, 0);
  cni_write_file (file, text);
}

static void
test_described (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *listed = NULL;
  g_autofree char *reasons = NULL;
  g_autofree char *told = NULL;

  g_test_summary ("A network of a keyfile is listed with what its CNI configuration says, or why it has none");

  write_main_file (fixture);
  write_network_file (fixture, "mine", "config-name=web");
  write_network_file (fixture, "lost", "config-name=absent");
  write_network_file (fixture, "wrong", "colour=blue");
  write_network_file (fixture, "half", "config-name=unfinished");
  write_conf (fixture, "60-half.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"unfinished\",\"plugins\":[{\"type\":\"nosuch\"}]}");
  listed = call_command (fixture, 0, "networks", &reasons);
  g_assert_true (g_regex_match_simple ("^mine .*/mine.network +CNIVersion=1.0.0 Plugins=one,two ", listed, G_REGEX_MULTILINE,
                                       0));
  g_assert_true (g_regex_match_simple ("^lost .*/lost.network +UNUSABLE$", listed, G_REGEX_MULTILINE, 0));
  g_assert_true (g_regex_match_simple ("^wrong .*/wrong.network +UNUSABLE$", listed, G_REGEX_MULTILINE, 0));
  g_assert_true (g_regex_match_simple ("^half .*/half.network +UNUSABLE CNIVersion=1.0.0 Plugins=nosuch$", listed,
                                       G_REGEX_MULTILINE, 0));
  g_assert_nonnull (strstr (reasons, "network lost: no CNI network “absent” in "));
  g_assert_nonnull (strstr (reasons, "[cni] colour: there is no such key"));
  g_assert_nonnull (strstr (reasons, "network half: CNI plugin nosuch is not in "));

  write_conf (fixture, "70-hidden.conflist",
              "{\"cniVersion\":\"1.0.0\",\"name\":\"mine\",\"plugins\":[{\"type\":\"one\"}]}");
  g_free (call_command (fixture, 0, "--debug networks", &told));
  g_assert_nonnull (strstr (told, "70-hidden.conflist is not listed: there is another network mine"));
}

static void
test_command (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *listed = NULL;
  g_autofree char *reasons = NULL;
  g_autofree char *keys = NULL;
  g_autofree char *outcome = NULL;

  g_test_summary ("The command lists networks with details and reasons, and passes arguments on as they are quoted");

  write_main_file (fixture);
  write_conf (fixture, "30-bad.conflist", "{\"name\":\"bad\",\"plugins\":[{\"type\":7}]}");
  listed = call_command (fixture, 0, "networks", &reasons);
  g_assert_nonnull (strstr (listed, "CNIVersion=1.0.0 Plugins=one,two Capabilities=ips,mac,bandwidth,portMappings,aliases\n"));
  g_assert_nonnull (strstr (listed, "CNIVersion=0.3.1 Plugins=one\n"));
  g_assert_nonnull (strstr (listed, "UNUSABLE"));
  g_assert_nonnull (strstr (reasons, "network bad: "));
  g_assert_nonnull (strstr (reasons, "“type” is not a string"));
  keys = call_command (fixture, 0, "backends cni", NULL);
  g_assert_nonnull (strstr (keys, "  capability.NAME=\n"));

  g_free (call_command (fixture, 0,
                        "setup --network 'web:args=K=V;URL=x\\:y=z:capability.bandwidth={\"ingressRate\":1000}:"
                        "capability.aliases=[\"a\\\\\"b\"]' c1", NULL));
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "IgnoreUnknown=1;K=V;URL=x:y=z");
  assert_runtime_config (fixture, 0, "{\"bandwidth\":{\"ingressRate\":1000}}");
  assert_runtime_config (fixture, 1, "{\"aliases\":[\"a\\\"b\"]}");
  g_free (call_command (fixture, 0, "teardown c1", NULL));
  g_free (call_command (fixture, 0, "network check web old", NULL));
  g_free (call_command (fixture, 3, "network check web absent", NULL));

  cni_fixture_tell (&fixture->cni, "one-STATUS", "stdout", "{\"code\":50,\"msg\":\"not ready\"}");
  write_conf (fixture, "50-new.conflist", "{\"cniVersion\":\"1.1.0\",\"name\":\"new\",\"plugins\":[{\"type\":\"one\"}]}");
  outcome = call_command (fixture, 1, "network check --json new", NULL);
  g_assert_nonnull (strstr (outcome, "\"cni-code\": 50"));
  g_assert_nonnull (strstr (outcome, "\"cni-msg\": \"not ready\""));
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, two DEL, one DEL, one STATUS");
}

static void
quit (FairleadNetworkMonitor *monitor,
      gpointer                loop)
{
  g_main_loop_quit (loop);
}

static gboolean
fail (gpointer data)
{
  g_error ("the monitor does not tell of the change");
  return G_SOURCE_REMOVE;
}

/* Waits for the monitor; whoever made the change did so before or after it began to. */
static void
wait_for_change (FairleadNetworkMonitor *monitor)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  gulong handler = g_signal_connect (monitor, "changed", G_CALLBACK (quit), loop);
  guint timeout = g_timeout_add_seconds (30, fail, NULL);

  g_main_loop_run (loop);
  g_source_remove (timeout);
  g_signal_handler_disconnect (monitor, handler);
}

static void
test_monitor (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *fragments = g_build_filename (fixture->cni.conf_dir, "web", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetworkMonitor) monitor = fairlead_network_monitor_new (fixture->manager, &error);

  g_test_summary ("A monitor tells of files, of fragments, and of directories that were removed and made anew");

  g_assert_no_error (error);
  write_conf (fixture, "50-new.conflist", "{}");
  wait_for_change (monitor);
  g_assert_cmpint (g_mkdir (fragments, 0700), ==, 0);
  wait_for_change (monitor);
  write_conf (fixture, "web/10-more.conf", "{\"type\":\"one\"}");
  wait_for_change (monitor);

  cni_remove_tree (fixture->cni.conf_dir);
  wait_for_change (monitor);
  g_assert_cmpint (g_mkdir (fixture->cni.conf_dir, 0700), ==, 0);
  wait_for_change (monitor);
  write_conf (fixture, "10-again.conflist", "{}");
  wait_for_change (monitor);

  cni_fixture_add_plugin (&fixture->cni, "three");
  wait_for_change (monitor);
}

static void
test_monitor_links (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *elsewhere = g_build_filename (fixture->cni.root, "elsewhere", NULL);
  g_autofree char *target = g_build_filename (elsewhere, "net.d", NULL);
  g_autofree char *shared = g_build_filename (fixture->cni.root, "shared.conflist", NULL);
  g_autofree char *file = g_build_filename (target, "10-a.conflist", NULL);
  g_autofree char *link = g_build_filename (fixture->cni.conf_dir, "20-b.conflist", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetworkMonitor) monitor = NULL;

  g_test_summary ("A monitor follows links: of the directory, which may be made anew where it leads to, and of the files in it");

  cni_remove_tree (fixture->cni.conf_dir);
  cni_write_file (shared, "{}");
  cni_write_file (file, "{}");
  g_assert_no_errno (symlink (target, fixture->cni.conf_dir));
  g_assert_no_errno (symlink (shared, link));
  monitor = fairlead_network_monitor_new (fixture->manager, &error);
  g_assert_no_error (error);

  cni_write_file (shared, "{ }");
  wait_for_change (monitor);
  cni_remove_tree (elsewhere);
  wait_for_change (monitor);
  cni_write_file (file, "{ }");
  wait_for_change (monitor);
  cni_write_file (file, "{  }");
  wait_for_change (monitor);
}

/* GIO keeps one descriptor of inotify from the first watch on. */
static void
warm_up_gio (void)
{
  g_autoptr (GFile) root = g_file_new_for_path ("/");
  g_autoptr (GFileMonitor) monitor = g_file_monitor_directory (root, G_FILE_MONITOR_NONE, NULL, NULL);

  g_assert_nonnull (monitor);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;
  static const struct { const char *path; void (*func) (Fixture *, gconstpointer); } cases[] = {
    { "/fairlead/cni/backend/arguments", test_arguments },
    { "/fairlead/cni/backend/keyfile", test_keyfile },
    { "/fairlead/cni/backend/refused", test_refused },
    { "/fairlead/cni/backend/several", test_several },
    { "/fairlead/cni/backend/failed-add", test_failed_add },
    { "/fairlead/cni/backend/no-program", test_no_program },
    { "/fairlead/cni/backend/crash", test_crash },
    { "/fairlead/cni/backend/damaged-state", test_damaged_state },
    { "/fairlead/cni/backend/force", test_force },
    { "/fairlead/cni/backend/default", test_default },
    { "/fairlead/cni/backend/reload", test_reload },
    { "/fairlead/cni/backend/reload-busy", test_reload_busy },
    { "/fairlead/cni/backend/reload-requests", test_reload_requests },
    { "/fairlead/cni/backend/attached", test_attached },
    { "/fairlead/cni/backend/other-family", test_other_family },
    { "/fairlead/cni/backend/huge-result", test_huge_result },
    { "/fairlead/cni/backend/check", test_check },
    { "/fairlead/cni/backend/check-network", test_check_network },
    { "/fairlead/cni/backend/reboot", test_reboot },
    { "/fairlead/cni/backend/networks", test_networks },
    { "/fairlead/cni/backend/out-of-order", test_out_of_order },
    { "/fairlead/cni/backend/broken-backend", test_broken_backend },
    { "/fairlead/cni/backend/command", test_command },
    { "/fairlead/cni/backend/described", test_described },
    { "/fairlead/cni/backend/monitor", test_monitor },
    { "/fairlead/cni/backend/monitor-links", test_monitor_links },
  };

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);
  warm_up_gio ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  return g_test_run ();
}
