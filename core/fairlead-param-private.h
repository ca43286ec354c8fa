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
                                           const char    *key,
                                           const char    *text,
                                           GError       **error);
void         fairlead_param_add_texts     (GObject       *object,
                                           GParamSpec    *pspec,
                                           GVariantBuilder *texts);
char        *fairlead_param_dup_default   (GParamSpec    *pspec);
const char  *fairlead_param_get_type_name (GParamSpec    *pspec);
char        *fairlead_param_dup_range     (GParamSpec    *pspec);
void         fairlead_param_describe      (GVariantBuilder *builder,
                                           GObjectClass    *object_class,
                                           const char      *group);

gboolean     fairlead_param_is_table      (GParamSpec    *pspec);
const char  *fairlead_param_get_member    (GParamSpec    *pspec,
                                           const char    *key);
gboolean     fairlead_param_set_member    (GObject       *object,
                                           GParamSpec    *pspec,
                                           const char    *member,
                                           const char    *text,
                                           GError       **error);
void         fairlead_param_add_members   (GObject       *object,
                                           GParamSpec    *pspec,
                                           GVariantBuilder *texts);

G_END_DECLS
