/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <net/if.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fairlead-testlib.h"

/* The command as an operator types it, on a host of the test's own, where /run is empty. */

typedef struct
{
  int   status; /* as a shell shows it: 128 + N for signal N */
  char *output;
  char *error_output;
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->output);
  g_free (outcome->error_output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static Outcome
run_argv (const char * const *arguments)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  Outcome outcome = { 0 };
  int status;

  g_strv_builder_add (builder, TEST_COMMAND);
  g_strv_builder_addv (builder, (const char **) arguments);
  argv = g_strv_builder_end (builder);
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &outcome.output, &outcome.error_output, &status, &error);
  g_assert_no_error (error);
  outcome.status = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  return outcome;
}

/* Arguments are parted by spaces. */
static Outcome
run (const char *line)
{
  g_auto (GStrv) arguments = g_strsplit (line, " ", -1);

  return run_argv ((const char * const *) arguments);
}

static void
assert_nothing_left (void)
{
  g_auto (Outcome) listed = run ("list --json");
  g_autoptr (GDir) namespaces = g_dir_open ("/run/netns", 0, NULL);
  g_autoptr (GDir) locks = g_dir_open ("/run/fairlead/locks", 0, NULL);

  g_assert_cmpint (listed.status, ==, 0);
  g_assert_cmpstr (listed.output, ==, "[]\n");
  g_assert_true (namespaces == NULL || g_dir_read_name (namespaces) == NULL);
  g_assert_true (locks == NULL || g_dir_read_name (locks) == NULL);
}

static void
assert_outcome (const char *line,
                int         status,
                const char *text)
{
  g_auto (Outcome) outcome = run (line);

  if (outcome.status != status || (strstr (outcome.output, text) == NULL && strstr (outcome.error_output, text) == NULL))
    g_error ("fairlead %s: exit status %d, wanted %d and \"%s\":\n%s%s", line, outcome.status, status, text,
             outcome.output, outcome.error_output);
}

typedef struct
{
  const char *line;
  int         status;
  const char *text;
} Case;

static const Case bad_cases[] = {
  { "frobnicate", 2, "frobnicate" },
  { "setup", 2, "" },
  { "setup a/b --network none", 2, "not a container id" },
  { "setup .. --network none", 2, "not a container id" },
  { "setup a\n --network none", 2, "not a container id" },
  { "setup c1 --network ../none", 2, "not a network name" },
  { "setup c1 --network nowhere", 3, "no network nowhere" },
  { "setup c1 --network none:colour=blue", 2, "colour: there is no such key, only: interface, ip, ip6, mac, default-route" },
  { "setup c1 --network none --publish 0:80", 2, "0:80" },
  { "setup c1 --network none --publish 65536:80", 2, "65536" },
  { "setup c1 --network none --publish 90-80:90-80", 2, "90-80" },
  { "setup c1 --network none --publish 80:80/icmp", 2, "icmp" },
  { "setup c1 --network none --publish 80:80 --publish 80:81", 2, "80:80" },
  { "setup c1 --network none --publish 80:80", 2, "cannot be published" },
  { "setup c1 --network host --network none", 2, "host" },
  { "setup c1 --network none --netns /nowhere", 1, "/nowhere" },
  { "setup c1 --network none --pid 2147483647", 1, "2147483647" },
  { "setup c1 --network none --link /nowhere/link", 1, "/nowhere/link" },
  { "setup c1 --network none --netns /proc/self/status", 2, "/proc/self/status" },
  { "setup c1 --network none --share c2", 3, "c2" },
  { "setup c1 --network none --share c1", 2, "its own" },
  { "teardown nobody", 3, "no container nobody" },
  { "inspect nobody", 3, "no container nobody" },
  { "stats nobody", 3, "no container nobody" },
  { "check nobody", 3, "no container nobody" },
  { "ports", 2, "no container is named" },
  { "ports nobody", 3, "no container nobody" },
  { "ports nobody list 80:80", 2, "80:80" },
  { "ports nobody frobnicate", 2, "frobnicate" },
  { "ports nobody add", 2, "no port is named" },
  { "ports nobody add 80", 2, "80" },
  { "ports nobody add 80:80", 3, "no container nobody" },
  { "ports nobody remove 80:80", 3, "no container nobody" },
  { "network", 2, "create, remove or check" },
  { "network frobnicate", 2, "frobnicate" },
  { "network create", 2, "no network is named" },
  { "network create ../lab", 2, "not a network name" },
  { "network create lab subnets", 2, "not KEY=VALUE" },
  { "network create lab mtu=1400 mtu=1500", 2, "given twice" },
  { "network create lab colour=blue", 2, "colour" },
  { "network create lab mtu=70000", 2, "70000" },
  { "network create lab subnets=10.1.0.1/24", 2, "subnets" },
  { "network create lab subnets=10.1.0.0/24 gateways=10.2.0.1", 2, "10.2.0.1" },
  { "network create lab subnets=10.1.0.0/24;10.1.0.128/25", 2, "overlaps" },
  { "network create lab ranges=10.1.0.1-10.1.0.9", 2, "ranges" },
  { "network create lab routes=nowhere", 2, "nowhere" },
  { "network create lab mode=unmanaged", 2, "interface" },
  { "network create lab interface=a/b", 2, "a/b" },
  { "network create lab --backend nowhere", 3, "nowhere" },
  { "network remove lab", 3, "no file describes a network lab" },
  { "network remove bridge", 3, "no file describes a network bridge" },
  { "network check nowhere", 3, "no network nowhere" },
  { "exec nobody -- true", 125, "no container nobody" },
  { "run --network nowhere -- true", 125, "no network nowhere" },
  { "backends nowhere", 3, "nowhere" },
  { "stats --format=xml", 2, "xml" },
};

