/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A network configuration list of CNI: a name, a version and the plugins to call, in order. Immutable, counted by
 * reference, safe to share between threads. */
typedef struct _FairleadCniConfig FairleadCniConfig;

#define FAIRLEAD_TYPE_CNI_CONFIG (fairlead_cni_config_get_type ())

GType               fairlead_cni_config_get_type          (void) G_GNUC_CONST;

FairleadCniConfig  *fairlead_cni_config_new_for_file      (const char         *file,
                                                           GError            **error);
/* (nullable) The name that a file which cannot be used gives its network. */
char               *fairlead_cni_config_dup_name_in_file  (const char         *file);
FairleadCniConfig  *fairlead_cni_config_new_from_text     (const char         *text,
                                                           gssize              length,
                                                           const char         *origin,
                                                           GError            **error);
FairleadCniConfig  *fairlead_cni_config_with_version      (FairleadCniConfig  *self,
                                                           const char         *version);
FairleadCniConfig  *fairlead_cni_config_ref               (FairleadCniConfig  *self);
void                fairlead_cni_config_unref             (FairleadCniConfig  *self);
const char         *fairlead_cni_config_get_name          (FairleadCniConfig  *self);
const char         *fairlead_cni_config_get_file          (FairleadCniConfig  *self);
const char         *fairlead_cni_config_get_version       (FairleadCniConfig  *self);
const char * const *fairlead_cni_config_get_versions      (FairleadCniConfig  *self);
gboolean            fairlead_cni_config_get_disable_check (FairleadCniConfig  *self);
gboolean            fairlead_cni_config_get_disable_gc    (FairleadCniConfig  *self);
guint               fairlead_cni_config_get_n_plugins     (FairleadCniConfig  *self);
GVariant           *fairlead_cni_config_get_plugin        (FairleadCniConfig  *self,
                                                           guint               index);
const char         *fairlead_cni_config_get_plugin_type   (FairleadCniConfig  *self,
                                                           guint               index);
const char         *fairlead_cni_config_get_ipam_type     (FairleadCniConfig  *self,
                                                           guint               index);
gboolean            fairlead_cni_config_plugin_declares   (FairleadCniConfig  *self,
                                                           guint               index,
                                                           const char         *capability);
gboolean            fairlead_cni_config_declares          (FairleadCniConfig  *self,
                                                           const char         *capability);
char              **fairlead_cni_config_list_capabilities (FairleadCniConfig  *self);
gboolean            fairlead_cni_config_has_plugin        (FairleadCniConfig  *self,
                                                           const char         *type);
char               *fairlead_cni_config_to_text           (FairleadCniConfig  *self);

gboolean            fairlead_cni_config_check_name        (const char         *name,
                                                           GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniConfig, fairlead_cni_config_unref)

G_END_DECLS
