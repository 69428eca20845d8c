import Networks
import Tensors

/// The cosine of the angle between target and output: `keras.metrics.CosineSimilarity`.
///
///     mean of Σ t̂ ŷ,  x̂ = x / √max(Σ x², 1e-12),  along the last axis
///
/// The loss of the same name, ``CosineSimilarity``, has the other sign.
public struct CosineSimilarityMetric: MeanMetric {
    public static let kerasName = "CosineSimilarity"
    public static let functionName = "cosine_similarity"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = CosineSimilarityMetric.functionName) { self.name = name }

    public init(from options: inout OptionReader) throws(OptionError) {
        name = try options.metricName(Self.functionName)
        try options.lastAxis()
    }

    public var ownOptions: Options { [:] }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        mapped(CosineSimilarity().values(targets, prediction, on: pool), on: pool) { -$0 }
    }
}
