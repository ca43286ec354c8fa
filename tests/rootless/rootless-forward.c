/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "rootless-testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Ports that Fairlead's own forwarder publishes. */

#define NATIVE      "port-forwarder=native"
#define INSIDE_IP   "10.0.2.100"
#define SECONDS     10
#define N_AT_ONCE   200
#define LARGE       ((gsize) 64 * 1024 * 1024)

static void
set_time_limit (int fd)
{
  const struct timeval limit = { .tv_sec = SECONDS };

  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
}

static socklen_t
set_address (struct sockaddr_storage *native,
             const char              *address,
             guint16                  port)
{
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new_from_string (address, port);

  g_assert_true (g_socket_address_to_native (socket_address, native, sizeof *native, NULL));
  return g_socket_address_get_native_size (socket_address);
}

/* A server's socket inside the container. */
static int
listen_inside (FairleadContainer *container,
               int                type,
               const char        *address,
               guint16            port)
{
  g_autoptr (FairleadNetns) netns =
    fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), NULL);
  struct sockaddr_storage native;
  const socklen_t length = set_address (&native, address, port);
  int fd = fairlead_netns_open_socket (netns, native.ss_family, type, 0, NULL);

  g_assert_cmpint (fd, >=, 0);
  set_time_limit (fd);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &native, length));
  if (type == SOCK_STREAM)
    g_assert_no_errno (listen (fd, SOMAXCONN));
  return fd;
}

