/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-testhost.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-testlib-private.h"

#define NOBODY 65534
#define USER   1000

#define UNPRIVILEGED_PORT_START "/proc/sys/net/ipv4/ip_unprivileged_port_start"
#define RESOLV_CONF             "/etc/resolv.conf"

static gboolean
fail (char       **reason,
      const char  *what)
{
  *reason = g_strdup_printf ("cannot %s: %s", what, g_strerror (errno));
  return FALSE;
}

static gboolean
run (const char *command)
{
  int status = 0;

  return g_spawn_command_line_sync (command, NULL, NULL, &status, NULL) && g_spawn_check_wait_status (status, NULL);
}

/* The other machine's only work: to open sockets and hand them over, until nobody is left who could ask. */
static void
serve_sockets (int fd)
{
  int wanted[2];

  while (recv (fd, wanted, sizeof wanted, 0) == (gssize) sizeof wanted)
    {
      int opened = socket (wanted[0], wanted[1] | SOCK_CLOEXEC, 0);

      if (!fairlead_test_send_fd (fd, opened))
        return;
      if (opened >= 0)
        close (opened);
    }
}

static void G_GNUC_NORETURN
be_outside (int fd)
{
  char byte = '1';

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (unshare (CLONE_NEWNET) == 0 && send (fd, &byte, 1, MSG_NOSIGNAL) == 1 && recv (fd, &byte, 1, 0) == 1 &&
      run ("ip link set lo up") &&
      run ("ip addr add " FAIRLEAD_TEST_OUTSIDE_IP "/24 dev eth0") &&
      run ("ip addr add " FAIRLEAD_TEST_OUTSIDE_IP6 "/64 dev eth0 nodad") &&
      run ("ip link set eth0 up") && send (fd, &byte, 1, MSG_NOSIGNAL) == 1)
    serve_sockets (fd);
  _exit (0);
}

static gboolean
connect_outside (int   fd,
                 pid_t pid)
{
  g_autofree char *link = g_strdup_printf ("ip link add uplink type veth peer name eth0 netns %d", (int) pid);
  char byte;

  return recv (fd, &byte, 1, 0) == 1 && run (link) &&
         run ("ip addr add " FAIRLEAD_TEST_HOST_IP "/24 dev uplink") &&
         run ("ip addr add " FAIRLEAD_TEST_HOST_IP6 "/64 dev uplink nodad") &&
         run ("ip link set uplink up") && run ("ip route add default via " FAIRLEAD_TEST_OUTSIDE_IP) &&
         run ("ip -6 route add default via " FAIRLEAD_TEST_OUTSIDE_IP6) && send (fd, &byte, 1, MSG_NOSIGNAL) == 1 && recv (fd, &byte, 1, 0) == 1;
}

static gboolean
write_text (const char *path,
            const char *text)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  gboolean written;

  if (fd < 0)
    return FALSE;
  written = write (fd, text, strlen (text)) == (gssize) strlen (text);
  close (fd);
  return written;
}

gboolean
fairlead_test_make_outside (char **reason)
{
  int ends[2];
  pid_t pid;

  /* Others have to read what is made here. */
  umask (022);
  if (!write_text (UNPRIVILEGED_PORT_START, "53") || !write_text ("/run/resolv.conf", "nameserver 127.0.0.1\n") ||
      mount ("/run/resolv.conf", RESOLV_CONF, NULL, MS_BIND, NULL) < 0)
    return fail (reason, "replace " RESOLV_CONF);
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return fail (reason, "make a socket pair");

  pid = fork ();
  if (pid == 0)
    {
      close (ends[0]);
      be_outside (ends[1]);
    }
  close (ends[1]);
  if (pid < 0 || !connect_outside (ends[0], pid))
    return fail (reason, "make another machine with ip(8)");
  fairlead_test_set_outside (ends[0]);
  return TRUE;
}

/* A device of its own in a file system of its own, which only root of the host can make. */
gboolean
fairlead_test_allow_tun (char **reason)
{
  int fd;

  if (g_access ("/dev/net/tun", F_OK) == 0 && mount ("tmpfs", "/mnt", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755") == 0)
    {
      if (mknod ("/mnt/tun", S_IFCHR | 0666, makedev (10, 200)) == 0 && chmod ("/mnt/tun", 0666) == 0)
        mount ("/mnt/tun", "/dev/net/tun", NULL, MS_BIND, NULL);
      umount2 ("/mnt", MNT_DETACH);
    }

  fd = open ("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return fail (reason, "open /dev/net/tun");
  close (fd);
  return TRUE;
}

static gboolean
make_runtime_dir (guint uid)
{
  g_autofree char *path = g_strdup_printf ("/run/user/%u", uid);

  if (g_mkdir_with_parents (path, 0700) < 0 || chmod (path, 0700) < 0 ||
      (geteuid () == 0 && uid == NOBODY && chown (path, NOBODY, NOBODY) < 0))
    return FALSE;
  g_setenv ("XDG_RUNTIME_DIR", path, TRUE);
  g_setenv ("HOME", path, TRUE);
  return TRUE;
}

/* Root of the host becomes nobody. */
static gboolean
change_user (void)
{
  return chmod ("/run/user", 0755) == 0 && setgroups (0, NULL) == 0 && setresgid (NOBODY, NOBODY, NOBODY) == 0 &&
         setresuid (NOBODY, NOBODY, NOBODY) == 0 && prctl (PR_SET_DUMPABLE, 1) == 0;
}

/* Who is root of a user namespace only becomes another user in one below it, and gives up what he may do there. */
static gboolean
change_userns (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[2] = { 0 };

  return unshare (CLONE_NEWUSER) == 0 && write_text ("/proc/self/setgroups", "deny") &&
         write_text ("/proc/self/uid_map", "1000 0 1") && write_text ("/proc/self/gid_map", "1000 0 1") &&
         syscall (SYS_capset, &header, none) == 0;
}

static gboolean
is_host_root (void)
{
  g_autofree char *map = NULL;
  guint inner, outer, count;

  return geteuid () == 0 && g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL) &&
         sscanf (map, "%u %u %u", &inner, &outer, &count) == 3 && count > 1;
}

gboolean
fairlead_test_become_user (char **reason)
{
  const gboolean host_root = is_host_root ();

  if (!make_runtime_dir (host_root ? NOBODY : USER) || !(host_root ? change_user () : change_userns ()))
    return fail (reason, "become an ordinary user");
  return TRUE;
}
