/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* One port that slirp4netns forwards. */
typedef struct
{
  FairleadProtocol  protocol;
  const char       *host_address;
  guint             host_port;
  const char       *guest_address;
  guint             guest_port;
} FairleadSlirpForward;

/* The requests of slirp4netns's API socket @path; see slirp4netns(1), "API SOCKET". */
gboolean  fairlead_slirp_api_add_hostfwd    (const char                  *path,
                                             const FairleadSlirpForward  *forward,
                                             guint64                     *id,
                                             GCancellable                *cancellable,
                                             GError                     **error);
gboolean  fairlead_slirp_api_remove_hostfwd (const char                  *path,
                                             guint64                      id,
                                             GCancellable                *cancellable,
                                             GError                     **error);
/* The ids of all forwards: a GArray of guint64. */
GArray   *fairlead_slirp_api_list_hostfwd   (const char                  *path,
                                             GCancellable                *cancellable,
                                             GError                     **error);

G_END_DECLS
