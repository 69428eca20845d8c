// For CLONE_THREAD and pipe2.
#define _GNU_SOURCE

#include "CIsolation.h"

#include <fcntl.h>
#include <sys/resource.h>
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

#if defined(__linux__)
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
void ci_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
#else
void ci_end_with_parent(void) {}
#endif

void ci_close_others(void) {
#if defined(__linux__)
    const long close_range = 436;  // the same number everywhere; older headers do not name it
    if (syscall(close_range, 3U, ~0U, 0U) == 0) return;
#endif
    struct rlimit limit;
    // One by one up to the highest that there can be.
    int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < (1 << 20) ? (int)limit.rlim_max : 1 << 20;
    for (int descriptor = 3; descriptor < end; descriptor++) close(descriptor);
}

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include "calls.h"
#include "landlock.h"

int ci_give_up_powers(void) {
#if defined(CI_HAS_ADDRESS_SANITIZER)
    has_given_up_powers = 1;
#endif
    ci_close_others();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    close_landlock();
    return allow_only_listed_calls();
}

#else

int ci_give_up_powers(void) {
    ci_close_others();
    return -1;
}

#endif
