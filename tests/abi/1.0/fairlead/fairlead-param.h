/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

/**
 * FAIRLEAD_PARAM_CONFIG: (type GParamFlags)
 *
 * A property with this flag is a key of keyfiles: of `[backend NAME]` on a [class@Fairlead.Backend] subclass, of
 * `[NAME]` in network files on a [class@Fairlead.Network] subclass. Give it `G_PARAM_CONSTRUCT` too, or it reads 0
 * instead of its declared default.
 *
 * Since: 1.0
 */
#define FAIRLEAD_PARAM_CONFIG ((GParamFlags) (1 << G_PARAM_USER_SHIFT))

/**
 * FAIRLEAD_PARAM_REQUEST: (type GParamFlags)
 *
 * A property of a [class@Fairlead.Network] subclass with this flag can be given for one attachment
 * (`--network NAME:KEY=VALUE`); it then overrides the network's own value for that attachment alone.
 *
 * Since: 1.0
 */
#define FAIRLEAD_PARAM_REQUEST ((GParamFlags) (1 << (G_PARAM_USER_SHIFT + 1)))

/**
 * FAIRLEAD_PARAM_PATH: (type GParamFlags)
 *
 * A string or string list property that is a key, and takes absolute paths alone: a relative one would mean another place
 * with each working directory.
 *
 * Since: 1.0
 */
#define FAIRLEAD_PARAM_PATH ((GParamFlags) (1 << (G_PARAM_USER_SHIFT + 2)))

G_END_DECLS
