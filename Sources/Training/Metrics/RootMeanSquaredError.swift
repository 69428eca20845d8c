import Networks
import Tensors

/// The root of the mean of squared differences: `keras.metrics.RootMeanSquaredError`.
public struct RootMeanSquaredError: Metric {
    public static let kerasName = "RootMeanSquaredError"
    public static let functionName = "root_mean_squared_error"

    public var name: String
    private var squares = LossMetric(MeanSquaredError())

    public init(name: String = RootMeanSquaredError.functionName) { self.name = name }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype")
        name = try options.string("name", default: Self.functionName)
    }

    public var ownOptions: Options { [:] }

    public var isBetterWhenGreater: Bool { false }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    public var sums: [Double] {
        get { squares.sums }
        set { squares.sums = newValue }
    }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        squares.update(targets, prediction, weights: weights, on: pool)
    }

    public var result: Double { squares.result.squareRoot() }
}
