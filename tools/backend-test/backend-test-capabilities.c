/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "backend-test.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Each capability that a backend declares is tried. What it does not declare is not asked of it: core refuses that. */

#define HOST_PORT      47777
#define CONTAINER_PORT 7777
#define TRAFFIC_TIME_S 3

/* What one capability is asked for, and how it is seen whether it was given. */
typedef struct
{
  FairleadBackendCapabilities  capability;
  const char                  *options; /* (nullable) of the request */
  int                        (*ask) (Lab *lab, FairleadRequest *request);
  int                        (*look) (Lab *lab, FairleadContainer *container);
} Trial;

static FairleadAttachment *
get_attachment (FairleadContainer *container)
{
  return g_list_model_get_item (fairlead_container_get_attachments (container), 0);
}

static int
step_try (gconstpointer data)
{
  const Trial *trial = data;
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  int result;

  if (!lab_open (&lab, TRUE, &error))
    return violation ("%s", error->message);
  if ((lab_get_capabilities (&lab) & trial->capability) == 0)
    return SKIPPED;
  request = lab_new_request (&lab, "able", trial->options);
  result = trial->ask != NULL ? trial->ask (&lab, request) : PASSED;
  if (result != PASSED)
    return result;
  container = fairlead_manager_setup (lab.manager, request, NULL, &error);
  if (container == NULL)
    return violation ("the backend declares it, but setup failed: %s", error->message);
  result = trial->look (&lab, container);
  return lab_tear_down (&lab, "able", &error) ? result : violation ("teardown failed: %s", error->message);
}

/* Twice: what a network has for a capability, such as the firewall's chains for ports, comes with the first use. */
static int
try (const Trial *trial)
{
  g_autoptr (Snapshot) without = begin_case ();
  g_autoptr (Snapshot) before = NULL;
  int result = without != NULL ? run_step (step_try, trial) : FAILED;

  if (result != PASSED)
    return result;
  before = host_snapshot (NULL);
  return end_case (before, run_step (step_try, trial));
}

static FairleadInterface *
find_interface (FairleadContainer *container,
                const char        *name)
{
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), NULL);
  g_autoptr (GListModel) interfaces = netns != NULL ? fairlead_netns_list_interfaces (netns, NULL) : NULL;

  for (guint i = 0; interfaces != NULL && i < g_list_model_get_n_items (interfaces); i++)
    {
      g_autoptr (FairleadInterface) interface = g_list_model_get_item (interfaces, i);

      if (strcmp (fairlead_interface_get_name (interface), name) == 0)
        return g_steal_pointer (&interface);
    }
  return NULL;
}

static int
look_for_name (Lab               *lab,
               FairleadContainer *container)
{
  g_autoptr (FairleadInterface) interface = find_interface (container, "chosen0");

  return interface != NULL ? PASSED : violation ("the container has no interface chosen0");
}

int
case_interface_name (void)
{
  const Trial trial = { FAIRLEAD_BACKEND_CAP_INTERFACE_NAME, "interface=chosen0", NULL, look_for_name };

  return try (&trial);
}

static int
look_for_mac (Lab               *lab,
              FairleadContainer *container)
{
  g_autoptr (FairleadAttachment) attachment = get_attachment (container);
  const char *name = fairlead_attachment_get_interface (attachment);
  g_autoptr (FairleadInterface) interface = name != NULL ? find_interface (container, name) : NULL;
  const char *mac = interface != NULL ? fairlead_interface_get_mac_address (interface) : NULL;

  return g_strcmp0 (mac, "02:00:00:11:22:33") == 0
           ? PASSED : violation ("the interface has the MAC address %s", mac != NULL ? mac : "(none)");
}

int
case_static_mac (void)
{
  const Trial trial = { FAIRLEAD_BACKEND_CAP_STATIC_MAC, "mac=02:00:00:11:22:33", NULL, look_for_mac };

  return try (&trial);
}

static char *wanted_address;

static GInetAddress *
find_ipv4 (FairleadContainer *container)
{
  g_autoptr (FairleadAttachment) attachment = get_attachment (container);
  GListModel *addresses = fairlead_attachment_get_addresses (attachment);

  for (guint i = 0; i < g_list_model_get_n_items (addresses); i++)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i);
      GInetAddress *inet = fairlead_interface_address_get_address (address);

      if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4)
        return g_object_ref (inet);
    }
  return NULL;
}

/* Which address there is to ask for shows from one that was given: the same, seven higher. */
static int
learn_address (Lab *lab)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadContainer) container = lab_set_up (lab, "before", &error);
  g_autoptr (GInetAddress) given = container != NULL ? find_ipv4 (container) : NULL;
  guint8 bytes[4];
  g_autoptr (GInetAddress) wanted = NULL;

  if (container == NULL)
    return violation ("setup failed: %s", error->message);
  if (!lab_tear_down (lab, "before", &error))
    return violation ("teardown failed: %s", error->message);
  if (given == NULL)
    return SKIPPED;
  memcpy (bytes, g_inet_address_to_bytes (given), sizeof bytes);
  bytes[3] = (guint8) (bytes[3] < 200 ? bytes[3] + 7 : bytes[3] - 7);
  wanted = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV4);
  wanted_address = g_inet_address_to_string (wanted);
  return PASSED;
}

