/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-testlib.h"

#include "fairlead-cni-result.h"

typedef struct
{
  const char *path;
  const char *summary;
  const char *json;
  const char *default_version;
  const char *target;
  const char *expected;
} Conversion;

#define MODERN_RESULT                                                                                                 \
  "{'cniVersion':'1.0.0','interfaces':[{'name':'cni0','mac':'02:00:00:00:00:01'},"                                     \
  "{'name':'eth0','mac':'02:00:00:00:00:02','mtu':1400,'sandbox':'/run/netns/x','socketPath':'/s','pciID':'0000:00'}]," \
  "'ips':[{'interface':1,'address':'10.1.2.3/24','gateway':'10.1.2.1'},"                                               \
  "{'interface':0,'address':'FD00:0::5/64','gateway':'fd00::1'},{'address':'10.9.0.1/16'}],"                           \
  "'routes':[{'dst':'0.0.0.0/0','gw':'10.1.2.1','mtu':1300,'advmss':0,'priority':5,'table':0},{'dst':'::/0'}],"        \
  "'dns':{'nameservers':['10.1.2.1'],'domain':'example.org','search':['a','b'],'options':['ndots:1']}}"

#define DNS "'dns':{'nameservers':['10.1.2.1'],'domain':'example.org','search':['a','b'],'options':['ndots:1']}"

static const Conversion conversions[] = {
  {
    "modern-same", "A result of 1.0.0 keeps what the version knows, and has its addresses written in one way",
    MODERN_RESULT, "1.0.0", "1.0.0",
    "{'cniVersion':'1.0.0','interfaces':[{'name':'cni0','mac':'02:00:00:00:00:01'},"
    "{'name':'eth0','mac':'02:00:00:00:00:02','mtu':1400,'sandbox':'/run/netns/x','socketPath':'/s','pciID':'0000:00'}],"
    "'ips':[{'interface':1,'address':'10.1.2.3/24','gateway':'10.1.2.1'},"
    "{'interface':0,'address':'fd00::5/64','gateway':'fd00::1'},{'address':'10.9.0.1/16'}],"
    "'routes':[{'dst':'0.0.0.0/0','gw':'10.1.2.1','mtu':1300,'priority':5,'table':0},{'dst':'::/0'}]," DNS "}",
  },
  {
    "modern-to-1.1.0", "From 1.0.0 to 1.1.0 only the number changes",
    "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3/24'}]}", "1.0.0", "1.1.0",
    "{'cniVersion':'1.1.0','ips':[{'address':'10.1.2.3/24'}]}",
  },
  {
    "modern-to-0.4.0", "Going down to 0.4.0 adds the version of addresses and loses mtu, socketPath and pciID",
    MODERN_RESULT, "1.0.0", "0.4.0",
    "{'cniVersion':'0.4.0','interfaces':[{'name':'cni0','mac':'02:00:00:00:00:01'},"
    "{'name':'eth0','mac':'02:00:00:00:00:02','sandbox':'/run/netns/x'}],"
    "'ips':[{'version':'4','interface':1,'address':'10.1.2.3/24','gateway':'10.1.2.1'},"
    "{'version':'6','interface':0,'address':'fd00::5/64','gateway':'fd00::1'},{'version':'4','address':'10.9.0.1/16'}],"
    "'routes':[{'dst':'0.0.0.0/0','gw':'10.1.2.1','mtu':1300,'priority':5,'table':0},{'dst':'::/0'}]," DNS "}",
  },
  {
    "modern-to-0.2.0", "Going down to 0.2.0 keeps the first address of each family with its routes",
    MODERN_RESULT, "1.0.0", "0.2.0",
    "{'cniVersion':'0.2.0','ip4':{'ip':'10.1.2.3/24','gateway':'10.1.2.1','routes':[{'dst':'0.0.0.0/0','gw':'10.1.2.1'}]},"
    "'ip6':{'ip':'fd00::5/64','gateway':'fd00::1','routes':[{'dst':'::/0'}]}," DNS "}",
  },
  {
    "to-0.2.0-family-without-address", "Routes of a family that has no address are dropped",
    "{'cniVersion':'0.3.1','ips':[{'version':'4','address':'10.1.2.3/24'}],'routes':[{'dst':'::/0'}]}", "", "0.1.0",
    "{'cniVersion':'0.1.0','ip4':{'ip':'10.1.2.3/24'},'dns':{}}",
  },
  {
    "to-0.2.0-without-address", "A result without any address does not fit into 0.2.0",
    "{'cniVersion':'1.0.0','interfaces':[{'name':'x'}]}", "", "0.2.0", NULL,
  },
  {
    "old-same", "A result of 0.2.0 keeps its shape, extras of routes included",
    "{'cniVersion':'0.2.0','ip4':{'ip':'10.1.2.3/24','routes':[{'dst':'10.0.0.0/8','mtu':9}]},'dns':{}}", "", "0.2.0",
    "{'cniVersion':'0.2.0','ip4':{'ip':'10.1.2.3/24','routes':[{'dst':'10.0.0.0/8','mtu':9}]},'dns':{}}",
  },
  {
    "old-empty", "An empty result of 0.1.0 stays empty",
    "{}", "", "", "{'cniVersion':'0.1.0','dns':{}}",
  },
  {
    "old-to-0.4.0", "From 0.2.0 the routes of both families are joined, and there are no interfaces",
    "{'cniVersion':'0.2.0','ip6':{'ip':'fd00::5/64','routes':[{'dst':'::/0','gw':'fd00::1'}]},"
    "'ip4':{'ip':'10.1.2.3/24','gateway':'10.1.2.1','routes':[{'dst':'0.0.0.0/0'}]},'dns':{'nameservers':['1.1.1.1']}}",
    "", "0.4.0",
    "{'cniVersion':'0.4.0','ips':[{'version':'4','address':'10.1.2.3/24','gateway':'10.1.2.1'},"
    "{'version':'6','address':'fd00::5/64'}],'routes':[{'dst':'0.0.0.0/0'},{'dst':'::/0','gw':'fd00::1'}],"
    "'dns':{'nameservers':['1.1.1.1']}}",
  },
  {
    "0.3.0-to-1.0.0", "Going up to 1.0.0 removes the version of addresses, and an empty dns",
    "{'cniVersion':'0.3.0','ips':[{'version':'6','interface':0,'address':'10.1.2.3/24'}],'dns':{}}", "", "1.0.0",
    "{'cniVersion':'1.0.0','ips':[{'interface':0,'address':'10.1.2.3/24'}]}",
  },
  {
    "unknown-keys", "Keys that nobody knows are dropped; the name of an interface is always there",
    "{'cniVersion':'1.0.0','x':1,'interfaces':[{'sandbox':'/n','y':2}],'routes':[{'dst':'10.0.0.0/8','scope':0,'z':3}]}",
    "", "1.0.0",
    "{'cniVersion':'1.0.0','interfaces':[{'name':'','sandbox':'/n'}],'routes':[{'dst':'10.0.0.0/8','scope':0}]}",
  },
  {
    "mapped", "An IPv4 address in IPv6 clothes is the IPv4 address, host bits kept",
    "{'cniVersion':'1.0.0','ips':[{'address':'::ffff:10.1.2.3/120','gateway':'::ffff:10.1.2.1'}]}", "", "0.4.0",
    "{'cniVersion':'0.4.0','ips':[{'version':'4','address':'10.1.2.3/24','gateway':'10.1.2.1'}],'dns':{}}",
  },
  {
    "null", "null is an empty result of the configuration's version",
    "null", "0.4.0", "0.4.0", "{'cniVersion':'0.4.0','dns':{}}",
  },
  {
    "null-members", "A member that is null counts as absent",
    "{'cniVersion':'1.0.0','ips':null,'dns':null,'routes':[{'dst':'10.0.0.0/8','gw':null}]}", "", "1.0.0",
    "{'cniVersion':'1.0.0','routes':[{'dst':'10.0.0.0/8'}]}",
  },
  { "target-unknown", "There is no version 2", "{'cniVersion':'1.0.0'}", "", "2.0.0", NULL },
};

