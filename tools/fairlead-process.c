/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* What FairleadProcess needs another process for. It has no libraries but the C library's.
 *
 *   fairlead-process hold GO_FD PROGRAM ARGUMENT...
 *
 * Becomes PROGRAM once a byte comes from GO_FD, and ends if that is closed without one. So libfairlead can write down
 * the process that it started before that does anything.
 *
 *   fairlead-process end-with FD PIDFD
 *
 * Sends SIGTERM to a process when FD hangs up, and ends with that process. */

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
hold (int    go_fd,
      char **argv)
{
  char byte;
  ssize_t n;

  do
    n = read (go_fd, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1)
    return 0;
  close (go_fd);
  execv (argv[0], argv);
  fprintf (stderr, "cannot run %s: %s\n", argv[0], strerror (errno));
  return 127;
}

/* Of the descriptor, only that it hangs up counts; poll() tells that unasked. */
static int
end_with (int fd,
          int pidfd)
{
  struct pollfd fds[2] = { { .fd = fd }, { .fd = pidfd, .events = POLLIN } };

  while (fds[0].revents == 0 && fds[1].revents == 0)
    if (poll (fds, 2, -1) < 0 && errno != EINTR)
      return fail ("wait");
  if (fds[1].revents == 0 && pidfd_send_signal (pidfd, SIGTERM, NULL, 0) < 0 && errno != ESRCH)
    return fail ("end the process");
  return 0;
}

int
main (int    argc,
      char **argv)
{
  const int fd = argc >= 4 ? parse_fd (argv[2]) : -1;
  const int pidfd = argc == 4 ? parse_fd (argv[3]) : -1;

  if (fd >= 0 && strcmp (argv[1], "hold") == 0)
    return hold (fd, argv + 3);
  if (fd >= 0 && pidfd >= 0 && strcmp (argv[1], "end-with") == 0)
    return end_with (fd, pidfd);
  fprintf (stderr, "%s is for libfairlead to start, not for people\n", argv[0]);
  return 2;
}
