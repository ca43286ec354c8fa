/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-slirp-outbound.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* slirp4netns takes an address that is not the host's, and every connection fails later; and of an interface's name it
 * looks up the IPv6 address by the wrong option. So it is given checked addresses only. */

static GInetAddress *
find_interface_address (const char    *name,
                        GSocketFamily  family)
{
  struct ifaddrs *list = NULL;
  GInetAddress *found = NULL;

  if (getifaddrs (&list) < 0)
    return NULL;
  for (struct ifaddrs *item = list; item != NULL && found == NULL; item = item->ifa_next)
    {
      g_autoptr (GSocketAddress) address = NULL;
      GInetAddress *inet;

      if (strcmp (item->ifa_name, name) != 0 || item->ifa_addr == NULL || item->ifa_addr->sa_family != (int) family)
        continue;
      address = g_socket_address_new_from_native (item->ifa_addr, family == G_SOCKET_FAMILY_IPV6
                                                                  ? sizeof (struct sockaddr_in6)
                                                                  : sizeof (struct sockaddr_in));
      inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
      if (!g_inet_address_get_is_link_local (inet))
        found = g_object_ref (inet);
    }
  freeifaddrs (list);
  return found;
}

/* Whether a connection can be made from it: what bind() says. */
static gboolean
check_is_own (const char    *key,
              GInetAddress  *address,
              GError       **error)
{
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new (address, 0);
  g_autofree char *text = g_inet_address_to_string (address);
  struct sockaddr_storage native;
  const gssize size = g_socket_address_get_native_size (socket_address);
  int fd = socket (g_inet_address_get_family (address), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean bound = fd >= 0 && g_socket_address_to_native (socket_address, &native, sizeof native, NULL) &&
                   bind (fd, (struct sockaddr *) &native, size) == 0;

  if (!bound)
    g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                 "%s: connections cannot be made from the address %s: %s", key, text, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return bound;
}

char *
fairlead_slirp_outbound_resolve (const char     *key,
                                 const char     *text,
                                 GSocketFamily   family,
                                 GError        **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  const char *family_name = family == G_SOCKET_FAMILY_IPV6 ? "IPv6" : "IPv4";

  if (address != NULL && g_inet_address_get_family (address) != family)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s: %s is not an %s address", key, text,
                   family_name);
      return NULL;
    }
  if (address == NULL && (!fairlead_interface_name_is_valid (text) || if_nametoindex (text) == 0))
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "%s: \"%.64s\" is neither an %s address nor an interface of the host", key, text, family_name);
      return NULL;
    }
  if (address == NULL)
    address = find_interface_address (text, family);
  if (address == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "%s: the interface %s has no %s address", key,
                   text, family_name);
      return NULL;
    }
  return check_is_own (key, address, error) ? g_inet_address_to_string (address) : NULL;
}
