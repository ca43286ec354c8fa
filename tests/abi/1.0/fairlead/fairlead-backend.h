/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-attachment.h"
#include "fairlead-module.h"
#include "fairlead-param.h"
#include "fairlead-program.h"
#include "fairlead-stats.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_BACKEND (fairlead_backend_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (FairleadBackend, fairlead_backend, FAIRLEAD, BACKEND, GObject)

/**
 * FairleadBackendClass:
 * @parent_class: the parent class
 * @network_type: the [class@Fairlead.Network] subclass of this backend's networks, set in class_init;
 *   0 means that they have no keys of their own
 * @get_capabilities: what the backend can do for @network, or for any network if it is %NULL. May narrow what the
 *   module declares, for example after a look at an installed helper. Default: what the module declares.
 * @plan: checks everything about @attachment that can be checked before something is made, and may write names that
 *   setup is going to use into its document. Makes nothing. Default: nothing to check.
 * @setup: attaches the container. Required. Before each effect the backend writes down what it is about to make
 *   ([method@Fairlead.Attachment.set_document]) and calls [method@Fairlead.Attachment.checkpoint]; if that fails it
 *   stops there. On success it has added the interfaces, addresses, routes and DNS servers to @attachment. After a
 *   failure the core calls @teardown.
 * @teardown: undoes whatever setup made, also if setup was interrupted anywhere. Required. Idempotent: what is not
 *   there counts as removed; a step that fails does not stop the next. Uses the attachment alone, never today's
 *   configuration. The namespace may be gone already: [method@Fairlead.Attachment.get_netns] is then %NULL.
 * @stats: the counters of the attachment's interfaces. Default: of those interfaces of the attachment that are in the
 *   container's namespace.
 * @inspect: what there is to know, `a{sv}`. Default: the attachment's addresses, gateway, MAC, ports and so on by the
 *   key names of `podman inspect`. Implementations chain up and add to it.
 * @check: whether all that was set up is still there. An error names the first thing missing. Default: the interfaces
 *   inside the namespace exist and have their addresses.
 * @reload: puts back what a firewall flush removed, keeping addresses. Default: not supported.
 * @list_networks: the networks that the backend finds by itself, a list of [class@Fairlead.Network]; one that
 *   cannot be used has its problem set. If the backend has a key `default-network`, a request without a network gets
 *   the one that it names; else the first of the list that can be used. Default: none.
 * @list_network_dirs: the directories in which @list_networks looks, a string array, so that a
 *   [class@Fairlead.NetworkMonitor] can watch them. Must not block. Default: none.
 * @collect: removes what belongs to none of @attachments, the living attachments of this backend. Default: nothing.
 * @publish: publishes one more port of an attachment that is set up. The core has added @mapping to the attachment and
 *   written that down. After a failure the core calls @unpublish. Comes with %FAIRLEAD_BACKEND_CAP_LIVE_PORTS and with
 *   @unpublish. Default: not supported.
 * @unpublish: withdraws one port of an attachment that is set up, also if it was published at setup, or half published.
 *   Idempotent: what is not there counts as withdrawn. The core takes @mapping out of the attachment afterwards.
 *   Default: not supported.
 * @read_network: reads what @network, which a file of Fairlead's describes, consists of beyond that file, so that its
 *   inspect tells it. An error is the reason for which the network is listed as unusable. Starts no program. Default:
 *   nothing.
 * @check_network: whether @network could take a container now, beyond what can be read in files: for example by asking the
 *   programs that make it. Makes nothing. Default: it could.
 * @check_new_network: whether @network, whose file is about to be written and has been checked by itself, goes together
 *   with the host as it is, and with @others, those networks of this backend that files describe. Makes nothing.
 *   Default: it does.
 * @check_key: whether the value that the key @key of the backend has can be used, beyond its range: asked for each that the
 *   configuration sets, after all are set. The message is shown behind the file and the key. Default: it can.
 *
 * The methods of a backend. They block, may run on any thread, in parallel for different containers and never at
 * the same time for one container. Those that return %FALSE or %NULL set the error: a code of %FAIRLEAD_ERROR, or
 * `G_IO_ERROR_CANCELLED`. A new method takes one of the reserved slots.
 *
 * Since: 1.0
 */
