/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The program fairlead-forward of an attachment, which passes connections to published ports on. It is in the document
 * under these keys. */
#define FAIRLEAD_FORWARDER_KEY_PID        "forwarder-pid"
#define FAIRLEAD_FORWARDER_KEY_START_TIME "forwarder-start-time"

/* Starts it, to end with the process behind @helper_pidfd, which is taken. The attachment has its addresses by now. */
gboolean fairlead_forwarder_start       (FairleadAttachment   *attachment,
                                         int                   helper_pidfd,
                                         guint                 time_limit,
                                         GCancellable         *cancellable,
                                         GError              **error);
/* Whether it was ever started, and its number. */
gboolean fairlead_forwarder_is_recorded (FairleadAttachment   *attachment,
                                         int                  *pid);
gboolean fairlead_forwarder_is_running  (FairleadAttachment   *attachment);
/* One that is gone, or never was, is a success. Its ports are free afterwards. */
gboolean fairlead_forwarder_stop        (FairleadAttachment   *attachment,
                                         GError              **error);

/* (element-type FairleadPortMapping) The mapping for each address to listen on: without a host address that is any of
 * IPv4, and any of IPv6 where the host has it. */
GPtrArray *fairlead_forwarder_split     (FairleadPortMapping  *mapping);
/* After a failure some ports of the mapping may be there; remove takes them away. */
gboolean fairlead_forwarder_add         (FairleadAttachment   *attachment,
                                         FairleadPortMapping  *mapping,
                                         GCancellable         *cancellable,
                                         GError              **error);
gboolean fairlead_forwarder_remove      (FairleadAttachment   *attachment,
                                         FairleadPortMapping  *mapping,
                                         GError              **error);
/* FAIRLEAD_ERROR_NOT_FOUND if a port is not there. */
gboolean fairlead_forwarder_check       (FairleadAttachment   *attachment,
                                         FairleadPortMapping  *mapping,
                                         GError              **error);

G_END_DECLS
