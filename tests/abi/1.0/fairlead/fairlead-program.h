/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_PROGRAM (fairlead_program_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadProgram, fairlead_program, FAIRLEAD, PROGRAM, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
const char *fairlead_program_get_path    (FairleadProgram  *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char *fairlead_program_get_version (FairleadProgram  *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean    fairlead_program_has_option  (FairleadProgram  *self,
                                          const char       *option);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean    fairlead_program_require     (FairleadProgram  *self,
                                          const char       *option,
                                          const char       *purpose,
                                          GError          **error);

G_END_DECLS
