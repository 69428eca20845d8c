import Networks
import Tensors

/// The cross-entropy with less weight on what is already right (Lin et al., 2018):
/// `keras.losses.CategoricalFocalCrossentropy`.
///
///     loss = −Σ α (1 − p)^γ t log p,  p = y / Σ y clipped to [ε, 1 − ε], ε = 1e-7
///
/// From logits y is their softmax first. Unlike the other cross-entropies it never looks behind a softmax layer.
public struct CategoricalFocalCrossentropy: Loss {
    public static let kerasName = "CategoricalFocalCrossentropy"
    public static let functionName = "categorical_focal_crossentropy"

    public var settings = LossSettings()
    public var alpha = 0.25
    public var gamma = 2.0
    public var fromLogits = false
    public var labelSmoothing = 0.0

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        alpha = try options.double("alpha", default: 0.25)
        gamma = try options.double("gamma", default: 2)
        fromLogits = try options.bool("from_logits", default: false)
        labelSmoothing = try options.fraction("label_smoothing", default: 0)
        try options.lastAxis()
    }

    public var ownOptions: Options {
        [
            "from_logits": .bool(fromLogits), "label_smoothing": .double(labelSmoothing), "axis": -1,
            "alpha": .double(alpha), "gamma": .double(gamma),
        ]
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let (alpha, gamma, smoothing) = (Float(alpha), Float(gamma), Float(labelSmoothing))
        let y = fromLogits ? softmax(prediction.outputs, on: pool) : prediction.outputs
        return eachRow(targets, y, on: pool) { t, y in
            let sum = y.reduce(0, +)
            return -y.indices.reduce(0) { total, k in
                let p = clip(y[k] / sum)
                let t = t[k] * (1 - smoothing) + smoothing / Float(y.count)
                return total + alpha * power(1 - p, gamma) * t * logarithm(p)
            }
        }
    }

    // MARK: dp = α t (γ (1 − p)^(γ−1) log p − (1 − p)^γ / p), zero where p was clipped;  dy = (dp − Σ dp p) / Σ y

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let (alpha, gamma, smoothing) = (Float(alpha), Float(gamma), Float(labelSmoothing))
        let y = fromLogits ? softmax(prediction.outputs, on: pool) : prediction.outputs
        let gradient = eachRow(targets, y, weights, on: pool) { t, y, weight, gradient in
            let sum = y.reduce(0, +)
            var mean: Float = 0
            for k in y.indices {
                let p = y[k] / sum
                let t = t[k] * (1 - smoothing) + smoothing / Float(y.count)
                let isFree = (crossentropyEpsilon...1 - crossentropyEpsilon).contains(p)
                let slope = gamma * power(1 - p, gamma - 1) * logarithm(p) - power(1 - p, gamma) / p
                gradient[k] = isFree ? alpha * t * slope : 0
                mean += gradient[k] * p
            }
            for k in y.indices { gradient[k] = weight * (gradient[k] - mean) / sum }
        }
        return .outputs(fromLogits ? softmaxGradient(gradient, y, on: pool) : gradient)
    }
}
