#ifndef CISOLATION_H
#define CISOLATION_H

/// Takes away from this process for ever what reading a file does not need. Open descriptors but 0, 1 and 2 are closed,
/// and of the system's calls only those stay that read files, take memory, run threads of this process, and write to
/// 1 and 2. Other calls fail with EPERM. Where the kernel has Landlock, it keeps the same from being done a second time.
///
/// Threads that run already keep their powers on kernels that cannot take them from all at once, so it comes first.
///
/// Returns 0, or -1 where the system has no such filter; limits on resources then stand alone.
int ci_give_up_powers(void);

/// Closes all descriptors but 0, 1 and 2.
void ci_close_others(void);

/// The signal that a process ends itself by where it crashed for want of memory.
int ci_signal_for_want_of_memory(void);

/// From now on a crash for want of memory ends this process by ``ci_signal_for_want_of_memory``, any other as before.
void ci_tell_want_of_memory(void);

/// Whether memory has run out, as far as one can tell after a crash: asked first thing in a handler of its signal.
int ci_is_out_of_memory(void);

/// Has crashes of this process handled, on a stack of their own.
void ci_on_crash(void (*handler)(int));

/// Whether this is a build with AddressSanitizer or ThreadSanitizer, which reserve terabytes of addresses.
int ci_is_sanitized(void);

/// Makes this process end when its parent does, where the system can say so.
void ci_end_with_parent(void);

/// Makes a pipe that programs do not inherit, from its first moment on where the system can; returns what pipe does.
int ci_pipe(int ends[2]);

#endif
