/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fairlead-attachment-struct-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fairlead-log-private.h"
#include "fairlead-replace-private.h"

/* What a backend does with the working copy that its methods are given. */

void
fairlead_attachment_set_checkpoint (FairleadAttachment     *self,
                                    FairleadCheckpointFunc  func,
                                    gpointer                user_data,
                                    const char             *directories)
{
  self->checkpoint_func = func;
  self->checkpoint_data = user_data;
  fairlead_replace_string (&self->directories, directories);
}

void
fairlead_attachment_set_exit_fd (FairleadAttachment *self,
                                 int                 fd)
{
  self->exit_fd = fd;
}

static char *
dup_directory_path (FairleadAttachment *self)
{
  return g_build_filename (self->directories, self->directory, NULL);
}

static gboolean
remove_files (int      directory_fd,
              GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", directory_fd);
  g_autoptr (GDir) directory = g_dir_open (path, 0, error);
  const char *name;

  if (directory == NULL)
    return FALSE;
  while ((name = g_dir_read_name (directory)) != NULL)
    if (unlinkat (directory_fd, name, 0) < 0 && errno != ENOENT)
      {
        fairlead_error_set_errno (error, errno, "cannot remove %s", name);
        return FALSE;
      }
  return TRUE;
}

gboolean
fairlead_attachment_remove_directory (FairleadAttachment  *self,
                                      GError             **error)
{
  g_autofree char *path = NULL;
  gboolean emptied;
  int fd;

  if (self->directory == NULL || self->directories == NULL)
    return TRUE;
  path = dup_directory_path (self);
  fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  emptied = fd >= 0 ? remove_files (fd, error) : FALSE;
  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot open it");
  else
    close (fd);
  if (emptied && g_rmdir (path) == 0)
    return TRUE;
  if (emptied)
    fairlead_error_set_errno (error, errno, "cannot remove it");
  g_prefix_error (error, "the directory %s: ", path);
  return FALSE;
}

/**
 * fairlead_attachment_set_interface:
 * @self: an attachment
 * @name: (nullable): a valid interface name
 *
 * Says what the interface inside the namespace is called.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_interface (FairleadAttachment *self,
                                   const char         *name)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));

  if (g_strcmp0 (self->interface, name) == 0)
    return;
  fairlead_replace_string (&self->interface, name);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_INTERFACE]);
}

/**
 * fairlead_attachment_add_interface:
 * @self: an attachment
 * @interface: an interface that setup made
 *
 * Adds to the result of setup. Its sandbox is the path of the namespace if it is inside.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_interface (FairleadAttachment *self,
                                   FairleadInterface  *interface)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (FAIRLEAD_IS_INTERFACE (interface));

  g_list_store_append (self->interfaces, interface);
}

/**
 * fairlead_attachment_add_address:
 * @self: an attachment
 * @address: an address of the container's
 *
 * Adds to the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_address (FairleadAttachment       *self,
                                 FairleadInterfaceAddress *address)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (FAIRLEAD_IS_INTERFACE_ADDRESS (address));

  g_list_store_append (self->addresses, address);
}

/**
 * fairlead_attachment_add_route:
 * @self: an attachment
 * @route: a route inside the namespace
 *
 * Adds to the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_route (FairleadAttachment *self,
                               FairleadRoute      *route)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (FAIRLEAD_IS_ROUTE (route));

  g_list_store_append (self->routes, route);
}

/**
 * fairlead_attachment_add_default_route:
 * @self: an attachment
 * @gateway: the address of a gateway
 *
 * Adds the route to everywhere of the gateway's address family to the result of setup.
 *
 * Since: 1.0
 */
