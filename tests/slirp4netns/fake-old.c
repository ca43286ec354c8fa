/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A version that knows no sandbox. */
#include "fake.h"

int
main (int    argc,
      char **argv)
{
  introduce (argc, argv, "--configure --exit-fd=FD --ready-fd=FD --mtu=MTU --api-socket=PATH --cidr=CIDR\n"
                         "--disable-host-loopback --netns-type=TYPE --macaddress=MAC --enable-sandboxes\n");
  return 1;
}
