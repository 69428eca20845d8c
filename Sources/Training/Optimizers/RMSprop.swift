import Networks
import Tensors

/// RMSprop (Hinton, 2012), with the arithmetic and the defaults of `keras.optimizers.RMSprop`.
///
///     v ← ρ v + (1 − ρ) g²
///     ḡ ← ρ ḡ + (1 − ρ) g              if centered; else ḡ = 0
///     u = α g / √(v − ḡ² + ε)
///     m ← μ m + u,  w ← w − m          with momentum
///     w ← w − u                        without
public struct RMSprop: Optimizer {
    public static let kerasName = "RMSprop"
    public static let defaultName = "rm_sprop"

    public var settings: OptimizerSettings
    public var rho: Double
    public var momentum: Double
    public var epsilon: Double
    public var centered: Bool

    public init(
        learningRate: LearningRate = 0.001, rho: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-7,
        centered: Bool = false
    ) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        rho = try options.double("rho", default: 0.9)
        momentum = try options.fraction("momentum", default: 0)
        epsilon = try options.double("epsilon", default: 1e-7)
        centered = try options.bool("centered", default: false)
    }

    public var ownOptions: Options {
        [
            "rho": .double(rho), "momentum": .double(momentum), "epsilon": .double(epsilon),
            "centered": .bool(centered),
        ]
    }

    public func slotGroups(for weight: Shape) -> [[String]] {
        [["velocity"]] + (momentum > 0 ? [["momentum"]] : []) + (centered ? [["average_gradient"]] : [])
    }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (rho, rest, epsilon, rate) = (Float(rho), Float(1 - rho), Float(epsilon), step.learningRate)
        let (momentum, hasMomentum, centered) = (Float(momentum), momentum > 0, centered)
        step.inParts(of: &w, gradient, &slots) { [pool = step.pool] part in
            if part.slots.count == 1 {
                let first = part.range.lowerBound
                return pool.rmsprop(
                    part.w + first, part.g + first, part.slots[0] + first, rho: rho, rest: rest, epsilon: epsilon,
                    rate: rate, count: part.range.count)
            }
            let (w, g, v) = (part.w, part.g, part.slots[0])
            let m = hasMomentum ? part.slots[1] : nil
            let mean = centered ? part.slots[hasMomentum ? 2 : 1] : nil
            for i in part.range {
                v[i] = rho * v[i] + rest * (g[i] * g[i])
                var spread = v[i]
                if let mean {
                    mean[i] = rho * mean[i] + rest * g[i]
                    spread -= mean[i] * mean[i]
                }
                var u = rate * g[i] / (spread + epsilon).squareRoot()
                if let m {
                    m[i] = momentum * m[i] + u
                    u = m[i]
                }
                w[i] -= u
            }
        }
    }
}
