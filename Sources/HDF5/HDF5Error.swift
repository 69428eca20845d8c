/// Where in a file something is: the file, the object in it, and the attribute of that object.
public struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The file's path, or the name given to bytes in memory.
    public var file: String
    /// The object's path from the root, "/" for the root itself.
    public var object: String?
    public var attribute: String?

    public init(file: String, object: String? = nil, attribute: String? = nil) {
        self.file = file
        self.object = object
        self.attribute = attribute
    }

    public var description: String {
        let object = self.object.map { ":\($0)" } ?? ""
        return file + object + (attribute.map { "@\($0)" } ?? "")
    }
}

/// What went wrong, and where.
///
/// The description is one sentence for people.
public struct HDF5Error: Error, Hashable, Sendable, CustomStringConvertible {
    /// The facts of a failure.
    public enum Problem: Hashable, Sendable {
        /// libhdf5 refused; the reason is both ends of its error stack.
        case library(operation: String, reason: String)
        /// The operating system refused.
        case system(operation: String, reason: String)
        /// The bytes are not an HDF5 file.
        case notHDF5
        /// The file must not be replaced, but is there.
        case fileExists
        /// Only regular files can be read or replaced.
        case notAFile
        /// No such object or attribute; `present` names what is there.
        case missing(kind: String, present: [String])
        /// There is already something of that name.
        case exists
        /// Another kind of object than expected.
        case wrongKind(expected: String, found: String)
        /// A link that is not a hard link.
        case refusedLink(kind: String)
        /// Data that are stored in a way we refuse: virtual, external, unknown filters.
        case refusedStorage(String)
        /// The values have a type that cannot be read or written as asked.
        case wrongType(expected: String, found: String)
        case wrongShape(expected: String, found: String)
        /// A path that names no object.
        case badName(String)
        case notText
        /// More than the limit of that name allows.
        case limit(name: String, limit: Int, found: String)
        /// An attribute with more bytes than fit the header of its object.
        case attributeTooLarge(bytes: Int)
        /// Inconsistent structure, found by our own check.
        case damaged(String)
    }

    public var place: Place
    public var problem: Problem

    public init(_ place: Place, _ problem: Problem) {
        self.place = place
        self.problem = problem
    }

    public var description: String { "\(place) — \(problem)" }
}

extension HDF5Error.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .library(let operation, let reason): "cannot \(operation): \(reason)"
        case .system(let operation, let reason): "cannot \(operation): \(reason)"
        case .notHDF5: "is not an HDF5 file: its signature was not found"
        case .fileExists: "exists already and would be replaced; ask for replacing it, or choose another name"
        case .notAFile: "is not a regular file"
        case .missing(let kind, let present): "there is no such \(kind); \(list(present))"
        case .exists: "exists already"
        case .wrongKind(let expected, let found): "expected a \(expected), found a \(found)"
        case .refusedLink(let kind): "is \(kind), which is never followed; only hard links are"
        case .refusedStorage(let what): "\(what), which is refused"
        case .wrongType(let expected, let found): "expected \(expected), found \(found)"
        case .wrongShape(let expected, let found): "expected \(expected), found \(found)"
        case .badName(let reason): "is not a usable name: \(reason)"
        case .notText: "the text is not valid UTF-8"
        case .limit(let name, let limit, let found): "\(found) exceeds the limit \(name) = \(limit)"
        case .attributeTooLarge(let bytes):
            "\(bytes) bytes exceeds the limit of an attribute's 64 KiB; split it, or store strings of variable length"
        case .damaged(let what): "the file is damaged: \(what)"
        }
    }

    private func list(_ names: [String]) -> String {
        if names.isEmpty { return "there are none" }
        let shown = names.prefix(8).joined(separator: ", ")
        return "present: \(shown)" + (names.count > 8 ? ", … (\(names.count) in all)" : "")
    }
}
