import Networks
import Tensors

/// Lamb (You et al., 2019), with the arithmetic and the defaults of `keras.optimizers.Lamb`.
///
///     m ← m + (1 − β₁)(g − m)
///     v ← v + (1 − β₂)(g² − v)
///     u = m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
///     w ← w − α r u,  r = ‖w‖ / ‖u‖, or 1 where a norm is zero
public struct Lamb: Optimizer {
    public static let kerasName = "Lamb"

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

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (rest1, rest2, epsilon) = (Float(1 - beta1), Float(1 - beta2), Float(epsilon))
        let (correction1, correction2) = (step.correction(beta1), step.correction(beta2))
        var update = gradient
        step.inParts(of: &update, gradient, &slots) { part in
            let (u, g, m, v) = (part.w, part.g, part.slots[0], part.slots[1])
            for i in part.range {
                m[i] += (g[i] - m[i]) * rest1
                v[i] += (g[i] * g[i] - v[i]) * rest2
                u[i] = m[i] / correction1 / ((v[i] / correction2).squareRoot() + epsilon)
            }
        }
        let weightNorm = sumOfSquares(w, on: step.pool).squareRoot()
        let updateNorm = sumOfSquares(update, on: step.pool).squareRoot()
        let ratio = weightNorm > 0 && updateNorm > 0 ? weightNorm / updateNorm : 1
        let rate = ratio * step.learningRate
        w = zipped(w, update, on: step.pool) { $0 - rate * $1 }
    }
}
