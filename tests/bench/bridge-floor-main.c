/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge-floor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The floor as a program, to compare with a command:
 *
 *   bridge-floor attach|detach BRIDGE TABLE GATEWAY GATEWAY6 HAIRPIN NAME ADDRESS ADDRESS6 PORT NETNS
 */

int
main (int    argc,
      char **argv)
{
  Floor floor = { 0 };
  FloorContainer container = { 0 };

  if (argc != 12)
    return 2;
  floor.bridge = argv[2];
  floor.table = argv[3];
  floor.hairpin = atoi (argv[6]);
  strncpy (container.host_name, argv[7], sizeof container.host_name - 1);
  container.ports[0] = atoi (argv[10]);
  container.ports[1] = container.ports[0] + 1;
  if (inet_pton (AF_INET, argv[4], floor.gateway) != 1 || inet_pton (AF_INET6, argv[5], floor.gateway6) != 1 ||
      inet_pton (AF_INET, argv[8], container.address) != 1 || inet_pton (AF_INET6, argv[9], container.address6) != 1 ||
      floor_open (&floor) < 0)
    return 1;
  if (strcmp (argv[1], "attach") == 0 ? floor_attach (&floor, &container, open (argv[11], O_RDONLY | O_CLOEXEC)) == 0
                                      : floor_withdraw (&floor, &container) == 0 && floor_delete (&floor, &container) == 0)
    return 0;
  perror (argv[1]);
  return 1;
}
