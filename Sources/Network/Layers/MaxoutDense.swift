import Tensors

/// The largest of several fully connected layers at each unit (Goodfellow et al., 2013); Keras 1's `MaxoutDense`.
///
///     y[u] = max over k of (x · W[k] + b[k])[u]
///
/// The input has shape `[batch, features]`, the output `[batch, units]`; `W` has shape `[pieces, features, units]`, `b`
/// `[pieces, units]`.
public struct MaxoutDense: UnaryLayer {
    public static let kerasName = "MaxoutDense"

    public var units: Int
    /// How many layers there are to choose from: Keras' `nb_feature`.
    public var pieces: Int
    public var useBias: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?

    public init(
        units: Int, pieces: Int = 4, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        activityRegularizer: Regularizer? = nil
    ) {
        self.units = units
        self.pieces = pieces
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        units = try options.ints("units", count: 1, default: nil)[0]
        pieces = try options.ints("nb_feature", count: 1, default: [4])[0]
        useBias = try options.bool("use_bias", default: true)
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        activityRegularizer = try options.activityRegularizer()
    }

    public var options: Options {
        var options: Options = ["units": .int(units), "nb_feature": .int(pieces), "use_bias": .bool(useBias)]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: activityRegularizer)
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 2, input[1] > 0 else {
            throw ShapeError(layer: "MaxoutDense(\(units))", expected: "[batch, features]", found: input)
        }
        return [input[0], units]
    }

    /// What each piece gives.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        ShapeLimits.product(2, pieces, inputs[0][0], units)
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let kernel = kernel.spec("W", [pieces, input[1], units])
        return useBias ? [kernel, bias.spec("b", [pieces, units])] : [kernel]
    }

    /// One of the tensors that lie one after another.
    private func piece(_ weight: Tensor, _ index: Int) -> Tensor {
        let shape = weight.shape.sample
        let size = shape.elementCount
        return weight.withElements { Tensor(shape, $0[index * size..<(index + 1) * size]) }
    }

    private func sums(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> [Tensor] {
        (0..<pieces).map { index in
            dense(
                x, piece(weights[0], index), bias: useBias ? piece(weights[1], index) : nil, on: context.pool)
        }
    }

    // MARK: y = max(x · W[k] + b[k])

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, Maximum().merged(sums(x, weights, context), on: context.pool))
    }

    // MARK: the layer that won gets dy

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let won = Maximum().gradients(dy, sums(pass.x, weights, context), on: pool)
        let ways = won.indices.map { matmul(won[$0], piece(weights[0], $0), transposingB: true, on: pool) }
        let dkernel = Tensor(
            concatenatingSamples: won.map { dz in
                let d = matmul(pass.x, dz, transposingA: true, on: pool)
                return d.reshaped(to: [1] + d.shape)
            })
        let dx = ways.dropFirst().reduce(ways[0]) { adding($0, $1, on: pool) }
        guard useBias else { return Gradients(input: dx, weights: [dkernel]) }
        let dbias = Tensor(
            concatenatingSamples: won.map { dz in
                let d = sumRows(dz, on: pool)
                return d.reshaped(to: [1] + d.shape)
            })
        return Gradients(input: dx, weights: [dkernel, dbias])
    }
}
