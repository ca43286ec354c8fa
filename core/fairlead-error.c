/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-error.h>

#include <errno.h>

typedef struct
{
  GVariant *details; /* (owned) (nullable) a{sv} */
} FairleadErrorPrivate;

static void
fairlead_error_private_init (FairleadErrorPrivate *priv)
{
  priv->details = NULL;
}

static void
fairlead_error_private_copy (const FairleadErrorPrivate *src_priv,
                             FairleadErrorPrivate       *dest_priv)
{
  if (src_priv->details != NULL)
    dest_priv->details = g_variant_ref (src_priv->details);
}

static void
fairlead_error_private_clear (FairleadErrorPrivate *priv)
{
  g_clear_pointer (&priv->details, g_variant_unref);
}

/**
 * fairlead_error_quark:
 *
 * Gets the domain of [error@Fairlead.Error].
 *
 * Returns: the domain
 *
 * Since: 1.0
 */

/* GLib puts the private part where it is aligned, but clang cannot see that. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-align"
G_DEFINE_EXTENDED_ERROR (FairleadError, fairlead_error)
#pragma GCC diagnostic pop

G_DEFINE_ENUM_TYPE (FairleadError, fairlead_error,
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_INVALID_ARGUMENT, "invalid-argument"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_INVALID_CONFIGURATION, "invalid-configuration"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_BACKEND_NOT_FOUND, "backend-not-found"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_ABI_MISMATCH, "abi-mismatch"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_NOT_SUPPORTED, "not-supported"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_ALREADY_EXISTS, "already-exists"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_NOT_FOUND, "not-found"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_BUSY, "busy"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_EXHAUSTED, "exhausted"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_PERMISSION_DENIED, "permission-denied"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_TIMED_OUT, "timed-out"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_HELPER_FAILED, "helper-failed"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_TRY_AGAIN, "try-again"),
                    G_DEFINE_ENUM_VALUE (FAIRLEAD_ERROR_STATE_DAMAGED, "state-damaged"))

static FairleadError
fairlead_error_code_from_errno (int saved_errno)
{
  switch (saved_errno)
    {
    case EPERM:
    case EACCES:
    case EROFS:
      return FAIRLEAD_ERROR_PERMISSION_DENIED;

    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ESRCH:
      return FAIRLEAD_ERROR_NOT_FOUND;

    case EEXIST:
      return FAIRLEAD_ERROR_ALREADY_EXISTS;

    case EBUSY:
    case EADDRINUSE:
      return FAIRLEAD_ERROR_BUSY;

    /* ENOSPC is also what the kernel says when user.max_net_namespaces is reached. */
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return FAIRLEAD_ERROR_EXHAUSTED;

    case EOPNOTSUPP:
    case ENOSYS:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return FAIRLEAD_ERROR_NOT_SUPPORTED;

    case EINVAL:
      return FAIRLEAD_ERROR_INVALID_ARGUMENT;

    case EAGAIN:
    case EINTR:
      return FAIRLEAD_ERROR_TRY_AGAIN;

    case ETIMEDOUT:
      return FAIRLEAD_ERROR_TIMED_OUT;

    default:
      return FAIRLEAD_ERROR_FAILED;
    }
}

/**
 * fairlead_error_get_details:
 * @error: an error of any domain
 *
 * Gets what is known about a failure beyond its message, for programs. The message alone is always enough to act on.
 *
 * | key           | type | meaning                                                                     |
 * |---------------|------|-----------------------------------------------------------------------------|
 * | `cni-code`    | `u`  | the `code` of a CNI plugin's error                                          |
 * | `cni-msg`     | `s`  | the `msg` of a CNI plugin's error                                           |
 * | `cni-details` | `s`  | the `details` of a CNI plugin's error                                       |
 * | `plugin`      | `s`  | the path of the plugin or helper program that failed; its name if not found |
 * | `verb`        | `s`  | what it was asked to do, for example `ADD`                                  |
 * | `network`     | `s`  | the network's name                                                          |
 * | `exit-status` | `i`  | the program's exit status                                                   |
 * | `signal`      | `i`  | the number of the signal that ended the program, instead of `exit-status`   |
 * | `stderr`      | `s`  | the end of what the program wrote to its standard error                     |
 *
 * Keys that do not apply are missing; a backend may add keys of its own.
 *
 * Returns: (nullable) (transfer none): the details, `a{sv}`, or %NULL if there are none or @error is not of the
 *   domain %FAIRLEAD_ERROR
 *
 * Since: 1.0
 */
