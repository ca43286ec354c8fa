/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-testlib.h"

G_BEGIN_DECLS

/* A host of the test's own with the bridge backend, and a machine outside that is joined to it by a cable:
 * 192.0.2.1 and 2001:db8::1 are the host's addresses, 192.0.2.2 and 2001:db8::2 the other's. */
typedef struct
{
  FairleadTestFixture  base;
  FairleadManager     *manager;
  char                *config_dir;
  char                *state_dir;
  char                *netns_dir;
  FairleadNetns       *outside;
  char                *outside_path;
  int                  host_fd;
  int                  outside_fd;
  char                *before;       /* what the host consists of */
} BridgeFixture;

void               bridge_set_up            (BridgeFixture      *fixture,
                                             gconstpointer       data);
/* Fails if anything is left: links, addresses, routes, rules, settings or files. */
void               bridge_tear_down         (BridgeFixture      *fixture,
                                             gconstpointer       data);

#define bridge_test_add(path, func) \
  g_test_add ((path), BridgeFixture, NULL, bridge_set_up, (func), bridge_tear_down)

/* What the command prints; it has to succeed. */
char              *bridge_run               (const char         *format,
                                             ...) G_GNUC_PRINTF (1, 2);
/* @keys are lines of the group [bridge]; the manager is opened again, so that it sees the file. */
void               bridge_write_network     (BridgeFixture      *fixture,
                                             const char         *name,
                                             const char         *keys);
FairleadManager   *bridge_new_manager       (BridgeFixture      *fixture);
/* @networks and @ports are parted by spaces; each network as with --network. */
FairleadContainer *bridge_try_setup         (BridgeFixture      *fixture,
                                             const char         *id,
                                             const char         *networks,
                                             const char         *ports,
                                             GError            **error);
FairleadContainer *bridge_setup             (BridgeFixture      *fixture,
                                             const char         *id,
                                             const char         *networks,
                                             const char         *ports);
/* Fails, with that code. */
void               bridge_setup_fails       (BridgeFixture      *fixture,
                                             const char         *id,
                                             const char         *networks,
                                             const char         *ports,
                                             FairleadError       code,
                                             const char         *text);
void               bridge_teardown          (BridgeFixture      *fixture,
                                             const char         *id);
void               bridge_collect           (BridgeFixture      *fixture);
/* Its address of a family, in its attachment number @i. */
char              *bridge_dup_address       (FairleadContainer  *container,
                                             guint               i,
                                             GSocketFamily       family);
int                bridge_open_netns        (FairleadContainer  *container);
/* A server on @server_port in one namespace, a client of @address and @port in another: they reach one another. The
 * client's address as the server saw it, if @peer is not NULL, is that one. */
void               bridge_assert_reaches    (int                 server_fd,
                                             guint16             server_port,
                                             int                 client_fd,
                                             int                 type,
                                             const char         *address,
                                             guint16             port,
                                             const char         *peer);
/* They do not. */
void               bridge_assert_blocked    (int                 server_fd,
                                             guint16             server_port,
                                             int                 client_fd,
                                             const char         *address,
                                             guint16             port);
/* Nobody answers, and the client knows at once. */
void               bridge_assert_refused    (int                 client_fd,
                                             const char         *address,
                                             guint16             port);
/* Something is missing, and check says @text about it. */
void               bridge_check_says        (BridgeFixture      *fixture,
                                             const char         *id,
                                             const char         *text);
/* Reloads, after which check finds nothing missing. */
void               bridge_reload            (BridgeFixture      *fixture,
                                             const char         *id);
/* Whether what is bridged goes through the rules of IP; FALSE if the kernel has no br_netfilter. */
gboolean           bridge_set_netfilter     (gboolean            on);
/* What `nft list` says of the table. */
char              *bridge_dup_rules         (void);
/* Waits until the links of containers whose namespaces are gone have followed. */
void               bridge_wait_for_links    (const char         *prefix);

G_END_DECLS
