/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* A directory of a test's own with a CNI configuration, plugins that record, and a cache. */
typedef struct
{
  char *root;
  char *conf_dir;
  char *plugin_dir;
  char *cache_dir;
  char *record_dir;
} CniFixture;

void      cni_fixture_set_up     (CniFixture    *fixture,
                                  gconstpointer  data);
void      cni_fixture_tear_down  (CniFixture    *fixture,
                                  gconstpointer  data);
void      cni_fixture_add_plugin (CniFixture    *fixture,
                                  const char    *type);
char     *cni_fixture_write_conf (CniFixture    *fixture,
                                  const char    *name,
                                  const char    *text);
/* @suffix as in cni-recorder.c */
void      cni_fixture_tell       (CniFixture    *fixture,
                                  const char    *type_verb,
                                  const char    *suffix,
                                  const char    *text);
void      cni_fixture_untell     (CniFixture    *fixture,
                                  const char    *type_verb,
                                  const char    *suffix);
/* The calls since the last time, “TYPE VERB” each with “, ” between. */
void      cni_fixture_assert_calls (CniFixture *fixture,
                                    const char *calls);
GVariant *cni_fixture_get_stdin  (CniFixture    *fixture,
                                  guint          call);
char     *cni_fixture_get_env    (CniFixture    *fixture,
                                  guint          call,
                                  const char    *variable);
void      cni_fixture_assert_env (CniFixture    *fixture,
                                  guint          call,
                                  const char    *variable,
                                  const char    *value);

void      cni_write_file         (const char    *path,
                                  const char    *text);
void      cni_remove_tree        (const char    *path);
GVariant *cni_parse              (const char    *json);
/* Compares as JSON: the order of an object's members does not count. */
void      cni_assert_json        (GVariant      *value,
                                  const char    *json);
void      cni_assert_error       (GError       **error,
                                  int            code,
                                  const char    *part);

G_END_DECLS
