/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-pasta-command.h"

#include <unistd.h>

/* Left to itself, pasta publishes all that listens inside, lets the container into the host's loopback, and goes on in the
 * background. So everything is said, and a version that lacks an option to say it is refused; none is left out. */
static const struct
{
  const char *option;
  const char *purpose;
} always[] = {
  { "--foreground", "the record of its process" },
  { "--pid", "the word that it is ready" },
  { "--no-netns-quit", "an end at teardown and not before" },
  { "--netns", "a network namespace without a process" },
  { "--config-net", "the interface's configuration" },
  { "--ns-ifname", "the interface's name" },
  { "--ns-mac-addr", "the MAC address" },
  { "--mtu", "mtu" },
  { "--no-map-gw", "a closed host loopback" },
  { "--tcp-ns", "a closed host loopback" },
  { "--udp-ns", "a closed host loopback" },
  { "--tcp-ports", "ports that are published on demand only" },
  { "--udp-ports", "ports that are published on demand only" },
  { "--dns-forward", "dns-forward" },
};

static const FairleadPastaKeys *
get_keys (FairleadAttachment *attachment)
{
  return fairlead_pasta_network_get_keys (FAIRLEAD_PASTA_NETWORK (fairlead_attachment_get_network (attachment)));
}

/* Before there was an option for it, the gateway's address alone could lead to the host's loopback. */
static gboolean
is_gateway (const FairleadPastaLayout *layout,
            GInetAddress              *address)
{
  GInetAddress *gateway = layout->gateway[fairlead_pasta_family_index (address)];

  return gateway != NULL && g_inet_address_equal (gateway, address);
}

static gboolean
opens_gateway (FairleadProgram           *program,
               const FairleadPastaKeys   *keys,
               const FairleadPastaLayout *layout)
{
  if (fairlead_program_has_option (program, "--map-host-loopback"))
    return FALSE;
  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    if (layout->enabled[i] && keys->map_host_loopback[i] != NULL && is_gateway (layout, keys->map_host_loopback[i]))
      return TRUE;
  return FALSE;
}

static gboolean
check_mappings (FairleadProgram            *program,
                const FairleadPastaKeys    *keys,
                const FairleadPastaLayout  *layout,
                GError                    **error)
{
  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    {
      if (!layout->enabled[i])
        continue;
      if (keys->map_guest_addr[i] != NULL &&
          !fairlead_program_require (program, "--map-guest-addr", "map-guest-addr", error))
        return FALSE;
      if (keys->map_host_loopback[i] != NULL && !is_gateway (layout, keys->map_host_loopback[i]) &&
          !fairlead_program_require (program, "--map-host-loopback", "map-host-loopback, for other addresses than the "
                                     "gateway's,", error))
        return FALSE;
    }
  return TRUE;
}

/* Versions of then lose the answers to datagrams that come over the host's loopback to a port of another number. */
static gboolean
check_port (FairleadProgram      *program,
            FairleadPortMapping  *mapping,
            GError              **error)
{
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);
  g_autofree char *text = NULL;

  if (fairlead_port_mapping_get_protocol (mapping) != FAIRLEAD_PROTOCOL_UDP || address == NULL ||
      !g_inet_address_get_is_loopback (address) ||
      fairlead_port_mapping_get_host_port (mapping) == fairlead_port_mapping_get_container_port (mapping) ||
      fairlead_program_has_option (program, "--map-host-loopback"))
    return TRUE;
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "port %s: %s (%s) cannot answer UDP from the host's loopback address to a port of another number; use one "
               "number for both, set port-forwarder=native, or publish the port on another address", text,
               fairlead_program_get_path (program), fairlead_program_get_version (program));
  return FALSE;
}

gboolean
fairlead_pasta_command_check (FairleadProgram            *program,
                              FairleadAttachment         *attachment,
                              const FairleadPastaLayout  *layout,
                              GError                    **error)
{
  GListModel *mappings = fairlead_attachment_get_port_mappings (attachment);

  for (gsize i = 0; i < G_N_ELEMENTS (always); i++)
    if (!fairlead_program_require (program, always[i].option, always[i].purpose, error))
      return FALSE;
  if (geteuid () == 0 && !fairlead_program_require (program, "--runas", "entering root's namespaces", error))
    return FALSE;
  if (!check_mappings (program, get_keys (attachment), layout, error))
    return FALSE;
  if (!fairlead_pasta_network_forwards (FAIRLEAD_PASTA_NETWORK (fairlead_attachment_get_network (attachment))))
    return TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (mappings); i++)
    {
      g_autoptr (FairleadPortMapping) mapping = g_list_model_get_item (mappings, i);

      if (!check_port (program, mapping, error))
        return FALSE;
    }
  return TRUE;
}

