/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct _FairleadTable
{
  guint n_columns;
  gboolean *right; /* (owned) by column */
  GPtrArray *rows; /* (owned) (element-type GStrv) the headings first */
};

static gsize
cell_width (const char *text)
{
  return g_utf8_validate (text, -1, NULL) ? (gsize) g_utf8_strlen (text, -1) : strlen (text);
}

FairleadTable *
fairlead_table_new (const char * const *headings)
{
  FairleadTable *self = g_new0 (FairleadTable, 1);
  char **row;

  self->n_columns = g_strv_length ((char **) headings);
  self->right = g_new0 (gboolean, self->n_columns);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  row = g_new0 (char *, self->n_columns + 1);
  for (guint i = 0; i < self->n_columns; i++)
    {
      self->right[i] = headings[i][0] == '>';
      row[i] = g_strdup (headings[i] + self->right[i]);
    }
  g_ptr_array_add (self->rows, row);

  return self;
}

void
fairlead_table_free (FairleadTable *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self->right);
  g_free (self);
}

void
fairlead_table_add (FairleadTable *self,
                    ...)
{
  char **row = g_new0 (char *, self->n_columns + 1);
  va_list cells;

  va_start (cells, self);
  for (guint i = 0; i < self->n_columns; i++)
    row[i] = va_arg (cells, char *);
  va_end (cells);

  g_ptr_array_add (self->rows, row);
}

static void
print_row (FairleadTable  *self,
           char          **row,
           const gsize    *widths)
{
  for (guint i = 0; i < self->n_columns; i++)
    {
      int padding = (int) (widths[i] - cell_width (row[i]));

      if (self->right[i])
        printf ("%*s%s", padding, "", row[i]);
      else if (i + 1 < self->n_columns)
        printf ("%s%*s", row[i], padding, "");
      else
        fputs (row[i], stdout);

      fputs (i + 1 < self->n_columns ? "  " : "\n", stdout);
    }
}

void
fairlead_table_print (FairleadTable *self)
{
  g_autofree gsize *widths = g_new0 (gsize, self->n_columns);

  for (guint r = 0; r < self->rows->len; r++)
    for (guint i = 0; i < self->n_columns; i++)
      widths[i] = MAX (widths[i], cell_width (((char **) self->rows->pdata[r])[i]));

  for (guint r = 0; r < self->rows->len; r++)
    print_row (self, self->rows->pdata[r], widths);
}
