import Networks
import Tensors

/// The mean of squared differences of logarithms: `keras.losses.MeanSquaredLogarithmicError`.
///
///     loss = mean((log(1 + max(t, 1e-7)) − log(1 + max(y, 1e-7)))²)
///
/// The mean is over the last axis.
public struct MeanSquaredLogarithmicError: ElementwiseLoss {
    public static let kerasName = "MeanSquaredLogarithmicError"
    public static let functionName = "mean_squared_logarithmic_error"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { difference(t, y) * difference(t, y) }

    func slope(_ t: Float, _ y: Float) -> Float { y < 1e-7 ? 0 : 2 * difference(t, y) / (y + 1) }

    /// The difference `log(1 + y) − log(1 + t)`.
    private func difference(_ t: Float, _ y: Float) -> Float {
        logarithm(max(y, 1e-7) + 1) - logarithm(max(t, 1e-7) + 1)
    }
}
