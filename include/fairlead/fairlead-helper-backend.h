/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-backend.h"
#include "fairlead-process.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_HELPER_BACKEND (fairlead_helper_backend_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (FairleadHelperBackend, fairlead_helper_backend, FAIRLEAD, HELPER_BACKEND, FairleadBackend)

/**
 * FairleadHelperBackendClass:
 * @parent_class: the parent class
 * @program: the file name of the helper program, set in class_init
 * @started: tells the attachment what is known of it before the program is ready, such as addresses that it is told to
 *   use. [method@Fairlead.HelperBackend.start] calls it while the program starts up, so that it costs no time. %NULL if
 *   there is nothing to tell
 *
 * The class of backends whose attachments are kept by a helper program each. Its size is part of the backend ABI.
 *
 * Since: 1.0
 */
struct _FairleadHelperBackendClass
{
  FairleadBackendClass parent_class;

  const char *program;

  gboolean (*started) (FairleadHelperBackend  *self,
                       FairleadAttachment     *attachment,
                       GError                **error);

  /*< private >*/
  gpointer _reserved[8];
};

FAIRLEAD_AVAILABLE_IN_1_0
FairleadProgram *fairlead_helper_backend_find_program  (FairleadHelperBackend  *self,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_helper_backend_check_tun     (FairleadHelperBackend  *self,
                                                        GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_helper_backend_plan_tap      (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment);
FAIRLEAD_AVAILABLE_IN_1_0
const char      *fairlead_helper_backend_get_mac       (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment);
FAIRLEAD_AVAILABLE_IN_1_0
int              fairlead_helper_backend_open_exit_fd  (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment,
                                                        GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_helper_backend_start         (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment,
                                                        FairleadProcess        *process,
                                                        gboolean                skip_dad,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_helper_backend_forward_ports (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_helper_backend_is_running    (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_helper_backend_check_running (FairleadHelperBackend  *self,
                                                        FairleadAttachment     *attachment,
                                                        GError                **error);

G_END_DECLS
