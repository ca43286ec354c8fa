/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A table for people: headings, then rows, in columns as wide as their widest cell. */
typedef struct _FairleadTable FairleadTable;

/* A heading that starts with ">" is of a column of numbers, which are set flush right. */
FairleadTable *fairlead_table_new     (const char * const *headings);
void           fairlead_table_free    (FairleadTable      *self);
/* Takes one newly allocated string a column. */
void           fairlead_table_add     (FairleadTable      *self,
                                       ...);
void           fairlead_table_print   (FairleadTable      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadTable, fairlead_table_free)

G_END_DECLS
