import Networks

/// A model as a file declares it, before any of its layers is known: the graph, and every layer's class and options.
///
/// All dialects of Keras' JSON come to this one form: nodes as lists or as objects, options as a list or as an object,
/// references by name and number. Whether the layers are supported is no question yet.
public struct Architecture: Hashable, Sendable {
    public var name: String
    public var form: Model.Form
    /// Keras' `trainable` of the whole model.
    public var isTrainable = true
    public var layers: [Declaration]
    /// The input layers, in the model's order: indices into `layers`.
    public var inputs: [Int]
    public var outputs: [Source]

    /// A layer as a file declares it.
    public struct Declaration: Hashable, Sendable {
        public var name: String
        public var className: String
        /// The Python module, where the file names it.
        public var module: String?
        /// The options as they stand in the file.
        public var config: Options
        /// The layer's calls; empty for an input layer.
        public var calls: [Call]
        /// The inner model, where the layer is one.
        public var model: Box?

        public init(
            name: String, className: String, module: String? = nil, config: Options, calls: [Call] = [],
            model: Architecture? = nil
        ) {
            self.name = name
            self.className = className
            self.module = module
            self.config = config
            self.calls = calls
            self.model = model.map(Box.init)
        }
    }

    /// One call of a layer.
    public struct Call: Hashable, Sendable {
        public var inputs: [Input]
        /// Arguments that are no tensors; Keras 3's nodes name some that are null.
        public var arguments: Options
        /// Whether the file gives the call a mask that a layer before it makes.
        public var hasMask = false

        /// Arguments that are no tensors and not null.
        public var givenArguments: Options {
            var given = Options()
            for (name, value) in arguments.pairs where !value.isNull { given[name] = value }
            return given
        }

        public init(_ inputs: [Input], arguments: Options = Options()) {
            self.inputs = inputs
            self.arguments = arguments
        }

        public var sources: [Source] { inputs.map(\.source) }
    }

    /// A tensor that a call takes.
    public struct Input: Hashable, Sendable {
        public var source: Source
        /// The argument's name, where the file gives one.
        public var keyword: String?

        public init(_ source: Source, keyword: String? = nil) {
            self.source = source
            self.keyword = keyword
        }
    }

    /// Holds a model inside a model.
    public indirect enum Box: Hashable, Sendable {
        case model(Architecture)

        public init(_ model: Architecture) { self = .model(model) }

        public var value: Architecture {
            switch self {
            case .model(let model): model
            }
        }
    }
}

/// How large an architecture from outside may be.
public struct ArchitectureLimits: Hashable, Sendable {
    public var layers = 10_000
    public var calls = 100_000
    /// How deep models may stand inside models.
    public var depth = 32

    public init() {}
}
