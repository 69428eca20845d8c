import Networks

/// The losses that files can name: Keras' class name, or the name of its function → type.
public struct LossRegistry: Sendable {
    private var types: [any Loss.Type]

    /// All losses of this package.
    public static let standard = LossRegistry([
        BinaryCrossentropy.self, CTC.self, BinaryFocalCrossentropy.self, CategoricalCrossentropy.self,
        CategoricalFocalCrossentropy.self, CategoricalGeneralizedCrossEntropy.self, CategoricalHinge.self,
        Circle.self, CosineSimilarity.self, Dice.self, Hinge.self, Huber.self, KLDivergence.self, LogCosh.self,
        MeanAbsoluteError.self, MeanAbsolutePercentageError.self,
        MeanSquaredError.self, MeanSquaredLogarithmicError.self, Poisson.self, SparseCategoricalCrossentropy.self,
        SquaredHinge.self, Tversky.self,
    ])

    public init(_ types: [any Loss.Type]) { self.types = types }

    /// Adds a loss of one's own.
    public mutating func add(_ type: any Loss.Type) { types.append(type) }

    /// The names of Keras' functions, in alphabetical order.
    public var names: [String] { types.map { $0.functionName }.sorted() }

    /// Keras' class names, in alphabetical order.
    public var classNames: [String] { types.map { $0.kerasName }.sorted() }

    /// The type of this class name, function name, or short name such as `mse`.
    public subscript(name: String) -> (any Loss.Type)? {
        let long = Self.shortNames[name.lowercased()] ?? name
        return types.first { $0.kerasName == long || $0.functionName == long }
    }

    /// The loss that a configuration of Keras describes.
    public func loss(_ name: String, options: Options = Options()) throws(ConfigurationError) -> any Loss {
        guard let type = self[name] else { throw .unknown(kind: "loss", name: name, known: names) }
        return try reading("loss", name, options) { (reader) throws(OptionError) in try type.init(from: &reader) }
    }

    static let shortNames = [
        "bce": "binary_crossentropy", "kld": "kl_divergence", "kullback_leibler_divergence": "kl_divergence",
        "logcosh": "log_cosh", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
        "mse": "mean_squared_error", "msle": "mean_squared_logarithmic_error", "huber_loss": "huber",
        "cosine_proximity": "cosine_similarity",
    ]
}
