/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* @path is absolute, or NULL to look for @name in the system's directories. @cache_dir, which may be NULL, keeps what is
 * found out. @known, which may be NULL, is given again if it is of the same file. */
FairleadProgram *fairlead_program_find (const char       *name,
                                        const char       *path,
                                        const char       *cache_dir,
                                        FairleadProgram  *known,
                                        GCancellable     *cancellable,
                                        GError          **error);

G_END_DECLS
