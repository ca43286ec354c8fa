/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* A program to be run in a container's network namespace. Everything that needs memory or can fail for a reason worth
 * explaining is prepared; what is left can be done between fork and exec. */
typedef struct _FairleadCommand FairleadCommand;

typedef enum
{
  FAIRLEAD_COMMAND_STEP_NETNS,
  FAIRLEAD_COMMAND_STEP_DNS,
  FAIRLEAD_COMMAND_STEP_EXEC,
} FairleadCommandStep;

typedef struct
{
  FairleadCommandStep step;
  int saved_errno;
} FairleadCommandFailure;

FairleadCommand        *fairlead_command_new    (FairleadContainer            *container,
                                                 char                        **argv,
                                                 GError                      **error);
void                    fairlead_command_free   (FairleadCommand              *self);
FairleadCommandFailure  fairlead_command_exec   (FairleadCommand              *self);
int                     fairlead_command_report (FairleadCommand              *self,
                                                 const FairleadCommandFailure *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCommand, fairlead_command_free)

G_END_DECLS
