import Networks
import Tensors

/// A number that tells how good predictions are, gathered over batches.
public protocol Metric: Sendable {
    /// Keras' class name.
    static var kerasName: String { get }

    /// The name that Keras gives it by default; also what `compile(metrics=["…"])` says.
    static var functionName: String { get }

    /// The class name of this value, as Keras writes it.
    var className: String { get }

    /// The name under which the result is reported.
    var name: String { get set }

    /// Whether more is better.
    var isBetterWhenGreater: Bool { get }

    /// Reads the metric from Keras' options.
    init(from options: inout OptionReader) throws(OptionError)

    /// The options of this metric alone, as Keras writes them.
    var ownOptions: Options { get }

    /// Why it cannot measure outputs of this shape, batch axis first, by targets of that shape; `nil` where it can.
    func problem(targets: Shape, outputs: Shape) -> String?

    /// The sums so far, as data, so that a stopped epoch can go on.
    ///
    /// How many there are may only be known with the first batch; sums of another number are begun anew.
    var sums: [Double] { get set }

    /// Adds a batch.
    ///
    /// - Parameter weights: how much each sample counts; `nil` for all the same.
    mutating func update(_ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool)

    /// The value over all batches since the last reset.
    var result: Double { get }

    /// Begins anew.
    mutating func reset()
}

extension Metric {
    /// The whole configuration as Keras writes it.
    public var options: Options {
        Options([("name", .string(name)), ("dtype", "float32")] + ownOptions.pairs)
    }

    public var className: String { Self.kerasName }

    public func problem(targets: Shape, outputs: Shape) -> String? { nil }

    /// The problem of a metric that holds each output against a target of its own.
    func sizeProblem(targets: Shape, outputs: Shape) -> String? {
        guard targets.sample.isKnown, outputs.sample.isKnown,
            targets.sample.elementCount != outputs.sample.elementCount
        else { return nil }
        return "it expects a target for each output of shape \(outputs), found targets of shape \(targets)"
    }

    /// The problem of a metric whose targets are numbers of the classes on the outputs' last axis.
    func classNumberProblem(targets: Shape, outputs: Shape) -> String? {
        let rows = Shape(Array(outputs.sample.dropLast()))
        guard targets.sample.isKnown, rows.isKnown, targets.sample.elementCount != rows.elementCount else { return nil }
        return "it expects the number of a class for each row of outputs of shape \(outputs), "
            + "found targets of shape \(targets)"
    }

    public mutating func reset() { sums = sums.map { _ in 0 } }
}

/// A metric that is the mean of a value of each sample.
protocol MeanMetric: Metric {
    /// The value of each sample (of each position, where a sample has several).
    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor
}

extension MeanMetric {
    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        let values = values(targets, prediction, on: pool)
        if sums.count != 2 { sums = [0, 0] }
        let samples = values.shape.isEmpty ? 1 : values.shape[0]
        let positions = samples == 0 ? 1 : values.count / samples
        // The values of some losses are not those of samples; all weights together are theirs then.
        let all = weights.map { $0.count == samples ? 1 : $0.reduce(0.0) { $0 + Double($1) } / Double(samples) }
        values.withElements { values in
            for i in 0..<samples {
                let sum = values[(i * positions)..<((i + 1) * positions)].reduce(0.0) { $0 + Double($1) }
                let weight = weights?.count == samples ? Double(weights?[i] ?? 1) : all ?? 1
                sums[0] += weight * sum / Double(positions)
                sums[1] += weight
            }
        }
    }

    /// The weighted mean, or 0 before the first sample, as in Keras.
    public var result: Double { sums.count == 2 ? ratio(sums[0], sums[1]) : 0 }
}

/// The position of the largest element; the first of several.
func largest(_ row: Row) -> Int {
    var best = 0
    for k in row.indices where row[k] > row[best] { best = k }
    return best
}
