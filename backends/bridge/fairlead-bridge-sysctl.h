/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Settings below /proc/sys, of the network namespace of the calling thread. Names have slashes, as names of links can have
 * dots. Nothing here needs GLib's threads, so it can run inside a container. */

gboolean  fairlead_bridge_sysctl_read   (const char  *name,
                                         int         *value);
gboolean  fairlead_bridge_sysctl_write  (const char  *name,
                                         int          value,
                                         GError     **error);
/* Of a link: "net/FAMILY/conf/LINK/NAME", where FAMILY is ipv4 or ipv6. A kernel without IPv6 has none of the latter, and
 * needs none. */
gboolean  fairlead_bridge_sysctl_set    (const char  *family,
                                         const char  *link,
                                         const char  *name,
                                         int          value,
                                         GError     **error);

G_END_DECLS
