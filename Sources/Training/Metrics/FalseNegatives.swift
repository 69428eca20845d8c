/// How many of the positive were called negative: `keras.metrics.FalseNegatives`.
///
///     Σ w [t ≠ 0 and y ≤ threshold]
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct FalseNegatives: OutcomeCount {
    public static let kerasName = "FalseNegatives"
    public static let functionName = "false_negatives"

    public var name: String
    public let cut: Cut
    var counts: ThresholdCounts

    public init(name: String = FalseNegatives.functionName, cut: Cut = Cut()) {
        self.name = name
        self.cut = cut
        counts = cut.counts
    }

    public var isBetterWhenGreater: Bool { false }

    static func counted(_ outcomes: Outcomes) -> Double { outcomes.falseNegatives }
}
