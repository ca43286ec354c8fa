/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fairlead/fairlead-backend-module.h>
#include <fairlead/fairlead.h>

#include "layout.h"

const AbiStructure abi_1_0[] = { ABI_STRUCTURES };
