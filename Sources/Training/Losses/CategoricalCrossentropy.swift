import Networks
import Tensors

/// The cross-entropy with targets that are distributions, usually one-hot: `keras.losses.CategoricalCrossentropy`.
///
///     loss = −Σ t log p,  p = y / Σ y clipped to [ε, 1 − ε], ε = 1e-7;  p = softmax(y) from logits
///
/// Targets and outputs have shape `[batch, …, classes]`. With `labelSmoothing` s the targets are `t (1 − s) + s / classes`.
public struct CategoricalCrossentropy: Loss {
    public static let kerasName = "CategoricalCrossentropy"
    public static let functionName = "categorical_crossentropy"

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
        let smoothing = Float(labelSmoothing)
        if let logits = prediction.logits ?? (fromLogits ? prediction.outputs : nil) {
            return eachRow(targets, logits, on: pool) { t, x in
                let total = logarithmOfSum(x)
                return x.indices.reduce(0) { $0 + smooth(t[$1], smoothing, x.count) * (total - x[$1]) }
            }
        }
        return eachRow(targets, prediction.outputs, on: pool) { t, y in
            let sum = y.reduce(0, +)
            return -y.indices.reduce(0) { $0 + smooth(t[$1], smoothing, y.count) * logarithm(clip(y[$1] / sum)) }
        }
    }

    // MARK: dx = w (Σt · softmax(x) − t);  dy = −w (t/p − Σ t') / Σy, with t' and t/p zero where p was clipped

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let smoothing = Float(labelSmoothing)
        if let logits = prediction.logits ?? (fromLogits ? prediction.outputs : nil) {
            let gradient = eachRow(targets, logits, weights, on: pool) { t, x, weight, gradient in
                let total = logarithmOfSum(x)
                let mass = x.indices.reduce(Float(0)) { $0 + smooth(t[$1], smoothing, x.count) }
                for k in x.indices {
                    gradient[k] = weight * (mass * exponential(x[k] - total) - smooth(t[k], smoothing, x.count))
                }
            }
            return prediction.logits == nil ? .outputs(gradient) : .logits(gradient)
        }
        return .outputs(
            eachRow(targets, prediction.outputs, weights, on: pool) { t, y, weight, gradient in
                let sum = y.reduce(0, +)
                var mass: Float = 0
                for k in y.indices {
                    let p = y[k] / sum
                    let isFree = (crossentropyEpsilon...1 - crossentropyEpsilon).contains(p)
                    let t = isFree ? smooth(t[k], smoothing, y.count) : 0
                    gradient[k] = isFree ? t / p : 0
                    mass += t
                }
                for k in y.indices { gradient[k] = weight * (mass - gradient[k]) / sum }
            })
    }
}

/// Keras' `epsilon()`: probabilities keep this distance from 0 and 1 before their logarithm is taken.
let crossentropyEpsilon: Float = 1e-7

/// A probability at a distance from 0 and 1.
func clip(_ p: Float) -> Float { min(max(p, crossentropyEpsilon), 1 - crossentropyEpsilon) }

/// `log Σ eˣ` of a row.
func logarithmOfSum(_ x: Row) -> Float {
    let largest = x.max() ?? 0
    return largest + logarithm(x.reduce(0) { $0 + exponential($1 - largest) })
}

/// A target moved towards the even distribution.
private func smooth(_ t: Float, _ smoothing: Float, _ classes: Int) -> Float {
    smoothing == 0 ? t : t * (1 - smoothing) + smoothing / Float(classes)
}

extension OptionReader {
    /// The axis of the classes, which must be the last.
    mutating func lastAxis() throws(OptionError) {
        _ = try optional("axis", "-1, the last axis") { value in value.int == -1 ? -1 : nil }
    }
}
