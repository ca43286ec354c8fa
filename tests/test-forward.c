/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fairlead-forward-private.h"
#include "fairlead-testlib.h"

/* Requests to fairlead-forward, good ones and such as the library would never send. */

#define PATH "forward"

typedef struct
{
  char  *path;    /* of its socket */
  int    helper;  /* what it ends with when this is closed */
  int    pid;
  int    pidfd;
  guint  n_fds;   /* that it has when nobody asks for anything */
} Forward;

static guint
count_fds (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static int
listen_on (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (fd, SOMAXCONN));
  return fd;
}

static void
start (Forward             *forward,
       FairleadTestFixture *fixture)
{
  const char *argv[] = { TEST_FORWARD, fixture->directory, NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;
  int ends[2];

  forward->path = fairlead_test_path (fixture, PATH);
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  forward->helper = ends[1];
  fairlead_process_take_fd (process, listen_on (forward->path), FAIRLEAD_FORWARD_CONTROL_FD);
  fairlead_process_take_fd (process, ends[0], FAIRLEAD_FORWARD_HELPER_FD);
  fairlead_process_set_ready_fd (process, FAIRLEAD_FORWARD_READY_FD);
  fairlead_process_start (process, &error);
  g_assert_no_error (error);
  fairlead_process_wait_ready (process, NULL, &error);
  g_assert_no_error (error);
  forward->pid = fairlead_process_get_pid (process);
  forward->pidfd = pidfd_open (forward->pid, 0);
  /* It closes the last one after its word. */
  while (count_fds (forward->pid) != 6)
    g_thread_yield ();
  forward->n_fds = count_fds (forward->pid);
}

static void
stop (Forward *forward)
{
  struct pollfd ended = { .fd = forward->pidfd, .events = POLLIN };

  close (forward->helper);
  g_assert_cmpint (poll (&ended, 1, 5000), ==, 1);
  close (forward->pidfd);
  g_free (forward->path);
}

static int
connect_to (Forward *forward)
{
  const struct timeval limit = { .tv_sec = 5 };
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, forward->path, sizeof address.sun_path);
  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

static void
send_message (int         fd,
              const void *data,
              gsize       length,
              const int  *fds,
              guint       n_fds)
{
  union
  {
    char           bytes[CMSG_SPACE (256 * sizeof (int))];
    struct cmsghdr alignment;
  } control = { { 0 } };
  struct iovec vector = { .iov_base = (void *) data, .iov_len = length };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      control.alignment.cmsg_level = SOL_SOCKET;
      control.alignment.cmsg_type = SCM_RIGHTS;
      control.alignment.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (&control.alignment), fds, n_fds * sizeof (int));
    }
  g_assert_cmpint (sendmsg (fd, &message, MSG_NOSIGNAL), ==, length);
}

static int
ask_raw (Forward    *forward,
         const void *data,
         gsize       length,
         const int  *fds,
         guint       n_fds,
         guint      *n_ports)
{
  int fd = connect_to (forward);
  FairleadForwardReply reply;

  send_message (fd, data, length, fds, n_fds);
  g_assert_cmpint (recv (fd, &reply, sizeof reply, 0), ==, sizeof reply);
  g_assert_cmpuint (reply.version, ==, FAIRLEAD_FORWARD_VERSION);
  if (n_ports != NULL)
    *n_ports = reply.n_ports;
  close (fd);
  return reply.error;
}

static int
ask (Forward                      *forward,
     const FairleadForwardRequest *request,
     const int                    *fds,
     guint                         n_fds)
{
  return ask_raw (forward, request, sizeof *request, fds, n_fds, NULL);
}

static FairleadForwardRequest
make_request (guint16 operation,
              guint8  first_byte,
              guint16 port,
              guint   n_ports)
{
  return (FairleadForwardRequest) {
    .version = FAIRLEAD_FORWARD_VERSION,
    .operation = operation,
    .protocol = IPPROTO_TCP,
    .family = AF_INET,
    .port = port,
    .n_ports = n_ports,
    .address = { first_byte, 0, 0, 1 },
  };
}

static guint
count_ports (Forward *forward,
             guint16  port,
             guint    n_ports)
{
  const FairleadForwardRequest request = make_request (FAIRLEAD_FORWARD_COUNT, 127, port, n_ports);
  guint count;

  g_assert_cmpint (ask_raw (forward, &request, sizeof request, NULL, 0, &count), ==, 0);
  return count;
}

/* On 127.0.0.1. */
static int
open_port (int     type,
           guint16 port)
{
  const struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK), .sin_port = htons (port)
  };
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

static int
listen_port (guint16 port)
{
  int fd = open_port (SOCK_STREAM, port);

  g_assert_no_errno (listen (fd, 1));
  return fd;
}

static void
close_all (int   *fds,
           guint  n_fds)
{
  for (guint i = 0; i < n_fds; i++)
    close (fds[i]);
}

