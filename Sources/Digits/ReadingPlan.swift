/// The digits that ink may hold, found before a network looks at any of them.
public struct ReadingPlan: Sendable {
    let words: [Cutting]
    let centring: Centring

    /// How often a network has to look to read them.
    public var looks: Int { words.reduce(0) { $0 + $1.looks } }
}

extension Recognizer {
    /// Finds what there is to read, line by line from left to right.
    ///
    /// - Throws: ``ReadingError`` where that is more than the budget has; what its ``ReadingBudget/goOn`` throws.
    public func plan(
        _ ink: Ink, centring: Centring = .centreOfMass, budget: ReadingBudget = ReadingBudget()
    ) throws -> ReadingPlan {
        var left = budget.looks
        let words = try Segmentation.pieces(in: ink, budget).map { piece in
            try budget.goOn()
            let word = Cutting(piece, mostLooks: left)
            left -= word.looks
            return word
        }
        return ReadingPlan(words: words, centring: centring)
    }

    /// Reads what was found.
    ///
    /// - Throws: what running the model throws; ``ReadingError``; what the budget's ``ReadingBudget/goOn`` throws.
    public func read(_ plan: ReadingPlan, budget: ReadingBudget = ReadingBudget()) throws -> [Recognition] {
        var pieces: [Segmentation.Piece] = []
        for word in plan.words {
            try budget.goOn()
            pieces += try word.pieces(self, budget)
            try Segmentation.check(pieces, budget)
        }
        let preparations = pieces.map { InkPreparation($0.ink, centring: plan.centring) }
        return try recognitions(preparations, boxes: pieces.map(\.box), budget)
    }

    /// Reads all digits there are, line by line from left to right.
    ///
    /// Without any ink the answer is empty.
    ///
    /// - Throws: as ``plan(_:centring:budget:)`` and ``read(_:budget:)``.
    public func recognizeAll(
        _ ink: Ink, centring: Centring = .centreOfMass, budget: ReadingBudget = ReadingBudget()
    ) throws -> [Recognition] {
        try read(plan(ink, centring: centring, budget: budget), budget: budget)
    }
}
