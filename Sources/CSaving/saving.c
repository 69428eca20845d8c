// For syscall and renamex_np.
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE

#include "CSaving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

int csv_rename_to_free_name(const char *from, const char *to) {
#if defined(__APPLE__)
    return renamex_np(from, to, RENAME_EXCL);
#elif defined(SYS_renameat2)
    // By its number, as older C libraries have no name for it; 1 is RENAME_NOREPLACE.
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1U);
#else
    errno = ENOSYS;
    return -1;
#endif
}
