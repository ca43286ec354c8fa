/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

/**
 * FAIRLEAD_MAJOR_VERSION:
 *
 * The major version of the headers.
 *
 * Since: 1.0
 */
#define FAIRLEAD_MAJOR_VERSION (0)

/**
 * FAIRLEAD_MINOR_VERSION:
 *
 * The minor version of the headers.
 *
 * Since: 1.0
 */
#define FAIRLEAD_MINOR_VERSION (99)

/**
 * FAIRLEAD_MICRO_VERSION:
 *
 * The micro version of the headers.
 *
 * Since: 1.0
 */
#define FAIRLEAD_MICRO_VERSION (0)

/**
 * FAIRLEAD_VERSION_S:
 *
 * The version of the headers as a string.
 *
 * Since: 1.0
 */
#define FAIRLEAD_VERSION_S "0.99.0"
