// Tries what an isolated process must not be able to do, and what it must: for IsolatedProcessTests.
//
//     IsolationProbe VICTIM FOLDER [nobody]      VICTIM: a file of one's own in FOLDER
//
// Prints a line for each try: its name, and "refused" or "ALLOWED". All calls go past the C library, which might refuse
// them by itself. What must be allowed is named "needed: …".

#if defined(__linux__)

#define _GNU_SOURCE
#include "CIsolation.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// EPERM is the filter's word, ENOSYS that for calls it says are missing, EBADF that of a descriptor that was closed.
static void say(const char *what, long result) {
    int refused = result < 0 && (errno == EPERM || errno == ENOSYS || errno == EBADF || errno == EACCES);
    printf("%s: %s\n", what, refused ? "refused" : "ALLOWED");
}

// A call without arguments that mean anything: any answer but a refusal shows that the kernel looked at them.
static void try_number(const char *what, long number) { say(what, syscall(number, -1L, 0L, 0L, 0L, 0L, 0L)); }

static void say_needed(const char *what, int works) { printf("needed: %s: %s\n", what, works ? "ALLOWED" : "refused"); }

static void *answer(void *question) { return question; }

static long start_process(unsigned long flags) {
    long child = syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
    if (child == 0) _exit(0);
    return child;
}

static void try_files(const char *victim, const char *folder, int inherited) {
    char new_path[4096];
    snprintf(new_path, sizeof new_path, "%s/new", folder);
    const int flags[] = {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND, 3};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        say("openat for writing", syscall(SYS_openat, AT_FDCWD, victim, flags[i], 0));
    }
    say("openat of a new file", syscall(SYS_openat, AT_FDCWD, new_path, O_RDONLY | O_CREAT, 0600));
    say("openat of a file without a name", syscall(SYS_openat, AT_FDCWD, folder, O_TMPFILE | O_RDWR, 0600));
    const uint64_t how[3] = {O_WRONLY, 0, 0};
    say("openat2 for writing", syscall(437, AT_FDCWD, victim, how, sizeof how));
    say("ftruncate of an inherited file", syscall(SYS_ftruncate, inherited, 0L));
    say("write to an inherited file", syscall(SYS_write, inherited, "x", 1L));
    say("pwrite64 to an inherited file", syscall(SYS_pwrite64, inherited, "x", 1L, 0L));
    say("pwritev to an inherited file", syscall(SYS_pwritev, inherited, &(struct iovec){"x", 1}, 1L, 0L, 0L));
    say("fallocate of an inherited file", syscall(SYS_fallocate, inherited, 0, 0L, 4096L));
    say("read from an inherited file", read(inherited, new_path + 4000, 1));
    long memory = syscall(SYS_mmap, 0L, 4096L, PROT_WRITE, MAP_SHARED, inherited, 0L);
    say("mmap of an inherited file, shared", memory);
    int reading = open(victim, O_RDONLY);
    say("mmap of a file, shared", syscall(SYS_mmap, 0L, 4096L, PROT_READ, MAP_SHARED, reading, 0L));
    say("fchmod", syscall(SYS_fchmod, reading, 0777));
    say("fchown", syscall(SYS_fchown, reading, 0, 0));
    say("fsetxattr", syscall(SYS_fsetxattr, reading, "user.x", "1", 1L, 0));
    say("flock that keeps others out", syscall(SYS_flock, reading, 2));
    say("fcntl F_SETFL", syscall(SYS_fcntl, reading, F_SETFL, O_APPEND));
    say("fcntl F_SETOWN", syscall(SYS_fcntl, reading, F_SETOWN, (long)getppid()));
    say("fcntl F_SETLEASE", syscall(SYS_fcntl, reading, F_SETLEASE, F_RDLCK));
    say("truncate", syscall(SYS_truncate, victim, 0L));
    say("fchmodat", syscall(SYS_fchmodat, AT_FDCWD, victim, 0777));
    say("fchmodat2", syscall(452, AT_FDCWD, victim, 0777, 0));
    say("fchownat", syscall(SYS_fchownat, AT_FDCWD, victim, 0, 0, 0));
    say("utimensat", syscall(SYS_utimensat, AT_FDCWD, victim, NULL, 0));
    say("setxattr", syscall(SYS_setxattr, victim, "user.x", "1", 1L, 0));
    say("removexattr", syscall(SYS_removexattr, victim, "user.x"));
    say("linkat", syscall(SYS_linkat, AT_FDCWD, victim, AT_FDCWD, new_path, 0));
    say("symlinkat", syscall(SYS_symlinkat, victim, AT_FDCWD, new_path));
    say("mkdirat", syscall(SYS_mkdirat, AT_FDCWD, new_path, 0700));
    say("mknodat", syscall(SYS_mknodat, AT_FDCWD, new_path, S_IFIFO | 0600, 0));
    say("renameat2", syscall(SYS_renameat2, AT_FDCWD, victim, AT_FDCWD, new_path, 0));
    say("unlinkat", syscall(SYS_unlinkat, AT_FDCWD, victim, 0));
