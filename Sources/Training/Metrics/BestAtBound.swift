import Networks
import Tensors

/// A metric that is the best one rate can be while another is not below a bound.
///
///     max over thresholds of best, where bounded ≥ bound; 0 where it never is
///
/// The thresholds divide the way from 0 to 1 evenly; a single one is 0.5.
protocol BestAtBound: ThresholdMetric {
    /// Keras' name of the option that holds the bound.
    static var boundName: String { get }

    /// The rate that must not be below the bound.
    static func bounded(_ outcomes: Outcomes) -> Double

    /// The rate that is to be great.
    static func best(_ outcomes: Outcomes) -> Double

    var bound: Double { get }

    init(name: String, bound: Double, thresholdCount: Int, classID: Int?)
}

extension BestAtBound {
    public init(from options: inout OptionReader) throws(OptionError) {
        let bound = try options.required(Self.boundName, "a number from 0 to 1") { value in
            value.double.flatMap { (0...1).contains($0) ? $0 : nil }
        }
        self.init(
            name: try options.metricName(Self.functionName), bound: bound,
            thresholdCount: try options.thresholdCount(from: 1), classID: try options.classID())
    }

    public var ownOptions: Options {
        [
            "class_id": counts.classID.map { .int($0) } ?? nil, "num_thresholds": .int(counts.thresholds.count),
            Self.boundName: .double(bound),
        ]
    }

    public var isBetterWhenGreater: Bool { true }

    public var result: Double {
        // Compared in float32 as in Keras: a rate that is the bound must not miss it by a rounding.
        counts.outcomes().filter { Float(Self.bounded($0)) >= Float(bound) }.map(Self.best).max() ?? 0
    }

    /// Where the outcomes are counted.
    static func counts(_ thresholdCount: Int, classID: Int?) -> ThresholdCounts {
        let isEven = thresholdCount > 1
        let thresholds = (0..<thresholdCount).map { isEven ? Double($0) / Double(thresholdCount - 1) : 0.5 }
        var counts = ThresholdCounts(thresholds, isEven: isEven)
        counts.classID = classID
        return counts
    }
}

extension OptionReader {
    /// The option `num_thresholds`.
    mutating func thresholdCount(from least: Int) throws(OptionError) -> Int {
        try optional("num_thresholds", "a whole number from \(least) to 100000") { value in
            value.int.flatMap { (least...100_000).contains($0) ? $0 : nil }
        } ?? 200
    }
}
