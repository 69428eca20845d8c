import Networks
import Tensors

/// The binary cross-entropy with less weight on what is already right (Lin et al., 2018):
/// `keras.losses.BinaryFocalCrossentropy`.
///
///     loss = mean(α' (1 − q)^γ · bce),  q = t y + (1 − t)(1 − y)
///
/// α' is 1, or with class balancing `t α + (1 − t)(1 − α)`. The mean is over the last axis.
public struct BinaryFocalCrossentropy: Loss {
    public static let kerasName = "BinaryFocalCrossentropy"
    public static let functionName = "binary_focal_crossentropy"

    public var settings = LossSettings()
    public var applyClassBalancing = false
    public var alpha = 0.25
    public var gamma = 2.0
    public var fromLogits = false
    public var labelSmoothing = 0.0

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        applyClassBalancing = try options.bool("apply_class_balancing", default: false)
        alpha = try options.double("alpha", default: 0.25)
        gamma = try options.double("gamma", default: 2)
        fromLogits = try options.bool("from_logits", default: false)
        labelSmoothing = try options.fraction("label_smoothing", default: 0)
        try options.lastAxis()
    }

    public var ownOptions: Options {
        [
            "from_logits": .bool(fromLogits), "label_smoothing": .double(labelSmoothing), "axis": -1,
            "apply_class_balancing": .bool(applyClassBalancing), "alpha": .double(alpha), "gamma": .double(gamma),
        ]
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let targets = smooth(targets, on: pool)
        if let logits = prediction.logits ?? (fromLogits ? prediction.outputs : nil) {
            return meanOfRows(targets, logits, on: pool) { t, x in
                factor(t, sigmoid(x)).value * entropy(t, x).value
            }
        }
        return meanOfRows(targets, prediction.outputs, on: pool) { t, y in
            factor(t, y).value * binaryCrossentropy(t, y)
        }
    }

    // MARK: d(f · bce) = f · d bce + bce · df

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let targets = smooth(targets, on: pool)
        if let logits = prediction.logits ?? (fromLogits ? prediction.outputs : nil) {
            let gradient = gradientOfRows(targets, logits, weights, on: pool) { t, x in
                let y = sigmoid(x)
                let (factor, entropy) = (factor(t, y), entropy(t, x))
                return factor.value * entropy.slope + entropy.value * factor.slope * y * (1 - y)
            }
            return prediction.logits == nil ? .outputs(gradient) : .logits(gradient)
        }
        return .outputs(
            gradientOfRows(targets, prediction.outputs, weights, on: pool) { t, y in
                let factor = factor(t, y)
                return factor.value * binaryCrossentropySlope(t, y) + binaryCrossentropy(t, y) * factor.slope
            })
    }

    /// `α' (1 − q)^γ` and its derivative with respect to y.
    private func factor(_ t: Float, _ y: Float) -> (value: Float, slope: Float) {
        let (alpha, gamma) = (Float(alpha), Float(gamma))
        let balance = applyClassBalancing ? t * alpha + (1 - t) * (1 - alpha) : 1
        let miss = 1 - (t * y + (1 - t) * (1 - y))
        return (balance * power(miss, gamma), balance * gamma * power(miss, gamma - 1) * (1 - 2 * t))
    }

    /// The cross-entropy of a logit and its derivative.
    private func entropy(_ t: Float, _ x: Float) -> (value: Float, slope: Float) {
        (max(x, 0) - x * t + logarithm1p(exponential(-abs(x))), sigmoid(x) - t)
    }

    private func smooth(_ targets: Tensor, on pool: WorkerPool) -> Tensor {
        let smoothing = Float(labelSmoothing)
        return smoothing == 0 ? targets : mapped(targets, on: pool) { $0 * (1 - smoothing) + 0.5 * smoothing }
    }
}
