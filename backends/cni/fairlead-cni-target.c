/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-target.h"

#include "fairlead-cni-config.h"
#include "fairlead-cni-error.h"

#include <fairlead/fairlead.h>

#include <string.h>

/* IFNAMSIZ of the kernel, less the terminating zero. */
#define IFNAME_MAX 15

FairleadCniTarget *
fairlead_cni_target_new (const char         *container_id,
                         const char         *ifname,
                         const char         *netns,
                         const char * const *args,
                         GVariant           *capability_args)
{
  FairleadCniTarget *self = g_atomic_rc_box_new0 (FairleadCniTarget);

  self->container_id = g_strdup (container_id);
  self->ifname = g_strdup (ifname);
  self->netns = g_strdup (netns != NULL ? netns : "");
  self->args = args != NULL ? g_strdupv ((char **) args) : g_new0 (char *, 1);
  self->capability_args = g_variant_ref_sink (capability_args != NULL ? capability_args
                                                                      : g_variant_new ("a{sv}", NULL));
  return self;
}

FairleadCniTarget *
fairlead_cni_target_ref (FairleadCniTarget *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
target_clear (FairleadCniTarget *self)
{
  g_free (self->container_id);
  g_free (self->ifname);
  g_free (self->netns);
  g_strfreev (self->args);
  g_variant_unref (self->capability_args);
}

void
fairlead_cni_target_unref (FairleadCniTarget *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) target_clear);
}

static gboolean
check_container_id (const char  *id,
                    GError     **error)
{
  g_autoptr (GError) local_error = NULL;

  if (*id == '\0')
    {
      fairlead_cni_error_set_invalid (error, FAIRLEAD_CNI_CODE_UNKNOWN_CONTAINER, "", "the container id is missing");
      return FALSE;
    }
  if (fairlead_cni_config_check_name (id, &local_error))
    return TRUE;

  fairlead_cni_error_set_invalid (error, FAIRLEAD_CNI_CODE_INVALID_ENVIRONMENT, id, "container id: %s",
                                  local_error->message);
  return FALSE;
}

static gboolean
ifname_has_bad_character (const char *ifname)
{
  for (const char *p = ifname; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '/' || c == ':' || c == '\v' || c == 0x85 || g_unichar_isspace (c))
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_ifname (const char  *ifname,
              GError     **error)
{
  const char *problem = NULL;
  g_autofree char *shown = NULL;

  if (*ifname == '\0')
    problem = "it is empty";
  else if (!g_utf8_validate (ifname, -1, NULL))
    problem = "it is not UTF-8";
  else if (strlen (ifname) > IFNAME_MAX)
    problem = "it has more than 15 bytes";
  else if (g_str_equal (ifname, ".") || g_str_equal (ifname, ".."))
    problem = "it is “.” or “..”";
  else if (ifname_has_bad_character (ifname))
    problem = "it has a slash, a colon or white space";
  else
    return TRUE;

  shown = g_utf8_make_valid (ifname, -1);
  fairlead_cni_error_set_invalid (error, FAIRLEAD_CNI_CODE_INVALID_ENVIRONMENT, ifname,
                                  "“%s” is not a name for a network interface: %s", shown, problem);
  return FALSE;
}

/* Before a path is made of them, and for every verb. */
gboolean
fairlead_cni_target_validate (FairleadCniTarget  *self,
                              GError            **error)
{
  return check_container_id (self->container_id, error) && check_ifname (self->ifname, error);
}