struct _FairleadBackendClass
{
  GObjectClass parent_class;

  GType network_type;

  FairleadBackendCapabilities  (*get_capabilities) (FairleadBackend       *self,
                                                    FairleadNetwork       *network);
  gboolean                     (*plan)             (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*setup)            (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*teardown)         (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    FairleadTeardownFlags  flags,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  FairleadStats               *(*stats)            (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  GVariant                    *(*inspect)          (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*check)            (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*reload)           (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  GListModel                  *(*list_networks)    (FairleadBackend       *self,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  char                       **(*list_network_dirs) (FairleadBackend      *self);
  gboolean                     (*collect)          (FairleadBackend       *self,
                                                    GListModel            *attachments,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*publish)          (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    FairleadPortMapping   *mapping,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*unpublish)        (FairleadBackend       *self,
                                                    FairleadAttachment    *attachment,
                                                    FairleadPortMapping   *mapping,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*read_network)     (FairleadBackend       *self,
                                                    FairleadNetwork       *network,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*check_network)    (FairleadBackend       *self,
                                                    FairleadNetwork       *network,
                                                    GCancellable          *cancellable,
                                                    GError               **error);
  gboolean                     (*check_new_network) (FairleadBackend      *self,
                                                     FairleadNetwork      *network,
                                                     GListModel           *others,
                                                     GCancellable         *cancellable,
                                                     GError              **error);
  gboolean                     (*check_key)        (FairleadBackend       *self,
                                                    const char            *key,
                                                    GError               **error);

  /*< private >*/
  gpointer _reserved[16];
};

FAIRLEAD_AVAILABLE_IN_1_0
const char                  *fairlead_backend_get_name         (FairleadBackend        *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadModule              *fairlead_backend_get_module       (FairleadBackend        *self);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant                    *fairlead_backend_dup_keys         (FairleadBackend        *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadProgram             *fairlead_backend_find_program     (FairleadBackend        *self,
                                                                const char             *name,
                                                                const char             *path,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadSharedState         *fairlead_backend_open_shared_state (FairleadBackend       *self,
                                                                 FairleadSharedAccess   access,
                                                                 GCancellable          *cancellable,
                                                                 GError               **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel                  *fairlead_backend_list_shared_networks (FairleadBackend   *self,
                                                                    GError           **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel                  *fairlead_backend_list_configured_networks (FairleadBackend *self);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadBackendCapabilities  fairlead_backend_get_capabilities (FairleadBackend        *self,
                                                                FairleadNetwork        *network);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_plan             (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_setup            (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_teardown         (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                FairleadTeardownFlags   flags,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadStats               *fairlead_backend_stats            (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant                    *fairlead_backend_inspect          (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_check            (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_reload           (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel                  *fairlead_backend_list_networks    (FairleadBackend        *self,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_read_network     (FairleadBackend        *self,
                                                                FairleadNetwork        *network,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_check_new_network (FairleadBackend      *self,
                                                                 FairleadNetwork      *network,
                                                                 GListModel           *others,
                                                                 GCancellable         *cancellable,
                                                                 GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_check_key       (FairleadBackend        *self,
                                                               const char             *key,
                                                               GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
char                       **fairlead_backend_list_network_dirs (FairleadBackend      *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_collect          (FairleadBackend        *self,
                                                                GListModel             *attachments,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_publish          (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                FairleadPortMapping    *mapping,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_unpublish        (FairleadBackend        *self,
                                                                FairleadAttachment     *attachment,
                                                                FairleadPortMapping    *mapping,
                                                                GCancellable           *cancellable,
                                                                GError                **error);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean                     fairlead_backend_check_network    (FairleadBackend        *self,
                                                                FairleadNetwork        *network,
                                                                GCancellable           *cancellable,
                                                                GError                **error);

G_END_DECLS