static void
test_bad_input (FairleadTestFixture *fixture,
                gconstpointer        data)
{
  g_autofree char *long_id = g_strnfill (300, 'a');
  const char *too_long[] = { "setup", long_id, "--network", "none", NULL };
  g_auto (Outcome) outcome = run_argv (too_long);

  g_test_summary ("Bad input gets a message that names it, exit status 2 or 3, and an untouched system");

  g_assert_cmpint (outcome.status, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      assert_outcome (bad_cases[i].line, bad_cases[i].status, bad_cases[i].text);
      assert_nothing_left ();
    }
}

static void
test_life (FairleadTestFixture *fixture,
           gconstpointer        data)
{
  g_auto (Outcome) outcome = run ("setup c1 --network none");
  g_autofree char *path = g_strdup (g_strchomp (outcome.output));

  g_test_summary ("A container is set up, looked at in all ways, and torn down");

  g_assert_cmpint (outcome.status, ==, 0);
  g_assert_true (g_str_has_prefix (path, "/run/netns/c1-"));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_outcome ("setup c1 --network none", 1, "set up already");
  assert_outcome ("list", 0, path);
  assert_outcome ("inspect c1", 0, "\"SandboxKey\"");
  assert_outcome ("inspect c1", 0, "\"SharedWith\": \"\"");
  assert_outcome ("inspect c1", 0, "\"Problem\": \"\"");
  assert_outcome ("inspect --human c1", 0, "none");
  assert_outcome ("stats c1", 0, "RX BYTES");
  assert_outcome ("stats --format=json c1", 0, "\"RxBytes\"");
  assert_outcome ("stats --format=prometheus c1", 0, "container_network_receive_bytes_total{");
  assert_outcome ("check c1", 0, "");
  assert_outcome ("reload c1", 0, "");
  assert_outcome ("ports c1", 0, "PORT");
  assert_outcome ("ports c1 list --json", 0, "[]\n");
  assert_outcome ("ports c1 add 80:80", 2, "living container");
  assert_outcome ("ports c1 remove 80:80", 1, "does not publish port 80:80");
  assert_outcome ("exec c1 -- cat /proc/net/dev", 0, "lo:");
  assert_outcome ("setup c2 --share c1 --network none", 0, path);
  assert_outcome ("teardown c1", 1, "shared by c2");
  assert_outcome ("teardown c2 c1", 0, "");
  assert_nothing_left ();
}

