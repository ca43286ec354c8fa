/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Makes a user namespace, and in it a mount or a network namespace, and holds them.
 *
 *   fairlead-userns mount|net READY_FD GO_FD
 *
 * Only a process of a single thread can make a user namespace, so libfairlead starts this one. It writes a byte to
 * READY_FD once the namespaces are there, and then reads one byte from GO_FD: until that comes, the library is mapping
 * user ids and writing down that this process exists, and if GO_FD is closed without it, nobody knows of this process
 * and it ends. After it, it lasts until SIGTERM. It has no libraries but the C library's, as it may last for weeks. */

static int
fail (const char *what)
{
  fprintf (stderr, "cannot %s: %s\n", what, strerror (errno));
  return 1;
}

static int
parse_fd (const char *text)
{
  int fd;
  char rest;

  return sscanf (text, "%d%c", &fd, &rest) == 1 && fd > STDERR_FILENO ? fd : -1;
}

static int
set_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int result;

  if (fd < 0)
    return -1;
  result = ioctl (fd, SIOCSIFFLAGS, &request);
  close (fd);
  return result;
}

static int
make_namespaces (const char *kind)
{
  if (strcmp (kind, "net") == 0)
    {
      if (unshare (CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return fail ("make a user namespace");
      return set_loopback_up () < 0 ? fail ("set the loopback interface up") : 0;
    }

  if (unshare (CLONE_NEWUSER | CLONE_NEWNS) < 0)
    return fail ("make a user namespace");
  /* What the host mounts and unmounts later happens here too, and nothing the other way round. */
  return mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? fail ("part the mounts from the host's") : 0;
}

int
main (int    argc,
      char **argv)
{
  int ready_fd = argc == 4 ? parse_fd (argv[2]) : -1;
  int go_fd = argc == 4 ? parse_fd (argv[3]) : -1;
  char byte = '1';
  int status;

  if (ready_fd < 0 || go_fd < 0 || (strcmp (argv[1], "mount") != 0 && strcmp (argv[1], "net") != 0))
    {
      fprintf (stderr, "%s is for libfairlead to start, not for people\n", argv[0]);
      return 2;
    }

  status = make_namespaces (argv[1]);
  if (status != 0)
    return status;
  if (chdir ("/") < 0)
    return fail ("change to /");
  /* The library looks into /proc/PID/ns, which a process that got capabilities would not allow. */
  prctl (PR_SET_DUMPABLE, 1);
  if (write (ready_fd, &byte, 1) != 1)
    return fail ("say that the namespaces are ready");
  close (ready_fd);

  if (read (go_fd, &byte, 1) != 1)
    return 0;
  close (go_fd);
  while (1)
    pause ();
}
