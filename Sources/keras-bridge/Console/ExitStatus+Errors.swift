import KerasBridge

extension ExitStatus {
    /// How a command ends with an error of ours; `nil` for errors that only the argument parser can read.
    init?(of error: any Error) {
        switch error {
        case let error as CommandError: self = error.status
        case is OptionError, is ShapeError: self = .badInput
        default: return nil
        }
    }
}
