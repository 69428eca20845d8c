import Networks

/// The learning rate: a number, or a function of the step.
public enum LearningRate: Sendable {
    case constant(Double)
    case schedule(any LearningRateSchedule)
}

extension LearningRate: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Double) { self = .constant(value) }
    public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}

/// What every optimizer of Keras takes besides its own hyper-parameters.
public struct OptimizerSettings: Sendable {
    /// Keras' name of the optimizer; `nil` for the automatic one.
    public var name: String?
    public var learningRate: LearningRate
    /// Decoupled decay before each update: `w ← w − w · decay · learning rate`.
    public var weightDecay: Double?
    /// The largest norm of each gradient.
    public var clipnorm: Double?
    /// The largest norm of all gradients together.
    public var globalClipnorm: Double?
    /// The largest magnitude of an element of a gradient.
    public var clipvalue: Double?
    /// Whether an exponential moving average of the weights is kept; it becomes the weights when training ends.
    public var useEMA = false
    public var emaMomentum = 0.99
    /// Every how many steps the averages become the weights already in between.
    public var emaOverwriteFrequency: Int?
    /// What the loss is multiplied, and the gradients divided by.
    public var lossScaleFactor: Double?
    /// How many batches are averaged to one step.
    public var gradientAccumulationSteps: Int?

    public init(learningRate: LearningRate, weightDecay: Double? = nil) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }

    /// Reads the settings from an optimizer's options; the older spelling `lr` and the older `decay` are understood.
    public init(
        from options: inout OptionReader, learningRate fallback: Double = 0.001,
        weightDecay decayFallback: Double? = nil
    ) throws(OptionError) {
        // jit_compile and is_legacy_optimizer say how Keras runs the optimizer, not what it computes.
        options.ignore("jit_compile", "is_legacy_optimizer")
        let rateName = options.options["learning_rate"] == nil && options.options["lr"] != nil ? "lr" : "learning_rate"
        learningRate = try options.learningRate(rateName) ?? .constant(fallback)
        if case .constant(let rate) = learningRate {
            let decay = try options.double("decay", default: 0)
            if decay != 0 {
                learningRate = .schedule(InverseTimeDecay(initialLearningRate: rate, decaySteps: 1, decayRate: decay))
            }
        }
        name = try options.optional("name", "a string", \.string)
        weightDecay = try options.positive("weight_decay", orZero: true) ?? decayFallback
        clipnorm = try options.positive("clipnorm")
        globalClipnorm = try options.positive("global_clipnorm")
        clipvalue = try options.positive("clipvalue")
        useEMA = try options.bool("use_ema", default: false)
        emaMomentum = try options.fraction("ema_momentum", default: 0.99)
        emaOverwriteFrequency = try options.count("ema_overwrite_frequency", atLeast: 1)
        lossScaleFactor = try options.positive("loss_scale_factor")
        gradientAccumulationSteps = try options.count("gradient_accumulation_steps", atLeast: 2)
        guard [clipnorm, globalClipnorm, clipvalue].compactMap({ $0 }).count <= 1 else {
            throw .unsupported(
                layer: options.layer, option: "clipnorm", value: options.options["clipnorm"] ?? nil,
                expected: "only one of clipnorm, global_clipnorm and clipvalue")
        }
    }

    /// The settings as Keras writes them; the learning rate with the digits of the float32 that Keras holds.
    func options(defaultName: String) -> Options {
        let rate: OptionValue =
            switch learningRate {
            case .constant(let rate): .double(Double(Float(rate)))
            case .schedule(let schedule): schedule.optionValue
            }
        return [
            "name": .string(name ?? defaultName), "learning_rate": rate, "weight_decay": OptionValue(weightDecay),
            "clipnorm": OptionValue(clipnorm), "global_clipnorm": OptionValue(globalClipnorm),
            "clipvalue": OptionValue(clipvalue), "use_ema": .bool(useEMA), "ema_momentum": .double(emaMomentum),
            "ema_overwrite_frequency": OptionValue(emaOverwriteFrequency),
            "loss_scale_factor": OptionValue(lossScaleFactor),
            "gradient_accumulation_steps": OptionValue(gradientAccumulationSteps),
        ]
    }
}

extension OptionValue {
    init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    init(_ value: Int?) { self = value.map { .int($0) } ?? .null }

    /// A number that Keras usually holds as a whole one.
    init(whole value: Double) { self = Int(exactly: value).map { .int($0) } ?? .double(value) }
}

extension OptionReader {
    /// A number above zero (or zero, where that has a meaning), or `nil` where it is absent.
    mutating func positive(_ name: String, orZero: Bool = false) throws(OptionError) -> Double? {
        try optional(name, orZero ? "a number ≥ 0" : "a number > 0") { value in
            value.double.flatMap { $0 > 0 || (orZero && $0 == 0) ? $0 : nil }
        }
    }

    /// A number in [0, 1].
    mutating func fraction(_ name: String, default fallback: Double) throws(OptionError) -> Double {
        try optional(name, "a number from 0 to 1") { value in
            value.double.flatMap { (0...1).contains($0) ? $0 : nil }
        } ?? fallback
    }

    /// A whole number of at least `least` and of no more than steps can be, or `nil` where it is absent.
    mutating func count(_ name: String, atLeast least: Int) throws(OptionError) -> Int? {
        try optional(name, "a whole number from \(least) to 2^53") { value in
            value.int.flatMap { (least...mostSteps).contains($0) ? $0 : nil }
        }
    }

    /// A learning rate: a number, or a schedule as Keras writes objects.
    fileprivate mutating func learningRate(_ name: String) throws(OptionError) -> LearningRate? {
        guard let value = value(name) else { return nil }
        if let rate = value.double { return .constant(rate) }
        let names = ScheduleRegistry.standard.names.joined(separator: ", ")
        guard let object = value.object, let className = object["class_name"]?.string,
            let type = ScheduleRegistry.standard[className]
        else {
            throw .unsupported(layer: layer, option: name, value: value, expected: "a number or one of \(names)")
        }
        var reader = OptionReader(object["config"]?.object ?? Options(), layer: layer + ": " + className)
        let schedule = try type.init(from: &reader)
        try reader.finish()
        return .schedule(schedule)
    }
}
