import Networks
import Tensors

/// The cosine of the angle between target and output, with the sign turned: `keras.losses.CosineSimilarity`.
///
///     loss = −Σ t̂ ŷ,  x̂ = x / √max(Σ x², 1e-12)
public struct CosineSimilarity: Loss {
    public static let kerasName = "CosineSimilarity"
    public static let functionName = "cosine_similarity"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        try options.lastAxis()
    }

    public var ownOptions: Options { [:] }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in
            -y.indices.reduce(0) { $0 + t[$1] * y[$1] } * inverseNorm(t) * inverseNorm(y)
        }
    }

    // MARK: dy = −(t̂ − ŷ Σ t̂ ŷ) / ‖y‖

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        .outputs(
            eachRow(targets, prediction.outputs, weights, on: pool) { t, y, weight, gradient in
                let (a, b) = (inverseNorm(t), inverseNorm(y))
                let cosine = y.indices.reduce(0) { $0 + t[$1] * y[$1] } * a * b
                for k in y.indices { gradient[k] = -weight * (t[k] * a - y[k] * b * cosine) * b }
            })
    }

    private func inverseNorm(_ x: Row) -> Float { 1 / max(x.reduce(0) { $0 + $1 * $1 }, 1e-12).squareRoot() }
}
