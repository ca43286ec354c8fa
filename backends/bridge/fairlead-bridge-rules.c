/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-bridge-nft.h"

#include <arpa/inet.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

/* The rules, each with its text as nft(8) lists it. They name no address, port or link: those are elements. What they are
 * there for:
 *
 * - loopback: whoever is on a bridge with route_localnet could reach what listens on 127.0.0.1 (CVE-2020-8558).
 * - prerouting, output: published ports, for others and for the host itself.
 * - publish: one host address is asked for before all of them, a single port before ranges.
 * - postrouting: the way out; a container that reaches itself or a neighbour through a published port, whose answer would
 *   otherwise take the short way; the host through 127.0.0.1 or ::1, which no container can answer.
 * - refuse: the host through ::1 where the answer would not come back (see fairlead_bridge_link_add_loopback_route()),
 *   so that who tries it first tries 127.0.0.1 at once.
 * - from, between, to: what containers may reach, and who may reach them. "same" lets through what br_netfilter shows of
 *   the traffic inside a bridge. Only what is published can be reached from outside, except on networks whose addresses
 *   are known there.
 *
 * An accept ends only its own chain: another table's drop still counts, and the other way round.
 */

typedef struct nftnl_rule Rule;
typedef struct nftnl_chain Chain;
typedef struct nftnl_set Set;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rule, nftnl_rule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Chain, nftnl_chain_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Set, nftnl_set_free)

/* Registers of 16 bytes, and of 4: the first of those is the beginning of register 1. */
#define REG_A  NFT_REG_1
#define REG_4  (NFT_REG32_00 + 1)
#define REG_16 (NFT_REG32_00 + 4)
#define REG_20 (NFT_REG32_00 + 5)
#define REG_B  NFT_REG_2

#define IPV4_SOURCE       12
#define IPV4_DESTINATION  16
#define IPV6_SOURCE       8
#define IPV6_DESTINATION  24
#define DESTINATION_PORT  2

/* Where the rules go. */
typedef struct
{
  FairleadBridgeBatch *batch;
  const char *table;
  const char *chain;
  guint n_rules;
  char buffer[4096];
} Rules;

static void
append (Rule              *rule,
        struct nftnl_expr *expression)
{
  nftnl_rule_add_expr (rule, expression);
}

static Rule *
begin (Rules *rules)
{
  Rule *rule = nftnl_rule_alloc ();

  nftnl_rule_set_str (rule, NFTNL_RULE_TABLE, rules->table);
  nftnl_rule_set_str (rule, NFTNL_RULE_CHAIN, rules->chain);
  nftnl_rule_set_u32 (rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
  return rule;
}

static void
end (Rules *rules,
     Rule  *rule)
{
  struct nlmsghdr *message =
    nftnl_nlmsg_build_hdr (rules->buffer, NFT_MSG_NEWRULE, NFPROTO_INET, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, 0);

  nftnl_rule_nlmsg_build_payload (message, rule);
  fairlead_bridge_nft_add_message (rules->batch, rules->buffer, "add a rule of nf_tables");
  rules->n_rules++;
  nftnl_rule_free (rule);
}

static void
load_meta (Rule   *rule,
           guint32 key,
           guint32 target)
{
  struct nftnl_expr *expression = nftnl_expr_alloc ("meta");

  nftnl_expr_set_u32 (expression, NFTNL_EXPR_META_KEY, key);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_META_DREG, target);
  append (rule, expression);
}

static void
load_payload (Rule   *rule,
              guint32 base,
              guint32 offset,
              guint32 length,
              guint32 target)
{
  struct nftnl_expr *expression = nftnl_expr_alloc ("payload");

  nftnl_expr_set_u32 (expression, NFTNL_EXPR_PAYLOAD_BASE, base);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_PAYLOAD_LEN, length);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_PAYLOAD_DREG, target);
  append (rule, expression);
}

static void
compare (Rule         *rule,
         guint32       operation,
         gconstpointer data,
         guint32       length)
{
  struct nftnl_expr *expression = nftnl_expr_alloc ("cmp");

  nftnl_expr_set_u32 (expression, NFTNL_EXPR_CMP_SREG, REG_A);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_CMP_OP, operation);
  nftnl_expr_set (expression, NFTNL_EXPR_CMP_DATA, data, length);
  append (rule, expression);
}

