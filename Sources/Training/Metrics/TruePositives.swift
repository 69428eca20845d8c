/// How many of the positive were called positive: `keras.metrics.TruePositives`.
///
///     Σ w [t ≠ 0 and y > threshold]
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct TruePositives: OutcomeCount {
    public static let kerasName = "TruePositives"
    public static let functionName = "true_positives"

    public var name: String
    public let cut: Cut
    var counts: ThresholdCounts

    public init(name: String = TruePositives.functionName, cut: Cut = Cut()) {
        self.name = name
        self.cut = cut
        counts = cut.counts
    }

    public var isBetterWhenGreater: Bool { true }

    static func counted(_ outcomes: Outcomes) -> Double { outcomes.truePositives }
}
