import Networks

/// A rate that falls along half a wave, after a warm-up if asked for: `keras.optimizers.schedules.CosineDecay`.
///
///     α = α₀ · ((1 − alpha) · ½(1 + cos(π · min(step, steps) / steps)) + alpha)
///
/// With a warm-up the rate first rises evenly from α₀ to `warmupTarget` in `warmupSteps` steps and falls from there.
public struct CosineDecay: LearningRateSchedule {
    public static let kerasName = "CosineDecay"

    public var initialLearningRate: Double
    public var decaySteps: Double
    public var alpha: Double
    public var warmupTarget: Double?
    public var warmupSteps: Double
    public var name = "CosineDecay"

    public init(
        initialLearningRate: Double, decaySteps: Double, alpha: Double = 0, warmupTarget: Double? = nil,
        warmupSteps: Double = 0
    ) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.alpha = alpha
        self.warmupTarget = warmupTarget
        self.warmupSteps = warmupSteps
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        initialLearningRate = try options.number("initial_learning_rate")
        decaySteps = try options.steps("decay_steps")
        alpha = try options.double("alpha", default: 0)
        warmupTarget = try options.optional("warmup_target", "a number", \.double)
        warmupSteps = try options.double("warmup_steps", default: 0)
        name = try options.string("name", default: "CosineDecay")
    }

    public var options: Options {
        [
            "initial_learning_rate": .double(initialLearningRate), "decay_steps": OptionValue(whole: decaySteps),
            "alpha": .double(alpha), "name": .string(name), "warmup_target": OptionValue(warmupTarget),
            "warmup_steps": OptionValue(whole: warmupSteps),
        ]
    }

    public var peak: Double { max(initialLearningRate, warmupTarget ?? 0) }

    public func callAsFunction(step: Int) -> Float {
        let (first, steps) = (Float(initialLearningRate), Float(decaySteps))
        guard let target = warmupTarget.map(Float.init) else { return fall(from: first, min(Float(step), steps)) }
        let warmup = Float(warmupSteps)
        let step = min(Float(step), steps + warmup)
        return step < warmup ? (target - first) * (step / warmup) + first : fall(from: target, step - warmup)
    }

    private func fall(from rate: Float, _ step: Float) -> Float {
        let wave = 0.5 * (1 + cosine(Float.pi * (step / Float(decaySteps))))
        return rate * (Float(1 - alpha) * wave + Float(alpha))
    }
}
