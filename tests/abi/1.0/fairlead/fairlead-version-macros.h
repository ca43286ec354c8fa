/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include <glib.h>

#include <fairlead/fairlead-version.h>

#ifndef _FAIRLEAD_EXTERN
#define _FAIRLEAD_EXTERN extern
#endif

/**
 * FAIRLEAD_VERSION_1_0: (skip)
 *
 * The first version, for use in `FAIRLEAD_VERSION_MAX_ALLOWED`.
 *
 * Since: 1.0
 */
#define FAIRLEAD_VERSION_1_0 (G_ENCODE_VERSION (1, 0))

/**
 * FAIRLEAD_VERSION_CUR_STABLE: (skip)
 *
 * The stable version that these headers belong to, or lead to.
 *
 * Since: 1.0
 */
#if FAIRLEAD_MAJOR_VERSION < 1
#define FAIRLEAD_VERSION_CUR_STABLE (FAIRLEAD_VERSION_1_0)
#else
#define FAIRLEAD_VERSION_CUR_STABLE (G_ENCODE_VERSION (FAIRLEAD_MAJOR_VERSION, FAIRLEAD_MINOR_VERSION))
#endif

/**
 * FAIRLEAD_VERSION_MAX_ALLOWED: (skip)
 *
 * The newest version whose functions the including program means to use; it is warned about newer ones.
 *
 * Since: 1.0
 */
#ifndef FAIRLEAD_VERSION_MAX_ALLOWED
#define FAIRLEAD_VERSION_MAX_ALLOWED (FAIRLEAD_VERSION_CUR_STABLE)
#endif

/**
 * FAIRLEAD_UNAVAILABLE: (skip)
 * @major: the major version
 * @minor: the minor version
 *
 * Marks a function that is newer than `FAIRLEAD_VERSION_MAX_ALLOWED`.
 *
 * Since: 1.0
 */
#define FAIRLEAD_UNAVAILABLE(major, minor) G_UNAVAILABLE (major, minor) _FAIRLEAD_EXTERN

#define FAIRLEAD_AVAILABLE_IN_ALL _FAIRLEAD_EXTERN

#if FAIRLEAD_VERSION_MAX_ALLOWED < FAIRLEAD_VERSION_1_0
#define FAIRLEAD_AVAILABLE_IN_1_0 FAIRLEAD_UNAVAILABLE (1, 0)
#else
#define FAIRLEAD_AVAILABLE_IN_1_0 _FAIRLEAD_EXTERN
#endif
