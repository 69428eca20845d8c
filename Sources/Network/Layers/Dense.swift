import Tensors

/// A fully connected layer: `y = activation(x · kernel + bias)`; Keras' `Dense`.
///
/// The input has shape `[batch, …, features]`, the output `[batch, …, units]`; `kernel` has shape
/// `[features, units]`, `bias` `[units]`.
public struct Dense: UnaryLayer {
    public static let kerasName = "Dense"

    public var units: Int
    public var activation: Activation
    public var useBias: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?

    public init(
        units: Int, activation: Activation = .linear, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        activityRegularizer: Regularizer? = nil
    ) {
        self.units = units
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        units = try options.ints("units", count: 1, default: nil)[0]
        activation = try options.activation()
        useBias = try options.bool("use_bias", default: true)
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        activityRegularizer = try options.activityRegularizer()
        try options.refuse("quantization_config", "lora_rank", "lora_alpha")
    }

    public var options: Options {
        var options: Options = [
            "units": .int(units), "activation": activation.optionValue, "use_bias": .bool(useBias),
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)])
        options["activity_regularizer"] = activityRegularizer?.optionValue
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count >= 2, let features = input.last, features > 0 else {
            throw ShapeError(layer: "Dense(\(units))", expected: "[batch, …, features]", found: input)
        }
        return Shape(input.dropLast() + [units])
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let kernel = kernel.spec("kernel", [input[input.count - 1], units])
        return useBias ? [kernel, bias.spec("bias", [units])] : [kernel]
    }

    // MARK: z = x · kernel + bias,  y = activation(z)

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let bias = useBias ? weights[1] : nil
        if activation == .relu { return Pass(x, dense(x, weights[0], bias: bias, relu: true, on: context.pool)) }
        return activation.closing(dense(x, weights[0], bias: bias, on: context.pool), of: x, context)
    }

    // MARK: dx = dz · kernelᵀ,  dkernel = xᵀ · dz,  dbias = Σ dz

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let features = weights[0].shape[0]
        let rows = dy.count / units
        let dz = activation.openingGradient(dy, pass, context).reshaped(to: [rows, units])
        let x = pass.x.reshaped(to: [rows, features])
        var dx: Tensor?
        if context.wantsInputGradients {
            dx = matmul(dz, weights[0], transposingB: true, on: context.pool).reshaped(to: pass.x.shape)
        }
        let dkernel = matmul(x, dz, transposingA: true, on: context.pool)
        return Gradients(input: dx, weights: useBias ? [dkernel, sumRows(dz, on: context.pool)] : [dkernel])
    }

    public func splittingActivation() -> (layer: any Layer, activation: Activation)? {
        guard activation != .linear else { return nil }
        var linear = self
        linear.activation = .linear
        return (linear, activation)
    }
}
