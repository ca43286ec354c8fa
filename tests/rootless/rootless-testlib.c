/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "rootless-testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

const RootlessBackend *rootless;
gboolean               rootless_is_user;

void
rootless_configure (RootlessFixture *fixture,
                    const char      *group,
                    const char      *key,
                    const char      *value)
{
  g_autoptr (GError) error = NULL;

  fairlead_config_set (fixture->config, group, key, value, &error);
  g_assert_no_error (error);
}

void
rootless_configure_backend (RootlessFixture *fixture,
                            const char      *key,
                            const char      *value)
{
  g_autofree char *group = g_strconcat ("backend ", rootless->name, NULL);

  rootless_configure (fixture, group, key, value);
}

FairleadManager *
rootless_get_manager (RootlessFixture *fixture)
{
  if (fixture->manager == NULL)
    fixture->manager = fairlead_manager_new (fixture->config);
  return fixture->manager;
}

void
rootless_use_fake (RootlessFixture *fixture,
                   const char      *name)
{
  g_autofree char *file = g_strdup_printf ("fake-%s", name);
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "rootless", file, NULL);

  rootless_configure_backend (fixture, "path", path);
}

guint
rootless_count_files (RootlessFixture *fixture,
                      const char      *name)
{
  g_autofree char *path = g_build_filename (fixture->base.directory, "state", name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* How many processes have the test's directory in their command line. */
guint
rootless_count_helpers (RootlessFixture *fixture)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length = 0;

      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &length, NULL) &&
          memmem (text, length, fixture->base.directory, strlen (fixture->base.directory)) != NULL)
        count++;
    }
  return count;
}

void
rootless_set_up (RootlessFixture *fixture,
                 gconstpointer    data)
{
  g_autofree char *config = NULL;
  g_autofree char *file = NULL;
  g_autofree char *text = NULL;
  g_autofree char *state = NULL;
  g_autofree char *netns = NULL;

  fairlead_test_set_up (&fixture->base, data);
  config = fairlead_test_path (&fixture->base, "config");
  file = g_build_filename (config, "fairlead.conf", NULL);
  text = g_strdup_printf ("[core]\nnetns-dir=%s/netns\n", fixture->base.directory);
  g_assert_no_errno (g_mkdir (config, 0700));
  g_assert_true (g_file_set_contents_full (file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  state = fairlead_test_path (&fixture->base, "state");
  netns = fairlead_test_path (&fixture->base, "netns");
  fixture->config = fairlead_config_new ();
  rootless_configure (fixture, "core", "backend-dirs", rootless->directory);
  rootless_configure (fixture, "core", "state-dir", state);
  rootless_configure (fixture, "core", "netns-dir", netns);
}

void
rootless_tear_down (RootlessFixture *fixture,
                    gconstpointer    data)
{
  g_autofree char *record = fairlead_test_path (&fixture->base, "state/userns.json");

  if (fixture->manager != NULL)
    g_assert_finalize_object (fixture->manager);
  g_assert_finalize_object (fixture->config);
  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 0);
  g_assert_cmpuint (rootless_count_files (fixture, "containers"), ==, 0);
  g_assert_cmpuint (rootless_count_files (fixture, "attachments"), ==, 0);
  g_assert_false (g_file_test (record, G_FILE_TEST_EXISTS));
  fairlead_test_tear_down (&fixture->base, data);
}

FairleadRequest *
rootless_request_new (const char *id,
                      const char *options,
                      const char *port)
{
  FairleadRequest *request = fairlead_request_new (id);
  g_autofree char *network = options != NULL ? g_strconcat (rootless->name, ":", options, NULL) : g_strdup (rootless->name);
  g_autoptr (GError) error = NULL;

  fairlead_request_add_network_from_string (request, network, &error);
  g_assert_no_error (error);
  if (port != NULL)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (port, &error);

      g_assert_no_error (error);
      fairlead_request_add_port_mapping (request, mapping);
    }
  return request;
}

FairleadContainer *
rootless_setup (RootlessFixture *fixture,
                const char      *id,
                const char      *options,
                const char      *port)
{
  g_autoptr (FairleadRequest) request = rootless_request_new (id, options, port);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);

  g_assert_no_error (error);
  return container;
}

void
rootless_setup_fails (RootlessFixture *fixture,
                      const char      *options,
                      const char      *port,
                      int              code,
                      const char      *part)
{
  g_autoptr (FairleadRequest) request = rootless_request_new ("c1", options, port);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);

  g_assert_null (container);
  g_test_message ("%s", error->message);
  g_assert_error (error, FAIRLEAD_ERROR, code);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 0);
}

void
rootless_teardown (RootlessFixture *fixture,
                   const char      *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_teardown (fixture->manager, id, FAIRLEAD_TEARDOWN_NONE, NULL, &error);
  g_assert_no_error (error);
}

void
rootless_check (RootlessFixture *fixture,
                const char      *id)
{
  g_autoptr (GError) error = NULL;

  fairlead_manager_check (fixture->manager, id, NULL, &error);
  g_assert_no_error (error);
}

void
rootless_check_fails (RootlessFixture *fixture,
                      const char      *id,
                      const char      *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fairlead_manager_check (fixture->manager, id, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

/* A descriptor of the container's network namespace. */
int
rootless_open_inside (FairleadContainer *container)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) netns =
    fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), &error);
  int fd;

  g_assert_no_error (error);
  fd = fairlead_netns_dup_fd (netns, &error);
  g_assert_no_error (error);
  return fd;
}

