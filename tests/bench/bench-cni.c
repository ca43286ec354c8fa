/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bench.h"
#include "cni-bare.h"
#include "fairlead-testlib.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * What the cni backend adds to the plugins that it runs: bench-cni [--rounds=N] [PLUGIN]
 *
 * A network is a chain of three plugins that do nothing. PLUGIN is the program to use instead of this project's own, which
 * is a small C program: /usr/lib/cni/portmap, which without ports to publish does nothing either, costs what the plugins in
 * use cost. Each round measures four things, one after another, so that whatever else the machine does hits all of them
 * alike:
 *
 *   bare       a loop that starts the three plugins, feeds them, reads their answers and waits
 *   in-process fairlead_manager_setup(), everything that it does included
 *   program    the bare loop as a program of its own
 *   command    `fairlead setup`
 *
 * What is set up is torn down again, unmeasured. Medians and the ratios of the second to the first and of the fourth to
 * the third are printed. It runs in namespaces of its own, as any user. The cache is on the file system of TMPDIR, which
 * should be a disk's, as it has to survive the machine.
 */

#define DEFAULT_ROUNDS 200
#define N_PLUGINS 3

#define REQUEST \
  "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"type\":\"nothing\",\"prevResult\":{\"cniVersion\":\"1.0.0\"," \
  "\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/bench\"}],\"ips\":[{\"address\":\"10.88.0.5/16\"}]}}"

typedef struct
{
  char *directory;      /* (owned) */
  char *config_dir;     /* (owned) */
  char *netns_path;     /* (owned) */
  char *plugins[N_PLUGINS]; /* (owned) */
  char **environment;   /* (owned) of the bare plugins */
  FairleadManager *manager; /* (owned) */
  FairleadNetns *netns; /* (owned) */
} Bench;

typedef struct
{
  const char *name;
  void (*run) (Bench *bench);
  gboolean makes_container;
  double *samples; /* (owned) microseconds */
} Subject;

static char *
bench_path (Bench      *bench,
            const char *name)
{
  return g_build_filename (bench->directory, name, NULL);
}

static void
write_file (const char *path,
            const char *text)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (g_mkdir_with_parents (parent, 0700));
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
make_plugins (Bench      *bench,
              const char *program)
{
  g_autofree char *plugin_dir = bench_path (bench, "bin");

  g_assert_no_errno (g_mkdir (plugin_dir, 0700));
  for (guint i = 0; i < N_PLUGINS; i++)
    {
      g_autofree char *name = g_strdup_printf ("nothing%u", i);

      bench->plugins[i] = g_build_filename (plugin_dir, name, NULL);
      g_assert_no_errno (symlink (program, bench->plugins[i]));
    }
}

static void
make_configuration (Bench *bench)
{
  g_autofree char *conf = bench_path (bench, "net.d/bench.conflist");
  g_autofree char *keyfile = bench_path (bench, "etc/fairlead.conf");
  g_autofree char *text =
    g_strdup_printf ("[core]\nbackend-dirs=%s\nstate-dir=/run/fairlead\nnetns-dir=/run/netns\ndefault-network=bench\n"
                     "default-network-rootless=bench\n[backend cni]\nconf-dirs=%s/net.d\nplugin-dirs=%s/bin\n"
                     "cache-dir=%s/cache\n", BENCH_BACKEND_DIR, bench->directory, bench->directory, bench->directory);

  write_file (conf, "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"plugins\":[{\"type\":\"nothing0\",\"prevResult\":"
                    "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/bench\"}],\"ips\":[{\"address\":\"10.88.0.5/16\"}]}},"
                    "{\"type\":\"nothing1\"},{\"type\":\"nothing2\"}]}");
  write_file (keyfile, text);
  bench->config_dir = bench_path (bench, "etc");
}

static void
make_environment (Bench *bench)
{
  static const char * const variables[][2] = {
    { "CNI_COMMAND", "ADD" }, { "CNI_CONTAINERID", "bench" }, { "CNI_NETNS", "/run/netns/bench" },
    { "CNI_IFNAME", "eth0" }, { "CNI_ARGS", "" }, { "CNI_PATH", "/usr/lib/cni" },
  };

  bench->environment = g_get_environ ();
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    bench->environment = g_environ_setenv (bench->environment, variables[i][0], variables[i][1], TRUE);
}

