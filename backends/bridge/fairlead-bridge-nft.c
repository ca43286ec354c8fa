/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-nft.h"

#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <string.h>

/* A message with more elements than this might outgrow the 64 KiB that an attribute can have. */
#define MAX_ELEMENTS 128

/* Messages are built in zeros, as the kernel is sent what pads them too. */
#define BUFFER_SIZE (32 * 1024)

/* The numbers of nft(8) for types, for its listings; the kernel does not look at them. */
#define TYPE_IPV4     7u
#define TYPE_IPV6     8u
#define TYPE_PROTOCOL 12u
#define TYPE_PORT     13u
#define TYPE_IFNAME   41u
#define CONCAT(a, b)  ((a) << 6 | (b))

#define MAP           NFT_SET_MAP
#define INTERVAL      NFT_SET_INTERVAL
#define RANGES        (NFT_SET_MAP | NFT_SET_INTERVAL | NFT_SET_CONCAT)

const FairleadBridgeSetInfo fairlead_bridge_sets[FAIRLEAD_BRIDGE_N_SETS] = {
  { "bridges", 0, TYPE_IFNAME, 16, 0, 0, { 0 } },
  { "same", 0, CONCAT (TYPE_IFNAME, TYPE_IFNAME), 32, 0, 0, { 0 } },
  { "internal", 0, TYPE_IFNAME, 16, 0, 0, { 0 } },
  { "isolated", 0, TYPE_IFNAME, 16, 0, 0, { 0 } },
  { "strict", 0, TYPE_IFNAME, 16, 0, 0, { 0 } },
  { "routed", 0, TYPE_IFNAME, 16, 0, 0, { 0 } },
  { "subnets", INTERVAL, TYPE_IPV4, 4, 0, 0, { 0 } },
  { "subnets6", INTERVAL, TYPE_IPV6, 16, 0, 0, { 0 } },
  { "closed6", INTERVAL, TYPE_IPV6, 16, 0, 0, { 0 } },
  { "outbound", MAP | INTERVAL, TYPE_IPV4, 4, TYPE_IPV4, 4, { 0 } },
  { "outbound6", MAP | INTERVAL, TYPE_IPV6, 16, TYPE_IPV6, 16, { 0 } },
  { "ports", MAP, CONCAT (TYPE_PROTOCOL, TYPE_PORT), 8, CONCAT (TYPE_IPV4, TYPE_PORT), 8, { 0 } },
  { "ports6", MAP, CONCAT (TYPE_PROTOCOL, TYPE_PORT), 8, CONCAT (TYPE_IPV6, TYPE_PORT), 20, { 0 } },
  { "address-ports", MAP, CONCAT (CONCAT (TYPE_IPV4, TYPE_PROTOCOL), TYPE_PORT), 12, CONCAT (TYPE_IPV4, TYPE_PORT), 8,
    { 0 } },
  { "address-ports6", MAP, CONCAT (CONCAT (TYPE_IPV6, TYPE_PROTOCOL), TYPE_PORT), 24, CONCAT (TYPE_IPV6, TYPE_PORT), 20,
    { 0 } },
  { "ranges", RANGES, CONCAT (TYPE_PROTOCOL, TYPE_PORT), 8, TYPE_IPV4, 4, { 1, 2 } },
  { "ranges6", RANGES, CONCAT (TYPE_PROTOCOL, TYPE_PORT), 8, TYPE_IPV6, 16, { 1, 2 } },
  { "address-ranges", RANGES, CONCAT (CONCAT (TYPE_IPV4, TYPE_PROTOCOL), TYPE_PORT), 12, TYPE_IPV4, 4, { 4, 1, 2 } },
  { "address-ranges6", RANGES, CONCAT (CONCAT (TYPE_IPV6, TYPE_PROTOCOL), TYPE_PORT), 24, TYPE_IPV6, 16, { 16, 1, 2 } },
};

typedef struct nftnl_set Set;
typedef struct nftnl_table Table;
typedef struct nftnl_rule Rule;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Set, nftnl_set_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Table, nftnl_table_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rule, nftnl_rule_free)