static int
accept_inside (int listen_fd)
{
  int fd = accept4 (listen_fd, NULL, NULL, SOCK_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  set_time_limit (fd);
  return fd;
}

/* A client on the host. */
static int
connect_to (int         type,
            const char *address,
            guint16     port)
{
  struct sockaddr_storage native;
  const socklen_t length = set_address (&native, address, port);
  int fd = socket (native.ss_family, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  set_time_limit (fd);
  g_assert_no_errno (connect (fd, (struct sockaddr *) &native, length));
  return fd;
}

static void
expect (int         fd,
        const char *text)
{
  char buffer[64];

  g_assert_cmpint (recv (fd, buffer, strlen (text), MSG_WAITALL), ==, strlen (text));
  g_assert_cmpint (memcmp (buffer, text, strlen (text)), ==, 0);
}

static void
expect_reset (int fd)
{
  char byte;

  errno = 0;
  g_assert_cmpint (recv (fd, &byte, 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
}

static void
say (int         fd,
     const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
}

static FairleadContainer *
setup (RootlessFixture *fixture,
       const char      *options,
       const char      *port)
{
  g_autofree char *all = options != NULL ? g_strconcat (NATIVE ":", options, NULL) : g_strdup (NATIVE);

  return rootless_setup (fixture, "c1", all, port);
}

static FairleadContainer *
setup_ports (RootlessFixture    *fixture,
             const char         *options,
             const char * const *ports)
{
  g_autofree char *all = options != NULL ? g_strconcat (NATIVE ":", options, NULL) : g_strdup (NATIVE);
  g_autoptr (FairleadRequest) request = rootless_request_new ("c1", all, NULL);
  g_autoptr (GError) error = NULL;
  FairleadContainer *container;

  for (; *ports != NULL; ports++)
    {
      g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (*ports, &error);

      g_assert_no_error (error);
      fairlead_request_add_port_mapping (request, mapping);
    }
  container = fairlead_manager_setup (rootless_get_manager (fixture), request, NULL, &error);
  g_assert_no_error (error);
  return container;
}

static void
roundtrip (int         type,
           int         inside,
           guint16     inside_port,
           int         client,
           const char *address,
           guint16     port)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s port %u", address, port);
  if (type == SOCK_STREAM)
    fairlead_test_tcp_roundtrip (inside, inside_port, client, address, port, &error);
  else
    fairlead_test_udp_roundtrip (inside, inside_port, client, address, port, &error);
  g_assert_no_error (error);
}

static int
get_forwarder_pid (FairleadManager *manager)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = fairlead_manager_lookup_container (manager, "c1", NULL, &error);
  g_autoptr (FairleadAttachment) attachment = NULL;
  int pid = 0;

  g_assert_no_error (error);
  attachment = g_list_model_get_item (fairlead_container_get_attachments (container), 0);
  g_assert_true (g_variant_lookup (fairlead_attachment_get_document (attachment), "forwarder-pid", "i", &pid));
  return pid;
}

static void
wait_for_end (int pidfd)
{
  struct pollfd ended = { .fd = pidfd, .events = POLLIN };

  g_assert_cmpint (poll (&ended, 1, SECONDS * 1000), ==, 1);
  close (pidfd);
}

static void
kill_forwarder (FairleadManager *manager)
{
  const int pid = get_forwarder_pid (manager);
  const int pidfd = pidfd_open (pid, 0);

  g_assert_no_errno (kill (pid, SIGKILL));
  wait_for_end (pidfd);
}

static void
check_free (const char *port)
{
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string (port, NULL);
  g_autoptr (GError) error = NULL;

  fairlead_port_mapping_check_free (mapping, &error);
  g_assert_no_error (error);
}

static void
test_published (RootlessFixture *fixture,
                gconstpointer    data)
{
  static const char * const ports[] = {
    "9000-9002:80-82", "9000-9001:80-81/udp", FAIRLEAD_TEST_HOST_IP ":9010:80", "127.0.0.1:9011:80/udp", NULL
  };
  g_autoptr (FairleadContainer) container = setup_ports (fixture, NULL, ports);
  int inside = rootless_open_inside (container);

  g_test_summary ("Ports are reached by TCP and UDP from outside and from the host, ranges and host addresses honoured");

  roundtrip (SOCK_STREAM, inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000);
  roundtrip (SOCK_STREAM, inside, 82, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9002);
  roundtrip (SOCK_STREAM, inside, 81, -1, "127.0.0.1", 9001);
  roundtrip (SOCK_STREAM, inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9010);
  g_assert_false (fairlead_test_exchange (-1, SOCK_STREAM, "127.0.0.1", 9010, 1, NULL));
  roundtrip (SOCK_DGRAM, inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000);
  roundtrip (SOCK_DGRAM, inside, 81, -1, "127.0.0.1", 9001);
  roundtrip (SOCK_DGRAM, inside, 81, -1, "127.0.0.77", 9001);
  roundtrip (SOCK_DGRAM, inside, 80, -1, "127.0.0.1", 9011);
  rootless_check (fixture, "c1");

  close (inside);
  rootless_teardown (fixture, "c1");
  for (gsize i = 0; ports[i] != NULL; i++)
    check_free (ports[i]);
}

static void
test_ipv6 (RootlessFixture *fixture,
           gconstpointer    data)
{
  static const char * const ports[] = { "9000:80", "0.0.0.0:9001:80", "[::]:9001:80", "9000:80/udp", NULL };
  const char *options[] = { rootless->ipv6, rootless->ipv4 };

  g_test_summary ("Ports without an address, or with an IPv6 one, lead to containers with IPv6 and to those without");

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (FairleadContainer) container = setup_ports (fixture, options[i], ports);
      int inside = rootless_open_inside (container);
      FairleadTestEcho *tcp = fairlead_test_echo_start (inside, SOCK_STREAM, "::", 80);
      FairleadTestEcho *udp = fairlead_test_echo_start (inside, SOCK_DGRAM, "::", 80);
      g_autofree char *peer = NULL;

      rootless_exchange (FAIRLEAD_TEST_OUTSIDE, SOCK_STREAM, FAIRLEAD_TEST_HOST_IP6, 9000);
      peer = fairlead_test_echo_dup_peer (tcp);
      g_test_message ("%s", peer);
      g_assert_true (g_str_has_prefix (peer, i == 0 ? rootless->ipv6_address : INSIDE_IP));
      rootless_exchange (FAIRLEAD_TEST_OUTSIDE, SOCK_DGRAM, FAIRLEAD_TEST_HOST_IP6, 9000);
      rootless_exchange (-1, SOCK_STREAM, "::1", 9000);
      rootless_exchange (-1, SOCK_DGRAM, "::1", 9000);
      rootless_exchange (-1, SOCK_STREAM, "127.0.0.1", 9000);
      rootless_exchange (-1, SOCK_DGRAM, "127.0.0.1", 9000);
      rootless_exchange (-1, SOCK_STREAM, "::1", 9001);
      rootless_exchange (-1, SOCK_STREAM, "127.0.0.1", 9001);
      rootless_check (fixture, "c1");

      fairlead_test_echo_stop (tcp);
      fairlead_test_echo_stop (udp);
      close (inside);
      rootless_teardown (fixture, "c1");
    }
}

static void
test_source (RootlessFixture *fixture,
             gconstpointer    data)
{
  static const char * const ports[] = { "9000:80", "9001:81", "9000:80/udp", NULL };
  g_autoptr (FairleadContainer) container = setup_ports (fixture, NULL, ports);
  int inside = rootless_open_inside (container);
  FairleadTestEcho *tcp = fairlead_test_echo_start (inside, SOCK_STREAM, "0.0.0.0", 80);
  FairleadTestEcho *udp = fairlead_test_echo_start (inside, SOCK_DGRAM, "0.0.0.0", 80);
  FairleadTestEcho *hidden = fairlead_test_echo_start (inside, SOCK_STREAM, "127.0.0.1", 81);
  g_autofree char *tcp_peer = NULL;
  g_autofree char *udp_peer = NULL;

  g_test_summary ("A server sees clients with the container's own address; one on its loopback is not published");

  rootless_exchange (-1, SOCK_STREAM, "127.0.0.1", 9000);
  rootless_exchange (FAIRLEAD_TEST_OUTSIDE, SOCK_DGRAM, FAIRLEAD_TEST_HOST_IP, 9000);
  tcp_peer = fairlead_test_echo_dup_peer (tcp);
  udp_peer = fairlead_test_echo_dup_peer (udp);
  g_assert_cmpstr (tcp_peer, ==, INSIDE_IP);
  g_assert_cmpstr (udp_peer, ==, INSIDE_IP);
  g_assert_false (fairlead_test_exchange (-1, SOCK_STREAM, "127.0.0.1", 9001, 1, NULL));

  fairlead_test_echo_stop (tcp);
  fairlead_test_echo_stop (udp);
  fairlead_test_echo_stop (hidden);
  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_refused (RootlessFixture *fixture,
              gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) stream = fairlead_test_echo_start (-1, SOCK_STREAM, "0.0.0.0", 9005);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) datagrams = fairlead_test_echo_start (-1, SOCK_DGRAM, "127.0.0.1", 9006);

  g_test_summary ("Ports that cannot be had are refused with the reason, before anything starts; so are other words");

  rootless_setup_fails (fixture, NATIVE, "9000:80/sctp", FAIRLEAD_ERROR_NOT_SUPPORTED, "sctp");
  rootless_setup_fails (fixture, NATIVE, "9000-9009:80-89", FAIRLEAD_ERROR_BUSY, "9005");
  rootless_setup_fails (fixture, NATIVE, "9006:80/udp", FAIRLEAD_ERROR_BUSY, "9006");
  rootless_setup_fails (fixture, NATIVE, "198.51.100.1:9000:80", FAIRLEAD_ERROR_FAILED, "198.51.100.1");
  rootless_setup_fails (fixture, NATIVE, "[2001:db8::77]:9000:80", FAIRLEAD_ERROR_FAILED, "2001:db8::77");
  if (rootless_is_user)
    rootless_setup_fails (fixture, NATIVE, "52:80", FAIRLEAD_ERROR_PERMISSION_DENIED, "ip_unprivileged_port_start");
  rootless_setup_fails (fixture, "port-forwarder=perhaps", NULL, FAIRLEAD_ERROR_INVALID_ARGUMENT, "perhaps");
  g_assert_cmpuint (rootless_count_files (fixture, "attachments"), ==, 0);
}

