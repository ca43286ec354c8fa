/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-netns.h"

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
void             fairlead_process_set_private_mounts (FairleadProcess *self,
                                                    gboolean             private_mounts);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_join_userns_of   (FairleadProcess     *self,
                                                    FairleadNetns       *netns);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_join_netns       (FairleadProcess     *self,
                                                    FairleadNetns       *netns,
                                                    GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_set_ready_fd     (FairleadProcess     *self,
                                                    int                  target_fd);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_process_set_held         (FairleadProcess     *self,
                                                    gboolean             held);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_run              (FairleadProcess     *self,
                                                    GCancellable        *cancellable,
                                                    GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_start            (FairleadProcess     *self,
                                                    GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_wait_ready       (FairleadProcess     *self,
                                                    GCancellable        *cancellable,
                                                    GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_end_with         (FairleadProcess     *self,
                                                    int                  fd,
                                                    GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
int              fairlead_process_get_pid          (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint64          fairlead_process_get_start_time   (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
int              fairlead_process_get_exit_status  (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
int              fairlead_process_get_term_signal  (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
GBytes          *fairlead_process_get_output       (FairleadProcess     *self);
FAIRLEAD_AVAILABLE_IN_1_0
GBytes          *fairlead_process_get_error_output (FairleadProcess     *self);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_is_running       (int                  pid,
                                                    guint64              start_time);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_process_stop             (int                  pid,
                                                    guint64              start_time,
                                                    int                  signal_number,
                                                    GError             **error);

G_END_DECLS
