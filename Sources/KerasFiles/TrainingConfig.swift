import Networks
import Training

/// How a model was compiled, as data: optimizer, loss and metrics under Keras 3's names.
///
/// Reading turns the words of older versions into these; what was compiled without stays `nil`.
public struct TrainingConfig: Hashable, Sendable {
    /// An object of Keras: its class and its options.
    public struct Object: Hashable, Sendable {
        public var className: String
        public var options: Options

        public init(_ className: String, _ options: Options = Options()) {
            self.className = className
            self.options = options
        }
    }

    public var optimizer: Object?
    /// Whether the optimizer is one of those before TensorFlow 2.11, whose RMSprop and Adagrad add epsilon outside the
    /// square root.
    public var isLegacyOptimizer = false
    /// A name, an object with `class_name` and `config`, or a list or an object of these, one for each output.
    public var loss: OptionValue
    public var lossWeights: OptionValue
    /// Names or objects, in a list or by output; null for none.
    public var metrics: OptionValue
    public var weightedMetrics: OptionValue

    public init(
        optimizer: Object?, loss: OptionValue, lossWeights: OptionValue = nil, metrics: OptionValue = nil,
        weightedMetrics: OptionValue = nil
    ) {
        self.optimizer = optimizer
        self.loss = loss
        self.lossWeights = lossWeights
        self.metrics = metrics
        self.weightedMetrics = weightedMetrics
    }
}

extension TrainingConfig {
    // MARK: Reading

    /// The configuration in a `training_config` attribute or a `compile_config`; `nil` where it holds nothing.
    ///
    /// - Parameter major: the major version of the Keras that wrote it.
    init?(reading value: OptionValue, major: Int) {
        guard let config = value.object, !config.isEmpty else { return nil }
        let stored = config["optimizer_config"] ?? config["optimizer"] ?? nil
        guard config["loss"] != nil || !stored.isNull else { return nil }
        self.init(
            optimizer: nil, loss: Self.current(config["loss"] ?? nil),
            lossWeights: config["loss_weights"] ?? nil, metrics: Self.currentMetrics(config["metrics"] ?? nil),
            weightedMetrics: Self.currentMetrics(config["weighted_metrics"] ?? nil))
        if let name = stored.string {
            optimizer = Object(Self.className(name))
        } else if let object = stored.object, let className = object["class_name"]?.string {
            let options = object["config"]?.object ?? Options()
            let isNew = className.hasPrefix("Custom>") || options["is_legacy_optimizer"]?.bool == false
            isLegacyOptimizer = major < 3 && !isNew
            optimizer = Object(Self.className(className), Self.currentOptimizer(options))
        }
    }

    /// Today's spelling of an optimizer's class: Keras itself does not look at upper and lower case.
    private static func className(_ name: String) -> String {
        let name = name.hasPrefix("Custom>") ? String(name.dropFirst("Custom>".count)) : name
        return OptimizerRegistry.standard[name].map { $0.kerasName } ?? name
    }

    /// An optimizer's options without what only says how Keras runs it, under today's names.
    private static func currentOptimizer(_ options: Options) -> Options {
        var current = Options()
        for (name, value) in options.pairs {
            switch name {
            case "jit_compile", "is_legacy_optimizer": break
            case "lr": current["learning_rate"] = value
            case "decay" where value.double == 0: break
            // Keras 1 and 2 slowed Nadam's momentum down by this factor; today it has none.
            case "schedule_decay": break
            // Keras 2's null stands for its default, which is today's.
            case "epsilon" where value.isNull: break
            default: current[name] = value
            }
        }
        return current
    }

    /// A loss without the names that only Python needs.
    private static func current(_ value: OptionValue) -> OptionValue {
        if let list = value.array { return .array(list.map(current)) }
        guard let object = value.object else { return value }
        guard let className = object["class_name"] else {
            return .object(Options(object.pairs.map { ($0.name, current($0.value)) }))
        }
        // Keras 3 writes a function as an object of class "function" whose config is its name.
        if className == "function", let name = object["config"]?.string { return .string(name) }
        var config = object["config"]?.object ?? Options()
        if className != "MeanMetricWrapper" { config["fn"] = nil }
        if config["reduction"] == "auto" { config["reduction"] = "sum_over_batch_size" }
        return ["class_name": className, "config": .object(config)]
    }

