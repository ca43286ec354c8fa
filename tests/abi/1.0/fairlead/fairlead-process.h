/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_PROCESS (fairlead_process_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadProcess, fairlead_process, FAIRLEAD, PROCESS, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadProcess *fairlead_process_new              (const char * const  *argv);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_set_environment  (FairleadProcess     *self,
                                                    const char * const  *environment);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_set_input        (FairleadProcess     *self,
                                                    GBytes              *input);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_set_time_limit   (FairleadProcess     *self,
                                                    guint                milliseconds);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_set_output_limit (FairleadProcess     *self,
                                                    gsize                bytes);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_take_fd          (FairleadProcess     *self,
                                                    int                  source_fd,
                                                    int                  target_fd);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_run              (FairleadProcess     *self,
                                                    GCancellable        *cancellable,
                                                    GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
int              fairlead_process_get_exit_status  (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
int              fairlead_process_get_term_signal  (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
GBytes          *fairlead_process_get_output       (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
GBytes          *fairlead_process_get_error_output (FairleadProcess     *self);

G_END_DECLS