static void
test_ends (RootlessFixture *fixture,
           gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000-9001:80-81");
  int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);
  const struct linger reset = { .l_onoff = 1 };
  int client;
  int accepted;
  char byte;

  g_test_summary ("How a connection ends is passed on: refused, half closed in either order, reset, or with its server");

  client = connect_to (SOCK_STREAM, "127.0.0.1", 9001);
  expect_reset (client);
  close (client);

  client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  accepted = accept_inside (server);
  say (client, "question");
  g_assert_no_errno (shutdown (client, SHUT_WR));
  expect (accepted, "question");
  g_assert_cmpint (recv (accepted, &byte, 1, 0), ==, 0);
  say (accepted, "answer");
  close (accepted);
  expect (client, "answer");
  g_assert_cmpint (recv (client, &byte, 1, 0), ==, 0);
  close (client);

  client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  accepted = accept_inside (server);
  say (accepted, "greeting");
  g_assert_no_errno (shutdown (accepted, SHUT_WR));
  expect (client, "greeting");
  g_assert_cmpint (recv (client, &byte, 1, 0), ==, 0);
  say (client, "farewell");
  close (client);
  expect (accepted, "farewell");
  g_assert_cmpint (recv (accepted, &byte, 1, 0), ==, 0);
  close (accepted);

  client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  accepted = accept_inside (server);
  g_assert_no_errno (setsockopt (client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
  close (client);
  expect_reset (accepted);
  close (accepted);

  client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  accepted = accept_inside (server);
  say (accepted, "last words");
  expect (client, "last words");
  g_assert_no_errno (setsockopt (accepted, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
  close (accepted);
  expect_reset (client);
  close (client);

  close (server);
  rootless_teardown (fixture, "c1");
}

static void
test_urgent (RootlessFixture *fixture,
             gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
  int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);
  int client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  int accepted = accept_inside (server);

  g_test_summary ("A byte that is sent as urgent does not hold up those after it");

  for (guint i = 0; i < 3; i++)
    {
      say (client, "before");
      g_assert_cmpint (send (client, "!", 1, MSG_OOB), ==, 1);
      say (client, "after");
      expect (accepted, "before!after");
    }

  close (client);
  close (accepted);
  close (server);
  rootless_teardown (fixture, "c1");
}

typedef struct
{
  int   fd;
  guint first;
  gsize length;
  char *checksum;
} Stream;

static gpointer
send_stream (gpointer data)
{
  Stream *stream = data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint32 *chunk = g_new (guint32, 65536);
  guint32 number = stream->first;

  for (gsize sent = 0; sent < stream->length;)
    {
      gsize length = 65536 * sizeof *chunk;
      gsize done = 0;

      for (gsize i = 0; i < 65536; i++)
        chunk[i] = number = number * 1664525 + 1013904223;
      length = MIN (length, stream->length - sent);
      g_checksum_update (checksum, (guchar *) chunk, length);
      while (done < length)
        {
          const gssize n = send (stream->fd, (char *) chunk + done, length - done, MSG_NOSIGNAL);

          g_assert_cmpint (n, >, 0);
          done += n;
        }
      sent += length;
    }
  g_assert_no_errno (shutdown (stream->fd, SHUT_WR));
  stream->checksum = g_strdup (g_checksum_get_string (checksum));
  return NULL;
}

static gpointer
receive_stream (gpointer data)
{
  Stream *stream = data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *chunk = g_malloc (256 * 1024);
  gssize n;

  while ((n = recv (stream->fd, chunk, 256 * 1024, 0)) > 0)
    {
      g_checksum_update (checksum, chunk, n);
      stream->length += n;
    }
  g_assert_cmpint (n, ==, 0);
  stream->checksum = g_strdup (g_checksum_get_string (checksum));
  return NULL;
}

static void
test_large (RootlessFixture *fixture,
            gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
  int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);
  int client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  int accepted = accept_inside (server);
  Stream streams[] = {
    { .fd = client, .first = 1, .length = LARGE },
    { .fd = accepted, .first = 2, .length = LARGE + 1 },
    { .fd = accepted },
    { .fd = client },
  };
  GThread *threads[4];

  g_test_summary ("Much at once in both directions arrives whole");

  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("stream", i < 2 ? send_stream : receive_stream, &streams[i]);
  for (guint i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (streams[i].length, ==, streams[i + 2].length);
      g_assert_cmpstr (streams[i].checksum, ==, streams[i + 2].checksum);
    }

  for (guint i = 0; i < 4; i++)
    g_free (streams[i].checksum);
  close (client);
  close (accepted);
  close (server);
  rootless_teardown (fixture, "c1");
}

static void
serve_one (int server)
{
  int accepted = accept_inside (server);

  say (accepted, "served");
  close (accepted);
}

/* Whoever is served next. */
static void
leave_one (GPollFD *clients)
{
  g_assert_cmpint (g_poll (clients, N_AT_ONCE, SECONDS * 1000), >, 0);
  while (clients->fd < 0 || clients->revents == 0)
    clients++;
  expect (clients->fd, "served");
  close (clients->fd);
  clients->fd = -1;
}

/* All connect at once. With @in_turn they leave as they are served, else together. */
static void
serve_at_once (int      server,
               gboolean in_turn)
{
  struct sockaddr_storage native;
  const socklen_t length = set_address (&native, "127.0.0.1", 9000);
  GPollFD clients[N_AT_ONCE];

  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      clients[i].fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      clients[i].events = G_IO_IN;
      if (connect (clients[i].fd, (struct sockaddr *) &native, length) < 0)
        g_assert_cmpint (errno, ==, EINPROGRESS);
    }
  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      serve_one (server);
      if (in_turn)
        leave_one (clients);
    }
  for (guint i = 0; i < N_AT_ONCE && !in_turn; i++)
    leave_one (clients);
}

