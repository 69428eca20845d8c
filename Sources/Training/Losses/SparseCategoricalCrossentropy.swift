import Networks
import Tensors

/// The cross-entropy with targets that are numbers of classes: `keras.losses.SparseCategoricalCrossentropy`.
///
///     loss = log Σ eˣ − x[t],  x = log y clipped to [ε, 1 − ε], ε = 1e-7;  x = y from logits
///
/// Outputs have shape `[batch, …, classes]`, targets `[batch, …]` (or with a last axis of one).
public struct SparseCategoricalCrossentropy: Loss {
    public static let kerasName = "SparseCategoricalCrossentropy"
    public static let functionName = "sparse_categorical_crossentropy"

    public var settings = LossSettings()
    public var fromLogits: Bool

    public init(fromLogits: Bool = false) { self.fromLogits = fromLogits }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        fromLogits = try options.bool("from_logits", default: false)
        _ = try options.optional("ignore_class", "null") { (_) -> Int? in nil }
        try options.lastAxis()
    }

    public var ownOptions: Options { ["from_logits": .bool(fromLogits), "ignore_class": nil] }

    public var takesClassNumbers: Bool { true }

    public func targetShape(for outputs: Shape) -> Shape { Shape(Array(outputs.dropLast())) }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, logits(prediction, on: pool), on: pool) { t, x in
            logarithmOfSum(x) - x[classNumber(t, of: x.count)]
        }
    }

    // MARK: dx = w (softmax(x) − [k = t]);  dy = dx / y, zero where y was clipped

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let gradient = eachRow(targets, logits(prediction, on: pool), weights, on: pool) { t, x, weight, gradient in
            let (total, target) = (logarithmOfSum(x), classNumber(t, of: x.count))
            for k in x.indices { gradient[k] = weight * (exponential(x[k] - total) - (k == target ? 1 : 0)) }
        }
        if prediction.logits != nil { return .logits(gradient) }
        if fromLogits { return .outputs(gradient) }
        return .outputs(
            zipped(gradient, prediction.outputs, on: pool) { gradient, y in
                (crossentropyEpsilon...1 - crossentropyEpsilon).contains(y) ? gradient / y : 0
            })
    }

    private func logits(_ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        prediction.logits
            ?? (fromLogits ? prediction.outputs : mapped(prediction.outputs, on: pool) { logarithm(clip($0)) })
    }
}

/// The number of a class that stands as a float among the targets.
///
/// - Precondition: it is one of the classes; ``Trainer`` looks at the targets before it begins.
private func classNumber(_ t: Row, of classes: Int) -> Int {
    let number = Int(t[0])
    precondition(number >= 0 && number < classes, "class \(number) of \(classes)")
    return number
}
