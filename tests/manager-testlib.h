/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fairlead-testlib.h"

G_BEGIN_DECLS

/* A backend whose only resource are files: what it makes can be counted, it can fail or die at each step, and it keeps
 * its word about checkpoints. */

#define TEST_TYPE_BACKEND (test_backend_get_type ())
G_DECLARE_FINAL_TYPE (TestBackend, test_backend, TEST, BACKEND, FairleadBackend)

typedef enum
{
  STEP_NONE,
  STEP_PLAN,
  STEP_BEFORE_CHECKPOINT,
  STEP_AFTER_CHECKPOINT,
  STEP_AFTER_EFFECT,
  STEP_BEFORE_RETURN,
  STEP_TEARDOWN,
  STEP_AFTER_REMOVAL,
  STEP_BEFORE_PUBLISH,
  STEP_AFTER_PUBLISH,
  STEP_BEFORE_UNPUBLISH,
  STEP_AFTER_UNPUBLISH,
  N_STEPS
} Step;

typedef enum
{
  FAULT_FAIL,
  FAULT_DIE,
  FAULT_CANCEL,
  FAULT_BLOCK,
} Fault;

struct _TestBackend
{
  FairleadBackend parent_instance;

  char                        *directory;
  FairleadBackendCapabilities  capabilities;
  Step                         step;
  Fault                        fault;
  guint                        n_before_fault; /* how often the step is passed first */
  GCancellable                *cancellable;
  int                          block_fd;
};

typedef struct
{
  FairleadManager *manager;
  TestBackend     *backend;
  char            *state_dir;
  char            *netns_dir;
  char            *resources;
} World;

void  world_open          (World               *world,
                           FairleadTestFixture *fixture);
void  world_close         (World               *world);
guint count_files         (const char          *directory,
                           const char          *name);
void  assert_nothing_left (World               *world);
void  unmount_netns_dir   (World               *world);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_close)

G_END_DECLS
