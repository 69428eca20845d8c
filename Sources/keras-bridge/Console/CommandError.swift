/// What a command itself finds wrong: a sentence, and the status to end with.
///
/// Errors of the libraries carry sentences of their own; ``ExitStatus/init(for:)`` says how commands end with them.
struct CommandError: Error, CustomStringConvertible {
    var status: ExitStatus
    var description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
