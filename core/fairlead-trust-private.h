/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

gboolean fairlead_trust_check (const char         *path,
                               const struct stat  *st,
                               GError            **error);

G_END_DECLS
