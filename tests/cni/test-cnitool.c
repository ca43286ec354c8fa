/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-testlib.h"

#include <glib/gstdio.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* fairlead-cnitool, called as scripts call cnitool. The network “net” is a chain of “one” and “two”. */

#define NETNS "/run/netns/n1"
/* The first digits of the SHA-512 of that path. */
#define CONTAINER "cnitool-3153e3b71ea596a0a0e0"

#define RESULT "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"}]}"

typedef struct
{
  CniFixture cni;
  char **environment;
  char *output;
  char *complaint;
} Fixture;

static void
set_variable (Fixture    *fixture,
              const char *name,
              const char *value)
{
  if (value != NULL)
    fixture->environment = g_environ_setenv (fixture->environment, name, value, TRUE);
  else
    fixture->environment = g_environ_unsetenv (fixture->environment, name);
}

static void
write_list (Fixture    *fixture,
            const char *plugins)
{
  g_autofree char *text = g_strdup_printf ("{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"plugins\":[%s]}", plugins);

  g_free (cni_fixture_write_conf (&fixture->cni, "10-net.conflist", text));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  cni_fixture_set_up (&fixture->cni, data);
  cni_fixture_add_plugin (&fixture->cni, "one");
  cni_fixture_add_plugin (&fixture->cni, "two");
  write_list (fixture, "{\"type\":\"one\",\"capabilities\":{\"mac\":true}},{\"type\":\"two\"}");

  fixture->environment = g_get_environ ();
  set_variable (fixture, "NETCONFPATH", fixture->cni.conf_dir);
  set_variable (fixture, "CNI_PATH", fixture->cni.plugin_dir);
  set_variable (fixture, "CNI_CACHE_DIR", fixture->cni.cache_dir);
  set_variable (fixture, "LC_ALL", "C.UTF-8");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_strfreev (fixture->environment);
  g_free (fixture->output);
  g_free (fixture->complaint);
  cni_fixture_tear_down (&fixture->cni, data);
}

/* Calls the program and gives its exit status. */
static int
call (Fixture    *fixture,
      const char *arguments)
{
  g_autofree char *line = g_strdup_printf ("%s %s", CNITOOL, arguments);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_clear_pointer (&fixture->output, g_free);
  g_clear_pointer (&fixture->complaint, g_free);
  g_assert_true (g_shell_parse_argv (line, NULL, &argv, &error));
  g_spawn_sync (NULL, argv, fixture->environment, G_SPAWN_DEFAULT, NULL, NULL, &fixture->output, &fixture->complaint,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
assert_output (Fixture    *fixture,
               const char *json)
{
  g_autoptr (GVariant) value = cni_parse (fixture->output);

  cni_assert_json (value, json);
}

static void
assert_failure (Fixture    *fixture,
                gint64      code,
                const char *part)
{
  g_autoptr (GVariant) value = cni_parse (fixture->output);
  gint64 found;
  const char *msg;

  g_assert_true (g_variant_lookup (value, "code", "x", &found));
  g_assert_cmpint (found, ==, code);
  g_assert_true (g_variant_lookup (value, "msg", "&s", &msg));
  if (strstr (msg, part) == NULL || strstr (fixture->complaint, part) == NULL)
    g_error ("“%s” is not in “%s” and “%s”", part, msg, fixture->complaint);
}

static void
test_life (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("add prints the result; check and del go by what add was given, even when all of it has changed");

  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", RESULT);
  cni_fixture_tell (&fixture->cni, "one-ADD", "stderr", "mind the gap");
  set_variable (fixture, "CNI_ARGS", "A=1;B=2");
  set_variable (fixture, "CAP_ARGS", "{\"mac\":\"02:00:00:00:00:01\",\"other\":1}");
  g_assert_cmpint (call (fixture, "add net //run/../run//netns/n1"), ==, 0);
  assert_output (fixture, RESULT);
  g_assert_cmpstr (fixture->complaint, ==, "CAP_ARGS: no plugin of network “net” declares the capability “other”; its "
                                           "argument is not used\nmind the gap\n");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", CONTAINER);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_NETNS", NETNS);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_IFNAME", "eth0");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "A=1;B=2");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");

  set_variable (fixture, "CNI_ARGS", NULL);
  set_variable (fixture, "CAP_ARGS", NULL);
  write_list (fixture, "{\"type\":\"two\"}");
  g_assert_cmpint (call (fixture, "check net " NETNS), ==, 0);
  g_assert_cmpstr (fixture->output, ==, "");
  cni_fixture_assert_calls (&fixture->cni, "one CHECK, two CHECK");

  cni_remove_tree (fixture->cni.conf_dir);
  g_assert_cmpint (call (fixture, "del net " NETNS), ==, 0);
  g_assert_cmpstr (fixture->output, ==, "");
  cni_fixture_assert_env (&fixture->cni, 1, "CNI_ARGS", "A=1;B=2");
  {
    g_autoptr (GVariant) request = cni_fixture_get_stdin (&fixture->cni, 1);
    g_autoptr (GVariant) runtime_config = g_variant_lookup_value (request, "runtimeConfig", NULL);

    cni_assert_json (runtime_config, "{\"mac\":\"02:00:00:00:00:01\"}");
  }
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL");
  g_assert_cmpint (call (fixture, "del net " NETNS), ==, 1);
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_names (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *file = g_build_filename (fixture->cni.conf_dir, "10-net.conflist", NULL);

  g_test_summary ("Container and interface can be named, and the configuration can be one file");

  set_variable (fixture, "CNI_CONTAINERID", "mine");
  set_variable (fixture, "CNI_IFNAME", "net1");
  set_variable (fixture, "NETCONFPATH", file);
  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 0);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", "mine");
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_IFNAME", "net1");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  g_assert_cmpint (call (fixture, "-i net2 del net " NETNS), ==, 0);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_IFNAME", "net2");

  g_assert_cmpint (call (fixture, "add other " NETNS), ==, 1);
  assert_failure (fixture, 999, "is the CNI network “net”, not “other”");
}

