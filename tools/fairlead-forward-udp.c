/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-forward.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

/* UDP. A client is an address and port that sends to an address of the host; it has a socket of its own in the container,
 * so that answers to it can be told from others. They are sent from the address that the client knows. */

/* As long as the kernel's own tables of connections remember. */
#define ANSWERED_MS   120000
#define UNANSWERED_MS 30000

/* Those that were never answered are the first to go when there are too many. */
#define MAX_CLIENTS 4096
#define N_BUCKETS   1024

#define BATCH        32
#define MAX_DATAGRAM 65536

typedef struct ForwardClient ForwardClient;

struct ForwardClient
{
  ForwardSource    source; /* first; its socket in the container */
  ForwardListener *listener;
  ForwardAddress   address;
  ForwardAddress   local;  /* of the host, without a port */
  unsigned int     interface;
  int64_t          used;
  bool             answered;
  ForwardClient   *next_in_bucket;
  ForwardClient   *previous;
  ForwardClient   *next;
};

typedef union
{
  char           bytes[CMSG_SPACE (sizeof (struct in6_pktinfo))];
  struct cmsghdr alignment;
} ForwardControl;

/* Longest unused first. */
typedef struct
{
  ForwardClient *first;
  ForwardClient *last;
} ForwardList;

static ForwardClient  *buckets[N_BUCKETS];
static ForwardList     lists[2]; /* unanswered and answered */
static size_t          n_clients;
static uint32_t        seed;

/* What was received last, or is sent. */
static char            datagrams[BATCH][MAX_DATAGRAM];
static struct iovec    vectors[BATCH];
static ForwardAddress  names[BATCH];
static ForwardControl  controls[BATCH];
static struct mmsghdr  messages[BATCH];

static uint32_t
mix (uint32_t    hash,
     const void *data,
     size_t      length)
{
  const unsigned char *bytes = data;

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 16777619;
  return hash;
}

static uint32_t
mix_address (uint32_t              hash,
             const ForwardAddress *address)
{
  if (address->any.sa_family == AF_INET6)
    return mix (hash, &address->ipv6.sin6_addr, sizeof address->ipv6.sin6_addr);
  return mix (hash, &address->ipv4.sin_addr, sizeof address->ipv4.sin_addr);
}

/* Who chooses addresses and ports does not choose the bucket. */
static ForwardClient **
get_bucket (const ForwardListener *listener,
            const ForwardAddress  *address,
            const ForwardAddress  *local)
{
  const uint16_t port = forward_get_port (address);
  uint32_t hash = mix (seed, &listener, sizeof listener);

  hash = mix (hash, &port, sizeof port);
  hash = mix_address (mix_address (hash, address), local);
  return &buckets[(hash ^ hash >> 16) % N_BUCKETS];
}

static void
append (ForwardList   *list,
        ForwardClient *client)
{
  client->next = NULL;
  client->previous = list->last;
  if (list->last != NULL)
    list->last->next = client;
  else
    list->first = client;
  list->last = client;
}

static void
take_out (ForwardList   *list,
          ForwardClient *client)
{
  if (client->previous != NULL)
    client->previous->next = client->next;
  else
    list->first = client->next;
  if (client->next != NULL)
    client->next->previous = client->previous;
  else
    list->last = client->previous;
}

static void
use (ForwardClient *client,
     bool           answered)
{
  take_out (&lists[client->answered], client);
  client->answered = client->answered || answered;
  client->used = forward_now;
  append (&lists[client->answered], client);
}

static void
forget (ForwardClient *self)
{
  ForwardClient **link = get_bucket (self->listener, &self->address, &self->local);

  while (*link != self)
    link = &(*link)->next_in_bucket;
  *link = self->next_in_bucket;
  take_out (&lists[self->answered], self);
  forward_close (&self->source);
  forward_free_later (&self->source);
  n_clients--;
}

