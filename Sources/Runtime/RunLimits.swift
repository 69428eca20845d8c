#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What one run of a model may take of the machine.
public struct RunLimits: Sendable, Hashable {
    /// Bytes of inputs, activations, gradients and results of one run together.
    ///
    /// By default 4 GiB, or half of the memory that is available where that is less.
    public var activationBytes: Int

    public init(activationBytes: Int = RunLimits.defaultActivationBytes) { self.activationBytes = activationBytes }

    /// The limits of a ``Session`` that is not given its own.
    @TaskLocal public static var current = RunLimits()

    /// What ``activationBytes`` is without being said: asked of the system once.
    public static let defaultActivationBytes = min(4 << 30, (AvailableMemory.bytes ?? 8 << 30) / 2)
}

/// How much memory this process can still take.
enum AvailableMemory {
    /// What the machine has left, the process's control groups allow, and its limit of address space leaves, whichever
    /// is least; `nil` where nothing tells.
    static var bytes: Int? {
        let limits = [ofMachine, ofControlGroups, ofAddressSpace].compactMap { $0 }
        return limits.min().map { max($0, 0) }
    }

    private static var ofMachine: Int? {
        guard let text = text(of: "/proc/meminfo") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.flatMap { kibibytes in
                let (bytes, overflows) = kibibytes.multipliedReportingOverflow(by: 1024)
                return overflows ? nil : bytes
            }
        }
        return nil
    }

    /// Limit less use of the process's group and of every one around it, in either version of control groups.
    private static var ofControlGroups: Int? {
        guard let groups = text(of: "/proc/self/cgroup") else { return nil }
        var least: Int?
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isOfMemory = parts[1].split(separator: ",").contains("memory")
            guard parts[1].isEmpty || isOfMemory else { continue }
            let root = isOfMemory ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
            let names =
                isOfMemory ? ("memory.limit_in_bytes", "memory.usage_in_bytes") : ("memory.max", "memory.current")
            var steps = parts[2].split(separator: "/")
            while true {
                let folder = root + steps.map { "/" + $0 }.joined()
                if let limit = number(in: "\(folder)/\(names.0)"), let use = number(in: "\(folder)/\(names.1)") {
                    least = min(least ?? .max, limit - use)
                }
                if steps.popLast() == nil { break }
            }
        }
        return least
    }

    private static var ofAddressSpace: Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
        #else
            let resource = RLIMIT_AS
        #endif
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < UInt64(Int.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    private static func number(in path: String) -> Int? {
        text(of: path)?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    /// The first 16 KiB of a file of the system.
    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
