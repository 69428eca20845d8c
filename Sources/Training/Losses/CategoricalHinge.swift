import Networks
import Tensors

/// The hinge between the right class and the best wrong one: `keras.losses.CategoricalHinge`.
///
///     loss = max(1 + max((1 − t) y) − Σ t y, 0)
public struct CategoricalHinge: Loss {
    public static let kerasName = "CategoricalHinge"
    public static let functionName = "categorical_hinge"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) { settings = try LossSettings(from: &options) }

    public var ownOptions: Options { [:] }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in max(margin(t, y).value, 0) }
    }

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        .outputs(
            eachRow(targets, prediction.outputs, weights, on: pool) { t, y, weight, gradient in
                let (value, count, worst) = margin(t, y)
                for k in y.indices {
                    // Wrong classes that are equally good share the gradient, as in TensorFlow.
                    let rival = (1 - t[k]) * y[k] == worst ? (1 - t[k]) / Float(count) : 0
                    gradient[k] = value > 0 ? weight * (rival - t[k]) : 0
                }
            })
    }

    /// The margin, the best of the wrong classes, and how many are as good.
    private func margin(_ t: Row, _ y: Row) -> (value: Float, count: Int, worst: Float) {
        var (right, worst, count): (Float, Float, Int) = (0, -.infinity, 0)
        for k in y.indices {
            right += t[k] * y[k]
            let wrong = (1 - t[k]) * y[k]
            if wrong > worst { (worst, count) = (wrong, 0) }
            if wrong == worst { count += 1 }
        }
        return (1 + worst - right, count, worst)
    }
}
