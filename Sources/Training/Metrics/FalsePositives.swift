/// How many of the negative were called positive: `keras.metrics.FalsePositives`.
///
///     Σ w [t = 0 and y > threshold]
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct FalsePositives: OutcomeCount {
    public static let kerasName = "FalsePositives"
    public static let functionName = "false_positives"

    public var name: String
    public let cut: Cut
    var counts: ThresholdCounts

    public init(name: String = FalsePositives.functionName, cut: Cut = Cut()) {
        self.name = name
        self.cut = cut
        counts = cut.counts
    }

    public var isBetterWhenGreater: Bool { false }

    static func counted(_ outcomes: Outcomes) -> Double { outcomes.falsePositives }
}
