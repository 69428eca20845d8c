import Networks
import Tensors

/// The best recall with which a precision is reached: `keras.metrics.RecallAtPrecision`.
///
///     max recall where precision ≥ bound, over evenly spaced thresholds
public struct RecallAtPrecision: BestAtBound {
    public static let kerasName = "RecallAtPrecision"
    public static let functionName = "recall_at_precision"
    static let boundName = "precision"

    public var name: String
    /// The precision to reach.
    public let bound: Double
    var counts: ThresholdCounts

    public init(
        name: String = RecallAtPrecision.functionName, bound: Double, thresholdCount: Int = 200, classID: Int? = nil
    ) {
        self.name = name
        self.bound = bound
        counts = Self.counts(thresholdCount, classID: classID)
    }

    static func bounded(_ outcomes: Outcomes) -> Double { outcomes.precision }
    static func best(_ outcomes: Outcomes) -> Double { outcomes.recall }
}
