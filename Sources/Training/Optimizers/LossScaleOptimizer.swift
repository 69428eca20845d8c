import Networks
import Tensors

/// Scales the loss so that small gradients survive half precision: `keras.optimizers.LossScaleOptimizer`.
///
/// The scale doubles after `dynamicGrowthSteps` steps with finite gradients in a row. A step whose gradients are not
/// finite is left out, and the scale halved.
public struct LossScaleOptimizer: Optimizer {
    public static let kerasName = "LossScaleOptimizer"
    public static let defaultName = "loss_scale_optimizer"

    public var inner: any Optimizer
    public var initialScale: Double
    public var dynamicGrowthSteps: Int
    public var name: String?

    public init(_ inner: any Optimizer, initialScale: Double = 32768, dynamicGrowthSteps: Int = 2000) {
        self.inner = inner
        self.inner.settings.lossScaleFactor = nil
        self.initialScale = initialScale
        self.dynamicGrowthSteps = dynamicGrowthSteps
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        // Older Keras wrote the settings of all optimizers here too, though they have no effect.
        options.ignore(
            "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum",
            "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "dynamic")
        let object = try options.required("inner_optimizer", "an optimizer", \.object)
        let className = object["class_name"]?.string ?? ""
        // Its optimizers have rates of their own, which this one cannot reach in Keras either.
        guard let type = OptimizerRegistry.standard[className], type != MultiOptimizer.self else {
            throw .unsupported(
                layer: options.layer, option: "inner_optimizer", value: .object(object),
                expected: "one of "
                    + OptimizerRegistry.standard.names.filter { $0 != MultiOptimizer.kerasName }.joined(separator: ", ")
            )
        }
        var reader = OptionReader(object["config"]?.object ?? Options(), layer: className)
        inner = try type.init(from: &reader)
        try reader.finish()
        inner.settings.lossScaleFactor = nil
        initialScale = try options.double("initial_scale", default: 32768)
        dynamicGrowthSteps = try options.count("dynamic_growth_steps", atLeast: 1) ?? 2000
        name = try options.optional("name", "a string", \.string)
    }

    /// The settings of the inner optimizer.
    public var settings: OptimizerSettings {
        get { inner.settings }
        set { inner.settings = newValue }
    }

    public var ownOptions: Options {
        [
            "name": .string(name ?? Self.defaultName),
            "inner_optimizer": .object([
                "module": "keras.optimizers", "class_name": .string(type(of: inner).kerasName),
                "config": .object(inner.options), "registered_name": nil,
            ]),
            "initial_scale": .double(initialScale), "dynamic_growth_steps": .int(dynamicGrowthSteps),
        ]
    }

    public var options: Options { ownOptions }

    public func slotGroups(for weight: Shape) -> [[String]] { inner.slotGroups(for: weight) }

    public func initialSlots(for weight: Tensor) -> [Tensor] { inner.initialSlots(for: weight) }

    public func knowing(paths: [String]) -> LossScaleOptimizer {
        var knowing = self
        knowing.inner = inner.knowing(paths: paths)
        return knowing
    }

    public func slotGroups(ofWeight number: Int, _ shape: Shape) -> [[String]] {
        inner.slotGroups(ofWeight: number, shape)
    }

    /// The inner optimizer's, and behind them the count of finite steps and the scale.
    public var sharedVariables: [(name: String, initial: Float)] {
        inner.sharedVariables + [("step_counter", 0), ("dynamic_scale", Float(initialScale))]
    }

    public func lossScale(_ state: OptimizerState) -> Float { state.shared[state.shared.count - 1] }

    public func apply(
        _ gradients: [Tensor], _ state: inout OptimizerState, on pool: WorkerPool,
        to visit: (_ update: (Int, inout Tensor) -> Void) -> Void
    ) {
        let scale = state.shared.removeLast()
        let steps = state.shared.removeLast()
        // A sum of squares is finite only if all its terms are; it may overflow where they are large, so they are looked at then.
        let isFinite = gradients.allSatisfy { g in
            sumOfSquares(g, on: pool).isFinite || g.withElements { $0.allSatisfy(\.isFinite) }
        }
        guard isFinite else {
            state.shared += [0, scale * 0.5]
            return
        }
        inner.apply(gradients.map { dividing($0, by: scale, on: pool) }, &state, on: pool, to: visit)
        state.shared += Int(exactly: steps) == dynamicGrowthSteps - 1 ? [0, scale * 2] : [steps + 1, scale]
    }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        inner.update(&w, gradient: gradient, slots: &slots, at: step)
    }
}
