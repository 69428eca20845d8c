import Networks
import Tensors

/// Follow the regularized leader (McMahan et al., 2013), with the arithmetic and the defaults of `keras.optimizers.Ftrl`.
///
///     n' = n + g²,  p = −learning_rate_power
///     z ← z + g + 2 s w − (n'ᵖ − nᵖ) / α · w
///     w ← (clip(z, −λ₁, λ₁) − z) / (n'ᵖ / α + 2 (λ₂ + β / (2 α)))
///     n ← n'
///
/// λ₁, λ₂ and s are the strengths of `l1_regularization`, `l2_regularization` and `l2_shrinkage_regularization`.
public struct Ftrl: Optimizer {
    public static let kerasName = "Ftrl"

    public var settings: OptimizerSettings
    public var learningRatePower = -0.5
    public var initialAccumulatorValue = 0.1
    public var l1RegularizationStrength = 0.0
    public var l2RegularizationStrength = 0.0
    public var l2ShrinkageRegularizationStrength = 0.0
    public var beta = 0.0

    public init(learningRate: LearningRate = 0.001) { settings = OptimizerSettings(learningRate: learningRate) }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        learningRatePower = try options.double("learning_rate_power", default: -0.5)
        initialAccumulatorValue = try options.double("initial_accumulator_value", default: 0.1)
        l1RegularizationStrength = try options.double("l1_regularization_strength", default: 0)
        l2RegularizationStrength = try options.double("l2_regularization_strength", default: 0)
        l2ShrinkageRegularizationStrength = try options.double("l2_shrinkage_regularization_strength", default: 0)
        beta = try options.double("beta", default: 0)
    }

    public var ownOptions: Options {
        [
            "learning_rate_power": .double(learningRatePower),
            "initial_accumulator_value": .double(initialAccumulatorValue),
            "l1_regularization_strength": .double(l1RegularizationStrength),
            "l2_regularization_strength": .double(l2RegularizationStrength),
            "l2_shrinkage_regularization_strength": .double(l2ShrinkageRegularizationStrength),
            "beta": .double(beta),
        ]
    }

    public func slotGroups(for weight: Shape) -> [[String]] { [["accumulator", "linear"]] }

    public func initialSlots(for weight: Tensor) -> [Tensor] {
        [Tensor(weight.shape, repeating: Float(initialAccumulatorValue)), Tensor(weight.shape)]
    }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let rate = step.learningRate
        let (exponent, l1, shrinkage) = (
            Float(-learningRatePower), Float(l1RegularizationStrength), Float(2 * l2ShrinkageRegularizationStrength)
        )
        let l2 = 2 * (Float(l2RegularizationStrength) + Float(beta) / (2 * rate))
        step.inParts(of: &w, gradient, &slots) { part in
            let (w, g, n, z) = (part.w, part.g, part.slots[0], part.slots[1])
            for i in part.range {
                let sum = n[i] + g[i] * g[i]
                let after = power(sum, exponent)
                z[i] += g[i] + shrinkage * w[i] - (after - power(n[i], exponent)) / rate * w[i]
                w[i] = (min(max(z[i], -l1), l1) - z[i]) / (after / rate + l2)
                n[i] = sum
            }
        }
    }
}