static void
bench_init (Bench      *bench,
            const char *program)
{
  const char *dirs[] = { NULL, NULL };
  g_autoptr (FairleadConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  bench->directory = g_dir_make_tmp ("fairlead-bench-XXXXXX", &error);
  g_assert_no_error (error);
  make_plugins (bench, program);
  make_configuration (bench);
  make_environment (bench);

  dirs[0] = bench->config_dir;
  config = fairlead_config_new_for_dirs (dirs, &error);
  g_assert_no_error (error);
  bench->manager = fairlead_manager_new (config);
  bench->netns_path = g_strdup ("/run/bench/netns");
  bench->netns = fairlead_netns_new_pinned (bench->netns_path, &error);
  g_assert_no_error (error);
}

static void
bench_clear (Bench *bench)
{
  const char *argv[] = { "rm", "-r", bench->directory, NULL };
  g_autoptr (GError) error = NULL;

  g_object_unref (bench->manager);
  g_object_unref (bench->netns);
  g_assert_true (fairlead_netns_unpin (bench->netns_path, NULL));
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_PLUGINS; i++)
    g_free (bench->plugins[i]);
  g_strfreev (bench->environment);
  g_free (bench->netns_path);
  g_free (bench->config_dir);
  g_free (bench->directory);
}

static void
run_bare (Bench *bench)
{
  for (guint i = 0; i < N_PLUGINS; i++)
    g_assert_cmpint (cni_bare_run (bench->plugins[i], bench->environment, REQUEST), ==, 0);
}

static void
run_in_process (Bench *bench)
{
  g_autoptr (FairleadRequest) request = fairlead_request_new ("bench");
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (bench->netns_path, NULL);
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GError) error = NULL;

  fairlead_request_set_netns (request, netns);
  container = fairlead_manager_setup (bench->manager, request, NULL, &error);
  g_assert_no_error (error);
}

static void
run_bare_program (Bench *bench)
{
  const char *argv[] = { BENCH_BARE, REQUEST, bench->plugins[0], bench->plugins[1], bench->plugins[2], NULL };

  bench_run_program (argv, (const char * const *) bench->environment);
}

static void
run_command (Bench *bench)
{
  const char *argv[] = { BENCH_COMMAND, "--config-dir", bench->config_dir, "setup", "--netns", bench->netns_path, "bench",
                         NULL };

  bench_run_program (argv, NULL);
}

static void
measure (Bench   *bench,
         Subject *subject,
         guint    round)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  subject->run (bench);
  subject->samples[round] = (double) (g_get_monotonic_time () - begin);
  if (!subject->makes_container)
    return;
  fairlead_manager_teardown (bench->manager, "bench", FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
report (Subject *subject,
        Subject *reference,
        guint    n,
        double   limit)
{
  double bare = bench_median (reference->samples, n);
  double ours = bench_median (subject->samples, n);

  printf ("%-10s %8.0f us   %-10s %8.0f us   ratio %.3f (at most %.2f)\n", reference->name, bare, subject->name, ours,
          ours / bare, limit);
}

static void
run_rounds (Bench *bench,
            guint  n_rounds)
{
  Subject subjects[] = {
    { "bare", run_bare, FALSE, g_new (double, n_rounds) },
    { "in-process", run_in_process, TRUE, g_new (double, n_rounds) },
    { "program", run_bare_program, FALSE, g_new (double, n_rounds) },
    { "command", run_command, TRUE, g_new (double, n_rounds) },
  };

  /* The first of each is not counted: it loads files into memory. */
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    measure (bench, &subjects[i], 0);
  for (guint round = 0; round < n_rounds; round++)
    for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
      measure (bench, &subjects[i], round);

  report (&subjects[1], &subjects[0], n_rounds, 1.05);
  report (&subjects[3], &subjects[2], n_rounds, 1.3);
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    g_free (subjects[i].samples);
}

int
main (int    argc,
      char **argv)
{
  int n_rounds = DEFAULT_ROUNDS;
  const GOptionEntry entries[] = {
    { "rounds", 0, 0, G_OPTION_ARG_INT, &n_rounds, "How often to measure", "N" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[PLUGIN]");
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;
  Bench bench = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_printerr ("%s\n", error->message);
  else if (n_rounds < 1 || argc > 2)
    g_printerr ("Usage: %s [--rounds=N] [PLUGIN]\n", argv[0]);
  else if (!fairlead_test_enter_host (&reason))
    g_printerr ("%s: %s\n", argv[0], reason);
  else
    {
      bench_init (&bench, argc == 2 ? argv[1] : BENCH_NOTHING);
      run_rounds (&bench, (guint) n_rounds);
      bench_clear (&bench);
      return EXIT_SUCCESS;
    }
  return EXIT_FAILURE;
}
