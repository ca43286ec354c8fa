/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows what it was given: environment, arguments, descriptors, signals, process group, standard input. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

static void
show_descriptors (void)
{
  for (int fd = 0; fd < 1024; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      printf ("fd %d\n", fd);
}

static void
show_signals (void)
{
  sigset_t blocked;

  sigprocmask (SIG_BLOCK, NULL, &blocked);
  for (int number = 1; number < NSIG; number++)
    {
      struct sigaction action;

      if (sigismember (&blocked, number) == 1)
        printf ("blocked %d\n", number);
      if (sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        printf ("ignored %d\n", number);
    }
}

int
main (int    argc,
      char **argv,
      char **environment)
{
  char buffer[4096];
  size_t n;

  for (int i = 1; i < argc; i++)
    printf ("arg %s\n", argv[i]);
  for (int i = 0; environment[i] != NULL; i++)
    printf ("env %s\n", environment[i]);

  show_descriptors ();
  show_signals ();
  printf ("leads group %d\n", getpgrp () == getpid ());

  while ((n = fread (buffer, 1, sizeof buffer, stdin)) > 0)
    fwrite (buffer, 1, n, stdout);
  return 0;
}