static void
test_known (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  const FairleadForwardRequest add = make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 2);
  const FairleadForwardRequest remove_one = make_request (FAIRLEAD_FORWARD_REMOVE, 127, 9001, 1);
  const FairleadForwardRequest remove_all = make_request (FAIRLEAD_FORWARD_REMOVE, 127, 1, 65535);
  int fds[] = { listen_port (9000), listen_port (9001) };
  Forward forward;
  guint count;

  g_test_summary ("Ports are added, counted and removed, and what is there already is not added once more");

  start (&forward, fixture);
  g_assert_cmpint (ask_raw (&forward, &add, sizeof add, fds, 2, &count), ==, 0);
  g_assert_cmpuint (count, ==, 2);
  g_assert_cmpint (ask (&forward, &add, fds, 2), ==, EEXIST);
  g_assert_cmpuint (count_ports (&forward, 1, 65535), ==, 2);
  g_assert_cmpuint (count_ports (&forward, 9001, 1), ==, 1);
  g_assert_cmpuint (count_ports (&forward, 9002, 1), ==, 0);
  g_assert_cmpint (ask_raw (&forward, &remove_one, sizeof remove_one, NULL, 0, &count), ==, 0);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpint (ask_raw (&forward, &remove_one, sizeof remove_one, NULL, 0, &count), ==, 0);
  g_assert_cmpuint (count, ==, 0);
  g_assert_cmpuint (count_ports (&forward, 1, 65535), ==, 1);
  g_assert_cmpint (ask (&forward, &remove_all, NULL, 0), ==, 0);
  g_assert_cmpuint (count_ports (&forward, 1, 65535), ==, 0);

  close_all (fds, 2);
  close (listen_port (9000));
  stop (&forward);
}

/* Nothing of it is there afterwards. */
static void
refuse (Forward                *forward,
        FairleadForwardRequest  request,
        int                     fd,
        guint                   n_fds)
{
  int fds[253];

  for (guint i = 0; i < n_fds; i++)
    fds[i] = fd;
  g_assert_cmpint (ask (forward, &request, fds, n_fds), ==, EINVAL);
  g_assert_cmpuint (count_ports (forward, 1, 65535), ==, 0);
}

static void
refuse_fields (Forward *forward,
               int      fd)
{
  FairleadForwardRequest request = make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 1);

  request.version = 2;
  refuse (forward, request, fd, 1);
  request = make_request (0, 10, 80, 1);
  refuse (forward, request, fd, 1);
  request = make_request (77, 10, 80, 1);
  refuse (forward, request, fd, 1);
  request = make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 1);
  request.protocol = IPPROTO_SCTP;
  refuse (forward, request, fd, 1);
  request.protocol = IPPROTO_UDP;
  refuse (forward, request, fd, 1);
  request.protocol = IPPROTO_TCP;
  request.family = AF_UNIX;
  refuse (forward, request, fd, 1);
  request.family = AF_INET;
  request.address[15] = 1;
  refuse (forward, request, fd, 1);
  refuse (forward, make_request (FAIRLEAD_FORWARD_ADD, 10, 0, 1), fd, 1);
  refuse (forward, make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 0), fd, 0);
  refuse (forward, make_request (FAIRLEAD_FORWARD_ADD, 10, 65535, 2), fd, 2);
  refuse (forward, make_request (FAIRLEAD_FORWARD_COUNT, 127, 65535, 2), fd, 0);
  refuse (forward, make_request (FAIRLEAD_FORWARD_COUNT, 127, 80, G_MAXUINT32), fd, 0);
}

static void
refuse_targets (Forward *forward,
                int      fd)
{
  static const guint8 bytes[] = { 0, 127, 224, 255 };
  FairleadForwardRequest request;

  for (gsize i = 0; i < sizeof bytes; i++)
    refuse (forward, make_request (FAIRLEAD_FORWARD_ADD, bytes[i], 80, 1), fd, 1);
  request = make_request (FAIRLEAD_FORWARD_ADD, 0, 80, 1);
  request.family = AF_INET6;
  memset (request.address, 0, 16);
  refuse (forward, request, fd, 1);
  request.address[15] = 1;
  refuse (forward, request, fd, 1);
  request.address[10] = request.address[11] = 0xff;
  request.address[12] = 127;
  refuse (forward, request, fd, 1);
}

static void
refuse_descriptors (Forward *forward,
                    int      fd)
{
  const FairleadForwardRequest one = make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 1);
  int others[] = {
    open ("/dev/null", O_RDWR | O_CLOEXEC),
    socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
    open_port (SOCK_STREAM, 9002),
    open_port (SOCK_DGRAM, 9002),
    socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
  };
  int mixed[] = { fd, others[0] };
  const FairleadForwardRequest two = make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 2);

  refuse (forward, one, fd, 0);
  refuse (forward, one, fd, 2);
  refuse (forward, one, fd, 253);
  refuse (forward, make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 65), fd, 65);
  refuse (forward, make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 65456), fd, 1);
  refuse (forward, make_request (FAIRLEAD_FORWARD_REMOVE, 127, 80, 1), fd, 1);
  refuse (forward, make_request (FAIRLEAD_FORWARD_COUNT, 127, 80, 1), fd, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    refuse (forward, one, others[i], 1);
  g_assert_cmpint (ask (forward, &two, mixed, 2), ==, EINVAL);
  g_assert_cmpuint (count_ports (forward, 1, 65535), ==, 0);
  close_all (others, G_N_ELEMENTS (others));
}

