/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_MODULE (fairlead_module_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadModule, fairlead_module, FAIRLEAD, MODULE, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_module_get_name         (FairleadModule *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_module_get_file         (FairleadModule *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_module_get_problem      (FairleadModule *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_module_get_version      (FairleadModule *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_module_get_description  (FairleadModule *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_module_get_licence      (FairleadModule *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadBackendCapabilities  fairlead_module_get_capabilities (FairleadModule *self);

G_END_DECLS