static bool
is_same (const ForwardClient   *self,
         const ForwardListener *listener,
         const ForwardAddress  *address,
         const ForwardAddress  *local)
{
  return self->listener == listener && forward_get_port (&self->address) == forward_get_port (address) &&
         forward_same_host (&self->address, address) && forward_same_host (&self->local, local) &&
         (address->any.sa_family != AF_INET6 || self->address.ipv6.sin6_scope_id == address->ipv6.sin6_scope_id);
}

static size_t
get_max_clients (void)
{
  const size_t share = forward_room / FORWARD_UDP_SHARE;

  return share < MAX_CLIENTS ? share : MAX_CLIENTS;
}

static void
prepare_batch (bool with_peers)
{
  for (int i = 0; i < BATCH; i++)
    {
      vectors[i] = (struct iovec) { .iov_base = datagrams[i], .iov_len = MAX_DATAGRAM };
      messages[i].msg_hdr = (struct msghdr) { .msg_iov = &vectors[i], .msg_iovlen = 1 };
      if (with_peers)
        {
          messages[i].msg_hdr.msg_name = &names[i];
          messages[i].msg_hdr.msg_namelen = sizeof names[i];
          messages[i].msg_hdr.msg_control = &controls[i];
          messages[i].msg_hdr.msg_controllen = sizeof controls[i];
        }
    }
}

/* The answers that are in the first messages. One that cannot be sent is lost, as datagrams may be. */
static void
send_answers (ForwardListener *listener,
              unsigned int     n_messages)
{
  unsigned int sent = 0;

  while (sent < n_messages)
    {
      const int n = sendmmsg (listener->source.fd, messages + sent, n_messages - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

      sent += n > 0 ? n : 1;
    }
}

/* Says from which address of the host the answer comes. */
static void
address_answer (const ForwardClient *client,
                struct msghdr       *message,
                ForwardControl      *control,
                ForwardAddress      *name)
{
  const bool is_ipv6 = client->local.any.sa_family == AF_INET6;
  struct in_pktinfo ipv4 = { .ipi_spec_dst = client->local.ipv4.sin_addr };
  struct in6_pktinfo ipv6 = { .ipi6_addr = client->local.ipv6.sin6_addr };
  const size_t length = is_ipv6 ? sizeof ipv6 : sizeof ipv4;
  struct cmsghdr *header = &control->alignment;

  if (is_ipv6 && IN6_IS_ADDR_LINKLOCAL (&ipv6.ipi6_addr))
    ipv6.ipi6_ifindex = client->interface;
  *name = client->address;
  message->msg_name = name;
  message->msg_namelen = forward_get_length (name);
  message->msg_control = control;
  message->msg_controllen = CMSG_SPACE (length);
  header->cmsg_level = is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  header->cmsg_type = is_ipv6 ? IPV6_PKTINFO : IP_PKTINFO;
  header->cmsg_len = CMSG_LEN (length);
  memcpy (CMSG_DATA (header), is_ipv6 ? (void *) &ipv6 : (void *) &ipv4, length);
}

/* An error says that an earlier datagram found nobody in the container; it is taken with it. */
static void
handle_client (ForwardSource *source,
               uint32_t       events)
{
  ForwardClient *self = (ForwardClient *) source;
  int n;

  prepare_batch (false);
  n = recvmmsg (source->fd, messages, BATCH, MSG_DONTWAIT, NULL);
  if (n <= 0)
    return;
  use (self, true);
  for (int i = 0; i < n; i++)
    {
      vectors[i].iov_len = messages[i].msg_len;
      address_answer (self, &messages[i].msg_hdr, &controls[i], &names[i]);
    }
  send_answers (self->listener, n);
}

static ForwardClient *
add_client (ForwardListener      *listener,
            const ForwardAddress *address,
            const ForwardAddress *local,
            unsigned int          interface)
{
  ForwardClient **bucket = get_bucket (listener, address, local);
  ForwardClient *self;
  int fd;

  if (n_clients >= get_max_clients ())
    forget (lists[0].first != NULL ? lists[0].first : lists[1].first);
  fd = socket (listener->target.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect (fd, &listener->target.any, forward_get_length (&listener->target)) < 0 ||
      (self = calloc (1, sizeof *self)) == NULL)
    {
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  self->source = (ForwardSource) { .fd = fd, .handle = handle_client };
  self->listener = listener;
  self->address = *address;
  self->local = *local;
  self->interface = interface;
  self->used = forward_now;
  self->next_in_bucket = *bucket;
  *bucket = self;
  append (&lists[0], self);
  n_clients++;
  if (forward_watch (&self->source, EPOLLIN))
    return self;
  forget (self);
  return NULL;
}

/* To which address of the host the datagram came. */
static bool
get_local (struct msghdr  *message,
           ForwardAddress *local,
           unsigned int   *interface)
{
  memset (local, 0, sizeof *local);
  for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header != NULL; header = CMSG_NXTHDR (message, header))
    {
      struct in_pktinfo ipv4;
      struct in6_pktinfo ipv6;

      if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)
        {
          memcpy (&ipv4, CMSG_DATA (header), sizeof ipv4);
          local->ipv4.sin_family = AF_INET;
          local->ipv4.sin_addr = ipv4.ipi_spec_dst;
          *interface = ipv4.ipi_ifindex;
          return true;
        }
      if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO)
        {
          memcpy (&ipv6, CMSG_DATA (header), sizeof ipv6);
          local->ipv6.sin6_family = AF_INET6;
          local->ipv6.sin6_addr = ipv6.ipi6_addr;
          *interface = ipv6.ipi6_ifindex;
          return true;
        }
    }
  return false;
}

