import Networks
import Tensors

/// The best specificity with which a sensitivity is reached: `keras.metrics.SpecificityAtSensitivity`.
///
///     max specificity where recall ≥ bound, over evenly spaced thresholds
public struct SpecificityAtSensitivity: BestAtBound {
    public static let kerasName = "SpecificityAtSensitivity"
    public static let functionName = "specificity_at_sensitivity"
    static let boundName = "sensitivity"

    public var name: String
    /// The sensitivity to reach.
    public let bound: Double
    var counts: ThresholdCounts

    public init(
        name: String = SpecificityAtSensitivity.functionName, bound: Double, thresholdCount: Int = 200,
        classID: Int? = nil
    ) {
        self.name = name
        self.bound = bound
        counts = Self.counts(thresholdCount, classID: classID)
    }

    static func bounded(_ outcomes: Outcomes) -> Double { outcomes.recall }
    static func best(_ outcomes: Outcomes) -> Double { outcomes.specificity }
}
