import Networks
import Tensors

/// The squared hinge: `keras.losses.SquaredHinge`.
///
///     loss = mean(max(1 − t y, 0)²)
///
/// The mean is over the last axis. Targets of 0 and 1 are taken as −1 and 1.
public struct SquaredHinge: ElementwiseLoss {
    public static let kerasName = "SquaredHinge"
    public static let functionName = "squared_hinge"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { max(1 - t * y, 0) * max(1 - t * y, 0) }

    func slope(_ t: Float, _ y: Float) -> Float { -2 * t * max(1 - t * y, 0) }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        meanOfRows(asSigns(targets, on: pool), prediction.outputs, on: pool, value)
    }

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        .outputs(gradientOfRows(asSigns(targets, on: pool), prediction.outputs, weights, on: pool, slope))
    }
}
