import Networks
import Tensors

/// How often an output is on the target's side of the threshold: `keras.metrics.BinaryAccuracy`.
public struct BinaryAccuracy: MeanMetric {
    public static let kerasName = "BinaryAccuracy"
    public static let functionName = "binary_accuracy"

    public var name: String
    public var sums: [Double] = [0, 0]
    public var threshold: Double

    public init(name: String = BinaryAccuracy.functionName, threshold: Double = 0.5) {
        self.name = name
        self.threshold = threshold
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype", "fn")
        name = try options.string("name", default: Self.functionName)
        threshold = try options.double("threshold", default: 0.5)
    }

    public var ownOptions: Options { ["threshold": .double(threshold)] }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let threshold = Float(threshold)
        return zipped(targets, prediction.outputs, on: pool) { t, y in t == (y > threshold ? 1 : 0) ? 1 : 0 }
    }
}