static void
test_at_once (RootlessFixture *fixture,
              gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
  int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);

  g_test_summary ("Of two hundred clients at the same time all are served");

  for (guint round = 0; round < 5; round++)
    serve_at_once (server, FALSE);
  rootless_check (fixture, "c1");

  close (server);
  rootless_teardown (fixture, "c1");
}

static void
test_few_descriptors (RootlessFixture *fixture,
                      gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, NULL);
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9100-9149:100-149", NULL);
  g_autoptr (GError) error = NULL;
  int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);

  g_test_summary ("With few descriptors clients wait for one another and all are served; ports too many are refused");

  g_free (rootless_run_command (fixture, "prlimit --nofile=128:128 -- " TEST_COMMAND " ports c1 add 9000:80"));
  serve_at_once (server, TRUE);
  g_assert_false (fairlead_manager_publish (fixture->manager, "c1", mapping, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_EXHAUSTED);
  check_free ("9100-9149:100-149");
  serve_at_once (server, TRUE);
  rootless_check (fixture, "c1");

  close (server);
  rootless_teardown (fixture, "c1");
}

static void
test_datagrams (RootlessFixture *fixture,
                gconstpointer    data)
{
  static const char * const ports[] = { "9000:80/udp", NULL };
  g_autoptr (FairleadContainer) container = setup_ports (fixture, NULL, ports);
  g_autofree char *large = g_malloc0 (60000);
  int clients[20];
  int server;
  char byte;

  g_test_summary ("Datagrams keep their bounds, answers find their clients, and one that finds no server does no harm");

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = connect_to (SOCK_DGRAM, "127.0.0.9", 9000);
  for (guint i = 0; i < 3; i++)
    say (clients[0], "nobody");
  server = listen_inside (container, SOCK_DGRAM, "0.0.0.0", 80);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      struct sockaddr_storage peer;
      socklen_t length = sizeof peer;
      const char number = i;
      gssize n;

      g_assert_cmpint (send (clients[i], &number, 1, 0), ==, 1);
      /* The early ones may come late. */
      while ((n = recvfrom (server, &byte, 1, MSG_TRUNC, (struct sockaddr *) &peer, &length)) == strlen ("nobody"))
        ;
      g_assert_cmpint (n, ==, 1);
      g_assert_cmpint (byte, ==, i);
      g_assert_cmpint (sendto (server, &byte, 1, 0, (struct sockaddr *) &peer, length), ==, 1);
      g_assert_cmpint (sendto (server, "", 0, 0, (struct sockaddr *) &peer, length), ==, 0);
      g_assert_cmpint (sendto (server, large, 60000, 0, (struct sockaddr *) &peer, length), ==, 60000);
    }
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      g_assert_cmpint (recv (clients[i], &byte, 1, 0), ==, 1);
      g_assert_cmpint (byte, ==, i);
      g_assert_cmpint (recv (clients[i], &byte, 1, 0), ==, 0);
      g_assert_cmpint (recv (clients[i], large, 60000, 0), ==, 60000);
      close (clients[i]);
    }

  close (server);
  rootless_teardown (fixture, "c1");
}

