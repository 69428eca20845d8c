import Networks
import Tensors

/// How often the place of the largest target is among the k largest outputs: `keras.metrics.TopKCategoricalAccuracy`.
public struct TopKCategoricalAccuracy: MeanMetric {
    public static let kerasName = "TopKCategoricalAccuracy"
    public static let functionName = "top_k_categorical_accuracy"

    public var name: String
    public var sums: [Double] = [0, 0]
    public var k: Int

    public init(name: String = TopKCategoricalAccuracy.functionName, k: Int = 5) {
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

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in isAmongLargest(k, largest(t), y) ? 1 : 0 }
    }
}

/// Whether fewer than k outputs are larger than the one at `place`.
func isAmongLargest(_ k: Int, _ place: Int, _ y: Row) -> Bool {
    guard y.indices.contains(place), y[place].isFinite else { return false }
    return y.count { $0 > y[place] } < k
}
