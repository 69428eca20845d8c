import CIsolation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A run of a program whose crash, hang or flood of words does no harm to this process.
public struct IsolatedProcess: Sendable {
    /// How a program ended.
    public enum End: Hashable, Sendable {
        case exited(status: Int32)
        case crashed(signal: Int32)
        /// It crashed for want of memory, as it said itself: see ``enterIsolation(_:)``.
        case outOfMemory
        /// It was ended because it ran for too long.
        case tooLate
        /// It was ended because it wrote too much.
        case tooMuchOutput
    }

    public let end: End
    public let stdout: [UInt8]
    public let stderr: [UInt8]

    /// Why a program could not be started.
    public struct StartError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Runs a program to its end, or to its limits.
    ///
    /// Limits of memory and powers are the program's own to take: ``enterIsolation(_:)`` as the first thing it does.
    ///
    /// - Parameters:
    ///   - executable: its path.
    ///   - arguments: the first is the name that it goes by.
    public init(
        executable: String, arguments: [String], limits: IsolationLimits = IsolationLimits()
    ) throws(StartError) {
        let (out, errors) = (try Pipe(), try Pipe())
        let child = try IsolatedProcess.spawn(executable, arguments, out, errors)
        close(out.writing)
        close(errors.writing)
        var collector = Collector(child: child, limits: limits)
        collector.collect(from: out.reading, errors.reading)
        close(out.reading)
        close(errors.reading)
        let status = collector.reap()
        (stdout, stderr) = (collector.texts[0], collector.texts[1])
        // WIFSIGNALED and WEXITSTATUS are macros, which Swift does not see.
        let signal = status & 0x7F
        end = collector.verdict ?? End(signal: signal, status: status >> 8 & 0xFF)
    }

    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws(StartError) {
            var ends: [Int32] = [0, 0]
            // At once, so that no process started by another thread meanwhile holds the pipe open.
            let status = ci_pipe(&ends)
            guard status == 0 else { throw StartError(description: String(cString: strerror(errno))) }
            (reading, writing) = (ends[0], ends[1])
        }
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ out: Pipe, _ errors: Pipe
    ) throws(StartError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, out.writing, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, STDERR_FILENO)
        // Signals that are ignored or blocked here would be there, too: a crash has to be one.
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        // The backtracer of Swift's runtime is a program of its own, which could not be started.
        var settings: [UnsafeMutablePointer<CChar>?] = environment() + [strdup("SWIFT_BACKTRACE=enable=no"), nil]
        defer { for word in words + settings { free(word) } }
        var child = pid_t()
        let status = posix_spawn(&child, executable, &actions, &attributes, &words, &settings)
        guard status == 0 else {
            for end in [out.reading, out.writing, errors.reading, errors.writing] { close(end) }
            throw StartError(description: "\(executable) — cannot be started: \(String(cString: strerror(status)))")
        }
        return child
    }

    /// Copies of this process' settings but the one that is set anew.
    private static func environment() -> [UnsafeMutablePointer<CChar>?] {
        var settings: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let setting = next.pointee {
            if strncmp(setting, "SWIFT_BACKTRACE=", 16) != 0 { settings.append(strdup(setting)) }
            next += 1
        }
        return settings
    }
}

extension IsolatedProcess.End {
    fileprivate init(signal: Int32, status: Int32) {
        switch signal {
        case 0: self = .exited(status: status)
        case ci_signal_for_want_of_memory(): self = .outOfMemory
        default: self = .crashed(signal: signal)
        }
    }
}

/// Reads what a child writes, until it ends or has to be ended.
private struct Collector {
    let child: pid_t
    let limits: IsolationLimits
    var texts: [[UInt8]] = [[], []]
    /// Why the child was ended; `nil` while it was not.
    var verdict: IsolatedProcess.End?
    private let deadline: ContinuousClock.Instant

    init(child: pid_t, limits: IsolationLimits) {
        self.child = child
        self.limits = limits
        deadline = .now + .seconds(limits.seconds)
    }

    mutating func collect(from out: Int32, _ errors: Int32) {
        var polls = [out, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while polls.contains(where: { $0.fd >= 0 }) {
            let rest = (deadline - .now) / .milliseconds(1)
            guard rest > 0 else { return stop(.tooLate) }
            let ready = poll(&polls, nfds_t(polls.count), Int32(min(rest.rounded(.up), 1e9)))
            if ready < 0, errno != EINTR { return stop(.tooLate) }
            for index in polls.indices where ready > 0 && polls[index].revents != 0 {
                let count = read(polls[index].fd, &chunk, chunk.count)
                if count > 0 { texts[index] += chunk[..<count] }
                if count == 0 || count < 0 && errno != EINTR { polls[index].fd = -1 }
                if texts[index].count > limits.outputBytes { return stop(.tooMuchOutput) }
            }
        }
    }

    private mutating func stop(_ verdict: IsolatedProcess.End) {
        self.verdict = verdict
        kill(child, SIGKILL)
    }

    /// Waits for the child, which has closed its outputs and may still be busy.
    mutating func reap() -> Int32 {
        var status: Int32 = 0
        while true {
            let found = waitpid(child, &status, verdict == nil ? WNOHANG : 0)
            if found == child || found < 0 && errno != EINTR { return status }
            if found == 0 {
                if deadline < .now { stop(.tooLate) } else { usleep(1000) }
            }
        }
    }
}
