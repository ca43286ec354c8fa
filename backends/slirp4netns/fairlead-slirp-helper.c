/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-helper.h"

#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "fairlead-slirp-outbound.h"

/* How slirp4netns is started, one for each attachment. */

/* In the attachment's directory. */
#define API_NAME "api"

/* Numbers of descriptors in slirp4netns. */
#define EXIT_FD  3
#define READY_FD 4
#define NETNS_FD 5

static gboolean
require_unless (gboolean          unneeded,
                FairleadProgram  *program,
                const char       *option,
                const char       *purpose,
                GError          **error)
{
  return unneeded || fairlead_program_require (program, option, purpose, error);
}

/* An option that keeps the host safe is never left out in silence. */
static gboolean
check_options (const FairleadSlirpSettings  *settings,
               FairleadSlirpNetwork         *network,
               GError                      **error)
{
  FairleadProgram *program = settings->program;

  return fairlead_program_require (program, "--netns-type", "a network namespace without a process", error) &&
         require_unless (fairlead_slirp_network_get_allow_host_loopback (network), program, "--disable-host-loopback",
                         "allow-host-loopback=no", error) &&
         require_unless (!settings->sandbox, program, "--enable-sandbox", "sandbox=yes", error) &&
         require_unless (!settings->seccomp, program, "--enable-seccomp", "seccomp=yes", error) &&
         require_unless (!fairlead_slirp_network_get_disable_dns (network), program, "--disable-dns", "disable-dns",
                         error) &&
         require_unless (!fairlead_slirp_network_get_enable_ipv6 (network), program, "--enable-ipv6", "enable-ipv6",
                         error) &&
         require_unless (fairlead_slirp_network_get_outbound_addr (network) == NULL, program, "--outbound-addr",
                         "outbound-addr", error) &&
         require_unless (fairlead_slirp_network_get_outbound_addr6 (network) == NULL, program, "--outbound-addr6",
                         "outbound-addr6", error) &&
         fairlead_program_require (program, "--cidr", "cidr", error) &&
         fairlead_program_require (program, "--macaddress", "the MAC address", error) &&
         fairlead_program_require (program, "--api-socket", "publishing ports", error);
}

static void G_GNUC_PRINTF (2, 3)
add_argument (GPtrArray  *argv,
              const char *format,
              ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (argv, g_strdup_vprintf (format, args));
  va_end (args);
}

static gboolean
add_outbound (GPtrArray      *argv,
              const char     *key,
              const char     *value,
              GSocketFamily   family,
              GError        **error)
{
  g_autofree char *address = NULL;

  if (value == NULL)
    return TRUE;
  address = fairlead_slirp_outbound_resolve (key, value, family, error);
  if (address == NULL)
    return FALSE;
  add_argument (argv, "--%s=%s", key, address);
  return TRUE;
}

static gboolean
add_outbounds (GPtrArray             *argv,
               FairleadSlirpNetwork  *network,
               GError               **error)
{
  return add_outbound (argv, "outbound-addr", fairlead_slirp_network_get_outbound_addr (network), G_SOCKET_FAMILY_IPV4,
                       error) &&
         add_outbound (argv, "outbound-addr6", fairlead_slirp_network_get_outbound_addr6 (network), G_SOCKET_FAMILY_IPV6,
                       error);
}

gboolean
fairlead_slirp_helper_check (const FairleadSlirpSettings  *settings,
                             FairleadSlirpNetwork         *network,
                             GError                      **error)
{
  g_autoptr (GPtrArray) unused = g_ptr_array_new_with_free_func (g_free);

  return check_options (settings, network, error) && add_outbounds (unused, network, error) &&
         fairlead_helper_backend_check_tun (settings->backend, error);
}

