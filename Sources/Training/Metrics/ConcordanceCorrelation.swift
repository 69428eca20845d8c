import Networks
import Tensors

/// The correlation of targets and outputs about the line t = y (Lin, 1989): `keras.metrics.ConcordanceCorrelation`.
///
///     c = 2 cov(t, y) / (σ²(t) + σ²(y) + (mean t − mean y)² + ε),  along the last axis
public struct ConcordanceCorrelation: MeanMetric {
    public static let kerasName = "ConcordanceCorrelation"
    public static let functionName = "concordance_correlation"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = ConcordanceCorrelation.functionName) { self.name = name }

    public init(from options: inout OptionReader) throws(OptionError) {
        name = try options.metricName(Self.functionName)
        try options.lastAxis()
    }

    public var ownOptions: Options { ["axis": -1] }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in
            let moments = JointMoments(t, y)
            return Float(
                2 * moments.covariance / (moments.variances.t + moments.variances.y + moments.distance + epsilon))
        }
    }
}
