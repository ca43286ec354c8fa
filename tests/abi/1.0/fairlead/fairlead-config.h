/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_CONFIG (fairlead_config_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadConfig, fairlead_config, FAIRLEAD, CONFIG, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadConfig     *fairlead_config_new                 (void);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadConfig     *fairlead_config_new_default         (GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadConfig     *fairlead_config_new_for_dirs        (const char * const   *dirs,
                                                         GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean            fairlead_config_set                 (FairleadConfig       *self,
                                                         const char           *group,
                                                         const char           *key,
                                                         const char           *text,
                                                         GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_config_get_text            (FairleadConfig       *self,
                                                         const char           *group,
                                                         const char           *key);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_config_get_origin          (FairleadConfig       *self,
                                                         const char           *group,
                                                         const char           *key);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_config_get_default_network (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char * const *fairlead_config_get_backend_dirs    (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char * const *fairlead_config_get_auto_networks   (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char * const *fairlead_config_get_discover        (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadIdMap       fairlead_config_get_id_map          (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint               fairlead_config_get_lock_timeout    (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_config_get_netns_dir       (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_config_get_state_dir       (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
char              **fairlead_config_dup_networks        (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
char              **fairlead_config_dup_containers      (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadRequest    *fairlead_config_new_request         (FairleadConfig       *self,
                                                         const char           *container_id,
                                                         GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant           *fairlead_config_dup_keys            (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant           *fairlead_config_dup_values          (FairleadConfig       *self);
FAIRLEAD_AVAILABLE_IN_1_0
char              **fairlead_config_dup_files           (FairleadConfig       *self);

G_END_DECLS
