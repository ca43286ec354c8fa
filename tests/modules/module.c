/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A backend that does nothing, built once for each way in which a module can be wrong. MODULE_NAME is its name, and one
 * of the WRONG_ macros says what is wrong with it. */

#include <fairlead/fairlead-backend-module.h>

#ifndef MODULE_TYPE
#define MODULE_TYPE TestModuleBackend
#endif

#ifdef WRONG_ABSTRACT
#define TYPE_FLAGS G_TYPE_FLAG_ABSTRACT
#else
#define TYPE_FLAGS ((GTypeFlags) 0)
#endif

#define STRING2(a)         #a
#define STRING(a)          STRING2 (a)

#ifdef WRONG_PARENT
typedef struct { GObject parent_instance; } TestObject;
typedef struct { GObjectClass parent_class; } TestObjectClass;
#define PARENT_TYPE G_TYPE_OBJECT
#else
typedef struct { FairleadBackend parent_instance; guint size; } TestObject;
typedef struct { FairleadBackendClass parent_class; } TestObjectClass;
#define PARENT_TYPE FAIRLEAD_TYPE_BACKEND
#endif

static GType get_type (void);

#ifndef WRONG_PARENT
static gboolean
test_object_setup (FairleadBackend     *backend,
                   FairleadAttachment  *attachment,
                   GCancellable        *cancellable,
                   GError             **error)
{
#ifdef WRONG_RESULT
  return TRUE;
#elif defined WRONG_ERROR
  return FALSE;
#else
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new ("test0", NULL, 0, fairlead_attachment_get_netns_path (attachment));

  fairlead_attachment_add_interface (attachment, interface);
  return TRUE;
#endif
}

static gboolean
test_object_teardown (FairleadBackend        *backend,
                      FairleadAttachment     *attachment,
                      FairleadTeardownFlags   flags,
                      GCancellable           *cancellable,
                      GError                **error)
{
#ifdef WRONG_TEARDOWN
  g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_BUSY, "the cable is stuck");
  return FALSE;
#else
  return TRUE;
#endif
}
#endif

#ifdef WRONG_PUBLISH
static gboolean
test_object_publish (FairleadBackend      *backend,
                     FairleadAttachment   *attachment,
                     FairleadPortMapping  *mapping,
                     GCancellable         *cancellable,
                     GError              **error)
{
  return TRUE;
}
#endif

#ifdef WRONG_KEY
static void
test_object_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
}

static void
test_object_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
}
#endif

static void
test_object_class_init (gpointer klass,
                        gpointer class_data)
{
#ifndef WRONG_PARENT
  FairleadBackendClass *backend_class = klass;

#ifndef WRONG_METHODS
  backend_class->setup = test_object_setup;
#else
  (void) test_object_setup;
#endif
  backend_class->teardown = test_object_teardown;
#ifdef WRONG_PUBLISH
  backend_class->publish = test_object_publish;
#endif
#ifdef WRONG_NETWORK_TYPE
  backend_class->network_type = G_TYPE_OBJECT;
#endif
#endif
#ifdef WRONG_KEY
  G_OBJECT_CLASS (klass)->set_property = test_object_set_property;
  G_OBJECT_CLASS (klass)->get_property = test_object_get_property;
  g_object_class_install_property (klass, 1,
                                   g_param_spec_uint ("size", NULL, NULL, 1, 9, 5,
                                                      G_PARAM_READWRITE | FAIRLEAD_PARAM_CONFIG));
#endif
}

static GType
get_type (void)
{
  static GType type = 0;

  if (type == 0)
    type = g_type_register_static_simple (PARENT_TYPE, STRING (MODULE_TYPE), sizeof (TestObjectClass),
                                          test_object_class_init, sizeof (TestObject), NULL, TYPE_FLAGS);
  return type;
}

#ifdef WRONG_SYMBOL
void function_that_nobody_has (void);
void (*wrong_symbol) (void) = function_that_nobody_has;
#endif

#ifdef WRONG_DESCRIPTOR
#define DESCRIPTOR_NAME something_else
#else
#define DESCRIPTOR_NAME fairlead_backend_module
#endif

#ifndef ABI_MAJOR
#define ABI_MAJOR FAIRLEAD_BACKEND_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR FAIRLEAD_BACKEND_ABI_MINOR
#endif
#ifndef CLASS_SIZE
#define CLASS_SIZE sizeof (FairleadBackendClass)
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof (FairleadBackendModule)
#endif

/* Written out, as the macro for authors makes most of these mistakes impossible. */
extern const FairleadBackendModule DESCRIPTOR_NAME;
__attribute__ ((visibility ("default"))) const FairleadBackendModule DESCRIPTOR_NAME = {
  .struct_size = STRUCT_SIZE,
  .abi_major = ABI_MAJOR,
  .abi_minor = ABI_MINOR,
  .class_size = CLASS_SIZE,
  .network_class_size = sizeof (FairleadNetworkClass),
  .capabilities = FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK,
  .name = STRING (MODULE_NAME),
  .version = "1",
  .description = "A module for tests",
#ifndef WRONG_LICENCE
  .licence = "LGPL-2.1-or-later",
#endif
#ifdef WRONG_TYPE_NAME
  .type_name = "SomebodyElse",
#else
  .type_name = STRING (MODULE_TYPE),
#endif
  .get_type = get_type,
};
