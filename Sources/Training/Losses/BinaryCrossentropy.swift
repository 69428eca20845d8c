import Networks
import Tensors

/// The cross-entropy of independent yes-or-no questions: `keras.losses.BinaryCrossentropy`.
///
///     loss = mean(−t log p − (1 − t) log(1 − p)),  p = y clipped to [ε, 1 − ε], ε = 1e-7;  p = sigmoid(y) from logits
///
/// The mean is over the last axis. With `labelSmoothing` s the targets are `t (1 − s) + s / 2`.
public struct BinaryCrossentropy: Loss {
    public static let kerasName = "BinaryCrossentropy"
    public static let functionName = "binary_crossentropy"

    public var settings = LossSettings()
    public var fromLogits: Bool
    public var labelSmoothing: Double

    public init(fromLogits: Bool = false, labelSmoothing: Double = 0) {
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        fromLogits = try options.bool("from_logits", default: false)
        labelSmoothing = try options.fraction("label_smoothing", default: 0)
        try options.lastAxis()
    }

    public var ownOptions: Options {
        ["from_logits": .bool(fromLogits), "label_smoothing": .double(labelSmoothing), "axis": -1]
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let targets = smooth(targets, on: pool)
        if let logits = prediction.logits ?? (fromLogits ? prediction.outputs : nil) {
            return meanOfRows(targets, logits, on: pool) { t, x in
                max(x, 0) - x * t + logarithm1p(exponential(-abs(x)))
            }
        }
        return meanOfRows(targets, prediction.outputs, on: pool, binaryCrossentropy)
    }

    // MARK: dx = sigmoid(x) − t;  dy = (p − t) / (p (1 − p)), zero where y was clipped

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let targets = smooth(targets, on: pool)
        if let logits = prediction.logits ?? (fromLogits ? prediction.outputs : nil) {
            let gradient = gradientOfRows(targets, logits, weights, on: pool) { t, x in sigmoid(x) - t }
            return prediction.logits == nil ? .outputs(gradient) : .logits(gradient)
        }
        return .outputs(gradientOfRows(targets, prediction.outputs, weights, on: pool, binaryCrossentropySlope))
    }

    private func smooth(_ targets: Tensor, on pool: WorkerPool) -> Tensor {
        let smoothing = Float(labelSmoothing)
        return smoothing == 0 ? targets : mapped(targets, on: pool) { $0 * (1 - smoothing) + 0.5 * smoothing }
    }
}

/// The cross-entropy of one probability.
func binaryCrossentropy(_ t: Float, _ y: Float) -> Float {
    let p = clip(y)
    return -(t * logarithm(p) + (1 - t) * logarithm(1 - p))
}

/// Its derivative with respect to the probability.
func binaryCrossentropySlope(_ t: Float, _ y: Float) -> Float {
    guard (crossentropyEpsilon...1 - crossentropyEpsilon).contains(y) else { return 0 }
    return (1 - t) / (1 - y) - t / y
}

/// `1 / (1 + e⁻ˣ)` without overflow.
func sigmoid(_ x: Float) -> Float {
    let e = exponential(-abs(x))
    return x < 0 ? e / (1 + e) : 1 / (1 + e)
}
