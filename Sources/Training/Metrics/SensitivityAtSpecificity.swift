import Networks
import Tensors

/// The best sensitivity with which a specificity is reached: `keras.metrics.SensitivityAtSpecificity`.
///
///     max recall where specificity ≥ bound, over evenly spaced thresholds
public struct SensitivityAtSpecificity: BestAtBound {
    public static let kerasName = "SensitivityAtSpecificity"
    public static let functionName = "sensitivity_at_specificity"
    static let boundName = "specificity"

    public var name: String
    /// The specificity to reach.
    public let bound: Double
    var counts: ThresholdCounts

    public init(
        name: String = SensitivityAtSpecificity.functionName, bound: Double, thresholdCount: Int = 200,
        classID: Int? = nil
    ) {
        self.name = name
        self.bound = bound
        counts = Self.counts(thresholdCount, classID: classID)
    }

    static func bounded(_ outcomes: Outcomes) -> Double { outcomes.specificity }
    static func best(_ outcomes: Outcomes) -> Double { outcomes.recall }
}
