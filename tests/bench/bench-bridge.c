/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bench.h"
#include "bridge-floor.h"
#include "fairlead-testlib.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * The bridge backend beside a program that sends the same messages to the kernel and does nothing else:
 *
 *   bench-bridge [--rounds=N] [--present=N] [--cpu]
 *
 * There is one bridge, with N containers on it, of a host of the program's own. Each round measures each subject once, one
 * after another, so that whatever else the machine does hits all alike; behind each one that takes away there is a pause,
 * so that the kernel's work afterwards is not measured with the next. Medians in microseconds are printed, and ratios.
 * With --cpu it is the processor time of this process, which tells something on a busy machine too, but nothing of
 * programs and of what only waits.
 */

#define PAUSE_US (40 * 1000)
#define PORT     20000

typedef struct
{
  char *directory;
  FairleadManager *manager;
  FairleadNetns *netns;
  char *netns_path;
  int netns_fd;
  Floor floor;
  FloorContainer container;
  char address[INET_ADDRSTRLEN], address6[INET6_ADDRSTRLEN];
  char gateway[INET_ADDRSTRLEN], gateway6[INET6_ADDRSTRLEN];
  guint number;
} Bench;

static void
fail (const char *what,
      const char *why)
{
  g_printerr ("%s: %s\n", what, why);
  exit (1);
}

static void
must (gboolean      succeeded,
      const char   *what,
      const GError *error)
{
  if (!succeeded)
    fail (what, error != NULL ? error->message : g_strerror (errno));
}

static FairleadRequest *
new_request (const char    *id,
             FairleadNetns *netns,
             gboolean       with_ports)
{
  FairleadRequest *request = fairlead_request_new (id);

  fairlead_request_add_network (request, "bridge", NULL);
  if (netns != NULL)
    fairlead_request_set_netns (request, netns);
  for (guint i = 0; with_ports && i < 2; i++)
    {
      g_autoptr (FairleadPortMapping) mapping =
        fairlead_port_mapping_new (FAIRLEAD_PROTOCOL_TCP, NULL, PORT + i, 80 + i, 1);

      fairlead_request_add_port_mapping (request, mapping);
    }
  return request;
}

static gboolean use_cpu_time;

