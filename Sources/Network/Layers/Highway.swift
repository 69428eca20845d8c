import Tensors

/// A layer that lets a part of its input pass (Srivastava et al., 2015); Keras 1's `Highway`.
///
///     t = sigmoid(x · W_carry + b_carry),  y = t · activation(x · W + b) + (1 − t) · x
///
/// Input and output have shape `[batch, features]`; `W`, `W_carry` have shape `[features, features]`, `b` and `b_carry`
/// `[features]`.
public struct Highway: UnaryLayer {
    public static let kerasName = "Highway"

    public var activation: Activation
    public var useBias: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    /// Where the carry's bias starts.
    public var transformBias: Double
    public var activityRegularizer: Regularizer?

    public init(
        activation: Activation = .linear, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        transformBias: Double = -2, activityRegularizer: Regularizer? = nil
    ) {
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
        self.transformBias = transformBias
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        activation = try options.activation()
        useBias = try options.bool("use_bias", default: true)
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        transformBias = try options.double("transform_bias", default: -2)
        activityRegularizer = try options.activityRegularizer()
    }

    public var options: Options {
        var options: Options = ["activation": activation.optionValue, "use_bias": .bool(useBias)]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: activityRegularizer)
        options["transform_bias"] = .double(transformBias)
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 2, input[1] > 0 else {
            throw ShapeError(layer: "Highway", expected: "[batch, features]", found: input)
        }
        return input
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let features = try outputShape(for: input)[1]
        let kernels = [
            kernel.spec("W", [features, features]),
            WeightSpec("W_carry", [features, features], kernel.initializer),
        ]
        guard useBias else { return kernels }
        return kernels + [bias.spec("b", [features]), WeightSpec("b_carry", [features], .constant(transformBias))]
    }

    // MARK: t = sigmoid(x · W_carry + b_carry),  z = x · W + b,  y = t · activation(z) + (1 − t) · x

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let pool = context.pool
        let t = sigmoid(dense(x, weights[1], bias: useBias ? weights[3] : nil, on: pool), on: pool)
        let z = dense(x, weights[0], bias: useBias ? weights[2] : nil, on: pool)
        let h = activation(z, on: pool)
        let y = adding(x, multiplying(t, subtracting(h, x, on: pool), on: pool), on: pool)
        return Pass(x, y, saved: [t, z, h])
    }

    // MARK: dh = t dy,  dt = (h − x) dy,  dx = (1 − t) dy + dz · Wᵀ + dt t (1 − t) · W_carryᵀ

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (pool, x) = (context.pool, pass.x)
        let (t, z, h) = (pass.saved[0], pass.saved[1], pass.saved[2])
        let through = multiplying(t, dy, on: pool)
        let dz = activation.gradient(through, x: z, y: h, on: pool)
        let dt = multiplying(subtracting(h, x, on: pool), dy, on: pool)
        let dgate = zipped(dt, t, on: pool) { $0 * $1 * (1 - $1) }
        let ways = [
            subtracting(dy, through, on: pool), matmul(dz, weights[0], transposingB: true, on: pool),
            matmul(dgate, weights[1], transposingB: true, on: pool),
        ]
        let kernels = [dz, dgate].map { matmul(x, $0, transposingA: true, on: pool) }
        let biases = useBias ? [dz, dgate].map { sumRows($0, on: pool) } : []
        return Gradients(
            input: adding(adding(ways[0], ways[1], on: pool), ways[2], on: pool), weights: kernels + biases)
    }
}
