/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cni-bare.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The least that a caller of CNI plugins can do: feed the request, read the answer, wait. Nothing is parsed, written
 * down or checked. */

static int
spawn_plugin (const char *plugin,
              char      **environment,
              int         input,
              int         output,
              pid_t      *pid)
{
  char *argv[] = { (char *) plugin, NULL };
  posix_spawn_file_actions_t actions;
  int result;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2 (&actions, output, STDOUT_FILENO);
  result = posix_spawn (pid, plugin, &actions, NULL, argv, environment);
  posix_spawn_file_actions_destroy (&actions);
  return result;
}

int
cni_bare_run (const char *plugin,
              char      **environment,
              const char *request)
{
  char answer[65536];
  int input[2], output[2];
  int status = -1;
  pid_t pid;

  if (pipe2 (input, O_CLOEXEC) < 0 || pipe2 (output, O_CLOEXEC) < 0)
    return -1;
  if (spawn_plugin (plugin, environment, input[0], output[1], &pid) != 0)
    return -1;
  close (input[0]);
  close (output[1]);

  if (write (input[1], request, strlen (request)) < 0)
    return -1;
  close (input[1]);
  while (read (output[0], answer, sizeof answer) > 0)
    ;
  close (output[0]);
  return waitpid (pid, &status, 0) == pid ? status : -1;
}
