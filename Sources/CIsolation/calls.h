// The system calls that stay allowed, as a program for the kernel's filter.

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#if defined(__x86_64__)
#define CI_ARCH AUDIT_ARCH_X86_64
#define CI_RSEQ 334
#else
#define CI_ARCH AUDIT_ARCH_AARCH64
#define CI_RSEQ 293
#endif
// Calls that headers of older systems do not name, with the same numbers everywhere.
#define CI_CLONE3 435
#define CI_OPENAT2 437
#define CI_FACCESSAT2 439

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The halves of argument n; both machines are little-endian. The kernel looks at the lower alone where it takes an int.
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n))
#define LOAD_UPPER_HALF(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n) + 4)
#define IF_EQUAL(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))
#define IF_ABOVE(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (value), (then), (otherwise))
#define IF_ANY_OF(bits, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (then), (otherwise))
#define KEEP(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (bits))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(code) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))

#define ALLOW_CALL(number) IF_EQUAL((number), 0, 1), ALLOW
#define REFUSE_CALL(number, code) IF_EQUAL((number), 0, 1), REFUSE(code)
// Below, `length` instructions decide about one call, and are jumped over for every other.
#define FOR_CALL(number, length) IF_EQUAL((number), 0, (length))

// Opens a file for reading alone; the flags are argument n. (The highest bit makes files without a name.)
#define CI_WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | 020000000)
#define ALLOW_READING(number, n)                                                                                       \
    FOR_CALL(number, 4), LOAD_ARGUMENT(n), IF_ANY_OF(CI_WRITING, 1, 0), ALLOW, REFUSE(EPERM)
// Argument 0 is 1 or 2: stdout and stderr.
#define ALLOW_TO_OUTPUTS(number)                                                                                       \
    FOR_CALL(number, 5), LOAD_ARGUMENT(0), IF_EQUAL(1, 1, 0), IF_EQUAL(2, 0, 1), ALLOW, REFUSE(EPERM)

// What a thread of this process is started with, and nothing less or more.
#define CI_THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define CI_THREAD_MAY                                                                                                  \
    (CI_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |     \
     CLONE_DETACHED)

