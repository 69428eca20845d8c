import Networks
import Tensors

/// Adam (Kingma & Ba, 2014), with the arithmetic and the defaults of `keras.optimizers.Adam`.
///
///     m ← m + (1 − β₁)(g − m)
///     v ← v + (1 − β₂)(g² − v)
///     w ← w − α √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
///
/// With `amsgrad` (Reddi et al., 2018) the largest v so far, `velocity_hat`, takes the place of v in the last line.
public struct Adam: Optimizer {
    public static let kerasName = "Adam"

    public var settings: OptimizerSettings
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    public var amsgrad: Bool

    public init(
        learningRate: LearningRate = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
        amsgrad: Bool = false
    ) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.amsgrad = amsgrad
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        beta1 = try options.double("beta_1", default: 0.9)
        beta2 = try options.double("beta_2", default: 0.999)
        epsilon = try options.double("epsilon", default: 1e-7)
        amsgrad = try options.bool("amsgrad", default: false)
    }

    public var ownOptions: Options {
        [
            "beta_1": .double(beta1), "beta_2": .double(beta2), "epsilon": .double(epsilon),
            "amsgrad": .bool(amsgrad),
        ]
    }

    public func slotGroups(for weight: Shape) -> [[String]] {
        [["momentum", "velocity"]] + (amsgrad ? [["velocity_hat"]] : [])
    }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let rate = step.learningRate * step.correction(beta2).squareRoot() / step.correction(beta1)
        let (rest1, rest2, epsilon) = (Float(1 - beta1), Float(1 - beta2), Float(epsilon))
        step.inParts(of: &w, gradient, &slots) { [pool = step.pool] part in
            if part.slots.count == 2 {
                let first = part.range.lowerBound
                return pool.adam(
                    part.w + first, part.g + first, part.slots[0] + first, part.slots[1] + first, rest1: rest1,
                    rest2: rest2, epsilon: epsilon, rate: rate, count: part.range.count)
            }
            let (w, g, m, v) = (part.w, part.g, part.slots[0], part.slots[1])
            let largest = part.slots[2]
            for i in part.range {
                m[i] += (g[i] - m[i]) * rest1
                v[i] += (g[i] * g[i] - v[i]) * rest2
                largest[i] = max(largest[i], v[i])
                w[i] -= m[i] * rate / (largest[i].squareRoot() + epsilon)
            }
        }
    }
}