void
rootless_exchange (int         netns_fd,
                   int         type,
                   const char *address,
                   guint16     port)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s port %u", address, port);
  fairlead_test_exchange (netns_fd, type, address, port, 100 * 1000, &error);
  g_assert_no_error (error);
}

/* The MTU that the kernel has. */
guint
rootless_get_mtu (FairleadContainer *container)
{
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), NULL);
  g_autoptr (GListModel) interfaces = fairlead_netns_list_interfaces (netns, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (!g_str_equal (fairlead_interface_get_name (interface), "lo"))
        return fairlead_interface_get_mtu (interface);
    }
  return 0;
}

int
rootless_get_helper_pid (FairleadContainer *container)
{
  g_autoptr (FairleadAttachment) attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  int pid = 0;

  g_assert_true (g_variant_lookup (fairlead_attachment_get_document (attachment), "pid", "i", &pid));
  return pid;
}

void
rootless_kill_helper (FairleadContainer *container)
{
  const int pid = rootless_get_helper_pid (container);
  struct pollfd ended = { .fd = pidfd_open (pid, 0), .events = POLLIN };

  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (poll (&ended, 1, 5000), ==, 1);
  close (ended.fd);
}

static char **
dup_arguments (const char *line)
{
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);

  for (guint i = 0; argv[i] != NULL; i++)
    if (argv[i][0] == '@')
      {
        g_autofree char *argument = argv[i];

        argv[i] = g_strconcat (rootless->name, argument + 1, NULL);
      }
  return g_steal_pointer (&argv);
}

/* The environment that gives the command a state directory of the test's. */
static char **
dup_environment (RootlessFixture *fixture)
{
  g_autofree char *state = fairlead_test_path (&fixture->base, "state");
  g_autofree char *config = fairlead_test_path (&fixture->base, "config");
  char **environment = g_environ_setenv (g_get_environ (), "FAIRLEAD_STATE_DIR", state, TRUE);

  return g_environ_setenv (environment, "FAIRLEAD_CONFIG_DIR", config, TRUE);
}

pid_t
rootless_start_command (RootlessFixture *fixture,
                        const char      *line,
                        int             *output_fd)
{
  g_auto (GStrv) environment = dup_environment (fixture);
  g_auto (GStrv) argv = dup_arguments (line);
  /* What nobody reads must not get between the lines of the test's own report. */
  const GSpawnFlags flags =
    G_SPAWN_DO_NOT_REAP_CHILD | (output_fd == NULL ? G_SPAWN_STDOUT_TO_DEV_NULL : G_SPAWN_DEFAULT);
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async_with_pipes (NULL, argv, environment, flags, NULL, NULL, &pid, NULL, output_fd, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

void
rootless_kill_command (pid_t pid)
{
  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* What it prints. */
char *
rootless_run_command (RootlessFixture *fixture,
                      const char      *line)
{
  g_auto (GStrv) environment = dup_environment (fixture);
  g_auto (GStrv) argv = dup_arguments (line);
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_spawn_sync (NULL, argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
  return output;
}

void
rootless_install_fake (const char *name,
                       const char *path)
{
  g_autofree char *file_name = g_strdup_printf ("fake-%s", name);
  g_autofree char *source = g_test_build_filename (G_TEST_BUILT, "rootless", file_name, NULL);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
  g_assert_true (g_file_set_contents_full (path, contents, length, G_FILE_SET_CONTENTS_CONSISTENT, 0755, NULL));
}

/* What a command says that has to fail, in namespaces where @prepare was done first. */
char *
rootless_fail_command (RootlessFixture *fixture,
                       const char      *prepare)
{
  g_auto (GStrv) environment = dup_environment (fixture);
  g_autofree char *script = g_strdup_printf ("%s && exec " TEST_COMMAND " setup c1 --network %s", prepare, rootless->name);
  const char *argv[] = { "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), !=, 0);
  g_test_message ("%s", output);
  return output;
}

/* As on a host with systemd: what a helper unmounts for its sandbox must not get here. */
static gboolean
share_mounts (char **reason)
{
  if (mount (NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0)
    return TRUE;
  *reason = g_strdup_printf ("cannot share mounts: %s", g_strerror (errno));
  return FALSE;
}

static gboolean
enter_host (char **reason)
{
  return fairlead_test_enter_host (reason) && fairlead_test_make_outside (reason) && fairlead_test_allow_tun (reason) &&
         share_mounts (reason) && (!rootless_is_user || fairlead_test_become_user (reason));
}

int
rootless_init (int                     *argc,
               char                  ***argv,
               const RootlessBackend   *backend)
{
  g_autofree char *path = g_build_filename ("/usr/bin", backend->name, NULL);
  g_autofree char *reason = NULL;

  fairlead_test_init (argc, argv);
  rootless = backend;
  rootless_is_user = *argc > 1 && g_str_equal ((*argv)[1], "--user");
  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    reason = g_strdup_printf ("%s is not installed", backend->name);
  else if (enter_host (&reason))
    return 0;
  return fairlead_test_skip_all (reason) + 1;
}
