/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

G_BEGIN_DECLS

/* The contract of the vtable, tried on one module.
 *
 * Each case runs in a process of its own, on a host of its own (network and mount namespace, an empty /run). That
 * process never loads the module: it forks a child for each step, so that a step may die, leak or crash. */

/* What the operator said. */
typedef struct
{
  char  *directory; /* of the module */
  char  *name;      /* of the backend */
  char  *needs;     /* (nullable) a file without which nothing can be tried, such as a device */
  char  *prepare;   /* (nullable) a shell command that makes ready what the backend needs on the host */
  char **options;   /* (nullable) KEY=VALUE, of the network */
  char **settings;  /* (nullable) KEY=VALUE, of [backend NAME] */
  char **watch;     /* (nullable) directories that have to be as before afterwards */
  char **skip;      /* (nullable) CASE=REASON */
  char **only;      /* (nullable) the cases to run; all if NULL */
  int    rounds;    /* of what is repeated */
  int    patience;  /* seconds for the kernel to remove what hung on a network namespace that has ended */
} Options;

extern Options options;

/* Outcomes: of a step, as its exit status; of a case. */
#define PASSED  0
#define FAILED  1
#define SKIPPED 77
/* A step that was to be stopped at checkpoint N, where there are fewer. */
#define NO_SUCH_CHECKPOINT 78

/* Prints a violation, as a comment in TAP, and gives FAILED. */
int  violation (const char *format,
                ...) G_GNUC_PRINTF (1, 2);
void remark    (const char *format,
                ...) G_GNUC_PRINTF (1, 2);

/* backend-test-host.c */

#define CONFIG_DIRECTORY       "/run/conformance"
#define EMPTY_CONFIG_DIRECTORY "/run/conformance-without"

/* All that a backend could leave on the host, one line each. */
typedef GHashTable Snapshot;

gboolean  host_enter             (GError        **error);
Snapshot *host_snapshot          (FairleadNetns  *inner);
/* The difference as text, NULL if there is none. */
char     *host_compare           (Snapshot       *before,
                                  Snapshot       *after);
/* What setup changed after a checkpoint had failed, besides taking back its own; NULL if nothing. */
char     *host_compare_failed    (Snapshot       *at_start,
                                  Snapshot       *at_failure,
                                  Snapshot       *after);
/* Like host_compare() with what is there now, but lets the kernel, which removes some things late, a few seconds. */
char     *host_compare_settled   (Snapshot       *before);
guint     host_count_descriptors (void);
guint     host_count_threads     (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Snapshot, g_hash_table_unref)

/* backend-test-lab.c */

/* What is to happen at a checkpoint of setup, and how teardown is called. */
typedef enum
{
  ACT_NONE,
  ACT_FAIL,        /* the checkpoint fails */
  ACT_DIE_BEFORE,  /* the process ends before the state is written */
  ACT_DIE_AFTER,   /* and after it */
  ACT_CANCEL,
} Act;

typedef struct
{
  Act           act;
  guint         at;             /* which checkpoint, from 1; 0 for when setup has returned */
  gboolean      skip_setup;     /* setup fails before the backend's is called */
  guint         n_teardowns;    /* how often teardown is called, one after the other */
  GCancellable *cancellable;    /* for ACT_CANCEL */

  /* What came of it. */
  guint         n_checkpoints;
  gboolean      setup_returned; /* what the backend's setup method returned */
  char         *changed;        /* (nullable) what it still made after a checkpoint had failed */
  GError       *teardown_error; /* (nullable) of the last teardown */
} Plan;

extern Plan plan;

/* One process's view of the module. */
typedef struct
{
  FairleadManager *manager; /* its backend hands all calls on to the module's */
  FairleadBackend *backend; /* the module's */
  char            *network; /* the name of a network of it */
} Lab;

gboolean                     lab_open             (Lab          *lab,
                                                   gboolean      with_configuration,
                                                   GError      **error);
void                         lab_close            (Lab          *lab);
/* Of the network that is tried: a backend may narrow what its module declares. */
FairleadBackendCapabilities  lab_get_capabilities (Lab          *lab);
FairleadRequest             *lab_new_request      (Lab          *lab,
                                                   const char   *id,
                                                   const char   *more_options);
FairleadContainer           *lab_set_up           (Lab          *lab,
                                                   const char   *id,
                                                   GError      **error);
gboolean                     lab_tear_down        (Lab          *lab,
                                                   const char   *id,
                                                   GError      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lab, lab_close)

/* backend-test-cases.c and backend-test-capabilities.c */

typedef struct
{
  const char *name;
  int       (*func) (void);
} Case;

typedef int (*Step) (gconstpointer data);

/* Forks a child that does one step; gives what it returned, or FAILED with a remark if it crashed. */
int run_step (Step          step,
              gconstpointer data);
/* Like it, where the step is meant to kill itself; then it gives PASSED. */
int run_deadly_step (Step          step,
                     gconstpointer data);

int case_load         (void);
int case_life         (void);
int case_teardown     (void);
int case_unconfigured (void);
int case_checkpoints  (void);
int case_killed       (void);
int case_cancelled    (void);
int case_netns_gone   (void);
int case_second       (void);
int case_parallel     (void);
int case_collect      (void);
int case_leaks        (void);

int case_interface_name (void);
int case_static_mac     (void);
int case_static_address (void);
int case_ports_tcp      (void);
int case_ports_udp      (void);

/* Has a host been entered, been prepared, and seen one container come and go; what is left then is the network's.
 * NULL if that was not possible, which has been printed. */
Snapshot *begin_case (void);
/* Compares with begin_case(), and gives @result or FAILED. */
int       end_case   (Snapshot *before,
                      int       result);
int       step_tear_down (gconstpointer id);

G_END_DECLS
