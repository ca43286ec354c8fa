/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-error.h>
#include <fairlead/fairlead-request.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fairlead-request-private.h"

#define NETWORKS_TYPE G_VARIANT_TYPE ("a(sa{ss})")
#define OPTIONS_TYPE  G_VARIANT_TYPE ("a{ss}")

/**
 * FairleadRequest:
 *
 * What is wanted for a container: its id, where its network namespace comes from, the networks to attach it to and
 * the ports to publish. [method@Fairlead.Manager.setup] carries it out.
 *
 * With neither [property@Fairlead.Request:netns] nor [property@Fairlead.Request:share-with] a namespace is created.
 * Without a network the default one of the configuration is taken. What is put in here is checked when the request is
 * carried out.
 *
 * A request may be used by one thread at a time. A verb takes a copy when it is called.
 *
 * Since: 1.0
 */
struct _FairleadRequest
{
  GObject        parent_instance;

  char          *container_id;
  char          *share_with;
  FairleadNetns *netns;
  GListStore    *port_mappings;
  GVariant      *networks;
  GVariant      *error_details; /* (nullable) */
  int           *exit_fd;       /* (nullable) a counted box, as copies of the request share the descriptor */
};

G_DEFINE_FINAL_TYPE (FairleadRequest, fairlead_request, G_TYPE_OBJECT)

enum
{
  PROP_CONTAINER_ID = 1,
  PROP_NETNS,
  PROP_SHARE_WITH,
  PROP_PORT_MAPPINGS,
  PROP_NETWORKS,
  PROP_ERROR_DETAILS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
close_exit_fd (gpointer box)
{
  close (*(int *) box);
}

static void
clear_exit_fd (FairleadRequest *self)
{
  if (self->exit_fd != NULL)
    g_atomic_rc_box_release_full (self->exit_fd, close_exit_fd);
  self->exit_fd = NULL;
}

/* The length of `KEY=` at the start of @text, without the `=`; 0 if there is none. */
static gsize
fairlead_request_match_key (const char *text)
{
  const char *p = text;

  if (!g_ascii_islower (*p))
    return 0;
  while (g_ascii_islower (*p) || g_ascii_isdigit (*p) || *p == '-')
    p++;

  if (*p == '.')
    {
      const char *rest = ++p;

      while (g_ascii_isalnum (*p) || *p == '.' || *p == '_' || *p == '-')
        p++;
      if (p == rest)
        return 0;
    }

  return *p == '=' ? p - text : 0;
}

/* Copies the name, or a value, up to the ':' that ends it, and moves @text there. A value goes on after a ':' that no
 * KEY= follows, so that IPv6 and MAC addresses need no escapes. */
static char *
fairlead_request_take_part (const char **text,
                            gboolean     is_value,
                            GError     **error)
{
  g_autoptr(GString) part = g_string_new (NULL);
  const char *p;

  for (p = *text; *p != '\0'; p++)
    {
      if (*p == ':' && (!is_value || fairlead_request_match_key (p + 1) > 0))
        break;

      if (*p == '\\' && *++p == '\0')
        {
          g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                               "it ends in a backslash, which needs a character after it");
          return NULL;
        }

      g_string_append_c (part, *p);
    }

  *text = p;
  return g_string_free (g_steal_pointer (&part), FALSE);
}

/* Reads [:KEY=VALUE]... */
static GVariant *
fairlead_request_parse_options (const char  *text,
                                GError     **error)
{
  g_autoptr(GVariantDict) options = g_variant_dict_new (NULL);
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (OPTIONS_TYPE);

  while (*text == ':')
    {
      gsize length = fairlead_request_match_key (text + 1);
      g_autofree char *key = g_strndup (text + 1, length);
      g_autofree char *value = NULL;

      if (length == 0)
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "\"%s\" is not KEY=VALUE; keys are lower-case letters, digits and hyphens", text + 1);
          return NULL;
        }

      text += 1 + length + 1;
      value = fairlead_request_take_part (&text, TRUE, error);
      if (value == NULL)
        return NULL;

      if (g_variant_dict_contains (options, key))
        {
          g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                       "option \"%s\" is given twice", key);
          return NULL;
        }

      g_variant_dict_insert (options, key, "b", TRUE);
      g_variant_builder_add (&builder, "{ss}", key, value);
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
fairlead_request_finalize (GObject *object)
{
  FairleadRequest *self = FAIRLEAD_REQUEST (object);

  clear_exit_fd (self);
  g_free (self->container_id);
  g_free (self->share_with);
  g_clear_object (&self->netns);
  g_clear_object (&self->port_mappings);
  g_clear_pointer (&self->networks, g_variant_unref);
  g_clear_pointer (&self->error_details, g_variant_unref);

  G_OBJECT_CLASS (fairlead_request_parent_class)->finalize (object);
}