/* meta nfproto */
static void
match_family (Rule *rule,
              int   family)
{
  guint8 protocol = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;

  load_meta (rule, NFT_META_NFPROTO, REG_A);
  compare (rule, NFT_CMP_EQ, &protocol, sizeof protocol);
}

static void
look_up (Rule               *rule,
         FairleadBridgeSetId set,
         guint32             flags)
{
  struct nftnl_expr *expression = nftnl_expr_alloc ("lookup");

  nftnl_expr_set_u32 (expression, NFTNL_EXPR_LOOKUP_SREG, REG_A);
  nftnl_expr_set_str (expression, NFTNL_EXPR_LOOKUP_SET, fairlead_bridge_sets[set].name);
  if (fairlead_bridge_sets[set].data_length > 0)
    nftnl_expr_set_u32 (expression, NFTNL_EXPR_LOOKUP_DREG, REG_A);
  if (flags != 0)
    nftnl_expr_set_u32 (expression, NFTNL_EXPR_LOOKUP_FLAGS, flags);
  append (rule, expression);
}

/* iifname @SET */
static void
match_input (Rule               *rule,
             FairleadBridgeSetId set)
{
  load_meta (rule, NFT_META_IIFNAME, REG_A);
  look_up (rule, set, 0);
}

/* oifname @SET, oifname != @SET */
static void
match_output (Rule               *rule,
              FairleadBridgeSetId set,
              gboolean            inside)
{
  load_meta (rule, NFT_META_OIFNAME, REG_A);
  look_up (rule, set, inside ? 0 : NFT_LOOKUP_F_INV);
}

/* iifname . oifname @same */
static void
match_same (Rule *rule)
{
  load_meta (rule, NFT_META_IIFNAME, REG_A);
  load_meta (rule, NFT_META_OIFNAME, REG_B);
  look_up (rule, FAIRLEAD_BRIDGE_SET_SAME, 0);
}

/* ct state MASK, ct status MASK */
static void
match_conntrack (Rule   *rule,
                 guint32 key,
                 guint32 mask)
{
  struct nftnl_expr *load = nftnl_expr_alloc ("ct");
  struct nftnl_expr *bitwise = nftnl_expr_alloc ("bitwise");
  const guint32 zero = 0;

  nftnl_expr_set_u32 (load, NFTNL_EXPR_CT_KEY, key);
  nftnl_expr_set_u32 (load, NFTNL_EXPR_CT_DREG, REG_A);
  append (rule, load);
  nftnl_expr_set_u32 (bitwise, NFTNL_EXPR_BITWISE_SREG, REG_A);
  nftnl_expr_set_u32 (bitwise, NFTNL_EXPR_BITWISE_DREG, REG_A);
  nftnl_expr_set_u32 (bitwise, NFTNL_EXPR_BITWISE_LEN, sizeof mask);
  nftnl_expr_set (bitwise, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof mask);
  nftnl_expr_set (bitwise, NFTNL_EXPR_BITWISE_XOR, &zero, sizeof zero);
  append (rule, bitwise);
  compare (rule, NFT_CMP_NEQ, &zero, sizeof zero);
}

static void
match_known (Rule *rule)
{
  match_conntrack (rule, NFT_CT_STATE,
                   NF_CT_STATE_BIT (IP_CT_ESTABLISHED) | NF_CT_STATE_BIT (IP_CT_RELATED));
}

static void
match_published (Rule *rule)
{
  match_conntrack (rule, NFT_CT_STATUS, IPS_DST_NAT);
}

static void
finish (Rule       *rule,
        guint32     verdict,
        const char *chain)
{
  struct nftnl_expr *expression = nftnl_expr_alloc ("immediate");

  nftnl_expr_set_u32 (expression, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_IMM_VERDICT, verdict);
  if (chain != NULL)
    nftnl_expr_set_str (expression, NFTNL_EXPR_IMM_CHAIN, chain);
  append (rule, expression);
}

