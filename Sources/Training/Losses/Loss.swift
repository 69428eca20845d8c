import Networks
import Tensors

/// How far a prediction is from its target: a value for each sample, and the gradient of their mean.
///
/// Targets have the shape of the outputs (``targetShape(for:)`` says where not), and the values the shape of the
/// outputs without the last axis (``valueShape(for:)`` says where not). The arithmetic is that of Keras 3 on TensorFlow.
public protocol Loss: Sendable {
    /// Keras' class name.
    static var kerasName: String { get }

    /// The name of Keras' function, which is also the default `name` and what `compile(loss="…")` says.
    static var functionName: String { get }

    /// What every loss of Keras takes besides its own options.
    var settings: LossSettings { get set }

    /// Reads the loss from Keras' options.
    init(from options: inout OptionReader) throws(OptionError)

    /// The options of this loss alone, as Keras writes them.
    var ownOptions: Options { get }

    /// The shape of the targets that belong to outputs of this shape; unknown where any extent will do.
    func targetShape(for outputs: Shape) -> Shape

    /// The shape of the values that belong to outputs of this shape.
    func valueShape(for outputs: Shape) -> Shape

    /// Why it cannot take outputs of this shape, batch axis first; `nil` where it can.
    func problem(outputs: Shape) -> String?

    /// Whether the targets are numbers of classes.
    var takesClassNumbers: Bool { get }

    /// Targets of this class do not count, and need not be a class.
    var ignoredClass: Int? { get }

    /// Which of the values count: 1 or 0 for each, `nil` where all do.
    func mask(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor?

    /// The loss of each sample (of each position, where a sample has several).
    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor

    /// The gradient of `Σ weights · values`.
    func gradient(_ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool) -> LossGradient
}

/// What a model says, and what it said before its last softmax or sigmoid.
///
/// Where there are logits, Keras' cross-entropies start from them, whatever `from_logits` says and whichever of the
/// two functions made the outputs: a probability that rounds to zero still has a gradient then.
public struct Prediction: Sendable {
    public var outputs: Tensor
    public var logits: Tensor?
    /// Which steps of the outputs count, in the shape of the values of a loss; `nil` where all do.
    public var mask: Tensor?

    public init(_ outputs: Tensor, logits: Tensor? = nil, mask: Tensor? = nil) {
        self.outputs = outputs
        self.logits = logits
        self.mask = mask
    }
}

/// A loss' gradient, and with respect to what.
public enum LossGradient: Sendable {
    case outputs(Tensor)
    case logits(Tensor)
}

/// What every loss of Keras takes besides its own options.
public struct LossSettings: Sendable, Hashable {
    /// How the values of all samples become one number.
    public enum Reduction: String, Sendable, Hashable, CaseIterable {
        /// Their mean; with sample weights `Σ w · l / N`.
        case sumOverBatchSize = "sum_over_batch_size"
        /// The same, under its newer name.
        case mean
        case sum
        /// `Σ w · l / Σ w`
        case meanWithSampleWeight = "mean_with_sample_weight"
    }

    public var name: String?
    public var reduction: Reduction

    public init(name: String? = nil, reduction: Reduction = .sumOverBatchSize) {
        self.name = name
        self.reduction = reduction
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype", "fn")
        name = try options.optional("name", "a string", \.string)
        // tf_keras writes "auto", which means the mean.
        let isAuto = options.options["reduction"]?.string == "auto"
        reduction = isAuto ? .sumOverBatchSize : try options.choice("reduction", default: .sumOverBatchSize)
    }
}

extension Loss {
    public var takesClassNumbers: Bool { false }

    public var ignoredClass: Int? { nil }

    public func targetShape(for outputs: Shape) -> Shape { outputs }

    public func valueShape(for outputs: Shape) -> Shape { Shape(Array(outputs.dropLast())) }

    public func problem(outputs: Shape) -> String? { nil }

    public func mask(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor? { prediction.mask }

    /// The whole configuration as Keras writes it.
    public var options: Options {
        Options(
            [
                ("name", .string(settings.name ?? Self.functionName)),
                ("reduction", .string(settings.reduction.rawValue)),
            ]
                + ownOptions.pairs)
    }

    /// The loss of a batch: the values, weighted and reduced to one number.
    ///
    /// - Parameter weights: one for each sample.
    public func mean(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]? = nil, on pool: WorkerPool
    ) -> Float {
        let values = values(targets, prediction, on: pool)
        let factors = factors(targets, prediction, weights, on: pool)
        return values.withElements { values in
            factors.withElements { factors in
                Float(zip(values, factors).reduce(into: 0.0) { $0 += Double($1.0) * Double($1.1) })
            }
        }
    }

    /// The gradient of ``mean(_:_:weights:on:)``, times `scale`.
    public func gradientOfMean(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]? = nil, scale: Float = 1, on pool: WorkerPool
    ) -> LossGradient {
        var factors = factors(targets, prediction, weights, on: pool)
        if scale != 1 { factors = scaled(factors, by: scale, on: pool) }
        return gradient(targets, prediction, weights: factors, on: pool)
    }

    /// By how much each value counts in the reduced loss; the mean is one of those that a mask lets count.
    private func factors(
        _ targets: Tensor, _ prediction: Prediction, _ given: [Float]?, on pool: WorkerPool
    ) -> Tensor {
        let shape = valueShape(for: prediction.outputs.shape)
        let samples = prediction.outputs.shape.first ?? 1
        let mask = mask(targets, prediction, on: pool).flatMap { $0.shape == shape ? $0 : nil }
        let hasSamples = shape.first == samples
        let positions = hasSamples && samples > 0 ? shape.elementCount / samples : 1
        func weight(_ i: Int) -> Double {
            (hasSamples ? given.map { Double($0[i / positions]) } ?? 1 : 1) * Double(mask?[i] ?? 1)
        }
        let divisor: Double =
            switch settings.reduction {
            case .sumOverBatchSize, .mean:
                mask.map { $0.elements.reduce(1e-7) { $0 + Double($1) } } ?? Double(shape.elementCount)
            case .sum: 1
            case .meanWithSampleWeight: (0..<shape.elementCount).reduce(0) { $0 + weight($1) }
            }
        let whole = hasSamples ? 1 : weightOfAll(given)
        return Tensor(unsafeUninitialized: shape) { factors in
            for i in factors.indices { factors[i] = divisor == 0 ? 0 : Float(weight(i) * whole / divisor) }
        }
    }

    /// How much values count that are not those of single samples: as Keras weights a loss that is one number.
    private func weightOfAll(_ weights: [Float]?) -> Double {
        guard let weights, settings.reduction != .meanWithSampleWeight else { return 1 }
        let sum = weights.reduce(0.0) { $0 + Double($1) }
        return settings.reduction == .sum ? sum : sum / Double(max(1, weights.count))
    }
}
