/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Debug messages carry the container they are about; they are silent unless G_MESSAGES_DEBUG asks for them. */
#define fairlead_debug(container_id, ...)                                  \
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG,                       \
                    "FAIRLEAD_CONTAINER", (container_id) ? (container_id) : "", \
                    "MESSAGE", __VA_ARGS__)