static void
masquerade (Rule *rule)
{
  append (rule, nftnl_expr_alloc ("masq"));
}

/* The address is in register A, the port in @port, 0 for the one that it has. */
static void
translate (Rule   *rule,
           guint32 type,
           int     family,
           guint32 port)
{
  struct nftnl_expr *expression = nftnl_expr_alloc ("nat");

  nftnl_expr_set_u32 (expression, NFTNL_EXPR_NAT_TYPE, type);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_NAT_FAMILY, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_NAT_REG_ADDR_MIN, REG_A);
  if (port != 0)
    {
      nftnl_expr_set_u32 (expression, NFTNL_EXPR_NAT_REG_PROTO_MIN, port);
      nftnl_expr_set_u32 (expression, NFTNL_EXPR_NAT_FLAGS, NF_NAT_RANGE_PROTO_SPECIFIED);
    }
  append (rule, expression);
}

static void
load_source (Rule *rule,
             int   family)
{
  load_payload (rule, NFT_PAYLOAD_NETWORK_HEADER, family == AF_INET ? IPV4_SOURCE : IPV6_SOURCE,
                family == AF_INET ? 4 : 16, REG_A);
}

/* ip saddr 127.0.0.0/8, ip6 saddr ::1 */
static void
match_from_loopback (Rule *rule,
                     int   family)
{
  const guint8 loopback4 = 127;

  match_family (rule, family);
  if (family == AF_INET)
    {
      load_payload (rule, NFT_PAYLOAD_NETWORK_HEADER, IPV4_SOURCE, sizeof loopback4, REG_A);
      compare (rule, NFT_CMP_EQ, &loopback4, sizeof loopback4);
    }
  else
    {
      load_source (rule, family);
      compare (rule, NFT_CMP_EQ, &in6addr_loopback, sizeof in6addr_loopback);
    }
}

/* iifname @bridges ip daddr 127.0.0.0/8 drop */
static void
add_loopback_rules (Rules *rules)
{
  const guint8 loopback = 127;
  Rule *rule = begin (rules);

  match_input (rule, FAIRLEAD_BRIDGE_SET_BRIDGES);
  match_family (rule, AF_INET);
  load_payload (rule, NFT_PAYLOAD_NETWORK_HEADER, IPV4_DESTINATION, 1, REG_A);
  compare (rule, NFT_CMP_EQ, &loopback, 1);
  finish (rule, NF_DROP, NULL);
  end (rules, rule);
}

