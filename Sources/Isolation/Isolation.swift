import CIsolation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Puts this process under limits that it cannot leave: memory, time, no program, no network, nothing written to disk.
///
/// A process that is to read a file of a stranger calls it before it looks at the file. All descriptors but stdin, stdout
/// and stderr are closed. Where it crashes for want of memory, ``IsolatedProcess/End/outOfMemory`` says so.
public func enterIsolation(_ limits: IsolationLimits) {
    ci_end_with_parent()
    // A limit that the system refuses is one that it holds lower already.
    if ci_is_sanitized() == 0 {
        ci_tell_want_of_memory()
        limit(RLIMIT_AS, limits.memoryBytes)
    }
    limit(RLIMIT_CPU, limits.seconds)
    limit(RLIMIT_FSIZE, 0)
    limit(RLIMIT_CORE, 0)
    ci_close_others()  // before there are fewer than are open
    limit(RLIMIT_NOFILE, 64)
    _ = ci_give_up_powers()
}

/// Whether memory has run out, as far as one can tell after a crash: asked first thing in a handler of its signal.
public func isOutOfMemory() -> Bool { ci_is_out_of_memory() != 0 }

/// Has crashes of this process handled: traps, faults, aborts. The handler may do only what is safe in one.
public func onCrash(_ handler: @convention(c) (Int32) -> Void) { ci_on_crash(handler) }

#if canImport(Glibc)
    private typealias Resource = __rlimit_resource
#else
    private typealias Resource = Int32
#endif

private func limit(_ resource: Resource, _ value: Int) {
    var limit = rlimit(rlim_cur: rlim_t(max(0, value)), rlim_max: rlim_t(max(0, value)))
    #if canImport(Glibc)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    #else
        setrlimit(resource, &limit)
    #endif
}
