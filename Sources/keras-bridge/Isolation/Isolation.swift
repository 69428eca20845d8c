import Isolation
import Start

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The same program once more, as a process that a hostile file may crash.
enum Isolation {
    /// The word that tells a process that it is the isolated one; its limits follow.
    private static let mark = "isolated:"
    /// Whether this is that process; set once, before anything else happens.
    nonisolated(unsafe) private(set) static var isInside = false

    /// Goes into isolation if that is what this process was started for.
    ///
    /// - Parameter arguments: those of the command line without the program's name; the mark is taken away.
    static func enter(_ arguments: inout [String]) {
        guard let first = arguments.first, first.hasPrefix(mark) else { return }
        let numbers = first.dropFirst(mark.count).split(separator: ",").compactMap { Int($0) }
        guard numbers.count == 2 else { return }
        arguments.removeFirst()
        isInside = true
        enterIsolation(IsolationLimits(memoryBytes: numbers[0], seconds: numbers[1]))
    }

    /// Runs the whole command in isolation, and says what it said.
    static func relay(_ arguments: [String], _ files: [String], _ options: ReadingOptions) throws {
        let process = try run(arguments, files, options)
        try Console.relay(process.stdout, to: STDOUT_FILENO)
        try Console.relay(process.stderr, to: STDERR_FILENO)
        if process.status != 0 { throw Ending(ExitStatus(rawValue: process.status) ?? .failed) }
    }

    /// Reads a model in isolation; throws where that does not end well.
    static func rehearse(
        _ path: String, _ architecture: String?, _ arguments: [String], _ options: ReadingOptions
    ) throws {
        // The command that reads everything and does nothing, told all that the reader is told.
        let reader = path.hasSuffix(".json") ? "doctor" : "summary"
        let flags = options.arguments(from: arguments)
        let process = try run(
            [reader, path] + (architecture.map { ["--architecture", $0] } ?? []) + flags, [path],
            options)
        guard process.status != 0 else { return }
        try Console.relay(process.stderr, to: STDERR_FILENO)
        throw Ending(ExitStatus(rawValue: process.status) ?? .failed)
    }

    private static func run(
        _ arguments: [String], _ files: [String], _ options: ReadingOptions
    ) throws -> (status: Int32, stdout: [UInt8], stderr: [UInt8]) {
        let limits = IsolationLimits(memoryBytes: options.maxMemory.bytes, seconds: options.maxSeconds)
        let name = CommandWords.all.first ?? "keras-bridge"
        let process: IsolatedProcess
        do {
            process = try IsolatedProcess(
                executable: executable ?? name,
                arguments: [name, "\(mark)\(limits.memoryBytes),\(limits.seconds)"] + arguments, limits: limits)
        } catch {
            throw CommandError(.failed, "\(error)")
        }
        let files = files.joined(separator: ", ")
        switch process.end {
        case .exited(let status): return (status, process.stdout, process.stderr)
        case .crashed(SIGXCPU), .tooLate:
            throw CommandError(
                .badInput,
                "\(files) — reading was ended after \(limits.seconds) seconds; --max-seconds allows more")
        case .outOfMemory:
            throw CommandError(
                .usage,
                "\(files) — reading it takes more memory than --max-memory \(options.maxMemory) allows; give more, "
                    + "\(options.maxMemory.bytes < ByteCount.memory.bytes ? "such as the default of \(ByteCount.memory)" : "or leave it unread")"
            )
        case .crashed(let signal):
            let name = strsignal(signal).map { String(cString: $0) } ?? "signal \(signal)"
            throw CommandError(
                .badInput,
                "\(files) — the process that read it crashed (\(name)), as on a hostile file")
        case .tooMuchOutput:
            throw CommandError(.badInput, "\(files) — it is described by more than \(limits.outputBytes) bytes")
        }
    }

    /// This program's own file.
    private static var executable: String? {
        #if os(Linux)
            let own = "/proc/self/exe"
            if access(own, X_OK) == 0 { return own }
            return CommandWords.program  // without /proc
        #elseif canImport(Darwin)
            var size: UInt32 = 4096
            var path = [CChar](repeating: 0, count: Int(size))
            guard _NSGetExecutablePath(&path, &size) == 0 else { return nil }
            return path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
        #else
            return nil
        #endif
    }
}
