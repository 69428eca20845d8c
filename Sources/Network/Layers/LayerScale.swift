import Tensors

/// Each channel times a trained number: `y = γ x`; the layer `LayerScale` of Keras' ConvNeXt.
///
/// Input and output have shape `[batch, …, channels]`, γ `[channels]`.
public struct LayerScale: UnaryLayer {
    public static let kerasName = "LayerScale"

    /// What γ starts with.
    public var initValues: Double
    /// How many channels there are.
    public var projectionDim: Int

    public init(initValues: Double, projectionDim: Int) {
        self.initValues = initValues
        self.projectionDim = projectionDim
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        initValues = try options.double("init_values", default: 1e-6)
        projectionDim = try options.ints("projection_dim", count: 1, default: nil)[0]
    }

    public var options: Options { ["init_values": .double(initValues), "projection_dim": .int(projectionDim)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count >= 2, input[input.count - 1] == projectionDim else {
            throw ShapeError(layer: "LayerScale", expected: "\(projectionDim) channels", found: input)
        }
        return input
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        [WeightSpec("gamma", [projectionDim], .constant(initValues))]
    }

    // MARK: y = γ x

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let none = Tensor(weights[0].shape)
        return Pass(x, scaledShifted(x, scale: weights[0], shift: none, on: context.pool))
    }

    // MARK: dx = γ dy,  dγ = Σ dy x

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let none = Tensor(weights[0].shape)
        let dgamma = sumRows(multiplying(dy, pass.x, on: context.pool), on: context.pool)
        return Gradients(
            input: scaledShifted(dy, scale: weights[0], shift: none, on: context.pool),
            weights: [dgamma.reshaped(to: weights[0].shape)])
    }
}
