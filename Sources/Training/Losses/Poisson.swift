import Networks
import Tensors

/// The loss of counts: `keras.losses.Poisson`.
///
///     loss = mean(y − t log(y + 1e-7))
///
/// The mean is over the last axis.
public struct Poisson: ElementwiseLoss {
    public static let kerasName = "Poisson"
    public static let functionName = "poisson"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { y - t * logarithm(y + 1e-7) }

    func slope(_ t: Float, _ y: Float) -> Float { 1 - t / (y + 1e-7) }
}
