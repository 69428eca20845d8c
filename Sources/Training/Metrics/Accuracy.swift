import Networks
import Tensors

/// How often an output is exactly its target: `keras.metrics.Accuracy`.
///
///     mean of [t = y]
///
/// The name "accuracy" in a configuration means ``MetricChoice/accuracy(name:)`` instead.
public struct Accuracy: MeanMetric {
    public static let kerasName = "Accuracy"
    public static let functionName = "accuracy"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = Accuracy.functionName) { self.name = name }

    public init(from options: inout OptionReader) throws(OptionError) {
        name = try options.metricName(Self.functionName)
    }

    public var ownOptions: Options { [:] }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        zipped(targets, prediction.outputs, on: pool) { t, y in t == y ? 1 : 0 }
    }
}
