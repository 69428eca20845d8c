/// The exponential linear unit; Keras' `ELU`.
///
///     y = x               where x > 0
///     y = alpha (eˣ − 1)  elsewhere
///
/// Input and output have the same shape.
public struct ELU: ActivationApplying {
    public static let kerasName = "ELU"

    public var alpha: Double

    public init(alpha: Double = 1) { self.alpha = alpha }

    public init(from options: inout OptionReader) throws(OptionError) {
        alpha = try options.double("alpha", default: 1)
    }

    public var options: Options { ["alpha": .double(alpha)] }

    public var activation: Activation { .elu(alpha: alpha) }
}
