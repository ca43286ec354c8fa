/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-attachment-private.h"

G_BEGIN_DECLS

/* For the files of FairleadAttachment alone. */

struct _FairleadAttachment
{
  GObject parent_instance;

  char            *container_id;
  char            *network_name;
  char            *backend_name;
  FairleadNetwork *network;       /* (nullable) (owned), unless the module is gone */
  GVariant        *options;       /* (owned) the network's values as set up, a{ss} */
  FairleadNetns   *netns;         /* (nullable) (owned), in a working copy only */
  char            *netns_path;    /* (nullable) */
  FairleadState    state;
  GDateTime       *created;       /* (nullable) */
  char            *interface;     /* (nullable) */
  GInetAddress    *ip;            /* (nullable), as requested */
  GInetAddress    *ip6;           /* (nullable), as requested */
  char            *mac;           /* (nullable), as requested */
  gboolean         default_route;
  guint            route_metric;
  GListStore      *port_mappings; /* (owned) (element-type FairleadPortMapping) */
  GListStore      *interfaces;    /* (owned) (element-type FairleadInterface) */
  GListStore      *addresses;     /* (owned) (element-type FairleadInterfaceAddress) */
  GListStore      *routes;        /* (owned) (element-type FairleadRoute) */
  char           **dns_servers;
  char           **dns_searches;
  char           **dns_options;
  GVariant        *document;      /* (owned) a{sv} */
  char            *directory;     /* (nullable) the name of the directory for its files */
  char            *directory_path; /* (nullable) */
  int              exit_fd;       /* in a working copy only, and not owned; -1 if there is none */

  FairleadCheckpointFunc checkpoint_func; /* (nullable) */
  gpointer               checkpoint_data;
  char                  *directories;     /* (nullable) where the directories of attachments are */
};

enum
{
  PROP_CONTAINER_ID = 1,
  PROP_NETWORK_NAME,
  PROP_BACKEND_NAME,
  PROP_NETWORK,
  PROP_NETNS_PATH,
  PROP_STATE,
  PROP_CREATED,
  PROP_INTERFACE,
  PROP_IP,
  PROP_IP6,
  PROP_MAC,
  PROP_DEFAULT_ROUTE,
  PROP_ROUTE_METRIC,
  PROP_PORT_MAPPINGS,
  PROP_INTERFACES,
  PROP_ADDRESSES,
  PROP_ROUTES,
  PROP_DNS_SERVERS,
  PROP_DNS_SEARCHES,
  PROP_DNS_OPTIONS,
  PROP_DOCUMENT,
  N_PROPS
};

extern GParamSpec *fairlead_attachment_props[N_PROPS];

/* For short. */
#define props fairlead_attachment_props

G_END_DECLS
