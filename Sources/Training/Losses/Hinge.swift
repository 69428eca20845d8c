import Networks
import Tensors

/// The hinge: `keras.losses.Hinge`.
///
///     loss = mean(max(1 − t y, 0))
///
/// The mean is over the last axis. Targets of 0 and 1 are taken as −1 and 1.
public struct Hinge: ElementwiseLoss {
    public static let kerasName = "Hinge"
    public static let functionName = "hinge"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
    }

    public var ownOptions: Options { [:] }

    func value(_ t: Float, _ y: Float) -> Float { max(1 - t * y, 0) }

    func slope(_ t: Float, _ y: Float) -> Float { t * y < 1 ? -t : 0 }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        meanOfRows(asSigns(targets, on: pool), prediction.outputs, on: pool, value)
    }

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        .outputs(gradientOfRows(asSigns(targets, on: pool), prediction.outputs, weights, on: pool, slope))
    }
}

/// Targets of −1 and 1; where all are 0 or 1, they are turned into those.
func asSigns(_ targets: Tensor, on pool: WorkerPool) -> Tensor {
    let areBits = targets.withElements { $0.allSatisfy { $0 == 0 || $0 == 1 } }
    return areBits ? mapped(targets, on: pool) { 2 * $0 - 1 } : targets
}
