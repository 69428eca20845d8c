// Lets the n-th call that writes to a file fail, as a full or broken disk would: for Scripts/kill_test.sh, by LD_PRELOAD.
//
//     FAIL_CALL=write|fsync|rename|open FAIL_AT=n FAIL_WITH=errno
//
// Calls on pipes and terminals are let through and not counted.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int calls;

static int fails(const char *call) {
    const char *name = getenv("FAIL_CALL"), *at = getenv("FAIL_AT"), *with = getenv("FAIL_WITH");
    if (name == NULL || at == NULL || strcmp(name, call) != 0) return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != atoi(at)) return 0;
    errno = with == NULL ? ENOSPC : atoi(with);
    return 1;
}

static int is_file(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (real == NULL) real = dlsym(RTLD_NEXT, "write");
    if (is_file(descriptor)) {
        if (fails("write")) return -1;
        // In small pieces, so that there are many moments to fail at.
        if (getenv("FAIL_AT") != NULL && count > 4096) count = 4096;
    }
    return real(descriptor, bytes, count);
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (real == NULL) real = dlsym(RTLD_NEXT, "fsync");
    return fails("fsync") ? -1 : real(descriptor);
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (real == NULL) real = dlsym(RTLD_NEXT, "rename");
    return fails("rename") ? -1 : real(from, to);
}

// Without --force, a file gets its name by a call that replaces none, under the same name here.
long syscall(long number, ...) {
    static long (*real)(long, ...);
    if (real == NULL) real = dlsym(RTLD_NEXT, "syscall");
    va_list rest;
    va_start(rest, number);
    long words[6];
    for (int i = 0; i < 6; i++) words[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_renameat2 && fails("rename")) return -1;
    return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (real == NULL) real = dlsym(RTLD_NEXT, "open");
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & O_CREAT && fails("open")) return -1;
    return real(path, flags, mode);
}