/* fib daddr type local jump publish */
static void
add_local_rules (Rules *rules)
{
  const guint32 local = RTN_LOCAL;
  Rule *rule = begin (rules);
  struct nftnl_expr *fib = nftnl_expr_alloc ("fib");

  nftnl_expr_set_u32 (fib, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
  nftnl_expr_set_u32 (fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  nftnl_expr_set_u32 (fib, NFTNL_EXPR_FIB_DREG, REG_A);
  append (rule, fib);
  compare (rule, NFT_CMP_EQ, &local, sizeof local);
  finish (rule, NFT_JUMP, "publish");
  end (rules, rule);
}

/* oifname != @bridges snat ip to ip saddr map @outbound
 * oifname != @bridges ip saddr @subnets masquerade */
static void
add_outward_rules (Rules *rules,
                   int    family)
{
  Rule *rule = begin (rules);

  match_output (rule, FAIRLEAD_BRIDGE_SET_BRIDGES, FALSE);
  match_family (rule, family);
  load_source (rule, family);
  look_up (rule, family == AF_INET ? FAIRLEAD_BRIDGE_MAP_OUTBOUND : FAIRLEAD_BRIDGE_MAP_OUTBOUND6, 0);
  translate (rule, NFT_NAT_SNAT, family, 0);
  end (rules, rule);

  rule = begin (rules);
  match_output (rule, FAIRLEAD_BRIDGE_SET_BRIDGES, FALSE);
  match_family (rule, family);
  load_source (rule, family);
  look_up (rule, family == AF_INET ? FAIRLEAD_BRIDGE_SET_SUBNETS : FAIRLEAD_BRIDGE_SET_SUBNETS6, 0);
  masquerade (rule);
  end (rules, rule);
}

/* iifname . oifname @same ct status dnat masquerade
 * oifname @bridges ip saddr 127.0.0.0/8 masquerade
 * oifname @bridges ip6 saddr ::1 masquerade */
static void
add_inward_rules (Rules *rules)
{
  static const int families[] = { AF_INET, AF_INET6 };
  Rule *rule = begin (rules);

  match_same (rule);
  match_published (rule);
  masquerade (rule);
  end (rules, rule);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      rule = begin (rules);
      match_output (rule, FAIRLEAD_BRIDGE_SET_BRIDGES, TRUE);
      match_from_loopback (rule, families[i]);
      masquerade (rule);
      end (rules, rule);
    }
}

/* ip6 saddr ::1 ip6 daddr @closed6 reject with icmpx port-unreachable */
static void
add_refuse_rules (Rules *rules)
{
  Rule *rule = begin (rules);
  struct nftnl_expr *expression = nftnl_expr_alloc ("reject");

  match_from_loopback (rule, AF_INET6);
  load_payload (rule, NFT_PAYLOAD_NETWORK_HEADER, IPV6_DESTINATION, 16, REG_A);
  look_up (rule, FAIRLEAD_BRIDGE_SET_CLOSED6, 0);
  nftnl_expr_set_u32 (expression, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH);
  nftnl_expr_set_u8 (expression, NFTNL_EXPR_REJECT_CODE, NFT_REJECT_ICMPX_PORT_UNREACH);
  append (rule, expression);
  end (rules, rule);
}

static void
add_postrouting_rules (Rules *rules)
{
  add_outward_rules (rules, AF_INET);
  add_outward_rules (rules, AF_INET6);
  add_inward_rules (rules);
}

/* iifname @bridges goto from
 * oifname @bridges goto to */
static void
add_forward_rules (Rules *rules)
{
  Rule *rule = begin (rules);

  match_input (rule, FAIRLEAD_BRIDGE_SET_BRIDGES);
  finish (rule, NFT_GOTO, "from");
  end (rules, rule);

  rule = begin (rules);
  match_output (rule, FAIRLEAD_BRIDGE_SET_BRIDGES, TRUE);
  finish (rule, NFT_GOTO, "to");
  end (rules, rule);
}

/* dnat ip to ip daddr . meta l4proto . th dport map @address-ports */
static void
add_address_rule (Rules               *rules,
                  int                  family,
                  FairleadBridgeSetId  map,
                  gboolean             with_port)
{
  gboolean is_ipv4 = family == AF_INET;
  Rule *rule = begin (rules);

  match_family (rule, family);
  load_payload (rule, NFT_PAYLOAD_NETWORK_HEADER, is_ipv4 ? IPV4_DESTINATION : IPV6_DESTINATION, is_ipv4 ? 4 : 16, REG_A);
  load_meta (rule, NFT_META_L4PROTO, is_ipv4 ? REG_4 : REG_16);
  load_payload (rule, NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT, 2, is_ipv4 ? REG_4 + 1 : REG_20);
  look_up (rule, map, 0);
  translate (rule, NFT_NAT_DNAT, family, !with_port ? 0 : is_ipv4 ? REG_4 : REG_16);
  end (rules, rule);
}

/* meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports */
static void
add_any_rule (Rules               *rules,
              int                  family,
              FairleadBridgeSetId  map,
              gboolean             with_port)
{
  Rule *rule = begin (rules);

  match_family (rule, family);
  load_meta (rule, NFT_META_L4PROTO, REG_A);
  load_payload (rule, NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT, 2, REG_4);
  look_up (rule, map, 0);
  translate (rule, NFT_NAT_DNAT, family, !with_port ? 0 : family == AF_INET ? REG_4 : REG_16);
  end (rules, rule);
}

static void
add_publish_rules (Rules *rules)
{
  add_address_rule (rules, AF_INET, FAIRLEAD_BRIDGE_MAP_ADDRESS_PORTS, TRUE);
  add_address_rule (rules, AF_INET, FAIRLEAD_BRIDGE_MAP_ADDRESS_RANGES, FALSE);
  add_any_rule (rules, AF_INET, FAIRLEAD_BRIDGE_MAP_PORTS, TRUE);
  add_any_rule (rules, AF_INET, FAIRLEAD_BRIDGE_MAP_RANGES, FALSE);
  add_address_rule (rules, AF_INET6, FAIRLEAD_BRIDGE_MAP_ADDRESS_PORTS6, TRUE);
  add_address_rule (rules, AF_INET6, FAIRLEAD_BRIDGE_MAP_ADDRESS_RANGES6, FALSE);
  add_any_rule (rules, AF_INET6, FAIRLEAD_BRIDGE_MAP_PORTS6, TRUE);
  add_any_rule (rules, AF_INET6, FAIRLEAD_BRIDGE_MAP_RANGES6, FALSE);
}

static void
add_verdict (Rules  *rules,
             void  (*match) (Rule *rule),
             guint32 verdict)
{
  Rule *rule = begin (rules);

  if (match != NULL)
    match (rule);
  finish (rule, verdict, NULL);
  end (rules, rule);
}

static void
match_from_internal (Rule *rule)
{
  match_input (rule, FAIRLEAD_BRIDGE_SET_INTERNAL);
}

static void
match_to_internal (Rule *rule)
{
  match_output (rule, FAIRLEAD_BRIDGE_SET_INTERNAL, TRUE);
}

static void
match_from_strict (Rule *rule)
{
  match_input (rule, FAIRLEAD_BRIDGE_SET_STRICT);
}

static void
match_to_strict (Rule *rule)
{
  match_output (rule, FAIRLEAD_BRIDGE_SET_STRICT, TRUE);
}

static void
match_isolated (Rule *rule)
{
  match_input (rule, FAIRLEAD_BRIDGE_SET_ISOLATED);
  match_output (rule, FAIRLEAD_BRIDGE_SET_ISOLATED, TRUE);
}

static void
match_to_routed (Rule *rule)
{
  match_output (rule, FAIRLEAD_BRIDGE_SET_ROUTED, TRUE);
}

/* ct state established,related accept
 * iifname . oifname @same accept
 * iifname @internal drop
 * oifname @internal drop
 * ct status dnat accept
 * oifname @bridges goto between
 * accept */
static void
add_from_rules (Rules *rules)
{
  Rule *rule;

  add_verdict (rules, match_known, NF_ACCEPT);
  add_verdict (rules, match_same, NF_ACCEPT);
  add_verdict (rules, match_from_internal, NF_DROP);
  add_verdict (rules, match_to_internal, NF_DROP);
  add_verdict (rules, match_published, NF_ACCEPT);
  rule = begin (rules);
  match_output (rule, FAIRLEAD_BRIDGE_SET_BRIDGES, TRUE);
  finish (rule, NFT_GOTO, "between");
  end (rules, rule);
  add_verdict (rules, NULL, NF_ACCEPT);
}

/* iifname @strict drop
 * oifname @strict drop
 * iifname @isolated oifname @isolated drop
 * accept */
static void
add_between_rules (Rules *rules)
{
  add_verdict (rules, match_from_strict, NF_DROP);
  add_verdict (rules, match_to_strict, NF_DROP);
  add_verdict (rules, match_isolated, NF_DROP);
  add_verdict (rules, NULL, NF_ACCEPT);
}

/* ct state established,related accept
 * ct status dnat accept
 * oifname @routed accept
 * drop */
static void
add_to_rules (Rules *rules)
{
  add_verdict (rules, match_known, NF_ACCEPT);
  add_verdict (rules, match_published, NF_ACCEPT);
  add_verdict (rules, match_to_routed, NF_ACCEPT);
  add_verdict (rules, NULL, NF_DROP);
}

static const struct
{
  const char *name;
  const char *type; /* NULL for one that is only jumped to */
  int         hook;
  int         priority;
  void      (*add_rules) (Rules *rules);
} chains[] = {
  { "loopback", "filter", NF_INET_PRE_ROUTING, -300, add_loopback_rules },
  { "prerouting", "nat", NF_INET_PRE_ROUTING, -100, add_local_rules },
  { "output", "nat", NF_INET_LOCAL_OUT, -100, add_local_rules },
  { "postrouting", "nat", NF_INET_POST_ROUTING, 100, add_postrouting_rules },
  { "forward", "filter", NF_INET_FORWARD, 0, add_forward_rules },
  { "refuse", "filter", NF_INET_LOCAL_OUT, 0, add_refuse_rules },
  { "publish", NULL, 0, 0, add_publish_rules },
  { "from", NULL, 0, 0, add_from_rules },
  { "between", NULL, 0, 0, add_between_rules },
  { "to", NULL, 0, 0, add_to_rules },
};

static void
add_chain (Rules *rules,
           guint  i)
{
  g_autoptr (Chain) chain = nftnl_chain_alloc ();
  struct nlmsghdr *message =
    nftnl_nlmsg_build_hdr (rules->buffer, NFT_MSG_NEWCHAIN, NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK, 0);

  nftnl_chain_set_str (chain, NFTNL_CHAIN_TABLE, rules->table);
  nftnl_chain_set_str (chain, NFTNL_CHAIN_NAME, chains[i].name);
  if (chains[i].type != NULL)
    {
      nftnl_chain_set_str (chain, NFTNL_CHAIN_TYPE, chains[i].type);
      nftnl_chain_set_u32 (chain, NFTNL_CHAIN_HOOKNUM, chains[i].hook);
      nftnl_chain_set_s32 (chain, NFTNL_CHAIN_PRIO, chains[i].priority);
      nftnl_chain_set_u32 (chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    }
  nftnl_chain_nlmsg_build_payload (message, chain);
  fairlead_bridge_nft_add_message (rules->batch, rules->buffer, "add a chain of nf_tables");
}

static void
add_set (Rules              *rules,
         FairleadBridgeSetId id)
{
  /* Type 0, length 4: names of links are in the byte order of the host, or nft(8) lists them as "". */
  static const guint8 host_order[] = { 0, 4, 1, 0, 0, 0 };
  const FairleadBridgeSetInfo *info = &fairlead_bridge_sets[id];
  g_autoptr (Set) set = nftnl_set_alloc ();
  struct nlmsghdr *message =
    nftnl_nlmsg_build_hdr (rules->buffer, NFT_MSG_NEWSET, NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK, 0);

  nftnl_set_set_str (set, NFTNL_SET_TABLE, rules->table);
  nftnl_set_set_str (set, NFTNL_SET_NAME, info->name);
  nftnl_set_set_u32 (set, NFTNL_SET_ID, id + 1);
  nftnl_set_set_u32 (set, NFTNL_SET_FLAGS, info->flags);
  nftnl_set_set_u32 (set, NFTNL_SET_KEY_TYPE, info->key_type);
  nftnl_set_set_u32 (set, NFTNL_SET_KEY_LEN, info->key_length);
  if (info->data_length > 0)
    {
      nftnl_set_set_u32 (set, NFTNL_SET_DATA_TYPE, info->data_type);
      nftnl_set_set_u32 (set, NFTNL_SET_DATA_LEN, info->data_length);
    }
  if ((info->flags & NFT_SET_CONCAT) != 0)
    nftnl_set_set_data (set, NFTNL_SET_DESC_CONCAT, info->fields, info->fields[2] != 0 ? 3 : 2);
  if (id <= FAIRLEAD_BRIDGE_SET_ROUTED)
    nftnl_set_set_data (set, NFTNL_SET_USERDATA, host_order, sizeof host_order);
  nftnl_set_nlmsg_build_payload (message, set);
  fairlead_bridge_nft_add_message (rules->batch, rules->buffer, "add a set of nf_tables");
}

guint
fairlead_bridge_rules_add (FairleadBridgeBatch *batch,
                           const char          *table)
{
  Rules rules = { .batch = batch, .table = table };

  for (guint id = 0; id < FAIRLEAD_BRIDGE_N_SETS; id++)
    add_set (&rules, id);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    add_chain (&rules, i);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      rules.chain = chains[i].name;
      chains[i].add_rules (&rules);
    }
  return rules.n_rules;
}
