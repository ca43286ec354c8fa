/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define FAIRLEAD_INSIDE
#include "fairlead-attachment.h"
#include "fairlead-backend.h"
#include "fairlead-config.h"
#include "fairlead-container.h"
#include "fairlead-enums.h"
#include "fairlead-error.h"
#include "fairlead-interface-address.h"
#include "fairlead-interface.h"
#include "fairlead-json.h"
#include "fairlead-manager.h"
#include "fairlead-module.h"
#include "fairlead-netns.h"
#include "fairlead-network.h"
#include "fairlead-param.h"
#include "fairlead-port-mapping.h"
#include "fairlead-process.h"
#include "fairlead-request.h"
#include "fairlead-route.h"
#include "fairlead-stats.h"
#include "fairlead-types.h"
#include "fairlead-version-macros.h"
#include <fairlead/fairlead-version.h>
#undef FAIRLEAD_INSIDE
