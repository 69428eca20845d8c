import Networks
import Tensors

/// The Kullback–Leibler divergence of two distributions: `keras.losses.KLDivergence`.
///
///     loss = Σ t log(t / y),  both clipped to [1e-7, 1]
public struct KLDivergence: Loss {
    public static let kerasName = "KLDivergence"
    public static let functionName = "kl_divergence"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) { settings = try LossSettings(from: &options) }

    public var ownOptions: Options { [:] }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in
            y.indices.reduce(0) { sum, k in
                let t = min(max(t[k], 1e-7), 1)
                return sum + t * logarithm(t / min(max(y[k], 1e-7), 1))
            }
        }
    }

    // MARK: dy = −t / y, zero where y was clipped

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        .outputs(
            eachRow(targets, prediction.outputs, weights, on: pool) { t, y, weight, gradient in
                for k in y.indices {
                    gradient[k] = (1e-7...1).contains(y[k]) ? -weight * min(max(t[k], 1e-7), 1) / y[k] : 0
                }
            })
    }
}
