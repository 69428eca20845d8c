#define _GNU_SOURCE

#include "CIsolation.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

int ci_signal_for_want_of_memory(void) { return SIGUSR2; }

int ci_is_out_of_memory(void) {
    // Who crashes over memory that it did not get was told just before.
    if (errno == ENOMEM) return 1;
    // A stack that could not grow tells nobody.
    const size_t size = 1 << 20;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 1;
    munmap(memory, size);
    // Nor does one that was small from the start.
    struct rlimit stack;
    return getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < (1 << 20);
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};

static void on_crash(int number) {
    int way = ci_is_out_of_memory() ? ci_signal_for_want_of_memory() : number;
    signal(way, SIG_DFL);
    raise(way);
}

void ci_on_crash(void (*handler)(int)) {
    // A stack of their own, for crashes where the usual one has ended.
    static char memory[1 << 16] __attribute__((aligned(16)));
    const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigaction(crashes[i], &action, NULL);
}

void ci_tell_want_of_memory(void) { ci_on_crash(on_crash); }
