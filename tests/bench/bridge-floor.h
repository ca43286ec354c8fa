/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* What attaching a container to a bridge costs at the least: the same messages to the kernel as the bridge backend sends, and
 * nothing around them. No state, no lock, no lease, no check, no error message. */

typedef struct
{
  int         route_fd;
  int         nft_fd;
  const char *bridge;
  const char *table;
  uint8_t     gateway[4];
  uint8_t     gateway6[16];
  int         hairpin;
} Floor;

typedef struct
{
  char     host_name[16];
  uint8_t  address[4];
  uint8_t  address6[16];
  uint16_t ports[2];    /* of the host, to 80 and 81 */
} FloorContainer;

/* All give 0, or -1 with errno. */
int floor_open          (Floor                *floor);
int floor_attach        (Floor                *floor,
                         const FloorContainer *container,
                         int                   netns_fd);
/* Withdraws the published ports. */
int floor_withdraw      (Floor                *floor,
                         const FloorContainer *container);
/* Takes the link out of the bridge. */
int floor_release       (Floor                *floor,
                         const FloorContainer *container);
int floor_delete        (Floor                *floor,
                         const FloorContainer *container);
