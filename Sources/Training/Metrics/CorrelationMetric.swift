import Networks
import Tensors

/// A metric that is the mean of a correlation of targets and outputs along the last axis.
protocol CorrelationMetric: MeanMetric {
    init(name: String)

    /// The correlation of a row.
    static func correlation(_ moments: JointMoments) -> Double
}

extension CorrelationMetric {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(name: try options.metricName(Self.functionName))
        try options.lastAxis()
    }

    public var ownOptions: Options { ["axis": -1] }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        sizeProblem(targets: targets, outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        eachRow(targets, prediction.outputs, on: pool) { t, y in Float(Self.correlation(JointMoments(t, y))) }
    }
}
