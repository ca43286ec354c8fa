/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A version that knows no sandbox, or cannot close the host's loopback. */
#include "fake.h"

int
main (int    argc,
      char **argv)
{
  introduce (argc, argv, "--configure --exit-fd=FD --ready-fd=FD --mtu=MTU --api-socket=PATH --cidr=CIDR\n"
                         "--disable-host-loopback --netns-type=TYPE --macaddress=MAC --enable-sandboxes\n"
                         "--foreground --pid FILE --no-netns-quit --netns PATH --config-net --ns-ifname NAME\n"
                         "--ns-mac-addr ADDR --mtu MTU --tcp-ns SPEC --udp-ns SPEC\n");
  return 1;
}
