import Networks
import Tensors

/// The mean of differences in percent of the target: `keras.losses.MeanAbsolutePercentageError`.
///
///     loss = 100 · mean(|t − y| / max(|t|, 1e-7))
///
/// The mean is over the last axis.
public struct MeanAbsolutePercentageError: ElementwiseLoss {
    public static let kerasName = "MeanAbsolutePercentageError"
    public static let functionName = "mean_absolute_percentage_error"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { 100 * abs((t - y) / max(abs(t), 1e-7)) }

    func slope(_ t: Float, _ y: Float) -> Float { 100 * sign(y - t) / max(abs(t), 1e-7) }
}
