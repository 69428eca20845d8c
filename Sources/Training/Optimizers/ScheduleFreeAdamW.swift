import Networks
import Tensors

/// Adam without a schedule (Defazio et al., 2024), with the arithmetic and the defaults of
/// `keras.optimizers.ScheduleFreeAdamW`.
///
///     v ← v + (1 − β₂)(g² − v)
///     z ← z − α min(t / warmup, 1) · g / (√(v / (1 − β₂ᵗ)) + ε)
///     x = (1 − 1/t) (w − (1 − β₁) z) / β₁ + z / t
///     w ← (1 − β₁) z + β₁ x
///
/// z, Keras' `momentum`, begins as the weight. The paper takes the z from before the step in the third line; Keras
/// means to, but on TensorFlow reads it after the step, and so do we.
public struct ScheduleFreeAdamW: Optimizer {
    public static let kerasName = "ScheduleFreeAdamW"
    public static let defaultName = "schedule_free_adam_w"

    public var settings: OptimizerSettings
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    public var warmupSteps: Int

    public init(
        learningRate: LearningRate = 0.0025, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        warmupSteps: Int = 0
    ) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.warmupSteps = warmupSteps
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options, learningRate: 0.0025)
        beta1 = try options.double("beta_1", default: 0.9)
        beta2 = try options.double("beta_2", default: 0.999)
        epsilon = try options.double("epsilon", default: 1e-8)
        warmupSteps = try options.count("warmup_steps", atLeast: 0) ?? 0
    }

    public var ownOptions: Options {
        [
            "beta_1": .double(beta1), "beta_2": .double(beta2), "epsilon": .double(epsilon),
            "warmup_steps": .int(warmupSteps),
        ]
    }

    public func slotGroups(for weight: Shape) -> [[String]] { [["momentum", "velocity"]] }

    public func initialSlots(for weight: Tensor) -> [Tensor] { [weight, Tensor(weight.shape)] }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let t = Float(step.number)
        let rate = step.learningRate * (warmupSteps > 0 ? min(t / Float(warmupSteps), 1) : 1)
        let (beta1, rest2, epsilon) = (Float(beta1), 1 - Float(beta2), Float(epsilon))
        let (correction, share) = (step.correction(beta2), 1 / t)
        step.inParts(of: &w, gradient, &slots) { part in
            let (w, g, z, v) = (part.w, part.g, part.slots[0], part.slots[1])
            for i in part.range {
                v[i] += (g[i] * g[i] - v[i]) * rest2
                z[i] -= rate * g[i] / ((v[i] / correction).squareRoot() + epsilon)
                let x = (1 - share) * ((w[i] - (1 - beta1) * z[i]) / beta1) + share * z[i]
                w[i] = (1 - beta1) * z[i] + beta1 * x
            }
        }
    }
}
