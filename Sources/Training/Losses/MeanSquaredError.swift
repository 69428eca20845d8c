import Networks
import Tensors

/// The mean of squared differences: `keras.losses.MeanSquaredError`.
///
///     loss = mean((t − y)²)
///
/// The mean is over the last axis.
public struct MeanSquaredError: ElementwiseLoss {
    public static let kerasName = "MeanSquaredError"
    public static let functionName = "mean_squared_error"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { (t - y) * (t - y) }

    func slope(_ t: Float, _ y: Float) -> Float { 2 * (y - t) }
}
