import Networks
import Tensors

/// How many of those that were called positive are: `keras.metrics.Precision`.
///
///     true positives / (true positives + false positives)
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct Precision: ThresholdMetric {
    public static let kerasName = "Precision"
    public static let functionName = "precision"

    public var name: String
    public let cut: Cut
    var counts: ThresholdCounts

    public init(name: String = Precision.functionName, cut: Cut = Cut()) {
        self.name = name
        self.cut = cut
        counts = cut.counts
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(name: try options.metricName(Self.functionName), cut: try Cut(from: &options))
    }

    public var ownOptions: Options { cut.options }

    public var isBetterWhenGreater: Bool { true }

    public var result: Double { counts.mean(\.precision) }
}