/* Sends a byte; the server's end of it is in @peer. */
static void
greet (int                      client,
       int                      server,
       struct sockaddr_storage *peer,
       socklen_t               *length)
{
  char byte;

  *length = sizeof *peer;
  say (client, "1");
  g_assert_cmpint (recvfrom (server, &byte, 1, 0, (struct sockaddr *) peer, length), ==, 1);
}

static void
test_many_clients (RootlessFixture *fixture,
                   gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, NULL);
  int server = listen_inside (container, SOCK_DGRAM, "0.0.0.0", 80);
  int known = connect_to (SOCK_DGRAM, "127.0.0.1", 9000);
  struct sockaddr_storage known_peer, first_peer, peer;
  socklen_t known_length, first_length, length;
  int others[40];

  g_test_summary ("When UDP clients are too many, those who never got an answer are forgotten first, and can come again");

  g_free (rootless_run_command (fixture, "prlimit --nofile=128:128 -- " TEST_COMMAND " ports c1 add 9000:80/udp"));
  greet (known, server, &known_peer, &known_length);
  g_assert_cmpint (sendto (server, "a", 1, 0, (struct sockaddr *) &known_peer, known_length), ==, 1);
  expect (known, "a");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      others[i] = connect_to (SOCK_DGRAM, "127.0.0.1", 9000);
      greet (others[i], server, i == 0 ? &first_peer : &peer, i == 0 ? &first_length : &length);
    }
  g_assert_cmpint (sendto (server, "b", 1, 0, (struct sockaddr *) &known_peer, known_length), ==, 1);
  expect (known, "b");

  greet (others[0], server, &peer, &length);
  g_assert_cmpint (memcmp (&peer, &first_peer, length), !=, 0);
  g_assert_cmpint (sendto (server, "c", 1, 0, (struct sockaddr *) &peer, length), ==, 1);
  expect (others[0], "c");

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    close (others[i]);
  close (known);
  close (server);
  rootless_teardown (fixture, "c1");
}