static ForwardClient *
find_client (ForwardListener      *listener,
             const ForwardAddress *address,
             struct msghdr        *message)
{
  ForwardAddress local;
  unsigned int interface = 0;
  ForwardClient *client;

  if (message->msg_namelen < sizeof address->ipv4 || !get_local (message, &local, &interface))
    return NULL;
  client = *get_bucket (listener, address, &local);
  while (client != NULL && !is_same (client, listener, address, &local))
    client = client->next_in_bucket;
  if (client != NULL)
    use (client, false);
  return client != NULL ? client : add_client (listener, address, &local, interface);
}

/* The first try may get the error of the datagram before. */
static void
pass_on (ForwardClient *client,
         const void    *data,
         size_t         length)
{
  if (send (client->source.fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED)
    send (client->source.fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
handle_listener (ForwardSource *source,
                 uint32_t       events)
{
  ForwardListener *listener = (ForwardListener *) source;
  int n;

  prepare_batch (true);
  n = recvmmsg (source->fd, messages, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < n; i++)
    {
      ForwardClient *client = find_client (listener, &names[i], &messages[i].msg_hdr);

      if (client != NULL)
        pass_on (client, datagrams[i], messages[i].msg_len);
    }
}

bool
forward_udp_add (ForwardListener *listener)
{
  const bool is_ipv6 = listener->host.any.sa_family == AF_INET6;
  const int fd = listener->source.fd;

  if (seed == 0 && getrandom (&seed, sizeof seed, 0) != sizeof seed)
    return false;
  listener->source.handle = handle_listener;
  return fcntl (fd, F_SETFL, O_NONBLOCK) == 0 &&
         (is_ipv6 ? forward_set_option (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                  : forward_set_option (fd, IPPROTO_IP, IP_PKTINFO, 1)) &&
         forward_watch (&listener->source, EPOLLIN);
}

void
forward_udp_remove (ForwardListener *listener)
{
  for (int i = 0; i < 2; i++)
    for (ForwardClient *client = lists[i].first, *next; client != NULL; client = next)
      {
        next = client->next;
        if (client->listener == listener)
          forget (client);
      }
}

int
forward_udp_run (void)
{
  static const int limits[] = { UNANSWERED_MS, ANSWERED_MS };
  int wait = -1;

  for (int i = 0; i < 2; i++)
    {
      while (lists[i].first != NULL && lists[i].first->used + limits[i] <= forward_now)
        forget (lists[i].first);
      if (lists[i].first != NULL)
        {
          const int left = lists[i].first->used + limits[i] - forward_now;

          wait = wait < 0 || left < wait ? left : wait;
        }
    }
  return wait;
}
