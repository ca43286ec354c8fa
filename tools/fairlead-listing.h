/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-table.h"
#include "fairlead-tool.h"

G_BEGIN_DECLS

/* How the objects of one kind are listed: as a table for people, as JSON, or as bare names. */
typedef struct
{
  const char * const *headings;
  const char *kind; /* what goes before a name in a complaint: "network ", or "" */
  const char *(*get_name)    (gpointer item);
  const char *(*get_problem) (gpointer item); /* (nullable) of items that are listed although something is wrong with them */
  void        (*add_row)     (FairleadTable *table, gpointer item);
  GVariant   *(*describe)    (gpointer item); /* floating, a{sv} */
} FairleadListing;

/* Prints all that is in @items. Problems go to standard error, unless it is to be quiet. */
void fairlead_listing_print (const FairleadListing *self,
                             FairleadTool          *tool,
                             GListModel            *items,
                             gboolean               quiet);

/* A container as `fairlead list --json` shows it; floating, a{sv}. */
GVariant *fairlead_list_describe (gpointer container);

G_END_DECLS
