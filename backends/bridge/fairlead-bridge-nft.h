/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-bridge-address.h"
#include "fairlead-bridge-socket.h"

G_BEGIN_DECLS

/* The table of nf_tables: its rules are the same whatever there is, and only elements of its sets and maps come and go. The
 * rules are in fairlead-bridge-rules.c. */

typedef enum
{
  FAIRLEAD_BRIDGE_SET_BRIDGES,   /* the bridges of all networks */
  FAIRLEAD_BRIDGE_SET_SAME,      /* bridge . bridge, each with itself */
  FAIRLEAD_BRIDGE_SET_INTERNAL,  /* bridges of internal networks */
  FAIRLEAD_BRIDGE_SET_ISOLATED,  /* bridges of networks with isolate=yes or strict */
  FAIRLEAD_BRIDGE_SET_STRICT,    /* bridges of networks with isolate=strict */
  FAIRLEAD_BRIDGE_SET_ROUTED,    /* bridges of networks whose addresses are known outside */
  FAIRLEAD_BRIDGE_SET_SUBNETS,   /* the others' subnets, which are masqueraded */
  FAIRLEAD_BRIDGE_SET_SUBNETS6,
  FAIRLEAD_BRIDGE_SET_CLOSED6,   /* subnets to which no way leads from ::1 */
  FAIRLEAD_BRIDGE_MAP_OUTBOUND,  /* subnet : address to go out with */
  FAIRLEAD_BRIDGE_MAP_OUTBOUND6,
  FAIRLEAD_BRIDGE_MAP_PORTS,     /* protocol . port : address . port */
  FAIRLEAD_BRIDGE_MAP_PORTS6,
  FAIRLEAD_BRIDGE_MAP_ADDRESS_PORTS, /* host address . protocol . port : address . port */
  FAIRLEAD_BRIDGE_MAP_ADDRESS_PORTS6,
  FAIRLEAD_BRIDGE_MAP_RANGES,    /* protocol . ports : address, where the ports are the same on both sides */
  FAIRLEAD_BRIDGE_MAP_RANGES6,
  FAIRLEAD_BRIDGE_MAP_ADDRESS_RANGES,
  FAIRLEAD_BRIDGE_MAP_ADDRESS_RANGES6,
  FAIRLEAD_BRIDGE_N_SETS,
} FairleadBridgeSetId;

#define FAIRLEAD_BRIDGE_MAX_KEY  32
#define FAIRLEAD_BRIDGE_MAX_DATA 20

typedef struct
{
  const char *name;
  guint32     flags;        /* NFT_SET_* */
  guint32     key_type;     /* as nft(8) numbers them */
  guint       key_length;
  guint32     data_type;    /* 0 for a set */
  guint       data_length;
  guint8      fields[3];    /* lengths of the key's fields, where it has several and is an interval */
} FairleadBridgeSetInfo;

typedef struct
{
  FairleadBridgeSetId set;
  guint8              key[FAIRLEAD_BRIDGE_MAX_KEY];
  guint8              key_end[FAIRLEAD_BRIDGE_MAX_KEY]; /* of an interval */
  guint8              data[FAIRLEAD_BRIDGE_MAX_DATA];
} FairleadBridgeElement;

/* What an array of elements has; NULL for an empty one, of which g_array_index() must not be asked. */
static inline const FairleadBridgeElement *
fairlead_bridge_elements (GArray *array)
{
  return (gconstpointer) array->data;
}

/* Those of ranges are the last. */
static inline gboolean
fairlead_bridge_set_has_ranges (FairleadBridgeSetId set)
{
  return set >= FAIRLEAD_BRIDGE_MAP_RANGES;
}

/* What kind of addresses a map of ports leads to. */
static inline int
fairlead_bridge_set_get_family (FairleadBridgeSetId map)
{
  return (map - FAIRLEAD_BRIDGE_MAP_PORTS) % 2 == 0 ? AF_INET : AF_INET6;
}

extern const FairleadBridgeSetInfo fairlead_bridge_sets[FAIRLEAD_BRIDGE_N_SETS];

/* In a batch: a transaction is what stands between begin and end. */
void      fairlead_bridge_nft_begin           (FairleadBridgeBatch          *batch);
void      fairlead_bridge_nft_end             (FairleadBridgeBatch          *batch);
/* Fails with EEXIST if there is a table of that name. */
void      fairlead_bridge_nft_add_table       (FairleadBridgeBatch          *batch,
                                               const char                   *table);
void      fairlead_bridge_nft_delete_table    (FairleadBridgeBatch          *batch,
                                               const char                   *table);
/* All rules anew, in a table that is there, whose elements stay. */
void      fairlead_bridge_nft_renew_rules     (FairleadBridgeBatch          *batch,
                                               const char                   *table);
/* Fails with EEXIST if there is one of that key, with ENOENT if there is no such table. */
void      fairlead_bridge_nft_add_elements    (FairleadBridgeBatch          *batch,
                                               const char                   *table,
                                               const FairleadBridgeElement  *elements,
                                               guint                         n_elements);
/* Fails with ENOENT if one is not there. */
void      fairlead_bridge_nft_delete_elements (FairleadBridgeBatch          *batch,
                                               const char                   *table,
                                               const FairleadBridgeElement  *elements,
                                               guint                         n_elements);

gboolean  fairlead_bridge_nft_has_table       (FairleadBridgeSocket         *socket,
                                               const char                   *table,
                                               gboolean                     *has_table,
                                               GError                      **error);
/* 0 if there is no such table. */
guint     fairlead_bridge_nft_count_rules     (FairleadBridgeSocket         *socket,
                                               const char                   *table);
/* Whether there is an element of that key; @data, if not NULL, gets its data. */
gboolean  fairlead_bridge_nft_get_element     (FairleadBridgeSocket         *socket,
                                               const char                   *table,
                                               const FairleadBridgeElement  *element,
                                               guint8                       *data);
/* (element-type FairleadBridgeElement): all that a map of ports has; nothing if it is not there. */
GArray   *fairlead_bridge_nft_dup_elements    (FairleadBridgeSocket         *socket,
                                               const char                   *table,
                                               FairleadBridgeSetId           id);

/* Whether there is any of those keys; one question for all of them. */
gboolean  fairlead_bridge_nft_has_any         (FairleadBridgeSocket         *socket,
                                               const char                   *table,
                                               const FairleadBridgeElement  *elements,
                                               guint                         n_elements);

/* In fairlead-bridge-rules.c: what the table has, in order. Returns the number of rules. */
guint     fairlead_bridge_rules_add           (FairleadBridgeBatch          *batch,
                                               const char                   *table);
void      fairlead_bridge_nft_add_message     (FairleadBridgeBatch          *batch,
                                               gconstpointer                 message,
                                               const char                   *purpose);

G_END_DECLS