GVariant *
fairlead_error_get_details (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain != FAIRLEAD_ERROR)
    return NULL;

  return fairlead_error_get_private (error)->details;
}

/**
 * fairlead_error_set_details:
 * @error: an error of the domain %FAIRLEAD_ERROR
 * @details: (nullable): the details, `a{sv}`, or %NULL for none; a floating reference is sunk
 *
 * Puts details into an error, in place of those that it has. See [func@Fairlead.Error.get_details] for the keys.
 *
 * Since: 1.0
 */
void
fairlead_error_set_details (GError   *error,
                            GVariant *details)
{
  FairleadErrorPrivate *priv;

  g_return_if_fail (error != NULL && error->domain == FAIRLEAD_ERROR);
  g_return_if_fail (details == NULL || g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT));

  priv = fairlead_error_get_private (error);
  if (details != NULL)
    g_variant_ref_sink (details);
  g_clear_pointer (&priv->details, g_variant_unref);
  priv->details = details;
}

/**
 * fairlead_error_set_errno: (skip)
 * @error: (out) (optional): where to put the error
 * @saved_errno: the value of `errno` after a system call failed
 * @format: what was attempted, on what, in the format of printf()
 * @...: the values for @format
 *
 * Sets an error for a system call that failed, with the code that fits @saved_errno and a message that ends in the
 * system's text for it, for example `mkdir /run/fairlead: Permission denied`.
 *
 * | code                                | errno                                                |
 * |-------------------------------------|------------------------------------------------------|
 * | %FAIRLEAD_ERROR_PERMISSION_DENIED   | `EPERM`, `EACCES`, `EROFS`                           |
 * | %FAIRLEAD_ERROR_NOT_FOUND           | `ENOENT`, `ENODEV`, `ENXIO`, `ESRCH`                 |
 * | %FAIRLEAD_ERROR_ALREADY_EXISTS      | `EEXIST`                                             |
 * | %FAIRLEAD_ERROR_BUSY                | `EBUSY`, `EADDRINUSE`                                |
 * | %FAIRLEAD_ERROR_EXHAUSTED           | `ENOSPC`, `EDQUOT`, `EMFILE`, `ENFILE`               |
 * | %FAIRLEAD_ERROR_NOT_SUPPORTED       | `EOPNOTSUPP`, `ENOSYS`, `EAFNOSUPPORT`, `EPROTONOSUPPORT` |
 * | %FAIRLEAD_ERROR_INVALID_ARGUMENT    | `EINVAL`                                             |
 * | %FAIRLEAD_ERROR_TRY_AGAIN           | `EAGAIN`, `EINTR`                                    |
 * | %FAIRLEAD_ERROR_TIMED_OUT           | `ETIMEDOUT`                                          |
 * | %FAIRLEAD_ERROR_FAILED              | any other                                            |
 *
 * Since: 1.0
 */
void
fairlead_error_set_errno (GError    **error,
                          int         saved_errno,
                          const char *format,
                          ...)
{
  g_autofree char *message = NULL;
  va_list args;

  g_return_if_fail (error == NULL || *error == NULL);
  g_return_if_fail (format != NULL);

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, FAIRLEAD_ERROR, fairlead_error_code_from_errno (saved_errno),
               "%s: %s", message, g_strerror (saved_errno));
}
