/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

#include "fairlead-signals.h"

G_BEGIN_DECLS

/* Exit codes; they are part of the documented interface. */
enum
{
  FAIRLEAD_EXIT_DONE           = 0,
  FAIRLEAD_EXIT_FAILED         = 1,
  FAIRLEAD_EXIT_USAGE          = 2,
  FAIRLEAD_EXIT_NOT_FOUND      = 3,
  FAIRLEAD_EXIT_NOT_RUN        = 125, /* run, exec: we failed, the command did not start */
  FAIRLEAD_EXIT_NOT_EXECUTABLE = 126,
  FAIRLEAD_EXIT_NO_COMMAND     = 127,
  FAIRLEAD_EXIT_SIGNAL         = 128, /* plus the signal's number */
};

typedef struct _FairleadTool FairleadTool;

/* What takes long enough to be interrupted, and watched by a thread meanwhile. See fairlead-activity.c. */
typedef struct
{
  GThread *thread; /* (nullable) from the first activity on */
  GMutex lock;     /* for what follows */
  GCond changed;
  gboolean running;
  gboolean shown;
  gint64 deadline;   /* when a person loses patience, of the monotonic clock; -1 if no person watches */
  const char *name;  /* "Setting up" */
  const char *of_id; /* (nullable) the container */
} FairleadActivity;

typedef struct
{
  const char *name;
  const char *parameters; /* what follows the options in the usage line */
  const char *summary;
  gboolean runs_command;  /* options end at the first parameter; our own failures are FAIRLEAD_EXIT_NOT_RUN */
  int (*func) (FairleadTool *tool, int argc, char **argv);
  /* Whether what a parameter of fairlead_tool_for_each() names exists; NULL if that is a container. */
  gboolean (*is_known) (FairleadTool *tool, const char *name, gpointer user_data);
} FairleadVerb;

/* What all verbs share; there is one. */
struct _FairleadTool
{
  const FairleadVerb *verb;

  char *config_dir; /* (nullable) */
  char *state_dir;  /* (nullable) */
  gboolean json;
  gboolean debug;

  FairleadManager *manager; /* (nullable) created at first use */

  /* Of the verbs that can be interrupted, see fairlead_tool_catch_signals(). */
  FairleadSignals signals;
  GCancellable *cancellable;
  FairleadActivity activity;
  int stop_signal; /* the first that asked us to end, 0 if none did; read it between activities */
};

/* Does a verb for one of its parameters, mostly the id of a container. */
typedef gboolean (*FairleadToolFunc) (FairleadTool *tool,
                                      const char   *id,
                                      gpointer      user_data,
                                      GError      **error);

extern const FairleadVerb fairlead_verb_backends;
extern const FairleadVerb fairlead_verb_check;
extern const FairleadVerb fairlead_verb_config;
extern const FairleadVerb fairlead_verb_exec;
extern const FairleadVerb fairlead_verb_gc;
extern const FairleadVerb fairlead_verb_inspect;
extern const FairleadVerb fairlead_verb_list;
extern const FairleadVerb fairlead_verb_network;
extern const FairleadVerb fairlead_verb_networks;
extern const FairleadVerb fairlead_verb_oci_hook;
extern const FairleadVerb fairlead_verb_ports;
extern const FairleadVerb fairlead_verb_reload;
extern const FairleadVerb fairlead_verb_run;
extern const FairleadVerb fairlead_verb_setup;
extern const FairleadVerb fairlead_verb_stats;
extern const FairleadVerb fairlead_verb_teardown;

/* Options and parameters */
gboolean         fairlead_tool_parse         (FairleadTool        *tool,
                                              int                 *argc,
                                              char              ***argv,
                                              const GOptionEntry  *entries,
                                              const char          *description);
int              fairlead_tool_usage         (FairleadTool        *tool,
                                              const char          *format,
                                              ...) G_GNUC_PRINTF (2, 3);

/* The manager and what it does */
FairleadManager *fairlead_tool_get_manager   (FairleadTool        *tool,
                                              GError             **error);
FairleadRequest *fairlead_tool_dup_request   (FairleadTool        *tool,
                                              const char          *container_id,
                                              char               **networks,
                                              char               **ports,
                                              GError             **error);
gboolean         fairlead_tool_catch_signals (FairleadTool        *tool,
                                              FairleadSignalsKind  kind,
                                              GError             **error);
void             fairlead_tool_begin         (FairleadTool        *tool,
                                              const char          *activity,
                                              const char          *container_id);
void             fairlead_tool_end           (FairleadTool        *tool);
gboolean         fairlead_tool_has_gone      (FairleadTool        *tool,
                                              const char          *container_id);
gboolean         fairlead_tool_has_network   (FairleadTool        *tool,
                                              const char          *name);
gboolean         fairlead_tool_has_backend   (FairleadTool        *tool,
                                              const char          *name);
char           **fairlead_tool_dup_all_ids   (FairleadTool        *tool,
                                              GError             **error);
int              fairlead_tool_for_each_or_all (FairleadTool      *tool,
                                                char             **ids,
                                                FairleadToolFunc   func,
                                                gpointer           user_data);
int              fairlead_tool_for_each      (FairleadTool        *tool,
                                              char               **ids,
                                              FairleadToolFunc     func,
                                              gpointer             user_data,
                                              gboolean             print_outcomes);
int              fairlead_tool_finish_each   (FairleadTool        *tool,
                                              char               **ids,
                                              FairleadToolFunc     func,
                                              gpointer             user_data);

/* Output */
int              fairlead_tool_fail          (FairleadTool        *tool,
                                              const GError        *error);
int              fairlead_tool_fail_about    (FairleadTool        *tool,
                                              const GError        *error,
                                              gboolean             is_known);
void             fairlead_tool_complain      (const char          *format,
                                              ...) G_GNUC_PRINTF (1, 2);
void             fairlead_tool_print_json    (GVariant            *value,
                                              gboolean             pretty);
void             fairlead_tool_add_string    (GVariantBuilder     *dict,
                                              const char          *key,
                                              const char          *text);
const char      *fairlead_tool_state_name    (FairleadState        state);
char            *fairlead_tool_dup_time      (GDateTime           *time);

G_END_DECLS
