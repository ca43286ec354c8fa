/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-testhost.h"

G_BEGIN_DECLS

/* Tests of the backends that need no privilege, with the real programs, between a container and a world outside; as root,
 * and as an ordinary user with --user. What no real program does on demand, small fakes do. */

/* What differs between the backends in tests that they share. */
typedef struct
{
  const char *name;          /* of the backend, of its network and of its program */
  const char *directory;     /* of its module */
  const char *ipv4;          /* options for a container without IPv6 */
  const char *ipv6;          /* options for a container with IPv6 */
  const char *ipv6_address;  /* what its address begins with */
  const char *ipv6_dns;      /* (nullable) its second DNS server */
  const char *open_loopback; /* options for one that reaches the host's loopback at the gateway's address */
  const char *loopback_udp;  /* a port on the host's loopback that works then */
  guint16     loopback_udp_port;
  const char *lacking;       /* the option that the fake "old" should have and has not */
} RootlessBackend;

extern const RootlessBackend *rootless;
extern gboolean               rootless_is_user;

#define ROOTLESS_GATEWAY_IP "10.0.2.2"
#define ROOTLESS_DNS_IP     "10.0.2.3"

#define ROOTLESS_SERVER_PORT 7000

typedef struct
{
  FairleadTestFixture  base;
  FairleadConfig      *config;
  FairleadManager     *manager;
} RootlessFixture;

void               rootless_set_up            (RootlessFixture    *fixture,
                                               gconstpointer       data);
void               rootless_tear_down         (RootlessFixture    *fixture,
                                               gconstpointer       data);

#define rootless_add(path, func) \
  G_STMT_START { \
    g_autofree char *full_path = g_strdup_printf ("/fairlead/%s/" path, rootless->name); \
    g_test_add (full_path, RootlessFixture, NULL, rootless_set_up, (func), rootless_tear_down); \
  } G_STMT_END

/* What main() calls first: 0 if there is something to test, else what it returns, plus 1. */
int                rootless_init              (int                   *argc,
                                               char                ***argv,
                                               const RootlessBackend *backend);
/* The tests that every backend has to pass. */
void               rootless_add_traffic       (void);
void               rootless_add_program       (void);
void               rootless_add_forward       (void);

void               rootless_configure         (RootlessFixture    *fixture,
                                               const char         *group,
                                               const char         *key,
                                               const char         *value);
void               rootless_configure_backend (RootlessFixture    *fixture,
                                               const char         *key,
                                               const char         *value);
FairleadManager   *rootless_get_manager       (RootlessFixture    *fixture);
void               rootless_use_fake          (RootlessFixture    *fixture,
                                               const char         *name);
void               rootless_install_fake      (const char         *name,
                                               const char         *path);

/* How many processes have the test's directory in their command line, and files a directory of the state's. */
guint              rootless_count_helpers     (RootlessFixture    *fixture);
guint              rootless_count_files       (RootlessFixture    *fixture,
                                               const char         *name);

/* @options are those of the backend's network, or NULL; likewise @port. */
FairleadRequest   *rootless_request_new       (const char         *id,
                                               const char         *options,
                                               const char         *port);
FairleadContainer *rootless_setup             (RootlessFixture    *fixture,
                                               const char         *id,
                                               const char         *options,
                                               const char         *port);
void               rootless_setup_fails       (RootlessFixture    *fixture,
                                               const char         *options,
                                               const char         *port,
                                               int                 code,
                                               const char         *part);
void               rootless_teardown          (RootlessFixture    *fixture,
                                               const char         *id);
void               rootless_check             (RootlessFixture    *fixture,
                                               const char         *id);
void               rootless_check_fails       (RootlessFixture    *fixture,
                                               const char         *id,
                                               const char         *part);

int                rootless_open_inside       (FairleadContainer  *container);
void               rootless_exchange          (int                 netns_fd,
                                               int                 type,
                                               const char         *address,
                                               guint16             port);
guint              rootless_get_mtu           (FairleadContainer  *container);
int                rootless_get_helper_pid    (FairleadContainer  *container);
void               rootless_kill_helper       (FairleadContainer  *container);

/* The command; an "@" at the beginning of an argument stands for the backend's network. */
pid_t              rootless_start_command     (RootlessFixture    *fixture,
                                               const char         *line,
                                               int                *output_fd);
void               rootless_kill_command      (pid_t               pid);
char              *rootless_run_command       (RootlessFixture    *fixture,
                                               const char         *line);
char              *rootless_fail_command      (RootlessFixture    *fixture,
                                               const char         *prepare);

G_END_DECLS
