import Networks

/// A rate that shrinks by a constant factor: `keras.optimizers.schedules.ExponentialDecay`.
///
///     α = α₀ · rate^(step / steps)          with `staircase` the exponent is rounded down
public struct ExponentialDecay: LearningRateSchedule {
    public static let kerasName = "ExponentialDecay"

    public var initialLearningRate: Double
    public var decaySteps: Double
    public var decayRate: Double
    public var staircase: Bool
    public var name = "ExponentialDecay"

    public init(initialLearningRate: Double, decaySteps: Double, decayRate: Double, staircase: Bool = false) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.decayRate = decayRate
        self.staircase = staircase
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        initialLearningRate = try options.number("initial_learning_rate")
        decaySteps = try options.steps("decay_steps")
        decayRate = try options.number("decay_rate")
        staircase = try options.bool("staircase", default: false)
        name = try options.string("name", default: "ExponentialDecay")
    }

    public var options: Options {
        [
            "initial_learning_rate": .double(initialLearningRate), "decay_steps": OptionValue(whole: decaySteps),
            "decay_rate": .double(decayRate), "staircase": .bool(staircase), "name": .string(name),
        ]
    }

    public var peak: Double { initialLearningRate }

    public func callAsFunction(step: Int) -> Float {
        let passed = Float(step) / Float(decaySteps)
        return Float(initialLearningRate) * power(Float(decayRate), staircase ? passed.rounded(.down) : passed)
    }
}
