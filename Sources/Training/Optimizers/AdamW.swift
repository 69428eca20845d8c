import Networks
import Tensors

/// Adam with decoupled weight decay (Loshchilov & Hutter, 2019): `keras.optimizers.AdamW`.
///
///     w ← w − w · decay · α            then ``Adam``
public struct AdamW: Optimizer {
    public static let kerasName = "AdamW"
    public static let defaultName = "adam_w"

    private var adam: Adam

    public init(
        learningRate: LearningRate = 0.001, weightDecay: Double = 0.004, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-7, amsgrad: Bool = false
    ) {
        adam = Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
        adam.settings.weightDecay = weightDecay
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        adam = try Adam(from: &options)
        adam.settings.weightDecay = adam.settings.weightDecay ?? 0.004
    }

    public var settings: OptimizerSettings {
        get { adam.settings }
        set { adam.settings = newValue }
    }

    public var ownOptions: Options { adam.ownOptions }

    public func slotGroups(for weight: Shape) -> [[String]] { adam.slotGroups(for: weight) }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        adam.update(&w, gradient: gradient, slots: &slots, at: step)
    }
}
