/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-cni-runtime.h"

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The private document of an attachment: all that DEL and CHECK need, so that neither today's configuration nor the
 * cache is asked. */
typedef struct
{
  FairleadCniConfig *config; /* (owned) */
  char *config_text;         /* (owned) (nullable) the same, once it was written */
  FairleadCniTarget *target; /* (owned) */
  FairleadCniResult *result; /* (owned) (nullable) of the last plugin that succeeded */
  guint n_started;           /* plugins that ADD was or is about to be called of */
  gboolean complete;         /* all plugins succeeded */
  char **plugin_dirs;        /* (owned) */
  char *cache_dir;           /* (owned) */
  guint timeout;             /* seconds */
  char **skip_check;         /* (owned) */
} FairleadCniDocument;

FairleadCniDocument *fairlead_cni_document_load        (FairleadAttachment   *attachment,
                                                        GError              **error);
gboolean             fairlead_cni_document_put         (FairleadCniDocument  *self,
                                                        FairleadAttachment   *attachment,
                                                        GError              **error);
gboolean             fairlead_cni_document_store       (FairleadCniDocument  *self,
                                                        FairleadAttachment   *attachment,
                                                        GError              **error);
FairleadCniRuntime  *fairlead_cni_document_new_runtime (FairleadCniDocument  *self);
void                 fairlead_cni_document_free        (FairleadCniDocument  *self);
gboolean             fairlead_cni_document_exists      (FairleadAttachment   *attachment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniDocument, fairlead_cni_document_free)

G_END_DECLS
