/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_PORT_MAPPING (fairlead_port_mapping_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadPortMapping, fairlead_port_mapping, FAIRLEAD, PORT_MAPPING, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadPortMapping *fairlead_port_mapping_new                (FairleadProtocol      protocol,
                                                               GInetAddress         *host_address,
                                                               guint16               host_port,
                                                               guint16               container_port,
                                                               guint16               length);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadPortMapping *fairlead_port_mapping_new_from_string    (const char           *text,
                                                               GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
char                *fairlead_port_mapping_to_string          (FairleadPortMapping  *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadProtocol     fairlead_port_mapping_get_protocol       (FairleadPortMapping  *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress        *fairlead_port_mapping_get_host_address   (FairleadPortMapping  *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint                fairlead_port_mapping_get_host_port      (FairleadPortMapping  *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint                fairlead_port_mapping_get_container_port (FairleadPortMapping  *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint                fairlead_port_mapping_get_length         (FairleadPortMapping  *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_port_mapping_validate           (FairleadPortMapping  *self,
                                                               GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_port_mapping_check_free         (FairleadPortMapping  *self,
                                                               GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_port_mapping_check_taken        (FairleadPortMapping  *self,
                                                               GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_port_mapping_overlaps           (FairleadPortMapping  *self,
                                                               FairleadPortMapping  *other);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean             fairlead_port_mapping_equal              (FairleadPortMapping  *self,
                                                               FairleadPortMapping  *other);
FAIRLEAD_AVAILABLE_IN_1_0
const char          *fairlead_protocol_to_string              (FairleadProtocol      protocol);

G_END_DECLS
