import Networks
import Tensors

/// How often the place that the target names is among the k largest outputs: `keras.metrics.SparseTopKCategoricalAccuracy`.
public struct SparseTopKCategoricalAccuracy: MeanMetric {
    public static let kerasName = "SparseTopKCategoricalAccuracy"
    public static let functionName = "sparse_top_k_categorical_accuracy"

    public var name: String
    public var sums: [Double] = [0, 0]
    public var k: Int
    /// Whether outputs are the numbers of classes already, the most likely first.
    public var fromSortedIDs: Bool

    public init(
        name: String = SparseTopKCategoricalAccuracy.functionName, k: Int = 5, fromSortedIDs: Bool = false
    ) {
        self.name = name
        self.k = k
        self.fromSortedIDs = fromSortedIDs
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype", "fn")
        name = try options.string("name", default: Self.functionName)
        k = try options.int("k", default: 5)
        fromSortedIDs = try options.bool("from_sorted_ids", default: false)
    }

    public var ownOptions: Options {
        fromSortedIDs ? ["k": .int(k), "from_sorted_ids": true] : ["k": .int(k)]
    }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        classNumberProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let (k, fromSortedIDs) = (k, fromSortedIDs)
        return eachRow(targets, prediction.outputs, on: pool) { t, y in
            let isFound =
                fromSortedIDs ? y.prefix(max(0, k)).contains(t[0]) : isAmongLargest(k, Int(exactly: t[0]) ?? -1, y)
            return isFound ? 1 : 0
        }
    }
}
