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
/// A process that is to read a file of a stranger calls it before it looks at the file.
public func enterIsolation(_ limits: IsolationLimits) {
    ci_end_with_parent()
    // A limit that the system refuses is one that it holds lower already.
    if ci_is_sanitized() == 0 { limit(RLIMIT_AS, limits.memoryBytes) }
    limit(RLIMIT_CPU, limits.seconds)
    limit(RLIMIT_FSIZE, 0)
    limit(RLIMIT_CORE, 0)
    limit(RLIMIT_NOFILE, 64)
    _ = ci_give_up_powers()
}

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