static void
test_live (RootlessFixture *fixture,
           gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, NULL);
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9100-9101:90-91", NULL);
  g_autoptr (FairleadPortMapping) wide = fairlead_port_mapping_new_from_string ("[::1]:9200-9349:1200-1349/udp", NULL);
  g_autoptr (FairleadPortMapping) taken = fairlead_port_mapping_new_from_string ("9300-9310:300-310", NULL);
  G_GNUC_UNUSED g_autoptr (FairleadTestEcho) other = fairlead_test_echo_start (-1, SOCK_STREAM, "0.0.0.0", 9305);
  g_autoptr (GError) error = NULL;
  int inside = rootless_open_inside (container);

  g_test_summary ("Ports are published later and withdrawn, whole ranges or nothing, and free again at once");

  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 1);
  for (guint i = 0; i < 3; i++)
    {
      fairlead_manager_publish (fixture->manager, "c1", mapping, NULL, &error);
      g_assert_no_error (error);
      roundtrip (SOCK_STREAM, inside, 91, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9101);
      fairlead_manager_publish (fixture->manager, "c1", wide, NULL, &error);
      g_assert_no_error (error);
      roundtrip (SOCK_DGRAM, inside, 1349, -1, "::1", 9349);
      g_assert_false (fairlead_manager_publish (fixture->manager, "c1", taken, NULL, &error));
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY);
      g_clear_error (&error);
      check_free ("9300-9304:300-304");
      rootless_check (fixture, "c1");
      fairlead_manager_unpublish (fixture->manager, "c1", mapping, NULL, &error);
      g_assert_no_error (error);
      fairlead_manager_unpublish (fixture->manager, "c1", wide, NULL, &error);
      g_assert_no_error (error);
      check_free ("9100-9101:90-91");
      check_free ("[::1]:9200-9349:1200-1349/udp");
    }
  g_assert_cmpuint (rootless_count_helpers (fixture), ==, 2);

  close (inside);
  rootless_teardown (fixture, "c1");
}

