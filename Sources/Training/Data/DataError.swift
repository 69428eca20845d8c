/// Data that cannot be read, written or used.
public enum DataError: Error, Hashable, CustomStringConvertible {
    /// There is no such file.
    case missing(file: String)
    case unreadable(file: String, reason: String)
    case unwritable(file: String, reason: String)
    /// The file is not what it should be.
    case malformed(file: String, problem: String)
    /// The parts of a data set do not fit together.
    case unfit(String)

    public var description: String {
        switch self {
        case .missing(let file): "\(file): no such file"
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .unwritable(let file, let reason): "\(file): cannot be written: \(reason)"
        case .malformed(let file, let problem): "\(file): \(problem)"
        case .unfit(let problem): problem
        }
    }
}
