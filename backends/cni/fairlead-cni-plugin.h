/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Hears what is worth telling a person although nothing failed. */
typedef void (*FairleadCniNoteFunc) (const char *text,
                                     gpointer    user_data);

/* One call of one plugin. All texts are borrowed; NULL is passed on as an empty one. */
typedef struct
{
  const char *verb;
  const char *type;
  const char *path;
  const char *network;
  const char *container_id;
  const char *netns;
  const char *ifname;
  const char * const *args;
  const char *cni_path;
  GVariant *request;
  guint timeout; /* seconds */
  FairleadCniNoteFunc note; /* (nullable) */
  gpointer note_data;
} FairleadCniCall;

char     *fairlead_cni_plugin_find (const char * const     *dirs,
                                    const char             *type,
                                    GError                **error);
gboolean  fairlead_cni_plugin_call (const FairleadCniCall  *call,
                                    GVariant              **answer,
                                    GCancellable           *cancellable,
                                    GError                **error);
gboolean  fairlead_cni_plugin_read_answer (const FairleadCniCall  *call,
                                           const char             *output,
                                           const char             *stderr_tail,
                                           int                     exit_status,
                                           int                     term_signal,
                                           GVariant              **answer,
                                           GError                **error);
void      fairlead_cni_plugin_refuse_answer (const FairleadCniCall  *call,
                                             GError                **error);
char    **fairlead_cni_plugin_read_versions (const FairleadCniCall  *call,
                                             GCancellable           *cancellable,
                                             GError                **error);

G_END_DECLS
