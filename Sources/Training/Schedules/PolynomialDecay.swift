import Networks

/// A rate that falls to another along a power of time: `keras.optimizers.schedules.PolynomialDecay`.
///
///     α = (α₀ − α₁)(1 − min(step, steps) / steps)^power + α₁
///
/// With `cycle` the fall begins anew, ever longer: steps becomes its first multiple that is not below step.
public struct PolynomialDecay: LearningRateSchedule {
    public static let kerasName = "PolynomialDecay"

    public var initialLearningRate: Double
    public var decaySteps: Double
    public var endLearningRate: Double
    public var power: Double
    public var cycle: Bool
    public var name = "PolynomialDecay"

    public init(
        initialLearningRate: Double, decaySteps: Double, endLearningRate: Double = 0.0001, power: Double = 1,
        cycle: Bool = false
    ) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.endLearningRate = endLearningRate
        self.power = power
        self.cycle = cycle
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        initialLearningRate = try options.number("initial_learning_rate")
        decaySteps = try options.steps("decay_steps")
        endLearningRate = try options.double("end_learning_rate", default: 0.0001)
        power = try options.double("power", default: 1)
        cycle = try options.bool("cycle", default: false)
        name = try options.string("name", default: "PolynomialDecay")
    }

    public var options: Options {
        [
            "initial_learning_rate": .double(initialLearningRate), "decay_steps": OptionValue(whole: decaySteps),
            "end_learning_rate": .double(endLearningRate), "power": .double(power), "cycle": .bool(cycle),
            "name": .string(name),
        ]
    }

    public var peak: Double { max(initialLearningRate, endLearningRate) }

    public func callAsFunction(step: Int) -> Float {
        var (step, steps) = (Float(step), Float(decaySteps))
        if cycle {
            steps *= step == 0 ? 1 : (step / steps).rounded(.up)
        } else {
            step = min(step, steps)
        }
        let (first, last) = (Float(initialLearningRate), Float(endLearningRate))
        return (first - last) * Training.power(1 - step / steps, Float(power)) + last
    }
}
