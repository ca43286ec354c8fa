/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The address of the host that @text stands for, an address or an interface's name; checked to be the host's. @key is
 * what to blame. */
char *fairlead_slirp_outbound_resolve (const char     *key,
                                       const char     *text,
                                       GSocketFamily   family,
                                       GError        **error);

G_END_DECLS