void
fairlead_attachment_add_default_route (FairleadAttachment *self,
                                       GInetAddress       *gateway)
{
  g_autoptr (GInetAddress) any = NULL;
  g_autoptr (GInetAddressMask) destination = NULL;
  g_autoptr (FairleadRoute) route = NULL;

  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (G_IS_INET_ADDRESS (gateway));

  any = g_inet_address_new_any (g_inet_address_get_family (gateway));
  destination = g_inet_address_mask_new (any, 0, NULL);
  route = fairlead_route_new (destination, gateway, 0);
  fairlead_attachment_add_route (self, route);
}

/* What stays one word of one line in a resolv.conf. */
static gboolean
is_word (const char *text)
{
  const char *p = text;

  while (*p != '\0' && !g_ascii_isspace (*p) && !g_ascii_iscntrl (*p))
    p++;
  return p > text && *p == '\0';
}

/* With the link of a link-local one, perhaps. */
static gboolean
is_server (const char *text)
{
  g_autofree char *address = g_strndup (text, strcspn (text, "%"));

  return is_word (text) && g_hostname_is_ip_address (address);
}

/* The texts come from helper programs, and go into files that other programs read by line and word. */
static void
replace_valid (FairleadAttachment  *self,
               char              ***field,
               const char * const  *texts,
               gboolean           (*is_valid) (const char *text))
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) valid = NULL;

  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      g_autofree char *shown = NULL;

      if (is_valid (texts[i]))
        {
          g_strv_builder_add (builder, texts[i]);
          continue;
        }
      shown = g_strescape (texts[i], NULL);
      fairlead_debug (self->container_id, "network %s: \"%.80s\" is left out, as it cannot stand in a resolv.conf",
                      self->network_name, shown);
    }
  valid = g_strv_builder_end (builder);
  fairlead_replace_strv (field, valid);
}

/**
 * fairlead_attachment_set_dns:
 * @self: an attachment
 * @servers: (nullable) (array zero-terminated=1): addresses of DNS servers
 * @searches: (nullable) (array zero-terminated=1): search domains
 * @options: (nullable) (array zero-terminated=1): options for resolv.conf(5)
 *
 * Sets the DNS part of the result of setup. Servers that are not IP addresses, and other texts that are empty or contain
 * white space or control characters, are left out, with a debug message.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_dns (FairleadAttachment *self,
                             const char * const *servers,
                             const char * const *searches,
                             const char * const *options)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));

  replace_valid (self, &self->dns_servers, servers, is_server);
  replace_valid (self, &self->dns_searches, searches, is_word);
  replace_valid (self, &self->dns_options, options, is_word);
}

/**
 * fairlead_attachment_clear_result:
 * @self: an attachment
 *
 * Removes interfaces, addresses, routes and DNS servers, for a backend that sets the attachment up anew.
 *
 * Since: 1.0
 */
void
fairlead_attachment_clear_result (FairleadAttachment *self)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));

  g_list_store_remove_all (self->interfaces);
  g_list_store_remove_all (self->addresses);
  g_list_store_remove_all (self->routes);
  fairlead_attachment_set_dns (self, NULL, NULL, NULL);
}

/**
 * fairlead_attachment_set_document:
 * @self: an attachment
 * @document: an `a{sv}`; consumed if it is floating
 *
 * Replaces the backend's private document: whatever teardown will need. It is kept exactly, types included, once
 * [method@Fairlead.Attachment.checkpoint] was called.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_document (FairleadAttachment *self,
                                  GVariant           *document)
{
  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (g_variant_is_of_type (document, G_VARIANT_TYPE_VARDICT));

  g_variant_ref_sink (document);
  g_variant_unref (self->document);
  self->document = document;
}

/**
 * fairlead_attachment_set_document_value:
 * @self: an attachment
 * @key: a key
 * @value: (nullable): its value, consumed if it is floating; %NULL to remove the key
 *
 * Changes one entry of the backend's private document.
 *
 * Since: 1.0
 */
