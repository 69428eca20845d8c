import Networks
import Tensors

/// Lion (Chen et al., 2023), with the arithmetic and the defaults of `keras.optimizers.Lion`.
///
///     w ← w − α sign(β₁ m + (1 − β₁) g)
///     m ← β₂ m + (1 − β₂) g
public struct Lion: Optimizer {
    public static let kerasName = "Lion"

    public var settings: OptimizerSettings
    public var beta1: Double
    public var beta2: Double

    public init(learningRate: LearningRate = 0.001, beta1: Double = 0.9, beta2: Double = 0.99) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.beta1 = beta1
        self.beta2 = beta2
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        beta1 = try options.double("beta_1", default: 0.9)
        beta2 = try options.double("beta_2", default: 0.99)
    }

    public var ownOptions: Options { ["beta_1": .double(beta1), "beta_2": .double(beta2)] }

    public func slotGroups(for weight: Shape) -> [[String]] { [["momentum"]] }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (beta1, beta2, rate) = (Float(beta1), Float(beta2), step.learningRate)
        step.inParts(of: &w, gradient, &slots) { part in
            let (w, g, m) = (part.w, part.g, part.slots[0])
            for i in part.range {
                let direction = m[i] * beta1 + g[i] * (1 - beta1)
                w[i] -= direction > 0 ? rate : direction < 0 ? -rate : direction * rate
                m[i] = m[i] * beta2 + g[i] * (1 - beta2)
            }
        }
    }
}
