import Networks
import Tensors

/// How often the place that the target names is among the k largest outputs: `keras.metrics.SparseTopKCategoricalAccuracy`.
public struct SparseTopKCategoricalAccuracy: MeanMetric {
    public static let kerasName = "SparseTopKCategoricalAccuracy"
    public static let functionName = "sparse_top_k_categorical_accuracy"

    public var name: String
    public var sums: [Double] = [0, 0]
    public var k: Int

    public init(name: String = SparseTopKCategoricalAccuracy.functionName, k: Int = 5) {
        self.name = name
        self.k = k
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype", "fn")
        name = try options.string("name", default: Self.functionName)
        k = try options.int("k", default: 5)
    }

    public var ownOptions: Options { ["k": .int(k)] }

    public var isBetterWhenGreater: Bool { true }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in isAmongLargest(k, Int(exactly: t[0]) ?? -1, y) ? 1 : 0
        }
    }
}
