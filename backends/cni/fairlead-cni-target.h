/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What ADD, CHECK and DEL are about: one interface of one container, and what the caller says about it. Together with
 * the network's name the first two identify an attachment for CNI. Immutable, counted by reference. */
typedef struct
{
  char *container_id;        /* (owned) */
  char *ifname;              /* (owned) */
  char *netns;               /* (owned) path of the namespace, empty if it is gone */
  char **args;               /* (owned) K=V, for CNI_ARGS */
  GVariant *capability_args; /* (owned) a{sv}, by capability */
} FairleadCniTarget;

FairleadCniTarget *fairlead_cni_target_new      (const char          *container_id,
                                                 const char          *ifname,
                                                 const char          *netns,
                                                 const char * const  *args,
                                                 GVariant            *capability_args);
FairleadCniTarget *fairlead_cni_target_ref      (FairleadCniTarget   *self);
void               fairlead_cni_target_unref    (FairleadCniTarget   *self);
gboolean           fairlead_cni_target_validate (FairleadCniTarget   *self,
                                                 GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniTarget, fairlead_cni_target_unref)

G_END_DECLS
