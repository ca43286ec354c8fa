/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-version.h"

#include <fairlead/fairlead.h>

static const char * const known_versions[] = {
  "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", FAIRLEAD_CNI_VERSION_NEWEST, NULL,
};

static gboolean
parse_version (const char *version,
               guint64     parts[3])
{
  g_auto (GStrv) words = g_strsplit (*version != '\0' ? version : known_versions[0], ".", -1);
  guint n_words = g_strv_length (words);

  parts[0] = parts[1] = parts[2] = 0;
  if (n_words > 3)
    return FALSE;

  for (guint i = 0; i < n_words; i++)
    if (!g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXUINT32, &parts[i], NULL))
      return FALSE;
  return TRUE;
}

const char * const *
fairlead_cni_version_list_known (void)
{
  return known_versions;
}

gboolean
fairlead_cni_version_is_known (const char *version)
{
  return *version == '\0' || g_strv_contains (known_versions, version);
}

gboolean
fairlead_cni_version_validate (const char  *version,
                               GError     **error)
{
  guint64 parts[3];

  if (parse_version (version, parts))
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_CONFIGURATION,
               "“%s” is not a CNI version: up to three numbers with dots between them are wanted, as in “1.0.0”", version);
  return FALSE;
}

/* Whether lists of @version can be used: plugins may support versions that this runtime would not understand them in. */
gboolean
fairlead_cni_version_check_usable (const char  *version,
                                   GError     **error)
{
  if (!fairlead_cni_version_validate (version, error))
    return FALSE;
  if (fairlead_cni_version_compare (version, FAIRLEAD_CNI_VERSION_NEWEST) <= 0)
    return TRUE;

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "CNI version “%s” is not known yet, only versions up to " FAIRLEAD_CNI_VERSION_NEWEST "; “cniVersions” can "
               "offer several", version);
  return FALSE;
}

/* Something that is no version counts as older than any. */
int
fairlead_cni_version_compare (const char *a,
                              const char *b)
{
  guint64 parts_a[3], parts_b[3];
  gboolean valid_a = parse_version (a, parts_a);
  gboolean valid_b = parse_version (b, parts_b);

  if (!valid_a || !valid_b)
    return valid_a - valid_b;

  for (guint i = 0; i < G_N_ELEMENTS (parts_a); i++)
    if (parts_a[i] != parts_b[i])
      return parts_a[i] < parts_b[i] ? -1 : 1;
  return 0;
}
