/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-cni-request.h"

#include "fairlead-cni-target.h"
#include "fairlead-cni-value.h"
#include "fairlead-cni-version.h"

/* Replaces *@object by a copy with @member, if there is one. */
static void
put (GVariant   **object,
     const char  *key,
     GVariant    *member)
{
  g_autoptr (GVariant) old = *object;

  *object = fairlead_cni_value_with (old, key, member);
}

/* The arguments of the capabilities that the plugin declares; NULL if there are none. */
static GVariant *
dup_runtime_config (FairleadCniConfig *config,
                    guint              index,
                    GVariant          *capability_args)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) runtime_config = NULL;
  GVariantIter iter;
  const char *capability;
  GVariant *value;

  g_variant_iter_init (&iter, capability_args);
  while (g_variant_iter_loop (&iter, "{&sv}", &capability, &value))
    if (fairlead_cni_config_plugin_declares (config, index, capability))
      g_variant_builder_add (&builder, "{sv}", capability, value);

  runtime_config = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_n_children (runtime_config) > 0 ? g_steal_pointer (&runtime_config) : NULL;
}

/* The plugin's own object with what the list, the chain and the caller say put over it. */
GVariant *
fairlead_cni_request_new (FairleadCniConfig *config,
                          guint              index,
                          GVariant          *prev_result,
                          GVariant          *capability_args)
{
  g_autoptr (GVariant) request = g_variant_ref (fairlead_cni_config_get_plugin (config, index));
  g_autoptr (GVariant) runtime_config = NULL;

  put (&request, "name", g_variant_new_string (fairlead_cni_config_get_name (config)));
  put (&request, "cniVersion", g_variant_new_string (fairlead_cni_config_get_version (config)));
  if (prev_result != NULL)
    put (&request, "prevResult", prev_result);
  if (capability_args != NULL)
    runtime_config = dup_runtime_config (config, index, capability_args);
  if (runtime_config != NULL)
    put (&request, "runtimeConfig", runtime_config);
  return g_steal_pointer (&request);
}

/* @valid: (nullable) (element-type FairleadCniTarget): the attachments that live. The second key is what a first print
 * of the specification said; plugins of that time still read it. */
GVariant *
fairlead_cni_request_new_gc (FairleadCniConfig *config,
                             guint              index,
                             GPtrArray         *valid)
{
  g_autoptr (GVariant) request = fairlead_cni_request_new (config, index, NULL, NULL);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_autoptr (GVariant) attachments = NULL;

  if (valid == NULL)
    return g_steal_pointer (&request);

  for (guint i = 0; i < valid->len; i++)
    {
      FairleadCniTarget *target = g_ptr_array_index (valid, i);
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

      g_variant_dict_insert (&dict, "containerID", "s", target->container_id);
      g_variant_dict_insert (&dict, "ifname", "s", target->ifname);
      g_variant_builder_add (&builder, "v", g_variant_dict_end (&dict));
    }
  attachments = g_variant_ref_sink (g_variant_builder_end (&builder));
  put (&request, "cni.dev/valid-attachments", attachments);
  put (&request, "cni.dev/attachments", attachments);
  return g_steal_pointer (&request);
}

GVariant *
fairlead_cni_request_new_version (void)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "cniVersion", "s", FAIRLEAD_CNI_VERSION_NEWEST);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The capabilities that arguments are given for but that no plugin declares: what would be dropped without a word. */
char **
fairlead_cni_request_list_unused (FairleadCniConfig *config,
                                  GVariant          *capability_args)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GVariantIter iter;
  const char *capability;

  g_variant_iter_init (&iter, capability_args);
  while (g_variant_iter_loop (&iter, "{&sv}", &capability, NULL))
    if (!fairlead_cni_config_declares (config, capability))
      g_strv_builder_add (builder, capability);
  return g_strv_builder_end (builder);
}
