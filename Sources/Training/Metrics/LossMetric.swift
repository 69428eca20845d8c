import Networks
import Tensors

/// A loss as a metric: the mean of its values, such as `keras.metrics.MeanSquaredError`.
public struct LossMetric: MeanMetric {
    // The protocol asks for one name per type; this type stands for as many classes as there are losses.
    public static let kerasName = "MeanMetricWrapper"
    public static let functionName = "mean_metric_wrapper"

    public var loss: any Loss
    public var name: String
    public var sums: [Double] = [0, 0]

    public init(_ loss: any Loss, name: String? = nil) {
        self.loss = loss
        self.name = name ?? type(of: loss).functionName
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let name = try options.required("fn", "a loss", \.string)
        guard let type = LossRegistry.standard[name] else {
            throw .unsupported(
                layer: options.layer, option: "fn", value: .string(name),
                expected: "one of " + LossRegistry.standard.names.joined(separator: ", "))
        }
        self.init(try type.init(from: &options), name: name)
    }

    public var className: String {
        let name = type(of: loss).kerasName
        return name == "LogCosh" ? "LogCoshError" : name
    }

    public var ownOptions: Options { loss.ownOptions }

    public var isBetterWhenGreater: Bool { false }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        loss.values(targets, prediction, on: pool)
    }
}
