/// An image that cannot be decoded.
public enum ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Neither PNG nor JPEG, by its first bytes.
    case unknownFormat(name: String, found: String)
    /// The file is not what it says it is.
    case malformed(name: String, problem: String)

    /// Whose bytes they were.
    public var name: String {
        switch self {
        case .unknownFormat(let name, _), .malformed(let name, _): name
        }
    }

    /// What is wrong with them.
    public var problem: String {
        switch self {
        case .unknownFormat(_, let found):
            "expected a PNG or JPEG image, found \(found); save it as one of these"
        case .malformed(_, let problem): problem
        }
    }

    public var description: String { "\(name): \(problem)" }
}