static char *
dup_quoted (const char *text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

static void
test_conversion (gconstpointer data)
{
  const Conversion *conversion = data;
  g_autofree char *json = dup_quoted (conversion->json);
  g_autofree char *expected = conversion->expected != NULL ? dup_quoted (conversion->expected) : NULL;
  g_autoptr (GVariant) value = cni_parse (json);
  g_autoptr (GVariant) converted = NULL;
  g_autoptr (FairleadCniResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary (conversion->summary);

  result = fairlead_cni_result_new (value, conversion->default_version, &error);
  g_assert_no_error (error);
  converted = fairlead_cni_result_to_variant (result, conversion->target, &error);
  if (expected == NULL)
    {
      g_assert_null (converted);
      g_assert_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED);
      return;
    }
  g_assert_no_error (error);
  cni_assert_json (converted, expected);
}

static const char * const refused[] = {
  "[]", "'x'", "7",
  "{'cniVersion':'2.0.0'}",
  "{'cniVersion':1}",
  "{'cniVersion':'1.0.0','ips':{}}",
  "{'cniVersion':'1.0.0','ips':[{}]}",
  "{'cniVersion':'1.0.0','ips':['10.1.2.3/24']}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3/33'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3/024'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3/+8'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.01.2.3/24'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'fe80::1%eth0/64'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'::ffff:10.1.2.3/64'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3/24','gateway':'x'}]}",
  "{'cniVersion':'1.0.0','ips':[{'address':'10.1.2.3/24','interface':'0'}]}",
  "{'cniVersion':'1.0.0','routes':[{'gw':'10.1.2.1'}]}",
  "{'cniVersion':'1.0.0','routes':[{'dst':'10.0.0.0/8','mtu':1.5}]}",
  "{'cniVersion':'1.0.0','dns':{'nameservers':'10.1.2.1'}}",
  "{'cniVersion':'1.0.0','dns':[]}",
  "{'cniVersion':'1.0.0','interfaces':[{'name':1}]}",
  "{'cniVersion':'0.2.0','ip4':{'gateway':'10.1.2.1'}}",
};

static void
test_refused (void)
{
  g_test_summary ("What is no result is refused, with a message");

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *json = dup_quoted (refused[i]);
      g_autoptr (GVariant) value = cni_parse (json);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", json);
      g_assert_null (fairlead_cni_result_new (value, "1.0.0", &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == FAIRLEAD_ERROR);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (conversions); i++)
    {
      g_autofree char *path = g_strconcat ("/fairlead/cni/result/", conversions[i].path, NULL);

      g_test_add_data_func (path, &conversions[i], test_conversion);
    }
  g_test_add_func ("/fairlead/cni/result/refused", test_refused);
  return g_test_run ();
}
