/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "rootless-testlib.h"

#include <string.h>

#include <glib/gstdio.h>

/* Programs that do not do their work, or not as they should. */

static void
test_dies (RootlessFixture *fixture,
           gconstpointer    data)
{
  g_autoptr (FairleadRequest) request = rootless_request_new ("c1", NULL, NULL);
  g_autoptr (GVariant) details = NULL;
  const char *said = NULL;

  g_test_summary ("A helper that ends before it is ready is quoted");

  rootless_use_fake (fixture, "dies");
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_HELPER_FAILED, "the tap is made of cheese");

  g_assert_null (fairlead_manager_setup (fixture->manager, request, NULL, NULL));
  details = g_variant_ref (fairlead_request_get_error_details (request));
  g_assert_true (g_variant_lookup (details, "stderr", "&s", &said));
  g_assert_cmpstr (said, ==, "starting\nthe tap is made of cheese\n");
}

static void
test_hangs (RootlessFixture *fixture,
            gconstpointer    data)
{
  g_test_summary ("A helper that is never ready is stopped after the time limit");

  rootless_use_fake (fixture, "never-ready");
  rootless_configure_backend (fixture, "timeout", "1");
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_TIMED_OUT, "thinking");
}

static void
test_floods (RootlessFixture *fixture,
             gconstpointer    data)
{
  g_test_summary ("A helper that talks without end is stopped after the time limit and takes no memory");

  rootless_use_fake (fixture, "floods");
  rootless_configure_backend (fixture, "timeout", "1");
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_TIMED_OUT, "was not ready within 1000 ms");
}

static gboolean
cancel (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

static void
on_setup (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  GError **error = data;

  g_assert_null (fairlead_manager_setup_finish (FAIRLEAD_MANAGER (source), result, error));
  g_main_context_wakeup (NULL);
}

static void
test_cancelled (RootlessFixture *fixture,
                gconstpointer    data)
{
  g_autoptr (FairleadRequest) request = rootless_request_new ("c1", NULL, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A setup that is cancelled while the helper starts leaves nothing");

  rootless_use_fake (fixture, "never-ready");
  g_timeout_add (100, cancel, cancellable);
  fairlead_manager_setup_async (rootless_get_manager (fixture), request, cancellable, on_setup, &error);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_lacking (RootlessFixture *fixture,
              gconstpointer    data)
{
  g_autofree char *missing = fairlead_test_path (&fixture->base, "none");

  g_test_summary ("An option that keeps the host safe and is missing is an error; so are programs that are none");

  rootless_use_fake (fixture, "old");
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, rootless->lacking);
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));

  rootless_use_fake (fixture, "mute");
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_HELPER_FAILED, "no such library");
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));

  rootless_configure_backend (fixture, "path", missing);
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_NOT_FOUND, missing);
}

static void
replace_in_file (const char *path,
                 const char *from,
                 const char *to)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) changed = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, from, to, 0), >, 0);
  g_assert_true (g_file_set_contents (path, changed->str, changed->len, NULL));
}


static void
test_known (RootlessFixture *fixture,
            gconstpointer    data)
{
  g_autofree char *path = fairlead_test_path (&fixture->base, "program");
  g_autofree char *name = g_strdup_printf ("state/programs/%s.json", rootless->name);
  g_autofree char *cache = fairlead_test_path (&fixture->base, name);

  g_test_summary ("What a program can do is asked for once, and again when the file changes");

  rootless_configure_backend (fixture, "path", path);
  rootless_install_fake ("old", path);
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "version fake");
  replace_in_file (cache, "version fake", "version as known");
  g_assert_finalize_object (g_steal_pointer (&fixture->manager));
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_NOT_SUPPORTED, "version as known");

  rootless_install_fake ("dies", path);
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_HELPER_FAILED, "cheese");

  g_assert_no_errno (g_chmod (path, 0777));
  rootless_setup_fails (fixture, NULL, NULL, FAIRLEAD_ERROR_PERMISSION_DENIED, "not trusted");
}

static void
test_no_tun (RootlessFixture *fixture,
             gconstpointer    data)
{
  g_autofree char *missing = rootless_fail_command (fixture, "mount -t tmpfs tmpfs /dev/net");
  g_autofree char *closed = NULL;

  g_test_summary ("A /dev/net/tun that is missing or closed is named before anything starts, with what to do");

  g_assert_nonnull (strstr (missing, "modprobe tun"));
  if (rootless_is_user)
    {
      closed = rootless_fail_command (fixture, "mount --bind /etc/shadow /dev/net/tun");
      g_assert_nonnull (strstr (closed, "chmod 0666 /dev/net/tun"));
    }
}

void
rootless_add_program (void)
{
  rootless_add ("program/no-tun", test_no_tun);
  rootless_add ("program/dies", test_dies);
  rootless_add ("program/hangs", test_hangs);
  rootless_add ("program/floods", test_floods);
  rootless_add ("program/cancelled", test_cancelled);
  rootless_add ("program/lacking", test_lacking);
  rootless_add ("program/known", test_known);
}