static void
test_hostile (FairleadTestFixture *fixture,
              gconstpointer        data)
{
  const FairleadForwardRequest good = make_request (FAIRLEAD_FORWARD_ADD, 10, 80, 1);
  const struct { FairleadForwardRequest request; char more; } longer = { good, 0 };
  int fd = listen_port (9000);
  Forward forward;

  g_test_summary ("A malformed request is answered with an error, has no effect, and leaves no descriptor behind");

  start (&forward, fixture);
  refuse_fields (&forward, fd);
  refuse_targets (&forward, fd);
  refuse_descriptors (&forward, fd);
  for (gsize i = 1; i < sizeof good; i++)
    g_assert_cmpint (ask_raw (&forward, &good, i, &fd, 1, NULL), ==, EINVAL);
  g_assert_cmpint (ask_raw (&forward, &longer, sizeof longer, &fd, 1, NULL), ==, EINVAL);

  g_assert_cmpint (ask (&forward, &good, &fd, 1), ==, 0);
  g_assert_cmpuint (count_ports (&forward, 1, 65535), ==, 1);
  while (count_fds (forward.pid) != forward.n_fds + 1)
    g_thread_yield ();
  close (fd);
  stop (&forward);
}

/* Random bytes, in whole requests and not, with a descriptor and without. Seeded by --seed. */
static void
test_noise (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  int fd = listen_port (9000);
  Forward forward;

  g_test_summary ("Noise does no harm");

  start (&forward, fixture);
  for (guint i = 0; i < 2000; i++)
    {
      FairleadForwardRequest request = make_request (g_test_rand_int_range (0, 5), 10, 80, 1);
      guint8 *bytes = (guint8 *) &request;
      const guint n_changes = g_test_rand_int_range (0, 4);

      for (guint j = 0; j < n_changes; j++)
        bytes[g_test_rand_int_range (0, sizeof request)] = g_test_rand_int_range (0, 256);
      ask_raw (&forward, &request, g_test_rand_int_range (1, sizeof request + 1), &fd, g_test_rand_int_range (0, 2), NULL);
    }
  g_assert_cmpuint (count_ports (&forward, 1, 65535), <=, 1);
  close (fd);
  stop (&forward);
}

static void
test_silent (FairleadTestFixture *fixture,
             gconstpointer        data)
{
  int silent[16];
  Forward forward;
  char byte;
  int fd;

  g_test_summary ("Those who connect and say nothing hold up nobody, and are not taken without end");

  start (&forward, fixture);
  for (guint i = 0; i < 15; i++)
    silent[i] = connect_to (&forward);
  g_assert_cmpuint (count_ports (&forward, 1, 65535), ==, 0);
  silent[15] = connect_to (&forward);
  fd = connect_to (&forward);
  g_assert_cmpint (recv (fd, &byte, 1, 0), <=, 0);
  close (fd);
  close_all (silent, 16);
  while (count_fds (forward.pid) != forward.n_fds)
    g_thread_yield ();
  g_assert_cmpuint (count_ports (&forward, 1, 65535), ==, 0);
  stop (&forward);
}

static void
test_stranger (FairleadTestFixture *fixture,
               gconstpointer        data)
{
  Forward forward;
  int status;
  pid_t pid;

  g_test_summary ("Another user is not heard, even if the files let him in");

  start (&forward, fixture);
  g_assert_no_errno (chmod (fixture->directory, 0711));
  g_assert_no_errno (chmod (forward.path, 0777));
  pid = fork ();
  if (pid == 0)
    {
      char byte;
      int fd;

      if (setresuid (65534, 65534, 65534) < 0)
        _exit (77);
      fd = connect_to (&forward);
      _exit (recv (fd, &byte, 1, 0) > 0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  stop (&forward);
  if (WEXITSTATUS (status) == 77)
    g_test_skip ("no other user can be had in a user namespace of one's own");
  else
    g_assert_cmpint (status, ==, 0);
}

static void
test_usage (FairleadTestFixture *fixture,
            gconstpointer        data)
{
  const char *argv[] = { TEST_FORWARD, NULL };
  g_autoptr (FairleadProcess) process = fairlead_process_new (argv);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Started by hand it says whose it is");

  fairlead_process_run (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fairlead_process_get_exit_status (process), ==, 2);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *reason = NULL;

  fairlead_test_init (&argc, &argv);
  if (!fairlead_test_enter_host (&reason))
    return fairlead_test_skip_all (reason);
  fairlead_test_add ("/fairlead/forward/known", test_known);
  fairlead_test_add ("/fairlead/forward/hostile", test_hostile);
  fairlead_test_add ("/fairlead/forward/noise", test_noise);
  fairlead_test_add ("/fairlead/forward/silent", test_silent);
  fairlead_test_add ("/fairlead/forward/stranger", test_stranger);
  fairlead_test_add ("/fairlead/forward/usage", test_usage);
  return g_test_run ();
}
