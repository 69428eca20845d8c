#ifndef CISOLATION_H
#define CISOLATION_H

/// Takes away from this process for ever what reading a file does not need: starting programs, the network, and
/// changing anything on disk. Threads stay possible. Refused calls fail with EPERM.
///
/// Returns 0, or -1 where the system has no such filter; limits on resources then stand alone.
int ci_give_up_powers(void);

/// Whether this is a build with AddressSanitizer or ThreadSanitizer, which reserve terabytes of addresses.
int ci_is_sanitized(void);

/// Makes this process end when its parent does, where the system can say so.
void ci_end_with_parent(void);

/// Makes a pipe that programs do not inherit, from its first moment on where the system can; returns what pipe does.
int ci_pipe(int ends[2]);

#endif
