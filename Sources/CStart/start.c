// What happens in a process of ours before anything else, Swift's own start included.

// For O_DIRECTORY.
#define _GNU_SOURCE

#include "CStart.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/auxv.h>
#endif

static int argument_count;
static char **argument_list;

// A descriptor of stdin, stdout or stderr that is closed goes to the next file that is opened, and what is meant for
// people would land in it.
static void open_closed_outputs(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        int found = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY);
        // Without devices, something that takes the place and no words.
        if (found < 0) found = open("/", O_RDONLY | O_DIRECTORY);
        if (found < 0) _exit(74);  // and nowhere to say so
        // All below are open, so it is the lowest that is free.
    }
}

// The C library hands the command line to what runs before main. Swift's own way goes through /proc, which containers
// and early boot may lack.
__attribute__((constructor)) static void start(int count, char **list, char **settings) {
    (void)settings;
    open_closed_outputs();
#if defined(__GLIBC__) || defined(__APPLE__)
    argument_count = count;
    argument_list = list;
#else
    (void)count;
    (void)list;
#endif
}

int cs_argument_count(void) { return argument_count; }

const char *cs_argument(int index) { return index >= 0 && index < argument_count ? argument_list[index] : NULL; }

const char *cs_program(void) {
#if defined(__linux__)
    return (const char *)getauxval(AT_EXECFN);
#else
    return NULL;
#endif
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *nothing) {
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return nothing;
}

int cs_can_start_threads(int count) {
    pthread_t threads[64];
    int started = 0;
    // All at once: one after another they would take one place.
    pthread_mutex_lock(&gate);
    while (started < count && started < 64 && pthread_create(&threads[started], NULL, wait_at_gate, NULL) == 0) started++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
    return started == (count < 64 ? count : 64);
}