void
fairlead_bridge_nft_add_message (FairleadBridgeBatch *batch,
                                 gconstpointer        message,
                                 const char          *purpose)
{
  fairlead_bridge_batch_add (batch, message, purpose);
}

void
fairlead_bridge_nft_begin (FairleadBridgeBatch *batch)
{
  char buffer[64] = { 0 };

  nftnl_batch_begin (buffer, 0);
  fairlead_bridge_nft_add_message (batch, buffer, NULL);
}

void
fairlead_bridge_nft_end (FairleadBridgeBatch *batch)
{
  char buffer[64] = { 0 };

  nftnl_batch_end (buffer, 0);
  fairlead_bridge_nft_add_message (batch, buffer, NULL);
}

static void
add_table_message (FairleadBridgeBatch *batch,
                   const char          *table,
                   int                  type,
                   int                  flags,
                   const char          *purpose)
{
  g_autoptr (Table) object = nftnl_table_alloc ();
  char buffer[512] = { 0 };
  struct nlmsghdr *message = nftnl_nlmsg_build_hdr (buffer, type, NFPROTO_INET, flags | NLM_F_ACK, 0);

  nftnl_table_set_str (object, NFTNL_TABLE_NAME, table);
  nftnl_table_nlmsg_build_payload (message, object);
  fairlead_bridge_nft_add_message (batch, buffer, purpose);
}

void
fairlead_bridge_nft_add_table (FairleadBridgeBatch *batch,
                               const char          *table)
{
  add_table_message (batch, table, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, "add the table of nf_tables");
  fairlead_bridge_rules_add (batch, table);
}

void
fairlead_bridge_nft_delete_table (FairleadBridgeBatch *batch,
                                  const char          *table)
{
  add_table_message (batch, table, NFT_MSG_DELTABLE, 0, "remove the table of nf_tables");
}

static struct nlmsghdr *
build_rule_message (char       *buffer,
                    const char *table,
                    int         type,
                    int         flags)
{
  g_autoptr (Rule) rule = nftnl_rule_alloc ();
  struct nlmsghdr *message = nftnl_nlmsg_build_hdr (buffer, type, NFPROTO_INET, flags, 0);

  nftnl_rule_set_str (rule, NFTNL_RULE_TABLE, table);
  nftnl_rule_nlmsg_build_payload (message, rule);
  return message;
}

/* Without a chain all rules of the table are meant. */
void
fairlead_bridge_nft_renew_rules (FairleadBridgeBatch *batch,
                                 const char          *table)
{
  char buffer[512] = { 0 };

  fairlead_bridge_nft_add_message (batch, build_rule_message (buffer, table, NFT_MSG_DELRULE, NLM_F_ACK),
                                   "remove the rules of nf_tables");
  fairlead_bridge_rules_add (batch, table);
}

static gboolean
count_rule (const struct nlmsghdr  *message,
            gpointer                user_data,
            GError                **error)
{
  if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE))
    *(guint *) user_data += 1;
  return TRUE;
}

guint
fairlead_bridge_nft_count_rules (FairleadBridgeSocket *socket,
                                 const char           *table)
{
  char buffer[512] = { 0 };
  guint n = 0;

  return fairlead_bridge_socket_ask (socket, build_rule_message (buffer, table, NFT_MSG_GETRULE, NLM_F_DUMP),
                                     "look at the rules of nf_tables", count_rule, &n, NULL) ? n : 0;
}

/* Of a subnet the start and the end are elements by themselves; of a range of ports one element has both. */
static gboolean
is_tree (const FairleadBridgeSetInfo *info)
{
  return (info->flags & NFT_SET_INTERVAL) != 0 && (info->flags & NFT_SET_CONCAT) == 0;
}

static gboolean
is_zero (const guint8 *bytes,
         gsize         length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != 0)
      return FALSE;
  return TRUE;
}

