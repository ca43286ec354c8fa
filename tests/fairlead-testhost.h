/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-testlib.h"

G_BEGIN_DECLS

/* A host with a world around it, for tests of networks that reach both. All of these are to be called in main() after
 * fairlead_test_enter_host(), before any thread exists, in this order. */

/* Another machine, on the other end of the interface "uplink". */
#define FAIRLEAD_TEST_HOST_IP     "192.0.2.1"
#define FAIRLEAD_TEST_OUTSIDE_IP  "192.0.2.2"
#define FAIRLEAD_TEST_HOST_IP6    "2001:db8::1"
#define FAIRLEAD_TEST_OUTSIDE_IP6 "2001:db8::2"

/* Makes the other machine: a process in a network namespace, from which sockets can be had by FAIRLEAD_TEST_OUTSIDE. The
 * host's DNS server is 127.0.0.1, and ordinary users may listen from port 53 on. */
gboolean fairlead_test_make_outside (char **reason);

/* Lets ordinary users open /dev/net/tun. */
gboolean fairlead_test_allow_tun    (char **reason);

/* From here on this process belongs to an ordinary user without any capability. */
gboolean fairlead_test_become_user  (char **reason);

G_END_DECLS