static void
test_twice (Fixture       *fixture,
            gconstpointer  data)
{
  g_test_summary ("A failed add on top of one that succeeded does not take that away");

  set_variable (fixture, "CNI_CONTAINERID", "mine");
  g_assert_cmpint (call (fixture, "add net /proc/self/ns/net"), ==, 0);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  cni_fixture_tell (&fixture->cni, "two-ADD", "exit", "1");
  g_assert_cmpint (call (fixture, "add net /proc/self/ns/net"), ==, 1);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  g_assert_cmpint (call (fixture, "check net /proc/self/ns/net"), ==, 0);
}

static void
test_failure (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("A failed add is undone, and its error is printed with the plugin's code");

  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout", "{\"code\":11,\"msg\":\"later\",\"details\":\"much\"}");
  cni_fixture_tell (&fixture->cni, "two-ADD", "exit", "1");
  cni_fixture_tell (&fixture->cni, "one-DEL", "exit", "1");
  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 1);
  assert_failure (fixture, 11, "later; much");
  assert_failure (fixture, 11, "could not all be undone");
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD, two DEL, one DEL");

  cni_fixture_tell (&fixture->cni, "one-STATUS", "stdout", "{\"code\":50,\"msg\":\"not yet\"}");
  cni_fixture_tell (&fixture->cni, "one-STATUS", "exit", "1");
  g_assert_cmpint (call (fixture, "status net " NETNS), ==, 1);
  assert_failure (fixture, 50, "not yet");
  cni_fixture_untell (&fixture->cni, "one-STATUS", "exit");
  cni_fixture_untell (&fixture->cni, "one-STATUS", "stdout");
  g_assert_cmpint (call (fixture, "status net"), ==, 0);
  g_assert_cmpint (call (fixture, "check net " NETNS), ==, 1);
  assert_failure (fixture, 999, "is not attached");
}

static void
test_output (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("What is printed is laid out as cnitool lays it out");

  cni_fixture_tell (&fixture->cni, "two-ADD", "stdout",
                    "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"gateway\":\"10.1.0.1\",\"address\":\"10.1.0.2/24\"}],"
                    "\"interfaces\":[{\"sandbox\":\"a  \\n  b\",\"name\":\"eth0\"}]}");
  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 0);
  g_assert_cmpstr (fixture->output, ==,
                   "{\n"
                   "    \"cniVersion\": \"1.0.0\",\n"
                   "    \"interfaces\": [\n"
                   "        {\n"
                   "            \"name\": \"eth0\",\n"
                   "            \"sandbox\": \"a  \\n  b\"\n"
                   "        }\n"
                   "    ],\n"
                   "    \"ips\": [\n"
                   "        {\n"
                   "            \"address\": \"10.1.0.2/24\",\n"
                   "            \"gateway\": \"10.1.0.1\"\n"
                   "        }\n"
                   "    ]\n"
                   "}\n");
}

