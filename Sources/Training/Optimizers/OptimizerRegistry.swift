import Networks

/// The optimizers that files can name: Keras' class name → type.
public struct OptimizerRegistry: Sendable {
    private var types: [String: any Optimizer.Type] = [:]

    /// All optimizers of this package.
    public static let standard = OptimizerRegistry([
        Adadelta.self, Adafactor.self, Adagrad.self, Adam.self, AdamW.self, Adamax.self, Ftrl.self, Lamb.self,
        Lion.self, LossScaleOptimizer.self, MultiOptimizer.self, Muon.self, Nadam.self, RMSprop.self, SGD.self,
        ScheduleFreeAdamW.self,
    ])

    public init(_ types: [any Optimizer.Type]) { for type in types { add(type) } }

    /// Adds an optimizer of one's own.
    public mutating func add(_ type: any Optimizer.Type) { types[type.kerasName.lowercased()] = type }

    /// Keras' class names, in alphabetical order.
    public var names: [String] { types.values.map { $0.kerasName }.sorted() }

    /// The type of this class name; like Keras, without looking at upper and lower case.
    public subscript(className: String) -> (any Optimizer.Type)? { types[className.lowercased()] }

    /// The optimizer that a configuration of Keras describes.
    public func optimizer(
        className: String, options: Options = Options()
    ) throws(ConfigurationError) -> any Optimizer {
        guard let type = self[className] else {
            throw .unknown(kind: "optimizer", name: className, known: names)
        }
        return try reading("optimizer", className, options) { (reader) throws(OptionError) in
            try type.init(from: &reader)
        }
    }
}

extension OptimizerRegistry {
    /// The optimizer of this class name with the recipe's defaults: Keras', but learning rate 1.0 for Adadelta.
    ///
    /// The paper and the classic recipes have 1.0; Keras 3's default of 0.001 hardly learns.
    public func optimizer(named className: String) throws(ConfigurationError) -> any Optimizer {
        var optimizer = try optimizer(className: className)
        if optimizer is Adadelta { optimizer.settings.learningRate = .constant(1) }
        return optimizer
    }
}
