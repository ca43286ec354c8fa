/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-slirp-network.h"

G_BEGIN_DECLS

/* Published ports: each single port is a forward of slirp4netns, whose id is kept in the attachment's document. */

/* Whether slirp4netns can publish it at all. */
gboolean fairlead_slirp_ports_check     (FairleadSlirpNetwork  *network,
                                         FairleadPortMapping   *mapping,
                                         GError               **error);
gboolean fairlead_slirp_ports_publish   (FairleadAttachment    *attachment,
                                         const char            *api_path,
                                         FairleadPortMapping   *mapping,
                                         GCancellable          *cancellable,
                                         GError               **error);
gboolean fairlead_slirp_ports_unpublish (FairleadAttachment    *attachment,
                                         const char            *api_path,
                                         FairleadPortMapping   *mapping,
                                         GCancellable          *cancellable,
                                         GError               **error);
/* Whether all that were published still are. */
gboolean fairlead_slirp_ports_verify    (FairleadAttachment    *attachment,
                                         const char            *api_path,
                                         GCancellable          *cancellable,
                                         GError               **error);

G_END_DECLS
