/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The file of a module that is to provide backend @name: the first in @dirs; NULL if there is none. */
char           *fairlead_module_find             (const char * const  *dirs,
                                                  const char          *name);
/* All modules in @dirs, the first of each name; those that cannot be loaded, or have no backend that can be used, have
 * their problem set. */
GListModel     *fairlead_module_list             (const char * const  *dirs);
/* Opens the module, checks its descriptor, and makes it resident. */
FairleadModule *fairlead_module_open             (const char          *file,
                                                  const char          *name,
                                                  GError             **error);
/* The type of its backend; the first code of the module that runs. */
GType           fairlead_module_get_backend_type (FairleadModule      *self,
                                                  GError             **error);
gboolean        fairlead_module_name_is_valid    (const char          *name);

G_END_DECLS
