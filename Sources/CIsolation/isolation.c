// For CLONE_THREAD.
#define _GNU_SOURCE

#include "CIsolation.h"

#include <fcntl.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CI_HAS_ADDRESS_SANITIZER 1
#elif __has_feature(thread_sanitizer)
#define CI_HAS_THREAD_SANITIZER 1
#endif
#endif

int ci_is_sanitized(void) {
#if defined(CI_HAS_ADDRESS_SANITIZER) || defined(CI_HAS_THREAD_SANITIZER)
    return 1;
#else
    return 0;
#endif
}

#if defined(CI_HAS_ADDRESS_SANITIZER)
// Leaks are looked for by a process that watches this one, which cannot be started without powers.
static int has_given_up_powers;
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return has_given_up_powers; }
#endif

int ci_pipe(int ends[2]) {
#if defined(__linux__)
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define CI_ARCH AUDIT_ARCH_X86_64
#else
#define CI_ARCH AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The lower half of an argument; both machines are little-endian.
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n))
#define REFUSE(code) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE_CALL(number, code) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), REFUSE(code)
// Refuses a call that opens a file in any way but for reading; its flags are argument n.
#define REFUSE_WRITING(number, n)                                                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4), LOAD_ARGUMENT(n),                                             \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1), REFUSE(EPERM), ALLOW

int ci_give_up_powers(void) {
    static const struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CI_ARCH, 1, 0),
        REFUSE(EPERM),
        LOAD(nr),
#if defined(__x86_64__)
        // The other numbering of calls on this machine.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        REFUSE(EPERM),
        REFUSE_WRITING(SYS_open, 1),
        REFUSE_CALL(SYS_creat, EPERM),
        REFUSE_CALL(SYS_fork, EPERM),
        REFUSE_CALL(SYS_vfork, EPERM),
        REFUSE_CALL(SYS_unlink, EPERM),
        REFUSE_CALL(SYS_rename, EPERM),
        REFUSE_CALL(SYS_link, EPERM),
        REFUSE_CALL(SYS_symlink, EPERM),
        REFUSE_CALL(SYS_mkdir, EPERM),
        REFUSE_CALL(SYS_rmdir, EPERM),
        REFUSE_CALL(SYS_mknod, EPERM),
        REFUSE_CALL(SYS_chmod, EPERM),
        REFUSE_CALL(SYS_chown, EPERM),
        REFUSE_CALL(SYS_lchown, EPERM),
        REFUSE_CALL(SYS_renameat, EPERM),
#endif
        REFUSE_WRITING(SYS_openat, 2),
        // Newer calls whose flags lie in memory; libraries fall back to the older ones.
#ifdef SYS_clone3
        REFUSE_CALL(SYS_clone3, ENOSYS),
#endif
#ifdef SYS_openat2
        REFUSE_CALL(SYS_openat2, ENOSYS),
#endif
#ifdef SYS_io_uring_setup
        REFUSE_CALL(SYS_io_uring_setup, ENOSYS),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
        LOAD_ARGUMENT(0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
        REFUSE(EPERM),
        ALLOW,
        REFUSE_CALL(SYS_execve, EPERM),
        REFUSE_CALL(SYS_execveat, EPERM),
        REFUSE_CALL(SYS_socket, EPERM),
        REFUSE_CALL(SYS_socketpair, EPERM),
        REFUSE_CALL(SYS_connect, EPERM),
        REFUSE_CALL(SYS_bind, EPERM),
        REFUSE_CALL(SYS_ptrace, EPERM),
        REFUSE_CALL(SYS_process_vm_writev, EPERM),
        REFUSE_CALL(SYS_kill, EPERM),
        REFUSE_CALL(SYS_unlinkat, EPERM),
        REFUSE_CALL(SYS_renameat2, EPERM),
        REFUSE_CALL(SYS_linkat, EPERM),
        REFUSE_CALL(SYS_symlinkat, EPERM),
        REFUSE_CALL(SYS_mkdirat, EPERM),
        REFUSE_CALL(SYS_mknodat, EPERM),
        REFUSE_CALL(SYS_truncate, EPERM),
        REFUSE_CALL(SYS_fchmod, EPERM),
        REFUSE_CALL(SYS_fchmodat, EPERM),
        REFUSE_CALL(SYS_fchown, EPERM),
        REFUSE_CALL(SYS_fchownat, EPERM),
        REFUSE_CALL(SYS_mount, EPERM),
        ALLOW,
    };
    const struct sock_fprog program = {
        .len = sizeof(filter) / sizeof(filter[0]),
        .filter = (struct sock_filter *)filter,
    };
#if defined(CI_HAS_ADDRESS_SANITIZER)
    has_given_up_powers = 1;
#endif
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : -1;
}

void ci_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

#else

int ci_give_up_powers(void) { return -1; }
void ci_end_with_parent(void) {}

#endif