static int allow_only_listed_calls(void) {
    const uint32_t me = (uint32_t)getpid();
    const struct sock_filter filter[] = {
        LOAD(arch),
        IF_EQUAL(CI_ARCH, 1, 0),
        REFUSE(EPERM),
        LOAD(nr),

        // Files: read, looked at, listed. The other numbering of calls on x86-64 has none of these numbers.
        ALLOW_CALL(SYS_read),
        ALLOW_CALL(SYS_readv),
        ALLOW_CALL(SYS_pread64),
        ALLOW_CALL(SYS_preadv),
        ALLOW_CALL(SYS_lseek),
        ALLOW_CALL(SYS_close),
        ALLOW_CALL(SYS_fstat),
        ALLOW_CALL(SYS_newfstatat),
        ALLOW_CALL(SYS_statx),
        ALLOW_CALL(SYS_statfs),
        ALLOW_CALL(SYS_fstatfs),
        ALLOW_CALL(SYS_faccessat),
        ALLOW_CALL(CI_FACCESSAT2),
        ALLOW_CALL(SYS_readlinkat),
        ALLOW_CALL(SYS_getdents64),
        ALLOW_CALL(SYS_getcwd),
        ALLOW_CALL(SYS_fadvise64),
        ALLOW_CALL(SYS_ppoll),
        ALLOW_READING(SYS_openat, 2),
#if defined(__x86_64__)
        ALLOW_CALL(SYS_stat),
        ALLOW_CALL(SYS_lstat),
        ALLOW_CALL(SYS_access),
        ALLOW_CALL(SYS_readlink),
        ALLOW_CALL(SYS_getdents),
        ALLOW_CALL(SYS_poll),
        ALLOW_READING(SYS_open, 1),
#endif
        FOR_CALL(SYS_fcntl, 8),
        LOAD_ARGUMENT(1),
        IF_EQUAL(F_DUPFD, 4, 0),
        IF_EQUAL(F_DUPFD_CLOEXEC, 3, 0),
        IF_EQUAL(F_GETFD, 2, 0),
        IF_EQUAL(F_SETFD, 1, 0),
        IF_EQUAL(F_GETFL, 0, 1),
        ALLOW,
        REFUSE(EPERM),
        // Locks for reading, as libhdf5 takes them: others read on.
        FOR_CALL(SYS_flock, 6),
        LOAD_ARGUMENT(1),
        IF_EQUAL(LOCK_SH, 2, 0),
        IF_EQUAL(LOCK_SH | LOCK_NB, 1, 0),
        IF_EQUAL(LOCK_UN, 0, 1),
        ALLOW,
        REFUSE(EPERM),
        // Whether that is a terminal, and how wide.
        FOR_CALL(SYS_ioctl, 5),
        LOAD_ARGUMENT(1),
        IF_EQUAL(TCGETS, 1, 0),
        IF_EQUAL(TIOCGWINSZ, 0, 1),
        ALLOW,
        REFUSE(EPERM),

        ALLOW_TO_OUTPUTS(SYS_write),
        ALLOW_TO_OUTPUTS(SYS_writev),

        // Memory: none that is shared, so that no file is changed through it, and no code but that of libraries.
        ALLOW_CALL(SYS_brk),
        ALLOW_CALL(SYS_munmap),
        ALLOW_CALL(SYS_mremap),
        FOR_CALL(SYS_mmap, 9),
        LOAD_ARGUMENT(3),
        KEEP(MAP_TYPE | MAP_ANONYMOUS),
        IF_EQUAL(MAP_PRIVATE, 4, 0),
        IF_EQUAL(MAP_PRIVATE | MAP_ANONYMOUS, 1, 0),
        REFUSE(EPERM),
        LOAD_ARGUMENT(2),
        IF_ANY_OF(PROT_EXEC, 1, 0),
        ALLOW,
        REFUSE(EPERM),
        FOR_CALL(SYS_mprotect, 4),
        LOAD_ARGUMENT(2),
        IF_ANY_OF(PROT_EXEC, 1, 0),
        ALLOW,
        REFUSE(EPERM),
        // From 100 on, advice takes memory away from the whole machine.
        FOR_CALL(SYS_madvise, 4),
        LOAD_ARGUMENT(2),
        IF_ABOVE(99, 1, 0),
        ALLOW,
        REFUSE(EPERM),

        // Threads of this process, no processes. Newer calls whose flags lie in memory are said to be missing:
        // libraries then take the older ones, whose flags can be looked at.
        REFUSE_CALL(CI_CLONE3, ENOSYS),
        REFUSE_CALL(CI_OPENAT2, ENOSYS),
        FOR_CALL(SYS_clone, 7),
        LOAD_ARGUMENT(0),
        IF_ANY_OF(~(uint32_t)CI_THREAD_MAY, 4, 0),
        LOAD_ARGUMENT(0),
        KEEP(CI_THREAD),
        IF_EQUAL(CI_THREAD, 0, 1),
        ALLOW,
        REFUSE(EPERM),
        ALLOW_CALL(SYS_futex),
        ALLOW_CALL(SYS_set_robust_list),
        ALLOW_CALL(CI_RSEQ),
        ALLOW_CALL(SYS_gettid),
        ALLOW_CALL(SYS_set_tid_address),
        ALLOW_CALL(SYS_sched_yield),
        ALLOW_CALL(SYS_sched_getaffinity),
        ALLOW_CALL(SYS_getcpu),
        ALLOW_CALL(SYS_exit),
        ALLOW_CALL(SYS_exit_group),

        // Signals to itself, as abort sends one.
        ALLOW_CALL(SYS_rt_sigaction),
        ALLOW_CALL(SYS_rt_sigprocmask),
        ALLOW_CALL(SYS_rt_sigreturn),
        ALLOW_CALL(SYS_sigaltstack),
        ALLOW_CALL(SYS_restart_syscall),
        FOR_CALL(SYS_tgkill, 4),
        LOAD_ARGUMENT(0),
        IF_EQUAL(me, 0, 1),
        ALLOW,
        REFUSE(EPERM),

        // Time, chance, and who and where it is.
        ALLOW_CALL(SYS_clock_gettime),
        ALLOW_CALL(SYS_clock_getres),
        ALLOW_CALL(SYS_clock_nanosleep),
        ALLOW_CALL(SYS_nanosleep),
        ALLOW_CALL(SYS_gettimeofday),
        ALLOW_CALL(SYS_getrandom),
        ALLOW_CALL(SYS_getpid),
        ALLOW_CALL(SYS_getppid),
        ALLOW_CALL(SYS_getuid),
        ALLOW_CALL(SYS_geteuid),
        ALLOW_CALL(SYS_getgid),
        ALLOW_CALL(SYS_getegid),
        ALLOW_CALL(SYS_uname),
        ALLOW_CALL(SYS_sysinfo),
        ALLOW_CALL(SYS_getrusage),
#if defined(__x86_64__)
        ALLOW_CALL(SYS_time),
        ALLOW_CALL(SYS_getrlimit),
        // Whether matrix tiles may be used, and the wish to: 0x1021 to 0x1023.
        FOR_CALL(SYS_arch_prctl, 5),
        LOAD_ARGUMENT(0),
        IF_ABOVE(0x1020, 0, 2),
        IF_ABOVE(0x1023, 1, 0),
        ALLOW,
        REFUSE(EPERM),
#endif
        // Its own limits: to look at, not to set.
        FOR_CALL(SYS_prlimit64, 9),
        LOAD_ARGUMENT(0),
        IF_EQUAL(0, 1, 0),
        IF_EQUAL(me, 0, 5),
        LOAD_ARGUMENT(2),
        IF_EQUAL(0, 0, 3),
        LOAD_UPPER_HALF(2),
        IF_EQUAL(0, 0, 1),
        ALLOW,
        REFUSE(EPERM),
        // The names of threads, and of memory.
        FOR_CALL(SYS_prctl, 6),
        LOAD_ARGUMENT(0),
        IF_EQUAL(PR_SET_NAME, 2, 0),
        IF_EQUAL(PR_GET_NAME, 1, 0),
        IF_EQUAL(0x53564d41, 0, 1),  // PR_SET_VMA
        ALLOW,
        REFUSE(EPERM),

        REFUSE(EPERM),
    };
    const struct sock_fprog program = {
        .len = sizeof(filter) / sizeof(filter[0]),
        .filter = (struct sock_filter *)filter,
    };
    // For all threads at once where the kernel can.
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return 0;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : -1;
}