static int
step_static_address (gconstpointer data)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadRequest) request = NULL;
  g_autoptr (FairleadContainer) container = NULL;
  g_autoptr (GInetAddress) given = NULL;
  g_autofree char *option = NULL;
  g_autofree char *text = NULL;
  int result;

  if (!lab_open (&lab, TRUE, &error))
    return violation ("%s", error->message);
  if ((lab_get_capabilities (&lab) & FAIRLEAD_BACKEND_CAP_STATIC_ADDRESS) == 0)
    return SKIPPED;
  result = learn_address (&lab);
  if (result != PASSED)
    return result;
  option = g_strconcat ("ip=", wanted_address, NULL);
  request = lab_new_request (&lab, "able", option);
  container = fairlead_manager_setup (lab.manager, request, NULL, &error);
  if (container == NULL)
    return violation ("the backend declares it, but setup with %s failed: %s", option, error->message);
  given = find_ipv4 (container);
  text = given != NULL ? g_inet_address_to_string (given) : g_strdup ("none");
  if (strcmp (text, wanted_address) != 0)
    result = violation ("%s was asked for, and %s was given", wanted_address, text);
  return lab_tear_down (&lab, "able", &error) ? result : violation ("teardown failed: %s", error->message);
}

int
case_static_address (void)
{
  g_autoptr (Snapshot) before = begin_case ();

  return before != NULL ? end_case (before, run_step (step_static_address, NULL)) : FAILED;
}

static int
ask_for_port (FairleadRequest  *request,
              FairleadProtocol  protocol)
{
  g_autoptr (FairleadPortMapping) mapping =
    fairlead_port_mapping_new (protocol, NULL, HOST_PORT, CONTAINER_PORT, 1);

  fairlead_request_add_port_mapping (request, mapping);
  return PASSED;
}

static int
ask_for_tcp (Lab             *lab,
             FairleadRequest *request)
{
  return ask_for_port (request, FAIRLEAD_PROTOCOL_TCP);
}

static int
ask_for_udp (Lab             *lab,
             FairleadRequest *request)
{
  return ask_for_port (request, FAIRLEAD_PROTOCOL_UDP);
}

static void
limit_time (int fd)
{
  const struct timeval limit = { .tv_sec = TRAFFIC_TIME_S };

  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static int
open_server (FairleadContainer  *container,
             int                 type,
             GError            **error)
{
  const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons (CONTAINER_PORT) };
  g_autoptr (FairleadNetns) netns = fairlead_netns_new_for_path (fairlead_container_get_netns_path (container), error);
  int fd = netns != NULL ? fairlead_netns_open_socket (netns, AF_INET, type, 0, error) : -1;

  if (fd < 0)
    return -1;
  limit_time (fd);
  if (bind (fd, (const struct sockaddr *) &any, sizeof any) == 0 && (type == SOCK_DGRAM || listen (fd, 8) == 0))
    return fd;
  fairlead_error_set_errno (error, errno, "cannot listen inside the container");
  close (fd);
  return -1;
}

/* Whether a message to @address on the host arrives at @server. */
static gboolean
arrives (int            server,
         int            type,
         const guint8  *address)
{
  struct sockaddr_in target = { .sin_family = AF_INET, .sin_port = htons (HOST_PORT) };
  int client = socket (AF_INET, type | SOCK_CLOEXEC, 0);
  char buffer[8] = "";
  gboolean arrived = FALSE;
  int peer = -1;

  memcpy (&target.sin_addr, address, 4);
  limit_time (client);
  if (connect (client, (struct sockaddr *) &target, sizeof target) == 0 && send (client, "hello", 5, MSG_NOSIGNAL) == 5)
    {
      peer = type == SOCK_STREAM ? accept (server, NULL, NULL) : dup (server);
      if (peer >= 0)
        limit_time (peer);
      arrived = peer >= 0 && recv (peer, buffer, sizeof buffer, 0) == 5 && memcmp (buffer, "hello", 5) == 0;
    }
  if (peer >= 0)
    close (peer);
  close (client);
  return arrived;
}

static int
look_for_traffic (FairleadContainer *container,
                  int                type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FairleadNetns) host = fairlead_netns_new_current (&error);
  g_autoptr (GListModel) addresses = host != NULL ? fairlead_netns_list_addresses (host, &error) : NULL;
  int server = addresses != NULL ? open_server (container, type, &error) : -1;
  gboolean arrived = FALSE;

  if (server < 0)
    return violation ("%s", error->message);
  for (guint i = g_list_model_get_n_items (addresses); !arrived && i > 0; i--)
    {
      g_autoptr (FairleadInterfaceAddress) address = g_list_model_get_item (addresses, i - 1);
      GInetAddress *inet = fairlead_interface_address_get_address (address);

      if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4)
        arrived = arrives (server, type, g_inet_address_to_bytes (inet));
    }
  close (server);
  return arrived ? PASSED : violation ("nothing arrives at the published port, on no address of the host");
}

static int
look_for_tcp (Lab               *lab,
              FairleadContainer *container)
{
  return look_for_traffic (container, SOCK_STREAM);
}

static int
look_for_udp (Lab               *lab,
              FairleadContainer *container)
{
  return look_for_traffic (container, SOCK_DGRAM);
}

int
case_ports_tcp (void)
{
  const Trial trial = { FAIRLEAD_BACKEND_CAP_PORTS_TCP, NULL, ask_for_tcp, look_for_tcp };

  return try (&trial);
}

int
case_ports_udp (void)
{
  const Trial trial = { FAIRLEAD_BACKEND_CAP_PORTS_UDP, NULL, ask_for_udp, look_for_udp };

  return try (&trial);
}
