/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fairlead-slirp-outbound.h"
#include "fairlead-slirp-ports.h"

/* The life of the process slirp4netns, one for each attachment.
 *
 * It outlives the program that started it. What ends it is its exit descriptor: one that the request gave, or else the
 * reading end of a FIFO in the attachment's directory. Whoever opens that for writing and closes it makes slirp4netns
 * end, without having to know its process number; so it is found even if we died right after starting it. */

#define TUN_DEVICE "/dev/net/tun"

/* Files in the attachment's directory. */
#define FIFO_NAME "exit"
#define API_NAME  "api"

/* Numbers of descriptors in slirp4netns. */
#define EXIT_FD  3
#define READY_FD 4
#define NETNS_FD 5

/* How long to wait for the end of a process of which only the FIFO is known. */
#define END_TIME_LIMIT_MS 5000
#define END_INTERVAL_MS   5

static gboolean
check_tun (GError **error)
{
  int fd = open (TUN_DEVICE, O_RDWR | O_CLOEXEC);
  int saved_errno = errno;

  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  fairlead_error_set_errno (error, saved_errno, "slirp4netns needs " TUN_DEVICE ", which cannot be opened%s",
                            saved_errno == EACCES || saved_errno == EPERM
                            ? " (on most systems everybody may; root can allow it with \"chmod 0666 " TUN_DEVICE "\")"
                            : saved_errno == ENOENT || saved_errno == ENODEV
                            ? " (the kernel module is called tun; root can load it with \"modprobe tun\")" : "");
  return FALSE;
}

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

  return check_options (settings, network, error) && add_outbounds (unused, network, error) && check_tun (error);
}

static GPtrArray *
build_argv (const FairleadSlirpSettings  *settings,
            FairleadAttachment           *attachment,
            const char                   *api_path,
            const char                   *mac,
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
  add_argument (argv, "--macaddress=%s", mac);
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

static int
open_fifo (const char  *directory,
           GError     **error)
{
  g_autofree char *path = g_build_filename (directory, FIFO_NAME, NULL);
  int fd = mkfifo (path, 0600) == 0 ? open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;

  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot create the FIFO %s", path);
  return fd;
}

/* What the request gave, or the FIFO. */
static int
open_exit_fd (FairleadAttachment  *attachment,
              const char          *directory,
              GError             **error)
{
  g_autoptr (GError) local_error = NULL;
  int fd = fairlead_attachment_dup_exit_fd (attachment, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return -1;
    }
  return fd >= 0 ? fd : open_fifo (directory, error);
}

static FairleadProcess *
prepare (const FairleadSlirpSettings  *settings,
         FairleadAttachment           *attachment,
         const char                   *directory,
         const char                   *mac,
         GError                      **error)
{
  FairleadNetns *netns = fairlead_attachment_get_netns (attachment);
  g_autofree char *api_path = g_build_filename (directory, API_NAME, NULL);
  g_autoptr (GPtrArray) argv = build_argv (settings, attachment, api_path, mac, error);
  g_autoptr (FairleadProcess) process = NULL;
  int fd;

  if (argv == NULL || !check_api_path (api_path, error))
    return NULL;
  process = fairlead_process_new ((const char * const *) argv->pdata);
  fd = open_exit_fd (attachment, directory, error);
  if (fd < 0)
    return NULL;
  fairlead_process_take_fd (process, fd, EXIT_FD);
  fd = fairlead_netns_dup_fd (netns, error);
  if (fd < 0)
    return NULL;
  fairlead_process_take_fd (process, fd, NETNS_FD);

  fairlead_process_set_ready_fd (process, READY_FD);
  fairlead_process_set_time_limit (process, settings->timeout * 1000);
  fairlead_process_join_userns_of (process, netns);
  /* Its sandbox unmounts file systems, and where mounts are shared everybody would lose them. */
  fairlead_process_set_private_mounts (process, settings->sandbox && geteuid () == 0);
  return g_steal_pointer (&process);
}

gboolean
fairlead_slirp_helper_start (const FairleadSlirpSettings  *settings,
                             FairleadAttachment           *attachment,
                             const char                   *mac,
                             GCancellable                 *cancellable,
                             GError                      **error)
{
  const char *directory = fairlead_attachment_ensure_directory (attachment, error);
  g_autoptr (FairleadProcess) process = NULL;

  if (directory != NULL)
    process = prepare (settings, attachment, directory, mac, error);
  if (process == NULL || !fairlead_process_start (process, error))
    return FALSE;

  fairlead_slirp_document_set (attachment, "pid", g_variant_new_int32 (fairlead_process_get_pid (process)));
  fairlead_slirp_document_set (attachment, "start-time",
                               g_variant_new_uint64 (fairlead_process_get_start_time (process)));
  return fairlead_attachment_checkpoint (attachment, error) &&
         fairlead_process_wait_ready (process, cancellable, error);
}

static gboolean
get_identity (FairleadAttachment *attachment,
              int                *pid,
              guint64            *start_time)
{
  GVariant *document = fairlead_attachment_get_document (attachment);

  return g_variant_lookup (document, "pid", "i", pid) && g_variant_lookup (document, "start-time", "t", start_time);
}

/* Makes the exit descriptor hang up. FALSE if nobody reads the FIFO. */
static gboolean
hang_up (const char *fifo)
{
  int fd = open (fifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

/* Of a process whose number was never written down, only that it let go of the FIFO tells that it ended. */
static gboolean
wait_for_reader (const char  *fifo,
                 GError     **error)
{
  const gint64 deadline = g_get_monotonic_time () + END_TIME_LIMIT_MS * G_TIME_SPAN_MILLISECOND;

  while (hang_up (fifo))
    {
      if (g_get_monotonic_time () >= deadline)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_TIMED_OUT,
                       "slirp4netns, which reads the FIFO %s, does not end", fifo);
          return FALSE;
        }
      g_usleep (END_INTERVAL_MS * 1000);
    }
  return TRUE;
}

gboolean
fairlead_slirp_helper_stop (FairleadAttachment  *attachment,
                            GError             **error)
{
  g_autofree char *directory = fairlead_attachment_dup_directory (attachment);
  g_autofree char *fifo = directory != NULL ? g_build_filename (directory, FIFO_NAME, NULL) : NULL;
  const gboolean asked = fifo != NULL && hang_up (fifo);
  guint64 start_time;
  int pid;

  if (get_identity (attachment, &pid, &start_time))
    return fairlead_process_stop (pid, start_time, asked ? 0 : SIGTERM, error);
  return !asked || wait_for_reader (fifo, error);
}

gboolean
fairlead_slirp_helper_is_running (FairleadAttachment *attachment)
{
  guint64 start_time;
  int pid;

  return get_identity (attachment, &pid, &start_time) && fairlead_process_is_running (pid, start_time);
}

int
fairlead_slirp_helper_get_pid (FairleadAttachment *attachment)
{
  guint64 start_time;
  int pid;

  return get_identity (attachment, &pid, &start_time) ? pid : 0;
}

char *
fairlead_slirp_helper_dup_api (FairleadAttachment *attachment)
{
  g_autofree char *directory = fairlead_attachment_dup_directory (attachment);

  return directory != NULL ? g_build_filename (directory, API_NAME, NULL) : NULL;
}