static void
fairlead_request_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FairleadRequest *self = FAIRLEAD_REQUEST (object);

  switch (property_id)
    {
    case PROP_CONTAINER_ID:
      g_value_set_string (value, self->container_id);
      break;
    case PROP_NETNS:
      g_value_set_object (value, self->netns);
      break;
    case PROP_SHARE_WITH:
      g_value_set_string (value, self->share_with);
      break;
    case PROP_PORT_MAPPINGS:
      g_value_set_object (value, self->port_mappings);
      break;
    case PROP_NETWORKS:
      g_value_set_variant (value, self->networks);
      break;
    case PROP_ERROR_DETAILS:
      g_value_set_variant (value, self->error_details);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_request_set_property (GObject      *object,
                               guint         property_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FairleadRequest *self = FAIRLEAD_REQUEST (object);

  switch (property_id)
    {
    case PROP_CONTAINER_ID:
      self->container_id = g_value_dup_string (value);
      break;
    case PROP_NETNS:
      fairlead_request_set_netns (self, g_value_get_object (value));
      break;
    case PROP_SHARE_WITH:
      fairlead_request_set_share_with (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_request_install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * FairleadRequest:container-id:
   *
   * The id of the container. Required.
   *
   * Since: 1.0
   */
  properties[PROP_CONTAINER_ID] =
    g_param_spec_string ("container-id", NULL, NULL, NULL, flags | G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY);

  /**
   * FairleadRequest:netns:
   *
   * The network namespace to join; %NULL to create one, or to share that of
   * [property@Fairlead.Request:share-with].
   *
   * Since: 1.0
   */
  properties[PROP_NETNS] =
    g_param_spec_object ("netns", NULL, NULL, FAIRLEAD_TYPE_NETNS, flags | G_PARAM_WRITABLE);

  /**
   * FairleadRequest:share-with:
   *
   * The id of the container whose network namespace is to be shared; %NULL for none.
   *
   * Since: 1.0
   */
  properties[PROP_SHARE_WITH] =
    g_param_spec_string ("share-with", NULL, NULL, NULL, flags | G_PARAM_WRITABLE);

  /**
   * FairleadRequest:port-mappings:
   *
   * The ports to publish, a list of [class@Fairlead.PortMapping].
   *
   * Since: 1.0
   */
  properties[PROP_PORT_MAPPINGS] = g_param_spec_object ("port-mappings", NULL, NULL, G_TYPE_LIST_MODEL, flags);

  /**
   * FairleadRequest:networks:
   *
   * The networks to attach the container to, `a(sa{ss})`: for each its name and the options of this request.
   *
   * Since: 1.0
   */
  properties[PROP_NETWORKS] = g_param_spec_variant ("networks", NULL, NULL, NETWORKS_TYPE, NULL, flags);

  /**
   * FairleadRequest:error-details:
   *
   * What is known about the failure of the last attempt to carry this request out, `a{sv}` with the keys of
   * [func@Fairlead.Error.get_details]; %NULL if it did not fail or nothing more is known. It is for languages in
   * which the error itself does not carry it.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR_DETAILS] =
    g_param_spec_variant ("error-details", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_request_class_init (FairleadRequestClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = fairlead_request_finalize;
  object_class->get_property = fairlead_request_get_property;
  object_class->set_property = fairlead_request_set_property;

  fairlead_request_install_properties (object_class);
}

static void
fairlead_request_init (FairleadRequest *self)
{
  self->port_mappings = g_list_store_new (FAIRLEAD_TYPE_PORT_MAPPING);
  self->networks = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(sa{ss})"), NULL, 0));
}

/**
 * fairlead_request_new:
 * @container_id: the id of the container
 *
 * Creates a request for a container that asks for nothing in particular.
 *
 * Returns: (transfer full): a new request
 *
 * Since: 1.0
 */
FairleadRequest *
fairlead_request_new (const char *container_id)
{
  g_return_val_if_fail (container_id != NULL, NULL);

  return g_object_new (FAIRLEAD_TYPE_REQUEST, "container-id", container_id, NULL);
}

/**
 * fairlead_request_get_container_id:
 * @self: a request
 *
 * Gets the id of the container.
 *
 * Returns: (transfer none): the id
 *
 * Since: 1.0
 */
const char *
fairlead_request_get_container_id (FairleadRequest *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), NULL);

  return self->container_id;
}

/**
 * fairlead_request_get_netns:
 * @self: a request
 *
 * Gets the network namespace to join.
 *
 * Returns: (nullable) (transfer none): the network namespace, or %NULL if none was given
 *
 * Since: 1.0
 */
FairleadNetns *
fairlead_request_get_netns (FairleadRequest *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), NULL);

  return self->netns;
}

