import Networks
import Tensors

/// How many of the positive were found: `keras.metrics.Recall`.
///
///     true positives / (true positives + false negatives)
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
public struct Recall: ThresholdMetric {
    public static let kerasName = "Recall"
    public static let functionName = "recall"

    public var name: String
    public let cut: Cut
    var counts: ThresholdCounts

    public init(name: String = Recall.functionName, cut: Cut = Cut()) {
        self.name = name
        self.cut = cut
        counts = cut.counts
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(name: try options.metricName(Self.functionName), cut: try Cut(from: &options))
    }

    public var ownOptions: Options { cut.options }

    public var isBetterWhenGreater: Bool { true }

    public var result: Double { counts.mean(\.recall) }
}
