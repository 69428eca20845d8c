import ArgumentParser
import KerasBridge
import Parity
import Start

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The command: one verb per job.
///
/// Each verb states its name: to make it of the type's would take the Swift runtime a twentieth of a short run.
@main
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keras-bridge",
        abstract: "Carries convolutional networks between Keras and Swift, and proves that nothing changed.",
        discussion: """
            Results go to stdout, progress and hints to stderr.
            Exit status: 0 done, or checked and equal · 1 failed while running · 2 checked and different, or \
            unsupported · 64 wrong usage · 65 bad input file · 66 input missing · 70 a bug of ours · 74 could not \
            write · 130, 143 stopped by a signal.
            """,
        version: version,
        subcommands: [
            Train.self, Evaluate.self, Predict.self, Recognize.self, Convert.self, Verify.self, Diff.self, Inspect.self,
            SummaryCommand.self, Doctor.self, Bench.self, Plot.self,
        ])

    static let version = "0.1.0"

    static func main() {
        // In isolation a crash stays one: who started the process tells of it, and sets what this looks for.
        Interruption.reportTrapsAsBugs()
        // A reader that goes away (a pager, a Keras process) gives an error to handle, not a signal that kills.
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)  // a limit on file sizes is an error to handle, too
        guard !CommandWords.all.isEmpty else {
            Console.complain("the system does not tell the words of the command line; is /proc mounted?")
            Console.end(.failed)
        }
        var arguments = Array(CommandWords.arguments)
        Isolation.enter(&arguments)
        do {
            var command = try parseAsRoot(arguments)
            try checkInstructionSet()
            if let command = command as? any ReadingCommand {
                try command.runWithinLimits(arguments)
            } else {
                try command.run()
            }
        } catch {
            Console.end(report(error))
        }
    }

    /// Kernels pass over a wish that cannot be met; who types it wants to know.
    private static func checkInstructionSet() throws(CommandError) {
        guard let wish = getenv("KERAS_BRIDGE_ISA").map({ String(cString: $0) }), !wish.isEmpty,
            wish != InstructionSet.best.rawValue
        else { return }
        let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
        throw CommandError(
            .usage, "KERAS_BRIDGE_ISA is \"\(wish)\", expected one of what this machine has: \(available)")
    }

    /// Says what went wrong in one sentence, and gives the status to end with.
    private static func report(_ error: any Error) -> ExitStatus {
        if let ending = error as? Ending { return ending.status }
        if let status = ExitStatus(of: error) {
            let sentence = "\(error)"
            let remedy = LimitOptions.remedy(for: sentence).map { "; \($0)" } ?? ""
            // What Python said has lines of its own.
            Console.complain(sentence + remedy, keepingLines: error is KerasProcessError || error is ParityError)
            return status
        }
        // What is left comes from the argument parser: requests for help, and wrong usage.
        let code = exitCode(for: error)
        if code.isSuccess {
            do throws(CommandError) {
                try Console.print(fullMessage(for: error))
                return .done
            } catch {
                return report(error)
            }
        }
        guard code == .validationFailure else {
            Console.complain("\(error)")
            return .failed
        }
        let sentence = message(for: error)
        Console.complain(sentence, keepingLines: true)
        let usage = fullMessage(for: error).split(separator: "\n").drop { !$0.hasPrefix("Usage:") }
        Console.note(usage.joined(separator: "\n"))
        return .usage
    }
}

/// Ends a command that has said all there is to say with a status of its own.
struct Ending: Error {
    let status: ExitStatus

    init(_ status: ExitStatus) { self.status = status }
}