static void
test_killed (RootlessFixture *fixture,
             gconstpointer    data)
{
  static const char * const ports[] = { "9000-9001:80-81", "9000:80/udp", NULL };
  g_autoptr (FairleadContainer) container = setup_ports (fixture, NULL, ports);
  g_autoptr (FairleadPortMapping) mapping = fairlead_port_mapping_new_from_string ("9000-9001:80-81", NULL);
  g_autoptr (FairleadPortMapping) more = fairlead_port_mapping_new_from_string ("9002:82", NULL);
  g_autoptr (GError) error = NULL;
  int inside = rootless_open_inside (container);
  int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);
  int client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
  int accepted = accept_inside (server);

  g_test_summary ("A forwarder that was killed resets its clients and is noticed; a reload starts it again");

  say (client, "hello");
  expect (accepted, "hello");
  kill_forwarder (fixture->manager);
  expect_reset (client);
  close (client);
  close (accepted);
  close (server);
  rootless_check_fails (fixture, "c1", "its port forwarder");
  g_assert_false (fairlead_manager_publish (fixture->manager, "c1", more, NULL, &error));
  g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND);
  g_clear_error (&error);

  fairlead_manager_reload (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  rootless_check (fixture, "c1");
  roundtrip (SOCK_STREAM, inside, 81, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9001);
  roundtrip (SOCK_DGRAM, inside, 80, FAIRLEAD_TEST_OUTSIDE, FAIRLEAD_TEST_HOST_IP, 9000);

  kill_forwarder (fixture->manager);
  fairlead_manager_unpublish (fixture->manager, "c1", mapping, NULL, &error);
  g_assert_no_error (error);
  close (inside);
  rootless_teardown (fixture, "c1");
  check_free ("9000-9001:80-81");
}

static void
test_helper_killed (RootlessFixture *fixture,
                    gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
  const int pidfd = pidfd_open (get_forwarder_pid (fixture->manager), 0);

  g_test_summary ("The forwarder ends with the process that makes the network");

  rootless_kill_helper (container);
  wait_for_end (pidfd);
  check_free ("9000:80");
  rootless_check_fails (fixture, "c1", "has ended");
  g_assert_false (fairlead_manager_reload (fixture->manager, "c1", NULL, NULL));
  rootless_teardown (fixture, "c1");
}

