import Networks

/// Waves that begin anew, each longer and lower (Loshchilov & Hutter, 2016):
/// `keras.optimizers.schedules.CosineDecayRestarts`.
///
///     α = α₀ · ((1 − alpha) · ½ m_mulⁱ (1 + cos(π p)) + alpha)
///
/// i counts the restarts before the step and p is how much of the wave has passed; wave i has
/// `firstDecaySteps · t_mulⁱ` steps.
public struct CosineDecayRestarts: LearningRateSchedule {
    public static let kerasName = "CosineDecayRestarts"

    public var initialLearningRate: Double
    public var firstDecaySteps: Double
    public var tMul: Double
    public var mMul: Double
    public var alpha: Double
    public var name = "SGDRDecay"

    public init(
        initialLearningRate: Double, firstDecaySteps: Double, tMul: Double = 2, mMul: Double = 1, alpha: Double = 0
    ) {
        self.initialLearningRate = initialLearningRate
        self.firstDecaySteps = firstDecaySteps
        self.tMul = tMul
        self.mMul = mMul
        self.alpha = alpha
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        initialLearningRate = try options.number("initial_learning_rate")
        firstDecaySteps = try options.steps("first_decay_steps")
        tMul = try options.double("t_mul", default: 2)
        mMul = try options.double("m_mul", default: 1)
        alpha = try options.double("alpha", default: 0)
        name = try options.string("name", default: "SGDRDecay")
    }

    public var options: Options {
        [
            "initial_learning_rate": .double(initialLearningRate),
            "first_decay_steps": OptionValue(whole: firstDecaySteps), "t_mul": .double(tMul), "m_mul": .double(mMul),
            "alpha": .double(alpha), "name": .string(name),
        ]
    }

    public var peak: Double { initialLearningRate }

    public func callAsFunction(step: Int) -> Float {
        var passed = Float(step) / Float(firstDecaySteps)
        let (growth, restart): (Float, Float)
        growth = Float(tMul)
        if growth == 1 {
            restart = passed.rounded(.down)
            passed -= restart
        } else {
            // The lengths of the waves are a geometric series: its sum tells which wave this is.
            restart = (logarithm(1 - passed * (1 - growth)) / logarithm(growth)).rounded(.down)
            let before = (1 - power(growth, restart)) / (1 - growth)
            passed = (passed - before) / power(growth, restart)
        }
        let wave = 0.5 * power(Float(mMul), restart) * (1 + cosine(Float.pi * passed))
        return Float(initialLearningRate) * ((1 - Float(alpha)) * wave + Float(alpha))
    }
}
