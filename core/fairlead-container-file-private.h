/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* Container files: containers/ID.container in the configuration directories. */

/* (transfer full): what the file asks for. */
FairleadRequest *fairlead_container_file_read     (const char       *file,
                                                   const char       *container_id,
                                                   GError          **error);
/* Adds the keys of [container], as fairlead_param_describe() does. */
void             fairlead_container_file_describe (GVariantBuilder  *builder);

G_END_DECLS
