import Networks
import Tensors

/// Adadelta (Zeiler, 2012), with the arithmetic and the defaults of `keras.optimizers.Adadelta`.
///
///     a ← ρ a + (1 − ρ) g²
///     u = g √(d + ε) / √(a + ε)
///     d ← ρ d + (1 − ρ) u²
///     w ← w − α u
///
/// The paper has α = 1, as had Keras 1 and 2; with the default of Keras 3, 0.001, a network hardly learns.
public struct Adadelta: Optimizer {
    public static let kerasName = "Adadelta"

    public var settings: OptimizerSettings
    public var rho: Double
    public var epsilon: Double

    public init(learningRate: LearningRate = 0.001, rho: Double = 0.95, epsilon: Double = 1e-7) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.rho = rho
        self.epsilon = epsilon
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        rho = try options.double("rho", default: 0.95)
        epsilon = try options.double("epsilon", default: 1e-7)
    }

    public var ownOptions: Options { ["rho": .double(rho), "epsilon": .double(epsilon)] }

    public func slotGroups(for weight: Shape) -> [[String]] { [["accumulated_grad", "accumulated_delta_var"]] }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (rho, rest, epsilon, rate) = (Float(rho), Float(1 - rho), Float(epsilon), step.learningRate)
        step.inParts(of: &w, gradient, &slots) { [pool = step.pool] part in
            let first = part.range.lowerBound
            pool.adadelta(
                part.w + first, part.g + first, part.slots[0] + first, part.slots[1] + first, rho: rho, rest: rest,
                epsilon: epsilon, rate: rate, count: part.range.count)
        }
    }
}
