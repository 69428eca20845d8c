/// How much work a picture may become, and whether anybody still waits for the answer.
public struct ReadingBudget: Sendable {
    /// The most digits that are read in one picture.
    public var digits: Int
    /// How often a network looks at parts of touching digits before the rest of them is left whole.
    public var looks: Int
    /// Asked between the steps of the work; throws where it is to end.
    public var goOn: @Sendable () throws -> Void

    public init(digits: Int = 100, looks: Int = 4096, goOn: @escaping @Sendable () throws -> Void = {}) {
        (self.digits, self.looks, self.goOn) = (digits, looks, goOn)
    }

    /// Pieces of ink that may be parts of these digits, the dots and bars of broken pens included.
    var groups: Int { 8 * digits }
    /// The points of all digits' boxes together, which strokes across the whole picture multiply.
    var points: Int { 16 << 20 }
}

/// Ink that is too much for a ``ReadingBudget``.
public enum ReadingError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooManyPieces(found: Int, limit: Int)
    case tooManyDigits(found: Int, limit: Int)
    case tooMuchOverlap(points: Int, limit: Int)
    case tooManyRows(limit: Int)

    public var description: String {
        switch self {
        case .tooManyPieces(let found, let limit):
            "the ink falls into \(found) pieces, more than the limit of \(limit); show a part of it"
        case .tooManyDigits(let found, let limit):
            "the ink looks like \(found) digits, more than the limit of \(limit); show a part of it"
        case .tooMuchOverlap(let points, let limit):
            "the pieces of ink reach over each other, \(points) points in all, more than the limit of \(limit); "
                + "show a part of it"
        case .tooManyRows(let limit): "a sheet of steps has room for \(limit) digits; give fewer pictures"
        }
    }
}
