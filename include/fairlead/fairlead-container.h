/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-attachment.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_CONTAINER (fairlead_container_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadContainer, fairlead_container, FAIRLEAD, CONTAINER, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
const char          *fairlead_container_get_id                  (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadState        fairlead_container_get_state               (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char          *fairlead_container_get_netns_path          (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetnsOrigin  fairlead_container_get_netns_origin        (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char          *fairlead_container_get_shared_container_id (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns       *fairlead_container_dup_netns               (FairleadContainer  *self,
                                                                 GError            **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel          *fairlead_container_get_attachments         (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
GDateTime           *fairlead_container_get_created             (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char          *fairlead_container_get_problem             (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant            *fairlead_container_get_error_details       (FairleadContainer  *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_container_id_is_valid             (const char         *id);

G_END_DECLS
