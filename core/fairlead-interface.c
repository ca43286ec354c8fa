/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fairlead/fairlead-interface.h>

#include <net/if.h>
#include <string.h>

/**
 * FairleadInterface:
 *
 * A network interface that belongs to an attachment. Immutable.
 *
 * It is immutable, and can be used from any thread.
 *
 * Since: 1.0
 */
struct _FairleadInterface
{
  GObject  parent_instance;

  char    *name;
  char    *mac_address;
  char    *sandbox;
  guint    mtu;
};

G_DEFINE_FINAL_TYPE (FairleadInterface, fairlead_interface, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_MAC_ADDRESS,
  PROP_MTU,
  PROP_SANDBOX,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
fairlead_interface_finalize (GObject *object)
{
  FairleadInterface *self = FAIRLEAD_INTERFACE (object);

  g_free (self->name);
  g_free (self->mac_address);
  g_free (self->sandbox);

  G_OBJECT_CLASS (fairlead_interface_parent_class)->finalize (object);
}

static void
fairlead_interface_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  FairleadInterface *self = FAIRLEAD_INTERFACE (object);

  switch (property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_MAC_ADDRESS:
      g_value_set_string (value, self->mac_address);
      break;
    case PROP_MTU:
      g_value_set_uint (value, self->mtu);
      break;
    case PROP_SANDBOX:
      g_value_set_string (value, self->sandbox);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_interface_set_property (GObject      *object,
                                 guint         property_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  FairleadInterface *self = FAIRLEAD_INTERFACE (object);

  switch (property_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_MAC_ADDRESS:
      self->mac_address = g_value_dup_string (value);
      break;
    case PROP_MTU:
      self->mtu = g_value_get_uint (value);
      break;
    case PROP_SANDBOX:
      self->sandbox = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
fairlead_interface_class_init (FairleadInterfaceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = fairlead_interface_finalize;
  object_class->get_property = fairlead_interface_get_property;
  object_class->set_property = fairlead_interface_set_property;

  /**
   * FairleadInterface:name:
   *
   * The interface's name.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * FairleadInterface:mac-address:
   *
   * The interface's MAC address, for example `02:00:00:00:00:01`; %NULL if it has none.
   *
   * Since: 1.0
   */
  properties[PROP_MAC_ADDRESS] = g_param_spec_string ("mac-address", NULL, NULL, NULL, flags);

  /**
   * FairleadInterface:mtu:
   *
   * The largest packet in bytes; 0 if it is not known.
   *
   * Since: 1.0
   */
  properties[PROP_MTU] = g_param_spec_uint ("mtu", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * FairleadInterface:sandbox:
   *
   * The path of the network namespace that the interface is in; %NULL if it is on the host.
   *
   * Since: 1.0
   */
  properties[PROP_SANDBOX] = g_param_spec_string ("sandbox", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
fairlead_interface_init (FairleadInterface *self)
{
}

/**
 * fairlead_interface_new:
 * @name: the interface's name
 * @mac_address: (nullable): the interface's MAC address, or %NULL if it has none
 * @mtu: the largest packet in bytes, or 0 if it is not known
 * @sandbox: (nullable): the path of the interface's network namespace, or %NULL if it is on the host
 *
 * Creates the description of an interface.
 *
 * Returns: (transfer full): a new interface
 *
 * Since: 1.0
 */
FairleadInterface *
fairlead_interface_new (const char *name,
                        const char *mac_address,
                        guint       mtu,
                        const char *sandbox)
{
  g_return_val_if_fail (name != NULL, NULL);

  return g_object_new (FAIRLEAD_TYPE_INTERFACE,
                       "name", name,
                       "mac-address", mac_address,
                       "mtu", mtu,
                       "sandbox", sandbox,
                       NULL);
}

/**
 * fairlead_interface_get_name:
 * @self: an interface
 *
 * Gets the interface's name.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
fairlead_interface_get_name (FairleadInterface *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE (self), NULL);

  return self->name;
}

/**
 * fairlead_interface_get_mac_address:
 * @self: an interface
 *
 * Gets the interface's MAC address.
 *
 * Returns: (nullable) (transfer none): the MAC address, or %NULL if the interface has none
 *
 * Since: 1.0
 */
const char *
fairlead_interface_get_mac_address (FairleadInterface *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE (self), NULL);

  return self->mac_address;
}

/**
 * fairlead_interface_get_mtu:
 * @self: an interface
 *
 * Gets the interface's MTU.
 *
 * Returns: the largest packet in bytes, or 0 if it is not known
 *
 * Since: 1.0
 */
guint
fairlead_interface_get_mtu (FairleadInterface *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE (self), 0);

  return self->mtu;
}

/**
 * fairlead_interface_get_sandbox:
 * @self: an interface
 *
 * Gets where the interface is.
 *
 * Returns: (nullable) (transfer none): the path of the interface's network namespace, or %NULL if it is on the host
 *
 * Since: 1.0
 */
const char *
fairlead_interface_get_sandbox (FairleadInterface *self)
{
  g_return_val_if_fail (FAIRLEAD_IS_INTERFACE (self), NULL);

  return self->sandbox;
}

/**
 * fairlead_interface_name_is_valid:
 * @name: text of any kind
 *
 * Whether @name can be an interface's name: 1 to 15 bytes of UTF-8 without `/`, `:`, `%`, white space and control
 * characters, and neither `.` nor `..`.
 *
 * Returns: %TRUE if it can
 *
 * Since: 1.0
 */
gboolean
fairlead_interface_name_is_valid (const char *name)
{
  g_return_val_if_fail (name != NULL, FALSE);

  if (*name == '\0' || strnlen (name, IFNAMSIZ) >= IFNAMSIZ || !g_utf8_validate (name, -1, NULL))
    return FALSE;
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    return FALSE;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      /* The kernel takes "eth%d" for a pattern: the interface would get another name than the one asked for. */
      if (c == '/' || c == ':' || c == '%' || g_unichar_isspace (c) || g_unichar_iscntrl (c))
        return FALSE;
    }

  return TRUE;
}
