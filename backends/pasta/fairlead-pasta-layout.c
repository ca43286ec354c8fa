/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-pasta-layout.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Numbers in a private network, as slirp4netns has them. */
#define HOST_GATEWAY 2
#define HOST_DNS     3
#define HOST_GUEST   100

/* The DNS server where the container has the host's addresses. It is link-local, so no network has it. */
#define HOST_MODE_DNS "169.254.1.1"

/* RFC 8200, section 5. */
#define MIN_MTU_IPV6 1280

/* Addresses to which only a default route can lead: they are for documents (RFC 5737, RFC 3849). */
static const char * const far_away[] = { "203.0.113.1", "2001:db8:ffff::1" };

/* Versions are dates, and from this one on pasta does without a default route. */
#define LOCAL_MODE_SINCE "2024_12_11"

/* The kernel looks the route up when a datagram socket is connected, and sends nothing. */
static gboolean
has_default_route (int index)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (far_away[index], 9);
  struct sockaddr_storage native;
  const gssize size = g_socket_address_get_native_size (address);
  int fd = socket (fairlead_pasta_family (index), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean found;

  if (fd < 0)
    return FALSE;
  found = g_socket_address_to_native (address, &native, sizeof native, NULL) &&
          connect (fd, (struct sockaddr *) &native, size) == 0;
  close (fd);
  return found;
}

/* The first line of its version is "pasta 2024_12_11.09478d5" or "pasta unknown version". */
static gboolean
has_local_mode (FairleadProgram *program)
{
  const char *version = strchr (fairlead_program_get_version (program), ' ');

  return version != NULL && g_ascii_isdigit (version[1]) &&
         strncmp (version + 1, LOCAL_MODE_SINCE, strlen (LOCAL_MODE_SINCE)) >= 0;
}

static gboolean
set_no_route (FairleadProgram  *program,
              const char       *family_name,
              GError          **error)
{
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "the host has no %s default route, without which %s (%s) does not start; versions from " LOCAL_MODE_SINCE
               " on do", family_name, fairlead_program_get_path (program), fairlead_program_get_version (program));
  return FALSE;
}

static gboolean
choose_families (FairleadPastaLayout      *self,
                 const FairleadPastaKeys  *keys,
                 FairleadProgram          *program,
                 GError                  **error)
{
  const gboolean routed[] = { has_default_route (FAIRLEAD_PASTA_IPV4), has_default_route (FAIRLEAD_PASTA_IPV6) };
  const gboolean local = has_local_mode (program);

  if (keys->family == FAIRLEAD_PASTA_FAMILY_AUTO)
    {
      memcpy (self->enabled, routed, sizeof routed);
      if (!routed[FAIRLEAD_PASTA_IPV4] && !routed[FAIRLEAD_PASTA_IPV6])
        self->enabled[FAIRLEAD_PASTA_IPV4] = TRUE;
    }
  else
    self->enabled[keys->family == FAIRLEAD_PASTA_FAMILY_IPV6] = TRUE;

  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    if (self->enabled[i] && !routed[i] && !local)
      return set_no_route (program, fairlead_pasta_family_to_string (i), error);
  if (!self->enabled[FAIRLEAD_PASTA_IPV6] || keys->mtu >= MIN_MTU_IPV6)
    return TRUE;
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
               "mtu: %u is too small for IPv6, which needs %d; set family=ipv4", keys->mtu, MIN_MTU_IPV6);
  return FALSE;
}

static gboolean
set_bad_address (GError       **error,
                 GInetAddress  *address,
                 const char    *problem)
{
  g_autofree char *text = g_inet_address_to_string (address);

  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s %s: %s",
               g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? "ip6" : "ip", text, problem);
  return FALSE;
}

/* The container's own address, of which the request may have chosen the number. */
static gboolean
place_container (FairleadPastaLayout      *self,
                 const FairleadPastaKeys  *keys,
                 int                       index,
                 GInetAddress             *asked,
                 GError                  **error)
{
  if (asked != NULL && !self->enabled[index])
    return set_bad_address (error, asked, "the network has no addresses of this family here");
  if (asked != NULL && keys->addresses == FAIRLEAD_PASTA_ADDRESSES_HOST)
    return set_bad_address (error, asked, "the network has addresses=host");
  if (asked != NULL && !g_inet_address_mask_matches (keys->cidr[index], asked))
    return set_bad_address (error, asked, index == FAIRLEAD_PASTA_IPV6 ? "it is not in the network that cidr6 gives"
                                                                      : "it is not in the network that cidr gives");
  if (asked != NULL && !fairlead_pasta_is_host (keys->cidr[index], asked))
    return set_bad_address (error, asked, "it stands for the network as a whole");
  if (self->enabled[index] && keys->addresses == FAIRLEAD_PASTA_ADDRESSES_PRIVATE)
    self->address[index] = asked != NULL ? g_object_ref (asked) : fairlead_inet_address_nth (keys->cidr[index], HOST_GUEST);
  return TRUE;
}

