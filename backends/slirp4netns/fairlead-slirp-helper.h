/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-slirp-network.h"

G_BEGIN_DECLS

/* How slirp4netns is run; the backend's own keys, and the program that was found. */
typedef struct
{
  FairleadHelperBackend *backend;
  FairleadProgram       *program;
  gboolean               sandbox;
  gboolean               seccomp;
} FairleadSlirpSettings;

/* Whether this program can do what the settings and the network ask for, and /dev/net/tun can be opened. */
gboolean fairlead_slirp_helper_check   (const FairleadSlirpSettings  *settings,
                                        FairleadSlirpNetwork         *network,
                                        GError                      **error);
/* Starts slirp4netns for the attachment and waits until the tap interface is configured. */
gboolean fairlead_slirp_helper_start   (const FairleadSlirpSettings  *settings,
                                        FairleadAttachment           *attachment,
                                        GCancellable                 *cancellable,
                                        GError                      **error);
/* (nullable) */
char    *fairlead_slirp_helper_dup_api (FairleadAttachment           *attachment);

G_END_DECLS
