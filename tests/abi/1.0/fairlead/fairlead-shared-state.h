/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_SHARED_STATE (fairlead_shared_state_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadSharedState, fairlead_shared_state, FAIRLEAD, SHARED_STATE, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
const char  *fairlead_shared_state_get_name      (FairleadSharedState   *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant    *fairlead_shared_state_get_document  (FairleadSharedState   *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean     fairlead_shared_state_set_document  (FairleadSharedState   *self,
                                                  GVariant              *document,
                                                  GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean     fairlead_shared_state_add_user      (FairleadSharedState   *self,
                                                  const char            *user,
                                                  GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean     fairlead_shared_state_remove_user   (FairleadSharedState   *self,
                                                  const char            *user,
                                                  GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean     fairlead_shared_state_has_user      (FairleadSharedState   *self,
                                                  const char            *user);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean     fairlead_shared_state_has_users     (FairleadSharedState   *self);
FAIRLEAD_AVAILABLE_IN_1_0
char       **fairlead_shared_state_list_users    (FairleadSharedState   *self,
                                                  GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
const char  *fairlead_shared_state_get_directory (FairleadSharedState   *self);
FAIRLEAD_AVAILABLE_IN_1_0
void         fairlead_shared_state_close         (FairleadSharedState   *self);

G_END_DECLS
