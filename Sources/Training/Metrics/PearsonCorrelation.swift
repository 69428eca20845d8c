import Networks
import Tensors

/// The linear correlation of targets and outputs (Pearson): `keras.metrics.PearsonCorrelation`.
///
///     r = cov(t, y) / (σ(t) σ(y)),  along the last axis; no number where one of them does not vary
public struct PearsonCorrelation: MeanMetric {
    public static let kerasName = "PearsonCorrelation"
    public static let functionName = "pearson_correlation"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = PearsonCorrelation.functionName) { self.name = name }

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
            return Float(moments.covariance / (moments.variances.t * moments.variances.y).squareRoot())
        }
    }
}
