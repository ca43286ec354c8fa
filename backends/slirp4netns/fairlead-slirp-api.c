/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-api.h"

#include <string.h>
#include <sys/un.h>

#include <gio/gunixsocketaddress.h>

/* slirp4netns reads a request by a single read() of less than 4096 bytes, so it is sent by a single write; while a client
 * is connected and silent it does nothing else, so the write comes at once. The answer ends with the connection. What
 * is wrong in a request can end slirp4netns, so only what was checked gets here. */

#define REQUEST_LIMIT   4095
#define ANSWER_LIMIT    (1024 * 1024)
#define TIME_LIMIT_S    5

static GSocket *
connect_to (const char    *path,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  if (socket == NULL)
    return NULL;
  g_socket_set_timeout (socket, TIME_LIMIT_S);
  return g_socket_connect (socket, address, cancellable, error) ? g_steal_pointer (&socket) : NULL;
}

static GString *
receive_all (GSocket       *socket,
             GCancellable  *cancellable,
             GError       **error)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  char buffer[4096];
  gssize n;

  while ((n = g_socket_receive (socket, buffer, sizeof buffer, cancellable, error)) > 0)
    {
      if (answer->len + n > ANSWER_LIMIT)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "the answer is longer than %d bytes",
                       ANSWER_LIMIT);
          return NULL;
        }
      g_string_append_len (answer, buffer, n);
    }
  return n == 0 ? g_steal_pointer (&answer) : NULL;
}

static GString *
exchange (const char    *path,
          const char    *request,
          GCancellable  *cancellable,
          GError       **error)
{
  g_autoptr (GSocket) socket = connect_to (path, cancellable, error);
  const gsize length = strlen (request);
  gssize n;

  g_assert (length <= REQUEST_LIMIT);

  if (socket == NULL)
    return NULL;
  n = g_socket_send (socket, request, length, cancellable, error);
  if (n >= 0 && (gsize) n != length)
    g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "it took only a part of the request");
  if (n < 0 || (gsize) n != length)
    return NULL;
  return receive_all (socket, cancellable, error);
}

/* GIO's errors become ours, except that a cancellation stays one. */
static void
take_error (GError      *reason,
            const char  *path,
            GError     **error)
{
  if (reason->domain == G_IO_ERROR && reason->code != G_IO_ERROR_CANCELLED)
    {
      const int code = reason->code == G_IO_ERROR_TIMED_OUT ? FAIRLEAD_ERROR_TIMED_OUT : FAIRLEAD_ERROR_HELPER_FAILED;

      g_set_error (error, FAIRLEAD_ERROR, code, "%s", reason->message);
      g_error_free (reason);
    }
  else
    g_propagate_error (error, reason);
  g_prefix_error (error, "slirp4netns's API socket %s: ", path);
}

/* What slirp4netns says of a request that it refused. */
static gboolean
check_answer (GVariant  *answer,
              GError   **error)
{
  g_autoptr (GVariant) refusal = NULL;
  const char *description = NULL;

  if (!g_variant_is_of_type (answer, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "the answer is not a JSON object");
      return FALSE;
    }
  refusal = g_variant_lookup_value (answer, "error", NULL);
  if (refusal == NULL)
    return TRUE;
  if (g_variant_is_of_type (refusal, G_VARIANT_TYPE_VARDICT))
    g_variant_lookup (refusal, "desc", "&s", &description);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "%s",
               description != NULL ? description : "it refused the request without a reason");
  return FALSE;
}

static GVariant *
parse_answer (GString  *text,
              GError  **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) answer = fairlead_json_parse (text->str, text->len, &local_error);

  if (answer == NULL)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED, "the answer is not JSON: %s", local_error->message);
  return answer != NULL && check_answer (answer, error) ? g_steal_pointer (&answer) : NULL;
}

static GVariant *
call (const char    *path,
      const char    *execute,
      GVariant      *arguments,
      GCancellable  *cancellable,
      GError       **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) request = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GString) received = NULL;
  GVariant *answer = NULL;
  GError *reason = NULL;

  g_variant_dict_insert (&dict, "execute", "s", execute);
  if (arguments != NULL)
    g_variant_dict_insert_value (&dict, "arguments", arguments);
  request = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = fairlead_json_print (request, FALSE);

  received = exchange (path, text, cancellable, &reason);
  answer = received != NULL ? parse_answer (received, &reason) : NULL;
  if (answer == NULL)
    take_error (reason, path, error);
  return answer;
}

static gboolean
get_number (GVariant   *dict,
            const char *key,
            guint64    *number)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, G_VARIANT_TYPE_INT64);

  if (value == NULL || g_variant_get_int64 (value) < 0)
    return FALSE;
  *number = (guint64) g_variant_get_int64 (value);
  return TRUE;
}

static gboolean
set_shape_error (const char  *path,
                 const char  *missing,
                 GError     **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_HELPER_FAILED,
               "slirp4netns's API socket %s: the answer has no %s", path, missing);
  return FALSE;
}

gboolean
fairlead_slirp_api_add_hostfwd (const char                  *path,
                                const FairleadSlirpForward  *forward,
                                guint64                     *id,
                                GCancellable                *cancellable,
                                GError                     **error)
{
  g_auto (GVariantDict) arguments = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) result = NULL;

  g_variant_dict_insert (&arguments, "proto", "s", fairlead_protocol_to_string (forward->protocol));
  g_variant_dict_insert (&arguments, "host_addr", "s", forward->host_address);
  g_variant_dict_insert (&arguments, "host_port", "u", forward->host_port);
  g_variant_dict_insert (&arguments, "guest_addr", "s", forward->guest_address);
  g_variant_dict_insert (&arguments, "guest_port", "u", forward->guest_port);
  answer = call (path, "add_hostfwd", g_variant_dict_end (&arguments), cancellable, error);
  if (answer == NULL)
    return FALSE;

  result = g_variant_lookup_value (answer, "return", G_VARIANT_TYPE_VARDICT);
  return (result != NULL && get_number (result, "id", id)) || set_shape_error (path, "id of the forward", error);
}

gboolean
fairlead_slirp_api_remove_hostfwd (const char    *path,
                                   guint64        id,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_auto (GVariantDict) arguments = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) answer = NULL;

  g_variant_dict_insert (&arguments, "id", "t", id);
  answer = call (path, "remove_hostfwd", g_variant_dict_end (&arguments), cancellable, error);
  return answer != NULL;
}

/* The manual says that the list is inside of "return"; it is not. */
GArray *
fairlead_slirp_api_list_hostfwd (const char    *path,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_autoptr (GVariant) answer = call (path, "list_hostfwd", NULL, cancellable, error);
  g_autoptr (GVariant) entries = NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  if (answer == NULL)
    return NULL;
  entries = g_variant_lookup_value (answer, "entries", G_VARIANT_TYPE ("av"));
  for (gsize i = 0; entries != NULL && i < g_variant_n_children (entries); i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (entries, i);
      g_autoptr (GVariant) entry = g_variant_get_variant (boxed);
      guint64 id;

      if (g_variant_is_of_type (entry, G_VARIANT_TYPE_VARDICT) && get_number (entry, "id", &id))
        g_array_append_val (ids, id);
    }
  if (entries != NULL)
    return g_steal_pointer (&ids);
  set_shape_error (path, "entries", error);
  return NULL;
}
