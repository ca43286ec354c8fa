/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fairlead/fairlead.h>

/* A target does something with @size bytes at @data and aborts if a promise is broken. libFuzzer dictates the name. */
int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);
