/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "fairlead-listing.h"

static void
print_json (const FairleadListing *self,
            GListModel            *items)
{
  g_auto (GVariantBuilder) array = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (items, i);

      g_variant_builder_add_value (&array, self->describe (item));
    }

  fairlead_tool_print_json (g_variant_builder_end (&array), TRUE);
}

static void
print_names (const FairleadListing *self,
             GListModel            *items)
{
  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (items, i);

      puts (self->get_name (item));
    }
}

static void
print_table (const FairleadListing *self,
             GListModel            *items)
{
  g_autoptr (FairleadTable) table = fairlead_table_new (self->headings);

  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (items, i);

      self->add_row (table, item);
    }

  fairlead_table_print (table);
}

static void
complain (const FairleadListing *self,
          GListModel            *items)
{
  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (items, i);
      const char *problem = self->get_problem (item);

      if (problem)
        fairlead_tool_complain ("%s%s: %s", self->kind, self->get_name (item), problem);
    }
}

void
fairlead_listing_print (const FairleadListing *self,
                        FairleadTool          *tool,
                        GListModel            *items,
                        gboolean               quiet)
{
  if (tool->json)
    print_json (self, items);
  else if (quiet)
    print_names (self, items);
  else
    print_table (self, items);

  if (self->get_problem && !quiet)
    complain (self, items);
}
