/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Of the program fairlead-forward; see the head of fairlead-forward.c. All of it runs on one thread. */

/* A descriptor that is watched. What it belongs to begins with it. */
typedef struct ForwardSource ForwardSource;

struct ForwardSource
{
  int             fd; /* (owned) -1 once it is closed */
  void          (*handle) (ForwardSource *self,
                           uint32_t       events);
  ForwardSource  *next_free;
};

typedef union
{
  struct sockaddr         any;
  struct sockaddr_in      ipv4;
  struct sockaddr_in6     ipv6;
  struct sockaddr_storage storage;
} ForwardAddress;

/* A published port. */
typedef struct ForwardListener ForwardListener;

struct ForwardListener
{
  ForwardSource    source;
  int              protocol;
  ForwardAddress   host;   /* as the socket says */
  ForwardAddress   target; /* in the container */
  ForwardListener *next;
};

/* Of the descriptors that this process may have, TCP takes up to five eighths, and each of these one of so many parts. */
#define FORWARD_UDP_SHARE       8
#define FORWARD_PIPES_SHARE     8
#define FORWARD_LISTENERS_SHARE 10

extern ForwardListener *forward_listeners;
extern int64_t          forward_now;  /* milliseconds */
extern size_t           forward_room; /* descriptors that this process may have */

/* The loop. What is closed may still have events waiting, so it is freed after those. */
bool      forward_watch       (ForwardSource        *source,
                               uint32_t              events);
void      forward_change      (ForwardSource        *source,
                               uint32_t              events);
void      forward_unwatch     (ForwardSource        *source);
void      forward_close       (ForwardSource        *source);
void      forward_free_later  (ForwardSource        *source);

socklen_t forward_get_length  (const ForwardAddress *address);
uint16_t  forward_get_port    (const ForwardAddress *address);
bool      forward_same_host   (const ForwardAddress *one,
                               const ForwardAddress *other);
bool      forward_set_option  (int                   fd,
                               int                   level,
                               int                   option,
                               int                   value);

/* Requests of the library. */
bool      forward_control_start (int fd);

/* Each takes the listener's socket in, and lets go of it. */
bool      forward_tcp_add     (ForwardListener      *listener);
bool      forward_udp_add     (ForwardListener      *listener);
void      forward_udp_remove  (ForwardListener      *listener);

/* What is to be done without an event, and the milliseconds until then; -1 for never. */
int       forward_tcp_run     (void);
int       forward_udp_run     (void);

/* Gives up what the program can do without. False with errno set. */
bool      forward_confine     (void);