static void
add_element (Set                         *set,
             const FairleadBridgeElement *element,
             gboolean                     with_data)
{
  const FairleadBridgeSetInfo *info = &fairlead_bridge_sets[element->set];
  struct nftnl_set_elem *start = nftnl_set_elem_alloc ();
  struct nftnl_set_elem *end;

  nftnl_set_elem_set (start, NFTNL_SET_ELEM_KEY, element->key, info->key_length);
  if ((info->flags & NFT_SET_CONCAT) != 0)
    nftnl_set_elem_set (start, NFTNL_SET_ELEM_KEY_END, element->key_end, info->key_length);
  if (with_data && info->data_length > 0)
    nftnl_set_elem_set (start, NFTNL_SET_ELEM_DATA, element->data, info->data_length);
  nftnl_set_elem_add (set, start);

  /* An interval up to the last address has no end. */
  if (!is_tree (info) || is_zero (element->key_end, info->key_length))
    return;
  end = nftnl_set_elem_alloc ();
  nftnl_set_elem_set_u32 (end, NFTNL_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
  nftnl_set_elem_set (end, NFTNL_SET_ELEM_KEY, element->key_end, info->key_length);
  nftnl_set_elem_add (set, end);
}

static Set *
set_new (const char          *table,
         FairleadBridgeSetId  id)
{
  Set *set = nftnl_set_alloc ();

  nftnl_set_set_str (set, NFTNL_SET_TABLE, table);
  nftnl_set_set_str (set, NFTNL_SET_NAME, fairlead_bridge_sets[id].name);
  return set;
}

/* Elements of one set that follow one another go together. */
static void
add_elements_messages (FairleadBridgeBatch         *batch,
                       const char                  *table,
                       const FairleadBridgeElement *elements,
                       guint                        n_elements,
                       int                          type,
                       int                          flags,
                       const char                  *purpose)
{
  g_autofree char *buffer = g_malloc0 (BUFFER_SIZE);
  guint next;

  for (guint i = 0; i < n_elements; i = next)
    {
      g_autoptr (Set) set = set_new (table, elements[i].set);
      struct nlmsghdr *message = nftnl_nlmsg_build_hdr (buffer, type, NFPROTO_INET, flags | NLM_F_ACK, 0);

      for (next = i; next < n_elements && next - i < MAX_ELEMENTS && elements[next].set == elements[i].set; next++)
        add_element (set, &elements[next], type == NFT_MSG_NEWSETELEM);
      nftnl_set_elems_nlmsg_build_payload (message, set);
      fairlead_bridge_nft_add_message (batch, buffer, purpose);
    }
}

void
fairlead_bridge_nft_add_elements (FairleadBridgeBatch         *batch,
                                  const char                  *table,
                                  const FairleadBridgeElement *elements,
                                  guint                        n_elements)
{
  add_elements_messages (batch, table, elements, n_elements, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL,
                         "add to the rules of nf_tables");
}

void
fairlead_bridge_nft_delete_elements (FairleadBridgeBatch         *batch,
                                     const char                  *table,
                                     const FairleadBridgeElement *elements,
                                     guint                        n_elements)
{
  add_elements_messages (batch, table, elements, n_elements, NFT_MSG_DELSETELEM, 0,
                         "remove from the rules of nf_tables");
}

static gboolean
note_answer (const struct nlmsghdr  *message,
             gpointer                user_data,
             GError                **error)
{
  *(gboolean *) user_data = TRUE;
  return TRUE;
}

gboolean
fairlead_bridge_nft_has_table (FairleadBridgeSocket  *socket,
                               const char            *table,
                               gboolean              *has_table,
                               GError               **error)
{
  g_autoptr (Table) object = nftnl_table_alloc ();
  g_autoptr (GError) local_error = NULL;
  char buffer[512] = { 0 };
  struct nlmsghdr *message = nftnl_nlmsg_build_hdr (buffer, NFT_MSG_GETTABLE, NFPROTO_INET, 0, 0);

  nftnl_table_set_str (object, NFTNL_TABLE_NAME, table);
  nftnl_table_nlmsg_build_payload (message, object);
  *has_table = FALSE;
  if (fairlead_bridge_socket_ask (socket, message, "look for the table of nf_tables", note_answer, has_table,
                                  &local_error) ||
      g_error_matches (local_error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

typedef struct
{
  FairleadBridgeSetId set;
  GArray *elements; /* (element-type FairleadBridgeElement) */
} Answer;

static void
read_field (guint8                *target,
            gsize                  length,
            struct nftnl_set_elem *element,
            guint16                attribute)
{
  guint32 found = 0;
  const void *data = nftnl_set_elem_get (element, attribute, &found);

  if (data != NULL && found == length)
    memcpy (target, data, length);
}

static int
read_element (struct nftnl_set_elem *element,
              void                  *user_data)
{
  Answer *answer = user_data;
  const FairleadBridgeSetInfo *info = &fairlead_bridge_sets[answer->set];
  FairleadBridgeElement result = { .set = answer->set };

  read_field (result.key, info->key_length, element, NFTNL_SET_ELEM_KEY);
  read_field (result.key_end, info->key_length, element, NFTNL_SET_ELEM_KEY_END);
  read_field (result.data, info->data_length, element, NFTNL_SET_ELEM_DATA);
  g_array_append_val (answer->elements, result);
  return 0;
}

static gboolean
read_elements (const struct nlmsghdr  *message,
               gpointer                user_data,
               GError                **error)
{
  g_autoptr (Set) set = nftnl_set_alloc ();

  if (nftnl_set_elems_nlmsg_parse (message, set) >= 0)
    nftnl_set_elem_foreach (set, read_element, user_data);
  return TRUE;
}

static struct nlmsghdr *
build_question (char                        *buffer,
                const char                  *table,
                const FairleadBridgeElement *element)
{
  FairleadBridgeElement start = *element;
  g_autoptr (Set) set = set_new (table, element->set);
  struct nlmsghdr *message = nftnl_nlmsg_build_hdr (buffer, NFT_MSG_GETSETELEM, NFPROTO_INET, 0, 0);

  if (is_tree (&fairlead_bridge_sets[element->set]))
    memset (start.key_end, 0, sizeof start.key_end);
  add_element (set, &start, FALSE);
  nftnl_set_elems_nlmsg_build_payload (message, set);
  return message;
}

gboolean
fairlead_bridge_nft_has_any (FairleadBridgeSocket        *socket,
                             const char                  *table,
                             const FairleadBridgeElement *elements,
                             guint                        n_elements)
{
  guint next;

  for (guint i = 0; i < n_elements; i = next)
    {
      g_autoptr (FairleadBridgeBatch) batch = fairlead_bridge_batch_new ();
      FairleadBridgeFailure failure;

      for (next = i; next < n_elements && next - i < MAX_ELEMENTS; next++)
        {
          char buffer[1024] = { 0 };

          build_question (buffer, table, &elements[next]);
          fairlead_bridge_nft_add_message (batch, buffer, "look at the rules of nf_tables");
        }
      fairlead_bridge_socket_try (socket, batch, &failure);
      if (failure.n_failed < next - i)
        return TRUE;
    }
  return FALSE;
}

gboolean
fairlead_bridge_nft_get_element (FairleadBridgeSocket        *socket,
                                 const char                  *table,
                                 const FairleadBridgeElement *element,
                                 guint8                      *data)
{
  g_autoptr (GArray) elements = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));
  Answer answer = { element->set, elements };
  char buffer[1024] = { 0 };

  if (!fairlead_bridge_socket_ask (socket, build_question (buffer, table, element), "look at the rules of nf_tables",
                                   read_elements, &answer, NULL) || elements->len == 0)
    return FALSE;
  if (data != NULL)
    memcpy (data, g_array_index (elements, FairleadBridgeElement, 0).data, FAIRLEAD_BRIDGE_MAX_DATA);
  return TRUE;
}

GArray *
fairlead_bridge_nft_dup_elements (FairleadBridgeSocket *socket,
                                  const char           *table,
                                  FairleadBridgeSetId   id)
{
  GArray *elements = g_array_new (FALSE, FALSE, sizeof (FairleadBridgeElement));
  Answer answer = { id, elements };
  g_autoptr (Set) set = set_new (table, id);
  char buffer[512] = { 0 };
  struct nlmsghdr *message = nftnl_nlmsg_build_hdr (buffer, NFT_MSG_GETSETELEM, NFPROTO_INET, NLM_F_DUMP, 0);

  nftnl_set_elems_nlmsg_build_payload (message, set);
  fairlead_bridge_socket_ask (socket, message, "look at the rules of nf_tables", read_elements, &answer, NULL);
  return elements;
}
