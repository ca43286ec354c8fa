/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include <gio/gio.h>

#include "fairlead-version-macros.h"

G_BEGIN_DECLS

typedef struct _FairleadAttachment       FairleadAttachment;
typedef struct _FairleadBackend          FairleadBackend;
typedef struct _FairleadBackendModule    FairleadBackendModule;
typedef struct _FairleadConfig           FairleadConfig;
typedef struct _FairleadContainer        FairleadContainer;
typedef struct _FairleadInterface        FairleadInterface;
typedef struct _FairleadInterfaceAddress FairleadInterfaceAddress;
typedef struct _FairleadInterfaceStats   FairleadInterfaceStats;
typedef struct _FairleadManager          FairleadManager;
typedef struct _FairleadModule           FairleadModule;
typedef struct _FairleadNetns            FairleadNetns;
typedef struct _FairleadNetnsMonitor     FairleadNetnsMonitor;
typedef struct _FairleadNetwork          FairleadNetwork;
typedef struct _FairleadPortMapping      FairleadPortMapping;
typedef struct _FairleadProcess          FairleadProcess;
typedef struct _FairleadProgram          FairleadProgram;
typedef struct _FairleadRequest          FairleadRequest;
typedef struct _FairleadRoute            FairleadRoute;
typedef struct _FairleadSharedState      FairleadSharedState;
typedef struct _FairleadStats            FairleadStats;

G_END_DECLS