/**
 * fairlead_request_set_netns:
 * @self: a request
 * @netns: (nullable): a network namespace, or %NULL
 *
 * Sets the network namespace to join.
 *
 * Since: 1.0
 */
void
fairlead_request_set_netns (FairleadRequest *self,
                            FairleadNetns   *netns)
{
  g_return_if_fail (FAIRLEAD_IS_REQUEST (self));
  g_return_if_fail (netns == NULL || FAIRLEAD_IS_NETNS (netns));

  if (g_set_object (&self->netns, netns))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NETNS]);
}

/**
 * fairlead_request_get_share_with:
 * @self: a request
 *
 * Gets the container whose network namespace is to be shared.
 *
 * Returns: (nullable) (transfer none): the id of that container, or %NULL for none
 *
 * Since: 1.0
 */
const char *
fairlead_request_get_share_with (FairleadRequest *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), NULL);

  return self->share_with;
}

/**
 * fairlead_request_set_share_with:
 * @self: a request
 * @container_id: (nullable): the id of another container, or %NULL for none
 *
 * Sets the container whose network namespace is to be shared.
 *
 * Since: 1.0
 */
void
fairlead_request_set_share_with (FairleadRequest *self,
                                 const char      *container_id)
{
  g_autofree char *old = NULL;

  g_return_if_fail (FAIRLEAD_IS_REQUEST (self));

  if (g_strcmp0 (self->share_with, container_id) == 0)
    return;

  old = g_steal_pointer (&self->share_with);
  self->share_with = g_strdup (container_id);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHARE_WITH]);
}

/**
 * fairlead_request_set_exit_fd:
 * @self: a request
 * @fd: a descriptor that hangs up when the container ends, which stays the caller's; -1 for none
 * @error: where to put the error
 *
 * Ties helper programs of the networks to the container's end: they end by themselves once @fd hangs up (`POLLHUP`).
 * The reading end of a pipe does so when all writing ends are closed; whoever watches the container holds the one
 * writing end. Without it, helper programs end with the process that the network namespace was taken from, where the
 * kernel reports that, and otherwise at teardown only.
 *
 * Teardown is needed in any case.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
fairlead_request_set_exit_fd (FairleadRequest  *self,
                              int               fd,
                              GError          **error)
{
  int copy = -1;

  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), FALSE);

  if (fd >= 0 && (copy = fcntl (fd, F_DUPFD_CLOEXEC, 3)) < 0)
    {
      fairlead_error_set_errno (error, errno, "Cannot copy descriptor %d", fd);
      return FALSE;
    }
  clear_exit_fd (self);
  if (copy >= 0)
    {
      self->exit_fd = g_atomic_rc_box_new (int);
      *self->exit_fd = copy;
    }
  return TRUE;
}

void
fairlead_request_share_exit_fd (FairleadRequest *self,
                                FairleadRequest *other)
{
  clear_exit_fd (self);
  if (other->exit_fd != NULL)
    self->exit_fd = g_atomic_rc_box_acquire (other->exit_fd);
}

int
fairlead_request_get_exit_fd (FairleadRequest *self)
{
  return self->exit_fd != NULL ? *self->exit_fd : -1;
}

/**
 * fairlead_request_add_network:
 * @self: a request
 * @name: the name of a network
 * @options: (nullable): options of the network for this request, `a{ss}` of keys and their text as in a keyfile, or
 *   %NULL for none; a floating reference is sunk
 *
 * Asks for another network. Networks are attached in the order in which they were added.
 *
 * Since: 1.0
 */
