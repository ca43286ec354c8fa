/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Waits for the address that the kernel makes of a router advertisement. */
FairleadInterfaceAddress *
         fairlead_slirp_ipv6_wait        (FairleadNetns      *netns,
                                          const char         *interface_name,
                                          GCancellable       *cancellable,
                                          GError            **error);

G_END_DECLS
