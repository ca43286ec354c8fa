/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The structures that modules and the library share: how large each is, and where its reserved slots begin. */
typedef struct
{
  const char *name;
  gsize       size;
  gsize       reserved;
} AbiStructure;

#define ABI_STRUCTURE(Type) { #Type, sizeof (Type), G_STRUCT_OFFSET (Type, _reserved) }

#define ABI_STRUCTURES                    \
  ABI_STRUCTURE (FairleadBackendModule),  \
  ABI_STRUCTURE (FairleadBackendClass),   \
  ABI_STRUCTURE (FairleadHelperBackendClass), \
  ABI_STRUCTURE (FairleadNetworkClass),   \
  { NULL, 0, 0 }

/* As they were in backend ABI 1.0. */
extern const AbiStructure abi_1_0[];