void
fairlead_request_add_network (FairleadRequest *self,
                              const char      *name,
                              GVariant        *options)
{
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (NETWORKS_TYPE);
  GVariantIter iter;
  GVariant *network;

  g_return_if_fail (FAIRLEAD_IS_REQUEST (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (options == NULL || g_variant_is_of_type (options, OPTIONS_TYPE));

  g_variant_iter_init (&iter, self->networks);
  while ((network = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_variant_builder_add_value (&builder, network);
      g_variant_unref (network);
    }

  if (options == NULL)
    options = g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0);
  g_variant_builder_add (&builder, "(s@a{ss})", name, options);

  g_variant_unref (self->networks);
  self->networks = g_variant_ref_sink (g_variant_builder_end (&builder));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NETWORKS]);
}

/**
 * fairlead_request_add_network_from_string:
 * @self: a request
 * @text: a network as people write it
 * @error: return location for an error
 *
 * Asks for another network, written `NAME[:KEY=VALUE]...`, for example `lab:ip=10.88.0.5:mac=02:00:00:00:00:01`.
 *
 * A key is a lower-case letter followed by lower-case letters, digits and hyphens, optionally with a dot and more
 * letters, digits, dots, hyphens and underscores. A colon begins a new option only if `KEY=` follows it, so the colons
 * of MAC and IPv6 addresses stand for themselves. A backslash takes its meaning from the character after it, as in
 * `lab:label=a\:b=c`. A key that comes twice, and text of any other form, is %FAIRLEAD_ERROR_INVALID_ARGUMENT.
 *
 * Returns: %TRUE on success, %FALSE with @error set and @self unchanged
 *
 * Since: 1.0
 */
gboolean
fairlead_request_add_network_from_string (FairleadRequest  *self,
                                          const char       *text,
                                          GError          **error)
{
  g_autofree char *name = NULL;
  g_autoptr(GVariant) options = NULL;
  const char *rest = text;

  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT, "Network: the text is not UTF-8");
      return FALSE;
    }

  name = fairlead_request_take_part (&rest, FALSE, error);
  if (name != NULL)
    options = fairlead_request_parse_options (rest, error);
  if (options == NULL)
    {
      g_prefix_error (error, "Network \"%s\": ", text);
      return FALSE;
    }

  if (*name == '\0')
    {
      g_set_error (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_INVALID_ARGUMENT,
                   "Network \"%s\": the name is missing; write NAME[:KEY=VALUE]...", text);
      return FALSE;
    }

  fairlead_request_add_network (self, name, options);
  return TRUE;
}

/**
 * fairlead_request_add_port_mapping:
 * @self: a request
 * @mapping: a port mapping
 *
 * Asks for ports to be published.
 *
 * Since: 1.0
 */
void
fairlead_request_add_port_mapping (FairleadRequest     *self,
                                   FairleadPortMapping *mapping)
{
  g_return_if_fail (FAIRLEAD_IS_REQUEST (self));
  g_return_if_fail (FAIRLEAD_IS_PORT_MAPPING (mapping));

  g_list_store_append (self->port_mappings, mapping);
}

/**
 * fairlead_request_get_port_mappings:
 * @self: a request
 *
 * Gets the ports to publish.
 *
 * Returns: (transfer none): a list of [class@Fairlead.PortMapping]
 *
 * Since: 1.0
 */
GListModel *
fairlead_request_get_port_mappings (FairleadRequest *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), NULL);

  return G_LIST_MODEL (self->port_mappings);
}

/**
 * fairlead_request_get_networks:
 * @self: a request
 *
 * Gets the networks to attach the container to.
 *
 * Returns: (transfer none): `a(sa{ss})`: for each network its name and the options of this request
 *
 * Since: 1.0
 */
GVariant *
fairlead_request_get_networks (FairleadRequest *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), NULL);

  return self->networks;
}

/**
 * fairlead_request_get_error_details:
 * @self: a request
 *
 * Gets what is known about the failure of the last attempt to carry the request out.
 *
 * Returns: (nullable) (transfer none): `a{sv}` with the keys of [func@Fairlead.Error.get_details], or %NULL if the
 *   request did not fail or nothing more is known
 *
 * Since: 1.0
 */
GVariant *
fairlead_request_get_error_details (FairleadRequest *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_REQUEST (self), NULL);

  return self->error_details;
}

void
fairlead_request_set_error_details (FairleadRequest *self,
                                    GVariant        *details)
{
  g_autoptr(GVariant) old = NULL;

  g_assert (FAIRLEAD_IS_REQUEST (self));
  g_assert (details == NULL || g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT));

  if (details == NULL && self->error_details == NULL)
    return;

  old = g_steal_pointer (&self->error_details);
  if (details != NULL)
    self->error_details = g_variant_ref_sink (details);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_DETAILS]);
}