    /// Metrics as the user gave them: tf_keras wraps each into an object, and all into one list for each output.
    private static func currentMetrics(_ value: OptionValue) -> OptionValue {
        if let list = value.array {
            if list.count == 1, let inner = list[0].array { return .array(inner.map(currentMetrics)) }
            return .array(list.map(currentMetrics))
        }
        guard let object = value.object else { return value }
        guard let className = object["class_name"]?.string else {
            return .object(Options(object.pairs.map { ($0.name, currentMetrics($0.value)) }))
        }
        let config = object["config"]?.object ?? Options()
        if className == "MeanMetricWrapper", let function = config["fn"]?.string {
            let name = config["name"]?.string
            return .string(name == "accuracy" || name == "acc" ? "accuracy" : function)
        }
        return current(value)
    }

    // MARK: Writing

    /// The `training_config` of a legacy file.
    func legacyConfig(_ dialect: Dialect) -> OptionValue {
        var config = compileOptions(dialect)
        // Loading fails without one; RMSprop is what Keras takes where none is named.
        let optimizer = optimizer ?? Object("RMSprop")
        config["optimizer_config"] = [
            "class_name": .string(dialect == .keras2 ? "Custom>" + optimizer.className : optimizer.className),
            "config": .object(Self.written(optimizer, dialect)),
        ]
        return .object(config)
    }

    /// The `compile_config` of a `.keras` archive.
    func compileConfig(_ dialect: Dialect) -> OptionValue {
        var config = Options()
        if let optimizer {
            config["optimizer"] = [
                "module": "keras.optimizers", "class_name": .string(optimizer.className),
                "config": .object(Self.written(optimizer, dialect)), "registered_name": nil,
            ]
        }
        for (name, value) in compileOptions(dialect).pairs { config[name] = value }
        return .object(config)
    }

    private func compileOptions(_ dialect: Dialect) -> Options {
        let loss = Self.written(loss, dialect, module: "keras.losses")
        let metrics = Self.written(metrics, dialect, module: "keras.metrics")
        let weighted = Self.written(weightedMetrics, dialect, module: "keras.metrics")
        switch dialect {
        case .keras3:
            return [
                "loss": loss, "loss_weights": lossWeights, "metrics": metrics, "weighted_metrics": weighted,
                "run_eagerly": false, "steps_per_execution": 1, "jit_compile": false,
            ]
        case .keras2:
            return ["loss": loss, "metrics": metrics, "loss_weights": lossWeights, "weighted_metrics": weighted]
        }
    }

    /// Every object with the module it is found in.
    private static func written(_ value: OptionValue, _ dialect: Dialect, module: String) -> OptionValue {
        if let list = value.array { return .array(list.map { written($0, dialect, module: module) }) }
        guard let object = value.object else { return value }
        guard let className = object["class_name"] else {
            return .object(Options(object.pairs.map { ($0.name, written($0.value, dialect, module: module)) }))
        }
        var config = object["config"]?.object ?? Options()
        if dialect == .keras2 {
            config["dtype"] = nil
            if config["reduction"] == "sum_over_batch_size" { config["reduction"] = "auto" }
        }
        return ["module": .string(module), "class_name": className, "config": .object(config), "registered_name": nil]
    }

    /// Whether tf_keras has no such optimizer.
    var hasKeras3Optimizer: Bool {
        ["Lamb", "LossScaleOptimizer", "MultiOptimizer", "Muon", "ScheduleFreeAdamW"].contains(optimizer?.className)
    }

    /// An optimizer's options that tf_keras has no words for.
    static let onlyKeras3 = ["loss_scale_factor", "gradient_accumulation_steps"]

    private static func written(_ optimizer: Object, _ dialect: Dialect) -> Options {
        var options = optimizer.options
        guard dialect == .keras2 else { return options }
        // tf_keras refuses what it does not know; its own writer always has these two.
        for name in onlyKeras3 { options[name] = nil }
        options["jit_compile"] = false
        options["is_legacy_optimizer"] = false
        return options
    }
}