static double
now (void)
{
  struct timespec time;

  clock_gettime (use_cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static double
setup (Bench         *bench,
       FairleadNetns *netns)
{
  g_autoptr (FairleadRequest) request = new_request ("bench", netns, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  double start = now ();

  container = fairlead_manager_setup (bench->manager, request, NULL, &error);
  start = now () - start;
  must (container != NULL, "setup", error);
  return start;
}

static double
teardown (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  double start = now ();

  must (fairlead_manager_teardown (bench->manager, "bench", FAIRLEAD_TEARDOWN_NONE, NULL, &error), "teardown", error);
  start = now () - start;
  g_usleep (PAUSE_US);
  return start;
}

static double
floor_up (Bench *bench)
{
  double start = now ();

  must (floor_attach (&bench->floor, &bench->container, bench->netns_fd) == 0, "floor attach", NULL);
  return now () - start;
}

static double
floor_down (Bench *bench)
{
  double start = now ();

  must (floor_withdraw (&bench->floor, &bench->container) == 0 && floor_delete (&bench->floor, &bench->container) == 0,
        "floor detach", NULL);
  start = now () - start;
  g_usleep (PAUSE_US);
  return start;
}

/* Of a namespace that ends: the ports, and the link out of the bridge; then the name of the namespace. */
static double
floor_own_down (Bench      *bench,
                const char *path)
{
  g_autoptr (GError) error = NULL;
  double start = now ();

  must (floor_withdraw (&bench->floor, &bench->container) == 0 && floor_release (&bench->floor, &bench->container) == 0 &&
          fairlead_netns_unpin (path, &error), "floor detach", error);
  start = now () - start;
  g_usleep (PAUSE_US);
  return start;
}

static double
floor_own (Bench *bench)
{
  g_autofree char *path = g_build_filename (bench->directory, "netns", "floor", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_pinned (path, &error);
  int fd = netns != NULL ? fairlead_netns_dup_fd (netns, &error) : -1;

  must (fd >= 0 && floor_attach (&bench->floor, &bench->container, fd) == 0, "floor attach", error);
  close (fd);
  g_clear_object (&netns);
  return floor_own_down (bench, path);
}

static double
run_program (const char * const *argv)
{
  const double start = now ();

  bench_run_program (argv, NULL);
  return now () - start;
}

static double
program_floor (Bench      *bench,
               const char *verb)
{
  g_autofree char *port = g_strdup_printf ("%u", PORT);
  const char *argv[] = { BENCH_FLOOR, verb, bench->floor.bridge, bench->floor.table, bench->gateway, bench->gateway6,
                         bench->floor.hairpin ? "1" : "0", bench->container.host_name, bench->address, bench->address6,
                         port, bench->netns_path, NULL };

  return run_program (argv);
}

static double
program_start (void)
{
  const char *argv[] = { BENCH_START, NULL };

  return run_program (argv);
}

static double
command_setup (Bench      *bench,
               const char *netns_path)
{
  const char *argv[] = { BENCH_COMMAND, "setup", "-p", "20000:80", "-p", "20001:81", "bench",
                         netns_path != NULL ? "--netns" : NULL, netns_path, NULL };

  return run_program (argv);
}

static double
command_teardown (Bench *bench)
{
  const char *argv[] = { BENCH_COMMAND, "teardown", "bench", NULL };
  double time = run_program (argv);

  g_usleep (PAUSE_US);
  return time;
}

typedef enum
{
  FLOOR_ATTACH,
  ATTACH,
  FLOOR_DETACH,
  DETACH,
  FLOOR_OWN_DETACH,
  OWN_DETACH,
  PROGRAM_START,
  FLOOR_PROGRAM_ATTACH,
  COMMAND_SETUP,
  FLOOR_PROGRAM_DETACH,
  COMMAND_TEARDOWN,
  COMMAND_OWN_TEARDOWN,
  N_SUBJECTS
} Subject;

static const char * const names[N_SUBJECTS] = {
  "floor attach", "setup in process", "floor detach (waits for the link)", "teardown in process, foreign namespace",
  "floor detach, own namespace", "teardown in process, own namespace", "a program that does nothing", "floor program attach",
  "fairlead setup", "floor program detach", "fairlead teardown, foreign namespace", "fairlead teardown, own namespace",
};

static void
measure (Bench  *bench,
         double *samples[N_SUBJECTS],
         guint   i)
{
  samples[FLOOR_ATTACH][i] = floor_up (bench);
  samples[FLOOR_DETACH][i] = floor_down (bench);
  samples[ATTACH][i] = setup (bench, bench->netns);
  samples[DETACH][i] = teardown (bench);
  samples[FLOOR_OWN_DETACH][i] = floor_own (bench);
  setup (bench, NULL);
  samples[OWN_DETACH][i] = teardown (bench);
  samples[PROGRAM_START][i] = program_start ();
  samples[FLOOR_PROGRAM_ATTACH][i] = program_floor (bench, "attach");
  samples[FLOOR_PROGRAM_DETACH][i] = program_floor (bench, "detach");
  g_usleep (PAUSE_US);
  samples[COMMAND_SETUP][i] = command_setup (bench, bench->netns_path);
  samples[COMMAND_TEARDOWN][i] = command_teardown (bench);
  command_setup (bench, NULL);
  samples[COMMAND_OWN_TEARDOWN][i] = command_teardown (bench);
}

static void
report (double *samples[N_SUBJECTS],
        guint   n)
{
  double medians[N_SUBJECTS];

  for (guint i = 0; i < N_SUBJECTS; i++)
    {
      medians[i] = bench_median (samples[i], n);
      printf ("%-44s %9.0f us\n", names[i], medians[i]);
    }
  printf ("\nin process: attach %.2f x floor; detach of a foreign namespace %.2f x floor, of an own one %+.0f us\n",
          medians[ATTACH] / medians[FLOOR_ATTACH], medians[DETACH] / medians[FLOOR_DETACH],
          medians[OWN_DETACH] - medians[FLOOR_OWN_DETACH]);
  printf ("command: setup %.2f x (start of the program + floor)\n",
          medians[COMMAND_SETUP] / (medians[PROGRAM_START] + medians[FLOOR_ATTACH]));
}

static void
make_present (Bench *bench,
              guint  n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("present-%u", i);
      g_autoptr (FairleadRequest) request = new_request (id, NULL, FALSE);
      g_autoptr (GError) error = NULL;
      g_autoptr (FairleadContainer) container = fairlead_manager_setup (bench->manager, request, NULL, &error);

      must (container != NULL, "setup", error);
    }
}

/* The floor takes the last addresses of the network that the manager has made. */
static void
prepare_floor (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_lookup_container (bench->manager, "present-0", NULL, &error);
  g_autoptr (FairleadAttachment) attachment = NULL;
  GListModel *addresses;

  must (container != NULL, "present-0", error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  addresses = fairlead_attachment_get_addresses (attachment);
  must (g_list_model_get_n_items (addresses) == 2, "IPv6", NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      const guint8 *bytes = g_inet_address_to_bytes (fairlead_interface_address_get_gateway (address));

      memcpy (i == 0 ? bench->floor.gateway : bench->floor.gateway6, bytes, i == 0 ? 4 : 16);
      memcpy (i == 0 ? bench->container.address : bench->container.address6, bytes, i == 0 ? 4 : 16);
    }
  bench->floor.bridge = "fairlead0";
  bench->floor.table = "fairlead";
  bench->floor.hairpin = TRUE;
  bench->container.address[2] |= 3;
  bench->container.address[3] = 250;
  bench->container.address6[15] = 250;
  bench->container.address6[8] = 1;
  strcpy (bench->container.host_name, "floor0");
  bench->container.ports[0] = PORT;
  bench->container.ports[1] = PORT + 1;
  inet_ntop (AF_INET, bench->floor.gateway, bench->gateway, sizeof bench->gateway);
  inet_ntop (AF_INET6, bench->floor.gateway6, bench->gateway6, sizeof bench->gateway6);
  inet_ntop (AF_INET, bench->container.address, bench->address, sizeof bench->address);
  inet_ntop (AF_INET6, bench->container.address6, bench->address6, sizeof bench->address6);
  must (floor_open (&bench->floor) == 0, "floor", NULL);
}

static void
prepare (Bench *bench,
         guint  n_present)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadConfig) config = NULL;
  g_autofree char *state_dir = NULL;
  struct rlimit limit = { 8192, 8192 };

  setrlimit (RLIMIT_NOFILE, &limit);
  bench->directory = g_strdup ("/run/bench");
  bench->netns_path = g_build_filename (bench->directory, "netns", "given", NULL);
  state_dir = g_build_filename (bench->directory, "state", NULL);
  g_mkdir_with_parents (state_dir, 0700);
  g_setenv ("FAIRLEAD_STATE_DIR", state_dir, TRUE);
  g_setenv ("FAIRLEAD_CONFIG_DIR", bench->directory, TRUE);
  config = fairlead_config_new_default (&error);
  must (config != NULL, "configuration", error);
  bench->manager = fairlead_manager_new (config);
  bench->netns = fairlead_netns_new_pinned (bench->netns_path, &error);
  must (bench->netns != NULL, "namespace", error);
  bench->netns_fd = fairlead_netns_dup_fd (bench->netns, &error);
  /* One container is always there, so that what is measured is not the making of the bridge. */
  make_present (bench, n_present + 1);
  prepare_floor (bench);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;
  Bench bench = { 0 };
  double *samples[N_SUBJECTS];
  int rounds = 30, present = 0;
  const GOptionEntry entries[] = {
    { "rounds", 0, 0, G_OPTION_ARG_INT, &rounds, "How often to measure", "N" },
    { "present", 0, 0, G_OPTION_ARG_INT, &present, "How many containers are there", "N" },
    { "cpu", 0, 0, G_OPTION_ARG_NONE, &use_cpu_time, "Measure processor time", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    fail (argv[0], error->message);
  g_setenv ("FAIRLEAD_BACKEND_PATH", BENCH_BACKEND_DIR, TRUE);
  if (!fairlead_test_enter_host (&reason))
    fail (argv[0], reason);
  prepare (&bench, present);
  for (guint i = 0; i < N_SUBJECTS; i++)
    samples[i] = g_new0 (double, rounds);
  measure (&bench, samples, 0);
  for (int i = 0; i < rounds; i++)
    measure (&bench, samples, i);
  report (samples, rounds);
  return 0;
}
