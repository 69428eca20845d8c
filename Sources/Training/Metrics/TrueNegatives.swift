import Networks
import Tensors

/// How many of the negative were called negative: `keras.metrics.TrueNegatives`.
///
///     Σ w [t = 0 and y ≤ threshold]
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct TrueNegatives: ThresholdMetric {
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

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(name: try options.metricName(Self.functionName), cut: try Cut(thresholdsFrom: &options))
    }

    public var ownOptions: Options { ["thresholds": cut.thresholdOption] }

    public var isBetterWhenGreater: Bool { true }

    public var result: Double { counts.mean(\.trueNegatives) }
}
