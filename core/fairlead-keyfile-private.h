/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* One value, and where it comes from. Reference-counted, immutable. */
typedef struct
{
  char *group;
  char *key;
  char *text;   /* as in the file, with its escapes */
  char *origin; /* the file, or a word for another source */
} FairleadKeyfileEntry;

/* What one file says. */
typedef struct
{
  char *file;
  gboolean is_mask;   /* an empty file, or a link to /dev/null: it only hides others of its name */
  GPtrArray *groups;  /* (element-type utf8) in the order of the file */
  GPtrArray *entries; /* (element-type FairleadKeyfileEntry) in the order of the file */
} FairleadKeyfile;

FairleadKeyfileEntry *fairlead_keyfile_entry_new   (const char            *group,
                                                    const char            *key,
                                                    const char            *text,
                                                    const char            *origin);
FairleadKeyfileEntry *fairlead_keyfile_entry_ref   (FairleadKeyfileEntry  *self);
void                  fairlead_keyfile_entry_unref (FairleadKeyfileEntry  *self);

FairleadKeyfile      *fairlead_keyfile_read        (const char            *file,
                                                    GError               **error);
FairleadKeyfile      *fairlead_keyfile_parse       (const char            *file,
                                                    const char            *data,
                                                    gsize                  length,
                                                    GError               **error);
void                  fairlead_keyfile_free        (FairleadKeyfile       *self);
const char           *fairlead_keyfile_get_text    (FairleadKeyfile       *self,
                                                    const char            *group,
                                                    const char            *key);
gboolean              fairlead_keyfile_is_key      (const char            *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadKeyfileEntry, fairlead_keyfile_entry_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadKeyfile, fairlead_keyfile_free)

G_END_DECLS
