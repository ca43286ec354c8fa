/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* What there is to know, `a{sv}`, by the key names of `podman inspect`. Not floating. */

/* What the state says of an attachment. */
GVariant *fairlead_inspect_attachment (FairleadAttachment *attachment);
/* @networks holds what the backend of each attachment says, in their order. */
GVariant *fairlead_inspect_container  (FairleadContainer  *container,
                                       GPtrArray          *networks);

G_END_DECLS
