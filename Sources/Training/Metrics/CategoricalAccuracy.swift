import Networks
import Tensors

/// How often the largest output is at the place of the largest target: `keras.metrics.CategoricalAccuracy`.
public struct CategoricalAccuracy: MeanMetric {
    public static let kerasName = "CategoricalAccuracy"
    public static let functionName = "categorical_accuracy"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = CategoricalAccuracy.functionName) {
        self.name = name
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype", "fn")
        name = try options.string("name", default: Self.functionName)
    }

    public var ownOptions: Options { [:] }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in largest(t) == largest(y) ? 1 : 0 }
    }
}
