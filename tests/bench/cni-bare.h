/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs a CNI plugin with nothing around it; gives its wait status, or -1. */
int cni_bare_run (const char *plugin,
                  char      **environment,
                  const char *request);
