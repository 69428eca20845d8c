import Foundation
import Tensors

/// Where a verdict was found: program, machine, time.
public struct Environment: Hashable, Sendable {
    /// In the order in which they are shown.
    public var facts: [SideDescription.Detail]

    public init(facts: [SideDescription.Detail]) { self.facts = facts }

    /// This machine, now.
    ///
    /// - Parameter more: what the caller knows besides: the program's version, libhdf5's.
    public static func current(
        pool: WorkerPool, more: [SideDescription.Detail] = [], date: Date = Date()
    ) -> Environment {
        let formatter = ISO8601DateFormatter()
        return Environment(
            facts: more + [
                .init("instruction set", pool.instructionSet.rawValue),
                .init("threads", "\(pool.threads) of \(WorkerPool.coreCount) cores"),
                .init("processor", processor),
                .init("system", "\(system), \(architecture)"),
                .init("date", formatter.string(from: date)),
            ])
    }

    private static var processor: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = information.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        return name ?? architecture
    }

    private static var system: String {
        let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        let line = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        let name = line?.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""])
        return name ?? ProcessInfo.processInfo.operatingSystemVersionString
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown architecture"
        #endif
    }
}
