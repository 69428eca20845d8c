/// How a command ends, as scripts see it.
///
/// The numbers are part of the interface and never change.
enum ExitStatus: Int32, Sendable {
    /// Done, or checked and equal.
    case done = 0
    /// Failed while running.
    case failed = 1
    /// Checked and different (`verify`, `diff`), or unsupported (`doctor`).
    case different = 2
    /// Called in a wrong way.
    case usage = 64
    /// An input file holds what it should not.
    case badInput = 65
    /// An input is missing.
    case inputMissing = 66
    /// A bug of ours.
    case bug = 70
    /// An output could not be written.
    case cannotWrite = 74
    /// Stopped by Ctrl-C.
    case interrupted = 130
    /// Stopped by SIGTERM.
    case terminated = 143
}
