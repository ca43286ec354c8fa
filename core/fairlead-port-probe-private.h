/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead-port-mapping.h>

G_BEGIN_DECLS

/* A socket that is bound to port @number of the mapping on the host, counted from 0, and listens if its protocol does. It
 * is closed on exec. Negative with @error set, to what fairlead_port_mapping_check_free() says, if that cannot be. */
int fairlead_port_mapping_listen (FairleadPortMapping  *self,
                                  guint                 number,
                                  GError              **error);

G_END_DECLS
