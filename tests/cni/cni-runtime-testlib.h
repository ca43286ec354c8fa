/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cni-testlib.h"

#include "fairlead-cni-runtime.h"

G_BEGIN_DECLS

/* The runtime below the backend, with the plugins “one”, “two” and “three”, which are the recorder. They lie in the second
 * of two directories; the first, “missing”, does not exist. */
typedef struct
{
  CniFixture cni;
  FairleadCniRuntime *runtime;
  FairleadCniTarget *target; /* container “c1”, with arguments, and the capabilities “portMappings” and “mac” */
} CniRuntimeFixture;

/* What “one”, and the plugins after it, answer in cni_add_ok(). */
#define CNI_RESULT_ONE "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"}]}"
#define CNI_RESULT_TWO "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/c1\"}]," \
                       "\"ips\":[{\"address\":\"10.1.0.2/24\",\"interface\":0}]}"

void               cni_runtime_set_up    (CniRuntimeFixture  *fixture,
                                          gconstpointer       data);
void               cni_runtime_tear_down (CniRuntimeFixture  *fixture,
                                          gconstpointer       data);
FairleadCniConfig *cni_parse_config      (const char         *text);
/* The list “net” of all three, the second with the capability “portMappings”. */
FairleadCniConfig *cni_new_config        (const char         *version);
FairleadCniResult *cni_add               (CniRuntimeFixture  *fixture,
                                          FairleadCniConfig  *config,
                                          GError            **error);
gboolean           cni_del               (CniRuntimeFixture  *fixture,
                                          FairleadCniConfig  *config,
                                          gboolean            force,
                                          GError            **error);
/* ADD that must succeed. */
void               cni_add_ok            (CniRuntimeFixture  *fixture,
                                          FairleadCniConfig  *config);
gboolean           cni_is_cached         (CniRuntimeFixture  *fixture);
void               cni_assert_stdin      (CniRuntimeFixture  *fixture,
                                          guint               call,
                                          const char         *json);
/* That the environment is that of @verb for the fixture's target. */
void               cni_assert_target     (CniRuntimeFixture  *fixture,
                                          guint               call,
                                          const char         *verb);

G_END_DECLS
