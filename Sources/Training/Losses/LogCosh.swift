import Networks
import Tensors

/// The logarithm of the hyperbolic cosine of the difference: `keras.losses.LogCosh`.
///
///     loss = mean(d + softplus(−2 d) − log 2),  d = y − t
///
/// The mean is over the last axis.
public struct LogCosh: ElementwiseLoss {
    public static let kerasName = "LogCosh"
    public static let functionName = "log_cosh"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { (y - t) + softplus(-2 * (y - t)) - logarithm(2) }

    func slope(_ t: Float, _ y: Float) -> Float { 1 - 2 * sigmoid(-2 * (y - t)) }
}