void
fairlead_attachment_set_document_value (FairleadAttachment *self,
                                        const char         *key,
                                        GVariant           *value)
{
  GVariantDict dict;

  g_return_if_fail (FAIRLEAD_IS_ATTACHMENT (self));
  g_return_if_fail (key != NULL);

  g_variant_dict_init (&dict, self->document);
  if (value != NULL)
    g_variant_dict_insert_value (&dict, key, value);
  else
    g_variant_dict_remove (&dict, key);
  fairlead_attachment_set_document (self, g_variant_dict_end (&dict));
}

/**
 * fairlead_attachment_checkpoint:
 * @self: the attachment that a method of the backend was given
 * @error: where to put the error
 *
 * Writes the state down. A backend calls it with what it is about to make in the document, before it makes it; then
 * a teardown finds it even if the process dies at any instruction in between. If it fails, the backend makes nothing.
 *
 * Returns: %TRUE once the state is written, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_attachment_checkpoint (FairleadAttachment  *self,
                                GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), FALSE);

  if (self->checkpoint_func == NULL)
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED,
                   "container %s, network %s: a checkpoint is possible only while a backend's method runs",
                   self->container_id, self->network_name);
      return FALSE;
    }
  return self->checkpoint_func (self->checkpoint_data, error);
}

/**
 * fairlead_attachment_ensure_directory:
 * @self: the attachment that a method of the backend was given
 * @error: where to put the error
 *
 * Gives the backend a directory for files of this attachment: sockets, FIFOs, what a helper program is told in a file.
 * It is on the state directory's file system, of mode 0700, and its path is short. Its name is written down before it
 * is made, and after the attachment's teardown it is removed with all files in it.
 *
 * Returns: (transfer none): the path of the directory, which exists, or %NULL with @error set
 *
 * Since: 1.0
 */
const char *
fairlead_attachment_ensure_directory (FairleadAttachment  *self,
                                      GError             **error)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);
  g_return_val_if_fail (self->directory != NULL && self->directories != NULL, NULL);

  if (self->directory_path != NULL)
    return self->directory_path;
  self->directory_path = dup_directory_path (self);
  if (g_mkdir_with_parents (self->directories, 0700) == 0 && mkdir (self->directory_path, 0700) == 0)
    return self->directory_path;

  fairlead_error_set_errno (error, errno, "cannot create the directory %s", self->directory_path);
  g_clear_pointer (&self->directory_path, g_free);
  return NULL;
}

/**
 * fairlead_attachment_dup_directory:
 * @self: the attachment that a method of the backend was given
 *
 * Gets the path of the directory that [method@Fairlead.Attachment.ensure_directory] made, or was about to make.
 *
 * Returns: (transfer full) (nullable): the path of the directory, or %NULL if there is none
 *
 * Since: 1.0
 */
char *
fairlead_attachment_dup_directory (FairleadAttachment *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), NULL);

  return self->directory != NULL && self->directories != NULL ? dup_directory_path (self) : NULL;
}

/**
 * fairlead_attachment_dup_exit_fd:
 * @self: the attachment that setup was given
 * @error: where to put the error
 *
 * Gets a descriptor that hangs up when the container ends, if there is one: what the request gave
 * ([method@Fairlead.Request.set_exit_fd]) or, where the kernel reports it, a pidfd of the process that the network
 * namespace was taken from. A helper program that polls it for `POLLHUP` ends with the container. It is closed on exec.
 *
 * Returns: a descriptor that is the caller's; -1 without an error if there is none
 *
 * Since: 1.0
 */
int
fairlead_attachment_dup_exit_fd (FairleadAttachment  *self,
                                 GError             **error)
{
  int fd;

  g_return_val_if_fail (FAIRLEAD_IS_ATTACHMENT (self), -1);

  if (self->exit_fd < 0)
    return -1;
  fd = fcntl (self->exit_fd, F_DUPFD_CLOEXEC, 3);
  if (fd < 0)
    fairlead_error_set_errno (error, errno, "cannot copy the descriptor that ends with the container");
  return fd;
}
