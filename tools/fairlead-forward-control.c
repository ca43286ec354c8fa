/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fairlead-forward-private.h"

/* Requests: which ports are forwarded. What comes in is believed only after a look at it, the sockets included. */

/* More than the kernel passes at once. */
#define MAX_FDS 256

#define MAX_REQUESTERS 16

static size_t n_requesters;
static size_t n_listeners;

typedef struct
{
  int    fds[MAX_FDS]; /* (owned) -1 once somebody took it */
  size_t n_fds;
} Sockets;

static void
close_sockets (Sockets *sockets)
{
  for (size_t i = 0; i < sockets->n_fds; i++)
    if (sockets->fds[i] >= 0)
      close (sockets->fds[i]);
  sockets->n_fds = 0;
}

static bool
get_address (const FairleadForwardRequest *request,
             ForwardAddress               *address)
{
  static const uint8_t zeros[16];

  memset (address, 0, sizeof *address);
  address->any.sa_family = request->family;
  if (request->family == AF_INET6)
    memcpy (&address->ipv6.sin6_addr, request->address, 16);
  else if (request->family == AF_INET && memcmp (request->address + 4, zeros, 12) == 0)
    memcpy (&address->ipv4.sin_addr, request->address, 4);
  else
    return false;
  return true;
}

static void
set_port (ForwardAddress *address,
          uint16_t        port)
{
  if (address->any.sa_family == AF_INET6)
    address->ipv6.sin6_port = htons (port);
  else
    address->ipv4.sin_port = htons (port);
}

/* Not the loopback: what listens there is not for others, and would take clients for neighbours. */
static bool
is_target (const ForwardAddress *address)
{
  const struct in6_addr *ipv6 = &address->ipv6.sin6_addr;
  const uint32_t ipv4 = ntohl (address->ipv4.sin_addr.s_addr);

  if (address->any.sa_family == AF_INET6)
    return !IN6_IS_ADDR_UNSPECIFIED (ipv6) && !IN6_IS_ADDR_LOOPBACK (ipv6) && !IN6_IS_ADDR_MULTICAST (ipv6) &&
           !IN6_IS_ADDR_V4MAPPED (ipv6) && !IN6_IS_ADDR_LINKLOCAL (ipv6);
  return ipv4 >> 24 != 0 && ipv4 >> 24 != 127 && ipv4 >> 28 < 14;
}

