/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-store-private.h"

G_BEGIN_DECLS

typedef enum
{
  FAIRLEAD_SHARED_KIND_NETWORK, /* its users are containers */
  FAIRLEAD_SHARED_KIND_BACKEND, /* its users are networks */
} FairleadSharedKind;

/* @store is NULL for networks and backends that no manager knows, which is an error. */
FairleadSharedState  *fairlead_shared_state_open (FairleadStore         *store,
                                                  FairleadSharedKind     kind,
                                                  const char            *name,
                                                  const char            *backend_name,
                                                  FairleadSharedAccess   access,
                                                  GCancellable          *cancellable,
                                                  GError               **error);
/* The document of a network, without its lock; NULL without an error if there is none. */
GVariant             *fairlead_shared_state_read (FairleadStore         *store,
                                                  const char            *name,
                                                  const char            *backend_name,
                                                  GError               **error);
/* That what the network and its backend share, if anything, was made in the calling thread's network namespace. What cannot
 * be read counts as nothing: opening it says why. */
gboolean              fairlead_shared_state_check_netns (FairleadStore    *store,
                                                  const char            *name,
                                                  const char            *backend_name,
                                                  GError               **error);
/* Names of the networks with shared state whose backend is @backend_name. */
char                **fairlead_shared_state_list (FairleadStore         *store,
                                                  const char            *backend_name,
                                                  GError               **error);

G_END_DECLS
