import Networks
import Tensors

/// Adamax (Kingma & Ba, 2014), with the arithmetic and the defaults of `keras.optimizers.Adamax`.
///
///     m ← m + (1 − β₁)(g − m)
///     u ← max(β₂ u, |g|)
///     w ← w − α m / ((1 − β₁ᵗ)(u + ε))
public struct Adamax: Optimizer {
    public static let kerasName = "Adamax"

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

    public func slotGroups(for weight: Shape) -> [[String]] { [["momentum", "norm"]] }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (rest1, beta2, epsilon) = (Float(1 - beta1), Float(beta2), Float(epsilon))
        let (correction, rate) = (step.correction(beta1), step.learningRate)
        step.inParts(of: &w, gradient, &slots) { part in
            let (w, g, m, u) = (part.w, part.g, part.slots[0], part.slots[1])
            for i in part.range {
                m[i] += (g[i] - m[i]) * rest1
                u[i] = max(beta2 * u[i], abs(g[i]))
                w[i] -= rate * m[i] / (correction * (u[i] + epsilon))
            }
        }
    }
}
