import CStart

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a program finds around it that works on several things at once.
public enum Surroundings {
    /// What lacks here for Swift's own threads, in a sentence; `nil` where all is well.
    ///
    /// They wait for ever for a thread that the system does not give, and trap without /proc on Linux.
    ///
    /// - Parameter threads: how many are needed at least.
    public static func lack(threads: Int) -> String? {
        #if os(Linux)
            if access("/proc/self/task", R_OK) != 0 {
                return "/proc is not mounted, by which Swift keeps count of its threads; mount it"
            }
        #endif
        if cs_can_start_threads(Int32(threads)) == 0 {
            return "the system starts fewer than \(threads) threads for this user; raise the limit (ulimit -u, -v)"
        }
        return nil
    }
}
