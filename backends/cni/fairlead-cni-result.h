/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a plugin answers to ADD, in any version of the specification. Unknown keys are dropped and addresses written in
 * one way, as in the reference runtime. Immutable once read. */
typedef struct _FairleadCniResult FairleadCniResult;

typedef struct
{
  char *name;
  char *mac;         /* (nullable) */
  char *sandbox;     /* (nullable) the namespace's path; none for an interface of the host */
  char *socket_path; /* (nullable) */
  char *pci_id;      /* (nullable) */
  guint mtu;
} FairleadCniResultInterface;

typedef struct
{
  int interface;         /* index, or -1 */
  GInetAddress *address; /* (owned) */
  guint prefix_length;
  GInetAddress *gateway; /* (owned) (nullable) */
} FairleadCniResultAddress;

typedef struct
{
  GInetAddress *destination; /* (owned) */
  guint prefix_length;
  GInetAddress *gateway;     /* (owned) (nullable) */
  GSocketFamily under;       /* of the member it stood in up to version 0.2.0, G_SOCKET_FAMILY_INVALID otherwise */
  gint64 mtu;
  gint64 advmss;
  gint64 priority;
  gint64 table;
  gint64 scope;
  gboolean has_table;
  gboolean has_scope;
} FairleadCniResultRoute;

struct _FairleadCniResult
{
  char *version;         /* (owned) */
  GPtrArray *interfaces; /* (owned) (element-type FairleadCniResultInterface) */
  GPtrArray *addresses;  /* (owned) (element-type FairleadCniResultAddress) */
  GPtrArray *routes;     /* (owned) (element-type FairleadCniResultRoute) */
  char **nameservers;    /* (owned) */
  char **searches;       /* (owned) */
  char **options;        /* (owned) */
  char *domain;          /* (owned) (nullable) */
};

FairleadCniResult *fairlead_cni_result_new    (GVariant           *value,
                                               const char         *default_version,
                                               GError            **error);
FairleadCniResult *fairlead_cni_result_ref    (FairleadCniResult  *self);
void               fairlead_cni_result_unref  (FairleadCniResult  *self);
GVariant          *fairlead_cni_result_to_variant (FairleadCniResult  *self,
                                                   const char         *version,
                                                   GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FairleadCniResult, fairlead_cni_result_unref)

G_END_DECLS