static void
test_free_again (RootlessFixture *fixture,
                 gconstpointer    data)
{
  g_test_summary ("As soon as a container is torn down its ports are free, also those of open connections");

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
      int server = listen_inside (container, SOCK_STREAM, "0.0.0.0", 80);
      int client = connect_to (SOCK_STREAM, "127.0.0.1", 9000);
      int accepted = accept_inside (server);

      say (client, "hello");
      expect (accepted, "hello");
      close (server);
      rootless_teardown (fixture, "c1");
      check_free ("9000:80");
      expect_reset (client);
      close (client);
      close (accepted);
    }
}

static void
test_shown (RootlessFixture *fixture,
            gconstpointer    data)
{
  g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) document = fairlead_manager_inspect (fixture->manager, "c1", NULL, &error);
  g_autofree char *text = g_variant_print (document, FALSE);
  g_autofree char *pid = g_strdup_printf ("'ForwarderPid': <uint32 %d>", get_forwarder_pid (fixture->manager));
  g_autoptr (FairleadStats) stats = NULL;
  int inside = rootless_open_inside (container);

  g_test_summary ("The forwarder is shown; its traffic is the container's loopback's, which the counters leave out");

  g_assert_nonnull (strstr (text, "'PortForwarder': <'native'>"));
  g_assert_nonnull (strstr (text, pid));
  g_assert_nonnull (strstr (text, "'ForwarderRunning': <true>"));

  roundtrip (SOCK_STREAM, inside, 80, -1, "127.0.0.1", 9000);
  stats = fairlead_manager_stats (fixture->manager, "c1", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fairlead_interface_stats_get_rx_bytes (fairlead_stats_get_total (stats)), <, 10000);
  g_assert_cmpuint (fairlead_interface_stats_get_tx_bytes (fairlead_stats_get_total (stats)), <, 10000);

  close (inside);
  rootless_teardown (fixture, "c1");
}

/* Whether its system calls are filtered. */
static gboolean
check_confined (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "CapPrm:\t0000000000000000"));
  g_assert_nonnull (strstr (text, "CapEff:\t0000000000000000"));
  g_assert_nonnull (strstr (text, "NoNewPrivs:\t1"));
  return strstr (text, "Seccomp:\t2") != NULL;
}

static void
test_confined (RootlessFixture *fixture,
               gconstpointer    data)
{
  G_GNUC_UNUSED g_autoptr (FairleadContainer) container = setup (fixture, NULL, "9000:80");
  const gboolean filtered = check_confined (get_forwarder_pid (fixture->manager));

  g_test_summary ("The forwarder has no capability, can get none, and makes few system calls");

#if defined (__x86_64__) && !defined (__SANITIZE_ADDRESS__) && !(defined (__has_feature) && defined (__clang__))
  g_assert_true (filtered);
#else
  g_test_message ("filtered: %d", filtered);
#endif
  rootless_teardown (fixture, "c1");
}

void
rootless_add_forward (void)
{
  rootless_add ("forward/published", test_published);
  rootless_add ("forward/ipv6", test_ipv6);
  rootless_add ("forward/source", test_source);
  rootless_add ("forward/refused", test_refused);
  rootless_add ("forward/ends", test_ends);
  rootless_add ("forward/urgent", test_urgent);
  rootless_add ("forward/large", test_large);
  rootless_add ("forward/at-once", test_at_once);
  rootless_add ("forward/few-descriptors", test_few_descriptors);
  rootless_add ("forward/datagrams", test_datagrams);
  rootless_add ("forward/many-clients", test_many_clients);
  rootless_add ("forward/live", test_live);
  rootless_add ("forward/killed", test_killed);
  rootless_add ("forward/helper-killed", test_helper_killed);
  rootless_add ("forward/free-again", test_free_again);
  rootless_add ("forward/shown", test_shown);
  rootless_add ("forward/confined", test_confined);
}
