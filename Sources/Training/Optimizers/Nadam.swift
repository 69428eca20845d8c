import Networks
import Tensors

/// Adam with Nesterov momentum (Dozat, 2016), with the arithmetic and the defaults of `keras.optimizers.Nadam`.
///
///     μₜ = β₁ (1 − ½ · 0.96ᵗ),  P ← P μₜ
///     m ← m + (1 − β₁)(g − m)
///     v ← v + (1 − β₂)(g² − v)
///     m̂ = μₜ₊₁ m / (1 − P μₜ₊₁) + (1 − μₜ) g / (1 − P)
///     w ← w − α m̂ / (√(v / (1 − β₂ᵗ)) + ε)
public struct Nadam: Optimizer {
    public static let kerasName = "Nadam"

    public var settings: OptimizerSettings
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double

    public init(
        learningRate: LearningRate = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7
    ) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        beta1 = try options.double("beta_1", default: 0.9)
        beta2 = try options.double("beta_2", default: 0.999)
        epsilon = try options.double("epsilon", default: 1e-7)
    }

    public var ownOptions: Options {
        ["beta_1": .double(beta1), "beta_2": .double(beta2), "epsilon": .double(epsilon)]
    }

    public func slotGroups(for weight: Shape) -> [[String]] { [["momentum", "velocity"]] }

    /// The product P of the formula, which Keras stores as `variable`.
    public var sharedVariables: [(name: String, initial: Float)] { [("variable", 1)] }

    public func advance(_ shared: inout [Float], step t: Int) {
        shared[0] = shared[0] * Float(beta1) * (1 - 0.5 * power(0.96, Float(t)))
    }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let beta1 = Float(beta1)
        let now = beta1 * (1 - 0.5 * power(0.96, Float(step.number)))
        let next = beta1 * (1 - 0.5 * power(0.96, Float(step.number + 1)))
        let product = step.shared[0]
        let (rest1, rest2, correction) = (1 - beta1, 1 - Float(beta2), step.correction(beta2))
        let (epsilon, rate) = (Float(epsilon), step.learningRate)
        step.inParts(of: &w, gradient, &slots) { part in
            let (w, g, m, v) = (part.w, part.g, part.slots[0], part.slots[1])
            for i in part.range {
                m[i] += (g[i] - m[i]) * rest1
                v[i] += (g[i] * g[i] - v[i]) * rest2
                let mean = next * m[i] / (1 - product * next) + (1 - now) * g[i] / (1 - product)
                w[i] -= mean * rate / ((v[i] / correction).squareRoot() + epsilon)
            }
        }
    }
}
