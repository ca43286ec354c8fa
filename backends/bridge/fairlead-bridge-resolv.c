/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-resolv.h"

#include <string.h>

/* The file is small; one that is not is none. */
#define MAX_SIZE 65536

/* As resolvers read no more (resolv.conf(5)). */
#define MAX_SERVERS 3

static const char * const files[] = {
  "/etc/resolv.conf",
  "/run/systemd/resolve/resolv.conf",
};

void
fairlead_bridge_resolv_clear (FairleadBridgeResolv *self)
{
  g_clear_pointer (&self->servers, g_strfreev);
  g_clear_pointer (&self->searches, g_strfreev);
  g_clear_pointer (&self->options, g_strfreev);
}

static gboolean
is_usable (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL && !g_inet_address_get_is_loopback (address) && !g_inet_address_get_is_any (address);
}

static void
add_words (GPtrArray  *list,
           char      **words)
{
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && g_str_is_ascii (*word))
      g_ptr_array_add (list, g_strdup (*word));
}

/* Words may be apart by several blanks. */
static const char *
first_word (char **words)
{
  while (*words != NULL && **words == '\0')
    words++;
  return *words;
}

static void
parse_line (const char *line,
            GPtrArray  *servers,
            GPtrArray  *searches,
            GPtrArray  *options)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t\r", -1);

  if (words[0] == NULL)
    return;
  if (strcmp (words[0], "nameserver") == 0)
    {
      const char *server = first_word (words + 1);

      if (server != NULL && servers->len < MAX_SERVERS && is_usable (server))
        g_ptr_array_add (servers, g_strdup (server));
    }
  /* The last line of these counts. */
  else if (strcmp (words[0], "search") == 0 || strcmp (words[0], "domain") == 0)
    {
      g_ptr_array_set_size (searches, 0);
      add_words (searches, words + 1);
    }
  else if (strcmp (words[0], "options") == 0)
    {
      add_words (options, words + 1);
    }
}

static char **
take_strv (GPtrArray *list)
{
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_steal (list, NULL);
}

void
fairlead_bridge_resolv_parse (FairleadBridgeResolv *self,
                              const char           *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GPtrArray) servers = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) searches = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (g_free);

  for (char **line = lines; *line != NULL; line++)
    parse_line (*line, servers, searches, options);
  self->servers = take_strv (servers);
  self->searches = take_strv (searches);
  self->options = take_strv (options);
}

void
fairlead_bridge_resolv_read (FairleadBridgeResolv *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *text = NULL;
      gsize length = 0;

      if (!g_file_get_contents (files[i], &text, &length, NULL) || length > MAX_SIZE)
        continue;
      fairlead_bridge_resolv_clear (self);
      fairlead_bridge_resolv_parse (self, text);
      if (self->servers[0] != NULL)
        return;
    }
  if (self->servers == NULL)
    fairlead_bridge_resolv_parse (self, "");
}
