/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_OPTIONS SLIRP_OPTIONS PASTA_OPTIONS

#define SLIRP_OPTIONS \
  "--configure --exit-fd=FD --ready-fd=FD --mtu=MTU --enable-ipv6 --api-socket=PATH --cidr=CIDR\n" \
  "--disable-host-loopback --netns-type=TYPE --enable-sandbox --enable-seccomp --outbound-addr=IPv4\n" \
  "--outbound-addr6=IPv6 --disable-dns --macaddress=MAC\n"
#define PASTA_OPTIONS \
  "--foreground --pid FILE --no-netns-quit --netns PATH --config-net --ns-ifname NAME --ns-mac-addr ADDR --mtu MTU\n" \
  "--no-map-gw --tcp-ns SPEC --udp-ns SPEC --tcp-ports SPEC --udp-ports SPEC --dns-forward ADDR --runas UID:GID\n"

/* What each fake answers when it is asked what it is. */
static inline void
introduce (int         argc,
           char      **argv,
           const char *options)
{
  if (argc == 2 && strcmp (argv[1], "--version") == 0)
    puts ("helper version fake");
  else if (argc == 2 && strcmp (argv[1], "--help") == 0)
    fputs (options, stdout);
  else
    return;
  exit (0);
}
