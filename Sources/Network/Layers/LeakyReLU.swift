/// The rectifier with a slope below zero; Keras' `LeakyReLU`.
///
///     y = x                  where x > 0
///     y = negativeSlope · x  elsewhere
///
/// Input and output have the same shape. Keras 2 calls the option `alpha`.
public struct LeakyReLU: ActivationApplying {
    public static let kerasName = "LeakyReLU"

    public var negativeSlope: Double

    public init(negativeSlope: Double = 0.3) { self.negativeSlope = negativeSlope }

    public init(from options: inout OptionReader) throws(OptionError) {
        let older = try options.double("alpha", default: 0.3)
        negativeSlope = try options.double("negative_slope", default: older)
    }

    public var options: Options { ["negative_slope": .double(negativeSlope)] }

    public var activation: Activation { .leakyReLU(slope: negativeSlope) }
}
