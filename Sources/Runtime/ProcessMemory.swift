#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What this process takes of the machine's memory.
public enum ProcessMemory {
    /// The most bytes that were resident at once since the process began.
    public static var peak: Int {
        var usage = rusage()
        let thisProcess: Int32 = 0  // RUSAGE_SELF, which every C library types in its own way
        guard getrusage(thisProcess, &usage) == 0 else { return 0 }
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) * 1024  // Linux counts in KiB
        #endif
    }
}
