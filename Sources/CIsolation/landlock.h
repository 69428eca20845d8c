// Landlock: a lock on files, addresses and signals that goes by what is done, not by the call that does it.
//
// Numbers and layouts are the kernel's; headers of older systems do not have them.

#include <stdint.h>

struct landlock_rules {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

// Which of its versions the kernel has; 0 for none, or where it is switched off.
static int landlock_version(void) {
    const long create_ruleset = 444;
    long version = syscall(create_ruleset, NULL, 0UL, 1U);
    return version > 0 ? (int)version : 0;
}

// Forbids all that Landlock can forbid but reading files and folders. Does nothing where there is none: the list of
// calls is the first lock.
static void close_landlock(void) {
    const long create_ruleset = 444, restrict_self = 446;
    const int version = landlock_version();
    if (version <= 0) return;
    // Bits 2 and 3 are reading files and folders. What is not allowed by a rule is forbidden, and there is none.
    const uint64_t reading = 1 << 2 | 1 << 3;
    const int known = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    const struct landlock_rules rules = {
        .files = ((UINT64_C(1) << known) - 1) & ~reading,
        .network = version >= 4 ? 3 : 0,  // to bind and to connect
        .scopes = version >= 6 ? 3 : 0,   // sockets without a file, signals to others
    };
    long descriptor = syscall(create_ruleset, &rules, sizeof rules, 0U);
    if (descriptor < 0) return;
    syscall(restrict_self, (int)descriptor, 0U);
    close((int)descriptor);
}
