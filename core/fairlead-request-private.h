/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

void fairlead_request_set_error_details (FairleadRequest *self,
                                         GVariant        *details);

/* Makes @self end with the same descriptor as @other. */
void fairlead_request_share_exit_fd     (FairleadRequest *self,
                                         FairleadRequest *other);
/* Stays the request's; -1 if there is none. */
int  fairlead_request_get_exit_fd       (FairleadRequest *self);

G_END_DECLS
