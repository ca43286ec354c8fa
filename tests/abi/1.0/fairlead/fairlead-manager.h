/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (FAIRLEAD_INSIDE) && !defined (FAIRLEAD_COMPILATION)
#error "Only <fairlead/fairlead.h> can be included directly."
#endif

#include "fairlead-backend.h"
#include "fairlead-config.h"
#include "fairlead-container.h"
#include "fairlead-request.h"

G_BEGIN_DECLS

#define FAIRLEAD_TYPE_MANAGER (fairlead_manager_get_type ())

FAIRLEAD_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (FairleadManager, fairlead_manager, FAIRLEAD, MANAGER, GObject)

FAIRLEAD_AVAILABLE_IN_1_0
FairleadManager *fairlead_manager_new          (FairleadConfig   *config);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadConfig  *fairlead_manager_get_config   (FairleadManager  *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_manager_start_watching (FairleadManager *self,
                                                  GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void             fairlead_manager_stop_watching  (FairleadManager *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_manager_get_watching   (FairleadManager *self);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean         fairlead_manager_add_backend  (FairleadManager  *self,
                                                FairleadBackend  *backend,
                                                GError          **error);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadBackend *fairlead_manager_load_backend (FairleadManager  *self,
                                                const char       *name,
                                                GError          **error);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel      *fairlead_manager_list_modules (FairleadManager  *self);

FAIRLEAD_AVAILABLE_IN_1_0
FairleadContainer *fairlead_manager_plan (FairleadManager *self,
                                          FairleadRequest *request,
                                          GCancellable    *cancellable,
                                          GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_plan_async (FairleadManager    *self,
                                  FairleadRequest    *request,
                                  GCancellable       *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadContainer *fairlead_manager_plan_finish (FairleadManager *self,
                                                 GAsyncResult    *result,
                                                 GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
FairleadContainer *fairlead_manager_setup (FairleadManager *self,
                                           FairleadRequest *request,
                                           GCancellable    *cancellable,
                                           GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_setup_async (FairleadManager    *self,
                                   FairleadRequest    *request,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadContainer *fairlead_manager_setup_finish (FairleadManager *self,
                                                  GAsyncResult    *result,
                                                  GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_teardown (FairleadManager      *self,
                                    const char           *container_id,
                                    FairleadTeardownFlags flags,
                                    GCancellable         *cancellable,
                                    GError              **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_teardown_async (FairleadManager      *self,
                                      const char           *container_id,
                                      FairleadTeardownFlags flags,
                                      GCancellable         *cancellable,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_teardown_finish (FairleadManager *self,
                                           GAsyncResult    *result,
                                           GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
FairleadStats *fairlead_manager_stats (FairleadManager *self,
                                       const char      *container_id,
                                       GCancellable    *cancellable,
                                       GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_stats_async (FairleadManager    *self,
                                   const char         *container_id,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadStats *fairlead_manager_stats_finish (FairleadManager *self,
                                              GAsyncResult    *result,
                                              GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
GVariant *fairlead_manager_inspect (FairleadManager *self,
                                    const char      *container_id,
                                    GCancellable    *cancellable,
                                    GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_inspect_async (FairleadManager    *self,
                                     const char         *container_id,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
GVariant *fairlead_manager_inspect_finish (FairleadManager *self,
                                           GAsyncResult    *result,
                                           GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_check (FairleadManager *self,
                                 const char      *container_id,
                                 GCancellable    *cancellable,
                                 GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_check_async (FairleadManager    *self,
                                   const char         *container_id,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_check_finish (FairleadManager *self,
                                        GAsyncResult    *result,
                                        GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_reload (FairleadManager *self,
                                  const char      *container_id,
                                  GCancellable    *cancellable,
                                  GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_reload_async (FairleadManager    *self,
                                    const char         *container_id,
                                    GCancellable       *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_reload_finish (FairleadManager *self,
                                         GAsyncResult    *result,
                                         GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_publish (FairleadManager     *self,
                                   const char          *container_id,
                                   FairleadPortMapping *mapping,
                                   GCancellable        *cancellable,
                                   GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_publish_async (FairleadManager     *self,
                                     const char          *container_id,
                                     FairleadPortMapping *mapping,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_publish_finish (FairleadManager *self,
                                          GAsyncResult    *result,
                                          GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_unpublish (FairleadManager     *self,
                                     const char          *container_id,
                                     FairleadPortMapping *mapping,
                                     GCancellable        *cancellable,
                                     GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_unpublish_async (FairleadManager     *self,
                                       const char          *container_id,
                                       FairleadPortMapping *mapping,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_unpublish_finish (FairleadManager *self,
                                            GAsyncResult    *result,
                                            GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
FairleadContainer *fairlead_manager_lookup_container (FairleadManager *self,
                                                      const char      *container_id,
                                                      GCancellable    *cancellable,
                                                      GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_lookup_container_async (FairleadManager    *self,
                                              const char         *container_id,
                                              GCancellable       *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadContainer *fairlead_manager_lookup_container_finish (FairleadManager *self,
                                                             GAsyncResult    *result,
                                                             GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
GListModel *fairlead_manager_list_containers (FairleadManager *self,
                                              GCancellable    *cancellable,
                                              GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_list_containers_async (FairleadManager    *self,
                                             GCancellable       *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel *fairlead_manager_list_containers_finish (FairleadManager *self,
                                                     GAsyncResult    *result,
                                                     GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
GListModel *fairlead_manager_list_networks (FairleadManager *self,
                                            GCancellable    *cancellable,
                                            GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_list_networks_async (FairleadManager    *self,
                                           GCancellable       *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
GListModel *fairlead_manager_list_networks_finish (FairleadManager *self,
                                                   GAsyncResult    *result,
                                                   GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_check_network (FairleadManager  *self,
                                         const char       *name,
                                         GCancellable     *cancellable,
                                         GError          **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_check_network_async (FairleadManager     *self,
                                           const char          *name,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_check_network_finish (FairleadManager *self,
                                                GAsyncResult    *result,
                                                GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetwork *fairlead_manager_create_network (FairleadManager     *self,
                                                  const char          *name,
                                                  const char          *backend_name,
                                                  GVariant            *options,
                                                  GCancellable        *cancellable,
                                                  GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_create_network_async (FairleadManager     *self,
                                            const char          *name,
                                            const char          *backend_name,
                                            GVariant            *options,
                                            GCancellable        *cancellable,
                                            GAsyncReadyCallback  callback,
                                            gpointer             user_data);
FAIRLEAD_AVAILABLE_IN_1_0
FairleadNetwork *fairlead_manager_create_network_finish (FairleadManager *self,
                                                         GAsyncResult    *result,
                                                         GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_remove_network (FairleadManager     *self,
                                          const char          *name,
                                          GCancellable        *cancellable,
                                          GError             **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_remove_network_async (FairleadManager     *self,
                                            const char          *name,
                                            GCancellable        *cancellable,
                                            GAsyncReadyCallback  callback,
                                            gpointer             user_data);
FAIRLEAD_AVAILABLE_IN_1_0
gboolean fairlead_manager_remove_network_finish (FairleadManager *self,
                                                 GAsyncResult    *result,
                                                 GError         **error);

FAIRLEAD_AVAILABLE_IN_1_0
char **fairlead_manager_collect (FairleadManager *self,
                                 GCancellable    *cancellable,
                                 GError         **error);
FAIRLEAD_AVAILABLE_IN_1_0
void fairlead_manager_collect_async (FairleadManager    *self,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            user_data);
FAIRLEAD_AVAILABLE_IN_1_0
char **fairlead_manager_collect_finish (FairleadManager *self,
                                        GAsyncResult    *result,
                                        GError         **error);

G_END_DECLS
