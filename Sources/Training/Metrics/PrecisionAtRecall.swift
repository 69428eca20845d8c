import Networks
import Tensors

/// The best precision with which a recall is reached: `keras.metrics.PrecisionAtRecall`.
///
///     max precision where recall ≥ bound, over evenly spaced thresholds
public struct PrecisionAtRecall: BestAtBound {
    public static let kerasName = "PrecisionAtRecall"
    public static let functionName = "precision_at_recall"
    static let boundName = "recall"

    public var name: String
    /// The recall to reach.
    public let bound: Double
    var counts: ThresholdCounts

    public init(
        name: String = PrecisionAtRecall.functionName, bound: Double, thresholdCount: Int = 200, classID: Int? = nil
    ) {
        self.name = name
        self.bound = bound
        counts = Self.counts(thresholdCount, classID: classID)
    }

    static func bounded(_ outcomes: Outcomes) -> Double { outcomes.recall }
    static func best(_ outcomes: Outcomes) -> Double { outcomes.precision }
}
