/// Why a file could not be written.
public enum SavingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file must not be replaced, but is there.
    case exists
    /// Only regular files can be replaced.
    case notAFile
    /// A path that names no file.
    case badName(String)
    /// The operating system refused.
    case system(operation: String, reason: String)

    public var description: String {
        switch self {
        case .exists: "exists already and would be replaced"
        case .notAFile: "is not a regular file"
        case .badName(let reason): "is not a usable name: \(reason)"
        case .system(let operation, let reason): "cannot \(operation): \(reason)"
        }
    }
}
