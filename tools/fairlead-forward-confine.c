/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fairlead-forward.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What this program needs is what it has: sockets, pipes and memory. A list of the system calls that are left says so to
 * the kernel. Root of the host has no capability afterwards, and cannot use that the files are his either.
 *
 * Numbers of system calls mean other calls in another mode of the processor, so the filter asks for the mode first. On a
 * processor that is not known here the capabilities are given up all the same, and there is no filter; nor is there one
 * in a build with sanitizers, which read files of their own. */

#if defined (__x86_64__) && !defined (__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined (__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined (__aarch64__) && defined (__AARCH64EL__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined (__arm__) && defined (__ARMEL__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined (__powerpc64__) && defined (__LITTLE_ENDIAN__)
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined (__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined (__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#endif

#ifdef __has_feature
#if __has_feature (address_sanitizer) || __has_feature (undefined_behavior_sanitizer)
#undef ARCHITECTURE
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#undef ARCHITECTURE
#endif

static bool
drop_capabilities (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

  return syscall (SYS_capset, &header, none) == 0;
}

#ifdef ARCHITECTURE

static const unsigned int allowed[] = {
  SYS_accept4, SYS_brk, SYS_close, SYS_connect, SYS_epoll_ctl, SYS_epoll_pwait, SYS_exit, SYS_exit_group,
  SYS_fcntl, SYS_futex, SYS_getrandom, SYS_getsockname, SYS_getsockopt, SYS_geteuid, SYS_madvise, SYS_mremap, SYS_munmap,
  SYS_pipe2, SYS_recvfrom, SYS_recvmmsg, SYS_recvmsg, SYS_restart_syscall, SYS_rt_sigreturn, SYS_sendmmsg,
  SYS_sendmsg, SYS_sendto, SYS_setsockopt, SYS_shutdown, SYS_socket, SYS_splice, SYS_write, SYS_clock_gettime,
#ifdef SYS_mmap
  SYS_mmap,
#endif
#ifdef SYS_mmap2
  SYS_mmap2,
#endif
#ifdef SYS_epoll_wait
  SYS_epoll_wait,
#endif
#ifdef SYS_fcntl64
  SYS_fcntl64,
#endif
#ifdef SYS_geteuid32
  SYS_geteuid32,
#endif
#ifdef SYS_send
  SYS_send,
#endif
#ifdef SYS_recv
  SYS_recv,
#endif
#ifdef SYS_clock_gettime64
  SYS_clock_gettime64,
#endif
#ifdef SYS_recvmmsg_time64
  SYS_recvmmsg_time64,
#endif
#ifdef SYS_futex_time64
  SYS_futex_time64,
#endif
};

#define N_ALLOWED (sizeof allowed / sizeof *allowed)

/* Any other call is one that the kernel does not have. */
static bool
filter_calls (void)
{
  struct sock_filter code[N_ALLOWED + 6];
  struct sock_fprog program = { .filter = code };
  unsigned int n = 0;

  code[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch));
  code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (unsigned int i = 0; i < N_ALLOWED; i++)
    code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, allowed[i], N_ALLOWED - i, 0);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program.len = n;
  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static bool
filter_calls (void)
{
  return true;
}

#endif

bool
forward_confine (void)
{
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && drop_capabilities () && filter_calls ();
}