static GPtrArray *
build_argv (const FairleadSlirpSettings  *settings,
            FairleadAttachment           *attachment,
            const char                   *api_path,
            GError                      **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  add_argument (argv, "%s", fairlead_program_get_path (settings->program));
  add_argument (argv, "--configure");
  add_argument (argv, "--exit-fd=%d", EXIT_FD);
  add_argument (argv, "--ready-fd=%d", READY_FD);
  add_argument (argv, "--mtu=%u", fairlead_slirp_network_get_mtu (network));
  add_argument (argv, "--cidr=%s", fairlead_slirp_network_get_cidr (network));
  add_argument (argv, "--macaddress=%s", fairlead_helper_backend_get_mac (settings->backend, attachment));
  add_argument (argv, "--api-socket=%s", api_path);
  if (!fairlead_slirp_network_get_allow_host_loopback (network))
    add_argument (argv, "--disable-host-loopback");
  if (settings->sandbox)
    add_argument (argv, "--enable-sandbox");
  if (settings->seccomp)
    add_argument (argv, "--enable-seccomp");
  if (fairlead_slirp_network_get_enable_ipv6 (network))
    add_argument (argv, "--enable-ipv6");
  if (fairlead_slirp_network_get_disable_dns (network))
    add_argument (argv, "--disable-dns");
  if (!add_outbounds (argv, network, error))
    return NULL;
  add_argument (argv, "--netns-type=path");
  add_argument (argv, "--");
  add_argument (argv, "/proc/self/fd/%d", NETNS_FD);
  add_argument (argv, "%s", fairlead_attachment_get_interface (attachment));
  g_ptr_array_add (argv, NULL);
  return g_steal_pointer (&argv);
}

/* The address of a Unix socket has a place for so many bytes, the final zero included. */
static gboolean
check_api_path (const char  *path,
                GError     **error)
{
  const gsize limit = sizeof (((struct sockaddr_un *) NULL)->sun_path);

  if (strlen (path) < limit)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "the path %s is too long for a socket by %" G_GSIZE_FORMAT " bytes; set a shorter [core] state-dir", path,
               strlen (path) - limit + 1);
  return FALSE;
}

/* Closes it if there is no process to give it to. */
static void
give_fd (FairleadProcess *process,
         int              fd,
         int              target_fd)
{
  if (process != NULL)
    fairlead_process_take_fd (process, fd, target_fd);
  else
    close (fd);
}

static FairleadProcess *
prepare (const FairleadSlirpSettings  *settings,
         FairleadAttachment           *attachment,
         const char                   *directory,
         GError                      **error)
{
  g_autofree char *api_path = g_build_filename (directory, API_NAME, NULL);
  g_autoptr (GError) local_error = NULL;
  const int exit_fd = fairlead_helper_backend_open_exit_fd (settings->backend, attachment, &local_error);
  const int netns_fd = local_error == NULL
                       ? fairlead_netns_dup_fd (fairlead_attachment_get_netns (attachment), &local_error) : -1;
  g_autoptr (GPtrArray) argv = NULL;
  g_autoptr (FairleadProcess) process = NULL;

  if (local_error == NULL && check_api_path (api_path, &local_error))
    argv = build_argv (settings, attachment, api_path, &local_error);
  if (argv != NULL)
    process = fairlead_process_new ((const char * const *) argv->pdata);
  if (exit_fd >= 0)
    give_fd (process, exit_fd, EXIT_FD);
  if (netns_fd >= 0)
    give_fd (process, netns_fd, NETNS_FD);
  if (process == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  fairlead_process_set_ready_fd (process, READY_FD);
  /* Its sandbox unmounts file systems, and where mounts are shared everybody would lose them. */
  fairlead_process_set_private_mounts (process, settings->sandbox && geteuid () == 0);
  return g_steal_pointer (&process);
}

gboolean
fairlead_slirp_helper_start (const FairleadSlirpSettings  *settings,
                             FairleadAttachment           *attachment,
                             GCancellable                 *cancellable,
                             GError                      **error)
{
  FairleadSlirpNetwork *network = FAIRLEAD_SLIRP_NETWORK (fairlead_attachment_get_network (attachment));
  const char *directory = fairlead_attachment_ensure_directory (attachment, error);
  g_autoptr (FairleadProcess) process = directory != NULL ? prepare (settings, attachment, directory, error) : NULL;

  return process != NULL &&
         fairlead_helper_backend_start (settings->backend, attachment, process,
                                        fairlead_slirp_network_get_enable_ipv6 (network), cancellable, error);
}

char *
fairlead_slirp_helper_dup_api (FairleadAttachment *attachment)
{
  g_autofree char *directory = fairlead_attachment_dup_directory (attachment);

  return directory != NULL ? g_build_filename (directory, API_NAME, NULL) : NULL;
}
