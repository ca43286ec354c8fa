/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Set where the thread sanitizer is. */
#if defined (__SANITIZE_THREAD__)
#define TEST_THREAD_SANITIZER 1
#elif defined (__has_feature)
#if __has_feature (thread_sanitizer)
#define TEST_THREAD_SANITIZER 1
#endif
#endif

/* Makes the thread sanitizer know GLib's order of events; starts the program again if GLib has to be told something
 * first. See glib-order.c. */
void fairlead_test_glib_order_init (char **argv);
