/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-netns.h"
#include "fairlead-port-mapping.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_REQUEST (fairlead_request_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadRequest, fairlead_request, FAIRLEAD, REQUEST, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadRequest *fairlead_request_new                     (const char           *container_id);
FAIRLEAD_AVAILABLE_IN_1_0
const char      *fairlead_request_get_container_id        (FairleadRequest      *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns   *fairlead_request_get_netns               (FairleadRequest      *self);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_request_set_netns               (FairleadRequest      *self,
                                                           FairleadNetns        *netns);
FAIRLEAD_AVAILABLE_IN_1_0
const char      *fairlead_request_get_share_with          (FairleadRequest      *self);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_request_set_share_with          (FairleadRequest      *self,
                                                           const char           *container_id);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_request_set_exit_fd             (FairleadRequest      *self,
                                                           int                   fd,
                                                           GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_request_add_network             (FairleadRequest      *self,
                                                           const char           *name,
                                                           GVariant             *options);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_request_add_network_from_string (FairleadRequest      *self,
                                                           const char           *text,
                                                           GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_request_add_port_mapping        (FairleadRequest      *self,
                                                           FairleadPortMapping  *mapping);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel      *fairlead_request_get_port_mappings       (FairleadRequest      *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant        *fairlead_request_get_networks            (FairleadRequest      *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant        *fairlead_request_get_error_details       (FairleadRequest      *self);

G_END_DECLS
