import Networks
import Tensors

/// Adagrad (Duchi et al., 2011), with the arithmetic and the defaults of `keras.optimizers.Adagrad`.
///
///     a ← a + g²
///     w ← w − α g / √(a + ε)
public struct Adagrad: Optimizer {
    public static let kerasName = "Adagrad"

    public var settings: OptimizerSettings
    public var initialAccumulatorValue: Double
    public var epsilon: Double

    public init(learningRate: LearningRate = 0.001, initialAccumulatorValue: Double = 0.1, epsilon: Double = 1e-7) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.initialAccumulatorValue = initialAccumulatorValue
        self.epsilon = epsilon
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        initialAccumulatorValue = try options.double("initial_accumulator_value", default: 0.1)
        epsilon = try options.double("epsilon", default: 1e-7)
    }

    public var ownOptions: Options {
        ["initial_accumulator_value": .double(initialAccumulatorValue), "epsilon": .double(epsilon)]
    }

    public func slotGroups(for weight: Shape) -> [[String]] { [["accumulator"]] }

    public func initialSlots(for weight: Tensor) -> [Tensor] {
        [Tensor(weight.shape, repeating: Float(initialAccumulatorValue))]
    }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (epsilon, rate) = (Float(epsilon), step.learningRate)
        step.inParts(of: &w, gradient, &slots) { part in
            let (w, g, a) = (part.w, part.g, part.slots[0])
            for i in part.range {
                a[i] += g[i] * g[i]
                w[i] -= rate * g[i] / (a[i] + epsilon).squareRoot()
            }
        }
    }
}