static void
place_others (FairleadPastaLayout     *self,
              const FairleadPastaKeys *keys,
              int                      index)
{
  const gboolean is_private = keys->addresses == FAIRLEAD_PASTA_ADDRESSES_PRIVATE;
  /* A server of the other family is enough for all questions. */
  const gboolean wants_dns = index == FAIRLEAD_PASTA_IPV4 || !self->enabled[FAIRLEAD_PASTA_IPV4];

  if (keys->gateway[index] != NULL)
    self->gateway[index] = g_object_ref (keys->gateway[index]);
  else if (is_private)
    self->gateway[index] = fairlead_inet_address_nth (keys->cidr[index], HOST_GATEWAY);

  if (keys->disable_dns)
    return;
  if (keys->dns_forward[index] != NULL)
    self->dns[index] = g_object_ref (keys->dns_forward[index]);
  else if (wants_dns && (is_private || index == FAIRLEAD_PASTA_IPV6))
    self->dns[index] = fairlead_inet_address_nth (keys->cidr[index], HOST_DNS);
  else if (wants_dns)
    self->dns[index] = g_inet_address_new_from_string (HOST_MODE_DNS);
}

static gboolean
check_distinct (FairleadPastaLayout  *self,
                int                   index,
                GError              **error)
{
  GInetAddress *address = self->address[index];

  if (address == NULL)
    return TRUE;
  if (self->gateway[index] != NULL && g_inet_address_equal (address, self->gateway[index]))
    return set_bad_address (error, address, "it is the gateway's");
  if (self->dns[index] != NULL && g_inet_address_equal (address, self->dns[index]))
    return set_bad_address (error, address, "it is the DNS server's");
  return TRUE;
}

FairleadPastaLayout *
fairlead_pasta_layout_new (FairleadAttachment  *attachment,
                           FairleadProgram     *program,
                           GError             **error)
{
  const FairleadPastaKeys *keys =
    fairlead_pasta_network_get_keys (FAIRLEAD_PASTA_NETWORK (fairlead_attachment_get_network (attachment)));
  GInetAddress *asked[] = { fairlead_attachment_get_ip (attachment), fairlead_attachment_get_ip6 (attachment) };
  g_autoptr (FairleadPastaLayout) self = g_new0 (FairleadPastaLayout, 1);

  if (!choose_families (self, keys, program, error))
    return NULL;
  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    {
      if (!place_container (self, keys, i, asked[i], error))
        return NULL;
      if (self->enabled[i])
        place_others (self, keys, i);
      if (!check_distinct (self, i, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

void
fairlead_pasta_layout_free (FairleadPastaLayout *self)
{
  for (int i = 0; i < FAIRLEAD_PASTA_N_FAMILIES; i++)
    {
      g_clear_object (&self->address[i]);
      g_clear_object (&self->gateway[i]);
      g_clear_object (&self->dns[i]);
    }
  g_free (self);
}

FairleadPortMapping *
fairlead_pasta_dup_mapping (FairleadPortMapping *mapping,
                            int                  index)
{
  g_autoptr (GInetAddress) any = g_inet_address_new_any (fairlead_pasta_family (index));
  GInetAddress *address = fairlead_port_mapping_get_host_address (mapping);

  return fairlead_port_mapping_new (fairlead_port_mapping_get_protocol (mapping), address != NULL ? address : any,
                                    fairlead_port_mapping_get_host_port (mapping),
                                    fairlead_port_mapping_get_container_port (mapping),
                                    fairlead_port_mapping_get_length (mapping));
}

FairleadPortMapping *
fairlead_pasta_layout_dup_mapping (const FairleadPastaLayout  *self,
                                   FairleadPortMapping        *mapping,
                                   GError                    **error)
{
  g_autoptr (FairleadPortMapping) result =
    fairlead_pasta_dup_mapping (mapping, self->enabled[FAIRLEAD_PASTA_IPV4] ? FAIRLEAD_PASTA_IPV4 : FAIRLEAD_PASTA_IPV6);
  const int index = fairlead_pasta_family_index (fairlead_port_mapping_get_host_address (result));
  g_autofree char *text = NULL;

  if (self->enabled[index])
    return g_steal_pointer (&result);
  text = fairlead_port_mapping_to_string (mapping);
  g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_SUPPORTED,
               "port %s: the network has no %s here, so pasta cannot publish on an %s address", text,
               fairlead_pasta_family_to_string (index), fairlead_pasta_family_to_string (index));
  return NULL;
}