static void
add (GPtrArray  *argv,
     const char *option,
     const char *value)
{
  g_ptr_array_add (argv, g_strdup (option));
  if (value != NULL)
    g_ptr_array_add (argv, g_strdup (value));
}

static void
add_address (GPtrArray    *argv,
             const char   *option,
             GInetAddress *address)
{
  if (address == NULL)
    return;
  g_ptr_array_add (argv, g_strdup (option));
  g_ptr_array_add (argv, g_inet_address_to_string (address));
}

static void
add_family (GPtrArray                 *argv,
            const FairleadPastaKeys   *keys,
            const FairleadPastaLayout *layout,
            gboolean                   has_maps,
            int                        index)
{
  add_address (argv, "--address", layout->address[index]);
  if (layout->address[index] != NULL && index == FAIRLEAD_PASTA_IPV4)
    {
      g_autofree char *length = g_strdup_printf ("%u", g_inet_address_mask_get_length (keys->cidr[index]));

      add (argv, "--netmask", length);
    }
  add_address (argv, "--gateway", layout->gateway[index]);
  add_address (argv, "--dns-forward", layout->dns[index]);
  if (has_maps)
    add_address (argv, "--map-host-loopback", keys->map_host_loopback[index]);
  add_address (argv, "--map-guest-addr", keys->map_guest_addr[index]);
}

/* ADDRESS/FIRST-LAST:FIRST-LAST */
static char *
dup_port_spec (FairleadPortMapping *mapping)
{
  g_autofree char *address = g_inet_address_to_string (fairlead_port_mapping_get_host_address (mapping));
  const guint host_port = fairlead_port_mapping_get_host_port (mapping);
  const guint container_port = fairlead_port_mapping_get_container_port (mapping);
  const guint more = fairlead_port_mapping_get_length (mapping) - 1;

  return g_strdup_printf ("%s/%u-%u:%u-%u", address, host_port, host_port + more, container_port, container_port + more);
}

static void
add_ports (GPtrArray        *argv,
           const char       *option,
           FairleadProtocol  protocol,
           GPtrArray        *mappings,
           const char       *more)
{
  const guint before = argv->len;

  for (guint i = 0; i < mappings->len; i++)
    {
      FairleadPortMapping *mapping = g_ptr_array_index (mappings, i);
      g_autofree char *spec = dup_port_spec (mapping);

      if (fairlead_port_mapping_get_protocol (mapping) == protocol)
        add (argv, option, spec);
    }
  if (more != NULL && *more != '\0')
    add (argv, option, more);
  if (argv->len == before)
    add (argv, option, "none");
}

GPtrArray *
fairlead_pasta_command_build (FairleadProgram           *program,
                              FairleadAttachment        *attachment,
                              const FairleadPastaLayout *layout,
                              GPtrArray                 *mappings,
                              const char                *netns_path,
                              const char                *mac)
{
  const FairleadPastaKeys *keys = get_keys (attachment);
  g_autofree char *mtu = g_strdup_printf ("%u", keys->mtu);
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  add (argv, fairlead_program_get_path (program), NULL);
  add (argv, "--foreground", NULL);
  add (argv, "--quiet", NULL);
  add (argv, "--no-netns-quit", NULL);
  add (argv, "--config-net", NULL);
  add (argv, "--ns-ifname", fairlead_attachment_get_interface (attachment));
  add (argv, "--ns-mac-addr", mac);
  add (argv, "--mtu", mtu);
  if (!layout->enabled[FAIRLEAD_PASTA_IPV6])
    add (argv, "--ipv4-only", NULL);
  if (!layout->enabled[FAIRLEAD_PASTA_IPV4])
    add (argv, "--ipv6-only", NULL);
  if (!opens_gateway (program, keys, layout))
    add (argv, "--no-map-gw", NULL);
  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    if (layout->enabled[i])
      add_family (argv, keys, layout, fairlead_program_has_option (program, "--map-host-loopback"), i);
  add_ports (argv, "--tcp-ports", FAIRLEAD_PROTOCOL_TCP, mappings, keys->tcp_ports);
  add_ports (argv, "--udp-ports", FAIRLEAD_PROTOCOL_UDP, mappings, keys->udp_ports);
  add (argv, "--tcp-ns", "none");
  add (argv, "--udp-ns", "none");
  /* It would become nobody, who cannot enter root's namespaces. */
  if (geteuid () == 0)
    add (argv, "--runas", "0:0");
  add (argv, "--pid", "/proc/self/fd/" G_STRINGIFY (FAIRLEAD_PASTA_READY_FD));
  add (argv, "--netns", netns_path);
  g_ptr_array_add (argv, NULL);
  return argv;
}
