/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-error.h"

#include <string.h>

static void
add_text (GVariantDict *dict,
          const char   *key,
          const char   *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL && *valid != '\0')
    g_variant_dict_insert (dict, key, "s", valid);
}

static GVariant *
failure_to_details (const FairleadCniFailure *failure)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  add_text (&dict, "plugin", failure->path);
  add_text (&dict, "verb", failure->verb);
  add_text (&dict, "network", failure->network);
  add_text (&dict, "cni-msg", failure->msg);
  add_text (&dict, "cni-details", failure->details);
  add_text (&dict, "stderr", failure->stderr_tail);
  if (failure->code >= 0)
    g_variant_dict_insert (&dict, "cni-code", "u", (guint32) failure->code);
  if (failure->unstarted)
    g_variant_dict_insert (&dict, "unstarted", "b", TRUE);
  if (failure->signal != 0)
    g_variant_dict_insert (&dict, "signal", "i", failure->signal);
  else if (failure->exit_status >= 0)
    g_variant_dict_insert (&dict, "exit-status", "i", failure->exit_status);
  return g_variant_dict_end (&dict);
}

/* How it ended, in brackets at the end of the message. */
static char *
format_end (const FairleadCniFailure *failure)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (failure->code > 0)
    g_string_append_printf (text, "CNI code %" G_GINT64_FORMAT, failure->code);
  if (failure->signal != 0)
    g_string_append_printf (text, "%sended by signal %d, %s", text->len > 0 ? ", " : "", failure->signal,
                            g_strsignal (failure->signal));
  else if (failure->exit_status >= 0)
    g_string_append_printf (text, "%sexit status %d", text->len > 0 ? ", " : "", failure->exit_status);
  return text->len > 0 ? g_strdup_printf (" (%s)", text->str) : g_strdup ("");
}

/* Of what the plugin wrote, the line that says most, for the message; all of it is in the details. Plugins are Go programs
 * mostly, and what follows a panic is where it was. */
static char *
dup_complaint (const char *stderr_tail)
{
  static const char * const beginnings[] = { "panic: ", "fatal error: " };
  g_auto (GStrv) lines = g_strsplit (stderr_tail, "\n", -1);
  const char *chosen = "";

  for (char **line = lines; *line != NULL; line++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
        if (g_str_has_prefix (*line, beginnings[i]))
          return g_strdup (*line);
      if (*g_strstrip (*line) != '\0')
        chosen = *line;
    }
  return g_strdup (chosen);
}

static char *
format_cause (const FairleadCniFailure *failure)
{
  gboolean has_msg = failure->msg != NULL && *failure->msg != '\0';
  gboolean has_details = failure->details != NULL && *failure->details != '\0';
  g_autoptr (GString) text = g_string_new (NULL);

  if (has_msg || has_details)
    g_string_append_printf (text, "%s%s%s", has_msg ? failure->msg : "", has_msg && has_details ? "; " : "",
                            has_details ? failure->details : "");
  else
    g_string_append (text, failure->reason != NULL ? failure->reason : "it gave no reason");

  if (!has_msg && failure->stderr_tail != NULL && *failure->stderr_tail != '\0')
    {
      g_autofree char *complaint = dup_complaint (failure->stderr_tail);

      g_string_append_printf (text, "; it wrote to its standard error: %s", complaint);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
fairlead_cni_error_set_failure (GError                  **error,
                                FairleadError             code,
                                const FairleadCniFailure *failure)
{
  g_autofree char *cause = format_cause (failure);
  g_autofree char *end = format_end (failure);
  g_autoptr (GError) local_error = NULL;

  local_error = g_error_new (FAIRLEAD_ERROR, (int) code, "CNI plugin %s (%s) failed at %s%s%s%s: %s%s",
                             failure->type, failure->path, failure->verb,
                             failure->network != NULL ? " on network “" : "",
                             failure->network != NULL ? failure->network : "",
                             failure->network != NULL ? "”" : "", cause, end);
  fairlead_error_set_details (local_error, failure_to_details (failure));
  g_propagate_error (error, g_steal_pointer (&local_error));
}

/* Whether @error is about a plugin that is there but is no program. */
gboolean
fairlead_cni_error_is_unstarted (const GError *error)
{
  GVariant *details = fairlead_error_get_details (error);
  gboolean unstarted = FALSE;

  return details != NULL && g_variant_lookup (details, "unstarted", "b", &unstarted) && unstarted;
}

/* Says in the details of @error which plugin could not even be called, and for what. */
void
fairlead_cni_error_blame (GError     *error,
                          const char *verb,
                          const char *type,
                          const char *network)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (fairlead_error_get_details (error));

  add_text (&dict, "plugin", type);
  add_text (&dict, "verb", verb);
  add_text (&dict, "network", network);
  fairlead_error_set_details (error, g_variant_dict_end (&dict));
}

/* What the reference runtime refuses with a code of CNI before it calls a plugin. */
void
fairlead_cni_error_set_invalid (GError     **error,
                                guint32      cni_code,
                                const char  *cni_details,
                                const char  *format,
                                ...)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) local_error = NULL;
  va_list args;

  va_start (args, format);
  local_error = g_error_new_valist (FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, format, args);
  va_end (args);

  g_variant_dict_insert (&dict, "cni-code", "u", cni_code);
  add_text (&dict, "cni-details", cni_details);
  fairlead_error_set_details (local_error, g_variant_dict_end (&dict));
  g_propagate_error (error, g_steal_pointer (&local_error));
}

void
fairlead_cni_error_append (GError     *error,
                           const char *text)
{
  char *message = g_strconcat (error->message, text, NULL);

  g_free (error->message);
  error->message = message;
}

/* Takes @another. The first error keeps its code and details, the messages of the others are added to its own. */
void
fairlead_cni_error_collect (GError **error,
                            GError  *another)
{
  g_autoptr (GError) owned = another;
  g_autofree char *text = NULL;

  if (*error == NULL)
    {
      *error = g_steal_pointer (&owned);
      return;
    }
  text = g_strconcat ("; and then: ", owned->message, NULL);
  fairlead_cni_error_append (*error, text);
}
