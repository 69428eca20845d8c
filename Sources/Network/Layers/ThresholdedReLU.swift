/// `x` above a threshold, 0 elsewhere: `y = x if x > θ else 0`; Keras 2's `ThresholdedReLU`.
///
/// Input and output have the same shape.
public struct ThresholdedReLU: ActivationApplying {
    public static let kerasName = "ThresholdedReLU"

    /// θ, below which and at which the output is 0.
    public var theta: Double

    public init(theta: Double = 1) { self.theta = theta }

    public init(from options: inout OptionReader) throws(OptionError) {
        theta = try options.optional("theta", "a number ≥ 0") { $0.double.flatMap { $0 >= 0 ? $0 : nil } } ?? 1
    }

    public var options: Options { ["theta": .double(theta)] }

    public var activation: Activation { .threshold(theta, value: 0) }
}
