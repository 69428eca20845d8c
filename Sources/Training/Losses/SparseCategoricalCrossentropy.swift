import Networks
import Tensors

/// The cross-entropy with targets that are numbers of classes: `keras.losses.SparseCategoricalCrossentropy`.
///
///     loss = log Σ eˣ − x[t],  x = log y clipped to [ε, 1 − ε], ε = 1e-7;  x = y from logits
///
/// Outputs have shape `[batch, …, classes]`, targets `[batch, …]` (or with a last axis of one). Positions whose target
/// is the ignored class cost nothing, and the mean is over the others.
public struct SparseCategoricalCrossentropy: Loss {
    public static let kerasName = "SparseCategoricalCrossentropy"
    public static let functionName = "sparse_categorical_crossentropy"

    public var settings = LossSettings()
    public var fromLogits: Bool
    public var ignoredClass: Int?

    public init(fromLogits: Bool = false, ignoredClass: Int? = nil) {
        self.fromLogits = fromLogits
        self.ignoredClass = ignoredClass
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        fromLogits = try options.bool("from_logits", default: false)
        ignoredClass = try options.optional("ignore_class", "a whole number or null", \.int64)
        try options.lastAxis()
    }

    public var ownOptions: Options {
        ["from_logits": .bool(fromLogits), "ignore_class": ignoredClass.map { .int($0) } ?? nil]
    }

    public var takesClassNumbers: Bool { true }

    public func targetShape(for outputs: Shape) -> Shape { Shape(Array(outputs.dropLast())) }

    public func mask(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor? {
        guard let ignored = ignoredClass.map({ Float($0) }) else { return prediction.mask }
        let shape = valueShape(for: prediction.outputs.shape)
        let counts = mapped(targets.reshaped(to: shape), on: pool) { $0 == ignored ? 0 : 1 }
        return prediction.mask.map { zipped($0, counts, on: pool, *) } ?? counts
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let ignored = ignoredClass.map { Float($0) }
        return eachRow(targets, logits(prediction, on: pool), on: pool) { t, x in
            if t[0] == ignored { return 0 }
            guard let target = classNumber(t, of: x.count) else { return .nan }
            return logarithmOfSum(x) - x[target]
        }
    }

    // MARK: dx = w (softmax(x) − [k = t]);  dy = dx / y, zero where y was clipped

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let ignored = ignoredClass.map { Float($0) }
        let gradient = eachRow(targets, logits(prediction, on: pool), weights, on: pool) { t, x, weight, gradient in
            let weight = t[0] == ignored ? 0 : weight
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

/// The number of a class that stands as a float among the targets; `nil` where it is none of the classes.
///
/// ``Trainer`` looks at the targets of a loss before it begins.
func classNumber(_ t: Row, of classes: Int) -> Int? {
    Int(exactly: t[0]).flatMap { 0..<classes ~= $0 ? $0 : nil }
}
