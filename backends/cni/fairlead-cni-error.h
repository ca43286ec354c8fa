/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Error codes of the CNI specification that this runtime gives or acts on. */
enum
{
  FAIRLEAD_CNI_CODE_UNKNOWN_CONTAINER   = 3,
  FAIRLEAD_CNI_CODE_INVALID_ENVIRONMENT = 4,
  FAIRLEAD_CNI_CODE_TRY_AGAIN           = 11,
};

/* How a call of a plugin failed. */
typedef struct
{
  const char *verb;
  const char *type;
  const char *path;
  const char *network;
  const char *msg;       /* (nullable) */
  const char *details;   /* (nullable) */
  const char *reason;    /* (nullable) what is wrong with the answer, where there is no msg */
  const char *stderr_tail; /* (nullable) */
  gint64 code;           /* -1 if the plugin gave none */
  gboolean unstarted;    /* it could not be run at all */
  int exit_status;       /* -1 if it did not exit */
  int signal;            /* 0 if it was not killed */
} FairleadCniFailure;

void fairlead_cni_error_set_failure (GError                  **error,
                                     FairleadError             code,
                                     const FairleadCniFailure *failure);
void fairlead_cni_error_blame       (GError                   *error,
                                     const char               *verb,
                                     const char               *type,
                                     const char               *network);
gboolean fairlead_cni_error_is_unstarted (const GError            *error);
void fairlead_cni_error_set_invalid (GError                  **error,
                                     guint32                   cni_code,
                                     const char               *cni_details,
                                     const char               *format,
                                     ...) G_GNUC_PRINTF (4, 5);
void fairlead_cni_error_append      (GError                   *error,
                                     const char               *text);
void fairlead_cni_error_collect     (GError                  **error,
                                     GError                   *another);

G_END_DECLS
