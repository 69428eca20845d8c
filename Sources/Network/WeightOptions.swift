import Tensors

/// A layer's options for one of its weights: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`.
public struct WeightOptions: Hashable, Sendable {
    public var initializer: Initializer
    public var regularizer: Regularizer?
    public var constraint: Constraint?

    public init(_ initializer: Initializer, regularizer: Regularizer? = nil, constraint: Constraint? = nil) {
        self.initializer = initializer
        self.regularizer = regularizer
        self.constraint = constraint
    }

    /// The weight that these options describe.
    func spec(_ name: String, _ shape: Shape, isTrainable: Bool = true) -> WeightSpec {
        WeightSpec(
            name, shape, initializer, isTrainable: isTrainable, regularizer: regularizer, constraint: constraint)
    }
}

extension OptionReader {
    /// The options of the weight whose options start with this prefix.
    mutating func weight(_ prefix: String, default fallback: Initializer) throws(OptionError) -> WeightOptions {
        WeightOptions(
            try initializer("\(prefix)_initializer") ?? fallback,
            regularizer: try object("\(prefix)_regularizer", as: Regularizer.self),
            constraint: try object("\(prefix)_constraint", as: Constraint.self))
    }

    /// The option that names an initializer, if it is there.
    mutating func initializer(_ option: String) throws(OptionError) -> Initializer? {
        let initializer = try object(option, as: Initializer.self)
        if initializer?.className == "STFT" {
            throw .unsupported(
                layer: layer, option: option, value: value(option) ?? nil,
                expected: "an initializer for any shape; STFT is for the kernels of STFTSpectrogram")
        }
        return initializer
    }

    /// The option `activity_regularizer`.
    mutating func activityRegularizer() throws(OptionError) -> Regularizer? {
        let regularizer = try object("activity_regularizer", as: Regularizer.self)
        if case .orthogonal = regularizer {
            throw .unsupported(
                layer: layer, option: "activity_regularizer", value: value("activity_regularizer") ?? nil,
                expected: "null, L1, L2 or L1L2; OrthogonalRegularizer is for weights")
        }
        return regularizer
    }

    /// Reads the layout of images: a layer sees `"channels_last"` alone, ``ChannelsFirst`` does the other one.
    mutating func requireChannelsLast() throws(OptionError) {
        _ = try optional("data_format", "\"channels_last\" or \"channels_first\"") {
            $0.string == "channels_last" ? true : nil
        }
    }
}

extension Options {
    /// Adds the options of weights in Keras' order: initializers, regularizers, constraints.
    ///
    /// - Parameter activityRegularizer: written between the last two, null included.
    mutating func append(weights: [(prefix: String, options: WeightOptions)], activityRegularizer: Regularizer?) {
        appendInitializers(weights)
        appendRegularizers(weights)
        self["activity_regularizer"] = activityRegularizer?.optionValue ?? .null
        appendConstraints(weights)
    }

    /// Adds the options of weights in Keras' order: initializers, regularizers, constraints.
    mutating func append(weights: [(prefix: String, options: WeightOptions)]) {
        appendInitializers(weights)
        appendRegularizers(weights)
        appendConstraints(weights)
    }

    mutating func appendInitializers(_ weights: [(prefix: String, options: WeightOptions)]) {
        for (prefix, options) in weights { self["\(prefix)_initializer"] = options.initializer.optionValue }
    }

    private mutating func appendRegularizers(_ weights: [(prefix: String, options: WeightOptions)]) {
        for (prefix, options) in weights {
            self["\(prefix)_regularizer"] = options.regularizer?.optionValue ?? .null
        }
    }

    private mutating func appendConstraints(_ weights: [(prefix: String, options: WeightOptions)]) {
        for (prefix, options) in weights { self["\(prefix)_constraint"] = options.constraint?.optionValue ?? .null }
    }
}

extension OptionValue {
    /// A list of whole numbers.
    init(_ numbers: some Sequence<Int>) { self = .array(numbers.map { .int($0) }) }
}
