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
        let name = try options.wrappedFunction()
        guard let type = LossRegistry.standard[name] else {
            throw .unsupported(
                layer: options.layer, option: "fn", value: .string(name),
                expected: "one of " + LossRegistry.standard.names.joined(separator: ", "))
        }
        let loss = try type.init(from: &options)
        self.init(loss, name: loss.settings.name ?? name)
    }

    /// The losses that are metric classes of Keras too; CosineSimilarity is one of another sign.
    private static let classes: Set = [
        "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge", "Hinge", "KLDivergence", "LogCosh",
        "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
        "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge",
    ]

    /// The classes of Keras' metrics that are losses.
    static var classNames: [String] { classes.map(className) }

    private static func className(_ name: String) -> String { name == "LogCosh" ? "LogCoshError" : name }

    public var className: String {
        let name = type(of: loss).kerasName
        return Self.classes.contains(name) ? Self.className(name) : Self.kerasName
    }

    public var ownOptions: Options {
        guard className == Self.kerasName else { return loss.ownOptions }
        let function: OptionValue = [
            "module": "builtins", "class_name": "function", "config": .string(type(of: loss).functionName),
            "registered_name": "function",
        ]
        return Options([("fn", function)] + loss.ownOptions.pairs)
    }

    public var isBetterWhenGreater: Bool { false }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        let expected = loss.targetShape(for: outputs)
        if expected.sample.isKnown, targets.sample.isKnown,
            expected.sample.elementCount != targets.sample.elementCount
        {
            return "it expects targets of shape \(expected), found \(targets)"
        }
        return loss.problem(outputs: outputs)
    }

    func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        loss.values(targets, prediction, on: pool)
    }
}

extension OptionReader {
    /// The name of the function in Keras' `MeanMetricWrapper`: a string, or an object of class "function".
    mutating func wrappedFunction() throws(OptionError) -> String {
        try required("fn", "a function of keras.losses or keras.metrics") { value in
            value.string ?? value.object?["config"]?.string
        }
    }
}
