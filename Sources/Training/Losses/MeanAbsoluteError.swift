import Networks
import Tensors

/// The mean of differences: `keras.losses.MeanAbsoluteError`.
///
///     loss = mean(|t − y|)
///
/// The mean is over the last axis.
public struct MeanAbsoluteError: ElementwiseLoss {
    public static let kerasName = "MeanAbsoluteError"
    public static let functionName = "mean_absolute_error"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { abs(t - y) }

    func slope(_ t: Float, _ y: Float) -> Float { sign(y - t) }
}
