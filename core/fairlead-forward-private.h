/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* How the library and fairlead-forward speak; plain C, as both include it.
 *
 * One packet of a SOCK_SEQPACKET socket is a request, and the next one back is its reply. Both sides belong to one user
 * and one version, but neither believes the other before it has looked. */

#define FAIRLEAD_FORWARD_VERSION 1

/* The name of the socket in the attachment's directory, and the program's numbers of descriptors. */
#define FAIRLEAD_FORWARD_SOCKET     "forward"
#define FAIRLEAD_FORWARD_CONTROL_FD 3
#define FAIRLEAD_FORWARD_HELPER_FD  4
#define FAIRLEAD_FORWARD_READY_FD   5

/* The kernel passes up to 253 descriptors at once. */
#define FAIRLEAD_FORWARD_MAX_SOCKETS 64

enum
{
  FAIRLEAD_FORWARD_ADD = 1, /* passes sockets of as many ports on, one for each; all or none are taken */
  FAIRLEAD_FORWARD_REMOVE,  /* closes those of so many ports of the host; what is not there counts as closed */
  FAIRLEAD_FORWARD_COUNT,   /* how many of so many ports of the host are there */
};

typedef struct
{
  uint32_t version;
  uint16_t operation;
  uint16_t protocol;    /* IPPROTO_TCP or IPPROTO_UDP */
  uint16_t family;      /* AF_INET or AF_INET6 */
  uint16_t port;        /* the first one */
  uint32_t n_ports;     /* from 1 on; for ADD up to MAX_SOCKETS */
  uint8_t  address[16]; /* for ADD of the container, else of the host; IPv4 has the first four bytes, and then zeros */
} FairleadForwardRequest;

typedef struct
{
  uint32_t version;
  int32_t  error;   /* an errno, or 0 */
  uint32_t n_ports; /* how many were added, removed or counted */
} FairleadForwardReply;
