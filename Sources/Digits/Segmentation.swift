/// Finds the digits in ink that holds several.
public enum Segmentation {
    /// The boxes of the digits, line by line from left to right, without a network to judge cuts.
    ///
    /// - Throws: ``ReadingError`` where they are more than the budget has.
    public static func boxes(in ink: Ink, budget: ReadingBudget = ReadingBudget()) throws -> [PixelRect] {
        try pieces(in: ink, budget).map(\.box)
    }

    /// One digit's ink, and where it lies.
    struct Piece: Sendable {
        var box: PixelRect
        var ink: Ink
    }

    /// Pieces that may each be one digit, or several that touch.
    static func pieces(in ink: Ink, _ budget: ReadingBudget) throws -> [Piece] {
        let components = Components(ink, above: threshold)
        try budget.goOn()
        let groups = try TextLines(components, most: budget.groups).lines.flatMap(\.self)
        try check(groups.map(\.box), budget)
        var owners = [Int32](repeating: -1, count: components.pieces.count)
        for (number, group) in groups.enumerated() {
            for member in group.members { owners[member] = Int32(number) }
        }
        return try groups.enumerated().map { number, group in
            try budget.goOn()
            return Piece(group, Int32(number), owners, components, ink)
        }
    }

    static func check(_ pieces: [Piece], _ budget: ReadingBudget) throws(ReadingError) {
        try check(pieces.map(\.box), budget)
    }

    private static func check(_ boxes: [PixelRect], _ budget: ReadingBudget) throws(ReadingError) {
        guard boxes.count <= budget.digits else {
            throw .tooManyDigits(found: boxes.count, limit: budget.digits)
        }
        let points = boxes.reduce(0) { $0 + $1.width * $1.height }
        guard points <= budget.points else { throw .tooMuchOverlap(points: points, limit: budget.points) }
    }

    /// What counts as ink when it is asked what hangs together.
    static let threshold: Float = 0.3
}

extension Segmentation.Piece {
    /// The ink of some components, with the lighter edges around them, and nothing of the others.
    ///
    /// - Parameter owners: for each component the number of its group.
    fileprivate init(
        _ group: TextLines.Group, _ number: Int32, _ owners: [Int32], _ components: Components, _ ink: Ink
    ) {
        var box = group.box
        box = PixelRect(x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2)
        var values = [Float](repeating: 0, count: box.width * box.height)
        for y in max(0, box.y)..<min(ink.height, box.bottom) {
            for x in max(0, box.x)..<min(ink.width, box.right) {
                let label = components.labels[y * ink.width + x]
                guard label < 0 || owners[Int(label)] == number else { continue }
                values[(y - box.y) * box.width + x - box.x] = ink[x, y]
            }
        }
        self.ink = Ink(width: box.width, height: box.height, clamped: values)
        self.box = group.box
    }
}
