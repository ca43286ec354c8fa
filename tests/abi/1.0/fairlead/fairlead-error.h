/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-types.h"

G_BEGIN_DECLS

/**
 * FAIRLEAD_ERROR:
 *
 * The error domain of the library and of its backends. Cancellation is always `G_IO_ERROR_CANCELLED` instead.
 *
 * Since: 1.0
 */
#define FAIRLEAD_ERROR (fairlead_error_quark ())

/**
 * FairleadError:
 * @FAIRLEAD_ERROR_FAILED: anything that no other code says better
 * @FAIRLEAD_ERROR_INVALID_ARGUMENT: a request is malformed
 * @FAIRLEAD_ERROR_INVALID_CONFIGURATION: a keyfile or another configuration file is malformed
 * @FAIRLEAD_ERROR_BACKEND_NOT_FOUND: no module of that name, or it cannot be loaded
 * @FAIRLEAD_ERROR_ABI_MISMATCH: a module was built for another version of the backend ABI
 * @FAIRLEAD_ERROR_NOT_SUPPORTED: the backend, its helper or the kernel cannot do what was asked
 * @FAIRLEAD_ERROR_ALREADY_EXISTS: a container of that id, or a thing of that name, exists
 * @FAIRLEAD_ERROR_NOT_FOUND: no such container, network, file or interface
 * @FAIRLEAD_ERROR_BUSY: a port, an address or a container is in use
 * @FAIRLEAD_ERROR_EXHAUSTED: a pool has nothing left
 * @FAIRLEAD_ERROR_PERMISSION_DENIED: the caller lacks a privilege, or a file is not trusted
 * @FAIRLEAD_ERROR_TIMED_OUT: a time limit passed
 * @FAIRLEAD_ERROR_HELPER_FAILED: a helper program or plugin failed; see [func@Fairlead.Error.get_details]
 * @FAIRLEAD_ERROR_TRY_AGAIN: a passing failure; the same call may succeed later
 * @FAIRLEAD_ERROR_STATE_DAMAGED: a state file cannot be read
 *
 * The codes of %FAIRLEAD_ERROR: what a caller can act on.
 *
 * Since: 1.0
 */
typedef enum
{
  FAIRLEAD_ERROR_FAILED,
  FAIRLEAD_ERROR_INVALID_ARGUMENT,
  FAIRLEAD_ERROR_INVALID_CONFIGURATION,
  FAIRLEAD_ERROR_BACKEND_NOT_FOUND,
  FAIRLEAD_ERROR_ABI_MISMATCH,
  FAIRLEAD_ERROR_NOT_SUPPORTED,
  FAIRLEAD_ERROR_ALREADY_EXISTS,
  FAIRLEAD_ERROR_NOT_FOUND,
  FAIRLEAD_ERROR_BUSY,
  FAIRLEAD_ERROR_EXHAUSTED,
  FAIRLEAD_ERROR_PERMISSION_DENIED,
  FAIRLEAD_ERROR_TIMED_OUT,
  FAIRLEAD_ERROR_HELPER_FAILED,
  FAIRLEAD_ERROR_TRY_AGAIN,
  FAIRLEAD_ERROR_STATE_DAMAGED,
} FairleadError;

#define FAIRLEAD_TYPE_ERROR (fairlead_error_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
GType     fairlead_error_get_type    (void) G_GNUC_CONST;
FAIRLEAD_AVAILABLE_IN_1_0
GQuark    fairlead_error_quark       (void);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant *fairlead_error_get_details (const GError *error);
FAIRLEAD_AVAILABLE_IN_1_0
void      fairlead_error_set_details (GError       *error,
                                      GVariant     *details);
FAIRLEAD_AVAILABLE_IN_1_0
void      fairlead_error_set_errno   (GError      **error,
                                      int           saved_errno,
                                      const char   *format,
                                      ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
