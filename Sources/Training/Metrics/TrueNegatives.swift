/// How many of the negative were called negative: `keras.metrics.TrueNegatives`.
///
///     Σ w [t = 0 and y ≤ threshold]
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct TrueNegatives: OutcomeCount {
    public static let kerasName = "TrueNegatives"
    public static let functionName = "true_negatives"

    public var name: String
    public let cut: Cut
    var counts: ThresholdCounts

    public init(name: String = TrueNegatives.functionName, cut: Cut = Cut()) {
        self.name = name
        self.cut = cut
        counts = cut.counts
    }

    public var isBetterWhenGreater: Bool { true }

    static func counted(_ outcomes: Outcomes) -> Double { outcomes.trueNegatives }
}
