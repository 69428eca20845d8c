import Isolation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C and SIGTERM, for commands that have something to save: the first asks, a second one stops at once.
///
/// Commands that never watch keep the system's own behaviour.
enum Interruption {
    /// What the first signal asks for, where one came: the status to end with.
    static var request: ExitStatus? {
        switch firstSignal.load(ordering: .relaxed) {
        case SIGINT: .interrupted
        case SIGTERM: .terminated
        default: nil
        }
    }

    /// Starts watching.
    static func watch() {
        firstSignal.store(0, ordering: .relaxed)  // also makes sure that the handler finds it ready
        // Who starts us from a thread that takes no signals (of a worker pool, say) hands that down.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { number in
                // Only what is safe inside a signal handler.
                let (isFirst, _) = firstSignal.compareExchange(expected: 0, desired: number, ordering: .relaxed)
                guard isFirst else { _exit(number == SIGINT ? 130 : 143) }
                say("\nkeras-bridge: stopping after this batch; once more stops at once\n")
            }
        }
    }

    /// Makes a trap of ours end with the status that says so, instead of the shell's word for the signal; and a crash for
    /// want of memory with a sentence about that.
    ///
    /// The Swift runtime's own backtraces, where somebody asked for them, stay in charge.
    static func reportTrapsAsBugs() {
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        onCrash { _ in
            if isOutOfMemory() {
                say("keras-bridge: error: there is not enough memory; a limit (ulimit -v, -s) may hold it back\n")
                _exit(1)
            }
            say("keras-bridge: error: internal error, a bug of ours; SWIFT_BACKTRACE=enable=yes shows where\n")
            _exit(70)
        }
    }
}

/// The first signal that came, or 0.
private let firstSignal = Atomic<Int32>(0)

private func say(_ sentence: StaticString) {
    _ = write(STDERR_FILENO, sentence.utf8Start, sentence.utf8CodeUnitCount)
}
