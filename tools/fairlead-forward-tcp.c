/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-forward.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* TCP. A connection has two ends, the client's on the host and the server's in the container, and two flows. Of a flow
 * the kernel moves the bytes from one socket into a pipe and from there into the other socket. A pipe is read from before
 * more is put into it: when it is empty, EAGAIN can mean one thing only. A flow that
 * has no bytes in its pipe does without, and the pipe serves others.
 *
 * Events are told once, when something changes; what is known of an end is kept until the kernel says EAGAIN. */

/* What may go one way before others have their turn. */
#define TURN ((size_t) 1024 * 1024)

/* A pipe of the default size is enough for short connections; for those that have moved that much, it is worth to ask
 * for a larger one. The kernel grants an ordinary user a sum of them, and after that small ones. */
#define LARGE_AFTER ((uint64_t) 256 * 1024)
#define LARGE_SIZE  (1024 * 1024)

#define MAX_SPARE_PIPES 16
#define MAX_ACCEPTED    64

/* When there were no descriptors or no memory, how long until the next try. */
#define RETRY_MS 100

/* What a pipe holds in any case. */
#define MIN_PIPE 4096

typedef struct ForwardPipe ForwardPipe;
typedef struct ForwardConnection ForwardConnection;

struct ForwardPipe
{
  int          fds[2];
  bool         is_large; /* or it was tried */
  ForwardPipe *next;
};

enum { CLIENT, SERVER };

typedef struct
{
  ForwardSource      source;
  ForwardConnection *connection;
  bool               readable;
  bool               writable;
  bool               urgent;
  bool               broken;
} ForwardEnd;

/* From the end of the same number to the other one. */
typedef struct
{
  ForwardPipe *pipe;   /* (nullable) */
  size_t       filled; /* bytes in it */
  uint64_t     total;
  bool         ended;  /* its source says that no more comes */
  bool         closed; /* and its destination was told */
} ForwardFlow;

struct ForwardConnection
{
  ForwardEnd         ends[2]; /* first, for ForwardSource */
  ForwardFlow        flows[2];
  bool               connected;
  bool               queued;
  ForwardConnection *next;
};

typedef struct
{
  ForwardConnection  *first;
  ForwardConnection **last;
} ForwardQueue;

typedef enum
{
  MOVED_ALL,   /* until something happens */
  MOVED_TURN,  /* there may be more */
  MOVED_NONE,  /* there is no pipe to be had */
  MOVED_ERROR,
} ForwardMoved;

static ForwardPipe  *spare_pipes;
static size_t        n_spare_pipes;
static size_t        n_pipes;
static size_t        n_connections;

static ForwardQueue  ready = { .last = &ready.first };   /* whose turn was over */
static ForwardQueue  starved = { .last = &starved.first }; /* which wait for a pipe */
static int64_t       starved_until;

/* Made before a connection is accepted, so that one which cannot be served stays in the kernel's queue. */
static int           spare_sockets[2] = { -1, -1 };
static bool          paused;
static int64_t       paused_until;

static void
enqueue (ForwardQueue      *queue,
         ForwardConnection *connection)
{
  if (connection->queued)
    return;
  connection->queued = true;
  connection->next = NULL;
  *queue->last = connection;
  queue->last = &connection->next;
}

static void
take_out (ForwardQueue      *queue,
          ForwardConnection *connection)
{
  for (ForwardConnection **link = &queue->first; *link != NULL; link = &(*link)->next)
    if (*link == connection)
      {
        *link = connection->next;
        if (queue->last == &connection->next)
          queue->last = link;
        return;
      }
}

static bool
has_room (void)
{
  return 2 * (n_connections + 1) <= forward_room / 8 * 5;
}

static ForwardPipe *
take_pipe (void)
{
  ForwardPipe *self = spare_pipes;

  if (self != NULL)
    {
      spare_pipes = self->next;
      n_spare_pipes--;
      return self;
    }
  if (2 * (n_pipes + 1) > forward_room / FORWARD_PIPES_SHARE)
    return NULL;
  self = calloc (1, sizeof *self);
  if (self == NULL || pipe2 (self->fds, O_CLOEXEC | O_NONBLOCK) < 0)
    {
      free (self);
      return NULL;
    }
  n_pipes++;
  return self;
}

static void
close_pipe (ForwardPipe *self)
{
  close (self->fds[0]);
  close (self->fds[1]);
  free (self);
  n_pipes--;
}

static void
give_pipe (ForwardFlow *flow)
{
  ForwardPipe *pipe = flow->pipe;

  flow->pipe = NULL;
  if (pipe == NULL)
    return;
  if (flow->filled > 0 || n_spare_pipes >= MAX_SPARE_PIPES)
    {
      close_pipe (pipe);
      return;
    }
  pipe->next = spare_pipes;
  spare_pipes = pipe;
  n_spare_pipes++;
}