#if defined(__x86_64__)
    say("open for writing", syscall(SYS_open, victim, O_WRONLY));
    say("creat", syscall(SYS_creat, new_path, 0600));
    say("rename", syscall(SYS_rename, victim, new_path));
    say("link", syscall(SYS_link, victim, new_path));
    say("symlink", syscall(SYS_symlink, victim, new_path));
    say("unlink", syscall(SYS_unlink, victim));
    say("mkdir", syscall(SYS_mkdir, new_path, 0700));
    say("mknod", syscall(SYS_mknod, new_path, S_IFIFO | 0600, 0));
    say("rmdir", syscall(SYS_rmdir, new_path));
    say("chmod", syscall(SYS_chmod, victim, 0777));
    say("chown", syscall(SYS_chown, victim, 0, 0));
    say("lchown", syscall(SYS_lchown, victim, 0, 0));
    say("utime", syscall(SYS_utime, victim, NULL));
    say("utimes", syscall(SYS_utimes, victim, NULL));
    say("renameat", syscall(SYS_renameat, AT_FDCWD, victim, AT_FDCWD, new_path));
    say("unlink by the other numbering", syscall(0x40000000 | SYS_unlink, victim));
#endif
    close(reading);
}

static void try_processes(pid_t other) {
    say("kill", syscall(SYS_kill, other, SIGTERM));
    say("kill of all", syscall(SYS_kill, -1, 0));
    say("tgkill", syscall(SYS_tgkill, other, other, SIGTERM));
    say("tkill", syscall(SYS_tkill, other, SIGTERM));
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    say("rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, other, SIGTERM, &info));
    say("rt_tgsigqueueinfo", syscall(SYS_rt_tgsigqueueinfo, other, other, SIGTERM, &info));
    say("pidfd_open", syscall(434, other, 0));
    try_number("pidfd_send_signal", 424);
    try_number("pidfd_getfd", 438);
    say("ptrace", syscall(SYS_ptrace, 16L, (long)other, 0L, 0L));
    char byte;
    struct iovec mine = {&byte, 1}, theirs = {&byte, 1};
    say("process_vm_readv", syscall(SYS_process_vm_readv, other, &mine, 1L, &theirs, 1L, 0L));
    say("process_vm_writev", syscall(SYS_process_vm_writev, other, &mine, 1L, &theirs, 1L, 0L));
    try_number("process_madvise", 440);
    try_number("kcmp", SYS_kcmp);
    const struct rlimit none = {0, 0};
    say("prlimit64 of another", syscall(SYS_prlimit64, other, RLIMIT_CORE, &none, NULL));
    say("prlimit64 of its own", syscall(SYS_prlimit64, 0, RLIMIT_CORE, &none, NULL));
    say("setpriority", syscall(SYS_setpriority, 0, other, 5));
    say("sched_setaffinity", syscall(SYS_sched_setaffinity, other, 8L, &(long){1}));
    say("sched_setscheduler", syscall(SYS_sched_setscheduler, other, 0, &(int){0}));
    say("setpgid", syscall(SYS_setpgid, 0, 0));
    say("setsid", syscall(SYS_setsid));
    say("a process", start_process(SIGCHLD));
    say("a process that shares memory", start_process(CLONE_VM | CLONE_VFORK | SIGCHLD));
    say("a thread in a new namespace", start_process(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER));
    uint64_t arguments[11] = {0};
    arguments[4] = SIGCHLD;
    long child = syscall(435, arguments, sizeof arguments);
    if (child == 0) _exit(0);
    say("clone3", child);
#if defined(__x86_64__)
    child = syscall(SYS_fork);
    if (child == 0) _exit(0);
    say("fork", child);
#endif
    char *words[] = {"true", NULL};
    say("execve", syscall(SYS_execve, "/bin/true", words, words));
    say("execveat", syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, words, 0));
}

