import Tensors

/// A product over any axes, `y = activation(einsum(equation, x, kernel) + bias)`; Keras' `EinsumDense`.
///
/// The equation names the axes of the input, of the kernel and of the output: `"abc,cd->abd"`; `...` at one side stands
/// for all other axes. The output has `outputDims` where the equation says so, without the batch.
public struct EinsumDense: UnaryLayer {
    public static let kerasName = "EinsumDense"

    public var equation: String
    /// The output's extents after the batch, `nil` where the input gives them.
    public var outputDims: [Int?]
    public var activation: Activation
    /// The output's axes that the bias has.
    public var biasAxes: String?
    public var kernel: WeightOptions
    public var bias: WeightOptions

    public init(
        equation: String, outputDims: [Int?], activation: Activation = .linear, biasAxes: String? = nil,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros)
    ) {
        self.equation = equation
        self.outputDims = outputDims
        self.activation = activation
        self.biasAxes = biasAxes
        self.kernel = kernel
        self.bias = bias
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        equation = try options.required("equation", "such as \"ab,bc->ac\", each axis in two of the three") { value in
            value.string.flatMap { Einsum($0, rank: 16) == nil && Einsum($0, rank: nil) == nil ? nil : $0 }
        }
        outputDims = try options.required("output_shape", "whole numbers or null") { value in
            if let one = value.int { return [one] }
            return value.array?.map(\.int)
        }
        activation = try options.activation()
        biasAxes = try options.optional("bias_axes", "axes of the output", \.string)
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        try options.refuse("activity_regularizer", "lora_rank", "lora_alpha", "quantization_config")
    }

    public var options: Options {
        var options: Options = [
            "output_shape": .array(outputDims.map { $0.map { .int($0) } ?? .null }), "equation": .string(equation),
            "activation": activation.optionValue, "bias_axes": biasAxes.map { .string($0) } ?? .null,
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)])
        return options
    }

    /// The equation for this input, and the extent of every axis in it.
    private func resolved(_ input: Shape) throws(ShapeError) -> (einsum: Einsum, extents: [Character: Int]) {
        let failure = ShapeError(layer: "EinsumDense(\"\(equation)\")", expected: "an input of its axes", found: input)
        guard let einsum = Einsum(equation, rank: input.count), einsum.left.count == input.count else { throw failure }
        var extents: [Character: Int] = [:]
        for (axis, extent) in zip(einsum.left, input) {
            guard extents[axis, default: extent] == extent else { throw failure }
            extents[axis] = extent
        }
        // The given extents stand after the batch, those of elided axes are left out.
        let named = einsum.output.dropFirst(einsum.isLeftElided ? einsum.elided.count : 1)
            .dropLast(einsum.isLeftElided ? 0 : einsum.elided.count)
        guard named.count == outputDims.count else { throw failure }
        for (axis, given) in zip(named, outputDims) {
            guard let given else { continue }
            guard extents[axis, default: given] == given || extents[axis] == Shape.unknown else { throw failure }
            extents[axis] = given
        }
        guard einsum.right.allSatisfy({ (extents[$0] ?? 0) > 0 }), einsum.output.allSatisfy({ extents[$0] != nil })
        else { throw failure }
        return (einsum, extents)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let (einsum, extents) = try resolved(input)
        return Shape(einsum.output.map { extents[$0] ?? 0 })
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let (einsum, extents) = try resolved(input)
        var spec = kernel.spec("kernel", Shape(einsum.right.map { extents[$0] ?? 0 }))
        // Keras counts a kernel's inputs by the equation; where they stand first the matrix is the same.
        let inputs = einsum.right.prefix { !einsum.output.contains($0) }.count
        spec.initializer = .flattened(spec.initializer, inputs: inputs)
        guard let biasAxes else { return [spec] }
        guard !biasAxes.isEmpty, biasAxes.allSatisfy({ einsum.output.contains($0) }) else {
            throw ShapeError(
                layer: "EinsumDense(\"\(equation)\")", expected: "bias_axes \"\(biasAxes)\" in the output", found: input
            )
        }
        return [spec, bias.spec("bias", Shape(biasShape(einsum, extents, biasAxes)))]
    }

    /// From the first axis of the bias on, 1 for axes that it has not.
    private func biasShape(_ einsum: Einsum, _ extents: [Character: Int], _ axes: String) -> [Int] {
        einsum.output.drop { !axes.contains($0) }.map { axes.contains($0) ? extents[$0] ?? 1 : 1 }
    }

    private func padded(_ bias: Tensor, _ rank: Int) -> Tensor {
        bias.reshaped(to: Shape(Array(repeating: 1, count: rank - bias.shape.count) + bias.shape))
    }

    // MARK: z = einsum(x, kernel) + bias,  y = activation(z)

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard let einsum = Einsum(equation, rank: x.shape.count) else { return Pass(x, x) }
        var z = Einsum.product(x, einsum.left, weights[0], einsum.right, to: einsum.output, on: context.pool)
        if biasAxes != nil {
            z = adding(z, padded(weights[1], z.shape.count), on: context.pool)
        }
        return activation.closing(z, of: x, context)
    }

    // MARK: dx = einsum(dz, kernel),  dkernel = einsum(x, dz),  dbias = Σ dz

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard let einsum = Einsum(equation, rank: pass.x.shape.count) else { return Gradients(input: nil) }
        let pool = context.pool
        let dz = activation.openingGradient(dy, pass, context)
        let dx = Einsum.product(dz, einsum.output, weights[0], einsum.right, to: einsum.left, on: pool)
        let dkernel = Einsum.product(pass.x, einsum.left, dz, einsum.output, to: einsum.right, on: pool)
        guard biasAxes != nil else { return Gradients(input: dx, weights: [dkernel]) }
        let dbias = summed(dz, to: padded(weights[1], dz.shape.count).shape, on: pool)
        return Gradients(input: dx, weights: [dkernel, dbias.reshaped(to: weights[1].shape)])
    }

    public func splittingActivation() -> (layer: any Layer, activation: Activation)? {
        guard activation != .linear else { return nil }
        var linear = self
        linear.activation = .linear
        return (linear, activation)
    }
}
