import Tensors

/// What became of each tensor while a file was read.
public struct Ledger: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Taken as it stands.
        case matched
        /// The model has it, the file has not.
        case missing
        /// The file has it, the model has not.
        case extra
        /// The file has it in another shape, and it was left out.
        case mismatched
        /// Its elements were put under another shape, as an older Keras stored them.
        case reshaped
        /// Its elements were moved or joined, as an older Keras stored them.
        case converted
    }

    public struct Entry: Hashable, Sendable, CustomStringConvertible {
        public var outcome: Outcome
        /// The layer's name in the model, or the group's name for what no layer has.
        public var layer: String
        /// The weight's name in its layer.
        public var weight: String
        /// The dataset's path in the file.
        public var path: String?
        public var expected: Shape?
        public var found: Shape?
        /// The type of the values in the file: `float32`.
        public var storedAs: String?
        /// What was done, for `reshaped` and `converted`.
        public var note: String?

        /// The weight and what became of it: `dense/kernel: missing, keeps initial values`.
        public var description: String {
            let name = layer.isEmpty ? weight : "\(layer)/\(weight)"
            let place = path.map { " (\($0))" } ?? ""
            let shape = { (shape: Shape?) in shape.map { " of shape \($0)" } ?? "" }
            return switch outcome {
            case .matched: "\(name): matched\(place)"
            case .missing: "\(name)\(shape(expected)): missing, keeps initial values"
            case .extra: "\(path ?? name)\(shape(found)): extra, left out"
            case .mismatched:
                "\(name)\(shape(expected)): found\(shape(found))\(place), keeps initial values"
            case .reshaped, .converted: "\(name): \(outcome.rawValue)\(note.map { ", \($0)" } ?? "")\(place)"
            }
        }
    }

    public var entries: [Entry] = []

    public init() {}

    public func count(_ outcome: Outcome) -> Int { entries.count { $0.outcome == outcome } }

    /// Whether every weight of the model came from the file, and nothing was left over.
    public var isComplete: Bool { entries.allSatisfy { [.matched, .reshaped, .converted].contains($0.outcome) } }
}
