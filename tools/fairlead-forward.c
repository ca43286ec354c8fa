/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-forward.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fairlead-forward-private.h"

/* Publishes ports of a container that has a network without a privilege.
 *
 *   fairlead-forward DIRECTORY
 *
 * libfairlead starts it inside the container's network namespace, with a socket to listen on for requests, a pidfd of the
 * process that makes the container's network, and a descriptor to say that it is ready. By requests it gets sockets that
 * listen on the host. A socket belongs to the namespace that it was made in: what is accepted from those is of the host,
 * and what this program makes itself is of the container. Between the two, bytes are moved within the kernel.
 *
 * It ends with that process. The directory is not looked at; it tells people whose program this is. It has no libraries
 * but the C library's, no files, no privilege, and few system calls. */

#define MAX_EVENTS 256

ForwardListener *forward_listeners;
int64_t          forward_now;
size_t           forward_room;

static int epoll_fd;

static ForwardSource *to_free;

static int
fail (const char *what)
{
  fprintf (stderr, "cannot %s: %s\n", what, strerror (errno));
  return 1;
}

bool
forward_watch (ForwardSource *source,
               uint32_t       events)
{
  struct epoll_event event = { .events = events, .data.ptr = source };

  return epoll_ctl (epoll_fd, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

void
forward_change (ForwardSource *source,
                uint32_t       events)
{
  struct epoll_event event = { .events = events, .data.ptr = source };

  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
}

/* What nobody else has open is not watched any more when it is closed. */
void
forward_close (ForwardSource *source)
{
  if (source->fd >= 0)
    close (source->fd);
  source->fd = -1;
}

void
forward_unwatch (ForwardSource *source)
{
  epoll_ctl (epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

void
forward_free_later (ForwardSource *source)
{
  source->next_free = to_free;
  to_free = source;
}

static void
free_now (void)
{
  while (to_free != NULL)
    {
      ForwardSource *source = to_free;

      to_free = source->next_free;
      free (source);
    }
}

socklen_t
forward_get_length (const ForwardAddress *address)
{
  return address->any.sa_family == AF_INET6 ? sizeof address->ipv6 : sizeof address->ipv4;
}

uint16_t
forward_get_port (const ForwardAddress *address)
{
  return ntohs (address->any.sa_family == AF_INET6 ? address->ipv6.sin6_port : address->ipv4.sin_port);
}

/* Whatever the ports are. */
bool
forward_same_host (const ForwardAddress *one,
                   const ForwardAddress *other)
{
  if (one->any.sa_family != other->any.sa_family)
    return false;
  return one->any.sa_family == AF_INET6
         ? memcmp (&one->ipv6.sin6_addr, &other->ipv6.sin6_addr, sizeof one->ipv6.sin6_addr) == 0
         : one->ipv4.sin_addr.s_addr == other->ipv4.sin_addr.s_addr;
}

bool
forward_set_option (int fd,
                    int level,
                    int option,
                    int value)
{
  return setsockopt (fd, level, option, &value, sizeof value) == 0;
}

static int64_t
read_clock (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Each connection takes two, so as many as are allowed. */
static bool
raise_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return false;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) < 0 && getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return false;
  forward_room = limit.rlim_cur;
  return true;
}

static void
handle_helper (ForwardSource *source,
               uint32_t       events)
{
  _exit (0);
}

/* -1 is later than anything. */
static int
get_sooner (int one,
            int other)
{
  return one < 0 || (other >= 0 && other < one) ? other : one;
}

static int
run (void)
{
  struct epoll_event events[MAX_EVENTS];

  for (;;)
    {
      const int wait = get_sooner (forward_tcp_run (), forward_udp_run ());
      const int n = epoll_wait (epoll_fd, events, MAX_EVENTS, wait);

      if (n < 0 && errno != EINTR)
        return fail ("wait for events");
      forward_now = read_clock ();
      for (int i = 0; i < n; i++)
        {
          ForwardSource *source = events[i].data.ptr;

          if (source->fd >= 0)
            source->handle (source, events[i].events);
        }
      free_now ();
    }
}

int
main (int    argc,
      char **argv)
{
  static ForwardSource helper = { .fd = FAIRLEAD_FORWARD_HELPER_FD, .handle = handle_helper };
  const char byte = '1';

  if (argc != 2)
    {
      fprintf (stderr, "%s is for libfairlead to start, not for people\n", argv[0]);
      return 2;
    }
  /* Sockets of connections that broke tell by an error. */
  signal (SIGPIPE, SIG_IGN);
  forward_now = read_clock ();
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (epoll_fd < 0)
    return fail ("make a list of what to wait for");
  if (!raise_limit ())
    return fail ("raise the number of descriptors");
  if (!forward_watch (&helper, EPOLLIN))
    return fail ("watch the process of the network");
  if (!forward_control_start (FAIRLEAD_FORWARD_CONTROL_FD))
    return fail ("listen for requests");
  if (!forward_confine ())
    return fail ("give up what is not needed");
  if (write (FAIRLEAD_FORWARD_READY_FD, &byte, 1) != 1)
    return fail ("say that it is ready");
  close (FAIRLEAD_FORWARD_READY_FD);
  return run ();
}