/* Halves until the kernel grants it, down to what it has. */
static void
enlarge (ForwardPipe *pipe)
{
  const int before = fcntl (pipe->fds[1], F_GETPIPE_SZ);

  pipe->is_large = true;
  for (int size = LARGE_SIZE; size > before; size /= 2)
    if (fcntl (pipe->fds[1], F_SETPIPE_SZ, size) >= 0)
      return;
}

/* @graceful: both sides have said all; else they get a reset, as they would without us in between. */
static void
drop (ForwardConnection *self,
      bool               graceful)
{
  const struct linger linger = { .l_onoff = !graceful };

  if (self->ends[CLIENT].source.fd < 0)
    return;
  for (int i = 0; i < 2; i++)
    {
      setsockopt (self->ends[i].source.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
      forward_close (&self->ends[i].source);
      give_pipe (&self->flows[i]);
    }
  if (self->queued)
    {
      take_out (&ready, self);
      take_out (&starved, self);
    }
  n_connections--;
  forward_free_later (&self->ends[CLIENT].source);
}

/* The kernel stops before a byte that was sent as urgent, and splice() would wait for ever. It goes on as one of many. */
static ssize_t
read_urgent (ForwardEnd  *end,
             ForwardPipe *pipe)
{
  char buffer[MIN_PIPE];
  ssize_t n;

  forward_set_option (end->source.fd, SOL_SOCKET, SO_OOBINLINE, 1);
  n = recv (end->source.fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0)
    end->urgent = false;
  return n > 0 ? write (pipe->fds[1], buffer, n) : n;
}

static ssize_t
fill (ForwardFlow *flow,
      ForwardEnd  *end)
{
  const ssize_t n = end->urgent ? read_urgent (end, flow->pipe)
                                : splice (end->source.fd, NULL, flow->pipe->fds[1], NULL, LARGE_SIZE,
                                          SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

  if (n > 0)
    {
      flow->filled = n;
      flow->total += n;
      if (flow->total > LARGE_AFTER && !flow->pipe->is_large)
        enlarge (flow->pipe);
    }
  else if (n == 0)
    flow->ended = true;
  return n;
}

static bool
is_passing (void)
{
  return errno == EAGAIN || errno == EINTR;
}

/* Empties the pipe. False when that has to wait, or failed. */
static bool
drain (ForwardFlow *flow,
       ForwardEnd  *end,
       bool        *failed)
{
  while (flow->filled > 0 && end->writable && !*failed)
    {
      const ssize_t n = splice (flow->pipe->fds[0], NULL, end->source.fd, NULL, flow->filled,
                                SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

      if (n > 0)
        flow->filled -= n;
      else if (n < 0 && errno == EAGAIN)
        end->writable = false;
      else if (n == 0 || errno != EINTR)
        *failed = true;
    }
  return flow->filled == 0;
}

static ForwardMoved
move (ForwardConnection *self,
      int                number)
{
  ForwardFlow *flow = &self->flows[number];
  ForwardEnd *from = &self->ends[number];
  ForwardEnd *to = &self->ends[!number];
  const uint64_t turn_end = flow->total + TURN;
  bool failed = false;

  while (drain (flow, to, &failed) && !flow->closed)
    {
      if (flow->ended)
        {
          shutdown (to->source.fd, SHUT_WR);
          flow->closed = true;
        }
      else if (!from->readable)
        break;
      else if (flow->total >= turn_end)
        return MOVED_TURN;
      else if (flow->pipe == NULL && (flow->pipe = take_pipe ()) == NULL)
        return MOVED_NONE;
      else if (fill (flow, from) < 0)
        {
          if (!is_passing ())
            return MOVED_ERROR;
          from->readable = errno == EINTR;
        }
    }
  if (flow->filled == 0)
    give_pipe (flow);
  return failed ? MOVED_ERROR : MOVED_ALL;
}

static void
serve (ForwardConnection *self)
{
  ForwardMoved moved[2];

  for (int i = 0; i < 2; i++)
    moved[i] = move (self, i);
  /* What one has sent before it broke is passed on as far as it goes at once. */
  if (moved[CLIENT] == MOVED_ERROR || moved[SERVER] == MOVED_ERROR || self->ends[CLIENT].broken ||
      self->ends[SERVER].broken)
    drop (self, false);
  else if (self->flows[CLIENT].closed && self->flows[SERVER].closed)
    drop (self, true);
  else if (moved[CLIENT] == MOVED_NONE || moved[SERVER] == MOVED_NONE)
    {
      if (starved.first == NULL)
        starved_until = forward_now + RETRY_MS;
      enqueue (&starved, self);
    }
  else if (moved[CLIENT] == MOVED_TURN || moved[SERVER] == MOVED_TURN)
    enqueue (&ready, self);
}

static int
get_connect_error (ForwardConnection *self)
{
  socklen_t length = sizeof (int);
  int error = 0;

  return getsockopt (self->ends[SERVER].source.fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

static void
handle_end (ForwardSource *source,
            uint32_t       events)
{
  ForwardEnd *end = (ForwardEnd *) source;
  ForwardConnection *self = end->connection;

  end->readable = end->readable || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  end->writable = end->writable || (events & (EPOLLOUT | EPOLLERR)) != 0;
  end->urgent = end->urgent || (events & EPOLLPRI) != 0;
  end->broken = end->broken || (events & EPOLLERR) != 0;

  if (!self->connected && end == &self->ends[SERVER] && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0)
    self->connected = get_connect_error (self) == 0 && !end->broken;
  if (self->connected)
    serve (self);
  else if (end == &self->ends[SERVER] || end->broken)
    drop (self, false);
}

static int
take_socket (int family)
{
  int *spare = &spare_sockets[family == AF_INET6];
  const int fd = *spare >= 0 ? *spare : socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  *spare = -1;
  return fd;
}

static void
start (ForwardListener *listener,
       int              client_fd,
       int              server_fd)
{
  ForwardConnection *self = calloc (1, sizeof *self);
  const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
  const int fds[] = { client_fd, server_fd };

  if (self == NULL)
    {
      close (client_fd);
      close (server_fd);
      return;
    }
  n_connections++;
  for (int i = 0; i < 2; i++)
    {
      self->ends[i].source = (ForwardSource) { .fd = fds[i], .handle = handle_end };
      self->ends[i].connection = self;
    }
  forward_set_option (server_fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if ((connect (server_fd, &listener->target.any, forward_get_length (&listener->target)) < 0 &&
       errno != EINPROGRESS) ||
      !forward_watch (&self->ends[CLIENT].source, events) || !forward_watch (&self->ends[SERVER].source, events))
    drop (self, false);
}

static void
set_paused (bool value)
{
  paused = value;
  paused_until = forward_now + RETRY_MS;
  for (ForwardListener *listener = forward_listeners; listener != NULL; listener = listener->next)
    if (listener->protocol == IPPROTO_TCP)
      forward_change (&listener->source, paused ? 0 : EPOLLIN);
}

/* What went wrong with one connection is over with it; all else will last for a while. */
static bool
is_lasting (void)
{
  return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

static void
handle_listener (ForwardSource *source,
                 uint32_t       events)
{
  ForwardListener *listener = (ForwardListener *) source;
  const int family = listener->target.any.sa_family;

  for (int i = 0; i < MAX_ACCEPTED; i++)
    {
      const int server_fd = has_room () ? take_socket (family) : -1;
      const int client_fd = server_fd >= 0 ? accept4 (source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;

      if (client_fd >= 0)
        {
          start (listener, client_fd, server_fd);
          continue;
        }
      if (server_fd < 0 || is_lasting ())
        set_paused (true);
      spare_sockets[family == AF_INET6] = server_fd;
      return;
    }
}

/* Accepted sockets inherit these. Were this program killed, those who are in the middle of something would get a reset,
 * and not what looks like its end. */
bool
forward_tcp_add (ForwardListener *listener)
{
  const struct linger linger = { .l_onoff = 1 };
  const int fd = listener->source.fd;

  listener->source.handle = handle_listener;
  return fcntl (fd, F_SETFL, O_NONBLOCK) == 0 && forward_set_option (fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
         forward_set_option (fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
         setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0 &&
         forward_watch (&listener->source, paused ? 0 : EPOLLIN);
}

static void
serve_all (ForwardQueue *queue)
{
  ForwardConnection *connection = queue->first;

  queue->first = NULL;
  queue->last = &queue->first;
  while (connection != NULL)
    {
      ForwardConnection *next = connection->next;

      connection->queued = false;
      serve (connection);
      connection = next;
    }
}

int
forward_tcp_run (void)
{
  int wait = -1;

  serve_all (&ready);
  if (starved.first != NULL && (n_spare_pipes > 0 || forward_now >= starved_until))
    serve_all (&starved);
  if (paused && forward_now >= paused_until)
    set_paused (false);

  if (starved.first != NULL || paused)
    wait = RETRY_MS;
  return ready.first != NULL ? 0 : wait;
}