static void
flush_rules (void)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_command_line_sync ("nft flush ruleset", NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
test_all (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_auto (Outcome) checked = { 0 };
  g_auto (Outcome) reloaded = { 0 };

  g_test_summary ("check and reload without an id are about all containers, as after somebody's flush of the rules");

  assert_outcome ("check", 0, "");
  assert_outcome ("reload --json", 0, "[]\n");
  assert_outcome ("setup c1 --network bridge --publish 8080:80", 0, "/run/netns/c1-");
  assert_outcome ("setup c2 --network bridge --publish 8081:80", 0, "/run/netns/c2-");
  assert_outcome ("setup c3 --network none", 0, "/run/netns/c3-");
  assert_outcome ("check", 0, "");
  flush_rules ();
  checked = run ("check");
  g_assert_cmpint (checked.status, ==, 1);
  g_assert_nonnull (strstr (checked.error_output, "container c1"));
  g_assert_nonnull (strstr (checked.error_output, "container c2"));
  g_assert_null (strstr (checked.error_output, "container c3"));
  reloaded = run ("reload --json");
  g_assert_cmpint (reloaded.status, ==, 0);
  g_assert_nonnull (strstr (reloaded.output, "\"c2\""));
  assert_outcome ("check", 0, "");
  flush_rules ();
  assert_outcome ("reload c1", 0, "");
  assert_outcome ("check c1", 0, "");
  assert_outcome ("check c2", 1, "8081/tcp");
  assert_outcome ("reload", 0, "");
  assert_outcome ("check", 0, "");
  assert_outcome ("teardown c1 c2 c3", 0, "");
  assert_nothing_left ();
}

static void
test_damaged (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  const char *file = "/run/fairlead/containers/bad.json";

  g_test_summary ("A damaged state is a failure of verbs for all containers, which do the others, and force drops it");

  assert_outcome ("setup c1 --network none", 0, "/run/netns/c1-");
  g_assert_true (g_file_set_contents (file, "garbage", -1, NULL));
  assert_outcome ("check", 1, file);
  assert_outcome ("reload --json", 1, "\"c1\"");
  assert_outcome ("stats", 1, file);
  assert_outcome ("stats", 1, "c1");
  assert_outcome ("teardown bad", 1, "nothing was removed");
  assert_outcome ("teardown -f bad", 1, "may be left");
  assert_outcome ("check", 0, "");
  assert_outcome ("teardown c1", 0, "");
  assert_nothing_left ();
}

static void
test_network (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autofree char *config_dir = fairlead_test_path (fixture, "config");
  g_autofree char *file = g_build_filename (config_dir, "networks.d", "lab.network", NULL);
  g_autofree char *contents = NULL;

  g_test_summary ("A network file is written with its keys, used, and removed when no container is on it");

  g_assert_cmpint (g_mkdir (config_dir, 0700), ==, 0);
  g_setenv ("FAIRLEAD_CONFIG_DIR", config_dir, TRUE);
  assert_outcome ("network create lab subnets=10.1.0.0/24 mtu=1400 default-route=no", 0, file);
  g_assert_true (g_file_get_contents (file, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "[network]\nbackend=bridge\ndefault-route=no\n\n[bridge]\nsubnets=10.1.0.0/24\nmtu=1400\n");
  assert_outcome ("network create lab", 1, "is described by");
  assert_outcome ("networks", 0, file);
  assert_outcome ("setup c1 --network lab", 0, "c1");
  assert_outcome ("network remove lab", 1, "container c1");
  assert_outcome ("teardown c1", 0, "");
  assert_outcome ("network remove lab", 0, "");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  assert_outcome ("network remove lab", 3, "no file");
  assert_outcome ("network create lab subnets=10.1.0.0/24 outbound-address=", 0, file);
  g_assert_true (g_file_set_contents_full (file, "[network]\nbackend=none\n[none]\ndefault-route=no\n", -1,
                                           G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  assert_outcome ("setup c1 --network lab", 2, "[none] default-route: there is no such key, and no other either");
  assert_outcome ("network remove lab", 0, "");
  assert_nothing_left ();
  g_unsetenv ("FAIRLEAD_CONFIG_DIR");
}

static void
test_setup_output (FairleadTestFixture *fixture,
                   gconstpointer        data)
{
  g_autofree char *link = fairlead_test_path (fixture, "link");
  g_autofree char *full = g_strdup_printf ("exec \"$0\" setup c1 --network none --link %s >/dev/full", link);
  const char *argv[] = { "sh", "-c", full, TEST_COMMAND, NULL };
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_summary ("A container whose path nobody learns is taken away; what is only planned is printed as JSON alone");

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &message, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  g_assert_cmpstr (message, ==, "fairlead: cannot write to standard output: No space left on device\n");
  g_assert_false (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  assert_nothing_left ();

  assert_outcome ("setup c1 --network none --dry-run --json", 0, "\"State\": \"planned\"");
  assert_nothing_left ();
  assert_outcome ("stats -w0", 2, "--watch=0: the interval");
  assert_outcome ("stats -wx", 2, "--watch=x: the interval");
}

static void
test_bad_key (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autofree char *config_dir = fairlead_test_path (fixture, "config");
  g_autofree char *file = g_build_filename (config_dir, "fairlead.conf", NULL);

  g_test_summary ("A bad key of a backend keeps containers from being set up, and not from being torn down");

  assert_outcome ("setup c1 --network bridge", 0, "/run/netns/c1-");
  g_assert_cmpint (g_mkdir (config_dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents_full (file, "[backend bridge]\nsubnet-size=99\nfirewalld=no\n", -1,
                                           G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  g_setenv ("FAIRLEAD_CONFIG_DIR", config_dir, TRUE);
  assert_outcome ("setup c2 --network bridge", 2, "fairlead.conf: [backend bridge] subnet-size: 99 is not in 8–30");
  assert_outcome ("check c1", 0, "subnet-size: 99");
  assert_outcome ("gc", 0, "subnet-size: 99");
  assert_outcome ("teardown c1", 0, "subnet-size: 99");
  g_assert_cmpuint (if_nametoindex ("fairlead0"), ==, 0);
  assert_nothing_left ();
  g_unsetenv ("FAIRLEAD_CONFIG_DIR");
}

typedef struct
{
  const char *contents;
  const char *text;
} BadKey;

static const BadKey bad_keys[] = {
  { "[backend bridge]\nsubnet-pools=bad\n", "fairlead.conf: [backend bridge] subnet-pools: bad: " },
  { "[backend bridge]\nsubnet-pools=10.50.0.0/16;fd00::/48\n", "fd00::/48 is not an IPv4 subnet" },
  { "[backend bridge]\nsubnet-pools=10.50.0.1/24\n", "[backend bridge] subnet-pools: 10.50.0.1/24" },
  { "[backend bridge]\nsubnet-pools=10.50.0.0/24\n", "subnet-size 22" },
  { "[backend bridge]\ndns-program=rel\n", "[backend bridge] dns-program: \"rel\" is not an absolute path" },
  { "[backend slirp4netns]\npath=slirp4netns\n", "[backend slirp4netns] path: \"slirp4netns\" is not an absolute path" },
  { "[backend cni]\nconf-dirs=/etc/cni/net.d;rel\n", "[backend cni] conf-dirs: \"rel\" is not an absolute path" },
  { "[core]\ndiscover=none;nope\n", "fairlead.conf: [core] discover: there is no backend \"nope\"" },
};

static void
test_config_check (FairleadTestFixture *fixture,
                   gconstpointer        data)
{
  g_autofree char *config_dir = fairlead_test_path (fixture, "config");
  g_autofree char *file = g_build_filename (config_dir, "fairlead.conf", NULL);

  g_test_summary ("config check finds values that no backend can use, and names file, group and key");

  g_assert_cmpint (g_mkdir (config_dir, 0700), ==, 0);
  g_setenv ("FAIRLEAD_CONFIG_DIR", config_dir, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (bad_keys); i++)
    {
      g_assert_true (g_file_set_contents_full (file, bad_keys[i].contents, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      assert_outcome ("config check", 2, bad_keys[i].text);
    }
  g_assert_cmpint (g_chmod (file, 0666), ==, 0);
  assert_outcome ("config check", 2, file);
  g_unsetenv ("FAIRLEAD_CONFIG_DIR");
}

static int
run_ignoring_children (const char *command)
{
  const char *argv[] = { "sh", "-c", "trap '' CHLD; exec \"$0\" run --network none -- \"$1\"", TEST_COMMAND, command, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  return WEXITSTATUS (status);
}

static void
test_run (FairleadTestFixture *fixture,
          gconstpointer        data)
{
  g_test_summary ("run passes the exit status on and takes the network away");

  assert_outcome ("run --network none -- true", 0, "");
  assert_outcome ("run --network none -- false", 1, "");
  assert_outcome ("run --network none -- /nowhere/at/all", 127, "/nowhere/at/all");
  assert_outcome ("run --network none -- /etc/passwd", 126, "/etc/passwd");
  assert_outcome ("run --network none -- cat /proc/net/dev", 0, "lo:");
  assert_outcome ("run --network host -- true", 0, "");
  assert_nothing_left ();

  /* Whoever starts us may ignore the ends of his children. */
  g_assert_cmpint (run_ignoring_children ("false"), ==, 1);
  g_setenv ("INNER", TEST_COMMAND, TRUE);
  assert_outcome ("run --id r1 --network none -- sh -c \"$INNER\"\tteardown\tr1", 0, "");
  g_unsetenv ("INNER");
  assert_nothing_left ();
}

static void
test_other_netns (FairleadTestFixture *fixture,
                  gconstpointer        data)
{
  g_autofree char *path = fairlead_test_path (fixture, "given");
  g_autofree char *setup = g_strdup_printf ("setup c1 --network none --netns %s", path);
  g_autoptr (GError) error = NULL;

  g_test_summary ("exec does not enter another namespace that has got the place of the container's");

  g_object_unref (fairlead_netns_new_pinned (path, &error));
  g_assert_no_error (error);
  assert_outcome (setup, 0, path);
  assert_outcome ("exec c1 -- true", 0, "");
  g_assert_true (fairlead_netns_unpin (path, &error));
  g_object_unref (fairlead_netns_new_pinned (path, &error));
  g_assert_no_error (error);
  assert_outcome ("exec c1 -- true", 125, "another network namespace");
  assert_outcome ("check c1", 1, "another network namespace");
  assert_outcome ("teardown c1", 0, "");
  g_assert_true (fairlead_netns_unpin (path, &error));
  assert_nothing_left ();
}

static void
test_boot_id (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_test_summary ("Where it cannot be told what is of this start of the machine, nothing is made, and nothing taken for garbage");

  assert_outcome ("setup c1 --network none", 0, "c1");
  g_assert_no_errno (mount ("none", "/proc/sys/kernel", "tmpfs", MS_RDONLY, NULL));
  assert_outcome ("gc", 0, "");
  assert_outcome ("check c1", 0, "");
  assert_outcome ("setup c2 --network none", 1, "start of the machine");
  g_assert_no_errno (umount ("/proc/sys/kernel"));
  assert_outcome ("check c1", 0, "");
  assert_outcome ("teardown c1", 0, "");
  assert_nothing_left ();
}

/* A command that is running, as its marker file shows. */
static GPid
start_run (const char *marker)
{
  const char *argv[] = { TEST_COMMAND, "run", "--id", "r1", "--network", "none", "--", "sh", "-c",
                         "trap 'exit 42' TERM; : >\"$0\"; while :; do sleep 1 & wait; done", marker, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  while (!g_file_test (marker, G_FILE_TEST_EXISTS))
    g_thread_yield ();
  return pid;
}

static void
test_signals (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  g_autofree char *marker = fairlead_test_path (fixture, "running");
  GPid pid = start_run (marker);
  int status;

  g_test_summary ("run passes signals to the command; what a killed run leaves can be torn down");

  g_assert_cmpint (kill (pid, SIGTERM), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 42);
  assert_nothing_left ();

  g_assert_cmpint (g_unlink (marker), ==, 0);
  pid = start_run (marker);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  assert_outcome ("list", 0, "r1");
  assert_outcome ("teardown r1", 0, "");
  assert_nothing_left ();
}

static void
test_backends (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  g_test_summary ("Backends are listed and described");

  assert_outcome ("backends", 0, "none");
  assert_outcome ("backends --json", 0, "\"host\"");
  assert_outcome ("backends cni", 0, "plugin-dirs");
  assert_outcome ("backends bridge", 0, "Whether there is no way out (boolean, yes or no)\n");
  assert_outcome ("backends bridge", 0, "; only in a request, NETWORK:KEY=VALUE\n");
  assert_outcome ("backends bridge", 0, "; also in a request, NETWORK:KEY=VALUE\n");
  assert_outcome ("networks", 0, "none");
  assert_outcome ("--version", 0, "0.99");
  assert_outcome ("run --help", 0, "--publish");
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);

  /* The first namespace makes /run/netns a shared mount, as ip-netns(8) does; that stays, and is no leak of a case. */
  assert_outcome ("run --network none -- true", 0, "");

  fairlead_test_add ("/fairlead/command/bad-input", test_bad_input);
  fairlead_test_add ("/fairlead/command/life", test_life);
  fairlead_test_add ("/fairlead/command/all", test_all);
  fairlead_test_add ("/fairlead/command/damaged", test_damaged);
  fairlead_test_add ("/fairlead/command/network", test_network);
  fairlead_test_add ("/fairlead/command/setup-output", test_setup_output);
  fairlead_test_add ("/fairlead/command/bad-key", test_bad_key);
  fairlead_test_add ("/fairlead/command/config-check", test_config_check);
  fairlead_test_add ("/fairlead/command/run", test_run);
  fairlead_test_add ("/fairlead/command/other-netns", test_other_netns);
  fairlead_test_add ("/fairlead/command/boot-id", test_boot_id);
  fairlead_test_add ("/fairlead/command/signals", test_signals);
  fairlead_test_add ("/fairlead/command/backends", test_backends);
  return g_test_run ();
}
