/// What a network makes of one digit.
public struct Recognition: Hashable, Sendable {
    /// How probable each of 0 … 9 is; together 1.
    public let probabilities: [Float]
    /// Why the answer is not to be relied on; `nil` where it is.
    public let doubt: Doubt?
    public let preparation: InkPreparation
    /// Where the digit lies on the ink that was read.
    public let box: PixelRect

    /// Why an answer is "not sure".
    public enum Doubt: String, Hashable, Sendable, CaseIterable {
        /// There is nothing to read.
        case noInk = "no_ink"
        /// So little that it may be a speck.
        case hardlyAnyInk = "hardly_any_ink"
        /// Two digits are nearly as probable.
        case thinMargin = "thin_margin"
        /// Nothing is like a digit here.
        case noDigit = "no_digit"

        /// The doubt in words.
        public var sentence: String {
            switch self {
            case .noInk: "there is no ink"
            case .hardlyAnyInk: "there is hardly any ink"
            case .thinMargin: "two digits are about as likely"
            case .noDigit: "this does not look like a digit"
            }
        }
    }

    /// - Precondition: ten probabilities.
    public init(probabilities: [Float], doubt: Doubt?, preparation: InkPreparation, box: PixelRect) {
        precondition(probabilities.count == 10, "there are ten digits, not \(probabilities.count)")
        self.probabilities = probabilities
        self.doubt = doubt
        self.preparation = preparation
        self.box = box
    }

    /// The digits, the most probable first.
    public var ranking: [Int] {
        (0..<10).sorted { probabilities[$0] > probabilities[$1] || probabilities[$0] == probabilities[$1] && $0 < $1 }
    }

    /// The most probable digit.
    public var digit: Int { ranking[0] }
    /// Its probability.
    public var confidence: Float { probabilities[digit] }
    /// The second most probable digit.
    public var runnerUp: (digit: Int, probability: Float) { (ranking[1], probabilities[ranking[1]]) }
    /// How far the first is before the second.
    public var margin: Float { confidence - runnerUp.probability }
}
