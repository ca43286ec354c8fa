/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* What a test of something that touches the kernel needs. A main() looks like this:
 *
 *   fairlead_test_init (&argc, &argv);
 *   if (!fairlead_test_enter_host (&reason))
 *     return fairlead_test_skip_all (reason);
 *
 *   fairlead_test_add ("/fairlead/netns/pinned", test_pinned);
 *   return g_test_run ();
 */

/* Like g_test_init(), and forgets what of the caller's environment would change the results. */
void      fairlead_test_init        (int                       *argc,
                                     char                    ***argv);
/* Makes this process a host of its own: mount and network namespace are private (and the user namespace, unless it is
 * root), /run is empty, the loopback interface is up. To be called in main(), before any thread exists. */
gboolean  fairlead_test_enter_host  (char                     **reason);
/* Reports that nothing of this program can be tested; what main() returns. */
int       fairlead_test_skip_all    (const char                *reason);

/* Each test case has a directory of its own, and fails if it leaves a descriptor, a thread in another network
 * namespace, a dead child or a mount behind. */
typedef struct
{
  char        *directory;   /* empty at the start, removed at the end with all that is in it */
  GHashTable  *descriptors;
  GHashTable  *mounts;
  guint64      netns_inode;
} FairleadTestFixture;

void      fairlead_test_set_up      (FairleadTestFixture       *fixture,
                                     gconstpointer              data);
void      fairlead_test_tear_down   (FairleadTestFixture       *fixture,
                                     gconstpointer              data);
char     *fairlead_test_path        (FairleadTestFixture       *fixture,
                                     const char                *name);

#define fairlead_test_add(path, func) \
  g_test_add ((path), FairleadTestFixture, NULL, fairlead_test_set_up, (func), fairlead_test_tear_down)

/* Fails unless every thread of this process is in the network namespace @inode. */
void      fairlead_test_check_threads (guint64                  inode);

/* In place of a network namespace: the other machine of fairlead-testhost.h. */
#define FAIRLEAD_TEST_OUTSIDE (-2)

/* A server that answers with what it got, until it is stopped. @netns_fd is a network namespace, or -1 for the
 * current one; @type is SOCK_STREAM or SOCK_DGRAM; port 0 takes any. */
typedef struct _FairleadTestEcho FairleadTestEcho;

FairleadTestEcho *fairlead_test_echo_start    (int                netns_fd,
                                               int                type,
                                               const char        *address,
                                               guint16            port);
guint16           fairlead_test_echo_get_port (FairleadTestEcho  *self);
/* The address that the last client had, as the server saw it; NULL if there was none. */
char             *fairlead_test_echo_dup_peer (FairleadTestEcho  *self);
void              fairlead_test_echo_stop     (FairleadTestEcho  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadTestEcho, fairlead_test_echo_stop)

/* A client of it: sends @length bytes and expects them back, all within a few seconds. */
gboolean          fairlead_test_exchange      (int                netns_fd,
                                               int                type,
                                               const char        *address,
                                               guint16            port,
                                               gsize              length,
                                               GError           **error);

/* Both at once: a server on @server_port of all addresses in one namespace, a client of @address and @port in another. */
gboolean          fairlead_test_tcp_roundtrip (int                server_netns_fd,
                                               guint16            server_port,
                                               int                client_netns_fd,
                                               const char        *address,
                                               guint16            port,
                                               GError           **error);
gboolean          fairlead_test_udp_roundtrip (int                server_netns_fd,
                                               guint16            server_port,
                                               int                client_netns_fd,
                                               const char        *address,
                                               guint16            port,
                                               GError           **error);

G_END_DECLS