static int
get_int_option (int fd,
                int option)
{
  socklen_t length = sizeof (int);
  int value = -1;

  return getsockopt (fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

static ForwardListener *
find_listener (int                   protocol,
               const ForwardAddress *host)
{
  ForwardListener *listener = forward_listeners;

  while (listener != NULL &&
         (listener->protocol != protocol || forward_get_port (&listener->host) != forward_get_port (host) ||
          !forward_same_host (&listener->host, host)))
    listener = listener->next;
  return listener;
}

/* An errno, or 0 if it listens on a port that is not here yet. */
static int
check_socket (int             fd,
              int             protocol,
              ForwardAddress *host)
{
  socklen_t length = sizeof *host;

  memset (host, 0, sizeof *host);
  if (get_int_option (fd, SO_PROTOCOL) != protocol || getsockname (fd, &host->any, &length) < 0 ||
      (host->any.sa_family != AF_INET && host->any.sa_family != AF_INET6) || forward_get_port (host) == 0 ||
      (protocol == IPPROTO_TCP && get_int_option (fd, SO_ACCEPTCONN) != 1))
    return EINVAL;
  return find_listener (protocol, host) != NULL ? EEXIST : 0;
}

static void
remove_listener (ForwardListener **link)
{
  ForwardListener *listener = *link;

  *link = listener->next;
  n_listeners--;
  if (listener->protocol == IPPROTO_UDP)
    forward_udp_remove (listener);
  /* The library has it open too, until it has our reply. */
  forward_unwatch (&listener->source);
  forward_close (&listener->source);
  forward_free_later (&listener->source);
}

static int
add_socket (int                  *fd,
            int                   protocol,
            const ForwardAddress *target)
{
  ForwardListener *listener = calloc (1, sizeof *listener);
  int error = listener != NULL ? check_socket (*fd, protocol, &listener->host) : ENOMEM;

  if (error != 0)
    {
      free (listener);
      return error;
    }
  listener->source.fd = *fd;
  listener->protocol = protocol;
  listener->target = *target;
  listener->next = forward_listeners;
  forward_listeners = listener;
  n_listeners++;
  *fd = -1;
  if (protocol == IPPROTO_TCP ? forward_tcp_add (listener) : forward_udp_add (listener))
    return 0;
  error = errno;
  remove_listener (&forward_listeners);
  return error;
}

static int
add (const FairleadForwardRequest *request,
     ForwardAddress               *target,
     Sockets                      *sockets)
{
  if (request->n_ports != sockets->n_fds || request->n_ports > FAIRLEAD_FORWARD_MAX_SOCKETS || !is_target (target))
    return EINVAL;
  if (n_listeners + request->n_ports > forward_room / FORWARD_LISTENERS_SHARE)
    return EMFILE;
  for (uint32_t i = 0; i < request->n_ports; i++)
    {
      int error;

      set_port (target, request->port + i);
      error = add_socket (&sockets->fds[i], request->protocol, target);
      if (error == 0)
        continue;
      /* The latest are the first. */
      for (; i > 0; i--)
        remove_listener (&forward_listeners);
      return error;
    }
  return 0;
}

static bool
is_meant (const FairleadForwardRequest *request,
          const ForwardAddress         *host,
          const ForwardListener        *listener)
{
  const uint32_t port = forward_get_port (&listener->host);

  return listener->protocol == request->protocol && forward_same_host (&listener->host, host) &&
         port >= request->port && port - request->port < request->n_ports;
}

static uint32_t
remove_or_count (const FairleadForwardRequest *request,
                 const ForwardAddress         *host)
{
  uint32_t n = 0;

  for (ForwardListener **link = &forward_listeners; *link != NULL;)
    {
      const bool meant = is_meant (request, host, *link);

      n += meant;
      if (meant && request->operation == FAIRLEAD_FORWARD_REMOVE)
        remove_listener (link);
      else
        link = &(*link)->next;
    }
  return n;
}

static bool
is_valid (const FairleadForwardRequest *request,
          ForwardAddress               *address)
{
  return request->version == FAIRLEAD_FORWARD_VERSION && get_address (request, address) &&
         (request->protocol == IPPROTO_TCP || request->protocol == IPPROTO_UDP) && request->port > 0 &&
         request->n_ports > 0 && request->n_ports <= UINT32_C (65536) - request->port;
}

static void
answer (const FairleadForwardRequest *request,
        Sockets                      *sockets,
        FairleadForwardReply         *reply)
{
  ForwardAddress address;

  if (!is_valid (request, &address))
    reply->error = EINVAL;
  else if (request->operation == FAIRLEAD_FORWARD_ADD)
    {
      reply->error = add (request, &address, sockets);
      reply->n_ports = reply->error == 0 ? request->n_ports : 0;
    }
  else if ((request->operation == FAIRLEAD_FORWARD_REMOVE || request->operation == FAIRLEAD_FORWARD_COUNT) &&
           sockets->n_fds == 0)
    reply->n_ports = remove_or_count (request, &address);
  else
    reply->error = EINVAL;
}

static void
take_sockets (struct msghdr *message,
              Sockets       *sockets)
{
  for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header != NULL; header = CMSG_NXTHDR (message, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      {
        const size_t n = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);

        for (size_t i = 0; i < n && sockets->n_fds < MAX_FDS; i++)
          memcpy (&sockets->fds[sockets->n_fds++], CMSG_DATA (header) + i * sizeof (int), sizeof (int));
      }
}

static void
end_requester (ForwardSource *source)
{
  forward_close (source);
  forward_free_later (source);
  n_requesters--;
}

static void
handle_requester (ForwardSource *source,
                  uint32_t       events)
{
  union
  {
    char           bytes[CMSG_SPACE (MAX_FDS * sizeof (int))];
    struct cmsghdr alignment;
  } control;
  FairleadForwardRequest request;
  struct iovec vector = { .iov_base = &request, .iov_len = sizeof request };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  FairleadForwardReply reply = { .version = FAIRLEAD_FORWARD_VERSION };
  Sockets sockets = { .n_fds = 0 };
  const ssize_t n = recvmsg (source->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      end_requester (source);
      return;
    }
  take_sockets (&message, &sockets);
  if ((message.msg_flags & MSG_CTRUNC) != 0)
    reply.error = EMFILE;
  else if (n != sizeof request || (message.msg_flags & MSG_TRUNC) != 0)
    reply.error = EINVAL;
  else
    answer (&request, &sockets, &reply);
  close_sockets (&sockets);
  /* Who does not take the answer gets no other. */
  if (send (source->fd, &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof reply)
    end_requester (source);
}

static bool
is_ours (int fd)
{
  struct ucred peer;
  socklen_t length = sizeof peer;

  return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid ();
}

static void
add_requester (int fd)
{
  ForwardSource *requester = n_requesters < MAX_REQUESTERS && is_ours (fd) ? calloc (1, sizeof *requester) : NULL;

  if (requester == NULL)
    {
      close (fd);
      return;
    }
  *requester = (ForwardSource) { .fd = fd, .handle = handle_requester };
  n_requesters++;
  if (!forward_watch (requester, EPOLLIN))
    end_requester (requester);
}

/* Told once of each, so that one which cannot be accepted keeps nobody busy. */
static void
handle_control (ForwardSource *source,
                uint32_t       events)
{
  int fd;

  while ((fd = accept4 (source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
    add_requester (fd);
}

bool
forward_control_start (int fd)
{
  static ForwardSource control = { .handle = handle_control };

  control.fd = fd;
  return forward_watch (&control, EPOLLIN | EPOLLET);
}
