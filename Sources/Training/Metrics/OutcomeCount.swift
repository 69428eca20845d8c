import Networks

/// A metric that is the weight of all outputs with one of the four outcomes.
///
/// The result for several thresholds is the mean over them, which is what Keras' progress bar shows.
protocol OutcomeCount: ThresholdMetric {
    var cut: Cut { get }

    init(name: String, cut: Cut)

    /// The outcome that is counted.
    static func counted(_ outcomes: Outcomes) -> Double
}

extension OutcomeCount {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(name: try options.metricName(Self.functionName), cut: try Cut(thresholdsFrom: &options))
    }

    public var ownOptions: Options { ["thresholds": cut.thresholdOption] }

    public var result: Double { counts.mean(Self.counted) }
}
