/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-enums.h"
#include "fairlead-interface-address.h"
#include "fairlead-interface.h"
#include "fairlead-netns.h"
#include "fairlead-network.h"
#include "fairlead-port-mapping.h"
#include "fairlead-route.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_ATTACHMENT (fairlead_attachment_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadAttachment, fairlead_attachment, FAIRLEAD, ATTACHMENT, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_get_container_id  (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_get_network_name  (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_get_backend_name  (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetwork    *fairlead_attachment_get_network       (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetns      *fairlead_attachment_get_netns         (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_get_netns_path    (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadState       fairlead_attachment_get_state         (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GDateTime          *fairlead_attachment_get_created       (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_get_interface     (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress       *fairlead_attachment_get_ip            (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GInetAddress       *fairlead_attachment_get_ip6           (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_get_mac           (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean            fairlead_attachment_get_default_route (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
guint               fairlead_attachment_get_route_metric  (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel         *fairlead_attachment_get_port_mappings (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel         *fairlead_attachment_get_interfaces    (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel         *fairlead_attachment_get_addresses     (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel         *fairlead_attachment_get_routes        (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char * const *fairlead_attachment_get_dns_servers   (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char * const *fairlead_attachment_get_dns_searches  (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
const char * const *fairlead_attachment_get_dns_options   (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant           *fairlead_attachment_get_document      (FairleadAttachment       *self);

/* For backends, on the attachment that a method was given. */
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_set_interface     (FairleadAttachment       *self,
                                                           const char               *name);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_add_interface     (FairleadAttachment       *self,
                                                           FairleadInterface        *interface);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_add_address       (FairleadAttachment       *self,
                                                           FairleadInterfaceAddress *address);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_add_route         (FairleadAttachment       *self,
                                                           FairleadRoute            *route);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_add_default_route (FairleadAttachment       *self,
                                                           GInetAddress             *gateway);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_set_dns           (FairleadAttachment       *self,
                                                           const char * const       *servers,
                                                           const char * const       *searches,
                                                           const char * const       *options);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_clear_result      (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_set_document      (FairleadAttachment       *self,
                                                           GVariant                 *document);
FAIRLEAD_AVAILABLE_IN_1_0
void                fairlead_attachment_set_document_value (FairleadAttachment      *self,
                                                           const char               *key,
                                                           GVariant                 *value);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean            fairlead_attachment_checkpoint        (FairleadAttachment       *self,
                                                           GError                  **error);
FAIRLEAD_AVAILABLE_IN_1_0
const char         *fairlead_attachment_ensure_directory  (FairleadAttachment       *self,
                                                           GError                  **error);
FAIRLEAD_AVAILABLE_IN_1_0
char               *fairlead_attachment_dup_directory     (FairleadAttachment       *self);
FAIRLEAD_AVAILABLE_IN_1_0
int                 fairlead_attachment_dup_exit_fd       (FairleadAttachment       *self,
                                                           GError                  **error);

G_END_DECLS
