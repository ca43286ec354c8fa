/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A backend that makes two files, and keeps the contract; built once more for each way to break it. The conformance
 * program has to find out each of them. MODULE_NAME is its name, and one BREAK_ macro says what is wrong. */

#include <fairlead/fairlead-backend-module.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STRING2(a) #a
#define STRING(a)  STRING2 (a)

#define CONTRACT_TYPE_BACKEND (contract_backend_get_type ())
G_DECLARE_FINAL_TYPE (ContractBackend, contract_backend, CONTRACT, BACKEND, FairleadBackend)

struct _ContractBackend
{
  FairleadBackend parent_instance;
};

G_DEFINE_FINAL_TYPE (ContractBackend, contract_backend, FAIRLEAD_TYPE_BACKEND)

#ifdef BREAK_KEY
#define CONTRACT_TYPE_NETWORK (contract_network_get_type ())
G_DECLARE_FINAL_TYPE (ContractNetwork, contract_network, CONTRACT, NETWORK, FairleadNetwork)

struct _ContractNetwork
{
  FairleadNetwork parent_instance;
  char *ip;
};

G_DEFINE_FINAL_TYPE (ContractNetwork, contract_network, FAIRLEAD_TYPE_NETWORK)

static void
contract_network_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  g_free (CONTRACT_NETWORK (object)->ip);
  CONTRACT_NETWORK (object)->ip = g_value_dup_string (value);
}

static void
contract_network_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  g_value_set_string (value, CONTRACT_NETWORK (object)->ip);
}

static void
contract_network_class_init (ContractNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = contract_network_set_property;
  object_class->get_property = contract_network_get_property;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_string ("ip", NULL, "An address", NULL,
                                                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS |
                                                          FAIRLEAD_PARAM_CONFIG | FAIRLEAD_PARAM_REQUEST));
}

static void
contract_network_init (ContractNetwork *self)
{
}
#endif

#ifdef BREAK_MEMORY
static gboolean remembers_setup;
#endif
#ifdef BREAK_PARALLEL
static gconstpointer being_set_up; /* the attachment, as if there were only one */
#endif

static char *
dup_path (FairleadAttachment *attachment,
          const char         *which)
{
  return g_strdup_printf ("/run/contract-%s-%s", fairlead_attachment_get_container_id (attachment), which);
}

static gboolean
write_down (FairleadAttachment  *attachment,
            const char          *which,
            GError             **error)
{
  g_autofree char *path = dup_path (attachment, which);
  GVariantDict document;

  g_variant_dict_init (&document, fairlead_attachment_get_document (attachment));
  g_variant_dict_insert (&document, which, "s", path);
  fairlead_attachment_set_document (attachment, g_variant_dict_end (&document));
#ifdef BREAK_CHECKPOINT
  fairlead_attachment_checkpoint (attachment, NULL);
  return TRUE;
#else
  return fairlead_attachment_checkpoint (attachment, error);
#endif
}

static gboolean
make (FairleadAttachment  *attachment,
      const char          *which,
      GError             **error)
{
  g_autofree char *path = dup_path (attachment, which);
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      fairlead_error_set_errno (error, errno, "cannot make %s", path);
      return FALSE;
    }
#ifndef BREAK_DESCRIPTORS
  close (fd);
#endif
  return TRUE;
}

static gboolean
take_away (FairleadAttachment  *attachment,
           const char          *which,
           GError             **error)
{
  const char *path;

  if (!g_variant_lookup (fairlead_attachment_get_document (attachment), which, "&s", &path))
    return TRUE;
#ifdef BREAK_TWICE
  if (unlink (path) == 0)
    return TRUE;
#else
  if (unlink (path) == 0 || errno == ENOENT)
    return TRUE;
#endif
  fairlead_error_set_errno (error, errno, "cannot remove %s", path);
  return FALSE;
}

/* What setup may still do after a checkpoint that failed: take back what it has made itself. */
static gboolean
give_up (FairleadAttachment *attachment)
{
#ifdef BREAK_TAKEN
  rmdir ("/run/user/0");
#endif
  take_away (attachment, "first", NULL);
  return FALSE;
}

static gboolean
contract_backend_setup (FairleadBackend     *backend,
                        FairleadAttachment  *attachment,
                        GCancellable        *cancellable,
                        GError             **error)
{
  g_autoptr (FairleadInterface) interface =
    fairlead_interface_new ("lo", NULL, 0, fairlead_attachment_get_netns_path (attachment));

#ifdef BREAK_CRITICAL
  g_critical ("a mistake in setup");
#endif
#ifdef BREAK_MEMORY
  remembers_setup = TRUE;
#endif
#ifdef BREAK_PARALLEL
  being_set_up = attachment;
  g_usleep (200000);
  if (being_set_up != attachment)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "somebody else came between");
      return FALSE;
    }
#endif
#ifdef BREAK_ORDER
  if (!make (attachment, "first", error) || !write_down (attachment, "first", error))
    return FALSE;
#else
  if (!write_down (attachment, "first", error) || !make (attachment, "first", error))
    return FALSE;
#endif
#ifdef BREAK_CANCELLED
  if (g_cancellable_is_cancelled (cancellable))
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_FAILED, "somebody has cancelled");
      return FALSE;
    }
#endif
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!write_down (attachment, "second", error))
    return give_up (attachment);
  if (!make (attachment, "second", error))
    return FALSE;
  fairlead_attachment_add_interface (attachment, interface);
  return TRUE;
}

static gboolean
contract_backend_teardown (FairleadBackend        *backend,
                           FairleadAttachment     *attachment,
                           FairleadTeardownFlags   flags,
                           GCancellable           *cancellable,
                           GError                **error)
{
#ifdef BREAK_MEMORY
  if (!remembers_setup)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "no setup in this process");
      return FALSE;
    }
#endif
#ifdef BREAK_NETNS
  if (fairlead_attachment_get_netns (attachment) == NULL)
    {
      g_set_error_literal (error, FAIRLEAD_ERROR, FAIRLEAD_ERROR_NOT_FOUND, "the network namespace is gone");
      return FALSE;
    }
#endif
#ifdef BREAK_SILENT
  return FALSE;
#elif defined (BREAK_LEFT)
  return TRUE;
#else
  return take_away (attachment, "second", error) && take_away (attachment, "first", error);
#endif
}

static void
contract_backend_class_init (ContractBackendClass *klass)
{
  FairleadBackendClass *backend_class = FAIRLEAD_BACKEND_CLASS (klass);

  backend_class->setup = contract_backend_setup;
  backend_class->teardown = contract_backend_teardown;
#ifdef BREAK_CLASS
  g_critical ("a mistake in class_init");
#endif
#ifdef BREAK_KEY
  backend_class->network_type = CONTRACT_TYPE_NETWORK;
#endif
}

static void
contract_backend_init (ContractBackend *self)
{
}

#ifdef BREAK_CAPABILITY
#define CAPABILITIES (FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK | \
                      FAIRLEAD_BACKEND_CAP_INTERFACE_NAME | FAIRLEAD_BACKEND_CAP_PORTS_TCP)
#else
#define CAPABILITIES (FAIRLEAD_BACKEND_CAP_NETNS | FAIRLEAD_BACKEND_CAP_BUILTIN_NETWORK)
#endif

FAIRLEAD_BACKEND_MODULE (STRING (MODULE_NAME), "1", "A module for tests", "LGPL-2.1-or-later", CAPABILITIES,
                         ContractBackend, contract_backend)
