/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-testlib.h"

G_BEGIN_DECLS

/* What fairlead-testlib.c and fairlead-testhost.c share: the connection to the other machine, by which sockets come. */
gboolean fairlead_test_send_fd     (int fd,
                                    int passed_fd);
void     fairlead_test_set_outside (int fd);

G_END_DECLS
