/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A CNI plugin that writes down how it was called and answers as it was told. It is called by the name of the plugin that
 * it stands for, and works in the directory that the environment variable CNI_RECORDER_DIR names:
 *
 *   log                 a line “TYPE VERB” for each call; the number of the line, from 0, is the call's
 *   N.env, N.stdin      the environment, ended by zeroes, and the standard input of call N
 *   TYPE-VERB.stdout    what to answer; without it ADD is answered by {} and VERSION by all versions
 *   TYPE-VERB.stderr    what to complain
 *   TYPE-VERB.exit      the exit status
 *   TYPE-VERB.signal    the signal to die by
 *   TYPE-VERB.hang      to wait for ever instead; a child that ignores SIGTERM holds the pipes
 *   TYPE-VERB.deaf      not to read the standard input
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

extern char **environ;

static const char *directory;
static char stem[NAME_MAX];

static void
build_path (char        path[PATH_MAX],
            const char *name,
            const char *suffix)
{
  if (snprintf (path, PATH_MAX, "%s/%s%s", directory, name, suffix) >= PATH_MAX)
    abort ();
}

static int
open_answer (const char *suffix)
{
  char path[PATH_MAX];

  build_path (path, stem, suffix);
  return open (path, O_RDONLY | O_CLOEXEC);
}

static int
has_answer (const char *suffix)
{
  int fd = open_answer (suffix);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static int
read_number (const char *suffix)
{
  char text[16] = { 0 };
  int fd = open_answer (suffix);

  if (fd < 0)
    return 0;
  if (read (fd, text, sizeof text - 1) < 0)
    abort ();
  close (fd);
  return atoi (text);
}

static void
copy (int from,
      int to)
{
  char buffer[65536];
  ssize_t n;

  while ((n = read (from, buffer, sizeof buffer)) > 0)
    for (ssize_t done = 0; done < n;)
      {
        ssize_t written = write (to, buffer + done, n - done);

        if (written < 0)
          abort ();
        done += written;
      }
}

static void
copy_answer (const char *suffix,
             int         to)
{
  int fd = open_answer (suffix);

  if (fd < 0)
    return;
  copy (fd, to);
  close (fd);
}

/* Adds the call to the log and gives its number. */
static int
log_call (const char *type,
          const char *verb)
{
  char path[PATH_MAX];
  char line[NAME_MAX];
  int number = 0;
  int fd, c;
  FILE *log;

  build_path (path, "log", "");
  fd = open (path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock (fd, LOCK_EX) < 0)
    abort ();

  log = fdopen (fd, "r+");
  while ((c = fgetc (log)) != EOF)
    number += c == '\n';

  snprintf (line, sizeof line, "%s %s\n", type, verb);
  if (write (fd, line, strlen (line)) < 0)
    abort ();
  fclose (log);
  return number;
}

static int
create_record (int         number,
               const char *suffix)
{
  char path[PATH_MAX];
  char name[16];
  int fd;

  snprintf (name, sizeof name, "%d", number);
  build_path (path, name, suffix);
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    abort ();
  return fd;
}

static void
record (int number)
{
  int fd = create_record (number, ".env");

  for (char **variable = environ; *variable != NULL; variable++)
    if (write (fd, *variable, strlen (*variable) + 1) < 0)
      abort ();
  close (fd);

  if (has_answer (".deaf"))
    return;
  fd = create_record (number, ".stdin");
  copy (STDIN_FILENO, fd);
  close (fd);
}

static void
hang (void)
{
  if (fork () == 0)
    signal (SIGTERM, SIG_IGN);
  for (;;)
    pause ();
}

static void
answer (const char *verb)
{
  if (has_answer (".stdout"))
    copy_answer (".stdout", STDOUT_FILENO);
  else if (strcmp (verb, "ADD") == 0)
    puts ("{}");
  else if (strcmp (verb, "VERSION") == 0)
    puts ("{\"cniVersion\":\"1.1.0\",\"supportedVersions\":"
          "[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}");
  fflush (stdout);
}

int
main (int    argc,
      char **argv)
{
  const char *slash = strrchr (argv[0], '/');
  const char *type = slash != NULL ? slash + 1 : argv[0];
  const char *verb = getenv ("CNI_COMMAND");

  directory = getenv ("CNI_RECORDER_DIR");
  if (directory == NULL || verb == NULL)
    return 2;
  snprintf (stem, sizeof stem, "%s-%s", type, verb);

  copy_answer (".stderr", STDERR_FILENO);
  record (log_call (type, verb));
  if (has_answer (".hang"))
    hang ();
  answer (verb);
  if (has_answer (".signal"))
    raise (read_number (".signal"));
  return read_number (".exit");
}