static void try_network(void) {
    for (int family = 1; family <= 17; family += family == 1 ? 1 : family == 2 ? 8 : family == 10 ? 6 : 1) {
        say("socket", syscall(SYS_socket, family, 1L, 0L));  // local, IPv4, IPv6, netlink, packets
    }
    int ends[2];
    say("socketpair", syscall(SYS_socketpair, 1, 1, 0, ends));
    try_number("connect", SYS_connect);
    try_number("bind", SYS_bind);
    try_number("listen", SYS_listen);
    try_number("accept4", SYS_accept4);
    try_number("sendto", SYS_sendto);
    try_number("sendmsg", SYS_sendmsg);
    try_number("recvfrom", SYS_recvfrom);
}

static void try_the_rest(const char *victim) {
    say("unshare", syscall(SYS_unshare, 0x10000000));
    say("chroot", syscall(SYS_chroot, "/"));
    say("chdir", syscall(SYS_chdir, "/"));
    say("pivot_root", syscall(SYS_pivot_root, "/", "/"));
    say("mount", syscall(SYS_mount, "none", "/mnt", "tmpfs", 0L, NULL));
    say("umount2", syscall(SYS_umount2, "/nonexistent", 0));
    say("sethostname", syscall(SYS_sethostname, "", -1L));
    char handle[256];
    memset(handle, 0, sizeof handle);
    *(unsigned *)handle = 128;
    int mount;
    say("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, victim, handle, &mount, 0));
    try_number("open_by_handle_at", SYS_open_by_handle_at);
    say("memfd_create", syscall(SYS_memfd_create, "x", 0));
    say("shmget", syscall(SYS_shmget, 0, 4096L, 01600));
    say("msgget", syscall(SYS_msgget, 0, 01600));
    say("semget", syscall(SYS_semget, 0, 1, 01600));
    say("mq_open", syscall(SYS_mq_open, "isolation-probe", O_CREAT | O_RDWR, 0600, NULL));
    say("eventfd2", syscall(SYS_eventfd2, 0, 0));
    say("signalfd4", syscall(SYS_signalfd4, -1, &(uint64_t){0}, 8L, 0));
    say("timerfd_create", syscall(SYS_timerfd_create, 1, 0));
    say("epoll_create1", syscall(SYS_epoll_create1, 0));
    say("inotify_init1", syscall(SYS_inotify_init1, 0));
    say("fanotify_init", syscall(SYS_fanotify_init, 0, 0));
    say("userfaultfd", syscall(SYS_userfaultfd, 1));
    say("io_uring_setup", syscall(425, 1L, handle));
    say("io_setup", syscall(SYS_io_setup, 1L, &(long){0}));
    say("add_key", syscall(SYS_add_key, "user", "isolation-probe", "x", 1L, -3L));
    say("keyctl", syscall(SYS_keyctl, 0L, -3L, 0L));
    try_number("request_key", SYS_request_key);
    try_number("bpf", SYS_bpf);
    try_number("perf_event_open", SYS_perf_event_open);
    try_number("seccomp", SYS_seccomp);
    try_number("landlock_create_ruleset", 444);
    try_number("personality", SYS_personality);
    try_number("setuid", SYS_setuid);
    try_number("setgroups", SYS_setgroups);
    try_number("capset", SYS_capset);
    try_number("quotactl", SYS_quotactl);
    try_number("swapon", SYS_swapon);
    try_number("reboot", SYS_reboot);
    try_number("syslog", SYS_syslog);
    try_number("acct", SYS_acct);
    try_number("init_module", SYS_init_module);
    try_number("kexec_load", SYS_kexec_load);
    try_number("clock_settime", SYS_clock_settime);
    try_number("setitimer", SYS_setitimer);
    try_number("vhangup", SYS_vhangup);
    try_number("copy_file_range", 326 + (SYS_openat == 56 ? -41 : 0));
    try_number("splice", SYS_splice);
    try_number("a call that no kernel has yet", 900);
    say("ioctl TIOCSTI", syscall(SYS_ioctl, 0, 0x5412L, "x"));
    say("prctl PR_SET_DUMPABLE", syscall(SYS_prctl, 4L, 1L, 0L, 0L, 0L));
    say("madvise that takes memory from the machine", syscall(SYS_madvise, handle, 4096L, 101));
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("code that is made, by mprotect", syscall(SYS_mprotect, page, 4096L, PROT_READ | PROT_EXEC));
    say("code that is made, by mmap", syscall(SYS_mmap, 0L, 4096L, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L));
}

static void try_what_is_needed(const char *victim, const char *folder) {
    FILE *file = fopen(victim, "rb");
    char byte;
    say_needed("reading a file", file != NULL && fread(&byte, 1, 1, file) == 1);
    say_needed("mapping a file", file != NULL && mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0) != MAP_FAILED);
    if (file != NULL) fclose(file);
    DIR *listing = opendir(folder);
    say_needed("listing a folder", listing != NULL && readdir(listing) != NULL);
    if (listing != NULL) closedir(listing);
    struct stat status;
    say_needed("looking at a file", stat(victim, &status) == 0 && access(victim, R_OK) == 0);
    char *path = realpath(victim, NULL);
    say_needed("following a path", path != NULL);
    free(path);
    void *memory = malloc(64 << 20);
    say_needed("memory", memory != NULL);
    free(memory);
    void *found[4];
    pthread_t threads[4];
    int works = 1;
    for (int i = 0; i < 4; i++) works = works && pthread_create(&threads[i], NULL, answer, &found[i]) == 0;
    for (int i = 0; works && i < 4; i++) works = pthread_join(threads[i], &found[i]) == 0 && found[i] == &found[i];
    say_needed("threads", works);
    struct timespec now;
    say_needed("the time", clock_gettime(CLOCK_REALTIME, &now) == 0 && usleep(1) == 0);
    struct rlimit limit;
    say_needed("its own limits", getrlimit(RLIMIT_AS, &limit) == 0);
    signal(SIGUSR1, SIG_IGN);
    say_needed("a signal to itself", raise(SIGUSR1) == 0);
}

int main(int count, char **arguments) {
    if (count < 3) return 64;
    const char *victim = arguments[1], *folder = arguments[2];
    pid_t other = fork();
    if (other == 0) {
        // Ends with its parent, and closes what it inherited so that nobody waits for it.
        ci_end_with_parent();
        ci_close_others();
        for (int descriptor = 0; descriptor < 3; descriptor++) close(descriptor);
        for (;;) pause();
    }
    int inherited = open(victim, O_RDWR);
    if (inherited < 0) return 66;
    if (count > 3 && (setgid(65534) != 0 || setuid(65534) != 0)) return 77;
    printf("filter: %s\n", ci_give_up_powers() == 0 ? "there" : "missing");
    try_what_is_needed(victim, folder);
    try_files(victim, folder, inherited);
    try_processes(other);
    try_network();
    try_the_rest(victim);
    fflush(stdout);
    // Ends by a signal of its own, as abort does.
    abort();
}

#else

int main(void) { return 77; }

#endif
