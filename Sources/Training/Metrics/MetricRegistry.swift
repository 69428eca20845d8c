import Networks
import Tensors

/// A metric to compute: one of a kind, or Keras' "accuracy", whose kind the shapes tell.
public enum MetricChoice: Sendable {
    /// Keras' `"accuracy"` (or `"acc"`), reported under that name: binary, sparse categorical or categorical.
    case accuracy(name: String)
    case metric(any Metric)

    /// Keras' `"accuracy"`.
    public static let accuracy = MetricChoice.accuracy(name: "accuracy")

    /// The metric for targets and outputs of these shapes.
    public func metric(targets: Shape, outputs: Shape) -> any Metric {
        guard case .accuracy(let name) = self else {
            if case .metric(let metric) = self { return metric }
            preconditionFailure("a choice is an accuracy or a metric")
        }
        if outputs.last == 1 { return BinaryAccuracy(name: name) }
        let isSparse = targets.count < outputs.count || targets.last == 1
        return isSparse ? SparseCategoricalAccuracy(name: name) : CategoricalAccuracy(name: name)
    }

    /// The name under which the result is reported.
    public var name: String {
        switch self {
        case .accuracy(let name): name
        case .metric(let metric): metric.name
        }
    }
}

/// The metrics that files can name: Keras' class name, or the name of its function → type.
///
/// Every loss is a metric too, by the name of its function.
public struct MetricRegistry: Sendable {
    private var types: [any Metric.Type]

    /// All metrics of this package.
    public static let standard = MetricRegistry([
        AUC.self, Accuracy.self, BinaryAccuracy.self, BinaryIoU.self, CategoricalAccuracy.self,
        ConcordanceCorrelation.self, CosineSimilarityMetric.self, F1Score.self, FBetaScore.self, FalseNegatives.self,
        FalsePositives.self, IoU.self, MeanIoU.self, OneHotIoU.self, OneHotMeanIoU.self, PearsonCorrelation.self,
        Precision.self, PrecisionAtRecall.self, R2Score.self, Recall.self, RecallAtPrecision.self,
        RootMeanSquaredError.self, SensitivityAtSpecificity.self, SparseCategoricalAccuracy.self,
        SparseTopKCategoricalAccuracy.self, SpecificityAtSensitivity.self, TopKCategoricalAccuracy.self,
        TrueNegatives.self, TruePositives.self,
    ])

    /// Keras' classes that are left out, with the reason.
    public static let leftOut = [
        (className: "Mean", reason: "it takes one stream of values, not targets and outputs; take a metric or a loss"),
        (className: "Sum", reason: "it takes one stream of values, not targets and outputs; take a metric or a loss"),
    ]

    public init(_ types: [any Metric.Type]) { self.types = types }

    /// Adds a metric of one's own.
    public mutating func add(_ type: any Metric.Type) { types.append(type) }

    /// The names that Keras gives the metrics, in alphabetical order.
    public var names: [String] {
        Set(["accuracy"] + types.map { $0.functionName } + LossRegistry.standard.names).sorted()
    }

    /// Keras' class names, those of losses included, in alphabetical order.
    public var classNames: [String] {
        (types.map { $0.kerasName } + LossMetric.classNames + [LossMetric.kerasName]).sorted()
    }

    /// The metric that a configuration of Keras describes.
    public func metric(_ name: String, options: Options = Options()) throws(ConfigurationError) -> MetricChoice {
        if ["accuracy", "acc"].contains(name.lowercased()), options.isEmpty { return .accuracy(name: name) }
        if name == LossMetric.kerasName { return try wrapped(options) }
        if let type = types.first(where: { $0.kerasName == name || $0.functionName == name }) {
            return .metric(
                try reading("metric", name, options) { (reader) throws(OptionError) in
                    var metric = try type.init(from: &reader)
                    if options["name"] == nil && name != type.kerasName { metric.name = name }
                    return metric
                })
        }
        if let left = Self.leftOut.first(where: { $0.className.lowercased() == name.lowercased() }) {
            throw .leftOut(kind: "metric", name: name, reason: left.reason)
        }
        // LogCoshError is the only class whose name differs from its loss'.
        guard let type = LossRegistry.standard[name == "LogCoshError" ? "LogCosh" : name] else {
            throw .unknown(kind: "metric", name: name, known: names)
        }
        let loss = try reading("metric", name, options) { (reader) throws(OptionError) in try type.init(from: &reader) }
        let isClass = type.kerasName == name
        return .metric(LossMetric(loss, name: loss.settings.name ?? (isClass ? type.functionName : name)))
    }

    /// The metric of Keras' `MeanMetricWrapper`: the mean of a function of `keras.metrics` or `keras.losses`.
    private func wrapped(_ options: Options) throws(ConfigurationError) -> MetricChoice {
        let function = try reading("metric", LossMetric.kerasName, options) { (reader) throws(OptionError) in
            reader.ignore(options.names)
            return try reader.wrappedFunction()
        }
        let means = types.compactMap { $0 as? any MeanMetric.Type }
        guard LossRegistry.standard[function] == nil, let type = means.first(where: { $0.functionName == function })
        else {
            return .metric(
                try reading("metric", LossMetric.kerasName, options) { (reader) throws(OptionError) in
                    try LossMetric(from: &reader)
                })
        }
        var own = options
        own["fn"] = nil
        return .metric(
            try reading("metric", LossMetric.kerasName, own) { (reader) throws(OptionError) in
                try type.init(from: &reader)
            })
    }
}