/* A file as the reference runtime writes it. */
static void
test_foreign (Fixture       *fixture,
              gconstpointer  data)
{
  static const char list[] = "{\n  \"cniVersion\": \"1.0.0\",\n  \"name\": \"net\",\n  \"plugins\": [\n    { \"type\": \"one\", "
                             "\"capabilities\": { \"mac\": true } }\n  ]\n}\n";
  g_autofree char *encoded = g_base64_encode ((const guchar *) list, strlen (list));
  g_autofree char *path = g_build_filename (fixture->cni.cache_dir, "results", "net-" CONTAINER "-eth0", NULL);
  g_autofree char *text =
    g_strdup_printf ("{\"kind\":\"cniCacheV1\",\"containerId\":\"" CONTAINER "\",\"config\":\"%s\",\"ifName\":\"eth0\","
                     "\"networkName\":\"net\",\"netns\":\"" NETNS "\",\"cniArgs\":[[\"IgnoreUnknown\",\"1\"],[\"K\",\"v\"]],"
                     "\"capabilityArgs\":{\"mac\":\"02:00:00:00:00:01\"},\"result\":" RESULT "}", encoded);

  g_test_summary ("What the reference runtime attached is checked and detached with what its cache says");

  cni_write_file (path, text);
  cni_remove_tree (fixture->cni.conf_dir);
  g_assert_cmpint (call (fixture, "check net " NETNS), ==, 0);
  cni_fixture_assert_calls (&fixture->cni, "one CHECK");
  g_assert_cmpint (call (fixture, "del net " NETNS), ==, 0);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_ARGS", "IgnoreUnknown=1;K=v");
  {
    g_autoptr (GVariant) request = cni_fixture_get_stdin (&fixture->cni, 0);

    cni_assert_json (request, "{\"type\":\"one\",\"capabilities\":{\"mac\":true},\"name\":\"net\",\"cniVersion\":\"1.0.0\","
                              "\"runtimeConfig\":{\"mac\":\"02:00:00:00:00:01\"},\"prevResult\":" RESULT "}");
  }
  cni_fixture_assert_calls (&fixture->cni, "one DEL");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_gc (Fixture       *fixture,
         gconstpointer  data)
{
  g_test_summary ("gc detaches all that the cache has of the network, and then asks the plugins");

  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 0);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two ADD");
  g_assert_cmpint (call (fixture, "gc net " NETNS), ==, 0);
  cni_fixture_assert_env (&fixture->cni, 0, "CNI_CONTAINERID", CONTAINER);
  cni_fixture_assert_calls (&fixture->cni, "two DEL, one DEL, one GC, two GC");
}

static void
test_usage (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const lines[] = {
    "", "add", "add net", "frob net " NETNS, "add net " NETNS " more", "-t 0 status net", "--frob status net",
  };

  g_test_summary ("What cannot be understood is refused with status 1, and nothing is called");

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_assert_cmpint (call (fixture, lines[i]), ==, 1);
      g_assert_cmpstr (fixture->output, ==, "");
      g_assert_cmpstr (fixture->complaint, !=, "");
    }

  set_variable (fixture, "CNI_ARGS", "A=1;B");
  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 1);
  assert_failure (fixture, 999, "CNI_ARGS: “B”");
  set_variable (fixture, "CNI_ARGS", NULL);
  set_variable (fixture, "CAP_ARGS", "{");
  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 1);
  assert_failure (fixture, 999, "CAP_ARGS: ");
  set_variable (fixture, "CAP_ARGS", NULL);
  set_variable (fixture, "CNI_CONTAINERID", "a/b");
  g_assert_cmpint (call (fixture, "add net " NETNS), ==, 1);
  assert_failure (fixture, 4, "“a/b”");
  write_list (fixture, "7");
  g_assert_cmpint (call (fixture, "status net"), ==, 1);
  assert_failure (fixture, 999, "plugins[0]");
  cni_fixture_assert_calls (&fixture->cni, "");
}

static void
test_signal (Fixture       *fixture,
             gconstpointer  data)
{
  const char *argv[] = { CNITOOL, "add", "net", NETNS, NULL };
  g_autofree char *called = g_build_filename (fixture->cni.record_dir, "0.stdin", NULL);
  g_autoptr (GError) error = NULL;
  GPid pid;
  int status;

  g_test_summary ("SIGTERM ends the plugin that runs, and what was done is undone");

  cni_fixture_tell (&fixture->cni, "one-ADD", "hang", "");
  g_spawn_async (NULL, (char **) argv, fixture->environment,
                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid,
                 &error);
  g_assert_no_error (error);
  while (!g_file_test (called, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  g_assert_cmpint (kill (pid, SIGTERM), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  cni_fixture_assert_calls (&fixture->cni, "one ADD, two DEL, one DEL");
}

#define TEST(path, func) g_test_add ("/fairlead/cni/cnitool/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("life", test_life);
  TEST ("names", test_names);
  TEST ("twice", test_twice);
  TEST ("failure", test_failure);
  TEST ("output", test_output);
  TEST ("foreign", test_foreign);
  TEST ("gc", test_gc);
  TEST ("usage", test_usage);
  TEST ("signal", test_signal);
  return g_test_run ();
}
