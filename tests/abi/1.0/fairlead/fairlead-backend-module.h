/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For authors of backend modules; not part of the umbrella header. */

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/**
 * FAIRLEAD_BACKEND_ABI_MAJOR:
 *
 * The version of the backend ABI that these headers describe. Modules of another major version are refused.
 *
 * Since: 1.0
 */
#define FAIRLEAD_BACKEND_ABI_MAJOR 1

/**
 * FAIRLEAD_BACKEND_ABI_MINOR:
 *
 * Grows with each method or member that is added. A module that was built for a newer one is refused; an older
 * one keeps working.
 *
 * Since: 1.0
 */
#define FAIRLEAD_BACKEND_ABI_MINOR 0

/**
 * FairleadBackendModule:
 * @struct_size: the size of this structure when the module was built
 * @abi_major: %FAIRLEAD_BACKEND_ABI_MAJOR when the module was built
 * @abi_minor: %FAIRLEAD_BACKEND_ABI_MINOR when the module was built
 * @class_size: the size of [struct@Fairlead.BackendClass] when the module was built
 * @network_class_size: the size of [struct@Fairlead.NetworkClass] when the module was built
 * @capabilities: the most that the backend can do
 * @name: the backend's name; the file is `libfairlead-backend-NAME.so`
 * @version: the module's own version
 * @description: one line for people
 * @licence: an SPDX licence expression
 * @type_name: the name of the type that @get_type registers
 * @get_type: gives the concrete [class@Fairlead.Backend] subclass
 *
 * The descriptor that a module exports under the name `fairlead_backend_module`. It is a constant, so that all of it
 * can be checked before any code of the module runs.
 *
 * Since: 1.0
 */
struct _FairleadBackendModule
{
  gsize                        struct_size;
  guint32                      abi_major;
  guint32                      abi_minor;
  gsize                        class_size;
  gsize                        network_class_size;
  FairleadBackendCapabilities  capabilities;
  const char                  *name;
  const char                  *version;
  const char                  *description;
  const char                  *licence;
  const char                  *type_name;
  GType                      (*get_type) (void);

  /*< private >*/
  gpointer _reserved[8];
};

/**
 * FAIRLEAD_BACKEND_MODULE:
 * @NAME: the backend's name, a string literal
 * @VERSION: the module's version, a string literal
 * @DESCRIPTION: one line for people, a string literal
 * @LICENCE: an SPDX licence expression, a string literal
 * @CAPABILITIES: the most that the backend can do, [flags@Fairlead.BackendCapabilities]
 * @TN: the type of the backend, in camel case
 * @t_n: the type of the backend, in lower case with underscores, as given to G_DEFINE_TYPE()
 *
 * Exports a module's descriptor. Use it once in a module:
 *
 * |[<!-- language="C" -->
 * FAIRLEAD_BACKEND_MODULE ("acme", "1.2", "Acme overlay", "MIT",
 *                          FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_MULTIPLE,
 *                          AcmeBackend, acme_backend)
 * ]|
 *
 * Since: 1.0
 */
#define FAIRLEAD_BACKEND_MODULE(NAME, VERSION, DESCRIPTION, LICENCE, CAPABILITIES, TN, t_n)     \
  extern const FairleadBackendModule fairlead_backend_module;                                       \
  __attribute__ ((visibility ("default")))                                                          \
  const FairleadBackendModule fairlead_backend_module = {                                           \
    .struct_size        = sizeof (FairleadBackendModule),                                           \
    .abi_major          = FAIRLEAD_BACKEND_ABI_MAJOR,                                               \
    .abi_minor          = FAIRLEAD_BACKEND_ABI_MINOR,                                               \
    .class_size         = sizeof (FairleadBackendClass),                                            \
    .network_class_size = sizeof (FairleadNetworkClass),                                            \
    .capabilities       = (CAPABILITIES),                                                           \
    .name               = (NAME),                                                                   \
    .version            = (VERSION),                                                                \
    .description        = (DESCRIPTION),                                                            \
    .licence            = (LICENCE),                                                                \
    .type_name          = #TN,                                                                      \
    .get_type           = t_n##_get_type,                                                           \
  };

G_END_DECLS
