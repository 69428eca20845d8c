import Networks
import Tensors

/// How far a prediction is from its target: a value for each sample, and the gradient of their mean.
///
/// Targets have the shape of the outputs (``targetShape(for:)`` says where not), and the values the shape of the
/// outputs without the last axis. The arithmetic is that of Keras 3 on TensorFlow.
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

    /// The shape of the targets that belong to outputs of this shape.
    func targetShape(for outputs: Shape) -> Shape

    /// Whether the targets are numbers of classes.
    var takesClassNumbers: Bool { get }

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

    public func targetShape(for outputs: Shape) -> Shape { outputs }

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
        let factors = factors(for: values.shape, weights, mask: prediction.mask)
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
        var factors = factors(
            for: Shape(Array(prediction.outputs.shape.dropLast())), weights, mask: prediction.mask)
        if scale != 1 { factors = scaled(factors, by: scale, on: pool) }
        return gradient(targets, prediction, weights: factors, on: pool)
    }

    /// By how much each value counts in the reduced loss; the mean is one of those that a mask lets count.
    private func factors(for shape: Shape, _ weights: [Float]?, mask: Tensor?) -> Tensor {
        let positions = shape.isEmpty || shape[0] == 0 ? 1 : shape.elementCount / shape[0]
        let weights = weights ?? [Float](repeating: 1, count: shape.isEmpty ? 1 : shape[0])
        func weight(_ i: Int) -> Double { Double(weights[i / positions]) * Double(mask?[i] ?? 1) }
        let divisor: Double =
            switch settings.reduction {
            case .sumOverBatchSize, .mean:
                mask.map { $0.elements.reduce(1e-7) { $0 + Double($1) } } ?? Double(shape.elementCount)
            case .sum: 1
            case .meanWithSampleWeight: (0..<shape.elementCount).reduce(0) { $0 + weight($1) }
            }
        return Tensor(unsafeUninitialized: shape) { factors in
            for i in factors.indices { factors[i] = divisor == 0 ? 0 : Float(weight(i) / divisor) }
        }
    }
}
