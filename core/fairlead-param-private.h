/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* One place where text of keyfiles, requests and state becomes a property's value and back. */

GParamSpec **fairlead_param_list          (GObjectClass  *object_class,
                                           GParamFlags    flags,
                                           guint         *n_pspecs);
GParamSpec  *fairlead_param_find          (GParamSpec   **pspecs,
                                           guint          n_pspecs,
                                           const char    *key,
                                           GError       **error);
gboolean     fairlead_param_parse         (GParamSpec    *pspec,
                                           const char    *text,
                                           GValue        *value,
                                           GError       **error);
gboolean     fairlead_param_set_text      (GObject       *object,
                                           GParamSpec    *pspec,
                                           const char    *text,
                                           GError       **error);
char        *fairlead_param_dup_text      (GObject       *object,
                                           GParamSpec    *pspec);
char        *fairlead_param_dup_default   (GParamSpec    *pspec);
const char  *fairlead_param_get_type_name (GParamSpec    *pspec);
char        *fairlead_param_dup_range     (GParamSpec    *pspec);

G_END_DECLS
