/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

void fairlead_request_set_error_details (FairleadRequest *self,
                                         GVariant        *details);

G_END_DECLS
