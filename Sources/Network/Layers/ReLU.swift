/// The rectifier with its options; Keras' `ReLU`.
///
///     y = maxValue                       where x ≥ maxValue
///     y = x                              where threshold < x < maxValue
///     y = negativeSlope · (x − threshold)  elsewhere
///
/// Input and output have the same shape.
public struct ReLU: ActivationApplying {
    public static let kerasName = "ReLU"

    public var maxValue: Double?
    public var negativeSlope: Double
    public var threshold: Double

    public init(maxValue: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0) {
        self.maxValue = maxValue
        self.negativeSlope = negativeSlope
        self.threshold = threshold
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let notNegative: (OptionValue) -> Double? = { value in value.double.flatMap { $0 >= 0 ? $0 : nil } }
        maxValue = try options.optional("max_value", "null or a number ≥ 0", notNegative)
        negativeSlope = try options.optional("negative_slope", "a number ≥ 0", notNegative) ?? 0
        threshold = try options.optional("threshold", "a number ≥ 0", notNegative) ?? 0
    }

    public var options: Options {
        [
            "max_value": maxValue.map { .double($0) } ?? .null, "negative_slope": .double(negativeSlope),
            "threshold": .double(threshold),
        ]
    }

    /// The function, by its simplest name.
    public var activation: Activation {
        switch (maxValue, negativeSlope, threshold) {
        case (nil, 0, 0): .relu
        case (6, 0, 0): .relu6
        default: .rectifier(maximum: maxValue, slope: negativeSlope, threshold: threshold)
        }
    }
}
