/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* What is to be done about duplicate address detection: on a network of two it only delays, by some seconds. */
typedef struct
{
  char value[16]; /* of the sysctl before; "" if it was not changed */
} FairleadSlirpDad;

gboolean fairlead_slirp_ipv6_disable_dad (FairleadNetns      *netns,
                                          FairleadSlirpDad   *dad,
                                          GError            **error);
gboolean fairlead_slirp_ipv6_restore_dad (FairleadNetns      *netns,
                                          FairleadSlirpDad   *dad,
                                          GError            **error);
/* Waits for the address that the kernel makes of a router advertisement. */
FairleadInterfaceAddress *
         fairlead_slirp_ipv6_wait        (FairleadNetns      *netns,
                                          const char         *interface_name,
                                          GCancellable       *cancellable,
                                          GError            **error);

G_END_DECLS
