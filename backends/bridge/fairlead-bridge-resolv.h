/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* What a resolv.conf says, as far as it can be used in a container: no server on a loopback address, which would be the
 * container's own, and none with a zone. */
typedef struct
{
  char **servers;
  char **searches;
  char **options;
} FairleadBridgeResolv;

void      fairlead_bridge_resolv_clear    (FairleadBridgeResolv  *self);
void      fairlead_bridge_resolv_parse    (FairleadBridgeResolv  *self,
                                           const char            *text);
/* The host's, or what it forwards to where it is systemd-resolved's. All lists are empty if there is none. */
void      fairlead_bridge_resolv_read     (FairleadBridgeResolv  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FairleadBridgeResolv, fairlead_bridge_resolv_clear)

G_END_DECLS
